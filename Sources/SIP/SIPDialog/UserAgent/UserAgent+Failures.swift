import SIPMessage
import SIPTransaction
import Wire

// Requests of ours that are refused, not answered, or wait for another attempt.
extension UserAgent {
  mutating func receiveFailure(
    _ message: SIPMessage, _ number: UInt64, now: Instant, into sink: inout UserAgentSink
  ) {
    guard var request = outgoing[number] else { return }
    let status = message.view.statusCode
    if request.attempts < limits.maxAttempts {
      request.attempts += 1
      switch status {
      case 401, 407:
        outgoing[number] = request
        if pause(number, .credentials(until: now + limits.challengePatience), now: now) {
          if request.purpose == .call { forgetEarlyDialogs(of: request.call, now: now) }
          emit(
            .challenged(
              RequestHandle(number: number), request.purpose == .call ? CallHandle(number: request.call) : nil,
              request.dialog.map(DialogHandle.init), message), into: &sink)
          return
        }
      case 422:
        // The interval is too small for somebody (RFC 4028 §7.3).
        if let minimum = (try? message.view.minSE()) ?? nil, request.sessionSeconds != nil {
          request.minimumSessionSeconds = max(request.minimumSessionSeconds, minimum.seconds)
          request.sessionSeconds = max(request.sessionSeconds ?? 0, request.minimumSessionSeconds)
          outgoing[number] = request
          if pause(number, .moment(now), now: now) { return }
        }
      case 491 where request.purpose == .session || request.purpose == .refresh:
        let owns = request.dialog.flatMap { dialogs[$0]?.dialog.role } == .uac
        outgoing[number] = request
        let delay = GlareRetry.delay(ownsCallID: owns, random: random.next())
        if pause(number, .moment(now + delay), now: now) { return }
      default:
        break
      }
    }
    failed(outgoing: number, message, .refused(message), now: now, into: &sink)
  }

  /// Puts a request aside for another attempt; false when it is being cancelled.
  private mutating func pause(_ number: UInt64, _ wait: OutgoingRequest.Wait, now: Instant) -> Bool {
    // The machine's own patience is the longest; what is waited for here comes first.
    if outgoing[number]?.usage?.pause(for: limits.patience, now: now) == false { return false }
    outgoing[number]?.wait = wait
    arm(outgoing: number)
    // Nobody holds an offer that was refused; the next attempt makes it anew, and theirs may come first.
    if let request = outgoing[number], let dialog = request.dialog { withdrawOffer(of: request, in: dialog) }
    return true
  }

  private mutating func withdrawOffer(of request: OutgoingRequest, in dialog: UInt64) {
    if request.method == .invite { dialogs[dialog]?.session.inviteEnded(from: .local) }
    if request.method == .update { dialogs[dialog]?.session.refused(.update, from: .local) }
    dialogs[dialog]?.offeredDescription = nil
  }

  /// Sends a request again that waited for something.
  mutating func resend(_ number: UInt64, now: Instant, into sink: inout UserAgentSink) {
    guard let request = outgoing[number] else { return }
    if let dialog = request.dialog, request.method == .invite || request.method == .update {
      // What the other side has begun meanwhile goes first.
      let isBusy = request.method == .invite && dialogs[dialog]?.incomingInvite != nil
      let carrier: OfferAnswer.Carrier = request.method == .invite ? .invite : .update
      if isBusy || (try? step(dialog, carrier, request.body)) == nil {
        guard request.attempts < limits.maxAttempts else {
          return failed(outgoing: number, nil, .timeout, now: now, into: &sink)
        }
        outgoing[number]?.attempts += 1
        outgoing[number]?.wait = .moment(now + timing.t2)
        return arm(outgoing: number)
      }
    }
    if outgoing[number]?.usage?.resend(now: now) == false { return drop(outgoing: number, now: now) }
    if let dialog = request.dialog, request.method == .invite {
      dialogs[dialog]?.receipt = ReliableReceipt()
      dialogs[dialog]?.prackOwed = nil
    }
    if !transmit(number, now: now) { failed(outgoing: number, nil, .transportFailed, now: now, into: &sink) }
  }

  private mutating func forgetEarlyDialogs(of call: UInt64, now: Instant) {
    for dialog in calls[call]?.dialogs ?? [] { removeDialog(dialog, now: now) }
  }

  mutating func advanceOutgoing(_ number: UInt64, now: Instant, into sink: inout UserAgentSink) {
    guard outgoing[number] != nil else { return }
    outgoing[number]?.alarm.fired()
    switch outgoing[number]?.wait {
    case .moment(let at) where at <= now:
      resend(number, now: now, into: &sink)
    case .credentials(let until) where until <= now:
      failed(outgoing: number, nil, .timeout, now: now, into: &sink)
    case .answer:
      if outgoing[number]?.usage?.advance(now: now) == .sendCancel, let id = outgoing[number]?.transaction {
        _ = layer.sendCancel(of: id, now: now, into: &below)
      }
    case .moment, .credentials, .nothing, nil:
      break
    }
    arm(outgoing: number)
  }

  /// No answer in time, or not delivered.
  mutating func outgoingFailed(
    _ number: UInt64, _ id: ClientTransactionID, isTimeout: Bool, now: Instant, into sink: inout UserAgentSink
  ) {
    guard let request = outgoing[number], request.transaction == id, request.wait == .answer else { return }
    failed(outgoing: number, nil, isTimeout ? .timeout : .transportFailed, now: now, into: &sink)
  }

  /// The client transaction is gone.
  mutating func outgoingTerminated(
    _ number: UInt64, _ id: ClientTransactionID, into sink: inout UserAgentSink
  ) {
    guard let request = outgoing[number], request.transaction == id else { return }
    switch request.wait {
    case .answer, .nothing:
      if let dialog = request.dialog { release(number, in: dialog) }
      var gone = request
      gone.alarm.set(&wheel, key: .outgoing(number), at: nil)
      outgoing[number] = nil
    case .credentials, .moment:
      outgoing[number]?.transaction = nil
    }
  }

  /// A request has failed for good: without a message when there was no answer.
  mutating func failed(
    outgoing number: UInt64, _ message: SIPMessage?, _ reason: EndReason, now: Instant,
    into sink: inout UserAgentSink
  ) {
    guard var request = outgoing[number] else { return }
    let wasCancelling = request.usage?.phase == .cancelling
    let outcome = request.usage?.failed()
    outgoing[number] = request
    switch request.purpose {
    case .call:
      drop(outgoing: number, now: now)
      let isCancelled = outcome == .cancelled
      let isOverdue = outcome == .fail && wasCancelling
      endCall(request.call, isCancelled ? .cancelled : isOverdue ? .timeout : reason, now: now, into: &sink)
    case .session, .refresh:
      sessionFailed(request, number, message, now: now, into: &sink)
    case .refer:
      drop(outgoing: number, now: now)
      if let dialog = request.dialog, dialogs[dialog]?.isClosing == false {
        emit(.referAnswered(DialogHandle(number: dialog), message), into: &sink)
      }
      loseDialog(request, message, now: now, into: &sink)
    case .prack, .notify, .other:
      drop(outgoing: number, now: now)
      loseDialog(request, message, now: now, into: &sink)
    case .bye:
      drop(outgoing: number, now: now)
    }
  }

  private mutating func sessionFailed(
    _ request: OutgoingRequest, _ number: UInt64, _ message: SIPMessage?, now: Instant,
    into sink: inout UserAgentSink
  ) {
    drop(outgoing: number, now: now)
    guard let dialog = request.dialog, let slot = dialogs[dialog], !slot.isClosing else { return }
    withdrawOffer(of: request, in: dialog)
    if request.purpose == .session { emit(.sessionRefused(DialogHandle(number: dialog), message), into: &sink) }
    loseDialog(request, message, now: now, into: &sink)
    guard request.purpose == .refresh, dialogs[dialog] != nil else { return }
    if let status = message?.view.statusCode, status == 405 || status == 501 {
      dialogs[dialog]?.peer.allowsUpdate = false
    }
    dialogs[dialog]?.timer.postponed(by: timing.t2, now: now)
    arm(dialog: dialog)
  }

  /// A request within a dialog that is not answered, or answered 408 or 481, ends the dialog (§12.2.1.2); with BYE, in
  /// case the other side does know it.
  private mutating func loseDialog(
    _ request: OutgoingRequest, _ message: SIPMessage?, now: Instant, into sink: inout UserAgentSink
  ) {
    guard let dialog = request.dialog, dialogs[dialog]?.dialog.phase == .confirmed else { return }
    // A PRACK may be answered 481 when the INVITE was quicker, a NOTIFY when nobody listens any more.
    switch (message?.view.statusCode, request.purpose) {
    case (nil, _), (408?, _): break
    case (481?, .session), (481?, .refresh), (481?, .other): break
    default: return
    }
    if message == nil, request.wait != .answer { return }
    end(dialog: dialog, .dialogLost, withBye: true, now: now, into: &sink)
  }
}
