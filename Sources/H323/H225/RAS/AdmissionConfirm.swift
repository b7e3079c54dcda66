import PER

/// AdmissionConfirm.
public struct AdmissionConfirm: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `bandWidth BandWidth`
  public var bandWidth: Int

  /// `callModel CallModel`
  public var callModel: CallModel

  /// `destCallSignalAddress TransportAddress`
  public var destCallSignalAddress: TransportAddress

  /// `irrFrequency INTEGER (1..65535) OPTIONAL`
  public var irrFrequency: Int?

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

  /// `willRespondToIRR BOOLEAN`, an addition
  public var willRespondToIRR: Bool?

  /// `uuiesRequested UUIEsRequested`, an addition
  public var uuiesRequested: UUIEsRequested?

  /// `language SEQUENCE OF IA5String (SIZE(1..32)) OPTIONAL`, an addition
  public var language: [String]?

  /// `multipleCalls BOOLEAN OPTIONAL`, an addition
  public var multipleCalls: Bool?

  /// `featureSet FeatureSet OPTIONAL`, an addition
  public var featureSet: FeatureSet?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// `assignedGatekeeper AlternateGK OPTIONAL`, an addition
  public var assignedGatekeeper: AlternateGK?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, bandWidth: Int, callModel: CallModel, destCallSignalAddress: TransportAddress) {
    self.requestSeqNum = requestSeqNum
    self.bandWidth = bandWidth
    self.callModel = callModel
    self.destCallSignalAddress = destCallSignalAddress
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    requestSeqNum = try reader.readInteger(1...65_535)
    bandWidth = try reader.readInteger(0...4_294_967_295)
    callModel = try CallModel(from: &reader)
    destCallSignalAddress = try TransportAddress(from: &reader)
    irrFrequency = try preamble.has(0) ? reader.readInteger(1...65_535) : nil
    nonStandardData = try preamble.has(1) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    destinationInfo = try additions.next(&reader)
    destExtraCallInfo = try additions.next(&reader)
    destinationType = try additions.next(&reader)
    remoteExtensionAddress = try additions.next(&reader)
    alternateEndpoints = try additions.next(&reader)
    tokens = try additions.next(&reader)
    cryptoTokens = try additions.next(&reader)
    integrityCheckValue = try additions.next(&reader)
    try additions.keepNext(&reader)
    willRespondToIRR = try additions.next(&reader)
    uuiesRequested = try additions.next(&reader)
    language = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readArray() { (reader: inout PERReader) throws(PERError) in
        try reader.readIA5String(1...32)
      }
    }
    try additions.keepNext(6, &reader)
    multipleCalls = try additions.next(&reader)
    featureSet = try additions.next(&reader)
    genericData = try additions.next(&reader)
    try additions.keepNext(&reader)
    assignedGatekeeper = try additions.next(&reader)
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeInteger(bandWidth, 0...4_294_967_295)
    try callModel.encode(into: &writer)
    try destCallSignalAddress.encode(into: &writer)
    if let irrFrequency {
      writer.markPresent(0, in: sequence)
      try writer.writeInteger(irrFrequency, 1...65_535)
    }
    try writer.writeOptional(nonStandardData, 1, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 23, kept: unknown)
    try additions.next(&writer, destinationInfo)
    try additions.next(&writer, destExtraCallInfo)
    try additions.next(&writer, destinationType)
    try additions.next(&writer, remoteExtensionAddress)
    try additions.next(&writer, alternateEndpoints)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.keepNext(&writer)
    try additions.next(&writer, willRespondToIRR)
    try additions.next(&writer, uuiesRequested)
    try additions.next(&writer, isPresent: language != nil) { (writer: inout PERWriter) throws(PERError) in
      if let language {
        try writer.writeArray(language) { (element, writer: inout PERWriter) throws(PERError) in
          try writer.writeIA5String(element, 1...32)
        }
      }
    }
    try additions.keepNext(6, &writer)
    try additions.next(&writer, multipleCalls)
    try additions.next(&writer, featureSet)
    try additions.next(&writer, genericData)
    try additions.keepNext(&writer)
    try additions.next(&writer, assignedGatekeeper)
    try additions.finish(&writer)
  }
}

/// UUIEsRequested.
public struct UUIEsRequested: PERValue {
  /// `setup BOOLEAN`
  public var setup: Bool

  /// `callProceeding BOOLEAN`
  public var callProceeding: Bool

  /// `connect BOOLEAN`
  public var connect: Bool

  /// `alerting BOOLEAN`
  public var alerting: Bool

  /// `information BOOLEAN`
  public var information: Bool

  /// `releaseComplete BOOLEAN`
  public var releaseComplete: Bool

  /// `facility BOOLEAN`
  public var facility: Bool

  /// `progress BOOLEAN`
  public var progress: Bool

  /// `empty BOOLEAN`
  public var empty: Bool

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init(
    setup: Bool, callProceeding: Bool, connect: Bool, alerting: Bool, information: Bool, releaseComplete: Bool,
    facility: Bool, progress: Bool, empty: Bool
  ) {
    self.setup = setup
    self.callProceeding = callProceeding
    self.connect = connect
    self.alerting = alerting
    self.information = information
    self.releaseComplete = releaseComplete
    self.facility = facility
    self.progress = progress
    self.empty = empty
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    setup = try reader.readBit()
    callProceeding = try reader.readBit()
    connect = try reader.readBit()
    alerting = try reader.readBit()
    information = try reader.readBit()
    releaseComplete = try reader.readBit()
    facility = try reader.readBit()
    progress = try reader.readBit()
    empty = try reader.readBit()
    var additions = try reader.readAdditions(preamble)
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    writer.writeBit(setup)
    writer.writeBit(callProceeding)
    writer.writeBit(connect)
    writer.writeBit(alerting)
    writer.writeBit(information)
    writer.writeBit(releaseComplete)
    writer.writeBit(facility)
    writer.writeBit(progress)
    writer.writeBit(empty)
    var additions = writer.beginAdditions(sequence, known: 4, kept: unknown)
    try additions.finish(&writer)
  }
}
