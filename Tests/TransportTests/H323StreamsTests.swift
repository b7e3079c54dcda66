import H225
import H245
import H323Endpoint
import Reactor
import Synchronization
import Testing
import Transport
import Wire

/// What an endpoint has told of its calls.
private final class Diary: Sendable {
  private let lines = Mutex<[String]>([])
  func note(_ line: String) { lines.withLock { $0.append(line) } }
  func has(_ line: String) -> Bool { lines.withLock { $0.contains(line) } }
  var all: [String] { lines.withLock { $0 } }
}

/// An endpoint on a reactor: it takes every call, and makes one when it is told to.
private final class EndpointDriver: ReactorDriver {
  private var endpoint: H323Endpoint
  private var streams: H323Streams
  private var sink = H323EndpointSink()
  private let user = H323Streams.User(0)
  private let diary: Diary
  private let media = H323LocalMedia(
    media: Wire.SocketAddress(ip: loopback4.ip, port: 20_000),
    mediaControl: Wire.SocketAddress(ip: loopback4.ip, port: 20_001))
  private(set) var call: H323CallHandle?

  init(_ hub: StreamHub, _ reactor: Int, _ diary: Diary, isTunnelling: Bool) {
    var type = EndpointType(mc: false, undefinedNode: false)
    type.terminal = TerminalInfo()
    var configuration = H323EndpointConfiguration(endpointType: type, terminalType: 50)
    configuration.tunnelsH245 = isTunnelling
    configuration.usesFastStart = isTunnelling
    endpoint = H323Endpoint(configuration: configuration, seed: UInt64(reactor) + 7)
    streams = H323Streams(hub: hub, reactor: reactor, address: loopback4.ip)
    self.diary = diary
  }

  var nextDeadline: Instant? { endpoint.nextDeadline }

  func call(_ address: Wire.SocketAddress) {
    let identifier = GloballyUniqueID(high: 1, low: 2)
    call = endpoint.call(
      H323Calling(
        to: address, destination: [.h323ID("other")], source: [.h323ID("one")], callIdentifier: identifier,
        conferenceID: identifier, media: media),
      now: MonotonicClock.now, into: &sink)
    perform(MonotonicClock.now)
  }

  func hangUp() {
    if let call { endpoint.release(call, cause: 16, now: MonotonicClock.now, into: &sink) }
    perform(MonotonicClock.now)
  }

  func received(
    datagram: Span<UInt8>, from: Wire.SocketAddress, local: Wire.SocketAddress, socket: Int, truncated: Bool,
    now: Instant, io: inout ReactorIO
  ) {}

  func received(message: ReactorMessage, now: Instant, io: inout ReactorIO) {
    switch streams.received(message) {
    case nil, .some(.none): break
    case .call(let call): streams.give(call, to: user, &endpoint, now: now, into: &sink)
    case .of(_, let happening): tell(happening, now)
    }
    perform(now)
  }

  func timerFired(now: Instant, io: inout ReactorIO) {
    endpoint.advance(now: now, into: &sink)
    perform(now)
  }

  private func tell(_ happening: H323Streams.Happening, _ now: Instant) {
    switch happening {
    case .listening(_, let address): diary.note(address == nil ? "no place" : "listening")
    case .came: diary.note("came")
    case .opened, .message, .closed: break
    }
    streams.tell(happening, to: user, &endpoint, now: now, into: &sink)
  }

  private func perform(_ now: Instant) {
    while !sink.actions.isEmpty {
      for action in sink.take() {
        switch streams.perform(action, of: user) {
        case .done: break
        case .failed(let happening): tell(happening, now)
        case .event(let event): note(event, now)
        }
      }
    }
    diary.note("connections \(streams.count)")
  }

  private func note(_ event: H323EndpointEvent, _ now: Instant) {
    switch event {
    case .incoming(let call, _):
      self.call = call
      diary.note("incoming")
      endpoint.answer(call, media: media, now: now, into: &sink)
    case .connected: diary.note("connected")
    case .media(_, let media):
      if media.outgoing != nil, media.incoming != nil { diary.note("media") }
    case .released(_, let release): diary.note("released \(release.side) \(release.cause)")
    case .proceeding, .alerting, .digit, .redirected, .other: break
    }
  }
}

@Suite("Endpoints of H.323 on streams") struct H323StreamsTests {
  /// Two reactors, an endpoint on each; what comes in goes to the second.
  private func withEndpoints(
    isTunnelling: Bool,
    _ body: (TestNode, Wire.SocketAddress, _ caller: Diary, _ callee: Diary) async throws -> Void
  ) async throws {
    let node = try TestNode(reactors: 2, callOwner: { _ in 1 })
    let (caller, callee) = (Diary(), Diary())
    let hub = node.hub
    try node.group.start {
      EndpointDriver(hub, $0.reactor, $0.reactor == 0 ? caller : callee, isTunnelling: isTunnelling)
    }
    do {
      let listener = StreamListener(address: loopback4, transport: .tpkt, number: 0)
      try await body(node, try await hub.listen([listener])[0], caller, callee)
    } catch {
      await node.stop()
      throw error
    }
    await node.stop()
  }

  private func call(_ node: TestNode, _ server: Wire.SocketAddress) {
    node.group.mailboxes[0].post(.call { ($0 as? EndpointDriver)?.call(server) })
  }

  @Test("A call over one connection with fast connect, and over two without; then it ends", arguments: [true, false])
  func call(isTunnelling: Bool) async throws {
    try await withEndpoints(isTunnelling: isTunnelling) { node, server, caller, callee in
      call(node, server)
      #expect(await eventually { caller.has("media") && callee.has("media") }, "\(caller.all) \(callee.all)")
      #expect(caller.has("connected") && callee.has("incoming"))
      let places = [caller, callee].filter { $0.has("listening") && $0.has("came") }
      #expect(places.count == (isTunnelling ? 0 : 1))
      #expect(node.hub.callStatistics.open == (isTunnelling ? 2 : 4))
      node.group.mailboxes[0].post(.call { ($0 as? EndpointDriver)?.hangUp() })
      #expect(await eventually { callee.has("released peer 16") && caller.has("released us 16") })
      #expect(await eventually { node.hub.callStatistics.open == 0 })
      #expect(caller.all.last == "connections 0" && callee.all.last == "connections 0")
    }
  }

  @Test("Where nobody listens a call ends at once")
  func refused() async throws {
    try await withEndpoints(isTunnelling: true) { node, server, caller, _ in
      await node.hub.stopListening()
      call(node, server)
      #expect(await eventually { caller.has("released connection 27") })
      #expect(node.hub.callStatistics.failed == 1)
    }
  }
}
