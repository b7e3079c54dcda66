public import Wire

/// Whose packets are looked at, by source address (DOMAIN §5, step 3).
public struct SourceAllowlist: Sendable, Equatable {
  /// The networks that are let in.
  public let networks: [CIDR]
  private let includesLoopback: Bool

  /// Reads the configuration: `allow` as it is; when that is empty, loopback, the networks of active organisations and
  /// the addresses of trusted neighbours.
  public init(allow: [CIDR], registry: Registry, trustedFrom: [CIDR]) {
    includesLoopback = allow.isEmpty
    networks = allow.isEmpty ? registry.activeNetworks + trustedFrom : allow
  }

  /// Whether the address is let in.
  public func contains(_ source: IPAddress) -> Bool {
    includesLoopback && source.isLoopback || networks.contains { $0.contains(source) }
  }
}
