import NIOCore
import Reactor
import Wire

/// A TCP address to listen on.
package struct StreamListener: Sendable {
  /// Where; port 0 for any.
  package var address: Wire.SocketAddress
  /// What peers speak there.
  package var transport: StreamTransport
  /// The number that its streams' facts carry: an index into the node's own list of listeners.
  package var number: UInt16
  /// Puts handlers in front that decrypt or unwrap (TLS, WebSocket), on the channel's event loop.
  package var front: StreamFront?
  /// The load balancers that every stream comes through, and whose PROXY header says from where; nil: none.
  package var balancers: [CIDR]?

  /// Makes a listener.
  package init(
    address: Wire.SocketAddress, transport: StreamTransport = .tcp, number: UInt16, front: StreamFront? = nil,
    balancers: [CIDR]? = nil
  ) {
    self.balancers = balancers
    self.address = address
    self.transport = transport
    self.number = number
    self.front = front
  }
}

/// What stands between the socket and SIP: nothing for TCP, TLS for SIPS, the upgrade and frames for WebSocket.
package struct StreamFront: Sendable {
  /// How what comes out of the front is divided into messages.
  package enum Framing: Sendable {
    /// By Content-Length (RFC 3261 §18.3).
    case contentLength
    /// One read is one message, as in WebSocket (RFC 7118 §4.2).
    case wholeMessages
    /// By the header of RFC 1006 (TPKT), which messages come without and go without on this side.
    case packets
  }

  /// Adds the handlers. They pass `ByteBuffer`s both ways and fire ``StreamFrontReady`` when SIP may flow. For a stream
  /// that we open, `peer` is the host that the other end has to prove to be; nil for one that was accepted.
  package var addHandlers: @Sendable (any Channel, _ peer: String?) throws -> Void
  /// How messages are found.
  package var framing: Framing

  /// Makes a front that does not care who the other end is.
  package init(framing: Framing, addHandlers: @escaping @Sendable (any Channel) throws -> Void) {
    self.init(framing: framing) { channel, _ in try addHandlers(channel) }
  }

  /// Makes a front.
  package init(framing: Framing, addHandlers: @escaping @Sendable (any Channel, _ peer: String?) throws -> Void) {
    self.framing = framing
    self.addHandlers = addHandlers
  }
}

/// The user event by which a ``StreamFront`` says that its handshake is over.
package struct StreamFrontReady: Sendable {
  /// Makes the event.
  package init() {}
}

/// What streams may cost.
package struct StreamLimits: Sendable {
  /// Streams at one time, both those we accepted and those we opened.
  package var connections = 8192
  /// Of those, accepted from one address.
  package var connectionsPerAddress = 512
  /// Of those, accepted to carry H.323: what speaks that cannot take every place from what speaks SIP.
  package var callSignalling = 1024
  /// Of those, accepted from one address, apart from its SIP streams.
  package var callSignallingPerAddress = 512
  /// Addresses that one stream may stand for besides its own (RFC 5923): a peer has few ports it listens on.
  package var aliasesPerConnection = 4
  /// From accepting a stream to its first whole message or keep-alive.
  package var firstMessage = Duration.seconds(30)
  /// From the first byte of a message to its last.
  package var messageCompletion = Duration.seconds(30)
  /// Without a byte received. Keep-alives (RFC 5626 §3.5.1) come far more often, and calls without them reconnect.
  /// Streams of H.323 are silent as long as their call runs: TCP's own keep-alives say whether the peer is there.
  package var idle = Duration.seconds(600)
  /// From the peer's end of sending to our end, for the answers to what it asked last: 64 × T1 (RFC 3261 §17).
  package var halfClosed = Duration.seconds(32)
  /// From asking the system to the peer's answer; short, so that a transaction has time left for the next target.
  package var connect = Duration.seconds(10)
  /// From listening for one stream to its coming: longer than a phone rings.
  package var waiting = Duration.seconds(240)
  /// H.323: silence after which TCP asks whether the peer is there, from then on how often, and how often in vain before
  /// it is gone.
  package var keepAlive = (after: Duration.seconds(60), every: Duration.seconds(15), times: 4)
  /// Bytes that wait for a peer to read, per stream; more ends it.
  package var outboundBytes = 1 << 20
  /// Bytes that wait for an event loop to wake up.
  package var commandBytes = 16 << 20
  /// Bytes of one message.
  package var messageBytes = 65_535
  /// How long stopping waits for peers to read what was sent.
  package var closing = Duration.seconds(2)

  /// The defaults.
  package init() {}

  /// How often deadlines are looked at: a quarter of the shortest, from 5 ms to 1 s.
  var tick: Duration {
    let shortest = [firstMessage, messageCompletion, idle, halfClosed, closing].min() ?? .seconds(1)
    return min(max(shortest / 4, .milliseconds(5)), .seconds(1))
  }
}

/// A place where one stream is waited for: whoever comes first from a host that is expected, and nobody after.
package struct StreamAwaiting: Sendable {
  /// Our address.
  package var address: IPAddress
  /// The ports to take one of; nil: one that the system chooses.
  package var ports: ClosedRange<UInt16>?
  /// Who may come, beside those of `networks`; others are shown out, and the place stays open.
  package var peers: Set<IPAddress>
  /// The same, whole networks.
  package var networks: [CIDR]
  /// What is spoken.
  package var transport: StreamTransport

  /// Makes a place.
  package init(
    address: IPAddress, ports: ClosedRange<UInt16>? = nil, peers: Set<IPAddress>, networks: [CIDR] = [],
    transport: StreamTransport = .tpkt
  ) {
    self.address = address
    self.ports = ports
    self.peers = peers
    self.networks = networks
    self.transport = transport
  }

  /// Whether one of that host may come.
  func expects(_ host: IPAddress) -> Bool { peers.contains(host) || networks.contains { $0.contains(host) } }
}

/// Why streams could not be listened for.
package enum StreamError: Error, Equatable, Sendable, CustomStringConvertible {
  /// An address could not be bound: the system's error number.
  case bind(Wire.SocketAddress, Int32)

  package var description: String {
    switch self {
    case .bind(let address, let error): "cannot bind tcp \(address): \(systemErrorText(error))"
    }
  }
}
