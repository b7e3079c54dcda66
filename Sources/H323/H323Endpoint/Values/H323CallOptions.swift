import H225
import H245
import PER
import Wire

/// Who an ``H323Endpoint`` is and what it does.
public struct H323EndpointConfiguration: Sendable {
  /// What it says it is: terminal, gateway, MCU.
  public var endpointType: EndpointType
  /// H.245 terminalType: 50 a terminal, 60 a gateway, 160 an MCU, 180 one that mixes audio.
  public var terminalType: UInt8
  /// Display of Q.931; empty for none.
  public var display: String
  /// Whether fast connect is offered and taken (H.323 §8.1.7).
  public var usesFastStart = true
  /// Whether H.245 is tunnelled where the peer takes it (H.323 §8.2.1).
  public var tunnelsH245 = true
  /// T303: the first answer to our Setup.
  public var t303 = Duration.seconds(4)
  /// T310: what follows CallProceeding.
  public var t310 = Duration.seconds(10)
  /// T301: what follows Alerting.
  public var t301 = Duration.seconds(180)
  /// Whether both ways of a call may have different codecs.
  public var acceptsAsymmetry = true
  /// Where, besides the host that a call comes from, its h245Address may be.
  public var h245Networks: [CIDR] = []
  /// How long media may take to come about once the call is connected.
  public var mediaPatience = Duration.seconds(10)

  /// An endpoint.
  public init(endpointType: EndpointType, terminalType: UInt8, display: String = "") {
    self.endpointType = endpointType
    self.terminalType = terminalType
    self.display = display
  }
}

/// What we take for a call: where, and in which codecs.
public struct H323LocalMedia: Sendable, Hashable {
  /// Where RTP is taken.
  public var media: SocketAddress
  /// Where RTCP is taken.
  public var mediaControl: SocketAddress
  /// Codecs, user input, telephone events.
  public var capabilities: LocalCapabilities

  /// Media.
  public init(media: SocketAddress, mediaControl: SocketAddress, capabilities: LocalCapabilities = LocalCapabilities())
  {
    self.media = media
    self.mediaControl = mediaControl
    self.capabilities = capabilities
  }
}

/// A call to be made.
public struct H323Calling: Sendable {
  /// Where its Setup goes.
  public var address: SocketAddress
  /// destinationAddress.
  public var destination: [AliasAddress]
  /// sourceAddress.
  public var source: [AliasAddress]
  /// Display; nil for the endpoint's.
  public var display: String?
  /// Whether the caller does not want to be named (presentationRestricted).
  public var isPresentationRestricted = false
  /// Random, ours.
  public var callIdentifier: GloballyUniqueID
  /// Random, ours.
  public var conferenceID: GloballyUniqueID
  /// What it is for: `join` where the conference is there already.
  public var conferenceGoal = ConferenceGoal.create
  /// Of the gatekeeper that has admitted it.
  public var endpointIdentifier: BMPString?
  /// tokens of the Setup.
  public var tokens: [ClearToken] = []
  /// Seals what is said to a gatekeeper that routes the call; nil: nothing is sealed.
  public var seal: H323Seal?
  /// nonStandardData of the H323-UU-PDU.
  public var nonStandardData: H225.NonStandardParameter?
  /// Nil for a call whose media is not known yet (an INVITE without an offer): then the start is slow.
  public var media: H323LocalMedia?

  /// A call.
  public init(
    to address: SocketAddress, destination: [AliasAddress], source: [AliasAddress], callIdentifier: GloballyUniqueID,
    conferenceID: GloballyUniqueID, media: H323LocalMedia?
  ) {
    self.address = address
    self.destination = destination
    self.source = source
    self.callIdentifier = callIdentifier
    self.conferenceID = conferenceID
    self.media = media
  }
}

/// Where a call goes whose peer wants it led elsewhere.
public struct H323Rerouting: Sendable {
  /// Where its Setup goes now.
  public var address: SocketAddress
  /// destinationAddress now; nil: what it was.
  public var destination: [AliasAddress]?
  /// Of the conference that is to be joined; nil: the call's own goes on.
  public var conferenceID: GloballyUniqueID?
  /// tokens of the Setup.
  public var tokens: [ClearToken] = []
  /// Seals what is said to a gatekeeper that routes the call.
  public var seal: H323Seal?

  /// A way.
  public init(to address: SocketAddress) { self.address = address }
}

/// A reusable list of actions, filled by the endpoint and emptied by the driver.
public struct H323EndpointSink: Sendable {
  /// What is to be done, oldest first.
  public var actions: [H323EndpointAction] = []

  /// An empty sink.
  public init() {}

  /// Takes everything out.
  public mutating func take() -> [H323EndpointAction] {
    var taken: [H323EndpointAction] = []
    swap(&taken, &actions)
    return taken
  }
}
