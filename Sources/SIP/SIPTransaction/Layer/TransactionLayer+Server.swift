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
    let index = id.index
    if servers[index].isLegacy, status >= 300 { noteLegacyAck(of: index, response: bytes) }
    guard servers[index].respond(bytes, status: status, as: id, now: now, into: &sink) else { return false }
    settle(server: index)
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
    ServerTransactionID(index: index, generation: servers.generation(at: index))
  }

  func findServer(_ key: TransactionKey) -> UInt32? {
    serverIndex.find(key) { servers[$0].key == key }
  }

  /// A new server transaction; nil beyond the limits unless `isAdmitted`.
  mutating func makeServer(
    _ view: SIPMessageView, _ copy: SIPMessage?, method: SIPMethod, via: ViaField, key: TransactionKey, hop: Hop,
    isLegacy: Bool,
    isAdmitted: Bool, now: Instant
  ) -> ServerTransactionID? {
    if !isAdmitted {
      guard servers.count < limits.maxServerTransactions,
        retainedBytes + view.bytes.count + TransactionLimits.overheadPerTransaction <= limits.maxRetainedBytes
      else { return nil }
    }
    let isInvite = if case .invite = method { true } else { false }
    let index = servers.insert(
      ServerSlot(
        copy ?? SIPMessage(copying: view), isInvite: isInvite, key: key, source: hop,
        responsePort: Self.responsePort(via, hop), isLegacy: isLegacy, timers: timers, now: now))
    serverIndex.insert(key, index)
    settle(server: index)
    return serverID(index)
  }

  private static func responsePort(_ via: ViaField, _ hop: Hop) -> UInt16 {
    if hop.transport.isReliable { return hop.remote.port }
    switch via.rport {
    case .absent: return via.port ?? hop.transport.defaultPort
    case .empty, .value: return hop.remote.port
    }
  }

  mutating func advanceServer(_ index: UInt32, now: Instant, into sink: inout TransactionSink) {
    servers[index].timer = .none
    let id = serverID(index)
    servers[index].advance(as: id, now: now, into: &sink)
    if servers[index].machine.isTerminated {
      removeServer(id, into: &sink)
    } else {
      settle(server: index)
    }
  }

  private mutating func removeServer(_ id: ServerTransactionID, into sink: inout TransactionSink) {
    var slot = servers.remove(id.index)
    sink.append(.serverTerminated(id, context: slot.context))
    serverIndex.remove(slot.key, id.index)
    if slot.hasLegacyAck, let key = legacyAckKeys.removeValue(forKey: id.index) { legacyAcks[key] = nil }
    if slot.hasMergeKey, let key = mergeKeys.removeValue(forKey: id.index) { merges[key] = nil }
    retainedBytes -= slot.retainedBytes
    slot.timer.disarm(&wheel)
  }

  mutating func settle(server index: UInt32) {
    retainedBytes += servers[index].settle(&wheel, key: index)
  }
}
