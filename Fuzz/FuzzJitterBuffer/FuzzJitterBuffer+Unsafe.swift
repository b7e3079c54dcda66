import Codecs
import FuzzSupport
import Jitter
import RTP
import Wire

/// Packets of any kind at any time, and frames pulled at any time: every pull writes the whole frame and says what is in
/// it, what waits is bounded in number and in time, and the counts add up.
private func check(_ bytes: Span<UInt8>) {
  var script = FuzzScript(bytes)
  let isWideband = script.once(in: 4)
  let limits = JitterLimits(maxPayloadBytes: script.pick([480, 80, 1_440]))
  var buffer = JitterBuffer(
    JitterConfiguration(
      payloadMeanings: .rfc3551(telephoneEvent: 101), isWideband: isWideband, limits: limits, noiseSeed: 1))
  var peer = Peer()
  var pulled = 0
  var isSteady = true
  while !script.isAtEnd {
    switch script.below(12) {
    case 0, 1, 2: peer.send(&script, &buffer)
    case 3:
      // Packets in step, as they should be.
      for _ in 0..<script.below(20) {
        peer.payloadType = isWideband ? 9 : 0
        peer.put(160, &buffer)
        pulled += pull(isWideband ? 320 : 160, peer.now, &buffer, isSteady)
        peer.now &+= 20_000_000
      }
    case 4: peer.sequence &+= UInt16(script.byte())
    case 5: peer.sequence &-= UInt16(script.below(80))
    case 6: peer.timestamp &+= UInt32(script.byte()) << UInt32(script.below(25))
    case 7: peer.timestamp &-= UInt32(script.byte()) * 160
    case 8: peer.now &+= Int64(script.byte()) << Int64(script.below(30))
    case 9:
      // A clock that goes back, or nearly to its end.
      isSteady = false
      peer.now = script.once(in: 8) ? .max - 10_000_000 : peer.now &- Int64(script.byte()) * 1_000_000
    case 10: peer.ssrc = UInt32(script.below(3))
    default:
      let count = script.pick([80, 160, 320, 1, 0, 960, 961, 77])
      pulled += pull(count, peer.now, &buffer, isSteady)
      peer.now &+= Int64(count) * (isWideband ? 62_500 : 125_000)
    }
    require(buffer.waitingPackets <= JitterLimits.maxPackets, "too many packets wait")
    require(
      buffer.targetDelay >= limits.minDelay && buffer.targetDelay <= limits.maxDelay,
      "a delay beyond the limits is aimed at: \(buffer.targetDelay)")
    let statistics = buffer.statistics
    require(
      statistics.speechSamples + statistics.concealedSamples + statistics.pauseSamples == pulled,
      "\(pulled) samples pulled, counted \(statistics)")
    require(statistics.concealedSamples >= 0, "less than nothing is concealed")
    require(
      statistics.duplicates + statistics.late + statistics.suspects <= statistics.received, "more than has come")
  }
}

private func pull(_ count: Int, _ now: Int64, _ buffer: inout JitterBuffer, _ isSteady: Bool) -> Int {
  // What was not written shows: a frame never holds this value twice in a row by chance, since it is checked for both.
  var (one, other) = ([Int16](repeating: 12_345, count: count), [Int16](repeating: -12_345, count: count))
  var copy = buffer
  var span = one.mutableSpan
  let frame = buffer.pull(into: &span, now: Instant(nanoseconds: now))
  var second = other.mutableSpan
  let again = copy.pull(into: &second, now: Instant(nanoseconds: now))
  require(one == other && frame == again, "a frame is not whole, or not the same twice")
  require((frame.timestamp != nil) == (frame.kind == .speech), "speech without a time")
  if frame.kind == .silence { require(one.allSatisfy { $0 == 0 }, "silence that is heard") }
  // 150 ms and 100 more, and what begins within the frame.
  if isSteady { require(frame.delay <= .milliseconds(250 + 120), "it has waited \(frame.delay)") }
  return min(count, JitterLimits.maxPulledSamples)
}

private struct Peer {
  var sequence: UInt16 = 65_500
  var timestamp: UInt32 = 0xFFFF_FF00
  var ssrc: UInt32 = 0
  var payloadType: UInt8 = 0
  var now: Int64 = 0

  mutating func send(_ script: inout FuzzScript, _ buffer: inout JitterBuffer) {
    payloadType = script.pick([0, 8, 9, 13, 101, 77])
    put(script.pick([160, 80, 240, 480, 1, 0, 481, 1_440, 1_441]), marker: script.once(in: 5), &buffer)
  }

  mutating func put(_ count: Int, marker: Bool = false, _ buffer: inout JitterBuffer) {
    let payload = (0..<count).map { UInt8(truncatingIfNeeded: Int(sequence) &* 31 &+ $0 &* 7) }
    let fields = RTPPacketFields(
      marker: marker, payloadType: payloadType, sequenceNumber: sequence, timestamp: timestamp, ssrc: ssrc)
    let before = buffer.statistics.received
    let outcome = buffer.insert(fields, payload: payload.span, now: Instant(nanoseconds: now))
    require((outcome == .unknownPayloadType) == (buffer.statistics.received == before), "it is not counted")
    sequence &+= 1
    timestamp &+= UInt32(count)
  }
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main
  enum Replayer {
    static func main() { Replay.run(check) }
  }
#endif
