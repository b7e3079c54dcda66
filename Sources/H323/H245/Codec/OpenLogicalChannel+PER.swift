import PER

extension OpenLogicalChannel: PERValue {
  /// Reads an OpenLogicalChannel: a message's, or one of a fastStart.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    forwardLogicalChannelNumber = try reader.readChannel()
    forwardLogicalChannelParameters = try Forward(from: &reader)
    reverseLogicalChannelParameters = preamble.has(0) ? try Reverse(from: &reader) : nil
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes an OpenLogicalChannel.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeChannel(forwardLogicalChannelNumber)
    try forwardLogicalChannelParameters.encode(into: &writer)
    try writer.writeOptional(reverseLogicalChannelParameters, 0, in: sequence)
    try writer.writeKeptAdditions(extensions, sequence, known: 3)
  }
}

extension OpenLogicalChannel.Forward: PERValue {
  /// Reads a forwardLogicalChannelParameters.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    portNumber = preamble.has(0) ? try reader.readUInt16() : nil
    dataType = try DataType(from: &reader)
    multiplexParameters = try MultiplexParameters(from: &reader, .forward)
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes a forwardLogicalChannelParameters.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    if let portNumber {
      writer.markPresent(0, in: sequence)
      try writer.write(portNumber)
    }
    try dataType.encode(into: &writer)
    try multiplexParameters.encode(into: &writer, .forward)
    try writer.writeKeptAdditions(extensions, sequence, known: 2)
  }
}

extension OpenLogicalChannel.Reverse: PERValue {
  /// Reads a reverseLogicalChannelParameters.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    dataType = try DataType(from: &reader)
    multiplexParameters = preamble.has(0) ? try MultiplexParameters(from: &reader, .reverse) : nil
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes a reverseLogicalChannelParameters.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try dataType.encode(into: &writer)
    if let multiplexParameters {
      writer.markPresent(0, in: sequence)
      try multiplexParameters.encode(into: &writer, .reverse)
    }
    try writer.writeKeptAdditions(extensions, sequence, known: 2)
  }
}

extension OpenLogicalChannelAck: PERValue {
  /// Reads an OpenLogicalChannelAck.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    forwardLogicalChannelNumber = try reader.readChannel()
    reverseLogicalChannelParameters = preamble.has(0) ? try Reverse(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(&reader)  // separateStack
    forwardMultiplexAckParameters = try additions.next(&reader)
    extensions = try additions.finish(&reader)
  }

  /// Writes an OpenLogicalChannelAck.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeChannel(forwardLogicalChannelNumber)
    try writer.writeOptional(reverseLogicalChannelParameters, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 4, kept: extensions)
    try additions.keepNext(&writer)
    try additions.next(&writer, forwardMultiplexAckParameters)
    try additions.finish(&writer)
  }
}

extension OpenLogicalChannelAck.Reverse: PERValue {
  /// Reads a reverseLogicalChannelParameters.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    reverseLogicalChannelNumber = try reader.readChannel()
    portNumber = preamble.has(0) ? try reader.readUInt16() : nil
    multiplexParameters = preamble.has(1) ? try MultiplexParameters(from: &reader, .reverseAck) : nil
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes a reverseLogicalChannelParameters.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try writer.writeChannel(reverseLogicalChannelNumber)
    if let portNumber {
      writer.markPresent(0, in: sequence)
      try writer.write(portNumber)
    }
    if let multiplexParameters {
      writer.markPresent(1, in: sequence)
      try multiplexParameters.encode(into: &writer, .reverseAck)
    }
    try writer.writeKeptAdditions(extensions, sequence, known: 1)
  }
}

extension OpenLogicalChannelAck.ForwardMultiplexAckParameters: PERValue {
  /// Reads a forwardMultiplexAckParameters.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 1)
    if index == 0 {
      self = try .h2250LogicalChannelAckParameters(H2250LogicalChannelAckParameters(from: &reader))
    } else {
      self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a forwardMultiplexAckParameters.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .h2250LogicalChannelAckParameters(let parameters):
      try writer.writeIndex(0, rootCount: 1)
      try parameters.encode(into: &writer)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: 1)
    }
  }
}

extension OpenLogicalChannelReject: PERValue {
  /// Reads an OpenLogicalChannelReject.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    forwardLogicalChannelNumber = try reader.readChannel()
    cause = try Extensible(from: &reader)
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes an OpenLogicalChannelReject.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeChannel(forwardLogicalChannelNumber)
    try cause.encode(into: &writer)
    try writer.writeKeptAdditions(extensions, sequence, known: 1)
  }
}

extension OpenLogicalChannelConfirm: PERValue {
  /// Reads an OpenLogicalChannelConfirm.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    forwardLogicalChannelNumber = try reader.readChannel()
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes an OpenLogicalChannelConfirm.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeChannel(forwardLogicalChannelNumber)
    try writer.writeKeptAdditions(extensions, sequence, known: 1)
  }
}
