import PER

extension CloseLogicalChannel: PERValue {
  /// Reads a CloseLogicalChannel.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let forwardLogicalChannelNumber: LogicalChannelNumber = try reader.readChannel()
    let source: Source = try reader.readIndex(rootCount: 2, isExtensible: false) == 0 ? .user : .lcse
    var additions = try reader.readAdditions(preamble)
    let reason: Reason? = try additions.next(&reader)
    let extensions: PERAdditions = try additions.finish(&reader)
    self.init(
      forwardLogicalChannelNumber: forwardLogicalChannelNumber, source: source, reason: reason, extensions: extensions)
  }

  /// Writes a CloseLogicalChannel.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeChannel(forwardLogicalChannelNumber)
    try writer.writeIndex(source.rawValue, rootCount: 2, isExtensible: false)
    var additions = writer.beginAdditions(sequence, known: 1, kept: extensions)
    try additions.next(&writer, reason)
    try additions.finish(&writer)
  }
}

extension CloseLogicalChannel.Reason: PERValue {
  /// Reads a reason.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: 3) {
    case 0: self = .unknown
    case 1: self = .reopen
    case 2: self = .reservationFailure
    case let index: self = try .unknownAlternative(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a reason.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .unknown: try writer.writeIndex(0, rootCount: 3)
    case .reopen: try writer.writeIndex(1, rootCount: 3)
    case .reservationFailure: try writer.writeIndex(2, rootCount: 3)
    case .unknownAlternative(let alternative): try alternative.encode(into: &writer, rootCount: 3)
    }
  }
}

extension RequestChannelClose: PERValue {
  /// Reads a RequestChannelClose.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let forwardLogicalChannelNumber: LogicalChannelNumber = try reader.readChannel()
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(&reader)  // qosCapability
    let reason: Reason? = try additions.next(&reader)
    let extensions: PERAdditions = try additions.finish(&reader)
    self.init(forwardLogicalChannelNumber: forwardLogicalChannelNumber, reason: reason, extensions: extensions)
  }

  /// Writes a RequestChannelClose.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeChannel(forwardLogicalChannelNumber)
    var additions = writer.beginAdditions(sequence, known: 2, kept: extensions)
    try additions.keepNext(&writer)
    try additions.next(&writer, reason)
    try additions.finish(&writer)
  }
}

extension RequestChannelClose.Reason: PERValue {
  /// Reads a reason.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: 4) {
    case 0: self = .unknown
    case 1: self = .normal
    case 2: self = .reopen
    case 3: self = .reservationFailure
    case let index: self = try .unknownAlternative(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a reason.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .unknown: try writer.writeIndex(0, rootCount: 4)
    case .normal: try writer.writeIndex(1, rootCount: 4)
    case .reopen: try writer.writeIndex(2, rootCount: 4)
    case .reservationFailure: try writer.writeIndex(3, rootCount: 4)
    case .unknownAlternative(let alternative): try alternative.encode(into: &writer, rootCount: 4)
    }
  }
}

extension RequestChannelCloseReject: PERValue {
  /// Reads a RequestChannelCloseReject.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let forwardLogicalChannelNumber: LogicalChannelNumber = try reader.readChannel()
    let cause: Extensible<Cause> = try Extensible(from: &reader)
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(forwardLogicalChannelNumber: forwardLogicalChannelNumber, cause: cause, extensions: extensions)
  }

  /// Writes a RequestChannelCloseReject.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeChannel(forwardLogicalChannelNumber)
    try cause.encode(into: &writer)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension CloseLogicalChannelAck: PERValue {
  /// Reads a CloseLogicalChannelAck.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let forwardLogicalChannelNumber: LogicalChannelNumber = try reader.readChannel()
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(forwardLogicalChannelNumber: forwardLogicalChannelNumber, extensions: extensions)
  }

  /// Writes a CloseLogicalChannelAck.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeChannel(forwardLogicalChannelNumber)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension RequestChannelCloseAck: PERValue {
  /// Reads a RequestChannelCloseAck.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let forwardLogicalChannelNumber: LogicalChannelNumber = try reader.readChannel()
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(forwardLogicalChannelNumber: forwardLogicalChannelNumber, extensions: extensions)
  }

  /// Writes a RequestChannelCloseAck.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeChannel(forwardLogicalChannelNumber)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension RequestChannelCloseRelease: PERValue {
  /// Reads a RequestChannelCloseRelease.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let forwardLogicalChannelNumber: LogicalChannelNumber = try reader.readChannel()
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(forwardLogicalChannelNumber: forwardLogicalChannelNumber, extensions: extensions)
  }

  /// Writes a RequestChannelCloseRelease.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeChannel(forwardLogicalChannelNumber)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}
