import SIPMessage
import Testing

@Suite("Identifiers, tokens and their lists")
struct TokenHeaderTests {
  @Test("Call-ID (§20.8)")
  func callID() {
    check(
      CallIDHeader.self,
      valid: [
        ("f81d4fae-7dec-11d0-a765-00a0c91e6bf6@biloxi.com", nil), ("a", nil),
        ("intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{", nil), ("SSG9559905523997077@hlau_4100", nil),
      ],
      invalid: [
        ("", .emptyValue, 0), ("@b", .unexpectedByte, 0), ("a@", .unexpectedEnd, 2), ("a@b@c", .trailingBytes, 3),
        ("a b", .trailingBytes, 2), ("a,b", .trailingBytes, 1), ("a;b", .trailingBytes, 1), ("ä", .unexpectedByte, 0),
      ])
  }

  @Test("Allow (§20.5) may be empty")
  func allow() throws {
    check(
      AllowHeader.self,
      valid: [("INVITE, ACK, OPTIONS, CANCEL, BYE", nil), ("", nil), ("  ", ""), ("INVITE ,\r\n FOO", "INVITE, FOO")],
      invalid: [
        ("INVITE,", .malformedMethod, 7), ("INVITE,,ACK", .malformedMethod, 7), ("INVITE ACK", .trailingBytes, 7),
        (",", .malformedMethod, 0), ("\"INVITE\"", .malformedMethod, 0),
      ])
    let allow = try AllowHeader("INVITE, foo")
    #expect(allow.contains(.invite))
    #expect(allow.contains(.other("foo")))
    #expect(!allow.contains(.other("FOO")))
    #expect(try AllowHeader([.other("BYE")]).methods == [.bye])
    #expect(reason { () throws(SIPParseError) in _ = try AllowHeader([.other("A,B")]) } == .malformedMethod)
    let limit = SIPLimits.default.maxValues
    let many = Array(repeating: "A", count: limit).joined(separator: ",")
    #expect(try AllowHeader(many).methods.count == limit)
    #expect(reason { () throws(SIPParseError) in _ = try AllowHeader(many + ",A") } == .tooManyValues)
    #expect(
      reason { () throws(SIPParseError) in
        _ = try AllowHeader(Array(repeating: SIPMethod.ack, count: limit + 1))
      } == .tooManyValues)
  }

  @Test("Supported, Require, Proxy-Require, Unsupported")
  func optionTags() throws {
    check(
      OptionTags.self, valid: [("100rel, timer", nil), ("", nil), ("path", nil), ("a\r\n , b", "a, b")],
      invalid: [
        ("a b", .trailingBytes, 2), ("a,", .unexpectedEnd, 2), (",a", .malformedToken, 0), ("a;b", .trailingBytes, 1),
      ])
    let tags = try OptionTags("Timer, nothingSupportsThis, path")
    #expect(tags.contains("timer"))
    #expect(tags.unknown(to: ["path", "timer"]) == ["nothingSupportsThis"])
    #expect(reason { () throws(SIPParseError) in _ = try OptionTags(["a b"]) } == .malformedToken)
    let limit = SIPLimits.default.maxValues
    let many = Array(repeating: "a", count: limit)
    #expect(try OptionTags(many.joined(separator: ",")).tags.count == limit)
    #expect(reason { () throws(SIPParseError) in _ = try OptionTags(many + ["a"]) } == .tooManyValues)
    #expect(
      reason { () throws(SIPParseError) in _ = try OptionTags((many + ["a"]).joined(separator: ",")) } == .tooManyValues
    )
  }

  @Test("Privacy (RFC 3323 §4.2)")
  func privacy() throws {
    check(
      PrivacyHeader.self,
      valid: [("header;user;id", nil), ("none", nil), ("Session ; CRITICAL", "session;critical")],
      invalid: [
        ("", .emptyValue, 0), ("none;id", .unknownValue, 0), ("id;", .unexpectedEnd, 3), ("id,user", .trailingBytes, 2),
        ("id;;user", .malformedToken, 3),
      ])
    #expect(try PrivacyHeader("ID").contains("id"))
    #expect(reason { () throws(SIPParseError) in _ = try PrivacyHeader([]) } == .emptyValue)
    let limit = SIPLimits.default.maxParameters
    let many = Array(repeating: "x", count: limit)
    #expect(try PrivacyHeader(many.joined(separator: ";")).values.count == limit)
    #expect(
      reason { () throws(SIPParseError) in _ = try PrivacyHeader((many + ["x"]).joined(separator: ";")) }
        == .tooManyValues)
  }

  @Test("Event (RFC 6665 §8.2.1)")
  func event() throws {
    check(
      EventHeader.self,
      valid: [("presence", nil), ("presence.winfo ; id = 1", "presence.winfo;id=1"), ("dialog;id=\"a b\";x", nil)],
      invalid: [
        ("", .emptyValue, 0), (".winfo", .malformedToken, 0), ("a..b", .malformedToken, 0), ("a.", .malformedToken, 0),
        ("a,b", .trailingBytes, 1),
      ])
    #expect(try EventHeader(type: "presence").text == "presence")
    #expect(try EventHeader("a;id=\"7\"").id == "7")
    #expect(reason { () throws(SIPParseError) in _ = try EventHeader(type: "a b") } == .malformedToken)
  }

  @Test("Replaces (RFC 3891 §6.1)")
  func replaces() throws {
    check(
      ReplacesHeader.self,
      valid: [
        (
          "98732@sip.example.com\r\n ;from-tag=r33th4x0r\r\n ;to-tag=ff87ff",
          "98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff"
        ),
        ("12adf2f34456gs5;to-tag=12345;from-tag=54321", nil),
        ("a;to-tag=0;from-tag=1;early-only;x=y", nil),
      ],
      invalid: [
        ("a;to-tag=1", .missingParameter, 1), ("a;from-tag=1", .missingParameter, 1), ("a", .missingParameter, 1),
        ("a;to-tag=1;from-tag=2;to-tag=3", .duplicateParameter, 22), ("a;to-tag;from-tag=1", .malformedParameter, 1),
        ("a;to-tag=\"1\";from-tag=1", .malformedParameter, 1),
        ("a;to-tag=1;from-tag=2;early-only=x", .malformedParameter, 1),
        (";to-tag=1;from-tag=2", .unexpectedByte, 0), ("a;to-tag=1;from-tag=2, b", .trailingBytes, 21),
      ])
    let built = try ReplacesHeader(callID: CallIDHeader("a@b"), toTag: "1", fromTag: "2", earlyOnly: true)
    #expect(built.text == "a@b;to-tag=1;from-tag=2;early-only")
    #expect(built.isEarlyOnly && built.toTag == "1" && built.fromTag == "2")
    #expect(
      reason { () throws(SIPParseError) in
        _ = try ReplacesHeader(callID: CallIDHeader("a"), toTag: "", fromTag: "2")
      } == .malformedParameter)
  }

  @Test("Parameters: quoted where needed, never a line break")
  func parameters() throws {
    var parameters = HeaderParameters()
    try parameters.set("a", to: "token")
    try parameters.set("b", to: "two words \"\\ \r\n;")
    try parameters.set("c")
    try parameters.set("d", to: "[2001:db8::1]")
    try parameters.set("e", to: "")
    try parameters.set("f", toQuoted: "x")
    try parameters.set("A", to: "again")
    let text = "<sip:a@b>;A=again;b=\"two words \\\"\\\\   ;\";c;d=[2001:db8::1];e=\"\";f=\"x\""
    let header = try ReferToHeader(NameAddress("<sip:a@b>"), parameters: parameters)
    #expect(header.text == text)
    #expect(try ReferToHeader(text) == header)
    #expect(parameters.value(of: "B") == "two words \"\\   ;")
    #expect(parameters.value(of: "c") == nil && parameters.contains("c") && !parameters.contains("g"))
    parameters.remove("C")
    #expect(!parameters.contains("c"))
    #expect(reason { () throws(SIPParseError) in try parameters.set("a b") } == .malformedParameter)
    #expect(reason { () throws(SIPParseError) in try parameters.set("", toQuoted: "x") } == .malformedParameter)
  }
}
