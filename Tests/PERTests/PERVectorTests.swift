import PER
import Testing
import Wire

/// Encodings that pycrate's codec gives for types of one component.
@Suite struct PERVectorTests {
  @Test(
    arguments: [
      // One bit-field, one octet, two octets, any number of octets (X.691 §11.5.7).
      .integer(3, 3...9, "80"), .integer(9, 3...9, "e0"), .integer(254, 0...254, "ff00"),
      .integer(-100, -100...100, "8000"), .integer(100, -100...100, "e400"), .integer(0, -100...100, "b200"),
      .integer(255, 0...255, "80ff"), .integer(0, 0...255, "8000"),
      .integer(256, 0...256, "800100"), .integer(1, 0...256, "800001"),
      .integer(65_535, 0...65_535, "80ffff"), .integer(1, 0...65_535, "800001"),
      .integer(65_536, 0...65_536, "c0010000"), .integer(0, 0...65_536, "8000"), .integer(256, 0...65_536, "a00100"),
      .integer(255, 0...16_777_215, "80ff"), .integer(256, 0...16_777_215, "a00100"),
      .integer(16_777_215, 0...16_777_215, "c0ffffff"),
      .integer(0, 0...4_294_967_295, "8000"), .integer(256, 0...4_294_967_295, "a00100"),
      .integer(4_294_967_295, 0...4_294_967_295, "e0ffffffff"),
      .integer(1, 1...4_294_967_295, "8000"), .integer(1_700_000_000, 1...4_294_967_295, "e06553f0ff"),
      // Semi-constrained and unconstrained.
      .integer(1, from: 1, "800100"), .integer(256, from: 1, "8001ff"), .integer(257, from: 1, "80020100"),
      .integer(4_294_967_296, from: 1, "8004ffffffff"),
      .integer(0, "800100"), .integer(127, "80017f"), .integer(128, "80020080"), .integer(-128, "800180"),
      .integer(-129, "8002ff7f"), .integer(1 << 40, "8006010000000000"), .integer(.min, "80088000000000000000"),
      .integer(.max, "80087fffffffffffffff"), .integer(-1, "8001ff"),
      .small(0, "80"), .small(63, "bf"), .small(64, "c00140"), .small(65_535, "c002ffff"),
    ] as [PERVector])
  func numbers(_ vector: PERVector) throws {
    try check(vector)
  }

  @Test(
    arguments: [
      .octets([0xAB], count: 1, "d580"), .octets([0xAB, 0xCD], count: 2, "d5e680"),
      .octets([0xAB, 0xCD, 0xEF], count: 3, "80abcdef"),
      .octets([], 0...20, "80"), .octets([0xAB, 0xAB, 0xAB], 0...20, "8cababab"),
      .octets([], "8000"), .octets([0xAB], "8001ab"),
      .octets([UInt8](repeating: 0x78, count: 127), "807f" + String(repeating: "78", count: 127)),
      .octets([UInt8](repeating: 0x78, count: 128), "808080" + String(repeating: "78", count: 128)),
      .octets([UInt8](repeating: 0x79, count: 16_384), "80c1" + String(repeating: "79", count: 16_384) + "00"),
      .bits(BitString(octets: [0xA5], count: 8), count: 8, "d280"),
      .bits(BitString(octets: [0xD2, 0xD2, 0x80], count: 17), count: 17, "80d2d280"),
      .bits(BitString(octets: [0xA0], count: 3), 1...2048, "800002a0"),
      .bits(BitString(octets: [0xAB, 0xCD, 0xE0], count: 20), 1...2048, "800013abcde0"),
      .bits(BitString(octets: [], count: 0), "8000"), .bits(BitString(octets: [0xA0], count: 3), "8003a0"),
    ] as [PERVector])
  func octetsAndBits(_ vector: PERVector) throws {
    try check(vector)
  }

  @Test(
    arguments: [
      .ia5("#", 1...1, "9180"), .ia5("en", 1...32, "84656e"), .ia5("", "8000"), .ia5("abc", "8003616263"),
      .ia5(String(repeating: "x", count: 32), 1...32, "fc" + String(repeating: "78", count: 32)),
      .text("0123456789#*,", .dialledDigits, 1...128, "8c3456789abc0120"), .text("5", .dialledDigits, 1...128, "8080"),
      .text("12 3", .numeric, 1...8, "b02304"),
      .text("D", PERAlphabet("0123456789#*ABCD!"), 1...1, "a200"),
      .bmp("a", 1...128, "800061"), .bmp("alice", 1...128, "840061006c006900630065"),
      .bmp("", "8000"), .bmp("az", "80020061007a"), .bmp("a", 1...1, "803080"),
      .identifier(arcs(0, 0, 8, 2250, 0, 4), "80060008914a0004"), .identifier(arcs(2, 999, 3), "8003883703"),
      .identifier(arcs(1, 3, 6, 1, 4, 1, 4_294_967_295), "800a2b060104018fffffff7f"),
      .index(0, rootCount: 3, "80"), .index(2, rootCount: 3, "a0"), .index(3, rootCount: 3, "c000"),
      .index(3 + 64, rootCount: 3, "e00140"),
    ] as [PERVector])
  func stringsAndIndices(_ vector: PERVector) throws {
    try check(vector)
  }

  private func check(_ vector: PERVector) throws {
    var writer = PERWriter()
    writer.writeBit(true)
    try vector.write(&writer)
    let bytes = writer.finish()
    #expect(Hex.encode(bytes) == vector.hex)
    let given = try Hex.decode(vector.hex)
    var reader = PERReader(given.span)
    #expect(try reader.readBit())
    #expect(try vector.matches(&reader))
    #expect(reader.remainingBits < 8)
    // Cut short anywhere, it is an error and no trap.
    for count in given.indices where count < 300 {
      var short = PERReader(given.span.extracting(0..<count))
      #expect(throws: PERError.self) {
        _ = try short.readBit()
        _ = try vector.matches(&short)
      }
    }
  }
}

/// An identifier that is known to be one.
func arcs(_ arcs: UInt64...) -> ObjectIdentifier {
  guard let identifier = ObjectIdentifier(arcs: arcs) else { preconditionFailure("no identifier") }
  return identifier
}
