import Admissions
import Gatekeeper
import Guard
import H225
import PER
import Testing
import Wire

/// A client of H.225.0 and gatekeepers on one virtual clock, with a network between them that loses, repeats and reorders.
private struct Pair {
  static let address = Bench.host(12)

  struct Datagram {
    var octets: [UInt8]
    var from: SocketAddress
    var to: SocketAddress
    var arrives: Instant
  }

  var client: RASClient
  var gatekeepers: [SocketAddress: Gatekeeper] = [:]
  var tables: [SocketAddress: AdmissionTable] = [:]
  var silent: Set<SocketAddress> = []
  var now = Instant(milliseconds: 1_000)
  var network: [Datagram] = []
  var random: SplitMix64
  var loss = 0
  var told: [(RASClient.Action, Instant)] = []

  init(_ addresses: [SocketAddress], seed: UInt64 = 1, loss: Int = 0, timeToLive: Int = 60) throws {
    random = SplitMix64(seed: seed)
    self.loss = loss
    var configuration = RASClientConfiguration(
      gatekeepers: Array(addresses.prefix(1)), rasAddress: Bench.transport(Self.address),
      callSignalAddress: [Bench.transport(Bench.host(12, port: 1720))],
      terminalType: EndpointType(mc: false, undefinedNode: false), terminalAlias: [.h323ID("hall")],
      endpointVendor: Bench.vendor)
    configuration.timeToLive = timeToLive
    client = RASClient(configuration)
    for (place, address) in addresses.enumerated() {
      var gatekeeper = GatekeeperConfiguration(
        identifier: BMPString("council-\(place)"), rasAddress: address, callSignalAddress: Bench.council)
      gatekeeper.alternates = addresses.filter { $0 != address }
      gatekeepers[address] = Gatekeeper(
        configuration: gatekeeper, registry: try Registry(.council), seed: (UInt64(place), 7),
        rememberingSince: Bench.start)
      tables[address] = AdmissionTable()
    }
  }

  var moment: Moment { Moment(now: now, clock: Bench.start + (now - .zero)) }

  mutating func send(_ octets: [UInt8], from: SocketAddress, to: SocketAddress) {
    let copies = random.chance(loss) ? 0 : random.chance(loss) ? 2 : 1
    for _ in 0..<copies {
      let delay = Duration.milliseconds(Int.random(in: 1...(loss == 0 ? 1 : 150), using: &random))
      network.append(Datagram(octets: octets, from: from, to: to, arrives: now + delay))
    }
  }

  mutating func perform(_ actions: [RASClient.Action]) throws {
    for action in actions {
      if case .send(let message, let to) = action {
        send(try message.encoded(), from: Self.address, to: to)
      } else {
        told.append((action, now))
      }
    }
  }

  /// Does something with the client.
  mutating func with<Result>(_ body: (inout RASClient, Instant, inout [RASClient.Action]) -> Result) throws -> Result {
    var actions: [RASClient.Action] = []
    let result = body(&client, now, &actions)
    try perform(actions)
    return result
  }

  /// Runs until nothing is due before the end.
  mutating func run(_ duration: Duration) throws {
    let end = now + duration
    while true {
      var next = network.map(\.arrives).min()
      for deadline in [client.nextDeadline] + gatekeepers.values.map(\.nextDeadline) {
        if let deadline { next = min(next ?? deadline, deadline) }
      }
      guard let next, next <= end else { break }
      now = max(now, next)
      for place in network.indices.reversed() where network[place].arrives <= now {
        try deliver(network.remove(at: place))
      }
      if let deadline = client.nextDeadline, deadline <= now { try with { $0.timerFired(now: $1, &$2) } }
      for address in gatekeepers.keys { advance(address) }
    }
    now = end
  }

  private mutating func deliver(_ datagram: Datagram) throws {
    guard !silent.contains(datagram.to), !silent.contains(datagram.from) else { return }
    if datagram.to == Self.address {
      let message = try RasMessage(decoding: datagram.octets)
      return try with { $0.received(message, from: datagram.from, now: $1, &$2) }
    }
    at(datagram.to) { gatekeeper, table, moment, sink in
      gatekeeper.received(datagram.octets.span, from: datagram.from, at: moment, admissions: &table, into: &sink)
    }
  }

  private mutating func advance(_ address: SocketAddress) {
    at(address) { $0.advance(at: $2, admissions: &$1, into: &$3) }
  }

  private mutating func at(
    _ address: SocketAddress,
    _ body: (inout Gatekeeper, inout AdmissionTable, Moment, inout GatekeeperSink) -> Void
  ) {
    guard var gatekeeper = gatekeepers[address], var table = tables[address] else { return }
    var sink = GatekeeperSink()
    body(&gatekeeper, &table, moment, &sink)
    gatekeepers[address] = gatekeeper
    tables[address] = table
    for case .send(let octets, let to) in sink.take() where !silent.contains(address) {
      send(octets, from: address, to: to)
    }
  }

  /// An ARQ to a room.
  static func request(_ number: UInt64) -> AdmissionRequest {
    var request = AdmissionRequest(
      requestSeqNum: 1, callType: .pointToPoint, endpointIdentifier: "x", srcInfo: [.h323ID("hall")], bandWidth: 640,
      callReferenceValue: 7, conferenceID: GloballyUniqueID(high: 1, low: number), activeMC: false, answerCall: false)
    request.destinationInfo = [.h323ID("council-1")]
    request.callIdentifier = CallIdentifier(guid: GloballyUniqueID(high: 2, low: number))
    return request
  }

  /// What a request made with that tag was answered by: `ACF`, `DCF`, …; nil for silence.
  func answer(_ tag: Int) -> String?? {
    for case (.answered(tag: tag, let message), _) in told { return .some(message?.shortName) }
    return nil
  }
}

@Suite struct PairTests {
  /// Whatever is lost, repeated or overtaken on the way: one registration, one admission, and none is left.
  @Test(arguments: 1...40)
  func overABadNetwork(_ seed: UInt64) throws {
    var pair = try Pair([Bench.gatekeeper], seed: seed, loss: 20)
    try pair.with { $0.start(now: $1, &$2) }
    // All three sendings of a request may be lost: then it begins again.
    for _ in 0..<20 where !pair.client.isRegistered { try pair.run(.seconds(15)) }
    try #require(pair.client.isRegistered)
    #expect(pair.gatekeepers[Bench.gatekeeper]?.endpoints.count == 1)
    try pair.run(.seconds(240))
    if pair.client.isRegistered, try pair.with({ $0.admit(Pair.request(1), tag: 1, now: $1, &$2) }) {
      try pair.run(.seconds(10))
      let calls = pair.gatekeepers[Bench.gatekeeper]?.admittedCalls.count ?? 0
      switch pair.answer(1) {
      case "ACF"??: #expect(calls == 1)
      case "ARJ"??: #expect(calls == 0)
      default: #expect(calls <= 1)
      }
      let ending = DisengageRequest(
        requestSeqNum: 1, endpointIdentifier: "x", conferenceID: GloballyUniqueID(high: 1, low: 1),
        callReferenceValue: 7, disengageReason: .normalDrop)
      if try pair.with({ $0.disengage(ending, tag: 2, now: $1, &$2) }) {
        try pair.run(.seconds(10))
        if pair.answer(2) == "DCF" { #expect(pair.gatekeepers[Bench.gatekeeper]?.admittedCalls.isEmpty == true) }
      }
    }
    // With the terminal gone, nothing is left of it: no registration, no call, no place, no timer.
    pair.silent = [Pair.address]
    try pair.run(.seconds(900))
    #expect(pair.gatekeepers[Bench.gatekeeper]?.endpoints.isEmpty == true)
    #expect(pair.gatekeepers[Bench.gatekeeper]?.admittedCalls.isEmpty == true)
    #expect(pair.gatekeepers[Bench.gatekeeper]?.nextDeadline == nil)
  }

  @Test func overAGoodNetworkItIsOnceEach() throws {
    var pair = try Pair([Bench.gatekeeper])
    try pair.with { $0.start(now: $1, &$2) }
    try pair.run(.seconds(1))
    #expect(pair.client.isRegistered)
    #expect(try pair.with { $0.admit(Pair.request(1), tag: 1, now: $1, &$2) })
    try pair.run(.seconds(1))
    #expect(pair.answer(1) == "ACF" && pair.tables[Bench.gatekeeper]?.occupancy(of: "council-1") == 1)
    // Ten minutes of keeping alive.
    try pair.run(.seconds(600))
    let registered = pair.told.count { if case .registered = $0.0 { true } else { false } }
    #expect(registered == 1 && pair.client.isRegistered)
    try pair.with { $0.stop(now: $1, &$2) }
    try pair.run(.seconds(1))
    #expect(pair.gatekeepers[Bench.gatekeeper]?.endpoints.isEmpty == true)
  }

  /// The gatekeeper falls silent just before a keep-alive: within 5 s of the first one that is not answered, the alternate
  /// that it announced has the terminal.
  @Test func theAlternateTakesOverWithinFiveSeconds() throws {
    let (first, second) = (Bench.gatekeeper, Bench.host(2))
    var pair = try Pair([first, second], timeToLive: 60)
    try pair.with { $0.start(now: $1, &$2) }
    try pair.run(.seconds(1))
    #expect(pair.client.gatekeeper == first)
    #expect(try pair.with { $0.admit(Pair.request(1), tag: 1, now: $1, &$2) })
    try pair.run(.seconds(1))
    pair.silent = [first]
    let refresh = try #require(pair.client.nextDeadline)
    try pair.run(.seconds(120))
    #expect(pair.client.gatekeeper == second)
    let takenOver = pair.told.last { if case .registered(_, by: second) = $0.0 { true } else { false } }
    let pause = (try #require(takenOver)).1 - refresh
    #expect(pause < .seconds(5), "\(pause)")
    // Nobody ended the call.
    #expect(!pair.told.contains { if case .callEnded = $0.0 { true } else { false } })
  }
}
