import SIPMessage
import Testing
import Wire

@Suite("SIP URIs: RFC 3261 §19.1.1, §25.1")
struct SIPURITests {
  @Test("Valid URIs and their text")
  func valid() {
    check(
      SIPURI.self,
      valid: [
        // §19.1.3
        ("sip:alice@atlanta.com", nil),
        ("sip:alice:secretword@atlanta.com;transport=tcp", nil),
        ("sips:alice@atlanta.com?subject=project%20x&priority=urgent", nil),
        ("sip:+1-212-555-1212:1234@gateway.com;user=phone", nil),
        ("sips:1212@gateway.com", nil),
        ("sip:alice@192.0.2.4", nil),
        ("sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com", nil),
        ("sip:alice;day=tuesday@atlanta.com", nil),
        // RFC 4475 §3.1.1.2, §3.1.1.3, §3.1.1.4, §3.1.1.9
        (
          "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
          nil
        ),
        ("sip:sips%3Auser%40example.com@example.net", nil),
        ("sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31", nil),
        ("sip:null-%00-null@example.com", nil),
        ("sip:user;par=u%40example.net@example.com", nil),
        // RFC 4475 §3.3.14: escaped headers are kept, not acted on.
        ("sip:user@example.com?Route=%3Csip:sip.example.com%3E", nil),
        // RFC 5118
        ("sip:[2001:db8::10]", nil),
        ("sip:[2001:db8::10:5070]", nil),
        ("sip:[2001:db8::10]:5070", nil),
        ("sip:user@[2001:db8::192.0.2.1]", "sip:user@[2001:db8::c000:201]"),
        ("sip:user@[2001:db8:::192.0.2.1]", "sip:user@[2001:db8::c000:201]"),
        ("sip:user@[::ffff:192.0.2.1]", "sip:user@192.0.2.1"),
        // Case, defaults, odds and ends
        ("SIP:Alice@AtLanTa.CoM:05060;LR", "sip:Alice@atlanta.com:5060;LR"),
        ("SIPS:a@B.", "sips:a@b."),
        ("sip:a:@b", nil),
        ("sip:a@b:1", nil),
        ("sip:a@b:65535", nil),
        ("sip:a@my_host.if_internal-1.net", nil),
        ("sip:a@b;maddr=[2001:db8::1];ttl=255;transport=ws", nil),
        ("sip:b?a=&c=d", nil),
        ("sip:a@1.example", nil),
      ])
  }

  @Test("Invalid URIs, why and where")
  func invalid() {
    check(
      SIPURI.self,
      invalid: [
        ("", .malformedURI, 0),
        ("sip", .malformedURI, 0),
        ("sip:", .malformedHost, 4),
        ("1sip:a@b", .malformedURI, 0),
        ("http://example.com", .unsupportedURIScheme, 0),
        ("tel:+1", .unsupportedURIScheme, 0),
        (" sip:a@b", .malformedURI, 0),
        ("sip:a@b ", .malformedURI, 7),
        ("sip: a@b", .malformedURI, 4),
        ("sip:@b", .malformedURI, 4),
        ("sip:a@.b", .malformedHost, 6),
        ("sip:a@b@c", .malformedURI, 7),
        ("sip:a b@c", .malformedURI, 5),
        ("sip:a\r\n b@c", .malformedURI, 5),
        ("sip:a\u{0}b@c", .malformedURI, 5),
        ("sip:a\"b@c", .malformedURI, 5),
        ("sip:a:b:c@d", .malformedURI, 7),
        ("sip:jörg@d", .malformedURI, 5),
        // Escapes
        ("sip:a%4@b", .malformedEscape, 5),
        ("sip:a%zz@b", .malformedEscape, 5),
        ("sip:a%", .malformedURI, 5),
        ("sip:a@b;x=%", .malformedEscape, 10),
        ("sip:a@ex%61mple.com", .malformedURI, 8),
        // Hosts and ports
        ("sip:2001:db8::10", .malformedHost, 4),
        ("sip:a@[2001:db8::10", .malformedHost, 6),
        ("sip:a@[192.0.2.1]", .malformedHost, 6),
        ("sip:a@[fe80::1%25eth0]", .malformedHost, 6),
        ("sip:a@[2001:db8:::1]", .malformedHost, 6),
        ("sip:a@[2001:::192.0.2.1:::]", .malformedHost, 6),
        ("sip:a@300.1.1.1", .malformedHost, 6),
        ("sip:a@192.0.2", .malformedHost, 6),
        ("sip:a@010.0.0.1", .malformedHost, 6),
        ("sip:a@2130706433", .malformedHost, 6),
        ("sip:a@0x7f000001", .malformedHost, 6),
        ("sip:a@.b", .malformedHost, 6),
        ("sip:a@b-", .malformedHost, 6),
        ("sip:a@b..c", .malformedHost, 8),
        ("sip:a@.b", .malformedHost, 6),
        ("sip:a@b..c", .malformedHost, 8),
        ("sip:a@b:", .malformedPort, 8),
        ("sip:a@b:0", .malformedPort, 8),
        ("sip:a@b:65536", .malformedPort, 8),
        ("sip:a@b:99999999999999999999999", .malformedPort, 8),
        ("sip:a@b:5060x", .malformedURI, 12),
        ("sip:a@b:-1", .malformedPort, 8),
        // Parameters and headers
        ("sip:a@b;", .malformedParameter, 8),
        ("sip:a@b;;lr", .malformedParameter, 8),
        ("sip:a@b;=x", .malformedParameter, 8),
        ("sip:a@b;x=", .malformedParameter, 10),
        ("sip:a@b;x=y=z", .malformedURI, 11),
        ("sip:a@b;lr;LR", .duplicateParameter, 11),
        ("sip:a@b;lr;%6C%72", .duplicateParameter, 11),
        ("sip:a@b;maddr", .malformedParameter, 8),
        ("sip:a@b;maddr=1.2.3", .malformedParameter, 8),
        ("sip:a@b;ttl=256", .malformedParameter, 8),
        ("sip:a@b;ttl=0255", .malformedParameter, 8),
        ("sip:a@b;transport=u%20p", .malformedParameter, 8),
        ("sip:a@b;method", .malformedParameter, 8),
        ("sip:a@b?", .malformedURI, 8),
        ("sip:a@b?x", .malformedURI, 9),
        ("sip:a@b?=y", .malformedURI, 8),
        ("sip:a@b?x=y&", .malformedURI, 12),
        ("sip:a@b?x=y;z", .malformedURI, 11),
        ("<sip:a@b>", .malformedURI, 0),
      ])
  }

  @Test("The limits of names, labels and parameters, at the edge and one beyond")
  func limits() throws {
    let label = String(repeating: "a", count: HostName.maxLabelBytes)
    #expect(HostName(label) != nil)
    #expect(HostName(label + "a") == nil)

    let name = "\(label).\(label).\(label).\(label.dropLast(2))"
    #expect(name.utf8.count == HostName.maxBytes)
    #expect(HostName(name) != nil)
    #expect(HostName(name + ".") != nil)
    #expect(HostName(name + "a") == nil)

    let limit = SIPLimits.default.maxParameters
    let parameters = (0..<limit).map { ";p\($0)" }.joined()
    #expect(try SIPURI("sip:a" + parameters).parameters.entries.count == limit)
    #expect(reason { () throws(SIPParseError) in _ = try SIPURI("sip:a\(parameters);q") } == .tooManyParameters)
    let headers = (0..<limit).map { "h\($0)=" }.joined(separator: "&")
    #expect(try SIPURI("sip:a?" + headers).headers.count == limit)
    #expect(reason { () throws(SIPParseError) in _ = try SIPURI("sip:a?\(headers)&h=") } == .tooManyParameters)

    var full = try SIPURI("sip:a" + parameters).parameters
    #expect(reason { () throws(SIPParseError) in try full.set("q") } == .tooManyParameters)
    try full.set("P0", to: "again")
    #expect(full.entries.count == limit)
  }

  @Test("What components and parameters say")
  func components() throws {
    let uri = try SIPURI(
      "sips:al%69ce;x:pw@Example.COM:5061;Transport=TCP;%6Cr;ttl=1;maddr=239.255.255.1;user=Phone?a=b")
    #expect(uri.scheme == .sips)
    #expect(uri.user == "al%69ce;x")
    #expect(uri.password == "pw")
    #expect(uri.host == SIPHost("example.com"))
    #expect(uri.port == 5061)
    #expect(uri.transport == "tcp")
    #expect(uri.isLooseRouter)
    #expect(uri.ttl == 1)
    #expect(uri.maddr?.address == IPAddress("239.255.255.1"))
    #expect(uri.isPhoneNumber)
    #expect(uri.method == nil)
    #expect(uri.headers.map(\.name) == ["a"])
    #expect(URIEscape.decode("al%69ce%00%2F%zz%4") == Array("alice\u{0}/%zz%4".utf8))
  }

  @Test("A Request-URI has neither headers nor method (§19.1.5)")
  func requestURI() throws {
    let uri = try SIPURI("sip:a@b;method=BYE;transport=tcp;x=1?Route=%3Csip:c%3E")
    #expect(uri.asRequestURI.text == "sip:a@b;transport=tcp;x=1")
  }

  @Test("Building: escapes where needed, nothing that cannot be written")
  func building() throws {
    let host = try #require(SIPHost("example.com"))
    let escaped = URIEscape.encodeUser("j@s0n smith/ü\r\n")
    var uri = try SIPURI(user: escaped, host: host, port: 5070)
    #expect(uri.text == "sip:j%40s0n%20smith/%C3%BC%0D%0A@example.com:5070")
    try uri.parameters.set("lr")
    try uri.parameters.set("x", to: "a;b?c%")
    #expect(uri.text == "sip:j%40s0n%20smith/%C3%BC%0D%0A@example.com:5070;lr;x=a%3Bb%3Fc%25")
    #expect(try SIPURI(uri.text) == uri)
    uri.parameters.remove("LR")
    #expect(!uri.isLooseRouter)

    #expect(reason { () throws(SIPParseError) in _ = try SIPURI(user: "a b", host: host) } == .malformedURI)
    #expect(reason { () throws(SIPParseError) in _ = try SIPURI(user: "", host: host) } == .malformedURI)
    #expect(reason { () throws(SIPParseError) in _ = try SIPURI(user: "a%", host: host) } == .malformedURI)
    #expect(reason { () throws(SIPParseError) in _ = try SIPURI(password: "p", host: host) } == .malformedURI)
    #expect(reason { () throws(SIPParseError) in _ = try SIPURI(host: host, port: 0) } == .malformedPort)
    #expect(reason { () throws(SIPParseError) in try uri.parameters.set("") } == .malformedParameter)
    #expect(reason { () throws(SIPParseError) in try uri.parameters.set("x", to: "") } == .malformedParameter)
    #expect(reason { () throws(SIPParseError) in try uri.parameters.set("ttl", to: "x") } == .malformedParameter)
    let header = try #require(URIHeader(name: "Replaces", value: "a@b;to-tag=1"))
    #expect(try SIPURI(host: host, headers: [header]).text == "sip:example.com?Replaces=a%40b%3Bto-tag%3D1")
    #expect(URIHeader(name: "", value: "x") == nil)
  }
}
