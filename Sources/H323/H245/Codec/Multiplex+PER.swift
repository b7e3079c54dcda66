import PER

extension MultiplexCapability: PERValue {
  private static let rootCount = 4

  /// Reads a MultiplexCapability.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.rootCount) {
    case 0: self = try .nonStandard(NonStandardParameter(from: &reader))
    case 1: self = try .other(KeptValue(.h222Capability, from: &reader))
    case 2: self = try .other(KeptValue(.h223Capability, from: &reader))
    case 3: self = try .other(KeptValue(.v76Capability, from: &reader))
    case 4: self = try .h2250Capability(reader.readOpenType(H2250Capability.self))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a MultiplexCapability.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .nonStandard(let parameter):
      try writer.writeIndex(0, rootCount: Self.rootCount)
      try parameter.encode(into: &writer)
    case .other(let value):
      let index: Int
      switch value.type {
      case .h222Capability: index = 1
      case .h223Capability: index = 2
      case .v76Capability: index = 3
      default: throw writer.error(.unknownValue)
      }
      try writer.writeIndex(index, rootCount: Self.rootCount)
      try value.encode(into: &writer)
    case .h2250Capability(let capability): try writer.writeAddition(4, rootCount: Self.rootCount, capability)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: Self.rootCount)
    }
  }
}

extension H2250Capability: PERValue {
  /// Reads an H2250Capability.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let maximumAudioDelayJitter: UInt16 = try reader.readUInt16(0...1023)
    let receiveMultipointCapability: MultipointCapability = try MultipointCapability(from: &reader)
    let transmitMultipointCapability: MultipointCapability = try MultipointCapability(from: &reader)
    let receiveAndTransmitMultipointCapability: MultipointCapability = try MultipointCapability(from: &reader)
    let mcCapability: MCCapability = try MCCapability(from: &reader)
    let rtcpVideoControlCapability: Bool = try reader.readBit()
    let mediaPacketizationCapability: MediaPacketizationCapability = try MediaPacketizationCapability(from: &reader)
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(
      maximumAudioDelayJitter: maximumAudioDelayJitter, receiveMultipointCapability: receiveMultipointCapability,
      transmitMultipointCapability: transmitMultipointCapability,
      receiveAndTransmitMultipointCapability: receiveAndTransmitMultipointCapability, mcCapability: mcCapability,
      rtcpVideoControlCapability: rtcpVideoControlCapability,
      mediaPacketizationCapability: mediaPacketizationCapability, extensions: extensions)
  }

  /// Writes an H2250Capability.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.write(maximumAudioDelayJitter, 0...1023)
    try receiveMultipointCapability.encode(into: &writer)
    try transmitMultipointCapability.encode(into: &writer)
    try receiveAndTransmitMultipointCapability.encode(into: &writer)
    try mcCapability.encode(into: &writer)
    writer.writeBit(rtcpVideoControlCapability)
    try mediaPacketizationCapability.encode(into: &writer)
    try writer.writeKeptAdditions(extensions, sequence, known: 4)
  }
}

extension H2250Capability.MCCapability: PERValue {
  /// Reads an mcCapability.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let centralizedConferenceMC: Bool = try reader.readBit()
    let decentralizedConferenceMC: Bool = try reader.readBit()
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(
      centralizedConferenceMC: centralizedConferenceMC, decentralizedConferenceMC: decentralizedConferenceMC,
      extensions: extensions)
  }

  /// Writes an mcCapability.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    writer.writeBit(centralizedConferenceMC)
    writer.writeBit(decentralizedConferenceMC)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension H2250Capability.MediaPacketizationCapability: PERValue {
  /// Reads a MediaPacketizationCapability.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    h261aVideoPacketization = try reader.readBit()
    extensions = try reader.readKeptAdditions(preamble)
  }

  /// Writes a MediaPacketizationCapability.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    writer.writeBit(h261aVideoPacketization)
    try writer.writeKeptAdditions(extensions, sequence, known: 1)
  }
}

extension MultipointCapability: PERValue {
  /// Reads a MultipointCapability.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let multicastCapability: Bool = try reader.readBit()
    let multiUniCastConference: Bool = try reader.readBit()
    let mediaDistributionCapability: [MediaDistributionCapability] = try reader.readArray()
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(
      multicastCapability: multicastCapability, multiUniCastConference: multiUniCastConference,
      mediaDistributionCapability: mediaDistributionCapability, extensions: extensions)
  }

  /// Writes a MultipointCapability.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    writer.writeBit(multicastCapability)
    writer.writeBit(multiUniCastConference)
    try writer.writeArray(mediaDistributionCapability)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}

extension MediaDistributionCapability: PERValue {
  /// Reads a MediaDistributionCapability.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let centralizedControl: Bool = try reader.readBit()
    let distributedControl: Bool = try reader.readBit()
    let centralizedAudio: Bool = try reader.readBit()
    let distributedAudio: Bool = try reader.readBit()
    let centralizedVideo: Bool = try reader.readBit()
    let distributedVideo: Bool = try reader.readBit()
    let centralizedData: KeptValue? = preamble.has(0) ? try KeptValue(.dataApplicationCapabilities, from: &reader) : nil
    let distributedData: KeptValue? = preamble.has(1) ? try KeptValue(.dataApplicationCapabilities, from: &reader) : nil
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(
      centralizedControl: centralizedControl, distributedControl: distributedControl,
      centralizedAudio: centralizedAudio, distributedAudio: distributedAudio, centralizedVideo: centralizedVideo,
      distributedVideo: distributedVideo, centralizedData: centralizedData, distributedData: distributedData,
      extensions: extensions)
  }

  /// Writes a MediaDistributionCapability.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    writer.writeBit(centralizedControl)
    writer.writeBit(distributedControl)
    writer.writeBit(centralizedAudio)
    writer.writeBit(distributedAudio)
    writer.writeBit(centralizedVideo)
    writer.writeBit(distributedVideo)
    if let centralizedData {
      writer.markPresent(0, in: sequence)
      try centralizedData.encode(into: &writer, as: .dataApplicationCapabilities)
    }
    if let distributedData {
      writer.markPresent(1, in: sequence)
      try distributedData.encode(into: &writer, as: .dataApplicationCapabilities)
    }
    try writer.writeKeptAdditions(extensions, sequence)
  }
}
