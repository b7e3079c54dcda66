// The families of SIP and of IF.guard (DOMAIN §12). Every series whose labels are known beforehand is there from the
// start, with 0: a rate over a series that appears with its first event misses that event.
extension SIPCounters {
  /// Writes the `sip_*` and `guard_*` families that reactors count.
  public func write(to page: inout MetricsPage) {
    writeCalls(to: &page)
    writeMessages(to: &page)
    writeRefusals(to: &page)
    writeDecisions(to: &page)
  }

  private func writeCalls(to page: inout MetricsPage) {
    page.family("sip_calls_total", .counter, help: "Call attempts by how they ended, once per Call-ID and From-tag.")
    for direction in CallDirection.allCases {
      for result in CallResult.allCases {
        page.sample(
          "sip_calls_total", [("direction", direction.label), ("result", result.rawValue)],
          callCount(direction, result), callExemplar(direction, result))
      }
    }
    page.histogram("sip_call_setup_seconds", unit: .seconds, help: "INVITE to final answer.", setup)
    page.histogram("sip_call_duration_seconds", unit: .seconds, help: "Answer to the end of a call.", duration)
    page.family("sip_active_calls", .gauge, help: "Calls that are up now.")
    page.sample("sip_active_calls", activeCalls)
  }

  private func writeMessages(to page: inout MetricsPage) {
    page.family("sip_requests_total", .counter, help: "Requests received, by method and transport.")
    for method in MethodLabel.allCases {
      for transport in TransportLabel.allCases {
        page.sample(
          "sip_requests_total", [("method", method.label), ("transport", transport.label)],
          requestCount(method, transport))
      }
    }
    page.family("sip_responses_total", .counter, help: "Responses sent or forwarded, by class.")
    for statusClass in 1...6 {
      page.sample("sip_responses_total", [("class", "\(statusClass)xx")], responseCount(class: statusClass))
    }
    page.family("sip_errors_total", .counter, help: "Final responses 3xx to 6xx except challenges, by status.")
    for status in Self.errorStatuses where errorCount(status) > 0 || Self.commonErrors.contains(status) {
      page.sample("sip_errors_total", [("status", String(status))], errorCount(status), errorExemplar(status))
    }
    page.family("sip_transactions", .gauge, help: "Transactions alive now.")
    page.sample("sip_transactions", transactions)
  }

  private func writeRefusals(to page: inout MetricsPage) {
    page.family("sip_security_rejections_total", .counter, help: "Requests refused by a rule, by rule.")
    for (rule, count) in rejections.sorted(by: { $0.key < $1.key }) {
      page.sample("sip_security_rejections_total", [("rule", rule)], count)
    }
    page.family("sip_limit_reached_total", .counter, help: "Times a limit of this node kept something out, by limit.")
    for (limit, count) in limits.sorted(by: { $0.key < $1.key }) {
      page.sample("sip_limit_reached_total", [("limit", limit)], count)
    }
    page.family("sip_auth_failures_total", .counter, help: "Digest responses that were wrong.")
    page.sample("sip_auth_failures_total", authenticationFailures)
    page.family("sip_rate_limited_total", .counter, help: "Calls refused by the rate rule.")
    page.sample("sip_rate_limited_total", rateLimited)
  }

  private func writeDecisions(to page: inout MetricsPage) {
    page.family("guard_decisions_total", .counter, help: "Decisions of IF.guard, by outcome and rule.")
    let sorted = decisions.sorted { ($0.key.allowed ? 0 : 1, $0.key.rule) < ($1.key.allowed ? 0 : 1, $1.key.rule) }
    for (decision, count) in sorted {
      page.sample(
        "guard_decisions_total",
        [("decision", decision.allowed ? "allowed" : "refused"), ("rule", decision.rule)], count)
    }
    page.family(
      "guard_organisation_decisions_total", .counter,
      help: "Decisions of IF.guard about experts, by their organisation and outcome.")
    for (name, verdicts) in organisations.sorted(by: { $0.key < $1.key }) {
      page.sample(
        "guard_organisation_decisions_total", [("organisation", name), ("decision", "allowed")], verdicts.allowed)
      page.sample(
        "guard_organisation_decisions_total", [("organisation", name), ("decision", "refused")], verdicts.refused)
    }
    page.histogram(
      "guard_decision_seconds", unit: .seconds, help: "Time one decision of IF.guard takes.", decisionTimes)
  }
}
