import H225
import H323Endpoint
import PER
import Wire

/// A call of a ``Gateway``: one SIP leg, one H.323 leg.
public struct GatewayCallHandle: Sendable, Hashable {
  /// A number that is never used again.
  public let number: UInt64

  package init(number: UInt64) { self.number = number }
}

/// What the driver has to do after an event, in the order in which it happened.
public enum GatewayAction: Sendable {
  /// Give this SIP message to the proxy core, as coming from the gateway's hop.
  case sip([UInt8])
  /// Perform this of the H.323 endpoint's: `connect`, `send`, `close`, `listen`; never `event`.
  case h323(H323EndpointAction)
  /// Ask whether a call may be, and where it goes; answer with ``Gateway/admitted(_:_:now:into:)``, at once or later.
  case admit(GatewayInquiry)
  /// The far side of a call into a room wants it led elsewhere: ask whether it may be, and where; answer with
  /// ``Gateway/redirected(_:_:now:into:)``, at once or soon.
  case redirect(GatewayInquiry, H323Redirection)
  /// The H.323 leg of an admitted call is over: its admission ends (DRQ, or its entry in the table).
  case disengage(GatewayCallHandle, callIdentifier: GloballyUniqueID)
  /// For records and figures.
  case event(GatewayEvent)
}

/// A call that wants to be let in.
public struct GatewayInquiry: Sendable {
  /// Which way it goes.
  public enum Direction: Sendable {
    /// From SIP into a room; IF.guard has decided about it.
    case toRoom(String)
    /// From H.323 to whoever is meant by its alias.
    case toSIP(H323Invitation)
  }

  /// Whose answer is wanted.
  public let call: GatewayCallHandle
  /// Which way.
  public let direction: Direction
  /// The call's name in H.323; of a call from there nil when its Setup has none.
  public let callIdentifier: GloballyUniqueID?
  /// Its conference's.
  public let conferenceID: GloballyUniqueID?
  /// Whom it wants.
  public let destination: [AliasAddress]
  /// Who calls.
  public let source: [AliasAddress]
  /// The SIP Call-ID, where there is one already.
  public let callID: String?
  /// Of the escalation, where it is known.
  public let traceID: String?
  /// The user whose credentials were right, or whom a neighbour vouches for.
  public let user: String?
  /// Both directions together, in bits per second.
  public let bandwidthBitsPerSecond: Int64
}

/// What becomes of a call that wants to be let in, or whose far side wants it led elsewhere.
public enum GatewayAdmission: Sendable {
  /// It goes there: a call into a room.
  case call(GatewayRoute)
  /// It may call: a call from H.323.
  case invite(GatewayCaller)
  /// It is refused, with a cause of Q.850.
  case refused(cause: UInt8, reason: ReleaseCompleteReason?)
}

/// Where a Setup goes.
public struct GatewayRoute: Sendable {
  /// The call-signalling address.
  public var address: SocketAddress
  /// What the Setup carries, of a gatekeeper.
  public var tokens: [ClearToken] = []
  /// Of the gatekeeper we are registered with.
  public var endpointIdentifier: BMPString?
  /// Seals what is said to it, where it routes the call's signalling.
  public var seal: H323Seal?

  /// A way.
  public init(to address: SocketAddress) { self.address = address }
}

/// Who calls from H.323, by the gatekeeper's word.
public struct GatewayCaller: Sendable, Hashable {
  /// The user of our domain that the call is made for, as `X-IF-Authenticated-User` says it.
  public var user: String
  /// Of the escalation; nil: the proxy makes one.
  public var traceID: String?

  /// A caller.
  public init(user: String, traceID: String? = nil) {
    self.user = user
    self.traceID = traceID
  }
}

/// A reusable list of actions, filled by the gateway and emptied by the driver.
public struct GatewaySink: Sendable {
  /// What is to be done, oldest first.
  public var actions: [GatewayAction] = []

  /// An empty sink.
  public init() {}

  /// Takes everything out.
  public mutating func take() -> [GatewayAction] {
    var taken: [GatewayAction] = []
    swap(&taken, &actions)
    return taken
  }
}
