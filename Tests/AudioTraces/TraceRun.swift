import Codecs
import Jitter
import RTP
import Wire

/// What came of a trace that was played through a buffer on virtual time.
public struct TraceResult {
  /// How long each sample of speech at the head of a frame had waited since it could have been there, milliseconds,
  /// sorted.
  public var delays: [Double] = []
  /// What the buffer says of itself.
  public var statistics = JitterStatistics()
  /// Concealed samples in each second, from the first on.
  public var concealedBySecond: [Int] = []
  /// The most packets that waited.
  public var mostWaiting = 0

  /// A percentile of the delays.
  public func delay(_ percent: Double) -> Double {
    delays.isEmpty ? 0 : delays[min(delays.count - 1, Int(Double(delays.count) * percent / 100))]
  }
}

extension NetworkTrace {
  /// Plays the trace through a buffer.
  ///
  /// - Parameters:
  ///   - frameMilliseconds: of the frames that are pulled: 10 or 20.
  ///   - offset: of the first frame's time, in nanoseconds: the two ends are not in step.
  public func play(
    _ configuration: JitterConfiguration = JitterConfiguration(), frameMilliseconds: Int = 20,
    offset: Int64 = 7_300_000, firstSequence: UInt16 = 65_500, firstTimestamp: UInt32 = 0xFFFF_F000
  ) -> TraceResult {
    var voice = Voice(seed: seed)
    let payloads = (0..<(seconds * 1_000 / packetMilliseconds)).map { _ in voice.next(packetTicks, .mu) }
    let arrivals = arrivals()
    var buffer = JitterBuffer(configuration)
    var result = TraceResult()
    var frame = [Int16](repeating: 0, count: 8 * frameMilliseconds)
    var next = 0
    for number in 0..<(seconds * 1_000 / frameMilliseconds) {
      let now = Int64(number * frameMilliseconds) * 1_000_000 + offset
      // A fast sender is done before its time, and nothing is to be heard of it.
      guard now < sent(tick: Int64(seconds * 8_000)) else { break }
      while next < arrivals.count, arrivals[next].time <= now {
        let packet = arrivals[next].number
        let fields = RTPPacketFields(
          payloadType: 0, sequenceNumber: firstSequence &+ UInt16(truncatingIfNeeded: packet),
          timestamp: firstTimestamp &+ UInt32(truncatingIfNeeded: packet * packetTicks), ssrc: 7)
        let payload = payloads[packet]
        buffer.insert(fields, payload: payload.span, now: Instant(nanoseconds: arrivals[next].time))
        next += 1
      }
      result.mostWaiting = max(result.mostWaiting, buffer.waitingPackets)
      let concealed = buffer.statistics.concealedSamples
      var span = frame.mutableSpan
      let pulled = buffer.pull(into: &span, now: Instant(nanoseconds: now))
      if let timestamp = pulled.timestamp {
        let tick = Int64(timestamp &- firstTimestamp)
        result.delays.append(Double(now - sent(tick: tick)) / 1e6)
      }
      let second = number * frameMilliseconds / 1_000
      while result.concealedBySecond.count <= second { result.concealedBySecond.append(0) }
      result.concealedBySecond[second] += buffer.statistics.concealedSamples - concealed
    }
    result.delays.sort()
    result.statistics = buffer.statistics
    return result
  }
}
