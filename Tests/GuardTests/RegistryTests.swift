import Guard
import Testing

@Suite struct RegistryTests {
  @Test func lookUps() throws {
    let registry = try Registry(.sample)
    #expect(registry.expert(address: "expert-safety@if.internal")?.user == "expert-safety")
    #expect(registry.expert(address: "expert-safety@external.advisor")?.user == "expert-safety")
    #expect(registry.expert(address: "Expert-safety@external.advisor") == nil)
    #expect(registry.expert(user: "phone")?.headers == .derived)
    #expect(registry.expert(user: "guardian-technical") == nil)
    #expect(registry.guardian(alias: "1001")?.id == "if://guardian/technical")
    #expect(registry.guardian(id: "if://guardian/technical")?.token == .required)
    #expect(registry.guardian(user: "guardian-technical")?.bandwidthBitsPerSecond == 10_000_000)
    #expect(registry.agent(id: "agent-legal")?.mayEscalate == true)
    #expect(registry.agent(id: "agent-legal")?.mayJoin("council-7") == true)
    #expect(registry.agent(id: "agent-legal")?.mayJoin("lounge") == false)
    #expect(registry.organisation(id: "safety-org")?.networks.count == 2)
    #expect(registry.organisation(id: "safety-org")?.clientNames == ["edge.safety-org.example", "192.0.2.44"])
    #expect(registry.expert(user: "expert-ethics")?.name == "sip:expert-ethics@external.advisor")
  }

  /// To Swift's strings the Kelvin sign is a K; to a digest or a signature it is not.
  @Test func lookUpsAreExactToTheByte() throws {
    var draft = RegistryDraft.sample
    draft.experts[3].user = "Kelvin"
    draft.experts[3].aors = ["sip:Kelvin@if.internal"]
    draft.guardians[0].user = "K"
    draft.guardians[0].aliases = ["K"]
    let registry = try Registry(draft)
    #expect("\u{212A}" == "K")
    #expect(registry.expert(user: "Kelvin") != nil)
    #expect(registry.expert(user: "\u{212A}elvin") == nil)
    #expect(registry.expert(address: "Kelvin@if.internal") != nil)
    #expect(registry.expert(address: "\u{212A}elvin@if.internal") == nil)
    #expect(registry.guardian(user: "\u{212A}") == nil && registry.guardian(user: "K") != nil)
    #expect(registry.guardian(alias: "\u{212A}") == nil && registry.guardian(alias: "K") != nil)
    // For uniqueness they are one name: nobody could tell them apart on a screen.
    draft.experts[2].user = "\u{212A}elvin"
    #expect(problems(draft).count == 1)
  }

  @Test func expertsForAHazardInOrder() throws {
    let registry = try Registry(.sample)
    #expect(registry.experts(for: .safety).map(\.user) == ["expert-safety", "phone"])
    #expect(registry.experts(for: .privacy).isEmpty)
    #expect(registry.experts(for: .security).isEmpty)
    #expect(registry.coveredHazards.hazards == [.safety, .alignment, .ethics, .bias])
  }

  @Test func activeNetworks() throws {
    let registry = try Registry(.sample)
    #expect(registry.activeNetworks.map(\.description) == ["203.0.113.0/24", "2001:db8:1::/48", "198.51.100.0/24"])
  }

  @Test func emptyIsARegistry() throws {
    #expect(try Registry(RegistryDraft()) == Registry())
    #expect(Registry().coveredHazards.hazards.isEmpty)
  }

  @Test func secretsAreNotDescribed() throws {
    var draft = RegistryDraft.sample
    draft.guardians[0].h235Password = RegistrySecret("hunter2")
    let registry = try Registry(draft)
    var dumped = ""
    dump(registry, to: &dumped)
    #expect(!"\(registry) \(draft) \(dumped)".contains("hunter2"))
    #expect(registry.guardians[0].h235Password?.exposedText == "hunter2")
  }

  @Test func hazardSets() {
    for hazard in Hazard.allCases {
      #expect(HazardSet([hazard]).hazards == [hazard])
      #expect(!HazardSet(Hazard.allCases.filter { $0 != hazard }).covers(hazard))
    }
    #expect(Hazard.allowedNames == "safety, alignment, ethics, bias, security, privacy")
  }

  struct Spoiled: Sendable, CustomTestStringConvertible {
    let problem: String
    let spoil: @Sendable (inout RegistryDraft) -> Void
    var testDescription: String { problem }
  }

  static let spoiled: [Spoiled] = [
    Spoiled(problem: "organisations[3].id: is missing") { $0.organisations.append(.init()) },
    Spoiled(
      problem: "organisations[3].id: the organisation id \"safety-org\" is already that of organisations[0].id"
    ) { $0.organisations.append(.init(id: "safety-org")) },
    Spoiled(
      problem: """
        organisations[0].networks[1]: "2001:db8::1/48" is no network; write 203.0.113.0/24, 2001:db8::/48 or a single \
        address
        """
    ) { $0.organisations[0].networks[1] = "2001:db8::1/48" },
    Spoiled(
      problem: """
        organisations[0].client_sans[1]: "*.safety-org.example" is no name of a certificate; write a host such as \
        edge.example.net, without wildcards
        """
    ) { $0.organisations[0].clientSANs[1] = "*.safety-org.example" },
    Spoiled(
      problem: "organisations[0].status: \"on\" is not known here; allowed are active, suspended, revoked"
    ) { $0.organisations[0].status = "on" },
    Spoiled(problem: "experts[0].uri: is missing") { $0.experts[0].uri = nil },
    Spoiled(problem: "experts[0].uri: expert-safety@x must begin with sip: or sips:") {
      $0.experts[0].uri = "expert-safety@x"
    },
    Spoiled(
      problem: "experts[0].uri: sip:a@b:5060 needs a plain host after the @, without port or parameters"
    ) { $0.experts[0].uri = "sip:a@b:5060" },
    Spoiled(
      problem: "experts[1].aors[0]: the URI \"expert-safety@if.internal\" is already that of experts[0].aors[0]"
    ) { $0.experts[1].aors = ["sips:%65xpert-safety@IF.internal."] },
    Spoiled(
      problem: "experts[2].uri: the URI \"expert-safety@external.advisor\" is already that of experts[0].uri"
    ) { $0.experts[2].uri = "sip:expert-safety@external.advisor" },
    Spoiled(problem: "experts[0].organisation: is missing") { $0.experts[0].organisation = nil },
    Spoiled(problem: "experts[0].organisation: there is no organisation with id \"nowhere\"") {
      $0.experts[0].organisation = "nowhere"
    },
    Spoiled(problem: "experts[0].user: is missing") { $0.experts[0].user = "" },
    Spoiled(problem: "experts[1].user: the digest user \"expert-safety\" is already that of experts[0].user") {
      $0.experts[1].user = "expert-safety"
    },
    Spoiled(problem: "guardians[0].user: the digest user \"expert-safety\" is already that of experts[0].user") {
      $0.guardians[0].user = "expert-safety"
    },
    Spoiled(
      problem: """
        experts[0].specialisations[1]: "Alignment" is no hazard; allowed are safety, alignment, ethics, bias, security, \
        privacy
        """
    ) { $0.experts[0].specialisations[1] = "Alignment" },
    Spoiled(
      problem: """
        experts[0].specialisations: is empty: the expert could never be called; allowed are safety, alignment, ethics, \
        bias, security, privacy
        """
    ) { $0.experts[0].specialisations = [] },
    Spoiled(problem: "experts[0].headers: \"maybe\" is not known here; allowed are required, derived") {
      $0.experts[0].headers = "maybe"
    },
    Spoiled(problem: "experts[0].signature: \"never\" is not known here; allowed are required, optional") {
      $0.experts[0].signature = "never"
    },
    Spoiled(
      problem: "experts[3].signature: says something about signatures, but the entry has no key to check one with"
    ) { $0.experts[3].signature = "optional" },
    Spoiled(
      problem: """
        experts[2].key: headers: derived is for phones that cannot sign, so the entry has no key; drop the key or say \
        headers: required
        """
    ) { $0.experts[2].key = Keys.text(Keys.safety) },
    Spoiled(problem: "experts[0].status: \"Active\" is not known here; allowed are active, suspended, revoked") {
      $0.experts[0].status = "Active"
    },
    Spoiled(problem: "experts[0].name: holds a control character") { $0.experts[0].name = "a\u{1B}[2Jb" },
    Spoiled(problem: "guardians[0].id: is missing") { $0.guardians[0].id = nil },
    Spoiled(problem: "guardians[0].id: \"technical\" must read if://guardian/<name>") {
      $0.guardians[0].id = "technical"
    },
    Spoiled(problem: "guardians[0].id: \"if://guardian/\" must read if://guardian/<name>") {
      $0.guardians[0].id = "if://guardian/"
    },
    Spoiled(
      problem: "guardians[1].id: the guardian id \"if://guardian/technical\" is already that of guardians[0].id"
    ) { $0.guardians[1].id = "if://guardian/technical" },
    Spoiled(problem: "guardians[1].aliases[0]: the alias \"1001\" is already that of guardians[0].aliases[1]") {
      $0.guardians[1].aliases = ["1001"]
    },
    Spoiled(problem: "guardians[0].token: \"maybe\" is not known here; allowed are required, none") {
      $0.guardians[0].token = "maybe"
    },
    Spoiled(problem: "guardians[0].bandwidth_bps: must be above 0 bits per second") {
      $0.guardians[0].bandwidthBitsPerSecond = 0
    },
    Spoiled(problem: "agents[0].id: is missing") { $0.agents[0].id = nil },
    Spoiled(problem: "agents[0].key: is missing: an agent's messages are accepted only when signed") {
      $0.agents[0].key = nil
    },
    Spoiled(problem: "agents[1].id: the agent id \"agent-legal\" is already that of agents[0].id") {
      $0.agents.append($0.agents[0])
    },
    Spoiled(problem: "agents[0].status: \"\" is not known here; allowed are active, suspended, revoked") {
      $0.agents[0].status = ""
    },
  ]

  @Test(arguments: spoiled) func problemIsNamed(_ spoiled: Spoiled) {
    var draft = RegistryDraft.sample
    spoiled.spoil(&draft)
    #expect(problems(draft) == [spoiled.problem])
  }

  @Test func quotas() throws {
    var draft = RegistryDraft.sample
    for (rate, calls, found) in [
      (1, 1, []), (1_000_000, 100_000, []), (nil, nil, []),
      (0, 3, ["experts[0].rate: must be from 1 to 1000000; to let nobody call, suspend the entry"]),
      (1_000_001, 3, ["experts[0].rate: must be from 1 to 1000000; to let nobody call, suspend the entry"]),
      (5, -1, ["experts[0].max_calls: must be from 1 to 100000; to let nobody call, suspend the entry"]),
      (5, 100_001, ["experts[0].max_calls: must be from 1 to 100000; to let nobody call, suspend the entry"]),
    ] as [(Int?, Int?, [String])] {
      draft.experts[0].callsPerWindow = rate
      draft.experts[0].callsAtOnce = calls
      #expect(problems(draft) == found)
      guard found.isEmpty else { continue }
      let expert = try #require(try registry(draft).get().expert(user: "expert-safety"))
      let quota = CallQuota(expert, default: CallQuota(perWindow: 10, atOnce: 4), posture: .normal)
      #expect(quota == CallQuota(perWindow: rate ?? 10, atOnce: calls ?? 4))
      let elevated = CallQuota(expert, default: CallQuota(perWindow: 10, atOnce: 4), posture: .elevated)
      #expect(elevated == CallQuota(perWindow: max((rate ?? 10) / 2, 1), atOnce: calls ?? 4))
    }
  }

  @Test func badKeysNameTheEntryAndNotTheKey() {
    var draft = RegistryDraft.sample
    draft.experts[0].key = "ed25519:c2VjcmV0"
    draft.guardians[0].key = "what I meant to keep to myself"
    draft.agents[0].key = ""
    let found = problems(draft)
    #expect(found.map { $0.prefix { $0 != ":" } } == ["experts[0].key", "guardians[0].key", "agents[0].key"])
    #expect(!found.joined().contains("c2VjcmV0"))
    #expect(!found.joined().contains("meant"))
  }

  @Test func allProblemsAreReported() {
    var draft = RegistryDraft.sample
    for spoiled in [Self.spoiled[2], Self.spoiled[15], Self.spoiled[24]] { spoiled.spoil(&draft) }
    #expect(problems(draft) == [2, 15, 24].map { Self.spoiled[$0].problem })
  }

  @Test func messagesDoNotCarryControlCharacters() {
    var draft = RegistryDraft.sample
    draft.experts[0].status = "\u{1B}[2J\"" + String(repeating: "x", count: 1_000)
    let found = problems(draft)
    #expect(found.count == 1)
    #expect(!found.joined().contains("\u{1B}"))
    #expect(found.joined().utf8.count < 300)
  }

  @Test func limits() {
    var limits = RegistryLimits()
    limits.maxEntries = 7
    limits.maxListLength = 2
    limits.maxTextBytes = 40
    #expect(problems(.sample, limits: limits).isEmpty)

    var draft = RegistryDraft.sample
    draft.experts.append(
      .init(uri: "sip:8@x", organisation: "ethics-org", user: "8", specialisations: ["bias"]))
    #expect(problems(draft, limits: limits) == ["experts: has 8 entries; at most 7 are allowed"])

    draft = .sample
    draft.organisations[0].networks.append("192.0.2.1")
    #expect(
      problems(draft, limits: limits) == ["organisations[0].networks: has 3 elements; at most 2 are allowed"])

    draft = .sample
    draft.experts[0].name = String(repeating: "x", count: 40)
    #expect(problems(draft, limits: limits).isEmpty)
    draft.experts[0].name = String(repeating: "x", count: 41)
    #expect(problems(draft, limits: limits) == ["experts[0].name: has 41 bytes; at most 40 are allowed"])
  }
}
