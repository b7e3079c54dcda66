/// What the driver and the transaction user have to do after an event; in the order in which it happened.
///
/// `context` is the user's own handle, as set when the transaction began.
public enum TransactionAction: Sendable {
  /// Transmit these bytes. When that fails, the transport says so with `transportFailed` and the origin.
  case send([UInt8], to: Hop, from: TransactionOrigin)

  /// No final response in time: timer B or F, or 64·T1 after a CANCEL (§9.1). `clientTerminated` follows.
  case timeout(ClientTransactionID, context: UInt64)

  /// Timer C of a client INVITE fired (§16.8). The transaction goes on: the proxy core cancels it when a provisional
  /// response has come, and otherwise takes it for answered with 408.
  case timerC(ClientTransactionID, context: UInt64)

  /// A request could not be delivered (§17.1.4). `clientTerminated` follows.
  case clientTransportError(ClientTransactionID, context: UInt64)

  /// A response could not be delivered (§17.2.4). The transaction remains as it is (RFC 6026 §7.1).
  case serverTransportError(ServerTransactionID, context: UInt64)

  /// No ACK for a final response to INVITE came in 64·T1 (timer H), or a request other than INVITE was left unanswered
  /// for so long that its sender has given up (RFC 4320 §4.2). `serverTerminated` follows.
  case serverTimeout(ServerTransactionID, context: UInt64)

  /// The client transaction is gone. Reported exactly once for every client transaction that the user started.
  case clientTerminated(ClientTransactionID, context: UInt64)

  /// The server transaction is gone. Reported exactly once for every server transaction.
  case serverTerminated(ServerTransactionID, context: UInt64)
}

/// A reusable list of actions, filled by the layer and emptied by the driver.
public struct TransactionSink: Sendable {
  /// What is to be done, oldest first.
  public var actions: [TransactionAction]

  /// An empty sink; room for `capacity` actions is made at once.
  public init(capacity: Int = 16) {
    actions = []
    actions.reserveCapacity(capacity)
  }

  /// Forgets the actions but keeps their room.
  public mutating func removeAll() {
    if !actions.isEmpty { actions.removeAll(keepingCapacity: true) }
  }

  /// Takes an action out to be done. It is moved, not copied; what stays in its place until the sink is emptied means
  /// nothing.
  public mutating func take(at index: Int) -> TransactionAction {
    var action = TransactionAction.clientTerminated(ClientTransactionID(index: .max, generation: 0), context: 0)
    swap(&action, &actions[index])
    return action
  }

  mutating func append(_ action: TransactionAction) {
    actions.append(action)
  }
}
