import Guard
import Proxy
import SIPTransaction
import Testing
import Wire
import Witness

/// Calls to escalation targets (DOMAIN §4, §5).
@Suite struct EscalationTests {
  static func proxy(
    tls: ProxyPolicyTLS = .none, reactor: UInt8 = 3, shared: SharedStore = SharedStore(),
    clientSANs: [String] = [], _ change: (inout RegistryDraft.Expert) -> Void = { _ in },
    policy adjust: (inout ProxyPolicy) -> Void = { _ in }
  ) throws -> Harness {
    var expert = RegistryDraft.Expert(
      uri: "sip:expert-safety@external.advisor", name: "Safety", organisation: "org", user: "expert-safety",
      aors: ["sip:expert-safety@if.internal"], specialisations: ["safety", "alignment"])
    change(&expert)
    let registry = try Registry(
      RegistryDraft(
        organisations: [
          .init(id: "org", networks: ["127.0.0.0/8"], clientSANs: clientSANs),
          .init(id: "far-org", networks: ["192.0.2.0/24"]),
        ],
        experts: [
          expert,
          .init(
            uri: "sip:expert-ethics@external.advisor", name: "Ethics", organisation: "org", user: "expert-ethics",
            specialisations: ["ethics"]),
        ], guardians: [], agents: []))
    var targets = EscalationTargets()
    try targets.add("sip:council@if.internal")
    try targets.add("sip:council-*@if.internal")
    try targets.add("sip:expert-*@*")
    return Harness(reactor: reactor, shared: shared) { policy in
      policy.registry = registry
      policy.escalationTargets = targets
      policy.tlsRequirement = tls == .none ? .none : .escalations
      policy.routes = ["sip:council@if.internal", "sip:council-*@if.internal", "sip:*@callee.test"]
        .compactMap(RoutePattern.init)
        .map { .init(pattern: $0, transport: .udp, address: Harness.address("127.0.0.1:7000")) }
      adjust(&policy)
    }
  }

  enum ProxyPolicyTLS { case none, escalations }

  /// An authenticated call of the safety expert; returns the final answer, or nil when the call went on.
  static func call(
    _ proxy: Harness, headers: [String], to: String = "sip:council@if.internal",
    from: String = "sip:expert-safety@external.advisor", user: String = "expert-safety", password: String = "expert",
    callID: String = "esc-1", source: String = "127.0.0.1:5080"
  ) throws -> Harness.Sent? {
    let first = proxy.receive(
      Phone.request("INVITE", to: to, from: from, callID: callID, branch: "z9hG4bK1\(callID)", headers: headers),
      from: source)
    guard let challenge = first.first, challenge.startLine.hasPrefix("SIP/2.0 407") else { return first.first }
    let credentials = Phone.credentials(for: challenge, user: user, password: password, uri: to)
    let sent = proxy.receive(
      Phone.request(
        "INVITE", to: to, from: from, callID: callID, cseq: 2, branch: "z9hG4bK2\(callID)",
        headers: headers + [credentials]), from: source)
    return sent.first { $0.startLine.hasPrefix("SIP/2.0") && !$0.startLine.hasPrefix("SIP/2.0 100") }
  }

  static let good = ["X-IF-Trace-ID: trace-7", "X-IF-Hazard: safety"]

  private func nothingArrived(_ proxy: Harness) -> Bool {
    proxy.sent.allSatisfy { $0.hop.remote != Harness.address("127.0.0.1:7000") }
  }

  @Test func aGoodEscalationGoesOnWithItsHeaders() throws {
    let proxy = try Self.proxy()
    #expect(
      try Self.call(proxy, headers: Self.good + ["X-IF-Other: x", "X-IF-Source: 1.2.3.4:5;transport=tls"]) == nil)
    let invite = try #require(proxy.sent.first { $0.startLine.hasPrefix("INVITE") })
    #expect(invite.header("X-IF-Trace-ID") == "trace-7")
    #expect(invite.header("X-IF-Hazard") == "safety")
    #expect(invite.header("X-IF-Other") == nil)
    #expect(invite.header("X-IF-Source") == nil)
    #expect(proxy.events(.guardDecision).map(\.traceID) == ["trace-7"])
    proxy.receive(Phone.response(180, "Ringing", to: invite), from: "127.0.0.1:7000")
    #expect(proxy.events(.callRinging).map(\.traceID) == ["trace-7"])
  }

  @Test(arguments: [
    ([], 400, "Missing X-IF-Trace-ID"), (["X-IF-Trace-ID: t"], 400, "Missing X-IF-Hazard"),
    (["X-IF-Trace-ID: a b", "X-IF-Hazard: safety"], 400, "Malformed X-IF-Trace-ID"),
    (["X-IF-Trace-ID: t", "X-IF-Hazard: sa fety"], 400, "Malformed X-IF-Hazard"),
    (["X-IF-Trace-ID: t", "X-IF-Hazard: fire"], 403, "Forbidden"),
    (["X-IF-Trace-ID: t", "X-IF-Hazard: privacy"], 403, "Forbidden"),
    (["X-IF-Trace-ID: t", "X-IF-Hazard: ethics"], 403, "Forbidden"),
    (["X-IF-Trace-ID : t", "x-if-hazard\t: safety", "X-IF-HAZARD: safety"], 400, "Repeated X-IF-Hazard"),
  ])
  func aBadOneIsRefused(headers: [String], status: Int, phrase: String) throws {
    let proxy = try Self.proxy()
    let answer = try #require(try Self.call(proxy, headers: headers))
    #expect(answer.startLine == "SIP/2.0 \(status) \(phrase)")
    #expect(status != 403 || answer.header("Reason")?.hasPrefix("Q.850;cause=21;text=") == true)
    #expect(nothingArrived(proxy))
    #expect(proxy.counted(.through, .rejected) == 1)
    #expect(proxy.events(.securityRejected).count == 1)
    #expect(proxy.events(.callRejected).map(\.status) == [status])
  }

  @Test func inTheClearIsRefusedBeforeAnythingIsAsked() throws {
    let proxy = try Self.proxy(tls: .escalations)
    let answer = proxy.receive(Phone.request("INVITE", to: "sip:%63ouncil@IF.internal.", headers: Self.good))
    #expect(answer.first?.startLine == "SIP/2.0 403 Forbidden")
    #expect(answer.first?.header("Reason")?.contains("transport-secure") == true)
  }

  /// What TLS has found out about a connection.
  static func showing(_ names: CertificateName..., isVerified: Bool = true) -> HopSecurity {
    HopSecurity(facts: TLSFacts(version: .tls13, cipher: "", peerNames: names, isPeerVerified: isVerified))
  }

  @Test func theCertificateOfTheCallersOrganisationIsTheConnectionsOwn() throws {
    let proxy = try Self.proxy(clientSANs: ["edge.org.test"])
    // In the clear there is none, whatever the message says.
    let clear = try Self.call(proxy, headers: Self.good + ["X-IF-Source: 127.0.0.1:5061;transport=tls"], callID: "a")
    #expect(clear?.header("Reason")?.contains("client-certificate") == true)
    proxy.security = Self.showing(.dns("edge.org.test"), isVerified: false)
    #expect(try Self.call(proxy, headers: Self.good, callID: "b")?.startLine == "SIP/2.0 403 Forbidden")
    #expect(nothingArrived(proxy))
    proxy.security = Self.showing(.dns("edge.org.test"))
    #expect(try Self.call(proxy, headers: Self.good, callID: "c") == nil)
  }

  @Test func aTrustedNeighbourStandsForTheConnectionsOfItsPhones() throws {
    let proxy = try Self.proxy(
      clientSANs: ["edge.org.test"],
      policy: { $0.trustedFrom = CIDR("127.0.0.1/32").map { [.init(network: $0)] } ?? [] })
    let facts = ["X-IF-Source: 127.0.0.9:5061;transport=tls", "X-IF-Authenticated-User: expert-safety"]
    #expect(try Self.call(proxy, headers: Self.good + facts)?.startLine == "SIP/2.0 100 Trying")
    #expect(proxy.sent.contains { $0.startLine.hasPrefix("INVITE") })
  }

  @Test func somebodyElsesNameIsRefused() throws {
    let proxy = try Self.proxy()
    let stranger = try #require(
      try Self.call(proxy, headers: Self.good, from: "sip:expert-ethics@external.advisor"))
    #expect(stranger.startLine == "SIP/2.0 403 Forbidden")
    let plain = try #require(
      try Self.call(
        proxy, headers: Self.good, from: "sip:alice@if.internal", user: "alice", password: "secret", callID: "esc-2"))
    #expect(plain.startLine == "SIP/2.0 403 Forbidden")
    #expect(nothingArrived(proxy))
  }

  @Test(arguments: ["suspended", "revoked"])
  func anInactiveEntryIsRefused(status: String) throws {
    let proxy = try Self.proxy { $0.status = status }
    #expect(try Self.call(proxy, headers: Self.good)?.startLine == "SIP/2.0 403 Forbidden")
    #expect(nothingArrived(proxy))
  }

  @Test func expertsReachEscalationTargetsOnly() throws {
    let proxy = try Self.proxy()
    let answer = try #require(try Self.call(proxy, headers: [], to: "sip:bob@callee.test"))
    #expect(answer.header("Reason")?.contains("expert-target") == true)
    #expect(nothingArrived(proxy))
  }

  @Test func theEleventhCallInAMinuteIsRefusedAndTheNextAfterItPasses() throws {
    let proxy = try Self.proxy()
    for number in 0..<10 { #expect(try Self.call(proxy, headers: Self.good, callID: "n\(number)") == nil) }
    let refused = try #require(try Self.call(proxy, headers: Self.good, callID: "n10"))
    #expect(refused.startLine == "SIP/2.0 480 Temporarily Unavailable")
    #expect(refused.header("Retry-After").flatMap { Int($0) } == 60)
    #expect(refused.header("Reason")?.contains("rate-limit") == true)
    proxy.wait(.seconds(60))
    #expect(try Self.call(proxy, headers: Self.good, callID: "n11") == nil)
  }

  @Test func whatGuardRefusesConsumesNoRate() throws {
    let proxy = try Self.proxy()
    for number in 0..<12 { _ = try Self.call(proxy, headers: ["X-IF-Trace-ID: t"], callID: "r\(number)") }
    #expect(proxy.counters.rateLimited == 0)
    #expect(try Self.call(proxy, headers: Self.good, callID: "fine") == nil)
  }

  @Test func strangersHeadersDoNotTravelOnPlainCalls() throws {
    let proxy = Harness()
    let invite = try #require(
      CallTests.invite(proxy, headers: ["X-IF-Hazard : safety", "x-if-authenticated-user: root", "X-If-New: 1"]))
    #expect(!invite.text.lowercased().contains("x-if-"))
    let answer = proxy.receive(
      Phone.response(200, "OK", to: invite, headers: ["X-IF-Trace-ID: forged"]), from: "127.0.0.1:7000")
    #expect(answer.first?.text.lowercased().contains("x-if-") == false)
  }

  @Test func aRegisteredContactIsNoWayToAnEscalationTarget() throws {
    let proxy = try Self.proxy()
    proxy.bindings["bob@if.internal"] = [
      .init(
        uri: "sip:council@if.internal:7000", key: "k", expiresIn: 60, hop: Harness.hop("127.0.0.1:7000"))
    ]
    let challenge = try #require(proxy.receive(Phone.request("INVITE", to: "sip:bob@if.internal")).first)
    let sent = proxy.receive(
      Phone.request(
        "INVITE", to: "sip:bob@if.internal", cseq: 2, branch: "z9hG4bKx",
        headers: [Phone.credentials(for: challenge, uri: "sip:bob@if.internal")]))
    #expect(sent.first?.startLine == "SIP/2.0 480 Temporarily Unavailable")
    #expect(nothingArrived(proxy))
  }
}
