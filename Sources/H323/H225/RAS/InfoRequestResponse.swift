import PER

/// InfoRequestResponse.
public struct InfoRequestResponse: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `endpointType EndpointType`
  public var endpointType: EndpointType

  /// `endpointIdentifier EndpointIdentifier`
  public var endpointIdentifier: BMPString

  /// `rasAddress TransportAddress`
  public var rasAddress: TransportAddress

  /// `callSignalAddress SEQUENCE OF TransportAddress`
  public var callSignalAddress: [TransportAddress]

  /// `endpointAlias SEQUENCE OF AliasAddress OPTIONAL`
  public var endpointAlias: [AliasAddress]?

  /// `perCallInfo SEQUENCE OF SEQUENCE OPTIONAL`
  public var perCallInfo: [PerCallInfo]?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `integrityCheckValue ICV OPTIONAL`, an addition
  public var integrityCheckValue: ICV?

  /// `needResponse BOOLEAN`, an addition
  public var needResponse: Bool?

  /// `irrStatus InfoRequestResponseStatus OPTIONAL`, an addition
  public var irrStatus: InfoRequestResponseStatus?

  /// `unsolicited BOOLEAN`, an addition
  public var unsolicited: Bool?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension InfoRequestResponse {
  /// A value of its components that are not optional.
  public init(
    requestSeqNum: Int, endpointType: EndpointType, endpointIdentifier: BMPString, rasAddress: TransportAddress,
    callSignalAddress: [TransportAddress]
  ) {
    self.requestSeqNum = requestSeqNum
    self.endpointType = endpointType
    self.endpointIdentifier = endpointIdentifier
    self.rasAddress = rasAddress
    self.callSignalAddress = callSignalAddress
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 3)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let endpointType: EndpointType = try EndpointType(from: &reader)
    let endpointIdentifier: BMPString = try reader.readBMPString(1...128)
    let rasAddress: TransportAddress = try TransportAddress(from: &reader)
    let callSignalAddress: [TransportAddress] = try reader.readArray()
    let endpointAlias: [AliasAddress]? = try preamble.has(1) ? reader.readArray() : nil
    let perCallInfo: [PerCallInfo]? = try preamble.has(2) ? reader.readArray() : nil
    var additions = try reader.readAdditions(preamble)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    let needResponse: Bool? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let irrStatus: InfoRequestResponseStatus? = try additions.next(&reader)
    let unsolicited: Bool? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      nonStandardData: nonStandardData, requestSeqNum: requestSeqNum, endpointType: endpointType,
      endpointIdentifier: endpointIdentifier, rasAddress: rasAddress, callSignalAddress: callSignalAddress,
      endpointAlias: endpointAlias, perCallInfo: perCallInfo, tokens: tokens, cryptoTokens: cryptoTokens,
      integrityCheckValue: integrityCheckValue, needResponse: needResponse, irrStatus: irrStatus,
      unsolicited: unsolicited, genericData: genericData, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 3)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try endpointType.encode(into: &writer)
    try writer.writeBMPString(endpointIdentifier, 1...128)
    try rasAddress.encode(into: &writer)
    try writer.writeArray(callSignalAddress)
    try writer.writeOptional(endpointAlias, 1, in: sequence)
    try writer.writeOptional(perCallInfo, 2, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 8, kept: unknown)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.next(&writer, needResponse)
    try additions.keepNext(&writer)
    try additions.next(&writer, irrStatus)
    try additions.next(&writer, unsolicited)
    try additions.next(&writer, genericData)
    try additions.finish(&writer)
  }
}

/// _item_.
public struct PerCallInfo: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `callReferenceValue CallReferenceValue`
  public var callReferenceValue: Int

  /// `conferenceID ConferenceIdentifier`
  public var conferenceID: GloballyUniqueID

  /// `originator BOOLEAN OPTIONAL`
  public var originator: Bool?

  /// `audio SEQUENCE OF RTPSession OPTIONAL`
  public var audio: [RTPSession]?

  /// `video SEQUENCE OF RTPSession OPTIONAL`
  public var video: [RTPSession]?

  /// `data SEQUENCE OF TransportChannelInfo OPTIONAL`
  public var data: [TransportChannelInfo]?

  /// `h245 TransportChannelInfo`
  public var h245: TransportChannelInfo

  /// `callSignalling TransportChannelInfo`
  public var callSignalling: TransportChannelInfo

  /// `callType CallType`
  public var callType: CallType

  /// `bandWidth BandWidth`
  public var bandWidth: Int

  /// `callModel CallModel`
  public var callModel: CallModel

  /// `callIdentifier CallIdentifier`, an addition
  public var callIdentifier: CallIdentifier?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension PerCallInfo {
  /// A value of its components that are not optional.
  public init(
    callReferenceValue: Int, conferenceID: GloballyUniqueID, h245: TransportChannelInfo,
    callSignalling: TransportChannelInfo, callType: CallType, bandWidth: Int, callModel: CallModel
  ) {
    self.callReferenceValue = callReferenceValue
    self.conferenceID = conferenceID
    self.h245 = h245
    self.callSignalling = callSignalling
    self.callType = callType
    self.bandWidth = bandWidth
    self.callModel = callModel
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 5)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let callReferenceValue: Int = try reader.readInteger(0...65_535)
    let conferenceID: GloballyUniqueID = try GloballyUniqueID(from: &reader)
    let originator: Bool? = try preamble.has(1) ? reader.readBit() : nil
    let audio: [RTPSession]? = try preamble.has(2) ? reader.readArray() : nil
    let video: [RTPSession]? = try preamble.has(3) ? reader.readArray() : nil
    let data: [TransportChannelInfo]? = try preamble.has(4) ? reader.readArray() : nil
    let h245: TransportChannelInfo = try TransportChannelInfo(from: &reader)
    let callSignalling: TransportChannelInfo = try TransportChannelInfo(from: &reader)
    let callType: CallType = try CallType(from: &reader)
    let bandWidth: Int = try reader.readInteger(0...4_294_967_295)
    let callModel: CallModel = try CallModel(from: &reader)
    var additions = try reader.readAdditions(preamble)
    let callIdentifier: CallIdentifier? = try additions.next(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      nonStandardData: nonStandardData, callReferenceValue: callReferenceValue, conferenceID: conferenceID,
      originator: originator, audio: audio, video: video, data: data, h245: h245, callSignalling: callSignalling,
      callType: callType, bandWidth: bandWidth, callModel: callModel, callIdentifier: callIdentifier, tokens: tokens,
      cryptoTokens: cryptoTokens, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 5)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try writer.writeInteger(callReferenceValue, 0...65_535)
    try conferenceID.encode(into: &writer)
    if let originator {
      writer.markPresent(1, in: sequence)
      writer.writeBit(originator)
    }
    try writer.writeOptional(audio, 2, in: sequence)
    try writer.writeOptional(video, 3, in: sequence)
    try writer.writeOptional(data, 4, in: sequence)
    try h245.encode(into: &writer)
    try callSignalling.encode(into: &writer)
    try callType.encode(into: &writer)
    try writer.writeInteger(bandWidth, 0...4_294_967_295)
    try callModel.encode(into: &writer)
    var additions = writer.beginAdditions(sequence, known: 8, kept: unknown)
    try additions.next(&writer, callIdentifier)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.finish(&writer)
  }
}

/// InfoRequestResponseStatus.
public enum InfoRequestResponseStatus: PERValue {
  case complete
  case incomplete
  case segment(Int)
  case invalidCall
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 4)
    switch index {
    case 0: self = .complete
    case 1: self = .incomplete
    case 2: self = .segment(try reader.readInteger(0...65_535))
    case 3: self = .invalidCall
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .complete: try writer.writeIndex(0, rootCount: 4)
    case .incomplete: try writer.writeIndex(1, rootCount: 4)
    case .segment(let value):
      try writer.writeIndex(2, rootCount: 4)
      try writer.writeInteger(value, 0...65_535)
    case .invalidCall: try writer.writeIndex(3, rootCount: 4)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 4)
    }
  }
}
