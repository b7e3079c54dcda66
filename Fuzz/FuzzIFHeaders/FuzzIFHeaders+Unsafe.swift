import FuzzSupport
import Guard
import OpenSSLCrypto
import Wire

/// The IF headers of a call and everything IF.guard is told, as the input chooses them. What is let in is what the
/// registry lets in, nothing that is refused says anything the caller chose, and nothing traps.
private func check(_ bytes: Span<UInt8>) {
  var script = FuzzScript(bytes)
  var fields = IFHeaderFields()
  for _ in 0..<script.below(8) { fields.add(script.pick(IFHeaderName.allCases), value: text(&script)) }
  checkText(text(&script))
  var policy = GuardPolicy()
  policy.posture = script.pick(Posture.allCases)
  policy.derivedNeedsSecureTransport = script.once(in: 2)
  let facts = CallFacts(
    source: script.pick(World.sources), isSecure: script.once(in: 2), authenticatedUser: script.pick(World.users),
    from: script.pick(World.addresses), to: script.pick(World.addresses), callID: text(&script),
    target: script.pick(World.targets), targetAddress: script.pick(["council@if.internal", "council-1@if.internal"]),
    headers: fields, openHazard: script.pick([nil, .safety, .privacy]),
    spent: script.pick([nil, .unspent, .spent, .beforeMemory, .memoryFull]),
    room: script.pick([nil, RoomState(), RoomState(isOpen: false), RoomState(participants: 25)]))
  let decision = IFGuard.decide(facts, registry: World.registry, policy: policy, now: World.now)
  require(decision.allowed == (decision.status == 200), "allowed and refused: \(decision)")
  require(decision.rule.refuses != decision.allowed, "the rule says otherwise: \(decision)")
  require(decision.reasonPhrase.utf8.allSatisfy { 0x20...0x7E ~= $0 }, "a phrase that is no phrase")
  require(decision.reason.utf8.allSatisfy { 0x20...0x7E ~= $0 }, "a Reason that breaks its line")
  require(decision == IFGuard.decide(facts, registry: World.registry, policy: policy, now: World.now), "two minds")
  guard let admission = decision.admission else { return }
  switch admission.participant {
  case .guardian(let guardian): require(guardian.status == .active, "a guardian who is not active")
  case .expert(let expert):
    require(policy.posture != .closed, "let in although closed")
    require(expert.status == .active && expert.user == facts.authenticatedUser, "somebody else was let in")
    require(expert.owns(facts.from), "under another name")
    require(
      World.registry.organisation(of: expert)?.owns(facts.source) == true, "from a network that is not its own")
    require(admission.hazard.map { expert.specialisations.covers($0) } == true, "about what it does not speak for")
    require(!admission.isSigned || expert.key != nil && facts.spent == .unspent, "signed without a key")
    require(policy.posture != .elevated || admission.isSigned, "unsigned although elevated")
    require(expert.headers == .derived || admission.traceID != nil, "without a trace_id")
  }
}

/// What reads one text: a trace_id and a neighbour's word are what they say, or nothing.
private func checkText(_ text: String) {
  if let trace = TraceID(text) { require(trace.text.utf8.elementsEqual(text.utf8), "another trace_id") }
  let utf8 = Array(text.utf8)
  require(TraceID(utf8.span)?.text == TraceID(text)?.text, "bytes and text are two trace_ids")
  if let source = TrustedSource(text) {
    require(
      TrustedSource("\(source.address);transport=\(source.transport.rawValue)") == source, "a source that changes")
  }
  _ = World.escalationTargets.match(text)
}

private func text(_ script: inout FuzzScript) -> String {
  if script.once(in: 3) { return script.pick(World.words) }
  var bytes: [UInt8] = []
  while bytes.count < 80, !script.isAtEnd, !script.once(in: 12) { bytes.append(script.byte()) }
  return String(decoding: bytes, as: UTF8.self)
}

/// A registry with one of everything that decisions differ by.
private enum World {
  static let now = UTCTimestamp(seconds: 1_800_000_000)
  static let seed = [UInt8](repeating: 7, count: 32)
  static let addresses = ["safety@x.test", "phone@x.test", "gone@x.test", "alice@if.internal", ""]
  static let users: [String?] = [nil, "safety", "phone", "optional", "gone", "alice", "guardian"]
  static let sources = [IPAddress(v4: 0x0A00_0001), IPAddress(v4: 0xC000_0201)]
  static let words = [
    "trace-1", "safety", "privacy", "fire", now.rfc3339, "2027-01-15T08:00:00+01:00", signature, "AAAA",
    "192.0.2.1:5061;transport=tls", "council@if.internal", "a b", "",
  ]
  /// One that says nothing about the hazard, and one that does.
  static let targets = escalationTargets.targets

  static let escalationTargets: EscalationTargets = {
    var targets = EscalationTargets()
    try? targets.add("sip:council@if.internal")
    try? targets.add("sip:c@if.internal", hazard: .safety)
    return targets
  }()

  /// Of a call that the first expert might make.
  static let signature: String = {
    guard let key = try? Ed25519PrivateKey(seed: seed.span) else { return "" }
    let text = "IF-ESCALATE-v1\ntrace-1\nsafety\nsafety@x.test\nsafety@x.test\ntrace-1\n\(now.rfc3339)"
    let utf8 = text.utf8
    return Base64.encode(key.sign(utf8.span))
  }()

  static let registry: Registry = {
    let key = (try? Ed25519PrivateKey(seed: seed.span).publicKey.text) ?? ""
    let draft = RegistryDraft(
      organisations: [.init(id: "o", networks: ["10.0.0.0/8"])],
      experts: [
        .init(
          uri: "sip:safety@x.test", organisation: "o", user: "safety", specialisations: ["safety"], key: key),
        .init(
          uri: "sip:optional@x.test", organisation: "o", user: "optional", aors: ["sip:alice@if.internal"],
          specialisations: ["safety", "privacy"], key: key, signature: "optional"),
        .init(
          uri: "sip:phone@x.test", organisation: "o", user: "phone", headers: "derived", specialisations: ["safety"]),
        .init(
          uri: "sip:gone@x.test", organisation: "o", user: "gone", specialisations: ["safety"], status: "revoked"),
      ], guardians: [.init(id: "if://guardian/g", aliases: ["g"], user: "guardian")], agents: [])
    return (try? Registry(draft)) ?? Registry()
  }()
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main
  enum Replayer {
    static func main() { Replay.run(check) }
  }
#endif
