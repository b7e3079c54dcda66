import PER

/// ResourcesAvailableIndicate.
public struct ResourcesAvailableIndicate: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `endpointIdentifier EndpointIdentifier`
  public var endpointIdentifier: BMPString

  /// `protocols SEQUENCE OF SupportedProtocols`
  public var protocols: [SupportedProtocols]

  /// `almostOutOfResources BOOLEAN`
  public var almostOutOfResources: Bool

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`
  public var cryptoTokens: [CryptoH323Token]?

  /// `integrityCheckValue ICV OPTIONAL`
  public var integrityCheckValue: ICV?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension ResourcesAvailableIndicate {
  /// A value of its components that are not optional.
  public init(
    requestSeqNum: Int, protocolIdentifier: ObjectIdentifier, endpointIdentifier: BMPString,
    protocols: [SupportedProtocols], almostOutOfResources: Bool
  ) {
    self.requestSeqNum = requestSeqNum
    self.protocolIdentifier = protocolIdentifier
    self.endpointIdentifier = endpointIdentifier
    self.protocols = protocols
    self.almostOutOfResources = almostOutOfResources
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 4)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let endpointIdentifier: BMPString = try reader.readBMPString(1...128)
    let protocols: [SupportedProtocols] = try reader.readArray()
    let almostOutOfResources: Bool = try reader.readBit()
    let tokens: [ClearToken]? = try preamble.has(1) ? reader.readArray() : nil
    let cryptoTokens: [CryptoH323Token]? = try preamble.has(2) ? reader.readArray() : nil
    let integrityCheckValue: ICV? = try preamble.has(3) ? ICV(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, protocolIdentifier: protocolIdentifier, nonStandardData: nonStandardData,
      endpointIdentifier: endpointIdentifier, protocols: protocols, almostOutOfResources: almostOutOfResources,
      tokens: tokens, cryptoTokens: cryptoTokens, integrityCheckValue: integrityCheckValue, genericData: genericData,
      unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 4)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try writer.writeBMPString(endpointIdentifier, 1...128)
    try writer.writeArray(protocols)
    writer.writeBit(almostOutOfResources)
    try writer.writeOptional(tokens, 1, in: sequence)
    try writer.writeOptional(cryptoTokens, 2, in: sequence)
    try writer.writeOptional(integrityCheckValue, 3, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 2, kept: unknown)
    try additions.keepNext(&writer)
    try additions.next(&writer, genericData)
    try additions.finish(&writer)
  }
}

/// ResourcesAvailableConfirm.
public struct ResourcesAvailableConfirm: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`
  public var cryptoTokens: [CryptoH323Token]?

  /// `integrityCheckValue ICV OPTIONAL`
  public var integrityCheckValue: ICV?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension ResourcesAvailableConfirm {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, protocolIdentifier: ObjectIdentifier) {
    self.requestSeqNum = requestSeqNum
    self.protocolIdentifier = protocolIdentifier
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 4)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let tokens: [ClearToken]? = try preamble.has(1) ? reader.readArray() : nil
    let cryptoTokens: [CryptoH323Token]? = try preamble.has(2) ? reader.readArray() : nil
    let integrityCheckValue: ICV? = try preamble.has(3) ? ICV(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let genericData: [GenericData]? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, protocolIdentifier: protocolIdentifier, nonStandardData: nonStandardData,
      tokens: tokens, cryptoTokens: cryptoTokens, integrityCheckValue: integrityCheckValue, genericData: genericData,
      unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 4)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try writer.writeOptional(tokens, 1, in: sequence)
    try writer.writeOptional(cryptoTokens, 2, in: sequence)
    try writer.writeOptional(integrityCheckValue, 3, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.next(&writer, genericData)
    try additions.finish(&writer)
  }
}
