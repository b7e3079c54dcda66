import SIPMessage
import Wire

// Client transactions: requests of the user's, and the responses to them.
extension TransactionLayer {
  /// Sends a request and begins its client transaction.
  ///
  /// - Parameters:
  ///   - method: the request's method. ACK has no transaction: the user gives it to the transport itself (§17.1).
  ///   - branch: the branch of its topmost Via, unique among all requests of this layer (§8.1.1.7).
  ///   - bytes: the whole request; kept as it is for retransmission, ACK and CANCEL, so without spare capacity.
  ///   - hop: where to. ACK for a non-2xx and CANCEL go there as well.
  ///   - context: the user's handle.
  ///   - timerC: whether a proxy's timer C (§16.6) watches over this INVITE; it starts anew with every provisional
  ///     response but 100 (§16.7). Without it an INVITE that rings goes on until it is answered or cancelled.
  ///   - patience: how long to wait for any response at all before the request counts as timed out, for a user who has
  ///     another address to try (RFC 3263 §4.3); nil: timer B or F, 64·T1.
  /// - Returns: nil beyond the limits, for ACK, and for a branch that is in use; nothing has been sent then.
  public mutating func sendRequest(
    method: SIPMethod, branch: Span<UInt8>, bytes: consuming [UInt8], hop: Hop, context: UInt64, timerC: Bool = false,
    patience: Duration? = nil, now: Instant, into sink: inout TransactionSink
  ) -> ClientTransactionID? {
    if case .ack = method { return nil }
    guard clients.count < limits.maxClientTransactions,
      retainedBytes + bytes.count + TransactionLimits.overheadPerTransaction <= limits.maxRetainedBytes
    else { return nil }
    let key = keys.client(branch: branch, method: method)
    guard findClient(key) == nil else { return nil }
    let isInvite = if case .invite = method { true } else { false }
    return begin(
      isInvite: isInvite, key: key, bytes: bytes, hop: hop, context: context, timerC: timerC && isInvite,
      patience: patience, isCancel: false, now: now, into: &sink)
  }

  /// Finds the client transaction of a response (§17.1.3) and says whether the user gets it.
  ///
  /// A final response above 299 to INVITE is acknowledged here; the ACK for a 2xx is the user's.
  public mutating func receiveResponse(
    _ view: SIPMessageView, hop: Hop, now: Instant, into sink: inout TransactionSink
  ) -> ResponseMatch {
    do throws(SIPParseError) {
      let via = try view.topmostVia()
      let method = try view.cseq().method
      return receiveResponse(view, via: via, method: method, now: now, into: &sink)
    } catch {
      return .stray
    }
  }

  /// The same for a caller who has parsed the topmost Via and CSeq already.
  public mutating func receiveResponse(
    _ view: SIPMessageView, via: ViaField, method: SIPMethod, now: Instant, into sink: inout TransactionSink
  ) -> ResponseMatch {
    // ACK hashes as INVITE does, but nothing answers an ACK.
    if case .ack = method { return .stray }
    guard let branch = via.branch, let index = findClient(keys.client(branch: view.slice(branch), method: method))
    else { return .stray }
    let id = clientID(index)
    let status = view.statusCode
    switch clients[index].machine.receivedResponse(status: status, now: now) {
    case .passToUser:
      break
    case .passToUserAndCancel:
      startCancel(of: index, now: now, into: &sink)
    case .passToUserAndAcknowledge:
      clients[index].bytes = builder.acknowledgement(of: clients[index].bytes, response: view)
      clients[index].transmit(as: id, into: &sink)
    case .acknowledgeAgain:
      clients[index].transmit(as: id, into: &sink)
      return .absorbed
    case .none, .retransmit, .sendCancel, .reportTimeout, .reportTransportError:
      return .absorbed
    }
    clients[index].passed(status: status, timers: timers, now: now)
    settle(client: index)
    guard clients[index].isCancel else { return .client(id) }
    return status < 200 ? .absorbed : .cancelResponse(id)
  }

  /// Cancels a client INVITE (§9.1): at once if a provisional response has come, otherwise with the first one.
  ///
  /// If no final response follows within 64·T1 of the CANCEL, the INVITE ends with `.timeout`. The CANCEL's own
  /// transaction is the layer's: the user is not told of its end.
  /// - Parameters:
  ///   - headers: further header lines for the CANCEL, each with its CRLF, such as Reason (RFC 3326).
  public mutating func sendCancel(
    of id: ClientTransactionID, headers: [UInt8] = [], now: Instant, into sink: inout TransactionSink
  ) -> CancelResult {
    guard clients.contains(id.index, generation: id.generation) else { return .pointless }
    let index = id.index
    let wasWaiting = clients[index].machine.isCancelWaiting
    let action = clients[index].machine.cancel(now: now)
    guard action == .sendCancel else {
      guard clients[index].machine.isCancelWaiting, !wasWaiting else { return .pointless }
      clients[index].cancelHeaders = headers
      return .deferred
    }
    clients[index].cancelHeaders = headers
    let cancel = startCancel(of: index, now: now, into: &sink)
    settle(client: index)
    return cancel.map(CancelResult.sent) ?? .pointless
  }

  /// The transport could not deliver a request or an ACK (§17.1.4): the user is told and the transaction ends, unless a
  /// response may still come.
  public mutating func transportFailed(
    client id: ClientTransactionID, into sink: inout TransactionSink
  ) {
    guard clients.contains(id.index, generation: id.generation) else { return }
    failClient(id.index, into: &sink)
  }

  /// A stream was closed: its client transactions that still need it end as with `transportFailed(client:)`.
  public mutating func transportFailed(connection: ConnectionID, into sink: inout TransactionSink) {
    guard connection != .none, let first = clientsByConnection[connection] else { return }
    var index = first
    while index != Slab<ClientSlot>.none {
      let next = clients[index].nextOnConnection
      failClient(index, isFlowGone: clients[index].hop.transport.isWebSocket, into: &sink)
      index = next
    }
  }

  /// Says which stream the transport has opened for a request that was sent without one.
  public mutating func setConnection(_ connection: ConnectionID, of id: ClientTransactionID) {
    guard clients.contains(id.index, generation: id.generation) else { return }
    unlink(id.index)
    clients[id.index].hop.connection = connection
    link(id.index)
  }

  /// The user's handle; nil when the transaction is gone.
  public func context(of id: ClientTransactionID) -> UInt64? {
    clients.contains(id.index, generation: id.generation) ? clients[id.index].context : nil
  }

  /// Sets the user's handle.
  public mutating func setContext(_ context: UInt64, of id: ClientTransactionID) {
    guard clients.contains(id.index, generation: id.generation) else { return }
    clients[id.index].context = context
  }

  /// The client transaction of a request of ours, by what an ICMP report quotes of it (§18.4); nil when there is none.
  public func client(branch: Span<UInt8>, method: SIPMethod) -> ClientTransactionID? {
    guard let index = findClient(keys.client(branch: branch, method: method)) else { return nil }
    return clientID(index)
  }

  /// Where the request went.
  public func hop(of id: ClientTransactionID) -> Hop? {
    clients.contains(id.index, generation: id.generation) ? clients[id.index].hop : nil
  }

  /// Whether the final response is still to come; false as well when the transaction is gone.
  public func isPending(_ id: ClientTransactionID) -> Bool {
    clients.contains(id.index, generation: id.generation) && clients[id.index].machine.awaitsFinalResponse
  }

  /// Whether a provisional response has come and no final one (what §16.8 asks when timer C fires).
  public func isProceeding(_ id: ClientTransactionID) -> Bool {
    isPending(id) && !clients[id.index].machine.isUnanswered
  }
}

// Client transactions: how the layer keeps them.
extension TransactionLayer {
  func clientID(_ index: UInt32) -> ClientTransactionID {
    ClientTransactionID(index: index, generation: clients.generation(at: index))
  }

  func findClient(_ key: TransactionKey) -> UInt32? {
    clientIndex.find(key) { clients[$0].key == key }
  }

  private mutating func begin(
    isInvite: Bool, key: TransactionKey, bytes: consuming [UInt8], hop: Hop, context: UInt64, timerC: Bool,
    patience: Duration?, isCancel: Bool, now: Instant, into sink: inout TransactionSink
  ) -> ClientTransactionID {
    // Over a stream only an INVITE is needed again, for its ACK and CANCEL.
    let keepsBytes = isInvite || !hop.transport.isReliable
    let index = clients.insert(
      ClientSlot(
        machine: ClientMachine(isInvite: isInvite, transport: hop.transport, timers: timers, now: now), key: key,
        hop: hop, isCancel: isCancel, context: context, bytes: keepsBytes ? bytes : []))
    clientIndex.insert(key, index)
    if timerC { clients[index].timerC = now.after(timers.timerCInterval) }
    if let patience { clients[index].patience = now.after(Interval(patience)) }
    link(index)
    let id = clientID(index)
    sink.append(.send(bytes, to: hop, from: .client(id)))
    settle(client: index)
    return id
  }

  @discardableResult
  private mutating func startCancel(
    of index: UInt32, now: Instant, into sink: inout TransactionSink
  ) -> ClientTransactionID? {
    let headers = clients[index].cancelHeaders
    clients[index].cancelHeaders = []
    guard let cancel = builder.cancel(of: clients[index].bytes, headers: headers) else { return nil }
    let key = keys.client(branch: cancel.branch.span, method: .cancel)
    guard findClient(key) == nil else { return nil }
    return begin(
      isInvite: false, key: key, bytes: cancel.bytes, hop: clients[index].hop, context: clients[index].context,
      timerC: false, patience: nil, isCancel: true, now: now, into: &sink)
  }

  mutating func advanceClient(_ index: UInt32, now: Instant, into sink: inout TransactionSink) {
    clients[index].timer = .none
    let id = clientID(index)
    clients[index].advance(as: id, now: now, into: &sink)
    if clients[index].machine.isTerminated {
      removeClient(id, into: &sink)
    } else {
      settle(client: index)
    }
  }

  private mutating func failClient(_ index: UInt32, isFlowGone: Bool = false, into sink: inout TransactionSink) {
    let id = clientID(index)
    let action = isFlowGone ? clients[index].machine.flowFailed() : clients[index].machine.transportFailed()
    if case .reportTransportError = action, !clients[index].isCancel {
      sink.append(.clientTransportError(id, context: clients[index].context))
    }
    if clients[index].machine.isTerminated { removeClient(id, into: &sink) }
  }

  private mutating func removeClient(_ id: ClientTransactionID, into sink: inout TransactionSink) {
    unlink(id.index)
    var slot = clients.remove(id.index)
    if !slot.isCancel { sink.append(.clientTerminated(id, context: slot.context)) }
    clientIndex.remove(slot.key, id.index)
    retainedBytes -= slot.retainedBytes
    slot.timer.disarm(&wheel)
  }

  private mutating func settle(client index: UInt32) {
    retainedBytes += clients[index].settle(&wheel, key: index | Self.clientBit)
  }

  // The list of a stream's client transactions, so that its end costs as many steps as it has transactions.

  private mutating func link(_ index: UInt32) {
    let connection = clients[index].hop.connection
    guard connection != .none else { return }
    let first = clientsByConnection.updateValue(index, forKey: connection)
    clients[index].nextOnConnection = first ?? Slab<ClientSlot>.none
    clients[index].previousOnConnection = Slab<ClientSlot>.none
    if let first { clients[first].previousOnConnection = index }
  }

  private mutating func unlink(_ index: UInt32) {
    let connection = clients[index].hop.connection
    guard connection != .none else { return }
    let next = clients[index].nextOnConnection
    let previous = clients[index].previousOnConnection
    if next != Slab<ClientSlot>.none { clients[next].previousOnConnection = previous }
    if previous != Slab<ClientSlot>.none {
      clients[previous].nextOnConnection = next
    } else {
      clientsByConnection[connection] = next == Slab<ClientSlot>.none ? nil : next
    }
  }
}
