import H225
import H245
import Wire

/// What the driver has to do after an event, in the order in which it happened.
public enum H323EndpointAction: Sendable {
  /// Open a TCP connection. Tell the endpoint with `opened`, or with `closed` when it cannot be. What is sent on it
  /// meanwhile waits.
  case connect(H323Link, to: SocketAddress)
  /// One message, without its TPKT header.
  case send([UInt8], on: H323Link)
  /// Close it after what was sent on it has left.
  case close(H323Link)
  /// Listen for one H.245 connection, and answer with `listening` at once or soon; who connects is told by `accepted`.
  case listen(H323Link)
  /// Something the user wants to know.
  case event(H323EndpointEvent)
}

/// What has happened to calls.
public enum H323EndpointEvent: Sendable {
  /// A new call. The user answers with `proceed`, `alert`, `answer` or `release`.
  case incoming(H323CallHandle, H323Invitation)
  /// CallProceeding, or Progress with nothing heard yet.
  case proceeding(H323CallHandle)
  /// Alerting.
  case alerting(H323CallHandle)
  /// Connect.
  case connected(H323CallHandle, H323Answer)
  /// What is sent and received has changed; also before `connected`, for early media.
  case media(H323CallHandle, H323Media)
  /// The peer sent digits: of `0123456789#*ABCD`, `!` for a hook flash; the duration in milliseconds where it told one.
  case digit(H323CallHandle, UInt8, milliseconds: UInt16?)
  /// The called side wants the call led elsewhere, and has not answered it. The user answers with `redirect` or `release`; a
  /// call that has neither in `redirectionPatience` ends. Who wants it so may have gone by then.
  case redirected(H323CallHandle, H323Redirection)
  /// A message that the endpoint does nothing about: its name, for records.
  case other(H323CallHandle, String)
  /// The call is over; the last event that names it.
  case released(H323CallHandle, H323Release)
}

/// Where the called side wants a call led (H.225.0 §7.3, Facility), by its own word alone.
public struct H323Redirection: Sendable, Hashable {
  /// To whom.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// routeCallToGatekeeper: to the gatekeeper, which is to signal it on.
    case gatekeeper = "routeCallToGatekeeper"
    /// callForwarded: to another endpoint.
    case forwarded = "callForwarded"
    /// routeCallToMC: to whoever controls a conference, which is to be joined.
    case mc = "routeCallToMC"
  }

  /// To whom.
  public var kind: Kind
  /// alternativeAddress.
  public var address: SocketAddress?
  /// alternativeAliasAddress.
  public var aliases: [AliasAddress]
  /// The conference to be joined, with `mc`.
  public var conferenceID: GloballyUniqueID?
  /// Who says so: where the call's signalling goes now.
  public var from: SocketAddress

  /// A wish.
  public init(
    kind: Kind, address: SocketAddress?, aliases: [AliasAddress], conferenceID: GloballyUniqueID?, from: SocketAddress
  ) {
    self.kind = kind
    self.address = address
    self.aliases = aliases
    self.conferenceID = conferenceID
    self.from = from
  }

  /// Where it goes with `gatekeeper`: the one address that is named of those at which our gatekeeper takes calls, or the first
  /// of them. Nil: nowhere.
  public func place(amongGatekeepers addresses: [SocketAddress]) -> SocketAddress? {
    addresses.first { $0.port != 0 && (address ?? $0) == $0 }
  }

  /// The way there, once somebody has said that it may: to whom, and into which conference, the called side has said.
  public func rerouting(to place: SocketAddress) -> H323Rerouting {
    var rerouting = H323Rerouting(to: place)
    rerouting.conferenceID = conferenceID
    if kind != .gatekeeper, !aliases.isEmpty { rerouting.destination = aliases }
    return rerouting
  }

  /// Where it may go without a gatekeeper's word: the address that is named, at the host that the call is with or in one of
  /// these networks; without an address where it is now. Nil: nowhere.
  public func place(within networks: [CIDR]) -> SocketAddress? {
    guard let address else { return aliases.isEmpty ? nil : from }
    guard address.port != 0, address.ip == from.ip || networks.contains(where: { $0.contains(address.ip) }) else {
      return nil
    }
    return address
  }
}

/// A call that came in, as its Setup says.
public struct H323Invitation: Sendable {
  /// Where the socket says that it comes from, and where it came to.
  public var remote: SocketAddress
  /// Our end.
  public var local: SocketAddress
  /// Whom it wants: destinationAddress, else the called party number as dialled digits.
  public var destination: [AliasAddress]
  /// Who calls, by its own word.
  public var source: [AliasAddress]
  /// Display of Q.931 (without the NUL at its end).
  public var display: String?
  /// The whole Setup: tokens, nonStandardData, endpointIdentifier, callIdentifier, conferenceID.
  public var setup: SetupUUIE
  /// UUIE-level nonStandardData of the H323-UU-PDU (the trace_id of DOMAIN §9 is there).
  public var nonStandardData: H225.NonStandardParameter?

  /// A call.
  public init(
    remote: SocketAddress, local: SocketAddress, destination: [AliasAddress], source: [AliasAddress], display: String?,
    setup: SetupUUIE, nonStandardData: H225.NonStandardParameter?
  ) {
    self.remote = remote
    self.local = local
    self.destination = destination
    self.source = source
    self.display = display
    self.setup = setup
    self.nonStandardData = nonStandardData
  }
}

/// How the other side answered.
public struct H323Answer: Sendable, Hashable {
  /// Display of Q.931.
  public var display: String?
  /// The connected address, where it said one.
  public var address: [AliasAddress]

  /// An answer.
  public init(display: String?, address: [AliasAddress]) {
    self.display = display
    self.address = address
  }
}

/// The audio of a call, as both sides have agreed on it.
public struct H323Media: Sendable, Hashable {
  /// What is sent, and where to; nil while nothing may be sent: before a channel is open, and on hold.
  public var outgoing: Stream?
  /// What is received; its address is ours.
  public var incoming: Stream?

  /// One direction.
  public struct Stream: Sendable, Hashable {
    /// The codec.
    public var audio: AudioCapability
    /// RTP goes there.
    public var media: SocketAddress
    /// RTCP goes there.
    public var mediaControl: SocketAddress?
    /// The payload type in RTP.
    public var payloadType: UInt8

    /// One direction.
    public init(audio: AudioCapability, media: SocketAddress, mediaControl: SocketAddress?, payloadType: UInt8) {
      self.audio = audio
      self.media = media
      self.mediaControl = mediaControl
      self.payloadType = payloadType
    }
  }

  /// The payload type under which the peer takes telephone events (RFC 4733); nil where it does not.
  public var telephoneEventPayloadType: UInt8?

  /// Whether the called side has said that something is to be heard before it answers: an announcement, its own ringing.
  public var isHeardEarly = false

  /// Nothing yet.
  public init(outgoing: Stream? = nil, incoming: Stream? = nil, telephoneEventPayloadType: UInt8? = nil) {
    self.outgoing = outgoing
    self.incoming = incoming
    self.telephoneEventPayloadType = telephoneEventPayloadType
  }
}

/// How a call ended.
public struct H323Release: Sendable, Hashable {
  /// Who ended it.
  public enum Side: Sendable, Hashable {
    /// The user of the endpoint.
    case us
    /// ReleaseComplete of the peer's.
    case peer
    /// Its connection was lost, or could not be opened.
    case connection
    /// T303, T310 or T301 ran out, or the media did not come about in time.
    case timer
    /// The peer broke the protocol.
    case fault
  }

  /// Who ended it.
  public var side: Side
  /// Q.931 cause (as carried, or after the table of H.225.0 §7.2.2.8 from `reason`); 16 is a normal end.
  public var cause: UInt8
  /// Whether the cause was in the peer's ReleaseComplete; otherwise its reason is the better word.
  public var isCauseCarried = false
  /// The reason in the UUIE.
  public var reason: ReleaseCompleteReason?

  /// An end.
  public init(side: Side, cause: UInt8, reason: ReleaseCompleteReason? = nil) {
    self.side = side
    self.cause = cause
    self.reason = reason
  }
}
