import PER

/// InfoRequest.
public struct InfoRequest: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `callReferenceValue CallReferenceValue`
  public var callReferenceValue: Int

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `replyAddress TransportAddress OPTIONAL`
  public var replyAddress: TransportAddress?

  /// `callIdentifier CallIdentifier`, an addition
  public var callIdentifier: CallIdentifier?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `integrityCheckValue ICV OPTIONAL`, an addition
  public var integrityCheckValue: ICV?

  /// `uuiesRequested UUIEsRequested OPTIONAL`, an addition
  public var uuiesRequested: UUIEsRequested?

  /// `nextSegmentRequested INTEGER (0..65535) OPTIONAL`, an addition
  public var nextSegmentRequested: Int?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// `assignedGatekeeper AlternateGK OPTIONAL`, an addition
  public var assignedGatekeeper: AlternateGK?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension InfoRequest {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, callReferenceValue: Int) {
    self.requestSeqNum = requestSeqNum
    self.callReferenceValue = callReferenceValue
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let callReferenceValue: Int = try reader.readInteger(0...65_535)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let replyAddress: TransportAddress? = try preamble.has(1) ? TransportAddress(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let callIdentifier: CallIdentifier? = try additions.next(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    let uuiesRequested: UUIEsRequested? = try additions.next(&reader)
    try additions.keepNext(3, &reader)
    let nextSegmentRequested: Int? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readInteger(0...65_535)
    }
    try additions.keepNext(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let assignedGatekeeper: AlternateGK? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, callReferenceValue: callReferenceValue, nonStandardData: nonStandardData,
      replyAddress: replyAddress, callIdentifier: callIdentifier, tokens: tokens, cryptoTokens: cryptoTokens,
      integrityCheckValue: integrityCheckValue, uuiesRequested: uuiesRequested,
      nextSegmentRequested: nextSegmentRequested, genericData: genericData, assignedGatekeeper: assignedGatekeeper,
      unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeInteger(callReferenceValue, 0...65_535)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try writer.writeOptional(replyAddress, 1, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 12, kept: unknown)
    try additions.next(&writer, callIdentifier)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.next(&writer, uuiesRequested)
    try additions.keepNext(3, &writer)
    try additions.next(&writer, isPresent: nextSegmentRequested != nil) { (writer: inout PERWriter) throws(PERError) in
      if let nextSegmentRequested { try writer.writeInteger(nextSegmentRequested, 0...65_535) }
    }
    try additions.keepNext(&writer)
    try additions.next(&writer, genericData)
    try additions.next(&writer, assignedGatekeeper)
    try additions.finish(&writer)
  }
}

/// InfoRequestAck.
public struct InfoRequestAck: PERValue {
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

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension InfoRequestAck {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int) {
    self.requestSeqNum = requestSeqNum
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 4)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let tokens: [ClearToken]? = try preamble.has(1) ? reader.readArray() : nil
    let cryptoTokens: [CryptoH323Token]? = try preamble.has(2) ? reader.readArray() : nil
    let integrityCheckValue: ICV? = try preamble.has(3) ? ICV(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, nonStandardData: nonStandardData, tokens: tokens, cryptoTokens: cryptoTokens,
      integrityCheckValue: integrityCheckValue, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 4)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try writer.writeOptional(tokens, 1, in: sequence)
    try writer.writeOptional(cryptoTokens, 2, in: sequence)
    try writer.writeOptional(integrityCheckValue, 3, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// InfoRequestNak.
public struct InfoRequestNak: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `nakReason InfoRequestNakReason`
  public var nakReason: InfoRequestNakReason

  /// `altGKInfo AltGKInfo OPTIONAL`
  public var altGKInfo: AltGKInfo?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`
  public var cryptoTokens: [CryptoH323Token]?

  /// `integrityCheckValue ICV OPTIONAL`
  public var integrityCheckValue: ICV?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension InfoRequestNak {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, nakReason: InfoRequestNakReason) {
    self.requestSeqNum = requestSeqNum
    self.nakReason = nakReason
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 5)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let nakReason: InfoRequestNakReason = try InfoRequestNakReason(from: &reader)
    let altGKInfo: AltGKInfo? = try preamble.has(1) ? AltGKInfo(from: &reader) : nil
    let tokens: [ClearToken]? = try preamble.has(2) ? reader.readArray() : nil
    let cryptoTokens: [CryptoH323Token]? = try preamble.has(3) ? reader.readArray() : nil
    let integrityCheckValue: ICV? = try preamble.has(4) ? ICV(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, nonStandardData: nonStandardData, nakReason: nakReason, altGKInfo: altGKInfo,
      tokens: tokens, cryptoTokens: cryptoTokens, integrityCheckValue: integrityCheckValue, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 5)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try nakReason.encode(into: &writer)
    try writer.writeOptional(altGKInfo, 1, in: sequence)
    try writer.writeOptional(tokens, 2, in: sequence)
    try writer.writeOptional(cryptoTokens, 3, in: sequence)
    try writer.writeOptional(integrityCheckValue, 4, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// InfoRequestNakReason.
public enum InfoRequestNakReason: PERValue {
  case notRegistered
  case securityDenial
  case undefinedReason
  case securityError(SecurityErrors2)
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 3)
    switch index {
    case 0: self = .notRegistered
    case 1: self = .securityDenial
    case 2: self = .undefinedReason
    case 3: self = .securityError(try reader.readOpenType(SecurityErrors2.self))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .notRegistered: try writer.writeIndex(0, rootCount: 3)
    case .securityDenial: try writer.writeIndex(1, rootCount: 3)
    case .undefinedReason: try writer.writeIndex(2, rootCount: 3)
    case .securityError(let value):
      try writer.writeIndex(3, rootCount: 3)
      try writer.writeOpenType(value)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 3)
    }
  }
}
