import Guard
import Testing

@Suite struct TargetTests {
  static func targets() throws -> EscalationTargets {
    var targets = EscalationTargets()
    try targets.add("sip:council@if.internal")
    try targets.add("sip:council-*@if.internal")
    try targets.add("sip:expert-*@*")
    try targets.add("sip:council-safety@if.internal", hazard: .safety)
    return targets
  }

  @Test(arguments: [
    ("council@if.internal", "council@if.internal"),
    ("council-7@if.internal", "council-*@if.internal"),
    ("council-@if.internal", "council-*@if.internal"),
    ("expert-safety@external.advisor", "expert-*@*"),
    ("expert-@x", "expert-*@*"),
    ("expert-x@[2001:db8::1]", "expert-*@*"),
    // What another system might take for the same user.
    ("Council@if.internal", "council@if.internal"),
    ("COUNCIL-7@if.internal", "council-*@if.internal"),
    ("EXPERT-safety@external.advisor", "expert-*@*"),
    ("council;phone-context=x@if.internal", "council@if.internal"),
    ("council@IF.internal", "council@if.internal"),
    // An entry without a star goes first, though it stands last.
    ("council-safety@if.internal", "council-safety@if.internal"),
    // The host is behind the last @.
    ("expert-a@b@c", "expert-*@*"),
  ])
  func matches(_ address: String, _ pattern: String) throws {
    #expect(try Self.targets().match(address)?.pattern == pattern)
  }

  @Test(arguments: [
    "council@other.example", "councillor@if.internal", "xcouncil@if.internal", "expert@external.advisor",
    "bob@if.internal",
    "council@if.internal.evil.example", "", "council", "@if.internal", "if.internal",
  ])
  func others(_ address: String) throws {
    #expect(try Self.targets().match(address) == nil)
  }

  @Test func hazardComesAlong() throws {
    let targets = try Self.targets()
    #expect(targets.match("council-safety@if.internal")?.hazard == .safety)
    #expect(targets.match("Council-Safety@if.internal")?.hazard == .safety)
    #expect(targets.match("council-7@if.internal")?.hazard == nil)
  }

  @Test func theFirstOfTwoEqualsWins() throws {
    var targets = EscalationTargets()
    try targets.add("sip:a@b", hazard: .bias)
    try targets.add("sip:A@B", hazard: .ethics)
    #expect(targets.match("a@b")?.hazard == .bias)
    try targets.add("sip:x*@b", hazard: .bias)
    try targets.add("sip:*x@b", hazard: .ethics)
    #expect(targets.match("x@b")?.hazard == .bias)
    #expect(targets.match("yx@b")?.hazard == .ethics)
  }

  @Test(arguments: [
    ("sip:a@B.Example.", "a@b.example"), ("SIPS:a@b", "a@b"), ("sip:%61@b", "a@b"), ("sip:*@*.Example.", "*@*.example"),
    ("sip:*@*", "*@*"), ("sip:a@192.0.2.1", "a@192.0.2.1"),
  ])
  func patternsAreNormalised(_ uri: String, _ pattern: String) throws {
    var targets = EscalationTargets()
    try targets.add(uri)
    #expect(targets.targets.map(\.pattern) == [pattern])
  }

  @Test(arguments: [
    "council@if.internal", "tel:+123", "sip:if.internal", "sip:@if.internal", "sip:a@", "sip:a@b:5060", "sip:a@b;x=y",
    "sip:a@b?x=y", "sip:a;b@c", "sip:a%zz@b", "sip:a%0a@b", "sip:a%40b@c", "sip:a@b..c", "sip:a@*:5060", "sip:a b@c",
    "",
  ])
  func badPatterns(_ uri: String) {
    var targets = EscalationTargets()
    #expect(throws: AddressProblem.self) { try targets.add(uri) }
    #expect(targets.targets.isEmpty)
  }

  // MARK: Wildcards

  @Test(arguments: [
    ("", "", true), ("", "a", false), ("*", "", true), ("*", "anything", true), ("a*", "a", true), ("a*", "ba", false),
    ("*a", "ba", true), ("*a", "ab", false), ("a*b*c", "abc", true), ("a*b*c", "aXbYbZc", true),
    ("a*b*c", "acb", false),
    ("**", "", true), ("a**b", "ab", true), ("*ab*ab*", "abab", true), ("*ab*ab*", "aba", false), ("a", "a", true),
    ("a", "A", false), ("ab", "a", false),
  ])
  func wildcard(_ pattern: String, _ text: String, _ expected: Bool) {
    #expect(WildcardPattern(pattern).matches(text) == expected)
  }

  /// What makes a naive matcher take exponential time.
  @Test(.timeLimit(.minutes(1))) func starsAreCheap() {
    let pattern = WildcardPattern(String(repeating: "a*", count: 100) + "b")
    #expect(!pattern.matches(String(repeating: "a", count: 10_000)))
  }

  // MARK: Addresses

  @Test(arguments: [
    ("sip:Expert@External.Advisor", "Expert@external.advisor"), ("sips:a@b.", "a@b"), ("sip:%61%2d@b", "a-@b"),
    ("sip:a@[2001:DB8::1]", "a@[2001:db8::1]"), ("sip:a&=+$,;?/b@c", "a&=+$,;?/b@c"), ("sip:%C3%BC@b", "ü@b"),
  ])
  func configuredAddresses(_ uri: String, _ text: String) throws {
    #expect(try AddressOfRecord(configured: uri).text == text)
  }

  @Test(arguments: [
    "sip:%C3@b", "sip:ü@b", "sip:a@b:5060", "sip:a@[2001:db8::1", "sip:a@[192.0.2.1]", "mailto:a@b", "sip:a@-_-..",
    "sip:a%",
  ])
  func badAddresses(_ uri: String) {
    #expect(throws: AddressProblem.self) { try AddressOfRecord(configured: uri) }
  }
}
