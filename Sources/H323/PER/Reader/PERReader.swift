import Wire

/// Reads the aligned variant of the basic packed encoding rules (X.691) from borrowed bytes, bit by bit.
///
/// The reader knows no types: whoever calls it knows what comes next and with which bounds. Every read is checked
/// against the end of what is being read, which is the end of the innermost open type. A failed read leaves the reader
/// at an unspecified place; nothing can be read on after it.
@frozen
public struct PERReader: ~Escapable {
  @usableFromInline let bytes: Span<UInt8>
  /// Where the innermost open type, or the whole, ends.
  @usableFromInline var end: Int
  @usableFromInline var depth: Int
  /// Where these bytes began in the outermost encoding: not 0 only inside a fragmented open type.
  @usableFromInline let base: Int

  /// The place of the next bit, counted from the first bit of these bytes.
  public var bitOffset: Int

  /// A reader at the start of an encoding.
  @inlinable
  @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>) {
    self.init(bytes, base: 0, depth: 0)
  }

  @inlinable
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, base: Int, depth: Int) {
    self.bytes = bytes
    self.end = bytes.count &* 8
    self.base = base
    self.depth = depth
    bitOffset = 0
  }

  /// The number of bits not yet read of the innermost open type, or of the whole.
  @inlinable public var remainingBits: Int { end &- bitOffset }

  /// An error at the present place.
  @inlinable
  public func error(_ reason: PERError.Reason) -> PERError { PERError(reason, at: base &+ bitOffset) }

  /// Steps to the next octet boundary; the bits passed over are not looked at.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func align() {
    // The end is always on a boundary, so this never passes it.
    bitOffset = (bitOffset &+ 7) & ~7
  }

  /// Reads one bit.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readBit() throws(PERError) -> Bool {
    guard bitOffset < end else { throw error(.truncated) }
    let bit = bytes[bitOffset >> 3] & (0x80 >> UInt8(truncatingIfNeeded: bitOffset & 7))
    bitOffset &+= 1
    return bit != 0
  }

  /// Reads a number of 0 to 56 bits, most significant first.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readBits(_ count: Int) throws(PERError) -> UInt64 {
    guard count <= end &- bitOffset, count <= 56 else { throw error(.truncated) }
    let first = bitOffset >> 3
    guard first &+ 8 <= bytes.count else { return readLastBits(count) }
    let skipped = UInt64(truncatingIfNeeded: bitOffset & 7)
    bitOffset &+= count
    return (bytes.bigEndianUInt64(at: first) &<< skipped) >> UInt64(truncatingIfNeeded: 64 &- count)
  }

  /// The same where no whole word is left.
  @usableFromInline
  @_lifetime(self: copy self)
  mutating func readLastBits(_ count: Int) -> UInt64 {
    let first = bitOffset >> 3
    bitOffset &+= count
    let last = (bitOffset &+ 7) >> 3
    var value: UInt64 = 0
    for index in first..<last { value = value << 8 | UInt64(bytes[index]) }
    // At most 63 bits were gathered, since at most 7 lie before the first of 56.
    return (value >> UInt64(last &* 8 &- bitOffset)) & (1 << UInt64(count) &- 1)
  }

  /// Reads so many octets from the next octet boundary on as a number of at most 8 octets, most significant first.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readAlignedUInt(octets count: Int) throws(PERError) -> UInt64 {
    align()
    guard count &* 8 <= end &- bitOffset, count <= 8 else { throw error(.truncated) }
    let first = bitOffset >> 3
    bitOffset &+= count &* 8
    if first &+ 8 <= bytes.count {
      return bytes.bigEndianUInt64(at: first) >> UInt64(truncatingIfNeeded: 64 &- count &* 8)
    }
    var value: UInt64 = 0
    for index in first..<(first &+ count) { value = value << 8 | UInt64(bytes[index]) }
    return value
  }

  /// Reads so many octets from the next octet boundary on, borrowed from the input.
  @inlinable
  @_lifetime(copy self)
  @_lifetime(self: copy self)
  public mutating func readAlignedSpan(octets count: Int) throws(PERError) -> Span<UInt8> {
    // Nothing is aligned for an empty string (X.691 §11.9.3.3 note, §17.7).
    guard count > 0 else { return bytes.extracting(0..<0) }
    align()
    guard count <= (end &- bitOffset) >> 3 else { throw error(.truncated) }
    let first = bitOffset >> 3
    bitOffset &+= count &* 8
    return bytes.extracting(first..<(first &+ count))
  }

  /// Runs `body` one level deeper; for types that contain themselves.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func nested<Value>(
    _ body: (inout PERReader) throws(PERError) -> Value
  ) throws(PERError) -> Value {
    guard depth < PERLimits.maxDepth else { throw error(.limitExceeded) }
    depth &+= 1
    let value = try body(&self)
    depth &-= 1
    return value
  }
}
