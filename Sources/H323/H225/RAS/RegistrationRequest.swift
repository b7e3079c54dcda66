import PER

/// RegistrationRequest.
public struct RegistrationRequest: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `discoveryComplete BOOLEAN`
  public var discoveryComplete: Bool

  /// `callSignalAddress SEQUENCE OF TransportAddress`
  public var callSignalAddress: [TransportAddress]

  /// `rasAddress SEQUENCE OF TransportAddress`
  public var rasAddress: [TransportAddress]

  /// `terminalType EndpointType`
  public var terminalType: EndpointType

  /// `terminalAlias SEQUENCE OF AliasAddress OPTIONAL`
  public var terminalAlias: [AliasAddress]?

  /// `gatekeeperIdentifier GatekeeperIdentifier OPTIONAL`
  public var gatekeeperIdentifier: BMPString?

  /// `endpointVendor VendorIdentifier`
  public var endpointVendor: VendorIdentifier

  /// `alternateEndpoints SEQUENCE OF Endpoint OPTIONAL`, an addition
  public var alternateEndpoints: [Endpoint]?

  /// `timeToLive TimeToLive OPTIONAL`, an addition
  public var timeToLive: Int?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `integrityCheckValue ICV OPTIONAL`, an addition
  public var integrityCheckValue: ICV?

  /// `keepAlive BOOLEAN`, an addition
  public var keepAlive: Bool?

  /// `endpointIdentifier EndpointIdentifier OPTIONAL`, an addition
  public var endpointIdentifier: BMPString?

  /// `willSupplyUUIEs BOOLEAN`, an addition
  public var willSupplyUUIEs: Bool?

  /// `maintainConnection BOOLEAN`, an addition
  public var maintainConnection: Bool?

  /// `additiveRegistration NULL OPTIONAL`, an addition
  public var additiveRegistration = false

  /// `supportsAltGK NULL OPTIONAL`, an addition
  public var supportsAltGK = false

  /// `multipleCalls BOOLEAN OPTIONAL`, an addition
  public var multipleCalls: Bool?

  /// `featureSet FeatureSet OPTIONAL`, an addition
  public var featureSet: FeatureSet?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// `restart NULL OPTIONAL`, an addition
  public var restart = false

  /// `supportsACFSequences NULL OPTIONAL`, an addition
  public var supportsACFSequences = false

  /// `supportsAssignedGK BOOLEAN`, an addition
  public var supportsAssignedGK: Bool?

  /// `assignedGatekeeper AlternateGK OPTIONAL`, an addition
  public var assignedGatekeeper: AlternateGK?

  /// `language SEQUENCE OF IA5String (SIZE(1..32)) OPTIONAL`, an addition
  public var language: [String]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension RegistrationRequest {
  /// A value of its components that are not optional.
  public init(
    requestSeqNum: Int, protocolIdentifier: ObjectIdentifier, discoveryComplete: Bool,
    callSignalAddress: [TransportAddress], rasAddress: [TransportAddress], terminalType: EndpointType,
    endpointVendor: VendorIdentifier
  ) {
    self.requestSeqNum = requestSeqNum
    self.protocolIdentifier = protocolIdentifier
    self.discoveryComplete = discoveryComplete
    self.callSignalAddress = callSignalAddress
    self.rasAddress = rasAddress
    self.terminalType = terminalType
    self.endpointVendor = endpointVendor
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 3)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let discoveryComplete: Bool = try reader.readBit()
    let callSignalAddress: [TransportAddress] = try reader.readArray()
    let rasAddress: [TransportAddress] = try reader.readArray()
    let terminalType: EndpointType = try EndpointType(from: &reader)
    let terminalAlias: [AliasAddress]? = try preamble.has(1) ? reader.readArray() : nil
    let gatekeeperIdentifier: BMPString? = try preamble.has(2) ? reader.readBMPString(1...128) : nil
    let endpointVendor: VendorIdentifier = try VendorIdentifier(from: &reader)
    var additions = try reader.readAdditions(preamble)
    let alternateEndpoints: [Endpoint]? = try additions.next(&reader)
    let timeToLive: Int? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readInteger(1...4_294_967_295)
    }
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    let keepAlive: Bool? = try additions.next(&reader)
    let endpointIdentifier: BMPString? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readBMPString(1...128)
    }
    let willSupplyUUIEs: Bool? = try additions.next(&reader)
    let maintainConnection: Bool? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let additiveRegistration: Bool = try additions.nextPresence(&reader)
    try additions.keepNext(&reader)
    let supportsAltGK: Bool = try additions.nextPresence(&reader)
    try additions.keepNext(&reader)
    let multipleCalls: Bool? = try additions.next(&reader)
    try additions.keepNext(4, &reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let restart: Bool = try additions.nextPresence(&reader)
    let supportsACFSequences: Bool = try additions.nextPresence(&reader)
    let supportsAssignedGK: Bool? = try additions.next(&reader)
    let assignedGatekeeper: AlternateGK? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let language: [String]? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readArray() { (reader: inout PERReader) throws(PERError) in
        try reader.readIA5String(1...32)
      }
    }
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, protocolIdentifier: protocolIdentifier, nonStandardData: nonStandardData,
      discoveryComplete: discoveryComplete, callSignalAddress: callSignalAddress, rasAddress: rasAddress,
      terminalType: terminalType, terminalAlias: terminalAlias, gatekeeperIdentifier: gatekeeperIdentifier,
      endpointVendor: endpointVendor, alternateEndpoints: alternateEndpoints, timeToLive: timeToLive, tokens: tokens,
      cryptoTokens: cryptoTokens, integrityCheckValue: integrityCheckValue, keepAlive: keepAlive,
      endpointIdentifier: endpointIdentifier, willSupplyUUIEs: willSupplyUUIEs, maintainConnection: maintainConnection,
      additiveRegistration: additiveRegistration, supportsAltGK: supportsAltGK, multipleCalls: multipleCalls,
      featureSet: featureSet, genericData: genericData, restart: restart, supportsACFSequences: supportsACFSequences,
      supportsAssignedGK: supportsAssignedGK, assignedGatekeeper: assignedGatekeeper, language: language,
      unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 3)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    writer.writeBit(discoveryComplete)
    try writer.writeArray(callSignalAddress)
    try writer.writeArray(rasAddress)
    try terminalType.encode(into: &writer)
    try writer.writeOptional(terminalAlias, 1, in: sequence)
    if let gatekeeperIdentifier {
      writer.markPresent(2, in: sequence)
      try writer.writeBMPString(gatekeeperIdentifier, 1...128)
    }
    try endpointVendor.encode(into: &writer)
    var additions = writer.beginAdditions(sequence, known: 27, kept: unknown)
    try additions.next(&writer, alternateEndpoints)
    try additions.next(&writer, isPresent: timeToLive != nil) { (writer: inout PERWriter) throws(PERError) in
      if let timeToLive { try writer.writeInteger(timeToLive, 1...4_294_967_295) }
    }
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, integrityCheckValue)
    try additions.next(&writer, keepAlive)
    try additions.next(&writer, isPresent: endpointIdentifier != nil) { (writer: inout PERWriter) throws(PERError) in
      if let endpointIdentifier { try writer.writeBMPString(endpointIdentifier, 1...128) }
    }
    try additions.next(&writer, willSupplyUUIEs)
    try additions.next(&writer, maintainConnection)
    try additions.keepNext(&writer)
    try additions.nextPresence(&writer, additiveRegistration)
    try additions.keepNext(&writer)
    try additions.nextPresence(&writer, supportsAltGK)
    try additions.keepNext(&writer)
    try additions.next(&writer, multipleCalls)
    try additions.keepNext(4, &writer)
    try additions.next(&writer, featureSet)
    try additions.next(&writer, genericData)
    try additions.nextPresence(&writer, restart)
    try additions.nextPresence(&writer, supportsACFSequences)
    try additions.next(&writer, supportsAssignedGK)
    try additions.next(&writer, assignedGatekeeper)
    try additions.keepNext(&writer)
    try additions.next(&writer, isPresent: language != nil) { (writer: inout PERWriter) throws(PERError) in
      if let language {
        try writer.writeArray(language) { (element, writer: inout PERWriter) throws(PERError) in
          try writer.writeIA5String(element, 1...32)
        }
      }
    }
    try additions.finish(&writer)
  }
}
