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
  public var unknown: PERAdditions
}

extension Endpoint {
  /// A value of its components that are not optional.
  public init() {
    unknown = PERAdditions()
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 10)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let aliasAddress: [AliasAddress]? = try preamble.has(1) ? reader.readArray() : nil
    let callSignalAddress: [TransportAddress]? = try preamble.has(2) ? reader.readArray() : nil
    let rasAddress: [TransportAddress]? = try preamble.has(3) ? reader.readArray() : nil
    let endpointType: EndpointType? = try preamble.has(4) ? EndpointType(from: &reader) : nil
    let tokens: [ClearToken]? = try preamble.has(5) ? reader.readArray() : nil
    let cryptoTokens: [CryptoH323Token]? = try preamble.has(6) ? reader.readArray() : nil
    let priority: Int? = try preamble.has(7) ? reader.readInteger(0...127) : nil
    let remoteExtensionAddress: [AliasAddress]? = try preamble.has(8) ? reader.readArray() : nil
    let destExtraCallInfo: [AliasAddress]? = try preamble.has(9) ? reader.readArray() : nil
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(2, &reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      nonStandardData: nonStandardData, aliasAddress: aliasAddress, callSignalAddress: callSignalAddress,
      rasAddress: rasAddress, endpointType: endpointType, tokens: tokens, cryptoTokens: cryptoTokens,
      priority: priority, remoteExtensionAddress: remoteExtensionAddress, destExtraCallInfo: destExtraCallInfo,
      featureSet: featureSet, unknown: unknown)
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
}

extension AlternateGK {
  /// A value of its components that are not optional.
  public init(rasAddress: TransportAddress, needToRegister: Bool, priority: Int) {
    self.rasAddress = rasAddress
    self.needToRegister = needToRegister
    self.priority = priority
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let rasAddress: TransportAddress = try TransportAddress(from: &reader)
    let gatekeeperIdentifier: BMPString? = try preamble.has(0) ? reader.readBMPString(1...128) : nil
    let needToRegister: Bool = try reader.readBit()
    let priority: Int = try reader.readInteger(0...127)
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      rasAddress: rasAddress, gatekeeperIdentifier: gatekeeperIdentifier, needToRegister: needToRegister,
      priority: priority, unknown: unknown)
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
}

extension AltGKInfo {
  /// A value of its components that are not optional.
  public init(alternateGatekeeper: [AlternateGK], altGKisPermanent: Bool) {
    self.alternateGatekeeper = alternateGatekeeper
    self.altGKisPermanent = altGKisPermanent
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let alternateGatekeeper: [AlternateGK] = try reader.readArray()
    let altGKisPermanent: Bool = try reader.readBit()
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(alternateGatekeeper: alternateGatekeeper, altGKisPermanent: altGKisPermanent, unknown: unknown)
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
