import PER

/// A channel's number, from 1; each side numbers the channels it opens.
public typealias LogicalChannelNumber = UInt16

/// The sender wants to send something (H.245 Annex B).
public struct OpenLogicalChannel: Sendable, Hashable {
  /// The channel.
  public var forwardLogicalChannelNumber: LogicalChannelNumber
  /// What the sender of the message sends; `nullData` in a fast-connect proposal for the other way.
  public var forwardLogicalChannelParameters: Forward
  /// What the sender of the message wants to be sent back, in a bidirectional channel.
  public var reverseLogicalChannelParameters: Reverse?
  /// separateStack, encryptionSync, genericInformation and additions of later versions.
  public var extensions = PERAdditions()

  /// From the sender of the message.
  public struct Forward: Sendable, Hashable {
    /// Where one stack has several of them.
    public var portNumber: UInt16?
    /// What is sent.
    public var dataType: DataType
    /// How.
    public var multiplexParameters: MultiplexParameters
    /// forwardLogicalChannelDependency, replacementFor and additions of later versions.
    public var extensions = PERAdditions()
  }

  /// To the sender of the message.
  public struct Reverse: Sendable, Hashable {
    /// What is sent.
    public var dataType: DataType
    /// How.
    public var multiplexParameters: MultiplexParameters?
    /// reverseLogicalChannelDependency, replacementFor and additions of later versions.
    public var extensions = PERAdditions()
  }
}

extension OpenLogicalChannel.Reverse {
  /// Something and how.
  public init(dataType: DataType, multiplexParameters: MultiplexParameters?) {
    self.dataType = dataType
    self.multiplexParameters = multiplexParameters
  }
}

extension OpenLogicalChannel.Forward {
  /// Something and how.
  public init(dataType: DataType, multiplexParameters: MultiplexParameters) {
    self.dataType = dataType
    self.multiplexParameters = multiplexParameters
  }
}

extension OpenLogicalChannel {
  /// A channel one way, or both.
  public init(
    _ forwardLogicalChannelNumber: LogicalChannelNumber, forward: Forward, reverse: Reverse? = nil
  ) {
    self.forwardLogicalChannelNumber = max(1, forwardLogicalChannelNumber)
    forwardLogicalChannelParameters = forward
    reverseLogicalChannelParameters = reverse
  }

  /// An audio channel one way over RTP.
  public init(
    _ forwardLogicalChannelNumber: LogicalChannelNumber, audio: AudioCapability,
    _ parameters: H2250LogicalChannelParameters
  ) {
    self.init(
      forwardLogicalChannelNumber,
      forward: Forward(
        dataType: .audioData(audio), multiplexParameters: .h2250LogicalChannelParameters(parameters)))
  }
}

/// What a channel carries. Video, data and encryption are kept as they came.
public enum DataType: Sendable, Hashable {
  case nonStandard(NonStandardParameter)
  case nullData
  case videoData(KeptValue)
  case audioData(AudioCapability)
  case data(KeptValue)
  case encryptionData(KeptValue)
  /// h235Media, multiplexedStream and the other additions, and what later versions add.
  case unknown(UnknownAlternative)
}

/// How a channel is carried.
public enum MultiplexParameters: Sendable, Hashable {
  /// h222LogicalChannelParameters, h223LogicalChannelParameters, v76LogicalChannelParameters.
  case other(KeptValue)
  case h2250LogicalChannelParameters(H2250LogicalChannelParameters)
  /// `none`, forward only, and what later versions add.
  case unknown(UnknownAlternative)

  /// The parameters of a packet network.
  public var h2250: H2250LogicalChannelParameters? {
    if case .h2250LogicalChannelParameters(let parameters) = self { parameters } else { nil }
  }
}

/// How a channel is carried on a packet network.
public struct H2250LogicalChannelParameters: Sendable, Hashable {
  /// What the standard does not define.
  public var nonStandard: [NonStandardParameter]?
  /// 1 audio, 2 video, 3 data; 0 asks the master for a number.
  public var sessionID: UInt8
  /// The session it belongs to, such as that of the voice for the picture.
  public var associatedSessionID: UInt8?
  /// Where the media goes; in an `openLogicalChannel` only for the reverse of fast connect and for multicast.
  public var mediaChannel: TransportAddress?
  /// Whether the transport below repeats what is lost.
  public var mediaGuaranteedDelivery: Bool?
  /// Where RTCP goes.
  public var mediaControlChannel: TransportAddress?
  /// Whether the transport below repeats what is lost.
  public var mediaControlGuaranteedDelivery: Bool?
  /// Whether nothing is sent while nobody speaks.
  public var silenceSuppression: Bool?
  /// Who receives it in a conference.
  public var destination: TerminalLabel?
  /// 96 to 127.
  public var dynamicRTPPayloadType: UInt8?
  /// How media is put into packets.
  public var mediaPacketization: MediaPacketization?
  /// transportCapability, redundancyEncoding, source and additions of later versions.
  public var extensions = PERAdditions()

  /// How media is put into packets.
  public enum MediaPacketization: Sendable, Hashable {
    case h261aVideoPacketization
    /// rtpPayloadType and what later versions add.
    case unknown(UnknownAlternative)
  }
}

extension H2250LogicalChannelParameters {
  /// A channel of a session.
  public init(
    sessionID: UInt8, mediaChannel: TransportAddress? = nil, mediaControlChannel: TransportAddress? = nil,
    silenceSuppression: Bool? = nil, dynamicRTPPayloadType: UInt8? = nil
  ) {
    self.sessionID = sessionID
    self.mediaChannel = mediaChannel
    self.mediaControlChannel = mediaControlChannel
    self.silenceSuppression = silenceSuppression
    self.dynamicRTPPayloadType = dynamicRTPPayloadType
  }
}
