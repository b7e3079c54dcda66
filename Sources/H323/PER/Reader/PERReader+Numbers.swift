import Wire

extension PERReader {
  /// Reads a constrained whole number (X.691 §11.5); the bounds are the type's.
  @inlinable
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func readInteger(_ bounds: ClosedRange<Int>) throws(PERError) -> Int {
    let span = UInt64(bitPattern: Int64(bounds.upperBound &- bounds.lowerBound))
    let offset: UInt64
    if span < 255 {
      offset = try readBits(64 &- span.leadingZeroBitCount)
    } else if span < 65_536 {
      offset = try span == 255 ? UInt64(readAlignedOctet()) : readAlignedUInt(octets: 2)
    } else {
      let most = PERWidth.octets(of: span)
      let octets = try Int(readBits(PERWidth.bits(of: UInt64(most &- 1)))) &+ 1
      guard octets <= most else { throw error(.outOfRange) }
      offset = try readAlignedUInt(octets: octets)
    }
    guard offset <= span else { throw error(.outOfRange) }
    // Cannot overflow: the offset is at most the distance of the bounds.
    return bounds.lowerBound &+ Int(truncatingIfNeeded: offset)
  }

  /// Reads a whole number with a lower bound only (§11.7), of at most ``PERLimits/maxIntegerOctets`` octets.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readInteger(from lower: Int) throws(PERError) -> Int {
    let octets = try readLength(maximum: PERLimits.maxIntegerOctets)
    guard octets > 0 else { throw error(.outOfRange) }
    let offset = try readAlignedUInt(octets: octets)
    guard let signed = Int(exactly: offset) else { throw error(.outOfRange) }
    let (value, overflow) = lower.addingReportingOverflow(signed)
    guard !overflow else { throw error(.outOfRange) }
    return value
  }

  /// Reads a whole number without bounds (§11.8), of at most ``PERLimits/maxIntegerOctets`` octets.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readInteger() throws(PERError) -> Int {
    let octets = try readLength(maximum: PERLimits.maxIntegerOctets)
    guard octets > 0 else { throw error(.outOfRange) }
    let value = try readAlignedUInt(octets: octets)
    let unused = UInt64(64 &- octets &* 8)
    return Int(truncatingIfNeeded: Int64(bitPattern: value << unused) >> Int64(unused))
  }

  /// Reads a normally small non-negative whole number (§11.6), at most ``PERLimits/maxIndex``.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readNormallySmall() throws(PERError) -> Int {
    guard try readBit() else { return try Int(readBits(6)) }
    let value = try readInteger(from: 0)
    guard value <= PERLimits.maxIndex else { throw error(.limitExceeded) }
    return value
  }

  /// Reads a length that may have any value (§11.9.3.5 to 8) and is not fragmented.
  ///
  /// Lengths of 16,384 and more come in fragments: ``readOctets(maximum:)`` and its like read those.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readLength(maximum: Int) throws(PERError) -> Int {
    switch try readFragmentLength() {
    case .last(let length):
      guard length <= maximum else { throw error(.limitExceeded) }
      return length
    case .more:
      throw error(.limitExceeded)
    }
  }

  /// Reads a length of a number of elements, or of octets, that the type bounds below 65,536 (§11.9.3.3).
  @inlinable
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func readLength(_ bounds: ClosedRange<Int>) throws(PERError) -> Int {
    try readInteger(bounds)
  }

  /// Reads the length of one fragment.
  @inlinable
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func readFragmentLength() throws(PERError) -> PERFragment {
    let first = try Int(readAlignedOctet())
    if first < 0x80 { return .last(first) }
    return try readFurtherLength(first)
  }

  @usableFromInline
  @_lifetime(self: copy self)
  mutating func readFurtherLength(_ first: Int) throws(PERError) -> PERFragment {
    if first < 0xC0 { return try .last((first & 0x3F) << 8 | Int(readAlignedOctet())) }
    let multiple = first & 0x3F
    guard (1...4).contains(multiple) else { throw error(.outOfRange) }
    return .more(multiple &* PERFragment.unit)
  }
}

/// The length of one fragment of a long value (§11.9.3.8).
@usableFromInline
enum PERFragment {
  /// What the first fragments hold one to four times.
  @usableFromInline static var unit: Int { 16_384 }

  case last(Int)
  case more(Int)
}

/// How wide numbers are.
@usableFromInline
enum PERWidth {
  /// The bits that a number needs, none for 0.
  @inlinable
  static func bits(of value: UInt64) -> Int { 64 &- value.leadingZeroBitCount }

  /// The octets that a number needs, one for 0.
  @inlinable
  static func octets(of value: UInt64) -> Int { max(1, (bits(of: value) &+ 7) >> 3) }
}
