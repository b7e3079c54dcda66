import Wire

/// The INVITE client transaction: RFC 3261 §17.1.1 with the Accepted state of RFC 6026 §7.2, and CANCEL (§9.1).
///
/// ```
///                     | INVITE from the user -> send
///                     v
///             +--------------+  A (unreliable)     -> INVITE again
///             |   Calling    |  B, transport error -> tell the user, to Terminated
///             +--------------+
///      300-699 |  |1xx     | 2xx -> user
/// -> user, ACK |  |-> user +---------------------+
///              |  |   (and CANCEL, if it waits)  |
///              |  v                              |
///              |  +--------------+  1xx -> user  |
///              |  |  Proceeding  |  64·T1 after CANCEL -> tell the user, to Terminated
///              |  +--------------+               |
///              |   |300-699    | 2xx -> user     |
///              |   |-> user,   +---------------->|
///              v   v   ACK                       v
///             +--------------+            +--------------+
///             |  Completed   |            |   Accepted   |  2xx -> user
///             |              |            |              |
///             +--------------+            +--------------+
///    300-699 -> ACK again |                      | M
///      D, transport error |                      |
///      (tell the user)    v                      v
///                       +--------------------------+
///                       |        Terminated        |
///                       +--------------------------+
/// ```
///
/// Timer C is the proxy core's and no part of this machine. The machine holds no bytes: its owner keeps the INVITE, and
/// in Completed the ACK.
public struct InviteClientTransaction: Sendable, Hashable {
  /// Where the machine stands.
  public enum Phase: Sendable, Hashable, CaseIterable {
    case calling, proceeding, completed, accepted, terminated
  }

  /// What may fire.
  public enum Timer: Sendable, Hashable, CaseIterable {
    /// Retransmission of the INVITE.
    case a
    /// The end of waiting for any response.
    case b
    /// The end of waiting for the final response after a CANCEL (§9.1).
    case cancelled
    /// The end of absorbing final responses.
    case d
    /// The end of passing on 2xx responses (RFC 6026).
    case m
  }

  /// What the owner has to do.
  public enum Action: Sendable, Hashable {
    case none
    /// Transmit the INVITE once more.
    case retransmit
    /// Pass the response to the user.
    case passToUser
    /// Pass the response to the user and send the CANCEL that had to wait for it.
    case passToUserAndCancel
    /// Pass the response to the user, build the ACK (§17.1.1.3), transmit it and keep it.
    case passToUserAndAcknowledge
    /// Transmit the ACK once more; the response goes no further.
    case acknowledgeAgain
    /// Send the CANCEL.
    case sendCancel
    /// Tell the user that no final response came in time.
    case reportTimeout
    /// Tell the user that the INVITE or the ACK was not delivered.
    case reportTransportError
  }

  private enum State: Sendable, Hashable {
    /// To `proceeding`, `completed`, `accepted`, `terminated`. Without `a` on a reliable transport.
    case calling(a: Instant?, interval: Interval, b: Instant, cancel: Bool)
    /// To `completed`, `accepted`, `terminated`. `giveUp` once a CANCEL has been sent.
    case proceeding(giveUp: Instant?)
    /// To `terminated`.
    case completed(d: Instant)
    /// To `terminated`.
    case accepted(m: Instant)
    case terminated
  }

  private var state: State
  private let timers: SIPTimers
  private let isReliable: Bool

  /// A transaction for an INVITE that is being sent now.
  public init(transport: SIPTransportKind, timers: SIPTimers = .rfc3261, now: Instant) {
    self.timers = timers
    isReliable = transport.isReliable
    state = .calling(
      a: transport.isReliable ? nil : now.after(timers.t1Interval), interval: timers.t1Interval,
      b: now.after(timers.timeoutInterval), cancel: false)
  }

  /// Where the machine stands.
  public var phase: Phase {
    switch state {
    case .calling: .calling
    case .proceeding: .proceeding
    case .completed: .completed
    case .accepted: .accepted
    case .terminated: .terminated
    }
  }

  /// Whether the transaction is over and is to be destroyed.
  public var isTerminated: Bool { state == .terminated }

  /// The timer that fires next, and when.
  public var nextTimer: (timer: Timer, deadline: Instant)? {
    switch state {
    case .calling(let a?, _, let b, _) where a < b: (.a, a)
    case .calling(_, _, let b, _): (.b, b)
    case .proceeding(let giveUp): giveUp.map { (.cancelled, $0) }
    case .completed(let d): (.d, d)
    case .accepted(let m): (.m, m)
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
    case (.calling(_, _, _, let cancel), 100...199):
      state = .proceeding(giveUp: cancel ? now.after(timers.timeoutInterval) : nil)
      return cancel ? .passToUserAndCancel : .passToUser
    case (.proceeding, 100...199):
      return .passToUser
    case (.calling, 200...299), (.proceeding, 200...299):
      state = .accepted(m: now.after(timers.timeoutInterval))
      return .passToUser
    case (.calling, 300...699), (.proceeding, 300...699):
      state = .completed(d: isReliable ? now : now.after(timers.timerDInterval))
      return .passToUserAndAcknowledge
    case (.completed, 300...699):
      return .acknowledgeAgain
    case (.accepted, 200...299):
      return .passToUser
    case (.calling, _), (.proceeding, _), (.completed, _), (.accepted, _), (.terminated, _):
      return .none
    }
  }

  /// The user wants the INVITE cancelled (§9.1): at once after a provisional response, with the first one before it,
  /// not at all after a final one.
  public mutating func cancel(now: Instant) -> Action {
    switch state {
    case .calling(let a, let interval, let b, _):
      state = .calling(a: a, interval: interval, b: b, cancel: true)
      return .none
    case .proceeding(giveUp: nil):
      state = .proceeding(giveUp: now.after(timers.timeoutInterval))
      return .sendCancel
    case .proceeding(giveUp: .some), .completed, .accepted, .terminated:
      return .none
    }
  }

  /// Whether `cancel(now:)` was called before any response came, so that the CANCEL is still to be sent.
  public var isCancelWaiting: Bool {
    if case .calling(_, _, _, cancel: true) = state { true } else { false }
  }

  /// A timer fired; one that does not run in this state is ignored.
  public mutating func timerFired(_ timer: Timer, now: Instant) -> Action {
    switch (state, timer) {
    case (.calling(.some, let interval, let b, let cancel), .a):
      state = .calling(a: now.after(interval.doubled), interval: interval.doubled, b: b, cancel: cancel)
      return .retransmit
    case (.calling, .b), (.proceeding(.some), .cancelled):
      state = .terminated
      return .reportTimeout
    case (.completed, .d), (.accepted, .m):
      state = .terminated
      return .none
    case (.calling, _), (.proceeding, _), (.completed, _), (.accepted, _), (.terminated, _):
      return .none
    }
  }

  /// The transport could not deliver the INVITE or the ACK (§17.1.4). In Proceeding and Accepted nothing of this
  /// transaction is under way, and responses may still come (§18.1.1), so nothing changes.
  public mutating func transportFailed() -> Action {
    switch state {
    case .calling, .completed:
      state = .terminated
      return .reportTransportError
    case .proceeding, .accepted, .terminated:
      return .none
    }
  }

  /// The stream is gone by which alone the callee can be reached, and by which alone its responses come: a WebSocket, whose
  /// client gives up its transactions with it (RFC 7118 §5, RFC 5626 §5.3). In Proceeding, too, there is nothing to wait
  /// for.
  public mutating func flowFailed() -> Action {
    switch state {
    case .calling, .proceeding, .completed:
      state = .terminated
      return .reportTransportError
    case .accepted, .terminated:
      return .none
    }
  }
}
