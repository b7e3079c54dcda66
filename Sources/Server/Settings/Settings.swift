import Guard
import Wire
public import Witness

/// The configuration of one node, read and checked: every key of `config/ifsip-proxy.yaml` as a typed value.
///
/// A value of this type is a proof that the file was valid: addresses are addresses, ranges are ranges, and keys that
/// exclude each other do not meet. Paths are absolute or relative to the working directory: those in the file were
/// relative to the file. ``SettingsLoader`` makes it.
public struct Settings: Sendable, Equatable {
  /// `state_dir`: users, registrations, the witness log, keys.
  public var stateDirectory = "./state"
  /// `domains`: whose registrar and guard we are; lower case, without a trailing dot. The first one is the realm's
  /// default.
  public var domains = ["if.internal"]
  /// `listen`: where SIP is heard, in the file's order; a hop's listener number is an index into it.
  public var listeners: [Listener] = Listener.loopbackDefaults
  /// `admin`: metrics, health and the API.
  public var admin: AdminEndpoint? = .loopbackDefault
  /// `tls`: certificates and keys for TLS and WSS, and whom we believe.
  public var tls = TLS()
  /// `auth`: digest authentication.
  public var auth = Auth()
  /// `tls_required_for`: which calls must come over TLS or WSS.
  public var tlsRequiredFor = TLSRequirement.escalations
  /// `trusted_from`: whose X-IF-Source and X-IF-Authenticated-User are believed.
  public var trustedFrom: [TrustedPeer] = []
  /// `trusted_to`: who may see X-IF-Authenticated-User.
  public var trustedTo: [CIDR] = []
  /// `hide_topology`: whom the inside of the network is hidden from; nil (`off`): nobody.
  public var hideTopology: TopologyHiding?
  /// `privacy_service`: whether phones are hidden that ask for it (RFC 3323).
  public var isPrivacyService = false
  /// `allow`: who may talk to us; empty: loopback, networks of active organisations, `trusted_from`.
  public var allow: [CIDR] = []
  /// `relay_domains`: others' domains that we may resolve by DNS.
  public var relayDomains: [String] = []
  /// `dns`: whom we ask, and for how long we believe it.
  public var dns = DNS()
  /// `redirects`: whether a 3xx goes back to the caller or is followed here.
  public var redirects = Redirects.pass
  /// `failover_ms`: how long a hop may say nothing before the next is tried, when there is one.
  public var failover = Duration.seconds(4)
  /// `overload_ms`: how far the node may be behind before it refuses new calls.
  public var overload = Duration.milliseconds(150)
  /// `rate`: new calls per expert.
  public var rate = Rate()
  /// `flood`: what one source address may send before anything is parsed.
  public var flood = Flood()
  /// `registry`: the registry file; nil: an empty registry.
  public var registryPath: String?
  /// `guard`: what IF.guard does about alerts.
  public var guardSettings = GuardSettings()
  /// `escalation_targets`: which targets need IF headers and guard.
  public var escalationTargets = EscalationTargets()
  /// `routes`: static routes, first match wins.
  public var routes: [Route] = []
  /// `advertise`: the addresses that others are told, behind NAT.
  public var advertise = Advertise()
  /// `server_name`: what `Server` says in our answers; empty: nothing.
  public var serverName = "ifsip-proxy"
  /// `drain_seconds`: how long running calls may go on after SIGTERM.
  public var drain = Duration.seconds(30)
  /// `reactors`: threads; nil (`auto`): one per core.
  public var reactors: Int?
  /// `calls`: limits that hold for the whole node.
  public var calls = Calls()
  /// `registrar`: how long contacts are bound, and when a registration counts as kept.
  public var registrar = Registrar()
  /// `service_route`: the hops that registered phones shall send their requests through, as SIP URIs (RFC 3608).
  public var serviceRoute: [String] = []
  /// `tcp`: what streams may cost.
  public var tcp = TCP()
  /// `websocket`: who may speak SIP over WebSocket, and how.
  public var webSocket = WebSocket()
  /// `media`: where RTP flows.
  public var media = Media()
  /// `council`: the built-in council or an external one.
  public var council = Council()
  /// `witness`: how records are written.
  public var witness = WitnessSettings()
  /// `evidence`: where evidence files lie.
  public var evidence = Evidence()
  /// `http`: what the public HTTP listener offers.
  public var http = HTTP()
  /// `log`: level and format.
  public var log = Log()
  /// `hep`: copies for a capture server; nil: none.
  public var hep: HEP?

  /// The defaults, all on loopback.
  public init() {}
}

extension Settings {
  /// How SIP travels.
  public enum Transport: String, Sendable, Hashable, CaseIterable {
    /// Datagrams.
    case udp
    /// Streams.
    case tcp
    /// Streams under TLS.
    case tls
    /// WebSocket (RFC 7118).
    case ws
    /// WebSocket under TLS.
    case wss

    /// The port when the URL names none.
    public var defaultPort: UInt16 {
      switch self {
      case .udp, .tcp: 5060
      case .tls: 5061
      case .ws: 8080
      case .wss: 8443
      }
    }

    /// Whether TLS protects it.
    public var isSecure: Bool { self == .tls || self == .wss }
  }

  /// One entry of `listen`: a URL, or a mapping with `url` and what differs on this listener.
  public struct Listener: Sendable, Hashable {
    /// How SIP travels here.
    public var transport: Transport
    /// Where we listen; port 0 lets the system choose.
    public var address: SocketAddress
    /// Digest algorithms offered here instead of `auth.algorithms`.
    public var algorithms: [DigestAlgorithmName]?
    /// `proxy_protocol`: the load balancers that every stream here comes through, and whose PROXY header says from where;
    /// nil: streams come from their peers.
    public var balancers: [CIDR]?

    /// A listener.
    public init(
      transport: Transport, address: SocketAddress, algorithms: [DigestAlgorithmName]? = nil, balancers: [CIDR]? = nil
    ) {
      self.transport = transport
      self.address = address
      self.algorithms = algorithms
      self.balancers = balancers
    }

    /// The entry as it would stand in the file: `udp://127.0.0.1:5060`.
    public var url: String { "\(transport.rawValue)://\(address)" }

    /// What is listened on when the file does not say: UDP and TCP on 127.0.0.1:5060.
    public static let loopbackDefaults: [Listener] = [
      Listener(transport: .udp, address: SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 5060)),
      Listener(transport: .tcp, address: SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 5060)),
    ]
  }

  /// `admin`: an HTTP address.
  public struct AdminEndpoint: Sendable, Hashable {
    /// Where the admin listener is.
    public var address: SocketAddress

    /// An endpoint.
    public init(address: SocketAddress) { self.address = address }

    /// `http://127.0.0.1:9464`.
    public static let loopbackDefault = AdminEndpoint(
      address: SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 9464))
  }

  /// `tls`: what listeners show, whom they and we believe, what is spoken. Files are in PEM form but `ocsp`.
  public struct TLS: Sendable, Hashable {
    /// One of `certificates`, or `certificate` and `key`.
    public struct Certificate: Sendable, Hashable {
      /// `certificate`: the certificate and its chain.
      public var certificatePath: String
      /// `key`: its private key.
      public var keyPath: String
      /// `names`: whom it is shown to; nil: those who ask for a name that stands in it.
      public var names: [String]?
      /// `ocsp`: the status that is stapled, DER.
      public var statusPath: String?

      /// The files.
      public init(certificatePath: String, keyPath: String, names: [String]? = nil, statusPath: String? = nil) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        self.names = names
        self.statusPath = statusPath
      }
    }

    /// Whether clients show certificates.
    public enum ClientCertificates: String, Sendable, Hashable, CaseIterable {
      /// They are not asked.
      case none
      /// One that is shown must be good.
      case optional
      /// Without a good one there is no connection.
      case required
    }

    /// The oldest version that is spoken.
    public enum Version: String, Sendable, Hashable, CaseIterable {
      /// TLS 1.2.
      case tls12 = "1.2"
      /// TLS 1.3.
      case tls13 = "1.3"
    }

    /// What may be shown; the first to those who name no name or another. Empty: we only open connections.
    public var certificates: [Certificate] = []
    /// `client_ca`: who signs client certificates.
    public var clientCAPath: String?
    /// `client_certificates`: whether clients show them.
    public var clientCertificates = ClientCertificates.none
    /// `ca`: who signs the certificates of those we connect to; nil: whom the system believes.
    public var authoritiesPath: String?
    /// `handshake_seconds`: from the first byte to the end of the handshake.
    public var handshake = Duration.seconds(10)
    /// `tickets`: whether sessions may be taken up again.
    public var hasTickets = true
    /// `min_version`: the oldest version that is spoken.
    public var minimumVersion = Version.tls12
    /// `alias`: whether neighbours may have requests sent over the connections they opened, and we ask for the same.
    public var takesAliases = false

    /// The defaults.
    public init() {}
  }

  /// `required` or `off`.
  public enum Requirement: String, Sendable, Hashable, CaseIterable {
    /// Credentials are asked for.
    case required
    /// No credentials are asked for. Never opens an escalation target.
    case off
  }

  /// A digest algorithm by the name that stands in the file and in the challenge.
  public enum DigestAlgorithmName: String, Sendable, Hashable, CaseIterable {
    /// RFC 2617's, for old phones.
    case md5 = "MD5"
    /// RFC 7616's.
    case sha256 = "SHA-256"
    /// RFC 7616's other one.
    // The standard writes a slash between the two numbers.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case sha512_256 = "SHA-512-256"
  }

  /// `auth`: digest authentication (RFC 8760).
  public struct Auth: Sendable, Hashable {
    /// `realm`: the digest realm; passwords are stored for it. Default: the first of `domains`.
    public var realm = "if.internal"
    /// `invite`: whether an INVITE needs credentials.
    public var invite = Requirement.required
    /// `register`: whether a REGISTER needs credentials.
    public var register = Requirement.required
    /// `algorithms`: offered in this order.
    public var algorithms: [DigestAlgorithmName] = [.sha256, .md5]
    /// `nonce_seconds`: how long a nonce is fresh.
    public var nonceLifetime = Duration.seconds(300)
    /// `failures`: failed attempts of one user from one address until it is refused.
    public var failures = 5
    /// `lockout_seconds`: over which time failures count, and how long the refusal lasts.
    public var lockout = Duration.seconds(300)

    /// The defaults.
    public init() {}
  }

  /// `tls_required_for`.
  public enum TLSRequirement: String, Sendable, Hashable, CaseIterable {
    /// Requests to escalation targets.
    case escalations
    /// Every request.
    case all
    /// None: for a trusted network only.
    case none
  }

  /// One entry of `trusted_from`.
  public struct TrustedPeer: Sendable, Hashable {
    /// From where.
    public var network: CIDR
    /// Over which transport; nil: any.
    public var transport: Transport?
    /// The name that must stand in its client certificate.
    public var clientSAN: String?

    /// A trusted neighbour.
    public init(network: CIDR, transport: Transport? = nil, clientSAN: String? = nil) {
      self.network = network
      self.transport = transport
      self.clientSAN = clientSAN
    }
  }

  /// `rate`: new calls per expert (DOMAIN §5 step 7).
  public struct Rate: Sendable, Hashable {
    /// `per_expert`: calls per window.
    public var perExpert = 10
    /// `window_seconds`: the sliding window.
    public var window = Duration.seconds(60)

    /// The defaults.
    public init() {}
  }

  /// `flood`: a token bucket per source address (DOMAIN §5 step 1).
  public struct Flood: Sendable, Hashable {
    /// `messages_per_second`: the steady rate; nil (`off`): no limit.
    public var messagesPerSecond: Int? = 1_000
    /// `burst`: how many at once.
    public var burst = 5_000

    /// The defaults.
    public init() {}
  }

  /// `redirects`: what becomes of a 3xx.
  public enum Redirects: String, Sendable, CaseIterable {
    /// The caller gets it, and decides.
    case pass
    /// Its contacts are called from here, under the rules that the call itself had to pass.
    case follow
  }

  /// `dns`: whom we ask, and for how long we believe it.
  public struct DNS: Sendable, Hashable {
    /// `servers`: asked in this order; empty: those of the system (`/etc/resolv.conf`).
    public var servers: [SocketAddress] = []
    /// `timeout_ms`: how long the first try lasts; every further round takes twice as long as the one before.
    public var timeout = Duration.milliseconds(1_000)
    /// `tries`: rounds through the servers.
    public var tries = 2
    /// `cache_entries`: answers that are remembered.
    public var cacheEntries = 10_000
    /// `negative_ttl_seconds`: for how long at most we remember that there is no such name.
    public var negativeTTL = Duration.seconds(30)

    /// The most servers.
    public static let maxServers = 8

    /// The defaults.
    public init() {}
  }

  /// `advertise`: what others are told behind NAT.
  public struct Advertise: Sendable, Hashable {
    /// `sip`: for Via, Record-Route and Contact: an address or a name, without port.
    public var sip: String?
    /// `media`: for SDP.
    public var media: IPAddress?

    /// Nothing differs.
    public init() {}
  }

  /// `tcp`: what streams may cost, and how far their peers are believed.
  public struct TCP: Sendable, Hashable {
    /// `max_connections`: streams at once, whoever opened them.
    public var maxConnections = 8_192
    /// `max_per_address`: of those, opened by one address.
    public var maxPerAddress = 512
    /// `idle_seconds`: without a byte received.
    public var idle = Duration.seconds(600)
    /// `first_message_seconds`: from accepting a stream to its first message.
    public var firstMessage = Duration.seconds(30)
    /// `message_seconds`: from the first byte of a message to its last.
    public var message = Duration.seconds(30)
    /// `alias`: whether a peer may have the requests for an address of its own sent over its stream (RFC 5923).
    public var takesAliases = false

    /// The defaults.
    public init() {}
  }

  /// `websocket`: what holds for every `ws` and `wss` listener (RFC 7118).
  public struct WebSocket: Sendable, Hashable {
    /// `path`: of the URL that clients open, `ws://ADDRESS:PORT/sip`.
    public var path = "/sip"
    /// `origins`: whose web pages may, as browsers write it, or `*`; empty: pages of the host they connect to.
    public var origins: [String] = []
    /// `deflate`: whether messages are compressed for clients that offer it (RFC 7692).
    public var compresses = true
    /// `ping_seconds`: how long a client may be silent before it is asked for a sign of life, and to give it.
    public var ping = Duration.seconds(30)

    /// The defaults.
    public init() {}
  }

  /// `calls`: limits of the whole node.
  public struct Calls: Sendable, Hashable {
    /// `max_active`: calls at once; beyond it new ones get 503.
    public var maxActive = 10_000
    /// `max_per_expert`: calls of one expert at once; beyond it new ones get 480.
    public var maxPerExpert = 10
    /// `ring_seconds`: Timer C (RFC 3261 §16.6): how long a phone may ring; more than 180 s.
    public var ring = Duration.seconds(200)
    /// `t1_ms`: RFC 3261's T1.
    public var t1 = Duration.milliseconds(500)
    /// `memory_mb`: bytes that transactions may keep, requests and responses included.
    public var memoryBytes = 512 << 20
    /// `max_registrations`: AORs with at least one binding.
    public var maxRegistrations = 100_000
    /// `max_bindings`: bindings of one AOR.
    public var maxBindings = 10

    /// The defaults.
    public init() {}
  }

  /// `registrar`: registrations (RFC 3261 §10.3).
  public struct Registrar: Sendable, Hashable {
    /// `min_expires`: the shortest time a contact is bound for, in seconds; 423 below it.
    public var minimumExpires: UInt32 = 30
    /// `max_expires`: the longest, in seconds; longer wishes are cut to it.
    public var maximumExpires: UInt32 = 7_200
    /// `default_expires`: for a phone that names no time, in seconds.
    public var defaultExpires: UInt32 = 3_600
    /// `durability`.
    public var durability = Durability.batched

    /// `durability`: what has happened when a phone hears 200.
    public enum Durability: String, Sendable, Hashable, CaseIterable {
      /// The kernel has the registration: it survives this process, not the power.
      case batched
      /// The disk has it.
      case strict
    }

    /// The defaults.
    public init() {}
  }

  /// `witness`: how records are written.
  public struct WitnessSettings: Sendable, Hashable {
    /// `mode`.
    public var mode = Mode.batched
    /// `origin`: the log's name in checkpoints.
    public var origin = "if.internal/witness"
    /// `segment_bytes`: a record file is closed when it reaches this size.
    public var segmentBytes = 64 << 20
    /// `queue`: records that may wait for the disk before new calls are refused.
    public var queue = 65_536
    /// `compress_after_days`: record files that nobody wrote to for so long are packed; nil: never.
    public var compressAfterDays: Int?
    /// `delete_after_days`: records that are older are deleted, their hashes are not; nil: never.
    public var deleteAfterDays: Int?
    /// `cosigners`: who is asked to sign our checkpoints, too.
    public var cosigners: [Cosigner] = []
    /// `cosign_seconds`: how often they are asked.
    public var cosignInterval = Duration.seconds(10)
    /// `quorum`: how many of them must have signed a checkpoint until it is shown to others.
    public var quorum = 1

    /// The most cosigners: every signature travels in every checkpoint and proof.
    public static let maxCosigners = 16

    /// `mode`.
    public enum Mode: String, Sendable, Hashable, CaseIterable {
      /// At most 50 ms of records are at risk.
      case batched
      /// An INVITE goes on only when its record is durable.
      case strict
      /// Nothing is recorded: for benchmarks.
      case off
    }

    /// One entry of `cosigners` (C2SP tlog-witness).
    public struct Cosigner: Sendable, Hashable {
      /// `name`: what it is called in metrics and logs; the key's own name unless another is given.
      public var name: String
      /// `url`: the prefix below which `add-checkpoint` is.
      public var url: WebAddress
      /// `key`: its verifier key, of the cosignature type.
      public var key: NoteVerifierKey

      /// A cosigner.
      public init(name: String, url: WebAddress, key: NoteVerifierKey) {
        self.name = name
        self.url = url
        self.key = key
      }
    }

    /// The defaults.
    public init() {}
  }

  /// An `http` or `https` URL without user, query and fragment.
  public struct WebAddress: Sendable, Hashable {
    /// Whether it is `https`.
    public var isSecure: Bool
    /// The host: a name in lower case, or an address without brackets.
    public var host: String
    /// The port, the usual one when none is written.
    public var port: UInt16
    /// The path as written, without a slash at its end.
    public var path: String

    /// An address.
    public init(isSecure: Bool, host: String, port: UInt16, path: String) {
      self.isSecure = isSecure
      self.host = host
      self.port = port
      self.path = path
    }
  }

  /// `evidence`.
  public struct Evidence: Sendable, Hashable {
    /// `root`: files outside it are never shown.
    public var root = "./evidence"

    /// The defaults.
    public init() {}
  }

  /// `http`.
  public struct HTTP: Sendable, Hashable {
    /// `public_api`: whether `/v1` is offered beside `/whip` on the public listener.
    public var publicAPI = false

    /// The defaults.
    public init() {}
  }

  /// `log`.
  public struct Log: Sendable, Hashable {
    /// `level`.
    public var level = Level.info
    /// `format`.
    public var format = Format.json

    /// `level`: the names of swift-log.
    public enum Level: String, Sendable, Hashable, CaseIterable {
      /// Everything.
      case trace
      /// For whoever works on the proxy.
      case debug
      /// What an operator wants to know.
      case info
      /// Unusual, but as it should be.
      case notice
      /// Something may need attention.
      case warning
      /// Something failed.
      case error
      /// The process cannot go on.
      case critical
    }

    /// `format`.
    public enum Format: String, Sendable, Hashable, CaseIterable {
      /// One JSON object per line.
      case json
      /// For people.
      case text
    }

    /// The defaults.
    public init() {}
  }
}
