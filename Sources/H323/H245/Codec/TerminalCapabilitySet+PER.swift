import PER

extension TerminalCapabilitySet: PERValue {
  private static let bounds = 1...256

  /// Reads a TerminalCapabilitySet.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 3)
    let sequenceNumber: UInt8 = try reader.readUInt8()
    let protocolIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let multiplexCapability: MultiplexCapability? = preamble.has(0) ? try MultiplexCapability(from: &reader) : nil
    let capabilityTable: [CapabilityTableEntry]? = preamble.has(1) ? try reader.readArray(Self.bounds) : nil
    let capabilityDescriptors: [CapabilityDescriptor]? = preamble.has(2) ? try reader.readArray(Self.bounds) : nil
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(
      sequenceNumber: sequenceNumber, protocolIdentifier: protocolIdentifier, multiplexCapability: multiplexCapability,
      capabilityTable: capabilityTable, capabilityDescriptors: capabilityDescriptors, extensions: extensions)
  }

  /// Writes a TerminalCapabilitySet.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 3)
    try writer.write(sequenceNumber)
    try writer.writeObjectIdentifier(protocolIdentifier)
    try writer.writeOptional(multiplexCapability, 0, in: sequence)
    if let capabilityTable {
      writer.markPresent(1, in: sequence)
      try writer.writeArray(capabilityTable, Self.bounds)
    }
    if let capabilityDescriptors {
      writer.markPresent(2, in: sequence)
      try writer.writeArray(capabilityDescriptors, Self.bounds)
    }
    try writer.writeKeptAdditions(extensions, sequence, known: 1)
  }
}

extension CapabilityTableEntry: PERValue {
  /// Reads a CapabilityTableEntry.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1, isExtensible: false)
    let capabilityTableEntryNumber: UInt16 = try reader.readUInt16(1...65_535)
    let capability: Capability? = preamble.has(0) ? try Capability(from: &reader) : nil
    self.init(capabilityTableEntryNumber: capabilityTableEntryNumber, capability: capability)
  }

  /// Writes a CapabilityTableEntry.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1, isExtensible: false)
    try writer.write(capabilityTableEntryNumber, 1...65_535)
    try writer.writeOptional(capability, 0, in: sequence)
  }
}

extension CapabilityDescriptor: PERValue {
  private static let bounds = 1...256

  /// Reads a CapabilityDescriptor.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1, isExtensible: false)
    capabilityDescriptorNumber = try reader.readUInt8()
    guard preamble.has(0) else {
      simultaneousCapabilities = nil
      return
    }
    simultaneousCapabilities = try reader.readArray(Self.bounds) {
      (reader: inout PERReader) throws(PERError) -> [UInt16] in
      try reader.readArray(Self.bounds) { (reader: inout PERReader) throws(PERError) -> UInt16 in
        try reader.readUInt16(1...65_535)
      }
    }
  }

  /// Writes a CapabilityDescriptor.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1, isExtensible: false)
    try writer.write(capabilityDescriptorNumber)
    guard let simultaneousCapabilities else { return }
    writer.markPresent(0, in: sequence)
    try writer.writeArray(simultaneousCapabilities, Self.bounds) {
      (alternatives, writer: inout PERWriter) throws(PERError) in
      try writer.writeArray(alternatives, Self.bounds) { (number, writer: inout PERWriter) throws(PERError) in
        try writer.write(number, 1...65_535)
      }
    }
  }
}

extension TerminalCapabilitySetAck: PERValue {
  /// Reads a TerminalCapabilitySetAck.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let sequenceNumber: UInt8 = try reader.readUInt8()
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(sequenceNumber: sequenceNumber, extensions: extensions)
  }

  /// Writes a TerminalCapabilitySetAck.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.write(sequenceNumber)
    try writer.writeKeptAdditions(extensions, sequence, known: 1)
  }
}

extension TerminalCapabilitySetReject: PERValue {
  /// Reads a TerminalCapabilitySetReject.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let sequenceNumber: UInt8 = try reader.readUInt8()
    let cause: Cause = try Cause(from: &reader)
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(sequenceNumber: sequenceNumber, cause: cause, extensions: extensions)
  }

  /// Writes a TerminalCapabilitySetReject.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.write(sequenceNumber)
    try cause.encode(into: &writer)
    try writer.writeKeptAdditions(extensions, sequence, known: 1)
  }
}

extension TerminalCapabilitySetReject.Cause: PERValue {
  /// Reads a cause.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: 4) {
    case 0: self = .unspecified
    case 1: self = .undefinedTableEntryUsed
    case 2: self = .descriptorCapacityExceeded
    case 3:
      let isNone = try reader.readIndex(rootCount: 2, isExtensible: false) == 1
      self = try .tableEntryCapacityExceeded(
        highestEntryNumberProcessed: isNone ? nil : reader.readUInt16(1...65_535))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a cause.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .unspecified: try writer.writeIndex(0, rootCount: 4)
    case .undefinedTableEntryUsed: try writer.writeIndex(1, rootCount: 4)
    case .descriptorCapacityExceeded: try writer.writeIndex(2, rootCount: 4)
    case .tableEntryCapacityExceeded(let highest):
      try writer.writeIndex(3, rootCount: 4)
      try writer.writeIndex(highest == nil ? 1 : 0, rootCount: 2, isExtensible: false)
      if let highest { try writer.write(highest, 1...65_535) }
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: 4)
    }
  }
}

extension TerminalCapabilitySetRelease: PERValue {
  /// Reads a TerminalCapabilitySetRelease.
  public init(from reader: inout PERReader) throws(PERError) {
    extensions = try reader.readKeptAdditions(reader.readPreamble(optionals: 0))
  }

  /// Writes a TerminalCapabilitySetRelease.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeKeptAdditions(extensions, sequence, known: 1)
  }
}
