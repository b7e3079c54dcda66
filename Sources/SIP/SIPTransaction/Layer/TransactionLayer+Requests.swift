import SIPMessage
import Wire

// Requests from the network.
extension TransactionLayer {
  /// Finds out what a request is (§17.2.3, §9.2), and begins a server transaction for a new one.
  ///
  /// The view must have passed `validate()`; one without a usable Via is `.malformed`. An ACK never begins a transaction.
  /// Before its first response, a new INVITE is answered 100 after `SIPTimers.trying`, any other request when RFC 4320
  /// demands it; both only if the user has not been quicker.
  public mutating func receiveRequest(
    _ view: SIPMessageView, hop: Hop, now: Instant, into sink: inout TransactionSink
  ) -> RequestMatch {
    do {
      return receiveRequest(view, via: try view.topmostVia(), hop: hop, now: now, into: &sink)
    } catch {
      return .malformed(error)
    }
  }

  /// The same for a caller who has parsed the topmost Via already.
  ///
  /// - Parameter copy: the message that the view looks at, if it is owned already: a new transaction keeps that.
  public mutating func receiveRequest(
    _ view: SIPMessageView, via: ViaField, keeping copy: SIPMessage? = nil, hop: Hop, now: Instant,
    into sink: inout TransactionSink
  ) -> RequestMatch {
    guard let branch = via.branch, via.hasRFC3261Branch, branch.count > Self.magicCookieLength else {
      do {
        return try receiveLegacyRequest(view, via: via, hop: hop, now: now, into: &sink)
      } catch {
        return .malformed(error)
      }
    }
    let host = view.slice(via.host)
    let port = via.port ?? hop.transport.defaultPort
    let method = view.method
    let key = keys.server(branch: view.slice(branch), host: host, port: port, method: method)
    if case .ack = method {
      return receiveAck(findServer(key), now: now, into: &sink)
    }
    if let index = findServer(key) {
      servers[index].repeatResponse(as: serverID(index), now: now, into: &sink)
      return .retransmission
    }
    guard case .cancel = method else {
      return begin(view, copy, method: method, via: via, key: key, hop: hop, isLegacy: false, now: now)
    }
    let inviteKey = keys.server(branch: view.slice(branch), host: host, port: port, method: .invite)
    return beginCancel(view, via: via, key: key, inviteKey: inviteKey, hop: hop, isLegacy: false, now: now)
  }

  /// Whether a request belongs to a server transaction that lives, an ACK to that of its INVITE; nothing changes. Of an
  /// RFC 2543 client's request it is not known.
  public func hasServer(of view: SIPMessageView, via: ViaField, hop: Hop) -> Bool {
    guard let branch = via.branch, via.hasRFC3261Branch, branch.count > Self.magicCookieLength else { return false }
    let key = keys.server(
      branch: view.slice(branch), host: view.slice(via.host), port: via.port ?? hop.transport.defaultPort,
      method: view.method)
    return findServer(key) != nil
  }

  /// `z9hG4bK` alone is not unique, so what has nothing behind it is treated as an RFC 2543 branch.
  private static var magicCookieLength: Int { 7 }

  private mutating func begin(
    _ view: SIPMessageView, _ copy: SIPMessage?, method: SIPMethod, via: ViaField, key: TransactionKey, hop: Hop,
    isLegacy: Bool,
    now: Instant
  ) -> RequestMatch {
    let id = makeServer(
      view, copy, method: method, via: via, key: key, hop: hop, isLegacy: isLegacy, isAdmitted: false, now: now)
    return id.map(RequestMatch.new) ?? .overloaded
  }

  private mutating func beginCancel(
    _ view: SIPMessageView, via: ViaField, key: TransactionKey, inviteKey: TransactionKey, hop: Hop, isLegacy: Bool,
    now: Instant
  ) -> RequestMatch {
    var invite: ServerTransactionID?
    if let index = findServer(inviteKey) { invite = serverID(index) }
    // A CANCEL takes work away, and there can be only one for each INVITE.
    let id = makeServer(
      view, nil, method: .cancel, via: via, key: key, hop: hop, isLegacy: isLegacy, isAdmitted: invite != nil, now: now)
    return id.map { .cancel($0, invite: invite) } ?? .overloaded
  }

  private mutating func receiveAck(
    _ index: UInt32?, now: Instant, into sink: inout TransactionSink
  ) -> RequestMatch {
    guard let index else { return .ackForSuccess }
    switch servers[index].machine.receivedAck(now: now) {
    case .confirm:
      servers[index].lastResponse = []
      settle(server: index)
      return .ackAbsorbed(serverID(index))
    case .passAckToUser:
      return .ackForSuccess
    case .none, .send, .retransmit, .sendTrying, .reportTimeout, .reportTransportError:
      return .retransmission
    }
  }
}

// RFC 2543 clients (§17.2.3, second half).
extension TransactionLayer {
  private mutating func receiveLegacyRequest(
    _ view: SIPMessageView, via: ViaField, hop: Hop, now: Instant, into sink: inout TransactionSink
  ) throws(SIPParseError) -> RequestMatch {
    let method = view.method
    let key = try legacyKey(view, via: via, method: method)
    if case .ack = method {
      return receiveAck(legacyAcks[key], now: now, into: &sink)
    }
    if let index = findServer(key) {
      servers[index].repeatResponse(as: serverID(index), now: now, into: &sink)
      return .retransmission
    }
    guard case .cancel = method else {
      return begin(view, nil, method: method, via: via, key: key, hop: hop, isLegacy: true, now: now)
    }
    let inviteKey = try legacyKey(view, via: via, method: .invite)
    return beginCancel(view, via: via, key: key, inviteKey: inviteKey, hop: hop, isLegacy: true, now: now)
  }

  private func legacyKey(
    _ view: SIPMessageView, via: ViaField, method: SIPMethod
  ) throws(SIPParseError) -> TransactionKey {
    let to = try view.to().tag
    let from = try view.from().tag
    let callID = try view.callID()
    let sequence = try view.cseq().number
    return keys.legacy(
      requestURI: view.slice(view.requestURI), toTag: view.slice(to ?? .zero), fromTag: view.slice(from ?? .zero),
      callID: view.slice(callID), sequence: sequence, topmostVia: view.slice(via.value), method: method)
  }

  /// Remembers which ACK will belong to this INVITE: the one whose To tag is that of the response (§17.2.3).
  mutating func noteLegacyAck(of index: UInt32, response: [UInt8]) {
    guard servers[index].machine.isInvite, let request = servers[index].request,
      let key = legacyAckKey(request: request, response: response), legacyAcks[key] == nil
    else { return }
    legacyAcks[key] = index
    legacyAckKeys[index] = key
    servers[index].hasLegacyAck = true
  }

  private func legacyAckKey(request: SIPMessage, response: [UInt8]) -> TransactionKey? {
    guard let answer = try? SIPMessage(parsing: response.span) else { return nil }
    let view = request.view
    let answerView = answer.view
    do throws(SIPParseError) {
      let via = try view.topmostVia()
      let from = try view.from().tag
      let to = try answerView.to().tag
      let callID = try view.callID()
      let sequence = try view.cseq().number
      return keys.legacy(
        requestURI: view.slice(view.requestURI), toTag: answerView.slice(to ?? .zero),
        fromTag: view.slice(from ?? .zero), callID: view.slice(callID), sequence: sequence,
        topmostVia: view.slice(via.value), method: .ack)
    } catch {
      return nil
    }
  }
}

// Merged requests (§8.2.2.2).
extension TransactionLayer {
  /// Whether a request has come before by another way (§8.2.2.2), for users who answer requests themselves: a UAS
  /// refuses the later one with 482. A proxy must not ask; forks may well meet again in it (§16.3).
  ///
  /// The first request of its From tag, Call-ID and CSeq is remembered for as long as its transaction lives.
  /// - Returns: the transaction of the request that came first; nil when this is it, or when it has a To tag.
  public mutating func mergedRequest(_ id: ServerTransactionID, _ view: SIPMessageView) -> ServerTransactionID? {
    guard servers.contains(id.index, generation: id.generation), let key = mergeKey(view) else { return nil }
    if let other = merges[key] { return other == id.index ? nil : serverID(other) }
    guard !servers[id.index].hasMergeKey else { return nil }
    merges[key] = id.index
    mergeKeys[id.index] = key
    servers[id.index].hasMergeKey = true
    return nil
  }

  private func mergeKey(_ view: SIPMessageView) -> TransactionKey? {
    do throws(SIPParseError) {
      guard try view.to().tag == nil else { return nil }
      let from = try view.from().tag
      let callID = try view.callID()
      let sequence = try view.cseq().number
      return keys.merge(
        fromTag: view.slice(from ?? .zero), callID: view.slice(callID), sequence: sequence, method: view.method)
    } catch {
      return nil
    }
  }
}
