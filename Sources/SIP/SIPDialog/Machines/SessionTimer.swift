import SIPMessage
import Wire

/// The session timer of one dialog: RFC 4028 §7.2, §9, §10.
///
/// ```
///              negotiated
///   +-------+ ------------> +-----------+  half time, if we refresh -> refresh
///   |  Off  |               |  Running  |  expiry − min(32 s, ⅓)     -> expire, to Off
///   +-------+ <------------ +-----------+
///          2xx without timer      |  ^
///                                 +--+ negotiated anew (every refresh)
/// ```
public struct SessionTimer: Sendable, Hashable {
  /// What the owner has to do.
  public enum Action: Sendable, Hashable {
    case none
    /// Refresh the session by UPDATE or re-INVITE.
    case refresh
    /// End the session with BYE: nobody has refreshed it.
    case expire
  }

  private enum State: Sendable, Hashable {
    /// To `running`.
    case off
    /// To `running`, `off`. Without `refresh` when it has been asked for, or is the other side's.
    case running(seconds: UInt32, refreshes: Bool, refresh: Instant?, expiry: Instant)
  }

  private var state = State.off

  /// A timer that does not run.
  public init() {}

  /// The negotiated interval in seconds; nil when the timer is off.
  public var seconds: UInt32? {
    if case .running(let seconds, _, _, _) = state { seconds } else { nil }
  }

  /// Whether we refresh.
  public var refreshes: Bool {
    if case .running(_, let refreshes, _, _) = state { refreshes } else { false }
  }

  /// When `advance(now:)` has something to do next.
  public var nextDeadline: Instant? {
    switch state {
    case .off: nil
    case .running(_, _, let refresh?, let expiry): min(refresh, expiry)
    case .running(_, _, nil, let expiry): expiry
    }
  }

  /// How long after the last refresh the session is given up: the interval less a third of it, at most less 32 s (§10).
  public static func patience(seconds: UInt32) -> Duration {
    let margin = min(Int64(32_000), Int64(seconds) * 1000 / 3)
    return .milliseconds(Int64(seconds) * 1000 - margin)
  }

  /// A 2xx to INVITE or UPDATE has been sent or received; nil seconds turn the timer off.
  public mutating func negotiated(seconds: UInt32?, refreshes: Bool, now: Instant) {
    guard let seconds else {
      state = .off
      return
    }
    state = .running(
      seconds: seconds, refreshes: refreshes,
      refresh: refreshes ? now + .milliseconds(Int64(seconds) * 500) : nil,
      expiry: now + Self.patience(seconds: seconds))
  }

  /// A refresh could not be sent or was refused: another attempt this much later, if the session lives that long.
  public mutating func postponed(by delay: Duration, now: Instant) {
    guard case .running(let seconds, true, nil, let expiry) = state else { return }
    state = .running(seconds: seconds, refreshes: true, refresh: now + delay, expiry: expiry)
  }

  /// Fires what is due.
  public mutating func advance(now: Instant) -> Action {
    switch state {
    case .running(_, _, _, let expiry) where expiry <= now:
      state = .off
      return .expire
    case .running(let seconds, let refreshes, let refresh?, let expiry) where refresh <= now:
      state = .running(seconds: seconds, refreshes: refreshes, refresh: nil, expiry: expiry)
      return .refresh
    case .off, .running:
      return .none
    }
  }

  /// What a UAS puts into its 2xx (§9, table 2), from what the request said and what we want ourselves.
  ///
  /// - Parameters:
  ///   - asked: the request's Session-Expires.
  ///   - wanted: our own interval in seconds; nil when we ask for none.
  ///   - minimum: the request's Min-SE in seconds: ours is not put below it.
  ///   - peerSupports: whether the request supports `timer`.
  /// - Returns: the header of the 2xx, whose `refresher` is always set; nil for no timer.
  public static func answer(
    asked: SessionExpiresHeader?, wanted: UInt32?, minimum: UInt32, peerSupports: Bool
  ) -> SessionExpiresHeader? {
    let seconds: UInt32
    switch (asked, wanted) {
    case (nil, nil): return nil
    case (let asked?, nil): seconds = asked.seconds
    case (nil, let wanted?): seconds = max(wanted, minimum)
    case (let asked?, let wanted?): seconds = max(min(asked.seconds, wanted), minimum)
    }
    guard peerSupports else { return SessionExpiresHeader(seconds: seconds, refresher: .uas) }
    return SessionExpiresHeader(seconds: seconds, refresher: asked?.refresher ?? .uac)
  }
}
