import Reactor
import Testing
import Transport
import Wire

/// RFC 5923: requests for a peer go over the stream that it opened.
@Suite("Aliases of streams") struct AliasTests {
  private func address(_ port: UInt16, _ ip: IPAddress = loopback4.ip) -> Wire.SocketAddress {
    Wire.SocketAddress(ip: ip, port: port)
  }

  /// A client that has said something, and the number of its stream.
  private func open(_ node: TestNode, _ server: Wire.SocketAddress) async throws -> (TestClient, UInt64) {
    let client = try await TestClient(to: server)
    try await client.send(request("a"))
    let local = try #require(client.local)
    #expect(await eventually { node.seen.opened.contains { $0.facts.remote == local } })
    return (client, try #require(node.hub.connection(to: local)))
  }

  @Test("What is sent to the address goes over the stream, until that ends")
  func alias() async throws {
    try await withNode { node, server in
      let (client, connection) = try await open(node, server)
      #expect(node.hub.alias(address(9), to: connection))
      // Said again with every request.
      #expect(node.hub.alias(address(9), to: connection))
      #expect(node.hub.connect(to: address(9), from: 0) == connection)
      #expect(node.hub.connection(to: address(9), transport: .tls) == nil)
      node.hub.send(request("b"), connection: connection, from: 0)
      #expect(await eventually { client.received == request("b") })
      await client.close()
      #expect(await eventually { node.hub.connection(to: address(9)) == nil })
      #expect(node.hub.connect(to: address(9), from: 0) != connection)
    }
  }

  @Test("A peer can speak for its own address only")
  func otherAddress() async throws {
    try await withNode { node, server in
      let (_, connection) = try await open(node, server)
      #expect(!node.hub.alias(address(9, IPAddress(v4: 0x7f00_0002)), to: connection))
      #expect(!node.hub.alias(address(9, loopback6.ip), to: connection))
      #expect(!node.hub.alias(address(0), to: connection))
      #expect(!node.hub.alias(address(9), to: connection + 256))
      #expect(!node.hub.alias(address(9), to: 0))
      #expect(node.hub.connection(to: address(9)) == nil)
    }
  }

  @Test("A stream that is ending takes none, and loses those it has")
  func ending() async throws {
    var limits = StreamLimits()
    limits.halfClosed = .seconds(30)
    try await withNode(limits: limits) { node, server in
      let (client, connection) = try await open(node, server)
      #expect(node.hub.alias(address(9), to: connection))
      // It still gets the answer to what it asked, and nothing new.
      try await client.endOutput()
      #expect(await eventually { node.hub.connection(to: address(9)) == nil })
      #expect(!node.hub.alias(address(9), to: connection))
    }
  }

  @Test("Whoever has an address keeps it while its stream lives; one that we opened comes first")
  func taken() async throws {
    try await withNode { node, server in
      let (first, one) = try await open(node, server)
      let (_, two) = try await open(node, server)
      #expect(one != two && node.hub.alias(address(9), to: one))
      #expect(!node.hub.alias(address(9), to: two))
      #expect(node.hub.connection(to: address(9)) == one)
      await first.close()
      #expect(await eventually { node.hub.connection(to: address(9)) == nil })
      #expect(node.hub.alias(address(9), to: two))
      // The stream that leads to an address itself is no alias's to take.
      let ours = node.hub.connect(to: server, from: 0)
      #expect(!node.hub.alias(server, to: two))
      #expect(!node.hub.alias(address(10), to: ours))
      #expect(node.hub.connection(to: server) == ours)
    }
  }

  @Test("Four addresses for one stream, and no fifth")
  func limit() async throws {
    try await withNode { node, server in
      let (_, connection) = try await open(node, server)
      for port in 1...4 as ClosedRange<UInt16> { #expect(node.hub.alias(address(port), to: connection)) }
      #expect(!node.hub.alias(address(5), to: connection))
      #expect(node.hub.alias(address(1), to: connection))
      #expect(node.hub.connection(to: address(4)) == connection)
    }
  }
}
