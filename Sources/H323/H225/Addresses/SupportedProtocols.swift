import PER

/// SupportedProtocols.
public enum SupportedProtocols: PERValue {
  case nonStandardData(NonStandardParameter)
  case h310(ProtocolCaps)
  case h320(ProtocolCaps)
  case h321(ProtocolCaps)
  case h322(ProtocolCaps)
  case h323(ProtocolCaps)
  case h324(ProtocolCaps)
  case voice(ProtocolCaps)
  case t120Only(ProtocolCaps)
  // Behind a reference, so that the others are not as large as the largest.
  indirect case t38FaxAnnexbOnly(T38FaxAnnexbOnlyCaps)
  indirect case sip(SIPCaps)
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 9)
    switch index {
    case 0: self = .nonStandardData(try NonStandardParameter(from: &reader))
    case 1: self = .h310(try ProtocolCaps(from: &reader))
    case 2: self = .h320(try ProtocolCaps(from: &reader))
    case 3: self = .h321(try ProtocolCaps(from: &reader))
    case 4: self = .h322(try ProtocolCaps(from: &reader))
    case 5: self = .h323(try ProtocolCaps(from: &reader))
    case 6: self = .h324(try ProtocolCaps(from: &reader))
    case 7: self = .voice(try ProtocolCaps(from: &reader))
    case 8: self = .t120Only(try ProtocolCaps(from: &reader))
    case 10: self = .t38FaxAnnexbOnly(try reader.readOpenType(T38FaxAnnexbOnlyCaps.self))
    case 11: self = .sip(try reader.readOpenType(SIPCaps.self))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .nonStandardData(let value):
      try writer.writeIndex(0, rootCount: 9)
      try value.encode(into: &writer)
    case .h310(let value):
      try writer.writeIndex(1, rootCount: 9)
      try value.encode(into: &writer)
    case .h320(let value):
      try writer.writeIndex(2, rootCount: 9)
      try value.encode(into: &writer)
    case .h321(let value):
      try writer.writeIndex(3, rootCount: 9)
      try value.encode(into: &writer)
    case .h322(let value):
      try writer.writeIndex(4, rootCount: 9)
      try value.encode(into: &writer)
    case .h323(let value):
      try writer.writeIndex(5, rootCount: 9)
      try value.encode(into: &writer)
    case .h324(let value):
      try writer.writeIndex(6, rootCount: 9)
      try value.encode(into: &writer)
    case .voice(let value):
      try writer.writeIndex(7, rootCount: 9)
      try value.encode(into: &writer)
    case .t120Only(let value):
      try writer.writeIndex(8, rootCount: 9)
      try value.encode(into: &writer)
    case .t38FaxAnnexbOnly(let value):
      try writer.writeIndex(10, rootCount: 9)
      try writer.writeOpenType(value)
    case .sip(let value):
      try writer.writeIndex(11, rootCount: 9)
      try writer.writeOpenType(value)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 9)
    }
  }
}

/// What is said of each of several protocols: H310Caps, H320Caps, H321Caps, H322Caps, H323Caps, H324Caps, VoiceCaps and
/// T120OnlyCaps of the standard have the same components.
public struct ProtocolCaps: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `supportedPrefixes SEQUENCE OF SupportedPrefix`, an addition
  public var supportedPrefixes: [SupportedPrefix]?

  /// Additions that are not read here.
  public var unknown: PERAdditions
}

extension ProtocolCaps {
  /// A value of its components that are not optional.
  public init() {
    unknown = PERAdditions()
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(&reader)
    let supportedPrefixes: [SupportedPrefix]? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(nonStandardData: nonStandardData, supportedPrefixes: supportedPrefixes, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 2, kept: unknown)
    try additions.keepNext(&writer)
    try additions.next(&writer, supportedPrefixes)
    try additions.finish(&writer)
  }
}
