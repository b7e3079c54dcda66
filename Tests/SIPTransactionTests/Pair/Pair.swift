import SIPMessage
import SIPTransaction
import Testing
import Wire

/// Two layers on virtual time with a bad network between them: a user agent client that calls, cancels and asks, and a
/// server that answers in its own time. Records whatever contradicts what transactions promise.
final class Pair {
  enum Side { case client, server }

  enum Event {
    case arrive([UInt8], at: Side)
    case start(Int)
    case cancel(Int)
    case answer(Int, status: Int)
    case repeatSuccess(Int, interval: Int64)
    case breakConnection
  }

  let conditions: NetworkConditions
  var random: SplitMix64
  var agenda = Agenda<Event>()
  var now: Int64 = 0
  var problems: [String] = []

  var clientLayer: TransactionLayer
  var serverLayer: TransactionLayer
  var sink = TransactionSink()
  var calls: [Call] = []

  // The transport of the virtual network keeps order on a stream.
  private var lastArrival: [Int64] = [0, 0]
  private var eventsLeft = 200_000
  private var isBroken = false

  static let clientHop = Hop(transport: .udp, remote: Harness.address("192.0.2.1:5060"))
  static let serverHop = Hop(transport: .udp, remote: Harness.address("192.0.2.2:5060"))

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
    conditions = .random(&random)
    clientLayer = TransactionLayer(hashKey: (random.next(), random.next()))
    serverLayer = TransactionLayer(hashKey: (random.next(), random.next()))
    for number in 0..<Int.random(in: 1...12, using: &random) {
      calls.append(Call(number: number, transport: conditions.transport, random: &random))
      agenda.add(.start(number), at: Int64.random(in: 0...5000, using: &random))
    }
    if conditions.transport.isReliable, random.chance(30) {
      agenda.add(.breakConnection, at: Int64.random(in: 0...20_000, using: &random))
    }
  }

  /// Runs to the end and returns what went wrong.
  func run() -> [String] {
    while true {
      let deadlines = [agenda.nextTime, clientLayer.nextDeadline?.milliseconds, serverLayer.nextDeadline?.milliseconds]
      guard let next = deadlines.compactMap({ $0 }).min() else { break }
      eventsLeft -= 1
      guard eventsLeft > 0 else {
        problems.append("no end in sight at \(now) ms")
        break
      }
      now = max(now, next)
      if let time = agenda.nextTime, time <= now, let event = agenda.removeFirst() { handle(event) }
      clientLayer.advance(now: .milliseconds(now), into: &sink)
      perform(.client)
      serverLayer.advance(now: .milliseconds(now), into: &sink)
      perform(.server)
    }
    checkEnd()
    return problems
  }

  func fail(_ call: Call, _ text: String) {
    problems.append("\(now) ms, \(call.method) \(call.number): \(text)")
  }

  /// Puts a message on its way.
  func transmit(_ bytes: [UInt8], to side: Side) {
    if bytes.isEmpty { problems.append("\(now) ms: nothing to send") }
    if isBroken { return }
    let copies = random.chance(conditions.duplicationPercent) ? 2 : 1
    for _ in 0..<copies where !random.chance(conditions.lossPercent) {
      var arrival = now + Int64.random(in: conditions.latency, using: &random)
      if conditions.transport.isReliable {
        let lane = side == .client ? 0 : 1
        arrival = max(arrival, lastArrival[lane])
        lastArrival[lane] = arrival
      }
      agenda.add(.arrive(bytes, at: side), at: arrival)
    }
  }

  private func handle(_ event: Event) {
    switch event {
    case .arrive(let bytes, at: .server): receiveRequest(bytes)
    case .arrive(let bytes, at: .client): receiveResponse(bytes)
    case .start(let number): start(number)
    case .cancel(let number): cancel(number)
    case .answer(let number, let status): answer(number, status: status)
    case .repeatSuccess(let number, let interval): repeatSuccess(number, interval: interval)
    case .breakConnection:
      isBroken = true
      clientLayer.transportFailed(connection: Self.connection, into: &sink)
      perform(.client)
    }
  }

  static let connection = ConnectionID(1)

  func hop(to side: Side) -> Hop {
    var hop = side == .client ? Self.clientHop : Self.serverHop
    hop.transport = conditions.transport
    hop.connection = conditions.transport.isReliable ? Self.connection : .none
    return hop
  }

  private func checkEnd() {
    for (name, isEmpty, bytes) in [
      ("client", clientLayer.isEmpty, clientLayer.retainedBytes),
      ("server", serverLayer.isEmpty, serverLayer.retainedBytes),
    ] {
      if !isEmpty { problems.append("the \(name) holds transactions at the end") }
      if bytes != 0 { problems.append("the \(name) counts \(bytes) bytes at the end") }
    }
    for call in calls { checkEnd(call) }
  }
}
