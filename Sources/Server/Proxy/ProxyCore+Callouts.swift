import Guard
import Telemetry
import Wire
import Witness

// Calls that we make ourselves, before they are made (DOMAIN §6, §7).
extension ProxyCore {
  /// Has IF.guard decide about a call to an expert. What it decides is counted and recorded as for calls that come in; a
  /// refused one counts as a rejected call, and whoever asked for it hears the decision's status and reason.
  ///
  /// - Parameter requester: who asked for the call, for the records.
  public mutating func judge(
    _ facts: CalloutFacts, traceID: String?, requester: WitnessPeer?, at moment: Moment, into sink: inout ProxySink
  ) -> GuardDecision {
    let began = stopwatch?()
    let decision = IFGuard.decide(facts, registry: policy.registry, policy: policy.guardPolicy)
    if let began, let ended = stopwatch?() {
      counts.decisionTimes.observe((ended - began).seconds, traceID: traceID, at: moment.clock)
    }
    let organisation = policy.registry.expert(user: facts.expert)?.organisation
    note(decision, organisation: organisation, traceID: traceID, callID: nil, peer: requester, at: moment, into: &sink)
    guard !decision.allowed else { return decision }
    counts.rejection(decision.rule.rawValue)
    counts.call(.out, .rejected)
    guard isWitnessed else { return decision }
    let details = [
      WitnessDetail("rule", .text(decision.rule.rawValue)), WitnessDetail("text", .text(decision.text)),
      WitnessDetail("direction", "out"),
    ]
    sink.actions.append(
      .record(
        WitnessEvent(
          time: moment.clock, name: .securityRejected, component: "sip", traceID: traceID, method: "INVITE",
          peer: requester, details: details)))
    sink.actions.append(
      .record(
        WitnessEvent(
          time: moment.clock, name: .callRejected, component: "sip", traceID: traceID, method: "INVITE",
          status: decision.status, peer: requester, details: details)))
    return decision
  }
}
