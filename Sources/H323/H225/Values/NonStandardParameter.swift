import PER

/// NonStandardParameter.
public struct NonStandardParameter: PERValue {
  /// `nonStandardIdentifier NonStandardIdentifier`
  public var nonStandardIdentifier: NonStandardIdentifier

  /// `data OCTET STRING`
  public var data: [UInt8]

  /// Data of whoever owns the identifier.
  public init(nonStandardIdentifier: NonStandardIdentifier, data: [UInt8]) {
    self.nonStandardIdentifier = nonStandardIdentifier
    self.data = data
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let nonStandardIdentifier: NonStandardIdentifier = try NonStandardIdentifier(from: &reader)
    let data: [UInt8] = try reader.readOctets()
    self.init(nonStandardIdentifier: nonStandardIdentifier, data: data)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try nonStandardIdentifier.encode(into: &writer)
    try writer.writeOctets(data)
  }
}

/// NonStandardIdentifier.
public enum NonStandardIdentifier: PERValue {
  case object(ObjectIdentifier)
  // Behind a reference: this stands, optional and mostly absent, in nearly every type.
  indirect case h221NonStandard(H221NonStandard)
  /// One of a later version.
  indirect case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 2)
    switch index {
    case 0: self = .object(try reader.readObjectIdentifier())
    case 1: self = .h221NonStandard(try H221NonStandard(from: &reader))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .object(let value):
      try writer.writeIndex(0, rootCount: 2)
      try writer.writeObjectIdentifier(value)
    case .h221NonStandard(let value):
      try writer.writeIndex(1, rootCount: 2)
      try value.encode(into: &writer)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 2)
    }
  }
}

/// H221NonStandard: who a manufacturer is.
public struct H221NonStandard: PERValue {
  /// `t35CountryCode INTEGER (0..255)`
  public var t35CountryCode: Int

  /// `t35Extension INTEGER (0..255)`
  public var t35Extension: Int

  /// `manufacturerCode INTEGER (0..65535)`
  public var manufacturerCode: Int

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension H221NonStandard {
  /// A value of its components.
  public init(t35CountryCode: Int, t35Extension: Int, manufacturerCode: Int) {
    self.t35CountryCode = t35CountryCode
    self.t35Extension = t35Extension
    self.manufacturerCode = manufacturerCode
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let t35CountryCode: Int = try reader.readInteger(0...255)
    let t35Extension: Int = try reader.readInteger(0...255)
    let manufacturerCode: Int = try reader.readInteger(0...65_535)
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      t35CountryCode: t35CountryCode, t35Extension: t35Extension, manufacturerCode: manufacturerCode, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeInteger(t35CountryCode, 0...255)
    try writer.writeInteger(t35Extension, 0...255)
    try writer.writeInteger(manufacturerCode, 0...65_535)
    var additions = writer.beginAdditions(sequence, known: 0, kept: unknown)
    try additions.finish(&writer)
  }
}
