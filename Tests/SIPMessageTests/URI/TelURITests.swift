import SIPMessage
import Testing

@Suite("tel URIs: RFC 3966")
struct TelURITests {
  @Test("Valid and invalid")
  func table() {
    check(
      TelURI.self,
      valid: [
        ("tel:+1-201-555-0123", nil),
        ("TEL:+(49)30.12345", "tel:+(49)30.12345"),
        ("tel:7042;phone-context=example.com", nil),
        ("tel:863-1234;phone-context=+1-914-555", nil),
        ("tel:*21#;phone-context=a.b", nil),
        ("tel:+1;ext=12-3;isub=1411;x-y=%20", nil),
        ("tel:aF;phone-context=x", nil),
      ],
      invalid: [
        ("tel:", .malformedURI, 4),
        ("tel:+", .malformedURI, 4),
        ("tel:+-", .malformedURI, 4),
        ("tel:+1a", .malformedURI, 4),
        ("tel:--;phone-context=x", .malformedURI, 4),
        ("tel:911", .malformedParameter, 7),
        ("tel:911;phone-context", .malformedParameter, 7),
        ("tel:911;phone-context=+", .malformedParameter, 7),
        ("tel:911;phone-context=1.2", .malformedParameter, 7),
        ("tel:+1;ext=x", .malformedParameter, 6),
        ("tel:+1;ext", .malformedParameter, 6),
        ("tel:+1;%65xt=1", .malformedParameter, 7),
        ("tel:+1;ext=1;EXT=2", .duplicateParameter, 13),
        ("tel:+1 2", .malformedURI, 6),
        ("tel:+1?x=y", .malformedURI, 6),
        ("sip:a@b", .unsupportedURIScheme, 0),
      ])
  }

  @Test(
    "Comparison (§4)",
    arguments: [
      ("tel:+1-201-555", "tel:+1201.555", true),
      ("tel:+1;ext=1-2;x=Y", "tel:+1;X=y;EXT=12", true),
      ("tel:aB;phone-context=EXAMPLE.com", "tel:Ab;phone-context=example.COM", true),
      ("tel:1;phone-context=+1-9", "tel:1;phone-context=+19", true),
      ("tel:1;phone-context=a-b.de", "tel:1;phone-context=ab.de", false),
      ("tel:+1", "tel:1;phone-context=+1", false),
      ("tel:+1", "tel:+1;ext=1", false),
      ("tel:+1;x", "tel:+1;x=1", false),
      ("tel:+1;x=%41", "tel:+1;x=a", true),
    ])
  func comparison(_ left: String, _ right: String, _ expected: Bool) throws {
    #expect(try TelURI(left).isEquivalent(to: TelURI(right)) == expected)
    #expect(try TelURI(right).isEquivalent(to: TelURI(left)) == expected)
    #expect(try AddrSpec(left).isEquivalent(to: AddrSpec(right)) == expected)
  }

  @Test("Address-of-record")
  func normalized() throws {
    #expect(try TelURI("tel:+1-201;ext=5").normalizedAOR == "tel:+1201")
    #expect(try AddrSpec("tel:70-42;phone-context=+1-9").normalizedAOR == "tel:7042;phone-context=+19")
  }

  @Test("Building")
  func building() throws {
    #expect(try TelURI(number: "+49").text == "tel:+49")
    #expect(reason { () throws(SIPParseError) in _ = try TelURI(number: "49") } == .malformedParameter)
    #expect(reason { () throws(SIPParseError) in _ = try TelURI(number: "+4 9") } == .malformedURI)
    var parameters = URIParameters()
    try parameters.set("a b")
    #expect(
      reason { () throws(SIPParseError) in _ = try TelURI(number: "+49", parameters: parameters) }
        == .malformedParameter)
  }
}
