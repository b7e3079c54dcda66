import PER

/// What somebody has pressed (H.245 Annex B).
public enum UserInputIndication: Sendable, Hashable {
  case nonStandard(NonStandardParameter)
  /// The bytes of a GeneralString, usually digits in ASCII.
  case alphanumeric([UInt8])
  case signal(Signal)
  case signalUpdate(SignalUpdate)
  case extendedAlphanumeric(ExtendedAlphanumeric)
  /// userInputSupportIndication, encryptedAlphanumeric, genericInformation and what later versions add.
  case unknown(UnknownAlternative)

  /// One signal and how long it lasts.
  public struct Signal: Sendable, Hashable {
    /// One of `0123456789#*ABCD!`, where `!` is hookflash.
    public var signalType: UInt8
    /// Milliseconds, from 1.
    public var duration: UInt16?
    /// Where it stands in a stream.
    public var rtp: RTP?
    /// rtpPayloadIndication, the fields of an encrypted signal, and additions of later versions.
    public var extensions = PERAdditions()

    /// Where a signal stands in a stream.
    public struct RTP: Sendable, Hashable {
      /// The RTP timestamp.
      public var timestamp: UInt32?
      /// The RTP timestamp after which it means nothing more.
      public var expirationTime: UInt32?
      /// The stream.
      public var logicalChannelNumber: LogicalChannelNumber
      /// Additions of later versions.
      public var extensions = PERAdditions()
    }

    /// The alphabet, in the order in which PER counts it.
    public static let alphabet: [UInt8] = Array("!#*0123456789ABCD".utf8)

    /// A signal; nil when it is not in the alphabet.
    public init?(_ signalType: UInt8, duration: UInt16? = nil, rtp: RTP? = nil) {
      guard Self.alphabet.contains(signalType) else { return nil }
      self.signalType = signalType
      self.duration = duration
      self.rtp = rtp
    }
  }

  /// The last signal lasts on.
  public struct SignalUpdate: Sendable, Hashable {
    /// Milliseconds in all, from 1.
    public var duration: UInt16
    /// The stream it belongs to.
    public var rtp: RTP?
    /// Additions of later versions.
    public var extensions = PERAdditions()

    /// The stream a signal belongs to.
    public struct RTP: Sendable, Hashable {
      /// The stream.
      public var logicalChannelNumber: LogicalChannelNumber
      /// Additions of later versions.
      public var extensions = PERAdditions()
    }
  }

  /// Characters, with a word on RTP.
  public struct ExtendedAlphanumeric: Sendable, Hashable {
    /// The bytes of a GeneralString.
    public var alphanumeric: [UInt8]
    /// Whether the same is also sent by RTP.
    public var rtpPayloadIndication: Bool
    /// encryptedAlphanumeric and additions of later versions.
    public var extensions = PERAdditions()
  }

  /// The digits that were pressed, of `0123456789#*ABCD!`; none for an update of the last one. Other characters are left out.
  public var digits: [UInt8] {
    switch self {
    case .signal(let signal): [signal.signalType]
    case .alphanumeric(let characters): Self.digits(characters)
    case .extendedAlphanumeric(let input): Self.digits(input.alphanumeric)
    case .nonStandard, .signalUpdate, .unknown: []
    }
  }

  private static func digits(_ characters: [UInt8]) -> [UInt8] {
    characters.compactMap { character in
      let upper = (UInt8(ascii: "a")...UInt8(ascii: "d")).contains(character) ? character - 0x20 : character
      return Signal.alphabet.contains(upper) ? upper : nil
    }
  }
}

extension UserInputIndication.ExtendedAlphanumeric {
  /// Characters.
  public init(alphanumeric: [UInt8], rtpPayloadIndication: Bool = false) {
    self.alphanumeric = alphanumeric
    self.rtpPayloadIndication = rtpPayloadIndication
  }
}

extension UserInputIndication.SignalUpdate.RTP {
  /// A stream.
  public init(logicalChannelNumber: LogicalChannelNumber) { self.logicalChannelNumber = logicalChannelNumber }
}

extension UserInputIndication.SignalUpdate {
  /// An update of the last signal.
  public init(duration: UInt16, rtp: RTP? = nil) {
    self.duration = max(1, duration)
    self.rtp = rtp
  }
}

extension UserInputIndication.Signal.RTP {
  /// A place in a stream.
  public init(logicalChannelNumber: LogicalChannelNumber, timestamp: UInt32? = nil, expirationTime: UInt32? = nil) {
    self.logicalChannelNumber = logicalChannelNumber
    self.timestamp = timestamp
    self.expirationTime = expirationTime
  }
}
