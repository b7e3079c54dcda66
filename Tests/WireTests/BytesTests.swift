import Testing
import Wire

@Suite struct ByteReaderTests {
  @Test func readsNetworkOrder() throws {
    let bytes: [UInt8] = (1...18).map { UInt8($0) }
    var reader = ByteReader(bytes.span)
    #expect(try reader.readUInt8() == 0x01)
    #expect(try reader.readUInt16() == 0x0203)
    #expect(try reader.readUInt24() == 0x04_0506)
    #expect(try reader.readUInt32() == 0x0708_090a)
    #expect(try reader.readUInt64() == 0x0b0c_0d0e_0f10_1112)
    #expect(reader.remaining == 0)
    #expect(reader.offset == 18)
    #expect(reader.isAtEnd == true)
  }

  @Test(arguments: [1, 2, 3, 4, 8])
  func refusesToReadBeyondTheEndAndStaysWhereItWas(_ width: Int) throws {
    for count in 0..<8 {
      let bytes = [UInt8](repeating: 0xff, count: count)
      var reader = ByteReader(bytes.span)
      if count < width {
        #expect(throws: WireError(.truncated, at: 0)) { try Self.read(width, &reader) }
        #expect(reader.remaining == count)
      } else {
        try Self.read(width, &reader)
        #expect(reader.remaining == count - width)
      }
    }
  }

  @Test func readsBytesAndSkips() throws {
    let bytes: [UInt8] = [9, 1, 2, 3, 4]
    var reader = ByteReader(bytes.span)
    try reader.skip(1)
    #expect(throws: WireError(.truncated, at: 1)) { try reader.skip(5) }
    #expect(throws: WireError(.truncated, at: 1)) { try reader.skip(-1) }
    #expect([UInt8](copying: try reader.readBytes(2)) == [1, 2])
    #expect(throws: WireError(.truncated, at: 3)) { _ = try reader.readBytes(3) }
    #expect(throws: WireError(.truncated, at: 3)) { _ = try reader.readBytes(-1) }
    #expect(throws: WireError(.truncated, at: 3)) { _ = try reader.readBytes(.max) }
    #expect([UInt8](copying: try reader.readBytes(0)).isEmpty)
    #expect([UInt8](copying: try reader.readBytes(2)) == [3, 4])
  }

  @Test func readsPrefixedBytesWithinALimit() throws {
    let bytes: [UInt8] = [0, 3, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 1, 7, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
    var reader = ByteReader(bytes.span)
    #expect(throws: WireError(.limitExceeded, at: 0)) { _ = try reader.readPrefixed(lengthBytes: 2, maximum: 2) }
    #expect(reader.offset == 0)
    #expect([UInt8](copying: try reader.readPrefixed(lengthBytes: 2, maximum: 3)) == [1, 2, 3])
    #expect([UInt8](copying: try reader.readPrefixed(lengthBytes: 8, maximum: .max)) == [7])
    #expect(throws: WireError(.truncated, at: 14)) { _ = try reader.readPrefixed(lengthBytes: 1, maximum: .max) }
    #expect(throws: WireError(.limitExceeded, at: 14)) { _ = try reader.readPrefixed(lengthBytes: 8, maximum: .max) }
    #expect(throws: WireError(.limitExceeded, at: 14)) { _ = try reader.readPrefixed(lengthBytes: 1, maximum: -1) }
    #expect(reader.offset == 14)
  }

  private static func read(_ width: Int, _ reader: inout ByteReader) throws(WireError) {
    switch width {
    case 1: _ = try reader.readUInt8()
    case 2: _ = try reader.readUInt16()
    case 3: _ = try reader.readUInt24()
    case 4: _ = try reader.readUInt32()
    default: _ = try reader.readUInt64()
    }
  }
}

@Suite struct ByteWriterTests {
  @Test func writesNetworkOrder() throws {
    var writer = ByteWriter(reserving: 32)
    try writer.write(UInt8(1))
    try writer.write(UInt16(0x0203))
    try writer.write(uint24: 0x04_0506)
    try writer.write(UInt32(0x0708_090a))
    try writer.write(UInt64(0x0b0c_0d0e_0f10_1112))
    try writer.write([0x13, 0x14])
    try writer.write([0x15].span)
    try writer.writePrefixed([0xaa, 0xbb].span, lengthBytes: 2)
    #expect(writer.bytes == (1...0x15).map { UInt8($0) } + [0, 2, 0xaa, 0xbb])
    writer.removeAll()
    #expect(writer.count == 0)
  }

  @Test func neverWritesBeyondItsLimit() throws {
    for used in 0...8 {
      var writer = ByteWriter(maximum: 8)
      try writer.write([UInt8](repeating: 0, count: used))
      let room = 8 - used
      let writes: [(Int, (inout ByteWriter) throws -> Void)] = [
        (1, { try $0.write(UInt8(1)) }), (2, { try $0.write(UInt16(1)) }), (3, { try $0.write(uint24: 1) }),
        (4, { try $0.write(UInt32(1)) }), (8, { try $0.write(UInt64(1)) }), (3, { try $0.write([1, 2, 3]) }),
        (5, { try $0.writePrefixed([1, 2, 3].span, lengthBytes: 2) }),
      ]
      for (width, write) in writes {
        var copy = writer
        if width <= room {
          try write(&copy)
          #expect(copy.count == used + width)
        } else {
          #expect(throws: WireError(.limitExceeded, at: used)) { try write(&copy) }
          #expect(copy.count == used)
        }
      }
    }
  }

  @Test func refusesWhatItsFieldCannotHold() throws {
    var writer = ByteWriter()
    try writer.write(uint24: 0xff_ffff)
    #expect(throws: WireError(.limitExceeded, at: 3)) { try writer.write(uint24: 0x100_0000) }
    try writer.writePrefixed([UInt8](repeating: 0, count: 255).span, lengthBytes: 1)
    #expect(throws: WireError(.limitExceeded, at: 259)) {
      try writer.writePrefixed([UInt8](repeating: 0, count: 256).span, lengthBytes: 1)
    }
  }
}

@Suite struct ByteRangeTests {
  @Test func isAPlaceInBytes() {
    let range = ByteRange(4..<9)
    #expect(range == ByteRange(lower: 4, upper: 9))
    #expect(range.count == 5)
    #expect(range.range == 4..<9)
    #expect(Range(range) == 4..<9)
    #expect(range.lowerBound == 4)
    #expect(range.upperBound == 9)
    #expect(!range.isEmpty)
    #expect(ByteRange.zero.isEmpty)
    #expect((0..<12).filter { range.contains($0) } == [4, 5, 6, 7, 8])
    #expect(range.shifted(by: -4) == ByteRange(0..<5))
    #expect("\(range)" == "4..<9")
    #expect(MemoryLayout<ByteRange>.size == 8)
  }

  @Test func cutsSpans() {
    let bytes: [UInt8] = [1, 2, 3, 4, 5]
    #expect([UInt8](copying: bytes.span.extracting(ByteRange(1..<4))) == [2, 3, 4])
    #expect([UInt8](copying: bytes.span.extracting(ByteRange.zero)).isEmpty)
  }
}

@Suite struct SpanWordsTests {
  private let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

  @Test func readsWordsAtAnyOffset() {
    #expect(bytes.span.littleEndianUInt64(at: 0) == 0x0807_0605_0403_0201)
    #expect(bytes.span.littleEndianUInt64(at: 2) == 0x0a09_0807_0605_0403)
    #expect(bytes.span.bigEndianUInt64(at: 1) == 0x0203_0405_0607_0809)
  }

  @Test func appendsSpansAndWords() {
    var array: [UInt8] = [0]
    array.append(copying: bytes.span.extracting(8..<10))
    array.append(copying: bytes.span.extracting(0..<0))
    #expect(array == [0, 9, 10])
    array.append(addingCapacity: 9) { (output: inout OutputSpan<UInt8>) in
      output.append(7)
      output.append(littleEndian: 0x0102_0304_0506_0708)
    }
    #expect(array == [0, 9, 10, 7, 8, 7, 6, 5, 4, 3, 2, 1])
  }

  @Test func makesStrings() {
    #expect(String(ascii: Array("sip:a@b".utf8).span) == "sip:a@b")
    #expect(String(ascii: [0x61, 0x80].span) == nil)
    let nothing: [UInt8] = []
    #expect(String(ascii: nothing.span) == "")
    #expect(String(utf8: Array("é😀".utf8).span) == "é😀")
    #expect(String(utf8: [0xc3].span) == nil)
  }
}
