import PER

/// AddressPattern.
public enum AddressPattern: PERValue {
  case wildcard(AliasAddress)
  case range(AddressPatternRange)
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 2)
    switch index {
    case 0: self = .wildcard(try AliasAddress(from: &reader))
    case 1: self = .range(try AddressPatternRange(from: &reader))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .wildcard(let value):
      try writer.writeIndex(0, rootCount: 2)
      try value.encode(into: &writer)
    case .range(let value):
      try writer.writeIndex(1, rootCount: 2)
      try value.encode(into: &writer)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 2)
    }
  }
}

/// range.
public struct AddressPatternRange: PERValue {
  /// `startOfRange PartyNumber`
  public var startOfRange: PartyNumber

  /// `endOfRange PartyNumber`
  public var endOfRange: PartyNumber

  /// A value of its components that are not optional.
  public init(startOfRange: PartyNumber, endOfRange: PartyNumber) {
    self.startOfRange = startOfRange
    self.endOfRange = endOfRange
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    startOfRange = try PartyNumber(from: &reader)
    endOfRange = try PartyNumber(from: &reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try startOfRange.encode(into: &writer)
    try endOfRange.encode(into: &writer)
  }
}

/// RTPSession.
public struct RTPSession: PERValue {
  /// `rtpAddress TransportChannelInfo`
  public var rtpAddress: TransportChannelInfo

  /// `rtcpAddress TransportChannelInfo`
  public var rtcpAddress: TransportChannelInfo

  /// `cname PrintableString`
  public var cname: String

  /// `ssrc INTEGER (1..4294967295)`
  public var ssrc: Int

  /// `sessionId INTEGER (1..255)`
  public var sessionId: Int

  /// `associatedSessionIds SEQUENCE OF INTEGER (1..255)`
  public var associatedSessionIds: [Int]

  /// `bandwidth BandWidth OPTIONAL`, an addition
  public var bandwidth: Int?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init(
    rtpAddress: TransportChannelInfo, rtcpAddress: TransportChannelInfo, cname: String, ssrc: Int, sessionId: Int,
    associatedSessionIds: [Int]
  ) {
    self.rtpAddress = rtpAddress
    self.rtcpAddress = rtcpAddress
    self.cname = cname
    self.ssrc = ssrc
    self.sessionId = sessionId
    self.associatedSessionIds = associatedSessionIds
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    rtpAddress = try TransportChannelInfo(from: &reader)
    rtcpAddress = try TransportChannelInfo(from: &reader)
    cname = try reader.readIA5String()
    ssrc = try reader.readInteger(1...4_294_967_295)
    sessionId = try reader.readInteger(1...255)
    associatedSessionIds = try reader.readArray() { (reader: inout PERReader) throws(PERError) in
      try reader.readInteger(1...255)
    }
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(&reader)
    bandwidth = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readInteger(0...4_294_967_295)
    }
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try rtpAddress.encode(into: &writer)
    try rtcpAddress.encode(into: &writer)
    try writer.writeIA5String(cname)
    try writer.writeInteger(ssrc, 1...4_294_967_295)
    try writer.writeInteger(sessionId, 1...255)
    try writer.writeArray(associatedSessionIds) { (element, writer: inout PERWriter) throws(PERError) in
      try writer.writeInteger(element, 1...255)
    }
    var additions = writer.beginAdditions(sequence, known: 2, kept: unknown)
    try additions.keepNext(&writer)
    try additions.next(&writer, isPresent: bandwidth != nil) { (writer: inout PERWriter) throws(PERError) in
      if let bandwidth { try writer.writeInteger(bandwidth, 0...4_294_967_295) }
    }
    try additions.finish(&writer)
  }
}

/// TransportChannelInfo.
public struct TransportChannelInfo: PERValue {
  /// `sendAddress TransportAddress OPTIONAL`
  public var sendAddress: TransportAddress?

  /// `recvAddress TransportAddress OPTIONAL`
  public var recvAddress: TransportAddress?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init() {
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    sendAddress = try preamble.has(0) ? TransportAddress(from: &reader) : nil
    recvAddress = try preamble.has(1) ? TransportAddress(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try writer.writeOptional(sendAddress, 0, in: sequence)
    try writer.writeOptional(recvAddress, 1, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// NonStandardMessage.
public struct NonStandardMessage: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `nonStandardData NonStandardParameter`
  public var nonStandardData: NonStandardParameter

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `integrityCheckValue ICV OPTIONAL`, an addition
  public var integrityCheckValue: ICV?

  /// `featureSet FeatureSet OPTIONAL`, an addition
  public var featureSet: FeatureSet?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, nonStandardData: NonStandardParameter) {
    self.requestSeqNum = requestSeqNum
    self.nonStandardData = nonStandardData
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    requestSeqNum = try reader.readInteger(1...65_535)
    nonStandardData = try NonStandardParameter(from: &reader)
    var additions = try reader.readAdditions(preamble)
    tokens = try additions.next(&reader)
    cryptoTokens = try additions.next(&reader)
    integrityCheckValue = try additions.next(&reader)
    featureSet = try additions.next(&reader)
    genericData = try additions.next(&reader)
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try nonStandardData.encode(into: &writer)
    var additions = writer.beginAdditions(sequence, known: 5, kept: unknown)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.next(&writer, featureSet)
    try additions.next(&writer, genericData)
    try additions.finish(&writer)
  }
}

/// UnknownMessageResponse.
public struct UnknownMessageResponse: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `integrityCheckValue ICV OPTIONAL`, an addition
  public var integrityCheckValue: ICV?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init(requestSeqNum: Int) {
    self.requestSeqNum = requestSeqNum
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    requestSeqNum = try reader.readInteger(1...65_535)
    var additions = try reader.readAdditions(preamble)
    tokens = try additions.next(&reader)
    cryptoTokens = try additions.next(&reader)
    integrityCheckValue = try additions.next(&reader)
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    var additions = writer.beginAdditions(sequence, known: 4, kept: unknown)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.finish(&writer)
  }
}

/// RequestInProgress.
public struct RequestInProgress: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`
  public var cryptoTokens: [CryptoH323Token]?

  /// `integrityCheckValue ICV OPTIONAL`
  public var integrityCheckValue: ICV?

  /// `delay INTEGER (1..65535)`
  public var delay: Int

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, delay: Int) {
    self.requestSeqNum = requestSeqNum
    self.delay = delay
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 4)
    requestSeqNum = try reader.readInteger(1...65_535)
    nonStandardData = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    tokens = try preamble.has(1) ? reader.readArray() : nil
    cryptoTokens = try preamble.has(2) ? reader.readArray() : nil
    integrityCheckValue = try preamble.has(3) ? ICV(from: &reader) : nil
    delay = try reader.readInteger(1...65_535)
    var additions = try reader.readAdditions(preamble)
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 4)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try writer.writeOptional(tokens, 1, in: sequence)
    try writer.writeOptional(cryptoTokens, 2, in: sequence)
    try writer.writeOptional(integrityCheckValue, 3, in: sequence)
    try writer.writeInteger(delay, 1...65_535)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}
