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
    requestSeqNum = try reader.readInteger(1...65_535)
    protocolIdentifier = try reader.readObjectIdentifier()
    nonStandardData = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    callSignalAddress = try reader.readArray()
    terminalAlias = try preamble.has(1) ? reader.readArray() : nil
    gatekeeperIdentifier = try preamble.has(2) ? reader.readBMPString(1...128) : nil
    endpointIdentifier = try reader.readBMPString(1...128)
    var additions = try reader.readAdditions(preamble)
    alternateGatekeeper = try additions.next(&reader)
    timeToLive = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readInteger(1...4_294_967_295)
    }
    tokens = try additions.next(&reader)
    cryptoTokens = try additions.next(&reader)
    integrityCheckValue = try additions.next(&reader)
    willRespondToIRR = try additions.next(&reader)
    preGrantedARQ = try additions.next(&reader)
    maintainConnection = try additions.next(&reader)
    try additions.keepNext(&reader)
    supportsAdditiveRegistration = try additions.nextPresence(&reader)
    try additions.keepNext(&reader)
    supportedPrefixes = try additions.next(&reader)
    try additions.keepNext(&reader)
    featureServerAlias = try additions.next(&reader)
    try additions.keepNext(&reader)
    featureSet = try additions.next(&reader)
    genericData = try additions.next(&reader)
    assignedGatekeeper = try additions.next(&reader)
    rehomingModel = try additions.next(&reader)
    unknown = try additions.finish(&reader)
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
    makeCall = try reader.readBit()
    useGKCallSignalAddressToMakeCall = try reader.readBit()
    answerCall = try reader.readBit()
    useGKCallSignalAddressToAnswer = try reader.readBit()
    var additions = try reader.readAdditions(preamble)
    irrFrequencyInCall = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readInteger(1...65_535)
    }
    totalBandwidthRestriction = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readInteger(0...4_294_967_295)
    }
    unknown = try additions.finish(&reader)
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
