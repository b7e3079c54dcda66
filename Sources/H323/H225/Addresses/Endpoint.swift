import PER

/// Endpoint.
public struct Endpoint: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `aliasAddress SEQUENCE OF AliasAddress OPTIONAL`
  public var aliasAddress: [AliasAddress]?

  /// `callSignalAddress SEQUENCE OF TransportAddress OPTIONAL`
  public var callSignalAddress: [TransportAddress]?

  /// `rasAddress SEQUENCE OF TransportAddress OPTIONAL`
  public var rasAddress: [TransportAddress]?

  /// `endpointType EndpointType OPTIONAL`
  public var endpointType: EndpointType?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`
  public var cryptoTokens: [CryptoH323Token]?

  /// `priority INTEGER (0..127) OPTIONAL`
  public var priority: Int?

  /// `remoteExtensionAddress SEQUENCE OF AliasAddress OPTIONAL`
  public var remoteExtensionAddress: [AliasAddress]?

  /// `destExtraCallInfo SEQUENCE OF AliasAddress OPTIONAL`
  public var destExtraCallInfo: [AliasAddress]?

  /// `featureSet FeatureSet OPTIONAL`, an addition
  public var featureSet: FeatureSet?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init() {
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 10)
    nonStandardData = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    aliasAddress = try preamble.has(1) ? reader.readArray() : nil
    callSignalAddress = try preamble.has(2) ? reader.readArray() : nil
    rasAddress = try preamble.has(3) ? reader.readArray() : nil
    endpointType = try preamble.has(4) ? EndpointType(from: &reader) : nil
    tokens = try preamble.has(5) ? reader.readArray() : nil
    cryptoTokens = try preamble.has(6) ? reader.readArray() : nil
    priority = try preamble.has(7) ? reader.readInteger(0...127) : nil
    remoteExtensionAddress = try preamble.has(8) ? reader.readArray() : nil
    destExtraCallInfo = try preamble.has(9) ? reader.readArray() : nil
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(2, &reader)
    featureSet = try additions.next(&reader)
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 10)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try writer.writeOptional(aliasAddress, 1, in: sequence)
    try writer.writeOptional(callSignalAddress, 2, in: sequence)
    try writer.writeOptional(rasAddress, 3, in: sequence)
    try writer.writeOptional(endpointType, 4, in: sequence)
    try writer.writeOptional(tokens, 5, in: sequence)
    try writer.writeOptional(cryptoTokens, 6, in: sequence)
    if let priority {
      writer.markPresent(7, in: sequence)
      try writer.writeInteger(priority, 0...127)
    }
    try writer.writeOptional(remoteExtensionAddress, 8, in: sequence)
    try writer.writeOptional(destExtraCallInfo, 9, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 3, kept: unknown)
    try additions.keepNext(2, &writer)
    try additions.next(&writer, featureSet)
    try additions.finish(&writer)
  }
}

/// AlternateGK.
public struct AlternateGK: PERValue {
  /// `rasAddress TransportAddress`
  public var rasAddress: TransportAddress

  /// `gatekeeperIdentifier GatekeeperIdentifier OPTIONAL`
  public var gatekeeperIdentifier: BMPString?

  /// `needToRegister BOOLEAN`
  public var needToRegister: Bool

  /// `priority INTEGER (0..127)`
  public var priority: Int

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init(rasAddress: TransportAddress, needToRegister: Bool, priority: Int) {
    self.rasAddress = rasAddress
    self.needToRegister = needToRegister
    self.priority = priority
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    rasAddress = try TransportAddress(from: &reader)
    gatekeeperIdentifier = try preamble.has(0) ? reader.readBMPString(1...128) : nil
    needToRegister = try reader.readBit()
    priority = try reader.readInteger(0...127)
    var additions = try reader.readAdditions(preamble)
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try rasAddress.encode(into: &writer)
    if let gatekeeperIdentifier {
      writer.markPresent(0, in: sequence)
      try writer.writeBMPString(gatekeeperIdentifier, 1...128)
    }
    writer.writeBit(needToRegister)
    try writer.writeInteger(priority, 0...127)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// AltGKInfo.
public struct AltGKInfo: PERValue {
  /// `alternateGatekeeper SEQUENCE OF AlternateGK`
  public var alternateGatekeeper: [AlternateGK]

  /// `altGKisPermanent BOOLEAN`
  public var altGKisPermanent: Bool

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init(alternateGatekeeper: [AlternateGK], altGKisPermanent: Bool) {
    self.alternateGatekeeper = alternateGatekeeper
    self.altGKisPermanent = altGKisPermanent
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    alternateGatekeeper = try reader.readArray()
    altGKisPermanent = try reader.readBit()
    var additions = try reader.readAdditions(preamble)
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeArray(alternateGatekeeper)
    writer.writeBit(altGKisPermanent)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}
