import PER

/// AdmissionReject.
public struct AdmissionReject: PERValue {
  /// `requestSeqNum RequestSeqNum`
  public var requestSeqNum: Int

  /// `rejectReason AdmissionRejectReason`
  public var rejectReason: AdmissionRejectReason

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `altGKInfo AltGKInfo OPTIONAL`, an addition
  public var altGKInfo: AltGKInfo?

  /// `tokens SEQUENCE OF ClearToken OPTIONAL`, an addition
  public var tokens: [ClearToken]?

  /// `cryptoTokens SEQUENCE OF CryptoH323Token OPTIONAL`, an addition
  public var cryptoTokens: [CryptoH323Token]?

  /// `callSignalAddress SEQUENCE OF TransportAddress OPTIONAL`, an addition
  public var callSignalAddress: [TransportAddress]?

  /// `integrityCheckValue ICV OPTIONAL`, an addition
  public var integrityCheckValue: ICV?

  /// `featureSet FeatureSet OPTIONAL`, an addition
  public var featureSet: FeatureSet?

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// `assignedGatekeeper AlternateGK OPTIONAL`, an addition
  public var assignedGatekeeper: AlternateGK?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension AdmissionReject {
  /// A value of its components that are not optional.
  public init(requestSeqNum: Int, rejectReason: AdmissionRejectReason) {
    self.requestSeqNum = requestSeqNum
    self.rejectReason = rejectReason
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let requestSeqNum: Int = try reader.readInteger(1...65_535)
    let rejectReason: AdmissionRejectReason = try AdmissionRejectReason(from: &reader)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let altGKInfo: AltGKInfo? = try additions.next(&reader)
    let tokens: [ClearToken]? = try additions.next(&reader)
    let cryptoTokens: [CryptoH323Token]? = try additions.next(&reader)
    let callSignalAddress: [TransportAddress]? = try additions.next(&reader)
    let integrityCheckValue: ICV? = try additions.next(&reader)
    try additions.keepNext(&reader)
    let featureSet: FeatureSet? = try additions.next(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let assignedGatekeeper: AlternateGK? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      requestSeqNum: requestSeqNum, rejectReason: rejectReason, nonStandardData: nonStandardData, altGKInfo: altGKInfo,
      tokens: tokens, cryptoTokens: cryptoTokens, callSignalAddress: callSignalAddress,
      integrityCheckValue: integrityCheckValue, featureSet: featureSet, genericData: genericData,
      assignedGatekeeper: assignedGatekeeper, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeInteger(requestSeqNum, 1...65_535)
    try rejectReason.encode(into: &writer)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 9, kept: unknown)
    try additions.next(&writer, altGKInfo)
    try additions.next(&writer, tokens)
    try additions.next(&writer, cryptoTokens)
    try additions.next(&writer, callSignalAddress)
    try additions.next(&writer, integrityCheckValue)
    try additions.keepNext(&writer)
    try additions.next(&writer, featureSet)
    try additions.next(&writer, genericData)
    try additions.next(&writer, assignedGatekeeper)
    try additions.finish(&writer)
  }
}

/// AdmissionRejectReason.
public enum AdmissionRejectReason: PERValue {
  case calledPartyNotRegistered
  case invalidPermission
  case requestDenied
  case undefinedReason
  case callerNotRegistered
  case routeCallToGatekeeper
  case invalidEndpointIdentifier
  case resourceUnavailable
  case securityDenial
  case qosControlNotSupported
  case incompleteAddress
  case aliasesInconsistent
  case routeCallToSCN([PartyNumber])
  case exceedsCallCapacity
  case collectDestination
  case collectPIN
  case genericDataReason
  case neededFeatureNotSupported
  case securityError(SecurityErrors2)
  case securityDHmismatch
  case noRouteToDestination
  case unallocatedNumber
  case registerWithAssignedGK
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 8)
    switch index {
    case 0: self = .calledPartyNotRegistered
    case 1: self = .invalidPermission
    case 2: self = .requestDenied
    case 3: self = .undefinedReason
    case 4: self = .callerNotRegistered
    case 5: self = .routeCallToGatekeeper
    case 6: self = .invalidEndpointIdentifier
    case 7: self = .resourceUnavailable
    case 8:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .securityDenial
    case 9:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .qosControlNotSupported
    case 10:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .incompleteAddress
    case 11:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .aliasesInconsistent
    case 12:
      self = .routeCallToSCN(
        try reader.readOpenType { (reader: inout PERReader) throws(PERError) in try reader.readArray() })
    case 13:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .exceedsCallCapacity
    case 14:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .collectDestination
    case 15:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .collectPIN
    case 16:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .genericDataReason
    case 17:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .neededFeatureNotSupported
    case 18: self = .securityError(try reader.readOpenType(SecurityErrors2.self))
    case 19:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .securityDHmismatch
    case 20:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .noRouteToDestination
    case 21:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .unallocatedNumber
    case 22:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .registerWithAssignedGK
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .calledPartyNotRegistered: try writer.writeIndex(0, rootCount: 8)
    case .invalidPermission: try writer.writeIndex(1, rootCount: 8)
    case .requestDenied: try writer.writeIndex(2, rootCount: 8)
    case .undefinedReason: try writer.writeIndex(3, rootCount: 8)
    case .callerNotRegistered: try writer.writeIndex(4, rootCount: 8)
    case .routeCallToGatekeeper: try writer.writeIndex(5, rootCount: 8)
    case .invalidEndpointIdentifier: try writer.writeIndex(6, rootCount: 8)
    case .resourceUnavailable: try writer.writeIndex(7, rootCount: 8)
    case .securityDenial:
      try writer.writeIndex(8, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .qosControlNotSupported:
      try writer.writeIndex(9, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .incompleteAddress:
      try writer.writeIndex(10, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .aliasesInconsistent:
      try writer.writeIndex(11, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .routeCallToSCN(let value):
      try writer.writeIndex(12, rootCount: 8)
      try writer.writeOpenType { (writer: inout PERWriter) throws(PERError) in try writer.writeArray(value) }
    case .exceedsCallCapacity:
      try writer.writeIndex(13, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .collectDestination:
      try writer.writeIndex(14, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .collectPIN:
      try writer.writeIndex(15, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .genericDataReason:
      try writer.writeIndex(16, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .neededFeatureNotSupported:
      try writer.writeIndex(17, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .securityError(let value):
      try writer.writeIndex(18, rootCount: 8)
      try writer.writeOpenType(value)
    case .securityDHmismatch:
      try writer.writeIndex(19, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .noRouteToDestination:
      try writer.writeIndex(20, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .unallocatedNumber:
      try writer.writeIndex(21, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .registerWithAssignedGK:
      try writer.writeIndex(22, rootCount: 8)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 8)
    }
  }
}
