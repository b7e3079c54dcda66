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
  init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    switch range.count {
    case 2 where bytes.matchesIgnoringCase(range, "ws"): self = .ws
    case 3 where bytes.matchesIgnoringCase(range, "udp"): self = .udp
    case 3 where bytes.matchesIgnoringCase(range, "tcp"): self = .tcp
    case 3 where bytes.matchesIgnoringCase(range, "tls"): self = .tls
    case 3 where bytes.matchesIgnoringCase(range, "wss"): self = .wss
    case 4 where bytes.matchesIgnoringCase(range, "sctp"): self = .sctp
    case 8 where bytes.matchesIgnoringCase(range, "tls-sctp"): self = .tlsSCTP
    default: self = .other
    }
  }

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
