import Wire

/// Measuring the way to the peer and back: the RTDSE of H.245 §C.10.
///
/// ```
///              start: request
///   +------+ ----------------> +----------+
///   | Idle | <---------------- | Awaiting | start: another request, whose answer alone counts from then on
///   +------+  response of our  +----------+
///             number; T105
/// ```
public struct RoundTripMachine: Sendable, Hashable {
  /// What the owner has to do.
  public enum Action: Sendable, Hashable {
    case none
    case measured(Duration)
    /// T105.
    case lost
  }

  private enum State: Sendable, Hashable {
    /// To `awaiting`.
    case idle
    /// To `idle`.
    case awaiting(since: Instant, deadline: Instant)
  }

  private var state = State.idle
  private var sequenceNumber: UInt8 = 0
  private let patience: Duration

  /// A machine that waits so long for an answer.
  public init(patience: Duration = .seconds(10)) {
    self.patience = patience
  }

  /// When `advance(now:)` has something to do next.
  public var nextDeadline: Instant? {
    if case .awaiting(_, let deadline) = state { deadline } else { nil }
  }

  /// A request to be sent.
  public mutating func start(now: Instant) -> RoundTripDelayRequest {
    sequenceNumber &+= 1
    state = .awaiting(since: now, deadline: now + patience)
    return RoundTripDelayRequest(sequenceNumber: sequenceNumber)
  }

  /// The peer's roundTripDelayResponse.
  public mutating func received(_ message: RoundTripDelayResponse, now: Instant) -> Action {
    guard case .awaiting(let since, _) = state, message.sequenceNumber == sequenceNumber else { return .none }
    state = .idle
    return .measured(max(.zero, now - since))
  }

  /// Fires T105 when it is due.
  public mutating func advance(now: Instant) -> Action {
    guard case .awaiting(_, let deadline) = state, deadline <= now else { return .none }
    state = .idle
    return .lost
  }
}
