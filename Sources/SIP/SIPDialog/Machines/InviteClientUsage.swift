import Wire

/// One INVITE of ours from the user agent's side, first or within a dialog: RFC 3261 §13.2, §14.1, §9.1, §22.2.
///
/// ```
///                | INVITE                   resend (credentials, 422, glare over)
///                v                       +----------------------------------+
///        +---------------+  pause        |    +----------+                  |
///        |    Calling    |------------------->|  Paused  |------------------+
///        |               |  1xx -> user       +----------+  patience -> fail
///        +---------------+                         | cancel, patience -> to Over
///    2xx |       | cancel, patience                v
///        |       | -> CANCEL             +------------------+
///        |       v                       |       Over       |  2xx -> ACK and BYE
///        |  +------------+ 300-699 ----->|                  |
///        |  | Cancelling | timeout       +------------------+
///        |  +------------+                         ^
///        |       | 2xx -> ACK and BYE -------------+
///        v                                         |
///  +-------------+  the same 2xx -> ACK again      | 300-699, timeout, transport error
///  | Established |  another's 2xx -> ACK and BYE   | in Calling -> fail
///  +-------------+                                 |
/// ```
public struct InviteClientUsage: Sendable, Hashable {
  /// Where the machine stands.
  public enum Phase: Sendable, Hashable, CaseIterable {
    case calling, paused, cancelling, established, over
  }

  /// What the owner has to do.
  public enum Action: Sendable, Hashable {
    case none
    /// Pass the provisional response to the user.
    case progress
    /// The first 2xx: its dialog is the call's.
    case establish
    /// The 2xx that was acknowledged came again: so does the ACK.
    case acknowledgeAgain
    /// A 2xx that nobody wants: ACK, then BYE (§13.2.2.4).
    case acknowledgeAndBye
    /// Send CANCEL.
    case sendCancel
    /// The INVITE has failed.
    case fail
    /// The INVITE has ended as the user wanted.
    case cancelled
  }

  private enum State: Sendable, Hashable {
    /// To `paused`, `cancelling`, `established`, `over`.
    case calling(expiry: Instant)
    /// To `calling`, `over`: a refusal came that another attempt may get around.
    case paused(expiry: Instant)
    /// To `over`.
    case cancelling(byUser: Bool)
    case established
    case over
  }

  private var state: State
  private let patience: Duration

  /// An INVITE that is being sent now, and cancelled when it has no final response within `patience`.
  public init(patience: Duration, now: Instant) {
    self.patience = patience
    state = .calling(expiry: now + patience)
  }

  /// Where the machine stands.
  public var phase: Phase {
    switch state {
    case .calling: .calling
    case .paused: .paused
    case .cancelling: .cancelling
    case .established: .established
    case .over: .over
    }
  }

  /// Whether the outcome is still open.
  public var isPending: Bool {
    switch state {
    case .calling, .paused, .cancelling: true
    case .established, .over: false
    }
  }

  /// When `advance(now:)` has something to do next.
  public var nextDeadline: Instant? {
    switch state {
    case .calling(let expiry), .paused(let expiry): expiry
    case .cancelling, .established, .over: nil
    }
  }

  /// A provisional response came.
  public func receivedProvisional() -> Action {
    switch state {
    case .calling: .progress
    case .paused, .cancelling, .established, .over: .none
    }
  }

  /// A 2xx came; `isKnown` when its dialog is the one that was established.
  public mutating func receivedSuccess(isKnown: Bool) -> Action {
    switch state {
    case .calling, .paused:
      state = .established
      return .establish
    case .cancelling:
      state = .over
      return .acknowledgeAndBye
    case .established:
      return isKnown ? .acknowledgeAgain : .acknowledgeAndBye
    case .over:
      return .acknowledgeAndBye
    }
  }

  /// A final failure came, no response in time, or the INVITE could not be delivered.
  public mutating func failed() -> Action {
    switch state {
    case .calling, .paused:
      state = .over
      return .fail
    case .cancelling(let byUser):
      state = .over
      return byUser ? .cancelled : .fail
    case .established, .over:
      return .none
    }
  }

  /// The refusal may be got around: the INVITE waits for credentials, or for the moment of its next attempt.
  public mutating func pause(for duration: Duration, now: Instant) -> Bool {
    switch state {
    case .calling:
      state = .paused(expiry: now + duration)
      return true
    case .paused, .cancelling, .established, .over:
      return false
    }
  }

  /// The INVITE is sent again with a higher CSeq.
  public mutating func resend(now: Instant) -> Bool {
    switch state {
    case .paused:
      state = .calling(expiry: now + patience)
      return true
    case .calling, .cancelling, .established, .over:
      return false
    }
  }

  /// The user has changed their mind.
  public mutating func cancel() -> Action {
    switch state {
    case .calling:
      state = .cancelling(byUser: true)
      return .sendCancel
    case .paused:
      state = .over
      return .cancelled
    case .cancelling, .established, .over:
      return .none
    }
  }

  /// Fires what is due.
  public mutating func advance(now: Instant) -> Action {
    switch state {
    case .calling(let expiry) where expiry <= now:
      state = .cancelling(byUser: false)
      return .sendCancel
    case .paused(let expiry) where expiry <= now:
      state = .over
      return .fail
    case .calling, .paused, .cancelling, .established, .over:
      return .none
    }
  }
}
