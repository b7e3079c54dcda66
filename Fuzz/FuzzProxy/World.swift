import DigestAuth
import FuzzSupport
import Guard
import MediaAnchor
import Proxy
import Relay
import SIPMessage
import SIPTransaction
import Wire

/// A proxy core on virtual time with a store in memory, and a ledger that holds it to what it must keep.
final class World {
  var script: FuzzScript
  private var core: ProxyCore
  private var sink = ProxySink()
  private var moment = Moment(now: Instant(nanoseconds: 1_000_000_000), clock: UTCTimestamp(seconds: 1_800_000_000))
  private(set) var ledger = Ledger()
  private var store = Store()
  /// Answers to queries are held back while this is set.
  private var holdsAnswers = false
  private var held: [(query: StoreQuery, context: ContextID)] = []
  /// Who received what the core sent, when that was the core itself.
  private var toItself: [(bytes: [UInt8], hop: Hop)] = []
  private var streams: UInt64 = 100
  /// Relayed calls that are open, and how many streams each has.
  private var relayed: [RelayCallID: Int] = [:]
  private var relayedCount: UInt64 = 0
  private let limits: ProxyLimits

  static let own = ["127.0.0.1:5060", "[::1]:5060"].map(address)
  /// Deliveries of the core to itself because of one message: beyond, it is a loop without an end.
  static let loopBound = 5_000

  static func address(_ text: String) -> SocketAddress {
    SocketAddress(text) ?? SocketAddress(ip: IPAddress(v4: 0), port: 0)
  }

  init(_ script: FuzzScript) {
    self.script = script
    let choice = self.script.byte()
    var limits = ProxyLimits()
    var transactions = TransactionLimits(maxServerTransactions: 5_000, maxClientTransactions: 5_000)
    if choice & 2 != 0 {
      limits.contexts = 4
      limits.calls = 4
      limits.targets = 2
      transactions = TransactionLimits(maxServerTransactions: 6, maxClientTransactions: 6, maxRetainedBytes: 16_384)
    }
    self.limits = limits
    core = ProxyCore(
      reactor: 3, policy: Policy.make(choice),
      keys: .init(cookie: [UInt8](repeating: 1, count: 32), nonce: [UInt8](repeating: 2, count: 32), hash: (3, 4)),
      limits: limits, timers: SIPTimers(trying: choice & 4 == 0 ? nil : .milliseconds(200)),
      transactionLimits: transactions)
    core.isWitnessed = choice & 32 == 0
  }

  // MARK: Events

  /// Gives the core a message, and then whatever it sends to itself because of it.
  func receive(_ bytes: [UInt8], from hop: Hop) {
    deliver(bytes, from: hop)
    var rounds = 0
    while let next = toItself.popLast() {
      rounds += 1
      require(rounds <= Self.loopBound, "the proxy goes round in circles")
      deliver(next.bytes, from: next.hop)
    }
  }

  private func deliver(_ bytes: [UInt8], from hop: Hop) {
    var index = SIPMessageIndex()
    let span = bytes.span
    var error: SIPParseError?
    do throws(SIPParseError) {
      try index.index(span, framing: hop.transport.isReliable ? .stream : .datagram)
    } catch let fault {
      error = fault
    }
    let view = index.view(of: span)
    if let error {
      ledger.beginMalformed(hop)
      if error.isAnswerable {
        core.refuseMalformed(view, error, from: hop, at: moment, into: &sink)
      } else {
        core.refuseUnreadable(error, from: hop, at: moment, into: &sink)
      }
    } else if let fields = try? view.validate() {
      ledger.received(view, fields, hop, now: moment.now)
      core.receive(view, from: hop, at: moment, into: &sink)
    } else {
      ledger.beginMalformed(hop)
      core.receive(view, from: hop, at: moment, into: &sink)
    }
    let sends = perform()
    // Every target, the CANCEL of every target, and an answer with its ACK.
    require(sends <= 2 * limits.targets + 4, "one message made \(sends)")
    ledger.endMalformed()
    ledger.checkForks()
  }

  /// Lets time pass, firing every timer at its time.
  func wait(_ duration: Duration) {
    let end = moment.now + duration
    var steps = 0
    while let deadline = core.nextDeadline, deadline <= end {
      pass(to: max(deadline, moment.now))
      core.advance(at: moment, into: &sink)
      _ = perform()
      follow()
      steps += 1
      require(steps < 200_000, "time stands still")
    }
    pass(to: end)
    ledger.checkForks()
  }

  private func pass(to now: Instant) {
    moment.clock = moment.clock + (now - moment.now)
    moment.now = now
  }

  func holdAnswers() { holdsAnswers = true }

  func releaseAnswers() {
    holdsAnswers = false
    let waiting = held
    held = []
    for (query, context) in waiting {
      core.answer(context, store.answer(query, &script, now: moment.now), at: moment, into: &sink)
      _ = perform()
    }
    let own = toItself
    toItself = []
    for (bytes, hop) in own { receive(bytes, from: hop) }
    ledger.checkForks()
  }

  /// The network loses a datagram and says so, with so much of it.
  func lose(_ request: Ledger.Request, quoting count: Int) {
    ledger.failed(request)
    let quoted = Array(request.bytes.prefix(count))
    core.datagramLost(quoted.span, at: moment, into: &sink)
    _ = perform()
    follow()
    ledger.checkForks()
  }

  func fail(_ request: Ledger.Request) {
    guard let origin = request.origin else { return }
    ledger.failed(request)
    core.transportFailed(origin, at: moment, into: &sink)
    _ = perform()
    follow()
    ledger.checkForks()
  }

  func close(_ connection: UInt64) {
    ledger.closed(connection)
    core.connectionClosed(ConnectionID(rawValue: connection), at: moment, into: &sink)
    _ = perform()
    follow()
    ledger.checkForks()
  }

  func drain() { core.isDraining.toggle() }

  /// What the core sent to itself because of something else than a message: it arrives, or is lost.
  private func follow() {
    if script.once(in: 4) { toItself = [] }
    let own = toItself
    toItself = []
    for (bytes, hop) in own { receive(bytes, from: hop) }
  }

  /// Time runs out for whatever is under way: then nothing may be left.
  func settle() {
    releaseAnswers()
    // Probes of hops would go on for ever.
    for index in core.policy.routes.indices { core.policy.routes[index].healthCheck = nil }
    // Ringing (timer C, 181 s), the CANCEL's 64·T1, and the end of each transaction.
    wait(.seconds(800))
    require(core.contextCount == 0, "\(core.contextCount) contexts are left")
    require(core.transactionCount == 0, "\(core.transactionCount) transactions are left")
    // Calls that nobody ended are given up after a day.
    wait(.seconds(Int64(limits.callSeconds) + 200))
    require(core.isIdle, "the core is not idle")
    require(core.callCount == 0, "\(core.callCount) calls are left")
    require(core.nextDeadline == nil, "a timer is left")
    require(relayed.isEmpty, "\(relayed.count) relayed calls are left open")
  }

  /// Ports for a call, as long as there are some.
  private func open(_ opening: MediaOpening) -> Result<MediaOpened, MediaFailure> {
    guard opening.streams > 0, relayed.count < 6 else { return .failure(.full) }
    relayedCount += 1
    let call = opening.call ?? RelayCallID(rawValue: relayedCount)
    require((relayed[call] != nil) == (opening.call != nil), "streams for a call that is closed")
    relayed[call, default: 0] += opening.streams
    let keys = [UInt8](repeating: 7, count: AnchorKeyMaterial.byteCount)
    let end = Relay.RelayEndpoint(media: World.address("127.0.0.1:40000"), control: World.address("127.0.0.1:40001"))
    let first = (relayed[call] ?? 0) - opening.streams
    let streams = (0..<opening.streams).map {
      MediaOpened.Stream(
        number: first + $0, ports: RelayPorts(towardCaller: end, towardCallee: end), callerKeys: keys, calleeKeys: keys)
    }
    return .success(MediaOpened(call: call, streams: streams))
  }

  // MARK: What the core wants

  /// Performs it; how many messages were sent.
  private func perform() -> Int {
    var next = 0
    var sends = 0
    while next < sink.actions.count {
      let action = sink.actions[next]
      next += 1
      switch action {
      case .send(let bytes, let hop, let origin):
        sends += 1
        send(bytes, hop, origin)
      case .ask(let query, let context):
        if holdsAnswers, held.count < 64 {
          held.append((query, context))
        } else {
          core.answer(context, store.answer(query, &script, now: moment.now), at: moment, into: &sink)
        }
      case .tell(let query): _ = store.answer(query, &script, now: moment.now)
      case .openMedia(let opening, let context):
        core.mediaOpened(context, opening, open(opening), at: moment, into: &sink)
      case .setMedia(let call, let stream, _, _):
        require(stream < relayed[call] ?? 0, "the relay hears of a stream that is not open")
      case .closeMedia(let closing):
        require(relayed.removeValue(forKey: closing.call) != nil, "ports closed twice")
        core.mediaClosed(closing, [], at: moment, into: &sink)
      case .record, .authenticationFailed, .pressKey, .keyAnswered: break
      }
    }
    sink.actions.removeAll()
    require(core.contextCount <= limits.contexts, "\(core.contextCount) contexts")
    require(core.callCount <= limits.calls, "\(core.callCount) calls")
    require(core.callTimerCount == core.callCount, "\(core.callTimerCount) timers for \(core.callCount) calls")
    return sends
  }

  private func send(_ bytes: [UInt8], _ hop: Hop, _ origin: TransactionOrigin?) {
    var hop = hop
    if hop.transport.isReliable, hop.connection == .none {
      streams += 1
      hop.connection = ConnectionID(rawValue: streams)
      if let origin { core.sentOn(hop.connection, origin) }
    }
    ledger.sent(bytes, hop, origin, now: moment.now)
    if let own = Self.own.first(where: { $0 == hop.remote }) {
      var back = hop
      back.remote = own
      back.listener = hop.transport.isReliable ? 1 : own.ip.isIPv4 ? 0 : 2
      toItself.append((bytes, back))
    }
  }
}
