import Codecs
import Testing
import ToneSupport

struct G722Tests {
  /// A tone goes through: its level within half a decibel, and little else beside it (more in the higher band, which has
  /// two bits).
  @Test(arguments: [300, 1_000, 2_500, 3_400, 5_000, 6_500])
  func tones(hertz: Int) {
    let samples = Tone(hertz: hertz, rate: 16_000, amplitude: 8_000).samples(8_000)
    var octets = [UInt8](repeating: 0, count: 4_000)
    var encoder = G722Encoder()
    var target = octets.mutableSpan
    let count1 = encoder.encode(samples.span, into: &target)
    #expect(count1 == 4_000)
    var heard = [Int16](repeating: 0, count: 8_000)
    var decoder = G722Decoder()
    var output = heard.mutableSpan
    let count2 = decoder.decode(octets.span, into: &output)
    #expect(count2 == 8_000)
    let level = Tone.level(heard[4_000...], hertz: hertz, rate: 16_000)
    #expect(abs(level.amplitude - 8_000) < 500, "amplitude \(level.amplitude)")
    #expect(level.rest < (hertz < 4_000 ? 0.05 : 0.08) * level.amplitude, "noise \(level.rest)")
  }

  /// 8 kHz in and out, by the lower band alone.
  @Test(arguments: [300, 1_000, 3_000])
  func narrowband(hertz: Int) {
    let samples = Tone(hertz: hertz, rate: 8_000, amplitude: 8_000).samples(4_000)
    var octets = [UInt8](repeating: 0, count: 4_000)
    var encoder = G722Encoder()
    var target = octets.mutableSpan
    let encoded = encoder.encodeNarrowband(samples.span, into: &target)
    #expect(encoded == 4_000)
    var heard = [Int16](repeating: 0, count: 4_000)
    var decoder = G722Decoder()
    var output = heard.mutableSpan
    let decoded = decoder.decodeNarrowband(octets.span, into: &output)
    #expect(decoded == 4_000)
    let level = Tone.level(heard[2_000...], hertz: hertz, rate: 8_000)
    #expect(abs(level.amplitude - 8_000) < 500, "amplitude \(level.amplitude)")
    #expect(level.rest < 0.05 * level.amplitude, "noise \(level.rest)")
  }

  @Test func odds() {
    let samples: [Int16] = [1, 2, 3]
    var octets = [UInt8](repeating: 0, count: 8)
    var encoder = G722Encoder()
    var target = octets.mutableSpan
    let count3 = encoder.encode(samples.span, into: &target)
    #expect(count3 == 1)
    var heard = [Int16](repeating: 0, count: 3)
    var decoder = G722Decoder()
    var output = heard.mutableSpan
    let count4 = decoder.decode(octets.span, into: &output)
    #expect(count4 == 2)
  }

  /// Full-scale noise, where everything saturates, and random octets, which no encoder makes.
  @Test func extremes() {
    var state: UInt64 = 88
    func random() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
    let samples = (0..<4_000).map { _ in random() & 1 == 0 ? Int16.min : Int16.max }
    var octets = [UInt8](repeating: 0, count: 2_000)
    var encoder = G722Encoder()
    var target = octets.mutableSpan
    let count5 = encoder.encode(samples.span, into: &target)
    #expect(count5 == 2_000)
    for index in octets.indices { octets[index] = UInt8(truncatingIfNeeded: random() >> 20) }
    var heard = [Int16](repeating: 0, count: 4_000)
    var decoder = G722Decoder()
    var output = heard.mutableSpan
    let count6 = decoder.decode(octets.span, into: &output)
    #expect(count6 == 4_000)
  }
}
