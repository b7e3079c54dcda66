import SIPLocation
import SIPMessage
import SIPTransaction
import Testing
import Wire

@Suite("Locating servers: failures and limits")
struct LocatorFailureTests {
  @Test(
    "each way to nowhere",
    arguments: [
      ("example.com A 192.0.2.1\n_sip._udp.example.com SRV 0 0 0 .", "sip:example.com;transport=udp", "notAvailable"),
      ("x.example.com A 192.0.2.1\nexample.com NAPTR ! servfail", "sip:example.com", "noAddress"),
      ("x.example.com A 192.0.2.1", "sip:example.com", "noSuchName"),
      ("example.com AAAA 2001:db8::1", "sip:example.com", "noAddress"),
      ("example.com A ! timeout", "sip:example.com", "dns(SIPLocation.DNSFailure.timeout)"),
      // Whoever does not know whether there is a service must not guess that there is none.
      (
        "example.com A 192.0.2.1\n_sip._udp.example.com SRV ! servfail", "sip:example.com",
        "dns(SIPLocation.DNSFailure.serverFailure)"
      ),
      // Other hosts of ours still lead somewhere.
      (
        "_sip._udp.example.com SRV ! timeout\n_sip._tcp.example.com SRV 0 0 5060 a.example.com\na.example.com A 192.0.2.1",
        "sip:example.com", "tcp 192.0.2.1:5060"
      ),
      (
        "_sip._udp.example.com SRV 1 0 5060 a.example.com\n_sip._udp.example.com SRV 2 0 5060 b.example.com\nb.example.com A 192.0.2.2\na.example.com A ! timeout",
        "sip:example.com", "udp 192.0.2.2:5060"
      ),
      // A server that does not know NAPTR.
      ("example.com A 192.0.2.1\nexample.com NAPTR ! servfail", "sip:example.com", "udp 192.0.2.1:5060"),
      // No host has these.
      (
        "example.com A 0.0.0.0\nexample.com A 224.0.0.1\nexample.com A 255.255.255.255", "sip:example.com",
        "addressNotAccepted"
      ),
      ("x.example A 192.0.2.1", "sip:0.0.0.0", "addressNotAccepted"),
      // A service without a port is none.
      ("_sip._udp.example.com SRV 0 0 0 a.example.com\na.example.com A 192.0.2.1", "sip:example.com", "notAvailable"),
    ])
  func failures(zone: String, uri: String, expected: String) throws {
    #expect(try Zone(zone).locate(uri).text == expected)
  }

  @Test("addresses of our own network are for those who may name them")
  func localAddresses() throws {
    let zone = Zone(
      """
      example.com A 10.0.0.1
      example.com A 127.0.0.1
      example.com A 169.254.1.1
      example.com A 192.0.2.1
      inner.example A 192.168.0.1
      """)
    var target = try #require(LocationTarget(try SIPURI("sip:example.com"), acceptsLocalAddresses: false))
    #expect(zone.locate(target).text == "udp 192.0.2.1:5060")
    target.host = .name(try #require(HostName("inner.example")))
    #expect(zone.locate(target).text == "addressNotAccepted")
    target.acceptsLocalAddresses = true
    #expect(zone.locate(target).text == "udp 192.168.0.1:5060")
    for address in ["127.0.0.1", "[::1]", "10.1.1.1", "[fd00::1]", "[fe80::1]", "[::ffff:127.0.0.1]"] {
      target = LocationTarget(host: try #require(SIPHost(address)), acceptsLocalAddresses: false)
      #expect(zone.locate(target, from: .dual).text == "addressNotAccepted", "\(address)")
    }
  }

  @Test("without sources there is nothing to ask")
  func noSources() throws {
    let located = try Zone("example.com A 192.0.2.1").locate("sip:example.com", from: [])
    #expect(located.text == "noCommonTransport" && located.asked.isEmpty)
  }

  /// A domain with so many SRV hosts, each with an address of its own.
  private func wide(_ hosts: Int) -> Zone {
    var lines: [String] = []
    for host in 1...hosts {
      lines.append("_sip._udp.example.com SRV \(host) 0 5060 h\(host).example.com")
      lines.append("h\(host).example.com A 192.0.2.\(host)")
    }
    return Zone(lines.joined(separator: "\n"))
  }

  private var target: LocationTarget {
    get throws { try #require(LocationTarget(try SIPURI("sip:example.com;transport=udp"))) }
  }

  private func count(_ located: Located) -> Int {
    if case .located(let hops) = located.outcome { hops.count } else { 0 }
  }

  @Test("hosts and hops: the edge is taken, one beyond is left out, the least preferred one")
  func hostsAndHops() throws {
    var limits = LocationLimits()
    #expect(count(wide(16).locate(try target, limits: limits)) == 16)
    let beyond = wide(17).locate(try target, limits: limits)
    #expect(count(beyond) == 16 && !beyond.questions.contains("h17."))
    limits.maxHosts = 20
    #expect(count(wide(20).locate(try target, limits: limits)) == 16)
    limits.maxHops = 20
    #expect(count(wide(20).locate(try target, limits: limits)) == 20)
  }

  @Test("questions: never more than the limit, and still an end")
  func questions() throws {
    var limits = LocationLimits()
    for most in 1...8 {
      limits.maxQuestions = most
      let located = wide(10).locate(try target, limits: limits)
      #expect(located.asked.count == most)
      #expect(count(located) == most - 1)
    }
  }

  @Test("services: never more than the limit")
  func services() throws {
    let rows = (1...10).map {
      "example.com NAPTR 1 \($0) s SIP+D2U s\($0).example.com\ns\($0).example.com SRV 0 0 5060 a.example\(10 + $0).com\na.example\(10 + $0).com A 192.0.2.\($0)"
    }
    let zone = Zone(rows.joined(separator: "\n"))
    let located = try zone.locate("sip:example.com")
    #expect(located.asked.filter { $0.type == .srv }.count == 8)
    #expect(count(located) == 8)
  }

  @Test("the same host under two names of a service is asked once and tried once")
  func duplicates() throws {
    let zone = Zone(
      """
      _sip._udp.example.com SRV 1 0 5060 a.example.com
      _sip._udp.example.com SRV 2 0 5060 A.example.com.
      a.example.com A 192.0.2.1
      a.example.com A 192.0.2.1
      """)
    let located = try zone.locate("sip:example.com;transport=udp")
    #expect(located.text == "udp 192.0.2.1:5060")
    #expect(located.asked.count == 2)
  }

  @Test("a name that is too long below _sip._udp is still looked up itself")
  func longName() throws {
    let label = String(repeating: "a", count: 61)
    let name = "\(label).\(label).\(label).\(label).com"
    #expect(name.utf8.count == 251)
    let located = try Zone("\(name) A 192.0.2.1").locate("sip:\(name)")
    #expect(located.text == "udp 192.0.2.1:5060")
    #expect(!located.questions.contains("SRV"))
    #expect(try Zone("\(name) A 192.0.2.1").locate("sip:\(name);transport=tcp").text == "tcp 192.0.2.1:5060")
  }

  @Test("answers in any order, twice, or never asked for change nothing")
  func order() throws {
    let zone = LocatorTests.standard
    let target = try #require(LocationTarget(try SIPURI("sip:example.com")))
    let expected = zone.locate(target, random: 3).text
    var locator = SIPLocator(target, from: .all4, random: 3)
    var open: [DNSQuestion] = []
    locator.start(into: &open)
    locator.start(into: &open)
    #expect(open.count == 1)
    while let question = open.popLast() {
      let stranger = try #require(DNSName("stranger.example"))
      locator.answered(DNSQuestion(stranger, .a), .failed(.timeout), into: &open)
      var more: [DNSQuestion] = []
      locator.answered(question, zone.answer(to: question), into: &more)
      locator.answered(question, .failed(.timeout), into: &more)
      open.append(contentsOf: more)
      #expect(locator.openQuestions == open.count)
    }
    #expect(Located(outcome: locator.outcome, asked: []).text == expected)
  }

  @Test("a cache that lacks an answer leaves the question open, and the locator goes on from there")
  func partlyCached() throws {
    let zone = LocatorTests.standard
    let target = try #require(LocationTarget(try SIPURI("sip:example.com;transport=tcp")))
    var locator = SIPLocator(target, from: .all4, random: 3)
    let open = locator.advance { $0.type == .srv ? zone.answer(to: $0) : nil }
    #expect(Set(open.map(\.name.text)) == ["server1.example.com", "server2.example.com"])
    #expect(locator.outcome == nil && locator.openQuestions == 2)
    #expect(locator.advance(open, answeredBy: zone.answer) == [])
    #expect(Located(outcome: locator.outcome, asked: []).text == "tcp 192.0.2.1:5060, tcp 192.0.2.2:5060")
  }
}
