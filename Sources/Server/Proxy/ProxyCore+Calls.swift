import Guard
import SIPMessage
import SIPTransaction
import Telemetry
import Wire
import Witness

// Calls: from the admitted INVITE to the end.
extension ProxyCore {
  /// Enters the call of an INVITE that passed every check. False when this node can hold no more.
  mutating func openCall(
    _ key: CallKey, _ inbound: Inbound, user: String?, traceID: String, cookie: UInt64, at moment: Moment
  ) -> Bool {
    let known = calls[key]
    if let known, known.phase != .ended {
      // The same call once more, which has its place already.
      if let expert = inbound.expert { calls.free(expert, key) }
      inbound.expert = nil
      return true
    }
    let request = inbound.request
    let view = request.view
    let call = Call(
      key: key, traceID: traceID, callID: view.string(inbound.fields.callID), startedAt: moment.now,
      cookie: cookie, deadline: moment.now + .seconds(Int64(limits.callSeconds)))
    call.isCounted = known?.isCounted ?? false
    call.dialog = CallDialog(
      caller: CallParty(caller: view, inbound.fields, hop: inbound.hop, limit: limits.partyBytes), user: user)
    call.expert = inbound.expert
    guard calls.insert(call) else { return false }
    // From now on the place is given back with the call.
    inbound.expert = nil
    return true
  }

  /// An attempt is over before it became a call: its place is free.
  func leave(_ inbound: Inbound, into sink: inout ProxySink) {
    guard let expert = inbound.expert else { return }
    inbound.expert = nil
    let request = inbound.request
    sink.actions.append(.tell(.callEnded(expert: expert, call: callKey(request.view, inbound.fields))))
  }

  /// Tells the store of the places that have become free.
  mutating func tellFreed(into sink: inout ProxySink) {
    closeMedia(into: &sink)
    guard !calls.freed.isEmpty else { return }
    for place in calls.freed { sink.actions.append(.tell(.callEnded(expert: place.expert, call: place.call))) }
    calls.clearFreed()
  }

  /// A 2xx to an INVITE or UPDATE: who answered, or where the parties are reached from now on (§12.1.2, §12.2).
  mutating func noteSuccess(
    _ context: ResponseContext, _ client: ClientTransactionID, _ view: SIPMessageView, _ fields: SIPMandatoryFields,
    from hop: Hop, at moment: Moment, into sink: inout ProxySink
  ) {
    guard context.method == .invite || context.method == .update, let key = context.call,
      let call = calls[key], let dialog = call.dialog
    else { return }
    noteSession(call, view, at: moment)
    if context.isInDialog {
      guard let inbound = context.inbound else { return }
      let isFromCaller = fields.from.tag.map { dialog.caller?.hasTag(view.slice($0)) == true } ?? false
      let request = inbound.request
      let requester = CallParty.contact(inbound.fields)
      let responder = CallParty.contact(fields)
      if isFromCaller {
        dialog.caller?.refreshTarget(request.view, requester, limit: limits.partyBytes)
        dialog.callee?.refreshTarget(view, responder, limit: limits.partyBytes)
      } else {
        dialog.callee?.refreshTarget(request.view, requester, limit: limits.partyBytes)
        dialog.caller?.refreshTarget(view, responder, limit: limits.partyBytes)
      }
      return
    }
    guard context.method == .invite else { return }
    // The first answer counts; a caller who hears of a second one from another branch ends that one itself.
    if dialog.callee == nil {
      dialog.callee = CallParty(
        callee: view, fields, routes: routesBeyondUs(view), hop: layer.hop(of: client) ?? hop,
        limit: limits.partyBytes)
    }
    if case .none = dialog.hangUp { return }
    endLateAnswer(key, dialog, view, fields, at: moment, into: &sink)
  }

  /// The Record-Route values that proxies behind us have added, nearest to us first: those above ours.
  private func routesBeyondUs(_ view: SIPMessageView) -> [RouteField] {
    var values: [RouteField] = []
    var next = (try? view.firstRoute(.recordRoute)) ?? nil
    while let value = next {
      if isOurSocket(view, value.uri) { return values.reversed() }
      values.append(value)
      next = (try? view.route(after: value, of: .recordRoute)) ?? nil
    }
    // Ours is gone: whoever answered did not copy it, and then nothing on the way is to be relied on.
    return []
  }

  /// The INVITE of a new call has its final answer.
  mutating func callAnswered(
    _ context: ResponseContext, status: Int, reason: HangUpReason? = nil, at moment: Moment,
    into sink: inout ProxySink
  ) {
    // A challenge is neither a call nor an error: the caller comes again under the same name.
    if status == 401 || status == 407 {
      if let call = context.call, calls[call]?.isCounted == false { calls.remove(call) }
      return
    }
    let result: CallResult = status < 300 ? .answered : status == 487 ? .cancelled : .failed
    var isFirst = false
    if let key = context.call, let call = calls[key] {
      isFirst = !call.isCounted
      call.isCounted = true
      if call.phase == .attempted {
        if result == .answered {
          calls.update(call, phase: .connected(moment.now))
        } else {
          calls.update(call, phase: .ended, deadline: lingering(from: moment))
          // An answer may cross the operator's CANCEL; it needs what is known here.
          if reason == nil { call.dialog = nil }
        }
      }
    }
    if isFirst {
      counts.call(.through, result, traceID: context.traceID, at: moment.clock)
      counts.setup.observe(
        (moment.now - context.receivedAt).seconds, traceID: context.traceID, at: moment.clock)
    }
    if result == .answered {
      callRecord(.callConnected, context, status: status, at: moment, into: &sink)
    } else {
      callRecord(.callRejected, context, status: status, reason: reason, at: moment, into: &sink)
    }
    if let user = context.spends, result == .answered, let key = context.call, let call = calls[key] {
      sink.actions.append(.tell(.spend(user: user, callID: call.callID)))
    }
  }

  /// A BYE went through: the call is over.
  mutating func callEnded(
    _ context: ResponseContext, reason: String, at moment: Moment, into sink: inout ProxySink
  ) {
    guard let key = context.call, let call = calls[key], case .connected(let since) = call.phase else { return }
    end(call, since: since, [WitnessDetail("reason", .text(reason))], at: moment, into: &sink)
  }

  /// How long the call may go on unrefreshed, as its newest 2xx says (RFC 4028 §8.2, §8.3).
  private mutating func noteSession(_ call: Call, _ view: SIPMessageView, at moment: Moment) {
    guard view.contains(.sessionExpires) || call.sessionSeconds > 0 else { return }
    let seconds = ((try? view.sessionExpires()) ?? nil).map { $0.seconds } ?? 0
    call.sessionSeconds = seconds
    calls.update(call, deadline: deadline(sessionSeconds: seconds, at: moment))
  }

  /// When a running call counts as lost: a little after the parties' own session timer, else after a day.
  private func deadline(sessionSeconds: UInt32, at moment: Moment) -> Instant {
    let longest = Int64(limits.callSeconds)
    let session = Int64(sessionSeconds) + Int64(limits.lingerSeconds)
    return moment.now + .seconds(sessionSeconds == 0 ? longest : min(session, longest))
  }

  /// A request inside the call was answered: the call is alive.
  mutating func refresh(_ key: CallKey, at moment: Moment) {
    // A session timer is refreshed by what carries Session-Expires alone.
    guard let call = calls[key], call.isConnected, call.sessionSeconds == 0 else { return }
    calls.update(call, deadline: deadline(sessionSeconds: 0, at: moment))
  }

  /// A call's deadline has passed: it is taken for lost, or forgotten after its end.
  mutating func expire(_ call: Call, at moment: Moment, into sink: inout ProxySink) {
    if case .connected(let since) = call.phase {
      end(call, since: since, [WitnessDetail("reason", "no refresh")], at: moment, into: &sink)
    }
    calls.remove(call.key)
  }

  /// The call was up, and is over: counted and recorded once.
  mutating func end(
    _ call: Call, since: Instant, _ why: [WitnessDetail], at moment: Moment, into sink: inout ProxySink
  ) {
    let seconds = (moment.now - since).seconds
    counts.duration.observe(seconds, traceID: call.traceID, at: moment.clock)
    calls.update(call, phase: .ended, deadline: lingering(from: moment))
    call.dialog = nil
    guard isWitnessed else { return }
    sink.actions.append(
      .record(
        WitnessEvent(
          time: moment.clock, name: .callTerminated, component: "sip", traceID: call.traceID, callID: call.callID,
          details: [WitnessDetail("duration_ms", .integer(Int64((seconds * 1000).rounded())))] + why)))
  }
}
