import Resolver
import SIPLocation
import SIPTransaction
public import Settings
public import Wire

/// Where a council is, for whoever asks before there is a node.
public enum CouncilHosts {
  /// What is looked for.
  public enum Service: Sendable, Hashable {
    /// Gatekeepers.
    case gatekeeper
    /// MCUs.
    case mcu
  }

  /// The addresses of hosts, in the order of the list; those that have none are left out. A name without a port is looked up
  /// by its SRV records first (H.323 Annex O).
  ///
  /// - Parameter isIPv4: which addresses are of use; nil: those of IPv4, and where there are none those of IPv6.
  public static func addresses(
    of hosts: [Settings.HostPort], _ service: Service, isIPv4: Bool? = nil, dns: Settings.DNS
  ) async throws -> [SocketAddress] {
    let sources = [LocationSource(.udp, .ipv4), LocationSource(.udp, .ipv6)]
    let resolver = try Resolver(
      ResolverConfiguration(servers: dns.servers, timeout: dns.timeout, tries: dns.tries, sources: sources))
    defer { resolver.stop() }
    for isIPv4 in isIPv4.map({ [$0] }) ?? [true, false] {
      let lookup = HostLookup(
        hosts, service == .gatekeeper ? .h323Registration : .h323CallSignalling, isIPv4: isIPv4, transport: .udp)
      let found = await withCheckedContinuation { continuation in
        lookup.run(resolver) { continuation.resume(returning: $0) }
      }
      if !found.isEmpty { return found }
    }
    return []
  }
}
