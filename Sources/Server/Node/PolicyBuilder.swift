import DigestAuth
import Guard
import Proxy
import SIPTransaction
import Settings
import Store
import Wire

extension ProxyPolicy {
  /// What the cores decide by, from a configuration and a registry that are sound.
  ///
  /// - Parameter bound: the listeners' addresses with the ports that were bound, in the order of the configuration.
  init(_ settings: Settings, registry: Registry, bound: [SocketAddress]) {
    self.init()
    listeners = zip(settings.listeners, bound).map { listener, address in
      Listener(
        transport: SIPTransportKind(listener.transport), address: address, advertised: settings.advertise.sip)
    }
    domains = settings.domains
    realm = settings.auth.realm
    authenticatesInvite = settings.auth.invite == .required
    authenticatesRegister = settings.auth.register == .required
    algorithms = settings.auth.algorithms.map(DigestHash.init)
    tlsRequirement =
      switch settings.tlsRequiredFor {
      case .escalations: .escalations
      case .all: .all
      case .none: .none
      }
    trustedFrom = settings.trustedFrom.map {
      TrustedPeer(network: $0.network, transport: $0.transport.map(SIPTransportKind.init))
    }
    trustedTo = settings.trustedTo
    allowlist = SourceAllowlist(
      allow: settings.allow, registry: registry, trustedFrom: settings.trustedFrom.map(\.network))
    routes = settings.routes.compactMap { route in
      guard let address = route.socketAddress else { return nil }
      return StaticRoute(
        pattern: route.match, transport: SIPTransportKind(route.transport), address: address)
    }
    escalationTargets = settings.escalationTargets
    expiry = RegistrationExpiry(
      minimum: settings.registrar.minimumExpires, maximum: settings.registrar.maximumExpires,
      standard: settings.registrar.defaultExpires)
    serviceRoute = settings.serviceRoute.map { "<\($0)>" }
    self.registry = registry
    guardPolicy.derivedNeedsSecureTransport = settings.tlsRequiredFor != .none
  }
}

extension SIPTransportKind {
  init(_ transport: Settings.Transport) {
    self =
      switch transport {
      case .udp: .udp
      case .tcp: .tcp
      case .tls: .tls
      case .ws: .ws
      case .wss: .wss
      }
  }
}

extension DigestHash {
  init(_ name: Settings.DigestAlgorithmName) {
    self =
      switch name {
      case .md5: .md5
      case .sha256: .sha256
      case .sha512_256: .sha512_256
      }
  }
}

extension WitnessLog.Options {
  init(_ settings: Settings.WitnessSettings) {
    self.init()
    mode =
      switch settings.mode {
      case .batched: .batched
      case .strict: .strict
      case .off: .off
      }
    queueLimit = settings.queue
    segmentBytes = settings.segmentBytes
  }
}

extension BindingTable.Durability {
  init(_ durability: Settings.Registrar.Durability) {
    self =
      switch durability {
      case .batched: .batched
      case .strict: .strict
      }
  }
}

extension BindingTable.Limits {
  init(_ settings: Settings.Calls) {
    self.init()
    maxAddresses = settings.maxRegistrations
    maxBindingsPerAddress = settings.maxBindings
  }
}
