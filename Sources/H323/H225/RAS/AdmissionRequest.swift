import PER

/// AdmissionRequest.
public struct AdmissionRequest: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `callType CallType`
  public var callType: CallType

  /// `callModel CallModel OPTIONAL`
  public var callModel: CallModel?

  /// `endpointIdentifier EndpointIdentifier`
  public var endpointIdentifier: BMPString

  /// `destinationInfo SEQUENCE OF AliasAddress OPTIONAL`
  public var destinationInfo: [AliasAddress]?

  /// `destCallSignalAddress TransportAddress OPTIONAL`
  public var destCallSignalAddress: TransportAddress?

  /// `destExtraCallInfo SEQUENCE OF AliasAddress OPTIONAL`
  public var destExtraCallInfo: [AliasAddress]?

  /// `srcInfo SEQUENCE OF AliasAddress`
  public var srcInfo: [AliasAddress]

  /// `srcCallSignalAddress TransportAddress OPTIONAL`
  public var srcCallSignalAddress: TransportAddress?

  /// `bandWidth BandWidth`
  public var bandWidth: Int

  /// `callReferenceValue CallReferenceValue`
  public var callReferenceValue: Int

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `callServices QseriesOptions OPTIONAL`
  public var callServices: QseriesOptions?

  /// `conferenceID ConferenceIdentifier`
  public var conferenceID: GloballyUniqueID

  /// `activeMC BOOLEAN`
  public var activeMC: Bool

  /// `answerCall BOOLEAN`
  public var answerCall: Bool

  /// `canMapAlias BOOLEAN`, an addition
  public var canMapAlias: Bool?

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

  /// `willSupplyUUIEs BOOLEAN`, an addition
  public var willSupplyUUIEs: Bool?

  /// `featureSet FeatureSet OPTIONAL`, an addition
  public var featureSet: FeatureSet?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension AdmissionRequest {
  /// A value of its components that are not optional.
  public init(
    requestSeqNum: Int, callType: CallType, endpointIdentifier: BMPString, srcInfo: [AliasAddress], bandWidth: Int,
    callReferenceValue: Int, conferenceID: GloballyUniqueID, activeMC: Bool, answerCall: Bool
  ) {
    self.requestSeqNum = requestSeqNum
    self.callType = callType
    self.endpointIdentifier = endpointIdentifier
    self.srcInfo = srcInfo
    self.bandWidth = bandWidth
    self.callReferenceValue = callReferenceValue
    self.conferenceID = conferenceID
    self.activeMC = activeMC
    self.answerCall = answerCall
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 7)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let callType: CallType = try CallType(from: &reader)
    let callModel: CallModel? = try preamble.has(0) ? CallModel(from: &reader) : nil
    let endpointIdentifier: BMPString = try reader.readBMPString(1...128)
    let destinationInfo: [AliasAddress]? = try preamble.has(1) ? reader.readArray() : nil
    let destCallSignalAddress: TransportAddress? = try preamble.has(2) ? TransportAddress(from: &reader) : nil
    let destExtraCallInfo: [AliasAddress]? = try preamble.has(3) ? reader.readArray() : nil
    let srcInfo: [AliasAddress] = try reader.readArray()
    let srcCallSignalAddress: TransportAddress? = try preamble.has(4) ? TransportAddress(from: &reader) : nil
    let bandWidth: Int = try reader.readInteger(0...4_294_967_295)
    let callReferenceValue: Int = try reader.readInteger(0...65_535)
    let nonStandardData: NonStandardParameter? = try preamble.has(5) ? NonStandardParameter(from: &reader) : nil
    let callServices: QseriesOptions? = try preamble.has(6) ? QseriesOptions(from: &reader) : nil
    let conferenceID: GloballyUniqueID = try GloballyUniqueID(from: &reader)
    let activeMC: Bool = try reader.readBit()
    let answerCall: Bool = try reader.readBit()
    var additions = try reader.readAdditions(preamble)
    let canMapAlias: Bool? = try additions.next(&reader)
    let callIdentifier: CallIdentifier? = try additions.next(&reader)
    try additions.keepNext(2, &reader)
    let gatekeeperIdentifier: BMPString? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readBMPString(1...128)
    }
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let willSupplyUUIEs: Bool? = try additions.next(&reader)
    try additions.keepNext(6, &reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, callType: callType, callModel: callModel, endpointIdentifier: endpointIdentifier,
      destinationInfo: destinationInfo, destCallSignalAddress: destCallSignalAddress,
      destExtraCallInfo: destExtraCallInfo, srcInfo: srcInfo, srcCallSignalAddress: srcCallSignalAddress,
      bandWidth: bandWidth, callReferenceValue: callReferenceValue, nonStandardData: nonStandardData,
      callServices: callServices, conferenceID: conferenceID, activeMC: activeMC, answerCall: answerCall,
      canMapAlias: canMapAlias, callIdentifier: callIdentifier, gatekeeperIdentifier: gatekeeperIdentifier,
      tokens: tokens, cryptoTokens: cryptoTokens, integrityCheckValue: integrityCheckValue,
      willSupplyUUIEs: willSupplyUUIEs, featureSet: featureSet, genericData: genericData, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 7)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try callType.encode(into: &writer)
    try writer.writeOptional(callModel, 0, in: sequence)
    try writer.writeBMPString(endpointIdentifier, 1...128)
    try writer.writeOptional(destinationInfo, 1, in: sequence)
    try writer.writeOptional(destCallSignalAddress, 2, in: sequence)
    try writer.writeOptional(destExtraCallInfo, 3, in: sequence)
    try writer.writeArray(srcInfo)
    try writer.writeOptional(srcCallSignalAddress, 4, in: sequence)
    try writer.writeInteger(bandWidth, 0...4_294_967_295)
    try writer.writeInteger(callReferenceValue, 0...65_535)
    try writer.writeOptional(nonStandardData, 5, in: sequence)
    try writer.writeOptional(callServices, 6, in: sequence)
    try conferenceID.encode(into: &writer)
    writer.writeBit(activeMC)
    writer.writeBit(answerCall)
    var additions = writer.beginAdditions(sequence, known: 19, kept: unknown)
    try additions.next(&writer, canMapAlias)
    try additions.next(&writer, callIdentifier)
    try additions.keepNext(2, &writer)
    try additions.next(&writer, isPresent: gatekeeperIdentifier != nil) { (writer: inout PERWriter) throws(PERError) in
      if let gatekeeperIdentifier { try writer.writeBMPString(gatekeeperIdentifier, 1...128) }
    }
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.keepNext(&writer)
    try additions.next(&writer, willSupplyUUIEs)
    try additions.keepNext(6, &writer)
    try additions.next(&writer, featureSet)
    try additions.next(&writer, genericData)
    try additions.finish(&writer)
  }
}

/// CallModel: alternatives without a value.
public struct CallModel: H225Reason {
  /// What the root has.
  public static var rootCount: Int { 2 }

  /// The alternative and, when a later version gave it one, its value.
  public var alternative: H225Alternative

  /// The value of an alternative.
  public init(_ alternative: H225Alternative) { self.alternative = alternative }

  /// `direct`.
  public static var direct: Self { Self(H225Alternative(index: 0)) }

  /// `gatekeeperRouted`.
  public static var gatekeeperRouted: Self { Self(H225Alternative(index: 1)) }
}
