import Wire

/// Sending our capabilities: the outgoing CESE of H.245 §C.3. (The incoming one has nothing to remember: a set is answered
/// when it comes.)
///
/// ```
///               send: TCS
///   +------+ ---------------> +----------+
///   | Idle | <--------------- | Awaiting | send: another TCS, whose answer alone counts from then on
///   +------+   Ack, Reject    +----------+
///              of our number;
///              T101: Release
/// ```
public struct CapabilityExchangeMachine: Sendable, Hashable {
  /// What the owner has to do.
  public enum Action: Sendable, Hashable {
    case none
    case accepted
    case refused(TerminalCapabilitySetReject.Cause)
    /// T101: a terminalCapabilitySetRelease is sent.
    case timedOut
  }

  private enum State: Sendable, Hashable {
    /// To `awaiting`.
    case idle
    /// To `idle`.
    case awaiting(deadline: Instant)
  }

  private var state = State.idle
  private var sequenceNumber: UInt8 = 0
  private let patience: Duration

  /// A machine that waits so long for an answer.
  public init(patience: Duration = .seconds(30)) {
    self.patience = patience
  }

  /// When `advance(now:)` has something to do next.
  public var nextDeadline: Instant? {
    if case .awaiting(let deadline) = state { deadline } else { nil }
  }

  /// A set is sent: the number it has to have.
  public mutating func send(now: Instant) -> UInt8 {
    sequenceNumber &+= 1
    state = .awaiting(deadline: now + patience)
    return sequenceNumber
  }

  /// The peer's terminalCapabilitySetAck.
  public mutating func received(_ message: TerminalCapabilitySetAck) -> Action {
    guard case .awaiting = state, message.sequenceNumber == sequenceNumber else { return .none }
    state = .idle
    return .accepted
  }

  /// The peer's terminalCapabilitySetReject.
  public mutating func received(_ message: TerminalCapabilitySetReject) -> Action {
    guard case .awaiting = state, message.sequenceNumber == sequenceNumber else { return .none }
    state = .idle
    return .refused(message.cause)
  }

  /// Fires T101 when it is due.
  public mutating func advance(now: Instant) -> Action {
    guard case .awaiting(let deadline) = state, deadline <= now else { return .none }
    state = .idle
    return .timedOut
  }
}
