import PER

/// GatekeeperRequest.
public struct GatekeeperRequest: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `rasAddress TransportAddress`
  public var rasAddress: TransportAddress

  /// `endpointType EndpointType`
  public var endpointType: EndpointType

  /// `gatekeeperIdentifier GatekeeperIdentifier OPTIONAL`
  public var gatekeeperIdentifier: BMPString?

  /// `callServices QseriesOptions OPTIONAL`
  public var callServices: QseriesOptions?

  /// `endpointAlias SEQUENCE OF AliasAddress OPTIONAL`
  public var endpointAlias: [AliasAddress]?

  /// `alternateEndpoints SEQUENCE OF Endpoint OPTIONAL`, an addition
  public var alternateEndpoints: [Endpoint]?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `authenticationCapability SEQUENCE OF AuthenticationMechanism OPTIONAL`, an addition
  public var authenticationCapability: [AuthenticationMechanism]?

  /// `algorithmOIDs SEQUENCE OF OBJECT IDENTIFIER OPTIONAL`, an addition
  public var algorithmOIDs: [ObjectIdentifier]?

  /// `integrityCheckValue ICV OPTIONAL`, an addition
  public var integrityCheckValue: ICV?

  /// `supportsAltGK NULL OPTIONAL`, an addition
  public var supportsAltGK = false

  /// `featureSet FeatureSet OPTIONAL`, an addition
  public var featureSet: FeatureSet?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// `supportsAssignedGK BOOLEAN`, an addition
  public var supportsAssignedGK: Bool?

  /// `assignedGatekeeper AlternateGK OPTIONAL`, an addition
  public var assignedGatekeeper: AlternateGK?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension GatekeeperRequest {
  /// A value of its components that are not optional.
  public init(
    requestSeqNum: Int, protocolIdentifier: ObjectIdentifier, rasAddress: TransportAddress, endpointType: EndpointType
  ) {
    self.requestSeqNum = requestSeqNum
    self.protocolIdentifier = protocolIdentifier
    self.rasAddress = rasAddress
    self.endpointType = endpointType
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 4)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let rasAddress: TransportAddress = try TransportAddress(from: &reader)
    let endpointType: EndpointType = try EndpointType(from: &reader)
    let gatekeeperIdentifier: BMPString? = try preamble.has(1) ? reader.readBMPString(1...128) : nil
    let callServices: QseriesOptions? = try preamble.has(2) ? QseriesOptions(from: &reader) : nil
    let endpointAlias: [AliasAddress]? = try preamble.has(3) ? reader.readArray() : nil
    var additions = try reader.readAdditions(preamble)
    let alternateEndpoints: [Endpoint]? = try additions.next(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let authenticationCapability: [AuthenticationMechanism]? = try additions.next(&reader)
    let algorithmOIDs: [ObjectIdentifier]? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    let supportsAltGK: Bool = try additions.nextPresence(&reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let supportsAssignedGK: Bool? = try additions.next(&reader)
    let assignedGatekeeper: AlternateGK? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, protocolIdentifier: protocolIdentifier, nonStandardData: nonStandardData,
      rasAddress: rasAddress, endpointType: endpointType, gatekeeperIdentifier: gatekeeperIdentifier,
      callServices: callServices, endpointAlias: endpointAlias, alternateEndpoints: alternateEndpoints, tokens: tokens,
      cryptoTokens: cryptoTokens, authenticationCapability: authenticationCapability, algorithmOIDs: algorithmOIDs,
      integrityCheckValue: integrityCheckValue, supportsAltGK: supportsAltGK, featureSet: featureSet,
      genericData: genericData, supportsAssignedGK: supportsAssignedGK, assignedGatekeeper: assignedGatekeeper,
      unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 4)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try rasAddress.encode(into: &writer)
    try endpointType.encode(into: &writer)
    if let gatekeeperIdentifier {
      writer.markPresent(1, in: sequence)
      try writer.writeBMPString(gatekeeperIdentifier, 1...128)
    }
    try writer.writeOptional(callServices, 2, in: sequence)
    try writer.writeOptional(endpointAlias, 3, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 12, kept: unknown)
    try additions.next(&writer, alternateEndpoints)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, authenticationCapability)
    try additions.next(&writer, algorithmOIDs)
    try additions.keepNext(&writer)
    try additions.next(&writer, integrityCheckValue)
    try additions.nextPresence(&writer, supportsAltGK)
    try additions.next(&writer, featureSet)
    try additions.next(&writer, genericData)
    try additions.next(&writer, supportsAssignedGK)
    try additions.next(&writer, assignedGatekeeper)
    try additions.finish(&writer)
  }
}

/// GatekeeperConfirm.
public struct GatekeeperConfirm: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `gatekeeperIdentifier GatekeeperIdentifier OPTIONAL`
  public var gatekeeperIdentifier: BMPString?

  /// `rasAddress TransportAddress`
  public var rasAddress: TransportAddress

  /// `alternateGatekeeper SEQUENCE OF AlternateGK OPTIONAL`, an addition
  public var alternateGatekeeper: [AlternateGK]?

  /// `authenticationMode AuthenticationMechanism OPTIONAL`, an addition
  public var authenticationMode: AuthenticationMechanism?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `algorithmOID OBJECT IDENTIFIER OPTIONAL`, an addition
  public var algorithmOID: ObjectIdentifier?

  /// `integrityCheckValue ICV OPTIONAL`, an addition
  public var integrityCheckValue: ICV?

  /// `featureSet FeatureSet OPTIONAL`, an addition
  public var featureSet: FeatureSet?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// `assignedGatekeeper AlternateGK OPTIONAL`, an addition
  public var assignedGatekeeper: AlternateGK?

  /// `rehomingModel RehomingModel OPTIONAL`, an addition
  public var rehomingModel: RehomingModel?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension GatekeeperConfirm {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, protocolIdentifier: ObjectIdentifier, rasAddress: TransportAddress) {
    self.requestSeqNum = requestSeqNum
    self.protocolIdentifier = protocolIdentifier
    self.rasAddress = rasAddress
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let gatekeeperIdentifier: BMPString? = try preamble.has(1) ? reader.readBMPString(1...128) : nil
    let rasAddress: TransportAddress = try TransportAddress(from: &reader)
    var additions = try reader.readAdditions(preamble)
    let alternateGatekeeper: [AlternateGK]? = try additions.next(&reader)
    let authenticationMode: AuthenticationMechanism? = try additions.next(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let algorithmOID: ObjectIdentifier? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let assignedGatekeeper: AlternateGK? = try additions.next(&reader)
    let rehomingModel: RehomingModel? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, protocolIdentifier: protocolIdentifier, nonStandardData: nonStandardData,
      gatekeeperIdentifier: gatekeeperIdentifier, rasAddress: rasAddress, alternateGatekeeper: alternateGatekeeper,
      authenticationMode: authenticationMode, tokens: tokens, cryptoTokens: cryptoTokens, algorithmOID: algorithmOID,
      integrityCheckValue: integrityCheckValue, featureSet: featureSet, genericData: genericData,
      assignedGatekeeper: assignedGatekeeper, rehomingModel: rehomingModel, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    if let gatekeeperIdentifier {
      writer.markPresent(1, in: sequence)
      try writer.writeBMPString(gatekeeperIdentifier, 1...128)
    }
    try rasAddress.encode(into: &writer)
    var additions = writer.beginAdditions(sequence, known: 11, kept: unknown)
    try additions.next(&writer, alternateGatekeeper)
    try additions.next(&writer, authenticationMode)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, algorithmOID)
    try additions.keepNext(&writer)
    try additions.next(&writer, integrityCheckValue)
    try additions.next(&writer, featureSet)
    try additions.next(&writer, genericData)
    try additions.next(&writer, assignedGatekeeper)
    try additions.next(&writer, rehomingModel)
    try additions.finish(&writer)
  }
}

/// RehomingModel.
public enum RehomingModel: PERValue {
  case gatekeeperBased
  case endpointBased

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 2, isExtensible: false)
    switch index {
    case 0: self = .gatekeeperBased
    case 1: self = .endpointBased
    default: throw reader.error(.outOfRange)
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .gatekeeperBased: try writer.writeIndex(0, rootCount: 2, isExtensible: false)
    case .endpointBased: try writer.writeIndex(1, rootCount: 2, isExtensible: false)
    }
  }
}

/// GatekeeperReject.
public struct GatekeeperReject: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `gatekeeperIdentifier GatekeeperIdentifier OPTIONAL`
  public var gatekeeperIdentifier: BMPString?

  /// `rejectReason GatekeeperRejectReason`
  public var rejectReason: GatekeeperRejectReason

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

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension GatekeeperReject {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, protocolIdentifier: ObjectIdentifier, rejectReason: GatekeeperRejectReason) {
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
    let gatekeeperIdentifier: BMPString? = try preamble.has(1) ? reader.readBMPString(1...128) : nil
    let rejectReason: GatekeeperRejectReason = try GatekeeperRejectReason(from: &reader)
    var additions = try reader.readAdditions(preamble)
    let altGKInfo: AltGKInfo? = try additions.next(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, protocolIdentifier: protocolIdentifier, nonStandardData: nonStandardData,
      gatekeeperIdentifier: gatekeeperIdentifier, rejectReason: rejectReason, altGKInfo: altGKInfo, tokens: tokens,
      cryptoTokens: cryptoTokens, integrityCheckValue: integrityCheckValue, featureSet: featureSet,
      genericData: genericData, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    if let gatekeeperIdentifier {
      writer.markPresent(1, in: sequence)
      try writer.writeBMPString(gatekeeperIdentifier, 1...128)
    }
    try rejectReason.encode(into: &writer)
    var additions = writer.beginAdditions(sequence, known: 6, kept: unknown)
    try additions.next(&writer, altGKInfo)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.next(&writer, featureSet)
    try additions.next(&writer, genericData)
    try additions.finish(&writer)
  }
}

/// GatekeeperRejectReason.
public enum GatekeeperRejectReason: PERValue {
  case resourceUnavailable
  case terminalExcluded
  case invalidRevision
  case undefinedReason
  case securityDenial
  case genericDataReason
  case neededFeatureNotSupported
  case securityError(SecurityErrors)
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 4)
    switch index {
    case 0: self = .resourceUnavailable
    case 1: self = .terminalExcluded
    case 2: self = .invalidRevision
    case 3: self = .undefinedReason
    case 4:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .securityDenial
    case 5:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .genericDataReason
    case 6:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .neededFeatureNotSupported
    case 7: self = .securityError(try reader.readOpenType(SecurityErrors.self))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .resourceUnavailable: try writer.writeIndex(0, rootCount: 4)
    case .terminalExcluded: try writer.writeIndex(1, rootCount: 4)
    case .invalidRevision: try writer.writeIndex(2, rootCount: 4)
    case .undefinedReason: try writer.writeIndex(3, rootCount: 4)
    case .securityDenial:
      try writer.writeIndex(4, rootCount: 4)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .genericDataReason:
      try writer.writeIndex(5, rootCount: 4)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .neededFeatureNotSupported:
      try writer.writeIndex(6, rootCount: 4)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .securityError(let value):
      try writer.writeIndex(7, rootCount: 4)
      try writer.writeOpenType(value)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 4)
    }
  }
}
