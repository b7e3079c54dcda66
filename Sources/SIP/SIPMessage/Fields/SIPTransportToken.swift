/// The transport a Via or a URI names (§20.42, §19.1.1); letters without case.
public enum SIPTransportToken: UInt8, Sendable, Hashable, CaseIterable {
  case udp, tcp, tls, sctp
  /// RFC 4168
  case tlsSCTP
  /// RFC 7118
  case ws, wss
  /// A transport this library does not know: legal, and nothing we can send over.
  case other

  /// The token at `range`.
  @inline(__always)
  init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    switch ParameterKey(bytes, range) {
    case ParameterKey(of: "udp"): self = .udp
    case ParameterKey(of: "tcp"): self = .tcp
    case ParameterKey(of: "tls"): self = .tls
    case ParameterKey(of: "ws"): self = .ws
    case ParameterKey(of: "wss"): self = .wss
    case ParameterKey(of: "sctp"): self = .sctp
    case ParameterKey(of: "tls-sctp"): self = .tlsSCTP
    default: self = .other
    }
  }

  /// The transport that these bytes name, as a URI's `transport` parameter does.
  public init(parsing bytes: Span<UInt8>) { self.init(bytes, 0..<bytes.count) }

  /// The token as a Via spells it; nil for `other`.
  public var viaName: String? {
    switch self {
    case .udp: "UDP"
    case .tcp: "TCP"
    case .tls: "TLS"
    case .sctp: "SCTP"
    case .tlsSCTP: "TLS-SCTP"
    case .ws: "WS"
    case .wss: "WSS"
    case .other: nil
    }
  }
}
