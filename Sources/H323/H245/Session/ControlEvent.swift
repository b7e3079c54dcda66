import Wire

/// What a ``ControlSession`` wants done, in this order.
public enum ControlAction: Sendable, Hashable {
  /// To the peer, on the control channel or in a tunnel.
  case send(MultimediaSystemControlMessage)
  case event(ControlEvent)
}

/// What has come about in a ``ControlSession``.
public enum ControlEvent: Sendable, Hashable {
  case masterSlaveDetermined(MasterSlaveStatus)
  /// It could not be decided: no channel will be opened by us.
  case masterSlaveFailed
  /// The peer has taken our capabilities.
  case capabilitiesAccepted
  /// The peer has not; nil when it did not answer.
  case capabilitiesRefused(TerminalCapabilitySetReject.Cause?)
  /// `remoteCapabilities` has changed.
  case capabilitiesReceived
  /// Master and slave are determined and the capabilities exchanged: channels can be opened. Again after a pause.
  case ready
  /// The peer's set was empty: it wants nothing sent, and our channels are being closed (H.323 §8.4.6).
  case paused
  /// The peer's set is no longer empty; determination and exchange begin anew, `ready` follows.
  case resumed
  /// The peer wants to open a channel that we could receive: to be answered by `accept` or `refuse`.
  case channelProposed(OpenLogicalChannel)
  case channelOpened(ControlChannel)
  /// A channel we wanted to open was not taken; nil when nobody answered.
  case channelRefused(LogicalChannelNumber, OpenLogicalChannelReject.Cause?)
  /// The master has refused our channel as one too many codecs: another is being opened with the codec of the master's.
  case channelReplaced(old: LogicalChannelNumber, new: LogicalChannelNumber)
  /// A channel is no longer there: one that was open, or that one side wanted and the other had not answered.
  case channelClosed(ControlChannel.Direction, LogicalChannelNumber)
  /// The peer wants an incoming channel of ours kept: it has refused our requestChannelClose.
  case closeRefused(LogicalChannelNumber)
  case userInput(UserInputIndication)
  case flowControl(FlowControlCommand)
  case roundTrip(Duration)
  case roundTripLost
  /// A message that the session does nothing about.
  case other(MultimediaSystemControlMessage)
  /// The last event of all; every channel was closed before.
  case ended(ControlEnd)
}

/// How a session ended.
public enum ControlEnd: Sendable, Hashable {
  /// The peer's endSessionCommand came first.
  case byPeer
  /// Ours did.
  case byUs
  /// The connection or the call was gone.
  case connectionLost
}

/// A channel that is open.
public struct ControlChannel: Sendable, Hashable {
  /// Which way its media goes.
  public enum Direction: Sendable, Hashable, CaseIterable {
    case outgoing, incoming
  }

  /// Which way its media goes.
  public var direction: Direction
  /// Its number, of the side that opened it.
  public var number: LogicalChannelNumber
  /// 1 for audio.
  public var sessionID: UInt8
  /// What it carries.
  public var dataType: DataType
  /// Outgoing: where media is to be sent to. Incoming: where we take it.
  public var mediaChannel: SocketAddress?
  /// Where the peer takes RTCP. Some peers do not say; then it is the port after that of the media (RFC 3550 §11).
  public var mediaControlChannel: SocketAddress?
  /// The payload type, where it is dynamic.
  public var dynamicRTPPayloadType: UInt8?

  /// The codec, of an audio channel.
  public var audio: AudioCapability? {
    if case .audioData(let audio) = dataType { audio } else { nil }
  }

  /// A channel.
  public init(
    _ direction: Direction, _ number: LogicalChannelNumber, sessionID: UInt8, dataType: DataType,
    mediaChannel: SocketAddress? = nil, mediaControlChannel: SocketAddress? = nil, dynamicRTPPayloadType: UInt8? = nil
  ) {
    self.direction = direction
    self.number = number
    self.sessionID = sessionID
    self.dataType = dataType
    self.mediaChannel = mediaChannel
    self.mediaControlChannel = mediaControlChannel
    self.dynamicRTPPayloadType = dynamicRTPPayloadType
  }
}

/// What a ``ControlSession`` is made with.
public struct ControlConfiguration: Sendable, Hashable {
  /// H.323 table 1: 50 a terminal, 60 a gateway; with an MC 70, 80, and 160 an MCU, 180 one with an MP for audio.
  public var terminalType: UInt8
  /// What we can do.
  public var capabilities: LocalCapabilities
  /// Whether both ways of a session may have different codecs. Nearly everybody can; then nothing ever conflicts.
  public var acceptsAsymmetry: Bool
  /// T101, T103, T106 and T108 of H.245.
  public var patience: Duration
  /// T105 of H.245.
  public var roundTripPatience: Duration
  /// How long the peer's endSessionCommand is waited for after ours.
  public var endPatience: Duration
  /// N100 of H.245.
  public var maxDeterminations: Int

  /// A gateway that takes what our codecs take.
  public init(
    terminalType: UInt8 = 60, capabilities: LocalCapabilities = LocalCapabilities(), acceptsAsymmetry: Bool = true
  ) {
    self.terminalType = terminalType
    self.capabilities = capabilities
    self.acceptsAsymmetry = acceptsAsymmetry
    patience = .seconds(30)
    roundTripPatience = .seconds(10)
    endPatience = .seconds(5)
    maxDeterminations = 10
  }
}
