/// Names a server transaction of one `TransactionLayer`; stays harmless after the transaction's end.
public struct ServerTransactionID: Sendable, Hashable {
  package var index: UInt32
  package var generation: UInt32

  package init(index: UInt32, generation: UInt32) {
    self.index = index
    self.generation = generation
  }
}

/// Names a client transaction of one `TransactionLayer`; stays harmless after the transaction's end.
public struct ClientTransactionID: Sendable, Hashable {
  package var index: UInt32
  package var generation: UInt32

  package init(index: UInt32, generation: UInt32) {
    self.index = index
    self.generation = generation
  }
}

/// Which transaction a message was sent for, so that the transport can report its failure
/// (RFC 3261 §17.1.4, §17.2.4).
public enum TransactionOrigin: Sendable, Hashable {
  case server(ServerTransactionID)
  case client(ClientTransactionID)
}
