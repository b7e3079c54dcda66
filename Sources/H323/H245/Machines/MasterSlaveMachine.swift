import Wire

/// Master/slave determination: the MSDSE of H.245 §C.2.
///
/// ```
///               start: MSD                     Reject, or an MSD that decides nothing: a new MSD, N100 times
///   +------+ -------------------> +----------+ ---+
///   | Idle |                      | Outgoing |    |
///   +------+ <------------------- +----------+ <--+
///     |  ^      Ack: Ack back           |
///     |  |                              | an MSD that decides: Ack
///     |  |  the Ack that is expected    v
///     |  +------------------------ +----------+
///     +--------------------------> | Incoming |
///        an MSD that decides: Ack  +----------+
/// ```
///
/// T106 ends Outgoing and Incoming. An MSD that comes in Incoming is answered once more and not taken for an error: peers
/// that lost the order send it.
public struct MasterSlaveMachine: Sendable, Hashable {
  /// What the owner has to do.
  public enum Action: Sendable, Hashable {
    case none
    case send(MultimediaSystemControlMessage)
    /// It is decided; the message, when there is one, is sent first.
    case determined(MasterSlaveStatus, acknowledgement: MultimediaSystemControlMessage?)
    /// It cannot be decided; the message, when there is one, is sent first.
    case failed(release: MultimediaSystemControlMessage?)
  }

  private enum State: Sendable, Hashable {
    /// To `outgoing`, `incoming`.
    case idle
    /// To `idle`, `incoming`. How many were sent.
    case outgoing(attempts: Int, deadline: Instant)
    /// To `idle`. What we are.
    case incoming(MasterSlaveStatus, deadline: Instant)
  }

  private var state = State.idle
  private let terminalType: UInt8
  private let maxAttempts: Int
  private let patience: Duration
  /// The number of our last MSD.
  private var number: UInt32 = 0

  /// What we are, once it is known.
  public private(set) var status: MasterSlaveStatus?

  /// A machine of a terminal type (H.323 table 1).
  public init(terminalType: UInt8, maxAttempts: Int = 10, patience: Duration = .seconds(30)) {
    self.terminalType = terminalType
    self.maxAttempts = max(1, maxAttempts)
    self.patience = patience
  }

  /// When `advance(now:)` has something to do next.
  public var nextDeadline: Instant? {
    switch state {
    case .idle: nil
    case .outgoing(_, let deadline), .incoming(_, let deadline): deadline
    }
  }

  /// Whether a determination is under way.
  public var isBusy: Bool { state != .idle }

  /// Begins a determination, unless one is under way. Of `random` the low 24 bits are taken.
  public mutating func start(random: UInt32, now: Instant) -> Action {
    guard case .idle = state else { return .none }
    status = nil
    return ask(attempts: 1, random: random, now: now)
  }

  private mutating func ask(attempts: Int, random: UInt32, now: Instant) -> Action {
    number = random & 0xFF_FFFF
    state = .outgoing(attempts: attempts, deadline: now + patience)
    return .send(
      .request(
        .masterSlaveDetermination(
          MasterSlaveDetermination(terminalType: terminalType, statusDeterminationNumber: number))))
  }

  private mutating func askAgain(attempts: Int, random: UInt32, now: Instant) -> Action {
    guard attempts < maxAttempts else {
      state = .idle
      return .failed(release: nil)
    }
    return ask(attempts: attempts + 1, random: random, now: now)
  }

  /// What we are beside a peer with this type and number; nil when it is undecided (§C.2).
  private func decide(_ message: MasterSlaveDetermination) -> MasterSlaveStatus? {
    if message.terminalType != terminalType { return message.terminalType < terminalType ? .master : .slave }
    switch (message.statusDeterminationNumber &- number) & 0xFF_FFFF {
    case 0, 0x80_0000: return nil
    case let distance: return distance < 0x80_0000 ? .master : .slave
    }
  }

  /// The peer's masterSlaveDetermination.
  public mutating func received(_ message: MasterSlaveDetermination, random: UInt32, now: Instant) -> Action {
    switch state {
    case .idle:
      number = random & 0xFF_FFFF
      guard let decision = decide(message) else {
        return .send(.response(.masterSlaveDeterminationReject(MasterSlaveDeterminationReject())))
      }
      return answer(decision, deadline: now + patience)
    case .outgoing(let attempts, _):
      guard let decision = decide(message) else { return askAgain(attempts: attempts, random: random, now: now) }
      return answer(decision, deadline: now + patience)
    case .incoming(_, let deadline):
      guard let decision = decide(message) else { return .none }
      return answer(decision, deadline: deadline)
    }
  }

  private mutating func answer(_ decision: MasterSlaveStatus, deadline: Instant) -> Action {
    status = nil
    state = .incoming(decision, deadline: deadline)
    return .send(.response(.masterSlaveDeterminationAck(MasterSlaveDeterminationAck(decision: decision.opposite))))
  }

  /// The peer's masterSlaveDeterminationAck.
  public mutating func received(_ message: MasterSlaveDeterminationAck) -> Action {
    switch state {
    case .idle: return .none
    case .outgoing:
      state = .idle
      status = message.decision
      let ack = MasterSlaveDeterminationAck(decision: message.decision.opposite)
      return .determined(message.decision, acknowledgement: .response(.masterSlaveDeterminationAck(ack)))
    case .incoming(let decision, _):
      state = .idle
      guard message.decision == decision else { return .failed(release: nil) }
      status = decision
      return .determined(decision, acknowledgement: nil)
    }
  }

  /// The peer's masterSlaveDeterminationReject.
  public mutating func receivedReject(random: UInt32, now: Instant) -> Action {
    switch state {
    case .idle: return .none
    case .outgoing(let attempts, _): return askAgain(attempts: attempts, random: random, now: now)
    case .incoming:
      state = .idle
      return .failed(release: nil)
    }
  }

  /// The peer's masterSlaveDeterminationRelease.
  public mutating func receivedRelease() -> Action {
    guard state != .idle else { return .none }
    state = .idle
    return .failed(release: nil)
  }

  /// Fires T106 when it is due.
  public mutating func advance(now: Instant) -> Action {
    switch state {
    case .outgoing(_, let deadline) where deadline <= now:
      state = .idle
      return .failed(release: .indication(.masterSlaveDeterminationRelease(MasterSlaveDeterminationRelease())))
    case .incoming(_, let deadline) where deadline <= now:
      state = .idle
      return .failed(release: nil)
    case .idle, .outgoing, .incoming: return .none
    }
  }
}
