import SIPMessage
import SIPTransaction
import Wire

// Requests of the other side that are held: for the user, for a PRACK, for an ACK.
extension UserAgent {
  /// Keeps an INVITE and what belongs to it.
  @discardableResult
  mutating func hold(
    _ message: SIPMessage, _ id: ServerTransactionID, dialog: UInt64, hasOffer: Bool, replacing: UInt64? = nil,
    now: Instant
  ) -> RequestHandle? {
    guard let slot = dialogs[dialog], let sequence = try? message.view.cseq().number else { return nil }
    let method = message.view.method
    let number = newNumber()
    var request = IncomingRequest(
      transaction: id, method: method, sequence: sequence, call: slot.call, dialog: dialog, message: message,
      hasOffer: hasOffer)
    request.replaces = replacing
    if method == .invite {
      request.usage = InviteServerUsage(timing: timing, now: now)
      request.reliable = ReliableResponses(random: UInt32(truncatingIfNeeded: random.next()))
      dialogs[dialog]?.incomingInvite = number
    }
    if method == .invite || method == .update { request.sessionExpires = sessionExpires(for: message, slot.peer) }
    dialogs[dialog]?.pending.append(number)
    incoming[number] = request
    incomingIndex[id] = number
    arm(incoming: number)
    return RequestHandle(number: number)
  }

  /// The same for whatever the user answers within a dialog; nil beyond the limit, when it has been answered.
  mutating func holdForUser(
    _ message: SIPMessage, _ id: ServerTransactionID, dialog: UInt64, hasOffer: Bool = false, now: Instant
  ) -> RequestHandle? {
    guard let slot = dialogs[dialog], slot.pending.count < limits.maxPendingRequests else {
      respond(id, 500, answering: message, headers: [retryAfter()], now: now)
      return nil
    }
    return hold(message, id, dialog: dialog, hasOffer: hasOffer, now: now)
  }

  private func sessionExpires(for message: SIPMessage, _ peer: PeerAbilities) -> SessionExpiresHeader? {
    let minimum = (try? message.view.minSE())?.map(\.seconds) ?? 0
    return SessionTimer.answer(
      asked: try? message.view.sessionExpires(), wanted: configuration.sessionSeconds,
      minimum: max(minimum, configuration.minimumSessionSeconds), peerSupports: peer.supportsTimer)
  }

  mutating func retryAfter() -> ExtraHeader {
    ExtraHeader("Retry-After", String(GlareRetry.retryAfterSeconds(random: random.next())))
  }

  mutating func arm(incoming number: UInt64) {
    guard let deadline = incoming[number].map(\.nextDeadline) else { return }
    incoming[number]?.alarm.set(&wheel, key: .incoming(number), at: deadline)
  }

  /// Forgets a request.
  mutating func drop(incoming number: UInt64) {
    guard var request = incoming.removeValue(forKey: number) else { return }
    request.alarm.set(&wheel, key: .incoming(number), at: nil)
    incomingIndex[request.transaction] = nil
    dialogs[request.dialog]?.pending.removeAll { $0 == number }
    if dialogs[request.dialog]?.incomingInvite == number { dialogs[request.dialog]?.incomingInvite = nil }
  }

  /// Answers a held request with a failure and forgets it; an offer it made is forgotten, too.
  mutating func finish(incoming number: UInt64, status: Int, headers: [ExtraHeader] = [], now: Instant) {
    guard let request = incoming[number] else { return }
    respond(
      request.transaction, status, answering: request.message,
      toTag: dialogs[request.dialog]?.dialog.id.localTag, headers: headers, now: now)
    switch request.method {
    case .invite: dialogs[request.dialog]?.session.inviteEnded(from: .remote)
    case .update: dialogs[request.dialog]?.session.refused(.update, from: .remote)
    case .prack: dialogs[request.dialog]?.session.refused(.prack, from: .remote)
    case .ack, .bye, .cancel, .register, .options, .info, .refer, .subscribe, .notify, .message, .publish, .other:
      break
    }
    drop(incoming: number)
  }

  /// The server transaction is gone.
  mutating func incomingTerminated(_ id: ServerTransactionID, now: Instant, into sink: inout UserAgentSink) {
    guard let number = incomingIndex[id], let request = incoming[number] else { return }
    drop(incoming: number)
    guard request.isInvite else {
      // The user never answered, and now nobody would listen.
      if request.method == .update { dialogs[request.dialog]?.session.refused(.update, from: .remote) }
      if request.method == .prack { dialogs[request.dialog]?.session.refused(.prack, from: .remote) }
      return
    }
    // The transaction of a 2xx ends when the patience with its ACK does (§13.3.1.4).
    end(dialog: request.dialog, .unacknowledged, withBye: true, headers: request.byeHeaders, now: now, into: &sink)
  }

  mutating func advanceIncoming(_ number: UInt64, now: Instant, into sink: inout UserAgentSink) {
    guard var request = incoming[number] else { return }
    request.alarm.fired()
    let reliable = request.reliable?.advance(now: now) ?? .none
    let action = request.usage?.advance(now: now) ?? .none
    incoming[number] = request
    switch reliable {
    case .none: break
    case .repeat: repeatProvisional(request, now: now)
    case .giveUp:
      // Nobody acknowledged the provisional response: the INVITE is refused (RFC 3262 §3).
      if incoming[number]?.usage?.reject() == .sendFailure {
        return refuseInvite(number, status: 504, .unacknowledged, now: now, into: &sink)
      }
    }
    switch action {
    case .repeatProvisional:
      // For proxies on the way a 1xx without RSeq does as well; where all must be reliable there is none.
      if request.reliable?.isOutstanding != true, dialogs[request.dialog]?.peer.requiresReliable == false {
        sendKeepAlive(number, now: now)
      }
    case .repeatSuccess:
      layer.respond(request.transaction, status: 200, bytes: request.success, now: now, into: &below)
    case .expire:
      return refuseInvite(number, status: 480, .timeout, now: now, into: &sink)
    case .abandon:
      drop(incoming: number)
      return end(
        dialog: request.dialog, .unacknowledged, withBye: true, headers: request.byeHeaders, now: now, into: &sink)
    case .none, .sendSuccess, .holdSuccess, .sendFailure, .terminate, .confirm, .confirmAndBye, .sendBye:
      break
    }
    arm(incoming: number)
  }

  private mutating func repeatProvisional(_ request: IncomingRequest, now: Instant) {
    layer.respond(
      request.transaction, status: request.provisionalStatus, bytes: request.provisional, now: now, into: &below)
  }

  private mutating func sendKeepAlive(_ number: UInt64, now: Instant) {
    guard let request = incoming[number] else { return }
    let bytes = write(
      request.provisionalStatus, answering: request.message, from: layer.source(of: request.transaction),
      toTag: dialogs[request.dialog]?.dialog.id.localTag)
    layer.respond(request.transaction, status: request.provisionalStatus, bytes: bytes, now: now, into: &below)
  }

  /// An INVITE that is refused for a reason of ours: with the call, or, a re-INVITE, alone.
  private mutating func refuseInvite(
    _ number: UInt64, status: Int, _ reason: EndReason, now: Instant, into sink: inout UserAgentSink
  ) {
    guard let request = incoming[number] else { return }
    finish(incoming: number, status: status, now: now)
    if calls[request.call]?.established == request.dialog {
      emit(.requestCancelled(DialogHandle(number: request.dialog), RequestHandle(number: number)), into: &sink)
    } else {
      endCall(request.call, reason, now: now, into: &sink)
    }
  }

  // MARK: Sessions

  /// A re-INVITE (§14.2).
  mutating func receiveReinvite(
    _ message: SIPMessage, _ id: ServerTransactionID, dialog number: UInt64, now: Instant,
    into sink: inout UserAgentSink
  ) {
    guard let slot = dialogs[number] else { return }
    let unanswered = slot.incomingInvite.flatMap { incoming[$0]?.usage?.phase }
    switch unanswered {
    case .ringing, .accepting:
      return respond(id, 500, answering: message, headers: [retryAfter()], now: now)
    case .accepted:
      // Our 2xx waits for its ACK (RFC 5407 §3.1.5).
      return respond(id, 491, answering: message, now: now)
    case .confirmed, .over, nil:
      break
    }
    if isInviting(slot) || slot.session.outstanding == .local {
      return respond(id, 491, answering: message, now: now)
    }
    receiveOffer(message, id, carrier: .invite, dialog: number, now: now, into: &sink)
  }

  /// Whether an INVITE of ours is without its final response.
  func isInviting(_ slot: DialogSlot) -> Bool {
    guard let number = slot.outgoingInvite, let phase = outgoing[number]?.usage?.phase else { return false }
    // One that waits for another attempt is not under way.
    return phase == .calling || phase == .cancelling
  }

  /// An UPDATE (RFC 3311 §5.2).
  mutating func receiveUpdate(
    _ message: SIPMessage, _ id: ServerTransactionID, dialog number: UInt64, now: Instant,
    into sink: inout UserAgentSink
  ) {
    guard let slot = dialogs[number] else { return }
    if slot.pending.contains(where: { incoming[$0]?.method == .update }) {
      return respond(id, 500, answering: message, headers: [retryAfter()], now: now)
    }
    if SessionBody(in: message.view) != nil {
      switch slot.session.outstanding {
      case .local: return respond(id, 491, answering: message, now: now)
      case .remote: return respond(id, 500, answering: message, headers: [retryAfter()], now: now)
      case nil: break
      }
    }
    receiveOffer(message, id, carrier: .update, dialog: number, now: now, into: &sink)
  }

  private mutating func receiveOffer(
    _ message: SIPMessage, _ id: ServerTransactionID, carrier: OfferAnswer.Carrier, dialog number: UInt64,
    now: Instant, into sink: inout UserAgentSink
  ) {
    let view = message.view
    dialogs[number]?.peer.note(view)
    if refusesInterval(message, id, supportsTimer: dialogs[number]?.peer.supportsTimer ?? false, now: now) { return }
    let body = SessionBody(in: view)
    if carrier == .update, body == nil {
      // A refresh, of session or target: nothing for the user to decide.
      guard let handle = holdForUser(message, id, dialog: number, now: now) else { return }
      return succeed(incoming: handle.number, body: nil, now: now)
    }
    guard (dialogs[number]?.pending.count ?? 0) < limits.maxPendingRequests else {
      return respond(id, 500, answering: message, headers: [retryAfter()], now: now)
    }
    do throws(OfferAnswer.Fault) {
      _ = try dialogs[number]?.session.passed(carrier, from: .remote, hasDescription: body != nil)
    } catch {
      let status = error == .offerOutstanding ? 491 : 488
      return respond(id, status, answering: message, now: now)
    }
    guard let handle = hold(message, id, dialog: number, hasOffer: body != nil, now: now) else { return }
    emit(
      .sessionRequested(DialogHandle(number: number), handle, message, session: body.map(SessionPart.offer) ?? .none),
      into: &sink)
  }

  /// A PRACK (RFC 3262 §3).
  mutating func receivePrack(
    _ message: SIPMessage, _ id: ServerTransactionID, dialog number: UInt64, now: Instant,
    into sink: inout UserAgentSink
  ) {
    guard let invite = dialogs[number]?.incomingInvite, var request = incoming[invite],
      let rack = try? message.view.rAck(), rack.cseq.method == .invite, rack.cseq.number == request.sequence,
      request.reliable?.acknowledged(rack.responseNumber) == true
    else { return respond(id, 481, answering: message, now: now) }
    incoming[invite] = request
    arm(incoming: invite)
    let body = SessionBody(in: message.view)
    let meaning: OfferAnswer.Meaning
    do throws(OfferAnswer.Fault) {
      meaning = try dialogs[number]?.session.passed(.prack, from: .remote, hasDescription: body != nil) ?? .nothing
    } catch {
      respond(id, 400, answering: message, now: now)
      guard error == .answerMissing, request.usage?.reject() == .sendFailure else { return }
      incoming[invite] = request
      return refuseInvite(invite, status: 400, .sessionFault(error), now: now, into: &sink)
    }
    if meaning == .offer {
      guard let handle = holdForUser(message, id, dialog: number, hasOffer: true, now: now) else {
        dialogs[number]?.session.refused(.prack, from: .remote)
        return
      }
      emit(
        .sessionRequested(
          DialogHandle(number: number), handle, message, session: body.map(SessionPart.offer) ?? .none), into: &sink)
      return
    }
    respond(id, 200, answering: message, now: now)
    let part = meaning == .answer ? body.map(SessionPart.answer) ?? .none : .none
    emit(.provisionalAcknowledged(DialogHandle(number: number), session: part), into: &sink)
    if incoming[invite]?.usage?.released(now: now) == .sendSuccess { sendSuccess(invite, now: now) }
  }

  // MARK: REFER, NOTIFY

  /// REFER (RFC 3515 §2.4.2): the user decides.
  mutating func receiveRefer(
    _ message: SIPMessage, _ id: ServerTransactionID, dialog number: UInt64, now: Instant,
    into sink: inout UserAgentSink
  ) {
    guard message.view.count(.referTo) == 1, let referTo = (try? message.view.referTo()) ?? nil else {
      return respond(id, 400, answering: message, now: now)
    }
    guard let slot = dialogs[number] else { return }
    let waiting = slot.pending.count { incoming[$0]?.method == .refer }
    guard slot.subscriptions.count + waiting < limits.maxSubscriptions else {
      return respond(id, 486, answering: message, now: now)
    }
    guard let handle = holdForUser(message, id, dialog: number, now: now) else { return }
    emit(.referred(DialogHandle(number: number), handle, message, to: referTo), into: &sink)
  }

  /// NOTIFY about a REFER of ours; of anything else there is no subscription (RFC 6665 §4.1.3).
  mutating func receiveNotify(
    _ message: SIPMessage, _ id: ServerTransactionID, dialog number: UInt64, now: Instant,
    into sink: inout UserAgentSink
  ) {
    guard let event = (try? message.view.event()) ?? nil, event.type == "refer",
      message.view.contains(.subscriptionState), dialogs[number]?.hasReferred == true
    else { return respond(id, 481, answering: message, now: now) }
    respond(id, 200, answering: message, now: now)
    emit(.referProgress(DialogHandle(number: number), message), into: &sink)
  }
}
