import NIOCore
import NIOPosix
import Reactor
import Synchronization
import Testing
import Transport
import Wire

@Suite("Streams we open") struct ConnectingTests {
  @Test("What is sent before the stream is open leaves in order; the peer's answer comes back")
  func connect() async throws {
    try await withNode(answer: { hub, message, connection, reactor in
      hub.send(Array("SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n".utf8), connection: connection, from: reactor)
    }) { server, address in
      let client = try TestNode(reactors: 2)
      try client.start()
      let connection = client.hub.connect(to: address, from: 1)
      #expect(connection != 0)
      for number in 0..<5 { client.hub.send(request("m\(number)"), connection: connection, from: 1) }
      #expect(await eventually { server.seen.messages == (0..<5).map { request("m\($0)") } })
      #expect(await eventually { client.seen.messages.count == 5 })
      // The answers are another reactor's, which hears of the stream as well.
      let opened = try #require(client.seen.opened.first { $0.reactor == 1 })
      #expect(opened.connection == connection)
      #expect(opened.facts.remote == address && opened.facts.listener == nil)
      #expect(client.hub.statistics.opened == 1)
      await client.stop()
    }
  }

  @Test("One stream per peer, whoever asks; every user hears of it")
  func reuse() async throws {
    try await withNode { server, address in
      var limits = StreamLimits()
      limits.closing = .milliseconds(50)
      let client = try TestNode(reactors: 2, limits: limits)
      try client.start()
      let first = client.hub.connect(to: address, from: 0)
      let second = client.hub.connect(to: address, from: 1)
      #expect(first == second)
      client.hub.send(request("a"), connection: first, from: 0)
      client.hub.send(request("b"), connection: second, from: 1)
      #expect(await eventually { server.seen.messages.count == 2 })
      #expect(await eventually { Set(client.seen.opened.map(\.reactor)) == [0, 1] })
      #expect(client.hub.connection(to: address) == first)
      client.hub.close(first)
      #expect(await eventually { Set(client.seen.closed.map(\.reactor)) == [0, 1] })
      #expect(client.seen.closed.allSatisfy { $0.reason == .requested })
      #expect(client.hub.connection(to: address) == nil)
      let third = client.hub.connect(to: address, from: 0)
      #expect(third != first)
      client.hub.send(request("c"), connection: third, from: 0)
      #expect(await eventually { server.seen.messages.count == 3 })
      await client.stop()
    }
  }

  @Test("A peer that opened a stream is reached by it")
  func acceptedReuse() async throws {
    try await withNode { node, server in
      let client = try await TestClient(to: server)
      try await client.send(request("a"))
      #expect(await eventually { node.seen.opened.count == 1 })
      let connection = node.hub.connect(to: try #require(client.local), from: 0)
      #expect(connection == node.seen.opened.first?.connection)
      node.hub.send(Array("hello".utf8), connection: connection, from: 0)
      #expect(await eventually { client.received == Array("hello".utf8) })
    }
  }

  @Test("Nobody there: the reactor that asked hears of it, and what waited is gone")
  func refused() async throws {
    let node = try TestNode()
    try node.start()
    let gone = try TestNode()
    let nowhere = try await gone.hub.listen([StreamListener(address: loopback4, number: 0)])[0]
    await gone.stop()
    let connection = node.hub.connect(to: nowhere, from: 0)
    node.hub.send(request("a"), connection: connection, from: 0)
    #expect(await eventually { node.seen.failed.count == 1 })
    #expect(node.seen.failed.first?.connection == connection)
    #expect(node.seen.failed.first?.failure == .system(111))
    #expect(node.hub.statistics.open == 0 && node.hub.statistics.failed == 1)
    // Late: it is told again rather than left waiting.
    node.hub.send(request("b"), connection: connection, from: 0)
    #expect(await eventually { !node.seen.closed.isEmpty })
    #expect(node.seen.closed.allSatisfy { $0.reason == .gone && $0.connection == connection })
    await node.stop()
  }

  @Test("A peer that goes away can be reached anew when it is back")
  func reconnect() async throws {
    let client = try TestNode()
    try client.start()
    let first = try TestNode()
    try first.start()
    let address = try await first.hub.listen([StreamListener(address: loopback4, number: 0)])[0]
    let connection = client.hub.connect(to: address, from: 0)
    client.hub.send(request("a"), connection: connection, from: 0)
    #expect(await eventually { first.seen.messages.count == 1 })
    await first.stop()
    // The far end's FIN makes the stream unfit for anything new.
    #expect(await eventually { client.hub.connection(to: address) == nil })
    let second = try TestNode()
    try second.start()
    #expect(try await second.hub.listen([StreamListener(address: address, number: 0)]) == [address])
    let next = client.hub.connect(to: address, from: 0)
    #expect(next != connection)
    client.hub.send(request("b"), connection: next, from: 0)
    #expect(await eventually { second.seen.messages == [request("b")] })
    await client.stop()
    await second.stop()
  }

  @Test("More than may wait for an opening makes it fail")
  func tooMuchWaiting() async throws {
    var limits = StreamLimits()
    limits.outboundBytes = 1000
    // A front that is never ready keeps the stream in its opening.
    let front = StreamFront(framing: .contentLength) { _ in }
    let node = try TestNode(limits: limits, fronts: [.tls: front])
    try node.start()
    let address = try await node.hub.listen([StreamListener(address: loopback4, number: 0)])[0]
    let connection = node.hub.connect(to: address, transport: .tls, from: 0)
    node.hub.send([UInt8](repeating: 1, count: 1000), connection: connection, from: 0)
    try await Task.sleep(for: .milliseconds(50))
    #expect(node.seen.failed.isEmpty)
    node.hub.send([1], connection: connection, from: 0)
    #expect(await eventually { node.seen.failed.map(\.failure) == [.tooMuchWaiting] })
    await node.stop()
  }

  @Test("A handshake that does not end is given up")
  func stuckHandshake() async throws {
    var limits = StreamLimits()
    limits.firstMessage = .milliseconds(100)
    let node = try TestNode(limits: limits, fronts: [.tls: StreamFront(framing: .contentLength) { _ in }])
    try node.start()
    let peer = try TestNode()
    let address = try await peer.hub.listen([StreamListener(address: loopback4, number: 0)])[0]
    let connection = node.hub.connect(to: address, transport: .tls, from: 0)
    #expect(await eventually { node.seen.failed.map(\.failure) == [.timedOut] })
    #expect(node.seen.failed.first?.connection == connection)
    await node.stop()
    await peer.stop()
  }

  /// Says hello, waits for hello, then lets everything pass: the shape of a handshake.
  private final class Greeting: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private var isReady = false

    func channelActive(context: ChannelHandlerContext) {
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HELLO")), promise: nil)
      context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      guard !isReady else { return context.fireChannelRead(data) }
      var buffer = unwrapInboundIn(data)
      guard buffer.readString(length: 5) == "HELLO" else { return context.close(promise: nil) }
      isReady = true
      context.fireUserInboundEventTriggered(StreamFrontReady())
      if buffer.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(buffer)) }
    }
  }

  @Test("A front stands before SIP on both sides; what is sent meanwhile waits for it")
  func front() async throws {
    let front = StreamFront(framing: .contentLength) { try $0.pipeline.syncOperations.addHandler(Greeting()) }
    let node = try TestNode(fronts: [.tls: front])
    try node.start()
    let address = try await node.hub.listen(
      [StreamListener(address: loopback4, transport: .tls, number: 3, front: front)])[0]
    let connection = node.hub.connect(to: address, transport: .tls, from: 0)
    node.hub.send(request("through"), connection: connection, from: 0)
    #expect(await eventually { node.seen.messages == [request("through")] })
    #expect(await eventually { Set(node.seen.opened.map(\.facts.listener)) == [nil, 3] })
    #expect(node.seen.opened.allSatisfy { $0.facts.transport == .tls })
    #expect(node.hub.connection(to: address) == nil)
    #expect(node.hub.connection(to: address, transport: .tls) == connection)
    await node.stop()
  }

  @Test("Where every read is a message, nothing looks for Content-Length")
  func wholeMessages() async throws {
    let front = StreamFront(framing: .wholeMessages) { channel in
      // As an upgrade would.
      channel.eventLoop.execute { channel.pipeline.fireUserInboundEventTriggered(StreamFrontReady()) }
    }
    try await withNode(front: front) { node, server in
      let client = try await TestClient(to: server)
      try await Task.sleep(for: .milliseconds(50))
      try await client.send(Array("no SIP at all".utf8))
      #expect(await eventually { node.seen.messages == [Array("no SIP at all".utf8)] })
    }
  }
}
