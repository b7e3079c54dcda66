import PER
import Testing
import Wire

/// A SEQUENCE with additions, as the type of a module is written.
private struct Example: PERValue {
  var a: Bool
  var b: Int?
  var c: Bool?
  var d: OctetString?
  var e = false
  var unknown = PERAdditions()

  init(a: Bool, b: Int? = nil, c: Bool? = nil, d: OctetString? = nil, e: Bool = false) {
    self.a = a
    self.b = b
    self.c = c
    self.d = d
    self.e = e
  }

  init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    a = try reader.readBit()
    b = try preamble.has(0) ? reader.readInteger(0...255) : nil
    var additions = try reader.readAdditions(preamble)
    c = try additions.next(&reader)
    d = try additions.next(&reader)
    e = try additions.nextPresence(&reader)
    unknown = try additions.finish(&reader)
  }

  func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    writer.writeBit(a)
    if let b {
      writer.markPresent(0, in: sequence)
      try writer.writeInteger(b, 0...255)
    }
    var additions = writer.beginAdditions(sequence, known: 3, kept: unknown)
    try additions.next(&writer, c)
    try additions.next(&writer, d)
    try additions.nextPresence(&writer, e)
    try additions.finish(&writer)
  }
}

/// The same with only the last addition known.
private struct OlderExample: PERValue {
  var a: Bool
  var b: Int?
  var e: Bool
  var unknown: PERAdditions

  init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    a = try reader.readBit()
    b = try preamble.has(0) ? reader.readInteger(0...255) : nil
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(2, &reader)
    e = try additions.nextPresence(&reader)
    unknown = try additions.finish(&reader)
  }

  func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    writer.writeBit(a)
    var additions = writer.beginAdditions(sequence, known: 3, kept: unknown)
    try additions.keepNext(2, &writer)
    try additions.nextPresence(&writer, e)
    try additions.finish(&writer)
  }
}

@Suite struct PERSequenceTests {
  @Test func additions() throws {
    // As pycrate encodes them.
    try check(Example(a: true), "20")
    try check(Example(a: true, b: 5), "6005")
    try check(Example(a: false, c: true), "80a00180")
    try check(Example(a: true, b: 9, d: OctetString([1, 2]), e: true), "e00904c0030201020100")
    try check(Example(a: true, e: true), "a0880100")
    let long = OctetString([UInt8](repeating: 0x78, count: 200))
    try check(Example(a: true, d: long), "a09080ca80c8" + String(repeating: "78", count: 200))
  }

  private func check(_ value: Example, _ hex: String) throws {
    #expect(try Hex.encode(value.encoded()) == hex)
    #expect(try Example(decoding: Hex.decode(hex)) == value)
  }

  @Test func unknownAdditionsAreWrittenAgain() throws {
    let value = Example(a: true, c: true, d: OctetString([7]), e: true)
    let bytes = try value.encoded()
    let older = try OlderExample(decoding: bytes)
    #expect(older.unknown[0] == [0x80])
    #expect(older.unknown[1] == [1, 7])
    #expect(try older.encoded() == bytes)

    var later = value
    later.unknown[3] = [1, 2, 3]
    later.unknown[70] = [4]
    let longer = try later.encoded()
    #expect(try Example(decoding: longer) == later)
  }

  @Test func keptAdditionsStayInOrder() {
    var additions = PERAdditions()
    additions[5] = [5]
    additions[2] = [2]
    additions[9] = [9]
    additions[5] = [6]
    #expect(additions.kept.map(\.index) == [2, 5, 9])
    #expect(additions[5] == [6])
    additions[2] = nil
    #expect(additions.kept.map(\.index) == [5, 9])
  }

  @Test(arguments: [1, 127, 128, 300, 16_383, 16_384, 16_385, 40_000, 65_535])
  func openTypesOfAnyLength(_ count: Int) throws {
    var writer = PERWriter()
    writer.writeBit(true)
    try writer.writeOpenType { (inner: inout PERWriter) throws(PERError) in
      for place in 0..<count { inner.writeBits(UInt64(place & 0xFF), 8) }
    }
    writer.writeBit(true)
    let bytes = writer.finish()
    var reader = PERReader(bytes.span)
    #expect(try reader.readBit())
    let octets = try reader.readOpenTypeOctets()
    #expect(octets.count == count && octets.last == UInt8(truncatingIfNeeded: count - 1))
    #expect(try reader.readBit())

    var again = PERReader(bytes.span)
    #expect(try again.readBit())
    let last = try again.readOpenType { (inner: inout PERReader) throws(PERError) -> UInt64 in
      for _ in 1..<count { _ = try inner.readBits(8) }
      return try inner.readBits(8)
    }
    #expect(last == UInt64((count - 1) & 0xFF))
    #expect(try again.readBit())
  }

  @Test func anOpenTypeIsNotReadBeyondItsEnd() {
    let bytes: [UInt8] = [1, 0xFF, 0xFF]
    var reader = PERReader(bytes.span)
    #expect(throws: PERError(.truncated, at: 16)) {
      try reader.readOpenType { (inner: inout PERReader) throws(PERError) in
        _ = try inner.readBits(8)
        _ = try inner.readBit()
      }
    }
  }
}
