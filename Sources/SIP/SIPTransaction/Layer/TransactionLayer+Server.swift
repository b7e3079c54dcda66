import SIPMessage
import Wire

// Server transactions: what the user asks and gives.
extension TransactionLayer {
  /// Sends a response of the user's, if the transaction still takes one.
  ///
  /// A 2xx to INVITE leaves the transaction in Accepted (RFC 6026), where further 2xx are sent as well; any other final
  /// response is repeated by the layer as its machine demands. Other than 100, no provisional response to anything but
  /// INVITE is sent, and never a 408 (RFC 4320). After the final response the request is no longer kept.
  ///
  /// - Parameters:
  ///   - bytes: the whole response; kept as it is for retransmission, so without spare capacity.
  /// - Returns: whether it was sent. A response that comes too late must not be sent in any other way (RFC 6026 §7.3,
  ///   RFC 4320 §4.2).
  @discardableResult
  public mutating func respond(
    _ id: ServerTransactionID, status: Int, bytes: consuming [UInt8], now: Instant, into sink: inout TransactionSink
  ) -> Bool {
    guard servers.contains(id.index, generation: id.generation) else { return false }
    guard case .send = servers[id.index].machine.respond(status: status, now: now) else { return false }
    let hop = servers[id.index].responseHop
    sink.append(.send(bytes, to: hop, from: .server(id)))
    let index = id.index
    if !servers[index].machine.awaitsFinalResponse {
      if servers[index].isLegacy, servers[index].machine.isInvite, status >= 300 {
        noteLegacyAck(of: index, response: bytes)
      }
      servers[index].request = nil
    }
    // On a reliable transport a request is not repeated, unless its sender has lost the connection.
    servers[index].lastResponse = servers[index].machine.mayRetransmit ? bytes : []
    accountServer(index)
    armServer(index)
    return true
  }

  /// The transport could not deliver a response; the user is told, the transaction goes on (RFC 6026).
  public mutating func transportFailed(server id: ServerTransactionID, into sink: inout TransactionSink) {
    guard servers.contains(id.index, generation: id.generation) else { return }
    if case .reportTransportError = servers[id.index].machine.transportFailed() {
      sink.append(.serverTransportError(id, context: servers[id.index].context))
    }
  }

  /// The user's handle; nil when the transaction is gone.
  public func context(of id: ServerTransactionID) -> UInt64? {
    servers.contains(id.index, generation: id.generation) ? servers[id.index].context : nil
  }

  /// Sets the user's handle, which is zero at first.
  public mutating func setContext(_ context: UInt64, of id: ServerTransactionID) {
    guard servers.contains(id.index, generation: id.generation) else { return }
    servers[id.index].context = context
  }

  /// The request, until the final response has been given; nil later and when the transaction is gone.
  public func request(of id: ServerTransactionID) -> SIPMessage? {
    servers.contains(id.index, generation: id.generation) ? servers[id.index].request : nil
  }

  /// Where the request came from.
  public func source(of id: ServerTransactionID) -> Hop? {
    servers.contains(id.index, generation: id.generation) ? servers[id.index].source : nil
  }

  /// Where responses go: over a stream, back on it; over UDP, to the source address and the source port if Via has
  /// `rport` (RFC 3581 §4), otherwise the port of sent-by (§18.2.2). `maddr` is not followed: it would let any sender
  /// aim our responses at a third party.
  public func responseHop(of id: ServerTransactionID) -> Hop? {
    servers.contains(id.index, generation: id.generation) ? servers[id.index].responseHop : nil
  }

  /// Says that responses go over another stream from now on (§18.2.2: the request's own one was closed).
  public mutating func setConnection(_ connection: ConnectionID, of id: ServerTransactionID) {
    guard servers.contains(id.index, generation: id.generation) else { return }
    servers[id.index].source.connection = connection
  }

  /// Where the INVITE transaction's machine stands; nil when it is none or gone.
  public func invitePhase(of id: ServerTransactionID) -> InviteServerTransaction.Phase? {
    guard servers.contains(id.index, generation: id.generation),
      case .invite(let machine) = servers[id.index].machine
    else { return nil }
    return machine.phase
  }
}

// Server transactions: how the layer keeps them.
extension TransactionLayer {
  func serverID(_ index: UInt32) -> ServerTransactionID {
    ServerTransactionID(index: index, generation: servers[index].generation)
  }

  func findServer(_ key: TransactionKey) -> UInt32? {
    serverIndex.find(key) { servers[$0].key == key }
  }

  /// A new server transaction; nil beyond the limits unless `isAdmitted`.
  mutating func makeServer(
    _ view: SIPMessageView, via: ViaField, key: TransactionKey, hop: Hop, isLegacy: Bool, isAdmitted: Bool, now: Instant
  ) -> ServerTransactionID? {
    if !isAdmitted {
      guard servers.count < limits.maxServerTransactions,
        retainedBytes + view.bytes.count + TransactionLimits.overheadPerTransaction <= limits.maxRetainedBytes
      else { return nil }
    }
    let method = view.method
    let index = servers.insert(
      ServerSlot(
        machine: ServerMachine(method: method, transport: hop.transport, timers: timers, now: now), key: key,
        source: hop, responsePort: Self.responsePort(via, hop), isLegacy: isLegacy, request: SIPMessage(copying: view)))
    serverIndex.insert(key, index)
    accountServer(index)
    armServer(index)
    return serverID(index)
  }

  private static func responsePort(_ via: ViaField, _ hop: Hop) -> UInt16 {
    if hop.transport.isReliable { return hop.remote.port }
    switch via.rport {
    case .absent: return via.port ?? hop.transport.defaultPort
    case .empty, .value: return hop.remote.port
    }
  }

  /// Sends the last response again when the machine says so.
  mutating func repeatResponse(_ index: UInt32, now: Instant, into sink: inout TransactionSink) {
    if case .retransmit = servers[index].machine.receivedRequest(now: now) {
      sink.append(.send(servers[index].lastResponse, to: servers[index].responseHop, from: .server(serverID(index))))
    }
  }

  mutating func advanceServer(_ index: UInt32, now: Instant, into sink: inout TransactionSink) {
    servers[index].timer = .none
    while let deadline = servers[index].machine.nextDeadline, deadline <= now {
      let id = serverID(index)
      switch servers[index].machine.advance(now: now) {
      case .retransmit:
        sink.append(.send(servers[index].lastResponse, to: servers[index].responseHop, from: .server(id)))
      case .sendTrying:
        sendTrying(index, into: &sink)
      case .reportTimeout:
        sink.append(.serverTimeout(id, context: servers[index].context))
      case .none, .send, .confirm, .passAckToUser, .reportTransportError:
        break
      }
    }
    if servers[index].machine.isTerminated {
      removeServer(index, into: &sink)
    } else {
      armServer(index)
    }
  }

  private mutating func sendTrying(_ index: UInt32, into sink: inout TransactionSink) {
    guard let request = servers[index].request else { return }
    let bytes = MessageBuilder.trying(for: request, from: servers[index].source)
    sink.append(.send(bytes, to: servers[index].responseHop, from: .server(serverID(index))))
    servers[index].lastResponse = bytes
    accountServer(index)
  }

  private mutating func removeServer(_ index: UInt32, into sink: inout TransactionSink) {
    let slot = servers[index]
    sink.append(.serverTerminated(serverID(index), context: slot.context))
    serverIndex.remove(slot.key, index)
    if slot.hasLegacyAck, let key = legacyAckKeys.removeValue(forKey: index) { legacyAcks[key] = nil }
    if slot.hasMergeKey, let key = mergeKeys.removeValue(forKey: index) { merges[key] = nil }
    retainedBytes -= slot.retainedBytes
    wheel.disarm(&servers[index].timer)
    servers.remove(index)
  }

  mutating func armServer(_ index: UInt32) {
    wheel.arm(&servers[index].timer, key: index, at: servers[index].machine.nextDeadline)
  }

  mutating func accountServer(_ index: UInt32) {
    let bytes =
      TransactionLimits.overheadPerTransaction + (servers[index].request?.byteCount ?? 0)
      + servers[index].lastResponse.count
    retainedBytes += bytes - servers[index].retainedBytes
    servers[index].retainedBytes = bytes
  }
}
