import PER

/// GenericData.
public struct GenericData: PERValue {
  /// `id GenericIdentifier`
  public var id: GenericIdentifier

  /// `parameters SEQUENCE OF EnumeratedParameter OPTIONAL`
  public var parameters: [EnumeratedParameter]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension GenericData {
  /// A value of its components that are not optional.
  public init(id: GenericIdentifier) {
    self.id = id
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let id: GenericIdentifier = try GenericIdentifier(from: &reader)
    let parameters: [EnumeratedParameter]? = try preamble.has(0) ? reader.readArray(1...512) : nil
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(id: id, parameters: parameters, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try id.encode(into: &writer)
    if let parameters {
      writer.markPresent(0, in: sequence)
      try writer.writeArray(parameters, 1...512)
    }
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// GenericIdentifier.
public enum GenericIdentifier: PERValue {
  case standard(Int)
  case oid(ObjectIdentifier)
  case nonStandard(GloballyUniqueID)
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 3)
    switch index {
    case 0: self = .standard(try reader.readExtensibleInteger(0...16_383))
    case 1: self = .oid(try reader.readObjectIdentifier())
    case 2: self = .nonStandard(try GloballyUniqueID(from: &reader))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .standard(let value):
      try writer.writeIndex(0, rootCount: 3)
      try writer.writeExtensibleInteger(value, 0...16_383)
    case .oid(let value):
      try writer.writeIndex(1, rootCount: 3)
      try writer.writeObjectIdentifier(value)
    case .nonStandard(let value):
      try writer.writeIndex(2, rootCount: 3)
      try value.encode(into: &writer)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 3)
    }
  }
}

/// EnumeratedParameter.
public struct EnumeratedParameter: PERValue {
  /// `id GenericIdentifier`
  public var id: GenericIdentifier

  /// `content Content OPTIONAL`
  public var content: GenericContent?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension EnumeratedParameter {
  /// A value of its components that are not optional.
  public init(id: GenericIdentifier) {
    self.id = id
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let id: GenericIdentifier = try GenericIdentifier(from: &reader)
    let content: GenericContent? = try preamble.has(0) ? GenericContent(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(id: id, content: content, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try id.encode(into: &writer)
    try writer.writeOptional(content, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// Content.
public enum GenericContent: PERValue {
  case raw([UInt8])
  case text(String)
  case unicode(BMPString)
  case bool(Bool)
  case number8(Int)
  case number16(Int)
  case number32(Int)
  case id(GenericIdentifier)
  case alias(AliasAddress)
  case transport(TransportAddress)
  case compound([EnumeratedParameter])
  case nested([GenericData])
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 12)
    switch index {
    case 0: self = .raw(try reader.readOctets())
    case 1: self = .text(try reader.readIA5String())
    case 2: self = .unicode(try reader.readBMPString())
    case 3: self = .bool(try reader.readBit())
    case 4: self = .number8(try reader.readInteger(0...255))
    case 5: self = .number16(try reader.readInteger(0...65_535))
    case 6: self = .number32(try reader.readInteger(0...4_294_967_295))
    case 7: self = .id(try GenericIdentifier(from: &reader))
    case 8: self = .alias(try AliasAddress(from: &reader))
    case 9: self = .transport(try TransportAddress(from: &reader))
    case 10:
      self = .compound(
        try reader.nested { (reader: inout PERReader) throws(PERError) in try reader.readArray(1...512) })
    case 11:
      self = .nested(
        try reader.nested { (reader: inout PERReader) throws(PERError) in try reader.readArray(1...16) })
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .raw(let value):
      try writer.writeIndex(0, rootCount: 12)
      try writer.writeOctets(value)
    case .text(let value):
      try writer.writeIndex(1, rootCount: 12)
      try writer.writeIA5String(value)
    case .unicode(let value):
      try writer.writeIndex(2, rootCount: 12)
      try writer.writeBMPString(value)
    case .bool(let value):
      try writer.writeIndex(3, rootCount: 12)
      writer.writeBit(value)
    case .number8(let value):
      try writer.writeIndex(4, rootCount: 12)
      try writer.writeInteger(value, 0...255)
    case .number16(let value):
      try writer.writeIndex(5, rootCount: 12)
      try writer.writeInteger(value, 0...65_535)
    case .number32(let value):
      try writer.writeIndex(6, rootCount: 12)
      try writer.writeInteger(value, 0...4_294_967_295)
    case .id(let value):
      try writer.writeIndex(7, rootCount: 12)
      try value.encode(into: &writer)
    case .alias(let value):
      try writer.writeIndex(8, rootCount: 12)
      try value.encode(into: &writer)
    case .transport(let value):
      try writer.writeIndex(9, rootCount: 12)
      try value.encode(into: &writer)
    case .compound(let value):
      try writer.writeIndex(10, rootCount: 12)
      try writer.nested { (writer: inout PERWriter) throws(PERError) in try writer.writeArray(value, 1...512) }
    case .nested(let value):
      try writer.writeIndex(11, rootCount: 12)
      try writer.nested { (writer: inout PERWriter) throws(PERError) in try writer.writeArray(value, 1...16) }
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 12)
    }
  }
}

/// FeatureDescriptor is GenericData by another name.
public typealias FeatureDescriptor = GenericData

/// FeatureSet.
public struct FeatureSet: PERValue {
  /// `replacementFeatureSet BOOLEAN`
  public var replacementFeatureSet: Bool

  /// `neededFeatures SEQUENCE OF FeatureDescriptor OPTIONAL`
  public var neededFeatures: [FeatureDescriptor]?

  /// `desiredFeatures SEQUENCE OF FeatureDescriptor OPTIONAL`
  public var desiredFeatures: [FeatureDescriptor]?

  /// `supportedFeatures SEQUENCE OF FeatureDescriptor OPTIONAL`
  public var supportedFeatures: [FeatureDescriptor]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension FeatureSet {
  /// A value of its components that are not optional.
  public init(replacementFeatureSet: Bool) {
    self.replacementFeatureSet = replacementFeatureSet
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 3)
    let replacementFeatureSet: Bool = try reader.readBit()
    let neededFeatures: [FeatureDescriptor]? = try preamble.has(0) ? reader.readArray() : nil
    let desiredFeatures: [FeatureDescriptor]? = try preamble.has(1) ? reader.readArray() : nil
    let supportedFeatures: [FeatureDescriptor]? = try preamble.has(2) ? reader.readArray() : nil
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      replacementFeatureSet: replacementFeatureSet, neededFeatures: neededFeatures, desiredFeatures: desiredFeatures,
      supportedFeatures: supportedFeatures, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 3)
    writer.writeBit(replacementFeatureSet)
    try writer.writeOptional(neededFeatures, 0, in: sequence)
    try writer.writeOptional(desiredFeatures, 1, in: sequence)
    try writer.writeOptional(supportedFeatures, 2, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}
