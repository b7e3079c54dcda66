import SIPLocation
import SIPMessage
import SIPTransaction
import Testing
import Wire

@Suite("Locating servers")
struct LocatorTests {
  /// RFC 3263 §4.1 and §4.2: the domain of the standard's example, with addresses.
  static let standard = Zone(
    """
    example.com NAPTR 50 50 s SIPS+D2T _sips._tcp.example.com
    example.com NAPTR 90 50 s SIP+D2T _sip._tcp.example.com
    example.com NAPTR 100 50 s SIP+D2U _sip._udp.example.com
    _sips._tcp.example.com SRV 0 1 5061 server1.example.com
    _sips._tcp.example.com SRV 1 1 5061 server2.example.com
    _sip._tcp.example.com SRV 0 1 5060 server1.example.com
    _sip._tcp.example.com SRV 1 2 5060 server2.example.com
    _sip._udp.example.com SRV 0 1 5070 server1.example.com
    server1.example.com A 192.0.2.1
    server2.example.com A 192.0.2.2
    example.com A 192.0.2.80
    """)

  @Test(
    "services of H.323 (Annex O): SRV records, then the host itself at the port of the service",
    arguments: [
      (LocationService.h323Registration, nil as UInt16?, "gk.example", "udp 192.0.2.7:11719, udp 192.0.2.8:1719"),
      (.h323CallSignalling, nil, "gk.example", "udp 192.0.2.8:1720"),
      (.h323Registration, nil, "plain.example", "udp 192.0.2.9:1719"),
      (.h323CallSignalling, nil, "plain.example", "udp 192.0.2.9:1720"),
      (.h323Registration, 1_819, "gk.example", "udp 192.0.2.10:1819"),
      (.h323Registration, nil, "192.0.2.11", "udp 192.0.2.11:1719"),
    ])
  func otherServices(service: LocationService, port: UInt16?, host: String, expected: String) throws {
    let zone = Zone(
      """
      _h323rs._udp.gk.example SRV 0 1 11719 one.example
      _h323rs._udp.gk.example SRV 1 1 1719 two.example
      _h323cs._tcp.gk.example SRV 0 1 1720 two.example
      _sip._udp.gk.example SRV 0 1 5060 one.example
      gk.example A 192.0.2.10
      one.example A 192.0.2.7
      two.example A 192.0.2.8
      plain.example A 192.0.2.9
      """)
    let target = LocationTarget(host: try #require(SIPHost(host)), port: port, transport: .udp, service: service)
    #expect(zone.locate(target, from: [LocationSource(.udp, .ipv4)]).text == expected)
  }

  @Test("the standard's example: a client of TCP and UDP takes TCP, and the first server before its backup")
  func example() throws {
    let sources: [LocationSource] = [LocationSource(.udp, .ipv4), LocationSource(.tcp, .ipv4)]
    let located = try Self.standard.locate("sip:user@example.com", from: sources)
    #expect(located.text == "tcp 192.0.2.1:5060, tcp 192.0.2.2:5060")
    #expect(
      located.questions
        == "example.com. NAPTR, _sip._tcp.example.com. SRV, server1.example.com. A, server2.example.com. A")
  }

  @Test(
    "what the URI says, and what is asked because of it",
    arguments: [
      // A client that can do TLS keeps SIPS records for a SIP URI (§4.1).
      ("sip:a@example.com", "tls 192.0.2.1:5061, tls 192.0.2.2:5061"),
      ("sips:a@example.com", "tls 192.0.2.1:5061, tls 192.0.2.2:5061"),
      // A transport in the URI is used as it is, its SRV records alone are asked for.
      ("sip:a@example.com;transport=udp", "udp 192.0.2.1:5070"),
      ("sip:a@example.com;transport=TCP", "tcp 192.0.2.1:5060, tcp 192.0.2.2:5060"),
      ("sip:a@example.com;transport=tls", "tls 192.0.2.1:5061, tls 192.0.2.2:5061"),
      ("sips:a@example.com;transport=tcp", "tls 192.0.2.1:5061, tls 192.0.2.2:5061"),
      ("sips:a@example.com;transport=udp", "noCommonTransport"),
      ("sip:a@example.com;transport=ws", "noCommonTransport"),
      // A port: no SRV, the host's own addresses, UDP unless the URI says otherwise.
      ("sip:a@example.com:5060", "udp 192.0.2.80:5060"), ("sip:a@example.com:7000", "udp 192.0.2.80:7000"),
      ("sips:a@example.com:7000", "tls 192.0.2.80:7000"),
      ("sip:a@example.com:7000;transport=tcp", "tcp 192.0.2.80:7000"),
      // Addresses are used as they are.
      ("sip:a@192.0.2.9", "udp 192.0.2.9:5060"), ("sips:a@192.0.2.9", "tls 192.0.2.9:5061"),
      ("sip:a@192.0.2.9:5080;transport=tcp", "tcp 192.0.2.9:5080"),
      ("sip:a@192.0.2.9;transport=tls", "tls 192.0.2.9:5061"), ("sip:a@[2001:db8::9]", "noAddress"),
      // maddr is what is reached (§4).
      ("sip:a@nowhere.example;maddr=192.0.2.7", "udp 192.0.2.7:5060"),
      ("sip:a@nowhere.example;maddr=example.com;transport=udp", "udp 192.0.2.1:5070"),
      // Case and the final dot do not matter.
      ("sip:a@EXAMPLE.com.;transport=udp", "udp 192.0.2.1:5070"),
      ("sip:a@nowhere.example", "noSuchName"),
    ])
  func uris(uri: String, expected: String) throws {
    let located = try Self.standard.locate(uri)
    #expect(located.text == expected)
    if uri.contains("192.0.2") || uri.contains("[") { #expect(located.asked.isEmpty) }
    if uri.contains("transport=") { #expect(!located.questions.contains("NAPTR")) }
    if uri.contains("example.com:") { #expect(!located.questions.contains("SRV")) }
  }

  @Test("without NAPTR: SRV for each transport of ours, in our order")
  func withoutPointers() throws {
    let zone = Zone(
      """
      example.com A 192.0.2.80
      _sip._tcp.example.com SRV 0 0 5062 t.example.com
      _sip._udp.example.com SRV 0 0 5061 u.example.com
      t.example.com A 192.0.2.1
      u.example.com A 192.0.2.2
      """)
    let located = try zone.locate("sip:example.com")
    #expect(located.text == "udp 192.0.2.2:5061, tcp 192.0.2.1:5062")
    #expect(
      located.questions.hasPrefix(
        "example.com. NAPTR, _sip._udp.example.com. SRV, _sip._tcp.example.com. SRV, _sips._tcp.example.com. SRV"))
    #expect(try zone.locate("sip:example.com", from: [.init(.tcp, .ipv4), .init(.udp, .ipv4)]).text.hasPrefix("tcp"))
    // A SIPS URI asks for SIPS alone, and goes by TLS to the domain itself when there is none (§4.2).
    let secure = try zone.locate("sips:example.com")
    #expect(secure.text == "tls 192.0.2.80:5061")
    #expect(!secure.questions.contains("_sip._"))
  }

  @Test("without NAPTR and SRV: the domain's addresses, UDP for SIP, TLS for SIPS, the default port")
  func addressesOnly() throws {
    let zone = Zone("example.com A 192.0.2.80")
    #expect(try zone.locate("sip:example.com").text == "udp 192.0.2.80:5060")
    #expect(try zone.locate("sips:example.com").text == "tls 192.0.2.80:5061")
    #expect(try zone.locate("sip:example.com;transport=tcp").text == "tcp 192.0.2.80:5060")
    #expect(try zone.locate("sip:example.com", from: [.init(.tls, .ipv4), .init(.tcp, .ipv4)]).text.hasPrefix("tls"))
  }

  @Test("NAPTR: order before preference, the lowest usable order alone, flags s and a")
  func pointers() throws {
    let zone = Zone(
      """
      example.com NAPTR 10 30 s SIP+D2T _sip._tcp.example.com
      example.com NAPTR 10 20 a SIP+D2U gw.example.com
      example.com NAPTR 5 1 u E2U+sip . expression
      example.com NAPTR 10 1 s SIP+D2U . expression
      example.com NAPTR 20 1 s SIPS+D2T _sips._tcp.example.com
      _sip._tcp.example.com SRV 0 0 5062 t.example.com
      _sips._tcp.example.com SRV 0 0 5061 t.example.com
      t.example.com A 192.0.2.1
      gw.example.com A 192.0.2.2
      """)
    let located = try zone.locate("sip:example.com")
    #expect(located.text == "udp 192.0.2.2:5060, tcp 192.0.2.1:5062")
    #expect(!located.questions.contains("_sips"))
    // What cannot be used is discarded before the order is looked at.
    #expect(try zone.locate("sips:example.com").text == "tls 192.0.2.1:5061")
  }

  @Test("a NAPTR record may lead into another domain, and over WebSocket (RFC 7118 §7)")
  func otherDomain() throws {
    let zone = Zone(
      """
      example.com NAPTR 1 1 s SIPS+D2W _sips._ws.example.net
      _sips._ws.example.net SRV 0 0 443 edge.example.net
      edge.example.net A 192.0.2.4
      """)
    #expect(try zone.locate("sip:example.com", from: [.init(.wss, .ipv4)]).text == "wss 192.0.2.4:443")
  }

  @Test("a NAPTR record that leads to no SRV: the domain's own addresses over its transport (§4.2)")
  func pointerToNothing() throws {
    let zone = Zone(
      """
      example.com NAPTR 1 1 s SIP+D2T _sip._tcp.example.com
      example.com NAPTR 1 2 s SIP+D2U _sip._udp.example.com
      example.com A 192.0.2.80
      """)
    #expect(try zone.locate("sip:example.com").text == "tcp 192.0.2.80:5060")
  }

  @Test("records of other applications are none of ours; SIP records that we cannot use are the domain's last word")
  func unusable() throws {
    let other = Zone("example.com NAPTR 1 1 s LDAP+D2T _ldap._tcp.example.com\nexample.com A 192.0.2.1")
    #expect(try other.locate("sip:example.com").text == "udp 192.0.2.1:5060")
    let secureOnly = Zone("example.com NAPTR 1 1 s SIPS+D2T _sips._tcp.example.com\nexample.com A 192.0.2.1")
    #expect(try secureOnly.locate("sip:example.com", from: .udp4).text == "noCommonTransport")
  }

  @Test("two families: both are asked, and take turns, the first of our listeners' first (RFC 7984)")
  func dualStack() throws {
    let zone = Zone(
      """
      _sip._udp.example.com SRV 1 0 5060 a.example.com
      _sip._udp.example.com SRV 2 0 5060 b.example.com
      a.example.com A 192.0.2.1
      a.example.com A 192.0.2.2
      a.example.com AAAA 2001:db8::1
      b.example.com A 192.0.2.3
      _sip._tcp.example.com SRV 1 0 5060 a.example.com
      """)
    let udp = try zone.locate("sip:example.com;transport=udp", from: .dual)
    guard case .located(let hops) = udp.outcome else {
      Issue.record("\(udp)")
      return
    }
    #expect(hops.map(\.address.ip.isIPv6) == [true, false, false, false])
    #expect(hops.last?.address == SocketAddress("192.0.2.3:5060"))
    let tcp = try zone.locate("sip:example.com;transport=tcp", from: .dual)
    #expect(tcp.text.hasPrefix("tcp 192.0.2."))
    #expect(tcp.text.contains(", tcp [2001:db8::1]:5060, tcp 192.0.2."))
    // One family only: the other is not asked.
    #expect(!(try zone.locate("sip:example.com;transport=udp").questions.contains("AAAA")))
    #expect(try zone.locate("sip:[2001:db8::7]", from: .dual).text == "udp [2001:db8::7]:5060")
  }

  @Test("the same seed gives the same list; other seeds share the load among equals")
  func seeds() throws {
    let zone = Zone((1...4).map { "example.com A 192.0.2.\($0)" }.joined(separator: "\n"))
    let first = try zone.locate("sip:example.com:5060", random: 7).text
    #expect(try zone.locate("sip:example.com:5060", random: 7).text == first)
    let lists = Set(try (0..<50).map { try zone.locate("sip:example.com:5060", random: $0).text })
    #expect(lists.count > 10)
  }

  @Test("a response whose way back is gone: sent-by with its transport (§5)")
  func responses() throws {
    let host = try #require(SIPHost("example.com"))
    let zone = Self.standard
    #expect(
      zone.locate(.forResponse(sentBy: host, port: nil, transport: .tcp)).text
        == "tcp 192.0.2.1:5060, tcp 192.0.2.2:5060")
    #expect(
      zone.locate(.forResponse(sentBy: host, port: nil, transport: .tls)).text
        == "tls 192.0.2.1:5061, tls 192.0.2.2:5061")
    #expect(zone.locate(.forResponse(sentBy: host, port: 5099, transport: .udp)).text == "udp 192.0.2.80:5099")
    let address = try #require(SIPHost("192.0.2.5"))
    #expect(zone.locate(.forResponse(sentBy: address, port: nil, transport: .udp)).text == "udp 192.0.2.5:5060")
  }

  @Test("a URI of a transport that does not exist here is no target")
  func targets() throws {
    #expect(LocationTarget(try SIPURI("sip:a@b.example;transport=sctp")) == nil)
    let target = try #require(LocationTarget(try SIPURI("sips:a@B.example:5070;transport=ws")))
    #expect(
      target
        == LocationTarget(host: .name(try #require(HostName("b.example"))), port: 5070, transport: .ws, isSecure: true))
  }
}
