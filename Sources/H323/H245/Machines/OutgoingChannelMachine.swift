import Wire

/// A channel that we open: the outgoing LCSE of H.245 §C.4.
///
/// ```
///   +----------+       Ack        +-------------+
///   | Awaiting | ---------------> | Established |
///   | establ.  |                  +-------------+
///   +----------+                    |         |
///     |     |                       | close   | Reject, CloseAck
///     |     | close: CLC            v         |
///     |     +-------------> +----------+      |
///     |                     | Awaiting |      |
///     | Reject              | release  |      |
///     | T103: CLC           +----------+      |
///     v                       |  CloseAck, Reject, T103
///   +----------+ <------------+               |
///   | Released | <----------------------------+
///   +----------+
/// ```
public struct OutgoingChannelMachine: Sendable, Hashable {
  /// What the owner has to do.
  public enum Action: Sendable, Hashable {
    case none
    case opened
    case refused(Extensible<OpenLogicalChannelReject.Cause>)
    /// T103: a closeLogicalChannel of source lcse is sent.
    case timedOut
    /// A closeLogicalChannel of source user is sent.
    case sendClose
    case closed
  }

  private enum State: Sendable, Hashable {
    /// To `established`, `awaitingRelease`, `released`.
    case awaitingEstablishment(deadline: Instant)
    /// To `awaitingRelease`, `released`.
    case established
    /// To `released`.
    case awaitingRelease(deadline: Instant)
    /// To nowhere: a new channel is a new machine.
    case released
  }

  private var state: State
  private let patience: Duration

  /// The openLogicalChannel has been sent.
  public init(patience: Duration = .seconds(30), now: Instant) {
    state = .awaitingEstablishment(deadline: now + patience)
    self.patience = patience
  }

  /// A channel that fast connect has opened.
  public init(establishedWithPatience patience: Duration) {
    state = .established
    self.patience = patience
  }

  /// When `advance(now:)` has something to do next.
  public var nextDeadline: Instant? {
    switch state {
    case .awaitingEstablishment(let deadline), .awaitingRelease(let deadline): deadline
    case .established, .released: nil
    }
  }

  /// Whether media may be sent.
  public var isEstablished: Bool { state == .established }

  /// Whether the peer has not answered yet.
  public var isAwaitingEstablishment: Bool {
    if case .awaitingEstablishment = state { true } else { false }
  }

  /// Whether it is open, or may come to be.
  public var isInUse: Bool { isEstablished || isAwaitingEstablishment }

  /// Whether the number can be used again.
  public var isReleased: Bool { state == .released }

  /// The peer's openLogicalChannelAck.
  public mutating func receivedAck() -> Action {
    guard case .awaitingEstablishment = state else { return .none }
    state = .established
    return .opened
  }

  /// The peer's openLogicalChannelReject.
  public mutating func receivedReject(_ cause: Extensible<OpenLogicalChannelReject.Cause>) -> Action {
    switch state {
    case .awaitingEstablishment:
      state = .released
      return .refused(cause)
    case .established, .awaitingRelease:
      state = .released
      return .closed
    case .released: return .none
    }
  }

  /// We want it closed.
  public mutating func close(now: Instant) -> Action {
    switch state {
    case .awaitingEstablishment, .established: state = .awaitingRelease(deadline: now + patience)
    case .awaitingRelease, .released: return .none
    }
    return .sendClose
  }

  /// The peer's closeLogicalChannelAck.
  public mutating func receivedCloseAck() -> Action {
    switch state {
    case .established, .awaitingRelease:
      state = .released
      return .closed
    case .awaitingEstablishment, .released: return .none
    }
  }

  /// Fires T103 when it is due.
  public mutating func advance(now: Instant) -> Action {
    switch state {
    case .awaitingEstablishment(let deadline) where deadline <= now:
      state = .released
      return .timedOut
    case .awaitingRelease(let deadline) where deadline <= now:
      state = .released
      return .closed
    case .awaitingEstablishment, .awaitingRelease, .established, .released: return .none
    }
  }
}
