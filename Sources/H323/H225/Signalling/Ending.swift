import PER

/// ReleaseComplete-UUIE.
public struct ReleaseCompleteUUIE: PERValue {
  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `reason ReleaseCompleteReason OPTIONAL`
  public var reason: ReleaseCompleteReason?

  /// `callIdentifier CallIdentifier`, an addition
  public var callIdentifier: CallIdentifier?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `busyAddress SEQUENCE OF AliasAddress OPTIONAL`, an addition
  public var busyAddress: [AliasAddress]?

  /// `presentationIndicator PresentationIndicator OPTIONAL`, an addition
  public var presentationIndicator: PresentationIndicator?

  /// `screeningIndicator ScreeningIndicator OPTIONAL`, an addition
  public var screeningIndicator: ScreeningIndicator?

  /// `featureSet FeatureSet OPTIONAL`, an addition
  public var featureSet: FeatureSet?

  /// `destinationInfo EndpointType OPTIONAL`, an addition
  public var destinationInfo: EndpointType?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension ReleaseCompleteUUIE {
  /// A value of its components that are not optional.
  public init(protocolIdentifier: ObjectIdentifier) {
    self.protocolIdentifier = protocolIdentifier
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let reason: ReleaseCompleteReason? = try preamble.has(0) ? ReleaseCompleteReason(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let callIdentifier: CallIdentifier? = try additions.next(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let busyAddress: [AliasAddress]? = try additions.next(&reader)
    let presentationIndicator: PresentationIndicator? = try additions.next(&reader)
    let screeningIndicator: ScreeningIndicator? = try additions.next(&reader)
    try additions.keepNext(2, &reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let destinationInfo: EndpointType? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      protocolIdentifier: protocolIdentifier, reason: reason, callIdentifier: callIdentifier, tokens: tokens,
      cryptoTokens: cryptoTokens, busyAddress: busyAddress, presentationIndicator: presentationIndicator,
      screeningIndicator: screeningIndicator, featureSet: featureSet, destinationInfo: destinationInfo,
      unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try writer.writeOptional(reason, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 11, kept: unknown)
    try additions.next(&writer, callIdentifier)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, busyAddress)
    try additions.next(&writer, presentationIndicator)
    try additions.next(&writer, screeningIndicator)
    try additions.keepNext(2, &writer)
    try additions.next(&writer, featureSet)
    try additions.next(&writer, destinationInfo)
    try additions.finish(&writer)
  }
}

/// ReleaseCompleteReason.
public enum ReleaseCompleteReason: PERValue {
  case noBandwidth
  case gatekeeperResources
  case unreachableDestination
  case destinationRejection
  case invalidRevision
  case noPermission
  case unreachableGatekeeper
  case gatewayResources
  case badFormatAddress
  case adaptiveBusy
  case inConf
  case undefinedReason
  case facilityCallDeflection
  case securityDenied
  case calledPartyNotRegistered
  case callerNotRegistered
  case newConnectionNeeded
  case nonStandardReason(NonStandardParameter)
  case replaceWithConferenceInvite(GloballyUniqueID)
  case genericDataReason
  case neededFeatureNotSupported
  case tunnelledSignallingRejected
  case invalidCID
  case securityError(SecurityErrors)
  case hopCountExceeded
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 12)
    switch index {
    case 0: self = .noBandwidth
    case 1: self = .gatekeeperResources
    case 2: self = .unreachableDestination
    case 3: self = .destinationRejection
    case 4: self = .invalidRevision
    case 5: self = .noPermission
    case 6: self = .unreachableGatekeeper
    case 7: self = .gatewayResources
    case 8: self = .badFormatAddress
    case 9: self = .adaptiveBusy
    case 10: self = .inConf
    case 11: self = .undefinedReason
    case 12:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .facilityCallDeflection
    case 13:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .securityDenied
    case 14:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .calledPartyNotRegistered
    case 15:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .callerNotRegistered
    case 16:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .newConnectionNeeded
    case 17: self = .nonStandardReason(try reader.readOpenType(NonStandardParameter.self))
    case 18: self = .replaceWithConferenceInvite(try reader.readOpenType(GloballyUniqueID.self))
    case 19:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .genericDataReason
    case 20:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .neededFeatureNotSupported
    case 21:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .tunnelledSignallingRejected
    case 22:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .invalidCID
    case 23: self = .securityError(try reader.readOpenType(SecurityErrors.self))
    case 24:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .hopCountExceeded
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .noBandwidth: try writer.writeIndex(0, rootCount: 12)
    case .gatekeeperResources: try writer.writeIndex(1, rootCount: 12)
    case .unreachableDestination: try writer.writeIndex(2, rootCount: 12)
    case .destinationRejection: try writer.writeIndex(3, rootCount: 12)
    case .invalidRevision: try writer.writeIndex(4, rootCount: 12)
    case .noPermission: try writer.writeIndex(5, rootCount: 12)
    case .unreachableGatekeeper: try writer.writeIndex(6, rootCount: 12)
    case .gatewayResources: try writer.writeIndex(7, rootCount: 12)
    case .badFormatAddress: try writer.writeIndex(8, rootCount: 12)
    case .adaptiveBusy: try writer.writeIndex(9, rootCount: 12)
    case .inConf: try writer.writeIndex(10, rootCount: 12)
    case .undefinedReason: try writer.writeIndex(11, rootCount: 12)
    case .facilityCallDeflection:
      try writer.writeIndex(12, rootCount: 12)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .securityDenied:
      try writer.writeIndex(13, rootCount: 12)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .calledPartyNotRegistered:
      try writer.writeIndex(14, rootCount: 12)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .callerNotRegistered:
      try writer.writeIndex(15, rootCount: 12)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .newConnectionNeeded:
      try writer.writeIndex(16, rootCount: 12)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .nonStandardReason(let value):
      try writer.writeIndex(17, rootCount: 12)
      try writer.writeOpenType(value)
    case .replaceWithConferenceInvite(let value):
      try writer.writeIndex(18, rootCount: 12)
      try writer.writeOpenType(value)
    case .genericDataReason:
      try writer.writeIndex(19, rootCount: 12)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .neededFeatureNotSupported:
      try writer.writeIndex(20, rootCount: 12)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .tunnelledSignallingRejected:
      try writer.writeIndex(21, rootCount: 12)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .invalidCID:
      try writer.writeIndex(22, rootCount: 12)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .securityError(let value):
      try writer.writeIndex(23, rootCount: 12)
      try writer.writeOpenType(value)
    case .hopCountExceeded:
      try writer.writeIndex(24, rootCount: 12)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 12)
    }
  }
}

/// Facility-UUIE.
public struct FacilityUUIE: PERValue {
  /// `protocolIdentifier ProtocolIdentifier`
  public var protocolIdentifier: ObjectIdentifier

  /// `alternativeAddress TransportAddress OPTIONAL`
  public var alternativeAddress: TransportAddress?

  /// `alternativeAliasAddress SEQUENCE OF AliasAddress OPTIONAL`
  public var alternativeAliasAddress: [AliasAddress]?

  /// `conferenceID ConferenceIdentifier OPTIONAL`
  public var conferenceID: GloballyUniqueID?

  /// `reason FacilityReason`
  public var reason: FacilityReason

  /// `callIdentifier CallIdentifier`, an addition
  public var callIdentifier: CallIdentifier?

  /// `destExtraCallInfo SEQUENCE OF AliasAddress OPTIONAL`, an addition
  public var destExtraCallInfo: [AliasAddress]?

  /// `remoteExtensionAddress AliasAddress OPTIONAL`, an addition
  public var remoteExtensionAddress: AliasAddress?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `h245Address TransportAddress OPTIONAL`, an addition
  public var h245Address: TransportAddress?

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

  /// `destinationInfo EndpointType OPTIONAL`, an addition
  public var destinationInfo: EndpointType?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension FacilityUUIE {
  /// A value of its components that are not optional.
  public init(protocolIdentifier: ObjectIdentifier, reason: FacilityReason) {
    self.protocolIdentifier = protocolIdentifier
    self.reason = reason
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 3)
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let alternativeAddress: TransportAddress? = try preamble.has(0) ? TransportAddress(from: &reader) : nil
    let alternativeAliasAddress: [AliasAddress]? = try preamble.has(1) ? reader.readArray() : nil
    let conferenceID: GloballyUniqueID? = try preamble.has(2) ? GloballyUniqueID(from: &reader) : nil
    let reason: FacilityReason = try FacilityReason(from: &reader)
    var additions = try reader.readAdditions(preamble)
    let callIdentifier: CallIdentifier? = try additions.next(&reader)
    let destExtraCallInfo: [AliasAddress]? = try additions.next(&reader)
    let remoteExtensionAddress: AliasAddress? = try additions.next(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let h245Address: TransportAddress? = try additions.next(&reader)
    let fastStart: [OctetString]? = try additions.next(&reader)
    let multipleCalls: Bool? = try additions.next(&reader)
    let maintainConnection: Bool? = try additions.next(&reader)
    let fastConnectRefused: Bool = try additions.nextPresence(&reader)
    try additions.keepNext(2, &reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let destinationInfo: EndpointType? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      protocolIdentifier: protocolIdentifier, alternativeAddress: alternativeAddress,
      alternativeAliasAddress: alternativeAliasAddress, conferenceID: conferenceID, reason: reason,
      callIdentifier: callIdentifier, destExtraCallInfo: destExtraCallInfo,
      remoteExtensionAddress: remoteExtensionAddress, tokens: tokens, cryptoTokens: cryptoTokens,
      h245Address: h245Address, fastStart: fastStart, multipleCalls: multipleCalls,
      maintainConnection: maintainConnection, fastConnectRefused: fastConnectRefused, featureSet: featureSet,
      destinationInfo: destinationInfo, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 3)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try writer.writeOptional(alternativeAddress, 0, in: sequence)
    try writer.writeOptional(alternativeAliasAddress, 1, in: sequence)
    try writer.writeOptional(conferenceID, 2, in: sequence)
    try reason.encode(into: &writer)
    var additions = writer.beginAdditions(sequence, known: 16, kept: unknown)
    try additions.next(&writer, callIdentifier)
    try additions.next(&writer, destExtraCallInfo)
    try additions.next(&writer, remoteExtensionAddress)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.keepNext(&writer)
    try additions.next(&writer, h245Address)
    try additions.next(&writer, fastStart)
    try additions.next(&writer, multipleCalls)
    try additions.next(&writer, maintainConnection)
    try additions.nextPresence(&writer, fastConnectRefused)
    try additions.keepNext(2, &writer)
    try additions.next(&writer, featureSet)
    try additions.next(&writer, destinationInfo)
    try additions.finish(&writer)
  }
}

/// FacilityReason: alternatives without a value.
public struct FacilityReason: H225Reason {
  /// What the root has.
  public static var rootCount: Int { 4 }

  /// The alternative and, when a later version gave it one, its value.
  public var alternative: H225Alternative

  /// The value of an alternative.
  public init(_ alternative: H225Alternative) { self.alternative = alternative }

  /// `routeCallToGatekeeper`.
  public static var routeCallToGatekeeper: Self { Self(H225Alternative(index: 0)) }

  /// `callForwarded`.
  public static var callForwarded: Self { Self(H225Alternative(index: 1)) }

  /// `routeCallToMC`.
  public static var routeCallToMC: Self { Self(H225Alternative(index: 2)) }

  /// `undefinedReason`.
  public static var undefinedReason: Self { Self(H225Alternative(index: 3)) }

  /// `conferenceListChoice`.
  public static var conferenceListChoice: Self { Self(H225Alternative(index: 4)) }

  /// `startH245`.
  public static var startH245: Self { Self(H225Alternative(index: 5)) }

  /// `noH245`.
  public static var noH245: Self { Self(H225Alternative(index: 6)) }

  /// `newTokens`.
  public static var newTokens: Self { Self(H225Alternative(index: 7)) }

  /// `featureSetUpdate`.
  public static var featureSetUpdate: Self { Self(H225Alternative(index: 8)) }

  /// `forwardedElements`.
  public static var forwardedElements: Self { Self(H225Alternative(index: 9)) }

  /// `transportedInformation`.
  public static var transportedInformation: Self { Self(H225Alternative(index: 10)) }
}
