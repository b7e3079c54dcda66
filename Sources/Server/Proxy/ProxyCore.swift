import DigestAuth
import Guard
import OpenSSLCrypto
import Relay
import SIPLocation
import SIPMessage
import SIPTransaction
import Telemetry
import Wire
import Witness

/// The SIP proxy and registrar of one reactor (RFC 3261 §16 and §10), as a machine: messages, answers of the store and
/// the passing of time go in; what has to be sent, asked and recorded comes out. It owns no socket, no clock and no lock.
///
/// The way of a new request:
///
///     receive ── validate (§16.3) ── transaction (§17.2)
///        └─ begin: source, transport, Max-Forwards ─ inside a dialog? ── cookie ──────────────────┐
///             └─ digest ── rate ── IF headers, guard ── target (route, registrar) ── branches ── forward (§16.6)
///     responses ── transaction (§17.1) ── branch ── best response (§16.7) ── transaction ── caller
///
/// Each arrow that needs state which outlives the call is a ``ProxyAction/ask(_:_:)``, and the way goes on in
/// ``answer(_:_:at:into:)``.
public struct ProxyCore: ~Copyable {
  /// The secrets of the node; the same on all reactors.
  public struct Keys: Sendable {
    /// Signs cookies; outlives restarts.
    public var cookie: [UInt8]
    /// Signs nonces; outlives restarts.
    public var nonce: [UInt8]
    /// Keys every hash that a peer could aim at; of this process.
    public var hash: (UInt64, UInt64)

    /// The secrets.
    public init(cookie: [UInt8], nonce: [UInt8], hash: (UInt64, UInt64)) {
      self.cookie = cookie
      self.nonce = nonce
      self.hash = hash
    }
  }

  /// Which reactor this is: the number in the branches of its Vias.
  public let reactor: UInt8
  /// What the core may hold.
  public let limits: ProxyLimits
  /// What it decides by. Requests that are under way keep what was decided.
  public var policy: ProxyPolicy {
    didSet {
      wording = Wording(policy)
      verifier = DigestVerifier(realm: policy.realm, algorithms: policy.acceptedAlgorithms)
      formerMedia = oldValue.media ?? formerMedia
      if policy.realm != oldValue.realm || policy.nonceLifetime != oldValue.nonceLifetime {
        nonces = NonceFactory(key: nonceKey.span, realm: policy.realm, lifetime: policy.nonceLifetime)
      }
      counts.know(organisations: policy.registry.organisations.lazy.map(\.id))
      scheduleWatching()
    }
  }
  /// What the time that IF.guard takes is measured with; nil: it is not. Nothing is decided by it.
  public var stopwatch: (@Sendable () -> Instant)?
  /// What the council says of a room, by its name; nil where there is no council: then no call is refused for its room.
  /// Asked on the reactor's thread, so it must not wait.
  public var rooms: (@Sendable (_ room: String) -> RoomState?)?
  /// Set when the node stops: new calls get 503, those that run go on.
  public var isDraining = false
  /// Set while IF.witness cannot take records: what would begin something new gets 503 with this reason.
  public var unrecordable: String?
  /// Set while the driver is behind its sockets: what would begin something new gets 503 at once.
  public var isShedding = false
  /// Whether records are wanted at all; without, none are built.
  public var isWitnessed = true

  var counts: SIPCounters
  var layer: TransactionLayer
  var transactions = TransactionSink()
  var contexts: ContextTable
  /// ACKs that wait for DNS.
  var heldAcks: AsideTable<HeldAck>
  /// OPTIONS under way, and to which hop.
  var probes: AsideTable<LocatedHop>
  /// Responses that wait for ports.
  var heldResponses: AsideTable<HeldResponse>
  /// The calls whose media is relayed, by the relay's names for them.
  var relayed: [RelayCallID: CallKey] = [:]
  /// What the relay and IF.witness have yet to be told.
  var mediaActions: [ProxyAction] = []
  var bridgeTurns: [(name: WitnessEventName, traceID: String, callID: String, lines: [MediaLine])] = []
  /// By what calls are relayed that began before a reload turned it off.
  var formerMedia: MediaPolicy?
  var health = HopHealth(interval: .seconds(60))
  var healthDeadline: Instant?
  var refusals = RefusalLedger()
  /// Requests that were refused while we were behind, by a hash of their topmost Via.
  var refused = AgingTable<UInt64, Bool>(capacity: refusedCapacity, period: refusedPeriod)
  /// Whether the routes' hops have changed since they were last looked at.
  private var isHealthStale = true
  var calls: CallTable
  var cookies: CookieMint
  let gruus: GRUUMint
  let flows: FlowMint
  let hidings: HidingMint
  var nonces: NonceFactory
  private let nonceKey: [UInt8]
  var verifier: DigestVerifier
  var rewriter = SIPRewriter()
  var wording: Wording
  /// BYEs of our own that may not have been answered yet.
  var hangUps: [ClientTransactionID] = []
  /// At how many of them those that have been answered are looked for.
  var hangUpsBound = 1_024
  /// INFO requests of our own, one of a stream at most.
  var keyRequests: [ClientTransactionID: KeyRequest] = [:]
  let hashKey: (UInt64, UInt64)
  private var serial: UInt64 = 0
  private let stays = AddressOnly()

  /// A core with nothing under way.
  public init(
    reactor: UInt8, policy: ProxyPolicy, keys: Keys, limits: ProxyLimits = ProxyLimits(),
    timers: SIPTimers = .rfc3261, transactionLimits: TransactionLimits = .default
  ) {
    self.reactor = reactor
    self.policy = policy
    self.limits = limits
    hashKey = keys.hash
    layer = TransactionLayer(timers: timers, limits: transactionLimits, hashKey: keys.hash)
    contexts = ContextTable(limit: limits.contexts)
    heldAcks = AsideTable(kind: .max, limit: limits.heldAcks)
    probes = AsideTable(kind: .max - 1, limit: limits.probes)
    heldResponses = AsideTable(kind: .max - 2, limit: limits.heldResponses)
    calls = CallTable(limit: limits.calls)
    cookies = CookieMint(key: keys.cookie)
    gruus = GRUUMint(key: keys.cookie)
    flows = FlowMint(key: keys.cookie)
    hidings = HidingMint(key: keys.cookie)
    nonceKey = keys.nonce
    nonces = NonceFactory(key: keys.nonce.span, realm: policy.realm, lifetime: policy.nonceLifetime)
    verifier = DigestVerifier(realm: policy.realm, algorithms: policy.acceptedAlgorithms)
    wording = Wording(policy)
    counts = SIPCounters(
      rules: AdmissionRule.allCases.map(\.rawValue) + GuardRule.allCases.filter(\.refuses).map(\.rawValue),
      limits: NodeLimit.allCases.map(\.rawValue),
      decisions: GuardRule.allCases.map { ($0.rawValue, !$0.refuses) })
    counts.know(organisations: policy.registry.organisations.lazy.map(\.id))
    scheduleWatching()
  }

  /// What has been counted, with the gauges as they are now.
  public var counters: SIPCounters {
    var counters = counts
    counters.transactions = UInt64(layer.serverCount + layer.clientCount)
    counters.activeCalls = UInt64(calls.connectedCount)
    return counters
  }

  /// When ``advance(at:into:)`` wants to be called.
  public var nextDeadline: Instant? {
    let earliest = Instant.earlier(healthDeadline, layer.nextDeadline)
    return Instant.earlier(.earlier(earliest, calls.nextDeadline), refusals.nextDeadline)
  }

  /// Calls that are up.
  public var activeCalls: Int { calls.connectedCount }

  /// Calls that are up or wait for their answer.
  public var runningCalls: Int { calls.runningCount }

  /// Transactions of both kinds.
  public var liveTransactions: Int { layer.serverCount + layer.clientCount }

  /// Whether nothing is under way: no transaction, no call, no request waiting for an answer.
  public var isIdle: Bool { layer.isEmpty && contexts.count == 0 && heldAcks.count == 0 && calls.connectedCount == 0 }

  /// Requests being worked on; for tests, as the next two.
  package var contextCount: Int { contexts.count }
  /// Transactions, of both kinds.
  package var transactionCount: Int { layer.serverCount + layer.clientCount }
  /// Calls, those that are over and still remembered included.
  package var callCount: Int { calls.count }
  /// Timers of calls: one for each.
  package var callTimerCount: Int { calls.timerCount }

  // MARK: What comes in

  /// Takes a message that came from `hop`, of which the address is where the socket says it came from.
  ///
  /// - Parameter copy: the message that the view looks at, if it is owned already: then nothing has to be copied.
  public mutating func receive(
    _ view: SIPMessageView, from hop: Hop, keeping copy: SIPMessage? = nil, at moment: Moment,
    into sink: inout ProxySink
  ) {
    if view.isRequest {
      receiveRequest(view, from: hop, keeping: copy, at: moment, into: &sink)
    } else {
      receiveResponse(view, from: hop, at: moment, into: &sink)
    }
    settle(at: moment, into: &sink)
  }

  /// A message that is dropped unread, since IF.witness has no room for what it would lead to: counted.
  public mutating func dropUnrecordable() { counts.limitReached(NodeLimit.witness.rawValue) }

  /// A packet that flood control drops (DOMAIN §5 step 1): counted, and recorded as a number.
  public mutating func refuseFlood(from hop: Hop, at moment: Moment, into sink: inout ProxySink) {
    counts.rejection(AdmissionRule.flood.rawValue)
    counts.limitReached(NodeLimit.flood.rawValue)
    securityRecord(
      rule: AdmissionRule.flood.rawValue, text: "too many packets", source: hop, at: moment, into: &sink)
  }

  /// Takes the store's answer for a context; one that is gone is no longer interested.
  public mutating func answer(_ id: ContextID, _ answer: StoreAnswer, at moment: Moment, into sink: inout ProxySink) {
    if case .located(let hops) = answer, heldAcks[id] != nil {
      ackLocated(id, hops, at: moment, into: &sink)
    } else {
      proceed(id, with: answer, at: moment, into: &sink)
    }
    settle(at: moment, into: &sink)
  }

  /// Fires what is due.
  public mutating func advance(at moment: Moment, into sink: inout ProxySink) {
    if let due = healthDeadline, due <= moment.now {
      if isHealthStale { watchHops(at: moment.now) }
      isHealthStale = false
      probeHops(at: moment)
    }
    closeLedger(at: moment, into: &sink)
    layer.advance(now: moment.now, into: &transactions)
    settle(at: moment, into: &sink)
    while let call = calls.popExpired(now: moment.now) { expire(call, at: moment, into: &sink) }
    tellFreed(into: &sink)
  }

  /// Something that was to be sent could not be.
  public mutating func transportFailed(_ origin: TransactionOrigin, at moment: Moment, into sink: inout ProxySink) {
    switch origin {
    case .client(let id): layer.transportFailed(client: id, into: &transactions)
    case .server(let id): layer.transportFailed(server: id, into: &transactions)
    }
    settle(at: moment, into: &sink)
  }

  /// The network reports that a datagram of ours did not arrive (RFC 3261 §18.4). Anybody on the way can forge such a
  /// report, but not the branch that it quotes.
  ///
  /// - Parameter quoted: the beginning of the datagram.
  public mutating func datagramLost(_ quoted: Span<UInt8>, at moment: Moment, into sink: inout ProxySink) {
    guard let branch = BranchToken.find(in: quoted) else { return }
    var end = 0
    while end < quoted.count, quoted[end] != UInt8(ascii: " ") { end += 1 }
    guard let method = SIPMethod(parsing: quoted.extracting(0..<end)),
      let client = layer.client(branch: quoted.extracting(branch), method: method)
    else { return }
    layer.transportFailed(client: client, into: &transactions)
    settle(at: moment, into: &sink)
  }

  /// The reactor that sent a datagram, by its branch; nil when it is no request of ours.
  public static func reactor(ofLost quoted: Span<UInt8>) -> Int? {
    guard let branch = BranchToken.find(in: quoted), let token = BranchToken(quoted.extracting(branch)) else {
      return nil
    }
    return Int(token.reactor)
  }

  /// A stream is gone, and what was sent on it may be lost.
  public mutating func connectionClosed(_ connection: ConnectionID, at moment: Moment, into sink: inout ProxySink) {
    layer.transportFailed(connection: connection, into: &transactions)
    settle(at: moment, into: &sink)
  }

  /// What was sent went out on this stream, whose end concerns it.
  public mutating func sentOn(_ connection: ConnectionID, _ origin: TransactionOrigin) {
    switch origin {
    case .client(let id): layer.setConnection(connection, of: id)
    case .server(let id): layer.setConnection(connection, of: id)
    }
  }

  // MARK: Within

  /// The routes may have changed: whom to probe is found out with the next turn of the clock.
  private mutating func scheduleWatching() {
    isHealthStale = true
    let isWatching = healthDeadline != nil || policy.routes.contains { $0.healthCheck != nil }
    healthDeadline = isWatching ? Instant(nanoseconds: 0) : nil
  }

  /// A request of ours will get no response: one of a branch, or a probe.
  private mutating func branchFailed(
    _ client: ClientTransactionID, _ id: ContextID, status: Int, at moment: Moment, into sink: inout ProxySink
  ) {
    if probeEnded(id, status: nil, at: moment.now) { return }
    if id == .ownRequest { keyAnswered(client, into: &sink) }
    branchEnded(client, id, status: status, response: nil, at: moment, into: &sink)
  }

  /// Works off what the transaction layer wants, until it wants nothing more.
  mutating func settle(at moment: Moment, into sink: inout ProxySink) {
    if !mediaActions.isEmpty || !bridgeTurns.isEmpty { flushMedia(at: moment, into: &sink) }
    var next = 0
    while next < transactions.actions.count {
      let action = transactions.take(at: next)
      next += 1
      switch consume action {
      case .send(let bytes, let hop, let origin): sink.actions.append(.send(bytes, hop, origin))
      case .timeout(let client, let context):
        branchFailed(client, ContextID(word: context), status: 408, at: moment, into: &sink)
      case .timerC(let client, let context): timerC(client, ContextID(word: context), at: moment, into: &sink)
      case .clientTransportError(let client, let context):
        branchFailed(client, ContextID(word: context), status: 503, at: moment, into: &sink)
      case .serverTerminated(_, let context): contextEnded(ContextID(word: context), at: moment, into: &sink)
      case .serverTimeout, .serverTransportError, .clientTerminated: break
      }
    }
    transactions.removeAll()
    if !mediaActions.isEmpty || !bridgeTurns.isEmpty { flushMedia(at: moment, into: &sink) }
    tellFreed(into: &sink)
  }

  /// 128 bits that nobody outside can guess: a keyed hash of a counter.
  mutating func unguessable() -> (UInt64, UInt64) {
    serial &+= 1
    var hash = SipHash(key: hashKey)
    hash.combine(UInt64(reactor))
    hash.combine(serial)
    return hash.finalize128()
  }
}
