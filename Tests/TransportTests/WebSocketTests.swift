import NIOCore
import NIOPosix
import Reactor
import Synchronization
import Testing
import Transport
import WebSocket
import Wire

@Suite("WebSocket streams (RFC 6455, RFC 7118)") struct WebSocketTests {
  private static func configuration(
    _ change: (inout WebSocketFront.Configuration) -> Void = { _ in }
  ) -> WebSocketFront.Configuration {
    var configuration = WebSocketFront.Configuration()
    change(&configuration)
    return configuration
  }

  private static let limits: StreamLimits = {
    var limits = StreamLimits()
    limits.closing = .milliseconds(200)
    return limits
  }()

  private func with(
    _ configuration: WebSocketFront.Configuration = configuration(), limits: StreamLimits = limits,
    answer: (@Sendable (StreamHub, [UInt8], UInt64, Int) -> Void)? = nil,
    _ body: (TestNode, Wire.SocketAddress) async throws -> Void
  ) async throws {
    try await withNode(limits: limits, front: WebSocketFront.listening(configuration), answer: answer, body)
  }

  /// What is left when all is over: no stream, and no reactor that waits for one's end.
  private func expectNothingLeft(_ node: TestNode) async {
    #expect(await eventually { node.hub.statistics.open == 0 })
    #expect(await eventually { node.seen.closed.count == node.seen.opened.count })
  }

  @Test("A message comes in, an answer goes out, and the peer's Close ends it")
  func exchange() async throws {
    let counters = WebSocketCounters()
    try await with(
      Self.configuration { $0.counters = counters },
      answer: { hub, message, connection, reactor in
        hub.send(Array("SIP/2.0 200 OK\r\n\r\n".utf8), connection: connection, from: reactor)
      }
    ) { node, server in
      let client = try await WebClient(to: server)
      // No stream before the upgrade, whatever has been sent.
      #expect(node.seen.opened.isEmpty)
      try await client.upgrade()
      #expect(counters.snapshot.first { $0.count > 0 }?.name == "accepted")
      try await client.send(request("ws"))
      #expect(await eventually { client.messages == [Array("SIP/2.0 200 OK\r\n\r\n".utf8)] })
      #expect(node.seen.messages == [request("ws")])
      try await client.close(.normal)
      #expect(await eventually { client.closed == .normal && client.tcp.hasEnded })
      await expectNothingLeft(node)
      #expect(node.seen.closed.map(\.reason) == [.closedByPeer])
    }
  }

  @Test("Upgrade and first messages in one segment, and byte by byte")
  func pieces() async throws {
    try await with { node, server in
      let eager = try await WebClient(to: server)
      try await eager.tcp.send(eager.request + eager.frame(request("a")) + eager.frame(request("b")))
      #expect(await eventually { node.seen.messages == [request("a"), request("b")] })
      let slow = try await WebClient(to: server)
      for byte in slow.request + slow.frame(request("c")) { try await slow.tcp.send([byte]) }
      #expect(await eventually { node.seen.messages.count == 3 })
      await eager.tcp.close()
      await slow.tcp.close()
      await expectNothingLeft(node)
    }
  }

  @Test("An upgrade that is refused, malformed or too slow leaves nothing behind, and no reactor hears of it")
  func refused() async throws {
    let counters = WebSocketCounters()
    let quick = Self.configuration {
      $0.upgrade = .milliseconds(200)
      $0.counters = counters
    }
    try await with(quick) { node, server in
      let wrong = try await TestClient(to: server)
      try await wrong.send(Array("GET /wrong HTTP/1.1\r\nHost: h\r\n\r\n".utf8))
      #expect(await eventually { wrong.received.starts(with: Array("HTTP/1.1 404 ".utf8)) && wrong.hasEnded })
      let silent = try await TestClient(to: server)
      #expect(await eventually { silent.received.starts(with: Array("HTTP/1.1 408 ".utf8)) && silent.hasEnded })
      let gone = try await TestClient(to: server)
      try await gone.send(Array("GET /sip".utf8))
      await gone.close()
      // Those two do not end their side.
      #expect(await eventually { node.hub.statistics.open == 0 })
      #expect(node.seen.all.isEmpty)
      #expect(node.hub.statistics.badFraming == 1 && node.hub.statistics.idle == 1)
      #expect(
        counters.snapshot.filter { $0.count > 0 }.map { "\($0.name) \($0.count)" } == ["timeout 1", "gone 1", "path 1"])
      await wrong.close()
      await silent.close()
    }
  }

  @Test("Pings are answered, and keep-alives of line ends too")
  func keepAlives() async throws {
    try await with { node, server in
      let client = try await WebClient(to: server)
      try await client.upgrade()
      try await client.tcp.send([0x89, 0x81, 0, 0, 0, 0, 0x78])
      try await client.send(Array("\r\n\r\n".utf8))
      #expect(await eventually { client.pongs == 1 && client.messages == [Array("\r\n".utf8)] })
      #expect(node.hub.statistics.keepAlives == 1 && node.seen.messages.isEmpty)
      await client.tcp.close()
      await expectNothingLeft(node)
    }
  }

  @Test("We ask a silent peer, whose pongs keep the stream; without one it is ended")
  func liveness() async throws {
    let asking = Self.configuration { $0.policy.limits.pingInterval = .milliseconds(500) }
    var limits = Self.limits
    limits.idle = .milliseconds(2_500)
    try await with(asking, limits: limits) { node, server in
      let alive = try await WebClient(to: server, answersPings: true)
      try await alive.upgrade()
      try await alive.send(request("alive"))
      let dead = try await WebClient(to: server, answersPings: false)
      try await dead.upgrade()
      try await dead.send(request("dead"))
      // Looking at what has come answers it.
      #expect(await eventually { alive.closed == nil && dead.closed == .policyViolation })
      await dead.tcp.close()
      for _ in 0..<60 where alive.closed == nil { try await Task.sleep(for: .milliseconds(50)) }
      #expect(alive.closed == nil && !alive.tcp.hasEnded && node.hub.statistics.open == 1)
      #expect(node.seen.closed.map(\.reason) == [.idle])
      await alive.tcp.close()
      await expectNothingLeft(node)
    }
  }

  @Test("A peer that breaks a rule hears why; it is gone soon, even when it stays on the line")
  func fault() async throws {
    try await with { node, server in
      let client = try await WebClient(to: server)
      try await client.upgrade()
      try await client.send(request("before"))
      try await client.tcp.send([0x81, 0x01, 0x41])
      #expect(await eventually { client.closed == .protocolError })
      await expectNothingLeft(node)
      #expect(node.seen.closed.map(\.reason) == [.badFraming])
      await client.tcp.close()
    }
  }

  @Test("A peer that ends its side without a Close frame, or resets, is gone at once")
  func halfClosed() async throws {
    try await with { node, server in
      let half = try await WebClient(to: server)
      try await half.upgrade()
      // It would have to be answered, but half a WebSocket is of no use.
      try await half.send(request("half", method: "INVITE"))
      try await half.tcp.endOutput()
      #expect(await eventually { half.tcp.hasEnded })
      await expectNothingLeft(node)
      #expect(node.seen.closed.map(\.reason) == [.closedByPeer])
      await half.tcp.close()
    }
  }

  @Test("A stream that we close says so by a Close frame; so does a node that stops")
  func closing() async throws {
    try await with { node, server in
      let first = try await WebClient(to: server)
      try await first.upgrade()
      try await first.send(request("first"))
      #expect(await eventually { node.seen.opened.count == 1 })
      node.hub.close(node.seen.opened[0].connection)
      #expect(await eventually { first.closed == .goingAway })
      await expectNothingLeft(node)
      let second = try await WebClient(to: server)
      try await second.upgrade()
      try await second.send(request("second"))
      #expect(await eventually { node.seen.opened.count == 2 })
      await node.hub.stop()
      #expect(await eventually { second.closed == .goingAway && second.tcp.hasEnded })
      #expect(node.hub.statistics.open == 0)
      await first.tcp.close()
      await second.tcp.close()
    }
  }

  @Test("A peer that does not read is ended, not waited for")
  func slowReader() async throws {
    var limits = Self.limits
    limits.outboundBytes = 100_000
    try await with(limits: limits) { node, server in
      let client = try await WebClient(to: server, isReading: false)
      try await client.tcp.send(client.request + client.frame(request("x")))
      #expect(await eventually { node.seen.opened.count == 1 })
      let connection = node.seen.opened[0].connection
      // What does not compress.
      let message = (0..<60_000).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) }
      for _ in 0..<200 where node.seen.closed.isEmpty {
        node.hub.send(message, connection: connection, from: 0)
        try await Task.sleep(for: .milliseconds(2))
      }
      #expect(await eventually { node.seen.closed.map(\.reason) == [.outboundFull] })
      await client.tcp.close()
      await expectNothingLeft(node)
    }
  }

  @Test("A reactor that has no room is waited for: nothing is lost, nothing is read on, and nobody counts as silent")
  func backPressure() async throws {
    let front = WebSocketFront.listening(Self.configuration { $0.policy.limits.pingInterval = .milliseconds(100) })
    var mailbox = MailboxLimits()
    mailbox.bytes = 4_000
    let node = try TestNode(limits: Self.limits, mailbox: mailbox)
    let gate = Mutex(false)
    let seen = node.seen
    try node.group.start { RecordingDriver($0.reactor, seen, { _, _, _ in while !gate.withLock({ $0 }) {} }) }
    let bound = try await node.hub.listen([StreamListener(address: loopback4, number: 7, front: front)])
    let client = try await WebClient(to: bound[0], answersPings: true)
    let messages = (0..<100).map { request("m\($0)", body: String(repeating: "x", count: 200)) }
    try await client.tcp.send(client.request + messages.flatMap { client.frame($0) })
    #expect(await eventually { node.hub.statistics.paused > 0 })
    try await Task.sleep(for: .milliseconds(500))
    #expect(node.seen.messages.count < 50 && node.seen.closed.isEmpty)
    gate.withLock { $0 = true }
    #expect(await eventually { client.closed == nil && node.seen.messages == messages })
    await client.tcp.close()
    await expectNothingLeft(node)
    await node.stop()
  }

  @Test("We open WebSockets ourselves, and both ends compress")
  func bothEnds() async throws {
    let server = try TestNode(limits: Self.limits)
    let client = try TestNode(
      limits: Self.limits, fronts: [.webSocket: WebSocketFront.connecting(Self.configuration())])
    let hub = server.hub
    let long = request("long", body: String(repeating: "v=0\r\n", count: 400))
    try server.start { message, connection, reactor in hub.send(message, connection: connection, from: reactor) }
    try client.start()
    let listener = StreamListener(
      address: loopback4, transport: .webSocket, number: 3, front: WebSocketFront.listening(Self.configuration()))
    let bound = try await server.hub.listen([listener])
    let connection = client.hub.connect(to: bound[0], transport: .webSocket, from: 0)
    for message in [request("short"), long, request("short again")] {
      client.hub.send(message, connection: connection, from: 0)
    }
    #expect(await eventually { client.seen.messages == [request("short"), long, request("short again")] })
    #expect(server.seen.opened.first?.facts.transport == .webSocket && server.seen.opened.first?.facts.listener == 3)
    client.hub.close(connection)
    #expect(await eventually { client.hub.statistics.open == 0 && server.hub.statistics.open == 0 })
    // A server that refuses is one that cannot be reached.
    let refusing = Self.configuration { $0.policy.path = "/other" }
    let other = try TestNode(limits: Self.limits, fronts: [.webSocket: WebSocketFront.connecting(refusing)])
    try other.start()
    _ = other.hub.connect(to: bound[0], transport: .webSocket, from: 0)
    #expect(await eventually { other.seen.failed.count == 1 && other.hub.statistics.open == 0 })
    await other.stop()
    await client.stop()
    await server.stop()
  }

  @Test("A front under this one is waited for, and its word that it is ready goes no further")
  func overAnother() async throws {
    // It turns every bit of every byte, as a stand-in for encryption.
    let below = StreamFront(framing: .contentLength) { channel in
      try channel.pipeline.syncOperations.addHandler(BitTurner())
    }
    let server = try TestNode(limits: Self.limits)
    let client = try TestNode(
      limits: Self.limits,
      fronts: [.secureWebSocket: WebSocketFront.connecting(Self.configuration(), over: below)])
    try server.start()
    try client.start()
    let front = WebSocketFront.listening(Self.configuration(), over: below)
    let bound = try await server.hub.listen([
      StreamListener(address: loopback4, transport: .secureWebSocket, number: 3, front: front)
    ])
    let connection = client.hub.connect(to: bound[0], transport: .secureWebSocket, from: 0)
    client.hub.send(request("hidden"), connection: connection, from: 0)
    #expect(await eventually { server.seen.messages == [request("hidden")] })
    #expect(server.seen.opened.count == 1 && client.seen.opened.count == 1)
    client.hub.close(connection)
    #expect(await eventually { client.hub.statistics.open == 0 && server.hub.statistics.open == 0 })
    await client.stop()
    await server.stop()
  }
}

/// A front that says it is ready a moment after the connection is there.
private final class BitTurner: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private static func turned(_ buffer: ByteBuffer) -> ByteBuffer {
    ByteBuffer(bytes: buffer.readableBytesView.map { ~$0 })
  }

  func channelActive(context: ChannelHandlerContext) {
    context.fireChannelActive()
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: .milliseconds(20)) {
      bound.value.fireUserInboundEventTriggered(StreamFrontReady())
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.fireChannelRead(wrapInboundOut(Self.turned(unwrapInboundIn(data))))
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    context.write(wrapOutboundOut(Self.turned(unwrapOutboundIn(data))), promise: promise)
  }
}

/// A WebSocket client: our own machine in the other role, on a plain socket.
private final class WebClient: Sendable {
  let tcp: TestClient
  let request: [UInt8]
  private let state: Mutex<State>
  private let answersPings: Bool

  private struct State {
    var handshake: WebSocketClientHandshake
    var connection: WebSocketConnection?
    var read = 0
    var messages: [[UInt8]] = []
    var pongs = 0
    var closed: WebSocketCloseCode?
    var toSend: [UInt8] = []
  }

  init(to address: Wire.SocketAddress, isReading: Bool = true, answersPings: Bool = false) async throws {
    tcp = try await TestClient(to: address, isReading: isReading)
    self.answersPings = answersPings
    let handshake = WebSocketClientHandshake(host: "127.0.0.1", path: "/sip", nonce: (1, 2), offersDeflate: false)
    request = handshake.request
    state = Mutex(State(handshake: handshake))
  }

  func upgrade() async throws {
    try await tcp.send(request)
    #expect(await eventually { self.isOpen })
  }

  /// A message's frame, masked.
  func frame(_ message: [UInt8]) -> [UInt8] {
    var other = WebSocketConnection(role: .client, now: .zero)
    return other.send(message.span, mask: 0x0807_0605)
  }

  func send(_ message: [UInt8]) async throws { try await tcp.send(frame(message)) }

  func close(_ code: WebSocketCloseCode) async throws {
    look()
    let frame = state.withLock { $0.connection?.close(code, now: .zero, mask: 1) ?? [] }
    try await tcp.send(frame)
  }

  var isOpen: Bool {
    look()
    return state.withLock { $0.connection != nil }
  }

  var messages: [[UInt8]] {
    look()
    return state.withLock { $0.messages }
  }

  var pongs: Int {
    look()
    return state.withLock { $0.pongs }
  }

  var closed: WebSocketCloseCode? {
    look()
    return state.withLock { $0.closed }
  }

  /// Takes in what has come since the last look.
  private func look() {
    let received = tcp.received
    let answer = state.withLock { state -> [UInt8] in
      let new = Array(received.dropFirst(state.read))
      state.read = received.count
      if state.connection == nil {
        guard case .accepted(_, let rest) = state.handshake.receive(new.span) else { return [] }
        state.connection = WebSocketConnection(role: .client, now: .zero)
        state.connection?.append(rest.span, now: .zero)
      } else {
        state.connection?.append(new.span, now: .zero)
      }
      var answer: [UInt8] = []
      while let event = state.connection?.next(now: .zero, mask: 3), event != .needMore {
        switch event {
        case .message(let bytes): state.messages.append(bytes)
        case .pong: state.pongs += 1
        case .ping(let pong): if let pong { answer += pong }
        case .closed(let code, _): state.closed = code
        case .needMore, .failed: break
        }
      }
      return answer
    }
    if answersPings, !answer.isEmpty {
      let tcp = tcp
      Task { try? await tcp.send(answer) }
    }
  }
}
