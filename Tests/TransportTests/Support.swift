import Logging
import NIOCore
import NIOPosix
import Reactor
import SIPMessage
import Synchronization
import Testing
import Transport
import Wire

let loopback4 = Wire.SocketAddress(ip: IPAddress(v4: 0x7f00_0001), port: 0)
let loopback6 = Wire.SocketAddress(ip: IPAddress(high: 0, low: 1), port: 0)

/// Waits until something holds, for at most ten seconds; a machine under load is slow, not wrong.
func eventually(_ holds: @Sendable () async -> Bool) async -> Bool {
  for _ in 0..<5_000 {
    if await holds() { return true }
    try? await Task.sleep(for: .milliseconds(2))
  }
  return await holds()
}

/// A request that names itself in its Call-ID.
func request(_ callID: String, method: String = "OPTIONS", body: String = "") -> [UInt8] {
  let text = """
    \(method) sip:test@127.0.0.1 SIP/2.0\r
    Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK\(callID)\r
    From: <sip:a@127.0.0.1>;tag=1\r
    To: <sip:b@127.0.0.1>\r
    Call-ID: \(callID)\r
    CSeq: 1 \(method)\r
    Max-Forwards: 70\r
    Content-Length: \(body.utf8.count)\r
    \r
    \(body)
    """
  return Array(text.utf8)
}

// MARK: The node's side

/// What reactors heard, in order, with their numbers.
final class Recorder: Sendable {
  struct Entry: Sendable {
    let message: ReactorMessage
    let reactor: Int
  }

  private let entries = Mutex<[Entry]>([])

  func record(_ message: ReactorMessage, _ reactor: Int) {
    entries.withLock { $0.append(Entry(message: message, reactor: reactor)) }
  }

  var all: [Entry] { entries.withLock { $0 } }

  var messages: [[UInt8]] {
    all.compactMap { if case .streamMessage(let bytes, _) = $0.message { bytes } else { nil } }
  }

  var opened: [(connection: UInt64, facts: StreamFacts, reactor: Int)] {
    all.compactMap {
      if case .streamOpened(let connection, let facts) = $0.message { (connection, facts, $0.reactor) } else { nil }
    }
  }

  var closed: [(connection: UInt64, reason: StreamCloseReason, reactor: Int)] {
    all.compactMap {
      if case .streamClosed(let connection, let reason) = $0.message { (connection, reason, $0.reactor) } else { nil }
    }
  }

  /// Where a stream is waited for.
  func listening(_ stream: UInt64) -> Wire.SocketAddress? {
    all.lazy.compactMap {
      if case .streamListening(stream, let address) = $0.message { address } else { nil }
    }.first
  }

  var failed: [(connection: UInt64, failure: StreamFailure)] {
    all.compactMap {
      if case .streamFailed(let connection, let failure) = $0.message { (connection, failure) } else { nil }
    }
  }
}

final class RecordingDriver: ReactorDriver {
  private let reactor: Int
  private let recorder: Recorder
  private let answer: (@Sendable (_ message: [UInt8], _ connection: UInt64, _ reactor: Int) -> Void)?

  init(_ reactor: Int, _ recorder: Recorder, _ answer: (@Sendable ([UInt8], UInt64, Int) -> Void)?) {
    self.reactor = reactor
    self.recorder = recorder
    self.answer = answer
  }

  func received(
    datagram: Span<UInt8>, from: Wire.SocketAddress, local: Wire.SocketAddress, socket: Int, truncated: Bool,
    now: Instant, io: inout ReactorIO
  ) {}

  func received(message: ReactorMessage, now: Instant, io: inout ReactorIO) {
    recorder.record(message, reactor)
    if case .streamMessage(let bytes, let connection) = message { answer?(bytes, connection, reactor) }
  }
}

/// Reactors that record, and a hub that feeds them.
final class TestNode: Sendable {
  let group: ReactorGroup
  let hub: StreamHub
  let seen = Recorder()
  let loops: MultiThreadedEventLoopGroup

  init(
    reactors: Int = 1, limits: StreamLimits = StreamLimits(), mailbox: MailboxLimits = MailboxLimits(),
    fronts: [StreamTransport: StreamFront] = [:], callOwner: @escaping @Sendable (Span<UInt8>) -> Int? = { _ in nil },
    owner: @escaping @Sendable (Span<UInt8>) -> Int = { _ in 0 }
  ) throws {
    group = try ReactorGroup(ReactorConfiguration(count: reactors, sockets: [], mailbox: mailbox))
    loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    hub = StreamHub(
      group: loops, mailboxes: group.mailboxes, limits: limits, fronts: fronts, logger: Logger(label: "test"),
      callOwner: callOwner, owner: owner)
  }

  func start(answer: (@Sendable ([UInt8], UInt64, Int) -> Void)? = nil) throws {
    let seen = seen
    try group.start { RecordingDriver($0.reactor, seen, answer) }
  }

  func stop() async {
    await hub.stop()
    await group.stop()
    try? await loops.shutdownGracefully()
  }
}

/// Makes a node that listens on one address, runs a body with it, stops it.
func withNode(
  reactors: Int = 1, address: Wire.SocketAddress = loopback4, limits: StreamLimits = StreamLimits(),
  front: StreamFront? = nil, owner: @escaping @Sendable (Span<UInt8>) -> Int = { _ in 0 },
  answer: (@Sendable (StreamHub, [UInt8], UInt64, Int) -> Void)? = nil,
  _ body: (TestNode, Wire.SocketAddress) async throws -> Void
) async throws {
  let node = try TestNode(reactors: reactors, limits: limits, owner: owner)
  let hub = node.hub
  try node.start { message, connection, reactor in answer?(hub, message, connection, reactor) }
  do {
    let bound = try await hub.listen([StreamListener(address: address, number: 7, front: front)])
    try await body(node, bound[0])
  } catch {
    await node.stop()
    throw error
  }
  await node.stop()
}

// MARK: The peer's side

/// A TCP client that remembers what it received.
final class TestClient: Sendable {
  private final class Inbox: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    let bytes = Mutex<[UInt8]>([])
    let hasEnded = Mutex(false)

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let buffer = unwrapInboundIn(data)
      bytes.withLock { $0 += buffer.readableBytesView }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if event as? ChannelEvent == .inputClosed { hasEnded.withLock { $0 = true } }
    }

    func channelInactive(context: ChannelHandlerContext) { hasEnded.withLock { $0 = true } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { hasEnded.withLock { $0 = true } }
  }

  private let inbox: Inbox
  private let channel: any Channel

  init(to address: Wire.SocketAddress, isReading: Bool = true) async throws {
    let inbox = Inbox()
    self.inbox = inbox
    channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.autoRead, value: isReading)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { $0.pipeline.addHandler(inbox) }
      .connect(host: address.ip.description, port: Int(address.port)).get()
  }

  var local: Wire.SocketAddress? {
    channel.localAddress.flatMap { address in
      guard let ip = address.ipAddress.flatMap({ IPAddress($0) }), let port = address.port else { return nil }
      return Wire.SocketAddress(ip: ip, port: UInt16(port))
    }
  }

  var received: [UInt8] { inbox.bytes.withLock { $0 } }
  /// The other side has ended, in whatever way.
  var hasEnded: Bool { inbox.hasEnded.withLock { $0 } }

  func send(_ bytes: some Collection<UInt8> & Sendable) async throws {
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
  }

  func endOutput() async throws { try await channel.close(mode: .output) }
  func close() async { try? await channel.close() }
}
