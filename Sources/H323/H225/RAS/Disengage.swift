import PER

/// DisengageRequest.
public struct DisengageRequest: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `endpointIdentifier EndpointIdentifier`
  public var endpointIdentifier: BMPString

  /// `conferenceID ConferenceIdentifier`
  public var conferenceID: GloballyUniqueID

  /// `callReferenceValue CallReferenceValue`
  public var callReferenceValue: Int

  /// `disengageReason DisengageReason`
  public var disengageReason: DisengageReason

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

  /// `terminationCause CallTerminationCause OPTIONAL`, an addition
  public var terminationCause: CallTerminationCause?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension DisengageRequest {
  /// A value of its components that are not optional.
  public init(
    requestSeqNum: Int, endpointIdentifier: BMPString, conferenceID: GloballyUniqueID, callReferenceValue: Int,
    disengageReason: DisengageReason
  ) {
    self.requestSeqNum = requestSeqNum
    self.endpointIdentifier = endpointIdentifier
    self.conferenceID = conferenceID
    self.callReferenceValue = callReferenceValue
    self.disengageReason = disengageReason
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let endpointIdentifier: BMPString = try reader.readBMPString(1...128)
    let conferenceID: GloballyUniqueID = try GloballyUniqueID(from: &reader)
    let callReferenceValue: Int = try reader.readInteger(0...65_535)
    let disengageReason: DisengageReason = try DisengageReason(from: &reader)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
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
    let terminationCause: CallTerminationCause? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, endpointIdentifier: endpointIdentifier, conferenceID: conferenceID,
      callReferenceValue: callReferenceValue, disengageReason: disengageReason, nonStandardData: nonStandardData,
      callIdentifier: callIdentifier, gatekeeperIdentifier: gatekeeperIdentifier, tokens: tokens,
      cryptoTokens: cryptoTokens, integrityCheckValue: integrityCheckValue, answeredCall: answeredCall,
      terminationCause: terminationCause, genericData: genericData, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeBMPString(endpointIdentifier, 1...128)
    try conferenceID.encode(into: &writer)
    try writer.writeInteger(callReferenceValue, 0...65_535)
    try disengageReason.encode(into: &writer)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 13, kept: unknown)
    try additions.next(&writer, callIdentifier)
    try additions.next(&writer, isPresent: gatekeeperIdentifier != nil) { (writer: inout PERWriter) throws(PERError) in
      if let gatekeeperIdentifier { try writer.writeBMPString(gatekeeperIdentifier, 1...128) }
    }
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.next(&writer, answeredCall)
    try additions.keepNext(4, &writer)
    try additions.next(&writer, terminationCause)
    try additions.keepNext(&writer)
    try additions.next(&writer, genericData)
    try additions.finish(&writer)
  }
}

/// DisengageReason: alternatives without a value.
public struct DisengageReason: H225Reason {
  /// What the root has.
  public static var rootCount: Int { 3 }

  /// The alternative and, when a later version gave it one, its value.
  public var alternative: H225Alternative

  /// The value of an alternative.
  public init(_ alternative: H225Alternative) { self.alternative = alternative }

  /// `forcedDrop`.
  public static var forcedDrop: Self { Self(H225Alternative(index: 0)) }

  /// `normalDrop`.
  public static var normalDrop: Self { Self(H225Alternative(index: 1)) }

  /// `undefinedReason`.
  public static var undefinedReason: Self { Self(H225Alternative(index: 2)) }
}

/// CallTerminationCause.
public enum CallTerminationCause: PERValue {
  case releaseCompleteReason(ReleaseCompleteReason)
  case releaseCompleteCauseIE([UInt8])
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 2)
    switch index {
    case 0: self = .releaseCompleteReason(try ReleaseCompleteReason(from: &reader))
    case 1: self = .releaseCompleteCauseIE(try reader.readOctets(2...32))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .releaseCompleteReason(let value):
      try writer.writeIndex(0, rootCount: 2)
      try value.encode(into: &writer)
    case .releaseCompleteCauseIE(let value):
      try writer.writeIndex(1, rootCount: 2)
      try writer.writeOctets(value, 2...32)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 2)
    }
  }
}

/// DisengageConfirm.
public struct DisengageConfirm: PERValue {
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

extension DisengageConfirm {
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
    try additions.keepNext(3, &reader)
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
    var additions = writer.beginAdditions(sequence, known: 8, kept: unknown)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.keepNext(3, &writer)
    try additions.next(&writer, genericData)
    try additions.next(&writer, assignedGatekeeper)
    try additions.finish(&writer)
  }
}

/// DisengageReject.
public struct DisengageReject: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `rejectReason DisengageRejectReason`
  public var rejectReason: DisengageRejectReason

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

extension DisengageReject {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, rejectReason: DisengageRejectReason) {
    self.requestSeqNum = requestSeqNum
    self.rejectReason = rejectReason
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let rejectReason: DisengageRejectReason = try DisengageRejectReason(from: &reader)
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

/// DisengageRejectReason.
public enum DisengageRejectReason: PERValue {
  case notRegistered
  case requestToDropOther
  case securityDenial
  case securityError(SecurityErrors2)
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 2)
    switch index {
    case 0: self = .notRegistered
    case 1: self = .requestToDropOther
    case 2:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .securityDenial
    case 3: self = .securityError(try reader.readOpenType(SecurityErrors2.self))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .notRegistered: try writer.writeIndex(0, rootCount: 2)
    case .requestToDropOther: try writer.writeIndex(1, rootCount: 2)
    case .securityDenial:
      try writer.writeIndex(2, rootCount: 2)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .securityError(let value):
      try writer.writeIndex(3, rootCount: 2)
      try writer.writeOpenType(value)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 2)
    }
  }
}
