public import H225
public import Wire

/// A call that may enter: whose it is, where it may go, and how much it may use (DOMAIN §9).
///
/// The gatekeeper makes one when it confirms an ARQ, the gateway when IF.guard has let a call in. The council and the
/// gateway take no call whose `callIdentifier` has none.
public struct Admission: Sendable, Hashable {
  /// Who may make the call.
  public enum Party: Sendable, Hashable {
    /// A terminal of the registry, by its id (`if://guardian/<name>`).
    case guardian(String)
    /// A call of this node's gateway, by its SIP Call-ID; IF.guard has decided about it.
    case gateway(callID: String)
  }

  /// Where the call may go.
  public enum Destination: Sendable, Hashable {
    /// A room of the council: `council` or `council-<id>`.
    case room(String)
    /// Out through the gateway, to an alias that it serves.
    case gateway(String)
    /// A registered terminal, by the id of its entry: the call does not pass through this node.
    case terminal(String)
  }

  /// The name of the call, the same in RAS, Setup and records.
  public var callIdentifier: GloballyUniqueID
  /// Who.
  public var party: Party
  /// Where to.
  public var destination: Destination
  /// What it may use, both directions together, in bits per second.
  public var bandwidthBitsPerSecond: Int64
  /// The trace_id of the escalation, where it is known already.
  public var traceID: String?
  /// The host that its Setup has to come from, by the socket; nil: any.
  public var source: IPAddress?
  /// Of a call of the gateway's: the user whose credentials were right, for whoever looks.
  public var user: String?

  /// An admission.
  public init(
    callIdentifier: GloballyUniqueID, party: Party, destination: Destination, bandwidthBitsPerSecond: Int64,
    traceID: String? = nil, source: IPAddress? = nil, user: String? = nil
  ) {
    self.callIdentifier = callIdentifier
    self.party = party
    self.destination = destination
    self.bandwidthBitsPerSecond = bandwidthBitsPerSecond
    self.traceID = traceID
    self.source = source
    self.user = user
  }

  /// The room, when it goes to one.
  public var room: String? {
    if case .room(let name) = destination { return name }
    return nil
  }
}
