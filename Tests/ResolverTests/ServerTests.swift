import Resolver
import SIPLocation
import Testing
import Wire

/// Against a DNS server as it is: Debian's dnsmasq.
@Suite(
  "Resolver with a real DNS server",
  .enabled(if: Dnsmasq.isInstalled, "dnsmasq is not installed: apt-get install dnsmasq-base"), .serialized)
struct ServerTests {
  private func server(_ more: [String] = []) throws -> Dnsmasq {
    let records = [
      "naptr-record=example.com,50,50,S,SIPS+D2T,,_sips._tcp.example.com",
      "naptr-record=example.com,90,50,S,SIP+D2T,,_sip._tcp.example.com",
      "srv-host=_sips._tcp.example.com,b.example.com,5061,2,0",
      "srv-host=_sips._tcp.example.com,a.example.com,5071,1,0",
      "srv-host=_sip._udp.example.com,a.example.com,5070,1,0",
      "srv-host=_sip._udp.plain.example.com,www.example.com,5060,1,0",
      "host-record=a.example.com,192.0.2.1,2001:db8::1", "host-record=b.example.com,192.0.2.2",
      "host-record=example.com,192.0.2.80", "cname=www.example.com,b.example.com",
    ]
    // A port that is free for datagrams may be somebody's for streams, or become so.
    for _ in 0..<5 {
      if let server = Dnsmasq(records + more) { return server }
    }
    return try #require(nil, "dnsmasq does not start")
  }

  @Test("NAPTR, SRV, A and AAAA, aliases, and names that do not exist")
  func records() async throws {
    let server = try server()
    defer { server.stop() }
    let resolver = try Resolver(server.address)
    defer { resolver.stop() }
    for (uri, expected) in [
      ("sip:example.com", "tls 192.0.2.1:5071, tls 192.0.2.2:5061"),
      ("sip:example.com;transport=udp", "udp 192.0.2.1:5070, udp [2001:db8::1]:5070"),
      ("sip:plain.example.com", "udp 192.0.2.2:5060"), ("sip:www.example.com:5090", "udp 192.0.2.2:5090"),
      ("sip:example.com;transport=tcp", "tcp 192.0.2.80:5060"), ("sip:nothing.example.com", "noSuchName"),
      ("sip:192.0.2.9", "udp 192.0.2.9:5060"),
    ] {
      #expect(try await resolver.locate(uri).text == expected, "\(uri)")
    }
  }

  @Test("what was located is in the cache, absences too, and nothing is asked again")
  func caching() async throws {
    let server = try server()
    defer { server.stop() }
    let resolver = try Resolver(server.address)
    defer { resolver.stop() }
    let uri = "sip:example.com;transport=udp"
    #expect(try resolver.cached(uri) == nil)
    _ = try await resolver.locate(uri)
    _ = try await resolver.locate("sip:nothing.example.com")
    let questions = resolver.statistics.questions
    #expect(questions > 5 && resolver.statistics.cacheEntries == questions)
    #expect(try resolver.cached(uri)?.text == "udp 192.0.2.1:5070, udp [2001:db8::1]:5070")
    #expect(try await resolver.locate(uri).text == "udp 192.0.2.1:5070, udp [2001:db8::1]:5070")
    #expect(try await resolver.locate("sip:nothing.example.com").text == "noSuchName")
    #expect(try resolver.cached("sip:nothing.example.com") == nil)
    #expect(try resolver.cached("sip:192.0.2.9")?.text == "udp 192.0.2.9:5060")
    #expect(resolver.statistics.questions == questions)
  }

  @Test("an answer too long for a datagram comes over TCP")
  func longAnswer() async throws {
    let hosts = (1...30).flatMap { index in
      [
        "srv-host=_sip._udp.example.net,a-host-with-a-rather-long-name-\(index).example.net,5060,\(index),0",
        "host-record=a-host-with-a-rather-long-name-\(index).example.net,192.0.2.\(index)",
      ]
    }
    let server = try server(hosts)
    defer { server.stop() }
    let resolver = try Resolver(server.address, timeout: .milliseconds(1_000))
    defer { resolver.stop() }
    let hops = try await resolver.locate("sip:example.net;transport=udp").get()
    #expect(hops.map(\.address.ip) == (1...16).map { IPAddress(v4: 0xC000_0200 | $0) })
  }

  @Test("many locations at once ask each question once")
  func coalescing() async throws {
    let server = try server()
    defer { server.stop() }
    let resolver = try Resolver(server.address)
    defer { resolver.stop() }
    let texts = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<200 { group.addTask { try await resolver.locate("sip:example.com").text } }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(texts == ["tls 192.0.2.1:5071, tls 192.0.2.2:5061"])
    // NAPTR, one SRV, the A records of two hosts: TLS listens on IPv4 alone.
    #expect(resolver.statistics.questions == 4)
    #expect(resolver.statistics.locations == 0)
  }
}
