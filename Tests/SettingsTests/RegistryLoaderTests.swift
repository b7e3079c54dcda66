import Guard
import Settings
import Testing

@Suite("Registry file")
struct RegistryLoaderTests {
  private func load(_ text: String) -> (Registry?, [SettingsProblem]) {
    let bytes = Array(text.utf8)
    do {
      return (try RegistryLoader.load(bytes.span, file: "registry.yaml"), [])
    } catch {
      return (nil, error.problems)
    }
  }

  private let good = """
    organisations:
      - { id: safety-org, networks: [203.0.113.0/24, "2001:db8:1::/48"], client_sans: [edge.safety-org.example] }
    experts:
      - uri: sip:expert-safety@external.advisor
        name: Safety Expert
        organisation: safety-org
        user: expert-safety
        aors: [sip:expert-safety@if.internal]
        headers: required
        specialisations: [safety, alignment]
        key: "ed25519:DOOzw3nRTB784T0/r1ujU6qyowN+lxUOlsUYkyawTwI="
        signature: optional
        rate: 20
        max_calls: 2
        status: active
    guardians:
      - id: "if://guardian/technical"
        aliases: [technical, 1001]
        user: guardian-technical
        key: "3AdkudusOJj/0W6/pqQu0h2eKEWXhaQMXj0Y8wY5+ag="
        token: none
        networks: [127.0.0.1]
        bandwidth_bps: 64000
        h235_password: secret
        status: suspended
    agents:
      - { id: agent-legal, key: "ed25519:86WVvSpvePQGnMNp5NhZTzRd/M2lSEYdUfQTle8TW6A=", rooms: ["council-*"], escalate: true }
    """

  @Test("every field is read")
  func everyField() throws {
    let (registry, problems) = load(good)
    #expect(problems == [])
    let read = try #require(registry)
    let expert = try #require(read.expert(user: "expert-safety"))
    #expect(read.expert(address: "expert-safety@if.internal") == expert)
    #expect(expert.callsPerWindow == 20 && expert.callsAtOnce == 2)
    #expect(expert.name == "Safety Expert")
    #expect(expert.headers == .required && expert.signature == .optional && expert.key != nil)
    #expect(expert.specialisations.hazards == [.safety, .alignment])
    #expect(read.organisation(of: expert)?.networks.count == 2)
    #expect(read.organisation(of: expert)?.clientNames == ["edge.safety-org.example"])
    let guardian = try #require(read.guardian(alias: "1001"))
    #expect(guardian.bandwidthBitsPerSecond == 64_000)
    #expect(guardian.h235Password?.exposedText == "secret")
    #expect(guardian.token == .none && guardian.status == .suspended && guardian.networks.count == 1)
    #expect(read.agent(id: "agent-legal")?.mayEscalate == true)
    #expect(read.agent(id: "agent-legal")?.mayJoin("council-x") == true)
  }

  @Test("an empty file is a registry with nobody in it")
  func empty() {
    #expect(load("").0?.experts.isEmpty == true)
    #expect(load("experts: []\nagents:\n").0?.agents.isEmpty == true)
  }

  @Test("Guard's problems stand at the line of the value they are about")
  func lines() {
    func problem(_ old: String, _ new: String) -> [String] {
      load(good.replacing(old, with: new)).1.map { "\($0.line):\($0.column) \($0.key)" }
    }
    #expect(problem("[safety, alignment]", "[safety, fear]") == ["10:31 experts[0].specialisations[1]"])
    #expect(problem("203.0.113.0/24", "203.0.113.0/240") == ["2:34 organisations[0].networks[0]"])
    #expect(problem("ed25519:DOOz", "ed25519:DOO") == ["11:10 experts[0].key"])
    #expect(problem("organisation: safety-org", "organisation: other") == ["6:19 experts[0].organisation"])
    #expect(problem("user: guardian-technical", "user: expert-safety") == ["19:11 guardians[0].user"])
    #expect(problem("token: none", "token: maybe") == ["21:12 guardians[0].token"])
    #expect(
      load(good.replacing("ed25519:DOOz", with: "ed25519:DOO")).1.first?.message.contains(
        "(entry sip:expert-safety@external.advisor)") == true)
    // A missing field is told at the entry it is missing from.
    #expect(problem("    user: expert-safety\n", "") == ["4:5 experts[0].user"])
  }

  @Test("the form is checked first: unknown keys, lists, numbers")
  func form() {
    func keys(_ old: String, _ new: String) -> [String] { load(good.replacing(old, with: new)).1.map(\.key) }
    #expect(keys("name: Safety Expert", "nmae: Safety Expert") == ["experts[0].nmae"])
    #expect(keys("aors: [sip:expert-safety@if.internal]", "aors: x") == ["experts[0].aors"])
    #expect(keys("bandwidth_bps: 64000", "bandwidth_bps: much") == ["guardians[0].bandwidth_bps"])
    #expect(keys("rate: 20", "rate: often") == ["experts[0].rate"])
    #expect(keys("rate: 20", "rate: 0") == ["experts[0].rate"])
    #expect(keys("max_calls: 2", "max_calls: [2]") == ["experts[0].max_calls"])
    #expect(keys("escalate: true", "escalate: perhaps") == ["agents[0].escalate"])
    #expect(keys("agents:", "robots:") == ["robots"])
    #expect(load("experts: [x]").1.map(\.key) == ["experts[0]"])
    #expect(load("experts: 7").1.map(\.key) == ["experts"])
  }

  @Test("no message repeats a key's text, which might be a private one")
  func secrets() {
    let problems = load(good.replacing("ed25519:DOOzw3nRTB784T0", with: "ed25519:SECRETSECRET")).1
    #expect(!problems.isEmpty)
    #expect(problems.allSatisfy { !$0.message.contains("SECRETSECRET") })
  }

  @Test("ten thousand experts load in seconds, not in the square of that")
  func large() throws {
    var text = "organisations: [{ id: o, networks: [10.0.0.0/8] }]\nexperts:\n"
    for number in 0..<10_000 {
      text +=
        "  - { uri: \"sip:expert-\(number)@x.example\", organisation: o, user: u\(number), specialisations: [bias] }\n"
    }
    let clock = ContinuousClock()
    var registry: Registry?
    let took = clock.measure { registry = load(text).0 }
    #expect(registry?.experts.count == 10_000)
    #expect(took < .seconds(60), "\(took)")
  }
}
