/// A point in civil time: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX).
///
/// The only clock reading that appears in records, headers and nonces. Its text is RFC 3339
/// (`UTCTimestamp+RFC3339.swift`), for the years 0001 to 9999.
@frozen
public struct UTCTimestamp: Sendable, Hashable, Comparable {
  /// Microseconds since the epoch; negative before 1970.
  public var microseconds: Int64

  /// 1970-01-01T00:00:00Z.
  public static let epoch = UTCTimestamp(microseconds: 0)

  /// 0001-01-01T00:00:00.000000Z, the earliest that has an RFC 3339 text.
  public static let earliest = UTCTimestamp(microseconds: -62_135_596_800_000_000)

  /// 9999-12-31T23:59:59.999999Z, the latest that has an RFC 3339 text.
  public static let latest = UTCTimestamp(microseconds: 253_402_300_799_999_999)

  /// A timestamp this many microseconds from the epoch.
  @inlinable
  public init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// A timestamp this many seconds from the epoch; saturating.
  @inlinable
  public init(seconds: Int64) {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    microseconds = overflow ? (seconds < 0 ? .min : .max) : product
  }

  /// Whole seconds since the epoch, rounded towards the past.
  @inlinable
  public var seconds: Int64 {
    let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// The timestamp this much later (earlier when negative); saturating, cut to whole microseconds.
  @inlinable
  public func advanced(by duration: Duration) -> UTCTimestamp {
    let (sum, overflow) = microseconds.addingReportingOverflow(duration.saturatingNanoseconds / 1000)
    return UTCTimestamp(microseconds: overflow ? (duration < .zero ? .min : .max) : sum)
  }

  /// The time from this timestamp to the other one, negative when the other is earlier; saturating.
  @inlinable
  public func duration(to other: UTCTimestamp) -> Duration {
    let (difference, overflow) = other.microseconds.subtractingReportingOverflow(microseconds)
    return .microseconds(overflow ? (other.microseconds < microseconds ? .min : .max) : difference)
  }

  /// How far the two are apart, never negative; saturating.
  @inlinable
  public func distance(from other: UTCTimestamp) -> Duration {
    self < other ? duration(to: other) : other.duration(to: self)
  }

  /// Whether the left timestamp comes first.
  @inlinable
  public static func < (left: UTCTimestamp, right: UTCTimestamp) -> Bool {
    left.microseconds < right.microseconds
  }

  /// The timestamp this much later; saturating.
  @inlinable
  public static func + (timestamp: UTCTimestamp, duration: Duration) -> UTCTimestamp {
    timestamp.advanced(by: duration)
  }

  /// The time between two timestamps; saturating.
  @inlinable
  public static func - (later: UTCTimestamp, earlier: UTCTimestamp) -> Duration {
    earlier.duration(to: later)
  }
}
