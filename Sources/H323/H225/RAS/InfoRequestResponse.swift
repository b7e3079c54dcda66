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
    nonStandardData = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    requestSeqNum = try reader.readInteger(1...65_535)
    endpointType = try EndpointType(from: &reader)
    endpointIdentifier = try reader.readBMPString(1...128)
    rasAddress = try TransportAddress(from: &reader)
    callSignalAddress = try reader.readArray()
    endpointAlias = try preamble.has(1) ? reader.readArray() : nil
    perCallInfo = try preamble.has(2) ? reader.readArray() : nil
    var additions = try reader.readAdditions(preamble)
    tokens = try additions.next(&reader)
    cryptoTokens = try additions.next(&reader)
    integrityCheckValue = try additions.next(&reader)
    needResponse = try additions.next(&reader)
    try additions.keepNext(&reader)
    irrStatus = try additions.next(&reader)
    unsolicited = try additions.next(&reader)
    genericData = try additions.next(&reader)
    unknown = try additions.finish(&reader)
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
    nonStandardData = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    callReferenceValue = try reader.readInteger(0...65_535)
    conferenceID = try GloballyUniqueID(from: &reader)
    originator = try preamble.has(1) ? reader.readBit() : nil
    audio = try preamble.has(2) ? reader.readArray() : nil
    video = try preamble.has(3) ? reader.readArray() : nil
    data = try preamble.has(4) ? reader.readArray() : nil
    h245 = try TransportChannelInfo(from: &reader)
    callSignalling = try TransportChannelInfo(from: &reader)
    callType = try CallType(from: &reader)
    bandWidth = try reader.readInteger(0...4_294_967_295)
    callModel = try CallModel(from: &reader)
    var additions = try reader.readAdditions(preamble)
    callIdentifier = try additions.next(&reader)
    tokens = try additions.next(&reader)
    cryptoTokens = try additions.next(&reader)
    unknown = try additions.finish(&reader)
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
