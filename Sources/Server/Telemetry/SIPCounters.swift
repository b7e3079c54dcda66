public import Wire

/// What one reactor counts about SIP. A plain value with one writer; `add(_:)` merges them when `/metrics` is read,
/// so that the packet path shares nothing.
///
/// Exemplars are kept beside the counters of calls and errors, and in the histograms of calls: a trace_id of the last
/// second, or the last there was. Noting one stores a reference to a string that the call has anyway; nothing is made or
/// copied.
public struct SIPCounters: Sendable, Equatable {
  /// Statuses that are errors, challenges (401, 407) apart.
  static let errorStatuses = 300..<700
  /// Those that `sip_errors_total` names from the start; the others join when first seen.
  static let commonErrors: Set = [
    400, 403, 404, 405, 408, 416, 420, 480, 481, 482, 483, 486, 487, 488, 491, 500, 501, 502, 503, 504, 505,
    513, 600, 603, 604, 606,
  ]

  private var calls = [UInt64](repeating: 0, count: CallDirection.allCases.count * CallResult.allCases.count)
  private var requests = [UInt64](repeating: 0, count: MethodLabel.allCases.count * TransportLabel.allCases.count)
  private var responses = [UInt64](repeating: 0, count: 7)
  private var errors = [UInt64](repeating: 0, count: SIPCounters.errorStatuses.count)
  private var callExemplars = [Exemplar?](
    repeating: nil, count: CallDirection.allCases.count * CallResult.allCases.count)
  private var errorExemplars = [Exemplar?](repeating: nil, count: SIPCounters.errorStatuses.count)
  private(set) var rejections: [String: UInt64] = [:]
  private(set) var limits: [String: UInt64] = [:]
  private(set) var decisions: [Decision: UInt64] = [:]
  private(set) var organisations: [String: Verdicts] = [:]

  struct Decision: Hashable {
    let allowed: Bool
    let rule: String
  }

  /// What IF.guard said of the experts of one organisation.
  struct Verdicts: Sendable, Equatable {
    var allowed: UInt64 = 0
    var refused: UInt64 = 0
  }

  /// Organisations that have a label of their own; those beyond share ``otherOrganisations``.
  public static let maxOrganisations = 500
  /// No identifier of a registry.
  static let otherOrganisations = "(others)"

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

  /// Counts a finished attempt; its trace_id, if it has one, is the exemplar.
  public mutating func call(
    _ direction: CallDirection, _ result: CallResult, traceID: String? = nil, at time: UTCTimestamp = .epoch
  ) {
    let index = Self.index(direction, result)
    calls[index] &+= 1
    callExemplars.note(index, traceID, 1, at: time)
  }

  /// Counts a request that came in.
  public mutating func request(_ method: MethodLabel, _ transport: TransportLabel) {
    requests[Self.index(method, transport)] &+= 1
  }

  /// Counts a response that was sent or forwarded. 401 and 407 ask for credentials and are no errors.
  public mutating func response(_ status: Int, traceID: String? = nil, at time: UTCTimestamp = .epoch) {
    guard (100..<700).contains(status) else { return }
    responses[status / 100] &+= 1
    guard status >= 300, status != 401, status != 407 else { return }
    let index = status - Self.errorStatuses.lowerBound
    errors[index] &+= 1
    errorExemplars.note(index, traceID, 1, at: time)
  }

  /// Counts a refusal by one of our own rules. The name is ours, never a caller's.
  public mutating func rejection(_ rule: String) { rejections[rule, default: 0] &+= 1 }

  /// Counts that a limit of this node kept something out. The name is ours.
  public mutating func limitReached(_ limit: String, _ times: UInt64 = 1) { limits[limit, default: 0] &+= times }

  /// How often a limit kept something out.
  public func limitCount(_ limit: String) -> UInt64 { limits[limit] ?? 0 }

  /// Counts a decision of IF.guard.
  ///
  /// - Parameter organisation: the caller's, by its name in the registry; nil when the caller is nobody's expert.
  public mutating func decided(_ rule: String, allowed: Bool, organisation: String? = nil) {
    decisions[Decision(allowed: allowed, rule: rule), default: 0] &+= 1
    guard var name = organisation else { return }
    if organisations[name] == nil { name = Self.otherOrganisations }
    if allowed {
      organisations[name, default: Verdicts()].allowed &+= 1
    } else {
      organisations[name, default: Verdicts()].refused &+= 1
    }
  }

  /// Begins to count for the organisations of a registry; those it no longer has stay as they are.
  public mutating func know(organisations names: some Sequence<String>) {
    for name in names where organisations.count < Self.maxOrganisations && organisations[name] == nil {
      organisations[name] = Verdicts()
    }
  }

  /// How often IF.guard decided so by that rule.
  public func decisionCount(_ rule: String, allowed: Bool) -> UInt64 {
    decisions[Decision(allowed: allowed, rule: rule)] ?? 0
  }

  /// How often a call ended so.
  public func callCount(_ direction: CallDirection, _ result: CallResult) -> UInt64 {
    calls[Self.index(direction, result)]
  }

  func callExemplar(_ direction: CallDirection, _ result: CallResult) -> Exemplar? {
    callExemplars[Self.index(direction, result)]
  }

  /// How many requests came of that method by that transport.
  public func requestCount(_ method: MethodLabel, _ transport: TransportLabel) -> UInt64 {
    requests[Self.index(method, transport)]
  }

  /// How many responses went out of a class, 1 to 6.
  public func responseCount(class: Int) -> UInt64 { responses.indices.contains(`class`) ? responses[`class`] : 0 }

  /// How many final responses of an error status went out.
  public func errorCount(_ status: Int) -> UInt64 {
    Self.errorStatuses.contains(status) ? errors[status - Self.errorStatuses.lowerBound] : 0
  }

  func errorExemplar(_ status: Int) -> Exemplar? {
    Self.errorStatuses.contains(status) ? errorExemplars[status - Self.errorStatuses.lowerBound] : nil
  }

  private static func index(_ direction: CallDirection, _ result: CallResult) -> Int {
    direction.rawValue * CallResult.allCases.count + result.index
  }

  private static func index(_ method: MethodLabel, _ transport: TransportLabel) -> Int {
    method.rawValue * TransportLabel.allCases.count + transport.rawValue
  }

  /// How often `rule` refused.
  public func rejectionCount(_ rule: String) -> UInt64 { rejections[rule] ?? 0 }

  /// Adds what another reactor counted.
  public mutating func add(_ other: SIPCounters) {
    for index in calls.indices { calls[index] &+= other.calls[index] }
    for index in requests.indices { requests[index] &+= other.requests[index] }
    for index in responses.indices { responses[index] &+= other.responses[index] }
    for index in errors.indices { errors[index] &+= other.errors[index] }
    callExemplars.merge(other.callExemplars)
    errorExemplars.merge(other.errorExemplars)
    rejections.merge(other.rejections) { $0 &+ $1 }
    limits.merge(other.limits) { $0 &+ $1 }
    decisions.merge(other.decisions) { $0 &+ $1 }
    organisations.merge(other.organisations) {
      Verdicts(allowed: $0.allowed &+ $1.allowed, refused: $0.refused &+ $1.refused)
    }
    decisionTimes.add(other.decisionTimes)
    setup.add(other.setup)
    duration.add(other.duration)
    authenticationFailures &+= other.authenticationFailures
    rateLimited &+= other.rateLimited
    activeCalls &+= other.activeCalls
    transactions &+= other.transactions
  }
}
