import PER

/// RegistrationConfirm.
public struct RegistrationConfirm: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `callSignalAddress SEQUENCE OF TransportAddress`
  public var callSignalAddress: [TransportAddress]

  /// `terminalAlias SEQUENCE OF AliasAddress OPTIONAL`
  public var terminalAlias: [AliasAddress]?

  /// `gatekeeperIdentifier GatekeeperIdentifier OPTIONAL`
  public var gatekeeperIdentifier: BMPString?

  /// `endpointIdentifier EndpointIdentifier`
  public var endpointIdentifier: BMPString

  /// `alternateGatekeeper SEQUENCE OF AlternateGK OPTIONAL`, an addition
  public var alternateGatekeeper: [AlternateGK]?

  /// `timeToLive TimeToLive OPTIONAL`, an addition
  public var timeToLive: Int?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `integrityCheckValue ICV OPTIONAL`, an addition
  public var integrityCheckValue: ICV?

  /// `willRespondToIRR BOOLEAN`, an addition
  public var willRespondToIRR: Bool?

  /// `preGrantedARQ SEQUENCE OPTIONAL`, an addition
  public var preGrantedARQ: PreGrantedARQ?

  /// `maintainConnection BOOLEAN`, an addition
  public var maintainConnection: Bool?

  /// `supportsAdditiveRegistration NULL OPTIONAL`, an addition
  public var supportsAdditiveRegistration = false

  /// `supportedPrefixes SEQUENCE OF SupportedPrefix OPTIONAL`, an addition
  public var supportedPrefixes: [SupportedPrefix]?

  /// `featureServerAlias AliasAddress OPTIONAL`, an addition
  public var featureServerAlias: AliasAddress?

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

extension RegistrationConfirm {
  /// A value of its components that are not optional.
  public init(
    requestSeqNum: Int, protocolIdentifier: ObjectIdentifier, callSignalAddress: [TransportAddress],
    endpointIdentifier: BMPString
  ) {
    self.requestSeqNum = requestSeqNum
    self.protocolIdentifier = protocolIdentifier
    self.callSignalAddress = callSignalAddress
    self.endpointIdentifier = endpointIdentifier
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 3)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let callSignalAddress: [TransportAddress] = try reader.readArray()
    let terminalAlias: [AliasAddress]? = try preamble.has(1) ? reader.readArray() : nil
    let gatekeeperIdentifier: BMPString? = try preamble.has(2) ? reader.readBMPString(1...128) : nil
    let endpointIdentifier: BMPString = try reader.readBMPString(1...128)
    var additions = try reader.readAdditions(preamble)
    let alternateGatekeeper: [AlternateGK]? = try additions.next(&reader)
    let timeToLive: Int? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readInteger(1...4_294_967_295)
    }
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    let willRespondToIRR: Bool? = try additions.next(&reader)
    let preGrantedARQ: PreGrantedARQ? = try additions.next(&reader)
    let maintainConnection: Bool? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let supportsAdditiveRegistration = try additions.nextPresence(&reader)
    try additions.keepNext(&reader)
    let supportedPrefixes: [SupportedPrefix]? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let featureServerAlias: AliasAddress? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let assignedGatekeeper: AlternateGK? = try additions.next(&reader)
    let rehomingModel: RehomingModel? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, protocolIdentifier: protocolIdentifier, nonStandardData: nonStandardData,
      callSignalAddress: callSignalAddress, terminalAlias: terminalAlias, gatekeeperIdentifier: gatekeeperIdentifier,
      endpointIdentifier: endpointIdentifier, alternateGatekeeper: alternateGatekeeper, timeToLive: timeToLive,
      tokens: tokens, cryptoTokens: cryptoTokens, integrityCheckValue: integrityCheckValue,
      willRespondToIRR: willRespondToIRR, preGrantedARQ: preGrantedARQ, maintainConnection: maintainConnection,
      supportsAdditiveRegistration: supportsAdditiveRegistration, supportedPrefixes: supportedPrefixes,
      featureServerAlias: featureServerAlias, featureSet: featureSet,
      genericData: genericData, assignedGatekeeper: assignedGatekeeper, rehomingModel: rehomingModel, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 3)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try writer.writeArray(callSignalAddress)
    try writer.writeOptional(terminalAlias, 1, in: sequence)
    if let gatekeeperIdentifier {
      writer.markPresent(2, in: sequence)
      try writer.writeBMPString(gatekeeperIdentifier, 1...128)
    }
    try writer.writeBMPString(endpointIdentifier, 1...128)
    var additions = writer.beginAdditions(sequence, known: 20, kept: unknown)
    try additions.next(&writer, alternateGatekeeper)
    try additions.next(&writer, isPresent: timeToLive != nil) { (writer: inout PERWriter) throws(PERError) in
      if let timeToLive { try writer.writeInteger(timeToLive, 1...4_294_967_295) }
    }
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.next(&writer, willRespondToIRR)
    try additions.next(&writer, preGrantedARQ)
    try additions.next(&writer, maintainConnection)
    try additions.keepNext(&writer)
    try additions.nextPresence(&writer, supportsAdditiveRegistration)
    try additions.keepNext(&writer)
    try additions.next(&writer, supportedPrefixes)
    try additions.keepNext(&writer)
    try additions.next(&writer, featureServerAlias)
    try additions.keepNext(&writer)
    try additions.next(&writer, featureSet)
    try additions.next(&writer, genericData)
    try additions.next(&writer, assignedGatekeeper)
    try additions.next(&writer, rehomingModel)
    try additions.finish(&writer)
  }
}

/// preGrantedARQ.
public struct PreGrantedARQ: PERValue {
  /// `makeCall BOOLEAN`
  public var makeCall: Bool

  /// `useGKCallSignalAddressToMakeCall BOOLEAN`
  public var useGKCallSignalAddressToMakeCall: Bool

  /// `answerCall BOOLEAN`
  public var answerCall: Bool

  /// `useGKCallSignalAddressToAnswer BOOLEAN`
  public var useGKCallSignalAddressToAnswer: Bool

  /// `irrFrequencyInCall INTEGER (1..65535) OPTIONAL`, an addition
  public var irrFrequencyInCall: Int?

  /// `totalBandwidthRestriction BandWidth OPTIONAL`, an addition
  public var totalBandwidthRestriction: Int?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension PreGrantedARQ {
  /// A value of its components that are not optional.
  public init(
    makeCall: Bool, useGKCallSignalAddressToMakeCall: Bool, answerCall: Bool, useGKCallSignalAddressToAnswer: Bool
  ) {
    self.makeCall = makeCall
    self.useGKCallSignalAddressToMakeCall = useGKCallSignalAddressToMakeCall
    self.answerCall = answerCall
    self.useGKCallSignalAddressToAnswer = useGKCallSignalAddressToAnswer
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let makeCall: Bool = try reader.readBit()
    let useGKCallSignalAddressToMakeCall: Bool = try reader.readBit()
    let answerCall: Bool = try reader.readBit()
    let useGKCallSignalAddressToAnswer: Bool = try reader.readBit()
    var additions = try reader.readAdditions(preamble)
    let irrFrequencyInCall: Int? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readInteger(1...65_535)
    }
    let totalBandwidthRestriction: Int? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readInteger(0...4_294_967_295)
    }
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      makeCall: makeCall, useGKCallSignalAddressToMakeCall: useGKCallSignalAddressToMakeCall, answerCall: answerCall,
      useGKCallSignalAddressToAnswer: useGKCallSignalAddressToAnswer, irrFrequencyInCall: irrFrequencyInCall,
      totalBandwidthRestriction: totalBandwidthRestriction, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    writer.writeBit(makeCall)
    writer.writeBit(useGKCallSignalAddressToMakeCall)
    writer.writeBit(answerCall)
    writer.writeBit(useGKCallSignalAddressToAnswer)
    var additions = writer.beginAdditions(sequence, known: 4, kept: unknown)
    try additions.next(&writer, isPresent: irrFrequencyInCall != nil) { (writer: inout PERWriter) throws(PERError) in
      if let irrFrequencyInCall { try writer.writeInteger(irrFrequencyInCall, 1...65_535) }
    }
    try additions.next(&writer, isPresent: totalBandwidthRestriction != nil) {
      (writer: inout PERWriter) throws(PERError) in
      if let totalBandwidthRestriction { try writer.writeInteger(totalBandwidthRestriction, 0...4_294_967_295) }
    }
    try additions.finish(&writer)
  }
}
