import SIPMessage
import SIPTransaction
import Wire

// What the user wants of the other side.
extension UserAgent {
  /// Calls somebody.
  ///
  /// - Parameters:
  ///   - target: the Request-URI.
  ///   - from: our address as From has it, name and brackets and no tag: `"Alice" <sip:alice@example.net>`.
  ///   - to: the other side's address likewise; the target in brackets unless told.
  ///   - hop: where to, as the driver has found out (RFC 3263).
  ///   - routes: Route values, each in brackets, as an outbound proxy needs them.
  ///   - offer: a description; without one the other side makes the offer.
  ///   - suits: whether a Call-ID may be the call's; of 256 that may not, the last is taken all the same. For whoever
  ///     divides calls among several agents by their Call-IDs.
  /// - Throws: `malformedAddress`, `limitReached`.
  public mutating func invite(
    _ target: String, from: String, to: String? = nil, via hop: Hop, routes: [String] = [],
    offer: SessionBody? = nil, headers: [ExtraHeader] = [], callIDSuits suits: (String) -> Bool = { _ in true },
    now: Instant, into sink: inout UserAgentSink
  ) throws(UserAgentError) -> CallHandle {
    guard let uri = try? SIPURI(target), (try? FromHeader(from))?.tag == nil, (try? FromHeader(from)) != nil,
      to == nil || (try? ToHeader(to ?? ""))?.tag == nil
    else { throw .malformedAddress }
    guard calls.count < limits.maxCalls else { throw .limitReached }
    let call = newNumber()
    var callID = "\(random.token())@\(sentByHost)"
    for _ in 0..<255 where !suits(callID) { callID = "\(random.token())@\(sentByHost)" }
    let isSIPS =
      uri.scheme == .sips || (routes.first.flatMap { try? RouteHeader($0) })?.address.uri.sip?.scheme == .sips
    let draft = InviteDraft(
      target: target, routes: routes, from: from, to: to ?? "<\(target)>", callID: callID, localTag: random.token(),
      isSIPS: isSIPS)
    var request = OutgoingRequest(
      purpose: .call, method: .invite, call: call, dialog: nil, hop: hop, headers: headers, body: offer)
    request.draft = draft
    request.sessionSeconds = configuration.sessionSeconds
    request.minimumSessionSeconds = configuration.minimumSessionSeconds
    request.usage = InviteClientUsage(patience: limits.patience, now: now)
    let number = newNumber()
    outgoing[number] = request
    guard transmit(number, now: now) else {
      outgoing[number] = nil
      throw .limitReached
    }
    calls[call] = CallSlot(invite: number)
    drain(now: now, into: &sink)
    return CallHandle(number: call)
  }

  private var sentByHost: String {
    let text = configuration.sentBy
    guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else { return text }
    return String(text[..<colon])
  }

  /// Acknowledges a 2xx that made an offer, with the answer.
  public mutating func acknowledge(
    _ dialog: DialogHandle, answer: SessionBody, now: Instant, into sink: inout UserAgentSink
  ) throws(UserAgentError) {
    guard let slot = dialogs[dialog.number] else { throw .unknownHandle }
    guard let number = slot.ackOwed else { throw .wrongState }
    try step(dialog.number, .ack, answer)
    dialogs[dialog.number]?.ackOwed = nil
    acknowledge(number, in: dialog.number, body: answer, into: &sink)
    drain(now: now, into: &sink)
  }

  /// Acknowledges a reliable provisional response that made an offer, with the answer in the PRACK (RFC 3262 §5).
  public mutating func acknowledgeProvisional(
    _ dialog: DialogHandle, answer: SessionBody, now: Instant, into sink: inout UserAgentSink
  ) throws(UserAgentError) {
    guard let slot = dialogs[dialog.number] else { throw .unknownHandle }
    guard let rack = slot.prackOwed else { throw .wrongState }
    try step(dialog.number, .prack, answer)
    dialogs[dialog.number]?.prackOwed = nil
    sendPrack(dialog.number, rack, body: answer, now: now)
    drain(now: now, into: &sink)
  }

  /// Changes the session by re-INVITE (RFC 3261 §14).
  ///
  /// - Parameters:
  ///   - offer: the new description; without one the other side makes the offer.
  /// - Throws: `requestPending` while an INVITE of either side is not over, `session` while an offer is outstanding.
  public mutating func reinvite(
    _ dialog: DialogHandle, offer: SessionBody?, headers: [ExtraHeader] = [], now: Instant,
    into sink: inout UserAgentSink
  ) throws(UserAgentError) {
    guard let slot = dialogs[dialog.number], !slot.isClosing else { throw .unknownHandle }
    guard slot.dialog.phase == .confirmed else { throw .wrongState }
    guard !isInviting(slot), slot.incomingInvite == nil, slot.ackOwed == nil, slot.outgoingUpdate == nil else {
      throw .requestPending
    }
    guard slot.session.outstanding == nil else { throw .session(.offerOutstanding) }
    try begin(.invite, dialog.number, .session, body: offer, headers: headers, now: now)
    drain(now: now, into: &sink)
  }

  /// Changes the session, or only our Contact, by UPDATE (RFC 3311), in an early dialog as well.
  ///
  /// - Throws: `notSupported` when the other side does not allow UPDATE, `requestPending` while another is under way,
  ///   `session` when an offer is not due.
  public mutating func update(
    _ dialog: DialogHandle, offer: SessionBody?, headers: [ExtraHeader] = [], now: Instant,
    into sink: inout UserAgentSink
  ) throws(UserAgentError) {
    guard let slot = dialogs[dialog.number], !slot.isClosing else { throw .unknownHandle }
    guard slot.peer.allowsUpdate else { throw .notSupported }
    guard slot.outgoingUpdate == nil else { throw .requestPending }
    // An answer in a reliable 1xx counts when its PRACK has come (§5.1).
    if offer != nil, let invite = slot.incomingInvite, incoming[invite]?.reliable?.holdsSuccess == true {
      throw .provisionalPending
    }
    try begin(.update, dialog.number, .session, body: offer, headers: headers, now: now)
    drain(now: now, into: &sink)
  }

  /// Asks the other side to call somebody (RFC 3515).
  public mutating func refer(
    _ dialog: DialogHandle, to target: ReferToHeader, headers: [ExtraHeader] = [], now: Instant,
    into sink: inout UserAgentSink
  ) throws(UserAgentError) {
    guard let slot = dialogs[dialog.number], !slot.isClosing else { throw .unknownHandle }
    guard slot.dialog.phase == .confirmed else { throw .wrongState }
    let lines = [ExtraHeader("Refer-To", target.text)] + headers
    try sendOrThrow(.refer, purpose: .refer, dialog: dialog.number, headers: lines, now: now)
    dialogs[dialog.number]?.hasReferred = true
    drain(now: now, into: &sink)
  }

  /// Says how far the call has come that an accepted REFER asked for: a final status ends its subscription.
  public mutating func notify(
    _ request: RequestHandle, of dialog: DialogHandle, status: Int, phrase: String? = nil, now: Instant,
    into sink: inout UserAgentSink
  ) throws(UserAgentError) {
    guard let slot = dialogs[dialog.number], !slot.isClosing,
      let place = slot.subscriptions.firstIndex(where: { $0.request == request.number })
    else { throw .unknownHandle }
    guard (100...699).contains(status) else { throw .wrongState }
    let subscription = slot.subscriptions[place]
    let left = max(0, (subscription.expiry - now).components.seconds)
    let state = status < 200 ? "active;expires=\(left)" : "terminated;reason=noresource"
    if status >= 200 { dialogs[dialog.number]?.subscriptions.remove(at: place) }
    sendNotify(dialog.number, id: subscription.id, status: status, phrase: phrase, state: state, now: now)
    arm(dialog: dialog.number)
    drain(now: now, into: &sink)
  }

  /// Sends INFO or MESSAGE within a dialog.
  public mutating func send(
    _ method: SIPMethod, in dialog: DialogHandle, body: SessionBody?, headers: [ExtraHeader] = [], now: Instant,
    into sink: inout UserAgentSink
  ) throws(UserAgentError) {
    guard let slot = dialogs[dialog.number], !slot.isClosing else { throw .unknownHandle }
    guard method == .info || method == .message, slot.dialog.phase == .confirmed else { throw .wrongState }
    try sendOrThrow(method, purpose: .other, dialog: dialog.number, body: body, headers: headers, now: now)
    drain(now: now, into: &sink)
  }

  /// Whether a request of ours of that method is under way in a dialog; false when the dialog is gone.
  public func isWaiting(_ method: SIPMethod, in dialog: DialogHandle) -> Bool {
    dialogs[dialog.number]?.outgoing.contains { outgoing[$0]?.method == method && outgoing[$0]?.wait != .nothing }
      == true
  }

  /// Sends a challenged request again, with credentials and a higher CSeq (§22.2, §22.3).
  ///
  /// - Parameters:
  ///   - credentials: Authorization or Proxy-Authorization lines, one for every challenge that was met so far.
  public mutating func authenticate(
    _ request: RequestHandle, credentials: [ExtraHeader], now: Instant, into sink: inout UserAgentSink
  ) throws(UserAgentError) {
    guard var held = outgoing[request.number] else { throw .unknownHandle }
    guard case .credentials = held.wait else { throw .wrongState }
    held.credentials = credentials
    outgoing[request.number] = held
    resend(request.number, now: now, into: &sink)
    drain(now: now, into: &sink)
  }
}

// How it is done.
extension UserAgent {
  /// An INVITE or UPDATE within a dialog, for the user or for the session timer.
  mutating func begin(
    _ method: SIPMethod, _ dialog: UInt64, _ purpose: OutgoingRequest.Purpose, body: SessionBody?,
    headers: [ExtraHeader] = [], now: Instant
  ) throws(UserAgentError) {
    let carrier: OfferAnswer.Carrier = method == .invite ? .invite : .update
    try step(dialog, carrier, body)
    do throws(UserAgentError) {
      let number = try sendOrThrow(method, purpose: purpose, dialog: dialog, body: body, headers: headers, now: now)
      if method == .invite {
        dialogs[dialog]?.outgoingInvite = number
        // Every INVITE counts its reliable responses anew (RFC 3262 §3).
        dialogs[dialog]?.receipt = ReliableReceipt()
        dialogs[dialog]?.prackOwed = nil
      } else {
        dialogs[dialog]?.outgoingUpdate = number
      }
    } catch {
      dialogs[dialog]?.session.refused(carrier, from: .local)
      throw error
    }
  }

  @discardableResult
  private mutating func sendOrThrow(
    _ method: SIPMethod, purpose: OutgoingRequest.Purpose, dialog: UInt64, body: SessionBody? = nil,
    headers: [ExtraHeader] = [], now: Instant
  ) throws(UserAgentError) -> UInt64 {
    guard (dialogs[dialog]?.outgoing.count ?? 0) < limits.maxOutgoingRequests else { throw .limitReached }
    guard dialogs[dialog].map({ $0.dialog.localSequence < CSeqHeader.maxNumber }) == true else {
      throw .sequenceExhausted
    }
    guard let number = send(method, purpose: purpose, dialog: dialog, body: body, headers: headers, now: now) else {
      throw .limitReached
    }
    return number
  }

  /// Sends a request within a dialog; nil when the transaction layer takes no more.
  @discardableResult
  mutating func send(
    _ method: SIPMethod, purpose: OutgoingRequest.Purpose, dialog: UInt64, body: SessionBody? = nil,
    headers: [ExtraHeader] = [], now: Instant
  ) -> UInt64? {
    guard let slot = dialogs[dialog] else { return nil }
    var request = OutgoingRequest(
      purpose: purpose, method: method, call: slot.call, dialog: dialog,
      hop: hop(of: slot), headers: headers, body: body)
    if method == .invite || method == .update {
      request.sessionSeconds = slot.timer.seconds ?? configuration.sessionSeconds
      request.minimumSessionSeconds = configuration.minimumSessionSeconds
    }
    if method == .invite { request.usage = InviteClientUsage(patience: limits.patience, now: now) }
    let number = newNumber()
    outgoing[number] = request
    dialogs[dialog]?.outgoing.append(number)
    guard transmit(number, now: now) else {
      outgoing[number] = nil
      dialogs[dialog]?.outgoing.removeAll { $0 == number }
      return nil
    }
    return number
  }

  /// Gives a request its number and hands it to a transaction: the first time, and every further one.
  mutating func transmit(_ number: UInt64, now: Instant) -> Bool {
    guard var request = outgoing[number] else { return false }
    if let dialog = request.dialog {
      guard let sequence = dialogs[dialog]?.dialog.nextSequence() else { return false }
      request.sequence = sequence
    } else {
      request.sequence += 1
    }
    let branch = newBranch()
    guard let bytes = write(request, branch: branch, sequence: request.sequence) else { return false }
    let text = branch.utf8
    request.transaction = layer.sendRequest(
      method: request.method, branch: text.span, bytes: bytes, hop: request.hop, context: number, now: now,
      into: &below)
    request.wait = .answer
    outgoing[number] = request
    arm(outgoing: number)
    return request.transaction != nil
  }

  mutating func sendPrack(_ dialog: UInt64, _ rack: RAckHeader, body: SessionBody?, now: Instant) {
    send(.prack, purpose: .prack, dialog: dialog, body: body, headers: [ExtraHeader("RAck", rack.text)], now: now)
  }

  /// A NOTIFY about a REFER (RFC 3515 §2.4.5): the status line of the other call as `message/sipfrag`.
  mutating func sendNotify(
    _ dialog: UInt64, id: UInt32, status: Int, phrase: String?, state: String, now: Instant
  ) {
    let line = "SIP/2.0 \(status) \(phrase ?? SIPStatusPhrase.text(for: status))\r\n"
    send(
      .notify, purpose: .notify, dialog: dialog,
      body: SessionBody(line, contentType: "message/sipfrag;version=2.0"),
      headers: [ExtraHeader("Event", "refer;id=\(id)"), ExtraHeader("Subscription-State", state)], now: now)
  }

  /// Refreshes the session (RFC 4028 §10): by UPDATE where the other side allows it, else by re-INVITE.
  mutating func refresh(_ dialog: UInt64, now: Instant) {
    guard let slot = dialogs[dialog] else { return }
    do throws(UserAgentError) {
      if slot.peer.allowsUpdate {
        guard slot.outgoingUpdate == nil else { throw .requestPending }
        try begin(.update, dialog, .refresh, body: nil, now: now)
      } else {
        guard !isInviting(slot), slot.incomingInvite == nil, slot.ackOwed == nil, slot.session.isStable else {
          throw .requestPending
        }
        try begin(.invite, dialog, .refresh, body: slot.lastDescription, now: now)
      }
    } catch {
      // Something else is under way; if it is an INVITE or UPDATE, it refreshes the session itself.
      dialogs[dialog]?.timer.postponed(by: timing.t2, now: now)
    }
  }

  mutating func arm(outgoing number: UInt64) {
    guard let deadline = outgoing[number].map(\.nextDeadline) else { return }
    outgoing[number]?.alarm.set(&wheel, key: .outgoing(number), at: deadline)
  }

  /// Forgets a request; with a BYE its dialog goes.
  mutating func drop(outgoing number: UInt64, now: Instant) {
    guard var request = outgoing.removeValue(forKey: number) else { return }
    request.alarm.set(&wheel, key: .outgoing(number), at: nil)
    guard let dialog = request.dialog else { return }
    release(number, in: dialog)
    if request.purpose == .bye { removeDialog(dialog, now: now) }
  }

  /// A dialog has nothing more to do with a request.
  mutating func release(_ number: UInt64, in dialog: UInt64) {
    dialogs[dialog]?.outgoing.removeAll { $0 == number }
    if dialogs[dialog]?.outgoingInvite == number { dialogs[dialog]?.outgoingInvite = nil }
    if dialogs[dialog]?.outgoingUpdate == number { dialogs[dialog]?.outgoingUpdate = nil }
  }
}
