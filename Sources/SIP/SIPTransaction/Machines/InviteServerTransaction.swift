import Wire

/// The INVITE server transaction: RFC 3261 §17.2.1 with the Accepted state of RFC 6026 §7.1.
///
/// ```
///                  | INVITE: the user gets it
///                  v
///          +--------------+  INVITE           -> the last response again
///          |              |  1xx from user    -> send
///          |  Proceeding  |  Trying fires     -> send 100 (only while the user has sent nothing)
///          |              |  ACK              -> ignored
///          +--------------+
///   300-699 |          | 2xx from user -> send
///   -> send |          |
///           v          +------------------------+
///   +--------------+                            v
///   |              |  INVITE -> response   +------------+  INVITE        -> absorbed
///   |  Completed   |  G      -> response   |  Accepted  |  ACK           -> to the user
///   |              |                       +------------+  2xx from user -> send
///   +--------------+                            |
///    ACK |     | H -> tell the user             | L
///        v     +---------------------+          |
///   +--------------+                 |          |
///   |  Confirmed   |  ACK, INVITE    |          |
///   |              |    -> absorbed  |          |
///   +--------------+                 v          v
///        | I                     +------------------+
///        +---------------------->|    Terminated    |
///                                +------------------+
/// ```
///
/// A response that cannot be delivered is reported and changes nothing (RFC 3261 §17.2.4 as amended by RFC 6026).
/// The machine holds no bytes: its owner keeps the last response that it was told to send.
public struct InviteServerTransaction: Sendable, Hashable {
  /// Where the machine stands.
  public enum Phase: Sendable, Hashable, CaseIterable {
    case proceeding, completed, accepted, confirmed, terminated
  }

  /// What may fire.
  public enum Timer: Sendable, Hashable, CaseIterable {
    /// The 200 ms after which an INVITE without any response is answered 100 (§17.2.1).
    case trying
    /// Retransmission of the final response.
    case g
    /// The end of waiting for the ACK.
    case h
    /// The end of absorbing ACKs.
    case i
    /// The end of absorbing INVITEs after a 2xx (RFC 6026).
    case l
  }

  /// What the owner has to do.
  public enum Action: Sendable, Hashable {
    case none
    /// Transmit the response that the user just gave, and keep it as the last one.
    case send
    /// Transmit the last response once more.
    case retransmit
    /// Build a 100 (Trying) without a To tag, transmit it and keep it as the last response.
    case sendTrying
    /// The ACK for a final response above 299 has come; the response is not needed any more.
    case confirm
    /// The ACK belongs to a 2xx: pass it to the user.
    case passAckToUser
    /// Timer H: tell the user that the ACK never came.
    case reportTimeout
    /// Tell the user that a response was not delivered.
    case reportTransportError
  }

  private enum State: Sendable, Hashable {
    /// To `completed`, `accepted`. `trying` only while nothing has been answered.
    case proceeding(answered: Bool, trying: Instant?)
    /// To `confirmed`, `terminated`. Without `g` on a reliable transport.
    case completed(g: Instant?, interval: Interval, h: Instant)
    /// To `terminated`.
    case accepted(l: Instant)
    /// To `terminated`.
    case confirmed(i: Instant)
    case terminated
  }

  private var state: State
  private let timers: SIPTimers
  private let isReliable: Bool

  /// A transaction for an INVITE that the user is being given now.
  public init(transport: SIPTransportKind, timers: SIPTimers = .rfc3261, now: Instant) {
    self.timers = timers
    isReliable = transport.isReliable
    let trying = timers.tryingInterval == .never ? nil : now.after(timers.tryingInterval)
    state = .proceeding(answered: false, trying: trying)
  }

  /// Where the machine stands.
  public var phase: Phase {
    switch state {
    case .proceeding: .proceeding
    case .completed: .completed
    case .accepted: .accepted
    case .confirmed: .confirmed
    case .terminated: .terminated
    }
  }

  /// Whether the transaction is over and is to be destroyed.
  public var isTerminated: Bool { state == .terminated }

  /// The timer that fires next, and when.
  public var nextTimer: (timer: Timer, deadline: Instant)? {
    switch state {
    case .proceeding(_, let trying): trying.map { (.trying, $0) }
    case .completed(let g?, _, let h) where g < h: (.g, g)
    case .completed(_, _, let h): (.h, h)
    case .accepted(let l): (.l, l)
    case .confirmed(let i): (.i, i)
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

  /// The INVITE came again (§17.2.3).
  public mutating func receivedInvite(now: Instant) -> Action {
    switch state {
    case .proceeding(answered: true, _), .completed: .retransmit
    case .proceeding(answered: false, _), .accepted, .confirmed, .terminated: .none
    }
  }

  /// An ACK came that matches this transaction (§17.2.3).
  public mutating func receivedAck(now: Instant) -> Action {
    switch state {
    case .completed:
      state = .confirmed(i: isReliable ? now : now.after(timers.t4Interval))
      return .confirm
    case .accepted:
      return .passAckToUser
    case .proceeding, .confirmed, .terminated:
      return .none
    }
  }

  /// The user gives a response; a status code outside 100 to 699 is ignored.
  public mutating func respond(status: Int, now: Instant) -> Action {
    switch state {
    case .proceeding:
      switch status {
      case 100...199:
        state = .proceeding(answered: true, trying: nil)
      case 200...299:
        state = .accepted(l: now.after(timers.timeoutInterval))
      case 300...699:
        state = .completed(
          g: isReliable ? nil : now.after(timers.t1Interval), interval: timers.t1Interval,
          h: now.after(timers.timeoutInterval))
      default:
        return .none
      }
      return .send
    case .accepted:
      return 200...299 ~= status ? .send : .none
    case .completed, .confirmed, .terminated:
      return .none
    }
  }

  /// A timer fired; one that does not run in this state is ignored.
  public mutating func timerFired(_ timer: Timer, now: Instant) -> Action {
    switch (state, timer) {
    case (.proceeding(_, .some), .trying):
      state = .proceeding(answered: true, trying: nil)
      return .sendTrying
    case (.completed(.some, let interval, let h), .g):
      let next = min(interval.doubled, timers.t2Interval)
      state = .completed(g: now.after(next), interval: next, h: h)
      return .retransmit
    case (.completed, .h):
      state = .terminated
      return .reportTimeout
    case (.accepted, .l), (.confirmed, .i):
      state = .terminated
      return .none
    case (.proceeding, _), (.completed, _), (.accepted, _), (.confirmed, _), (.terminated, _):
      return .none
    }
  }

  /// The transport could not deliver a response (§17.2.4).
  public mutating func transportFailed() -> Action {
    switch state {
    case .proceeding, .completed, .accepted: .reportTransportError
    case .confirmed, .terminated: .none
    }
  }
}
