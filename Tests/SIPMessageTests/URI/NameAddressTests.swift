import SIPMessage
import Testing

@Suite("Addresses: RFC 3261 §20.10, §25.1")
struct NameAddressTests {
  @Test("Valid and invalid")
  func table() {
    check(
      NameAddress.self,
      valid: [
        ("<sip:a@b>", nil),
        ("sip:a@b", "<sip:a@b>"),
        ("\"Alice\" <sip:a@b;lr>", nil),
        ("Alice <sip:a@b?x=y>", "\"Alice\" <sip:a@b?x=y>"),
        // RFC 4475 §3.1.1.6, §3.1.1.2, §3.1.1.1, §3.1.1.5
        ("caller<sip:caller@example.com>", "\"caller\" <sip:caller@example.com>"),
        (
          "token1~` token2'+_ token3*%!.- <sip:m@example.com>", "\"token1~` token2'+_ token3*%!.-\" <sip:m@example.com>"
        ),
        ("\"BEL:\\\u{7} NUL:\\\u{0} DEL:\\\u{7F}\" <sip:a@b>", nil),
        ("\"J Rosenberg \\\\\\\"\"       <sip:j@b>", "\"J Rosenberg \\\\\\\"\" <sip:j@b>"),
        ("\"Quoted string \\\"\\\"\" <sip:j@b>", nil),
        ("\"%Z%45\" <sip:r@b>", nil),
        ("\"\" <sip:a@b>", nil),
        ("\"a,b;c<d>\"<sip:a@b>", "\"a,b;c<d>\" <sip:a@b>"),
        ("\"żółć\u{1F4DE}\" <sip:a@b>", nil),
        ("\"a\r\n  b\" <sip:a@b>", "\"a b\" <sip:a@b>"),
        ("a\r\n\tb\t c\r\n <sip:a@b>", "\"a b c\" <sip:a@b>"),
        ("\"\\a\\ \" <sip:a@b>", "\"a \" <sip:a@b>"),
        // Other schemes: RFC 4475 §3.3.4
        ("isbn:2983792873", "<isbn:2983792873>"),
        ("<http://www.example.com/a?b=c;d,e>", nil),
        ("tel:+1-2", "<tel:+1-2>"),
        ("<NAME:John_Smith>", "<name:John_Smith>"),
        ("<http://[2001:db8::1]/>", nil),
      ],
      invalid: [
        ("", .emptyValue, 0),
        ("<>", .malformedURI, 1),
        ("<sip:a@b", .unexpectedEnd, 8),
        ("sip:a@b>", .malformedURI, 7),
        ("a", .unexpectedEnd, 1),
        ("\"a\"", .unexpectedEnd, 3),
        ("\"a\" sip:a@b", .unexpectedByte, 4),
        // RFC 4475 §3.1.2.6, §3.1.2.14, §3.1.2.15, §3.1.2.13
        ("\"Mr. J. User <sip:j.user@example.com>", .unterminatedQuotedString, 0),
        ("\"W\" < sip:t@example.org >", .malformedURI, 5),
        ("Bell, Alexander <sip:a.g.bell@example.com>", .unexpectedByte, 4),
        ("sip:user@example.com?Route=%3Csip:sip.example.com%3E", .bracketsRequired, 20),
        ("sip:user;par=u%40example.net@example.com", .trailingBytes, 8),
        ("\"a\\\r\n\" <sip:a@b>", .malformedEscape, nil),
        ("\"a\\", .unterminatedQuotedString, 2),
        ("\"a\\\"", .unterminatedQuotedString, 0),
        ("\"a\u{0}b\" <sip:a@b>", .nul, 2),
        ("\"a\u{7}b\" <sip:a@b>", .controlCharacter, 2),
        ("\"a\rb\" <sip:a@b>", .controlCharacter, 2),
        ("\"a\r\nb\" <sip:a@b>", .controlCharacter, 2),
        ("żółć <sip:a@b>", .unexpectedByte, 0),
        ("A (Work) <sip:a@b>", .unexpectedByte, 2),
        ("<sip:a@b> x", .trailingBytes, 10),
        ("<sip:a@b>, <sip:c@d>", .trailingBytes, 9),
        ("<<sip:a@b>>", .malformedURI, 1),
        ("<sip:a\r\n @b>", .malformedURI, 6),
      ])
  }

  @Test("A quoted string must be UTF-8")
  func latin1() {
    let bytes = [UInt8(ascii: "\""), 0xE9, UInt8(ascii: "\"")] + Array("<sip:a@b>".utf8)
    #expect(reason { () throws(SIPParseError) in _ = try NameAddress(parsing: bytes.span) } == .malformedUTF8)
  }

  @Test("Names for people lose their line breaks, and nothing else")
  func building() throws {
    let uri = try SIPURI("sip:a@b")
    let address = NameAddress(displayName: "A\r\nVia: x \"\\\u{0}", sip: uri)
    #expect(address.displayName == "A  Via: x \"\\\u{0}")
    #expect(address.text == "\"A  Via: x \\\"\\\\\\\u{0}\" <sip:a@b>")
    #expect(try NameAddress(address.text) == address)
    #expect(NameAddress(sip: uri).text == "<sip:a@b>")
  }

  @Test("Schemes")
  func schemes() throws {
    #expect(try AddrSpec("SIPS:a@b").scheme == "sips")
    #expect(try AddrSpec("SIPS:a@b").sip?.scheme == .sips)
    #expect(try AddrSpec("tel:+1").scheme == "tel")
    #expect(try AddrSpec("Urn:service:sos").scheme == "urn")
    #expect(try AddrSpec("urn:x").normalizedAOR == "urn:x")
    #expect(try !AddrSpec("urn:x").isEquivalent(to: AddrSpec("sip:x")))
    check(
      AbsoluteURI.self, valid: [("soap.beep://192.0.2.103:3002", nil)],
      invalid: [
        ("nobodyknowsthis", .malformedURI, 0), ("x:", .malformedURI, 2), ("sip:a", .unsupportedURIScheme, 0),
        ("x:a b", .malformedURI, 3), ("x:%1", .malformedEscape, 2), ("+x:a", .malformedURI, 0),
      ])
  }
}
