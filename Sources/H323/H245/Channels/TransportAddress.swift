import PER
import Wire

/// Where something is sent to.
public enum TransportAddress: Sendable, Hashable {
  /// A unicast address of IPv4 or IPv6 and a port. An IPv4 address in IPv6's clothes is IPv4 (`IPAddress`).
  case unicast(SocketAddress)
  /// Multicast, and addresses of networks that are no longer there, as they came.
  case other(KeptValue)
  /// A unicast address that is nsap, nonStandardAddress or of a later version.
  case unknownUnicast(UnknownAlternative)
  /// What later versions add.
  case unknown(UnknownAlternative)

  /// The address and port, where there is one.
  public var socketAddress: SocketAddress? {
    if case .unicast(let address) = self { address } else { nil }
  }
}
