import SIPMessage
import SIPTransaction
import Testing
import Wire

@Suite("A layer under random events")
struct RandomEventsTests {
  /// Whatever happens in whatever order, nothing traps, every transaction ends once, and nothing is left.
  @Test("random events", arguments: 0..<24 as Range<UInt64>)
  func events(seed: UInt64) throws {
    let storm = Storm(seed: seed)
    for _ in 0..<3000 { try storm.step() }
    storm.settle()
    #expect(storm.harness.isEmpty)
    #expect(storm.harness.retainedBytes == 0)
    #expect(storm.harness.nextDeadline == nil)
    #expect(storm.serverEnds.count == storm.servers.count)
    #expect(storm.clientEnds.count == storm.clients.count)
    #expect(storm.repeatedEnds == 0)
    #expect(storm.problems == [])
    #expect(storm.servers.count > 100)
    #expect(storm.clients.count > 100)
  }
}

/// Throws events at a layer: few branches, so that they meet; names of the living and the dead; all status codes.
private final class Storm {
  let harness: Harness
  var random: SplitMix64
  let limits = TransactionLimits(
    maxServerTransactions: 40, maxClientTransactions: 40,
    maxRetainedBytes: 60 * (TransactionLimits.overheadPerTransaction + 600))
  var servers: [ServerTransactionID] = []
  var clients: [ClientTransactionID] = []
  var serverEnds: Set<ServerTransactionID> = []
  var clientEnds: Set<ClientTransactionID> = []
  var repeatedEnds = 0
  var problems: [String] = []

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
    harness = Harness(timers: SIPTimers(trying: seed % 2 == 0 ? nil : .milliseconds(200)), limits: limits)
  }

  func step() throws {
    switch Int.random(in: 0..<12, using: &random) {
    case 0...2: try receiveRequest()
    case 3...4: respond()
    case 5: send()
    case 6...7: try receiveResponse()
    case 8: if let id = clients.randomElement(using: &random) { _ = harness.cancel(id) }
    case 9: fail()
    case 10: reconnect()
    default: harness.advance(by: .milliseconds(random.chance(10) ? 40_000 : Int.random(in: 0...600, using: &random)))
    }
    // The CANCELs of held INVITEs are admitted beyond the limits, one for each.
    if harness.serverCount > 2 * limits.maxServerTransactions { problems.append("too many server transactions") }
    if harness.clientCount > 2 * limits.maxClientTransactions { problems.append("too many client transactions") }
    note()
  }

  /// Answers and cancels whatever still waits for it, and lets time run out.
  func settle() {
    for id in servers { harness.respond(id, TestMessage().response(500)) }
    for id in clients where harness.isPending(id) { harness.transportFailed(client: id) }
    for id in clients { _ = harness.cancel(id) }
    harness.drain()
    note()
  }

  private func note() {
    for action in harness.take() {
      switch action {
      case .serverTerminated(let id, _): if !serverEnds.insert(id).inserted { repeatedEnds += 1 }
      case .clientTerminated(let id, _): if !clientEnds.insert(id).inserted { repeatedEnds += 1 }
      case .send(let bytes, _, _): if bytes.isEmpty { problems.append("nothing sent") }
      case .timeout(let id, _), .timerC(let id, _), .clientTransportError(let id, _):
        if clientEnds.contains(id) { problems.append("news of a client transaction that is gone") }
      case .serverTimeout(let id, _), .serverTransportError(let id, _):
        if serverEnds.contains(id) { problems.append("news of a server transaction that is gone") }
      }
    }
  }

  private func message(_ methods: [String]) -> TestMessage {
    let number = Int.random(in: 0..<20, using: &random)
    return TestMessage(
      method: methods.randomElement(using: &random) ?? "INVITE",
      branch: random.chance(20) ? (random.chance(50) ? nil : "z9hG4bK") : "z9hG4bK\(number)",
      toTag: random.chance(30) ? "8321234356" : nil, callID: "call\(number)", cseq: number)
  }

  private var hop: Hop { random.chance(50) ? Harness.peer : Harness.stream }

  private var status: Int {
    let codes = [99, 100, 100, 180, 183, 200, 200, 202, 302, 404, 408, 486, 487, 600, 700]
    return codes.randomElement(using: &random) ?? 200
  }

  private func receiveRequest() throws {
    let message = message(["INVITE", "INVITE", "INVITE", "ACK", "ACK", "CANCEL", "BYE", "OPTIONS", "STRANGE"])
    switch try harness.receive(request: message, from: hop) {
    case .new(let id):
      servers.append(id)
      _ = try harness.mergedRequest(id, message)
    case .cancel(let id, let invite):
      servers.append(id)
      if let invite, harness.source(of: invite) == nil { problems.append("CANCEL of an INVITE that is gone") }
    case .retransmission, .ackAbsorbed, .ackForSuccess, .overloaded: break
    case .malformed(let error): problems.append("\(error)")
    }
  }

  private func respond() {
    guard let id = servers.randomElement(using: &random) else { return }
    harness.respond(id, TestMessage().response(status))
  }

  private func send() {
    let message = message(["INVITE", "INVITE", "OPTIONS", "BYE", "ACK"])
    guard let id = harness.send(message, to: hop, timerC: random.chance(50)) else { return }
    if message.method == "ACK" { problems.append("ACK in a transaction") }
    clients.append(id)
  }

  private func receiveResponse() throws {
    let message = message(["INVITE", "INVITE", "OPTIONS", "BYE", "CANCEL", "ACK"]).response(status)
    guard (100...699).contains(message.status ?? 0) else { return }
    if case .client(let id) = try harness.receive(response: message, from: hop), !clients.contains(id) {
      problems.append("response for a transaction nobody began")
    }
  }

  private func fail() {
    switch Int.random(in: 0..<3, using: &random) {
    case 0: if let id = clients.randomElement(using: &random) { harness.transportFailed(client: id) }
    case 1: if let id = servers.randomElement(using: &random) { harness.transportFailed(server: id) }
    default: if random.chance(20) { harness.transportFailed(connection: Harness.stream.connection) }
    }
  }

  private func reconnect() {
    if let id = clients.randomElement(using: &random) {
      harness.setConnection(ConnectionID(UInt64.random(in: 0...9, using: &random)), of: id)
    }
    if let id = servers.randomElement(using: &random) {
      harness.setConnection(ConnectionID(UInt64.random(in: 0...9, using: &random)), of: id)
    }
  }
}
