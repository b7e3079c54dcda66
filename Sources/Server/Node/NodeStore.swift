import DigestAuth
import Guard
import Proxy
import SIPTransaction
import Settings
import Store
import Synchronization
import Wire

/// The embedded store: answers what the proxy cores ask from memory that all reactors share: at once, except where an
/// answer promises that something will not be forgotten.
///
/// Everything that changes lies behind its own lock, held for one look-up.
final class NodeStore: Sendable {
  private let users: UserCache
  private let bindings: BindingTable
  private let realm: String
  private let lockout: Mutex<Lockout>
  private let quotas: Mutex<Quotas>
  private let spent: Mutex<SpentCallIDs>
  private let flood: [Shard<FloodControl>]?
  private let nonces: [Shard<NonceWindow>]

  private struct Quotas {
    var rates: RateWindow
    var calls = CallsAtOnce()
  }

  /// - Parameter spent: what of signed Call-IDs is known from before.
  init(
    users: UserCache, bindings: BindingTable, settings: Settings, hashKey: (UInt64, UInt64), spent: SpentCallIDs
  ) {
    self.users = users
    self.bindings = bindings
    realm = settings.auth.realm
    let rule = Lockout.Rule(
      limit: settings.auth.failures, window: settings.auth.lockout, duration: settings.auth.lockout)
    lockout = Mutex(Lockout(rule: rule, hashKey: hashKey))
    quotas = Mutex(Quotas(rates: RateWindow(window: settings.rate.window)))
    self.spent = Mutex(spent)
    let flood = settings.flood.messagesPerSecond.map {
      FloodControl.Rate(packetsPerSecond: $0, burst: settings.flood.burst)
    }
    self.flood = flood.map { rate in (0..<16).map { _ in Shard(FloodControl(rate: rate, maxSources: 8_192)) } }
    nonces = (0..<16).map { _ in Shard(NonceWindow(lifetime: settings.auth.nonceLifetime, maxNonces: 16_384)) }
  }

  /// DOMAIN §5 step 1: whether a packet of this source is looked at.
  func admitsPacket(from source: IPAddress, now: Instant) -> Bool {
    guard let flood else { return true }
    // By what counts as one host, or one IPv6 network would have sixteen allowances.
    let host = source.aggregate
    let shard = Int(truncatingIfNeeded: ((host.low ^ host.high) &* 0x9E37_79B9_7F4A_7C15) >> 60)
    return flood[shard].value.withLock { $0.admit(source, now: now) }
  }

  /// Notes a wrong digest response; true when it locks the user out at that address.
  func authenticationFailed(user: String, source: IPAddress, now: Instant) -> Bool {
    lockout.withLock { $0.recordFailure(user: user, address: source, now: now) }
  }

  /// A stream is gone, and the flows that were registered over it (RFC 5626 §6).
  func connectionClosed(_ connection: UInt64) { bindings.removeFlows(of: connection) }

  /// Answers a query; nil when the answer comes later, through `reply`. Without a `reply` nobody waits.
  func answer(_ query: StoreQuery, now: Instant, clock: UTCTimestamp, reply: Reply?) -> StoreAnswer? {
    switch query {
    case .users(let names, let source):
      return lookUp(names, source: source, now: now)
    case .useNonce(let identity, let count):
      let shard = nonces[identity.shard(of: nonces.count)]
      return .nonce(shard.value.withLock { $0.use(identity, count: count, now: now) })
    case .bindings(let aor):
      let (found, version) = bindings.lookupVersioned(aor, now: clock)
      return .bindings(found.map { Contact($0, now: clock) }, version: version)
    case .register(let registration):
      return register(registration, clock: clock, reply: reply).map { .registered($0) }
    case .flowFailed(let flow):
      bindings.removeFlow(flow.aor, key: flow.key, callID: flow.callID, cseq: flow.sequence, now: clock)
      return .done
    case .locate:
      // DNS is not the store's; whoever asks has asked the resolver.
      return .located([])
    case .admit(let expert, let call, let quota):
      return .admitted(
        quotas.withLock { quotas in
          switch quotas.rates.admit(expert, call: call, limit: quota.perWindow, now: now) {
          case .admitted, .counted: break
          case .refused(let retryAfter): return .tooOften(retryAfter: retryAfter.retryAfterSeconds)
          }
          if quotas.calls.take(expert, call: call, limit: quota.atOnce) { return .admitted }
          quotas.rates.forget(expert, call: call, now: now)
          return .tooMany
        })
    case .release(let expert, let call):
      quotas.withLock { quotas in
        quotas.rates.forget(expert, call: call, now: now)
        quotas.calls.giveBack(expert, call: call)
      }
      return .done
    case .callEnded(let expert, let call):
      quotas.withLock { $0.calls.giveBack(expert, call: call) }
      return .done
    case .spent(let attempt):
      return .spent(spent.withLock { $0.answer(attempt, now: now) })
    case .admitSigned(let attempt):
      return .signedAdmitted(spent.withLock { $0.admit(attempt, now: now) })
    case .spend(let user, let callID):
      spent.withLock { $0.spend(user: user, callID: callID, now: now) }
      return .done
    }
  }

  /// What is known of signed Call-IDs, to be kept across a restart.
  func keptCallIDs(now: Instant) -> [SpentCallIDs.Kept] { spent.withLock { $0.kept(now: now) } }

  private func lookUp(_ names: [String], source: IPAddress, now: Instant) -> StoreAnswer {
    var found: [String: UserSecret] = [:]
    var lockedOut: Set<String> = []
    for name in names {
      if lockout.withLock({ $0.lockedUntil(user: name, address: source, now: now) }) != nil { lockedOut.insert(name) }
      guard let user = users.credentials(of: name, realm: realm) else { continue }
      found[name] = UserSecret(user.ha1)
    }
    return .users(found, lockedOut: lockedOut)
  }

  /// What is changed is answered when it is in the database (``BindingTable/Durability``); everything else at once.
  private func register(_ registration: Registration, clock: UTCTimestamp, reply: Reply?) -> RegistrationResult? {
    var whenWritten: BindingTable.Completion?
    if let reply {
      let aor = registration.aor
      whenWritten = { [bindings] isWritten in
        let bound = bindings.lookup(aor, now: clock).map { Contact($0, now: clock) }
        reply(.registered(isWritten ? .bound(bound) : .notWritten))
      }
    }
    let result: BindingResult
    if registration.removesAll {
      result = bindings.removeAll(
        registration.aor, callID: registration.callID, cseq: registration.sequence, now: clock,
        whenWritten: whenWritten)
    } else {
      result = bindings.update(
        registration.aor, callID: registration.callID, cseq: registration.sequence,
        changes: registration.contacts.map { BindingChange($0, of: registration, now: clock) },
        ifVersion: registration.version, now: clock, whenWritten: whenWritten)
    }
    switch result {
    case .updated(let bindings): return reply == nil ? .bound(bindings.map { Contact($0, now: clock) }) : nil
    case .outOfOrder: return .outOfOrder
    case .conflict: return .conflict
    case .full: return .full
    }
  }
}

extension BindingChange {
  fileprivate init(_ contact: Contact, of registration: Registration, now: UTCTimestamp) {
    guard contact.expiresIn > 0 else {
      self = .remove(key: contact.key)
      return
    }
    self = .put(
      Binding(
        contact: contact.uri, key: contact.key, q: UInt16(clamping: contact.q),
        expiresAt: now + .seconds(Int64(contact.expiresIn)), callID: registration.callID,
        cseq: registration.sequence, source: contact.hop.remote, transport: contact.hop.transport.name,
        connection: contact.hop.connection.rawValue, listener: contact.hop.listener, path: contact.path,
        instance: contact.instance, regID: contact.regID, parameters: contact.parameters, updatedAt: now))
  }
}

extension Contact {
  init(_ binding: Binding, now: UTCTimestamp) {
    let seconds = (binding.expiresAt.microseconds - now.microseconds + 999_999) / 1_000_000
    self.init(
      uri: binding.contact, key: binding.key, q: Int(binding.q), expiresIn: UInt32(clamping: max(seconds, 0)),
      hop: Hop(
        transport: SIPTransportKind(name: binding.transport) ?? .udp, remote: binding.source,
        connection: ConnectionID(rawValue: binding.connection), listener: binding.listener),
      path: binding.path, instance: binding.instance, regID: binding.regID, parameters: binding.parameters,
      callID: binding.callID, sequence: binding.cseq, updatedAt: binding.updatedAt)
  }
}

/// One part of a table, with a lock of its own.
private final class Shard<Value: Sendable>: Sendable {
  let value: Mutex<Value>

  init(_ value: Value) { self.value = Mutex(value) }
}
