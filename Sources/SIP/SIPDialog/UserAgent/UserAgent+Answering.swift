import SIPMessage
import SIPTransaction
import Wire

// What the user says to requests of the other side.
extension UserAgent {
  /// Sends a provisional response to an incoming call.
  ///
  /// - Parameters:
  ///   - status: 101 to 199.
  ///   - session: a description. In a reliable response it is the answer, or the offer to an INVITE without one; in an
  ///     unreliable one a preview of the answer.
  ///   - isReliable: whether a PRACK is demanded (RFC 3262); the other side has to support it. When it requires it
  ///     itself, every provisional response is reliable.
  public mutating func ring(
    _ call: CallHandle, status: Int = 180, session: SessionBody? = nil, isReliable: Bool = false,
    headers: [ExtraHeader] = [], now: Instant, into sink: inout UserAgentSink
  ) throws(UserAgentError) {
    let number = try invite(of: call)
    guard var request = incoming[number], let slot = dialogs[request.dialog] else { throw .unknownHandle }
    guard request.usage?.isUnanswered == true, (101...199).contains(status) else { throw .wrongState }
    var extra = headers
    if isReliable || slot.peer.requiresReliable {
      guard configuration.reliability != .off, slot.peer.supportsReliable else { throw .notSupported }
      guard request.reliable?.isOutstanding == false else { throw .provisionalPending }
      try step(request.dialog, .reliableProvisional, session)
      let repeater = ResponseRepeater(first: timing.t1, cap: nil, patience: timing.timeout, now: now)
      guard let rseq = request.reliable?.send(repeater: repeater, hasDescription: session != nil) else {
        throw .provisionalPending
      }
      extra += [ExtraHeader("Require", "100rel"), ExtraHeader("RSeq", String(rseq))]
    } else if request.reliable?.isOutstanding == true {
      throw .provisionalPending
    }
    let bytes = write(
      status, answering: request.message, from: layer.source(of: request.transaction),
      toTag: slot.dialog.id.localTag, headers: extra, body: session)
    request.provisional = bytes
    request.provisionalStatus = status
    request.usage?.sentProvisional(now: now)
    incoming[number] = request
    layer.respond(request.transaction, status: status, bytes: bytes, now: now, into: &below)
    arm(incoming: number)
    drain(now: now, into: &sink)
  }

  /// Whether the other side of an incoming call that rings takes provisional responses reliably (RFC 3262).
  public func supportsReliable(_ call: CallHandle) -> Bool {
    guard configuration.reliability != .off, let number = try? invite(of: call), let request = incoming[number] else {
      return false
    }
    return dialogs[request.dialog]?.peer.supportsReliable == true
  }

  /// Answers an incoming call with 200.
  ///
  /// - Parameters:
  ///   - session: the answer, or, to an INVITE without offer, the offer; nil when the exchange is over already. While a
  ///     reliable provisional response with a description waits for its PRACK, so does the 200 (RFC 3262 §3).
  public mutating func answer(
    _ call: CallHandle, session: SessionBody? = nil, headers: [ExtraHeader] = [], now: Instant,
    into sink: inout UserAgentSink
  ) throws(UserAgentError) {
    let number = try invite(of: call)
    try accept(invite: number, session: session, headers: headers, now: now)
    if let replaced = incoming[number]?.replaces, let other = dialogs[replaced]?.call {
      endCall(other, .replaced(by: call), now: now, into: &sink)
    }
    drain(now: now, into: &sink)
  }

  /// Refuses an incoming call with 300 to 699.
  public mutating func reject(
    _ call: CallHandle, status: Int, headers: [ExtraHeader] = [], now: Instant, into sink: inout UserAgentSink
  ) throws(UserAgentError) {
    let number = try invite(of: call)
    guard (300...699).contains(status), incoming[number]?.usage?.reject() == .sendFailure else { throw .wrongState }
    finish(incoming: number, status: status, headers: headers, now: now)
    endCall(call.number, .rejected(status: status), now: now, into: &sink)
    drain(now: now, into: &sink)
  }

  /// Accepts a request within a dialog: 200, to a REFER 202 and the first NOTIFY.
  ///
  /// - Parameters:
  ///   - session: the answer to an offer; to a re-INVITE without one, the offer.
  public mutating func accept(
    _ request: RequestHandle, session: SessionBody? = nil, headers: [ExtraHeader] = [], now: Instant,
    into sink: inout UserAgentSink
  ) throws(UserAgentError) {
    guard let held = incoming[request.number] else { throw .unknownHandle }
    if held.isInvite {
      guard calls[held.call]?.established == held.dialog else { throw .wrongState }
      try accept(invite: request.number, session: session, headers: headers, now: now)
    } else {
      switch held.method {
      case .update: try step(held.dialog, .updateSuccess, session)
      case .prack: try step(held.dialog, .prackSuccess, session)
      case .refer: return acceptRefer(request.number, headers: headers, now: now, into: &sink)
      case .invite, .ack, .bye, .cancel, .register, .options, .info, .subscribe, .notify, .message, .publish, .other:
        break
      }
      let invite = held.method == .prack ? dialogs[held.dialog]?.incomingInvite : nil
      succeed(incoming: request.number, body: session, headers: headers, now: now)
      if let invite, incoming[invite]?.usage?.released(now: now) == .sendSuccess { sendSuccess(invite, now: now) }
    }
    drain(now: now, into: &sink)
  }

  /// Refuses a request within a dialog with 300 to 699; what was agreed before stays agreed.
  public mutating func refuse(
    _ request: RequestHandle, status: Int, headers: [ExtraHeader] = [], now: Instant, into sink: inout UserAgentSink
  ) throws(UserAgentError) {
    guard let held = incoming[request.number] else { throw .unknownHandle }
    guard (300...699).contains(status), held.dialog == calls[held.call]?.established || !held.isInvite else {
      throw .wrongState
    }
    if held.isInvite, incoming[request.number]?.usage?.reject() != .sendFailure { throw .wrongState }
    let invite = held.method == .prack ? dialogs[held.dialog]?.incomingInvite : nil
    finish(incoming: request.number, status: status, headers: headers, now: now)
    if let invite, incoming[invite]?.usage?.released(now: now) == .sendSuccess { sendSuccess(invite, now: now) }
    drain(now: now, into: &sink)
  }
}

// How it is done.
extension UserAgent {
  /// The unanswered INVITE of an incoming call.
  private func invite(of call: CallHandle) throws(UserAgentError) -> UInt64 {
    guard let slot = calls[call.number] else { throw .unknownHandle }
    guard slot.invite == nil, slot.established == nil, let dialog = slot.dialogs.first,
      let number = dialogs[dialog]?.incomingInvite
    else { throw .wrongState }
    return number
  }

  /// One step of a dialog's offers and answers on our side.
  @discardableResult
  mutating func step(
    _ dialog: UInt64, _ carrier: OfferAnswer.Carrier, _ body: SessionBody?
  ) throws(UserAgentError) -> OfferAnswer.Meaning {
    guard var slot = dialogs[dialog] else { throw .unknownHandle }
    let meaning: OfferAnswer.Meaning
    do throws(OfferAnswer.Fault) {
      meaning = try slot.session.passed(carrier, from: .local, hasDescription: body != nil)
    } catch {
      throw .session(error)
    }
    switch meaning {
    case .nothing: break
    case .offer: slot.offeredDescription = body
    case .answer: slot.lastDescription = body
    }
    dialogs[dialog] = slot
    return meaning
  }

  private mutating func accept(
    invite number: UInt64, session: SessionBody?, headers: [ExtraHeader], now: Instant
  ) throws(UserAgentError) {
    guard let request = incoming[number], let slot = dialogs[request.dialog] else { throw .unknownHandle }
    guard request.usage?.isUnanswered == true else { throw .wrongState }
    try step(request.dialog, .success, session)
    let bytes = write(
      200, answering: request.message, from: layer.source(of: request.transaction), toTag: slot.dialog.id.localTag,
      headers: headers + Self.headers(for: request.sessionExpires), body: session)
    incoming[number]?.success = bytes
    // A PRACK whose offer the user has yet to answer holds the 2xx as well.
    let isHeld =
      request.reliable?.holdsSuccess == true || slot.pending.contains { incoming[$0]?.method == .prack }
    if incoming[number]?.usage?.answer(isHeld: isHeld, now: now) == .sendSuccess { sendSuccess(number, now: now) }
    arm(incoming: number)
  }

  private static func headers(for sessionExpires: SessionExpiresHeader?) -> [ExtraHeader] {
    guard let sessionExpires else { return [] }
    let header = ExtraHeader("Session-Expires", sessionExpires.text)
    return sessionExpires.refresher == .uac ? [header, ExtraHeader("Require", "timer")] : [header]
  }

  /// The 2xx to an INVITE leaves: the dialog is confirmed, the session lives.
  mutating func sendSuccess(_ number: UInt64, now: Instant) {
    guard var request = incoming[number] else { return }
    request.reliable?.stopRepeating()
    incoming[number] = request
    layer.respond(request.transaction, status: 200, bytes: request.success, now: now, into: &below)
    calls[request.call]?.established = request.dialog
    dialogs[request.dialog]?.dialog.confirm()
    dialogs[request.dialog]?.dialog.refreshTarget(request.message.view)
    applyTimer(request, now: now)
    arm(incoming: number)
  }

  /// The 2xx to any other held request.
  mutating func succeed(
    incoming number: UInt64, body: SessionBody?, headers: [ExtraHeader] = [], status: Int = 200, now: Instant
  ) {
    guard let request = incoming[number] else { return }
    let extra = request.method == .update ? Self.headers(for: request.sessionExpires) : []
    respond(
      request.transaction, status, answering: request.message, headers: headers + extra, body: body, now: now)
    if request.method == .update {
      dialogs[request.dialog]?.dialog.refreshTarget(request.message.view)
      // The timer belongs to the session, which an early dialog does not have (RFC 4028 §7.2 speaks of 2xx to INVITE
      // first); there an UPDATE leaves it alone.
      if dialogs[request.dialog]?.dialog.phase == .confirmed { applyTimer(request, now: now) }
    }
    drop(incoming: number)
  }

  private mutating func applyTimer(_ request: IncomingRequest, now: Instant) {
    let header = request.sessionExpires
    dialogs[request.dialog]?.timer.negotiated(
      seconds: header?.seconds, refreshes: header?.refresher == .uas, now: now)
    arm(dialog: request.dialog)
  }

  private mutating func acceptRefer(
    _ number: UInt64, headers: [ExtraHeader], now: Instant, into sink: inout UserAgentSink
  ) {
    guard let request = incoming[number] else { return }
    let seconds = Int64(limits.subscriptionSeconds)
    succeed(incoming: number, body: nil, headers: headers, status: 202, now: now)
    dialogs[request.dialog]?.subscriptions.append(
      Subscription(id: request.sequence, request: number, expiry: now + .seconds(seconds)))
    arm(dialog: request.dialog)
    sendNotify(
      request.dialog, id: request.sequence, status: 100, phrase: nil, state: "active;expires=\(seconds)", now: now)
    drain(now: now, into: &sink)
  }
}
