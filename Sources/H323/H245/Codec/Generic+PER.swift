import PER

extension CapabilityIdentifier: PERValue {
  /// Reads a CapabilityIdentifier.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: 4) {
    case 0: self = try .standard(reader.readObjectIdentifier())
    case 1: self = try .h221NonStandard(NonStandardParameter(from: &reader))
    case 2: self = try .uuid(reader.readOctets(count: 16))
    case 3: self = try .domainBased(reader.readOctets(1...64))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a CapabilityIdentifier.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .standard(let identifier):
      try writer.writeIndex(0, rootCount: 4)
      try writer.writeObjectIdentifier(identifier)
    case .h221NonStandard(let parameter):
      try writer.writeIndex(1, rootCount: 4)
      try parameter.encode(into: &writer)
    case .uuid(let octets):
      try writer.writeIndex(2, rootCount: 4)
      try writer.writeOctets(octets, count: 16)
    case .domainBased(let name):
      try writer.writeIndex(3, rootCount: 4)
      try writer.writeOctets(name, 1...64)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: 4)
    }
  }
}

extension ParameterIdentifier: PERValue {
  /// Reads a ParameterIdentifier.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: 4) {
    case 0: self = try .standard(reader.readUInt8(0...127))
    case 1: self = try .h221NonStandard(NonStandardParameter(from: &reader))
    case 2: self = try .uuid(reader.readOctets(count: 16))
    case 3: self = try .domainBased(reader.readOctets(1...64))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a ParameterIdentifier.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .standard(let number):
      try writer.writeIndex(0, rootCount: 4)
      try writer.write(number, 0...127)
    case .h221NonStandard(let parameter):
      try writer.writeIndex(1, rootCount: 4)
      try parameter.encode(into: &writer)
    case .uuid(let octets):
      try writer.writeIndex(2, rootCount: 4)
      try writer.writeOctets(octets, count: 16)
    case .domainBased(let name):
      try writer.writeIndex(3, rootCount: 4)
      try writer.writeOctets(name, 1...64)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: 4)
    }
  }
}

extension GenericMessage: PERValue {
  /// Reads a GenericMessage or a GenericInformation.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let messageIdentifier: CapabilityIdentifier = try CapabilityIdentifier(from: &reader)
    let subMessageIdentifier: UInt8? = preamble.has(0) ? try reader.readUInt8(0...127) : nil
    let messageContent: [GenericParameter]? = preamble.has(1) ? try GenericParameter.readList(&reader, depth: 0) : nil
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(
      messageIdentifier: messageIdentifier, subMessageIdentifier: subMessageIdentifier, messageContent: messageContent,
      extensions: extensions)
  }

  /// Writes a GenericMessage or a GenericInformation.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try messageIdentifier.encode(into: &writer)
    if let subMessageIdentifier {
      writer.markPresent(0, in: sequence)
      try writer.write(subMessageIdentifier, 0...127)
    }
    if let messageContent {
      writer.markPresent(1, in: sequence)
      try GenericParameter.writeList(messageContent, &writer, depth: 0)
    }
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension GenericParameter: PERValue {
  /// Reads a GenericParameter.
  public init(from reader: inout PERReader) throws(PERError) {
    try self.init(from: &reader, depth: 0)
  }

  /// Writes a GenericParameter.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try encode(into: &writer, depth: 0)
  }

  static func readList(_ reader: inout PERReader, depth: Int) throws(PERError) -> [GenericParameter] {
    guard depth < H245Limits.maxParameterDepth else { throw reader.error(.limitExceeded) }
    return try reader.readArray(maximum: H245Limits.maxParameters) {
      (reader: inout PERReader) throws(PERError) -> GenericParameter in
      try GenericParameter(from: &reader, depth: depth)
    }
  }

  static func writeList(_ list: [GenericParameter], _ writer: inout PERWriter, depth: Int) throws(PERError) {
    guard depth < H245Limits.maxParameterDepth else { throw writer.error(.limitExceeded) }
    try writer.writeArray(list, maximum: H245Limits.maxParameters) {
      (parameter, writer: inout PERWriter) throws(PERError) in
      try parameter.encode(into: &writer, depth: depth)
    }
  }

  private init(from reader: inout PERReader, depth: Int) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    parameterIdentifier = try ParameterIdentifier(from: &reader)
    parameterValue = try ParameterValue(from: &reader, depth: depth)
    supersedes = preamble.has(0) ? try reader.readArray(maximum: H245Limits.maxParameters) : nil
    extensions = try reader.readKeptAdditions(preamble)
  }

  private func encode(into writer: inout PERWriter, depth: Int) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try parameterIdentifier.encode(into: &writer)
    try parameterValue.encode(into: &writer, depth: depth)
    try writer.writeOptional(supersedes, 0, in: sequence)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension ParameterValue {
  private static let rootCount = 8

  init(from reader: inout PERReader, depth: Int) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.rootCount) {
    case 0: self = .logical
    case 1: self = try .booleanArray(reader.readUInt8())
    case 2: self = try .unsignedMin(reader.readUInt16())
    case 3: self = try .unsignedMax(reader.readUInt16())
    case 4: self = try .unsigned32Min(reader.readUInt32())
    case 5: self = try .unsigned32Max(reader.readUInt32())
    case 6: self = try .octetString(reader.readOctets())
    case 7: self = try .genericParameter(GenericParameter.readList(&reader, depth: depth + 1))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  func encode(into writer: inout PERWriter, depth: Int) throws(PERError) {
    switch self {
    case .logical: try writer.writeIndex(0, rootCount: Self.rootCount)
    case .booleanArray(let bits):
      try writer.writeIndex(1, rootCount: Self.rootCount)
      try writer.write(bits)
    case .unsignedMin(let number):
      try writer.writeIndex(2, rootCount: Self.rootCount)
      try writer.write(number)
    case .unsignedMax(let number):
      try writer.writeIndex(3, rootCount: Self.rootCount)
      try writer.write(number)
    case .unsigned32Min(let number):
      try writer.writeIndex(4, rootCount: Self.rootCount)
      try writer.write(number)
    case .unsigned32Max(let number):
      try writer.writeIndex(5, rootCount: Self.rootCount)
      try writer.write(number)
    case .octetString(let octets):
      try writer.writeIndex(6, rootCount: Self.rootCount)
      try writer.writeOctets(octets)
    case .genericParameter(let list):
      try writer.writeIndex(7, rootCount: Self.rootCount)
      try GenericParameter.writeList(list, &writer, depth: depth + 1)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: Self.rootCount)
    }
  }
}

extension GenericCapability: PERValue {
  /// Reads a GenericCapability.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 5)
    let capabilityIdentifier: CapabilityIdentifier = try CapabilityIdentifier(from: &reader)
    let maxBitRate: UInt32? = preamble.has(0) ? try reader.readUInt32() : nil
    let collapsing: [GenericParameter]? = preamble.has(1) ? try GenericParameter.readList(&reader, depth: 0) : nil
    let nonCollapsing: [GenericParameter]? = preamble.has(2) ? try GenericParameter.readList(&reader, depth: 0) : nil
    let nonCollapsingRaw: [UInt8]? = preamble.has(3) ? try reader.readOctets() : nil
    let transport: KeptValue? = preamble.has(4) ? try KeptValue(.dataProtocolCapability, from: &reader) : nil
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(
      capabilityIdentifier: capabilityIdentifier, maxBitRate: maxBitRate, collapsing: collapsing,
      nonCollapsing: nonCollapsing, nonCollapsingRaw: nonCollapsingRaw, transport: transport, extensions: extensions)
  }

  /// Writes a GenericCapability.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 5)
    try capabilityIdentifier.encode(into: &writer)
    if let maxBitRate {
      writer.markPresent(0, in: sequence)
      try writer.write(maxBitRate)
    }
    if let collapsing {
      writer.markPresent(1, in: sequence)
      try GenericParameter.writeList(collapsing, &writer, depth: 0)
    }
    if let nonCollapsing {
      writer.markPresent(2, in: sequence)
      try GenericParameter.writeList(nonCollapsing, &writer, depth: 0)
    }
    if let nonCollapsingRaw {
      writer.markPresent(3, in: sequence)
      try writer.writeOctets(nonCollapsingRaw)
    }
    if let transport {
      writer.markPresent(4, in: sequence)
      try transport.encode(into: &writer, as: .dataProtocolCapability)
    }
    try writer.writeKeptAdditions(extensions, sequence)
  }
}
