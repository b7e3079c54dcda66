import PER
import Testing
import Wire

/// Every limit, at it and one beyond, when reading and when writing.
@Suite struct PERLimitTests {
  private func written(_ body: (inout PERWriter) throws(PERError) -> Void) throws(PERError) -> [UInt8] {
    var writer = PERWriter()
    try body(&writer)
    return writer.finish()
  }

  /// A length of its own, and so many zeros.
  private func filled(_ length: Int, octets: Int) -> [UInt8] {
    let head: [UInt8] = length < 128 ? [UInt8(length)] : [UInt8(0x80 | length >> 8), UInt8(length & 0xFF)]
    return head + [UInt8](repeating: 0, count: octets)
  }

  @Test func elements() throws {
    let most = [Bool](repeating: false, count: PERLimits.maxElements)
    #expect(try written { (writer) throws(PERError) in try writer.writeArray(most) } == filled(128, octets: 16))
    #expect(throws: PERError.self) { try written { (writer) throws(PERError) in try writer.writeArray(most + [true]) } }
    let given1 = filled(128, octets: 16)
    var reader = PERReader(given1.span)
    #expect(try (reader.readArray() as [Bool]).count == 128)
    let given2 = filled(129, octets: 17)
    var beyond = PERReader(given2.span)
    #expect(throws: PERError(.limitExceeded, at: 16)) { try beyond.readArray() as [Bool] }
  }

  @Test func setElements() throws {
    let bounds = 0...60_000
    let most = [Bool](repeating: false, count: PERLimits.maxSetElements)
    let bytes = try written { (writer) throws(PERError) in try writer.writeArray(most, bounds) }
    #expect(bytes.count == 2 + 64)
    #expect(throws: PERError.self) {
      try written { (writer) throws(PERError) in try writer.writeArray(most + [true], bounds) }
    }
    var reader = PERReader(bytes.span)
    #expect(try (reader.readArray(bounds) as [Bool]).count == 512)
    let more: [UInt8] = [0x02, 0x01] + [UInt8](repeating: 0, count: 65)
    var beyond = PERReader(more.span)
    #expect(throws: PERError(.limitExceeded, at: 16)) { try beyond.readArray(bounds) as [Bool] }
  }

  @Test func strings() throws {
    let most = [UInt8](repeating: 1, count: PERLimits.maxStringLength)
    let bytes = try written { (writer) throws(PERError) in try writer.writeOctets(most) }
    var reader = PERReader(bytes.span)
    #expect(try reader.readOctets() == most)
    #expect(throws: PERError(.limitExceeded, at: 0)) {
      try written { (writer) throws(PERError) in try writer.writeOctets(most + [1]) }
    }
    let longer = [UInt8](repeating: 1, count: 16_385)
    let beyond = try written { (writer) throws(PERError) in try writer.writeOctets(longer, maximum: 16_385) }
    #expect(Array(beyond.suffix(2)) == [1, 1])
    var refused = PERReader(beyond.span)
    #expect(throws: PERError.self) { try refused.readOctets() }
    var allowed = PERReader(beyond.span)
    #expect(try allowed.readOctets(maximum: 16_385) == longer)
  }

  @Test func fragments() throws {
    let long = (0..<70_000).map { UInt8(truncatingIfNeeded: $0) }
    let bytes = try written { (writer) throws(PERError) in try writer.writeOctets(long, maximum: 70_000) }
    // Four units, then what is left: pycrate writes the same.
    #expect(bytes.count == 1 + 65_536 + 2 + 4_464)
    #expect(bytes[0] == 0xC4 && bytes[65_537] == 0x91 && bytes[65_538] == 0x70)
    var reader = PERReader(bytes.span)
    #expect(try reader.readOctets(maximum: 70_000) == long)
    // No multiple, and one too many.
    for first in [0xC0, 0xC5] as [UInt8] {
      let wrong = [first] + [UInt8](repeating: 0, count: 90_000)
      var reader = PERReader(wrong.span)
      #expect(throws: PERError(.outOfRange, at: 8)) { try reader.readOctets(maximum: .max) }
    }
  }

  @Test func integers() throws {
    let eight: [UInt8] = [8, 0x7F] + [UInt8](repeating: 0xFF, count: 7)
    var reader = PERReader(eight.span)
    #expect(try reader.readInteger() == .max)
    let nine: [UInt8] = [9, 0] + [UInt8](repeating: 0xFF, count: 8)
    var beyond = PERReader(nine.span)
    #expect(throws: PERError(.limitExceeded, at: 8)) { try beyond.readInteger() }
    let none: [UInt8] = [0]
    var empty = PERReader(none.span)
    #expect(throws: PERError(.outOfRange, at: 8)) { try empty.readInteger() }
    // A number with a lower bound whose sum does not fit.
    var sum = PERReader(eight.span)
    #expect(throws: PERError.self) { try sum.readInteger(from: 1) }
  }

  @Test func objectIdentifiers() throws {
    let most = [UInt8](repeating: 1, count: PERLimits.maxObjectIdentifierOctets)
    let bytes = [0x80, 0x80] + most
    var reader = PERReader(bytes.span)
    #expect(try reader.readObjectIdentifier().contents == most)
    let more = [0x80, 0x81] + most + [1]
    var beyond = PERReader(more.span)
    #expect(throws: PERError(.limitExceeded, at: 16)) { try beyond.readObjectIdentifier() }
    for contents in [[], [0x80], [0x80, 1], [1, 0x81], [UInt8](repeating: 0x81, count: 9) + [1]] as [[UInt8]] {
      #expect(ObjectIdentifier(contents: contents.span) == nil)
    }
    #expect(ObjectIdentifier(arcs: [1, 40]) == nil && ObjectIdentifier(arcs: [3, 1]) == nil)
    #expect(ObjectIdentifier(arcs: [1]) == nil && ObjectIdentifier(arcs: [2, 1 << 62]) == nil)
  }

  /// Up to eight octets are judged in one word, longer ones octet by octet: both as the other would.
  @Test func shortObjectIdentifiers() throws {
    for octets in [
      [0], [0x7F], [0x80], [0x81], [0x80, 1], [0x81, 0x80], [0x81, 0x80, 1], [1, 0x80, 1], [1, 0x81, 0x80, 0],
      [1, 0x81],
      [0, 8, 0x91, 0x4A, 0, 4], [0x2B, 6, 1, 4, 1, 0x81, 0x3C, 3], [0x2B, 6, 1, 4, 1, 0x80, 0x3C, 3],
      [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0], [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
    ] as [[UInt8]] {
      let identifier = ObjectIdentifier(contents: octets.span)
      #expect(identifier.map { $0.contents == octets } ?? true)
      for bytes in [[UInt8(octets.count)] + octets, [UInt8(octets.count)] + octets + [0xFF, 0x80]] {
        var reader = PERReader(bytes.span)
        let found = try? reader.readObjectIdentifier()
        #expect(found == identifier, "\(octets)")
      }
      guard let identifier else { continue }
      let again = try written { (writer) throws(PERError) in try writer.writeObjectIdentifier(identifier) }
      #expect(again == [UInt8(octets.count)] + octets)
    }
    // Each is written as it is, in the value itself up to 15 octets and beyond.
    for count in 1...20 {
      let octets = (0..<count).map { UInt8($0 + 1) }
      let made = ObjectIdentifier(contents: octets.span)
      let identifier = try #require(made)
      #expect(identifier.contents == octets)
      let bytes = try written { (writer) throws(PERError) in try writer.writeObjectIdentifier(identifier) }
      #expect(bytes == [UInt8(count)] + octets)
      var reader = PERReader(bytes.span)
      #expect(try reader.readObjectIdentifier() == identifier)
    }
  }

  @Test func stringsOfAnyLength() throws {
    for count in [1, 2, 13, 14, 15, 16, 17, 40, 128] {
      let text =
        String("0123456789#*,0123456789#*,0123456789#*,0".prefix(count))
        + String(repeating: "7", count: max(0, count - 40))
      let bytes = try written { (writer) throws(PERError) in try writer.writeString(text, .dialledDigits, 1...128) }
      var reader = PERReader(bytes.span)
      #expect(try reader.readString(.dialledDigits, 1...128) == text)
      #expect(throws: PERError.self) {
        let short = Array(bytes.dropLast())
        var reader = PERReader(short.span)
        _ = try reader.readString(.dialledDigits, 1...128)
      }
      let units = BMPString(units: (0..<count).map { UInt16(0x2FF0 + $0) })
      let octets = try written { (writer) throws(PERError) in try writer.writeBMPString(units, 1...256) }
      var again = PERReader(octets.span)
      #expect(try again.readBMPString(1...256) == units)
    }
  }

  /// The last octets of an encoding are read from the word that ends it; of less than a word, one by one.
  @Test func numbersAtTheEnd() throws {
    let bytes: [UInt8] = [0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0, 0x0F, 0xED, 0xCB, 0xA9]
    for length in 1...bytes.count {
      let part = Array(bytes.prefix(length))
      for start in 0...(length * 8) {
        for count in [0, 1, 7, 8, 9, 32, 49, 55, 56] {
          var reader = PERReader(part.span)
          reader.bitOffset = start
          let value = try? reader.readBits(count)
          let bits = (start..<(start + count)).map {
            $0 < length * 8 ? UInt64(part[$0 / 8] >> UInt8(7 - $0 % 8)) & 1 : nil
          }
          let wanted = bits.contains(nil) ? nil : bits.reduce(0 as UInt64) { $0 << 1 | ($1 ?? 0) }
          if value != wanted { Issue.record("\(count) bits at \(start) of \(length) octets") }
        }
        for count in 1...8 where start % 8 == 0 {
          var reader = PERReader(part.span)
          reader.bitOffset = start
          let value = try? reader.readAlignedUInt(octets: count)
          let octets = part.dropFirst(start / 8).prefix(count)
          let wanted = octets.count < count ? nil : octets.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
          if value != wanted { Issue.record("\(count) octets at \(start) of \(length)") }
        }
      }
    }
  }

  /// A SEQUENCE with so many additions announced, the last of them there.
  private func announced(_ count: Int) throws(PERError) -> [UInt8] {
    try written { (writer) throws(PERError) in
      writer.writeBits(0b11, 2)
      try writer.writeLength(count, maximum: 1_000)
      for _ in 1..<count { writer.writeBit(false) }
      writer.writeBit(true)
      try writer.writeOpenType(octets: [7])
    }
  }

  private func kept(_ bytes: [UInt8]) throws(PERError) -> PERAdditions {
    var reader = PERReader(bytes.span)
    let preamble = try reader.readPreamble(optionals: 0)
    var additions = try reader.readAdditions(preamble)
    return try additions.finish(&reader)
  }

  @Test func additions() throws {
    #expect(try kept(announced(256)).kept == [PERAdditions.Addition(index: 255, octets: [7])])
    #expect(throws: PERError.self) { try kept(announced(257)) }
    for count in [1, 56, 57, 63, 64, 65, 127, 128, 129, 200] {
      #expect(try kept(announced(count)).kept == [PERAdditions.Addition(index: count - 1, octets: [7])])
    }
    var beyond = PERAdditions()
    beyond[256] = [7]
    var writer = PERWriter()
    let sequence = writer.beginSequence(optionals: 0)
    var additions = writer.beginAdditions(sequence, known: 1, kept: beyond)
    var failed = false
    do throws(PERError) { try additions.finish(&writer) } catch { failed = error.reason == .limitExceeded }
    #expect(failed)
  }

  @Test func indices() throws {
    var beyond = PERWriter()
    #expect(throws: PERError(.outOfRange, at: 1)) { try beyond.writeIndex(65_536 + 3, rootCount: 3) }
    let bytes: [UInt8] = [0xC0, 3, 1, 0, 0]
    var reader = PERReader(bytes.span)
    #expect(throws: PERError.self) { try reader.readIndex(rootCount: 3) }
    // The fourth of three.
    let fourth: [UInt8] = [0x60]
    var root = PERReader(fourth.span)
    #expect(throws: PERError(.outOfRange, at: 3)) { try root.readIndex(rootCount: 3) }
  }

  private func descend(_ reader: inout PERReader, _ levels: Int) throws(PERError) -> Int {
    guard levels > 0 else { return 0 }
    return try reader.nested { (inner: inout PERReader) throws(PERError) in try descend(&inner, levels - 1) + 1 }
  }

  @Test func depth() throws {
    let bytes: [UInt8] = [0]
    var reader = PERReader(bytes.span)
    #expect(try descend(&reader, PERLimits.maxDepth) == 16)
    #expect(throws: PERError(.limitExceeded, at: 0)) { try descend(&reader, PERLimits.maxDepth + 1) }
    // Open types in open types.
    var octets: [UInt8] = [0]
    for _ in 0..<17 { octets = [UInt8(octets.count)] + octets }
    func open(_ reader: inout PERReader, _ levels: Int) throws(PERError) {
      guard levels > 0 else { return }
      try reader.readOpenType { (inner: inout PERReader) throws(PERError) in try open(&inner, levels - 1) }
    }
    var sixteen = PERReader(octets.span)
    try open(&sixteen, 16)
    var seventeen = PERReader(octets.span)
    #expect(throws: PERError.self) { try open(&seventeen, 17) }
  }

  @Test func valuesOutsideTheType() {
    var writer = PERWriter()
    #expect(throws: PERError.self) { try writer.writeInteger(256, 0...255) }
    #expect(throws: PERError.self) { try writer.writeInteger(0, from: 1) }
    #expect(throws: PERError.self) { try writer.writeOctets([1], count: 2) }
    #expect(throws: PERError.self) { try writer.writeOctets([], 1...4) }
    #expect(throws: PERError.self) { try writer.writeIA5String("é", 1...4) }
    #expect(throws: PERError.self) { try writer.writeIA5String("", 1...4) }
    #expect(throws: PERError.self) { try writer.writeString("12a", .dialledDigits, 1...128) }
    #expect(throws: PERError.self) { try writer.writeBMPString("", 1...128) }
    let ascii: [UInt8] = [1, 0xE9]
    var reader = PERReader(ascii.span)
    #expect(throws: PERError(.invalidCharacter, at: 16)) { try reader.readIA5String() }
    let digits: [UInt8] = [0x00, 0xD0]
    var alphabet = PERReader(digits.span)
    #expect(throws: PERError.self) { try alphabet.readString(.dialledDigits, 1...128) }
  }
}
