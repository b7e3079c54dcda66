import DigestAuth
import Guard
import MediaAnchor
import OpenSSLCrypto
import Proxy
import Relay
import SIPLocation
import SIPMessage
import SIPTransaction
import Telemetry
import Wire
import Witness

/// A proxy core with a store in memory, on virtual time: text in, text out.
final class Harness {
  struct Sent {
    let text: String
    let hop: Hop

    var startLine: String { String(text.prefix { $0 != "\r\n" }) }
    func header(_ name: String) -> String? { headers(name).first }
    func headers(_ name: String) -> [String] {
      text.split(separator: "\r\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
        .filter { $0.lowercased().hasPrefix(name.lowercased() + ":") }
        .map { String($0.drop { $0 != ":" }.dropFirst().drop { $0 == " " }) }
    }
  }

  private var core: ProxyCore
  private(set) var sent: [Sent] = []
  private(set) var records: [WitnessEvent] = []
  private(set) var failures: [String] = []
  private var sink = ProxySink()
  var moment = Moment(now: Instant(nanoseconds: 1_000_000_000), clock: UTCTimestamp(seconds: 1_800_000_000))
  /// Streams that are gone, though the core has not heard of it.
  var deadConnections: Set<UInt64> = []
  /// What TLS has found out about those who send.
  var security: HopSecurity?
  /// Whether the store says of every REGISTER that it could not write it down.
  var writesNothing = false
  /// Answers to queries are held back while this is set.
  var holdsAnswers = false
  private var held: [(StoreQuery, ContextID)] = []
  /// Of the last request that was sent in a transaction.
  private var lastOrigin: TransactionOrigin?

  // The relay.
  /// Streams that there are ports for.
  var mediaPorts = 8
  /// Relayed calls that are open, and their streams.
  private(set) var relayed: [RelayCallID: Int] = [:]
  /// What the relay was told last.
  private(set) var told: [(stream: Int, caller: RelayPeer, callee: RelayPeer)] = []
  private var relayedCount: UInt64 = 0

  // The store.
  var users: [String: String] = [
    "alice": "secret", "bob": "hunter2", "expert-safety": "expert", "expert-ethics": "expert",
  ]
  var lockedOut: Set<String> = []
  var bindings: [String: [Contact]] = [:]
  /// What DNS says of hosts, and what it was asked.
  var names: [String: [LocatedHop]] = [:]
  private(set) var located: [LocationTarget] = []
  private var versions: [String: UInt64] = [:]
  /// What all reactors of a node share.
  let shared: SharedStore

  static let realm = "if.internal"

  init(
    timers: SIPTimers = SIPTimers(trying: nil), limits: ProxyLimits = ProxyLimits(), reactor: UInt8 = 3,
    shared: SharedStore = SharedStore(), _ change: (inout ProxyPolicy) -> Void = { _ in }
  ) {
    self.shared = shared
    var policy = ProxyPolicy()
    policy.listeners = [
      .init(transport: .udp, address: Harness.address("127.0.0.1:5060")),
      .init(transport: .tcp, address: Harness.address("127.0.0.1:5060")),
      .init(transport: .udp, address: Harness.address("[::1]:5060")),
      .init(transport: .ws, address: Harness.address("127.0.0.1:8080")),
    ]
    policy.domains = [Harness.realm]
    policy.realm = Harness.realm
    policy.allowlist = SourceAllowlist(allow: [], registry: Registry(), trustedFrom: [])
    if let pattern = RoutePattern("sip:*@callee.test") {
      policy.routes = [.init(pattern: pattern, transport: .udp, address: Harness.address("127.0.0.1:7000"))]
    }
    change(&policy)
    core = ProxyCore(
      reactor: reactor, policy: policy,
      keys: .init(cookie: [UInt8](repeating: 1, count: 32), nonce: [UInt8](repeating: 2, count: 32), hash: (3, 4)),
      limits: limits, timers: timers)
  }

  static func address(_ text: String) -> SocketAddress {
    SocketAddress(text) ?? SocketAddress(ip: IPAddress(v4: 0), port: 0)
  }

  static func hop(_ from: String, _ transport: SIPTransportKind = .udp, connection: UInt64 = 0) -> Hop {
    let address = address(from)
    let listener: UInt16 = transport == .udp ? (address.ip.isIPv4 ? 0 : 2) : transport == .ws ? 3 : 1
    return Hop(
      transport: transport, remote: address, connection: ConnectionID(rawValue: connection), listener: listener)
  }

  // MARK: Events

  /// Gives the core a message; LF in the text becomes CRLF. Returns what was sent because of it.
  @discardableResult
  func receive(
    _ text: String, from: String = "127.0.0.1:5080", _ transport: SIPTransportKind = .udp, connection: UInt64 = 0
  ) -> [Sent] {
    var hop = Harness.hop(from, transport, connection: connection)
    hop.security = security
    return receive(text, over: hop)
  }

  /// The same from the gateway in the same process, or wherever a hop says.
  @discardableResult
  func receive(_ text: String, over hop: Hop) -> [Sent] {
    let transport = hop.transport
    let wire = Array(text.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n").utf8)
    let before = sent.count
    var index = SIPMessageIndex()
    do throws(SIPParseError) {
      try index.index(wire.span, framing: transport.isReliable ? .stream : .datagram)
    } catch {
      if error.isAnswerable {
        core.refuseMalformed(index.view(of: wire.span), error, from: hop, at: moment, into: &sink)
      } else {
        core.refuseUnreadable(error, from: hop, at: moment, into: &sink)
      }
      perform()
      return Array(sent[before...])
    }
    let view = index.view(of: wire.span)
    core.receive(view, from: hop, at: moment, into: &sink)
    perform()
    return Array(sent[before...])
  }

  /// Lets time pass, firing every timer at its time. Returns what was sent meanwhile.
  @discardableResult
  func wait(_ duration: Duration) -> [Sent] {
    let before = sent.count
    let end = moment.now + duration
    while let deadline = core.nextDeadline, deadline <= end {
      pass(to: max(deadline, moment.now))
      core.advance(at: moment, into: &sink)
      perform()
    }
    pass(to: end)
    return Array(sent[before...])
  }

  /// A packet that flood control drops.
  func flood(from: String = "127.0.0.1:5080") {
    core.refuseFlood(from: Harness.hop(from), at: moment, into: &sink)
    perform()
  }

  private func pass(to now: Instant) {
    moment.clock = moment.clock + (now - moment.now)
    moment.now = now
  }

  func change(_ change: (inout ProxyCore) -> Void) { change(&core) }

  /// Gives the answers that were held back.
  func releaseAnswers() -> [Sent] {
    let before = sent.count
    holdsAnswers = false
    let waiting = held
    held = []
    for (query, context) in waiting { core.answer(context, answer(query), at: moment, into: &sink) }
    perform()
    return Array(sent[before...])
  }

  func datagramLost(_ quoted: String) -> [Sent] {
    let before = sent.count
    let bytes = Array(quoted.utf8)
    core.datagramLost(bytes.span, at: moment, into: &sink)
    perform()
    return Array(sent[before...])
  }

  func connectionClosed(_ connection: UInt64) -> [Sent] {
    let before = sent.count
    core.connectionClosed(ConnectionID(rawValue: connection), at: moment, into: &sink)
    perform()
    return Array(sent[before...])
  }

  /// What was sent last that somebody must hear of could not be delivered.
  func transportFails() -> [Sent] {
    let before = sent.count
    if let origin = lastOrigin { core.transportFailed(origin, at: moment, into: &sink) }
    perform()
    return Array(sent[before...])
  }

  func hangUp(_ key: CallKey, _ reason: HangUpReason = .byOperator("admin")) -> (outcome: HangUpOutcome, sent: [Sent]) {
    let before = sent.count
    let outcome = core.hangUp(key, reason, at: moment, into: &sink)
    perform()
    return (outcome, Array(sent[before...]))
  }

  func judge(_ facts: CalloutFacts, requester: WitnessPeer? = nil) -> (decision: GuardDecision, sent: [Sent]) {
    let before = sent.count
    let decision = core.judge(facts, traceID: "trace-7", requester: requester, at: moment, into: &sink)
    perform()
    return (decision, Array(sent[before...]))
  }

  func drain(upTo limit: Int = 100) -> (ended: Int, sent: [Sent]) {
    let before = sent.count
    let ended = core.hangUp(upTo: limit, .drain, at: moment, into: &sink)
    perform()
    return (ended, Array(sent[before...]))
  }

  func calls(_ filter: CallFilter = CallFilter(limit: 100)) -> [CallSummary] { core.calls(filter, at: moment) }
  func call(_ key: CallKey) -> CallSummary? { core.call(key, at: moment) }
  var pendingHangUps: Int { core.pendingHangUps }

  private func perform() {
    var next = 0
    while next < sink.actions.count {
      let action = sink.actions[next]
      next += 1
      switch action {
      case .send(_, let hop, let origin?) where hop.isFlow && deadConnections.contains(hop.connection.rawValue):
        core.transportFailed(origin, at: moment, into: &sink)
      case .send(let bytes, let hop, let origin):
        sent.append(Sent(text: String(decoding: bytes, as: UTF8.self), hop: hop))
        if case .client? = origin { lastOrigin = origin }
      case .ask(let query, let context):
        if holdsAnswers {
          held.append((query, context))
        } else {
          core.answer(context, answer(query), at: moment, into: &sink)
        }
      case .tell(let query): _ = answer(query)
      case .record(let event): records.append(event)
      case .openMedia(let opening, let context):
        core.mediaOpened(context, opening, open(opening), at: moment, into: &sink)
      case .setMedia(_, let stream, let caller, let callee): told.append((stream, caller, callee))
      case .closeMedia(let closing):
        relayed[closing.call] = nil
        core.mediaClosed(closing, [RelayReport()], at: moment, into: &sink)
      case .pressKey, .keyAnswered: break
      case .authenticationFailed(let user, let source):
        failures.append(user)
        _ = shared.lockout.recordFailure(user: user, address: source, now: moment.now)
      }
    }
    sink.actions.removeAll()
  }

  /// Ports 40000 to 40003 for the first stream there is, and so on.
  private func open(_ opening: MediaOpening) -> Result<MediaOpened, MediaFailure> {
    let taken = relayed.values.reduce(0, +)
    guard taken + opening.streams <= mediaPorts else { return .failure(.full) }
    relayedCount += 1
    let call = opening.call ?? RelayCallID(rawValue: relayedCount)
    relayed[call, default: 0] += opening.streams
    let keys = [UInt8](repeating: 7, count: AnchorKeyMaterial.byteCount)
    return .success(
      MediaOpened(
        call: call,
        streams: (0..<opening.streams).map { number in
          let port = UInt16(40_000 + 4 * (taken + number))
          func end(_ port: UInt16) -> Relay.RelayEndpoint {
            .init(
              media: SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: port),
              control: SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: port + 1))
          }
          return .init(
            number: relayed[call, default: 0] - opening.streams + number,
            ports: RelayPorts(towardCaller: end(port), towardCallee: end(port + 2)), callerKeys: keys, calleeKeys: keys)
        }))
  }

  /// The relay says that nothing is heard of any call.
  func fallSilent() -> [Sent] {
    let before = sent.count
    for call in relayed.keys { core.mediaTimedOut(call, at: moment, into: &sink) }
    perform()
    return Array(sent[before...])
  }

  private func answer(_ query: StoreQuery) -> StoreAnswer {
    switch query {
    case .users(let names, let source):
      var found: [String: UserSecret] = [:]
      for name in names {
        guard let password = users[name] else { continue }
        found[name] = UserSecret { HA1($0, username: name, realm: Harness.realm, password: password) }
      }
      let locked = names.filter {
        shared.lockout.lockedUntil(user: $0, address: source, now: moment.now) != nil || lockedOut.contains($0)
      }
      return .users(found, lockedOut: Set(locked))
    case .useNonce(let identity, let count):
      return .nonce(shared.nonces.use(identity, count: count, now: moment.now))
    case .locate(let target):
      located.append(target)
      let name = target.host.text
      return .located(names[name.hasSuffix(".") ? String(name.dropLast()) : name] ?? [])
    case .bindings(let aor): return .bindings(bindings[aor] ?? [], version: versions[aor] ?? 0)
    case .register(let registration):
      guard registration.version == versions[registration.aor] ?? 0 else { return .registered(.conflict) }
      if writesNothing { return .registered(.notWritten) }
      versions[registration.aor, default: 0] += 1
      if registration.removesAll { bindings[registration.aor] = [] }
      for contact in registration.contacts {
        bindings[registration.aor, default: []].removeAll { $0.key == contact.key }
        if contact.expiresIn > 0 { bindings[registration.aor, default: []].append(contact) }
      }
      return .registered(.bound(bindings[registration.aor] ?? []))
    case .flowFailed(let flow):
      bindings[flow.aor]?.removeAll { $0.key == flow.key && $0.callID == flow.callID && $0.sequence == flow.sequence }
      return .done
    case .admit(let expert, let call, let quota):
      return .admitted(shared.admit(expert, call, quota, now: moment.now))
    case .release(let expert, let call):
      shared.rates.forget(expert, call: call, now: moment.now)
      shared.calls.giveBack(expert, call: call)
      return .done
    case .callEnded(let expert, let call):
      shared.calls.giveBack(expert, call: call)
      return .done
    case .spent(let attempt): return .spent(shared.spent.answer(attempt, now: moment.now))
    case .admitSigned(let attempt): return .signedAdmitted(shared.spent.admit(attempt, now: moment.now))
    case .spend(let user, let callID):
      shared.spent.spend(user: user, callID: callID, now: moment.now)
      return .done
    }
  }

  // MARK: What can be asked

  var counters: SIPCounters { core.counters }
  var callTimers: Int { core.callTimerCount }
  var activeCalls: Int { core.activeCalls }
  var isIdle: Bool { core.isIdle }
  func counted(_ direction: CallDirection, _ result: CallResult) -> UInt64 { counters.callCount(direction, result) }
  func rejected(_ rule: String) -> UInt64 { counters.rejectionCount(rule) }
  func events(_ name: WitnessEventName) -> [WitnessEvent] { records.filter { $0.name == name } }
  func clear() {
    sent = []
    records = []
  }
}

/// What the reactors of one node share, as `NodeStore` holds it.
final class SharedStore {
  var nonces = NonceWindow()
  var rates = RateWindow()
  var calls = CallsAtOnce()
  var spent = SpentCallIDs(rememberingSince: nil)
  var lockout = Lockout(hashKey: (5, 6))

  func admit(_ expert: String, _ call: CallKey, _ quota: CallQuota, now: Instant) -> QuotaAnswer {
    if case .refused(let after) = rates.admit(expert, call: call, limit: quota.perWindow, now: now) {
      return .tooOften(retryAfter: after.retryAfterSeconds)
    }
    if calls.take(expert, call: call, limit: quota.atOnce) { return .admitted }
    rates.forget(expert, call: call, now: now)
    return .tooMany
  }
}
