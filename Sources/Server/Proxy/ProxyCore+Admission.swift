import DigestAuth
import Guard
import SIPLocation
import SIPMessage
import SIPTransaction
import Wire
import Witness

// May it go on, and where to (DOMAIN §5 steps 7 to 9; RFC 3261 §16.5).
extension ProxyCore {
  /// Asks the store for a context, and goes on when it answers.
  mutating func ask(
    _ query: StoreQuery, _ context: ResponseContext, _ inbound: Inbound, at moment: Moment, into sink: inout ProxySink
  ) {
    guard let id = contexts.insert(context) else {
      refuse(inbound, .full(.requests, "Service Unavailable", retryAfter: 10), at: moment, into: &sink)
      return
    }
    layer.setContext(id.word, of: inbound.id)
    sink.actions.append(.ask(query, id))
  }

  /// The store has answered: the next step of whoever asked.
  mutating func proceed(
    _ id: ContextID, with answer: StoreAnswer, at moment: Moment, into sink: inout ProxySink
  ) {
    guard let context = contexts[id], let inbound = context.inbound else { return }
    // Asked one after the other: a pair of both would be a copy of both. An answer that nobody waits for is dropped.
    switch context.phase {
    case .authenticating(let candidates):
      guard case .users(let users, let lockedOut) = answer else { return }
      judge(id, inbound, candidates, users: users, lockedOut: lockedOut, at: moment, into: &sink)
    case .spendingNonce:
      guard case .nonce(let use) = answer else { return }
      nonceUsed(id, inbound, use, at: moment, into: &sink)
    case .admitting(let admission):
      guard case .admitted(let answer) = answer else { return }
      contexts.remove(id)
      quotaAnswered(inbound, admission, answer, at: moment, into: &sink)
    case .judging(let admission):
      guard case .spent(let spent) = answer else { return }
      contexts.remove(id)
      decide(inbound, admission, spent: spent, at: moment, into: &sink)
    case .claiming(let admission):
      guard case .signedAdmitted(let isFirst) = answer else { return }
      contexts.remove(id)
      if isFirst {
        locate(inbound, admission, at: moment, into: &sink)
      } else {
        reject(
          inbound, admission, GuardRule.signatureUnspent.rawValue, "this Call-ID is in use", at: moment, into: &sink)
      }
    case .locating(let admission):
      guard case .bindings(let contacts, _) = answer else { return }
      contexts.remove(id)
      located(inbound, admission, contacts, at: moment, into: &sink)
    case .resolving(let branch, let way):
      guard case .located(let hops) = answer else { return }
      resolved(id, branch: branch, way: way, hops, at: moment, into: &sink)
    case .forwarding:
      guard case .bindings(let contacts, _) = answer else { return }
      redirected(id, to: contacts, at: moment, into: &sink)
    case .locatingPhone(let gruu):
      guard case .bindings(let contacts, _) = answer else { return }
      contexts.remove(id)
      locatedPhone(context, inbound, gruu, contacts, at: moment, into: &sink)
    case .fetching(let draft):
      guard case .bindings(let contacts, let version) = answer else { return }
      contexts.remove(id)
      commit(inbound, draft, known: contacts, version: version, at: moment, into: &sink)
    case .registering(let draft):
      guard case .registered(let result) = answer else { return }
      contexts.remove(id)
      registered(inbound, draft, result, at: moment, into: &sink)
    case .openingMedia, .answered: return
    }
  }

  /// A request from outside a dialog whose sender is known as far as it will be.
  mutating func admit(_ inbound: Inbound, user: String?, at moment: Moment, into sink: inout ProxySink) {
    let request = inbound.request
    let view = request.view
    let (target, gruu): (String, GRUU?)
    switch requestTarget(view, inbound.fields) {
    case .address(let address, let phone): (target, gruu) = (address, phone)
    case .unknownGRUU:
      refuse(inbound, .plain(404, "Not Found"), at: moment, into: &sink)
      return
    case .unsupported:
      refuse(inbound, .plain(416, "Unsupported URI Scheme"), at: moment, into: &sink)
      return
    }
    var admission = Admission(user: user, target: target, gruu: gruu)
    admission.escalation = policy.escalationTargets.match(target)
    if admission.escalation != nil, inbound.method == .invite, policy.trusts(inbound.hop), !hasTrustedFacts(view) {
      refuse(inbound, .rule(.trustedFacts, "no X-IF-Source or X-IF-Authenticated-User"), at: moment, into: &sink)
      return
    }
    guard inbound.method == .invite, let user, let expert = policy.registry.expert(user: user) else {
      inquire(inbound, admission, at: moment, into: &sink)
      return
    }
    askQuota(of: expert, inbound, admission, at: moment, into: &sink)
  }

  /// Asks whether the expert may have one call more (DOMAIN §5 step 7).
  mutating func askQuota(
    of expert: Expert, _ inbound: Inbound, _ admission: Admission, at moment: Moment, into sink: inout ProxySink
  ) {
    var admission = admission
    admission.expert = expert.user
    let quota = CallQuota(expert, default: policy.callQuota, posture: policy.guardPolicy.posture)
    let context = ResponseContext(inbound, .admitting(admission))
    let request = inbound.request
    let key = callKey(request.view, inbound.fields)
    ask(.admit(expert: expert.user, call: key, quota: quota), context, inbound, at: moment, into: &sink)
  }

  private mutating func quotaAnswered(
    _ inbound: Inbound, _ admission: Admission, _ answer: QuotaAnswer, at moment: Moment, into sink: inout ProxySink
  ) {
    switch answer {
    case .admitted:
      inbound.expert = admission.expert
      inquire(inbound, admission, at: moment, into: &sink)
    case .tooOften(let retryAfter):
      counts.rateLimited += 1
      refuse(
        inbound, Self.overQuota(.rate, "too many calls of this expert", retryAfter: retryAfter), at: moment, into: &sink
      )
    case .tooMany:
      counts.limitReached(NodeLimit.callsPerExpert.rawValue)
      refuse(
        inbound, Self.overQuota(.callsAtOnce, "too many calls of this expert at the same time", retryAfter: 30),
        at: moment, into: &sink)
    }
  }

  private static func overQuota(_ rule: AdmissionRule, _ text: String, retryAfter: Int) -> Refusal {
    Refusal(
      status: 480, phrase: "Temporarily Unavailable", rule: rule.rawValue, text: text,
      headers: [("Retry-After", String(retryAfter))])
  }

  /// What guard needs to know that is not in the message.
  private mutating func inquire(
    _ inbound: Inbound, _ admission: Admission, at moment: Moment, into sink: inout ProxySink
  ) {
    if inbound.hop.isGateway {
      callOut(inbound, admission, at: moment, into: &sink)
      return
    }
    guard admission.escalation != nil else {
      if admission.expert != nil {
        reject(
          inbound, admission, AdmissionRule.expertTarget.rawValue, "experts may call escalation targets only",
          at: moment,
          into: &sink)
        return
      }
      locate(inbound, admission, at: moment, into: &sink)
      return
    }
    guard inbound.method == .invite else {
      // Nothing but a call opens an escalation.
      reject(
        inbound, admission, GuardRule.callerRegistered.rawValue, "only calls reach an escalation target", at: moment,
        into: &sink)
      return
    }
    guard let attempt = signedAttempt(inbound, admission) else {
      decide(inbound, admission, spent: nil, at: moment, into: &sink)
      return
    }
    let context = ResponseContext(inbound, .judging(admission))
    ask(.spent(attempt), context, inbound, at: moment, into: &sink)
  }

  /// IF.guard decides about an escalation (DOMAIN §5 steps 8 and 9).
  private mutating func decide(
    _ inbound: Inbound, _ admission: Admission, spent: SpentAnswer?, at moment: Moment, into sink: inout ProxySink
  ) {
    guard let target = admission.escalation else { return }
    let request = inbound.request
    let view = request.view
    let facts = CallFacts(
      source: inbound.source.ip, isSecure: inbound.isSecure, certificate: inbound.certificate,
      authenticatedUser: admission.user,
      from: addressOfRecord(view, inbound.fields.from.uri) ?? "",
      to: addressOfRecord(view, inbound.fields.to.uri) ?? "",
      callID: view.string(inbound.fields.callID), target: target, targetAddress: admission.target,
      headers: ifHeaders(view), spent: spent, room: room(of: admission.target, view))
    let began = stopwatch?()
    let decision = IFGuard.decide(facts, registry: policy.registry, policy: policy.guardPolicy, now: moment.clock)
    if let began, let ended = stopwatch?() {
      counts.decisionTimes.observe(
        (ended - began).seconds, traceID: decision.admission?.traceID?.text, at: moment.clock)
    }
    note(
      decision, organisation: admission.user.flatMap(policy.registry.expert(user:))?.organisation,
      traceID: self.traceID(view), callID: facts.callID, peer: inbound.origin.witnessPeer, at: moment, into: &sink)
    guard let admitted = decision.admission else {
      refuse(
        inbound,
        Refusal(
          status: decision.status, phrase: decision.reasonPhrase, rule: decision.rule.rawValue, text: decision.text),
        traceID: self.traceID(view), at: moment, into: &sink)
      return
    }
    var admission = admission
    admission.traceID = admitted.traceID?.text
    admission.isAdmitted = true
    guard admitted.isSigned, let attempt = signedAttempt(inbound, admission) else {
      locate(inbound, admission, at: moment, into: &sink)
      return
    }
    admission.spends = attempt.user
    let context = ResponseContext(inbound, .claiming(admission))
    ask(.admitSigned(attempt), context, inbound, at: moment, into: &sink)
  }

  /// What the council says of the room that a call would enter (DOMAIN §6): `council-<id>` by its own name, `council`
  /// by the call's trace_id. One that is to be made has no state yet.
  private func room(of target: String, _ view: SIPMessageView) -> RoomState? {
    guard let rooms else { return nil }
    let user = String(target.prefix { $0 != "@" && $0 != ";" })
    switch user.lowercased() {
    case "council": return traceID(view).flatMap { rooms("council-\($0)") }
    case let name where name.hasPrefix("council-"): return rooms(user)
    default: return nil
    }
  }

  /// Counts and records a decision of IF.guard.
  mutating func note(
    _ decision: GuardDecision, organisation: String?, traceID: String?, callID: String?, peer: WitnessPeer?,
    at moment: Moment, into sink: inout ProxySink
  ) {
    counts.decided(decision.rule.rawValue, allowed: decision.allowed, organisation: organisation)
    guard isWitnessed else { return }
    sink.actions.append(
      .record(
        WitnessEvent(
          time: moment.clock, name: .guardDecision, component: "guard", traceID: traceID, callID: callID,
          method: "INVITE", peer: peer,
          details: [
            WitnessDetail("decision", .text(decision.allowed ? "allowed" : "refused")),
            WitnessDetail("rule", .text(decision.rule.rawValue)), WitnessDetail("text", .text(decision.text)),
          ])))
  }

  mutating func reject(
    _ inbound: Inbound, _ admission: Admission, _ rule: String, _ text: String, at moment: Moment,
    into sink: inout ProxySink
  ) {
    refuse(
      inbound, Refusal(status: 403, phrase: "Forbidden", rule: rule, text: text), traceID: admission.traceID,
      at: moment, into: &sink)
  }

  // MARK: Where to

  /// Determines the target set (§16.5): the first static route that matches, else our registrar, else nothing: we relay
  /// for nobody.
  mutating func locate(
    _ inbound: Inbound, _ admission: Admission, at moment: Moment, into sink: inout ProxySink
  ) {
    inbound.isAdmitted = true
    if let route = route(to: admission.target) {
      let ways = ways(of: route, preferring: inbound.hop.listener)
      guard !ways.isEmpty else {
        refuse(
          inbound, .plain(502, "No Listener For The Next Hop"), traceID: admission.traceID, at: moment, into: &sink)
        return
      }
      start(inbound, admission, targets: [Target(ways: ways)], at: moment, into: &sink)
      return
    }
    if leadsToGateway(inbound, admission) {
      start(inbound, admission, targets: [Target(Way(hop: .gateway))], at: moment, into: &sink)
      return
    }
    if !isOurs(admission.target), mayRelay(to: admission.target) {
      guard let way = relayWay(inbound) else {
        refuse(inbound, .plain(502, "Next Hop Unresolvable"), traceID: admission.traceID, at: moment, into: &sink)
        return
      }
      start(inbound, admission, targets: [Target(way)], at: moment, into: &sink)
      return
    }
    guard isOurs(admission.target) else {
      reject(
        inbound, admission, AdmissionRule.relay.rawValue, "we do not relay to other domains", at: moment, into: &sink)
      return
    }
    let context = ResponseContext(inbound, .locating(admission))
    ask(.bindings(aor: admission.target), context, inbound, at: moment, into: &sink)
  }

  /// The way to another domain; what DNS says of it leads nowhere into our own network (DOMAIN §5).
  private func relayWay(_ inbound: Inbound) -> Way? {
    let request = inbound.request
    let view = request.view
    guard let uri = try? SIPURI(parsing: view.slice(view.requestURI)),
      let destination = LocationTarget(uri, acceptsLocalAddresses: false)
    else { return nil }
    return way(to: destination, preferring: inbound.hop.listener)
  }

  private mutating func located(
    _ inbound: Inbound, _ admission: Admission, _ contacts: [Contact], at moment: Moment, into sink: inout ProxySink
  ) {
    let contacts = self.contacts(contacts, of: admission.gruu)
    let targets = targets(of: contacts, aor: admission.target, isAdmitted: admission.isAdmitted)
    guard !targets.isEmpty else {
      let refusal: Refusal =
        contacts.isEmpty ? nobody(admission.gruu) : .plain(480, "Temporarily Unavailable")
      refuse(inbound, refusal, traceID: admission.traceID, at: moment, into: &sink)
      return
    }
    start(inbound, admission, targets: targets, at: moment, into: &sink)
  }

  /// Everything is allowed and known: the call begins.
  private mutating func start(
    _ inbound: Inbound, _ admission: Admission, targets: [Target], at moment: Moment, into sink: inout ProxySink
  ) {
    let request = inbound.request
    let view = request.view
    let context = ResponseContext(inbound, .forwarding)
    context.user = admission.user
    context.spends = admission.spends
    context.isEscalation = admission.isAdmitted
    if policy.followsRedirects {
      context.admission = admission
      context.visited = [[UInt8](copying: view.slice(view.requestURI))]
    }
    if Self.makesDialog(inbound.method) {
      context.cookie = cookies.cookie(
        callID: view.slice(inbound.fields.callID), tag: view.slice(inbound.fields.from.tag ?? .zero))
    }
    if inbound.method == .invite, let cookie = context.cookie {
      let key = callKey(view, inbound.fields)
      let traceID = admission.traceID ?? self.traceID(view) ?? TraceID(random: unguessable()).text
      guard openCall(key, inbound, user: admission.user, traceID: traceID, cookie: cookie, at: moment) else {
        refuse(inbound, .full(.calls, "Too Many Calls", retryAfter: 30), traceID: traceID, at: moment, into: &sink)
        return
      }
      context.call = key
      context.traceID = traceID
      if inbound.hop.isGateway, admission.isAdmitted {
        context.addedHeaders = Self.callout(admission, traceID: traceID)
      } else if targets.contains(where: { $0.ways.contains { $0.hop.isGateway } }) {
        context.addedHeaders = Self.facts(for: context)
      }
    }
    forward(context, inbound, to: targets, at: moment, into: &sink)
  }
}
