import Wire

/// The server transaction of every method but INVITE and ACK: RFC 3261 §17.2.2 with RFC 4320.
///
/// ```
///                   | request: the user gets it
///                   v
///           +--------------+  request                 -> absorbed
///           |    Trying    |  101-199, 408 from user  -> refused (RFC 4320 §4.1, §4.2)
///           |              |  Expiry                  -> tell the user, to Terminated
///           +--------------+
///     100 from user |    | 200-699 but 408 from user -> send
/// or Late: send 100 |    +------------------------------+
///                   v                                   |
///           +--------------+  request       -> the 100 again
///           |  Proceeding  |  100 from user -> send     |
///           |              |  101-199, 408  -> refused  |
///           +--------------+  Expiry        -> tell the user, to Terminated
///                   | 200-699 but 408 from user -> send |
///                   v                                   |
///           +--------------+<---------------------------+
///           |  Completed   |  request       -> the response again
///           |              |  any from user -> discarded
///           +--------------+
///                   | J
///                   v
///           +--------------+
///           |  Terminated  |
///           +--------------+
/// ```
///
/// RFC 4320 bounds what is useful: no provisional response but 100, and that on an unreliable transport not before the
/// client's timer E has reached T2 (then it must come); never a 408; and no response at all after 64·T1, when the
/// client's timer F has fired: `Timer.expiry` then ends the transaction, which RFC 3261 would leave standing.
public struct NonInviteServerTransaction: Sendable, Hashable {
  /// Where the machine stands.
  public enum Phase: Sendable, Hashable, CaseIterable {
    case trying, proceeding, completed, terminated
  }

  /// What may fire.
  public enum Timer: Sendable, Hashable, CaseIterable {
    /// The time after which an unanswered request must be answered 100 (RFC 4320 §4.1).
    case lateTrying
    /// The time after which no answer reaches the client any more (RFC 4320 §4.2).
    case expiry
    /// The end of absorbing retransmissions.
    case j
  }

  /// What the owner has to do.
  public enum Action: Sendable, Hashable {
    case none
    /// Transmit the response that the user just gave, and keep it as the last one.
    case send
    /// Transmit the last response once more.
    case retransmit
    /// Build a 100 (Trying), transmit it and keep it as the last response.
    case sendTrying
    /// Tell the user that it is too late to answer.
    case reportTimeout
    /// Tell the user that a response was not delivered.
    case reportTransportError
  }

  private enum State: Sendable, Hashable {
    /// To `proceeding`, `completed`, `terminated`.
    case trying(late: Instant, expiry: Instant)
    /// To `completed`, `terminated`.
    case proceeding(expiry: Instant)
    /// To `terminated`.
    case completed(j: Instant)
    case terminated
  }

  private var state: State
  private let timers: SIPTimers
  private let isReliable: Bool

  /// A transaction for a request that the user is being given now.
  public init(transport: SIPTransportKind, timers: SIPTimers = .rfc3261, now: Instant) {
    self.timers = timers
    isReliable = transport.isReliable
    state = .trying(late: now.after(timers.lateTryingInterval), expiry: now.after(timers.timeoutInterval))
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
    case .trying(let late, let expiry): late < expiry ? (.lateTrying, late) : (.expiry, expiry)
    case .proceeding(let expiry): (.expiry, expiry)
    case .completed(let j): (.j, j)
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

  /// The request came again (§17.2.3).
  public mutating func receivedRequest(now: Instant) -> Action {
    switch state {
    case .proceeding, .completed: .retransmit
    case .trying, .terminated: .none
    }
  }

  /// The user gives a response; one that RFC 4320 forbids, or outside 100 to 699, is ignored.
  public mutating func respond(status: Int, now: Instant) -> Action {
    switch (state, status) {
    case (.trying(let late, let expiry), 100):
      guard isReliable || late <= now else { return .none }
      state = .proceeding(expiry: expiry)
      return .send
    case (.proceeding, 100):
      return .send
    case (.trying, 408), (.proceeding, 408):
      return .none
    case (.trying, 200...699), (.proceeding, 200...699):
      state = .completed(j: isReliable ? now : now.after(timers.timeoutInterval))
      return .send
    case (.trying, _), (.proceeding, _), (.completed, _), (.terminated, _):
      return .none
    }
  }

  /// A timer fired; one that does not run in this state is ignored.
  public mutating func timerFired(_ timer: Timer, now: Instant) -> Action {
    switch (state, timer) {
    case (.trying(_, let expiry), .lateTrying):
      state = .proceeding(expiry: expiry)
      return .sendTrying
    case (.trying, .expiry), (.proceeding, .expiry):
      state = .terminated
      return .reportTimeout
    case (.completed, .j):
      state = .terminated
      return .none
    case (.trying, _), (.proceeding, _), (.completed, _), (.terminated, _):
      return .none
    }
  }

  /// The transport could not deliver a response (§17.2.4 as amended by RFC 6026: the state remains).
  public mutating func transportFailed() -> Action {
    switch state {
    case .proceeding, .completed: .reportTransportError
    case .trying, .terminated: .none
    }
  }
}
