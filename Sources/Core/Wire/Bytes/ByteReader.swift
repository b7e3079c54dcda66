/// Reads integers in network order and byte strings from borrowed bytes; every read is checked against the end.
///
/// The reader borrows, so it cannot outlive the packet it reads. A failed read leaves the position where it was.
public struct ByteReader: ~Escapable {
  private let bytes: Span<UInt8>

  /// The offset of the next byte to be read.
  public private(set) var offset: Int

  /// A reader at the start of these bytes.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) {
    self.init(Span<UInt8>(_bytes: bytes))
  }

  /// A reader at the start of these bytes.
  @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>) {
    self.bytes = bytes
    offset = 0
  }

  /// The number of bytes not yet read.
  public var remaining: Int { bytes.count - offset }

  /// Whether everything has been read.
  public var isAtEnd: Bool { remaining == 0 }

  /// Reads one byte.
  @_lifetime(self: copy self)
  public mutating func readUInt8() throws(WireError) -> UInt8 {
    try UInt8(readInteger(1))
  }

  /// Reads two bytes, most significant first.
  @_lifetime(self: copy self)
  public mutating func readUInt16() throws(WireError) -> UInt16 {
    try UInt16(readInteger(2))
  }

  /// Reads three bytes, most significant first.
  @_lifetime(self: copy self)
  public mutating func readUInt24() throws(WireError) -> UInt32 {
    try UInt32(readInteger(3))
  }

  /// Reads four bytes, most significant first.
  @_lifetime(self: copy self)
  public mutating func readUInt32() throws(WireError) -> UInt32 {
    try UInt32(readInteger(4))
  }

  /// Reads eight bytes, most significant first.
  @_lifetime(self: copy self)
  public mutating func readUInt64() throws(WireError) -> UInt64 {
    try readInteger(8)
  }

  /// Reads so many bytes, borrowed from the input. A negative count is a truncated read.
  @_lifetime(copy self)
  @_lifetime(self: copy self)
  public mutating func readBytes(_ count: Int) throws(WireError) -> Span<UInt8> {
    guard count >= 0, count <= remaining else { throw WireError(.truncated, at: offset) }
    let start = offset
    offset += count
    return bytes.extracting(start..<(start + count))
  }

  /// Reads a length of `lengthBytes` (1, 2, 3, 4 or 8) bytes, then so many bytes; more than `maximum` is an error.
  @_lifetime(copy self)
  @_lifetime(self: copy self)
  public mutating func readPrefixed(lengthBytes: Int, maximum: Int) throws(WireError) -> Span<UInt8> {
    let start = offset
    let length = try readInteger(lengthBytes)
    guard length <= UInt64(max(0, maximum)) else {
      offset = start
      throw WireError(.limitExceeded, at: start)
    }
    guard length <= UInt64(remaining) else {
      offset = start
      throw WireError(.truncated, at: start)
    }
    return try readBytes(Int(length))
  }

  /// Steps over so many bytes.
  @_lifetime(self: copy self)
  public mutating func skip(_ count: Int) throws(WireError) {
    guard count >= 0, count <= remaining else { throw WireError(.truncated, at: offset) }
    offset += count
  }

  @_lifetime(self: copy self)
  private mutating func readInteger(_ count: Int) throws(WireError) -> UInt64 {
    guard count <= remaining else { throw WireError(.truncated, at: offset) }
    var value: UInt64 = 0
    for index in offset..<(offset + count) {
      value = value << 8 | UInt64(bytes[index])
    }
    offset += count
    return value
  }
}
