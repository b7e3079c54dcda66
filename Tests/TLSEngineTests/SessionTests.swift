import CertificateSupport
import TLSEngine
import Testing
import Wire

@Suite("TLS: tickets")
struct SessionTests {
  /// A session of a first connection, and whether later ones take it up.
  private func session(_ server: TLSContext, _ client: TLSContext) throws -> TLSSession {
    let pair = Pair(server, client)
    pair.pump()
    #expect(pair.clientFacts?.isResumed == false)
    pair.client.closeNotify()
    return try #require(pair.clientSession)
  }

  private func isTakenUp(_ session: TLSSession, _ server: TLSContext, _ client: TLSContext) -> Bool {
    let pair = Pair(server, client, resuming: session)
    pair.pump()
    #expect(pair.clientState == .open && pair.serverState == .open)
    pair.client.closeNotify()
    let isResumed = pair.serverFacts?.isResumed ?? false
    #expect(pair.clientFacts?.isResumed == isResumed && pair.clientFacts?.isPeerVerified == true)
    return isResumed
  }

  @Test("A session is taken up while its key is one of the last three", arguments: TLSVersion.allCases)
  func rotation(_ version: TLSVersion) throws {
    let server = try serverContext { $0.maximumVersion = version }
    let client = try clientContext()
    let session = try session(server, client)
    #expect(isTakenUp(session, server, client))
    var hours: Int64 = 0
    for isKnown in [true, true, false] {
      hours += 1
      server.rotateTickets(now: Instant(nanoseconds: hours * 3_600_000_000_000))
      #expect(isTakenUp(session, server, client) == isKnown, "after \(hours) h")
    }
  }

  @Test("Keys change once an hour, however often they are asked to")
  func rotationIsNotTooOften() throws {
    let (server, client) = (try serverContext(), try clientContext())
    let session = try session(server, client)
    for second in 0..<3_600 { server.rotateTickets(now: Instant(nanoseconds: Int64(second) * 1_000_000_000)) }
    #expect(isTakenUp(session, server, client))
  }

  @Test("A node that slept for a day honours nothing of yesterday")
  func longSleep() throws {
    let (server, client) = (try serverContext(), try clientContext())
    let session = try session(server, client)
    server.rotateTickets(now: Instant(nanoseconds: 86_400_000_000_000))
    #expect(!isTakenUp(session, server, client))
  }

  @Test("Another context's tickets open nothing, nor do any without tickets", arguments: TLSVersion.allCases)
  func otherContext(_ version: TLSVersion) throws {
    let client = try clientContext { $0.maximumVersion = version }
    let session = try session(try serverContext(), client)
    #expect(!isTakenUp(session, try serverContext(), client))
    #expect(!isTakenUp(session, try serverContext { $0.hasTickets = false }, client))
  }

  @Test("A session with a client certificate keeps it", arguments: TLSVersion.allCases)
  func clientCertificate(_ version: TLSVersion) throws {
    let server = try serverContext {
      $0.clientCertificates = .required
      $0.clientAuthorities = Authority.shared.certificate
      $0.maximumVersion = version
    }
    let own = Authority.shared.sign("DNS:edge.test")
    let client = try clientContext { $0.identity = own }
    let session = try session(server, client)
    let pair = Pair(server, client, resuming: session)
    pair.pump()
    let facts = try #require(pair.serverFacts)
    #expect(facts.isResumed && facts.proves(domain: "edge.test"))
  }
}
