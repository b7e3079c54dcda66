import PER

extension MasterSlaveDetermination: PERValue {
  /// Reads a MasterSlaveDetermination.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let terminalType: UInt8 = try reader.readUInt8()
    let statusDeterminationNumber: UInt32 = try reader.readUInt32(0...0xFF_FFFF)
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(terminalType: terminalType, statusDeterminationNumber: statusDeterminationNumber, extensions: extensions)
  }

  /// Writes a MasterSlaveDetermination.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.write(terminalType)
    try writer.write(statusDeterminationNumber, 0...0xFF_FFFF)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension MasterSlaveDeterminationAck: PERValue {
  /// Reads a MasterSlaveDeterminationAck.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let decision: MasterSlaveStatus = try reader.readIndex(rootCount: 2, isExtensible: false) == 0 ? .master : .slave
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(decision: decision, extensions: extensions)
  }

  /// Writes a MasterSlaveDeterminationAck.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeIndex(decision.rawValue, rootCount: 2, isExtensible: false)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension MasterSlaveDeterminationReject: PERValue {
  /// Reads a MasterSlaveDeterminationReject.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let cause: Extensible<Cause> = try Extensible(from: &reader)
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(cause: cause, extensions: extensions)
  }

  /// Writes a MasterSlaveDeterminationReject.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try cause.encode(into: &writer)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension MasterSlaveDeterminationRelease: PERValue {
  /// Reads a MasterSlaveDeterminationRelease.
  public init(from reader: inout PERReader) throws(PERError) {
    extensions = try reader.readKeptAdditions(reader.readPreamble(optionals: 0))
  }

  /// Writes a MasterSlaveDeterminationRelease.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}
