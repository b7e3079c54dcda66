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
    let startOfRange: PartyNumber = try PartyNumber(from: &reader)
    let endOfRange: PartyNumber = try PartyNumber(from: &reader)
    self.init(startOfRange: startOfRange, endOfRange: endOfRange)
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
}

extension RTPSession {
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
    let rtpAddress: TransportChannelInfo = try TransportChannelInfo(from: &reader)
    let rtcpAddress: TransportChannelInfo = try TransportChannelInfo(from: &reader)
    let cname: String = try reader.readIA5String()
    let ssrc: Int = try reader.readInteger(1...4_294_967_295)
    let sessionId: Int = try reader.readInteger(1...255)
    let associatedSessionIds: [Int] = try reader.readArray() { (reader: inout PERReader) throws(PERError) in
      try reader.readInteger(1...255)
    }
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(&reader)
    let bandwidth: Int? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readInteger(0...4_294_967_295)
    }
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      rtpAddress: rtpAddress, rtcpAddress: rtcpAddress, cname: cname, ssrc: ssrc, sessionId: sessionId,
      associatedSessionIds: associatedSessionIds, bandwidth: bandwidth, unknown: unknown)
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
  public var unknown: PERAdditions
}

extension TransportChannelInfo {
  /// A value of its components that are not optional.
  public init() {
    unknown = PERAdditions()
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let sendAddress: TransportAddress? = try preamble.has(0) ? TransportAddress(from: &reader) : nil
    let recvAddress: TransportAddress? = try preamble.has(1) ? TransportAddress(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(sendAddress: sendAddress, recvAddress: recvAddress, unknown: unknown)
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
}

extension NonStandardMessage {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, nonStandardData: NonStandardParameter) {
    self.requestSeqNum = requestSeqNum
    self.nonStandardData = nonStandardData
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let nonStandardData: NonStandardParameter = try NonStandardParameter(from: &reader)
    var additions = try reader.readAdditions(preamble)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, nonStandardData: nonStandardData, tokens: tokens, cryptoTokens: cryptoTokens,
      integrityCheckValue: integrityCheckValue, featureSet: featureSet, genericData: genericData, unknown: unknown)
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
}

extension UnknownMessageResponse {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int) {
    self.requestSeqNum = requestSeqNum
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    var additions = try reader.readAdditions(preamble)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, tokens: tokens, cryptoTokens: cryptoTokens,
      integrityCheckValue: integrityCheckValue, unknown: unknown)
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
}

extension RequestInProgress {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, delay: Int) {
    self.requestSeqNum = requestSeqNum
    self.delay = delay
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 4)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let tokens: [ClearToken]? = try preamble.has(1) ? reader.readArray() : nil
    let cryptoTokens: [CryptoH323Token]? = try preamble.has(2) ? reader.readArray() : nil
    let integrityCheckValue: ICV? = try preamble.has(3) ? ICV(from: &reader) : nil
    let delay: Int = try reader.readInteger(1...65_535)
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, nonStandardData: nonStandardData, tokens: tokens, cryptoTokens: cryptoTokens,
      integrityCheckValue: integrityCheckValue, delay: delay, unknown: unknown)
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
