import H225
import NIOCore
import Reactor
import Testing
import Transport
import Wire

/// A node with two reactors that listens for H.323. Whose a stream is, its first message's last byte says: 0 or 1; with
/// another it is nobody's.
private func withCallNode(
  _ change: (inout StreamLimits) -> Void = { _ in }, _ body: (TestNode, Wire.SocketAddress) async throws -> Void
) async throws {
  var limits = StreamLimits()
  limits.closing = .milliseconds(100)
  change(&limits)
  let node = try TestNode(
    reactors: 2, limits: limits, callOwner: { $0[$0.count - 1] < 2 ? Int($0[$0.count - 1]) : nil })
  try node.start()
  do {
    let listener = StreamListener(address: loopback4, transport: .tpkt, number: 3)
    try await body(node, try await node.hub.listen([listener])[0])
  } catch {
    await node.stop()
    throw error
  }
  await node.stop()
}

private func packet(_ payload: [UInt8]) -> [UInt8] { (try? TPKT.packet(payload)) ?? [] }

@Suite("Streams of packets, for H.323") struct PacketStreamTests {
  @Test("Packets are cut out of what comes, however it comes", arguments: [1, 3, 4, 5, 7, 50, 10_000])
  func pieces(size: Int) async throws {
    try await withCallNode { node, server in
      let client = try await TestClient(to: server)
      let payloads = (1...12).map { number in [UInt8](repeating: UInt8(number), count: number * 11) + [0] }
      // Empty ones are keep-alives.
      let bytes = payloads.flatMap { packet([]) + packet($0) }
      for start in stride(from: 0, to: bytes.count, by: size) {
        try await client.send(bytes[start..<min(start + size, bytes.count)])
      }
      #expect(await eventually { node.seen.messages == payloads })
      let opened = try #require(node.seen.opened.first)
      #expect(opened.facts.transport == .tpkt && opened.facts.listener == 3 && opened.facts.remote == client.local)
      // Counted by the event loop once it has handed the message over.
      #expect(await eventually { node.hub.callStatistics.messages == 12 })
      #expect(node.hub.callStatistics.accepted == 1)
      #expect(node.hub.callStatistics.open == 1 && node.hub.statistics.open == 0 && node.hub.statistics.messages == 0)
      #expect(client.received.isEmpty)
    }
  }

  @Test("The first message says whose a stream is, and all others go there")
  func owner() async throws {
    try await withCallNode { node, server in
      for owner: UInt8 in [0, 1] {
        let client = try await TestClient(to: server)
        try await client.send(packet([9, owner]) + packet([8, 1 - owner]) + packet([7, 77]))
        #expect(await eventually { node.seen.messages.count == 3 * (Int(owner) + 1) })
        let reactors = node.seen.all.suffix(4).map(\.reactor)
        #expect(reactors == Array(repeating: Int(owner), count: 4))
      }
      #expect(node.seen.opened.count == 2)
    }
  }

  @Test("Whoever begins with what is no call, or with no packet, or with one that is too long is shown out")
  func strangers() async throws {
    for (bytes, isOut) in [
      (packet([1, 2]), true), ([4, 0, 0, 8, 1, 1, 1, 1], true), ([3, 0, 0, 3], true), (Array("INVITE sip".utf8), true),
      (packet([UInt8](repeating: 1, count: 301)), true), (packet([UInt8](repeating: 1, count: 300)), false),
    ] {
      try await withCallNode({ $0.messageBytes = 300 }) { node, server in
        let client = try await TestClient(to: server)
        try await client.send(bytes)
        if isOut {
          #expect(await eventually { client.hasEnded })
          #expect(node.hub.callStatistics.badFraming == 1 && node.seen.messages.isEmpty)
        } else {
          #expect(await eventually { node.seen.messages.count == 1 })
          #expect(!client.hasEnded)
        }
      }
    }
  }

  @Test("What came before a fault still counts")
  func faultLater() async throws {
    try await withCallNode { node, server in
      let client = try await TestClient(to: server)
      try await client.send(packet([5, 0]) + packet([6, 0]) + [2, 0, 0, 9])
      #expect(await eventually { client.hasEnded })
      #expect(node.seen.messages == [[5, 0], [6, 0]])
      await client.close()
      #expect(await eventually { node.seen.closed.map(\.reason) == [.badFraming] })
    }
  }

  @Test("A stream without a call ends soon, whatever keep-alives come; one with a call may be silent")
  func silence() async throws {
    try await withCallNode {
      $0.firstMessage = .milliseconds(300)
      $0.idle = .milliseconds(200)
    } _: { node, server in
      let mute = try await TestClient(to: server)
      let keeping = try await TestClient(to: server)
      let calling = try await TestClient(to: server)
      try await calling.send(packet([1, 0]))
      for _ in 0..<40 where !keeping.hasEnded {
        try? await keeping.send(packet([]))
        try await Task.sleep(for: .milliseconds(25))
      }
      #expect(keeping.hasEnded)
      #expect(await eventually { mute.hasEnded })
      #expect(node.hub.callStatistics.mute == 2 && node.hub.callStatistics.idle == 0)
      #expect(!calling.hasEnded && node.seen.closed.isEmpty)
      // The peer's end is the end: no answer is owed.
      try await calling.endOutput()
      #expect(await eventually { node.seen.closed.map(\.reason) == [.closedByPeer] })
    }
  }

  @Test("As many streams as allowed, in total and from one address, beside those of SIP")
  func limits() async throws {
    for isTotal in [true, false] {
      try await withCallNode {
        if isTotal { $0.callSignalling = 2 } else { $0.callSignallingPerAddress = 2 }
      } _: { node, server in
        var clients: [TestClient] = []
        for _ in 0..<2 {
          let client = try await TestClient(to: server)
          try await client.send(packet([1, 0]))
          clients.append(client)
        }
        #expect(await eventually { node.seen.messages.count == 2 })
        let third = try await TestClient(to: server)
        #expect(await eventually { third.hasEnded })
        #expect(node.hub.callStatistics.refused == (isTotal ? 1 : 0))
        #expect(node.hub.callStatistics.refusedPerAddress == (isTotal ? 0 : 1))
        let sip = try await node.hub.listen([StreamListener(address: loopback4, number: 0)])[0]
        let phone = try await TestClient(to: sip)
        try await phone.send(request("a"))
        #expect(await eventually { node.seen.messages.count == 3 })
        #expect(node.hub.statistics.open == 1 && node.hub.callStatistics.open == 2)
        await clients[0].close()
        #expect(await eventually { node.hub.callStatistics.open == 1 })
        let fourth = try await TestClient(to: server)
        try await fourth.send(packet([1, 1]))
        #expect(await eventually { node.seen.messages.count == 4 })
      }
    }
  }

  @Test("Two calls to one peer are two streams, and what is sent goes in packets")
  func outgoing() async throws {
    try await withCallNode { node, server in
      let first = node.hub.connect(to: server, transport: .tpkt, from: 0)
      let second = node.hub.connect(to: server, transport: .tpkt, from: 1)
      #expect(first != 0 && second != 0 && first != second)
      #expect(node.hub.connection(to: server, transport: .tpkt) == nil)
      node.hub.send([1, 1], connection: first, from: 0)
      node.hub.send([2, 0], connection: second, from: 1)
      #expect(await eventually { Set(node.seen.messages) == [[1, 1], [2, 0]] })
      // The accepted end of the first is reactor 1's, its own end reactor 0's, and what comes back goes there.
      let accepted = try #require(
        node.seen.opened.first { $0.facts.listener == 3 && $0.reactor == 1 }?.connection)
      node.hub.send([3, 77], connection: accepted, from: 1)
      #expect(await eventually { node.seen.messages.contains([3, 77]) })
      #expect(
        node.seen.all.contains {
          if case .streamMessage([3, 77], first) = $0.message { $0.reactor == 0 } else { false }
        })
      let long = [UInt8](repeating: 0, count: 65_532)
      node.hub.send(long, connection: second, from: 1)
      #expect(await eventually { node.seen.closed.contains { $0.connection == second && $0.reason == .outboundFull } })
    }
  }
}

@Suite("Streams that are waited for") struct AwaitedStreamTests {
  private let local = IPAddress(v4: 0x7f00_0001)

  private func place(_ node: TestNode, _ connection: UInt64) async -> Wire.SocketAddress? {
    _ = await eventually { node.seen.listening(connection) != nil }
    return node.seen.listening(connection)
  }

  @Test("The first who comes from the right host has it, and nobody after")
  func oneShot() async throws {
    try await withCallNode { node, _ in
      let connection = node.hub.expect(StreamAwaiting(address: local, peers: [local]), from: 1)
      let server = try #require(await place(node, connection))
      let client = try await TestClient(to: server)
      #expect(await eventually { node.seen.opened.contains { $0.connection == connection && $0.reactor == 1 } })
      #expect(node.hub.facts(of: connection)?.remote == client.local)
      #expect(node.hub.facts(of: connection)?.local == server)
      try await client.send(packet([1, 77]))
      #expect(await eventually { node.seen.messages == [[1, 77]] })
      node.hub.send([4, 4], connection: connection, from: 1)
      #expect(await eventually { client.received == packet([4, 4]) })
      #expect(await eventually { await isClosed(server) })
      #expect(node.hub.callStatistics.open == 1)
      await client.close()
      #expect(await eventually { node.seen.closed.contains { $0.connection == connection && $0.reactor == 1 } })
    }
  }

  @Test("Others are shown out, and the place stays open")
  func strangers() async throws {
    try await withCallNode { node, _ in
      let host = IPAddress(v4: 0x7f00_0002)
      let connection = node.hub.expect(StreamAwaiting(address: local, peers: [host]), from: 0)
      let server = try #require(await place(node, connection))
      let stranger = try await TestClient(to: server)
      #expect(await eventually { stranger.hasEnded })
      #expect(node.hub.callStatistics.strangers == 1)
      let right = try #require(RawSocket(to: server.port, from: 2))
      #expect(await eventually { node.hub.facts(of: connection)?.remote.ip == host })
      #expect(right.send(packet([6])))
      #expect(await eventually { node.seen.messages == [[6]] })
      let network = try #require(CIDR("127.0.0.0/30"))
      let other = node.hub.expect(StreamAwaiting(address: local, peers: [], networks: [network]), from: 0)
      let second = try #require(await place(node, other))
      let neighbour = try await TestClient(to: second)
      #expect(await eventually { node.hub.facts(of: other)?.remote == neighbour.local })
    }
  }

  @Test("When nobody comes, or nobody is to come any more, the place is given up")
  func nobody() async throws {
    try await withCallNode {
      $0.waiting = .milliseconds(300)
    } _: { node, _ in
      let late = node.hub.expect(StreamAwaiting(address: local, peers: [local]), from: 0)
      let lateServer = try #require(await place(node, late))
      #expect(await eventually { node.seen.failed.contains { $0.connection == late && $0.failure == .timedOut } })
      #expect(await eventually { await isClosed(lateServer) })
    }
    try await withCallNode { node, _ in
      let closed = node.hub.expect(StreamAwaiting(address: local, peers: [local]), from: 0)
      let server = try #require(await place(node, closed))
      node.hub.close(closed)
      #expect(await eventually { node.seen.failed.contains { $0.connection == closed } })
      #expect(await eventually { await isClosed(server) })
      #expect(node.hub.callStatistics.open == 0)
      // Closed before there is a place.
      let early = node.hub.expect(StreamAwaiting(address: local, peers: [local]), from: 0)
      node.hub.close(early)
      #expect(await eventually { node.seen.failed.contains { $0.connection == early } })
    }
  }

  @Test("Its port is one of a range; where none is free it fails")
  func ports() async throws {
    try await withCallNode { node, _ in
      let probe = node.hub.expect(StreamAwaiting(address: local, peers: [local]), from: 0)
      let taken = try #require(await place(node, probe)).port
      let range = taken...taken
      let full = node.hub.expect(StreamAwaiting(address: local, ports: range, peers: [local]), from: 0)
      #expect(await eventually { node.seen.failed.contains { $0.connection == full && $0.failure == .system(98) } })
      node.hub.close(probe)
      #expect(await eventually { node.seen.failed.contains { $0.connection == probe } })
      #expect(await eventually { await isClosed(Wire.SocketAddress(ip: local, port: taken)) })
      let free = node.hub.expect(StreamAwaiting(address: local, ports: range, peers: [local]), from: 0)
      #expect(await place(node, free)?.port == taken)
    }
  }
}

/// Whether nobody listens there.
private func isClosed(_ address: Wire.SocketAddress) async -> Bool {
  guard let client = try? await TestClient(to: address) else { return true }
  await client.close()
  return false
}
