import DigestAuth
import Gateway
import Guard
import Proxy
import Resolver
import SIPLocation
import SIPMessage
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
        transport: SIPTransportKind(listener.transport), address: address, advertised: settings.advertise.sip,
        algorithms: listener.algorithms.map { $0.map(DigestHash.init) })
    }
    domains = settings.domains
    realm = settings.auth.realm
    authenticatesInvite = settings.auth.invite == .required
    authenticatesRegister = settings.auth.register == .required
    algorithms = settings.auth.algorithms.map(DigestHash.init)
    nonceLifetime = settings.auth.nonceLifetime
    callQuota = CallQuota(perWindow: settings.rate.perExpert, atOnce: settings.calls.maxPerExpert)
    serverName = settings.serverName
    tlsRequirement =
      switch settings.tlsRequiredFor {
      case .escalations: .escalations
      case .all: .all
      case .none: .none
      }
    trustedFrom = settings.trustedFrom.map {
      TrustedPeer(
        network: $0.network, transport: $0.transport.map(SIPTransportKind.init), certificateName: $0.clientSAN)
    }
    trustedTo = settings.trustedTo
    hiding = settings.hideTopology.map {
      TopologyHiding(inside: $0.inside + settings.trustedTo, hidesContacts: $0.hidesContacts)
    }
    isPrivacyService = settings.isPrivacyService
    allowlist = SourceAllowlist(
      allow: settings.allow, registry: registry, trustedFrom: settings.trustedFrom.map(\.network))
    relayDomains = settings.relayDomains
    routes = settings.routes.map { route in
      StaticRoute(
        pattern: route.match, hops: route.hops.compactMap { LocationTarget($0) }, healthCheck: route.healthCheck,
        verifiedName: route.verifiedName)
    }
    followsRedirects = settings.redirects == .follow
    failover = settings.failover
    escalationTargets = settings.escalationTargets
    expiry = RegistrationExpiry(
      minimum: settings.registrar.minimumExpires, maximum: settings.registrar.maximumExpires,
      standard: settings.registrar.defaultExpires)
    serviceRoute = settings.serviceRoute.map { "<\($0)>" }
    media = MediaPolicy(settings)
    gatewayHost = settings.council.isOn ? GatewayConfiguration.host : nil
    isCouncilHere = settings.council.mode == .builtin
    self.registry = registry
    offersAlias = settings.tls.takesAliases
    guardPolicy.derivedNeedsSecureTransport = settings.tlsRequiredFor != .none
  }
}

extension LocationTarget {
  /// A hop of a route: nobody but the operator names it, so it may be an address of our own network.
  init?(_ hop: Settings.NextHop) {
    guard let host = hop.ip.map({ .address($0) }) ?? SIPHost(hop.host) else { return nil }
    let transport = hop.transport.map { SIPTransportKind($0) }
    self.init(host: host, port: hop.port, transport: transport, isSecure: transport?.isSecure ?? false)
  }
}

extension Settings {
  /// Over what neighbours may have requests sent over the streams they have opened.
  var aliasTransports: Set<SIPTransportKind> {
    var transports: Set<SIPTransportKind> = []
    if tcp.takesAliases { transports.insert(.tcp) }
    if tls.takesAliases { transports.insert(.tls) }
    return transports
  }
}

extension ResolverConfiguration {
  /// - Parameter listeners: what we can send from, which decides what we look for.
  init(_ settings: Settings.DNS, listeners: [Settings.Listener]) {
    var sources: [LocationSource] = []
    for listener in listeners {
      let source = LocationSource(SIPTransportKind(listener.transport), AddressFamily(of: listener.address.ip))
      if !sources.contains(source) { sources.append(source) }
    }
    var cache = DNSCacheLimits.default
    cache.maxEntries = settings.cacheEntries
    cache.negativeTTL = settings.negativeTTL
    self.init(
      servers: settings.servers, timeout: settings.timeout, tries: settings.tries, sources: sources, cache: cache)
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
  init(_ settings: Settings.WitnessSettings, identity: WitnessIdentity?) {
    self.init()
    self.identity = identity
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
