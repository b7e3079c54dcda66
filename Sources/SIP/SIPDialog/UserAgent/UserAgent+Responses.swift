import SIPMessage
import SIPTransaction
import Wire

// Responses to requests of ours.
extension UserAgent {
  mutating func receiveResponse(
    _ message: SIPMessage, from hop: Hop, now: Instant, into sink: inout UserAgentSink
  ) {
    let view = message.view
    guard (try? view.validate()) != nil,
      case .client(let id) = layer.receiveResponse(view, hop: hop, now: now, into: &below),
      let number = layer.context(of: id), let request = outgoing[number], request.transaction == id
    else { return }
    let status = view.statusCode
    if request.method == .invite {
      switch status {
      case ..<200: receiveProvisional(message, number, now: now, into: &sink)
      case ..<300: receiveSuccess(message, number, now: now, into: &sink)
      default: receiveFailure(message, number, now: now, into: &sink)
      }
    } else if status >= 300 {
      receiveFailure(message, number, now: now, into: &sink)
    } else if status >= 200 {
      drop(outgoing: number, now: now)
      if let dialog = request.dialog { succeeded(request, in: dialog, message, now: now, into: &sink) }
    }
  }

  // MARK: Provisional

  private mutating func receiveProvisional(
    _ message: SIPMessage, _ number: UInt64, now: Instant, into sink: inout UserAgentSink
  ) {
    let view = message.view
    guard view.statusCode > 100, let request = outgoing[number], request.usage?.receivedProvisional() == .progress
    else { return }
    let dialog = request.purpose == .call ? earlyDialog(of: message, number, now: now) : request.dialog
    let call = CallHandle(number: request.call)
    let body = SessionBody(in: view)
    guard let dialog, var slot = dialogs[dialog] else {
      if request.purpose == .call { emit(.progress(call, nil, message, session: .none), into: &sink) }
      return
    }
    slot.peer.note(view)
    dialogs[dialog] = slot
    let handle = DialogHandle(number: dialog)
    if configuration.reliability != .off, view.hasElement("100rel", in: .require),
      let rseq = (try? view.rSeq()) ?? nil, let cseq = try? view.cseqHeader()
    {
      // What is not taken now comes again.
      guard slot.outgoing.count < limits.maxOutgoingRequests, slot.prackOwed == nil,
        slot.receipt.received(rseq.number)
      else { return }
      var part = SessionPart.none
      switch try? slot.session.passed(.reliableProvisional, from: .remote, hasDescription: body != nil) {
      case .offer: part = body.map(SessionPart.offer) ?? .none
      case .answer:
        part = body.map(SessionPart.answer) ?? .none
        slot.adoptOffer()
      case .nothing, nil: break
      }
      let rack = RAckHeader(rseq, cseq)
      if case .offer = part { slot.prackOwed = rack }
      dialogs[dialog] = slot
      if slot.prackOwed == nil { sendPrack(dialog, rack, body: nil, now: now) }
      emit(.progress(call, handle, message, session: part), into: &sink)
      return
    }
    if request.purpose == .call {
      emit(.progress(call, handle, message, session: body.map(SessionPart.preview) ?? .none), into: &sink)
    }
  }

  /// The early dialog of a provisional response, made if there is room (§12.1).
  private mutating func earlyDialog(of message: SIPMessage, _ number: UInt64, now: Instant) -> UInt64? {
    guard let request = outgoing[number], let draft = request.draft else { return nil }
    if let known = knownDialog(of: message, draft) { return known }
    guard (calls[request.call]?.dialogs.count ?? .max) < limits.maxForks else { return nil }
    return makeDialog(of: message, request, draft, target: nil)
  }

  private func knownDialog(of message: SIPMessage, _ draft: InviteDraft) -> UInt64? {
    guard let tag = (try? message.view.to())?.tag else { return nil }
    return dialogIndex[
      DialogID(callID: draft.callID, localTag: draft.localTag, remoteTag: message.view.string(tag))]
  }

  private mutating func makeDialog(
    of message: SIPMessage, _ request: OutgoingRequest, _ draft: InviteDraft, target: String?
  ) -> UInt64? {
    let view = message.view
    guard
      var dialog = try? Dialog(
        response: view, localAddress: draft.from, remoteAddress: draft.to, target: target, maxRoutes: limits.maxRoutes),
      dialog.id.callID == draft.callID, dialog.id.localTag == draft.localTag
    else { return nil }
    dialog.sent(request.sequence)
    dialog.isSecure = draft.isSIPS
    var slot = DialogSlot(dialog: dialog, call: request.call, hop: request.hop)
    slot.peer.note(view)
    slot.offeredDescription = request.body
    _ = try? slot.session.passed(.invite, from: .local, hasDescription: request.body != nil)
    let number = newNumber()
    dialogs[number] = slot
    dialogIndex[dialog.id] = number
    calls[request.call]?.dialogs.append(number)
    return number
  }

  // MARK: Success

  private mutating func receiveSuccess(
    _ message: SIPMessage, _ number: UInt64, now: Instant, into sink: inout UserAgentSink
  ) {
    guard var request = outgoing[number] else { return }
    let view = message.view
    let tag = ((try? view.to())?.tag).map { view.string($0) } ?? ""
    if let ack = request.acks[tag] {
      // The same 2xx once more: so does its ACK (§13.2.2.4).
      sink.actions.append(.send(ack.bytes, to: ack.hop, origin: nil))
      return
    }
    if let dialog = request.dialog {
      return receiveReinviteSuccess(message, number, dialog, now: now, into: &sink)
    }
    if let established = calls[request.call]?.established, dialogs[established]?.ackOwed == number,
      dialogs[established]?.dialog.id.remoteTag == tag
    {
      return
    }
    guard request.acks.count < limits.maxForks, let draft = request.draft else { return }
    let action = request.usage?.receivedSuccess(isKnown: false)
    request.wait = .nothing
    outgoing[number] = request
    arm(outgoing: number)
    guard let dialog = knownDialog(of: message, draft) ?? makeDialog(of: message, request, draft, target: draft.target)
    else {
      if action == .establish { endCall(request.call, .dialogLost, now: now, into: &sink) }
      return
    }
    try? dialogs[dialog]?.dialog.confirm(response: view, maxRoutes: limits.maxRoutes)
    switch action {
    case .establish:
      establish(message, number, dialog, now: now, into: &sink)
    case .acknowledgeAndBye:
      let call = request.call
      acknowledge(number, in: dialog, body: nil, into: &sink)
      closeWithBye(dialog, now: now, into: &sink)
      calls[call]?.dialogs.removeAll { $0 == dialog }
      // CANCEL came too late; what the user wanted has happened all the same.
      if calls[call]?.established == nil { endCall(call, .cancelled, now: now, into: &sink) }
    case .none?, .progress, .acknowledgeAgain, .sendCancel, .fail, .cancelled, nil:
      break
    }
  }

  private mutating func establish(
    _ message: SIPMessage, _ number: UInt64, _ dialog: UInt64, now: Instant, into sink: inout UserAgentSink
  ) {
    guard let request = outgoing[number] else { return }
    let call = request.call
    for other in calls[call]?.dialogs ?? [] where other != dialog { removeDialog(other, now: now) }
    calls[call]?.established = dialog
    guard let part = settleSuccess(message, number, dialog, now: now, into: &sink) else { return }
    emit(.answered(CallHandle(number: call), DialogHandle(number: dialog), message, session: part), into: &sink)
  }

  private mutating func receiveReinviteSuccess(
    _ message: SIPMessage, _ number: UInt64, _ dialog: UInt64, now: Instant, into sink: inout UserAgentSink
  ) {
    guard let slot = dialogs[dialog], slot.ackOwed != number else { return }
    // A CANCEL that came too late changes nothing here: the session is as both sides now know it.
    _ = outgoing[number]?.usage?.receivedSuccess(isKnown: false)
    outgoing[number]?.wait = .nothing
    arm(outgoing: number)
    release(number, in: dialog)
    // Behind a BYE of ours it is acknowledged and no more.
    if slot.isClosing { return acknowledge(number, in: dialog, body: nil, into: &sink) }
    dialogs[dialog]?.dialog.refreshTarget(message.view)
    guard let part = settleSuccess(message, number, dialog, now: now, into: &sink) else { return }
    if outgoing[number]?.purpose == .refresh, case .answer = part { return }
    emit(.sessionAccepted(DialogHandle(number: dialog), message, session: part), into: &sink)
  }

  /// Offer and answer, session timer and ACK of a 2xx to INVITE; nil when the call has ended over it.
  private mutating func settleSuccess(
    _ message: SIPMessage, _ number: UInt64, _ dialog: UInt64, now: Instant, into sink: inout UserAgentSink
  ) -> SessionPart? {
    let view = message.view
    guard let request = outgoing[number], var slot = dialogs[dialog] else { return nil }
    let body = SessionBody(in: view)
    var part = SessionPart.none
    do throws(OfferAnswer.Fault) {
      switch try slot.session.passed(.success, from: .remote, hasDescription: body != nil) {
      case .offer:
        part = body.map(SessionPart.offer) ?? .none
        slot.ackOwed = number
      case .answer:
        part = body.map(SessionPart.answer) ?? .none
        slot.adoptOffer()
      case .nothing: break
      }
    } catch {
      // A description after the exchange is over repeats what is known; anything else makes the call useless.
      if error != .unexpectedDescription {
        acknowledge(number, in: dialog, body: nil, into: &sink)
        end(dialog: dialog, .sessionFault(error), withBye: true, now: now, into: &sink)
        return nil
      }
    }
    slot.peer.note(view)
    dialogs[dialog] = slot
    applyTimer(view, of: request, to: dialog, now: now)
    if slot.ackOwed == nil { acknowledge(number, in: dialog, body: nil, into: &sink) }
    return part
  }

  /// What a 2xx says about the session timer (RFC 4028 §7.2). When we asked and the other side does not know timers, we
  /// go on alone.
  private mutating func applyTimer(
    _ view: borrowing SIPMessageView, of request: OutgoingRequest, to dialog: UInt64, now: Instant
  ) {
    let header = (try? view.sessionExpires()) ?? nil
    let ours = configuration.sessionSeconds == nil ? nil : request.sessionSeconds
    let seconds = header.map { max($0.seconds, SessionExpiresHeader.absoluteMinimum) } ?? ours
    let refreshes = header == nil || header?.refresher != .uas
    dialogs[dialog]?.timer.negotiated(seconds: seconds, refreshes: refreshes, now: now)
    arm(dialog: dialog)
  }

  /// Sends the ACK for a 2xx and keeps it for as long as the 2xx may come again.
  mutating func acknowledge(
    _ number: UInt64, in dialog: UInt64, body: SessionBody?, into sink: inout UserAgentSink
  ) {
    guard let request = outgoing[number], let slot = dialogs[dialog] else { return }
    let hop = hop(of: slot)
    let bytes = writeAck(for: request, in: slot.dialog, hop: hop, branch: newBranch(), body: body)
    outgoing[number]?.acks[slot.dialog.id.remoteTag] = (bytes, hop)
    sink.actions.append(.send(bytes, to: hop, origin: nil))
  }

  /// A 2xx to anything but INVITE.
  private mutating func succeeded(
    _ request: OutgoingRequest, in dialog: UInt64, _ message: SIPMessage, now: Instant,
    into sink: inout UserAgentSink
  ) {
    guard var slot = dialogs[dialog], !slot.isClosing else { return }
    let handle = DialogHandle(number: dialog)
    let body = SessionBody(in: message.view)
    switch request.purpose {
    case .session, .refresh:
      slot.dialog.refreshTarget(message.view)
      slot.peer.note(message.view)
      var part = SessionPart.none
      do throws(OfferAnswer.Fault) {
        let meaning = try slot.session.passed(.updateSuccess, from: .remote, hasDescription: body != nil)
        if meaning == .answer, let body {
          part = .answer(body)
          slot.adoptOffer()
        }
      } catch {
        guard error == .unexpectedDescription else {
          return end(dialog: dialog, .sessionFault(error), withBye: true, now: now, into: &sink)
        }
      }
      dialogs[dialog] = slot
      if slot.dialog.phase == .confirmed { applyTimer(message.view, of: request, to: dialog, now: now) }
      if request.purpose == .session { emit(.sessionAccepted(handle, message, session: part), into: &sink) }
    case .refer:
      emit(.referAnswered(handle, message), into: &sink)
    case .call, .bye, .prack, .notify, .other:
      break
    }
  }
}

extension DialogSlot {
  /// Our offer has been answered: it is what we say from now on.
  mutating func adoptOffer() {
    if let offeredDescription { lastDescription = offeredDescription }
    offeredDescription = nil
  }
}
