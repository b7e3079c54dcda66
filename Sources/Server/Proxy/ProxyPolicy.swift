import DigestAuth
import Guard
import SIPLocation
import SIPMessage
import SIPTransaction
import Wire

/// Everything the proxy core decides by: the configuration and the registry, as one immutable value that a reload
/// replaces as a whole.
public struct ProxyPolicy: Sendable {
  /// A socket of ours, as the far side sees it.
  public struct Listener: Sendable, Hashable {
    /// How messages travel there.
    public var transport: SIPTransportKind
    /// Where it is bound.
    public var address: SocketAddress
    /// The host others are told, for Via and Record-Route: a name, or an address (IPv6 in brackets).
    public let host: String
    /// `host:port`
    public let sentBy: String
    /// The digest algorithms offered here instead of ``ProxyPolicy/algorithms``.
    public var algorithms: [DigestHash]?
    /// The host when it is an address.
    let advertisedAddress: IPAddress?

    /// A listener; without an advertised host it is told by its own address.
    public init(
      transport: SIPTransportKind, address: SocketAddress, advertised: String? = nil, algorithms: [DigestHash]? = nil
    ) {
      self.transport = transport
      self.address = address
      self.algorithms = algorithms
      advertisedAddress = advertised.map { IPAddress($0) } ?? address.ip
      host = advertisedAddress.map { $0.isIPv4 ? $0.description : "[\($0)]" } ?? advertised ?? ""
      sentBy = "\(host):\(address.port)"
    }

    /// The port.
    var port: UInt16 { address.port }
  }

  /// One entry of `routes`: requests whose target matches go to fixed next hops.
  public struct StaticRoute: Sendable, Hashable {
    /// Which targets.
    public var pattern: RoutePattern
    /// Where they go: tried in this order. Names are located by DNS.
    public var hops: [LocationTarget]
    /// How often each hop that is an address is asked whether it is there (OPTIONS); nil: never.
    public var healthCheck: Duration?
    /// What the certificates of the hops must name over TLS; nil: their own hosts.
    public var verifiedName: String?

    /// A route.
    public init(
      pattern: RoutePattern, hops: [LocationTarget], healthCheck: Duration? = nil, verifiedName: String? = nil
    ) {
      self.pattern = pattern
      self.hops = hops
      self.healthCheck = healthCheck
      self.verifiedName = verifiedName
    }

    /// A route to one address.
    public init(pattern: RoutePattern, transport: SIPTransportKind, address: SocketAddress) {
      self.init(
        pattern: pattern, hops: [LocationTarget(host: .address(address.ip), port: address.port, transport: transport)])
    }
  }

  /// A neighbour whose `X-IF-Source` and `X-IF-Authenticated-User` stand for the socket's facts and the digest.
  public struct TrustedPeer: Sendable, Hashable {
    /// Where it is.
    public var network: CIDR
    /// How it must come, nil for any way.
    public var transport: SIPTransportKind?
    /// The domain or host that its client certificate must name, nil for none.
    public var certificateName: String?

    /// A neighbour.
    public init(network: CIDR, transport: SIPTransportKind? = nil, certificateName: String? = nil) {
      self.network = network
      self.transport = transport
      self.certificateName = certificateName
    }

    /// Whether a message that came this way is its.
    func isBehind(_ hop: Hop) -> Bool {
      guard network.contains(hop.remote.ip), transport == nil || transport == hop.transport else { return false }
      guard let certificateName else { return true }
      return hop.security?.facts?.proves(domain: certificateName) == true
    }
  }

  /// Which requests must have come over TLS or secure WebSocket.
  public enum TLSRequirement: Sendable, Hashable {
    /// Those to escalation targets.
    case escalations
    /// All.
    case all
    /// None: for a network that is itself protected.
    case none
  }

  /// Our sockets; a hop's listener number is an index into it.
  public var listeners: [Listener] = []
  /// The domains whose registrar we are, in lower case; the first stands for our own addresses.
  public var domains: [String] = []
  /// The digest realm.
  public var realm = ""
  /// Whether a new call needs credentials. Without, escalation targets stay closed.
  public var authenticatesInvite = true
  /// Whether REGISTER needs credentials.
  public var authenticatesRegister = true
  /// The digest algorithms offered, in this order.
  public var algorithms: [DigestHash] = [.sha256, .md5]
  /// How long a nonce is fresh.
  public var nonceLifetime = Duration.seconds(300)
  /// Which requests must have come over a secure transport.
  public var tlsRequirement = TLSRequirement.escalations
  /// Whose word counts for the source and the user.
  public var trustedFrom: [TrustedPeer] = []
  /// Who may see `X-IF-Authenticated-User`.
  public var trustedTo: [CIDR] = []
  /// Who may talk to us at all.
  public var allowlist = SourceAllowlist(allow: [], registry: Registry(), trustedFrom: [])
  /// Others' domains that we may locate by DNS: `example.net` is that host, `*.example.net` every host below it.
  public var relayDomains: [String] = []
  /// Fixed next hops; the first match wins.
  public var routes: [StaticRoute] = []
  /// Whether we follow redirections ourselves; otherwise the caller gets them.
  public var followsRedirects = false
  /// How long a neighbour may say nothing before the next way to the same target is tried.
  public var failover = Duration.seconds(4)
  /// The host of the gateway's Contact, where this node has a gateway into a council: admitted calls to rooms go there.
  /// Nil: rooms are what routes and registrations make of them.
  public var gatewayHost: String?
  /// Whether that council is this process's own, so that what goes to the gateway stays on this machine: a way there is as
  /// good as TLS (RFC 3261 §26.2.2). To others H.323 goes over plain TCP.
  public var isCouncilHere = false
  /// Which targets are escalations.
  public var escalationTargets = EscalationTargets()
  /// From whom the inside of the network is hidden; nil: from nobody.
  public var hiding: TopologyHiding?
  /// Whether phones are hidden that ask for it (RFC 3323).
  public var isPrivacyService = false
  /// Which calls' media goes over this node; nil: nobody's.
  public var media: MediaPolicy?
  /// The people and machines that guard knows.
  public var registry = Registry()
  /// How much one expert may call whose entry says nothing else.
  public var callQuota = CallQuota(perWindow: 10, atOnce: 10)
  /// How careful guard is.
  public var guardPolicy = GuardPolicy()
  /// The hops that registered phones shall send their requests through (RFC 3608), as Service-Route values.
  public var serviceRoute: [String] = []
  /// How long the registrar grants.
  public var expiry = RegistrationExpiry()
  /// How often a phone shall show that its flow is alive, in seconds (RFC 5626 §4.4): `Flow-Timer`. Shorter than streams
  /// may be silent.
  public var flowTimer: UInt32 = 120
  /// Whether what we send over TLS connections of our own asks for requests to come back over them (RFC 5923 §8.1).
  public var offersAlias = false
  /// What `Server` says in responses of ours; empty for no such header.
  public var serverName = "ifsip-proxy"

  /// A policy that lets nothing through; set what applies.
  public init() {}
}

/// How long the registrar binds a contact, in seconds (RFC 3261 §10.3 step 7).
public struct RegistrationExpiry: Sendable, Hashable {
  /// What is shorter gets 423; at most 3,600, since no hour may be refused.
  public var minimum: UInt32 = 30
  /// What is longer is cut to it.
  public var maximum: UInt32 = 7_200
  /// What a phone gets that names no time.
  public var standard: UInt32 = 3_600

  /// The defaults.
  public init() {}

  /// Other bounds; `standard` lies within them.
  public init(minimum: UInt32, maximum: UInt32, standard: UInt32) {
    self.minimum = minimum
    self.maximum = maximum
    self.standard = standard
  }
}

extension ProxyPolicy {
  /// The digest algorithms that a listener offers, and the only ones that are accepted there.
  func algorithms(of listener: UInt16) -> [DigestHash] { self[listener]?.algorithms ?? algorithms }

  /// Those of all listeners.
  var acceptedAlgorithms: [DigestHash] { algorithms + listeners.flatMap { $0.algorithms ?? [] } }

  /// Whether a neighbour's word counts for a message that came this way.
  func trusts(_ hop: Hop) -> Bool {
    hop.isGateway || trustedFrom.contains { $0.isBehind(hop) }
  }

  /// Whether anything may have to be hidden from anybody.
  var mayHide: Bool { hiding != nil || isPrivacyService }

  /// The names that routes have for the addresses they lead to, for what goes there later, inside a call.
  var verifiedNames: [SocketAddress: String] {
    var names: [SocketAddress: String] = [:]
    for route in routes {
      guard let name = route.verifiedName else { continue }
      for hop in route.hops.compactMap(\.fixedHop) where hop.transport.isSecure { names[hop.address] = name }
    }
    return names
  }

  /// Whether `X-IF-Authenticated-User` may go there.
  func maySeeUser(_ address: SocketAddress) -> Bool { trustedTo.contains { $0.contains(address.ip) } }

  /// The listener to send from: of the same transport and address family as the target, the one the request came
  /// through if it fits. Nil when there is none, so the target cannot be reached.
  func listener(for transport: SIPTransportKind, to address: SocketAddress, preferring own: UInt16) -> UInt16? {
    if let listener = self[own], listener.transport == transport, listener.address.ip.isIPv4 == address.ip.isIPv4 {
      return own
    }
    return listeners.firstIndex { $0.transport == transport && $0.address.ip.isIPv4 == address.ip.isIPv4 }
      .flatMap { UInt16(exactly: $0) }
  }

  /// The listener of that number.
  subscript(number: UInt16) -> Listener? {
    Int(number) < listeners.count ? listeners[Int(number)] : nil
  }
}
