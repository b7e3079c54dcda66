import PER

extension RoundTripDelayRequest: PERValue {
  /// Reads a RoundTripDelayRequest.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    sequenceNumber = try reader.readUInt8()
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes a RoundTripDelayRequest.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.write(sequenceNumber)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension RoundTripDelayResponse: PERValue {
  /// Reads a RoundTripDelayResponse.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    sequenceNumber = try reader.readUInt8()
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes a RoundTripDelayResponse.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.write(sequenceNumber)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension RequestMode: PERValue {
  /// Reads a RequestMode.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    sequenceNumber = try reader.readUInt8()
    requestedModes = try KeptValue(.requestedModes, from: &reader)
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes a RequestMode.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.write(sequenceNumber)
    try requestedModes.encode(into: &writer, as: .requestedModes)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension RequestModeAck: PERValue {
  /// Reads a RequestModeAck.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    sequenceNumber = try reader.readUInt8()
    response = try Extensible(from: &reader)
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes a RequestModeAck.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.write(sequenceNumber)
    try response.encode(into: &writer)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension RequestModeReject: PERValue {
  /// Reads a RequestModeReject.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    sequenceNumber = try reader.readUInt8()
    cause = try Extensible(from: &reader)
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes a RequestModeReject.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.write(sequenceNumber)
    try cause.encode(into: &writer)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension FlowControlCommand: PERValue {
  /// Reads a FlowControlCommand.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    scope = try ChannelScope(from: &reader)
    restriction = try Restriction(from: &reader)
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes a FlowControlCommand.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try scope.encode(into: &writer)
    try restriction.encode(into: &writer)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension JitterIndication: PERValue {
  /// Reads a JitterIndication.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    scope = try ChannelScope(from: &reader)
    estimatedReceivedJitterMantissa = try reader.readUInt8(0...3)
    estimatedReceivedJitterExponent = try reader.readUInt8(0...7)
    skippedFrameCount = preamble.has(0) ? try reader.readUInt8(0...15) : nil
    additionalDecoderBuffer = preamble.has(1) ? try reader.readUInt32(0...262_143) : nil
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes a JitterIndication.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try scope.encode(into: &writer)
    try writer.write(estimatedReceivedJitterMantissa, 0...3)
    try writer.write(estimatedReceivedJitterExponent, 0...7)
    if let skippedFrameCount {
      writer.markPresent(0, in: sequence)
      try writer.write(skippedFrameCount, 0...15)
    }
    if let additionalDecoderBuffer {
      writer.markPresent(1, in: sequence)
      try writer.write(additionalDecoderBuffer, 0...262_143)
    }
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension H2250MaximumSkewIndication: PERValue {
  /// Reads a H2250MaximumSkewIndication.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    logicalChannelNumber1 = try reader.readChannel()
    logicalChannelNumber2 = try reader.readChannel()
    maximumSkew = try reader.readUInt16(0...4095)
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes a H2250MaximumSkewIndication.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeChannel(logicalChannelNumber1)
    try writer.writeChannel(logicalChannelNumber2)
    try writer.write(maximumSkew, 0...4095)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension VendorIdentification: PERValue {
  /// Reads a VendorIdentification.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    vendor = try NonStandardIdentifier(from: &reader)
    productNumber = preamble.has(0) ? try reader.readOctets(1...256) : nil
    versionNumber = preamble.has(1) ? try reader.readOctets(1...256) : nil
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes a VendorIdentification.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try vendor.encode(into: &writer)
    if let productNumber {
      writer.markPresent(0, in: sequence)
      try writer.writeOctets(productNumber, 1...256)
    }
    if let versionNumber {
      writer.markPresent(1, in: sequence)
      try writer.writeOctets(versionNumber, 1...256)
    }
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension FunctionNotSupported: PERValue {
  /// Reads a FunctionNotSupported.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    cause = try Extensible(from: &reader)
    returnedFunction = preamble.has(0) ? try reader.readOctets(maximum: H245Limits.maxMessageOctets) : nil
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes a FunctionNotSupported.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try cause.encode(into: &writer)
    if let returnedFunction {
      writer.markPresent(0, in: sequence)
      try writer.writeOctets(returnedFunction, maximum: H245Limits.maxMessageOctets)
    }
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension MiscellaneousCommand: PERValue {
  /// Reads a MiscellaneousCommand.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    logicalChannelNumber = try reader.readChannel()
    type = try Kind(from: &reader)
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes a MiscellaneousCommand.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeChannel(logicalChannelNumber)
    try type.encode(into: &writer)
    try writer.writeKeptAdditions(extensions, sequence, known: 1)
  }
}

extension MiscellaneousIndication: PERValue {
  /// Reads a MiscellaneousIndication.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    logicalChannelNumber = try reader.readChannel()
    type = try Kind(from: &reader)
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes a MiscellaneousIndication.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeChannel(logicalChannelNumber)
    try type.encode(into: &writer)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension RequestModeRelease: PERValue {
  /// Reads a RequestModeRelease.
  public init(from reader: inout PERReader) throws(PERError) {
    extensions = try reader.readKeptAdditions(reader.readPreamble(optionals: 0))
  }

  /// Writes a RequestModeRelease.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension ChannelScope: PERValue {
  /// Reads a scope.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: 3, isExtensible: false) {
    case 0: self = try .logicalChannelNumber(reader.readChannel())
    case 1: self = try .resourceID(reader.readUInt16())
    default: self = .wholeMultiplex
    }
  }

  /// Writes a scope.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .logicalChannelNumber(let number):
      try writer.writeIndex(0, rootCount: 3, isExtensible: false)
      try writer.writeChannel(number)
    case .resourceID(let identifier):
      try writer.writeIndex(1, rootCount: 3, isExtensible: false)
      try writer.write(identifier)
    case .wholeMultiplex: try writer.writeIndex(2, rootCount: 3, isExtensible: false)
    }
  }
}

extension FlowControlCommand.Restriction: PERValue {
  /// Reads a restriction.
  public init(from reader: inout PERReader) throws(PERError) {
    if try reader.readIndex(rootCount: 2, isExtensible: false) == 0 {
      self = try .maximumBitRate(reader.readUInt32(0...0xFF_FFFF))
    } else {
      self = .noRestriction
    }
  }

  /// Writes a restriction.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .maximumBitRate(let rate):
      try writer.writeIndex(0, rootCount: 2, isExtensible: false)
      try writer.write(rate, 0...0xFF_FFFF)
    case .noRestriction: try writer.writeIndex(1, rootCount: 2, isExtensible: false)
    }
  }
}

extension EndSessionCommand: PERValue {
  /// Reads an EndSessionCommand.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: 3) {
    case 0: self = try .nonStandard(NonStandardParameter(from: &reader))
    case 1: self = .disconnect
    case 2: self = try .gstnOptions(Extensible(from: &reader))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes an EndSessionCommand.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .nonStandard(let parameter):
      try writer.writeIndex(0, rootCount: 3)
      try parameter.encode(into: &writer)
    case .disconnect: try writer.writeIndex(1, rootCount: 3)
    case .gstnOptions(let options):
      try writer.writeIndex(2, rootCount: 3)
      try options.encode(into: &writer)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: 3)
    }
  }
}

extension SendTerminalCapabilitySet: PERValue {
  /// Reads a SendTerminalCapabilitySet.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: 2) {
    case 0: self = try .specificRequest(KeptValue(.specificRequest, from: &reader))
    case 1: self = .genericRequest
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a SendTerminalCapabilitySet.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .specificRequest(let value):
      try writer.writeIndex(0, rootCount: 2)
      try value.encode(into: &writer, as: .specificRequest)
    case .genericRequest: try writer.writeIndex(1, rootCount: 2)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: 2)
    }
  }
}

extension FunctionNotUnderstood: PERValue {
  /// Reads a FunctionNotUnderstood.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: 3, isExtensible: false) {
    case 0: self = try .request(RequestMessage(from: &reader))
    case 1: self = try .response(ResponseMessage(from: &reader))
    default: self = try .command(CommandMessage(from: &reader))
    }
  }

  /// Writes a FunctionNotUnderstood.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .request(let message):
      try writer.writeIndex(0, rootCount: 3, isExtensible: false)
      try message.encode(into: &writer)
    case .response(let message):
      try writer.writeIndex(1, rootCount: 3, isExtensible: false)
      try message.encode(into: &writer)
    case .command(let message):
      try writer.writeIndex(2, rootCount: 3, isExtensible: false)
      try message.encode(into: &writer)
    }
  }
}
