public import H323Endpoint
public import Wire

/// What the driver has to do after an event, in this order.
public enum GuardianAction: Sendable {
  /// Something about a connection: `connect`, `send`, `close` or `listen`; never `event`.
  case link(H323EndpointAction)
  /// A datagram of RAS.
  case ras([UInt8], to: SocketAddress)
  /// A datagram that leaves by the RTP port.
  case rtp([UInt8], to: SocketAddress)
  /// The same by the RTCP port.
  case rtcp([UInt8], to: SocketAddress)
  /// What was heard in 20 ms.
  case heard([Int16])
  /// Something a person might want to know.
  case progress(GuardianProgress)
  /// It is over: the last action there is.
  case ended(GuardianReport)
}

/// How far it has come.
public enum GuardianProgress: Sendable, Hashable {
  /// A gatekeeper has it on its list.
  case registered(by: SocketAddress)
  /// The gatekeeper refused, and another is tried.
  case refused(String)
  /// It is admitted, and calls there.
  case admitted(to: SocketAddress)
  /// The other side is told.
  case ringing
  /// It is in.
  case connected
  /// What it sends and hears.
  case media(sent: String?, received: String?)
  /// A digit came.
  case digit(UInt8)
  /// It is going.
  case leaving
}

/// A reusable list of actions.
public struct GuardianSink: Sendable {
  /// What is to be done, oldest first.
  public var actions: [GuardianAction] = []

  /// An empty sink.
  public init() {}

  /// Takes everything out.
  public mutating func take() -> [GuardianAction] {
    var taken: [GuardianAction] = []
    swap(&taken, &actions)
    return taken
  }
}
