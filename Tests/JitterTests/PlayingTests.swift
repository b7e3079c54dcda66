import Codecs
import Jitter
import RTP
import Testing
import Wire

struct PlayingTests {
  @Test(arguments: [10, 20, 30, 60], [80, 160])
  func allPacketTimesAreHeardToTheBit(milliseconds: Int, frame: Int) {
    var stream = Stream()
    for _ in 0..<(1_200 / milliseconds) {
      stream.send(stream.noise(8 * milliseconds))
      stream.pull(milliseconds: milliseconds / 10 * 10, frame: milliseconds % (frame / 8) == 0 ? frame : 80)
    }
    #expect(stream.isExact(8_000))
    #expect(stream.buffer.statistics.concealedSamples == 0)
    #expect(stream.buffer.statistics.lost == 0)
  }

  @Test func bothLaws() {
    for (type, law) in [(UInt8(0), G711Law.mu), (8, .a)] {
      var stream = Stream()
      stream.talk(milliseconds: 400, type: type, law: law)
      #expect(stream.isExact(2_400))
    }
  }

  /// Both counters go through zero.
  @Test func wraps() {
    var stream = Stream()
    stream.sequence = 65_530
    stream.timestamp = 0xFFFF_FC00
    stream.talk(milliseconds: 600)
    #expect(stream.isExact(4_000))
    #expect(stream.buffer.statistics.restarts == 0)
  }

  @Test func reorderedAndTwice() {
    var stream = Stream()
    stream.talk(milliseconds: 200)
    for _ in 0..<10 {
      // The second of two comes first, and both come twice.
      let (first, second) = (stream.noise(160), stream.noise(160))
      stream.sequence &+= 1
      stream.timestamp &+= 160
      stream.put(second)
      stream.sequence &-= 1
      stream.timestamp &-= 160
      let fine = stream.send(first)
      #expect(fine == .queued)
      let twice = stream.send(second)
      #expect(twice == .duplicate)
      stream.pull(milliseconds: 40)
    }
    #expect(stream.isExact(3_200))
    #expect(stream.buffer.statistics.duplicates == 10)
    #expect(stream.buffer.statistics.lost == 0)
  }

  @Test func playedBeforeIsADuplicateAndNotLate() {
    var stream = Stream()
    stream.talk(milliseconds: 400)
    stream.sequence &-= 10
    stream.timestamp &-= 1_600
    let outcome = stream.put([UInt8](repeating: 1, count: 160))
    #expect(outcome == .duplicate)
    #expect(stream.buffer.statistics.late == 0)
  }

  /// A hole is no longer than what was lost, and what follows is whole. The lost packet is late when it comes after all.
  @Test func aLostPacketIsConcealedAndTooLateAfterwards() {
    var stream = Stream()
    stream.talk(milliseconds: 400)
    let held = stream.noise(160)
    let (sequence, timestamp) = (stream.sequence, stream.timestamp)
    stream.send(held, isLost: true)
    stream.pull(milliseconds: 20)
    stream.talk(milliseconds: 200)
    // Fewer where the delay was larger than it need be.
    #expect((80...160).contains(stream.buffer.statistics.concealedSamples))
    #expect(stream.buffer.statistics.lost == 1)
    #expect(stream.buffer.statistics.underruns == 0)
    #expect(stream.wasSent(Array(stream.heard.suffix(640))))
    (stream.sequence, stream.timestamp) = (sequence, timestamp)
    #expect(stream.put(held) == .late)
    #expect(stream.put(held) == .duplicate)
  }

  /// Nothing comes for 80 ms, then all of it: nothing is left out, the delay is larger.
  @Test func anUnderrunMendsItself() {
    var stream = Stream()
    stream.talk(milliseconds: 400)
    let before = stream.frames.last?.delay ?? .zero
    stream.pull(milliseconds: 80)
    for _ in 0..<4 { stream.send(stream.noise(160)) }
    stream.talk(milliseconds: 60)
    let after = stream.frames.last?.delay ?? .zero
    #expect(stream.buffer.statistics.underruns == 1)
    #expect(stream.buffer.statistics.lost == 0)
    #expect(stream.buffer.statistics.late == 0)
    #expect(after > before, "\(before) and then \(after)")
    // And back again, without another gap.
    let concealed = stream.buffer.statistics.concealedSamples
    for _ in 0..<1_000 {
      stream.send([UInt8](repeating: 0xFF, count: 160))
      stream.pull(milliseconds: 20)
    }
    let end = stream.frames.last?.delay ?? .zero
    #expect(stream.buffer.statistics.concealedSamples == concealed)
    #expect(end < after && end <= .milliseconds(60), "\(end)")
  }

  /// A second of silence on the network, then everything at once: the delay stays within its bound, and the newest is
  /// heard.
  @Test func anOutageIsNotCarriedAlong() {
    var stream = Stream()
    stream.talk(milliseconds: 400)
    stream.pull(milliseconds: 1_000)
    let first = stream.frames.count
    for _ in 0..<50 { stream.send(stream.noise(160)) }
    stream.talk(milliseconds: 400)
    #expect(stream.buffer.statistics.discarded > 30)
    for frame in stream.frames[first...] where frame.kind == .speech {
      #expect(frame.delay <= .milliseconds(250))
    }
    #expect(stream.heard.suffix(80).contains { $0 != 0 })
  }

  @Test func noMoreThanTheWindowWaits() {
    var stream = Stream()
    for _ in 0..<JitterLimits.maxPackets { stream.send(stream.noise(160)) }
    #expect(stream.buffer.waitingPackets == JitterLimits.maxPackets)
    #expect(stream.buffer.statistics.discarded == 0)
    stream.send(stream.noise(160))
    #expect(stream.buffer.waitingPackets == JitterLimits.maxPackets)
    #expect(stream.buffer.statistics.discarded == 1)
  }

  @Test func payloadsThatFit() {
    var stream = Stream()
    #expect(stream.send(stream.noise(480)) == .queued)
    #expect(stream.send(stream.noise(481)) == .unfit)
    #expect(stream.put([]) == .unfit)
    #expect(stream.put([1], type: 77) == .unknownPayloadType)
  }

  /// Frames of odd lengths are whole, too; beyond the largest there is silence.
  @Test func framesOfAnyLength() {
    var stream = Stream()
    stream.talk(milliseconds: 200)
    for count in [1, 79, 333, JitterLimits.maxPulledSamples, JitterLimits.maxPulledSamples + 5] {
      for _ in 0..<3 { stream.send(stream.noise(160)) }
      var frame = [Int16](repeating: 1, count: count)
      var span = frame.mutableSpan
      _ = stream.buffer.pull(into: &span, now: Instant(nanoseconds: stream.now))
      #expect(frame.dropFirst(JitterLimits.maxPulledSamples).allSatisfy { $0 == 0 })
      stream.now += Int64(count) * 125_000
    }
  }

  /// G.722 at both rates: a tone is heard, and where 8 kHz are wanted, G.711 beside it; where 16, not.
  @Test(arguments: [false, true])
  func g722(isWideband: Bool) {
    var buffer = JitterBuffer(JitterConfiguration(isWideband: isWideband))
    var encoder = G722Encoder()
    let frameSamples = isWideband ? 320 : 160
    var heard: [Int16] = []
    for number in 0..<50 {
      let samples = (0..<320).map { Int16((number * 320 + $0) / 8 % 2 == 0 ? 8_000 : -8_000) }
      var octets = [UInt8](repeating: 0, count: 160)
      var target = octets.mutableSpan
      _ = encoder.encode(samples.span, into: &target)
      let now = Instant(milliseconds: Int64(number) * 20)
      let fields = RTPPacketFields(
        payloadType: 9, sequenceNumber: UInt16(number), timestamp: UInt32(number * 160), ssrc: 1)
      buffer.insert(fields, payload: octets.span, now: now)
      var frame = [Int16](repeating: 0, count: frameSamples)
      var span = frame.mutableSpan
      _ = buffer.pull(into: &span, now: now)
      heard += frame
    }
    #expect(buffer.statistics.concealedSamples == 0)
    let rms = heard.suffix(4_000).reduce(0.0) { $0 + Double($1) * Double($1) } / 4_000
    #expect(abs(rms.squareRoot() - 8_000) < 1_500, "\(rms.squareRoot())")
    let fields = RTPPacketFields(payloadType: 0, sequenceNumber: 50, timestamp: 8_000, ssrc: 1)
    let octets: [UInt8] = [1, 2, 3]
    let outcome = buffer.insert(fields, payload: octets.span, now: Instant(milliseconds: 1_000))
    #expect(outcome == (isWideband ? .unknownPayloadType : .queued))
  }
}
