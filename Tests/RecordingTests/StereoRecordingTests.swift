import Codecs
import RTP
import Recording
import Testing
import ToneSupport
import Transcoder
import Wire

/// Both sides of a call in one file, each sample where it was said.
struct StereoRecordingTests {
  /// One side: µ-law in packets of 20 ms.
  struct Speaker {
    var sequence: UInt16 = 65_500
    var timestamp: UInt32 = 0xFFFF_F000
    var ssrc: UInt32 = 7
    var place = 0
    var type: UInt8 = 0
    let tone: [Int16]

    init(hertz: Int) { tone = Tone(hertz: hertz, rate: 8_000, amplitude: 8_000).samples(80_000) }

    mutating func next() throws -> [UInt8] {
      let samples = Array(tone[place..<(place + 160)])
      var payload = [UInt8](repeating: 0, count: 160)
      var span = payload.mutableSpan
      G711Law.mu.encode(samples.span, into: &span)
      var packet = [UInt8](repeating: 0, count: 12)
      var head = packet.mutableSpan
      let fields = RTPPacketFields(payloadType: type, sequenceNumber: sequence, timestamp: timestamp, ssrc: ssrc)
      _ = try fields.writeHeader(into: &head)
      skip()
      return packet + payload
    }

    mutating func skip() {
      place += 160
      timestamp &+= 160
      sequence &+= 1
    }
  }

  /// A recording and what it has written.
  final class Rig {
    var recording: StereoRecording
    var bytes: [UInt8] = []
    let start = Instant(milliseconds: 5_000)

    init() {
      recording = StereoRecording(start: start)
      for side in RecordedSide.allCases { recording.set([0: .g711(.mu)], of: side) }
    }

    func give(_ packet: [UInt8], _ side: RecordedSide, at milliseconds: Int64) throws {
      try recording.received(packet.span, from: side, now: start + .milliseconds(milliseconds), into: &bytes)
    }

    func wait(until milliseconds: Int64) throws {
      try recording.advance(now: start + .milliseconds(milliseconds), into: &bytes)
    }

    func finish(at milliseconds: Int64) throws -> (left: [Int16], right: [Int16]) {
      try recording.finish(now: start + .milliseconds(milliseconds), into: &bytes)
      let samples = stride(from: 0, to: bytes.count, by: 2).map {
        Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
      }
      return (
        stride(from: 0, to: samples.count, by: 2).map { samples[$0] },
        stride(from: 1, to: samples.count, by: 2).map { samples[$0] }
      )
    }
  }

  private func loudness(_ samples: ArraySlice<Int16>, _ hertz: Int) -> Double {
    Tone.level(samples, hertz: hertz, rate: 8_000).amplitude
  }

  @Test func bothSidesStandBesideEachOther() throws {
    let rig = Rig()
    var (near, far) = (Speaker(hertz: 400), Speaker(hertz: 1_000))
    // The far side answers half a second later.
    for number in 0..<100 {
      try rig.give(try near.next(), .left, at: Int64(20 * number))
      if number >= 25 { try rig.give(try far.next(), .right, at: Int64(20 * number)) }
    }
    let (left, right) = try rig.finish(at: 2_000)
    #expect(left.count == 16_000)
    #expect(right.count == 16_000)
    #expect(abs(loudness(left[0..<16_000], 400) - 8_000) < 100)
    #expect(loudness(left[0..<16_000], 1_000) < 50)
    #expect(right[0..<4_000].allSatisfy { $0 == 0 })
    #expect(abs(loudness(right[4_000..<16_000], 1_000) - 8_000) < 100)
    let head = rig.recording.head()
    #expect(head[22] == 2)
    #expect(head[40..<44].elementsEqual([0x00, 0xFA, 0x00, 0x00]))
  }

  /// Jitter, another order and copies change nothing; what is lost is silence of its own length.
  @Test func eachSampleLiesWhereItWasSaid() throws {
    let rig = Rig()
    var near = Speaker(hertz: 400)
    var expected: [Int16] = []
    var packets: [[UInt8]] = []
    for _ in 0..<100 { packets.append(try near.next()) }
    for start in stride(from: 0, to: 16_000, by: 160) {
      let isLost = start / 160 % 10 == 7
      expected += near.tone[start..<(start + 160)].map { isLost ? 0 : G711Law.mu.decode(G711Law.mu.encode($0)) }
    }
    for number in 0..<100 where number % 10 != 7 {
      // Pairs come the wrong way round, and up to 60 ms late; each comes twice.
      let other = number % 10 == 2 ? number + 1 : number % 10 == 3 ? number - 1 : number
      let late = Int64(number % 4 * 20)
      try rig.give(packets[other], .left, at: Int64(20 * number) + late)
      try rig.give(packets[other], .left, at: Int64(20 * number) + late)
    }
    let (left, right) = try rig.finish(at: 2_000)
    #expect(left == expected)
    #expect(right.allSatisfy { $0 == 0 })
  }

  @Test func anotherSourceGoesOnWhereItComes() throws {
    let rig = Rig()
    var near = Speaker(hertz: 400)
    for number in 0..<10 { try rig.give(try near.next(), .left, at: Int64(20 * number)) }
    near.ssrc = 8
    near.timestamp = 99
    for number in 50..<60 { try rig.give(try near.next(), .left, at: Int64(20 * number)) }
    // The same source with a clock that has jumped.
    near.timestamp &+= 8_000_000
    for number in 80..<90 { try rig.give(try near.next(), .left, at: Int64(20 * number)) }
    let (left, _) = try rig.finish(at: 2_000)
    for (from, to, isHeard) in [
      (0, 1_600, true), (1_600, 8_000, false), (8_000, 9_600, true), (9_600, 12_800, false), (12_800, 14_400, true),
      (14_400, 16_000, false),
    ] {
      #expect((loudness(left[from..<to], 400) > 7_000) == isHeard, "\(from)")
    }
  }

  @Test func aSideThatIsSilentIsSilent() throws {
    let rig = Rig()
    try rig.wait(until: 3_600_000)
    #expect(rig.bytes.count == 4 * 8_000 * 3_600 - 4 * 4_000)
    let (left, right) = try rig.finish(at: 3_600_000)
    #expect(left.count == 8_000 * 3_600)
    #expect(right.count == left.count)
  }

  /// Codecs that are not known, packets that are none, times that make no sense.
  @Test func whatMakesNoSenseIsPassedOver() throws {
    let rig = Rig()
    try rig.give([], .left, at: 0)
    try rig.give([0x80, 0, 0], .left, at: 10)
    var stranger = Speaker(hertz: 400)
    stranger.type = 99
    try rig.give(try stranger.next(), .left, at: 20)
    stranger.type = 0
    try rig.give(try stranger.next() + [UInt8](repeating: 0, count: 1_500), .left, at: 30)
    // Far before its beginning.
    try rig.give(try stranger.next(), .left, at: -4_000)
    let (left, _) = try rig.finish(at: 1_000)
    #expect(left.count == 8_000)
  }

  @Test(
    arguments: [
      ("PCMU", 8_000, 1, SpeechCodec.g711(.mu)), ("pcma", 8_000, 1, .g711(.a)), ("G722", 8_000, 1, .g722),
      ("opus", 48_000, 2, .opus()), ("L16", 16_000, 1, .l16(isWideband: true)), ("L16", 44_100, 2, nil),
      ("PCMU", 16_000, 1, nil), ("iLBC", 8_000, 1, nil), ("telephone-event", 8_000, 1, nil),
    ] as [(String, UInt32, UInt8, SpeechCodec?)])
  func codecsByName(name: String, rate: UInt32, channels: UInt8, codec: SpeechCodec?) {
    #expect(SpeechCodec(name: name, clockRate: rate, channels: channels) == codec)
  }
}
