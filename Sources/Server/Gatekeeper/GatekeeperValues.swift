public import Admissions
public import H225
public import Wire

/// A registered endpoint.
public struct GatekeeperEndpoint: Sendable, Hashable {
  /// endpointIdentifier: 32 hex digits that nobody can guess.
  public let identifier: String
  /// The id of its entry in the registry.
  public let terminal: String
  /// The aliases it registered, as text.
  public internal(set) var aliases: [String]
  /// Where its RAS comes from.
  public internal(set) var source: SocketAddress
  /// Where answers and requests go: its rasAddress when that is on the host the datagram came from, otherwise `source`.
  public internal(set) var rasAddress: SocketAddress
  /// Where calls go.
  public let callSignalAddress: SocketAddress
  /// `terminal`, `gateway`, `mcu` or `other`.
  public let kind: String
  /// When it registered.
  public let registeredAt: UTCTimestamp
  /// How long the registration lasts, in seconds.
  public let timeToLive: Int
  /// When it ends if it is not kept alive.
  public internal(set) var expiresAt: Instant
  /// Whether it may call rooms without asking.
  public let isPreGranted: Bool
  var terminalAlias: [AliasAddress]
}

/// An admitted call, as one terminal has it.
public struct GatekeeperCall: Sendable, Hashable {
  /// What was let in.
  public internal(set) var admission: Admission
  /// The id of the terminal's entry in the registry.
  public let terminal: String
  /// conferenceID.
  public let conferenceID: GloballyUniqueID
  /// callReferenceValue.
  public let callReferenceValue: Int
  /// Whether the terminal was called.
  public let isAnswering: Bool
  /// When it was admitted.
  public let admittedAt: UTCTimestamp
  var endpoint: String
  var rasAddress: SocketAddress
  var unanswered = 0

  /// The name of the call.
  public var callIdentifier: GloballyUniqueID { admission.callIdentifier }
}

/// Why an endpoint is registered no more.
public enum GatekeeperUnregistration: String, Sendable, Hashable {
  /// It said so.
  case request
  /// It did not keep its registration alive.
  case expired
  /// It registered anew, from another place.
  case replaced
  /// The operator said so.
  case command
  /// The registry does not have it any more, or not as active.
  case registry
}

/// Who ended a call.
public enum GatekeeperDisengagement: String, Sendable, Hashable {
  /// The terminal, by DRQ or URQ.
  case terminal
  /// The operator, or the registry's change.
  case command
  /// Nobody knows it any more.
  case unknown
}

/// What the driver has to do after an event, in the order in which it happened.
public enum GatekeeperAction: Sendable {
  /// A datagram.
  case send([UInt8], to: SocketAddress)
  /// An endpoint has registered; keep-alives do not say so again.
  case registered(GatekeeperEndpoint)
  /// It is registered no more.
  case unregistered(GatekeeperEndpoint, GatekeeperUnregistration)
  /// A call was admitted; when it goes through this node it is in the ``AdmissionTable`` already.
  case admitted(GatekeeperCall)
  /// A call may go on no more: whoever has a leg of it ends it.
  case disengaged(GatekeeperCall, GatekeeperDisengagement)
  /// A message came or went: for IF.witness and for the counters.
  case record(RASRecord)
}

/// A reusable list of actions, filled by the gatekeeper and emptied by the driver.
public struct GatekeeperSink: Sendable {
  /// What is to be done, oldest first.
  public var actions: [GatekeeperAction] = []

  /// An empty sink.
  public init() {}

  /// Takes everything out.
  public mutating func take() -> [GatekeeperAction] {
    var taken: [GatekeeperAction] = []
    swap(&taken, &actions)
    return taken
  }
}
