import Wire

/// The client transaction of every method but INVITE and ACK: RFC 3261 §17.1.2.
///
/// ```
///                   | request from the user -> send
///                   v
///           +--------------+  E (unreliable)     -> request again
///           |    Trying    |  F, transport error -> tell the user, to Terminated
///           +--------------+
///  1xx -> user |         | 200-699 -> user
///              v         +-------------------+
///           +--------------+  1xx                 -> user
///           |  Proceeding  |  E (unreliable)      -> request again
///           |              |  F, transport error  -> tell the user, to Terminated
///           +--------------+                 |
///              | 200-699 -> user             |
///              v                             |
///           +--------------+<----------------+
///           |  Completed   |  any response -> absorbed
///           +--------------+
///                   | K
///                   v
///           +--------------+
///           |  Terminated  |
///           +--------------+
/// ```
///
/// The machine holds no bytes: its owner keeps the request.
public struct NonInviteClientTransaction: Sendable, Hashable {
  /// Where the machine stands.
  public enum Phase: Sendable, Hashable, CaseIterable {
    case trying, proceeding, completed, terminated
  }

  /// What may fire.
  public enum Timer: Sendable, Hashable, CaseIterable {
    /// Retransmission of the request.
    case e
    /// The end of waiting for a final response.
    case f
    /// The end of absorbing responses.
    case k
  }

  /// What the owner has to do.
  public enum Action: Sendable, Hashable {
    case none
    /// Transmit the request once more.
    case retransmit
    /// Pass the response to the user.
    case passToUser
    /// Tell the user that no final response came in time.
    case reportTimeout
    /// Tell the user that the request was not delivered.
    case reportTransportError
  }

  private enum State: Sendable, Hashable {
    /// To `proceeding`, `completed`, `terminated`. Without `e` on a reliable transport.
    case trying(e: Instant?, interval: Interval, f: Instant)
    /// To `completed`, `terminated`. Without `e` on a reliable transport.
    case proceeding(e: Instant?, f: Instant)
    /// To `terminated`.
    case completed(k: Instant)
    case terminated
  }

  private var state: State
  private let timers: SIPTimers
  private let isReliable: Bool

  /// A transaction for a request that is being sent now.
  public init(transport: SIPTransportKind, timers: SIPTimers = .rfc3261, now: Instant) {
    self.timers = timers
    isReliable = transport.isReliable
    state = .trying(
      e: transport.isReliable ? nil : now.after(timers.t1Interval), interval: timers.t1Interval,
      f: now.after(timers.timeoutInterval))
  }

  /// Where the machine stands.
  public var phase: Phase {
    switch state {
    case .trying: .trying
    case .proceeding: .proceeding
    case .completed: .completed
    case .terminated: .terminated
    }
  }

  /// Whether the transaction is over and is to be destroyed.
  public var isTerminated: Bool { state == .terminated }

  /// The timer that fires next, and when.
  public var nextTimer: (timer: Timer, deadline: Instant)? {
    switch state {
    case .trying(let e?, _, let f) where e < f: (.e, e)
    case .proceeding(let e?, let f) where e < f: (.e, e)
    case .trying(_, _, let f), .proceeding(_, let f): (.f, f)
    case .completed(let k): (.k, k)
    case .terminated: nil
    }
  }

  /// When `advance(now:)` has something to do next.
  public var nextDeadline: Instant? { nextTimer?.deadline }

  /// Lets the next timer fire if its time has come; to be repeated while `nextDeadline` is not after `now`.
  public mutating func advance(now: Instant) -> Action {
    guard let next = nextTimer, next.deadline <= now else { return .none }
    return timerFired(next.timer, now: now)
  }

  /// A response came that matches this transaction (§17.1.3); a status code outside 100 to 699 is ignored.
  public mutating func receivedResponse(status: Int, now: Instant) -> Action {
    switch (state, status) {
    case (.trying(let e, _, let f), 100...199):
      // Timer E keeps running as it was set; what it is reset to next is T2 (§17.1.2.2).
      state = .proceeding(e: e, f: f)
      return .passToUser
    case (.proceeding, 100...199):
      return .passToUser
    case (.trying, 200...699), (.proceeding, 200...699):
      state = .completed(k: isReliable ? now : now.after(timers.t4Interval))
      return .passToUser
    case (.trying, _), (.proceeding, _), (.completed, _), (.terminated, _):
      return .none
    }
  }

  /// A timer fired; one that does not run in this state is ignored.
  public mutating func timerFired(_ timer: Timer, now: Instant) -> Action {
    switch (state, timer) {
    case (.trying(.some, let interval, let f), .e):
      let next = min(interval.doubled, timers.t2Interval)
      state = .trying(e: now.after(next), interval: next, f: f)
      return .retransmit
    case (.proceeding(.some, let f), .e):
      state = .proceeding(e: now.after(timers.t2Interval), f: f)
      return .retransmit
    case (.trying, .f), (.proceeding, .f):
      state = .terminated
      return .reportTimeout
    case (.completed, .k):
      state = .terminated
      return .none
    case (.trying, _), (.proceeding, _), (.completed, _), (.terminated, _):
      return .none
    }
  }

  /// The transport could not deliver the request (§17.1.4).
  public mutating func transportFailed() -> Action {
    switch state {
    case .trying, .proceeding:
      state = .terminated
      return .reportTransportError
    case .completed, .terminated:
      return .none
    }
  }
}
