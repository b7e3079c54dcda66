import Wire

/// The base values behind the timers of RFC 3261 table 4 and RFC 6026, carried by every transaction.
///
/// Kept as whole milliseconds (rounded up, at most 49 days), so that a transaction carries 24 bytes of them and no timer
/// costs a 128-bit division. A duration that is not positive becomes one millisecond.
///
/// | timer | value | runs in |
/// |---|---|---|
/// | A | T1, doubling | INVITE client, Calling, unreliable |
/// | B | 64·T1 | INVITE client, Calling |
/// | C | > 3 min | proxy core's watch over a client INVITE (§16.6), kept by `TransactionLayer` on request |
/// | D | ≥ 32 s, 0 if reliable | INVITE client, Completed |
/// | E | T1, doubling up to T2 | non-INVITE client, unreliable |
/// | F | 64·T1 | non-INVITE client |
/// | G | T1, doubling up to T2 | INVITE server, Completed, unreliable |
/// | H | 64·T1 | INVITE server, Completed |
/// | I | T4, 0 if reliable | INVITE server, Confirmed |
/// | J | 64·T1, 0 if reliable | non-INVITE server, Completed |
/// | K | T4, 0 if reliable | non-INVITE client, Completed |
/// | L | 64·T1 | INVITE server, Accepted (RFC 6026) |
/// | M | 64·T1 | INVITE client, Accepted (RFC 6026) |
public struct SIPTimers: Sendable, Hashable {
  var t1Interval: Interval
  var t2Interval: Interval
  var t4Interval: Interval
  var timerCInterval: Interval
  var timerDInterval: Interval
  var tryingInterval: Interval

  /// The values of RFC 3261 table 4.
  public static let rfc3261 = SIPTimers()

  /// Timers from their base values.
  ///
  /// - Parameters:
  ///   - t1: estimate of the round trip (§17.1.1.1).
  ///   - t2: the longest interval between retransmissions of non-INVITE requests and INVITE responses.
  ///   - t4: how long a message may live in the network.
  ///   - timerC: how long a proxy waits for a final response to an INVITE; must be above three minutes (§16.6).
  ///   - timerD: how long a client INVITE absorbs final responses on an unreliable transport; at least 32 s.
  ///   - trying: how long the user may think about an INVITE before the transaction answers 100 itself (§17.2.1);
  ///     nil when the user always answers at once on its own.
  public init(
    t1: Duration = .milliseconds(500), t2: Duration = .seconds(4), t4: Duration = .seconds(5),
    timerC: Duration = .seconds(181), timerD: Duration = .seconds(32), trying: Duration? = .milliseconds(200)
  ) {
    t1Interval = Interval(t1)
    t2Interval = Interval(t2)
    t4Interval = Interval(t4)
    timerCInterval = Interval(timerC)
    timerDInterval = Interval(timerD)
    tryingInterval = trying.map(Interval.init) ?? .never
  }

  /// Estimate of the round-trip time, 500 ms by default.
  public var t1: Duration { t1Interval.duration }
  /// The longest interval between retransmissions, 4 s by default.
  public var t2: Duration { t2Interval.duration }
  /// How long a message may live in the network, 5 s by default.
  public var t4: Duration { t4Interval.duration }
  /// Timer C, a proxy's patience with a client INVITE (§16.6), 181 s by default.
  public var timerC: Duration { timerCInterval.duration }
  /// Timer D on an unreliable transport, 32 s by default.
  public var timerD: Duration { timerDInterval.duration }
  /// After how long an INVITE is answered 100 by the transaction itself; nil: never.
  public var trying: Duration? { tryingInterval == .never ? nil : tryingInterval.duration }

  /// Timers B, F, H, L, M, and J on an unreliable transport: 64·T1.
  public var transactionTimeout: Duration { timeoutInterval.duration }

  /// When a non-INVITE request that is still unanswered gets its 100 (RFC 4320 §4.1): the time after which timer E of
  /// the client is reset to T2; 3.5 s by default.
  public var lateTrying: Duration { lateTryingInterval.duration }

  var timeoutInterval: Interval { t1Interval.times64 }

  var lateTryingInterval: Interval {
    var fired = t1Interval
    var elapsed = t1Interval
    // Timer E fires after T1, 3·T1, 7·T1 … and is reset to T2 as soon as the doubled interval reaches it.
    while fired.doubled < t2Interval {
      fired = fired.doubled
      elapsed = elapsed.plus(fired)
    }
    return elapsed
  }
}

/// A length of time in whole milliseconds; saturates, `never` is its largest value.
struct Interval: Sendable, Hashable, Comparable {
  var milliseconds: UInt32

  static let zero = Interval(milliseconds: 0)
  static let never = Interval(milliseconds: .max)
  private static let longest: UInt32 = .max - 1

  init(milliseconds: UInt32) {
    self.milliseconds = milliseconds
  }

  init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0 else {
      self.milliseconds = 1
      return
    }
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    let rounded = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    let (sum, tooMuch) = whole.addingReportingOverflow(rounded)
    self.milliseconds =
      overflow || tooMuch ? Self.longest : UInt32(clamping: Swift.min(Swift.max(sum, 1), Int64(Self.longest)))
  }

  var duration: Duration { .milliseconds(Int64(milliseconds)) }

  var times64: Interval { scaled(by: 64) }
  var doubled: Interval { scaled(by: 2) }

  func plus(_ other: Interval) -> Interval {
    let (sum, overflow) = milliseconds.addingReportingOverflow(other.milliseconds)
    return Interval(milliseconds: overflow ? Self.longest : Swift.min(sum, Self.longest))
  }

  private func scaled(by factor: UInt32) -> Interval {
    let (product, overflow) = milliseconds.multipliedReportingOverflow(by: factor)
    return Interval(milliseconds: overflow ? Self.longest : Swift.min(product, Self.longest))
  }

  static func < (left: Interval, right: Interval) -> Bool { left.milliseconds < right.milliseconds }
}

extension Instant {
  /// The instant this long after, saturating at the end of time. Cheaper than going through `Duration`.
  func after(_ interval: Interval) -> Instant {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(Int64(interval.milliseconds) * 1_000_000)
    return Instant(nanoseconds: overflow ? .max : sum)
  }
}
