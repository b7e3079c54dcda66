import Wire

/// The caller's side of call signalling (Q.931 §5.1 with the messages and timers of H.225.0 §7.3 and §7.5).
///
/// ```
///                 opened: Setup                 CallProceeding, Progress
///   +------------+ ----------> +-----------+ ------------------------> +------------+
///   | Connecting |             | Initiated |                           | Proceeding | --+ Progress
///   +------------+             +-----------+ --+                       +------------+ <-+
///                                 |            | Alerting                |       |
///                                 |            v                Alerting |       |
///                                 |       +-----------+ <---------------+       |
///                                 |       | Delivered | --+ Progress            |
///                                 |       +-----------+ <-+                     |
///                                 |            | Connect                        | Connect
///                                 | Connect    v                                |
///                                 +------> +--------+ <-------------------------+
///                                          | Active |
///                                          +--------+
///   from each of them: ReleaseComplete of either side, its connection lost, T303, T310 or T301 run out --> Over
/// ```
///
/// T303 runs in Connecting and Initiated, T310 in Proceeding, T301 in Delivered and, after a Progress, in Proceeding:
/// somebody may be listening to an announcement. Alerting and CallProceeding may be missing; what comes late or twice
/// changes nothing.
package struct OutgoingCallMachine: Sendable, Hashable {
  /// What the owner has to do.
  package enum Action: Sendable, Hashable, CaseIterable {
    case none
    case sendSetup
    case proceeding
    case alerting
    case connected
    /// A timer ran out: the call ends.
    case timedOut
  }

  /// Where the machine stands.
  package enum Phase: Sendable, Hashable, CaseIterable {
    case connecting, initiated, proceeding, delivered, active, over
  }

  private enum State: Sendable, Hashable {
    /// To `initiated`, `over`.
    case connecting(deadline: Instant)
    /// To `proceeding`, `delivered`, `active`, `over`.
    case initiated(deadline: Instant)
    /// To itself, `delivered`, `active`, `over`.
    case proceeding(deadline: Instant)
    /// To itself, `active`, `over`.
    case delivered(deadline: Instant)
    /// To `over`.
    case active
    /// To nowhere.
    case over
  }

  private var state: State
  private let t303: Duration
  private let t310: Duration
  private let t301: Duration

  /// The connection is being opened.
  package init(t303: Duration, t310: Duration, t301: Duration, now: Instant) {
    self.t303 = t303
    self.t310 = t310
    self.t301 = t301
    state = .connecting(deadline: now + t303)
  }

  /// Where the machine stands.
  package var phase: Phase {
    switch state {
    case .connecting: .connecting
    case .initiated: .initiated
    case .proceeding: .proceeding
    case .delivered: .delivered
    case .active: .active
    case .over: .over
    }
  }

  /// The state by its number (Q.931 §4.5.7).
  package var callState: UInt8 {
    switch state {
    case .connecting, .over: 0
    case .initiated: 1
    case .proceeding: 3
    case .delivered: 4
    case .active: 10
    }
  }

  /// The cause that a timer which runs out now stands for: 102 recovery on timer expiry, 19 no answer from user.
  package var timeoutCause: UInt8 { phase == .delivered ? 19 : 102 }

  /// When `advance(now:)` has something to do next.
  package var nextDeadline: Instant? {
    switch state {
    case .connecting(let deadline), .initiated(let deadline), .proceeding(let deadline), .delivered(let deadline):
      deadline
    case .active, .over: nil
    }
  }

  /// The connection is there.
  package mutating func opened(now: Instant) -> Action {
    guard case .connecting = state else { return .none }
    state = .initiated(deadline: now + t303)
    return .sendSetup
  }

  /// CallProceeding or SetupAcknowledge.
  package mutating func receivedCallProceeding(now: Instant) -> Action {
    guard case .initiated = state else { return .none }
    state = .proceeding(deadline: now + t310)
    return .proceeding
  }

  /// Progress.
  package mutating func receivedProgress(now: Instant) -> Action {
    switch state {
    case .initiated:
      state = .proceeding(deadline: now + t301)
      return .proceeding
    case .proceeding: state = .proceeding(deadline: now + t301)
    case .delivered: state = .delivered(deadline: now + t301)
    case .connecting, .active, .over: break
    }
    return .none
  }

  /// Alerting.
  package mutating func receivedAlerting(now: Instant) -> Action {
    switch state {
    case .initiated, .proceeding:
      state = .delivered(deadline: now + t301)
      return .alerting
    case .connecting, .delivered, .active, .over: return .none
    }
  }

  /// Connect.
  package mutating func receivedConnect() -> Action {
    switch state {
    case .initiated, .proceeding, .delivered:
      state = .active
      return .connected
    case .connecting, .active, .over: return .none
    }
  }

  /// The call is over.
  package mutating func end() { state = .over }

  /// Fires what is due.
  package func advance(now: Instant) -> Action {
    guard let deadline = nextDeadline, deadline <= now else { return .none }
    return .timedOut
  }
}
