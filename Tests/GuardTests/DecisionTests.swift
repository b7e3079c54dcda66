import Guard
import OpenSSLCrypto
import Testing
import Wire

@Suite struct DecisionTests {
  let registry: Registry

  init() throws {
    registry = try Registry(.sample)
  }

  // MARK: Letting in

  @Test func aSignedCallIsAdmitted() throws {
    let decision = try Situation.signed.decide(registry)
    #expect(decision.allowed)
    #expect(decision.rule == .expertAdmitted)
    #expect(decision.status == 200)
    let admission = try #require(decision.admission)
    #expect(admission.participant == .expert(try #require(registry.expert(user: "expert-safety"))))
    #expect(admission.hazard == .safety)
    #expect(admission.traceID?.text == "trace-1")
    #expect(admission.isSigned)
  }

  @Test func anyOfTheEntrysURIsWillDo() throws {
    let situation = Situation.signed.with {
      $0.from = "expert-safety@if.internal"
      $0.sign()
    }
    #expect(try situation.decide(registry).allowed)
  }

  @Test(arguments: ["2001:db8:1::9", "203.0.113.255"]) func anyNetworkOfTheOrganisation(_ source: String) throws {
    #expect(try Situation.signed.with { $0.source = address(source) }.decide(registry).allowed)
  }

  /// RFC 5922 §7: `sip:` URIs before host names, whole names, and only what has been verified.
  @Test(
    arguments: [
      (.shown(.dns("edge.safety-org.example")), true), (.shown(.dns("a.test"), .dns("edge.safety-org.example")), true),
      (.shown(.uri("sip:EDGE.safety-org.example")), true), (.shown(.address(address("192.0.2.44"))), true),
      (.vouched, true), (.absent, false), (.shown(), false), (.shown(.dns("safety-org.example")), false),
      (.shown(.dns("*.safety-org.example")), false), (.shown(.address(address("192.0.2.45"))), false),
      (.shown(.uri("sip:a.test"), .dns("edge.safety-org.example")), false),
      (.shown(.dns("edge.safety-org.example"), isVerified: false), false),
    ] as [(CallerCertificate, Bool)])
  func anOrganisationThatListsNamesWantsOneProven(_ certificate: CallerCertificate, _ isEnough: Bool) throws {
    let decision = try Situation.signed.with { $0.certificate = certificate }.decide(registry)
    #expect(decision.rule == (isEnough ? .expertAdmitted : .clientCertificate))
    // Who lists none wants none.
    let other = Situation.signed.with {
      $0.user = "expert-ethics"
      $0.from = "expert-ethics@external.advisor"
      $0.source = address("198.51.100.7")
      $0.headers = [.traceID: ["t"], .hazard: ["ethics"]]
      $0.certificate = certificate
    }
    #expect(try other.decide(registry).allowed)
  }

  @Test func anEntryWithoutKeyNeedsNoSignature() throws {
    let situation = Situation.signed.with {
      $0.user = "plain"
      $0.from = "plain@external.advisor"
      $0.headers = [.traceID: ["t"], .hazard: ["bias"]]
      $0.spent = nil
    }
    let decision = try situation.decide(registry)
    #expect(decision.allowed && decision.admission?.isSigned == false)
    // A signature without a key proves nothing and does no harm.
    let signed = situation.with {
      $0.headers[.timestamp] = [Situation.timestamp]
      $0.headers[.signature] = ["whatever"]
    }
    #expect(try signed.decide(registry).admission?.isSigned == false)
  }

  @Test func anOptionalSignatureMayBeAbsentButNotWrong() throws {
    let situation = Situation.signed.with {
      $0.user = "expert-ethics"
      $0.from = "expert-ethics@external.advisor"
      $0.source = address("198.51.100.7")
      $0.headers = [.traceID: ["t"], .hazard: ["ethics"]]
    }
    #expect(try situation.decide(registry).admission?.isSigned == false)
    let timed = situation.with { $0.headers[.timestamp] = [Situation.timestamp] }
    #expect(try timed.with { $0.sign(Keys.ethics) }.decide(registry).admission?.isSigned == true)
    #expect(try timed.with { $0.sign(Keys.safety) }.decide(registry).rule == .signatureValid)
  }

  @Test func aCallToNoRoomNeedsNoRoom() throws {
    #expect(try Situation.signed.with { $0.room = nil }.decide(registry).allowed)
  }

  // MARK: First failure decides

  @Test(arguments: Fault.all.indices) func oneFault(_ index: Int) throws {
    let fault = Fault.all[index]
    let decision = try Situation.signed.with(fault.spoil).decide(registry)
    #expect(decision.rule == fault.rule)
    #expect(!decision.allowed)
    #expect(decision.status == fault.rule.status)
    #expect(decision.reason.hasPrefix("Q.850;cause=21;text=\"\(fault.rule.rawValue): "))
  }

  @Test(arguments: Fault.all.indices) func twoFaultsAreTheEarlierOne(_ first: Int) throws {
    for second in Fault.all.indices where second > first {
      let situation = Situation.signed.with {
        Fault.all[second].spoil(&$0)
        Fault.all[first].spoil(&$0)
      }
      let rule = try situation.decide(registry).rule
      #expect(rule == Fault.all[first].rule, "with \(Fault.all[second].rule)")
    }
  }

  @Test func allFaultsAtOnce() throws {
    let situation = Situation.signed.with { situation in
      for fault in Fault.all.reversed() { fault.spoil(&situation) }
    }
    #expect(try situation.decide(registry).rule == Fault.all[0].rule)
  }

  /// The tables above must not forget a rule, and their order must be that of the enumeration.
  @Test func everyRuleHasItsFault() {
    let callout: Set<GuardRule> = [.calleeRegistered, .calleeActive]
    #expect(Fault.all.map(\.rule) == GuardRule.allCases.filter { $0.refuses && !callout.contains($0) })
  }

  @Test func statuses() {
    let malformed = GuardRule.allCases.filter { $0.status == 400 }
    #expect(malformed == [.traceIDHeader, .hazardHeader, .timestampHeader, .signatureHeader])
    let admitted = GuardRule.allCases.filter { !$0.refuses }
    #expect(admitted == [.expertAdmitted, .guardianAdmitted, .calloutAdmitted])
  }

  /// The names are in logs and dashboards of others: changing one is changing the product.
  @Test func namesAreStable() {
    #expect(
      GuardRule.allCases.map(\.rawValue) == [
        "derived-transport", "trace-id-header", "hazard-header", "hazard-covered", "hazard-derivable",
        "timestamp-header", "timestamp-fresh", "signature-header", "posture-open", "caller-authenticated",
        "caller-registered", "caller-active", "caller-user", "caller-address", "source-network", "client-certificate",
        "specialisation",
        "signature-present", "signature-valid", "signature-unspent", "callee-registered", "callee-active",
        "room-open", "room-capacity", "expert-admitted", "guardian-admitted", "callout-admitted",
      ])
    #expect(
      AdmissionRule.allCases.map(\.rawValue) == [
        "flood", "sanity", "source-allowed", "trusted-facts", "foreign-route", "transport-secure", "max-forwards",
        "lockout", "authentication", "identity", "rate-limit", "calls-at-once", "no-relay", "expert-target",
        "unknown-dialog",
      ])
    let names = GuardRule.allCases.map(\.rawValue) + AdmissionRule.allCases.map(\.rawValue)
    #expect(Set(names).count == names.count)
  }

  // MARK: Headers

  @Test(
    arguments: [
      (IFHeaderName.traceID, [], GuardRule.traceIDHeader, "Missing X-IF-Trace-ID"),
      (.traceID, [""], .traceIDHeader, "Malformed X-IF-Trace-ID"),
      (.traceID, ["a", "a"], .traceIDHeader, "Repeated X-IF-Trace-ID"),
      (.hazard, [], .hazardHeader, "Missing X-IF-Hazard"),
      (.hazard, [""], .hazardHeader, "Malformed X-IF-Hazard"),
      (.hazard, ["safety, bias"], .hazardHeader, "Malformed X-IF-Hazard"),
      (.hazard, ["safety", "safety"], .hazardHeader, "Repeated X-IF-Hazard"),
      (.timestamp, [], .timestampHeader, "Missing X-IF-Timestamp"),
      (.timestamp, ["2026-01-01T00:00:00+00:00"], .timestampHeader, "Malformed X-IF-Timestamp"),
      (.timestamp, ["2026-02-30T00:00:00Z"], .timestampHeader, "Malformed X-IF-Timestamp"),
      (.timestamp, ["1767225600"], .timestampHeader, "Malformed X-IF-Timestamp"),
      (.timestamp, [""], .timestampHeader, "Malformed X-IF-Timestamp"),
      (.timestamp, [Situation.timestamp, Situation.timestamp], .timestampHeader, "Repeated X-IF-Timestamp"),
      (.signature, ["a", "a"], .signatureHeader, "Repeated X-IF-Signature"),
    ] as [(IFHeaderName, [String], GuardRule, String)])
  func badHeaderIsNamed(_ name: IFHeaderName, _ values: [String], _ rule: GuardRule, _ phrase: String) throws {
    let decision = try Situation.signed.with { $0.headers[name] = values.isEmpty ? nil : values }.decide(registry)
    #expect(decision.rule == rule)
    #expect(decision.status == 400)
    #expect(decision.reasonPhrase == phrase)
  }

  @Test(arguments: ["Safety", "SAFETY", "volcano", "safety."]) func otherTokensAreUncovered(_ hazard: String) throws {
    let decision = try Situation.signed.with { $0.headers[.hazard] = [hazard] }.decide(registry)
    #expect(decision.rule == .hazardCovered)
    #expect(decision.status == 403)
    #expect(decision.reasonPhrase == "Forbidden")
  }

  /// security is the suspended expert's alone, privacy that of an expert whose organisation is suspended.
  @Test(arguments: [Hazard.security, .privacy]) func hazardsOfInactiveExpertsAreUncovered(_ hazard: Hazard) throws {
    let decision = try Situation.signed.with { $0.headers[.hazard] = [hazard.rawValue] }.decide(registry)
    #expect(decision.rule == .hazardCovered)
  }

  @Test(arguments: [(0, true), (300, true), (301, false), (-300, true), (-301, false)])
  func freshness(_ seconds: Int64, _ isFresh: Bool) throws {
    let decision = try Situation.signed.with { $0.now = .at(seconds) }.decide(registry)
    #expect(decision.allowed == isFresh)
    #expect(isFresh || decision.rule == .timestampFresh)
  }

  @Test func toleranceIsConfigurable() throws {
    let strict = Situation.signed.with { $0.policy.timestampTolerance = .seconds(10) }
    #expect(try strict.with { $0.now = .at(10) }.decide(registry).allowed)
    #expect(try strict.with { $0.now = .at(11) }.decide(registry).rule == .timestampFresh)
  }

  // MARK: Signatures

  @Test func everyLineOfTheSignedTextCounts() throws {
    let changes: [(inout Situation) -> Void] = [
      { $0.headers[.traceID] = ["trace-2"] },
      { $0.headers[.hazard] = ["alignment"] },
      { $0.from = "expert-safety@if.internal" },
      { $0.to = "council-x@if.internal" },
      { $0.callID = "other" },
      { $0.headers[.timestamp] = ["2026-01-01T00:00:00.0Z"] },
    ]
    for change in changes {
      #expect(try Situation.signed.with(change).decide(registry).rule == .signatureValid)
      let resigned = Situation.signed.with {
        change(&$0)
        $0.sign()
      }
      #expect(try resigned.decide(registry).allowed)
    }
  }

  @Test func signatureSpellings() throws {
    let base64 = try #require(Situation.signed.headers[.signature]?.first)
    let hex = Hex.encode(try Base64.decode(base64))
    for spelling in [base64, hex, hex.uppercased()] {
      #expect(try Situation.signed.with { $0.headers[.signature] = [spelling] }.decide(registry).allowed)
    }
    for spelling in ["", "AAAA", String(hex.dropLast(2)), base64 + "A", String(repeating: "0", count: 128)] {
      let decision = try Situation.signed.with { $0.headers[.signature] = [spelling] }.decide(registry)
      #expect(decision.rule == .signatureValid)
    }
  }

  @Test(arguments: [
    (SpentAnswer?.some(.unspent), true), (.spent, false), (.beforeMemory, false), (.memoryFull, false), (nil, false),
  ])
  func spentCallIDs(_ answer: SpentAnswer?, _ allowed: Bool) throws {
    let decision = try Situation.signed.with { $0.spent = answer }.decide(registry)
    #expect(decision.allowed == allowed)
    #expect(allowed || decision.rule == .signatureUnspent)
  }

  /// Line breaks inside a value could make two different calls sign the same text.
  @Test func noLineBreaksInSignedValues() throws {
    let trace = try #require(TraceID("t"))
    #expect(
      SignedText(traceID: trace, hazard: .bias, from: "a@b", to: "c@d", callID: "1", timestamp: "2")?.text
        == "IF-ESCALATE-v1\nt\nbias\na@b\nc@d\n1\n2")
    for bad in ["x\ny", "x\ry", "x\0y"] {
      #expect(SignedText(traceID: trace, hazard: .bias, from: bad, to: "c@d", callID: "1", timestamp: "2") == nil)
      #expect(SignedText(traceID: trace, hazard: .bias, from: "a@b", to: bad, callID: "1", timestamp: "2") == nil)
      #expect(SignedText(traceID: trace, hazard: .bias, from: "a@b", to: "c@d", callID: bad, timestamp: "2") == nil)
    }
  }

  // MARK: Posture

  @Test func elevatedWantsSignaturesFromAll() throws {
    let elevated: (inout Situation) -> Void = { $0.policy.posture = .elevated }
    #expect(try Situation.signed.with(elevated).decide(registry).allowed)
    #expect(try Situation.phone.with(elevated).decide(registry).rule == .signaturePresent)
    let optional = Situation.signed.with {
      $0.user = "expert-ethics"
      $0.from = "expert-ethics@external.advisor"
      $0.source = address("198.51.100.7")
      $0.headers = [.traceID: ["t"], .hazard: ["ethics"], .timestamp: [Situation.timestamp]]
      elevated(&$0)
    }
    #expect(try optional.decide(registry).rule == .signaturePresent)
    #expect(try optional.with { $0.sign(Keys.ethics) }.decide(registry).allowed)
  }

  @Test(arguments: [
    (Posture.normal, 10, 10), (.elevated, 10, 5), (.elevated, 1, 1), (.elevated, 0, 0), (.closed, 10, 10),
    (.elevated, 11, 5),
  ])
  func rates(_ posture: Posture, _ configured: Int, _ expected: Int) {
    #expect(posture.callsPerWindow(configured) == expected)
  }

  // MARK: Phones without headers

  @Test func aPhoneNeedsNoHeaders() throws {
    let admission = try #require(try Situation.phone.decide(registry).admission)
    #expect(admission.hazard == .safety)
    #expect(admission.traceID == nil)
    #expect(!admission.isSigned)
  }

  @Test func aPhonesHazardComesFromAnOpenEscalation() throws {
    let situation = Situation.phone.with {
      $0.hazardOfTarget = nil
      $0.target = "council@if.internal"
    }
    #expect(try situation.decide(registry).rule == .hazardDerivable)
    #expect(try situation.with { $0.openHazard = .safety }.decide(registry).admission?.hazard == .safety)
    // The target goes before: it is what was called.
    let both = Situation.phone.with { $0.openHazard = .ethics }
    #expect(try both.decide(registry).admission?.hazard == .safety)
  }

  @Test func aPhoneNeedsTLSUnlessTheOperatorGaveItUp() throws {
    let plain = Situation.phone.with { $0.isSecure = false }
    #expect(try plain.decide(registry).rule == .derivedTransport)
    #expect(try plain.with { $0.policy.derivedNeedsSecureTransport = false }.decide(registry).allowed)
    // The rule is about phones: others have the transport rule of step 4.
    #expect(try Situation.signed.with { $0.isSecure = false }.decide(registry).allowed)
  }

  @Test func whatAPhoneDoesSayIsChecked() throws {
    #expect(try Situation.phone.with { $0.headers[.traceID] = ["a b"] }.decide(registry).rule == .traceIDHeader)
    #expect(try Situation.phone.with { $0.headers[.hazard] = ["volcano"] }.decide(registry).rule == .hazardCovered)
    #expect(try Situation.phone.with { $0.headers[.hazard] = ["ethics"] }.decide(registry).rule == .specialisation)
    #expect(
      try Situation.phone.with { $0.headers[.traceID] = ["mine"] }.decide(registry).admission?.traceID?.text == "mine")
  }

  /// The exemption belongs to the user who authenticated, not to the From URI he writes.
  @Test func theExemptionCannotBeBorrowed() throws {
    let situation = Situation.phone.with { $0.user = "plain" }
    #expect(try situation.decide(registry).rule == .traceIDHeader)
    #expect(try Situation.phone.with { $0.user = nil }.decide(registry).rule == .traceIDHeader)
  }

  // MARK: Who is who

  @Test func halfRightIsToldWhichHalf() throws {
    let borrowed = Situation.signed.with { $0.user = "nobody" }
    #expect(try borrowed.decide(registry).rule == .callerUser)
    let suspended = Situation.signed.with {
      $0.user = "suspended"
      $0.from = "unknown@external.advisor"
    }
    #expect(try suspended.decide(registry).rule == .callerActive)
    let orphan = Situation.signed.with {
      $0.user = "orphan"
      $0.from = "orphan@external.advisor"
      $0.source = address("192.0.2.1")
    }
    #expect(try orphan.decide(registry).rule == .sourceNetwork)
  }

  @Test func fromIsComparedExactly() throws {
    for from in [
      "Expert-safety@external.advisor", "expert-safety@external.advisor.", "expert-safety@external.advisors",
    ] {
      #expect(try Situation.signed.with { $0.from = from }.decide(registry).rule == .callerAddress)
    }
  }

  @Test func loopbackIsNobodysNetwork() throws {
    #expect(try Situation.signed.with { $0.source = address("127.0.0.1") }.decide(registry).rule == .sourceNetwork)
  }

  // MARK: Guardians

  @Test func guardiansDialIn() throws {
    let guardian = Situation(
      headers: [:], source: address("10.0.0.1"), user: "guardian-technical", from: "anything@if.internal", spent: nil)
    let decision = try guardian.decide(registry)
    #expect(decision.rule == .guardianAdmitted)
    #expect(decision.admission?.participant == .guardian(try #require(registry.guardian(user: "guardian-technical"))))
    #expect(decision.admission?.hazard == nil)
    #expect(try guardian.with { $0.target = "council-7@if.internal" }.decide(registry).allowed)
    #expect(try guardian.with { $0.user = "guardian-resting" }.decide(registry).rule == .callerActive)
  }

  /// Dialling in is to the council; to call an expert a guardian is nobody in particular.
  @Test(arguments: ["expert-safety@external.advisor", "councillor@if.internal", "xcouncil@if.internal"])
  func guardiansCallOnlyTheCouncil(_ target: String) throws {
    let guardian = Situation.signed.with {
      $0.user = "guardian-technical"
      $0.from = "guardian-technical@if.internal"
      $0.target = target
    }
    #expect(try guardian.decide(registry).rule == .callerRegistered)
  }

  // MARK: Calling out

  @Test func callingOut() {
    func rule(_ expert: String, _ hazard: Hazard, room: RoomState? = nil, posture: Posture = .normal) -> GuardRule {
      var policy = GuardPolicy()
      policy.posture = posture
      return IFGuard.decide(
        CalloutFacts(expert: expert, hazard: hazard, room: room), registry: registry, policy: policy
      )
      .rule
    }
    #expect(rule("expert-safety", .safety) == .calloutAdmitted)
    #expect(rule("expert-safety", .safety, posture: .elevated) == .calloutAdmitted)
    #expect(rule("nobody", .safety, posture: .closed) == .postureOpen)
    #expect(rule("nobody", .safety) == .calleeRegistered)
    #expect(rule("suspended", .security) == .calleeActive)
    #expect(rule("orphan", .privacy) == .calleeActive)
    #expect(rule("expert-safety", .bias) == .specialisation)
    let full = RoomState(participants: 25, capacity: 25)
    #expect(rule("expert-safety", .safety, room: full) == .roomCapacity)
    #expect(rule("expert-safety", .safety, room: RoomState(isOpen: false)) == .roomOpen)
    #expect(rule("expert-safety", .safety, room: RoomState(participants: 24)) == .calloutAdmitted)
    #expect(rule("suspended", .bias, room: full) == .calleeActive)
  }

  // MARK: Words

  @Test func reasonIsWellFormed() {
    #expect(
      GuardDecision.reason(rule: "rate-limit", text: "a \"b\" \\ c\r\nd")
        == "Q.850;cause=21;text=\"rate-limit: a \\\"b\\\" \\\\ cd\"")
  }
}
