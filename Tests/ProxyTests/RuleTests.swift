import Guard
import OpenSSLCrypto
import Proxy
import SIPTransaction
import Synchronization
import Telemetry
import Testing
import Wire
import Witness

/// DOMAIN §5, rule by rule: what each answers, says, records and counts; and that nothing goes on.
@Suite struct RuleTests {
  /// One rule, and how to break it alone.
  struct Case: Sendable, CustomTestStringConvertible {
    let rule: String
    /// Nil: no answer at all.
    let status: Int?
    var isCall = true
    let provoke: @Sendable () throws -> (Harness, Harness.Sent?)

    var testDescription: String { rule }

    init(
      _ rule: AdmissionRule, _ status: Int?, isCall: Bool = true,
      _ provoke: @escaping @Sendable () throws -> (Harness, Harness.Sent?)
    ) {
      self.rule = rule.rawValue
      self.status = status
      self.isCall = isCall
      self.provoke = provoke
    }

    init(_ rule: GuardRule, _ provoke: @escaping @Sendable () throws -> (Harness, Harness.Sent?)) {
      self.rule = rule.rawValue
      status = rule.status
      self.provoke = provoke
    }
  }

  @Test(arguments: RuleTests.cases)
  func refuses(_ rule: Case) throws {
    let (proxy, answer) = try rule.provoke()
    if let status = rule.status {
      let answer = try #require(answer)
      #expect(answer.startLine.hasPrefix("SIP/2.0 \(status) "))
      if status == 403 || status == 480 {
        #expect(answer.header("Reason")?.hasPrefix("Q.850;cause=21;text=\"\(rule.rule): ") == true)
      } else {
        #expect(answer.header("Reason") == nil)
      }
      #expect((answer.header("Retry-After") != nil) == (status == 480))
    } else {
      #expect(answer == nil)
    }
    #expect(!proxy.sent.contains { $0.hop.remote == Harness.address("127.0.0.1:7000") }, "something went on")
    #expect(proxy.rejected(rule.rule) == 1)
    let records = proxy.events(.securityRejected).filter { event in
      event.details.contains { $0.key == "rule" && $0.value == .text(rule.rule) }
    }
    #expect(records.count == 1)
    #expect(records.first?.peer != nil)
    let isCounted = rule.isCall && rule.status != nil
    #expect(proxy.counted(.through, .rejected) == (isCounted ? 1 : 0))
    #expect(proxy.counted(.through, .failed) == 0)
    #expect(proxy.events(.callRejected).compactMap(\.status) == (isCounted ? rule.status.map { [$0] } ?? [] : []))
    // It has consumed nothing.
    if rule.rule != AdmissionRule.rate.rawValue, rule.rule != AdmissionRule.callsAtOnce.rawValue {
      #expect(proxy.shared.rates.count == 0)
      #expect(proxy.shared.calls.expertCount == 0)
    }
    if GuardRule(rawValue: rule.rule) != nil {
      #expect(proxy.counters.decisionCount(rule.rule, allowed: false) == 1)
    }
  }

  /// A rule without a case above would be a rule that nobody has seen to work.
  @Test func everyRuleHasACase() {
    let seen = Set(RuleTests.cases.map(\.rule))
    // A challenge is no refusal; DigestTests has it.
    let all =
      AdmissionRule.allCases.filter { $0 != .authentication }.map(\.rawValue)
      + GuardRule.allCases.filter(\.refuses).map(\.rawValue)
    #expect(seen.union(RuleTests.callouts.map(\.0.rawValue)) == Set(all))
  }

  // MARK: Calls that we make

  /// What about a call of ours each rule refuses.
  static let callouts: [(GuardRule, CalloutFacts)] = [
    (.calleeRegistered, CalloutFacts(expert: "nobody", hazard: .safety)),
    (.calleeActive, CalloutFacts(expert: "expert-safety", hazard: .safety)),
    (.specialisation, CalloutFacts(expert: "expert-ethics", hazard: .safety)),
    (.roomOpen, CalloutFacts(expert: "expert-ethics", hazard: .ethics, room: RoomState(isOpen: false))),
    (
      .roomCapacity,
      CalloutFacts(expert: "expert-ethics", hazard: .ethics, room: RoomState(participants: 25, capacity: 25))
    ),
  ]

  @Test(arguments: RuleTests.callouts)
  func refusesACallout(_ rule: GuardRule, _ facts: CalloutFacts) throws {
    let proxy = try EscalationTests.proxy { $0.status = "suspended" }
    let agent = WitnessPeer(address: Harness.address("127.0.0.1:9999"), transport: "tcp")
    let (decision, sent) = proxy.judge(facts, requester: agent)
    #expect(decision.rule == rule && decision.status == 403)
    #expect(decision.reason.hasPrefix("Q.850;cause=21;text=\"\(rule.rawValue): "))
    #expect(sent.isEmpty)
    #expect(proxy.rejected(rule.rawValue) == 1)
    #expect(proxy.counted(.out, .rejected) == 1 && proxy.counted(.through, .rejected) == 0)
    #expect(proxy.counters.decisionCount(rule.rawValue, allowed: false) == 1)
    for name in [WitnessEventName.guardDecision, .securityRejected, .callRejected] {
      let event = try #require(proxy.events(name).first)
      #expect(proxy.events(name).count == 1 && event.peer == agent && event.traceID == "trace-7")
      #expect(event.details.contains { $0.key == "rule" && $0.value == .text(rule.rawValue) })
    }
    #expect(proxy.events(.callRejected).first?.status == 403)
  }

  @Test func anActiveExpertMayBeCalled() throws {
    let proxy = try EscalationTests.proxy()
    let room = RoomState(participants: 24, capacity: 25)
    let decision = proxy.judge(CalloutFacts(expert: "expert-safety", hazard: .safety, room: room)).decision
    #expect(decision.rule == .calloutAdmitted)
    #expect(proxy.counters.decisionCount("callout-admitted", allowed: true) == 1)
    #expect(proxy.events(.guardDecision).count == 1 && proxy.events(.securityRejected).isEmpty)
    #expect(proxy.counted(.out, .rejected) == 0)
  }

  @Test func aCallAsksForTheRoomItWouldEnter() throws {
    let asked = Mutex<[String]>([])
    let proxy = try EscalationTests.proxy()
    proxy.change {
      $0.rooms = { room in
        asked.withLock { $0.append(room) }
        return room == "council-7" ? RoomState(participants: 24) : nil
      }
    }
    #expect(try EscalationTests.call(proxy, headers: EscalationTests.good, callID: "a") == nil)
    #expect(
      try EscalationTests.call(proxy, headers: EscalationTests.good, to: "sip:council-7@if.internal", callID: "b")
        == nil)
    #expect(asked.withLock { $0 } == ["council-trace-7", "council-7"])
  }

  // MARK: The cases

  private static let council = "sip:council@if.internal"
  private static let loopback = CIDR("127.0.0.0/8")
  private static let key = [UInt8](repeating: 7, count: 32)

  /// An escalation that would be let in but for `change`.
  private static func escalation(
    headers: [String] = EscalationTests.good, to: String = council, from: String = "sip:expert-safety@external.advisor",
    user: String = "expert-safety", password: String = "expert",
    policy: @escaping @Sendable (inout ProxyPolicy) -> Void = { _ in },
    expert: @escaping @Sendable (inout RegistryDraft.Expert) -> Void = { _ in }
  ) throws -> (Harness, Harness.Sent?) {
    let proxy = try EscalationTests.proxy(expert, policy: policy)
    return (
      proxy, try EscalationTests.call(proxy, headers: headers, to: to, from: from, user: user, password: password)
    )
  }

  /// The four headers, the signature over them as the caller's key makes it.
  private static func signed(
    at seconds: Int64 = 0, callID: String = "esc-1", spoilt: Bool = false
  ) throws -> [String] {
    let timestamp = (UTCTimestamp(seconds: 1_800_000_000) + .seconds(seconds)).rfc3339
    let text = [
      "IF-ESCALATE-v1", "trace-7", "safety", "expert-safety@external.advisor", "council@if.internal", callID, timestamp,
    ].joined(separator: "\n")
    let utf8 = (spoilt ? text + "!" : text).utf8
    let signature = Base64.encode(try Ed25519PrivateKey(seed: key.span).sign(utf8.span))
    return EscalationTests.good + ["X-IF-Timestamp: \(timestamp)", "X-IF-Signature: \(signature)"]
  }

  private static func hasKey(_ expert: inout RegistryDraft.Expert) {
    expert.key = (try? Ed25519PrivateKey(seed: key.span).publicKey.text) ?? ""
  }

  /// An escalation to a room in that state.
  private static func full(_ state: RoomState) throws -> (Harness, Harness.Sent?) {
    let proxy = try EscalationTests.proxy()
    proxy.change { $0.rooms = { $0 == "council-7" ? state : nil } }
    return (
      proxy, try EscalationTests.call(proxy, headers: EscalationTests.good, to: "sip:council-7@if.internal")
    )
  }

  private static func plain(
    _ request: String, from: String = "127.0.0.1:5080", _ change: (inout ProxyPolicy) -> Void = { _ in }
  ) -> (Harness, Harness.Sent?) {
    let proxy = Harness(change)
    let sent = proxy.receive(request, from: from)
    return (proxy, sent.first { $0.startLine.hasPrefix("SIP/2.0 ") })
  }

  static let cases: [Case] = [
    Case(.flood, nil) {
      let proxy = Harness()
      proxy.flood()
      return (proxy, nil)
    },
    Case(.sanity, 400, isCall: false) { plain(Phone.request("INVITE", headers: ["CSeq: 2 INVITE"])) },
    Case(.source, 403) { plain(Phone.request("INVITE"), from: "192.0.2.9:5060") },
    Case(.trustedFacts, 403) {
      let proxy = try EscalationTests.proxy(policy: { $0.trustedFrom = loopback.map { [.init(network: $0)] } ?? [] })
      let request = Phone.request(
        "INVITE", to: council, from: "sip:expert-safety@external.advisor", headers: EscalationTests.good)
      return (proxy, proxy.receive(request).first)
    },
    Case(.route, 403) { plain(Phone.request("INVITE", headers: ["Route: <sip:127.0.0.1:7000;lr>"])) },
    Case(.transport, 403) {
      let proxy = try EscalationTests.proxy(tls: .escalations)
      return (proxy, proxy.receive(Phone.request("INVITE", to: council, headers: EscalationTests.good)).first)
    },
    Case(.maxForwards, 483) { plain(Phone.request("INVITE", maxForwards: 0)) },
    Case(.lockout, 403) {
      let proxy = Harness()
      proxy.lockedOut = ["alice"]
      return (proxy, try Phone.call(proxy, "sip:bob@callee.test").first)
    },
    Case(.identity, 403) {
      let proxy = Harness()
      let challenge = try #require(proxy.receive(Phone.request("INVITE", from: "sip:bob@if.internal")).first)
      let credentials = Phone.credentials(for: challenge)
      return (
        proxy,
        proxy.receive(
          Phone.request("INVITE", from: "sip:bob@if.internal", cseq: 2, branch: "z9hG4bKb", headers: [credentials])
        ).first
      )
    },
    Case(.rate, 480) {
      let proxy = try EscalationTests.proxy(policy: { $0.callQuota.perWindow = 0 })
      return (proxy, try EscalationTests.call(proxy, headers: EscalationTests.good))
    },
    Case(.callsAtOnce, 480) {
      let proxy = try EscalationTests.proxy(policy: { $0.callQuota.atOnce = 0 })
      return (proxy, try EscalationTests.call(proxy, headers: EscalationTests.good))
    },
    Case(.relay, 403) {
      let proxy = Harness()
      return (proxy, try Phone.call(proxy, "sip:bob@elsewhere.test").first)
    },
    Case(.expertTarget, 403) { try escalation(headers: [], to: "sip:bob@callee.test") },
    Case(.dialog, 481, isCall: false) { plain(Phone.request("BYE", toTag: "b1")) },

    Case(.derivedTransport) {
      try escalation(policy: { $0.tlsRequirement = .none }, expert: { $0.headers = "derived" })
    },
    Case(.traceIDHeader) { try escalation(headers: ["X-IF-Hazard: safety"]) },
    Case(.hazardHeader) { try escalation(headers: ["X-IF-Trace-ID: t", "X-IF-Hazard: two words"]) },
    Case(.hazardCovered) { try escalation(headers: ["X-IF-Trace-ID: t", "X-IF-Hazard: privacy"]) },
    Case(.hazardDerivable) {
      try escalation(
        headers: [], policy: { $0.guardPolicy.derivedNeedsSecureTransport = false }, expert: { $0.headers = "derived" })
    },
    Case(.timestampHeader) {
      try escalation(headers: EscalationTests.good + ["X-IF-Signature: x", "X-IF-Timestamp: yesterday"])
    },
    Case(.timestampFresh) { try escalation(headers: try signed(at: -301), expert: hasKey) },
    Case(.signatureHeader) {
      try escalation(headers: try signed() + ["X-IF-Signature: x"], expert: hasKey)
    },
    Case(.postureOpen) { try escalation(policy: { $0.guardPolicy.posture = .closed }) },
    Case(.callerAuthenticated) {
      let proxy = try EscalationTests.proxy(policy: { $0.authenticatesInvite = false })
      let request = Phone.request(
        "INVITE", to: council, from: "sip:expert-safety@external.advisor", headers: EscalationTests.good)
      return (proxy, proxy.receive(request).first)
    },
    Case(.callerRegistered) {
      try escalation(from: "sip:alice@if.internal", user: "alice", password: "secret")
    },
    Case(.callerActive) {
      // About a hazard that somebody else still speaks for.
      try escalation(headers: ["X-IF-Trace-ID: t", "X-IF-Hazard: ethics"], expert: { $0.status = "revoked" })
    },
    Case(.callerUser) { try escalation(user: "alice", password: "secret") },
    Case(.callerAddress) { try escalation(from: "sip:somebody@external.advisor") },
    Case(.sourceNetwork) { try escalation(expert: { $0.organisation = "far-org" }) },
    Case(.clientCertificate) {
      let proxy = try EscalationTests.proxy(clientSANs: ["edge.org.test"])
      proxy.security = EscalationTests.showing(.dns("edge.far-org.test"))
      return (proxy, try EscalationTests.call(proxy, headers: EscalationTests.good))
    },
    Case(.specialisation) { try escalation(headers: ["X-IF-Trace-ID: t", "X-IF-Hazard: ethics"]) },
    Case(.signaturePresent) { try escalation(expert: hasKey) },
    Case(.signatureValid) { try escalation(headers: try signed(spoilt: true), expert: hasKey) },
    Case(.roomOpen) { try full(RoomState(isOpen: false)) },
    Case(.roomCapacity) { try full(RoomState(participants: 25)) },
    Case(.signatureUnspent) {
      let proxy = try EscalationTests.proxy(hasKey)
      proxy.shared.spent.spend(user: "expert-safety", callID: "esc-1", now: proxy.moment.now)
      return (proxy, try EscalationTests.call(proxy, headers: try signed()))
    },
  ]
}

/// DOMAIN §5 step 7: how many calls, and how many at once; across reactors.
@Suite struct QuotaTests {
  private static func connect(_ proxy: Harness, callID: String) throws -> Harness.Sent {
    let answer = try EscalationTests.call(proxy, headers: EscalationTests.good, callID: callID)
    #expect(answer == nil, "\(callID): \(answer?.startLine ?? "")")
    let invite = try #require(proxy.sent.last { $0.startLine.hasPrefix("INVITE") && $0.header("Call-ID") == callID })
    proxy.receive(Phone.response(200, "OK", to: invite), from: "127.0.0.1:7000")
    return invite
  }

  @Test func theEleventhCallInAMinuteIsRefusedWhicheverReactorItReaches() throws {
    let shared = SharedStore()
    let reactors = try (0..<2).map { number in
      try EscalationTests.proxy(reactor: UInt8(number), shared: shared, policy: { $0.callQuota.atOnce = 100 })
    }
    for number in 0..<10 { _ = try Self.connect(reactors[number % 2], callID: "n\(number)") }
    for proxy in reactors {
      let refused = try #require(try EscalationTests.call(proxy, headers: EscalationTests.good, callID: "n10"))
      #expect(refused.startLine == "SIP/2.0 480 Temporarily Unavailable")
      #expect(refused.header("Retry-After") == "60")
      #expect(proxy.counters.rateLimited == 1)
    }
    // Another expert is not concerned.
    #expect(
      try EscalationTests.call(
        reactors[0], headers: ["X-IF-Trace-ID: t", "X-IF-Hazard: ethics"], from: "sip:expert-ethics@external.advisor",
        user: "expert-ethics", callID: "other") == nil)
    for proxy in reactors { proxy.wait(.seconds(60)) }
    _ = try Self.connect(reactors[1], callID: "n11")
  }

  @Test func whatBelongsToACallThatRunsIsNeverCounted() throws {
    let proxy = try EscalationTests.proxy(policy: { $0.callQuota.perWindow = 1 })
    let invite = try Self.connect(proxy, callID: "one")
    let route = try #require(invite.header("Record-Route"))
    for number in 0..<20 {
      let again = Phone.request(
        "INVITE", to: "sip:b@127.0.0.1:7000", from: "sip:expert-safety@external.advisor",
        toURI: "sip:council@if.internal", toTag: "b1", callID: "one", cseq: 10 + number,
        branch: "z9hG4bKre\(number)", headers: ["Route: \(route)"])
      let sent = proxy.receive(again)
      #expect(sent.contains { $0.startLine.hasPrefix("INVITE") && $0.hop.remote == invite.hop.remote })
      // Retransmitted.
      #expect(!proxy.receive(again).contains { $0.startLine.hasPrefix("INVITE") })
    }
    #expect(proxy.counters.rateLimited == 0)
    let second = try EscalationTests.call(proxy, headers: EscalationTests.good, callID: "two")
    #expect(second?.startLine == "SIP/2.0 480 Temporarily Unavailable")
  }

  @Test func aPlaceIsFreeAgainWhenTheCallIsOverHoweverItEnds() throws {
    let shared = SharedStore()
    let reactors = try (0..<2).map { number in
      try EscalationTests.proxy(
        reactor: UInt8(number), shared: shared, policy: { $0.callQuota = CallQuota(perWindow: 1_000, atOnce: 1) })
    }
    func isFull(_ callID: String) throws -> Bool {
      let refused = try EscalationTests.call(reactors[1], headers: EscalationTests.good, callID: callID)
      return refused?.header("Reason")?.contains("calls-at-once") == true
    }
    // Answered, and ended by a BYE.
    let invite = try Self.connect(reactors[0], callID: "bye")
    #expect(try isFull("bye-2"))
    #expect(reactors[1].counters.limitCount("calls-per-expert") == 1)
    let bye = reactors[0].receive(
      Phone.request(
        "BYE", to: "sip:b@127.0.0.1:7000", toTag: "b1", callID: "bye", cseq: 3, branch: "z9hG4bKbye",
        headers: ["Route: \(try #require(invite.header("Record-Route")))"]))
    reactors[0].receive(
      Phone.response(200, to: try #require(bye.first { $0.startLine.hasPrefix("BYE") })), from: "127.0.0.1:7000")
    #expect(shared.calls.expertCount == 0)
    // Refused by the callee, given up by the caller, never answered.
    for end in ["busy", "cancel", "silence", "operator"] {
      #expect(try EscalationTests.call(reactors[0], headers: EscalationTests.good, callID: end) == nil)
      let invite = try #require(reactors[0].sent.last { $0.startLine.hasPrefix("INVITE") })
      #expect(try isFull("\(end)-2"))
      switch end {
      case "busy": reactors[0].receive(Phone.response(486, to: invite), from: "127.0.0.1:7000")
      case "cancel":
        reactors[0].receive(Phone.response(180, to: invite), from: "127.0.0.1:7000")
        reactors[0].receive(
          Phone.request(
            "CANCEL", to: "sip:council@if.internal", from: "sip:expert-safety@external.advisor", callID: end, cseq: 2,
            branch: "z9hG4bK2\(end)", contact: nil))
        reactors[0].receive(Phone.response(487, to: invite), from: "127.0.0.1:7000")
      case "operator":
        let call = try #require(reactors[0].calls().first)
        _ = reactors[0].hangUp(call.key)
      default: reactors[0].wait(.seconds(40))
      }
      #expect(shared.calls.expertCount == 0, "after \(end)")
    }
    _ = try Self.connect(reactors[1], callID: "last")
  }

  @Test func aCallTriedAgainHasOnePlace() throws {
    let proxy = try EscalationTests.proxy(policy: { $0.callQuota.atOnce = 1 })
    _ = try Self.connect(proxy, callID: "one")
    // Under the same Call-ID and From-tag, while it runs.
    let challenge = try #require(
      proxy.receive(
        Phone.request(
          "INVITE", to: "sip:council@if.internal", from: "sip:expert-safety@external.advisor", callID: "one", cseq: 7,
          branch: "z9hG4bK7", headers: EscalationTests.good)
      ).first)
    _ = proxy.receive(
      Phone.request(
        "INVITE", to: "sip:council@if.internal", from: "sip:expert-safety@external.advisor", callID: "one", cseq: 8,
        branch: "z9hG4bK8",
        headers: EscalationTests.good + [
          Phone.credentials(
            for: challenge, user: "expert-safety", password: "expert", uri: "sip:council@if.internal")
        ]))
    #expect(proxy.shared.calls.count("expert-safety") == 1)
    let call = try #require(proxy.calls().first)
    _ = proxy.hangUp(call.key)
    #expect(proxy.shared.calls.expertCount == 0)
  }

  @Test func theRegistryAndThePostureHaveTheLastWord() throws {
    let proxy = try EscalationTests.proxy {
      $0.callsPerWindow = 4
      $0.callsAtOnce = 7
    }
    var found: Expert?
    proxy.change { found = $0.policy.registry.expert(user: "expert-safety") }
    let expert = try #require(found)
    #expect(
      CallQuota(expert, default: CallQuota(perWindow: 10, atOnce: 10), posture: .normal)
        == CallQuota(perWindow: 4, atOnce: 7))
    #expect(
      CallQuota(expert, default: CallQuota(perWindow: 10, atOnce: 10), posture: .elevated)
        == CallQuota(perWindow: 2, atOnce: 7))
  }

  @Test func whenTheNodeIsFullItSaysSo() throws {
    var limits = ProxyLimits()
    limits.calls = 1
    let proxy = Harness(limits: limits)
    _ = try Phone.call(proxy, "sip:bob@callee.test", callID: "a")
    let refused = try #require(try Phone.call(proxy, "sip:bob@callee.test", callID: "b").first)
    #expect(refused.startLine == "SIP/2.0 503 Too Many Calls")
    #expect(refused.header("Retry-After") == "30")
    #expect(refused.header("Reason") == "Q.850;cause=42;text=\"calls: too many calls\"")
    #expect(proxy.counters.limitCount("calls") == 1)
  }
}
