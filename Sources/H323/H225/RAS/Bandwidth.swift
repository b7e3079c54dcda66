import PER

/// BandwidthRequest.
public struct BandwidthRequest: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `endpointIdentifier EndpointIdentifier`
  public var endpointIdentifier: BMPString

  /// `conferenceID ConferenceIdentifier`
  public var conferenceID: GloballyUniqueID

  /// `callReferenceValue CallReferenceValue`
  public var callReferenceValue: Int

  /// `callType CallType OPTIONAL`
  public var callType: CallType?

  /// `bandWidth BandWidth`
  public var bandWidth: Int

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `callIdentifier CallIdentifier`, an addition
  public var callIdentifier: CallIdentifier?

  /// `gatekeeperIdentifier GatekeeperIdentifier OPTIONAL`, an addition
  public var gatekeeperIdentifier: BMPString?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `integrityCheckValue ICV OPTIONAL`, an addition
  public var integrityCheckValue: ICV?

  /// `answeredCall BOOLEAN`, an addition
  public var answeredCall: Bool?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension BandwidthRequest {
  /// A value of its components that are not optional.
  public init(
    requestSeqNum: Int, endpointIdentifier: BMPString, conferenceID: GloballyUniqueID, callReferenceValue: Int,
    bandWidth: Int
  ) {
    self.requestSeqNum = requestSeqNum
    self.endpointIdentifier = endpointIdentifier
    self.conferenceID = conferenceID
    self.callReferenceValue = callReferenceValue
    self.bandWidth = bandWidth
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let endpointIdentifier: BMPString = try reader.readBMPString(1...128)
    let conferenceID: GloballyUniqueID = try GloballyUniqueID(from: &reader)
    let callReferenceValue: Int = try reader.readInteger(0...65_535)
    let callType: CallType? = try preamble.has(0) ? CallType(from: &reader) : nil
    let bandWidth: Int = try reader.readInteger(0...4_294_967_295)
    let nonStandardData: NonStandardParameter? = try preamble.has(1) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let callIdentifier: CallIdentifier? = try additions.next(&reader)
    let gatekeeperIdentifier: BMPString? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readBMPString(1...128)
    }
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    let answeredCall: Bool? = try additions.next(&reader)
    try additions.keepNext(4, &reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, endpointIdentifier: endpointIdentifier, conferenceID: conferenceID,
      callReferenceValue: callReferenceValue, callType: callType, bandWidth: bandWidth,
      nonStandardData: nonStandardData, callIdentifier: callIdentifier, gatekeeperIdentifier: gatekeeperIdentifier,
      tokens: tokens, cryptoTokens: cryptoTokens, integrityCheckValue: integrityCheckValue, answeredCall: answeredCall,
      genericData: genericData, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeBMPString(endpointIdentifier, 1...128)
    try conferenceID.encode(into: &writer)
    try writer.writeInteger(callReferenceValue, 0...65_535)
    try writer.writeOptional(callType, 0, in: sequence)
    try writer.writeInteger(bandWidth, 0...4_294_967_295)
    try writer.writeOptional(nonStandardData, 1, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 12, kept: unknown)
    try additions.next(&writer, callIdentifier)
    try additions.next(&writer, isPresent: gatekeeperIdentifier != nil) { (writer: inout PERWriter) throws(PERError) in
      if let gatekeeperIdentifier { try writer.writeBMPString(gatekeeperIdentifier, 1...128) }
    }
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.next(&writer, answeredCall)
    try additions.keepNext(4, &writer)
    try additions.next(&writer, genericData)
    try additions.finish(&writer)
  }
}

/// BandwidthConfirm.
public struct BandwidthConfirm: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `bandWidth BandWidth`
  public var bandWidth: Int

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

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension BandwidthConfirm {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, bandWidth: Int) {
    self.requestSeqNum = requestSeqNum
    self.bandWidth = bandWidth
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let bandWidth: Int = try reader.readInteger(0...4_294_967_295)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, bandWidth: bandWidth, nonStandardData: nonStandardData, tokens: tokens,
      cryptoTokens: cryptoTokens, integrityCheckValue: integrityCheckValue, genericData: genericData, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeInteger(bandWidth, 0...4_294_967_295)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 6, kept: unknown)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.keepNext(&writer)
    try additions.next(&writer, genericData)
    try additions.finish(&writer)
  }
}

/// BandwidthReject.
public struct BandwidthReject: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `rejectReason BandRejectReason`
  public var rejectReason: BandRejectReason

  /// `allowedBandWidth BandWidth`
  public var allowedBandWidth: Int

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

extension BandwidthReject {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, rejectReason: BandRejectReason, allowedBandWidth: Int) {
    self.requestSeqNum = requestSeqNum
    self.rejectReason = rejectReason
    self.allowedBandWidth = allowedBandWidth
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let rejectReason: BandRejectReason = try BandRejectReason(from: &reader)
    let allowedBandWidth: Int = try reader.readInteger(0...4_294_967_295)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let altGKInfo: AltGKInfo? = try additions.next(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, rejectReason: rejectReason, allowedBandWidth: allowedBandWidth,
      nonStandardData: nonStandardData, altGKInfo: altGKInfo, tokens: tokens, cryptoTokens: cryptoTokens,
      integrityCheckValue: integrityCheckValue, genericData: genericData, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try rejectReason.encode(into: &writer)
    try writer.writeInteger(allowedBandWidth, 0...4_294_967_295)
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

/// BandRejectReason.
public enum BandRejectReason: PERValue {
  case notBound
  case invalidConferenceID
  case invalidPermission
  case insufficientResources
  case invalidRevision
  case undefinedReason
  case securityDenial
  case securityError(SecurityErrors2)
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 6)
    switch index {
    case 0: self = .notBound
    case 1: self = .invalidConferenceID
    case 2: self = .invalidPermission
    case 3: self = .insufficientResources
    case 4: self = .invalidRevision
    case 5: self = .undefinedReason
    case 6:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .securityDenial
    case 7: self = .securityError(try reader.readOpenType(SecurityErrors2.self))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .notBound: try writer.writeIndex(0, rootCount: 6)
    case .invalidConferenceID: try writer.writeIndex(1, rootCount: 6)
    case .invalidPermission: try writer.writeIndex(2, rootCount: 6)
    case .insufficientResources: try writer.writeIndex(3, rootCount: 6)
    case .invalidRevision: try writer.writeIndex(4, rootCount: 6)
    case .undefinedReason: try writer.writeIndex(5, rootCount: 6)
    case .securityDenial:
      try writer.writeIndex(6, rootCount: 6)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .securityError(let value):
      try writer.writeIndex(7, rootCount: 6)
      try writer.writeOpenType(value)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 6)
    }
  }
}
