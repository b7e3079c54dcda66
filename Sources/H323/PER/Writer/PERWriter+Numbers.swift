extension PERWriter {
  /// Writes a constrained whole number (X.691 §11.5); the bounds are the type's.
  @inlinable
  public mutating func writeInteger(_ value: Int, _ bounds: ClosedRange<Int>) throws(PERError) {
    guard bounds.contains(value) else { throw error(.outOfRange) }
    let span = UInt64(bitPattern: Int64(bounds.upperBound &- bounds.lowerBound))
    let offset = UInt64(bitPattern: Int64(value &- bounds.lowerBound))
    if span < 255 {
      writeBits(offset, PERWidth.bits(of: span))
    } else if span < 65_536 {
      writeAlignedUInt(offset, octets: span == 255 ? 1 : 2)
    } else {
      let octets = PERWidth.octets(of: offset)
      writeBits(UInt64(octets &- 1), PERWidth.bits(of: UInt64(PERWidth.octets(of: span) &- 1)))
      writeAlignedUInt(offset, octets: octets)
    }
  }

  /// Writes a whole number with a lower bound only (§11.7).
  @inlinable
  public mutating func writeInteger(_ value: Int, from lower: Int) throws(PERError) {
    let (offset, overflow) = value.subtractingReportingOverflow(lower)
    guard value >= lower, !overflow else { throw error(.outOfRange) }
    let octets = PERWidth.octets(of: UInt64(offset))
    writeFragmentLength(octets)
    writeAlignedUInt(UInt64(offset), octets: octets)
  }

  /// Writes a whole number without bounds (§11.8).
  @inlinable
  public mutating func writeInteger(_ value: Int) {
    // A sign bit stands before the bits of the number.
    let magnitude = UInt64(bitPattern: Int64(value < 0 ? ~value : value))
    let octets = PERWidth.bits(of: magnitude) / 8 + 1
    writeFragmentLength(octets)
    writeAlignedUInt(UInt64(bitPattern: Int64(value)), octets: octets)
  }

  /// Writes a normally small non-negative whole number (§11.6), at most ``PERLimits/maxIndex``.
  @inlinable
  public mutating func writeNormallySmall(_ value: Int) throws(PERError) {
    guard value >= 0, value <= PERLimits.maxIndex else { throw error(.outOfRange) }
    if value < 64 {
      writeBits(UInt64(value), 7)
    } else {
      writeBit(true)
      try writeInteger(value, from: 0)
    }
  }

  /// Writes a length that may have any value below 16,384 (§11.9.3.5 to 7).
  @inlinable
  public mutating func writeLength(_ length: Int, maximum: Int) throws(PERError) {
    guard length >= 0, length <= maximum, length < PERFragment.unit else { throw error(.limitExceeded) }
    writeFragmentLength(length)
  }

  /// Writes a length of a number of elements, or of octets, that the type bounds below 65,536 (§11.9.3.3).
  @inlinable
  public mutating func writeLength(_ length: Int, _ bounds: ClosedRange<Int>) throws(PERError) {
    try writeInteger(length, bounds)
  }

  /// Writes the length of a last fragment, below 16,384.
  @inlinable
  mutating func writeFragmentLength(_ length: Int) {
    if length < 0x80 {
      writeAlignedUInt(UInt64(length), octets: 1)
    } else {
      writeAlignedUInt(UInt64(length) | 0x8000, octets: 2)
    }
  }
}
