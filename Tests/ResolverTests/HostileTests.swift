import Resolver
import SIPLocation
import SIPMessage
import Synchronization
import Testing
import Wire

/// Against servers that are slow, dumb or hostile.
@Suite("Resolver with a bad DNS server", .serialized)
struct HostileTests {
  private let clock = ContinuousClock()

  @Test("a server that says nothing costs the tries and no more, and the caller nothing")
  func silence() async throws {
    let server = FakeServer { _ in [] }
    defer { server.stop() }
    let resolver = try Resolver(server.address, timeout: .milliseconds(50), tries: 2)
    defer { resolver.stop() }
    let begin = clock.now
    #expect(try await resolver.locate("sip:example.com:5060").text == "dns(SIPLocation.DNSFailure.timeout)")
    // 50 and 100 ms, twice as much for a busy machine, and more.
    #expect(clock.now - begin < .seconds(3))
    #expect((2...4).contains(server.queries), "A and AAAA, each twice: \(server.queries)")
    #expect(resolver.statistics.failures == 2)
    // The failure is known for a moment: the next caller is not made to wait.
    let again = clock.now
    #expect(try await resolver.locate("sip:example.com:5060").text == "dns(SIPLocation.DNSFailure.timeout)")
    #expect(clock.now - again < .milliseconds(50))
  }

  @Test("the deadline ends a location, whatever the server does")
  func deadline() async throws {
    let server = FakeServer { _ in [] }
    defer { server.stop() }
    let resolver = try Resolver(server.address, timeout: .seconds(5), deadline: .milliseconds(200))
    defer { resolver.stop() }
    let begin = clock.now
    #expect(try await resolver.locate("sip:example.com").text == "timedOut")
    #expect(clock.now - begin >= .milliseconds(190))
    #expect(clock.now - begin < .seconds(3))
    #expect(resolver.statistics.locations == 0)
  }

  @Test("nobody there: known without waiting for the timeouts")
  func nobody() async throws {
    let port = DatagramSocket().port
    let resolver = try Resolver(SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: port), timeout: .seconds(5))
    defer { resolver.stop() }
    let begin = clock.now
    #expect(try await resolver.locate("sip:example.com:5060").text == "dns(SIPLocation.DNSFailure.unreachable)")
    #expect(clock.now - begin < .seconds(4))
  }

  @Test("garbage is not an answer; the one that comes after it is")
  func garbage() async throws {
    let server = FakeServer { query in
      guard query.type == 1 else { return [query.reply()] }
      let good = query.reply(records: [query.address(1)])
      return [[], [0xFF], [UInt8](repeating: 0xC0, count: 600), Array(good[..<20]), good]
    }
    defer { server.stop() }
    let resolver = try Resolver(server.address)
    defer { resolver.stop() }
    #expect(try await resolver.locate("sip:example.com:5060").text == "udp 192.0.2.1:5060")
  }

  @Test("an answer that breaks off is a failure for a moment, and then forgotten")
  func malformed() async throws {
    let server = FakeServer { query in
      guard query.type == 1 else { return [query.reply()] }
      let good = query.reply(records: [query.address(1)])
      // Cut short, then the question itself, which is no response.
      return [query.number == 1 ? Array(good.dropLast(3)) : query.number == 2 ? query.bytes : good]
    }
    defer { server.stop() }
    let resolver = try Resolver(server.address, cache: DNSCacheLimits(failureTTL: .milliseconds(300)))
    defer { resolver.stop() }
    #expect(try await resolver.locate("sip:example.com:5060").text == "dns(SIPLocation.DNSFailure.malformed)")
    #expect(try await resolver.locate("sip:example.com:5060").text == "dns(SIPLocation.DNSFailure.malformed)")
    try await Task.sleep(for: .milliseconds(350))
    #expect(try await resolver.locate("sip:example.com:5060").text == "dns(SIPLocation.DNSFailure.malformed)")
    try await Task.sleep(for: .milliseconds(350))
    #expect(try await resolver.locate("sip:example.com:5060").text == "udp 192.0.2.1:5060")
  }

  @Test("records of names that nobody asked for reach nobody")
  func foreignOwners() async throws {
    let server = FakeServer { query in
      guard query.type == 1, query.name == "example.com" else { return [query.reply(flags: 0x8183)] }
      return [
        query.reply(
          records: [query.address(66, owner: "bank.example"), query.address(1), query.address(67, owner: "com")],
          additional: [query.address(68, owner: "bank.example")])
      ]
    }
    defer { server.stop() }
    let resolver = try Resolver(server.address)
    defer { resolver.stop() }
    #expect(try await resolver.locate("sip:example.com:5060").text == "udp 192.0.2.1:5060")
    #expect(try resolver.cached("sip:bank.example:5060") == nil)
    #expect(try await resolver.locate("sip:bank.example:5060").text == "noSuchName")
  }

  @Test("an answer with another number, or to another question, is not taken")
  func spoofed() async throws {
    let server = FakeServer { query in
      guard query.type == 1 else { return [query.reply()] }
      var otherName = query.reply(records: [query.address(66)])
      otherName[13] ^= 1
      return [
        query.reply(id: 1, records: [query.address(66)]), query.reply(id: 0x80, records: [query.address(66)]),
        otherName,
        query.reply(records: [query.address(1)]),
      ]
    }
    defer { server.stop() }
    let resolver = try Resolver(server.address)
    defer { resolver.stop() }
    #expect(try await resolver.locate("sip:example.com:5060").text == "udp 192.0.2.1:5060")
  }

  @Test("records are believed for their TTL, then asked for anew; a failing server changes nothing until then")
  func expiry() async throws {
    let server = FakeServer { query in
      guard query.type == 1 else { return [query.reply()] }
      return [query.reply(records: [query.address(UInt8(query.number), ttl: 1)])]
    }
    defer { server.stop() }
    let resolver = try Resolver(server.address, cache: DNSCacheLimits(minimumTTL: .milliseconds(10)))
    defer { resolver.stop() }
    #expect(try await resolver.locate("sip:example.com:5060").text == "udp 192.0.2.1:5060")
    #expect(try resolver.cached("sip:example.com:5060")?.text == "udp 192.0.2.1:5060")
    #expect(try await resolver.locate("sip:example.com:5060").text == "udp 192.0.2.1:5060")
    try await Task.sleep(for: .milliseconds(1_050))
    #expect(try resolver.cached("sip:example.com:5060") == nil)
    #expect(try await resolver.locate("sip:example.com:5060").text == "udp 192.0.2.2:5060")
  }

  @Test("as many locations as the limit; the next one fails at once")
  func busy() async throws {
    let server = FakeServer { _ in [] }
    defer { server.stop() }
    let resolver = try Resolver(server.address, timeout: .seconds(2), maxLocations: 2)
    let results = Mutex<[String]>([])
    let target = LocationTarget(host: try #require(SIPHost("example.com")))
    for _ in 0..<2 { resolver.locate(target) { result in results.withLock { $0.append(result.text) } } }
    #expect(results.withLock { $0 } == [])
    #expect(resolver.statistics.locations == 2)
    #expect(try await resolver.locate("sip:example.com").text == "busy")
    resolver.stop()
    for _ in 0..<200 where results.withLock({ $0.count }) < 2 { try await Task.sleep(for: .milliseconds(10)) }
    #expect(results.withLock { $0 } == ["stopped", "stopped"])
    #expect(try await resolver.locate("sip:example.com").text == "stopped")
    #expect(try resolver.cached("sip:192.0.2.1")?.count == 1)
  }

  @Test("as many questions as the limit; a location that needs one more fails at once, the others go on")
  func questions() async throws {
    let server = FakeServer { _ in [] }
    defer { server.stop() }
    let resolver = try Resolver(server.address, timeout: .seconds(2), maxQuestions: 3)
    defer { resolver.stop() }
    let results = Mutex<[String]>([])
    for name in ["a.example", "b.example", "c.example", "a.example"] {
      let target = LocationTarget(host: try #require(SIPHost(name)))
      resolver.locate(target) { result in results.withLock { $0.append(result.text) } }
    }
    #expect(try await resolver.locate("sip:d.example").text == "busy")
    #expect(results.withLock { $0 } == [])
    #expect(resolver.statistics.questions == 3 && resolver.statistics.locations == 4)
  }

  @Test("a resolver that nobody holds any more ends by itself")
  func forgotten() async throws {
    let server = FakeServer { _ in [] }
    defer { server.stop() }
    let results = Mutex<[String]>([])
    let target = LocationTarget(host: try #require(SIPHost("example.com")))
    do {
      let resolver = try Resolver(server.address, timeout: .seconds(2))
      resolver.locate(target) { result in results.withLock { $0.append(result.text) } }
    }
    for _ in 0..<200 where results.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(10)) }
    #expect(results.withLock { $0 } == ["stopped"])
  }

  @Test("without servers in the configuration the system's are used; making a resolver asks nothing")
  func system() throws {
    let resolver = try Resolver(ResolverConfiguration(sources: [LocationSource(.udp, .ipv4)]))
    #expect(resolver.statistics == ResolverStatistics(questions: 0, failures: 0, cacheEntries: 0, locations: 0))
    resolver.stop()
  }
}
