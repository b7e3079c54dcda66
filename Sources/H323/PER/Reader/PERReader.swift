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
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func readBit() throws(PERError) -> Bool {
    guard bitOffset < end else { throw error(.truncated) }
    let bit = bytes[bitOffset >> 3] & (0x80 >> UInt8(truncatingIfNeeded: bitOffset & 7))
    bitOffset &+= 1
    return bit != 0
  }

  /// Reads a number of 0 to 56 bits, most significant first.
  @inlinable
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func readBits(_ count: Int) throws(PERError) -> UInt64 {
    let first = bitOffset >> 3
    guard count <= end &- bitOffset, first &+ 8 <= bytes.count, count <= 56 else { return try readLastBits(count) }
    let skipped = UInt64(truncatingIfNeeded: bitOffset & 7)
    bitOffset &+= count
    return (bytes.bigEndianUInt64(at: first) &<< skipped) >> UInt64(truncatingIfNeeded: 64 &- count)
  }

  /// The same where no whole word is left, or nothing.
  @usableFromInline
  @_lifetime(self: copy self)
  mutating func readLastBits(_ count: Int) throws(PERError) -> UInt64 {
    guard count <= end &- bitOffset, count <= 56 else { throw error(.truncated) }
    let word = word(at: bitOffset >> 3) &<< UInt64(truncatingIfNeeded: bitOffset & 7)
    bitOffset &+= count
    return word >> UInt64(truncatingIfNeeded: 64 &- count)
  }

  /// The eight octets from a place in these bytes on, with zeros behind the last of them.
  @usableFromInline
  func word(at first: Int) -> UInt64 {
    if first &+ 8 <= bytes.count { return bytes.bigEndianUInt64(at: first) }
    let start = bytes.count &- 8
    // Beyond a shift of 63 there is nothing left.
    if start >= 0 { return bytes.bigEndianUInt64(at: start) << UInt64(truncatingIfNeeded: (first &- start) &* 8) }
    var word: UInt64 = 0
    for place in first..<max(first, bytes.count) {
      word |= UInt64(bytes[place]) << UInt64(truncatingIfNeeded: 56 &- (place &- first) &* 8)
    }
    return word
  }

  /// Reads one octet from the next octet boundary on.
  @inlinable
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func readAlignedOctet() throws(PERError) -> UInt8 {
    align()
    guard bitOffset < end else { throw error(.truncated) }
    let octet = bytes[bitOffset >> 3]
    bitOffset &+= 8
    return octet
  }

  /// Reads so many octets from the next octet boundary on as a number of at most 8 octets, most significant first.
  @inlinable
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func readAlignedUInt(octets count: Int) throws(PERError) -> UInt64 {
    align()
    let first = bitOffset >> 3
    guard count &* 8 <= end &- bitOffset, first &+ 8 <= bytes.count, count <= 8 else {
      return try readLastUInt(octets: count)
    }
    bitOffset &+= count &* 8
    return bytes.bigEndianUInt64(at: first) >> UInt64(truncatingIfNeeded: 64 &- count &* 8)
  }

  /// The same where no whole word is left, or nothing.
  @usableFromInline
  @_lifetime(self: copy self)
  mutating func readLastUInt(octets count: Int) throws(PERError) -> UInt64 {
    guard count &* 8 <= end &- bitOffset, count <= 8 else { throw error(.truncated) }
    let word = word(at: bitOffset >> 3)
    bitOffset &+= count &* 8
    return word >> UInt64(truncatingIfNeeded: 64 &- count &* 8)
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
