/// Eight bytes at a time: the arithmetic that finds a byte in a word without looking at each.
///
/// Words are little-endian whatever the machine, so the first byte in memory is the lowest one and the lowest mark is the
/// first hit. Marks above the lowest may be false (a borrow runs upwards); callers take the lowest only.
extension UInt64 {
  /// A word with `byte` in each of its eight places.
  @inline(__always)
  static func everyByte(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }

  /// Bit 7 of the lowest byte that is `byte`, and perhaps of some above it; zero when there is none.
  @inline(__always)
  func marks(of byte: UInt8) -> UInt64 {
    let difference = self ^ .everyByte(byte)
    return (difference &- .everyByte(1)) & ~difference & .everyByte(0x80)
  }

  /// Bit 7 of the lowest byte below 0x20 (a control character), and perhaps of some above it; zero when there is none.
  @inline(__always)
  var controlMarks: UInt64 { (self &- .everyByte(0x20)) & ~self & .everyByte(0x80) }

  /// The place of the lowest mark: 0 to 7, or 8 when there is none.
  @inline(__always)
  var firstMark: Int { trailingZeroBitCount &>> 3 }

  /// The bytes with `A` to `Z` in lower case. For tables, not for the hot path.
  var lowered: UInt64 { self | letterBits }

  /// Bit 0x20 in every byte that is a letter.
  var letterBits: UInt64 {
    var bits: UInt64 = 0
    for place in 0..<8 {
      let byte = UInt8(truncatingIfNeeded: self >> UInt64(place * 8))
      if ByteSet.alpha.contains(byte) { bits |= 0x20 << UInt64(place * 8) }
    }
    return bits
  }
}
