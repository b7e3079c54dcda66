import PER

extension OpenLogicalChannel: PERValue {
  /// Reads an OpenLogicalChannel: a message's, or one of a fastStart.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let forwardLogicalChannelNumber: LogicalChannelNumber = try reader.readChannel()
    let forwardLogicalChannelParameters: Forward = try Forward(from: &reader)
    let reverseLogicalChannelParameters: Reverse? = preamble.has(0) ? try Reverse(from: &reader) : nil
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(
      forwardLogicalChannelNumber: forwardLogicalChannelNumber,
      forwardLogicalChannelParameters: forwardLogicalChannelParameters,
      reverseLogicalChannelParameters: reverseLogicalChannelParameters, extensions: extensions)
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
    let portNumber: UInt16? = preamble.has(0) ? try reader.readUInt16() : nil
    let dataType: DataType = try DataType(from: &reader)
    let multiplexParameters: MultiplexParameters = try MultiplexParameters(from: &reader, .forward)
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(
      portNumber: portNumber, dataType: dataType, multiplexParameters: multiplexParameters, extensions: extensions)
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
    let dataType: DataType = try DataType(from: &reader)
    let multiplexParameters: MultiplexParameters? =
      preamble.has(0) ? try MultiplexParameters(from: &reader, .reverse) : nil
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(dataType: dataType, multiplexParameters: multiplexParameters, extensions: extensions)
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
    let forwardLogicalChannelNumber: LogicalChannelNumber = try reader.readChannel()
    let reverseLogicalChannelParameters: Reverse? = preamble.has(0) ? try Reverse(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(&reader)  // separateStack
    let forwardMultiplexAckParameters: ForwardMultiplexAckParameters? = try additions.next(&reader)
    let extensions: PERAdditions = try additions.finish(&reader)
    self.init(
      forwardLogicalChannelNumber: forwardLogicalChannelNumber,
      reverseLogicalChannelParameters: reverseLogicalChannelParameters,
      forwardMultiplexAckParameters: forwardMultiplexAckParameters, extensions: extensions)
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
    let reverseLogicalChannelNumber: LogicalChannelNumber = try reader.readChannel()
    let portNumber: UInt16? = preamble.has(0) ? try reader.readUInt16() : nil
    let multiplexParameters: MultiplexParameters? =
      preamble.has(1) ? try MultiplexParameters(from: &reader, .reverseAck) : nil
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(
      reverseLogicalChannelNumber: reverseLogicalChannelNumber, portNumber: portNumber,
      multiplexParameters: multiplexParameters, extensions: extensions)
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
    let forwardLogicalChannelNumber: LogicalChannelNumber = try reader.readChannel()
    let cause: Extensible<Cause> = try Extensible(from: &reader)
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(forwardLogicalChannelNumber: forwardLogicalChannelNumber, cause: cause, extensions: extensions)
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
    let forwardLogicalChannelNumber: LogicalChannelNumber = try reader.readChannel()
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(forwardLogicalChannelNumber: forwardLogicalChannelNumber, extensions: extensions)
  }

  /// Writes an OpenLogicalChannelConfirm.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeChannel(forwardLogicalChannelNumber)
    try writer.writeKeptAdditions(extensions, sequence, known: 1)
  }
}
