import Testing
import Wire

@Suite struct HarmlessTextTests {
  @Test(
    arguments: [
      ("", ""), ("plain – ü 漢", "plain – ü 漢"), ("a\u{1B}[2Jb", "a\u{FFFD}[2Jb"),
      ("\u{0}\u{7F}\u{9F}", "\u{FFFD}\u{FFFD}\u{FFFD}"),
      ("a\u{202E}b\u{2066}c\u{61C}", "a\u{FFFD}b\u{FFFD}c\u{FFFD}"), ("a\r\nb\u{2028}", "a\u{FFFD}\u{FFFD}b\u{FFFD}"),
    ])
  func whatIsObeyedIsReplaced(text: String, expected: String) {
    #expect(HarmlessText.of(text).utf8.elementsEqual(expected.utf8))
  }

  @Test func linesMayStay() {
    #expect(HarmlessText.of("a\nb\tc", keepsLines: true) == "a\nb\u{FFFD}c")
  }

  @Test(
    arguments: [
      ("abcdef", 6, "abcdef"), ("abcdefg", 6, "abc…"), ("äöü", 6, "äöü"), ("äöüx", 6, "ä…"), ("🙂🙂", 8, "🙂🙂"),
      ("🙂🙂🙂", 8, "🙂…"), ("abcd", 3, "…"), ("abcd", 2, ""), ("\u{7}\u{7}", 6, "\u{FFFD}\u{FFFD}"),
      ("\u{7}\u{7}", 5, "…"),
    ])
  func whatIsTooLongIsCut(text: String, limit: Int, expected: String) {
    let cut = HarmlessText.of(text, maxBytes: limit)
    #expect(cut.utf8.elementsEqual(expected.utf8))
    #expect(cut.utf8.count <= limit)
  }
}
