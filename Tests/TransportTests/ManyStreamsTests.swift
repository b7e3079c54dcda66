import Reactor
import Testing
import Transport
import Wire

@Suite("Many streams", .serialized) struct ManyStreamsTests {
  /// 2,000 of them, 5,000 in a full run; both ends are this process's.
  private var count: Int { OwnProcess.isFull ? 5_000 : 2_000 }
  /// What an idle stream may cost the process, in bytes: NIO's channel, our handler, the directory's entry. About 3 KiB
  /// are seen.
  private static let idleCeiling = 8_192

  private var limits: StreamLimits {
    var limits = StreamLimits()
    limits.connections = count
    limits.connectionsPerAddress = count / 2
    limits.firstMessage = .seconds(300)
    limits.closing = .milliseconds(100)
    // Nobody answers here, and a peer that is owed answers is waited for.
    limits.halfClosed = .milliseconds(100)
    return limits
  }

  private func connect(_ number: Int, to server: Wire.SocketAddress) throws -> RawSocket {
    try #require(RawSocket(to: server.port, from: UInt8(1 + number % 2)), "\(number)")
  }

  @Test("Thousands at once: pipelined requests, bytes one by one, the limits' edges, and what an idle one costs")
  func thousands() async throws {
    let count = count
    #expect(OwnProcess.raiseOpenFiles(to: 2 * count + 512) >= 2 * count + 512)
    try await withNode(limits: limits) { node, server in
      let before = OwnProcess.residentBytes
      var clients = try (0..<count).map { try connect($0, to: server) }
      #expect(await eventually { node.hub.statistics.open == count })
      let each = (OwnProcess.residentBytes - before) / count
      print("an idle stream costs \(each) bytes, with \(count) of them")
      #expect(each < Self.idleCeiling)

      // One beyond the limits, of the node and of one address.
      let beyond = try connect(0, to: server)
      #expect(await eventually { beyond.hasEnded })
      #expect(node.hub.statistics.refused == 1)
      #expect(node.hub.connect(to: Wire.SocketAddress(ip: loopback4.ip, port: 9), from: 0) == 0)

      // Two requests and a part of a third in one segment, by all.
      let rest = request("c").suffix(50)
      for (number, client) in clients.enumerated() {
        let head = request("a\(number)") + request("b\(number)", body: "hello") + request("c").dropLast(50)
        #expect(client.send(head))
      }
      #expect(await eventually { node.hub.statistics.messages == 2 * count })
      // The rest of the third byte by byte, all in turn.
      for byte in rest { for client in clients where !client.send([byte]) { Issue.record("cut off") } }
      #expect(await eventually { node.hub.statistics.messages == 3 * count })
      #expect(node.hub.statistics.open == count && node.hub.statistics.badFraming == 0)

      clients.removeLast()
      #expect(await eventually { node.hub.statistics.open < count })
      let again = try connect(count - 1, to: server)
      #expect(again.send(request("again")))
      #expect(await eventually { node.hub.statistics.messages == 3 * count + 1 })
      clients = []
    }
  }

  @Test("Hundreds that say nothing are all shown out, those that speak stay")
  func reaping() async throws {
    var limits = limits
    limits.connectionsPerAddress = 1_000
    limits.firstMessage = .seconds(2)
    #expect(OwnProcess.raiseOpenFiles(to: 2_048) >= 2_048)
    try await withNode(limits: limits) { node, server in
      let clients = try (0..<500).map { try connect($0, to: server) }
      for (number, client) in clients.enumerated() where number % 5 == 0 { #expect(client.send(request("m\(number)"))) }
      #expect(await eventually { node.hub.statistics.messages == 100 })
      #expect(await eventually { node.hub.statistics.mute == 400 })
      #expect(await eventually { node.hub.statistics.open == 100 })
      for (number, client) in clients.enumerated() where client.hasEnded != (number % 5 != 0) {
        Issue.record("\(number) of 500")
      }
    }
  }

  @Test("A message cut at every place")
  func everyCut() async throws {
    try await withNode { node, server in
      let client = try await TestClient(to: server)
      let message = request("cut", body: "hello")
      for place in 1..<message.count {
        try await client.send(message[..<place])
        try await client.send(message[place...])
      }
      #expect(await eventually { node.seen.messages.count == message.count - 1 })
      #expect(node.seen.messages.allSatisfy { $0 == message })
    }
  }

  @Test("Readers that take nothing hold nobody up, and cost no more than allowed")
  func slowReaders() async throws {
    var limits = limits
    limits.outboundBytes = 50_000
    try await withNode(
      limits: limits,
      answer: { hub, _, connection, reactor in
        for _ in 0..<8 { hub.send([UInt8](repeating: 1, count: 4_000), connection: connection, from: reactor) }
      }
    ) { node, server in
      let slow = try (0..<20).map { try connect($0, to: server) }
      let quick = try await TestClient(to: server)
      for _ in 0..<4_000 where node.hub.statistics.outboundFull < 20 {
        for client in slow { _ = client.send(request("slow")) }
        try await Task.sleep(for: .milliseconds(1))
      }
      #expect(await eventually { node.hub.statistics.outboundFull == 20 })
      try await quick.send(request("quick"))
      #expect(await eventually { quick.received.count == 8 * 4_000 })
      #expect(await eventually { node.hub.statistics.open == 1 })
    }
  }
}
