import SIPMessage
import SIPTransaction
import Testing
import Wire

/// A layer on virtual time, driven with messages that tests write.
final class Harness {
  var layer: TransactionLayer
  var sink = TransactionSink()
  var now = Instant.zero

  static let peer = Hop(transport: .udp, remote: address("192.0.2.1:61000"), listener: 1)
  static let stream = Hop(transport: .tcp, remote: address("192.0.2.9:5060"), connection: ConnectionID(7), listener: 2)

  init(timers: SIPTimers = .rfc3261, limits: TransactionLimits = .default) {
    layer = TransactionLayer(timers: timers, limits: limits, hashKey: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908))
  }

  static func address(_ text: String) -> SocketAddress {
    SocketAddress(text) ?? SocketAddress(ip: .anyIPv4, port: 0)
  }

  /// Takes the actions that have come together since the last call.
  func take() -> [TransactionAction] {
    defer { sink.removeAll() }
    return sink.actions
  }

  func receive(request message: TestMessage, from hop: Hop = peer) throws -> RequestMatch {
    let bytes = message.bytes
    var index = SIPMessageIndex()
    try index.index(bytes.span, framing: .datagram)
    return layer.receiveRequest(index.view(of: bytes.span), hop: hop, now: now, into: &sink)
  }

  /// A request that must be new.
  func begin(_ message: TestMessage, from hop: Hop = peer) throws -> ServerTransactionID {
    guard case .new(let id) = try receive(request: message, from: hop) else { throw Unexpected() }
    return id
  }

  func receive(response message: TestMessage, from hop: Hop = peer) throws -> ResponseMatch {
    let bytes = message.bytes
    var index = SIPMessageIndex()
    try index.index(bytes.span, framing: .datagram)
    return layer.receiveResponse(index.view(of: bytes.span), hop: hop, now: now, into: &sink)
  }

  @discardableResult
  func respond(_ id: ServerTransactionID, _ message: TestMessage) -> Bool {
    layer.respond(id, status: message.status ?? 0, bytes: message.bytes, now: now, into: &sink)
  }

  func send(
    _ message: TestMessage, to hop: Hop = peer, context: UInt64 = 0, timerC: Bool = false
  ) -> ClientTransactionID? {
    let branch = Array((message.branch ?? "").utf8)
    let method = Array(message.method.utf8)
    return layer.sendRequest(
      method: SIPMethod(parsing: method.span) ?? .invite, branch: branch.span, bytes: message.bytes, hop: hop,
      context: context, timerC: timerC, now: now, into: &sink)
  }

  /// Lets time pass, stopping at every deadline on the way.
  func advance(to end: Instant) {
    while let deadline = layer.nextDeadline, deadline <= end {
      now = max(now, deadline)
      layer.advance(now: now, into: &sink)
    }
    now = end
    layer.advance(now: now, into: &sink)
  }

  func advance(by duration: Duration) { advance(to: now + duration) }

  /// Runs until nothing is held; for tests that only care that it ends.
  func drain() {
    while let deadline = layer.nextDeadline { advance(to: max(deadline, now)) }
  }

  struct Unexpected: Error {}
}

// What tests ask of the layer, in reach of `#expect`, which cannot hold a value that must not be copied.
extension Harness {
  var serverCount: Int { layer.serverCount }
  var clientCount: Int { layer.clientCount }
  var retainedBytes: Int { layer.retainedBytes }
  var isEmpty: Bool { layer.isEmpty }
  var nextDeadline: Instant? { layer.nextDeadline }
  var slabChunks: Int { layer.slabChunks }

  func context(of id: ServerTransactionID) -> UInt64? { layer.context(of: id) }
  func setContext(_ context: UInt64, of id: ServerTransactionID) { layer.setContext(context, of: id) }
  func request(of id: ServerTransactionID) -> SIPMessage? { layer.request(of: id) }
  func source(of id: ServerTransactionID) -> Hop? { layer.source(of: id) }
  func responseHop(of id: ServerTransactionID) -> Hop? { layer.responseHop(of: id) }
  func invitePhase(of id: ServerTransactionID) -> InviteServerTransaction.Phase? { layer.invitePhase(of: id) }
  func setConnection(_ connection: ConnectionID, of id: ServerTransactionID) {
    layer.setConnection(connection, of: id)
  }
  func transportFailed(server id: ServerTransactionID) { layer.transportFailed(server: id, into: &sink) }

  func context(of id: ClientTransactionID) -> UInt64? { layer.context(of: id) }
  func setContext(_ context: UInt64, of id: ClientTransactionID) { layer.setContext(context, of: id) }
  func hop(of id: ClientTransactionID) -> Hop? { layer.hop(of: id) }
  func isPending(_ id: ClientTransactionID) -> Bool { layer.isPending(id) }
  func isProceeding(_ id: ClientTransactionID) -> Bool { layer.isProceeding(id) }
  func setConnection(_ connection: ConnectionID, of id: ClientTransactionID) {
    layer.setConnection(connection, of: id)
  }
  func cancel(_ id: ClientTransactionID, headers: [UInt8] = []) -> CancelResult {
    layer.sendCancel(of: id, headers: headers, now: now, into: &sink)
  }
  func transportFailed(client id: ClientTransactionID) { layer.transportFailed(client: id, into: &sink) }
  func transportFailed(connection: ConnectionID) { layer.transportFailed(connection: connection, into: &sink) }

  /// Asks whether the transaction's request was merged.
  func mergedRequest(_ id: ServerTransactionID, _ message: TestMessage) throws -> ServerTransactionID? {
    let bytes = message.bytes
    var index = SIPMessageIndex()
    try index.index(bytes.span, framing: .datagram)
    return layer.mergedRequest(id, index.view(of: bytes.span))
  }
}

extension TransactionAction {
  /// The text of what is sent; nil for every other action.
  var sentText: String? {
    if case .send(let bytes, _, _) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
  }

  /// The lines of what is sent, sorted: the order of headers is nobody's business.
  var sentLines: [String]? {
    guard case .send(let bytes, _, _) = self else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    return text.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init).sorted()
  }

  var sentTo: Hop? {
    if case .send(_, let hop, _) = self { hop } else { nil }
  }

  /// A short name, for comparing sequences of actions.
  var kind: String {
    switch self {
    case .send(let bytes, _, _):
      String(decoding: bytes.prefix { $0 != 0x0d }, as: UTF8.self)
    case .timeout: "timeout"
    case .timerC: "timer C"
    case .clientTransportError: "client transport error"
    case .serverTransportError: "server transport error"
    case .serverTimeout: "server timeout"
    case .clientTerminated: "client terminated"
    case .serverTerminated: "server terminated"
    }
  }
}
