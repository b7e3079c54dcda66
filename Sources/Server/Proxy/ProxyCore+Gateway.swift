import Guard
import SIPMessage
import SIPTransaction
import Wire

// Calls into the council and out of it (DOMAIN §6): their one leg is SIP and goes through here like any other, with its
// rules, its records and its media relay; the other is the gateway's.
extension ProxyCore {
  /// Whether an admitted call goes to the gateway: into a room of ours, by guard's leave. A static route for the room comes
  /// before (a council that speaks SIP).
  func leadsToGateway(_ inbound: Inbound, _ admission: Admission) -> Bool {
    policy.gatewayHost != nil && !inbound.hop.isGateway && inbound.method == .invite && admission.isAdmitted
      && isRoom(admission.target)
  }

  /// Whether a normalised address of record is a room of the council: `council@` or `council-<id>@` a domain of ours.
  func isRoom(_ target: String) -> Bool {
    guard isOurs(target) else { return false }
    let user = target.prefix { $0 != "@" && $0 != ";" }.lowercased()
    return user == "council" || user.hasPrefix("council-") && user.count > "council-".count
  }

  /// What the gateway is told beside what the caller has said: the call's trace_id, and the user whose password was right.
  /// They take the place of whatever stands there under these names.
  static func facts(for context: ResponseContext) -> [HeaderLine] {
    var facts: [HeaderLine] = []
    if let traceID = context.traceID { facts.append(("X-IF-Trace-ID", traceID)) }
    if let user = context.user { facts.append(("X-IF-Authenticated-User", user)) }
    return facts
  }

  /// A request of the gateway's outside any dialog: an H.323 endpoint calls somebody, by the gatekeeper's leave. It needs
  /// no password; for an expert the rules of our own calls hold, rate and guard (DOMAIN §5 steps 7 and 9).
  mutating func admitOwn(_ inbound: Inbound, at moment: Moment, into sink: inout ProxySink) {
    let request = inbound.request
    let view = request.view
    guard inbound.method == .invite, case .address(let target, let gruu) = requestTarget(view, inbound.fields) else {
      refuse(inbound, .plain(404, "Not Found"), at: moment, into: &sink)
      return
    }
    guard !isRoom(target) else {
      // Whoever wants a room from H.323 gets it there.
      refuse(inbound, .plain(482, "Loop Detected"), at: moment, into: &sink)
      return
    }
    var admission = Admission(user: vouchedUser(view, inbound.hop), target: target, gruu: gruu)
    admission.traceID = traceID(view)
    admission.escalation = policy.escalationTargets.match(target)
    guard let expert = policy.registry.expert(address: target) else {
      callOut(inbound, admission, at: moment, into: &sink)
      return
    }
    askQuota(of: expert, inbound, admission, at: moment, into: &sink)
  }

  /// The called expert's rate allows it: what does guard say?
  mutating func callOut(
    _ inbound: Inbound, _ admission: Admission, at moment: Moment, into sink: inout ProxySink
  ) {
    guard let expert = admission.expert.flatMap(policy.registry.expert(user:)) else {
      guard admission.escalation == nil else {
        reject(
          inbound, admission, GuardRule.calleeRegistered.rawValue, "no such expert in the registry", at: moment,
          into: &sink)
        return
      }
      locate(inbound, admission, at: moment, into: &sink)
      return
    }
    // What the call is about is said by its target, else by what the expert speaks for.
    guard let hazard = admission.escalation?.hazard ?? expert.specialisations.hazards.first else {
      reject(
        inbound, admission, GuardRule.hazardDerivable.rawValue, "the expert speaks for no hazard", at: moment,
        into: &sink)
      return
    }
    let decision = IFGuard.decide(
      CalloutFacts(expert: expert.user, hazard: hazard), registry: policy.registry, policy: policy.guardPolicy)
    let request = inbound.request
    note(
      decision, organisation: expert.organisation, traceID: admission.traceID,
      callID: request.view.string(inbound.fields.callID), peer: inbound.origin.witnessPeer, at: moment, into: &sink)
    guard decision.allowed else {
      refuse(
        inbound,
        Refusal(
          status: decision.status, phrase: decision.reasonPhrase, rule: decision.rule.rawValue, text: decision.text),
        traceID: admission.traceID, at: moment, into: &sink)
      return
    }
    var admission = admission
    admission.isAdmitted = true
    admission.hazard = hazard
    locate(inbound, admission, at: moment, into: &sink)
  }

  /// What an expert's phone is told of a call that comes out of the council.
  static func callout(_ admission: Admission, traceID: String?) -> [HeaderLine] {
    var lines: [HeaderLine] = []
    if let traceID { lines.append(("X-IF-Trace-ID", traceID)) }
    if let hazard = admission.hazard { lines.append(("X-IF-Hazard", hazard.rawValue)) }
    return lines
  }
}
