import PER

extension Capability: PERValue {
  private static let rootCount = 12

  /// Reads a Capability.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.rootCount) {
    case 0: self = try .nonStandard(NonStandardParameter(from: &reader))
    case 1: self = try .receiveVideoCapability(KeptValue(.videoCapability, from: &reader))
    case 2: self = try .transmitVideoCapability(KeptValue(.videoCapability, from: &reader))
    case 3: self = try .receiveAndTransmitVideoCapability(KeptValue(.videoCapability, from: &reader))
    case 4: self = try .receiveAudioCapability(AudioCapability(from: &reader))
    case 5: self = try .transmitAudioCapability(AudioCapability(from: &reader))
    case 6: self = try .receiveAndTransmitAudioCapability(AudioCapability(from: &reader))
    case 7: self = try .receiveDataApplicationCapability(KeptValue(.dataApplicationCapability, from: &reader))
    case 8: self = try .transmitDataApplicationCapability(KeptValue(.dataApplicationCapability, from: &reader))
    case 9:
      self = try .receiveAndTransmitDataApplicationCapability(KeptValue(.dataApplicationCapability, from: &reader))
    case 10: self = try .h233EncryptionTransmitCapability(reader.readBit())
    case 11: self = try .h233EncryptionReceiveCapability(KeptValue(.h233EncryptionReceiveCapability, from: &reader))
    case 15: self = try .receiveUserInputCapability(reader.readOpenType(UserInputCapability.self))
    case 16: self = try .transmitUserInputCapability(reader.readOpenType(UserInputCapability.self))
    case 17: self = try .receiveAndTransmitUserInputCapability(reader.readOpenType(UserInputCapability.self))
    case 18: self = try .genericControlCapability(reader.readOpenType(GenericCapability.self))
    case 22:
      self = try .receiveRTPAudioTelephonyEventCapability(reader.readOpenType(AudioTelephonyEventCapability.self))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a Capability.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .nonStandard(let parameter): try Self.write(0, parameter, &writer)
    case .receiveVideoCapability(let value): try Self.write(1, value, .videoCapability, &writer)
    case .transmitVideoCapability(let value): try Self.write(2, value, .videoCapability, &writer)
    case .receiveAndTransmitVideoCapability(let value): try Self.write(3, value, .videoCapability, &writer)
    case .receiveAudioCapability(let audio): try Self.write(4, audio, &writer)
    case .transmitAudioCapability(let audio): try Self.write(5, audio, &writer)
    case .receiveAndTransmitAudioCapability(let audio): try Self.write(6, audio, &writer)
    case .receiveDataApplicationCapability(let value): try Self.write(7, value, .dataApplicationCapability, &writer)
    case .transmitDataApplicationCapability(let value): try Self.write(8, value, .dataApplicationCapability, &writer)
    case .receiveAndTransmitDataApplicationCapability(let value):
      try Self.write(9, value, .dataApplicationCapability, &writer)
    case .h233EncryptionTransmitCapability(let isPresent): try Self.write(10, isPresent, &writer)
    case .h233EncryptionReceiveCapability(let value):
      try Self.write(11, value, .h233EncryptionReceiveCapability, &writer)
    case .receiveUserInputCapability(let input): try writer.writeAddition(15, rootCount: Self.rootCount, input)
    case .transmitUserInputCapability(let input): try writer.writeAddition(16, rootCount: Self.rootCount, input)
    case .receiveAndTransmitUserInputCapability(let input):
      try writer.writeAddition(17, rootCount: Self.rootCount, input)
    case .genericControlCapability(let capability): try writer.writeAddition(18, rootCount: Self.rootCount, capability)
    case .receiveRTPAudioTelephonyEventCapability(let events):
      try writer.writeAddition(22, rootCount: Self.rootCount, events)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: Self.rootCount)
    }
  }

  private static func write(_ index: Int, _ value: some PERValue, _ writer: inout PERWriter) throws(PERError) {
    try writer.writeIndex(index, rootCount: rootCount)
    try value.encode(into: &writer)
  }

  private static func write(
    _ index: Int, _ value: KeptValue, _ type: KeptType, _ writer: inout PERWriter
  ) throws(PERError) {
    try writer.writeIndex(index, rootCount: rootCount)
    try value.encode(into: &writer, as: type)
  }
}

extension UserInputCapability: PERValue {
  private static let rootCount = 6

  /// Reads a UserInputCapability.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.rootCount) {
    case 0: self = try .nonStandard(reader.readArray(1...16))
    case 1: self = .basicString
    case 2: self = .iA5String
    case 3: self = .generalString
    case 4: self = .dtmf
    case 5: self = .hookflash
    case 6:
      try reader.skipOpenType()
      self = .extendedAlphanumeric
    case 11: self = try .genericUserInputCapability(reader.readOpenType(GenericCapability.self))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a UserInputCapability.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .nonStandard(let parameters):
      try writer.writeIndex(0, rootCount: Self.rootCount)
      try writer.writeArray(parameters, 1...16)
    case .basicString: try writer.writeIndex(1, rootCount: Self.rootCount)
    case .iA5String: try writer.writeIndex(2, rootCount: Self.rootCount)
    case .generalString: try writer.writeIndex(3, rootCount: Self.rootCount)
    case .dtmf: try writer.writeIndex(4, rootCount: Self.rootCount)
    case .hookflash: try writer.writeIndex(5, rootCount: Self.rootCount)
    case .extendedAlphanumeric:
      try writer.writeIndex(6, rootCount: Self.rootCount)
      try writer.writeNullOpenType()
    case .genericUserInputCapability(let capability):
      try writer.writeAddition(11, rootCount: Self.rootCount, capability)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: Self.rootCount)
    }
  }
}

extension AudioTelephonyEventCapability: PERValue {
  /// Reads an AudioTelephonyEventCapability.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let dynamicRTPPayloadType: UInt8 = try reader.readUInt8(96...127)
    let audioTelephoneEvent: [UInt8] = try reader.readOctets()
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(
      dynamicRTPPayloadType: dynamicRTPPayloadType, audioTelephoneEvent: audioTelephoneEvent, extensions: extensions)
  }

  /// Writes an AudioTelephonyEventCapability.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.write(dynamicRTPPayloadType, 96...127)
    try writer.writeOctets(audioTelephoneEvent)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}
