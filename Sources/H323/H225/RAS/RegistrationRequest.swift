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
    requestSeqNum = try reader.readInteger(1...65_535)
    protocolIdentifier = try reader.readObjectIdentifier()
    nonStandardData = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    discoveryComplete = try reader.readBit()
    callSignalAddress = try reader.readArray()
    rasAddress = try reader.readArray()
    terminalType = try EndpointType(from: &reader)
    terminalAlias = try preamble.has(1) ? reader.readArray() : nil
    gatekeeperIdentifier = try preamble.has(2) ? reader.readBMPString(1...128) : nil
    endpointVendor = try VendorIdentifier(from: &reader)
    var additions = try reader.readAdditions(preamble)
    alternateEndpoints = try additions.next(&reader)
    timeToLive = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readInteger(1...4_294_967_295)
    }
    tokens = try additions.next(&reader)
    cryptoTokens = try additions.next(&reader)
    integrityCheckValue = try additions.next(&reader)
    keepAlive = try additions.next(&reader)
    endpointIdentifier = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readBMPString(1...128)
    }
    willSupplyUUIEs = try additions.next(&reader)
    maintainConnection = try additions.next(&reader)
    try additions.keepNext(&reader)
    additiveRegistration = try additions.nextPresence(&reader)
    try additions.keepNext(&reader)
    supportsAltGK = try additions.nextPresence(&reader)
    try additions.keepNext(&reader)
    multipleCalls = try additions.next(&reader)
    try additions.keepNext(4, &reader)
    featureSet = try additions.next(&reader)
    genericData = try additions.next(&reader)
    restart = try additions.nextPresence(&reader)
    supportsACFSequences = try additions.nextPresence(&reader)
    supportsAssignedGK = try additions.next(&reader)
    assignedGatekeeper = try additions.next(&reader)
    try additions.keepNext(&reader)
    language = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readArray() { (reader: inout PERReader) throws(PERError) in
        try reader.readIA5String(1...32)
      }
    }
    unknown = try additions.finish(&reader)
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
