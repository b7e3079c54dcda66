import CertificateSupport
import Reactor
import TLSEngine
import Testing
import Transport
import Wire

/// SIP over TLS between two ends of one hub, over real sockets.
@Suite("TLS streams") struct TLSStreamTests {
  private static let identity = Authority.shared.sign("DNS:if.internal")

  private struct Setup {
    let node: TestNode
    let options: TLSFrontOptions
    let address: Wire.SocketAddress

    func count(_ name: String) -> Int { options.counters.snapshot.first { $0.name == name }?.count ?? 0 }
  }

  private func with(
    handshake: Duration = .seconds(5), mailbox: MailboxLimits = MailboxLimits(), _ body: (Setup) async throws -> Void
  ) async throws {
    var options = TLSFrontOptions(clock: { certificateNow })
    options.handshake = handshake
    let server = try TLSContext(
      TLSServerConfiguration(identities: [Self.identity]), now: certificateNow, uptime: Instant(nanoseconds: 0))
    var configuration = TLSClientConfiguration()
    configuration.authorities = Authority.shared.certificate
    let client = try TLSContext(configuration, now: certificateNow)
    let node = try TestNode(mailbox: mailbox, fronts: [.tls: .tls(connecting: { client }, options: options)])
    try node.start()
    let address = try await node.hub.listen([
      StreamListener(
        address: loopback4, transport: .tls, number: 3, front: .tls(accepting: { server }, options: options))
    ])[0]
    do {
      try await body(Setup(node: node, options: options, address: address))
    } catch {
      await node.stop()
      throw error
    }
    await node.stop()
  }

  @Test("A message goes through, and both ends know what TLS found out")
  func message() async throws {
    try await with { setup in
      let hub = setup.node.hub
      let connection = hub.connect(to: setup.address, transport: .tls, name: "if.internal", from: 0)
      hub.send(request("through"), connection: connection, from: 0)
      let seen = setup.node.seen
      #expect(await eventually { seen.messages == [request("through")] })
      let ours = try #require(seen.opened.first { $0.facts.listener == nil }?.facts.tls)
      #expect(ours.proves(domain: "if.internal") && ours.version == .tls13)
      let theirs = try #require(seen.opened.first { $0.facts.listener == 3 }?.facts.tls)
      #expect(theirs.serverName == "if.internal" && !theirs.isPeerVerified)
      #expect(setup.count("full") == 2)
    }
  }

  @Test("Who is somebody else gets nothing, and the reactor hears why")
  func wrongName() async throws {
    try await with { setup in
      let hub = setup.node.hub
      let connection = hub.connect(to: setup.address, transport: .tls, name: "other.test", from: 0)
      hub.send(request("secret"), connection: connection, from: 0)
      #expect(await eventually { setup.node.seen.failed.map(\.failure) == [.tls] })
      #expect(setup.count("certificate") == 1 && setup.node.seen.messages.isEmpty)
      #expect(await eventually { setup.count("alert") == 1 })
    }
  }

  @Test("Much at once arrives whole and in order, also when the mailbox is small")
  func much() async throws {
    var mailbox = MailboxLimits()
    mailbox.messages = 4
    try await with(mailbox: mailbox) { setup in
      let hub = setup.node.hub
      let connection = hub.connect(to: setup.address, transport: .tls, name: "if.internal", from: 0)
      let seen = setup.node.seen
      #expect(await eventually { seen.opened.contains { $0.connection == connection } })
      let sent = (0..<200).map { request("m\($0)", body: String(repeating: "x", count: 4_000)) }
      for (index, message) in sent.enumerated() {
        hub.send(message, connection: connection, from: 0)
        if index % 20 == 19 { try await Task.sleep(for: .milliseconds(5)) }
      }
      #expect(await eventually { seen.messages.count == sent.count })
      #expect(seen.messages == sent)
    }
  }

  @Test("What was sent before the end arrives, and the end is the peer's, not a failure")
  func ending() async throws {
    try await with { setup in
      let hub = setup.node.hub
      let connection = hub.connect(to: setup.address, transport: .tls, name: "if.internal", from: 0)
      hub.send(request("last", method: "ACK"), connection: connection, from: 0)
      let seen = setup.node.seen
      #expect(await eventually { seen.opened.count == 2 })
      hub.close(connection)
      #expect(await eventually { seen.closed.count == 2 })
      #expect(seen.messages == [request("last", method: "ACK")])
      #expect(Set(seen.closed.map { "\($0.reason)" }) == ["requested", "closedByPeer"])
    }
  }

  @Test("A client that says nothing is let go after the time for a handshake, one that speaks plain text at once")
  func strangers() async throws {
    try await with(handshake: .milliseconds(100)) { setup in
      let silent = try await TestClient(to: setup.address)
      #expect(await eventually { silent.hasEnded })
      #expect(setup.count("timeout") == 1)
      let plain = try await TestClient(to: setup.address)
      try await plain.send(request("plain"))
      #expect(await eventually { plain.hasEnded })
      #expect(setup.count("not_tls") == 1 && setup.node.seen.messages.isEmpty && setup.node.seen.opened.isEmpty)
    }
  }
}
