import Guard
import SIPMessage
import SIPTransaction
import Telemetry
import Wire
import Witness

/// A header of an answer of ours.
typealias HeaderLine = (name: StaticString, value: String)

/// Why a request is answered by us and goes no further.
struct Refusal: Error {
  var status: Int
  var phrase: String
  /// The rule of DOMAIN §5 that decided; nil when it is no matter of security.
  var rule: String?
  /// What the rule says, for the `Reason` header and the record. Holds nothing the caller chose.
  var text = ""
  /// Further headers.
  var headers: [HeaderLine] = []
  /// The bound of this node that was reached, if it was one.
  var limit: NodeLimit?

  init(status: Int, phrase: String, rule: String?, text: String, headers: [HeaderLine] = []) {
    self.status = status
    self.phrase = phrase
    self.rule = rule
    self.text = text
    self.headers = headers
  }

  /// 403 by one of the rules before guard.
  static func rule(_ rule: AdmissionRule, _ text: String) -> Refusal {
    Refusal(status: 403, phrase: "Forbidden", rule: rule.rawValue, text: text)
  }

  /// What it counts as when many of them come in a second.
  var ledgerRule: String { rule ?? phrase }

  /// 503, since this node has no room: with the bound's name, in the words of Q.850 "switching equipment congestion".
  static func full(_ limit: NodeLimit, _ phrase: String, retryAfter seconds: Int) -> Refusal {
    var refusal = Refusal(
      status: 503, phrase: phrase, rule: nil, text: "",
      headers: [
        ("Retry-After", String(seconds)),
        ("Reason", GuardDecision.reason(rule: limit.rawValue, text: phrase.lowercased(), cause: 42)),
      ])
    refusal.limit = limit
    return refusal
  }

  /// An answer that protocol demands.
  static func plain(_ status: Int, _ phrase: String, headers: [HeaderLine] = []) -> Refusal {
    Refusal(status: status, phrase: phrase, rule: nil, text: "", headers: headers)
  }
}

// Answers of our own, and records.
extension ProxyCore {
  /// Ends a request with an answer of ours: counted, recorded, nothing sent onwards (DOMAIN §5).
  mutating func refuse(
    _ inbound: Inbound, _ refusal: Refusal, traceID: String? = nil, at moment: Moment, into sink: inout ProxySink
  ) {
    var headers = refusal.headers
    if let limit = refusal.limit { counts.limitReached(limit.rawValue) }
    giveBack(inbound, into: &sink)
    // Of strangers' refusals only so many are written down one by one.
    let isRecorded =
      isWitnessed && (inbound.isAuthenticated || refusals.admits(refusal.ledgerRule, at: moment.now))
    if let rule = refusal.rule {
      counts.rejection(rule)
      if refusal.status == 403 || refusal.status == 480 {
        headers.append(("Reason", GuardDecision.reason(rule: rule, text: refusal.text)))
      }
      if isRecorded {
        sink.actions.append(
          .record(
            refusalEvent(
              rule: rule, text: refusal.text, source: inbound.origin, message: inbound.request, traceID: traceID,
              at: moment)))
      }
    }
    respond(
      inbound, status: refusal.status, phrase: refusal.phrase, headers: headers, traceID: traceID,
      isRecorded: isRecorded, at: moment, into: &sink)
    let request = inbound.request
    let view = request.view
    guard inbound.method == .invite, refusal.status != 401, refusal.status != 407, !inbound.isInDialog else { return }
    let isFirst = countOnce(callKey(view, inbound.fields), at: moment)
    if isFirst {
      let hasFailed = inbound.isAdmitted && refusal.rule == nil
      counts.call(.through, hasFailed ? .failed : .rejected, traceID: traceID, at: moment.clock)
    }
    guard isRecorded else { return }
    var details = [WitnessDetail("text", .text(refusal.text.isEmpty ? refusal.phrase : refusal.text))]
    if let rule = refusal.rule { details.append(WitnessDetail("rule", .text(rule))) }
    sink.actions.append(
      .record(
        WitnessEvent(
          time: moment.clock, name: .callRejected, component: "sip", traceID: traceID,
          callID: view.string(inbound.fields.callID), method: "INVITE", status: refusal.status,
          peer: inbound.origin.witnessPeer, details: details)))
  }

  /// A call that was counted in an expert's quota is refused after all: it consumes nothing (DOMAIN §5 step 7).
  private func giveBack(_ inbound: Inbound, into sink: inout ProxySink) {
    guard let expert = inbound.expert else { return }
    inbound.expert = nil
    let request = inbound.request
    sink.actions.append(.tell(.release(expert: expert, call: callKey(request.view, inbound.fields))))
  }

  /// Whether a refused INVITE is the first of its call, remembering it for as long as it may be retried.
  private mutating func countOnce(_ key: CallKey, at moment: Moment) -> Bool {
    if let call = calls[key] {
      let wasCounted = call.isCounted
      call.isCounted = true
      if call.phase == .attempted { calls.update(call, phase: .ended, deadline: lingering(from: moment)) }
      return !wasCounted
    }
    let call = Call(
      key: key, traceID: "", callID: "", startedAt: moment.now, cookie: 0, phase: .ended,
      deadline: lingering(from: moment))
    call.isCounted = true
    // Refusals must not push real calls out: what does not fit is counted each time it comes.
    if calls.count < limits.calls / 2 { _ = calls.insert(call) }
    return true
  }

  /// Until when a call that is over is remembered.
  func lingering(from moment: Moment) -> Instant { moment.now + .seconds(Int64(limits.lingerSeconds)) }

  /// The name of the call a request outside a dialog begins.
  func callKey(_ view: SIPMessageView, _ fields: SIPMandatoryFields) -> CallKey {
    // RFC 2543 clients send no tag.
    CallKey(callID: view.slice(fields.callID), fromTag: view.slice(fields.from.tag ?? .zero), hashKey: hashKey)
  }

  /// Answers a request of a transaction.
  mutating func respond(
    _ inbound: Inbound, status: Int, phrase: String, headers: [HeaderLine], traceID: String? = nil,
    wasForwarded: Bool = false, isRecorded: Bool = true, at moment: Moment, into sink: inout ProxySink
  ) {
    let request = inbound.request
    let view = request.view
    let bytes = response(
      to: view, inbound.fields, from: inbound.hop, status: status, phrase: phrase, headers: headers)
    guard layer.respond(inbound.id, status: status, bytes: bytes, now: moment.now, into: &transactions) else { return }
    counts.response(status, traceID: traceID, at: moment.clock)
    guard isRecorded else { return }
    // What has been forwarded has its record already.
    if !wasForwarded {
      record(.sipRequest, view, inbound.fields, from: inbound.origin, traceID: traceID, at: moment, into: &sink)
    }
    record(
      .sipResponse, view, inbound.fields, from: inbound.origin, traceID: traceID, status: status, isOut: true,
      at: moment, into: &sink)
  }

  /// The bytes of an answer.
  func response(
    to view: SIPMessageView, _ fields: SIPMandatoryFields? = nil, from hop: Hop, status: Int, phrase: String,
    headers: [HeaderLine]
  ) -> [UInt8] {
    var writer = SIPResponseWriter(status, phrase: phrase)
    if let via = fields?.topmostVia ?? (try? view.topmostVia()) {
      if via.rport != .absent || SIPHost.address(view.slice(via.host)) != hop.remote.ip {
        writer.received = hop.remote.ip
        writer.port = hop.remote.port
      }
    }
    if status > 100, fields?.to.tag == nil { writer.toTag = toTag(view, fields) }
    for header in headers { writer.add(header.name, header.value) }
    if status >= 200, !policy.serverName.isEmpty { writer.add("Server", policy.serverName) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512)
    writer.write(answering: view, into: &bytes)
    return bytes
  }

  /// Our tag in answers: the same for every copy of a request, so that a retransmission gets the same answer even when
  /// no transaction remembers it (§8.2.7).
  private func toTag(_ view: SIPMessageView, _ fields: SIPMandatoryFields?) -> String {
    var hash = SipHash(key: hashKey)
    if let callID = fields?.callID ?? (try? view.callID()) { hash.combine(view.slice(callID)) }
    if let tag = (fields?.from ?? (try? view.from()))?.tag { hash.combine(view.slice(tag)) }
    if let branch = (fields?.topmostVia ?? (try? view.topmostVia()))?.branch { hash.combine(view.slice(branch)) }
    return Hex.encode(hash.finalize())
  }

  /// Where an answer without a transaction goes (§18.2.2, RFC 3581 §4).
  func replyHop(_ view: SIPMessageView, _ hop: Hop) -> Hop? {
    guard let via = try? view.topmostVia() else { return nil }
    var reply = hop
    if !hop.transport.isReliable, via.rport == .absent { reply.remote.port = via.port ?? hop.transport.defaultPort }
    return reply
  }

  // MARK: Records

  /// A record about a message that came in, or with `isOut` about one of ours. `details` adds what else there is, in the
  /// order of the keys, which saves the writer sorting them; it is only asked when records are wanted.
  func record(
    _ name: WitnessEventName, _ view: SIPMessageView, _ fields: SIPMandatoryFields, from hop: Hop,
    traceID: String? = nil, status: Int? = nil, isOut: Bool = false, at moment: Moment, into sink: inout ProxySink,
    details: (inout [WitnessDetail]) -> Void = { _ in }
  ) {
    guard isWitnessed else { return }
    let method = fields.method(in: view)
    guard Self.isRecorded(method) else { return }
    var all: [WitnessDetail] = []
    all.reserveCapacity(2)
    all.append(WitnessDetail("direction", isOut ? "out" : "in"))
    details(&all)
    sink.actions.append(
      .record(
        WitnessEvent(
          time: moment.clock, name: name, component: "sip", traceID: traceID,
          callID: view.string(fields.callID), method: method.name,
          status: status ?? (view.isRequest ? nil : view.statusCode), peer: hop.witnessPeer, details: all)))
  }

  /// DOMAIN §8 names the methods whose messages are recorded one by one; the others would only make the log long.
  static func isRecorded(_ method: SIPMethod) -> Bool {
    switch method {
    case .invite, .ack, .bye, .cancel, .refer: true
    default: false
    }
  }

  /// A record about a turn of a call.
  func callRecord(
    _ name: WitnessEventName, _ context: ResponseContext, status: Int, reason: HangUpReason? = nil, at moment: Moment,
    into sink: inout ProxySink
  ) {
    guard isWitnessed, let key = context.call, let call = calls[key] else { return }
    var details: [WitnessDetail] = []
    if name != .callRinging {
      details.append(
        WitnessDetail("setup_ms", .integer(Int64(((moment.now - context.receivedAt).seconds * 1000).rounded()))))
    }
    if let user = context.user { details.append(WitnessDetail("user", .text(user))) }
    if let reason { details += reason.details }
    sink.actions.append(
      .record(
        WitnessEvent(
          time: moment.clock, name: name, component: "sip", traceID: call.traceID, callID: call.callID,
          method: "INVITE", status: status, peer: context.origin.witnessPeer, details: details)))
  }

  /// A record that a check refused something of a stranger's, unless there are too many of them.
  mutating func securityRecord(
    rule: String, text: String, source: Hop, message: SIPMessage? = nil, at moment: Moment,
    into sink: inout ProxySink
  ) {
    guard isWitnessed, refusals.admits(rule, at: moment.now) else { return }
    sink.actions.append(
      .record(refusalEvent(rule: rule, text: text, source: source, message: message, traceID: nil, at: moment)))
  }

  private func refusalEvent(
    rule: String, text: String, source: Hop, message: SIPMessage?, traceID: String?, at moment: Moment
  ) -> WitnessEvent {
    var callID: String?
    var method: String?
    if let message {
      let view = message.view
      callID = (try? view.callID()).map { view.string($0) }
      method = view.isRequest ? view.method.name : nil
    }
    return WitnessEvent(
      time: moment.clock, name: .securityRejected, component: "sip", traceID: traceID, callID: callID,
      method: method, peer: source.witnessPeer,
      details: [WitnessDetail("rule", .text(rule)), WitnessDetail("text", .text(text))])
  }

  /// A second of refusals is over: what was not recorded one by one is recorded as a number.
  mutating func closeLedger(at moment: Moment, into sink: inout ProxySink) {
    for (rule, count) in refusals.close(at: moment.now) {
      sink.actions.append(
        .record(
          WitnessEvent(
            time: moment.clock, name: .securityRejected, component: "sip",
            details: [WitnessDetail("rule", .text(rule)), WitnessDetail("count", .integer(Int64(count)))])))
    }
  }
}

extension Hop {
  /// The far end as records write it.
  var witnessPeer: WitnessPeer {
    WitnessPeer(address: remote, transport: transport.name, tls: security?.facts.map { "TLSv\($0.version.rawValue)" })
  }
}

extension SIPMethod {
  var label: MethodLabel {
    switch self {
    case .invite: .invite
    case .ack: .ack
    case .bye: .bye
    case .cancel: .cancel
    case .register: .register
    case .options: .options
    case .info: .info
    case .prack: .prack
    case .update: .update
    case .refer: .refer
    case .subscribe: .subscribe
    case .notify: .notify
    case .message: .message
    case .publish: .publish
    case .other: .other
    }
  }
}

extension SIPTransportKind {
  var label: TransportLabel {
    switch self {
    case .udp: .udp
    case .tcp: .tcp
    case .tls: .tls
    case .ws: .ws
    case .wss: .wss
    }
  }
}
