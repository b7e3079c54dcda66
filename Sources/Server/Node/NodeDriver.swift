import Proxy
import Reactor
import SIPMessage
import SIPTransaction
import Synchronization
import Telemetry
import Transport
import Wire
import Witness

/// Drives the proxy core of one reactor: bytes in, bytes out, everything else asked of the node.
///
/// The walk of a datagram: ring → index → owner (by Call-ID) → core → actions → outbox. A message that another reactor
/// owns goes there in one hop, as bytes.
final class NodeDriver: ReactorDriver {
  private let reactor: Int
  private let shared: NodeShared
  private var core: ProxyCore
  /// Taken out while a message is looked at, since the view borrows it.
  private var index: SIPMessageIndex? = SIPMessageIndex()
  private var sink = ProxySink()
  /// The streams this reactor has heard of, by their number: where what they bring comes from.
  private var streams: [UInt64: Hop] = [:]
  private var moment: Moment

  init(_ context: ReactorContext, shared: NodeShared, core: consuming ProxyCore, now: Instant) {
    reactor = context.reactor
    self.shared = shared
    self.core = core
    moment = Moment(now: now, clock: SystemClock.now())
  }

  var nextDeadline: Instant? { core.nextDeadline }

  private func turn(to now: Instant) {
    if now != moment.now { moment = Moment(now: now, clock: SystemClock.now()) }
  }

  // MARK: Datagrams

  func received(
    datagram: Span<UInt8>, from: SocketAddress, local: SocketAddress, socket: Int, truncated: Bool, now: Instant,
    io: inout ReactorIO
  ) {
    turn(to: now)
    guard !truncated, shared.store.admitsPacket(from: from.ip, now: now) else { return }
    let hop = Hop(
      transport: .udp, remote: from, listener: shared.datagramListeners[socket])
    take(datagram, from: hop, framing: .datagram, io: &io) { bytes in
      .datagram(bytes, from: from, local: local, socket: UInt16(truncatingIfNeeded: socket), receivedAt: now)
    }
  }

  /// Indexes a message and gives it to its owner: this core, or another reactor.
  private func take(
    _ bytes: Span<UInt8>, from hop: Hop, framing: SIPFraming, isHandedOver: Bool = false, io: inout ReactorIO,
    handOver: ([UInt8]) -> ReactorMessage
  ) {
    var own = index.take() ?? SIPMessageIndex()
    take(bytes, from: hop, framing: framing, isHandedOver: isHandedOver, index: &own, io: &io, handOver: handOver)
    index = consume own
  }

  private func take(
    _ bytes: Span<UInt8>, from hop: Hop, framing: SIPFraming, isHandedOver: Bool, index: inout SIPMessageIndex,
    io: inout ReactorIO, handOver: ([UInt8]) -> ReactorMessage
  ) {
    do throws(SIPParseError) {
      try index.index(bytes, framing: framing)
    } catch {
      if error.isAnswerable {
        core.refuseMalformed(index.view(of: bytes), error, from: hop, at: moment, into: &sink)
      } else {
        core.refuseUnreadable(error, from: hop, at: moment, into: &sink)
      }
      perform(&io)
      return
    }
    let view = index.view(of: bytes)
    if !isHandedOver, shared.reactorCount > 1, let callID = try? view.callID() {
      let owner = shared.owner(of: view.slice(callID))
      if owner != reactor {
        _ = io.post(to: owner, handOver([UInt8](copying: bytes)))
        return
      }
    }
    if shared.takesAliases, hop.transport == .tcp, let address = StreamWord.alias(view) {
      shared.hub.alias(address, to: hop.connection.rawValue)
    }
    core.receive(view, from: hop, at: moment, into: &sink)
    perform(&io)
  }

  // MARK: Messages of other threads

  func received(message: ReactorMessage, now: Instant, io: inout ReactorIO) {
    turn(to: now)
    switch message {
    case .datagram(let bytes, let from, _, let socket, _):
      let hop = Hop(transport: .udp, remote: from, listener: shared.datagramListeners[Int(socket)])
      take(bytes.span, from: hop, framing: .datagram, isHandedOver: true, io: &io) { _ in message }
    case .streamMessage(let bytes, let connection):
      guard let hop = streams[connection] else { return }
      take(bytes.span, from: hop, framing: .stream, isHandedOver: true, io: &io) { _ in message }
    case .streamOpened(let connection, let facts):
      streams[connection] = Hop(
        transport: facts.transport.kind, remote: facts.remote, connection: ConnectionID(rawValue: connection),
        listener: facts.listener ?? shared.streamListener(for: facts))
    case .streamFailed(let connection, _), .streamClosed(let connection, _):
      streams[connection] = nil
      core.connectionClosed(ConnectionID(rawValue: connection), at: moment, into: &sink)
      perform(&io)
    case .control(let subject, let payload):
      guard subject == Self.lostDatagram else { return }
      core.datagramLost(payload.span, at: moment, into: &sink)
      perform(&io)
    case .call, .stop:
      break
    }
  }

  /// A `control` message whose payload is what an ICMP report quotes.
  private static let lostDatagram: UInt64 = 1

  func sendFailed(_ failure: borrowing SendFailure, now: Instant, io: inout ReactorIO) {
    turn(to: now)
    guard let owner = ProxyCore.reactor(ofLost: failure.payload.span), owner < shared.reactorCount else { return }
    if owner == reactor {
      core.datagramLost(failure.payload.span, at: moment, into: &sink)
      perform(&io)
    } else {
      _ = io.post(to: owner, .control(Self.lostDatagram, payload: failure.payload))
    }
  }

  func timerFired(now: Instant, io: inout ReactorIO) {
    turn(to: now)
    core.advance(at: moment, into: &sink)
    perform(&io)
  }

  /// What the core counted, for `/metrics`.
  var counters: SIPCounters { core.counters }
  /// How many calls are up here.
  var activeCalls: Int { core.activeCalls }

  /// Lets a reload or the end of the node change what the core decides by.
  func change(_ change: (inout ProxyCore) -> Void) { change(&core) }

  // MARK: Actions

  /// Performs what the core wants until it wants nothing more. Answers of the store come at once, and may want more.
  private func perform(_ io: inout ReactorIO) {
    var next = 0
    while next < sink.actions.count {
      let action = sink.actions[next]
      next += 1
      switch action {
      case .send(let bytes, let hop, let origin): send(bytes, to: hop, origin, io: &io)
      case .ask(let query, let context):
        let answer = shared.store.answer(query, now: moment.now, clock: moment.clock)
        core.answer(context, answer, at: moment, into: &sink)
      case .tell(let query): _ = shared.store.answer(query, now: moment.now, clock: moment.clock)
      case .record(let event): shared.witness.post(event)
      case .authenticationFailed(let user, let source):
        _ = shared.store.authenticationFailed(user: user, source: source, now: moment.now)
      }
    }
    sink.actions.removeAll(keepingCapacity: true)
  }

  private func send(_ bytes: [UInt8], to hop: Hop, _ origin: TransactionOrigin?, io: inout ReactorIO) {
    guard hop.transport.isReliable else {
      let socket = shared.sockets[Int(hop.listener)] ?? 0
      if !io.send(bytes: bytes.span, to: hop.remote, socket: socket), let origin {
        core.transportFailed(origin, at: moment, into: &sink)
      }
      return
    }
    sendOnStream(bytes, to: hop, origin)
  }

  /// Streams are used again as long as they live (RFC 3261 §18); a response goes back on the one its request came by.
  private func sendOnStream(_ bytes: [UInt8], to hop: Hop, _ origin: TransactionOrigin?) {
    var connection = hop.connection.rawValue
    if connection == 0 || shared.hub.facts(of: connection) == nil {
      guard let transport = StreamTransport(hop.transport) else { return }
      var remote = hop.remote
      if connection != 0, let port = StreamWord.returnPort(of: bytes, hop.transport) { remote.port = port }
      connection = shared.hub.connect(to: remote, transport: transport, from: reactor)
    }
    guard connection != 0, shared.hub.send(bytes, connection: connection, from: reactor) else {
      if let origin { core.transportFailed(origin, at: moment, into: &sink) }
      return
    }
    if let origin, connection != hop.connection.rawValue {
      core.sentOn(ConnectionID(rawValue: connection), origin)
    }
  }
}
