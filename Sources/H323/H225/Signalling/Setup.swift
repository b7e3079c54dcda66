import PER

/// Setup-UUIE.
public struct SetupUUIE: PERValue {
  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `h245Address TransportAddress OPTIONAL`
  public var h245Address: TransportAddress?

  /// `sourceAddress SEQUENCE OF AliasAddress OPTIONAL`
  public var sourceAddress: [AliasAddress]?

  /// `sourceInfo EndpointType`
  public var sourceInfo: EndpointType

  /// `destinationAddress SEQUENCE OF AliasAddress OPTIONAL`
  public var destinationAddress: [AliasAddress]?

  /// `destCallSignalAddress TransportAddress OPTIONAL`
  public var destCallSignalAddress: TransportAddress?

  /// `destExtraCallInfo SEQUENCE OF AliasAddress OPTIONAL`
  public var destExtraCallInfo: [AliasAddress]?

  /// `destExtraCRV SEQUENCE OF CallReferenceValue OPTIONAL`
  public var destExtraCRV: [Int]?

  /// `activeMC BOOLEAN`
  public var activeMC: Bool

  /// `conferenceID ConferenceIdentifier`
  public var conferenceID: GloballyUniqueID

  /// `conferenceGoal CHOICE`
  public var conferenceGoal: ConferenceGoal

  /// `callServices QseriesOptions OPTIONAL`
  public var callServices: QseriesOptions?

  /// `callType CallType`
  public var callType: CallType

  /// `sourceCallSignalAddress TransportAddress OPTIONAL`, an addition
  public var sourceCallSignalAddress: TransportAddress?

  /// `remoteExtensionAddress AliasAddress OPTIONAL`, an addition
  public var remoteExtensionAddress: AliasAddress?

  /// `callIdentifier CallIdentifier`, an addition
  public var callIdentifier: CallIdentifier?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `fastStart SEQUENCE OF OCTET STRING OPTIONAL`, an addition
  public var fastStart: [OctetString]?

  /// `mediaWaitForConnect BOOLEAN`, an addition
  public var mediaWaitForConnect: Bool?

  /// `canOverlapSend BOOLEAN`, an addition
  public var canOverlapSend: Bool?

  /// `endpointIdentifier EndpointIdentifier OPTIONAL`, an addition
  public var endpointIdentifier: BMPString?

  /// `multipleCalls BOOLEAN`, an addition
  public var multipleCalls: Bool?

  /// `maintainConnection BOOLEAN`, an addition
  public var maintainConnection: Bool?

  /// `language SEQUENCE OF IA5String (SIZE(1..32)) OPTIONAL`, an addition
  public var language: [String]?

  /// `presentationIndicator PresentationIndicator OPTIONAL`, an addition
  public var presentationIndicator: PresentationIndicator?

  /// `screeningIndicator ScreeningIndicator OPTIONAL`, an addition
  public var screeningIndicator: ScreeningIndicator?

  /// `neededFeatures SEQUENCE OF FeatureDescriptor OPTIONAL`, an addition
  public var neededFeatures: [FeatureDescriptor]?

  /// `desiredFeatures SEQUENCE OF FeatureDescriptor OPTIONAL`, an addition
  public var desiredFeatures: [FeatureDescriptor]?

  /// `supportedFeatures SEQUENCE OF FeatureDescriptor OPTIONAL`, an addition
  public var supportedFeatures: [FeatureDescriptor]?

  /// `parallelH245Control SEQUENCE OF OCTET STRING OPTIONAL`, an addition
  public var parallelH245Control: [OctetString]?

  /// `hopCount INTEGER (1..31) OPTIONAL`, an addition
  public var hopCount: Int?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension SetupUUIE {
  /// A value of its components that are not optional.
  public init(
    protocolIdentifier: ObjectIdentifier, sourceInfo: EndpointType, activeMC: Bool, conferenceID: GloballyUniqueID,
    conferenceGoal: ConferenceGoal, callType: CallType
  ) {
    self.protocolIdentifier = protocolIdentifier
    self.sourceInfo = sourceInfo
    self.activeMC = activeMC
    self.conferenceID = conferenceID
    self.conferenceGoal = conferenceGoal
    self.callType = callType
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 7)
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let h245Address: TransportAddress? = try preamble.has(0) ? TransportAddress(from: &reader) : nil
    let sourceAddress: [AliasAddress]? = try preamble.has(1) ? reader.readArray() : nil
    let sourceInfo: EndpointType = try EndpointType(from: &reader)
    let destinationAddress: [AliasAddress]? = try preamble.has(2) ? reader.readArray() : nil
    let destCallSignalAddress: TransportAddress? = try preamble.has(3) ? TransportAddress(from: &reader) : nil
    let destExtraCallInfo: [AliasAddress]? = try preamble.has(4) ? reader.readArray() : nil
    let destExtraCRV =
      try preamble.has(5)
      ? reader.readArray() { (reader: inout PERReader) throws(PERError) in
        try reader.readInteger(0...65_535)
      } : nil
    let activeMC: Bool = try reader.readBit()
    let conferenceID: GloballyUniqueID = try GloballyUniqueID(from: &reader)
    let conferenceGoal: ConferenceGoal = try ConferenceGoal(from: &reader)
    let callServices: QseriesOptions? = try preamble.has(6) ? QseriesOptions(from: &reader) : nil
    let callType: CallType = try CallType(from: &reader)
    var additions = try reader.readAdditions(preamble)
    let sourceCallSignalAddress: TransportAddress? = try additions.next(&reader)
    let remoteExtensionAddress: AliasAddress? = try additions.next(&reader)
    let callIdentifier: CallIdentifier? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let fastStart: [OctetString]? = try additions.next(&reader)
    let mediaWaitForConnect: Bool? = try additions.next(&reader)
    let canOverlapSend: Bool? = try additions.next(&reader)
    let endpointIdentifier: BMPString? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readBMPString(1...128)
    }
    let multipleCalls: Bool? = try additions.next(&reader)
    let maintainConnection: Bool? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let language: [String]? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readArray() { (reader: inout PERReader) throws(PERError) in
        try reader.readIA5String(1...32)
      }
    }
    let presentationIndicator: PresentationIndicator? = try additions.next(&reader)
    let screeningIndicator: ScreeningIndicator? = try additions.next(&reader)
    try additions.keepNext(5, &reader)
    let neededFeatures: [FeatureDescriptor]? = try additions.next(&reader)
    let desiredFeatures: [FeatureDescriptor]? = try additions.next(&reader)
    let supportedFeatures: [FeatureDescriptor]? = try additions.next(&reader)
    let parallelH245Control: [OctetString]? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let hopCount: Int? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readInteger(1...31)
    }
    let unknown = try additions.finish(&reader)
    self.init(
      protocolIdentifier: protocolIdentifier, h245Address: h245Address, sourceAddress: sourceAddress,
      sourceInfo: sourceInfo, destinationAddress: destinationAddress, destCallSignalAddress: destCallSignalAddress,
      destExtraCallInfo: destExtraCallInfo, destExtraCRV: destExtraCRV, activeMC: activeMC, conferenceID: conferenceID,
      conferenceGoal: conferenceGoal, callServices: callServices, callType: callType,
      sourceCallSignalAddress: sourceCallSignalAddress, remoteExtensionAddress: remoteExtensionAddress,
      callIdentifier: callIdentifier, tokens: tokens, cryptoTokens: cryptoTokens, fastStart: fastStart,
      mediaWaitForConnect: mediaWaitForConnect, canOverlapSend: canOverlapSend, endpointIdentifier: endpointIdentifier,
      multipleCalls: multipleCalls, maintainConnection: maintainConnection, language: language,
      presentationIndicator: presentationIndicator, screeningIndicator: screeningIndicator,
      neededFeatures: neededFeatures, desiredFeatures: desiredFeatures, supportedFeatures: supportedFeatures,
      parallelH245Control: parallelH245Control, hopCount: hopCount, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 7)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try writer.writeOptional(h245Address, 0, in: sequence)
    try writer.writeOptional(sourceAddress, 1, in: sequence)
    try sourceInfo.encode(into: &writer)
    try writer.writeOptional(destinationAddress, 2, in: sequence)
    try writer.writeOptional(destCallSignalAddress, 3, in: sequence)
    try writer.writeOptional(destExtraCallInfo, 4, in: sequence)
    if let destExtraCRV {
      writer.markPresent(5, in: sequence)
      try writer.writeArray(destExtraCRV) { (element, writer: inout PERWriter) throws(PERError) in
        try writer.writeInteger(element, 0...65_535)
      }
    }
    writer.writeBit(activeMC)
    try conferenceID.encode(into: &writer)
    try conferenceGoal.encode(into: &writer)
    try writer.writeOptional(callServices, 6, in: sequence)
    try callType.encode(into: &writer)
    var additions = writer.beginAdditions(sequence, known: 28, kept: unknown)
    try additions.next(&writer, sourceCallSignalAddress)
    try additions.next(&writer, remoteExtensionAddress)
    try additions.next(&writer, callIdentifier)
    try additions.keepNext(&writer)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, fastStart)
    try additions.next(&writer, mediaWaitForConnect)
    try additions.next(&writer, canOverlapSend)
    try additions.next(&writer, isPresent: endpointIdentifier != nil) { (writer: inout PERWriter) throws(PERError) in
      if let endpointIdentifier { try writer.writeBMPString(endpointIdentifier, 1...128) }
    }
    try additions.next(&writer, multipleCalls)
    try additions.next(&writer, maintainConnection)
    try additions.keepNext(&writer)
    try additions.next(&writer, isPresent: language != nil) { (writer: inout PERWriter) throws(PERError) in
      if let language {
        try writer.writeArray(language) { (element, writer: inout PERWriter) throws(PERError) in
          try writer.writeIA5String(element, 1...32)
        }
      }
    }
    try additions.next(&writer, presentationIndicator)
    try additions.next(&writer, screeningIndicator)
    try additions.keepNext(5, &writer)
    try additions.next(&writer, neededFeatures)
    try additions.next(&writer, desiredFeatures)
    try additions.next(&writer, supportedFeatures)
    try additions.next(&writer, parallelH245Control)
    try additions.keepNext(&writer)
    try additions.next(&writer, isPresent: hopCount != nil) { (writer: inout PERWriter) throws(PERError) in
      if let hopCount { try writer.writeInteger(hopCount, 1...31) }
    }
    try additions.finish(&writer)
  }
}

/// conferenceGoal: alternatives without a value.
public struct ConferenceGoal: H225Reason {
  /// What the root has.
  public static var rootCount: Int { 3 }

  /// The alternative and, when a later version gave it one, its value.
  public var alternative: H225Alternative

  /// The value of an alternative.
  public init(_ alternative: H225Alternative) { self.alternative = alternative }

  /// `create`.
  public static var create: Self { Self(H225Alternative(index: 0)) }

  /// `join`.
  public static var join: Self { Self(H225Alternative(index: 1)) }

  /// `invite`.
  public static var invite: Self { Self(H225Alternative(index: 2)) }

  /// `capability-negotiation`.
  public static var capabilityNegotiation: Self { Self(H225Alternative(index: 3)) }

  /// `callIndependentSupplementaryService`.
  public static var callIndependentSupplementaryService: Self { Self(H225Alternative(index: 4)) }
}

/// CallType: alternatives without a value.
public struct CallType: H225Reason {
  /// What the root has.
  public static var rootCount: Int { 4 }

  /// The alternative and, when a later version gave it one, its value.
  public var alternative: H225Alternative

  /// The value of an alternative.
  public init(_ alternative: H225Alternative) { self.alternative = alternative }

  /// `pointToPoint`.
  public static var pointToPoint: Self { Self(H225Alternative(index: 0)) }

  /// `oneToN`.
  public static var oneToN: Self { Self(H225Alternative(index: 1)) }

  /// `nToOne`.
  public static var nToOne: Self { Self(H225Alternative(index: 2)) }

  /// `nToN`.
  public static var nToN: Self { Self(H225Alternative(index: 3)) }
}

/// PresentationIndicator: alternatives without a value.
public struct PresentationIndicator: H225Reason {
  /// What the root has.
  public static var rootCount: Int { 3 }

  /// The alternative and, when a later version gave it one, its value.
  public var alternative: H225Alternative

  /// The value of an alternative.
  public init(_ alternative: H225Alternative) { self.alternative = alternative }

  /// `presentationAllowed`.
  public static var presentationAllowed: Self { Self(H225Alternative(index: 0)) }

  /// `presentationRestricted`.
  public static var presentationRestricted: Self { Self(H225Alternative(index: 1)) }

  /// `addressNotAvailable`.
  public static var addressNotAvailable: Self { Self(H225Alternative(index: 2)) }
}

/// ScreeningIndicator.
public struct ScreeningIndicator: H225Enumeration {
  /// What the root has.
  public static var rootCount: Int { 4 }

  /// The place in the type.
  public var index: Int

  /// The value at a place.
  public init(index: Int) { self.index = index }

  /// `userProvidedNotScreened`.
  public static var userProvidedNotScreened: Self { Self(index: 0) }

  /// `userProvidedVerifiedAndPassed`.
  public static var userProvidedVerifiedAndPassed: Self { Self(index: 1) }

  /// `userProvidedVerifiedAndFailed`.
  public static var userProvidedVerifiedAndFailed: Self { Self(index: 2) }

  /// `networkProvided`.
  public static var networkProvided: Self { Self(index: 3) }
}

/// QseriesOptions.
public struct QseriesOptions: PERValue {
  /// `q932Full BOOLEAN`
  public var q932Full: Bool

  /// `q951Full BOOLEAN`
  public var q951Full: Bool

  /// `q952Full BOOLEAN`
  public var q952Full: Bool

  /// `q953Full BOOLEAN`
  public var q953Full: Bool

  /// `q955Full BOOLEAN`
  public var q955Full: Bool

  /// `q956Full BOOLEAN`
  public var q956Full: Bool

  /// `q957Full BOOLEAN`
  public var q957Full: Bool

  /// `q954Info Q954Details`
  public var q954Info: Q954Details

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension QseriesOptions {
  /// A value of its components that are not optional.
  public init(
    q932Full: Bool, q951Full: Bool, q952Full: Bool, q953Full: Bool, q955Full: Bool, q956Full: Bool, q957Full: Bool,
    q954Info: Q954Details
  ) {
    self.q932Full = q932Full
    self.q951Full = q951Full
    self.q952Full = q952Full
    self.q953Full = q953Full
    self.q955Full = q955Full
    self.q956Full = q956Full
    self.q957Full = q957Full
    self.q954Info = q954Info
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let q932Full: Bool = try reader.readBit()
    let q951Full: Bool = try reader.readBit()
    let q952Full: Bool = try reader.readBit()
    let q953Full: Bool = try reader.readBit()
    let q955Full: Bool = try reader.readBit()
    let q956Full: Bool = try reader.readBit()
    let q957Full: Bool = try reader.readBit()
    let q954Info: Q954Details = try Q954Details(from: &reader)
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      q932Full: q932Full, q951Full: q951Full, q952Full: q952Full, q953Full: q953Full, q955Full: q955Full,
      q956Full: q956Full, q957Full: q957Full, q954Info: q954Info, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    writer.writeBit(q932Full)
    writer.writeBit(q951Full)
    writer.writeBit(q952Full)
    writer.writeBit(q953Full)
    writer.writeBit(q955Full)
    writer.writeBit(q956Full)
    writer.writeBit(q957Full)
    try q954Info.encode(into: &writer)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// Q954Details.
public struct Q954Details: PERValue {
  /// `conferenceCalling BOOLEAN`
  public var conferenceCalling: Bool

  /// `threePartyService BOOLEAN`
  public var threePartyService: Bool

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension Q954Details {
  /// A value of its components that are not optional.
  public init(conferenceCalling: Bool, threePartyService: Bool) {
    self.conferenceCalling = conferenceCalling
    self.threePartyService = threePartyService
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let conferenceCalling: Bool = try reader.readBit()
    let threePartyService: Bool = try reader.readBit()
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(conferenceCalling: conferenceCalling, threePartyService: threePartyService, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    writer.writeBit(conferenceCalling)
    writer.writeBit(threePartyService)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}
