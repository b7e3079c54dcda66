import PER

/// Information-UUIE.
public struct InformationUUIE: PERValue {
  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `callIdentifier CallIdentifier`, an addition
  public var callIdentifier: CallIdentifier?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `fastStart SEQUENCE OF OCTET STRING OPTIONAL`, an addition
  public var fastStart: [OctetString]?

  /// `fastConnectRefused NULL OPTIONAL`, an addition
  public var fastConnectRefused = false

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension InformationUUIE {
  /// A value of its components that are not optional.
  public init(protocolIdentifier: ObjectIdentifier) {
    self.protocolIdentifier = protocolIdentifier
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    var additions = try reader.readAdditions(preamble)
    let callIdentifier: CallIdentifier? = try additions.next(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let fastStart: [OctetString]? = try additions.next(&reader)
    let fastConnectRefused: Bool = try additions.nextPresence(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      protocolIdentifier: protocolIdentifier, callIdentifier: callIdentifier, tokens: tokens,
      cryptoTokens: cryptoTokens, fastStart: fastStart, fastConnectRefused: fastConnectRefused, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeObjectIdentifier(protocolIdentifier)
    var additions = writer.beginAdditions(sequence, known: 6, kept: unknown)
    try additions.next(&writer, callIdentifier)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, fastStart)
    try additions.nextPresence(&writer, fastConnectRefused)
    try additions.finish(&writer)
  }
}

/// Status-UUIE.
public struct StatusUUIE: PERValue {
  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `callIdentifier CallIdentifier`
  public var callIdentifier: CallIdentifier

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`
  public var cryptoTokens: [CryptoH323Token]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension StatusUUIE {
  /// A value of its components that are not optional.
  public init(protocolIdentifier: ObjectIdentifier, callIdentifier: CallIdentifier) {
    self.protocolIdentifier = protocolIdentifier
    self.callIdentifier = callIdentifier
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let callIdentifier: CallIdentifier = try CallIdentifier(from: &reader)
    let tokens: [ClearToken]? = try preamble.has(0) ? reader.readArray() : nil
    let cryptoTokens: [CryptoH323Token]? = try preamble.has(1) ? reader.readArray() : nil
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      protocolIdentifier: protocolIdentifier, callIdentifier: callIdentifier, tokens: tokens,
      cryptoTokens: cryptoTokens, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try callIdentifier.encode(into: &writer)
    try writer.writeOptional(tokens, 0, in: sequence)
    try writer.writeOptional(cryptoTokens, 1, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// StatusInquiryUUIE, which has the components of StatusUUIE.
public typealias StatusInquiryUUIE = StatusUUIE

/// SetupAcknowledgeUUIE, which has the components of StatusUUIE.
public typealias SetupAcknowledgeUUIE = StatusUUIE

/// Notify-UUIE.
public struct NotifyUUIE: PERValue {
  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `callIdentifier CallIdentifier`
  public var callIdentifier: CallIdentifier

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`
  public var cryptoTokens: [CryptoH323Token]?

  /// `connectedAddress SEQUENCE OF AliasAddress OPTIONAL`, an addition
  public var connectedAddress: [AliasAddress]?

  /// `presentationIndicator PresentationIndicator OPTIONAL`, an addition
  public var presentationIndicator: PresentationIndicator?

  /// `screeningIndicator ScreeningIndicator OPTIONAL`, an addition
  public var screeningIndicator: ScreeningIndicator?

  /// `destinationInfo EndpointType OPTIONAL`, an addition
  public var destinationInfo: EndpointType?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension NotifyUUIE {
  /// A value of its components that are not optional.
  public init(protocolIdentifier: ObjectIdentifier, callIdentifier: CallIdentifier) {
    self.protocolIdentifier = protocolIdentifier
    self.callIdentifier = callIdentifier
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let callIdentifier: CallIdentifier = try CallIdentifier(from: &reader)
    let tokens: [ClearToken]? = try preamble.has(0) ? reader.readArray() : nil
    let cryptoTokens: [CryptoH323Token]? = try preamble.has(1) ? reader.readArray() : nil
    var additions = try reader.readAdditions(preamble)
    let connectedAddress: [AliasAddress]? = try additions.next(&reader)
    let presentationIndicator: PresentationIndicator? = try additions.next(&reader)
    let screeningIndicator: ScreeningIndicator? = try additions.next(&reader)
    let destinationInfo: EndpointType? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      protocolIdentifier: protocolIdentifier, callIdentifier: callIdentifier, tokens: tokens,
      cryptoTokens: cryptoTokens, connectedAddress: connectedAddress, presentationIndicator: presentationIndicator,
      screeningIndicator: screeningIndicator, destinationInfo: destinationInfo, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try callIdentifier.encode(into: &writer)
    try writer.writeOptional(tokens, 0, in: sequence)
    try writer.writeOptional(cryptoTokens, 1, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 5, kept: unknown)
    try additions.next(&writer, connectedAddress)
    try additions.next(&writer, presentationIndicator)
    try additions.next(&writer, screeningIndicator)
    try additions.next(&writer, destinationInfo)
    try additions.finish(&writer)
  }
}
