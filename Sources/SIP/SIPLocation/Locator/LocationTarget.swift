import SIPMessage
import SIPTransaction
import Wire

/// Who is to be reached: what RFC 3263 §4 takes from a URI.
public struct LocationTarget: Sendable, Hashable {
  /// The host: TARGET, which is `maddr` when the URI has one.
  public var host: SIPHost
  /// The port, when it is written.
  public var port: UInt16?
  /// The transport, when it is written; `nil` leaves it to DNS.
  public var transport: SIPTransportKind?
  /// Whether every hop has to be encrypted: a SIPS URI.
  public var isSecure: Bool
  /// Whether the addresses may be ones that only mean something here: loopback, private, link-local. Whoever lets
  /// strangers choose the name says no, or they reach our own network through us.
  public var acceptsLocalAddresses: Bool
  /// What is looked for in SIP's place; nil: SIP. To be used with a transport that is written.
  public var service: LocationService?

  /// A target.
  public init(
    host: SIPHost, port: UInt16? = nil, transport: SIPTransportKind? = nil, isSecure: Bool = false,
    acceptsLocalAddresses: Bool = true, service: LocationService? = nil
  ) {
    self.service = service
    self.host = host
    self.port = port
    self.transport = transport
    self.isSecure = isSecure
    self.acceptsLocalAddresses = acceptsLocalAddresses
  }

  /// The target of a URI; nil when its `transport` is none that exists here (`sctp`).
  public init?(_ uri: SIPURI, acceptsLocalAddresses: Bool = true) {
    var transport: SIPTransportKind?
    if let name = uri.transport {
      guard let kind = SIPTransportKind(parameter: name) else { return nil }
      transport = kind
    }
    self.init(
      host: uri.maddr ?? uri.host, port: uri.port, transport: transport, isSecure: uri.scheme == .sips,
      acceptsLocalAddresses: acceptsLocalAddresses)
  }

  /// Where a response goes when the connection or address that its request came from does not take it (§5): the
  /// sent-by of the topmost Via, over the transport that stands there. With a port: that host's addresses; without:
  /// the service's SRV records, and when there are none the host's addresses with the default port.
  public static func forResponse(
    sentBy host: SIPHost, port: UInt16?, transport: SIPTransportKind, acceptsLocalAddresses: Bool = true
  ) -> LocationTarget {
    LocationTarget(
      host: host, port: port, transport: transport, isSecure: transport.isSecure,
      acceptsLocalAddresses: acceptsLocalAddresses)
  }
}

/// A service other than SIP, whose servers are found in the same way: by SRV records, then by the host's addresses.
public struct LocationService: Sendable, Hashable {
  /// The labels before the domain in the name of its SRV records.
  public var labels: String
  /// The port of hosts without one.
  public var defaultPort: UInt16

  /// A service.
  public init(labels: String, defaultPort: UInt16) {
    self.labels = labels
    self.defaultPort = defaultPort
  }

  /// A gatekeeper that takes registrations (H.323 Annex O).
  public static let h323Registration = LocationService(labels: "_h323rs._udp", defaultPort: 1_719)
  /// Where H.323 calls are taken.
  public static let h323CallSignalling = LocationService(labels: "_h323cs._tcp", defaultPort: 1_720)
}

extension SIPTransportKind {
  /// From `transport=` in lower case (RFC 3261 §19.1.1, RFC 7118 §5); `wss` is no value of it, but some write it.
  init?(parameter: String) {
    switch parameter {
    case "udp": self = .udp
    case "tcp": self = .tcp
    case "tls": self = .tls
    case "ws": self = .ws
    case "wss": self = .wss
    default: return nil
    }
  }

  /// The same transport, encrypted; nil for UDP, which cannot be.
  var secured: SIPTransportKind? {
    switch self {
    case .udp: nil
    case .tcp, .tls: .tls
    case .ws, .wss: .wss
    }
  }

  /// The labels before the domain in the name of its SRV records (RFC 3263 §4.1; RFC 7118 has none of its own, and
  /// `_ws` is what others took).
  var serviceLabels: String {
    switch self {
    case .udp: "_sip._udp"
    case .tcp: "_sip._tcp"
    case .tls: "_sips._tcp"
    case .ws: "_sip._ws"
    case .wss: "_sips._ws"
    }
  }

  /// From a NAPTR service field in upper case (RFC 3263 §4.1, RFC 7118 §7).
  init?(naptrService: String) {
    switch naptrService {
    case "SIP+D2U": self = .udp
    case "SIP+D2T": self = .tcp
    case "SIPS+D2T": self = .tls
    case "SIP+D2W": self = .ws
    case "SIPS+D2W": self = .wss
    default: return nil
    }
  }
}
