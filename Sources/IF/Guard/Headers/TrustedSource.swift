public import Wire

/// `X-IF-Source: ip:port;transport=…`: the far side of a connection as a trusted neighbour saw it.
///
/// Believed only from an address in `trusted_from`, where it stands for the socket's own facts.
public struct TrustedSource: Sendable, Hashable {
  /// The transports a neighbour can name.
  public enum Transport: String, Sendable, Hashable, CaseIterable {
    /// Datagrams.
    case udp
    /// A plain stream.
    case tcp
    /// A stream under TLS.
    case tls
    /// A plain WebSocket.
    case ws
    /// A WebSocket under TLS.
    case wss

    /// Whether escalations may come over it.
    public var isSecure: Bool { self == .tls || self == .wss }
  }

  /// Who called the neighbour.
  public let address: SocketAddress
  /// Over what.
  public let transport: Transport

  /// Reads the header's value; nil unless it has exactly the form above (the transport in either case).
  public init?(_ value: String) {
    let parts = value.split(separator: ";", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = SocketAddress(String(parts[0])) else { return nil }
    let parameter = parts[1].split(separator: "=", omittingEmptySubsequences: false)
    guard parameter.count == 2, parameter[0].lowercased() == "transport",
      let transport = Transport(rawValue: parameter[1].lowercased())
    else { return nil }
    self.address = address
    self.transport = transport
  }
}
