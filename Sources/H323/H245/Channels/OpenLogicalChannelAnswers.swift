import PER

/// The channel is taken (H.245 Annex B).
public struct OpenLogicalChannelAck: Sendable, Hashable {
  /// The channel.
  public var forwardLogicalChannelNumber: LogicalChannelNumber
  /// The other way of a bidirectional channel.
  public var reverseLogicalChannelParameters: Reverse?
  /// Where the media is to be sent to.
  public var forwardMultiplexAckParameters: ForwardMultiplexAckParameters?
  /// separateStack, encryptionSync, genericInformation and additions of later versions.
  public var extensions = PERAdditions()

  /// The other way.
  public struct Reverse: Sendable, Hashable {
    /// Its number, of the sender of this message.
    public var reverseLogicalChannelNumber: LogicalChannelNumber
    /// Where one stack has several of them.
    public var portNumber: UInt16?
    /// How it is carried.
    public var multiplexParameters: MultiplexParameters?
    /// replacementFor and additions of later versions.
    public var extensions = PERAdditions()
  }

  /// How the channel is received.
  public enum ForwardMultiplexAckParameters: Sendable, Hashable {
    case h2250LogicalChannelAckParameters(H2250LogicalChannelAckParameters)
    /// What later versions add.
    case unknown(UnknownAlternative)
  }

  /// Where the media is to be sent to, on a packet network.
  public var h2250: H2250LogicalChannelAckParameters? {
    if case .h2250LogicalChannelAckParameters(let parameters)? = forwardMultiplexAckParameters {
      parameters
    } else {
      nil
    }
  }
}

extension OpenLogicalChannelAck.Reverse {
  /// A channel.
  public init(_ reverseLogicalChannelNumber: LogicalChannelNumber, multiplexParameters: MultiplexParameters? = nil) {
    self.reverseLogicalChannelNumber = max(1, reverseLogicalChannelNumber)
    self.multiplexParameters = multiplexParameters
  }
}

extension OpenLogicalChannelAck {
  /// An answer that names where to send to.
  public init(
    _ forwardLogicalChannelNumber: LogicalChannelNumber, _ parameters: H2250LogicalChannelAckParameters? = nil
  ) {
    self.forwardLogicalChannelNumber = max(1, forwardLogicalChannelNumber)
    forwardMultiplexAckParameters = parameters.map { .h2250LogicalChannelAckParameters($0) }
  }
}

/// How a channel is received on a packet network.
public struct H2250LogicalChannelAckParameters: Sendable, Hashable {
  /// What the standard does not define.
  public var nonStandard: [NonStandardParameter]?
  /// From 1, when the master gives it.
  public var sessionID: UInt8?
  /// Where the media is to be sent to.
  public var mediaChannel: TransportAddress?
  /// Where RTCP is to be sent to. Some peers leave it out.
  public var mediaControlChannel: TransportAddress?
  /// 96 to 127.
  public var dynamicRTPPayloadType: UInt8?
  /// Whether nothing may be sent until a flowControlCommand allows it; nil in version 1 of the standard.
  public var flowControlToZero: Bool?
  /// portNumber, multiplePayloadStream and additions of later versions.
  public var extensions = PERAdditions()
}

extension H2250LogicalChannelAckParameters {
  /// Addresses of a session.
  public init(
    sessionID: UInt8? = nil, mediaChannel: TransportAddress? = nil, mediaControlChannel: TransportAddress? = nil,
    dynamicRTPPayloadType: UInt8? = nil
  ) {
    self.sessionID = sessionID
    self.mediaChannel = mediaChannel
    self.mediaControlChannel = mediaControlChannel
    self.dynamicRTPPayloadType = dynamicRTPPayloadType
    flowControlToZero = false
  }
}

/// The channel is not taken.
public struct OpenLogicalChannelReject: Sendable, Hashable {
  /// Why.
  public enum Cause: Int, NullAlternatives {
    case unspecified, unsuitableReverseParameters, dataTypeNotSupported, dataTypeNotAvailable, unknownDataType
    case dataTypeALCombinationNotSupported
    case multicastChannelNotAllowed, insufficientBandwidth, separateStackEstablishmentFailed, invalidSessionID
    case masterSlaveConflict, waitForCommunicationMode, invalidDependentChannel, replacementForRejected
    case securityDenied, qoSControlNotSupported
    /// Alternatives of the root.
    public static let rootCount = 6
  }

  /// The channel.
  public var forwardLogicalChannelNumber: LogicalChannelNumber
  /// Why.
  public var cause: Extensible<Cause>
  /// genericInformation and additions of later versions.
  public var extensions = PERAdditions()
}

extension OpenLogicalChannelReject {
  /// A rejection for this cause.
  public init(_ forwardLogicalChannelNumber: LogicalChannelNumber, cause: Cause) {
    self.forwardLogicalChannelNumber = max(1, forwardLogicalChannelNumber)
    self.cause = .known(cause)
  }
}

/// The bidirectional channel is there both ways.
public struct OpenLogicalChannelConfirm: Sendable, Hashable {
  /// The channel.
  public var forwardLogicalChannelNumber: LogicalChannelNumber
  /// genericInformation and additions of later versions.
  public var extensions = PERAdditions()
}

extension OpenLogicalChannelConfirm {
  /// Of a channel.
  public init(_ forwardLogicalChannelNumber: LogicalChannelNumber) {
    self.forwardLogicalChannelNumber = max(1, forwardLogicalChannelNumber)
  }
}
