import Guard
import Settings
import Testing

/// Every kind of mistake in a registry is told with the file and the line it stands in.
@Suite("Lines of a registry's mistakes")
struct RegistryLineTests {
  /// One entry a line, so that a line says which.
  private static let good = """
    organisations:
      - { id: org, networks: [203.0.113.0/24] }
      - { id: other, networks: [198.51.100.0/24] }
    experts:
      - { uri: "sip:a@x.test", organisation: org, user: a, specialisations: [safety], key: "ed25519:DOOzw3nRTB784T0/r1ujU6qyowN+lxUOlsUYkyawTwI=" }
      - { uri: "sip:b@x.test", organisation: org, user: b, specialisations: [bias], status: active }
    guardians:
      - { id: "if://guardian/t", aliases: ["1"], user: t, token: none }
      - { id: "if://guardian/u", aliases: ["2"], user: u, bandwidth_bps: 64000 }
    agents:
      - { id: agent, key: "ed25519:86WVvSpvePQGnMNp5NhZTzRd/M2lSEYdUfQTle8TW6A=", rooms: ["council-*"], escalate: true }
      - { id: second, key: "ed25519:86WVvSpvePQGnMNp5NhZTzRd/M2lSEYdUfQTle8TW6A=" }
    """

  private static func problems(_ text: String) -> [SettingsProblem] {
    let bytes = Array(text.utf8)
    do {
      _ = try RegistryLoader.load(bytes.span, file: "registry.yaml")
      return []
    } catch {
      return error.problems
    }
  }

  @Test func theRightOneIsRight() { #expect(Self.problems(Self.good) == []) }

  @Test(
    arguments: [
      // What is spoilt, how, the line, the key.
      ("id: other", "id: org", 3, "organisations[1].id"), ("id: other, ", "", 3, "organisations[1].id"),
      ("198.51.100.0/24", "198.51.100.0/33", 3, "organisations[1].networks[0]"),
      ("id: other", "id: other, status: gone", 3, "organisations[1].status"),
      ("id: other", "id: other, client_sans: [a.test, \"*.b.test\"]", 3, "organisations[1].client_sans[1]"),
      ("id: other", "id: other, client_sans: a.test", 3, "organisations[1].client_sans"),
      ("id: other", "id: other, color: red", 3, "organisations[1].color"),
      ("sip:b@x.test", "sip:a@x.test", 6, "experts[1].uri"), ("sip:b@x.test", "http:b", 6, "experts[1].uri"),
      ("uri: \"sip:b@x.test\", ", "", 6, "experts[1].uri"),
      ("user: b,", "user: b, aors: [\"sip:a@X.test.\"],", 6, "experts[1].aors[0]"),
      ("user: b", "user: a", 6, "experts[1].user"), ("user: b, ", "", 6, "experts[1].user"),
      ("organisation: org, user: b", "organisation: nobody, user: b", 6, "experts[1].organisation"),
      ("organisation: org, user: b", "user: b", 6, "experts[1].organisation"),
      ("[bias]", "[fear]", 6, "experts[1].specialisations[0]"), ("[bias]", "[]", 6, "experts[1].specialisations"),
      ("user: a,", "user: a, headers: derived,", 5, "experts[0].key"),
      ("user: b,", "user: b, headers: some,", 6, "experts[1].headers"),
      ("user: b,", "user: b, signature: optional,", 6, "experts[1].signature"),
      ("user: a,", "user: a, signature: maybe,", 5, "experts[0].signature"),
      ("user: b,", "user: b, rate: 0,", 6, "experts[1].rate"), ("user: b,", "user: b, rate: x,", 6, "experts[1].rate"),
      ("user: b,", "user: b, max_calls: 100001,", 6, "experts[1].max_calls"),
      ("user: b,", "user: b, name: \"a\\tb\",", 6, "experts[1].name"),
      ("user: b,", "user: b, name: " + String(repeating: "n", count: 513) + ",", 6, "experts[1].name"),
      ("status: active", "status: asleep", 6, "experts[1].status"),
      ("ed25519:DOOz", "ed25519:D", 5, "experts[0].key"), ("user: b,", "user: b, nmae: x,", 6, "experts[1].nmae"),
      ("if://guardian/u", "guardian/u", 9, "guardians[1].id"),
      ("if://guardian/u", "if://guardian/t", 9, "guardians[1].id"),
      ("[\"2\"]", "[\"1\"]", 9, "guardians[1].aliases[0]"), ("user: u", "user: a", 9, "guardians[1].user"),
      ("64000", "0", 9, "guardians[1].bandwidth_bps"), ("token: none", "token: perhaps", 8, "guardians[0].token"),
      ("user: u,", "user: u, networks: [here],", 9, "guardians[1].networks[0]"),
      ("user: u,", "user: u, key: x,", 9, "guardians[1].key"), ("id: second", "id: agent", 12, "agents[1].id"),
      (", key: \"ed25519:86WVvSpvePQGnMNp5NhZTzRd/M2lSEYdUfQTle8TW6A=\" }", " }", 12, "agents[1].key"),
      ("escalate: true", "escalate: sometimes", 11, "agents[0].escalate"),
      ("[\"council-*\"]", "[[x]]", 11, "agents[0].rooms[0]"), ("agents:", "robots:", 10, "robots"),
    ] as [(String, String, Int, String)])
  func lineOf(old: String, new: String, line: Int, key: String) throws {
    let spoilt = Self.good.replacing(old, with: new)
    #expect(spoilt != Self.good)
    let problem = try #require(Self.problems(spoilt).first)
    #expect(problem.file == "registry.yaml")
    #expect(problem.line == line, "\(problem)")
    #expect(problem.key == key, "\(problem)")
    #expect(!problem.message.isEmpty && problem.description.hasPrefix("registry.yaml:\(line):"))
  }

  @Test func aListThatIsTooLongAndOneThatIsNone() {
    let many = (0..<257).map { "10.0.\($0 / 256).\($0 % 256)" }.joined(separator: ", ")
    let long = Self.problems(Self.good.replacing("198.51.100.0/24", with: many)).first
    #expect(long?.line == 3 && long?.key == "organisations[1].networks")
    let none = Self.problems(Self.good.replacing("networks: [198.51.100.0/24]", with: "networks: here")).first
    #expect(none?.line == 3 && none?.key == "organisations[1].networks")
  }
}
