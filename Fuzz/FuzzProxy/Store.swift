import DigestAuth
import FuzzSupport
import Guard
import Proxy
import SIPLocation
import SIPTransaction
import Wire

/// What the core asks: right answers mostly, and whatever else a store may say when the input wants it.
struct Store {
  static let passwords = ["alice": "secret", "bob": "hunter2", "expert-safety": "expert"]

  /// What DNS knows: neighbours, one that refuses connections, and ourselves.
  private static let hops = [
    LocatedHop(transport: .udp, address: World.address("127.0.0.1:7000")),
    LocatedHop(transport: .tcp, address: World.address("127.0.0.1:7001")),
    LocatedHop(transport: .udp, address: World.address("127.0.0.1:5060")),
    LocatedHop(transport: .udp, address: World.address("[::1]:7000")),
    LocatedHop(transport: .tls, address: World.address("127.0.0.1:7003")),
  ]

  private var bindings: [String: [Contact]] = [:]
  private var versions: [String: UInt64] = [:]
  private var nonces = NonceWindow()

  init() {
    bindings["alice@if.internal"] = [contact("sip:alice@127.0.0.1:5080")]
    // Three phones at once, one of them over a stream, and one for later.
    bindings["fork@if.internal"] = [
      contact("sip:f1@127.0.0.1:5081"), contact("sip:f2@127.0.0.1:5082"),
      contact("sip:f3@127.0.0.1:5083;transport=tcp", .tcp), contact("sip:f4@127.0.0.1:5084", q: 500),
    ]
    // Contacts that lead back to us.
    bindings["carol@if.internal"] = [contact("sip:dave@127.0.0.1:5060"), contact("sip:carol@127.0.0.1:5060;x=1")]
    bindings["dave@if.internal"] = [contact("sip:carol@127.0.0.1:5060"), contact("sip:f1@127.0.0.1:5081")]
  }

  private func contact(_ uri: String, _ transport: SIPTransportKind = .udp, q: Int = 1000) -> Contact {
    Contact(
      uri: uri, key: uri, q: q, expiresIn: 3600,
      hop: Hop(
        transport: transport, remote: World.address("127.0.0.1:5080"),
        connection: ConnectionID(rawValue: transport == .tcp ? 3 : 0), listener: transport == .tcp ? 1 : 0))
  }

  mutating func answer(_ query: StoreQuery, _ script: inout FuzzScript, now: Instant) -> StoreAnswer {
    let isOdd = script.once(in: 8)
    switch query {
    case .users(let names, _):
      var found: [String: UserSecret] = [:]
      for name in names {
        guard let password = Self.passwords[name], !isOdd else { continue }
        found[name] = UserSecret { hash in
          hash == .md5 ? HA1(.md5, username: name, realm: Policy.realm, password: password) : nil
        }
      }
      return .users(found, lockedOut: isOdd && script.once(in: 2) ? Set(names) : [])
    case .useNonce(let identity, let count): return .nonce(nonces.use(identity, count: count, now: now))
    case .bindings(let aor): return .bindings(isOdd ? [] : bindings[aor] ?? [], version: versions[aor] ?? 0)
    case .locate: return .located(isOdd ? [] : Self.hops.filter { _ in script.once(in: 2) })
    case .register(let registration): return .registered(register(registration, isOdd: isOdd, &script))
    case .admit: return .admitted(isOdd ? script.pick([.tooOften(retryAfter: 7), .tooMany]) : .admitted)
    case .spent: return .spent(.unspent)
    case .admitSigned: return .signedAdmitted(!isOdd)
    case .release, .callEnded, .spend, .flowFailed: return .done
    }
  }

  private mutating func register(
    _ registration: Registration, isOdd: Bool, _ script: inout FuzzScript
  ) -> RegistrationResult {
    if isOdd { return script.pick([.conflict, .outOfOrder, .full, .notWritten]) }
    guard registration.version == versions[registration.aor] ?? 0 else { return .conflict }
    versions[registration.aor, default: 0] += 1
    if registration.removesAll { bindings[registration.aor] = [] }
    for contact in registration.contacts {
      bindings[registration.aor, default: []].removeAll { $0.key == contact.key }
      guard contact.expiresIn > 0 else { continue }
      // As many as the real store keeps for one address of record.
      guard bindings[registration.aor, default: []].count < 10 else { return .full }
      bindings[registration.aor, default: []].append(contact)
    }
    return .bound(bindings[registration.aor] ?? [])
  }
}
