import Wire

/// The called side of call signalling (Q.931 §5.2 with the messages of H.225.0 §7.3).
///
/// ```
///    Setup     +---------+  proceed   +------------+  alert   +----------+
///   ---------> | Present | ---------> | Proceeding | -------> | Received |
///              +---------+            +------------+          +----------+
///                |     |    alert           |   ^                |
///                |     +--------------------|---|--------------> |
///                | answer                   | answer             | answer
///                v                          v                    v
///            +-------------------------------------------------------+  Connect sent   +--------+
///            | Answering: Connect waits until an H.245 address is known | ------------> | Active |
///            +-------------------------------------------------------+                 +--------+
///   from each of them: ReleaseComplete of either side, its connection lost, the user's patience run out --> Over
/// ```
package struct IncomingCallMachine: Sendable, Hashable {
  /// Where the machine stands.
  package enum Phase: Sendable, Hashable, CaseIterable {
    case present, proceeding, received, answering, active, over
  }

  private enum State: Sendable, Hashable {
    /// To `proceeding`, `received`, `answering`, `over`.
    case present(deadline: Instant)
    /// To `received`, `answering`, `over`.
    case proceeding(deadline: Instant)
    /// To `answering`, `over`.
    case received(deadline: Instant)
    /// To `active`, `over`.
    case answering(deadline: Instant)
    /// To `over`.
    case active
    /// To nowhere.
    case over
  }

  private var state: State

  /// A Setup is here, and the user has so long to answer it.
  package init(patience: Duration, now: Instant) {
    state = .present(deadline: now + patience)
  }

  /// Where the machine stands.
  package var phase: Phase {
    switch state {
    case .present: .present
    case .proceeding: .proceeding
    case .received: .received
    case .answering: .answering
    case .active: .active
    case .over: .over
    }
  }

  /// The state by its number (Q.931 §4.5.7).
  package var callState: UInt8 {
    switch state {
    case .present: 6
    case .proceeding: 9
    case .received: 7
    case .answering: 8
    case .active: 10
    case .over: 0
    }
  }

  /// The cause that stands for the user's silence: 18 no user responding, 19 no answer from user.
  package var timeoutCause: UInt8 { phase == .received ? 19 : 18 }

  /// When the user's patience ends.
  package var nextDeadline: Instant? {
    switch state {
    case .present(let deadline), .proceeding(let deadline), .received(let deadline), .answering(let deadline): deadline
    case .active, .over: nil
    }
  }

  /// The user has begun to look for whoever is called: whether CallProceeding is sent.
  package mutating func proceed() -> Bool {
    guard case .present(let deadline) = state else { return false }
    state = .proceeding(deadline: deadline)
    return true
  }

  /// It rings: whether Alerting is sent.
  package mutating func alert() -> Bool {
    switch state {
    case .present(let deadline), .proceeding(let deadline):
      state = .received(deadline: deadline)
      return true
    case .received, .answering, .active, .over: return false
    }
  }

  /// The user has answered: whether that is news.
  package mutating func answer() -> Bool {
    switch state {
    case .present(let deadline), .proceeding(let deadline), .received(let deadline):
      state = .answering(deadline: deadline)
      return true
    case .answering, .active, .over: return false
    }
  }

  /// Connect is being sent.
  package mutating func connected() -> Bool {
    guard case .answering = state else { return false }
    state = .active
    return true
  }

  /// The call is over.
  package mutating func end() { state = .over }

  /// Whether the user's patience has run out.
  package func isTimedOut(now: Instant) -> Bool {
    guard let deadline = nextDeadline else { return false }
    return deadline <= now
  }
}
