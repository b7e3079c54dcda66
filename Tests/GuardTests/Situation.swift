import Guard
import OpenSSLCrypto
import Wire

/// A call to the council, right in every respect until a test spoils it.
struct Situation: Sendable {
  var headers: [IFHeaderName: [String]]
  var source = address("203.0.113.5")
  var isSecure = true
  var certificate = CallerCertificate.shown(.dns("edge.safety-org.example"))
  var user: String?
  var from: String
  var to = "council@if.internal"
  var callID = "a84b4c76e66710@pc33.external.advisor"
  var target = "council@if.internal"
  var hazardOfTarget: Hazard?
  var openHazard: Hazard?
  var spent: SpentAnswer? = .unspent
  var room: RoomState? = RoomState()
  var policy = GuardPolicy()
  var now = UTCTimestamp.at(0)

  static let timestamp = "2026-01-01T00:00:00Z"

  /// expert-safety, whose entry has a key and wants signatures.
  static var signed: Situation {
    var situation = Situation(
      headers: [.traceID: ["trace-1"], .hazard: ["safety"], .timestamp: [timestamp]], user: "expert-safety",
      from: "expert-safety@external.advisor")
    situation.sign()
    return situation
  }

  /// An ordinary phone without headers, calling a target that says what it is about.
  static var phone: Situation {
    Situation(
      headers: [:], user: "phone", from: "phone@external.advisor", target: "council-safety@if.internal",
      hazardOfTarget: .safety, spent: nil)
  }

  /// Puts the right signature for what the situation is now.
  mutating func sign(_ seed: [UInt8] = Keys.safety) {
    let lines = [
      "IF-ESCALATE-v1", headers[.traceID]?.first ?? "", headers[.hazard]?.first ?? "", from, to, callID,
      headers[.timestamp]?.first ?? "",
    ]
    headers[.signature] = [Keys.sign(lines.joined(separator: "\n"), seed)]
  }

  func with(_ change: (inout Situation) -> Void) -> Situation {
    var situation = self
    change(&situation)
    return situation
  }

  func decide(_ registry: Registry) throws -> GuardDecision {
    var targets = EscalationTargets()
    try targets.add("sip:\(target)", hazard: hazardOfTarget)
    var fields = IFHeaderFields()
    for (name, values) in headers {
      for value in values { fields.add(name, value: value) }
    }
    let facts = CallFacts(
      source: source, isSecure: isSecure, certificate: certificate, authenticatedUser: user, from: from, to: to,
      callID: callID, target: targets.targets[0], targetAddress: target, headers: fields, openHazard: openHazard,
      spent: spent, room: room)
    return IFGuard.decide(facts, registry: registry, policy: policy, now: now)
  }
}

/// A way to break exactly one rule.
struct Fault: Sendable {
  let rule: GuardRule
  let spoil: @Sendable (inout Situation) -> Void

  /// One for each rule about calls that come in, in the order of DOMAIN §5.
  static let all: [Fault] = [
    Fault(rule: .derivedTransport) {
      $0.user = "phone"
      $0.isSecure = false
    },
    Fault(rule: .traceIDHeader) { $0.headers[.traceID] = ["not a trace_id"] },
    Fault(rule: .hazardHeader) { $0.headers[.hazard] = ["not a token"] },
    Fault(rule: .hazardCovered) { $0.headers[.hazard] = ["volcano"] },
    Fault(rule: .hazardDerivable) {
      $0.headers = [:]
      $0.user = "phone"
      $0.from = "phone@external.advisor"
    },
    Fault(rule: .timestampHeader) { $0.headers[.timestamp] = ["yesterday"] },
    Fault(rule: .timestampFresh) { $0.now = .at(301) },
    Fault(rule: .signatureHeader) { $0.headers[.signature] = ["one", "two"] },
    Fault(rule: .postureOpen) { $0.policy.posture = .closed },
    Fault(rule: .callerAuthenticated) { $0.user = nil },
    Fault(rule: .callerRegistered) {
      $0.user = "nobody"
      $0.from = "nobody@external.advisor"
    },
    Fault(rule: .callerActive) {
      $0.user = "revoked"
      $0.from = "revoked@external.advisor"
    },
    Fault(rule: .callerUser) {
      $0.user = "expert-ethics"
      $0.from = "expert-safety@external.advisor"
    },
    Fault(rule: .callerAddress) {
      $0.user = "expert-safety"
      $0.from = "somebody@external.advisor"
    },
    Fault(rule: .sourceNetwork) { $0.source = address("198.51.100.1") },
    Fault(rule: .clientCertificate) { $0.certificate = .shown(.dns("edge.other-org.example")) },
    Fault(rule: .specialisation) { $0.headers[.hazard] = ["ethics"] },
    Fault(rule: .signaturePresent) { $0.headers[.signature] = nil },
    Fault(rule: .signatureValid) { $0.sign(Keys.ethics) },
    Fault(rule: .signatureUnspent) { $0.spent = .spent },
    Fault(rule: .roomOpen) { $0.room?.isOpen = false },
    Fault(rule: .roomCapacity) { $0.room = RoomState(isOpen: $0.room?.isOpen ?? true, participants: 25, capacity: 25) },
  ]
}
