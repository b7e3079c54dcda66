/// A point on a monotonic clock, in nanoseconds from an origin that only the driver knows.
///
/// State machines are given instants and never ask for one, so tests run on virtual time. Arithmetic saturates at
/// both ends of `Int64`, 292 years from the origin: a deadline that is "never" stays "never".
@frozen
public struct Instant: Sendable, Hashable, Comparable {
  /// Nanoseconds since the clock's origin.
  public var nanoseconds: Int64

  /// The clock's origin.
  public static let zero = Instant(nanoseconds: 0)

  /// The instant that no deadline ever passes.
  public static let distantFuture = Instant(nanoseconds: .max)

  /// An instant this many nanoseconds after the origin.
  @inlinable
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// An instant this many milliseconds after the origin; saturating.
  @inlinable
  public init(milliseconds: Int64) {
    let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
    nanoseconds = overflow ? (milliseconds < 0 ? .min : .max) : product
  }

  /// The earlier of two deadlines, of which each may be missing.
  @inlinable
  public static func earlier(_ one: Instant?, _ other: Instant?) -> Instant? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
  }

  /// Whole milliseconds since the origin, rounded towards the past.
  @inlinable
  public var milliseconds: Int64 {
    let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// The instant this many nanoseconds later (earlier when negative); saturating.
  @inlinable
  public func advanced(byNanoseconds delta: Int64) -> Instant {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(delta)
    return Instant(nanoseconds: overflow ? (delta < 0 ? .min : .max) : sum)
  }

  /// The instant this much later; saturating, and cut to whole nanoseconds towards zero.
  @inlinable
  public func advanced(by duration: Duration) -> Instant {
    advanced(byNanoseconds: duration.saturatingNanoseconds)
  }

  /// The time from this instant to the other one, negative when the other is earlier; saturating.
  @inlinable
  public func duration(to other: Instant) -> Duration {
    let (difference, overflow) = other.nanoseconds.subtractingReportingOverflow(nanoseconds)
    return .nanoseconds(overflow ? (other.nanoseconds < nanoseconds ? .min : .max) : difference)
  }

  /// Whether both are the same instant.
  @inlinable
  public static func == (left: Instant, right: Instant) -> Bool {
    left.nanoseconds == right.nanoseconds
  }

  /// Whether the left instant comes first.
  @inlinable
  public static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// The instant this much later; saturating.
  @inlinable
  public static func + (instant: Instant, duration: Duration) -> Instant {
    instant.advanced(by: duration)
  }

  /// The instant this much earlier; saturating.
  @inlinable
  public static func - (instant: Instant, duration: Duration) -> Instant {
    let (difference, overflow) = instant.nanoseconds.subtractingReportingOverflow(duration.saturatingNanoseconds)
    return Instant(nanoseconds: overflow ? (duration < .zero ? .max : .min) : difference)
  }

  /// The time between two instants; saturating.
  @inlinable
  public static func - (later: Instant, earlier: Instant) -> Duration {
    earlier.duration(to: later)
  }

  /// Moves this instant by a duration; saturating.
  @inlinable
  public static func += (instant: inout Instant, duration: Duration) {
    instant = instant + duration
  }
}

extension Duration {
  /// As a number of seconds with fractions, as metrics have it.
  public var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }

  /// This duration in whole nanoseconds, cut towards zero and held within `Int64`.
  @inlinable
  public var saturatingNanoseconds: Int64 {
    // 10^9 is 2^9 · 5^9. Dividing by the first part is a shift, after which durations below 2^63 · 512 attoseconds
    // (79 minutes) fit one register, and the compiler turns the second division into a multiplication. `components`
    // would divide 128 bits, at several times the cost.
    let scaled = attoseconds >> 9
    if let register = Int64(exactly: scaled), register >= 0 { return register / 1_953_125 }
    return Int64(clamping: attoseconds / 1_000_000_000)
  }
}
