import Settings
import Testing
import Witness

@Suite("Settings: cosigners") struct CosignerSettingsTests {
  /// Of RFC 8032's first key, as a cosigner's and as a log's.
  private static let key = "w.example/1+711f387f+BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
  private static let logKey = "o.example/w+b58f6525+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"

  @Test("Two cosigners, each with its address taken apart")
  func good() throws {
    let (settings, problems) = load(
      """
      witness:
        quorum: 2
        cosign_seconds: 3
        cosigners:
          - { url: "https://Witness.example/a/b//", key: "\(Self.key)" }
          - { name: two, url: "http://[::1]:8080", key: "\(Self.key(named: "w.example/2"))" }
      """)
    #expect(problems == [])
    let witness = try #require(settings).witness
    #expect(witness.quorum == 2 && witness.cosignInterval == .seconds(3))
    #expect(witness.cosigners.map(\.name) == ["w.example/1", "two"])
    #expect(
      witness.cosigners.map(\.url) == [
        Settings.WebAddress(isSecure: true, host: "witness.example", port: 443, path: "/a/b"),
        Settings.WebAddress(isSecure: false, host: "::1", port: 8_080, path: ""),
      ])
    #expect(witness.cosigners[0].key.description == Self.key)
  }

  @Test(
    "What is wrong is named with its key and line",
    arguments: [
      ("url: \"https://w.example/\"", "key"), ("key: \"KEY\"", "url"),
      ("url: \"ftp://w.example/\", key: \"KEY\"", "url"), ("url: w.example, key: \"KEY\"", "url"),
      ("url: \"https://\", key: \"KEY\"", "url"), ("url: \"https://w.example:0/\", key: \"KEY\"", "url"),
      ("url: \"https://u@w.example/\", key: \"KEY\"", "url"),
      ("url: \"https://w.example/?a\", key: \"KEY\"", "url"),
      ("url: \"https://w.example/#a\", key: \"KEY\"", "url"),
      ("url: \"https://w.example/a b\", key: \"KEY\"", "url"),
      ("url: \"https://w.example/\", key: \"LOG\"", "key"),
      ("url: \"https://w.example/\", key: \"x\"", "key"),
      ("url: \"https://w.example/\", key: \"w.example/2+00000000+AAAA\"", "key"),
      ("name: \"\", url: \"https://w.example/\", key: \"KEY\"", "name"),
      ("url: \"https://w.example/\", key: \"KEY\", colour: red", "colour"),
    ])
  func wrong(entry: String, key: String) {
    let text = entry.replacing("KEY", with: Self.key).replacing("LOG", with: Self.logKey)
    let (_, problems) = load("witness:\n  cosigners:\n    - { \(text) }")
    #expect(problems.map(\.key) == ["witness.cosigners[0].\(key)"], "\(entry): \(problems)")
    #expect(problems.allSatisfy { $0.line == 3 && !$0.message.isEmpty })
  }

  @Test("A key that stands twice, our own name, and more than there may be")
  func together() {
    let entry = "{ url: \"https://w.example/\", key: \"\(Self.key)\" }"
    #expect(load("witness: { cosigners: [\(entry), \(entry)] }").1.map(\.key) == ["witness.cosigners[1]"])
    #expect(
      load("witness: { origin: w.example/1, cosigners: [\(entry)] }").1.map(\.key) == ["witness.cosigners[0].key"])
    let many = (0...Settings.WitnessSettings.maxCosigners).map { number in
      "{ url: \"https://w.example/\", key: \"\(Self.key(named: "w\(number)"))\" }"
    }
    #expect(load("witness: { cosigners: [\(many.joined(separator: ", "))] }").1.map(\.key) == ["witness.cosigners"])
    #expect(load("witness: { cosigners: [\(many.dropLast().joined(separator: ", "))] }").1 == [])
  }

  private static func key(named name: String) -> String {
    guard let key = try? NoteVerifierKey(parsing: key),
      let named = try? NoteVerifierKey(name: name, kind: .cosignature, publicKey: key.publicKey)
    else { return "" }
    return named.description
  }
}
