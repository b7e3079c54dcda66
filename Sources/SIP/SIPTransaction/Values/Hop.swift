import Wire

/// What carries a message (RFC 3261 §18; RFC 7118 for WebSocket).
public enum SIPTransportKind: UInt8, Sendable, Hashable, CaseIterable {
  case udp
  case tcp
  case tls
  case ws
  case wss

  /// Whether the transport itself retransmits, so that the transactions' timers A, E and G do not run (§17).
  public var isReliable: Bool { self != .udp }

  /// Whether the transport is encrypted.
  public var isSecure: Bool { self == .tls || self == .wss }

  /// Whether messages travel in WebSocket frames, so that only what the client opened leads to it (RFC 7118 §5).
  public var isWebSocket: Bool { self == .ws || self == .wss }

  /// The port that an absent one stands for (§18.1.1): 5060, over TLS 5061; 80 and 443 for WebSocket (RFC 7118 §5).
  public var defaultPort: UInt16 {
    switch self {
    case .udp, .tcp: 5060
    case .tls: 5061
    case .ws: 80
    case .wss: 443
    }
  }
}

/// Names one stream connection for as long as the process runs; `none` for datagrams and for streams still to be opened.
public struct ConnectionID: RawRepresentable, Sendable, Hashable {
  /// The number; zero is `none`.
  public var rawValue: UInt64

  /// A connection by its number; zero is `none`.
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// A connection by its number; zero is `none`.
  public init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// No connection: a datagram, or a stream that the transport has yet to open towards `Hop.remote`.
  public static let none = ConnectionID(rawValue: 0)
}

/// Where a message came from or goes to: the far end, and the socket of ours that faces it.
public struct Hop: Sendable, Hashable {
  /// The far end's address.
  public var remote: SocketAddress
  /// The stream, or `.none`.
  public var connection: ConnectionID
  /// Which of our listening sockets.
  public var listener: UInt16
  /// What carries the message.
  public var transport: SIPTransportKind
  /// Whether nothing but `connection` will do: the far end cannot be reached by opening another (RFC 5626 §5.3).
  public var isFlow = false
  /// What TLS has to do with it; nil without TLS.
  public var security: HopSecurity?

  /// A hop; without a connection for datagrams and for streams that are still to be opened.
  public init(
    transport: SIPTransportKind, remote: SocketAddress, connection: ConnectionID = .none, listener: UInt16 = 0,
    security: HopSecurity? = nil
  ) {
    self.transport = transport
    self.remote = remote
    self.connection = connection
    self.listener = listener
    self.security = security
  }

  /// The same hop, over TLS only to whom that host is; without TLS, the same.
  public func leading(to host: String) -> Hop {
    guard transport.isSecure else { return self }
    var hop = self
    hop.security = HopSecurity(peer: host)
    return hop
  }
}
