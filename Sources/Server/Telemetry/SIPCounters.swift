/// Where a call came from and where it goes (`direction` of `sip_calls_total`).
public enum CallDirection: Int, CaseIterable, Sendable {
  /// Ends at this node.
  case `in`
  /// Starts at this node.
  case out
  /// Passes through.
  case through

  var label: String { ["in", "out", "through"][rawValue] }
}

/// How a call attempt ended (`result` of `sip_calls_total`).
public enum CallResult: String, CaseIterable, Sendable {
  /// A 2xx was forwarded.
  case answered
  /// Admitted, then a final 3xx–6xx other than 487, or a timeout.
  case failed
  /// Refused by the rules every new INVITE passes.
  case rejected
  /// Ended with 487.
  case cancelled

  var index: Int {
    switch self {
    case .answered: 0
    case .failed: 1
    case .rejected: 2
    case .cancelled: 3
    }
  }
}

/// The methods that have a label of their own; everything else is `OTHER`, so that nobody can choose a label.
public enum MethodLabel: Int, CaseIterable, Sendable {
  case invite, ack, bye, cancel, register, options, info, prack, update, refer, subscribe, notify, message, publish
  case other

  var label: String {
    [
      "INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "INFO", "PRACK", "UPDATE", "REFER", "SUBSCRIBE",
      "NOTIFY", "MESSAGE", "PUBLISH", "OTHER",
    ][rawValue]
  }
}

/// The transports of `sip_requests_total`, in the order of `SIPTransportKind`.
public enum TransportLabel: Int, CaseIterable, Sendable {
  case udp, tcp, tls, ws, wss

  var label: String { ["udp", "tcp", "tls", "ws", "wss"][rawValue] }
}

/// What one reactor counts about SIP. A plain value with one writer; `add(_:)` merges them when `/metrics` is read,
/// so that the packet path shares nothing.
public struct SIPCounters: Sendable, Equatable {
  /// Statuses that `sip_errors_total` names from the start; others of 300–699 join when first seen.
  static let commonErrors = [
    400, 401, 403, 404, 405, 407, 408, 416, 420, 480, 481, 482, 483, 486, 487, 488, 491, 500, 501, 502, 503, 504, 505,
    513, 600, 603, 604, 606,
  ]

  private var calls = [UInt64](repeating: 0, count: CallDirection.allCases.count * CallResult.allCases.count)
  private var requests = [UInt64](repeating: 0, count: MethodLabel.allCases.count * TransportLabel.allCases.count)
  private var responses = [UInt64](repeating: 0, count: 7)
  private var errors = [UInt64](repeating: 0, count: 700)
  private var rejections: [String: UInt64] = [:]
  private var limits: [String: UInt64] = [:]
  private var decisions: [Decision: UInt64] = [:]

  private struct Decision: Hashable {
    let allowed: Bool
    let rule: String
  }

  /// What deciding takes IF.guard, seconds.
  public var decisionTimes = Histogram(bounds: Histogram.decisionBounds)
  /// INVITE to final answer, seconds.
  public var setup = Histogram(bounds: Histogram.setupBounds)
  /// 2xx to BYE, seconds.
  public var duration = Histogram(bounds: Histogram.durationBounds)
  /// Digest responses that were wrong.
  public var authenticationFailures: UInt64 = 0
  /// Calls refused by the rate rule.
  public var rateLimited: UInt64 = 0
  /// Calls that are up now.
  public var activeCalls: UInt64 = 0
  /// Transactions that are alive now.
  public var transactions: UInt64 = 0

  /// All zero, with every rule of `rules` present.
  ///
  /// - Parameters:
  ///   - limits: the names of limits, likewise.
  ///   - decisions: the rules of IF.guard, and whether each lets a call in.
  public init(rules: [String] = [], limits: [String] = [], decisions: [(rule: String, allowed: Bool)] = []) {
    for rule in rules { rejections[rule] = 0 }
    for limit in limits { self.limits[limit] = 0 }
    for decision in decisions { self.decisions[Decision(allowed: decision.allowed, rule: decision.rule)] = 0 }
  }

  /// Counts a finished attempt.
  public mutating func call(_ direction: CallDirection, _ result: CallResult) {
    calls[direction.rawValue * CallResult.allCases.count + result.index] &+= 1
  }

  /// Counts a request that came in.
  public mutating func request(_ method: MethodLabel, _ transport: TransportLabel) {
    requests[method.rawValue * TransportLabel.allCases.count + transport.rawValue] &+= 1
  }

  /// Counts a response that was sent or forwarded. 401 and 407 ask for credentials and are no errors.
  public mutating func response(_ status: Int) {
    guard (100..<700).contains(status) else { return }
    responses[status / 100] &+= 1
    if status >= 300, status != 401, status != 407 { errors[status] &+= 1 }
  }

  /// Counts a refusal by one of our own rules. The name is ours, never a caller's.
  public mutating func rejection(_ rule: String) { rejections[rule, default: 0] &+= 1 }

  /// Counts that a limit of this node kept something out. The name is ours.
  public mutating func limitReached(_ limit: String, _ times: UInt64 = 1) { limits[limit, default: 0] &+= times }

  /// How often a limit kept something out.
  public func limitCount(_ limit: String) -> UInt64 { limits[limit] ?? 0 }

  /// Counts a decision of IF.guard.
  public mutating func decided(_ rule: String, allowed: Bool) {
    decisions[Decision(allowed: allowed, rule: rule), default: 0] &+= 1
  }

  /// How often IF.guard decided so by that rule.
  public func decisionCount(_ rule: String, allowed: Bool) -> UInt64 {
    decisions[Decision(allowed: allowed, rule: rule)] ?? 0
  }

  /// How often a call ended so.
  public func callCount(_ direction: CallDirection, _ result: CallResult) -> UInt64 {
    calls[direction.rawValue * CallResult.allCases.count + result.index]
  }

  /// How often `rule` refused.
  public func rejectionCount(_ rule: String) -> UInt64 { rejections[rule] ?? 0 }

  /// Adds what another reactor counted.
  public mutating func add(_ other: SIPCounters) {
    for index in calls.indices { calls[index] &+= other.calls[index] }
    for index in requests.indices { requests[index] &+= other.requests[index] }
    for index in responses.indices { responses[index] &+= other.responses[index] }
    for index in errors.indices { errors[index] &+= other.errors[index] }
    rejections.merge(other.rejections) { $0 &+ $1 }
    limits.merge(other.limits) { $0 &+ $1 }
    decisions.merge(other.decisions) { $0 &+ $1 }
    decisionTimes.add(other.decisionTimes)
    setup.add(other.setup)
    duration.add(other.duration)
    authenticationFailures &+= other.authenticationFailures
    rateLimited &+= other.rateLimited
    activeCalls &+= other.activeCalls
    transactions &+= other.transactions
  }

  /// Writes the `sip_*` families.
  public func write(to page: inout MetricsPage) {
    page.family("sip_calls_total", .counter, help: "Call attempts by how they ended, once per Call-ID and From-tag.")
    for direction in CallDirection.allCases {
      for result in CallResult.allCases {
        page.sample(
          "sip_calls_total", [("direction", direction.label), ("result", result.rawValue)],
          callCount(direction, result))
      }
    }
    page.histogram("sip_call_setup_seconds", help: "INVITE to final answer, in seconds.", setup)
    page.histogram("sip_call_duration_seconds", help: "Answer to BYE, in seconds.", duration)
    page.family("sip_active_calls", .gauge, help: "Calls that are up now.")
    page.sample("sip_active_calls", activeCalls)
    page.family("sip_requests_total", .counter, help: "Requests received, by method and transport.")
    for method in MethodLabel.allCases {
      for transport in TransportLabel.allCases {
        page.sample(
          "sip_requests_total", [("method", method.label), ("transport", transport.label)],
          requests[method.rawValue * TransportLabel.allCases.count + transport.rawValue])
      }
    }
    page.family("sip_responses_total", .counter, help: "Responses sent or forwarded, by class.")
    for statusClass in 1...6 {
      page.sample("sip_responses_total", [("class", "\(statusClass)xx")], responses[statusClass])
    }
    page.family("sip_errors_total", .counter, help: "Final responses 3xx to 6xx except challenges, by status.")
    for status in 300..<700
    where errors[status] > 0 || Self.commonErrors.contains(status) && status != 401 && status != 407 {
      page.sample("sip_errors_total", [("status", String(status))], errors[status])
    }
    page.family("sip_security_rejections_total", .counter, help: "Requests refused by a rule, by rule.")
    for (rule, count) in rejections.sorted(by: { $0.key < $1.key }) {
      page.sample("sip_security_rejections_total", [("rule", rule)], count)
    }
    page.family("sip_limit_reached_total", .counter, help: "Times a limit of this node kept something out, by limit.")
    for (limit, count) in limits.sorted(by: { $0.key < $1.key }) {
      page.sample("sip_limit_reached_total", [("limit", limit)], count)
    }
    page.family("guard_decisions_total", .counter, help: "Decisions of IF.guard, by outcome and rule.")
    let sorted = decisions.sorted { ($0.key.allowed ? 0 : 1, $0.key.rule) < ($1.key.allowed ? 0 : 1, $1.key.rule) }
    for (decision, count) in sorted {
      page.sample(
        "guard_decisions_total",
        [("decision", decision.allowed ? "allowed" : "refused"), ("rule", decision.rule)], count)
    }
    page.histogram("guard_decision_seconds", help: "Time one decision of IF.guard takes, in seconds.", decisionTimes)
    page.family("sip_auth_failures_total", .counter, help: "Digest responses that were wrong.")
    page.sample("sip_auth_failures_total", authenticationFailures)
    page.family("sip_rate_limited_total", .counter, help: "Calls refused by the rate rule.")
    page.sample("sip_rate_limited_total", rateLimited)
    page.family("sip_transactions", .gauge, help: "Transactions alive now.")
    page.sample("sip_transactions", transactions)
  }
}
