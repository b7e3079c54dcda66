import PER

extension DataType: PERValue {
  private static let rootCount = 6

  /// Reads a DataType.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.rootCount) {
    case 0: self = try .nonStandard(NonStandardParameter(from: &reader))
    case 1: self = .nullData
    case 2: self = try .videoData(KeptValue(.videoCapability, from: &reader))
    case 3: self = try .audioData(AudioCapability(from: &reader))
    case 4: self = try .data(KeptValue(.dataApplicationCapability, from: &reader))
    case 5: self = try .encryptionData(KeptValue(.encryptionMode, from: &reader))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a DataType.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .nonStandard(let parameter):
      try writer.writeIndex(0, rootCount: Self.rootCount)
      try parameter.encode(into: &writer)
    case .nullData: try writer.writeIndex(1, rootCount: Self.rootCount)
    case .videoData(let value):
      try writer.writeIndex(2, rootCount: Self.rootCount)
      try value.encode(into: &writer, as: .videoCapability)
    case .audioData(let audio):
      try writer.writeIndex(3, rootCount: Self.rootCount)
      try audio.encode(into: &writer)
    case .data(let value):
      try writer.writeIndex(4, rootCount: Self.rootCount)
      try value.encode(into: &writer, as: .dataApplicationCapability)
    case .encryptionData(let value):
      try writer.writeIndex(5, rootCount: Self.rootCount)
      try value.encode(into: &writer, as: .encryptionMode)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: Self.rootCount)
    }
  }
}

extension MultiplexParameters {
  /// The three places where it stands have different roots; h2250LogicalChannelParameters is the first addition in each.
  enum Place {
    case forward, reverse, reverseAck

    var root: [KeptType] {
      switch self {
      case .forward: [.h222LogicalChannelParameters, .h223LogicalChannelParameters, .v76LogicalChannelParameters]
      case .reverse: [.h223LogicalChannelParameters, .v76LogicalChannelParameters]
      case .reverseAck: [.h222LogicalChannelParameters]
      }
    }
  }

  init(from reader: inout PERReader, _ place: Place) throws(PERError) {
    let root = place.root
    let index = try reader.readIndex(rootCount: root.count)
    if index < root.count {
      self = try .other(KeptValue(root[index], from: &reader))
    } else if index == root.count {
      self = try .h2250LogicalChannelParameters(reader.readOpenType(H2250LogicalChannelParameters.self))
    } else {
      self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  func encode(into writer: inout PERWriter, _ place: Place) throws(PERError) {
    let root = place.root
    switch self {
    case .other(let value):
      guard let index = root.firstIndex(of: value.type) else { throw writer.error(.unknownValue) }
      try writer.writeIndex(index, rootCount: root.count)
      try value.encode(into: &writer)
    case .h2250LogicalChannelParameters(let parameters):
      try writer.writeAddition(root.count, rootCount: root.count, parameters)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: root.count)
    }
  }
}

extension H2250LogicalChannelParameters: PERValue {
  /// Reads an H2250LogicalChannelParameters.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 10)
    let nonStandard: [NonStandardParameter]? = preamble.has(0) ? try reader.readArray() : nil
    let sessionID: UInt8 = try reader.readUInt8()
    let associatedSessionID: UInt8? = preamble.has(1) ? try reader.readUInt8(1...255) : nil
    let mediaChannel: TransportAddress? = preamble.has(2) ? try TransportAddress(from: &reader) : nil
    let mediaGuaranteedDelivery: Bool? = preamble.has(3) ? try reader.readBit() : nil
    let mediaControlChannel: TransportAddress? = preamble.has(4) ? try TransportAddress(from: &reader) : nil
    let mediaControlGuaranteedDelivery: Bool? = preamble.has(5) ? try reader.readBit() : nil
    let silenceSuppression: Bool? = preamble.has(6) ? try reader.readBit() : nil
    let destination: TerminalLabel? = preamble.has(7) ? try TerminalLabel(from: &reader) : nil
    let dynamicRTPPayloadType: UInt8? = preamble.has(8) ? try reader.readUInt8(96...127) : nil
    let mediaPacketization: MediaPacketization? = preamble.has(9) ? try MediaPacketization(from: &reader) : nil
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(
      nonStandard: nonStandard, sessionID: sessionID, associatedSessionID: associatedSessionID,
      mediaChannel: mediaChannel, mediaGuaranteedDelivery: mediaGuaranteedDelivery,
      mediaControlChannel: mediaControlChannel, mediaControlGuaranteedDelivery: mediaControlGuaranteedDelivery,
      silenceSuppression: silenceSuppression, destination: destination, dynamicRTPPayloadType: dynamicRTPPayloadType,
      mediaPacketization: mediaPacketization, extensions: extensions)
  }

  /// Writes an H2250LogicalChannelParameters.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 10)
    try writer.writeOptional(nonStandard, 0, in: sequence)
    try writer.write(sessionID)
    if let associatedSessionID {
      writer.markPresent(1, in: sequence)
      try writer.write(associatedSessionID, 1...255)
    }
    try writer.writeOptional(mediaChannel, 2, in: sequence)
    try writer.writeOptional(mediaGuaranteedDelivery, 3, in: sequence)
    try writer.writeOptional(mediaControlChannel, 4, in: sequence)
    try writer.writeOptional(mediaControlGuaranteedDelivery, 5, in: sequence)
    try writer.writeOptional(silenceSuppression, 6, in: sequence)
    try writer.writeOptional(destination, 7, in: sequence)
    if let dynamicRTPPayloadType {
      writer.markPresent(8, in: sequence)
      try writer.write(dynamicRTPPayloadType, 96...127)
    }
    try writer.writeOptional(mediaPacketization, 9, in: sequence)
    try writer.writeKeptAdditions(extensions, sequence, known: 3)
  }
}

extension H2250LogicalChannelParameters.MediaPacketization: PERValue {
  /// Reads a mediaPacketization.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 1)
    self = index == 0 ? .h261aVideoPacketization : try .unknown(UnknownAlternative(index, from: &reader))
  }

  /// Writes a mediaPacketization.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .h261aVideoPacketization: try writer.writeIndex(0, rootCount: 1)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: 1)
    }
  }
}

extension H2250LogicalChannelAckParameters: PERValue {
  /// Reads an H2250LogicalChannelAckParameters.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 5)
    let nonStandard: [NonStandardParameter]? = preamble.has(0) ? try reader.readArray() : nil
    let sessionID: UInt8? = preamble.has(1) ? try reader.readUInt8(1...255) : nil
    let mediaChannel: TransportAddress? = preamble.has(2) ? try TransportAddress(from: &reader) : nil
    let mediaControlChannel: TransportAddress? = preamble.has(3) ? try TransportAddress(from: &reader) : nil
    let dynamicRTPPayloadType: UInt8? = preamble.has(4) ? try reader.readUInt8(96...127) : nil
    var additions = try reader.readAdditions(preamble)
    let flowControlToZero: Bool? = try additions.next(&reader)
    let extensions: PERAdditions = try additions.finish(&reader)
    self.init(
      nonStandard: nonStandard, sessionID: sessionID, mediaChannel: mediaChannel,
      mediaControlChannel: mediaControlChannel, dynamicRTPPayloadType: dynamicRTPPayloadType,
      flowControlToZero: flowControlToZero, extensions: extensions)
  }

  /// Writes an H2250LogicalChannelAckParameters.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 5)
    try writer.writeOptional(nonStandard, 0, in: sequence)
    if let sessionID {
      writer.markPresent(1, in: sequence)
      try writer.write(sessionID, 1...255)
    }
    try writer.writeOptional(mediaChannel, 2, in: sequence)
    try writer.writeOptional(mediaControlChannel, 3, in: sequence)
    if let dynamicRTPPayloadType {
      writer.markPresent(4, in: sequence)
      try writer.write(dynamicRTPPayloadType, 96...127)
    }
    var additions = writer.beginAdditions(sequence, known: 3, kept: extensions)
    try additions.next(&writer, flowControlToZero)
    try additions.finish(&writer)
  }
}
