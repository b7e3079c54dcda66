import NIOCore
import NIOPosix
import Reactor
import Synchronization
import Testing
import Transport
import Wire

@Suite("How long streams live") struct LifetimeTests {
  private func limits(_ change: (inout StreamLimits) -> Void) -> StreamLimits {
    var limits = StreamLimits()
    limits.closing = .milliseconds(100)
    change(&limits)
    return limits
  }

  @Test("A stream on which nothing comes is ended, also when only a part of a message does")
  func idle() async throws {
    let limits = limits {
      $0.idle = .milliseconds(600)
      $0.messageCompletion = .milliseconds(100)
      $0.firstMessage = .seconds(20)
    }
    try await withNode(limits: limits) { node, server in
      let quiet = try await TestClient(to: server)
      try await quiet.send(request("a"))
      let half = try await TestClient(to: server)
      try await half.send(request("b").prefix(20))
      #expect(await eventually { half.hasEnded })
      #expect(await eventually { quiet.hasEnded })
      await quiet.close()
      #expect(await eventually { node.seen.closed.map(\.reason) == [.idle] })
      #expect(node.hub.statistics.idle == 1)
      #expect(node.hub.statistics.stuck == 1)
    }
  }

  @Test("Drops of bytes do not keep an unfinished message alive, keep-alives do keep a stream")
  func trickle() async throws {
    let limits = limits {
      $0.idle = .seconds(3)
      $0.messageCompletion = .milliseconds(300)
    }
    try await withNode(limits: limits) { node, server in
      let slow = try await TestClient(to: server)
      let alive = try await TestClient(to: server)
      let message = request("slow")
      for index in 0..<60 where !slow.hasEnded {
        try? await slow.send([message[index]])
        try await alive.send(Array("\r\n\r\n".utf8))
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(slow.hasEnded)
      #expect(!alive.hasEnded)
      #expect(node.seen.messages.isEmpty)
    }
  }

  @Test("A peer that never says anything is shown out, one that opened to listen is not if we opened it")
  func firstMessage() async throws {
    let limits = limits { $0.firstMessage = .milliseconds(500) }
    try await withNode(limits: limits) { node, server in
      let mute = try await TestClient(to: server)
      #expect(await eventually { mute.hasEnded })
      #expect(node.hub.statistics.mute == 1)
      // Ours to the same listener: its far end is reaped there, ours is closed by that and not by its own deadline.
      let connection = node.hub.connect(to: server, from: 0)
      node.hub.send(request("x"), connection: connection, from: 0)
      #expect(await eventually { node.seen.messages == [request("x")] })
      try await Task.sleep(for: .milliseconds(800))
      #expect(node.hub.facts(of: connection) != nil)
    }
  }

  @Test("As many streams as allowed, in total and from one address; a closed one makes room")
  func connectionLimits() async throws {
    for (isTotal, limits) in [(true, limits { $0.connections = 3 }), (false, limits { $0.connectionsPerAddress = 3 })] {
      try await withNode(limits: limits) { node, server in
        var clients: [TestClient] = []
        for number in 0..<3 {
          let client = try await TestClient(to: server)
          try await client.send(Array("\r\n\r\n".utf8))
          #expect(await eventually { client.received.count == 2 }, "\(number)")
          clients.append(client)
        }
        let fourth = try await TestClient(to: server)
        #expect(await eventually { fourth.hasEnded })
        #expect(node.hub.statistics.refused == (isTotal ? 1 : 0))
        #expect(node.hub.statistics.refusedPerAddress == (isTotal ? 0 : 1))
        #expect(node.hub.statistics.open == 3)
        await clients[0].close()
        #expect(await eventually { node.hub.statistics.open == 2 })
        let fifth = try await TestClient(to: server)
        try await fifth.send(Array("\r\n\r\n".utf8))
        #expect(await eventually { fifth.received.count == 2 })
      }
    }
  }

  private let trying = Array("SIP/2.0 100 Trying\r\nContent-Length: 0\r\n\r\n".utf8)
  private let okay = Array("SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)

  @Test("A peer that has ended its side still gets its answers, and then the stream ends")
  func halfClose() async throws {
    try await withNode { node, server in
      let client = try await TestClient(to: server)
      let address = try #require(client.local)
      try await client.send(request("a") + request("b", method: "INVITE") + request("b", method: "ACK"))
      try await client.endOutput()
      #expect(await eventually { node.seen.messages.count == 3 })
      let connection = try #require(node.seen.opened.first?.connection)
      #expect(await eventually { node.hub.connection(to: address) == nil })
      node.hub.send(okay, connection: connection, from: 0)
      node.hub.send(trying, connection: connection, from: 0)
      #expect(await eventually { client.received == okay + trying })
      try await Task.sleep(for: .milliseconds(50))
      #expect(!client.hasEnded && node.seen.closed.isEmpty)
      node.hub.send(okay, connection: connection, from: 0)
      #expect(await eventually { client.hasEnded })
      #expect(client.received == okay + trying + okay)
      #expect(await eventually { node.seen.closed.map(\.reason) == [.closedByPeer] })
    }
  }

  @Test("A half-closed stream is not kept for ever")
  func halfCloseDeadline() async throws {
    let limits = limits { $0.halfClosed = .milliseconds(100) }
    try await withNode(limits: limits) { node, server in
      let client = try await TestClient(to: server)
      try await client.send(request("a"))
      try await client.endOutput()
      #expect(await eventually { client.hasEnded })
      #expect(await eventually { node.seen.closed.map(\.reason) == [.closedByPeer] })
    }
  }

  @Test("A peer that owes us nothing and is owed nothing is gone when it closes")
  func closed() async throws {
    try await withNode { node, server in
      let client = try await TestClient(to: server)
      try await client.send(request("a", method: "ACK"))
      #expect(await eventually { node.seen.messages.count == 1 })
      await client.close()
      #expect(await eventually { node.seen.closed.map(\.reason) == [.closedByPeer] })
      #expect(node.hub.statistics.open == 0)
    }
  }

  @Test("A peer that ends without having asked anything is gone at once")
  func closedUnused() async throws {
    try await withNode { node, server in
      let client = try await TestClient(to: server)
      try await client.send(Array("\r\n\r\n".utf8))
      #expect(await eventually { client.received.count == 2 })
      await client.close()
      #expect(await eventually { node.hub.statistics.open == 0 })
      #expect(node.seen.all.isEmpty)
    }
  }

  @Test("A peer that does not read is dropped when too much waits for it")
  func slowReader() async throws {
    let limits = limits { $0.outboundBytes = 100_000 }
    try await withNode(limits: limits) { node, server in
      let client = try await TestClient(to: server, isReading: false)
      try await client.send(request("a"))
      #expect(await eventually { node.seen.opened.count == 1 })
      let connection = try #require(node.seen.opened.first?.connection)
      let chunk = [UInt8](repeating: 1, count: 60_000)
      // The system's own buffers take some megabytes before ours fills.
      for _ in 0..<400 where node.seen.closed.isEmpty {
        node.hub.send(chunk, connection: connection, from: 0)
        try await Task.sleep(for: .milliseconds(1))
      }
      #expect(await eventually { node.seen.closed.map(\.reason).first == .outboundFull })
      #expect(node.hub.statistics.outboundFull == 1)
      #expect(await eventually { node.hub.statistics.open == 0 })
    }
  }

  @Test("Stopping sends what was said before, ends every stream and frees the address")
  func stop() async throws {
    let node = try TestNode(limits: limits { $0.closing = .seconds(5) })
    try node.start()
    let server = try await node.hub.listen([StreamListener(address: loopback4, number: 0)])[0]
    let client = try await TestClient(to: server)
    try await client.send(request("a"))
    #expect(await eventually { node.seen.opened.count == 1 })
    let connection = try #require(node.seen.opened.first?.connection)
    node.hub.send(Array("last words".utf8), connection: connection, from: 0)
    let started = ContinuousClock.now
    async let closing: Void = {
      _ = await eventually { client.hasEnded }
      await client.close()
    }()
    await node.hub.stop()
    await closing
    #expect(ContinuousClock.now - started < .seconds(4))
    #expect(client.received == Array("last words".utf8))
    #expect(await eventually { node.seen.closed.map(\.reason) == [.shuttingDown] })
    #expect(node.hub.statistics.open == 0)
    #expect(node.hub.connect(to: server, from: 0) == 0)
    let again = try TestNode()
    #expect(try await again.hub.listen([StreamListener(address: server, number: 0)]) == [server])
    await again.stop()
    await node.stop()
  }

  @Test("An address in use is refused, by address, and nothing is left listening")
  func addressInUse() async throws {
    try await withNode { _, taken in
      let other = try TestNode()
      let free = loopback4
      await #expect(throws: StreamError.bind(taken, 98)) {
        try await other.hub.listen([
          StreamListener(address: free, number: 0), StreamListener(address: taken, number: 1),
        ])
      }
      #expect("\(StreamError.bind(taken, 98))" == "cannot bind tcp \(taken): Address already in use")
      await other.stop()
    }
  }
}
