import PER

extension AudioCapability: PERValue {
  private static let rootCount = 14

  /// Reads an AudioCapability.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.rootCount) {
    case 0: self = try .nonStandard(NonStandardParameter(from: &reader))
    case 1: self = try .g711Alaw64k(Self.frames(&reader))
    case 2: self = try .g711Alaw56k(Self.frames(&reader))
    case 3: self = try .g711Ulaw64k(Self.frames(&reader))
    case 4: self = try .g711Ulaw56k(Self.frames(&reader))
    case 5: self = try .g722At64k(Self.frames(&reader))
    case 6: self = try .g722At56k(Self.frames(&reader))
    case 7: self = try .g722At48k(Self.frames(&reader))
    case 8: self = try .g7231(maxAlSduAudioFrames: Self.frames(&reader), silenceSuppression: reader.readBit())
    case 9: self = try .g728(Self.frames(&reader))
    case 10: self = try .g729(Self.frames(&reader))
    case 11: self = try .g729AnnexA(Self.frames(&reader))
    case 12: self = try .other(KeptValue(.is11172AudioCapability, from: &reader))
    case 13: self = try .other(KeptValue(.is13818AudioCapability, from: &reader))
    case 14: self = try .g729wAnnexB(Self.openFrames(&reader))
    case 15: self = try .g729AnnexAwAnnexB(Self.openFrames(&reader))
    case 20: self = try .genericAudioCapability(reader.readOpenType(GenericCapability.self))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  private static func frames(_ reader: inout PERReader) throws(PERError) -> UInt16 { try reader.readUInt16(1...256) }

  private static func openFrames(_ reader: inout PERReader) throws(PERError) -> UInt16 {
    try reader.readOpenType { (reader: inout PERReader) throws(PERError) -> UInt16 in try frames(&reader) }
  }

  /// Writes an AudioCapability.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .nonStandard(let parameter):
      try writer.writeIndex(0, rootCount: Self.rootCount)
      try parameter.encode(into: &writer)
    case .g711Alaw64k(let frames): try Self.write(1, frames, &writer)
    case .g711Alaw56k(let frames): try Self.write(2, frames, &writer)
    case .g711Ulaw64k(let frames): try Self.write(3, frames, &writer)
    case .g711Ulaw56k(let frames): try Self.write(4, frames, &writer)
    case .g722At64k(let frames): try Self.write(5, frames, &writer)
    case .g722At56k(let frames): try Self.write(6, frames, &writer)
    case .g722At48k(let frames): try Self.write(7, frames, &writer)
    case .g7231(let frames, let silenceSuppression):
      try Self.write(8, frames, &writer)
      writer.writeBit(silenceSuppression)
    case .g728(let frames): try Self.write(9, frames, &writer)
    case .g729(let frames): try Self.write(10, frames, &writer)
    case .g729AnnexA(let frames): try Self.write(11, frames, &writer)
    case .other(let value):
      let index = value.type == .is13818AudioCapability ? 13 : 12
      try writer.writeIndex(index, rootCount: Self.rootCount)
      try value.encode(into: &writer, as: index == 13 ? .is13818AudioCapability : .is11172AudioCapability)
    case .g729wAnnexB(let frames): try Self.writeOpen(14, frames, &writer)
    case .g729AnnexAwAnnexB(let frames): try Self.writeOpen(15, frames, &writer)
    case .genericAudioCapability(let capability):
      try writer.writeAddition(20, rootCount: Self.rootCount, capability)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: Self.rootCount)
    }
  }

  private static func write(_ index: Int, _ frames: UInt16, _ writer: inout PERWriter) throws(PERError) {
    try writer.writeIndex(index, rootCount: rootCount)
    try writer.write(frames, 1...256)
  }

  private static func writeOpen(_ index: Int, _ frames: UInt16, _ writer: inout PERWriter) throws(PERError) {
    try writer.writeIndex(index, rootCount: rootCount)
    try writer.writeOpenType { (writer: inout PERWriter) throws(PERError) in try writer.write(frames, 1...256) }
  }
}
