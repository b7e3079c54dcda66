import Wire

/// One received INVITE from the user agent's side, first or within a dialog: RFC 3261 §13.3, §14.2, §15.1, RFC 3262 §3.
///
/// ```
///                   | INVITE
///                   v
///           +---------------+  one minute since the last 1xx -> repeat it
///           |    Ringing    |  CANCEL, BYE -> 487, to Over
///           |               |  reject -> failure, to Over
///           +---------------+  patience -> 480, to Over
///      answer |        | answer, but a reliable 1xx
///             |        | with a description waits for PRACK
///     -> 2xx  |        v
///             |   +-----------+  PRACK  -> 2xx, to Accepted
///             |   | Accepting |  CANCEL, BYE, reject, no PRACK -> failure, to Over
///             |   +-----------+
///             v        v
///           +---------------+  interval -> 2xx again
///           |   Accepted    |  64·T1    -> BYE, to Over
///           +---------------+  hang up  -> BYE as soon as the ACK is there (§15)
///                   | ACK
///                   v
///           +---------------+
///           |   Confirmed   |  hang up -> BYE
///           +---------------+
/// ```
public struct InviteServerUsage: Sendable, Hashable {
  /// Where the machine stands.
  public enum Phase: Sendable, Hashable, CaseIterable {
    case ringing, accepting, accepted, confirmed, over
  }

  /// What the owner has to do.
  public enum Action: Sendable, Hashable {
    case none
    /// Send the 2xx.
    case sendSuccess
    /// Keep the 2xx until the PRACK is there.
    case holdSuccess
    /// Send the failure that was asked for.
    case sendFailure
    /// Answer the INVITE 487: it was cancelled, or its dialog hung up on.
    case terminate
    /// Send the last provisional response again, so that no proxy on the way gives up (§13.3.1.1).
    case repeatProvisional
    /// Answer the INVITE 480: the user has let it ring for too long.
    case expire
    /// Send the 2xx again.
    case repeatSuccess
    /// The ACK has come.
    case confirm
    /// The ACK has come, and the user has hung up meanwhile: BYE.
    case confirmAndBye
    /// No ACK came: BYE (§13.3.1.4).
    case abandon
    /// Hang up with BYE.
    case sendBye
  }

  private enum State: Sendable, Hashable {
    /// To `accepting`, `accepted`, `over`. `repeatAt` once a provisional response has been sent.
    case ringing(repeatAt: Instant?, expiry: Instant)
    /// To `accepted`, `over`.
    case accepting
    /// To `confirmed`, `over`.
    case accepted(ResponseRepeater, hangsUp: Bool)
    /// To `over`.
    case confirmed
    case over
  }

  private var state: State
  private let timing: UsageTiming

  /// An INVITE that the user is being given now.
  public init(timing: UsageTiming, now: Instant) {
    self.timing = timing
    state = .ringing(repeatAt: nil, expiry: now + timing.patience)
  }

  /// Where the machine stands.
  public var phase: Phase {
    switch state {
    case .ringing: .ringing
    case .accepting: .accepting
    case .accepted: .accepted
    case .confirmed: .confirmed
    case .over: .over
    }
  }

  /// Whether no final response has been decided on.
  public var isUnanswered: Bool { phase == .ringing }

  /// Whether a 2xx waits for its ACK.
  public var awaitsAck: Bool { phase == .accepted }

  /// When `advance(now:)` has something to do next.
  public var nextDeadline: Instant? {
    switch state {
    case .ringing(let repeatAt?, let expiry): min(repeatAt, expiry)
    case .ringing(nil, let expiry): expiry
    case .accepted(let repeater, _): repeater.nextDeadline
    case .accepting, .confirmed, .over: nil
    }
  }

  /// A provisional response is being sent.
  public mutating func sentProvisional(now: Instant) {
    guard case .ringing(_, let expiry) = state else { return }
    state = .ringing(repeatAt: now + timing.provisionalInterval, expiry: expiry)
  }

  /// The user answers; `isHeld` while the 2xx has to wait for a PRACK.
  public mutating func answer(isHeld: Bool, now: Instant) -> Action {
    switch state {
    case .ringing where isHeld:
      state = .accepting
      return .holdSuccess
    case .ringing:
      return succeed(now)
    case .accepting, .accepted, .confirmed, .over:
      return .none
    }
  }

  /// The PRACK came for which a 2xx had to wait.
  public mutating func released(now: Instant) -> Action {
    switch state {
    case .accepting: succeed(now)
    case .ringing, .accepted, .confirmed, .over: .none
    }
  }

  private mutating func succeed(_ now: Instant) -> Action {
    state = .accepted(
      ResponseRepeater(first: timing.t1, cap: timing.t2, patience: timing.timeout, now: now), hangsUp: false)
    return .sendSuccess
  }

  /// The user refuses, or the response that nobody acknowledged makes us refuse.
  public mutating func reject() -> Action {
    switch state {
    case .ringing, .accepting:
      state = .over
      return .sendFailure
    case .accepted, .confirmed, .over:
      return .none
    }
  }

  /// A CANCEL or BYE came.
  public mutating func receivedEnd() -> Action {
    switch state {
    case .ringing, .accepting:
      state = .over
      return .terminate
    case .accepted, .confirmed, .over:
      return .none
    }
  }

  /// The ACK for the 2xx came.
  public mutating func receivedAck() -> Action {
    switch state {
    case .accepted(_, let hangsUp):
      state = hangsUp ? .over : .confirmed
      return hangsUp ? .confirmAndBye : .confirm
    case .ringing, .accepting, .confirmed, .over:
      return .none
    }
  }

  /// The user hangs up: a refusal before the answer, a BYE after it, but not before its ACK (§15).
  public mutating func hangUp() -> Action {
    switch state {
    case .ringing, .accepting:
      state = .over
      return .sendFailure
    case .accepted(let repeater, _):
      state = .accepted(repeater, hangsUp: true)
      return .none
    case .confirmed:
      state = .over
      return .sendBye
    case .over:
      return .none
    }
  }

  /// The dialog is gone: nothing is repeated any more.
  public mutating func end() {
    state = .over
  }

  /// Fires what is due.
  public mutating func advance(now: Instant) -> Action {
    switch state {
    case .ringing(_, let expiry) where expiry <= now:
      state = .over
      return .expire
    case .ringing(let repeatAt?, let expiry) where repeatAt <= now:
      state = .ringing(repeatAt: now + timing.provisionalInterval, expiry: expiry)
      return .repeatProvisional
    case .accepted(var repeater, let hangsUp):
      let action = repeater.advance(now: now)
      state = action == .giveUp ? .over : .accepted(repeater, hangsUp: hangsUp)
      switch action {
      case .none: return .none
      case .repeat: return .repeatSuccess
      case .giveUp: return .abandon
      }
    case .ringing, .accepting, .confirmed, .over:
      return .none
    }
  }
}

/// The lengths of time that the machines of an INVITE run by.
public struct UsageTiming: Sendable, Hashable {
  /// T1, the first interval of whatever is repeated.
  public var t1: Duration
  /// T2, the longest interval of a repeated 2xx.
  public var t2: Duration
  /// 64·T1, for how long a response is repeated.
  public var timeout: Duration
  /// How long an INVITE may ring.
  public var patience: Duration
  /// After how long a provisional response is sent again: one minute (§13.3.1.1).
  public var provisionalInterval: Duration

  /// These lengths.
  public init(
    t1: Duration, t2: Duration, timeout: Duration, patience: Duration, provisionalInterval: Duration = .seconds(60)
  ) {
    self.t1 = t1
    self.t2 = t2
    self.timeout = timeout
    self.patience = patience
    self.provisionalInterval = provisionalInterval
  }
}
