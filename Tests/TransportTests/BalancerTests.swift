import NIOCore
import Reactor
import Testing
import Transport
import Wire

/// Streams that come through a load balancer (PROXY protocol, version 2).
@Suite("Streams behind a balancer") struct BalancerTests {
  private static let signature: [UInt8] = [
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
  ]

  /// On behalf of 203.0.113.`host`, port 40000.
  private static func header(_ host: UInt8) -> [UInt8] {
    signature + [0x21, 0x11, 0, 12, 203, 0, 113, host, 192, 0, 2, 1, 0x9C, 0x40, 0x13, 0xC4]
  }

  private static var local: [UInt8] { signature + [0x20, 0, 0, 0] }

  private func withBalancedNode(
    _ balancers: String = "127.0.0.0/8", limits: StreamLimits = StreamLimits(), front: StreamFront? = nil,
    _ body: (TestNode, Wire.SocketAddress) async throws -> Void
  ) async throws {
    let node = try TestNode(limits: limits)
    try node.start()
    do {
      let listener = StreamListener(
        address: loopback4, number: 7, front: front, balancers: [try #require(CIDR(balancers))])
      let bound = try await node.hub.listen([listener])
      try await body(node, bound[0])
    } catch {
      await node.stop()
      throw error
    }
    await node.stop()
  }

  @Test("What the header says stands for the socket's address; what follows it in the same segment is not lost")
  func address() async throws {
    try await withBalancedNode { node, server in
      let client = try await TestClient(to: server)
      try await client.send(Self.header(5) + request("a") + request("b"))
      #expect(await eventually { node.seen.messages == [request("a"), request("b")] })
      let facts = try #require(node.seen.opened.first?.facts)
      #expect(facts.remote == Wire.SocketAddress("203.0.113.5:40000"))
      #expect(facts.listener == 7)
      let connection = try #require(node.seen.opened.first?.connection)
      node.hub.send(request("answer"), connection: connection, from: 0)
      #expect(await eventually { client.received == request("answer") })
    }
  }

  @Test("A header may come byte by byte")
  func pieces() async throws {
    try await withBalancedNode { node, server in
      let client = try await TestClient(to: server)
      for byte in Self.header(5) + request("a") { try await client.send([byte]) }
      #expect(await eventually { node.seen.messages == [request("a")] })
      #expect(node.seen.opened.first?.facts.remote == Wire.SocketAddress("203.0.113.5:40000"))
    }
  }

  @Test("The balancer's own connections count as its own")
  func health() async throws {
    try await withBalancedNode { node, server in
      let client = try await TestClient(to: server)
      try await client.send(Self.local + request("a"))
      #expect(await eventually { node.seen.messages == [request("a")] })
      #expect(node.seen.opened.first?.facts.remote == client.local)
      let check = try await TestClient(to: server)
      try await check.send(Self.local + Array("\r\n\r\n".utf8))
      #expect(await eventually { check.received.count == 2 })
      #expect(node.hub.statistics.open == 2)
      await check.close()
      #expect(await eventually { node.hub.statistics.open == 1 })
    }
  }

  @Test("Whoever is no balancer is shown out before it has said anything")
  func stranger() async throws {
    try await withBalancedNode("10.0.0.5/32") { node, server in
      let client = try await TestClient(to: server)
      try? await client.send(Self.header(5) + request("a"))
      #expect(await eventually { client.hasEnded })
      #expect(await eventually { node.hub.statistics.strangers == 1 })
      #expect(node.hub.statistics.open == 0)
      #expect(node.seen.messages.isEmpty)
    }
  }

  @Test("What begins otherwise is ended, and so is who begins and goes")
  func otherwise() async throws {
    try await withBalancedNode { node, server in
      for bytes in [request("a"), Array("PROXY TCP4 203.0.113.5 192.0.2.1 40000 5060\r\n".utf8), [0x16, 3, 1]] {
        let client = try await TestClient(to: server)
        try await client.send(bytes)
        #expect(await eventually { client.hasEnded })
      }
      #expect(node.hub.statistics.badProxyHeaders == 3)
      let half = try await TestClient(to: server)
      try await half.send(Self.header(5).prefix(20))
      try await half.endOutput()
      #expect(await eventually { half.hasEnded })
      #expect(node.seen.messages.isEmpty)
      #expect(node.hub.statistics.open == 0)
    }
  }

  @Test("Limits are those of the address behind the balancer")
  func limits() async throws {
    var limits = StreamLimits()
    limits.connectionsPerAddress = 1
    try await withBalancedNode(limits: limits) { node, server in
      let first = try await TestClient(to: server)
      try await first.send(Self.header(5) + request("a"))
      #expect(await eventually { node.seen.messages.count == 1 })
      let second = try await TestClient(to: server)
      try await second.send(Self.header(5) + request("b"))
      #expect(await eventually { second.hasEnded })
      #expect(node.hub.statistics.refusedPerAddress == 1)
      let other = try await TestClient(to: server)
      try await other.send(Self.header(6) + request("c"))
      #expect(await eventually { node.seen.messages.count == 2 })
      #expect(!first.hasEnded)
    }
  }

  @Test("Who sends no header holds a place for a while, within the limit of all")
  func mute() async throws {
    var limits = StreamLimits()
    limits.connections = 2
    limits.firstMessage = .milliseconds(500)
    try await withBalancedNode(limits: limits) { node, server in
      let clients = [try await TestClient(to: server), try await TestClient(to: server)]
      try await Task.sleep(for: .milliseconds(50))
      let third = try await TestClient(to: server)
      #expect(await eventually { third.hasEnded })
      #expect(node.hub.statistics.refused == 1)
      for client in clients { #expect(await eventually { client.hasEnded }) }
      #expect(node.hub.statistics.mute == 2)
      let again = try await TestClient(to: server)
      try await again.send(Self.header(5) + request("a"))
      #expect(await eventually { node.seen.messages.count == 1 })
    }
  }

  @Test("What stands in front of SIP comes behind the header, and sees a channel that becomes active")
  func fronts() async throws {
    let front = StreamFront(framing: .contentLength) { channel in
      try channel.pipeline.syncOperations.addHandler(ReadyAtOnce())
    }
    try await withBalancedNode(front: front) { node, server in
      let client = try await TestClient(to: server)
      try await client.send(Self.header(5) + request("a"))
      #expect(await eventually { node.seen.messages == [request("a")] })
    }
  }
}

/// A front that is ready when its channel is.
private final class ReadyAtOnce: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  func channelActive(context: ChannelHandlerContext) {
    context.fireChannelActive()
    context.fireUserInboundEventTriggered(StreamFrontReady())
  }
}
