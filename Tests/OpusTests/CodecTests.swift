import Opus
import Testing
import ToneSupport
import Wire

struct OpusCodecTests {
  struct Case: Sendable, CustomStringConvertible {
    var rate: OpusSampleRate
    var milliseconds: Int
    var hertz: Int
    var description: String { "\(hertz) Hz at \(rate.rawValue), \(milliseconds) ms" }
  }

  static let cases = OpusSampleRate.allCases.flatMap { rate in
    [10, 20, 40, 60].flatMap { milliseconds in
      [300, 440, 1_000, 3_000].map { Case(rate: rate, milliseconds: milliseconds, hertz: $0) }
    }
  }

  /// What goes in as a tone comes out as this tone, its level within 1 dB.
  @Test(arguments: cases)
  func tones(_ one: Case) throws {
    var encoder = try OpusEncoder(OpusEncoderConfiguration(one.rate, bitsPerSecond: 32_000))
    var decoder = try OpusDecoder(one.rate)
    let heard = try run(&encoder, &decoder, one, losing: { _ in false })
    let level = Tone.level(heard[(heard.count / 2)...], hertz: one.hertz, rate: one.rate.rawValue)
    #expect(level.amplitude > 8_000 * 0.891 && level.amplitude < 8_000 * 1.122, "amplitude \(level.amplitude)")
    #expect(level.rest < 0.25 * level.amplitude, "noise \(level.rest)")
  }

  /// One packet in ten is lost: the tone goes on, by the copy in the next packet or without it.
  @Test(arguments: [true, false])
  func lostPackets(usesFEC: Bool) throws {
    let one = Case(rate: .narrowband, milliseconds: 20, hertz: 440)
    var encoder = try OpusEncoder(
      OpusEncoderConfiguration(.narrowband, usesInbandFEC: usesFEC, expectedLossPercent: usesFEC ? 20 : 0))
    var decoder = try OpusDecoder(.narrowband)
    let heard = try run(&encoder, &decoder, one, usesFEC: usesFEC, losing: { $0 % 10 == 9 })
    for packet in [39, 59, 79] {
      let gap = heard[(packet * 160)..<(packet * 160 + 160)]
      let level = Tone.level(gap, hertz: 440, rate: 8_000)
      #expect(level.amplitude > 1_500, "amplitude \(level.amplitude) in the gap of packet \(packet)")
    }
  }

  /// A long gap fades, and nothing traps.
  @Test func nothingButLosses() throws {
    var decoder = try OpusDecoder(.wideband)
    var samples = [Int16](repeating: 1, count: 320)
    for _ in 0..<100 {
      var span = samples.mutableSpan
      let count = try decoder.conceal(count: 320, into: &span)
      #expect(count == 320)
    }
    #expect(samples.allSatisfy { $0 == 0 })
  }

  /// In silence packets are left out.
  @Test func silenceIsNotSent() throws {
    let silence = [Int16](repeating: 0, count: 160)
    var packet = [UInt8](repeating: 0, count: 200)
    var sent = [0, 0]
    for usesDTX in [0, 1] {
      var encoder = try OpusEncoder(OpusEncoderConfiguration(.narrowband, usesDTX: usesDTX == 1))
      for _ in 0..<100 {
        var span = packet.mutableSpan
        if try encoder.encode(silence.span, into: &span) > 0 { sent[usesDTX] += 1 }
      }
    }
    #expect(sent[0] == 100)
    #expect(sent[1] < 30, "\(sent[1]) packets of silence")
  }

  @Test func bitRateIsKept() throws {
    for bits in [8_000, 16_000, 40_000] {
      var encoder = try OpusEncoder(OpusEncoderConfiguration(.wideband, bitsPerSecond: bits))
      var random = SplitMix64(seed: 3)
      var packet = [UInt8](repeating: 0, count: 1_275)
      var bytes = 0
      for _ in 0..<100 {
        let noise = (0..<320).map { _ in Int16.random(in: -4_000...4_000, using: &random) }
        var span = packet.mutableSpan
        bytes += try encoder.encode(noise.span, into: &span)
      }
      #expect(bytes * 8 / 2 < bits * 5 / 4, "\(bytes * 4) bits a second of \(bits)")
    }
  }

  /// The limits of the configuration: at each, and one beyond.
  @Test func configurationLimits() {
    func isTaken(_ change: (inout OpusEncoderConfiguration) -> Void) -> Bool {
      var configuration = OpusEncoderConfiguration()
      change(&configuration)
      do throws(OpusError) {
        _ = try OpusEncoder(configuration)
        return true
      } catch {
        #expect(error == .configuration)
        return false
      }
    }
    for (value, isGood) in [(5_999, false), (6_000, true), (510_000, true), (510_001, false)] {
      #expect(isTaken { $0.bitsPerSecond = value } == isGood)
    }
    for (value, isGood) in [(-1, false), (0, true), (10, true), (11, false)] {
      #expect(isTaken { $0.complexity = value } == isGood)
    }
    for (value, isGood) in [(-1, false), (0, true), (100, true), (101, false)] {
      #expect(isTaken { $0.expectedLossPercent = value } == isGood)
    }
    for (value, isGood) in [(7_999, false), (8_000, true), (48_000, true), (48_001, false)] {
      #expect(isTaken { $0.maxPlaybackRate = value } == isGood)
    }
  }

  @Test func frameSizes() throws {
    var encoder = try OpusEncoder(OpusEncoderConfiguration(.narrowband))
    var packet = [UInt8](repeating: 0, count: 100)
    for (count, isGood) in [(80, true), (160, true), (320, true), (480, true), (0, false), (240, false), (161, false)] {
      let samples = [Int16](repeating: 5, count: count)
      var span = packet.mutableSpan
      do throws(OpusError) {
        _ = try encoder.encode(samples.span, into: &span)
        #expect(isGood)
      } catch {
        #expect(error == .frameSize && !isGood)
      }
    }
    var decoder = try OpusDecoder(.narrowband)
    var samples = [Int16](repeating: 0, count: 961)
    for (count, isGood) in [(20, true), (960, true), (0, false), (-20, false), (21, false), (980, false)] {
      var span = samples.mutableSpan
      do throws(OpusError) {
        _ = try decoder.conceal(count: count, into: &span)
        #expect(isGood)
      } catch {
        #expect(error == .frameSize && !isGood)
      }
    }
    var few = [Int16](repeating: 0, count: 100)
    expect(.noRoom) { () throws(OpusError) in
      var span = few.mutableSpan
      _ = try decoder.conceal(count: 160, into: &span)
    }
  }

  /// Random bytes, cut packets and changed ones are an error or sound, never more.
  @Test func hostilePackets() throws {
    var random = SplitMix64(seed: 9)
    var encoder = try OpusEncoder(OpusEncoderConfiguration(.wideband))
    var decoder = try OpusDecoder(.wideband)
    let tone = Tone(hertz: 700, rate: 16_000, amplitude: 9_000).samples(320)
    var samples = [Int16](repeating: 0, count: 1_920)
    var bytes = [UInt8](repeating: 0, count: 1_500)
    var (refused, decoded) = (0, 0)
    for round in 0..<4_000 {
      var span = bytes.mutableSpan
      var count = try encoder.encode(tone.span, into: &span)
      switch round & 3 {
      case 0: count = Int.random(in: 0...count, using: &random)
      case 1:
        for _ in 0..<4 { bytes[Int.random(in: 0..<count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
      default:
        count = Int.random(in: 0...(round & 4 == 0 ? 20 : 1_500), using: &random)
        for index in 0..<count { bytes[index] = UInt8.random(in: 0...255, using: &random) }
      }
      var output = samples.mutableSpan
      do throws(OpusError) {
        _ =
          if round & 8 == 0 {
            try decoder.decode(bytes.span.extracting(0..<count), into: &output)
          } else { try decoder.recover(from: bytes.span.extracting(0..<count), count: 320, into: &output) }
        decoded += 1
      } catch {
        #expect(error == .invalidPacket)
        refused += 1
      }
    }
    #expect(refused > 100 && decoded > 100)
    let long = [UInt8](repeating: 0, count: OpusLimits.maxPacketBytes + 1)
    expect(.tooLong) { () throws(OpusError) in
      var span = samples.mutableSpan
      _ = try decoder.decode(long.span, into: &span)
    }
  }

  /// A packet of more samples than there is room for is refused, and so is no room for a packet.
  @Test func noRoom() throws {
    var encoder = try OpusEncoder(OpusEncoderConfiguration(.narrowband))
    var decoder = try OpusDecoder(.narrowband)
    let tone = Tone(hertz: 700, rate: 8_000, amplitude: 9_000).samples(160)
    var bytes = [UInt8](repeating: 0, count: 200)
    var span = bytes.mutableSpan
    let count = try encoder.encode(tone.span, into: &span)
    var samples = [Int16](repeating: 0, count: 159)
    expect(.noRoom) { () throws(OpusError) in
      var output = samples.mutableSpan
      _ = try decoder.decode(bytes.span.extracting(0..<count), into: &output)
    }
    var one = [UInt8](repeating: 0, count: 1)
    expect(.noRoom) { () throws(OpusError) in
      var output = one.mutableSpan
      _ = try encoder.encode(tone.span, into: &output)
    }
  }

  /// Spans cannot go into the closure of `#expect(throws:)`.
  private func expect(_ error: OpusError, _ body: () throws(OpusError) -> Void) {
    do throws(OpusError) {
      try body()
      Issue.record("nothing thrown")
    } catch let thrown {
      #expect(thrown == error)
    }
  }

  private func run(
    _ encoder: inout OpusEncoder, _ decoder: inout OpusDecoder, _ one: Case, usesFEC: Bool = false,
    losing isLost: (Int) -> Bool
  ) throws(OpusError) -> [Int16] {
    let frame = one.rate.samples(milliseconds: one.milliseconds)
    let tone = Tone(hertz: one.hertz, rate: one.rate.rawValue, amplitude: 8_000)
      .samples(one.rate.rawValue * 9 / 5)
    var heard: [Int16] = []
    var packet = [UInt8](repeating: 0, count: OpusLimits.maxFrameBytes)
    var frames = [Int16](repeating: 0, count: frame)
    var wasLost = false
    for number in 0..<(tone.count / frame) {
      var span = packet.mutableSpan
      let samples = tone.span.extracting((number * frame)..<((number + 1) * frame))
      let count = try encoder.encode(samples, into: &span)
      let payload = packet.span.extracting(0..<count)
      if wasLost, usesFEC {
        var output = frames.mutableSpan
        _ = try decoder.recover(from: payload, count: frame, into: &output)
        heard += frames
      }
      wasLost = isLost(number)
      var output = frames.mutableSpan
      if !wasLost {
        let made = try decoder.decode(payload, into: &output)
        #expect(made == frame)
        heard += frames
      } else if !usesFEC {
        _ = try decoder.conceal(count: frame, into: &output)
        heard += frames
      }
    }
    return heard
  }
}
