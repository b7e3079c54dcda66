import SIPMessage
import Testing

/// What the accepted torture messages say, read in their typed form.
@Suite("Values of the torture messages of RFC 4475 and RFC 5118")
struct TortureValueTests {
  private func facts(_ file: String) throws -> Facts? {
    guard let bytes = try Conformance.bytes(file) else { return nil }
    return try Facts(bytes)
  }

  @Test("RFC 4475 §3.1.1.1: white space and folds wherever they may be")
  func wsinv() throws {
    guard let facts = try facts("wsinv.dat") else { return }
    #expect(facts.method == "INVITE")
    #expect(facts.uri == "sip:vivekg@chair-dnrc.example.com;unknownparam")
    #expect(facts.user == "vivekg")
    #expect(facts.host == "chair-dnrc.example.com")
    #expect(facts.to.uri == "sip:vivekg@chair-dnrc.example.com")
    #expect(facts.to.tag == "1918181833n")
    #expect(facts.from.display == #""J Rosenberg \\\"""#)
    #expect(facts.from.uri == "sip:jdrosen@example.com")
    #expect(facts.from.tag == "98asjd8")
    #expect(facts.maxForwards == 68)
    #expect(facts.callID == "wsinv.ndaksdj@192.0.2.1")
    #expect(facts.contentLength == 150)
    #expect(facts.body.count == 150)
    #expect(facts.cseq == 9)
    #expect(facts.cseqMethod == .invite)
    #expect(
      facts.vias == [
        .init(transport: "UDP", host: "192.0.2.2", branch: "390skdjuw"),
        .init(transport: "TCP", host: "spindle.example.com", branch: "z9hG4bK9ikj8", isRFC3261: true),
        .init(transport: "UDP", host: "192.168.255.111", branch: "z9hG4bK30239", isRFC3261: true),
      ])
    #expect(facts.values(.subject) == [""])
    #expect(facts.values(named: "NewFangledHeader") == ["newfangled value\r\n continued newfangled value"])
    #expect(facts.values(named: "UnknownHeaderWithUnusualValue") == [";;,,;;,;"])
    #expect(facts.routes.map(\.uri) == ["sip:services.example.com;lr;unknownwith=value;unknown-no-value"])
    #expect(facts.isFirstRouteLoose)
    #expect(facts.contacts.map(\.uri) == ["sip:jdrosen@example.com"])
    #expect(facts.contacts.map(\.display) == [#""Quoted string \"\"""#])
  }

  @Test("RFC 4475 §3.1.1.2: every character a token, a user, a Call-ID and a quoted string may have")
  func intmeth() throws {
    guard let facts = try facts("intmeth.dat") else { return }
    let method = "!interesting-Method0123456789_*+`.%indeed'~"
    #expect(facts.method == method)
    #expect(facts.cseqMethod == .other(method))
    #expect(facts.cseq == 139_122_385)
    #expect(facts.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*")
    #expect(facts.host == "example.com")
    #expect(facts.to.display == "\"BEL:\\\u{07} NUL:\\\u{00} DEL:\\\u{7F}\"")
    #expect(facts.from.display == "token1~` token2'+_ token3*%!.-")
    #expect(facts.from.tag == "_token~1'+`*%!-.")
    #expect(facts.callID == #"intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{"#)
    #expect(facts.maxForwards == 255)
    #expect(facts.values(named: "extensionHeader-!.%*+_`'~") == ["\u{FEFF}大停電"])
  }

  @Test("RFC 4475 §3.1.1.3: escapes stay where they are, and a parameter's name is the same with and without")
  func esc01() throws {
    guard let facts = try facts("esc01.dat") else { return }
    #expect(facts.user == "sips%3Auser%40example.com")
    #expect(facts.host == "example.net")
    #expect(facts.to.uri == "sip:%75se%72@example.com")
    #expect(facts.from.uri == "sip:I%20have%20spaces@example.net")
    #expect(facts.contacts.map(\.uri) == ["sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31"])
    #expect(try SIPURIFields.isLoose(facts.contacts[0].uri))
  }

  @Test("RFC 4475 §3.1.1.4: an escaped NUL does not end anything")
  func escnull() throws {
    guard let facts = try facts("escnull.dat") else { return }
    #expect(facts.to.uri == "sip:null-%00-null@example.com")
    #expect(facts.contacts.map(\.uri) == ["sip:%00@host5.example.com", "sip:%00%00@host5.example.com"])
  }

  @Test("RFC 4475 §3.1.1.5: a percent sign outside a URI is itself")
  func esc02() throws {
    guard let facts = try facts("esc02.dat") else { return }
    #expect(facts.method == "RE%47IST%45R")
    #expect(facts.cseqMethod == .other("RE%47IST%45R"))
    #expect(facts.from.display == "\"%Z%45\"")
    #expect(facts.vias[0].branch == "z9hG4bK209%fzsnel234")
    #expect(facts.contacts.map(\.uri) == ["sip:alias1@host1.example.com", "sip:alias3@host3.example.com"])
    #expect(facts.values(named: "C%6Fntact") == ["<sip:alias2@host2.example.com>"])
  }

  @Test("RFC 4475 §3.1.1.6: no white space between display name and bracket")
  func lwsdisp() throws {
    guard let facts = try facts("lwsdisp.dat") else { return }
    #expect(facts.from == .init(display: "caller", uri: "sip:caller@example.com", tag: "323", parameters: ";tag=323"))
  }

  @Test("RFC 4475 §3.1.1.7: everything very long")
  func longreq() throws {
    guard let facts = try facts("longreq.dat") else { return }
    #expect(facts.vias.count == 34)
    #expect(facts.vias.map(\.host).first == "sip33.example.com")
    #expect(facts.uriField?.user != nil)
    #expect(facts.contacts.count == 1)
    #expect(facts.body.count == 150)
  }

  @Test("RFC 4475 §3.1.1.8: what follows Content-Length in a datagram is not there")
  func dblreq() throws {
    guard let facts = try facts("dblreq.dat") else { return }
    #expect(facts.method == "REGISTER")
    #expect(facts.body.isEmpty)
    #expect(facts.headers.count == 8)
  }

  @Test("RFC 4475 §3.1.1.9: a semicolon in the user part")
  func semiuri() throws {
    guard let facts = try facts("semiuri.dat") else { return }
    #expect(facts.user == "user;par=u%40example.net")
    #expect(facts.host == "example.com")
  }

  @Test("RFC 4475 §3.1.1.10: unknown transports")
  func transports() throws {
    guard let facts = try facts("transports.dat") else { return }
    #expect(facts.vias.map(\.transport) == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"])
  }

  @Test("RFC 4475 §3.1.1.11: a body of any bytes")
  func mpart01() throws {
    guard let facts = try facts("mpart01.dat") else { return }
    #expect(facts.body.count == 553)
    #expect(facts.body.contains(0))
    #expect(facts.routes.map(\.uri) == ["sip:127.0.0.1:5080"])
  }

  @Test("RFC 4475 §3.1.1.12, §3.1.1.13: unusual and missing reason phrases")
  func reasons() throws {
    guard let unusual = try facts("unreason.dat"), let none = try facts("noreason.dat") else { return }
    #expect(unusual.status == 200)
    #expect(unusual.reason == "= 2**3 * 5**2 но сто девяносто девять - простое")
    #expect(none.status == 100)
    #expect(none.reason.isEmpty)
  }

  @Test("RFC 4475 §3.2.1, §3.4.1: branches that are not unique")
  func branches() throws {
    guard let cookie = try facts("badbranch.dat"), let old = try facts("inv2543.dat") else { return }
    #expect(cookie.vias == [.init(transport: "UDP", host: "192.0.2.1", branch: "z9hG4bK")])
    #expect(old.vias == [.init(transport: "UDP", host: "iftgw.example.com")])
    #expect(old.from.tag == nil)
    #expect(old.maxForwards == nil)
    #expect(old.contentLength == nil)
    #expect(old.to.parameters == ";user=phone")
  }

  @Test("RFC 4475 §3.3.4, §3.3.12–14: other schemes, and parameters on either side of the bracket")
  func contacts() throws {
    guard let schemes = try facts("unksm2.dat"), let outside = try facts("cparam01.dat"),
      let inside = try facts("cparam02.dat"), let route = try facts("regescrt.dat")
    else { return }
    #expect(schemes.to.uri == "isbn:2983792873")
    #expect(schemes.from.uri == "http://www.example.com")
    #expect(schemes.contacts.map(\.uri) == ["name:John_Smith"])
    #expect(outside.contacts == [.init(uri: "sip:+19725552222@gw1.example.net", parameters: ";unknownparam")])
    #expect(inside.contacts == [.init(uri: "sip:+19725552222@gw1.example.net;unknownparam")])
    #expect(route.contacts.map(\.uri) == ["sip:user@example.com?Route=%3Csip:sip.example.com%3E"])
  }

  @Test("RFC 4475 §3.3.11: no hop left")
  func zeromf() throws {
    guard let facts = try facts("zeromf.dat") else { return }
    #expect(facts.maxForwards == 0)
  }

  @Test("RFC 5118 §4: where an IPv6 address ends and its port starts")
  func ipv6() throws {
    guard let ambiguous = try facts("rfc5118/port-ambiguous.dat"), let clear = try facts("rfc5118/port-unambiguous.dat")
    else { return }
    #expect(ambiguous.host == "[2001:db8::10:5070]")
    #expect(ambiguous.uriField?.port == nil)
    #expect(clear.host == "[2001:db8::10]")
    #expect(clear.uriField?.port == 5070)
    guard let plain = try facts("rfc5118/via-received-param-no-delim.dat"),
      let delimited = try facts("rfc5118/via-received-param-with-delim.dat"),
      let mixed = try facts("rfc5118/mult-ip-in-header.dat"), let mapped = try facts("rfc5118/ipv4-mapped-ipv6.dat"),
      let three = try facts("rfc5118/ipv6-bug-abnf-3-colons.dat")
    else { return }
    #expect(plain.vias[0].received == "2001:db8::9:255")
    #expect(delimited.vias[0].received == "[2001:db8::9:255]")
    #expect(mixed.vias.map(\.host) == ["[2001:db8::9:1]", "192.0.2.1", "[2001:db8::9:255]"])
    #expect(mixed.vias.map(\.port) == [6050, nil, nil])
    #expect(mapped.vias.map(\.port) == [19823, nil])
    #expect(three.host == "[2001:db8:::192.0.2.1]")
  }
}

/// URIs on their own.
enum SIPURIFields {
  static func field(_ text: String) throws(SIPParseError) -> SIPURIField {
    let bytes = Array(text.utf8)
    return try SIPURIField(bytes.span, 0..<bytes.count)
  }

  static func isLoose(_ text: String) throws(SIPParseError) -> Bool { try field(text).isLooseRouter }
}
