import Guard
import Wire

// Where requests go, and what those they go to may see.
extension Settings {
  /// One entry of `routes`.
  public struct Route: Sendable, Hashable {
    /// `match`: which Request-URIs go there.
    public var match: RoutePattern
    /// `next_hop`: tried in this order, 1 to ``maxHops``.
    public var hops: [NextHop]
    /// `health_check_seconds`: how often each hop is asked whether it is there (OPTIONS); nil: never.
    public var healthCheck: Duration?
    /// `verify`: the name that the certificates of the hops must hold, instead of their own hosts.
    public var verifiedName: String?

    /// The most hops of one route.
    public static let maxHops = 16

    /// A route.
    public init(match: RoutePattern, hops: [NextHop], healthCheck: Duration? = nil, verifiedName: String? = nil) {
      self.match = match
      self.hops = hops
      self.healthCheck = healthCheck
      self.verifiedName = verifiedName
    }

    /// The first hop's transport, UDP when it names none.
    public var transport: Transport { hops.first?.transport ?? .udp }

    /// Where to send, when the first hop is an address.
    public var socketAddress: SocketAddress? { hops.first?.socketAddress }
  }

  /// One hop of a route: `sip:host[:port][;transport=…]`. A name is located by RFC 3263, so what is not written here is
  /// not filled in.
  public struct NextHop: Sendable, Hashable {
    /// The SIP URI as written.
    public var uri: String
    /// The host: a name in lower case, or an address without brackets.
    public var host: String
    /// The host as an address, when it is one.
    public var ip: IPAddress?
    /// The port, when it is given.
    public var port: UInt16?
    /// From `;transport=`, when it is given.
    public var transport: Transport?

    /// A hop.
    public init(uri: String, host: String, ip: IPAddress? = nil, port: UInt16? = nil, transport: Transport? = nil) {
      self.uri = uri
      self.host = host
      self.ip = ip
      self.port = port
      self.transport = transport
    }

    /// Whether TLS may lead there: it is written, or DNS may say so.
    public var maySecure: Bool { transport?.isSecure ?? (ip == nil) }

    /// Where to send, when the host is an address: UDP and the transport's port unless others are written.
    public var socketAddress: SocketAddress? {
      ip.map { SocketAddress(ip: $0, port: port ?? (transport ?? .udp).defaultPort) }
    }
  }

  /// `hide_topology`.
  public struct TopologyHiding: Sendable, Hashable {
    /// `inside`: who may see everything, beside `trusted_to`.
    public var inside: [CIDR]
    /// `contact`: whether Contacts are hidden, too.
    public var hidesContacts = false

    /// Hides those inside, but not their Contacts.
    public init(inside: [CIDR], hidesContacts: Bool = false) {
      self.inside = inside
      self.hidesContacts = hidesContacts
    }
  }
}
