import NIOCore
import Reactor
import Synchronization
import Testing
import Transport
import Wire

@Suite("What streams bring") struct ReceivingTests {
  @Test("A message arrives whole, after the stream's facts", arguments: [loopback4, loopback6])
  func oneMessage(address: Wire.SocketAddress) async throws {
    try await withNode(address: address) { node, server in
      let client = try await TestClient(to: server)
      try await client.send(request("one", body: "hello"))
      #expect(await eventually { node.seen.messages == [request("one", body: "hello")] })
      let opened = try #require(node.seen.opened.first)
      #expect(opened.facts.local == server)
      #expect(opened.facts.remote == client.local)
      #expect(opened.facts.transport == .tcp)
      #expect(opened.facts.listener == 7)
      #expect(node.hub.facts(of: opened.connection) == opened.facts)
      #expect(node.hub.connection(to: opened.facts.remote) == opened.connection)
      guard case .streamOpened = try #require(node.seen.all.first).message else {
        Issue.record("the facts come first")
        return
      }
      await client.close()
    }
  }

  @Test("Three messages in one write come one by one")
  func pipelining() async throws {
    try await withNode { node, server in
      let client = try await TestClient(to: server)
      let all = [request("a", body: "1"), request("b"), request("c", body: "333")]
      try await client.send(all.flatMap { $0 } + request("d").dropLast(9))
      #expect(await eventually { node.seen.messages == all })
      try await client.send(request("d").suffix(9))
      #expect(await eventually { node.seen.messages.count == 4 })
      // It is counted after it was given on.
      #expect(await eventually { node.hub.statistics.messages == 4 })
      #expect(node.seen.opened.count == 1)
    }
  }

  @Test("A message in pieces of one byte")
  func oneByteWrites() async throws {
    try await withNode { node, server in
      let client = try await TestClient(to: server)
      let message = request("slow", body: "xyz")
      for byte in message { try await client.send([byte]) }
      #expect(await eventually { node.seen.messages == [message] })
    }
  }

  @Test("Messages cut anywhere", arguments: [2, 3, 7, 61, 200, 1000])
  func split(size: Int) async throws {
    try await withNode { node, server in
      let client = try await TestClient(to: server)
      let all = (0..<10).map { request("m\($0)", body: String(repeating: "b", count: $0 * 50)) }
      let stream = all.flatMap { $0 }
      for start in stride(from: 0, to: stream.count, by: size) {
        try await client.send(stream[start..<min(start + size, stream.count)])
      }
      #expect(await eventually { node.seen.messages == all })
    }
  }

  @Test("Each message goes to its owner; every reactor that heard of a stream hears of its end")
  func owners() async throws {
    try await withNode(reactors: 2, owner: { $0[$0.count - 1] == UInt8(ascii: "1") ? 1 : 0 }) { node, server in
      let client = try await TestClient(to: server)
      try await client.send(request("a", body: "0") + request("b", body: "1") + request("c", body: "1"))
      #expect(await eventually { node.seen.messages.count == 3 })
      #expect(node.seen.opened.map(\.reactor).sorted() == [0, 1])
      let other = try await TestClient(to: server)
      try await other.send(request("d", body: "0"))
      #expect(await eventually { node.seen.messages.count == 4 })
      let both = Set(node.seen.opened.map(\.connection))
      for connection in both { node.hub.close(connection) }
      #expect(await eventually { client.hasEnded && other.hasEnded })
      await client.close()
      await other.close()
      #expect(await eventually { node.seen.closed.count == 3 })
      #expect(node.seen.closed.allSatisfy { $0.reason == .requested })
      #expect(Set(node.seen.closed.map(\.connection)) == both)
      #expect(node.seen.opened.count == 3)
    }
  }

  @Test("An owner out of range is brought back into it")
  func strangeOwner() async throws {
    try await withNode(reactors: 2, owner: { $0[0] == UInt8(ascii: "O") ? 99 : -1 }) { node, server in
      let client = try await TestClient(to: server)
      try await client.send(request("a") + request("b", method: "MESSAGE"))
      #expect(await eventually { node.seen.messages.count == 2 })
      #expect(Set(node.seen.opened.map(\.reactor)) == [0, 1])
    }
  }

  @Test("A keep-alive is answered, between messages and before any")
  func keepAlive() async throws {
    try await withNode { node, server in
      let client = try await TestClient(to: server)
      try await client.send(Array("\r\n\r\n".utf8))
      #expect(await eventually { client.received == Array("\r\n".utf8) })
      try await client.send(request("a") + Array("\r\n\r\n\r\n\r\n".utf8) + request("b"))
      #expect(await eventually { client.received == Array("\r\n\r\n\r\n".utf8) })
      #expect(await eventually { node.seen.messages.count == 2 })
      #expect(node.hub.statistics.keepAlives == 3)
      // A stream that only keeps itself alive is none of the reactors' business.
      #expect(node.seen.opened.count == 1)
    }
  }

  @Test("A message as long as allowed passes; one byte more is answered and the stream ends")
  func oversize() async throws {
    var limits = StreamLimits()
    let overhead = request("x", body: String(repeating: "b", count: 100)).count - 100
    limits.messageBytes = overhead + 500
    try await withNode(
      limits: limits,
      answer: { hub, _, connection, reactor in
        hub.send(Array("answer".utf8), connection: connection, from: reactor)
      }
    ) { node, server in
      let client = try await TestClient(to: server)
      try await client.send(request("x", body: String(repeating: "b", count: 500)))
      #expect(await eventually { client.received == Array("answer".utf8) })
      try await client.send(request("y", body: String(repeating: "b", count: 501)))
      #expect(await eventually { client.received == Array("answeranswer".utf8) && client.hasEnded })
      #expect(node.seen.messages.count == 2)
      // The second is the headers alone: what the reactor needs to say what is wrong.
      #expect(node.seen.messages.last?.suffix(4).elementsEqual("\r\n\r\n".utf8) == true)
      await client.close()
      #expect(await eventually { node.seen.closed.map(\.reason) == [.badFraming] })
      #expect(node.hub.statistics.badFraming == 1)
    }
  }

  @Test("Bytes that are no SIP end the stream at once, an unanswered fault after a short while")
  func badFraming() async throws {
    var limits = StreamLimits()
    limits.closing = .milliseconds(50)
    limits.messageBytes = 4096
    try await withNode(limits: limits) { node, server in
      let garbage = try await TestClient(to: server)
      try await garbage.send([UInt8](repeating: UInt8(ascii: "x"), count: 5000))
      #expect(await eventually { garbage.hasEnded })
      let unanswered = try await TestClient(to: server)
      try await unanswered.send(request("y", body: String(repeating: "b", count: 5000)))
      #expect(await eventually { unanswered.hasEnded })
      #expect(await eventually { node.hub.statistics.badFraming == 2 && node.hub.statistics.open == 0 })
    }
  }

  @Test("While a reactor has no room nothing is read; nothing is lost and the order is kept")
  func backPressure() async throws {
    let node = try TestNode(mailbox: MailboxLimits(messages: 3))
    let server = try await node.hub.listen([StreamListener(address: loopback4, number: 0)])[0]
    let client = try await TestClient(to: server)
    let other = try await TestClient(to: server)
    let all = (0..<200).map { request("m\($0)") }
    try await client.send(all.flatMap { $0 })
    try await other.send(request("other"))
    #expect(await eventually { node.hub.statistics.paused >= 1 })
    try await Task.sleep(for: .milliseconds(50))
    #expect(node.hub.statistics.messages <= 3)
    try node.start()
    #expect(await eventually { node.seen.messages.count == 201 })
    #expect(node.seen.messages.filter { $0 != request("other") } == all)
    await node.stop()
  }
}
