import PER

/// Asks for an answer, to measure the way there and back (H.245 Annex B).
public struct RoundTripDelayRequest: Sendable, Hashable {
  /// Comes back in the answer.
  public var sequenceNumber: UInt8
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension RoundTripDelayRequest {
  /// A request with this number.
  public init(sequenceNumber: UInt8) { self.sequenceNumber = sequenceNumber }
}

/// Answers it.
public struct RoundTripDelayResponse: Sendable, Hashable {
  /// That of the request.
  public var sequenceNumber: UInt8
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension RoundTripDelayResponse {
  /// An answer with this number.
  public init(sequenceNumber: UInt8) { self.sequenceNumber = sequenceNumber }
}

/// Asks the receiver to send something else (H.245 Annex B).
public struct RequestMode: Sendable, Hashable {
  /// Comes back in the answer.
  public var sequenceNumber: UInt8
  /// The modes, the most wanted one first, as they came: nothing here follows them.
  public var requestedModes: KeptValue
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension RequestMode {
  /// A request for these modes.
  public init(sequenceNumber: UInt8, requestedModes: KeptValue) {
    self.sequenceNumber = sequenceNumber
    self.requestedModes = requestedModes
  }
}

/// The mode will be sent.
public struct RequestModeAck: Sendable, Hashable {
  /// Which of the modes.
  public enum Response: Int, NullAlternatives {
    case willTransmitMostPreferredMode, willTransmitLessPreferredMode
    /// Alternatives of the root.
    public static let rootCount = 2
  }

  /// That of the request.
  public var sequenceNumber: UInt8
  /// Which of the modes.
  public var response: Extensible<Response>
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension RequestModeAck {
  /// An answer with this number.
  public init(sequenceNumber: UInt8, response: Response) {
    self.sequenceNumber = sequenceNumber
    self.response = .known(response)
  }
}

/// None of the modes will be sent.
public struct RequestModeReject: Sendable, Hashable {
  /// Why.
  public enum Cause: Int, NullAlternatives {
    case modeUnavailable, multipointConstraint, requestDenied
    /// Alternatives of the root.
    public static let rootCount = 3
  }

  /// That of the request.
  public var sequenceNumber: UInt8
  /// Why.
  public var cause: Extensible<Cause>
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension RequestModeReject {
  /// A rejection for this cause.
  public init(sequenceNumber: UInt8, cause: Cause) {
    self.sequenceNumber = sequenceNumber
    self.cause = .known(cause)
  }
}

/// No answer to the request came in time.
public struct RequestModeRelease: Sendable, Hashable {
  /// Additions of later versions.
  public var extensions = PERAdditions()

  /// The message without additions.
  public init() {}
}

/// What a command or an indication is about.
public enum ChannelScope: Sendable, Hashable {
  case logicalChannelNumber(LogicalChannelNumber)
  case resourceID(UInt16)
  case wholeMultiplex
}

/// How much the receiver may send (H.245 Annex B).
public struct FlowControlCommand: Sendable, Hashable {
  /// How much.
  public enum Restriction: Sendable, Hashable {
    /// In units of 100 bit/s; below 2²⁴.
    case maximumBitRate(UInt32)
    case noRestriction
  }

  /// Of what.
  public var scope: ChannelScope
  /// How much.
  public var restriction: Restriction
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension FlowControlCommand {
  /// A restriction of something.
  public init(scope: ChannelScope, restriction: Restriction) {
    self.scope = scope
    self.restriction = restriction
  }
}

/// Nothing more will be sent (H.245 Annex B).
public enum EndSessionCommand: Sendable, Hashable {
  case nonStandard(NonStandardParameter)
  case disconnect
  case gstnOptions(Extensible<GSTNOptions>)
  /// isdnOptions, genericInformation and what later versions add.
  case unknown(UnknownAlternative)

  /// What happens next on a telephone line.
  public enum GSTNOptions: Int, NullAlternatives {
    case telephonyMode, v8bis, v34DSVD, v34DuplexFAX, v34H324
    /// Alternatives of the root.
    public static let rootCount = 5
  }
}

/// Asks for the capabilities (again).
public enum SendTerminalCapabilitySet: Sendable, Hashable {
  /// Some of them.
  case specificRequest(KeptValue)
  /// All of them.
  case genericRequest
  /// What later versions add.
  case unknown(UnknownAlternative)
}

/// The jitter that the sender of the message sees (H.245 Annex B).
public struct JitterIndication: Sendable, Hashable {
  /// Of what.
  public var scope: ChannelScope
  /// 0 to 3.
  public var estimatedReceivedJitterMantissa: UInt8
  /// 0 to 7.
  public var estimatedReceivedJitterExponent: UInt8
  /// 0 to 15.
  public var skippedFrameCount: UInt8?
  /// Below 2¹⁸.
  public var additionalDecoderBuffer: UInt32?
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension JitterIndication {
  /// An indication without the optional fields.
  public init(scope: ChannelScope, mantissa: UInt8, exponent: UInt8) {
    self.scope = scope
    estimatedReceivedJitterMantissa = mantissa & 3
    estimatedReceivedJitterExponent = exponent & 7
  }
}

/// By how much one channel may lag behind another (H.245 Annex B).
public struct H2250MaximumSkewIndication: Sendable, Hashable {
  /// The earlier one.
  public var logicalChannelNumber1: LogicalChannelNumber
  /// The later one.
  public var logicalChannelNumber2: LogicalChannelNumber
  /// Milliseconds, 0 to 4095.
  public var maximumSkew: UInt16
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension H2250MaximumSkewIndication {
  /// Of these channels.
  public init(_ first: LogicalChannelNumber, _ second: LogicalChannelNumber, maximumSkew: UInt16) {
    logicalChannelNumber1 = first
    logicalChannelNumber2 = second
    self.maximumSkew = min(maximumSkew, 4095)
  }
}

/// Whose product the sender is (H.245 Annex B).
public struct VendorIdentification: Sendable, Hashable {
  /// The vendor.
  public var vendor: NonStandardIdentifier
  /// Up to 256 bytes.
  public var productNumber: [UInt8]?
  /// Up to 256 bytes.
  public var versionNumber: [UInt8]?
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension VendorIdentification {
  /// A product of a vendor.
  public init(vendor: NonStandardIdentifier, productNumber: [UInt8]? = nil, versionNumber: [UInt8]? = nil) {
    self.vendor = vendor
    self.productNumber = productNumber
    self.versionNumber = versionNumber
  }
}

/// A message came back that was not understood (H.245 Annex B).
public enum FunctionNotUnderstood: Sendable, Hashable {
  case request(RequestMessage)
  case response(ResponseMessage)
  case command(CommandMessage)
}

/// A message could not be read or followed (H.245 Annex B).
public struct FunctionNotSupported: Sendable, Hashable {
  /// Why.
  public enum Cause: Int, NullAlternatives {
    case syntaxError, semanticError, unknownFunction
    /// Alternatives of the root.
    public static let rootCount = 3
  }

  /// Why.
  public var cause: Extensible<Cause>
  /// The message's bytes.
  public var returnedFunction: [UInt8]?
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension FunctionNotSupported {
  /// For this cause.
  public init(cause: Cause, returnedFunction: [UInt8]? = nil) {
    self.cause = .known(cause)
    self.returnedFunction = returnedFunction
  }
}
