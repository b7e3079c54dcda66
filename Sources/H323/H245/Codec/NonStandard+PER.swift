import PER

extension NonStandardIdentifier: PERValue {
  /// Reads a NonStandardIdentifier.
  public init(from reader: inout PERReader) throws(PERError) {
    if try reader.readIndex(rootCount: 2, isExtensible: false) == 0 {
      self = try .object(reader.readObjectIdentifier())
    } else {
      self = try .h221NonStandard(
        t35CountryCode: reader.readUInt8(), t35Extension: reader.readUInt8(), manufacturerCode: reader.readUInt16())
    }
  }

  /// Writes a NonStandardIdentifier.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .object(let identifier):
      try writer.writeIndex(0, rootCount: 2, isExtensible: false)
      try writer.writeObjectIdentifier(identifier)
    case .h221NonStandard(let country, let more, let manufacturer):
      try writer.writeIndex(1, rootCount: 2, isExtensible: false)
      try writer.write(country)
      try writer.write(more)
      try writer.write(manufacturer)
    }
  }
}

extension NonStandardParameter: PERValue {
  /// Reads a NonStandardParameter.
  public init(from reader: inout PERReader) throws(PERError) {
    let nonStandardIdentifier: NonStandardIdentifier = try NonStandardIdentifier(from: &reader)
    let data: [UInt8] = try reader.readOctets()
    self.init(nonStandardIdentifier: nonStandardIdentifier, data: data)
  }

  /// Writes a NonStandardParameter.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try nonStandardIdentifier.encode(into: &writer)
    try writer.writeOctets(data)
  }
}

extension NonStandardMessage: PERValue {
  /// Reads a NonStandardMessage.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let nonStandardData: NonStandardParameter = try NonStandardParameter(from: &reader)
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(nonStandardData: nonStandardData, extensions: extensions)
  }

  /// Writes a NonStandardMessage.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try nonStandardData.encode(into: &writer)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}
