import PER

/// Something that can be received or sent. Video, data and encryption are kept as they came.
public enum Capability: Sendable, Hashable {
  case nonStandard(NonStandardParameter)
  case receiveVideoCapability(KeptValue)
  case transmitVideoCapability(KeptValue)
  case receiveAndTransmitVideoCapability(KeptValue)
  case receiveAudioCapability(AudioCapability)
  case transmitAudioCapability(AudioCapability)
  case receiveAndTransmitAudioCapability(AudioCapability)
  case receiveDataApplicationCapability(KeptValue)
  case transmitDataApplicationCapability(KeptValue)
  case receiveAndTransmitDataApplicationCapability(KeptValue)
  case h233EncryptionTransmitCapability(Bool)
  case h233EncryptionReceiveCapability(KeptValue)
  case receiveUserInputCapability(UserInputCapability)
  case transmitUserInputCapability(UserInputCapability)
  case receiveAndTransmitUserInputCapability(UserInputCapability)
  case genericControlCapability(GenericCapability)
  case receiveRTPAudioTelephonyEventCapability(AudioTelephonyEventCapability)
  /// conferenceCapability, h235SecurityCapability and the other additions, and what later versions add.
  case unknown(UnknownAlternative)
}

/// How user input can be taken.
public enum UserInputCapability: Sendable, Hashable {
  /// 1 to 16 of them.
  case nonStandard([NonStandardParameter])
  /// Characters of `0123456789*#`.
  case basicString
  case iA5String
  case generalString
  /// `signal` and `signalUpdate`.
  case dtmf
  /// `signal` with `!`.
  case hookflash
  case extendedAlphanumeric
  case genericUserInputCapability(GenericCapability)
  /// The encrypted ones and what later versions add.
  case unknown(UnknownAlternative)
}

/// Telephone events in RTP (RFC 4733, once RFC 2833).
public struct AudioTelephonyEventCapability: Sendable, Hashable {
  /// 96 to 127.
  public var dynamicRTPPayloadType: UInt8
  /// The events, such as `0-15` or `0-16`.
  public var audioTelephoneEvent: [UInt8]
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension AudioTelephonyEventCapability {
  /// These events with this payload type, which must be dynamic to be written.
  public init(dynamicRTPPayloadType: UInt8, audioTelephoneEvent: [UInt8] = Array("0-16".utf8)) {
    self.dynamicRTPPayloadType = dynamicRTPPayloadType
    self.audioTelephoneEvent = audioTelephoneEvent
  }
}

/// A capability that another Recommendation defines.
public struct GenericCapability: Sendable, Hashable {
  /// Which one.
  public var capabilityIdentifier: CapabilityIdentifier
  /// In units of 100 bit/s.
  public var maxBitRate: UInt32?
  /// Parameters for which a common value can be found.
  public var collapsing: [GenericParameter]?
  /// Parameters for which none can be found.
  public var nonCollapsing: [GenericParameter]?
  /// The same, in a form of the Recommendation's own.
  public var nonCollapsingRaw: [UInt8]?
  /// A DataProtocolCapability.
  public var transport: KeptValue?
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension GenericCapability {
  /// A capability without parameters.
  public init(_ capabilityIdentifier: CapabilityIdentifier, maxBitRate: UInt32? = nil) {
    self.capabilityIdentifier = capabilityIdentifier
    self.maxBitRate = maxBitRate
  }
}
