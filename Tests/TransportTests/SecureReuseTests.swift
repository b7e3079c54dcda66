import NIOCore
import Reactor
import Testing
import Transport
import Wire

/// A TLS stream leads only to whom its peer has proven to be (RFC 5922 §7.3).
@Suite("Use of TLS streams for other names") struct SecureReuseTests {
  /// A front whose handshake is over at once, with these names in the peer's certificate.
  private func front(_ names: [CertificateName], isVerified: Bool = true) -> StreamFront {
    let facts = TLSFacts(version: .tls13, cipher: "", peerNames: names, isPeerVerified: isVerified)
    return StreamFront(framing: .contentLength) { channel in
      channel.eventLoop.execute {
        channel.pipeline.fireUserInboundEventTriggered(TLSHandshakeCompleted(facts: facts))
        channel.pipeline.fireUserInboundEventTriggered(StreamFrontReady())
      }
    }
  }

  @Test("What we opened to one name is not used for another at the same address")
  func opened() async throws {
    let node = try TestNode(fronts: [.tls: front([.dns("a.test")])])
    try node.start()
    let address = try await node.hub.listen([StreamListener(address: loopback4, number: 0)])[0]
    let first = node.hub.connect(to: address, transport: .tls, name: "a.test", from: 0)
    #expect(await eventually { node.seen.opened.contains { $0.connection == first } })
    #expect(node.hub.connect(to: address, transport: .tls, name: "A.Test", from: 0) == first)
    let second = node.hub.connect(to: address, transport: .tls, name: "b.test", from: 0)
    #expect(second != first && second != 0)
    #expect(node.hub.connect(to: address, transport: .tls, name: address.ip.description, from: 0) != first)
    // The facts reach the reactor.
    #expect(node.seen.opened.first { $0.connection == first }?.facts.tls?.peerNames == [.dns("a.test")])
    await node.stop()
  }

  /// A stream that a peer has opened, and the peer's address.
  private func accepted(
    _ front: StreamFront, _ body: (TestNode, Wire.SocketAddress, UInt64) async throws -> Void
  ) async throws {
    let node = try TestNode(fronts: [.tls: self.front([])])
    try node.start()
    let server = try await node.hub.listen(
      [StreamListener(address: loopback4, transport: .tls, number: 3, front: front)])[0]
    let client = try await TestClient(to: server)
    try await client.send(request("a"))
    let local = try #require(client.local)
    #expect(await eventually { node.seen.opened.contains { $0.facts.remote == local } })
    let connection = try #require(node.seen.opened.first { $0.facts.remote == local }?.connection)
    try await body(node, local, connection)
    await client.close()
    await node.stop()
  }

  @Test("What a peer opened is used for the names it has proven, and for its bare address")
  func acceptedWithCertificate() async throws {
    try await accepted(front([.dns("a.test")])) { node, remote, connection in
      #expect(node.hub.connect(to: remote, transport: .tls, name: "a.test", from: 0) == connection)
      #expect(node.hub.connect(to: remote, transport: .tls, name: remote.ip.description, from: 0) == connection)
      #expect(node.hub.connect(to: remote, transport: .tls, name: "b.test", from: 0) != connection)
      #expect(node.hub.connect(to: remote, transport: .tcp, from: 0) != connection)
    }
  }

  @Test("An alias leads to whom the certificate names, and to nobody else at that address (RFC 5923)")
  func alias() async throws {
    try await accepted(front([.dns("a.test"), .address(loopback4.ip)])) { node, remote, connection in
      let alias = Wire.SocketAddress(ip: remote.ip, port: 9)
      #expect(node.hub.alias(alias, to: connection))
      #expect(node.hub.connect(to: alias, transport: .tls, name: "A.test", from: 0) == connection)
      #expect(node.hub.connect(to: alias, transport: .tls, name: remote.ip.description, from: 0) == connection)
      #expect(node.hub.connect(to: alias, transport: .tls, name: "b.test", from: 0) != connection)
      // Without a name nobody is proven.
      #expect(node.hub.connection(to: alias, transport: .tls) == nil)
      #expect(node.hub.connection(to: alias) == nil)
      #expect(!node.hub.alias(Wire.SocketAddress(ip: IPAddress(v4: 0x7f00_0002), port: 9), to: connection))
    }
  }

  @Test("For an alias the address that the socket shows is not enough")
  func aliasWithoutAddress() async throws {
    try await accepted(front([.dns("a.test")])) { node, remote, connection in
      let alias = Wire.SocketAddress(ip: remote.ip, port: 9)
      #expect(node.hub.alias(alias, to: connection))
      #expect(node.hub.connect(to: remote, transport: .tls, name: remote.ip.description, from: 0) == connection)
      #expect(node.hub.connect(to: alias, transport: .tls, name: remote.ip.description, from: 0) != connection)
    }
  }

  @Test("A certificate that nobody has verified proves nothing")
  func acceptedUnverified() async throws {
    try await accepted(front([.dns("a.test")], isVerified: false)) { node, remote, connection in
      #expect(!node.hub.alias(Wire.SocketAddress(ip: remote.ip, port: 9), to: connection))
      #expect(node.hub.connect(to: remote, transport: .tls, name: "a.test", from: 0) != connection)
    }
  }
}
