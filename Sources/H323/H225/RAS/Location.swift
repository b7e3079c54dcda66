import PER

/// LocationRequest.
public struct LocationRequest: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `endpointIdentifier EndpointIdentifier OPTIONAL`
  public var endpointIdentifier: BMPString?

  /// `destinationInfo SEQUENCE OF AliasAddress`
  public var destinationInfo: [AliasAddress]

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `replyAddress TransportAddress`
  public var replyAddress: TransportAddress

  /// `sourceInfo SEQUENCE OF AliasAddress OPTIONAL`, an addition
  public var sourceInfo: [AliasAddress]?

  /// `canMapAlias BOOLEAN`, an addition
  public var canMapAlias: Bool?

  /// `gatekeeperIdentifier GatekeeperIdentifier OPTIONAL`, an addition
  public var gatekeeperIdentifier: BMPString?

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

  /// `hopCount INTEGER (1..255) OPTIONAL`, an addition
  public var hopCount: Int?

  /// `callIdentifier CallIdentifier OPTIONAL`, an addition
  public var callIdentifier: CallIdentifier?

  /// `language SEQUENCE OF IA5String (SIZE(1..32)) OPTIONAL`, an addition
  public var language: [String]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension LocationRequest {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, destinationInfo: [AliasAddress], replyAddress: TransportAddress) {
    self.requestSeqNum = requestSeqNum
    self.destinationInfo = destinationInfo
    self.replyAddress = replyAddress
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let endpointIdentifier: BMPString? = try preamble.has(0) ? reader.readBMPString(1...128) : nil
    let destinationInfo: [AliasAddress] = try reader.readArray()
    let nonStandardData: NonStandardParameter? = try preamble.has(1) ? NonStandardParameter(from: &reader) : nil
    let replyAddress: TransportAddress = try TransportAddress(from: &reader)
    var additions = try reader.readAdditions(preamble)
    let sourceInfo: [AliasAddress]? = try additions.next(&reader)
    let canMapAlias: Bool? = try additions.next(&reader)
    let gatekeeperIdentifier: BMPString? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readBMPString(1...128)
    }
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    try additions.keepNext(2, &reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let hopCount: Int? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readInteger(1...255)
    }
    try additions.keepNext(&reader)
    let callIdentifier: CallIdentifier? = try additions.next(&reader)
    try additions.keepNext(3, &reader)
    let language: [String]? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readArray() { (reader: inout PERReader) throws(PERError) in
        try reader.readIA5String(1...32)
      }
    }
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, endpointIdentifier: endpointIdentifier, destinationInfo: destinationInfo,
      nonStandardData: nonStandardData, replyAddress: replyAddress, sourceInfo: sourceInfo, canMapAlias: canMapAlias,
      gatekeeperIdentifier: gatekeeperIdentifier, tokens: tokens, cryptoTokens: cryptoTokens,
      integrityCheckValue: integrityCheckValue, featureSet: featureSet, genericData: genericData, hopCount: hopCount,
      callIdentifier: callIdentifier, language: language, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    if let endpointIdentifier {
      writer.markPresent(0, in: sequence)
      try writer.writeBMPString(endpointIdentifier, 1...128)
    }
    try writer.writeArray(destinationInfo)
    try writer.writeOptional(nonStandardData, 1, in: sequence)
    try replyAddress.encode(into: &writer)
    var additions = writer.beginAdditions(sequence, known: 17, kept: unknown)
    try additions.next(&writer, sourceInfo)
    try additions.next(&writer, canMapAlias)
    try additions.next(&writer, isPresent: gatekeeperIdentifier != nil) { (writer: inout PERWriter) throws(PERError) in
      if let gatekeeperIdentifier { try writer.writeBMPString(gatekeeperIdentifier, 1...128) }
    }
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.keepNext(2, &writer)
    try additions.next(&writer, featureSet)
    try additions.next(&writer, genericData)
    try additions.next(&writer, isPresent: hopCount != nil) { (writer: inout PERWriter) throws(PERError) in
      if let hopCount { try writer.writeInteger(hopCount, 1...255) }
    }
    try additions.keepNext(&writer)
    try additions.next(&writer, callIdentifier)
    try additions.keepNext(3, &writer)
    try additions.next(&writer, isPresent: language != nil) { (writer: inout PERWriter) throws(PERError) in
      if let language {
        try writer.writeArray(language) { (element, writer: inout PERWriter) throws(PERError) in
          try writer.writeIA5String(element, 1...32)
        }
      }
    }
    try additions.finish(&writer)
  }
}

/// LocationConfirm.
public struct LocationConfirm: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `callSignalAddress TransportAddress`
  public var callSignalAddress: TransportAddress

  /// `rasAddress TransportAddress`
  public var rasAddress: TransportAddress

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `destinationInfo SEQUENCE OF AliasAddress OPTIONAL`, an addition
  public var destinationInfo: [AliasAddress]?

  /// `destExtraCallInfo SEQUENCE OF AliasAddress OPTIONAL`, an addition
  public var destExtraCallInfo: [AliasAddress]?

  /// `destinationType EndpointType OPTIONAL`, an addition
  public var destinationType: EndpointType?

  /// `remoteExtensionAddress SEQUENCE OF AliasAddress OPTIONAL`, an addition
  public var remoteExtensionAddress: [AliasAddress]?

  /// `alternateEndpoints SEQUENCE OF Endpoint OPTIONAL`, an addition
  public var alternateEndpoints: [Endpoint]?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `integrityCheckValue ICV OPTIONAL`, an addition
  public var integrityCheckValue: ICV?

  /// `multipleCalls BOOLEAN OPTIONAL`, an addition
  public var multipleCalls: Bool?

  /// `featureSet FeatureSet OPTIONAL`, an addition
  public var featureSet: FeatureSet?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension LocationConfirm {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, callSignalAddress: TransportAddress, rasAddress: TransportAddress) {
    self.requestSeqNum = requestSeqNum
    self.callSignalAddress = callSignalAddress
    self.rasAddress = rasAddress
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let callSignalAddress: TransportAddress = try TransportAddress(from: &reader)
    let rasAddress: TransportAddress = try TransportAddress(from: &reader)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let destinationInfo: [AliasAddress]? = try additions.next(&reader)
    let destExtraCallInfo: [AliasAddress]? = try additions.next(&reader)
    let destinationType: EndpointType? = try additions.next(&reader)
    let remoteExtensionAddress: [AliasAddress]? = try additions.next(&reader)
    let alternateEndpoints: [Endpoint]? = try additions.next(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    try additions.keepNext(2, &reader)
    let multipleCalls: Bool? = try additions.next(&reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, callSignalAddress: callSignalAddress, rasAddress: rasAddress,
      nonStandardData: nonStandardData, destinationInfo: destinationInfo, destExtraCallInfo: destExtraCallInfo,
      destinationType: destinationType, remoteExtensionAddress: remoteExtensionAddress,
      alternateEndpoints: alternateEndpoints, tokens: tokens, cryptoTokens: cryptoTokens,
      integrityCheckValue: integrityCheckValue, multipleCalls: multipleCalls, featureSet: featureSet,
      genericData: genericData, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try callSignalAddress.encode(into: &writer)
    try rasAddress.encode(into: &writer)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 17, kept: unknown)
    try additions.next(&writer, destinationInfo)
    try additions.next(&writer, destExtraCallInfo)
    try additions.next(&writer, destinationType)
    try additions.next(&writer, remoteExtensionAddress)
    try additions.next(&writer, alternateEndpoints)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.keepNext(2, &writer)
    try additions.next(&writer, multipleCalls)
    try additions.next(&writer, featureSet)
    try additions.next(&writer, genericData)
    try additions.finish(&writer)
  }
}

/// LocationReject.
public struct LocationReject: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `rejectReason LocationRejectReason`
  public var rejectReason: LocationRejectReason

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

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

extension LocationReject {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, rejectReason: LocationRejectReason) {
    self.requestSeqNum = requestSeqNum
    self.rejectReason = rejectReason
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let rejectReason: LocationRejectReason = try LocationRejectReason(from: &reader)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let altGKInfo: AltGKInfo? = try additions.next(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, rejectReason: rejectReason, nonStandardData: nonStandardData, altGKInfo: altGKInfo,
      tokens: tokens, cryptoTokens: cryptoTokens, integrityCheckValue: integrityCheckValue, featureSet: featureSet,
      genericData: genericData, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try rejectReason.encode(into: &writer)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 7, kept: unknown)
    try additions.next(&writer, altGKInfo)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.next(&writer, featureSet)
    try additions.next(&writer, genericData)
    try additions.finish(&writer)
  }
}

/// LocationRejectReason.
public enum LocationRejectReason: PERValue {
  case notRegistered
  case invalidPermission
  case requestDenied
  case undefinedReason
  case securityDenial
  case aliasesInconsistent
  case routeCalltoSCN([PartyNumber])
  case resourceUnavailable
  case genericDataReason
  case neededFeatureNotSupported
  case hopCountExceeded
  case incompleteAddress
  case securityError(SecurityErrors2)
  case securityDHmismatch
  case noRouteToDestination
  case unallocatedNumber
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 4)
    switch index {
    case 0: self = .notRegistered
    case 1: self = .invalidPermission
    case 2: self = .requestDenied
    case 3: self = .undefinedReason
    case 4:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .securityDenial
    case 5:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .aliasesInconsistent
    case 6:
      self = .routeCalltoSCN(
        try reader.readOpenType { (reader: inout PERReader) throws(PERError) in try reader.readArray() })
    case 7:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .resourceUnavailable
    case 8:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .genericDataReason
    case 9:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .neededFeatureNotSupported
    case 10:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .hopCountExceeded
    case 11:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .incompleteAddress
    case 12: self = .securityError(try reader.readOpenType(SecurityErrors2.self))
    case 13:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .securityDHmismatch
    case 14:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .noRouteToDestination
    case 15:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .unallocatedNumber
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .notRegistered: try writer.writeIndex(0, rootCount: 4)
    case .invalidPermission: try writer.writeIndex(1, rootCount: 4)
    case .requestDenied: try writer.writeIndex(2, rootCount: 4)
    case .undefinedReason: try writer.writeIndex(3, rootCount: 4)
    case .securityDenial:
      try writer.writeIndex(4, rootCount: 4)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .aliasesInconsistent:
      try writer.writeIndex(5, rootCount: 4)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .routeCalltoSCN(let value):
      try writer.writeIndex(6, rootCount: 4)
      try writer.writeOpenType { (writer: inout PERWriter) throws(PERError) in try writer.writeArray(value) }
    case .resourceUnavailable:
      try writer.writeIndex(7, rootCount: 4)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .genericDataReason:
      try writer.writeIndex(8, rootCount: 4)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .neededFeatureNotSupported:
      try writer.writeIndex(9, rootCount: 4)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .hopCountExceeded:
      try writer.writeIndex(10, rootCount: 4)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .incompleteAddress:
      try writer.writeIndex(11, rootCount: 4)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .securityError(let value):
      try writer.writeIndex(12, rootCount: 4)
      try writer.writeOpenType(value)
    case .securityDHmismatch:
      try writer.writeIndex(13, rootCount: 4)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .noRouteToDestination:
      try writer.writeIndex(14, rootCount: 4)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .unallocatedNumber:
      try writer.writeIndex(15, rootCount: 4)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 4)
    }
  }
}
