/// The bounds of a node at which something is refused or ended, by the name they have in `sip_limit_reached_total`: there
/// is no bound whose reaching nobody can see.
public enum NodeLimit: String, Sendable, CaseIterable {
  // Of the cores.

  /// `calls.max_active`: calls at once.
  case calls
  /// `calls.max_per_expert`, or the expert's own `max_calls`.
  case callsPerExpert = "calls-per-expert"
  /// Requests being worked on (``ProxyLimits/contexts``).
  case requests
  /// `calls.memory_mb`: what transactions may keep.
  case transactions
  /// ACKs that wait for DNS (``ProxyLimits/heldAcks``).
  case heldAcks = "held-acks"
  /// Routes or a Contact too long to be hidden (``ProxyLimits/hiddenBytes``).
  case hiddenRoutes = "hidden-routes"
  /// `overload_ms`: the node is behind.
  case overload
  /// `flood`: packets of one address.
  case flood
  /// Nonces whose use is remembered.
  case nonces
  /// `calls.max_registrations` and `calls.max_bindings`.
  case registrations
  /// `witness.queue`, or the disk: IF.witness cannot take what would be recorded.
  case witness
  /// `media.ports`: ports for relayed calls, or sockets of the system.
  case mediaPorts = "media-ports"
  /// `media.timeout_seconds`: a relayed call without media.
  case mediaSilence = "media-silence"

  // Of the streams.

  /// `tcp.max_connections`.
  case connections
  /// `tcp.max_per_address`.
  case connectionsPerAddress = "connections-per-address"
  /// `tcp.first_message_seconds`.
  case firstMessage = "first-message"
  /// `tcp.message_seconds`.
  case messageCompletion = "message-completion"
  /// `tcp.idle_seconds`.
  case idle
  /// Bytes that wait for a peer to read.
  case outbound
}
