import PER

extension RoundTripDelayRequest: PERValue {
  /// Reads a RoundTripDelayRequest.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let sequenceNumber: UInt8 = try reader.readUInt8()
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(sequenceNumber: sequenceNumber, extensions: extensions)
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
    let sequenceNumber: UInt8 = try reader.readUInt8()
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(sequenceNumber: sequenceNumber, extensions: extensions)
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
    let sequenceNumber: UInt8 = try reader.readUInt8()
    let requestedModes: KeptValue = try KeptValue(.requestedModes, from: &reader)
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(sequenceNumber: sequenceNumber, requestedModes: requestedModes, extensions: extensions)
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
    let sequenceNumber: UInt8 = try reader.readUInt8()
    let response: Extensible<Response> = try Extensible(from: &reader)
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(sequenceNumber: sequenceNumber, response: response, extensions: extensions)
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
    let sequenceNumber: UInt8 = try reader.readUInt8()
    let cause: Extensible<Cause> = try Extensible(from: &reader)
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(sequenceNumber: sequenceNumber, cause: cause, extensions: extensions)
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
    let scope: ChannelScope = try ChannelScope(from: &reader)
    let restriction: Restriction = try Restriction(from: &reader)
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(scope: scope, restriction: restriction, extensions: extensions)
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
    let scope: ChannelScope = try ChannelScope(from: &reader)
    let estimatedReceivedJitterMantissa: UInt8 = try reader.readUInt8(0...3)
    let estimatedReceivedJitterExponent: UInt8 = try reader.readUInt8(0...7)
    let skippedFrameCount: UInt8? = preamble.has(0) ? try reader.readUInt8(0...15) : nil
    let additionalDecoderBuffer: UInt32? = preamble.has(1) ? try reader.readUInt32(0...262_143) : nil
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(
      scope: scope, estimatedReceivedJitterMantissa: estimatedReceivedJitterMantissa,
      estimatedReceivedJitterExponent: estimatedReceivedJitterExponent, skippedFrameCount: skippedFrameCount,
      additionalDecoderBuffer: additionalDecoderBuffer, extensions: extensions)
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
    let logicalChannelNumber1: LogicalChannelNumber = try reader.readChannel()
    let logicalChannelNumber2: LogicalChannelNumber = try reader.readChannel()
    let maximumSkew: UInt16 = try reader.readUInt16(0...4095)
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(
      logicalChannelNumber1: logicalChannelNumber1, logicalChannelNumber2: logicalChannelNumber2,
      maximumSkew: maximumSkew, extensions: extensions)
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
    let vendor: NonStandardIdentifier = try NonStandardIdentifier(from: &reader)
    let productNumber: [UInt8]? = preamble.has(0) ? try reader.readOctets(1...256) : nil
    let versionNumber: [UInt8]? = preamble.has(1) ? try reader.readOctets(1...256) : nil
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(vendor: vendor, productNumber: productNumber, versionNumber: versionNumber, extensions: extensions)
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
    let cause: Extensible<Cause> = try Extensible(from: &reader)
    let returnedFunction: [UInt8]? = preamble.has(0) ? try reader.readOctets(maximum: H245Limits.maxMessageOctets) : nil
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(cause: cause, returnedFunction: returnedFunction, extensions: extensions)
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
    let logicalChannelNumber: LogicalChannelNumber = try reader.readChannel()
    let type: Kind = try Kind(from: &reader)
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(logicalChannelNumber: logicalChannelNumber, type: type, extensions: extensions)
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
    let logicalChannelNumber: LogicalChannelNumber = try reader.readChannel()
    let type: Kind = try Kind(from: &reader)
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(logicalChannelNumber: logicalChannelNumber, type: type, extensions: extensions)
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
