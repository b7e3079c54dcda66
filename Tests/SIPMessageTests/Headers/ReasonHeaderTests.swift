import SIPMessage
import Testing

@Suite("Reason (RFC 3326, RFC 6432), Warning (§20.43), Identity (RFC 8224 §4)")
struct ReasonHeaderTests {
  @Test("Reason")
  func reasonHeader() throws {
    check(
      ReasonHeader.self,
      valid: [
        // RFC 3326 §2
        ("SIP ;cause=200 ;text=\"Call completed elsewhere\"", "SIP;cause=200;text=\"Call completed elsewhere\""),
        ("Q.850 ;cause=16 ;text=\"Terminated\"", "Q.850;cause=16;text=\"Terminated\""),
        ("preemption;cause=1;text=\"UA Preemption\"", nil),
        ("Q.850", nil),
        ("SIP;cause=007;x", nil),
        ("Q.850;cause=21;text=\"\\\"ż\\\"\"", nil),
      ],
      invalid: [
        ("", .emptyValue, 0), (";cause=1", .malformedToken, 0), ("SIP;cause=x", .malformedNumber, 3),
        ("SIP;cause", .malformedNumber, 3), ("SIP;cause=\"200\"", .malformedNumber, 3),
        ("SIP;cause=4294967296", .numberOutOfRange, 3), ("SIP cause=1", .trailingBytes, 4),
        ("SIP;text=\"a", .unterminatedQuotedString, 9), ("SIP;cause=1;cause=2", .duplicateParameter, 12),
      ])
    let rejected = try ReasonHeader(ReasonHeader.q850, cause: 21, text: "rule \"hazard\"\r\nVia: x")
    #expect(rejected.text == "Q.850;cause=21;text=\"rule \\\"hazard\\\"  Via: x\"")
    #expect(try ReasonHeader(rejected.text) == rejected)
    #expect(rejected.cause == 21)
    #expect(rejected.isOf("q.850"))
    #expect(rejected.explanation == "rule \"hazard\"  Via: x")
    #expect(reason { () throws(SIPParseError) in _ = try ReasonHeader("S P", cause: 1) } == .malformedToken)
    #expect(
      try ReasonHeader.parseList("SIP;cause=600, Q.850;cause=21").map(\.cause) == [600, 21])
  }

  @Test("Warning")
  func warning() throws {
    check(
      WarningHeader.self,
      valid: [
        ("307 isi.edu \"Session parameter 'foo' not understood\"", nil),
        ("301 isi.edu:5060 \"x\"", nil),
        ("399 [2001:db8::1]:5060 \"a\\\"b\"", nil),
        ("399  pseudo_nym!\t\"\"", "399 pseudo_nym! \"\""),
        ("007 a \"x\"", nil),
      ],
      invalid: [
        // RFC 4475 §3.1.2.5
        ("1812 overture \"In Progress\"", .malformedNumber, 0),
        ("30 a \"x\"", .malformedNumber, 0), ("301 a x", .unexpectedByte, 6), ("301 a", .unexpectedEnd, 5),
        ("301 \"x\"", .malformedHost, 4), ("301 a:x \"x\"", .malformedPort, 6), ("301 [1 \"x\"", .malformedHost, nil),
        ("301 a\"x\"", .unexpectedByte, 5),
      ])
    let built = try WarningHeader(code: 399, agent: "if.internal:5060", message: "a\r\nb")
    #expect(built.text == "399 if.internal:5060 \"a  b\"")
    #expect(
      reason { () throws(SIPParseError) in _ = try WarningHeader(code: 99, agent: "a", message: "") }
        == .numberOutOfRange)
    #expect(
      reason { () throws(SIPParseError) in _ = try WarningHeader(code: 1000, agent: "a", message: "") }
        == .numberOutOfRange)
    #expect(
      reason { () throws(SIPParseError) in _ = try WarningHeader(code: 399, agent: "a b", message: "") }
        == .malformedHost)
  }

  @Test("Identity")
  func identity() throws {
    let digest = "eyJhbGciOiJFUzI1NiJ9.eyJkZXN0Ijp7fX0.S_-x"
    check(
      IdentityHeader.self,
      valid: [
        ("\(digest);info=<https://example.com/cert.pem>", nil),
        ("..x;info=<https://example.com/cert?a=b;c>;alg=ES256;ppt=\"shaken\"", nil),
        ("a+/=;alg=ES256 ; info = <https://e.com/x>", "a+/=;info=<https://e.com/x>;alg=ES256"),
      ],
      invalid: [
        ("", .emptyValue, 0), (digest, .missingParameter, nil), ("\(digest);info=https://e.com", .unexpectedByte, nil),
        ("\"abc\"", .unexpectedByte, 0), ("a;info=<https://e.com>;info=<https://e.com>", .duplicateParameter, nil),
        ("a;info=<https://e.com", .unexpectedEnd, nil), ("a;info=<>", .malformedURI, nil),
        ("a;info", .unexpectedEnd, nil),
      ])
    let header = try IdentityHeader("a;info=<https://e.com/>;ppt=shaken")
    #expect(header.algorithm == "ES256")
    #expect(header.passportType == "shaken")
    #expect(try IdentityHeader(digest: "a.b", info: AddrSpec("https://e.com/")).text == "a.b;info=<https://e.com/>")
    #expect(
      reason { () throws(SIPParseError) in _ = try IdentityHeader(digest: "a b", info: AddrSpec("x:y")) }
        == .malformedToken)
  }
}
