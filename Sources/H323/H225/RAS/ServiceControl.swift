import PER

/// ServiceControlIndication.
public struct ServiceControlIndication: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `serviceControl SEQUENCE OF ServiceControlSession`
  public var serviceControl: [ServiceControlSession]

  /// `endpointIdentifier EndpointIdentifier OPTIONAL`
  public var endpointIdentifier: BMPString?

  /// `callSpecific SEQUENCE OPTIONAL`
  public var callSpecific: ServiceControlIndicationCallSpecific?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`
  public var cryptoTokens: [CryptoH323Token]?

  /// `integrityCheckValue ICV OPTIONAL`
  public var integrityCheckValue: ICV?

  /// `featureSet FeatureSet OPTIONAL`
  public var featureSet: FeatureSet?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`
  public var genericData: [GenericData]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, serviceControl: [ServiceControlSession]) {
    self.requestSeqNum = requestSeqNum
    self.serviceControl = serviceControl
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 8)
    requestSeqNum = try reader.readInteger(1...65_535)
    nonStandardData = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    serviceControl = try reader.readArray()
    endpointIdentifier = try preamble.has(1) ? reader.readBMPString(1...128) : nil
    callSpecific =
      try preamble.has(2) ? ServiceControlIndicationCallSpecific(from: &reader) : nil
    tokens = try preamble.has(3) ? reader.readArray() : nil
    cryptoTokens = try preamble.has(4) ? reader.readArray() : nil
    integrityCheckValue = try preamble.has(5) ? ICV(from: &reader) : nil
    featureSet = try preamble.has(6) ? FeatureSet(from: &reader) : nil
    genericData = try preamble.has(7) ? reader.readArray() : nil
    var additions = try reader.readAdditions(preamble)
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 8)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try writer.writeArray(serviceControl)
    if let endpointIdentifier {
      writer.markPresent(1, in: sequence)
      try writer.writeBMPString(endpointIdentifier, 1...128)
    }
    try writer.writeOptional(callSpecific, 2, in: sequence)
    try writer.writeOptional(tokens, 3, in: sequence)
    try writer.writeOptional(cryptoTokens, 4, in: sequence)
    try writer.writeOptional(integrityCheckValue, 5, in: sequence)
    try writer.writeOptional(featureSet, 6, in: sequence)
    try writer.writeOptional(genericData, 7, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// ServiceControlSession.
public struct ServiceControlSession: PERValue {
  /// `sessionId INTEGER (0..255)`
  public var sessionId: Int

  /// `contents ServiceControlDescriptor OPTIONAL`
  public var contents: ServiceControlDescriptor?

  /// `reason CHOICE`
  public var reason: ServiceControlSessionReason

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension ServiceControlSession {
  /// A value of its components that are not optional.
  public init(sessionId: Int, reason: ServiceControlSessionReason) {
    self.sessionId = sessionId
    self.reason = reason
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let sessionId: Int = try reader.readInteger(0...255)
    let contents: ServiceControlDescriptor? = try preamble.has(0) ? ServiceControlDescriptor(from: &reader) : nil
    let reason: ServiceControlSessionReason = try ServiceControlSessionReason(from: &reader)
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(sessionId: sessionId, contents: contents, reason: reason, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeInteger(sessionId, 0...255)
    try writer.writeOptional(contents, 0, in: sequence)
    try reason.encode(into: &writer)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// ServiceControlDescriptor.
public enum ServiceControlDescriptor: PERValue {
  case url(String)
  case signal([UInt8])
  case nonStandard(NonStandardParameter)
  case callCreditServiceControl(CallCreditServiceControl)
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 4)
    switch index {
    case 0: self = .url(try reader.readIA5String(0...512))
    case 1: self = .signal(try reader.readOctets())
    case 2: self = .nonStandard(try NonStandardParameter(from: &reader))
    case 3: self = .callCreditServiceControl(try CallCreditServiceControl(from: &reader))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .url(let value):
      try writer.writeIndex(0, rootCount: 4)
      try writer.writeIA5String(value, 0...512)
    case .signal(let value):
      try writer.writeIndex(1, rootCount: 4)
      try writer.writeOctets(value)
    case .nonStandard(let value):
      try writer.writeIndex(2, rootCount: 4)
      try value.encode(into: &writer)
    case .callCreditServiceControl(let value):
      try writer.writeIndex(3, rootCount: 4)
      try value.encode(into: &writer)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 4)
    }
  }
}

/// CallCreditServiceControl.
public struct CallCreditServiceControl: PERValue {
  /// `amountString BMPString (SIZE(1..512)) OPTIONAL`
  public var amountString: BMPString?

  /// `billingMode CHOICE OPTIONAL`
  public var billingMode: CallCreditServiceControlBillingMode?

  /// `callDurationLimit INTEGER (1..4294967295) OPTIONAL`
  public var callDurationLimit: Int?

  /// `enforceCallDurationLimit BOOLEAN OPTIONAL`
  public var enforceCallDurationLimit: Bool?

  /// `callStartingPoint CHOICE OPTIONAL`
  public var callStartingPoint: CallCreditServiceControlCallStartingPoint?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init() {
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 5)
    amountString = try preamble.has(0) ? reader.readBMPString(1...512) : nil
    billingMode =
      try preamble.has(1) ? CallCreditServiceControlBillingMode(from: &reader) : nil
    callDurationLimit = try preamble.has(2) ? reader.readInteger(1...4_294_967_295) : nil
    enforceCallDurationLimit = try preamble.has(3) ? reader.readBit() : nil
    callStartingPoint =
      try preamble.has(4) ? CallCreditServiceControlCallStartingPoint(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 5)
    if let amountString {
      writer.markPresent(0, in: sequence)
      try writer.writeBMPString(amountString, 1...512)
    }
    try writer.writeOptional(billingMode, 1, in: sequence)
    if let callDurationLimit {
      writer.markPresent(2, in: sequence)
      try writer.writeInteger(callDurationLimit, 1...4_294_967_295)
    }
    if let enforceCallDurationLimit {
      writer.markPresent(3, in: sequence)
      writer.writeBit(enforceCallDurationLimit)
    }
    try writer.writeOptional(callStartingPoint, 4, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// billingMode: alternatives without a value.
public struct CallCreditServiceControlBillingMode: H225Reason {
  /// What the root has.
  public static var rootCount: Int { 2 }

  /// The alternative and, when a later version gave it one, its value.
  public var alternative: H225Alternative

  /// The value of an alternative.
  public init(_ alternative: H225Alternative) { self.alternative = alternative }

  /// `credit`.
  public static var credit: Self { Self(H225Alternative(index: 0)) }

  /// `debit`.
  public static var debit: Self { Self(H225Alternative(index: 1)) }
}

/// callStartingPoint: alternatives without a value.
public struct CallCreditServiceControlCallStartingPoint: H225Reason {
  /// What the root has.
  public static var rootCount: Int { 2 }

  /// The alternative and, when a later version gave it one, its value.
  public var alternative: H225Alternative

  /// The value of an alternative.
  public init(_ alternative: H225Alternative) { self.alternative = alternative }

  /// `alerting`.
  public static var alerting: Self { Self(H225Alternative(index: 0)) }

  /// `connect`.
  public static var connect: Self { Self(H225Alternative(index: 1)) }
}

/// reason: alternatives without a value.
public struct ServiceControlSessionReason: H225Reason {
  /// What the root has.
  public static var rootCount: Int { 3 }

  /// The alternative and, when a later version gave it one, its value.
  public var alternative: H225Alternative

  /// The value of an alternative.
  public init(_ alternative: H225Alternative) { self.alternative = alternative }

  /// `open`.
  public static var open: Self { Self(H225Alternative(index: 0)) }

  /// `refresh`.
  public static var refresh: Self { Self(H225Alternative(index: 1)) }

  /// `close`.
  public static var close: Self { Self(H225Alternative(index: 2)) }
}

/// callSpecific.
public struct ServiceControlIndicationCallSpecific: PERValue {
  /// `callIdentifier CallIdentifier`
  public var callIdentifier: CallIdentifier

  /// `conferenceID ConferenceIdentifier`
  public var conferenceID: GloballyUniqueID

  /// `answeredCall BOOLEAN`
  public var answeredCall: Bool

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension ServiceControlIndicationCallSpecific {
  /// A value of its components that are not optional.
  public init(callIdentifier: CallIdentifier, conferenceID: GloballyUniqueID, answeredCall: Bool) {
    self.callIdentifier = callIdentifier
    self.conferenceID = conferenceID
    self.answeredCall = answeredCall
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let callIdentifier: CallIdentifier = try CallIdentifier(from: &reader)
    let conferenceID: GloballyUniqueID = try GloballyUniqueID(from: &reader)
    let answeredCall: Bool = try reader.readBit()
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(callIdentifier: callIdentifier, conferenceID: conferenceID, answeredCall: answeredCall, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try callIdentifier.encode(into: &writer)
    try conferenceID.encode(into: &writer)
    writer.writeBit(answeredCall)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// ServiceControlResponse.
public struct ServiceControlResponse: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `result CHOICE OPTIONAL`
  public var result: ServiceControlResponseResult?

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`
  public var cryptoTokens: [CryptoH323Token]?

  /// `integrityCheckValue ICV OPTIONAL`
  public var integrityCheckValue: ICV?

  /// `featureSet FeatureSet OPTIONAL`
  public var featureSet: FeatureSet?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`
  public var genericData: [GenericData]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension ServiceControlResponse {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int) {
    self.requestSeqNum = requestSeqNum
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 7)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let result: ServiceControlResponseResult? = try preamble.has(0) ? ServiceControlResponseResult(from: &reader) : nil
    let nonStandardData: NonStandardParameter? = try preamble.has(1) ? NonStandardParameter(from: &reader) : nil
    let tokens: [ClearToken]? = try preamble.has(2) ? reader.readArray() : nil
    let cryptoTokens: [CryptoH323Token]? = try preamble.has(3) ? reader.readArray() : nil
    let integrityCheckValue: ICV? = try preamble.has(4) ? ICV(from: &reader) : nil
    let featureSet: FeatureSet? = try preamble.has(5) ? FeatureSet(from: &reader) : nil
    let genericData: [GenericData]? = try preamble.has(6) ? reader.readArray() : nil
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, result: result, nonStandardData: nonStandardData, tokens: tokens,
      cryptoTokens: cryptoTokens, integrityCheckValue: integrityCheckValue, featureSet: featureSet,
      genericData: genericData, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 7)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeOptional(result, 0, in: sequence)
    try writer.writeOptional(nonStandardData, 1, in: sequence)
    try writer.writeOptional(tokens, 2, in: sequence)
    try writer.writeOptional(cryptoTokens, 3, in: sequence)
    try writer.writeOptional(integrityCheckValue, 4, in: sequence)
    try writer.writeOptional(featureSet, 5, in: sequence)
    try writer.writeOptional(genericData, 6, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// result: alternatives without a value.
public struct ServiceControlResponseResult: H225Reason {
  /// What the root has.
  public static var rootCount: Int { 5 }

  /// The alternative and, when a later version gave it one, its value.
  public var alternative: H225Alternative

  /// The value of an alternative.
  public init(_ alternative: H225Alternative) { self.alternative = alternative }

  /// `started`.
  public static var started: Self { Self(H225Alternative(index: 0)) }

  /// `failed`.
  public static var failed: Self { Self(H225Alternative(index: 1)) }

  /// `stopped`.
  public static var stopped: Self { Self(H225Alternative(index: 2)) }

  /// `notAvailable`.
  public static var notAvailable: Self { Self(H225Alternative(index: 3)) }

  /// `neededFeatureNotSupported`.
  public static var neededFeatureNotSupported: Self { Self(H225Alternative(index: 4)) }
}
