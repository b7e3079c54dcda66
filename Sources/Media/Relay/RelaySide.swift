import Wire

/// Which of the two ends of a relayed stream.
public enum RelaySide: UInt8, Sendable, Hashable, CaseIterable {
  /// Who made the call.
  case caller
  /// Who was called.
  case callee

  /// The end that hears what this one says.
  public var other: RelaySide { self == .caller ? .callee : .caller }
}

/// Which of a stream's two flows a datagram belongs to by the port it came to (RFC 3550 §11).
public enum RelayComponent: UInt8, Sendable, Hashable, CaseIterable {
  /// RTP, and RTCP where both share the port (RFC 5761).
  case media
  /// RTCP.
  case control
}

/// Who sends, seen from the peer whose description says so (RFC 8866 §6.7).
public struct RelayDirection: Sendable, Hashable {
  /// The peer sends media.
  public var sends: Bool
  /// The peer wants media.
  public var receives: Bool

  /// A direction of these two.
  public init(sends: Bool, receives: Bool) {
    self.sends = sends
    self.receives = receives
  }

  /// `a=sendrecv`.
  public static let sendrecv = RelayDirection(sends: true, receives: true)
  /// `a=sendonly`.
  public static let sendonly = RelayDirection(sends: true, receives: false)
  /// `a=recvonly`.
  public static let recvonly = RelayDirection(sends: false, receives: true)
  /// `a=inactive`.
  public static let inactive = RelayDirection(sends: false, receives: false)
}

/// Which source of packets may be believed to be the peer, beside the one that its description names.
public enum RelayLearning: String, Sendable, Hashable, CaseIterable {
  /// None: the address and port of the description, and no other.
  case off
  /// Any port of the address in the description.
  case port
  /// That, and where the description has an address that means nothing outside its own network, any port of the address
  /// that the signalling came from.
  case address
}

/// One end's sockets, as a description is to name them.
public struct RelayEndpoint: Sendable, Hashable {
  /// Where RTP is received; RTCP as well where both share the port.
  public var media: SocketAddress
  /// Where RTCP is received, one port above.
  public var control: SocketAddress

  /// An end with these.
  public init(media: SocketAddress, control: SocketAddress) {
    self.media = media
    self.control = control
  }
}

/// The sockets of one relayed stream: what is written into the description that goes to either side.
public struct RelayPorts: Sendable, Hashable {
  /// Where the caller sends to: goes into the description that the caller gets.
  public var towardCaller: RelayEndpoint
  /// Where the callee sends to: goes into the description that the callee gets.
  public var towardCallee: RelayEndpoint

  /// Ports of these two ends.
  public init(towardCaller: RelayEndpoint, towardCallee: RelayEndpoint) {
    self.towardCaller = towardCaller
    self.towardCallee = towardCallee
  }

  /// The end that faces a side.
  public subscript(_ side: RelaySide) -> RelayEndpoint { side == .caller ? towardCaller : towardCallee }
}

/// A relayed call of one reactor, as long as it is open; never given twice.
public struct RelayCallID: Sendable, Hashable {
  /// Place and generation.
  public let rawValue: UInt64

  /// The call of this number.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
}
