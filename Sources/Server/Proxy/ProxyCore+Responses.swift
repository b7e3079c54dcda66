import Guard
import SIPMessage
import SIPTransaction
import Telemetry
import Wire
import Witness

// Responses from the branches, and which of them goes back (RFC 3261 §16.7).
extension ProxyCore {
  mutating func receiveResponse(
    _ view: SIPMessageView, from hop: Hop, at moment: Moment, into sink: inout ProxySink
  ) {
    let fields: SIPMandatoryFields
    do throws(SIPParseError) {
      fields = try view.validate()
    } catch {
      refuseMalformed(view, error, from: hop, at: moment, into: &sink)
      return
    }
    let match = layer.receiveResponse(
      view, via: fields.topmostVia, method: fields.method(in: view), now: moment.now, into: &transactions)
    switch match {
    case .client(let client):
      guard let word = layer.context(of: client) else { return }
      responseArrived(client, ContextID(word: word), view, fields, from: hop, at: moment, into: &sink)
    case .cancelResponse:
      record(.sipResponse, view, fields, from: hop, at: moment, into: &sink)
    case .absorbed, .stray:
      // RFC 6026 §7.3: what matches nothing goes nowhere.
      break
    }
  }

  /// - Parameter withoutPorts: why a response that waited for ports has none.
  mutating func responseArrived(
    _ client: ClientTransactionID, _ id: ContextID, _ view: SIPMessageView, _ fields: SIPMandatoryFields,
    from hop: Hop, withoutPorts: MediaFailure? = nil, at moment: Moment, into sink: inout ProxySink
  ) {
    let status = view.statusCode
    guard let context = contexts[id] else {
      if probeEnded(id, status: status, at: moment.now) { return }
      if status >= 200 { keyAnswered(client, into: &sink) }
      answeredOurOwn(id, view, fields, from: hop, at: moment, into: &sink)
      return
    }
    // §16.7 step 3: without a Via behind ours it was meant for us, and we asked nothing on our own. A branch that ends so
    // has no answer to pass on; one that was cancelled has ended as it was told (some copy only one Via into their 487).
    guard fields.viaCount > 1 || context.hidden?.vias.isEmpty == false else {
      guard status >= 200 else { return }
      branchEnded(client, id, status: context.isCancelled ? 487 : 502, response: nil, at: moment, into: &sink)
      return
    }
    var body: [UInt8]?
    if context.media != nil, 101...299 ~= status {
      let answer =
        withoutPorts.map { .unusable(.media($0.text)) }
        ?? answerMedia(context, client, id, view, from: hop, into: &sink)
      switch answer {
      case .untouched: break
      case .replaced(let bytes): body = bytes
      case .held: return
      case .unusable(let reason):
        body = []
        if status >= 200, context.method == .invite, !context.isInDialog {
          turnDown(id, reason, at: moment, into: &sink)
        }
      }
    }
    if !isRepeated(view, fields, context) {
      record(.sipResponse, view, fields, from: hop, traceID: context.traceID, at: moment, into: &sink) { details in
        guard status != 100, let reply = layer.responseHop(of: context.server) else { return }
        details.append(WitnessDetail("forwarded_to", .peer(reply.witnessPeer)))
      }
    }
    let origin = ResponseOrigin(
      isTrusted: policy.trusts(hop), isHidden: policy.mayHide && hides(view, from: hop, towards: context),
      isOwn: hop.isGateway)
    switch status {
    case 100:
      // §16.7 step 5: hop by hop.
      break
    case 101...199:
      passOn(view, fields.topmostVia, status: status, from: origin, context, body: body, at: moment)
      if status == 180, context.method == .invite, !context.isInDialog, !context.hasRung {
        context.hasRung = true
        callRecord(.callRinging, context, status: 180, at: moment, into: &sink)
      }
    case 200...299:
      noteSuccess(context, client, view, fields, from: hop, at: moment, into: &sink)
      passOn(view, fields.topmostVia, status: status, from: origin, context, body: body, at: moment)
      branchAnswered(client, id, status: status, at: moment, into: &sink)
    default:
      branchEnded(
        client, id, status: status, response: SIPMessage(copying: view), from: origin, at: moment, into: &sink)
    }
  }

  /// Whether a 2xx to an INVITE has been here before (§13.3.1.4: it is sent again until its ACK comes).
  private func isRepeated(_ view: SIPMessageView, _ fields: SIPMandatoryFields, _ context: ResponseContext) -> Bool {
    guard isWitnessed, context.method == .invite, 200...299 ~= view.statusCode else { return false }
    var hash = SipHash(key: hashKey)
    hash.combine(view.slice(fields.to.tag ?? .zero))
    return !context.isFirstAnswer(hash.finalize())
  }

  /// Forwards a response as it came, without our Via, and counts it (§16.7 steps 3, 9).
  @discardableResult
  private mutating func passOn(
    _ view: SIPMessageView, _ via: ViaField, status: Int, from origin: ResponseOrigin, _ context: ResponseContext,
    challenges: [SIPMessage] = [], body: [UInt8]? = nil, at moment: Moment
  ) -> Bool {
    let bytes = rewrittenResponse(view, via, from: origin, towards: context, challenges: challenges, body: body)
    guard layer.respond(context.server, status: status, bytes: bytes, now: moment.now, into: &transactions) else {
      return false
    }
    counts.response(status, traceID: context.traceID, at: moment.clock)
    return true
  }

  /// A 2xx: the call is up, all other branches are cancelled (§16.7 step 10).
  private mutating func branchAnswered(
    _ client: ClientTransactionID, _ id: ContextID, status: Int, at moment: Moment, into sink: inout ProxySink
  ) {
    guard let context = contexts[id] else { return }
    context.markDone(client, status: status)
    if context.method == .invite {
      context.cancelReason = Self.answeredElsewhere
      cancelBranches(id, at: moment, into: &sink)
    }
    guard context.isForwarding else { return }
    finish(id, status: status, at: moment, into: &sink)
  }

  /// A branch is over without a 2xx: by its final response, a timeout (408) or a transport error (503).
  mutating func branchEnded(
    _ client: ClientTransactionID, _ id: ContextID, status: Int, response: SIPMessage?,
    from origin: ResponseOrigin = .ours, at moment: Moment, into sink: inout ProxySink
  ) {
    guard let context = contexts[id] else { return }
    let status = flowEnded(context, client, status: status, isOurs: response == nil, into: &sink)
    // What a flow is, is no caller's business (RFC 5626 §11.5).
    let response = status == 430 ? nil : response
    let ended = context.markDone(client, status: status)
    guard context.isForwarding else { return }
    // RFC 3263 §4.3, RFC 5626 §7: only what says that this way is closed leads to the next one.
    if let ended, !context.isCancelled, context.branches[ended].isClosed(by: status, isOurs: response == nil),
      sendNextWay(branch: ended, of: context, id, at: moment, into: &sink)
    {
      return
    }
    if let response, follow(response, status: status, of: context, id, at: moment, into: &sink) { return }
    if let response, status == 401 || status == 407 { context.challenges.append(response) }
    if Self.isBetter(status, than: context.best?.status) { context.best = (status, response, origin) }
    if status >= 600, context.method == .invite { cancelBranches(id, at: moment, into: &sink) }
    branchesSettled(id, at: moment, into: &sink)
  }

  /// Goes on when no branch is pending any more: with the next priority, or with the best answer.
  mutating func branchesSettled(_ id: ContextID, at moment: Moment, into sink: inout ProxySink) {
    guard let context = contexts[id], case .forwarding = context.phase, context.lookups.isEmpty,
      !context.branches.contains(where: \.isPending)
    else { return }
    if context.best.map({ $0.status < 600 }) ?? true, !context.isCancelled,
      context.branches.contains(where: { $0.isWaiting })
    {
      sendNextGroup(id, at: moment, into: &sink)
      return
    }
    sendBest(id, at: moment, into: &sink)
  }

  /// §16.7 step 6: 6xx before all; otherwise the lowest class, and within 4xx what tells the caller most.
  static func isBetter(_ status: Int, than best: Int?) -> Bool {
    guard let best else { return true }
    func rank(_ status: Int) -> Int {
      switch status {
      case 600...: 0
      case 300...399: 1
      case 401, 407: 2
      case 415, 420, 484: 3
      case 408, 430, 480: 5
      case 400...499: 4
      // Our own word that a branch could not be reached says less than anything a phone said.
      default: status == 503 ? 7 : 6
      }
    }
    return rank(status) < rank(best)
  }

  /// Sends the best final response of all branches (§16.7 step 6).
  private mutating func sendBest(_ id: ContextID, at moment: Moment, into sink: inout ProxySink) {
    guard let context = contexts[id] else { return }
    // Nothing at all came of it when every redirection led to somebody who is not there.
    let best = context.best ?? (context.isCancelled ? 487 : 480, nil, .ours)
    // RFC 4320 §4.2: a 408 to a non-INVITE only makes matters worse.
    if best.status == 408, best.message == nil, context.method != .invite {
      finish(id, status: 408, at: moment, into: &sink)
      return
    }
    if let message = best.message {
      // A neighbour's 503 speaks of that neighbour, not of us (§16.7 step 6).
      if best.status == 503, !best.origin.isOwn {
        respondLocally(id, context, status: 500, phrase: "Server Internal Error", at: moment, into: &sink)
      } else {
        let view = message.view
        if let via = try? view.topmostVia() {
          passOn(
            view, via, status: best.status, from: best.origin, context,
            challenges: context.challenges.count > 1 ? context.challenges : [], at: moment)
        }
      }
    } else {
      let (status, phrase) =
        switch best.status {
        case 408 where context.isCancelled: (487, "Request Terminated")
        case 408: (408, "Request Timeout")
        case 430: flowFailure(context)
        case 480: (480, "Temporarily Unavailable")
        case 487: (487, "Request Terminated")
        case 488: (488, "Not Acceptable Here")
        case 502: (502, "Bad Gateway")
        case 513: (513, "Message Too Large")
        default: (503, "Service Unavailable")
        }
      respondLocally(id, context, status: status, phrase: phrase, at: moment, into: &sink)
      finish(id, status: status, at: moment, into: &sink)
      return
    }
    finish(id, status: best.status == 503 && !best.origin.isOwn ? 500 : best.status, at: moment, into: &sink)
  }

  /// A flow named by the request itself has failed: 430 (RFC 5626 §5.3). One that the registrar chose: its phone is away.
  private func flowFailure(_ context: ResponseContext) -> (Int, String) {
    context.isInDialog ? (430, "Flow Failed") : (480, "Temporarily Unavailable")
  }

  private mutating func respondLocally(
    _ id: ContextID, _ context: ResponseContext, status: Int, phrase: String, at moment: Moment,
    into sink: inout ProxySink
  ) {
    guard let inbound = context.inbound else { return }
    recordUnsent(context, at: moment, into: &sink)
    var headers: [HeaderLine] = status == 503 ? [("Retry-After", "5")] : []
    if status == 480, context.lacksSecureWay {
      headers.append(
        ("Warning", "380 \(policy.domains.first ?? "proxy") \"SIPS Not Allowed: there is no way there over TLS\""))
    }
    if status == 488, let refusal = context.mediaRefusal { headers.append(Refusal.mediaReason(refusal)) }
    respond(
      inbound, status: status, phrase: phrase, headers: headers,
      traceID: context.traceID, wasForwarded: true, at: moment, into: &sink)
  }

  /// The context has given its final answer: what that means for the call.
  mutating func finish(_ id: ContextID, status: Int, at moment: Moment, into sink: inout ProxySink) {
    guard let context = contexts[id] else { return }
    context.phase = .answered
    context.best = nil
    context.challenges = []
    if status >= 300, context.media != nil { mediaFailed(context) }
    switch context.method {
    case .invite where !context.isInDialog:
      callAnswered(context, status: status, at: moment, into: &sink)
    case .bye where context.isInDialog:
      callEnded(context, reason: "bye", at: moment, into: &sink)
    case .invite, .update, .info, .prack, .options, .message, .other:
      guard context.isInDialog else { break }
      if status == 481 || status == 408 {
        // The far side knows of no call, or is not there: the dialog is over (§12.2.1.2, RFC 5057 §5.1).
        callEnded(context, reason: "dialog gone", at: moment, into: &sink)
      } else if status < 300, let call = context.call {
        refresh(call, at: moment)
      }
    case .ack, .bye, .cancel, .register, .refer, .subscribe, .notify, .publish: break
    }
  }

  /// Timer C (§16.8): the callee rang for too long.
  mutating func timerC(
    _ client: ClientTransactionID, _ id: ContextID, at moment: Moment, into sink: inout ProxySink
  ) {
    if layer.isProceeding(client) {
      _ = layer.sendCancel(of: client, headers: Self.rangTooLong, now: moment.now, into: &transactions)
    } else {
      branchEnded(client, id, status: 408, response: nil, at: moment, into: &sink)
    }
  }

  /// Cancels every branch without a final response (§16.10), and forgets those that have not been sent.
  mutating func cancelBranches(_ id: ContextID, at moment: Moment, into sink: inout ProxySink) {
    guard let context = contexts[id] else { return }
    for index in context.branches.indices where !context.branches[index].isCancelled {
      switch context.branches[index].state {
      case .pending:
        context.branches[index].isCancelled = true
        guard let client = context.branches[index].client else { continue }
        _ = layer.sendCancel(of: client, headers: context.cancelReason, now: moment.now, into: &transactions)
      case .waiting:
        context.branches[index].state = .done(status: 487)
      case .done: break
      }
    }
  }

  /// The server transaction is gone, and the context with it.
  mutating func contextEnded(_ id: ContextID, at moment: Moment, into sink: inout ProxySink) {
    guard let context = contexts[id] else { return }
    recordUnsent(context, at: moment, into: &sink)
    if let inbound = context.inbound { leave(inbound, into: &sink) }
    if context.media != nil, context.inbound != nil { mediaFailed(context) }
    if case .answered = context.phase {
    } else if context.method == .invite, !context.isInDialog, let call = context.call {
      calls.remove(call)
    } else if context.method == .bye, context.isInDialog {
      // Nobody has answered in time, and nobody waits for an answer any more: the call is over all the same.
      callEnded(context, reason: "bye", at: moment, into: &sink)
    }
    contexts.remove(id)
  }

  // MARK: CANCEL

  /// A CANCEL (§9.2, §16.10): believed only from where its INVITE came from.
  mutating func cancel(
    _ inbound: Inbound, invite: ServerTransactionID?, at moment: Moment, into sink: inout ProxySink
  ) {
    guard let invite, let source = layer.source(of: invite), isSameOrigin(source, inbound.hop) else {
      refuse(inbound, .plain(481, "Call/Transaction Does Not Exist"), at: moment, into: &sink)
      return
    }
    let id = ContextID(word: layer.context(of: invite) ?? 0)
    let context = contexts[id].flatMap { $0.server == invite ? $0 : nil }
    respond(
      inbound, status: 200, phrase: "OK", headers: [], traceID: context?.traceID, at: moment, into: &sink)
    guard let context else { return }
    switch context.phase {
    case .forwarding, .resolving, .openingMedia:
      context.isCancelled = true
      context.cancelReason = reasonLines(inbound.request)
      cancelBranches(id, at: moment, into: &sink)
      // What DNS or the registrar is still asked about will not be sent any more.
      context.phase = .forwarding
      context.lookups = []
      branchesSettled(id, at: moment, into: &sink)
    case .answered: break
    case .authenticating, .spendingNonce, .admitting, .judging, .claiming, .locating, .locatingPhone, .fetching,
      .registering:
      // Nothing has been sent on; the store's answer will find nobody.
      guard let original = context.inbound else { return }
      leave(original, into: &sink)
      context.phase = .answered
      respond(
        original, status: 487, phrase: "Request Terminated", headers: [], traceID: context.traceID, at: moment,
        into: &sink)
      callAnswered(context, status: 487, at: moment, into: &sink)
    }
  }

  /// Why a phone is to stop ringing, so that it does not list a missed call (RFC 3326 §2).
  private static let answeredElsewhere = Array("Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n".utf8)
  private static let rangTooLong = Array("Reason: SIP;cause=408;text=\"No answer\"\r\n".utf8)

  /// The Reason headers of a CANCEL, which go on with ours (RFC 3326 §2).
  private func reasonLines(_ cancel: SIPMessage) -> [UInt8] {
    var lines: [UInt8] = []
    let view = cancel.view
    view.forEach(.reason) { lines += [UInt8](copying: view.slice($0.line)) }
    return lines
  }

  private func isSameOrigin(_ one: Hop, _ other: Hop) -> Bool {
    one.transport == other.transport
      && (one.transport.isReliable ? one.connection == other.connection : one.remote == other.remote)
  }
}
