import PER

/// CallProceeding-UUIE.
public struct CallProceedingUUIE: PERValue {
  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `destinationInfo EndpointType`
  public var destinationInfo: EndpointType

  /// `h245Address TransportAddress OPTIONAL`
  public var h245Address: TransportAddress?

  /// `callIdentifier CallIdentifier`, an addition
  public var callIdentifier: CallIdentifier?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `fastStart SEQUENCE OF OCTET STRING OPTIONAL`, an addition
  public var fastStart: [OctetString]?

  /// `multipleCalls BOOLEAN`, an addition
  public var multipleCalls: Bool?

  /// `maintainConnection BOOLEAN`, an addition
  public var maintainConnection: Bool?

  /// `fastConnectRefused NULL OPTIONAL`, an addition
  public var fastConnectRefused = false

  /// `featureSet FeatureSet OPTIONAL`, an addition
  public var featureSet: FeatureSet?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension CallProceedingUUIE {
  /// A value of its components that are not optional.
  public init(protocolIdentifier: ObjectIdentifier, destinationInfo: EndpointType) {
    self.protocolIdentifier = protocolIdentifier
    self.destinationInfo = destinationInfo
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let destinationInfo: EndpointType = try EndpointType(from: &reader)
    let h245Address: TransportAddress? = try preamble.has(0) ? TransportAddress(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let callIdentifier: CallIdentifier? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let fastStart: [OctetString]? = try additions.next(&reader)
    let multipleCalls: Bool? = try additions.next(&reader)
    let maintainConnection: Bool? = try additions.next(&reader)
    let fastConnectRefused: Bool = try additions.nextPresence(&reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      protocolIdentifier: protocolIdentifier, destinationInfo: destinationInfo, h245Address: h245Address,
      callIdentifier: callIdentifier, tokens: tokens, cryptoTokens: cryptoTokens, fastStart: fastStart,
      multipleCalls: multipleCalls, maintainConnection: maintainConnection, fastConnectRefused: fastConnectRefused,
      featureSet: featureSet, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try destinationInfo.encode(into: &writer)
    try writer.writeOptional(h245Address, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 9, kept: unknown)
    try additions.next(&writer, callIdentifier)
    try additions.keepNext(&writer)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, fastStart)
    try additions.next(&writer, multipleCalls)
    try additions.next(&writer, maintainConnection)
    try additions.nextPresence(&writer, fastConnectRefused)
    try additions.next(&writer, featureSet)
    try additions.finish(&writer)
  }
}

/// Alerting-UUIE.
public struct AlertingUUIE: PERValue {
  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `destinationInfo EndpointType`
  public var destinationInfo: EndpointType

  /// `h245Address TransportAddress OPTIONAL`
  public var h245Address: TransportAddress?

  /// `callIdentifier CallIdentifier`, an addition
  public var callIdentifier: CallIdentifier?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `fastStart SEQUENCE OF OCTET STRING OPTIONAL`, an addition
  public var fastStart: [OctetString]?

  /// `multipleCalls BOOLEAN`, an addition
  public var multipleCalls: Bool?

  /// `maintainConnection BOOLEAN`, an addition
  public var maintainConnection: Bool?

  /// `alertingAddress SEQUENCE OF AliasAddress OPTIONAL`, an addition
  public var alertingAddress: [AliasAddress]?

  /// `presentationIndicator PresentationIndicator OPTIONAL`, an addition
  public var presentationIndicator: PresentationIndicator?

  /// `screeningIndicator ScreeningIndicator OPTIONAL`, an addition
  public var screeningIndicator: ScreeningIndicator?

  /// `fastConnectRefused NULL OPTIONAL`, an addition
  public var fastConnectRefused = false

  /// `featureSet FeatureSet OPTIONAL`, an addition
  public var featureSet: FeatureSet?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension AlertingUUIE {
  /// A value of its components that are not optional.
  public init(protocolIdentifier: ObjectIdentifier, destinationInfo: EndpointType) {
    self.protocolIdentifier = protocolIdentifier
    self.destinationInfo = destinationInfo
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let destinationInfo: EndpointType = try EndpointType(from: &reader)
    let h245Address: TransportAddress? = try preamble.has(0) ? TransportAddress(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let callIdentifier: CallIdentifier? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let fastStart: [OctetString]? = try additions.next(&reader)
    let multipleCalls: Bool? = try additions.next(&reader)
    let maintainConnection: Bool? = try additions.next(&reader)
    let alertingAddress: [AliasAddress]? = try additions.next(&reader)
    let presentationIndicator: PresentationIndicator? = try additions.next(&reader)
    let screeningIndicator: ScreeningIndicator? = try additions.next(&reader)
    let fastConnectRefused: Bool = try additions.nextPresence(&reader)
    try additions.keepNext(2, &reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      protocolIdentifier: protocolIdentifier, destinationInfo: destinationInfo, h245Address: h245Address,
      callIdentifier: callIdentifier, tokens: tokens, cryptoTokens: cryptoTokens, fastStart: fastStart,
      multipleCalls: multipleCalls, maintainConnection: maintainConnection, alertingAddress: alertingAddress,
      presentationIndicator: presentationIndicator, screeningIndicator: screeningIndicator,
      fastConnectRefused: fastConnectRefused, featureSet: featureSet, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try destinationInfo.encode(into: &writer)
    try writer.writeOptional(h245Address, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 15, kept: unknown)
    try additions.next(&writer, callIdentifier)
    try additions.keepNext(&writer)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, fastStart)
    try additions.next(&writer, multipleCalls)
    try additions.next(&writer, maintainConnection)
    try additions.next(&writer, alertingAddress)
    try additions.next(&writer, presentationIndicator)
    try additions.next(&writer, screeningIndicator)
    try additions.nextPresence(&writer, fastConnectRefused)
    try additions.keepNext(2, &writer)
    try additions.next(&writer, featureSet)
    try additions.finish(&writer)
  }
}

/// Progress-UUIE.
public struct ProgressUUIE: PERValue {
  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `destinationInfo EndpointType`
  public var destinationInfo: EndpointType

  /// `h245Address TransportAddress OPTIONAL`
  public var h245Address: TransportAddress?

  /// `callIdentifier CallIdentifier`
  public var callIdentifier: CallIdentifier

  /// `h245SecurityMode H245Security OPTIONAL`
  public var h245SecurityMode: H245Security?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`
  public var cryptoTokens: [CryptoH323Token]?

  /// `fastStart SEQUENCE OF OCTET STRING OPTIONAL`
  public var fastStart: [OctetString]?

  /// `multipleCalls BOOLEAN`, an addition
  public var multipleCalls: Bool?

  /// `maintainConnection BOOLEAN`, an addition
  public var maintainConnection: Bool?

  /// `fastConnectRefused NULL OPTIONAL`, an addition
  public var fastConnectRefused = false

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension ProgressUUIE {
  /// A value of its components that are not optional.
  public init(protocolIdentifier: ObjectIdentifier, destinationInfo: EndpointType, callIdentifier: CallIdentifier) {
    self.protocolIdentifier = protocolIdentifier
    self.destinationInfo = destinationInfo
    self.callIdentifier = callIdentifier
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 5)
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let destinationInfo: EndpointType = try EndpointType(from: &reader)
    let h245Address: TransportAddress? = try preamble.has(0) ? TransportAddress(from: &reader) : nil
    let callIdentifier: CallIdentifier = try CallIdentifier(from: &reader)
    let h245SecurityMode: H245Security? = try preamble.has(1) ? H245Security(from: &reader) : nil
    let tokens: [ClearToken]? = try preamble.has(2) ? reader.readArray() : nil
    let cryptoTokens: [CryptoH323Token]? = try preamble.has(3) ? reader.readArray() : nil
    let fastStart: [OctetString]? = try preamble.has(4) ? reader.readArray() : nil
    var additions = try reader.readAdditions(preamble)
    let multipleCalls: Bool? = try additions.next(&reader)
    let maintainConnection: Bool? = try additions.next(&reader)
    let fastConnectRefused: Bool = try additions.nextPresence(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      protocolIdentifier: protocolIdentifier, destinationInfo: destinationInfo, h245Address: h245Address,
      callIdentifier: callIdentifier, h245SecurityMode: h245SecurityMode, tokens: tokens, cryptoTokens: cryptoTokens,
      fastStart: fastStart, multipleCalls: multipleCalls, maintainConnection: maintainConnection,
      fastConnectRefused: fastConnectRefused, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 5)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try destinationInfo.encode(into: &writer)
    try writer.writeOptional(h245Address, 0, in: sequence)
    try callIdentifier.encode(into: &writer)
    try writer.writeOptional(h245SecurityMode, 1, in: sequence)
    try writer.writeOptional(tokens, 2, in: sequence)
    try writer.writeOptional(cryptoTokens, 3, in: sequence)
    try writer.writeOptional(fastStart, 4, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 3, kept: unknown)
    try additions.next(&writer, multipleCalls)
    try additions.next(&writer, maintainConnection)
    try additions.nextPresence(&writer, fastConnectRefused)
    try additions.finish(&writer)
  }
}

/// Connect-UUIE.
public struct ConnectUUIE: PERValue {
  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `h245Address TransportAddress OPTIONAL`
  public var h245Address: TransportAddress?

  /// `destinationInfo EndpointType`
  public var destinationInfo: EndpointType

  /// `conferenceID ConferenceIdentifier`
  public var conferenceID: GloballyUniqueID

  /// `callIdentifier CallIdentifier`, an addition
  public var callIdentifier: CallIdentifier?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `fastStart SEQUENCE OF OCTET STRING OPTIONAL`, an addition
  public var fastStart: [OctetString]?

  /// `multipleCalls BOOLEAN`, an addition
  public var multipleCalls: Bool?

  /// `maintainConnection BOOLEAN`, an addition
  public var maintainConnection: Bool?

  /// `language SEQUENCE OF IA5String (SIZE(1..32)) OPTIONAL`, an addition
  public var language: [String]?

  /// `connectedAddress SEQUENCE OF AliasAddress OPTIONAL`, an addition
  public var connectedAddress: [AliasAddress]?

  /// `presentationIndicator PresentationIndicator OPTIONAL`, an addition
  public var presentationIndicator: PresentationIndicator?

  /// `screeningIndicator ScreeningIndicator OPTIONAL`, an addition
  public var screeningIndicator: ScreeningIndicator?

  /// `fastConnectRefused NULL OPTIONAL`, an addition
  public var fastConnectRefused = false

  /// `featureSet FeatureSet OPTIONAL`, an addition
  public var featureSet: FeatureSet?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension ConnectUUIE {
  /// A value of its components that are not optional.
  public init(protocolIdentifier: ObjectIdentifier, destinationInfo: EndpointType, conferenceID: GloballyUniqueID) {
    self.protocolIdentifier = protocolIdentifier
    self.destinationInfo = destinationInfo
    self.conferenceID = conferenceID
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let h245Address: TransportAddress? = try preamble.has(0) ? TransportAddress(from: &reader) : nil
    let destinationInfo: EndpointType = try EndpointType(from: &reader)
    let conferenceID: GloballyUniqueID = try GloballyUniqueID(from: &reader)
    var additions = try reader.readAdditions(preamble)
    let callIdentifier: CallIdentifier? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let fastStart: [OctetString]? = try additions.next(&reader)
    let multipleCalls: Bool? = try additions.next(&reader)
    let maintainConnection: Bool? = try additions.next(&reader)
    let language: [String]? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readArray() { (reader: inout PERReader) throws(PERError) in
        try reader.readIA5String(1...32)
      }
    }
    let connectedAddress: [AliasAddress]? = try additions.next(&reader)
    let presentationIndicator: PresentationIndicator? = try additions.next(&reader)
    let screeningIndicator: ScreeningIndicator? = try additions.next(&reader)
    let fastConnectRefused: Bool = try additions.nextPresence(&reader)
    try additions.keepNext(2, &reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      protocolIdentifier: protocolIdentifier, h245Address: h245Address, destinationInfo: destinationInfo,
      conferenceID: conferenceID, callIdentifier: callIdentifier, tokens: tokens, cryptoTokens: cryptoTokens,
      fastStart: fastStart, multipleCalls: multipleCalls, maintainConnection: maintainConnection, language: language,
      connectedAddress: connectedAddress, presentationIndicator: presentationIndicator,
      screeningIndicator: screeningIndicator, fastConnectRefused: fastConnectRefused, featureSet: featureSet,
      unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try writer.writeOptional(h245Address, 0, in: sequence)
    try destinationInfo.encode(into: &writer)
    try conferenceID.encode(into: &writer)
    var additions = writer.beginAdditions(sequence, known: 16, kept: unknown)
    try additions.next(&writer, callIdentifier)
    try additions.keepNext(&writer)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, fastStart)
    try additions.next(&writer, multipleCalls)
    try additions.next(&writer, maintainConnection)
    try additions.next(&writer, isPresent: language != nil) { (writer: inout PERWriter) throws(PERError) in
      if let language {
        try writer.writeArray(language) { (element, writer: inout PERWriter) throws(PERError) in
          try writer.writeIA5String(element, 1...32)
        }
      }
    }
    try additions.next(&writer, connectedAddress)
    try additions.next(&writer, presentationIndicator)
    try additions.next(&writer, screeningIndicator)
    try additions.nextPresence(&writer, fastConnectRefused)
    try additions.keepNext(2, &writer)
    try additions.next(&writer, featureSet)
    try additions.finish(&writer)
  }
}
