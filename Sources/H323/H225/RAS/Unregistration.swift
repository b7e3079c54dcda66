import PER

/// UnregistrationRequest.
public struct UnregistrationRequest: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `callSignalAddress SEQUENCE OF TransportAddress`
  public var callSignalAddress: [TransportAddress]

  /// `endpointAlias SEQUENCE OF AliasAddress OPTIONAL`
  public var endpointAlias: [AliasAddress]?

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `endpointIdentifier EndpointIdentifier OPTIONAL`
  public var endpointIdentifier: BMPString?

  /// `alternateEndpoints SEQUENCE OF Endpoint OPTIONAL`, an addition
  public var alternateEndpoints: [Endpoint]?

  /// `gatekeeperIdentifier GatekeeperIdentifier OPTIONAL`, an addition
  public var gatekeeperIdentifier: BMPString?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `integrityCheckValue ICV OPTIONAL`, an addition
  public var integrityCheckValue: ICV?

  /// `reason UnregRequestReason OPTIONAL`, an addition
  public var reason: UnregRequestReason?

  /// `supportedPrefixes SEQUENCE OF SupportedPrefix OPTIONAL`, an addition
  public var supportedPrefixes: [SupportedPrefix]?

  /// `alternateGatekeeper SEQUENCE OF AlternateGK OPTIONAL`, an addition
  public var alternateGatekeeper: [AlternateGK]?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// `assignedGatekeeper AlternateGK OPTIONAL`, an addition
  public var assignedGatekeeper: AlternateGK?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension UnregistrationRequest {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, callSignalAddress: [TransportAddress]) {
    self.requestSeqNum = requestSeqNum
    self.callSignalAddress = callSignalAddress
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 3)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let callSignalAddress: [TransportAddress] = try reader.readArray()
    let endpointAlias: [AliasAddress]? = try preamble.has(0) ? reader.readArray() : nil
    let nonStandardData: NonStandardParameter? = try preamble.has(1) ? NonStandardParameter(from: &reader) : nil
    let endpointIdentifier: BMPString? = try preamble.has(2) ? reader.readBMPString(1...128) : nil
    var additions = try reader.readAdditions(preamble)
    let alternateEndpoints: [Endpoint]? = try additions.next(&reader)
    let gatekeeperIdentifier: BMPString? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readBMPString(1...128)
    }
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    let reason: UnregRequestReason? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let supportedPrefixes: [SupportedPrefix]? = try additions.next(&reader)
    let alternateGatekeeper: [AlternateGK]? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let assignedGatekeeper: AlternateGK? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, callSignalAddress: callSignalAddress, endpointAlias: endpointAlias,
      nonStandardData: nonStandardData, endpointIdentifier: endpointIdentifier, alternateEndpoints: alternateEndpoints,
      gatekeeperIdentifier: gatekeeperIdentifier, tokens: tokens, cryptoTokens: cryptoTokens,
      integrityCheckValue: integrityCheckValue, reason: reason, supportedPrefixes: supportedPrefixes,
      alternateGatekeeper: alternateGatekeeper, genericData: genericData, assignedGatekeeper: assignedGatekeeper,
      unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 3)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeArray(callSignalAddress)
    try writer.writeOptional(endpointAlias, 0, in: sequence)
    try writer.writeOptional(nonStandardData, 1, in: sequence)
    if let endpointIdentifier {
      writer.markPresent(2, in: sequence)
      try writer.writeBMPString(endpointIdentifier, 1...128)
    }
    var additions = writer.beginAdditions(sequence, known: 11, kept: unknown)
    try additions.next(&writer, alternateEndpoints)
    try additions.next(&writer, isPresent: gatekeeperIdentifier != nil) { (writer: inout PERWriter) throws(PERError) in
      if let gatekeeperIdentifier { try writer.writeBMPString(gatekeeperIdentifier, 1...128) }
    }
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.next(&writer, reason)
    try additions.keepNext(&writer)
    try additions.next(&writer, supportedPrefixes)
    try additions.next(&writer, alternateGatekeeper)
    try additions.next(&writer, genericData)
    try additions.next(&writer, assignedGatekeeper)
    try additions.finish(&writer)
  }
}

/// UnregRequestReason.
public enum UnregRequestReason: PERValue {
  case reregistrationRequired
  case ttlExpired
  case securityDenial
  case undefinedReason
  case maintenance
  case securityError(SecurityErrors2)
  case registerWithAssignedGK
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 4)
    switch index {
    case 0: self = .reregistrationRequired
    case 1: self = .ttlExpired
    case 2: self = .securityDenial
    case 3: self = .undefinedReason
    case 4:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .maintenance
    case 5: self = .securityError(try reader.readOpenType(SecurityErrors2.self))
    case 6:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .registerWithAssignedGK
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .reregistrationRequired: try writer.writeIndex(0, rootCount: 4)
    case .ttlExpired: try writer.writeIndex(1, rootCount: 4)
    case .securityDenial: try writer.writeIndex(2, rootCount: 4)
    case .undefinedReason: try writer.writeIndex(3, rootCount: 4)
    case .maintenance:
      try writer.writeIndex(4, rootCount: 4)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .securityError(let value):
      try writer.writeIndex(5, rootCount: 4)
      try writer.writeOpenType(value)
    case .registerWithAssignedGK:
      try writer.writeIndex(6, rootCount: 4)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 4)
    }
  }
}

/// UnregistrationConfirm.
public struct UnregistrationConfirm: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `integrityCheckValue ICV OPTIONAL`, an addition
  public var integrityCheckValue: ICV?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// `assignedGatekeeper AlternateGK OPTIONAL`, an addition
  public var assignedGatekeeper: AlternateGK?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension UnregistrationConfirm {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int) {
    self.requestSeqNum = requestSeqNum
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let assignedGatekeeper: AlternateGK? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, nonStandardData: nonStandardData, tokens: tokens, cryptoTokens: cryptoTokens,
      integrityCheckValue: integrityCheckValue, genericData: genericData, assignedGatekeeper: assignedGatekeeper,
      unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 5, kept: unknown)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.next(&writer, genericData)
    try additions.next(&writer, assignedGatekeeper)
    try additions.finish(&writer)
  }
}

/// UnregistrationReject.
public struct UnregistrationReject: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `rejectReason UnregRejectReason`
  public var rejectReason: UnregRejectReason

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

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension UnregistrationReject {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, rejectReason: UnregRejectReason) {
    self.requestSeqNum = requestSeqNum
    self.rejectReason = rejectReason
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let rejectReason: UnregRejectReason = try UnregRejectReason(from: &reader)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let altGKInfo: AltGKInfo? = try additions.next(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, rejectReason: rejectReason, nonStandardData: nonStandardData, altGKInfo: altGKInfo,
      tokens: tokens, cryptoTokens: cryptoTokens, integrityCheckValue: integrityCheckValue, genericData: genericData,
      unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try rejectReason.encode(into: &writer)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 5, kept: unknown)
    try additions.next(&writer, altGKInfo)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.next(&writer, genericData)
    try additions.finish(&writer)
  }
}

/// UnregRejectReason.
public enum UnregRejectReason: PERValue {
  case notCurrentlyRegistered
  case callInProgress
  case undefinedReason
  case permissionDenied
  case securityDenial
  case securityError(SecurityErrors2)
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 3)
    switch index {
    case 0: self = .notCurrentlyRegistered
    case 1: self = .callInProgress
    case 2: self = .undefinedReason
    case 3:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .permissionDenied
    case 4:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .securityDenial
    case 5: self = .securityError(try reader.readOpenType(SecurityErrors2.self))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .notCurrentlyRegistered: try writer.writeIndex(0, rootCount: 3)
    case .callInProgress: try writer.writeIndex(1, rootCount: 3)
    case .undefinedReason: try writer.writeIndex(2, rootCount: 3)
    case .permissionDenied:
      try writer.writeIndex(3, rootCount: 3)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .securityDenial:
      try writer.writeIndex(4, rootCount: 3)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .securityError(let value):
      try writer.writeIndex(5, rootCount: 3)
      try writer.writeOpenType(value)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 3)
    }
  }
}
