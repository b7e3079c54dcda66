/// Decimal numbers in ASCII, without the standard library's detour over String.
public enum Decimal {
  /// Reads one or more digits and nothing else; nil when that is not what the bytes are, or the value is beyond
  /// `maximum`. Leading zeros are accepted.
  @inlinable
  public static func parse(_ bytes: Span<UInt8>, maximum: UInt64 = .max) -> UInt64? {
    guard bytes.count > 0 else { return nil }
    var value: UInt64 = 0
    for index in 0..<bytes.count {
      let digit = bytes[index] &- 0x30
      guard digit <= 9 else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowToo) = product.addingReportingOverflow(UInt64(digit))
      guard !overflow, !overflowToo, sum <= maximum else { return nil }
      value = sum
    }
    return value
  }

  /// Appends the digits of a number.
  @inlinable
  public static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    var divisor: UInt64 = 1
    while value / divisor >= 10 { divisor *= 10 }
    var rest = value
    while divisor > 0 {
      bytes.append(UInt8(truncatingIfNeeded: 0x30 &+ rest / divisor))
      rest %= divisor
      divisor /= 10
    }
  }

  /// Appends the digits of a number, with a minus sign when it is negative.
  @inlinable
  public static func append(_ value: Int64, to bytes: inout [UInt8]) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    append(value.magnitude, to: &bytes)
  }
}
