import Wire

/// A response to INVITE that is sent again until it is acknowledged: a 2xx (RFC 3261 §13.3.1.4), whose interval doubles
/// up to T2, or a reliable provisional one (RFC 3262 §3), whose interval doubles without end. Both for 64·T1.
public struct ResponseRepeater: Sendable, Hashable {
  /// What the owner has to do.
  public enum Action: Sendable, Hashable {
    case none
    /// Transmit the response once more.
    case `repeat`
    /// The acknowledgement has not come in 64·T1.
    case giveUp
  }

  private var next: Instant
  private var interval: Duration
  private let cap: Duration?
  private let end: Instant

  /// A response that is being sent now for the first time.
  ///
  /// - Parameters:
  ///   - first: the interval to the first repetition, T1.
  ///   - cap: the longest interval, T2 for a 2xx; nil for none.
  ///   - patience: how long, 64·T1.
  public init(first: Duration, cap: Duration?, patience: Duration, now: Instant) {
    next = now + first
    interval = first
    self.cap = cap
    end = now + patience
  }

  /// When `advance(now:)` has something to do next.
  public var nextDeadline: Instant { min(next, end) }

  /// Fires what is due.
  public mutating func advance(now: Instant) -> Action {
    if end <= now { return .giveUp }
    guard next <= now else { return .none }
    interval = min(interval * 2, cap ?? interval * 2)
    next = now + interval
    return .repeat
  }
}
