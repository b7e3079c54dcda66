import Guard
import SIPMessage
import SIPTransaction
import Telemetry
import Wire
import Witness

/// Who ends a call that neither party has ended.
public enum HangUpReason: Sendable, Equatable {
  /// A person, by the admin API; the name says which token, the trace-id in which trace of theirs it was asked for.
  case byOperator(String, trace: String? = nil)
  /// The node, which has drained as long as it may.
  case drain
  /// The relay: nothing has been heard of the call's media for too long.
  case silence
  /// The relay: the call's media cannot be relayed, for this reason.
  case media(String)

  /// What the parties are told (RFC 3326): Q.850 has "normal, unspecified" for the one, "temporary failure" for the other.
  var header: String {
    switch self {
    case .byOperator: #"Q.850;cause=31;text="ended by the operator""#
    case .drain: #"Q.850;cause=41;text="the server stops""#
    case .silence: #"Q.850;cause=102;text="no media""#
    case .media(let why): GuardDecision.reason(rule: "media", text: why, cause: 88)
    }
  }

  /// What the record says.
  var details: [WitnessDetail] {
    switch self {
    case .byOperator(let who, let trace):
      [WitnessDetail("reason", "operator"), WitnessDetail("by", .text(who))]
        + (trace.map { [WitnessDetail("request_trace_id", .text($0))] } ?? [])
    case .drain: [WitnessDetail("reason", "drain")]
    case .silence: [WitnessDetail("reason", "no media")]
    case .media(let why): [WitnessDetail("reason", "media"), WitnessDetail("text", .text(why))]
    }
  }
}

/// What became of a wish to end a call.
public enum HangUpOutcome: Sendable, Equatable {
  /// It was not answered yet: the branches are being cancelled, the caller has been told.
  case cancelled
  /// It was up: so many of its two parties get a BYE. Fewer than two when one gave no Contact, or one too long.
  case ended(byes: Int)
  /// No such call, or it is over.
  case unknown
}

// Calls that the operator ends, or the end of the node.
//
// RFC 3261 lets a proxy cancel what it has forwarded (§16.10) and does not let it send BYE: that is the parties' own
// (§15). It is done here all the same, as a tool for emergencies: to each party in the name of the other one, with what
// was noted of the dialog while it passed through. Either party, asked by the other for something later, answers 481.
extension ProxyCore {
  /// Ends a call.
  public mutating func hangUp(
    _ key: CallKey, _ reason: HangUpReason, at moment: Moment, into sink: inout ProxySink
  ) -> HangUpOutcome {
    guard let call = calls[key] else { return .unknown }
    let outcome: HangUpOutcome
    switch call.phase {
    case .ended: return .unknown
    case .connected(let since):
      let byes = call.dialog.map { sayGoodbye(call, $0, reason, at: moment, into: &sink) } ?? 0
      end(call, since: since, reason.details, at: moment, into: &sink)
      outcome = .ended(byes: byes)
    case .attempted:
      var found: ContextID?
      contexts.forEach { id, context in
        if context.call == key, !context.isInDialog, context.method == .invite { found = id }
      }
      guard let found else { return .unknown }
      turnDown(found, reason, at: moment, into: &sink)
      outcome = .cancelled
    }
    settle(at: moment, into: &sink)
    return outcome
  }

  /// Ends some of what is under way: answers every INVITE that waits, then says goodbye to at most `limit` calls.
  /// Returns how many calls were ended; 0: there are none any more.
  public mutating func hangUp(
    upTo limit: Int, _ reason: HangUpReason, at moment: Moment, into sink: inout ProxySink
  ) -> Int {
    var pending: [ContextID] = []
    contexts.forEach { id, context in
      if context.method == .invite, !context.isInDialog, context.inbound != nil { pending.append(id) }
    }
    for id in pending { turnDown(id, reason, at: moment, into: &sink) }
    settle(at: moment, into: &sink)
    let connected = calls.connected(upTo: limit)
    for call in connected { _ = hangUp(call.key, reason, at: moment, into: &sink) }
    return pending.count + connected.count
  }

  /// How many BYEs of our own have no final response yet.
  public var pendingHangUps: Int { hangUps.count { layer.isPending($0) } }

  // MARK: Before the answer

  /// Cancels the branches of an INVITE and answers the caller at once: the callee may be long in saying 487, or dead.
  mutating func turnDown(
    _ id: ContextID, _ reason: HangUpReason, at moment: Moment, into sink: inout ProxySink
  ) {
    guard let context = contexts[id], let inbound = context.inbound else { return }
    leave(inbound, into: &sink)
    context.isCancelled = true
    context.cancelReason = Array("Reason: \(reason.header)\r\n".utf8)
    cancelBranches(id, at: moment, into: &sink)
    let wasForwarded = !context.branches.isEmpty
    recordUnsent(context, at: moment, into: &sink)
    if let key = context.call { calls[key]?.dialog?.hangUp = .cancelled(reason) }
    context.phase = .answered
    context.best = nil
    let (status, phrase) =
      switch reason {
      case .drain: (503, "Shutting Down")
      case .media: (502, "Bad Gateway")
      case .byOperator, .silence: (487, "Request Terminated")
      }
    var headers: [HeaderLine] = [("Reason", reason.header)]
    if status == 503 { headers.append(("Retry-After", "30")) }
    respond(
      inbound, status: status, phrase: phrase, headers: headers, traceID: context.traceID, wasForwarded: wasForwarded,
      at: moment, into: &sink)
    callAnswered(context, status: status, reason: reason, at: moment, into: &sink)
  }

  /// A phone was answered while our CANCEL was on its way to it. Nobody waits for it any more: it gets its ACK, each
  /// time it answers, and a BYE, once.
  mutating func endLateAnswer(
    _ key: CallKey, _ dialog: CallDialog, _ view: SIPMessageView, _ fields: SIPMandatoryFields, at moment: Moment,
    into sink: inout ProxySink
  ) {
    guard let call = calls[key], let caller = dialog.caller, let callee = dialog.callee, callee.isReachable,
      let tag = fields.to.tag, callee.hasTag(view.slice(tag))
    else { return }
    if let ack = ownRequest(
      .ack, call, to: callee, from: caller, sequence: fields.cseqNumber, reason: nil)
    {
      sink.actions.append(.send(ack.bytes, ack.hop, nil))
      recordOwn(.ack, call, ack.hop, at: moment, into: &sink)
    }
    if case .cancelled(let reason) = dialog.hangUp {
      dialog.hangUp = .finished
      _ = sendBye(call, to: callee, isCaller: false, from: caller, reason, at: moment, into: &sink)
    }
  }

  // MARK: After the answer

  /// A BYE to each party that can be reached; how many.
  private mutating func sayGoodbye(
    _ call: Call, _ dialog: CallDialog, _ reason: HangUpReason, at moment: Moment, into sink: inout ProxySink
  ) -> Int {
    guard let caller = dialog.caller, let callee = dialog.callee else { return 0 }
    var byes = 0
    if sendBye(call, to: callee, isCaller: false, from: caller, reason, at: moment, into: &sink) { byes += 1 }
    if sendBye(call, to: caller, isCaller: true, from: callee, reason, at: moment, into: &sink) { byes += 1 }
    return byes
  }

  private mutating func sendBye(
    _ call: Call, to party: CallParty, isCaller: Bool, from other: CallParty, _ reason: HangUpReason, at moment: Moment,
    into sink: inout ProxySink
  ) -> Bool {
    guard party.isReachable else { return false }
    // CSeq is below 2³¹ (§8.1.1.5). A party that has used up its numbers cannot be asked anything new; it may listen.
    let shift = call.dialog?.shift(of: isCaller ? .callee : .caller) ?? 0
    let sequence = min(other.sequence &+ shift, UInt32(Int32.max) - 1) + 1
    guard let bye = ownRequest(.bye, call, to: party, from: other, sequence: sequence, reason: reason) else {
      return false
    }
    let client = layer.sendRequest(
      method: .bye, branch: bye.branch.span, bytes: bye.bytes, hop: bye.hop, context: ContextID.ownRequest.word,
      now: moment.now, into: &transactions)
    if let client {
      if hangUps.count >= hangUpsBound {
        hangUps.removeAll { !layer.isPending($0) }
        hangUpsBound = max(1_024, 2 * hangUps.count)
      }
      hangUps.append(client)
    } else {
      // No room for a transaction: said once is better than not said.
      sink.actions.append(.send(bye.bytes, bye.hop, nil))
    }
    recordOwn(.bye, call, bye.hop, at: moment, into: &sink)
    return true
  }

  /// A request inside the dialog of others (§12.2.1.1), its topmost Via ours so that the answer comes to us.
  mutating func ownRequest(
    _ method: SIPMethod, _ call: Call, to party: CallParty, from other: CallParty, sequence: UInt32,
    reason: HangUpReason?, body: (type: String, bytes: [UInt8])? = nil
  ) -> (bytes: [UInt8], branch: [UInt8], hop: Hop)? {
    guard let hop = hop(to: party), let own = wording.via(of: hop) else { return nil }
    let unique = unguessable()
    let branch = branch(cookie: call.cookie, mark: unique.0, unique: unique.1)
    let text = party.bytes.span
    let otherText = other.bytes.span
    var writer = SIPRequestWriter(method, requestURI: text.extracting(party.target))
    let via = own + branch
    writer.add("Via", via.span)
    writer.add("Max-Forwards", 70)
    if !party.routes.isEmpty { writer.add("Route", text.extracting(party.routes)) }
    writer.add("From", otherText.extracting(other.address))
    writer.add("To", text.extracting(party.address))
    writer.add("Call-ID", call.callID)
    writer.add("CSeq", "\(sequence) \(method.name)")
    if let reason { writer.add("Reason", reason.header) }
    if let body { (writer.contentType, writer.body) = (body.type, body.bytes) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512)
    writer.write(into: &bytes)
    return (bytes, branch, hop)
  }

  /// The way to a party: what the first Route or its Contact says, as for any request inside the dialog; where that is
  /// no address, or none that we can send to, the way its own messages come. A stream that it opened is used again.
  private func hop(to party: CallParty) -> Hop? {
    let place = party.firstRoute.isEmpty ? party.target : party.firstRoute
    let text = party.bytes.span
    guard let uri = try? SIPURIField(text, place.range), uri.scheme == .sip || uri.scheme == .sips,
      let address = SIPHost.address(text.extracting(uri.host))
    else { return party.hop }
    let named = uri.transport.flatMap { SIPTransportKind(uriName: text.extracting($0)) }
    let transport: SIPTransportKind =
      uri.scheme == .sips ? (named == .ws || named == .wss ? .wss : .tls) : named ?? .udp
    let remote = SocketAddress(ip: address, port: uri.port ?? transport.defaultPort)
    guard let listener = policy.listener(for: transport, to: remote, preferring: party.hop.listener) else {
      return party.hop
    }
    var hop = Hop(transport: transport, remote: remote, listener: listener)
      .leading(to: provenName(of: .address(address), at: remote))
    if transport.isReliable, transport == party.hop.transport, remote.ip == party.hop.remote.ip {
      hop.connection = party.hop.connection
    }
    return hop
  }

  // MARK: Records

  /// The response to a request of our own has come: nobody waits for it, but it is a message (DOMAIN §8).
  func answeredOurOwn(
    _ id: ContextID, _ view: SIPMessageView, _ fields: SIPMandatoryFields, from hop: Hop, at moment: Moment,
    into sink: inout ProxySink
  ) {
    guard id == .ownRequest else { return }
    record(.sipResponse, view, fields, from: hop, at: moment, into: &sink)
  }

  func recordOwn(
    _ method: SIPMethod, _ call: Call, _ hop: Hop, at moment: Moment, into sink: inout ProxySink
  ) {
    guard isWitnessed else { return }
    sink.actions.append(
      .record(
        WitnessEvent(
          time: moment.clock, name: .sipRequest, component: "sip", traceID: call.traceID, callID: call.callID,
          method: method.name, peer: hop.witnessPeer, details: [WitnessDetail("direction", "out")])))
  }
}

extension ContextID {
  /// Of requests that are our own: no context has it.
  static var ownRequest: ContextID { ContextID(index: .max, generation: .max) }
}
