import Settings
import Testing

@Suite("YAML: what is refused")
struct YAMLSafetyTests {
  private func first(_ text: String) -> SettingsProblem? { load(text).1.first }

  @Test(
    "anchors and aliases are refused before anything is built from them",
    arguments: [
      "a: &x 1", "&x a: 1", "- &x [1]", "[&x 1]", "{\"a\":&x 1}", "a: !t &x 1", "a:\n  &x\n  1",
      "a: [\"x\n # \", &x 1]", "# a\r&x b", "# a\u{85}&x b", "# a\u{2028}&x b",
    ])
  func anchors(text: String) throws {
    let problem = try #require(first(text))
    #expect(problem.message.contains("anchors (&name)"))
  }

  @Test("a bomb of aliases is refused at its first anchor, at once")
  func bomb() throws {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1...30 {
      let before = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(before)]\n"
    }
    text += "? *a30\n: 1\n"
    let problem = try #require(first(text))
    #expect(problem.line == 1 && problem.column == 5)
  }

  @Test("an alias without an anchor is refused with advice")
  func alias() throws {
    let problem = try #require(first("domains: [*x]"))
    #expect(problem.message.contains("quotes"))
    #expect(problem.line == 1)
  }

  @Test("an ampersand inside text is text")
  func ampersand() {
    #expect(load("auth: { realm: \"R&D\" }").0?.auth.realm == "R&D")
    #expect(load("  # no &anchors here\n").1 == [])
    #expect(load("# salt & pepper\nauth: { realm: \"R & D\" }").0?.auth.realm == "R & D")
  }

  @Test("a key that stands twice is told with both lines")
  func duplicateKeys() throws {
    let problem = try #require(first("drain_seconds: 1\ndomains: [a]\ndrain_seconds: 2\n"))
    #expect(problem.line == 3)
    #expect(problem.key == "drain_seconds")
    #expect(problem.message.contains("lines 1 and 3"))
    let nested = try #require(first("auth:\n  realm: a\n  failures: 2\n  \"realm\": b\n"))
    #expect(nested.message.contains("lines 2 and 4"))
    let flow = try #require(first("rate: { per_expert: 1, per_expert: 2 }\n"))
    #expect(flow.message.contains("in line 1"))
  }

  @Test("depth: 16 levels are read, 17 are not; thousands do not trap", arguments: [17, 900, 5_000, 100_000])
  func depth(levels: Int) throws {
    func nested(_ levels: Int) -> String {
      "a: " + String(repeating: "[", count: levels - 1) + String(repeating: "]", count: levels - 1)
    }
    #expect(first(nested(16))?.message.contains("there is no such key") == true)
    #expect(first(nested(levels))?.message.contains("no such key") == false)
    #expect(first(String(repeating: "[", count: levels)) != nil)
    #expect(first(String(repeating: "{a: ", count: levels)) != nil)
    #expect(first(String(repeating: "- ", count: levels) + "x") != nil)
  }

  @Test("size: 256 KiB are read, one byte more is not")
  func size() throws {
    let comment = "#" + String(repeating: "x", count: (256 << 10) - 1)
    #expect(load(comment).1 == [])
    #expect(first(comment + "x")?.message.contains("at most 262144") == true)
  }

  @Test("many values are refused by their number")
  func values() {
    let list = "domains: [" + Array(repeating: "a", count: 20_001).joined(separator: ",") + "]"
    #expect(first(list)?.message.contains("more than 20000 values") == true)
  }

  @Test("of many problems the first hundred are told, and how many more there are")
  func manyProblems() {
    let problems = load((0..<150).map { "x\($0): 1" }.joined(separator: "\n")).1
    #expect(problems.count == 101)
    #expect(problems.last?.message == "and 50 more problems of this kind")
  }

  @Test(
    "other things that are no configuration",
    arguments: [
      "a: 1\n---\nb: 2", "a: [", "a: 'x", "\ta: 1", "? [a]\n: b", "a: \u{1}", "%YAML 9.9\n---\na: 1", "a: \"\\ud800\"",
    ])
  func syntax(text: String) {
    let problem = first(text)
    #expect(problem != nil)
    #expect((problem?.line ?? 0) >= 0)
  }

  @Test("bytes that are not UTF-8 are refused with their line")
  func encoding() {
    let bytes: [UInt8] = Array("a: 1\nb: ".utf8) + [0xFF, 0x0A]
    do {
      _ = try SettingsLoader.load(bytes.span, file: "x")
      Issue.record("not refused")
    } catch {
      #expect(error.problems.first?.line == 2)
      #expect(error.problems.first?.message.contains("UTF-8") == true)
    }
  }
}
