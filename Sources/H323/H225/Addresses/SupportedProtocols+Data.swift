import PER

/// T38FaxAnnexbOnlyCaps.
public struct T38FaxAnnexbOnlyCaps: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `dataRatesSupported SEQUENCE OF DataRate OPTIONAL`
  public var dataRatesSupported: [DataRate]?

  /// `supportedPrefixes SEQUENCE OF SupportedPrefix`
  public var supportedPrefixes: [SupportedPrefix]

  /// `t38FaxProtocol DataProtocolCapability`
  public var t38FaxProtocol: DataProtocolCapability

  /// `t38FaxProfile T38FaxProfile`
  public var t38FaxProfile: T38FaxProfile

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension T38FaxAnnexbOnlyCaps {
  /// A value of its components that are not optional.
  public init(
    supportedPrefixes: [SupportedPrefix], t38FaxProtocol: DataProtocolCapability, t38FaxProfile: T38FaxProfile
  ) {
    self.supportedPrefixes = supportedPrefixes
    self.t38FaxProtocol = t38FaxProtocol
    self.t38FaxProfile = t38FaxProfile
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let dataRatesSupported: [DataRate]? = try preamble.has(1) ? reader.readArray() : nil
    let supportedPrefixes: [SupportedPrefix] = try reader.readArray()
    let t38FaxProtocol: DataProtocolCapability = try DataProtocolCapability(from: &reader)
    let t38FaxProfile: T38FaxProfile = try T38FaxProfile(from: &reader)
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      nonStandardData: nonStandardData, dataRatesSupported: dataRatesSupported, supportedPrefixes: supportedPrefixes,
      t38FaxProtocol: t38FaxProtocol, t38FaxProfile: t38FaxProfile, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try writer.writeOptional(dataRatesSupported, 1, in: sequence)
    try writer.writeArray(supportedPrefixes)
    try t38FaxProtocol.encode(into: &writer)
    try t38FaxProfile.encode(into: &writer)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// DataRate.
public struct DataRate: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `channelRate BandWidth`
  public var channelRate: Int

  /// `channelMultiplier INTEGER (1..256) OPTIONAL`
  public var channelMultiplier: Int?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension DataRate {
  /// A value of its components that are not optional.
  public init(channelRate: Int) {
    self.channelRate = channelRate
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let channelRate: Int = try reader.readInteger(0...4_294_967_295)
    let channelMultiplier: Int? = try preamble.has(1) ? reader.readInteger(1...256) : nil
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      nonStandardData: nonStandardData, channelRate: channelRate, channelMultiplier: channelMultiplier,
      unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try writer.writeInteger(channelRate, 0...4_294_967_295)
    if let channelMultiplier {
      writer.markPresent(1, in: sequence)
      try writer.writeInteger(channelMultiplier, 1...256)
    }
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// DataProtocolCapability.
public enum DataProtocolCapability: PERValue {
  case nonStandard(NonStandardParameter)
  case v14buffered
  case v42lapm
  case hdlcFrameTunnelling
  case h310SeparateVCStack
  case h310SingleVCStack
  case transparent
  case segmentationAndReassembly
  case hdlcFrameTunnelingwSAR
  case v120
  case separateLANStack
  case tcp
  case udp
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 7)
    switch index {
    case 0: self = .nonStandard(try NonStandardParameter(from: &reader))
    case 1: self = .v14buffered
    case 2: self = .v42lapm
    case 3: self = .hdlcFrameTunnelling
    case 4: self = .h310SeparateVCStack
    case 5: self = .h310SingleVCStack
    case 6: self = .transparent
    case 7:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .segmentationAndReassembly
    case 8:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .hdlcFrameTunnelingwSAR
    case 9:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .v120
    case 10:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .separateLANStack
    case 12:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .tcp
    case 13:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .udp
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .nonStandard(let value):
      try writer.writeIndex(0, rootCount: 7)
      try value.encode(into: &writer)
    case .v14buffered: try writer.writeIndex(1, rootCount: 7)
    case .v42lapm: try writer.writeIndex(2, rootCount: 7)
    case .hdlcFrameTunnelling: try writer.writeIndex(3, rootCount: 7)
    case .h310SeparateVCStack: try writer.writeIndex(4, rootCount: 7)
    case .h310SingleVCStack: try writer.writeIndex(5, rootCount: 7)
    case .transparent: try writer.writeIndex(6, rootCount: 7)
    case .segmentationAndReassembly:
      try writer.writeIndex(7, rootCount: 7)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .hdlcFrameTunnelingwSAR:
      try writer.writeIndex(8, rootCount: 7)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .v120:
      try writer.writeIndex(9, rootCount: 7)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .separateLANStack:
      try writer.writeIndex(10, rootCount: 7)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .tcp:
      try writer.writeIndex(12, rootCount: 7)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .udp:
      try writer.writeIndex(13, rootCount: 7)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 7)
    }
  }
}

/// T38FaxProfile.
public struct T38FaxProfile: PERValue {
  /// `fillBitRemoval BOOLEAN`
  public var fillBitRemoval: Bool

  /// `transcodingJBIG BOOLEAN`
  public var transcodingJBIG: Bool

  /// `transcodingMMR BOOLEAN`
  public var transcodingMMR: Bool

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension T38FaxProfile {
  /// A value of its components that are not optional.
  public init(fillBitRemoval: Bool, transcodingJBIG: Bool, transcodingMMR: Bool) {
    self.fillBitRemoval = fillBitRemoval
    self.transcodingJBIG = transcodingJBIG
    self.transcodingMMR = transcodingMMR
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let fillBitRemoval: Bool = try reader.readBit()
    let transcodingJBIG: Bool = try reader.readBit()
    let transcodingMMR: Bool = try reader.readBit()
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      fillBitRemoval: fillBitRemoval, transcodingJBIG: transcodingJBIG, transcodingMMR: transcodingMMR,
      unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    writer.writeBit(fillBitRemoval)
    writer.writeBit(transcodingJBIG)
    writer.writeBit(transcodingMMR)
    var additions = writer.beginAdditions(sequence, known: 4, kept: unknown)
    try additions.finish(&writer)
  }
}

/// SIPCaps.
public struct SIPCaps: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `dataRatesSupported SEQUENCE OF DataRate OPTIONAL`
  public var dataRatesSupported: [DataRate]?

  /// `supportedPrefixes SEQUENCE OF SupportedPrefix OPTIONAL`
  public var supportedPrefixes: [SupportedPrefix]?

  /// Additions that are not read here.
  public var unknown: PERAdditions
}

extension SIPCaps {
  /// A value of its components that are not optional.
  public init() {
    unknown = PERAdditions()
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 3)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let dataRatesSupported: [DataRate]? = try preamble.has(1) ? reader.readArray() : nil
    let supportedPrefixes: [SupportedPrefix]? = try preamble.has(2) ? reader.readArray() : nil
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      nonStandardData: nonStandardData, dataRatesSupported: dataRatesSupported, supportedPrefixes: supportedPrefixes,
      unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 3)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try writer.writeOptional(dataRatesSupported, 1, in: sequence)
    try writer.writeOptional(supportedPrefixes, 2, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}
