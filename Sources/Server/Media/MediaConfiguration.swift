import DTMF
import Relay
import Wire

/// From where a node relays media.
package struct MediaConfiguration: Sendable {
  /// The addresses that media sockets are bound to: one of each family at most.
  package var addresses: [IPAddress]
  /// The ports that may be used, of all reactors together; pairs of an even one and the one above.
  package var ports: ClosedRange<UInt16>
  /// The DSCP of what is sent: 46, expedited forwarding (RFC 3246); 0 for none.
  package var dscp: UInt8 = 46
  /// How streams are relayed.
  package var settings = RelaySettings()

  /// Relaying from these addresses and ports.
  package init(addresses: [IPAddress], ports: ClosedRange<UInt16>) {
    self.addresses = addresses
    self.ports = ports
  }
}

/// The limits of a reactor's relayed calls.
package enum MediaLimits {
  /// The most streams of one call: the most m-lines of a description that anybody has.
  package static let maxStreams = 8
  /// The most streams of one reactor: their number has 30 bits in a socket's tag, and ports end long before.
  package static let maxAllStreams = 1 << 20
  /// How many pairs of ports that somebody else has are passed over for one that is free.
  package static let maxPortTries = 64
}

/// Why a call cannot be relayed.
package enum MediaError: Error, Sendable, Hashable {
  /// None of our addresses is of that family.
  case family
  /// No free ports.
  case ports
  /// As many streams as there may be.
  case limit
  /// No such call.
  case unknownCall
  /// The system refused a socket: its error number.
  case system(Int32)
}

/// What happened to a relayed call.
package enum MediaEvent: Sendable, Hashable {
  /// Nothing has come on any of its streams for as long as that is allowed; said once, and the call stays open until it is
  /// closed.
  case timedOut(RelayCallID)
}

/// A key that is to go to a party by INFO.
package struct MediaKey: Sendable, Hashable {
  package var call: RelayCallID
  /// Which of its streams.
  package var stream: Int
  package var side: RelaySide
  package var key: DTMFInfo
}
