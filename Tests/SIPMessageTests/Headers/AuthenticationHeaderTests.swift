import SIPMessage
import Testing

@Suite("Challenges and credentials: RFC 3261 §20.6, §20.7, §20.27, §20.28, §20.44; RFC 7235 §2.1")
struct AuthenticationHeaderTests {
  @Test("Valid and invalid")
  func table() {
    check(
      AuthenticationHeader.self,
      valid: [
        (
          "Digest realm=\"atlanta.com\",\r\n domain=\"sip:boxesbybob.com\", qop=\"auth\",\r\n nonce=\"f84f1cec41e6cbe5aea9c8e88d359\",\r\n opaque=\"\", stale=FALSE, algorithm=MD5",
          "Digest realm=\"atlanta.com\", domain=\"sip:boxesbybob.com\", qop=\"auth\", nonce=\"f84f1cec41e6cbe5aea9c8e88d359\", opaque=\"\", stale=FALSE, algorithm=MD5"
        ),
        (
          "Digest username=\"Alice\", realm=\"atlanta.com\",nonce=\"84a4cc6f3082121f32b42a2187831a9e\" , response=\"7587245234b3434cc3412213e5f113a5432\", nc=00000001",
          "Digest username=\"Alice\", realm=\"atlanta.com\", nonce=\"84a4cc6f3082121f32b42a2187831a9e\", response=\"7587245234b3434cc3412213e5f113a5432\", nc=00000001"
        ),
        // RFC 4475 §3.3.7
        ("NoOneKnowsThisScheme opaque-data=here", nil),
        ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", nil),
        ("Bearer abc.def-_~+/", nil),
        ("Negotiate", nil),
        ("Digest a = \"b\\\"c\" , d=e", "Digest a=\"b\\\"c\", d=e"),
      ],
      invalid: [
        ("", .emptyValue, 0), ("\"Digest\" a=b", .malformedToken, 0), ("Digest a=b,", .malformedParameter, 11),
        ("Digest a=b,,c=d", .malformedParameter, 11), ("Digest ,a=b", .malformedParameter, 7),
        ("Digest a=b c=d", .trailingBytes, 11), ("Digest a=b;c=d", .trailingBytes, 10),
        ("Digest a=\"b", .unterminatedQuotedString, 9), ("Digest a=b, A=c", .duplicateParameter, 12),
        ("Digest a=\"b\", c", .trailingBytes, 12), ("Digest a=\"b\" x", .trailingBytes, 13),
        ("Digest uri=sip:a@b", .malformedParameter, 11), ("Digest realm=[2001:db8::1]", .malformedParameter, 7),
      ])
  }

  @Test("Several on one line")
  func lists() throws {
    let list = try AuthenticationHeader.parseList(
      "Digest realm=\"a\", nonce=\"b,c\", Basic realm=\"d\", Negotiate, Bearer x==, Digest realm=e")
    #expect(list.map(\.scheme) == ["Digest", "Basic", "Negotiate", "Bearer", "Digest"])
    #expect(list.map(\.realm) == ["a", "d", nil, nil, "e"])
    #expect(list[3].token68 == "x==")
    #expect(try AuthenticationHeader.parseList(list.listText) == list)
  }

  @Test("Building")
  func building() throws {
    var parameters = HeaderParameters()
    try parameters.set("realm", toQuoted: "if \"internal\"")
    try parameters.set("algorithm", to: "SHA-256")
    let challenge = try AuthenticationHeader("Digest", parameters: parameters)
    #expect(challenge.text == "Digest realm=\"if \\\"internal\\\"\", algorithm=SHA-256")
    #expect(challenge.realm == "if \"internal\"")
    #expect(challenge.isOf("digest"))
    try parameters.set("flag")
    #expect(
      reason { () throws(SIPParseError) in _ = try AuthenticationHeader("Digest", parameters: parameters) }
        == .malformedParameter)
    #expect(
      reason { () throws(SIPParseError) in _ = try AuthenticationHeader("Di gest", parameters: HeaderParameters()) }
        == .malformedToken)
  }

  @Test("Authentication-Info")
  func info() throws {
    check(
      AuthenticationInfoHeader.self,
      valid: [
        ("nextnonce=\"47364c23432d2e131a5fb210812c\"", nil),
        ("qop=auth,rspauth=\"a\", cnonce=\"b\",nc=00000001", "qop=auth, rspauth=\"a\", cnonce=\"b\", nc=00000001"),
      ],
      invalid: [("", .emptyValue, 0), ("nextnonce", .malformedParameter, 0), ("a=b, c", .trailingBytes, 3)])
    #expect(try AuthenticationInfoHeader("nc=1").value(of: "NC") == "1")
    #expect(
      reason { () throws(SIPParseError) in _ = try AuthenticationInfoHeader(parameters: HeaderParameters()) }
        == .emptyValue)
  }
}
