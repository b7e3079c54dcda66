import Reactor
import Relay
import Wire

// Signatures first; the body follows.

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

/// Why a call cannot be relayed.
package enum MediaError: Error, Sendable, Hashable {
  /// None of our addresses is of that family.
  case family
  /// No free ports.
  case ports
  /// As many calls as there may be, or as many streams as one call may have.
  case limit
  /// The system refused a socket: its error number.
  case system(Int32)
}

/// What happened to a relayed call.
package enum MediaEvent: Sendable, Hashable {
  /// Nothing has come on any of its streams for as long as that is allowed; said once, and the call stays open until it is
  /// closed.
  case timedOut(RelayCallID)
}

/// The relayed calls of one reactor. Its driver hands it the datagrams of media sockets and asks it when time passes.
package struct MediaTable: ~Copyable {
  /// - Parameters:
  ///   - reactor: this one's number among `reactors`, which share the ports.
  ///   - seed: random; the order in which ports are taken.
  package init(_ configuration: MediaConfiguration, reactor: Int, reactors: Int, seed: UInt64) {}

  /// Opens the sockets of a call with so many streams: four for each.
  ///
  /// - Parameters:
  ///   - caller: the family of the address that faces the caller.
  ///   - callee: the same for the callee.
  package mutating func open(
    streams: Int, callerIsIPv4 caller: Bool = true, calleeIsIPv4 callee: Bool = true, now: Instant,
    io: inout ReactorIO
  ) throws(MediaError) -> (call: RelayCallID, ports: [RelayPorts]) { throw .ports }

  /// Opens one stream more, for an m-line that a later offer adds.
  package mutating func addStream(
    to call: RelayCallID, callerIsIPv4 caller: Bool = true, calleeIsIPv4 callee: Bool = true, now: Instant,
    io: inout ReactorIO
  ) throws(MediaError) -> RelayPorts { throw .ports }

  /// A side's description of one stream has come. A call that is not there is passed over.
  package mutating func set(
    _ peer: RelayPeer, of side: RelaySide, stream: Int, call: RelayCallID, now: Instant, io: inout ReactorIO
  ) {}

  /// What is known of a call's streams; empty when it is not there.
  package func reports(of call: RelayCallID) -> [RelayReport] { [] }

  /// Closes the sockets of a call; empty when it is not there.
  package mutating func close(_ call: RelayCallID, now: Instant, io: inout ReactorIO) -> [RelayReport] { [] }

  /// When ``advance(now:events:)`` wants to be called; nil while there are no calls.
  package var nextDeadline: Instant? { nil }

  /// What has come about by now is appended.
  package mutating func advance(now: Instant, events: inout [MediaEvent]) {}

  /// Calls that are open.
  package var count: Int { 0 }
}
