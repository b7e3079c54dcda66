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
}

extension AdmissionConfirm {
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
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let bandWidth: Int = try reader.readInteger(0...4_294_967_295)
    let callModel: CallModel = try CallModel(from: &reader)
    let destCallSignalAddress: TransportAddress = try TransportAddress(from: &reader)
    let irrFrequency: Int? = try preamble.has(0) ? reader.readInteger(1...65_535) : nil
    let nonStandardData: NonStandardParameter? = try preamble.has(1) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let destinationInfo: [AliasAddress]? = try additions.next(&reader)
    let destExtraCallInfo: [AliasAddress]? = try additions.next(&reader)
    let destinationType: EndpointType? = try additions.next(&reader)
    let remoteExtensionAddress: [AliasAddress]? = try additions.next(&reader)
    let alternateEndpoints: [Endpoint]? = try additions.next(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let willRespondToIRR: Bool? = try additions.next(&reader)
    let uuiesRequested: UUIEsRequested? = try additions.next(&reader)
    let language: [String]? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readArray() { (reader: inout PERReader) throws(PERError) in
        try reader.readIA5String(1...32)
      }
    }
    try additions.keepNext(6, &reader)
    let multipleCalls: Bool? = try additions.next(&reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let assignedGatekeeper: AlternateGK? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, bandWidth: bandWidth, callModel: callModel,
      destCallSignalAddress: destCallSignalAddress, irrFrequency: irrFrequency, nonStandardData: nonStandardData,
      destinationInfo: destinationInfo, destExtraCallInfo: destExtraCallInfo, destinationType: destinationType,
      remoteExtensionAddress: remoteExtensionAddress, alternateEndpoints: alternateEndpoints, tokens: tokens,
      cryptoTokens: cryptoTokens, integrityCheckValue: integrityCheckValue, willRespondToIRR: willRespondToIRR,
      uuiesRequested: uuiesRequested, language: language, multipleCalls: multipleCalls, featureSet: featureSet,
      genericData: genericData, assignedGatekeeper: assignedGatekeeper, unknown: unknown)
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
}

extension UUIEsRequested {
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
    let setup: Bool = try reader.readBit()
    let callProceeding: Bool = try reader.readBit()
    let connect: Bool = try reader.readBit()
    let alerting: Bool = try reader.readBit()
    let information: Bool = try reader.readBit()
    let releaseComplete: Bool = try reader.readBit()
    let facility: Bool = try reader.readBit()
    let progress: Bool = try reader.readBit()
    let empty: Bool = try reader.readBit()
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      setup: setup, callProceeding: callProceeding, connect: connect, alerting: alerting, information: information,
      releaseComplete: releaseComplete, facility: facility, progress: progress, empty: empty, unknown: unknown)
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
