import PER

/// Whose generic capability, message or parameter something is.
public enum CapabilityIdentifier: Sendable, Hashable {
  case standard(ObjectIdentifier)
  case h221NonStandard(NonStandardParameter)
  /// 16 bytes.
  case uuid([UInt8])
  /// A domain name of 1 to 64 characters.
  case domainBased([UInt8])
  /// What later versions add.
  case unknown(UnknownAlternative)
}

/// A message that another Recommendation defines, such as H.239 (H.245 Annex B).
public struct GenericMessage: Sendable, Hashable {
  /// Which Recommendation.
  public var messageIdentifier: CapabilityIdentifier
  /// Which of its messages, 0 to 127.
  public var subMessageIdentifier: UInt8?
  /// What it says.
  public var messageContent: [GenericParameter]?
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension GenericMessage {
  /// A message of a Recommendation.
  public init(
    _ messageIdentifier: CapabilityIdentifier, subMessageIdentifier: UInt8? = nil,
    messageContent: [GenericParameter]? = nil
  ) {
    self.messageIdentifier = messageIdentifier
    self.subMessageIdentifier = subMessageIdentifier
    self.messageContent = messageContent
  }
}

/// One parameter; its value may be parameters again, down to `H245Limits.maxParameterDepth`.
public struct GenericParameter: Sendable, Hashable {
  /// Which parameter.
  public var parameterIdentifier: ParameterIdentifier
  /// Its value.
  public var parameterValue: ParameterValue
  /// The parameters it stands instead of.
  public var supersedes: [ParameterIdentifier]?
  /// Additions of later versions.
  public var extensions = PERAdditions()

  /// A parameter with a value.
  public init(
    _ parameterIdentifier: ParameterIdentifier, _ parameterValue: ParameterValue,
    supersedes: [ParameterIdentifier]? = nil
  ) {
    self.parameterIdentifier = parameterIdentifier
    self.parameterValue = parameterValue
    self.supersedes = supersedes
  }
}

/// Which parameter something is.
public enum ParameterIdentifier: Sendable, Hashable {
  /// 0 to 127.
  case standard(UInt8)
  case h221NonStandard(NonStandardParameter)
  /// 16 bytes.
  case uuid([UInt8])
  /// A domain name of 1 to 64 characters.
  case domainBased([UInt8])
  /// What later versions add.
  case unknown(UnknownAlternative)
}

/// The value of a parameter. Min and Max say how two sides' values meet.
public enum ParameterValue: Sendable, Hashable {
  case logical
  case booleanArray(UInt8)
  case unsignedMin(UInt16)
  case unsignedMax(UInt16)
  case unsigned32Min(UInt32)
  case unsigned32Max(UInt32)
  case octetString([UInt8])
  case genericParameter([GenericParameter])
  /// What later versions add.
  case unknown(UnknownAlternative)
}
