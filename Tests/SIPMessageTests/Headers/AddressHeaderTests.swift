import SIPMessage
import Testing

@Suite("From, To, Contact, Route and their kin: RFC 3261 §20.10")
struct AddressHeaderTests {
  @Test("From and To")
  func fromAndTo() {
    check(
      FromHeader.self,
      valid: [
        ("<sip:a@b>;tag=88sja8x", nil),
        // §20.10: without brackets the parameters are the header's.
        ("sip:c8oqz84zk7z@privacy.org;tag=hyh8", "<sip:c8oqz84zk7z@privacy.org>;tag=hyh8"),
        (
          "\"A. G. Bell\" <sip:agb@bell-telephone.com> ;tag=a48s",
          "\"A. G. Bell\" <sip:agb@bell-telephone.com>;tag=a48s"
        ),
        ("Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8", "\"Anonymous\" <sip:c8oqz84zk7z@privacy.org>;tag=hyh8"),
        // RFC 4475 §3.1.1.1, §3.1.1.2
        (
          "\"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8",
          "\"J Rosenberg \\\\\\\"\" <sip:jdrosen@example.com>;tag=98asjd8"
        ),
        (
          "token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"работающий\";tag=_token~1'+`*%!-.",
          "\"token1~` token2'+_ token3*%!.-\" <sip:mundane@example.com>;fromParam''~+*_!.-%=\"работающий\";tag=_token~1'+`*%!-."
        ),
        ("<tel:+1>;x=\"a\\\"b;c\"", nil),
        ("<sip:a@b>;host=[2001:db8::1];y", nil),
      ],
      invalid: [
        ("", .emptyValue, 0),
        ("\r\n ", .emptyValue, 3),
        ("<sip:a@b>;tag", .malformedParameter, 9),
        ("<sip:a@b>;tag=", .malformedParameter, 14),
        ("<sip:a@b>;tag=\"x\"", .malformedParameter, 9),
        ("<sip:a@b>;tag=1;TAG=2", .duplicateParameter, 16),
        ("<sip:a@b>;tag=1 2", .trailingBytes, 16),
        ("<sip:a@b>, <sip:c@d>", .trailingBytes, 9),
        ("<sip:a@b>;", .malformedParameter, 10),
        ("<sip:a@b>;;tag=1", .malformedParameter, 10),
        ("<sip:a@b>;x=\"y", .unterminatedQuotedString, 12),
        ("<sip:a@b>;x=[y]", .malformedParameter, 12),
        ("<sip:a@b>;x=a:b", .malformedParameter, 12),
        ("<sip:a@b>;x=a/b", .trailingBytes, 13),
        ("<sip:a@b>;x=a\r\ny", .trailingBytes, 13),
        ("sip:user;par=u%40example.net@example.com", .trailingBytes, 28),
      ])
    check(
      ToHeader.self,
      valid: [
        (
          "\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n",
          "<sip:vivekg@chair-dnrc.example.com>;tag=1918181833n"
        ),
        ("sip:%75se%72@example.com", "<sip:%75se%72@example.com>"),
      ],
      invalid: [
        ("\"Mr. J. User <sip:j.user@example.com>", .unterminatedQuotedString, 0),
        ("\"Watson, Thomas\" < sip:t.watson@example.org >", .malformedURI, 18),
        ("Watson, Thomas <sip:t.watson@example.org>", .unexpectedByte, 6),
      ])
  }

  @Test("Tags, and addresses that mean the same (§20.20)")
  func tags() throws {
    let address = try NameAddress("<sip:a@b>")
    #expect(try FromHeader(address, tag: "x1").text == "<sip:a@b>;tag=x1")
    #expect(try ToHeader(address).tag == nil)
    #expect(reason { () throws(SIPParseError) in _ = try ToHeader(address, tag: "a b") } == .malformedParameter)
    #expect(reason { () throws(SIPParseError) in _ = try FromHeader(address, tag: "") } == .malformedParameter)

    func same(_ left: String, _ right: String) throws -> Bool {
      let (left, right) = (try FromHeader(left), try FromHeader(right))
      #expect(left.isEquivalent(to: right) == right.isEquivalent(to: left))
      return left.isEquivalent(to: right)
    }
    #expect(try same("\"A\" <sip:%61@B>;tag=1", "sip:a@b;tag=1"))
    #expect(try same("<sip:a@b>;tag=1;x=y", "<sip:a@b>;tag=1"))
    #expect(try !same("<sip:a@b>;tag=1", "<sip:a@b>"))
    #expect(try !same("<sip:a@b>;tag=1", "<sip:a@b>;tag=2"))
    #expect(try !same("<sip:a@b>;x=\"Y\"", "<sip:a@b>;x=\"y\""))
  }

  @Test("Contact")
  func contact() {
    check(
      ContactHeader.self,
      valid: [
        ("\"Mr. Watson\" <sip:watson@w.bell-telephone.com>;q=0.7;expires=3600", nil),
        ("<sips:bob@192.0.2.4>;expires=60", nil),
        (
          "\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n  secondparam ; q = 0.33",
          "\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com>;newparam=newvalue;secondparam;q=0.33"
        ),
        // RFC 4475 §3.3.12, §3.3.13
        ("sip:+19725552222@gw1.example.net;unknownparam", "<sip:+19725552222@gw1.example.net>;unknownparam"),
        ("<sip:+19725552222@gw1.example.net;unknownparam>", nil),
        ("<sip:a@b;ob>;reg-id=1;+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>\"", nil),
        ("*q <sip:a@b>", "\"*q\" <sip:a@b>"),
      ],
      invalid: [
        ("\"Joe\" <sip:joe@example.org>;;;;", .malformedParameter, 28),
        ("sip:user@example.com?Route=%3Csip:sip.example.com%3E", .bracketsRequired, 20),
        ("<sip:a@b>;q=1.1", .malformedParameter, 9),
        ("<sip:a@b>;q=0.1234", .malformedParameter, 9),
        ("<sip:a@b>;q=2", .malformedParameter, 9),
        ("<sip:a@b>;q", .malformedParameter, 9),
        ("*", .unexpectedEnd, 1),
      ])
  }

  @Test(
    "A malformed expiry counts as 3600 (§20.10, RFC 4475 §3.1.2.4)",
    arguments: [
      ("expires=0", 0), ("expires=00060", 60), ("expires=4294967295", 4_294_967_295), ("expires=4294967296", 3600),
      ("expires=280297596632815", 3600), ("expires=abc", 3600), ("expires", 3600), ("expires=\"60\"", 3600), ("x", nil),
    ] as [(String, UInt32?)])
  func expires(_ parameter: String, _ seconds: UInt32?) throws {
    #expect(try ContactHeader("<sip:a@b>;" + parameter).expires == seconds)
  }

  @Test("Lists and the star (§10.2.2)")
  func lists() throws {
    #expect(try ContactList(" * ") == .all)
    #expect(try ContactList("*").text == "*")
    let two = try ContactList("<sip:a@b>;q=0.5 ,\r\n sip:c@d")
    guard case .contacts(let contacts) = two else {
      Issue.record("a star")
      return
    }
    #expect(contacts.map(\.q) == [QValue(clamping: 500), nil])
    #expect(two.text == "<sip:a@b>;q=0.5, <sip:c@d>")
    #expect(try ContactList(two.text) == two)
    for (text, expected) in [
      ("*, <sip:a@b>", SIPParseError.Reason.unexpectedByte), ("<sip:a@b>, *", .unexpectedEnd), ("*;x", .unexpectedByte),
      ("", .emptyValue), ("<sip:a@b>,", .unexpectedEnd), ("<sip:a@b>,,<sip:c@d>", .unexpectedByte),
    ] {
      #expect(reason { () throws(SIPParseError) in _ = try ContactList(text) } == expected, "\(text)")
    }
    let limit = SIPLimits.default.maxValues
    let many = Array(repeating: "<sip:a@b>", count: limit).joined(separator: ",")
    #expect(try ContactHeader.parseList(many).count == limit)
    #expect(
      reason { () throws(SIPParseError) in _ = try ContactHeader.parseList(many + ",<sip:a@b>") } == .tooManyValues)
  }

  @Test("Preferences (qvalue)")
  func preferences() {
    for (text, thousandths) in [
      ("0", 0), ("1", 1000), ("0.", 0), ("0.5", 500), ("0.05", 50), ("0.333", 333), ("1.000", 1000), ("0.100", 100),
    ] {
      let value = QValue(text)
      #expect(value?.thousandths == UInt16(thousandths))
      #expect(value.flatMap { QValue($0.description) } == value)
    }
    for text in ["", "2", "1.001", "0.1234", ".5", "00.5", "0,5", "-0", "0.5 "] { #expect(QValue(text) == nil) }
    #expect(QValue(clamping: -1) < QValue.one)
    #expect(QValue(clamping: 330).description == "0.33")
  }

  @Test("Route, Record-Route, Path and Service-Route want brackets")
  func routes() {
    let valid: [Valid] = [
      (
        "\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>",
        "<sip:services.example.com;lr;unknownwith=value;unknown-no-value>"
      ),
      ("\"P\" <sip:p1.example.com;lr>;x=y", nil),
    ]
    let invalid: [Invalid] = [
      ("sip:p1.example.com;lr", .bracketsRequired, 0),
      ("<sip:p1.example.com;lr>,", .trailingBytes, 23),
      ("", .emptyValue, 0),
    ]
    check(RouteHeader.self, valid: valid, invalid: invalid)
    check(RecordRouteHeader.self, valid: valid, invalid: invalid)
    check(PathHeader.self, valid: valid, invalid: invalid)
    check(ServiceRouteHeader.self, valid: valid, invalid: invalid)
  }

  @Test("Refer-To (RFC 3515 §2.1) and P-Asserted-Identity (RFC 3325 §9.1)")
  func others() throws {
    check(
      ReferToHeader.self,
      valid: [
        ("sip:alice@atlanta.example.com", "<sip:alice@atlanta.example.com>"),
        (
          "<sip:bob@biloxi.example.net?Accept-Contact=sip:bobsdesk.biloxi.example.net&Call-ID%3D55432%40alicepc.atlanta.example.com=>",
          nil
        ),
        ("<http://www.ietf.org>", nil),
        ("<sip:a@b?Replaces=c%40d%3Bto-tag%3D1%3Bfrom-tag%3D2>;x", nil),
      ],
      invalid: [("sip:a@b?x=y", .bracketsRequired, 7)])
    check(
      PAssertedIdentityHeader.self,
      valid: [("\"Cullen Jennings\" <sip:fluffy@cisco.com>", nil), ("tel:+14085264000", "<tel:+14085264000>")],
      invalid: [("<sip:a@b>;x", .trailingBytes, 9)])
    #expect(
      try PAssertedIdentityHeader.parseList("<sip:a@b>, <tel:+1>").listText == "<sip:a@b>, <tel:+1>")
  }
}
