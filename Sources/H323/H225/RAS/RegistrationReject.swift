import PER

/// RegistrationReject.
public struct RegistrationReject: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `rejectReason RegistrationRejectReason`
  public var rejectReason: RegistrationRejectReason

  /// `gatekeeperIdentifier GatekeeperIdentifier OPTIONAL`
  public var gatekeeperIdentifier: BMPString?

  /// `altGKInfo AltGKInfo OPTIONAL`, an addition
  public var altGKInfo: AltGKInfo?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `integrityCheckValue ICV OPTIONAL`, an addition
  public var integrityCheckValue: ICV?

  /// `featureSet FeatureSet OPTIONAL`, an addition
  public var featureSet: FeatureSet?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// `assignedGatekeeper AlternateGK OPTIONAL`, an addition
  public var assignedGatekeeper: AlternateGK?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension RegistrationReject {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, protocolIdentifier: ObjectIdentifier, rejectReason: RegistrationRejectReason) {
    self.requestSeqNum = requestSeqNum
    self.protocolIdentifier = protocolIdentifier
    self.rejectReason = rejectReason
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let rejectReason: RegistrationRejectReason = try RegistrationRejectReason(from: &reader)
    let gatekeeperIdentifier: BMPString? = try preamble.has(1) ? reader.readBMPString(1...128) : nil
    var additions = try reader.readAdditions(preamble)
    let altGKInfo: AltGKInfo? = try additions.next(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let assignedGatekeeper: AlternateGK? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, protocolIdentifier: protocolIdentifier, nonStandardData: nonStandardData,
      rejectReason: rejectReason, gatekeeperIdentifier: gatekeeperIdentifier, altGKInfo: altGKInfo, tokens: tokens,
      cryptoTokens: cryptoTokens, integrityCheckValue: integrityCheckValue, featureSet: featureSet,
      genericData: genericData, assignedGatekeeper: assignedGatekeeper, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try rejectReason.encode(into: &writer)
    if let gatekeeperIdentifier {
      writer.markPresent(1, in: sequence)
      try writer.writeBMPString(gatekeeperIdentifier, 1...128)
    }
    var additions = writer.beginAdditions(sequence, known: 7, kept: unknown)
    try additions.next(&writer, altGKInfo)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.next(&writer, featureSet)
    try additions.next(&writer, genericData)
    try additions.next(&writer, assignedGatekeeper)
    try additions.finish(&writer)
  }
}

/// RegistrationRejectReason.
public enum RegistrationRejectReason: PERValue {
  case discoveryRequired
  case invalidRevision
  case invalidCallSignalAddress
  case invalidRASAddress
  case duplicateAlias([AliasAddress])
  case invalidTerminalType
  case undefinedReason
  case transportNotSupported
  case transportQOSNotSupported
  case resourceUnavailable
  case invalidAlias
  case securityDenial
  case fullRegistrationRequired
  case additiveRegistrationNotSupported
  case invalidTerminalAliases(InvalidTerminalAliases)
  case genericDataReason
  case neededFeatureNotSupported
  case securityError(SecurityErrors)
  case registerWithAssignedGK
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 8)
    switch index {
    case 0: self = .discoveryRequired
    case 1: self = .invalidRevision
    case 2: self = .invalidCallSignalAddress
    case 3: self = .invalidRASAddress
    case 4: self = .duplicateAlias(try reader.readArray())
    case 5: self = .invalidTerminalType
    case 6: self = .undefinedReason
    case 7: self = .transportNotSupported
    case 8:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .transportQOSNotSupported
    case 9:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .resourceUnavailable
    case 10:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .invalidAlias
    case 11:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .securityDenial
    case 12:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .fullRegistrationRequired
    case 13:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .additiveRegistrationNotSupported
    case 14: self = .invalidTerminalAliases(try reader.readOpenType(InvalidTerminalAliases.self))
    case 15:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .genericDataReason
    case 16:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .neededFeatureNotSupported
    case 17: self = .securityError(try reader.readOpenType(SecurityErrors.self))
    case 18:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .registerWithAssignedGK
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .discoveryRequired: try writer.writeIndex(0, rootCount: 8)
    case .invalidRevision: try writer.writeIndex(1, rootCount: 8)
    case .invalidCallSignalAddress: try writer.writeIndex(2, rootCount: 8)
    case .invalidRASAddress: try writer.writeIndex(3, rootCount: 8)
    case .duplicateAlias(let value):
      try writer.writeIndex(4, rootCount: 8)
      try writer.writeArray(value)
    case .invalidTerminalType: try writer.writeIndex(5, rootCount: 8)
    case .undefinedReason: try writer.writeIndex(6, rootCount: 8)
    case .transportNotSupported: try writer.writeIndex(7, rootCount: 8)
    case .transportQOSNotSupported:
      try writer.writeIndex(8, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .resourceUnavailable:
      try writer.writeIndex(9, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .invalidAlias:
      try writer.writeIndex(10, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .securityDenial:
      try writer.writeIndex(11, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .fullRegistrationRequired:
      try writer.writeIndex(12, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .additiveRegistrationNotSupported:
      try writer.writeIndex(13, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .invalidTerminalAliases(let value):
      try writer.writeIndex(14, rootCount: 8)
      try writer.writeOpenType(value)
    case .genericDataReason:
      try writer.writeIndex(15, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .neededFeatureNotSupported:
      try writer.writeIndex(16, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .securityError(let value):
      try writer.writeIndex(17, rootCount: 8)
      try writer.writeOpenType(value)
    case .registerWithAssignedGK:
      try writer.writeIndex(18, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 8)
    }
  }
}

/// invalidTerminalAliases.
public struct InvalidTerminalAliases: PERValue {
  /// `terminalAlias SEQUENCE OF AliasAddress OPTIONAL`
  public var terminalAlias: [AliasAddress]?

  /// `terminalAliasPattern SEQUENCE OF AddressPattern OPTIONAL`
  public var terminalAliasPattern: [AddressPattern]?

  /// `supportedPrefixes SEQUENCE OF SupportedPrefix OPTIONAL`
  public var supportedPrefixes: [SupportedPrefix]?

  /// Additions that are not read here.
  public var unknown: PERAdditions
}

extension InvalidTerminalAliases {
  /// A value of its components that are not optional.
  public init() {
    unknown = PERAdditions()
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 3)
    let terminalAlias: [AliasAddress]? = try preamble.has(0) ? reader.readArray() : nil
    let terminalAliasPattern: [AddressPattern]? = try preamble.has(1) ? reader.readArray() : nil
    let supportedPrefixes: [SupportedPrefix]? = try preamble.has(2) ? reader.readArray() : nil
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      terminalAlias: terminalAlias, terminalAliasPattern: terminalAliasPattern, supportedPrefixes: supportedPrefixes,
      unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 3)
    try writer.writeOptional(terminalAlias, 0, in: sequence)
    try writer.writeOptional(terminalAliasPattern, 1, in: sequence)
    try writer.writeOptional(supportedPrefixes, 2, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}
