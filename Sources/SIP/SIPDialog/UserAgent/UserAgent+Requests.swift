import SIPMessage
import SIPTransaction
import Wire

// Requests that arrive: which call they are for, and those that need no user.
extension UserAgent {
  mutating func receiveRequest(
    _ message: SIPMessage, from hop: Hop, now: Instant, into sink: inout UserAgentSink
  ) {
    let view = message.view
    do throws(SIPParseError) {
      try view.validate()
    } catch {
      if error.isAnswerable { refuse(message, for: error, from: hop, into: &sink) }
      return
    }
    switch layer.receiveRequest(view, hop: hop, now: now, into: &below) {
    case .new(let id):
      if let tag = (try? view.to())?.tag {
        receiveWithin(message, id, toTag: view.string(tag), now: now, into: &sink)
      } else {
        receiveOutside(message, id, from: hop, now: now, into: &sink)
      }
    case .cancel(let id, let invite):
      receiveCancel(message, id, invite: invite, from: hop, now: now, into: &sink)
    case .ackForSuccess:
      receiveAck(message, now: now, into: &sink)
    case .retransmission, .ackAbsorbed, .overloaded, .malformed:
      break
    }
  }

  /// A faulty request is answered without anything being kept of it.
  private mutating func refuse(
    _ message: SIPMessage, for error: SIPParseError, from hop: Hop, into sink: inout UserAgentSink
  ) {
    let bytes = write(
      error.statusCode, phrase: error.phrase, answering: message, from: hop, toTag: random.token())
    var target = hop
    if !hop.transport.isReliable, let via = try? message.view.topmostVia(), via.rport == .absent {
      target.remote.port = via.port ?? hop.transport.defaultPort
    }
    sink.actions.append(.send(bytes, to: target, origin: nil))
  }

  // MARK: Outside any dialog

  private mutating func receiveOutside(
    _ message: SIPMessage, _ id: ServerTransactionID, from hop: Hop, now: Instant, into sink: inout UserAgentSink
  ) {
    switch message.view.method {
    case .invite:
      receiveCall(message, id, from: hop, now: now, into: &sink)
    case .options:
      if refusesExtensions(message, id, now: now) { return }
      respond(id, 200, answering: message, headers: [ExtraHeader("Accept", "application/sdp")], now: now)
    case .bye, .update, .prack, .info, .notify, .cancel, .ack:
      respond(id, 481, answering: message, now: now)
    case .register, .subscribe, .publish, .message, .refer:
      respond(id, 405, answering: message, headers: [ExtraHeader("Allow", allow)], now: now)
    case .other:
      respond(id, 501, answering: message, headers: [ExtraHeader("Allow", allow)], now: now)
    }
  }

  /// Whether the request requires what we do not understand (§8.2.2.3); it has been answered then.
  private mutating func refusesExtensions(_ message: SIPMessage, _ id: ServerTransactionID, now: Instant) -> Bool {
    guard let tags = try? message.view.require().unknown(to: supportedTags), !tags.isEmpty else { return false }
    respond(
      id, 420, answering: message, headers: [ExtraHeader("Unsupported", tags.joined(separator: ", "))], now: now)
    return true
  }

  /// A new call (§13.3.1).
  private mutating func receiveCall(
    _ message: SIPMessage, _ id: ServerTransactionID, from hop: Hop, now: Instant, into sink: inout UserAgentSink
  ) {
    let view = message.view
    if layer.mergedRequest(id, view) != nil { return respond(id, 482, answering: message, now: now) }
    if refusesExtensions(message, id, now: now) { return }
    var peer = PeerAbilities()
    peer.note(view)
    if configuration.reliability == .required, !peer.supportsReliable {
      return respond(id, 421, answering: message, headers: [ExtraHeader("Require", "100rel")], now: now)
    }
    if refusesInterval(message, id, supportsTimer: peer.supportsTimer, now: now) { return }
    guard calls.count < limits.maxCalls else {
      return respond(id, 503, answering: message, headers: [ExtraHeader("Retry-After", "10")], now: now)
    }
    var replaced: UInt64?
    if view.contains(.replaces) {
      switch replacement(of: message) {
      case .refused(let status): return respond(id, status, answering: message, now: now)
      case .dialog(let number): replaced = number
      }
    }
    let dialog: Dialog
    do throws(Dialog.Fault) {
      dialog = try Dialog(request: view, localTag: random.token(), maxRoutes: limits.maxRoutes)
    } catch {
      return respond(id, 400, answering: message, now: now)
    }
    let call = newNumber()
    let number = newNumber()
    var slot = DialogSlot(dialog: dialog, call: call, hop: hop)
    slot.peer = peer
    let body = SessionBody(in: view)
    // Nothing can be outstanding in a dialog that begins.
    _ = try? slot.session.passed(.invite, from: .remote, hasDescription: body != nil)
    calls[call] = CallSlot(dialogs: [number])
    dialogs[number] = slot
    dialogIndex[dialog.id] = number
    hold(message, id, dialog: number, hasOffer: body != nil, replacing: replaced, now: now)
    emit(
      .incoming(
        CallHandle(number: call), DialogHandle(number: number), message, session: body.map(SessionPart.offer) ?? .none,
        replacing: replaced.map(DialogHandle.init)), into: &sink)
  }

  private enum Replacement {
    case dialog(UInt64)
    case refused(Int)
  }

  /// The dialog that a Replaces names (RFC 3891 §3).
  private func replacement(of message: SIPMessage) -> Replacement {
    let header: ReplacesHeader
    do throws(SIPParseError) {
      guard let found = try message.view.replaces() else { return .refused(400) }
      header = found
    } catch {
      return .refused(400)
    }
    // A tag of 0 stands for the absent one of an RFC 2543 client.
    let tags = [header.fromTag, header.fromTag == "0" ? "" : header.fromTag]
    for tag in tags {
      let id = DialogID(callID: header.callID.value, localTag: header.toTag, remoteTag: tag)
      guard let number = dialogIndex[id], let slot = dialogs[number] else { continue }
      if slot.isClosing { return .refused(603) }
      switch slot.dialog.phase {
      case .confirmed: return header.isEarlyOnly ? .refused(486) : .dialog(number)
      // An early dialog can be taken over only from the side that called.
      case .early: return slot.dialog.role == .uac ? .dialog(number) : .refused(481)
      case .terminated: return .refused(603)
      }
    }
    return .refused(481)
  }

  /// Whether the session interval is too small for us (RFC 4028 §9); the request has been answered then.
  mutating func refusesInterval(
    _ message: SIPMessage, _ id: ServerTransactionID, supportsTimer: Bool, now: Instant
  ) -> Bool {
    guard supportsTimer, let asked = try? message.view.sessionExpires(),
      asked.seconds < configuration.minimumSessionSeconds
    else { return false }
    let minimum = String(configuration.minimumSessionSeconds)
    respond(id, 422, answering: message, headers: [ExtraHeader("Min-SE", minimum)], now: now)
    return true
  }

  // MARK: Within a dialog

  private mutating func receiveWithin(
    _ message: SIPMessage, _ id: ServerTransactionID, toTag: String, now: Instant, into sink: inout UserAgentSink
  ) {
    let view = message.view
    guard let number = dialogNumber(of: view, localTag: toTag), dialogs[number]?.isClosing == false,
      let sequence = try? view.cseq().number
    else { return respond(id, 481, answering: message, now: now) }
    guard dialogs[number]?.dialog.received(sequence) == true else {
      return respond(id, 500, answering: message, now: now)
    }
    if refusesExtensions(message, id, now: now) { return }
    switch view.method {
    case .invite: receiveReinvite(message, id, dialog: number, now: now, into: &sink)
    case .update: receiveUpdate(message, id, dialog: number, now: now, into: &sink)
    case .prack: receivePrack(message, id, dialog: number, now: now, into: &sink)
    case .bye: receiveBye(message, id, dialog: number, now: now, into: &sink)
    case .refer: receiveRefer(message, id, dialog: number, now: now, into: &sink)
    case .notify: receiveNotify(message, id, dialog: number, now: now, into: &sink)
    case .info, .message:
      guard let handle = holdForUser(message, id, dialog: number, now: now) else { return }
      emit(.request(DialogHandle(number: number), handle, message), into: &sink)
    case .options:
      respond(id, 200, answering: message, headers: [ExtraHeader("Accept", "application/sdp")], now: now)
    case .register, .subscribe, .publish:
      respond(id, 405, answering: message, headers: [ExtraHeader("Allow", allow)], now: now)
    case .cancel, .ack, .other:
      respond(id, 501, answering: message, headers: [ExtraHeader("Allow", allow)], now: now)
    }
  }

  func dialogNumber(of view: borrowing SIPMessageView, localTag: String) -> UInt64? {
    do throws(SIPParseError) {
      let callID = view.string(try view.callID())
      let tag = try view.from().tag.map { view.string($0) }
      return dialogIndex[DialogID(callID: callID, localTag: localTag, remoteTag: tag ?? "")]
    } catch {
      return nil
    }
  }

  private mutating func receiveBye(
    _ message: SIPMessage, _ id: ServerTransactionID, dialog number: UInt64, now: Instant,
    into sink: inout UserAgentSink
  ) {
    respond(id, 200, answering: message, now: now)
    guard let call = dialogs[number]?.call else { return }
    // Of several early dialogs of one INVITE the call can lose one.
    if let slot = calls[call], slot.established == nil, slot.invite != nil {
      return removeDialog(number, now: now)
    }
    endCall(call, .hungUpByPeer, now: now, into: &sink)
  }

  /// §9.2, from the same place as its INVITE.
  private mutating func receiveCancel(
    _ message: SIPMessage, _ id: ServerTransactionID, invite: ServerTransactionID?, from hop: Hop, now: Instant,
    into sink: inout UserAgentSink
  ) {
    guard let invite, let source = layer.source(of: invite), source.remote.ip == hop.remote.ip,
      source.connection == hop.connection
    else { return respond(id, 481, answering: message, now: now) }
    guard let number = incomingIndex[invite], var request = incoming[number] else {
      return respond(id, 200, answering: message, now: now)
    }
    respond(id, 200, answering: message, toTag: dialogs[request.dialog]?.dialog.id.localTag, now: now)
    guard request.usage?.receivedEnd() == .terminate else { return }
    incoming[number] = request
    finish(incoming: number, status: 487, now: now)
    if calls[request.call]?.established == request.dialog {
      emit(
        .requestCancelled(DialogHandle(number: request.dialog), RequestHandle(number: number)), into: &sink)
    } else {
      endCall(request.call, .cancelled, now: now, into: &sink)
    }
  }

  /// The ACK for a 2xx of ours (§13.3.1.4).
  private mutating func receiveAck(_ message: SIPMessage, now: Instant, into sink: inout UserAgentSink) {
    let view = message.view
    guard let tag = (try? view.to())?.tag, let dialog = dialogNumber(of: view, localTag: view.string(tag)),
      let number = dialogs[dialog]?.incomingInvite, var request = incoming[number],
      (try? view.cseq().number) == request.sequence, let action = request.usage?.receivedAck()
    else { return }
    incoming[number] = request
    let hangsUp: Bool
    switch action {
    case .confirm: hangsUp = false
    case .confirmAndBye: hangsUp = true
    case .none, .sendSuccess, .holdSuccess, .sendFailure, .terminate, .repeatProvisional, .expire, .repeatSuccess,
      .abandon, .sendBye:
      return
    }
    drop(incoming: number)
    let body = SessionBody(in: view)
    var part = SessionPart.none
    do throws(OfferAnswer.Fault) {
      let meaning = try dialogs[dialog]?.session.passed(.ack, from: .remote, hasDescription: body != nil)
      if meaning == .answer, let body { part = .answer(body) }
    } catch {
      guard error == .unexpectedDescription else {
        return end(dialog: dialog, .sessionFault(error), withBye: true, now: now, into: &sink)
      }
    }
    if hangsUp {
      return end(dialog: dialog, .hungUp, withBye: true, headers: request.byeHeaders, now: now, into: &sink)
    }
    emit(.acknowledged(DialogHandle(number: dialog), session: part), into: &sink)
  }
}
