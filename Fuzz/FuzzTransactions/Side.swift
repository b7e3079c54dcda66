import FuzzSupport
import SIPMessage
import SIPTransaction
import Wire

/// A message under way.
struct Packet {
  let bytes: [UInt8]
  let hop: Hop
}

/// A layer, its user, and what the user must be able to rely on.
final class Side {
  /// What is known of a transaction, from its beginning to the report of its end.
  struct Server {
    let hop: Hop
    let isInvite: Bool
    var finals: [Int] = []
    var hasEnded = false
  }
  struct Client {
    let isInvite: Bool
    var hasFinal = false
    var hasEnded = false
  }

  private var layer: TransactionLayer
  private var sink = TransactionSink()
  private let limits: TransactionLimits
  private(set) var servers: [ServerTransactionID] = []
  private(set) var clients: [ClientTransactionID] = []
  private var serverFacts: [ServerTransactionID: Server] = [:]
  private var clientFacts: [ClientTransactionID: Client] = [:]
  /// What was sent and has not been taken.
  private(set) var sent: [Packet] = []
  var now = Instant.zero

  init(timers: SIPTimers, limits: TransactionLimits) {
    self.limits = limits
    layer = TransactionLayer(timers: timers, limits: limits, hashKey: (5, 6))
  }

  func takeSent() -> [Packet] {
    defer { sent = [] }
    return sent
  }

  // MARK: Messages

  /// Takes a message from the network, if it is one.
  func receive(_ bytes: [UInt8], from hop: Hop) {
    let span = bytes.span
    var index = SIPMessageIndex()
    guard (try? index.index(span, framing: hop.transport.isReliable ? .stream : .datagram)) != nil else { return }
    let view = index.view(of: span)
    guard (try? view.validate()) != nil else { return }
    let held = (layer.serverCount, layer.clientCount)
    if view.isRequest {
      let isInvite = view.isMethod("INVITE")
      let match = layer.receiveRequest(view, hop: hop, now: now, into: &sink)
      switch match {
      case .new(let id):
        require(!view.isMethod("ACK") && !view.isMethod("CANCEL"), "an ACK or CANCEL as something new")
        begin(id, hop, isInvite: isInvite)
        _ = layer.mergedRequest(id, view)
      case .cancel(let id, let invite):
        require(view.isMethod("CANCEL"), "a CANCEL that is none")
        begin(id, hop, isInvite: false)
        if let invite { require(serverFacts[invite]?.hasEnded == false, "a CANCEL for an INVITE that is gone") }
      case .ackAbsorbed(let id):
        require(view.isMethod("ACK") && serverFacts[id]?.hasEnded == false, "absorbed what is no ACK")
        require(serverFacts[id]?.finals.first.map { $0 >= 300 } == true, "an ACK absorbed without a final response")
      case .retransmission, .ackForSuccess, .overloaded, .malformed: break
      }
      require(sink.actions.count <= 1, "\(match) made \(sink.actions.count) actions")
      if case .overloaded = match { require(held.0 == layer.serverCount, "overloaded and yet one more") }
    } else {
      let match = layer.receiveResponse(view, hop: hop, now: now, into: &sink)
      if case .client(let id) = match {
        require(clientFacts[id]?.hasEnded == false, "a response for a transaction that nobody has")
        require(clientFacts[id]?.hasFinal == false || (200...299).contains(view.statusCode), "two final responses")
        if view.statusCode >= 200 { clientFacts[id]?.hasFinal = true }
      }
      require(sink.actions.count <= 2, "a response made \(sink.actions.count) actions")
      require(layer.clientCount <= held.1 + 1, "a response made transactions")
    }
    work()
  }

  private func begin(_ id: ServerTransactionID, _ hop: Hop, isInvite: Bool) {
    require(serverFacts[id] == nil, "a name was given twice")
    servers.append(id)
    serverFacts[id] = Server(hop: hop, isInvite: isInvite)
    layer.setContext(UInt64(servers.count), of: id)
    require(layer.request(of: id) != nil && layer.source(of: id) == hop, "a new request is not kept")
  }

  // MARK: The user

  func send(_ text: String, method: SIPMethod, branch: String, to hop: Hop, timerC: Bool) {
    let branch = Array(branch.utf8)
    let id = layer.sendRequest(
      method: method, branch: branch.span, bytes: Array(text.utf8), hop: hop, context: 7, timerC: timerC, now: now,
      into: &sink)
    require(sink.actions.count == (id == nil ? 0 : 1), "a request was sent \(sink.actions.count) times")
    if let id {
      require(method != .ack && clientFacts[id] == nil, "a name was given twice, or to an ACK")
      clients.append(id)
      clientFacts[id] = Client(isInvite: method == .invite)
    }
    work()
  }

  /// Answers a request that came, or tries to answer one that is gone.
  func respond(_ id: ServerTransactionID, status: Int) {
    let request = layer.request(of: id)
    var bytes = Array("SIP/2.0 \(status) X\r\n\r\n".utf8)
    if let request {
      var writer = SIPResponseWriter(status)
      if status > 100 { writer.toTag = "fuzz" }
      bytes = []
      writer.write(answering: request.view, into: &bytes)
    }
    let isSent = layer.respond(id, status: status, bytes: bytes, now: now, into: &sink)
    require(sink.actions.count == (isSent ? 1 : 0), "a response was sent \(sink.actions.count) times")
    if isSent, let facts = serverFacts[id] {
      require(!facts.hasEnded, "a response was sent for a transaction that is gone")
      if let last = facts.finals.last {
        require(facts.isInvite && last < 300 && (200...299).contains(status), "\(status) after \(last)")
      }
      if status >= 200 { serverFacts[id]?.finals.append(status) }
    }
    work()
  }

  func cancel(_ id: ClientTransactionID) {
    let result = layer.sendCancel(
      of: id, headers: Array("Reason: SIP;cause=200\r\n".utf8), now: now, into: &sink)
    switch result {
    case .sent:
      require(sink.actions.count == 1 && clientFacts[id]?.isInvite == true, "a CANCEL for what is no INVITE")
    case .deferred, .pointless: require(sink.actions.isEmpty, "\(result) and yet something was done")
    }
    work()
  }

  func fail(client id: ClientTransactionID) {
    layer.transportFailed(client: id, into: &sink)
    work()
  }

  func fail(server id: ServerTransactionID) {
    layer.transportFailed(server: id, into: &sink)
    work()
  }

  func fail(connection: ConnectionID) {
    layer.transportFailed(connection: connection, into: &sink)
    work()
  }

  func reconnect(client: ClientTransactionID?, server: ServerTransactionID?, _ connection: ConnectionID) {
    if let client { layer.setConnection(connection, of: client) }
    if let server {
      layer.setConnection(connection, of: server)
    }
  }

  // MARK: Time

  /// Fires every timer up to a time, each when it is due.
  func advance(to end: Instant) {
    var steps = 0
    while let deadline = layer.nextDeadline, deadline <= end {
      now = max(now, deadline)
      layer.advance(now: now, into: &sink)
      work()
      steps += 1
      require(steps < 200_000, "time stands still at \(now)")
    }
    now = max(now, end)
    layer.advance(now: now, into: &sink)
    work()
  }

  /// Answers and cancels whatever waits for its user, and lets time run out: then nothing may be left.
  func settle() {
    for id in servers where layer.request(of: id) != nil { respond(id, status: 500) }
    for id in clients { cancel(id) }
    // The longest way out: an INVITE, timer B or the CANCEL's 64·T1, timer D; all of it twice over.
    advance(to: now + .seconds(400))
    require(layer.isEmpty, "\(layer.serverCount) server and \(layer.clientCount) client transactions are left")
    require(layer.retainedBytes == 0, "\(layer.retainedBytes) bytes are left")
    require(layer.nextDeadline == nil, "a timer is left")
    require(serverFacts.values.allSatisfy(\.hasEnded), "a server transaction's end was not reported")
    require(clientFacts.values.allSatisfy(\.hasEnded), "a client transaction's end was not reported")
  }

  // MARK: What the layer wants

  private func work() {
    var toCancel: [ClientTransactionID] = []
    for action in sink.actions {
      switch action {
      case .send(let bytes, let hop, .server(let id)):
        guard let facts = serverFacts[id] else {
          require(false, "a response to nothing")
          break
        }
        require(!facts.hasEnded, "a response of a transaction that is gone")
        require(hop.remote.ip == facts.hop.remote.ip && hop.transport == facts.hop.transport, "a response elsewhere")
        require(bytes.starts(with: "SIP/2.0 ".utf8), "a response that is none")
        sent.append(Packet(bytes: bytes, hop: hop))
      case .send(let bytes, let hop, .client(let id)):
        require(!bytes.isEmpty && !bytes.starts(with: "SIP/2.0 ".utf8), "a request that is none")
        if clientFacts[id] == nil {
          require(bytes.starts(with: "CANCEL ".utf8), "a request nobody sent")
        } else {
          require(clientFacts[id]?.hasEnded == false, "a request of a transaction that is gone")
        }
        sent.append(Packet(bytes: bytes, hop: hop))
      case .timerC(let id, let context):
        require(clientFacts[id]?.hasEnded == false && context == 7, "timer C of a transaction that is gone")
        toCancel.append(id)
      case .timeout(let id, let context), .clientTransportError(let id, let context):
        require(clientFacts[id]?.hasEnded == false && context == 7, "news of a transaction that is gone")
      case .serverTransportError(let id, let context), .serverTimeout(let id, let context):
        require(serverFacts[id]?.hasEnded == false && context > 0, "news of a transaction that is gone")
      case .clientTerminated(let id, let context):
        require(clientFacts[id]?.hasEnded == false && context == 7, "the end of nothing, or twice")
        clientFacts[id]?.hasEnded = true
      case .serverTerminated(let id, let context):
        require(serverFacts[id]?.hasEnded == false && context > 0, "the end of nothing, or twice")
        serverFacts[id]?.hasEnded = true
      }
    }
    sink.removeAll()
    // CANCELs of held INVITEs are admitted beyond the limits, one for each.
    require(layer.serverCount <= 2 * limits.maxServerTransactions, "\(layer.serverCount) server transactions")
    require(layer.clientCount <= 2 * limits.maxClientTransactions, "\(layer.clientCount) client transactions")
    require(layer.retainedBytes >= 0, "\(layer.retainedBytes) bytes are kept")
    // A user that is told of timer C cancels.
    for id in toCancel { cancel(id) }
  }
}
