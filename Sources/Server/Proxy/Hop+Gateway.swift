import SIPTransaction
import Wire

// The gateway into the council (DOMAIN §6) is a neighbour in the same process: what the core sends to its hop never
// leaves it, and what comes from there comes from nowhere else. No socket has its listener's number and no stream its
// connection's, so that nothing that arrives from a network can carry them.
extension Hop {
  /// The way to the gateway, and where its messages come from. Reliable: nothing is sent twice. Its port stands in the Via
  /// of what it sends (RFC 3581), which phones give back: it has to be one that a Via can have, so not 0.
  public static let gateway = Hop(
    transport: .tcp, remote: SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 5060),
    connection: ConnectionID(rawValue: .max), listener: .max)

  /// Whether this is that hop.
  public var isGateway: Bool { listener == .max && connection == Hop.gateway.connection }
}
