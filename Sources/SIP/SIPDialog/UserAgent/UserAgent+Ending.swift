import SIPMessage
import SIPTransaction
import Wire

// How calls and dialogs end, and what has to be sent for it.
extension UserAgent {
  /// Ends a call, whatever its state: CANCEL for an INVITE of ours that rings, a refusal for one of theirs, BYE for a
  /// dialog. An answered INVITE of theirs is hung up on when its ACK has come (RFC 3261 §15).
  ///
  /// - Parameters:
  ///   - status: the refusal, 300 to 699.
  ///   - headers: of the refusal or the BYE, such as Reason.
  public mutating func hangUp(
    _ call: CallHandle, status: Int = 603, headers: [ExtraHeader] = [], now: Instant, into sink: inout UserAgentSink
  ) throws(UserAgentError) {
    guard let slot = calls[call.number] else { throw .unknownHandle }
    if let dialog = slot.established {
      if let invite = dialogs[dialog]?.incomingInvite, incoming[invite]?.usage?.awaitsAck == true {
        _ = incoming[invite]?.usage?.hangUp()
        incoming[invite]?.byeHeaders = headers
      } else {
        end(dialog: dialog, .hungUp, withBye: true, headers: headers, now: now, into: &sink)
      }
    } else if let number = slot.invite {
      cancel(number, now: now, into: &sink)
    } else {
      try reject(call, status: status, headers: headers, now: now, into: &sink)
    }
    drain(now: now, into: &sink)
  }

  private mutating func cancel(_ number: UInt64, now: Instant, into sink: inout UserAgentSink) {
    switch outgoing[number]?.usage?.cancel() {
    case .sendCancel:
      if let id = outgoing[number]?.transaction { _ = layer.sendCancel(of: id, now: now, into: &below) }
      arm(outgoing: number)
    case .cancelled:
      guard let call = outgoing[number]?.call else { return }
      drop(outgoing: number, now: now)
      endCall(call, .cancelled, now: now, into: &sink)
    case .none?, .progress, .establish, .acknowledgeAgain, .acknowledgeAndBye, .fail, nil:
      break
    }
  }

  /// A call is over: its dialogs go, and whatever is under way in them.
  mutating func endCall(_ number: UInt64, _ reason: EndReason, now: Instant, into sink: inout UserAgentSink) {
    guard let slot = calls.removeValue(forKey: number) else { return }
    for dialog in slot.dialogs {
      let needsBye: Bool
      switch reason {
      case .replaced: needsBye = dialog == slot.established
      case .hungUpByPeer, .refused, .rejected, .cancelled, .timeout, .hungUp, .unacknowledged, .sessionExpired,
        .transportFailed, .dialogLost, .sessionFault:
        needsBye = false
      }
      if needsBye { closeWithBye(dialog, now: now, into: &sink) } else { removeDialog(dialog, now: now) }
    }
    if let invite = slot.invite, slot.established == nil, outgoing[invite]?.usage?.isPending == true {
      // The INVITE goes on ringing somewhere: it is called back, and what still comes of it is hung up on.
      cancel(invite, now: now, into: &sink)
    }
    emit(.ended(CallHandle(number: number), reason), into: &sink)
  }

  /// A dialog is over, and its call with it.
  mutating func end(
    dialog number: UInt64, _ reason: EndReason, withBye: Bool, headers: [ExtraHeader] = [], now: Instant,
    into sink: inout UserAgentSink
  ) {
    guard let call = dialogs[number]?.call, let slot = calls[call], dialogs[number]?.isClosing == false else { return }
    if withBye {
      closeWithBye(number, headers: headers, now: now, into: &sink)
    } else {
      removeDialog(number, now: now)
    }
    calls[call]?.dialogs.removeAll { $0 == number }
    if slot.established == number || slot.invite == nil { endCall(call, reason, now: now, into: &sink) }
  }

  /// Sends BYE; the dialog stays known until the BYE is over, so that it can be authenticated.
  mutating func closeWithBye(
    _ number: UInt64, headers: [ExtraHeader] = [], now: Instant, into sink: inout UserAgentSink
  ) {
    if let owed = dialogs[number]?.ackOwed {
      // A 2xx is acknowledged even when its offer is not wanted any more (RFC 3261 §13.2.2.4).
      dialogs[number]?.ackOwed = nil
      acknowledge(owed, in: number, body: nil, into: &sink)
    }
    clear(dialog: number, now: now)
    guard dialogs[number] != nil else { return }
    dialogs[number]?.isClosing = true
    if send(.bye, purpose: .bye, dialog: number, headers: headers, now: now) == nil { removeDialog(number, now: now) }
  }

  /// Forgets a dialog.
  mutating func removeDialog(_ number: UInt64, now: Instant) {
    clear(dialog: number, now: now)
    guard var slot = dialogs.removeValue(forKey: number) else { return }
    slot.alarm.set(&wheel, key: .dialog(number), at: nil)
    dialogIndex[slot.dialog.id] = nil
    calls[slot.call]?.dialogs.removeAll { $0 == number }
  }

  /// Ends what is under way in a dialog: their requests are answered 487 (§15.1.2), our INVITE is cancelled.
  private mutating func clear(dialog number: UInt64, now: Instant) {
    guard let slot = dialogs[number] else { return }
    dialogs[number]?.dialog.terminate()
    dialogs[number]?.subscriptions = []
    dialogs[number]?.timer.negotiated(seconds: nil, refreshes: false, now: now)
    arm(dialog: number)
    for request in slot.pending {
      switch incoming[request]?.usage?.receivedEnd() {
      case .terminate, nil: finish(incoming: request, status: 487, now: now)
      case .some: drop(incoming: request)
      }
    }
    for request in slot.outgoing {
      guard let held = outgoing[request], held.purpose != .call else { continue }
      switch held.wait {
      case .answer where held.method == .invite:
        // It goes on until its CANCEL is answered.
        _ = outgoing[request]?.usage?.cancel()
        if let id = held.transaction { _ = layer.sendCancel(of: id, now: now, into: &below) }
        arm(outgoing: request)
      case .nothing:
        // What is left of an answered INVITE: ACKs for further copies of its 2xx.
        break
      case .answer, .credentials, .moment:
        drop(outgoing: request, now: now)
      }
    }
  }

  mutating func arm(dialog number: UInt64) {
    guard let slot = dialogs[number] else { return }
    let deadlines = [slot.timer.nextDeadline, slot.subscriptions.map(\.expiry).min()].compactMap { $0 }
    dialogs[number]?.alarm.set(&wheel, key: .dialog(number), at: deadlines.min())
  }

  mutating func advanceDialog(_ number: UInt64, now: Instant, into sink: inout UserAgentSink) {
    guard var slot = dialogs[number] else { return }
    slot.alarm.fired()
    let expired = slot.subscriptions.filter { $0.expiry <= now }
    slot.subscriptions.removeAll { $0.expiry <= now }
    let action = slot.timer.advance(now: now)
    dialogs[number] = slot
    for subscription in expired {
      sendNotify(number, id: subscription.id, status: 100, phrase: nil, state: "terminated;reason=timeout", now: now)
    }
    switch action {
    case .none: break
    case .refresh: refresh(number, now: now)
    case .expire: return end(dialog: number, .sessionExpired, withBye: true, now: now, into: &sink)
    }
    arm(dialog: number)
  }
}
