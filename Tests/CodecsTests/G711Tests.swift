import Codecs
import Testing

struct G711Tests {
  /// Corner values of G.711 tables 1a, 1b, 2a, 2b, scaled to 16 bits.
  @Test(arguments: [
    (G711Law.mu, UInt8(0xFF), Int16(0)), (.mu, 0x7F, 0), (.mu, 0x80, 32_124), (.mu, 0x00, -32_124), (.mu, 0xFE, 8),
    (.mu, 0x7E, -8), (.a, 0xD5, 8), (.a, 0x55, -8), (.a, 0xAA, 32_256), (.a, 0x2A, -32_256), (.a, 0x80, 5_504),
  ])
  func values(law: G711Law, octet: UInt8, value: Int16) { #expect(law.decode(octet) == value) }

  @Test(arguments: G711Law.allCases)
  func everyOctetComesBack(law: G711Law) {
    for octet in UInt8.min...UInt8.max {
      let back = law.encode(law.decode(octet))
      // µ-law has two zeros, and the negative one is heard as the positive.
      #expect(back == (law == .mu && octet == 0x7F ? 0xFF : octet))
    }
  }

  /// No sample is further from its octet's value than half a step of its segment, a thirty-second of itself, and the bits
  /// that the law does not look at.
  @Test(arguments: G711Law.allCases)
  func quantisation(law: G711Law) {
    for sample in stride(from: -32_100, through: 32_100, by: 7) {
      let heard = Int(law.decode(law.encode(Int16(sample))))
      #expect(abs(heard - sample) <= abs(sample) / 31 + 12, "\(sample) is heard as \(heard)")
    }
  }

  @Test(arguments: G711Law.allCases)
  func encodingIsMonotonous(law: G711Law) {
    var last = Int.min
    for sample in Int16.min...Int16.max {
      let value = Int(law.decode(law.encode(sample)))
      #expect(value >= last)
      last = value
    }
  }

  /// There and back through the other law changes nothing more than the first time (G.711 §3.3, note).
  @Test(arguments: G711Law.allCases)
  func transcodingSettles(law: G711Law) {
    let other: G711Law = law == .mu ? .a : .mu
    for octet in UInt8.min...UInt8.max {
      let once = other.transcode(law.transcode(octet))
      #expect(other.transcode(law.transcode(once)) == once)
      #expect(abs(Int(law.decode(once)) - Int(law.decode(octet))) <= max(16, abs(Int(law.decode(octet))) / 16))
    }
  }

  @Test func wholeBuffers() {
    let samples: [Int16] = (0..<160).map { Int16($0 * 200 - 16_000) }
    var octets = [UInt8](repeating: 0, count: 160)
    var target = octets.mutableSpan
    let count1 = G711Law.a.encode(samples.span, into: &target)
    #expect(count1 == 160)
    var shorter = [Int16](repeating: 0, count: 100)
    var decoded = shorter.mutableSpan
    let count2 = G711Law.a.decode(octets.span, into: &decoded)
    #expect(count2 == 100)
    for index in 0..<100 { #expect(shorter[index] == G711Law.a.decode(G711Law.a.encode(samples[index]))) }
    var changed = octets.mutableSpan
    G711Law.a.transcode(&changed)
    for index in 0..<160 { #expect(octets[index] == G711Law.a.transcode(G711Law.a.encode(samples[index]))) }
  }

  @Test(arguments: G711Law.allCases)
  func silence(law: G711Law) { #expect(abs(law.decode(law.silence)) <= 8) }
}
