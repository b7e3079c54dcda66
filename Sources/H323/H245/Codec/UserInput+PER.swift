import PER

extension UserInputIndication: PERValue {
  private static let rootCount = 2

  /// Reads a UserInputIndication.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.rootCount) {
    case 0: self = try .nonStandard(NonStandardParameter(from: &reader))
    case 1: self = try .alphanumeric(reader.readOctets())
    case 3: self = try .signal(reader.readOpenType(Signal.self))
    case 4: self = try .signalUpdate(reader.readOpenType(SignalUpdate.self))
    case 5: self = try .extendedAlphanumeric(reader.readOpenType(ExtendedAlphanumeric.self))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a UserInputIndication.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .nonStandard(let parameter): try writer.writeAlternative(0, rootCount: Self.rootCount, parameter)
    case .alphanumeric(let characters):
      try writer.writeIndex(1, rootCount: Self.rootCount)
      try writer.writeOctets(characters)
    case .signal(let signal): try writer.writeAddition(3, rootCount: Self.rootCount, signal)
    case .signalUpdate(let update): try writer.writeAddition(4, rootCount: Self.rootCount, update)
    case .extendedAlphanumeric(let characters): try writer.writeAddition(5, rootCount: Self.rootCount, characters)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: Self.rootCount)
    }
  }
}

extension UserInputIndication.Signal: PERValue {
  /// The permitted alphabet has 17 characters, which take eight bits each as they are (X.691 §30.5): a string of one of
  /// them is not aligned.

  /// Reads a signal.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let character = UInt8(truncatingIfNeeded: try reader.readBits(8))
    guard Self.alphabet.contains(character) else { throw reader.error(.invalidCharacter) }
    signalType = character
    duration = preamble.has(0) ? try reader.readUInt16(1...65_535) : nil
    rtp = preamble.has(1) ? try RTP(from: &reader) : nil
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes a signal.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    guard Self.alphabet.contains(signalType) else { throw writer.error(.invalidCharacter) }
    writer.writeBits(UInt64(signalType), 8)
    if let duration {
      writer.markPresent(0, in: sequence)
      try writer.write(duration, 1...65_535)
    }
    try writer.writeOptional(rtp, 1, in: sequence)
    try writer.writeKeptAdditions(extensions, sequence, known: 4)
  }
}

extension UserInputIndication.Signal.RTP: PERValue {
  /// Reads an rtp.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let timestamp: UInt32? = preamble.has(0) ? try reader.readUInt32() : nil
    let expirationTime: UInt32? = preamble.has(1) ? try reader.readUInt32() : nil
    let logicalChannelNumber: LogicalChannelNumber = try reader.readChannel()
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(
      timestamp: timestamp, expirationTime: expirationTime, logicalChannelNumber: logicalChannelNumber,
      extensions: extensions)
  }

  /// Writes an rtp.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    if let timestamp {
      writer.markPresent(0, in: sequence)
      try writer.write(timestamp)
    }
    if let expirationTime {
      writer.markPresent(1, in: sequence)
      try writer.write(expirationTime)
    }
    try writer.writeChannel(logicalChannelNumber)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension UserInputIndication.SignalUpdate: PERValue {
  /// Reads a signalUpdate.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let duration: UInt16 = try reader.readUInt16(1...65_535)
    let rtp: RTP? = preamble.has(0) ? try RTP(from: &reader) : nil
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(duration: duration, rtp: rtp, extensions: extensions)
  }

  /// Writes a signalUpdate.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.write(duration, 1...65_535)
    try writer.writeOptional(rtp, 0, in: sequence)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension UserInputIndication.SignalUpdate.RTP: PERValue {
  /// Reads an rtp.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let logicalChannelNumber: LogicalChannelNumber = try reader.readChannel()
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(logicalChannelNumber: logicalChannelNumber, extensions: extensions)
  }

  /// Writes an rtp.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeChannel(logicalChannelNumber)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension UserInputIndication.ExtendedAlphanumeric: PERValue {
  /// Reads an extendedAlphanumeric.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let alphanumeric: [UInt8] = try reader.readOctets()
    let rtpPayloadIndication: Bool = preamble.has(0)
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(alphanumeric: alphanumeric, rtpPayloadIndication: rtpPayloadIndication, extensions: extensions)
  }

  /// Writes an extendedAlphanumeric.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeOctets(alphanumeric)
    if rtpPayloadIndication { writer.markPresent(0, in: sequence) }
    try writer.writeKeptAdditions(extensions, sequence, known: 1)
  }
}
