import PER

/// SupportedProtocols.
public enum SupportedProtocols: PERValue {
  case nonStandardData(NonStandardParameter)
  case h310(H310Caps)
  case h320(H320Caps)
  case h321(H321Caps)
  case h322(H322Caps)
  case h323(H323Caps)
  case h324(H324Caps)
  case voice(VoiceCaps)
  case t120Only(T120OnlyCaps)
  case t38FaxAnnexbOnly(T38FaxAnnexbOnlyCaps)
  case sip(SIPCaps)
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 9)
    switch index {
    case 0: self = .nonStandardData(try NonStandardParameter(from: &reader))
    case 1: self = .h310(try H310Caps(from: &reader))
    case 2: self = .h320(try H320Caps(from: &reader))
    case 3: self = .h321(try H321Caps(from: &reader))
    case 4: self = .h322(try H322Caps(from: &reader))
    case 5: self = .h323(try H323Caps(from: &reader))
    case 6: self = .h324(try H324Caps(from: &reader))
    case 7: self = .voice(try VoiceCaps(from: &reader))
    case 8: self = .t120Only(try T120OnlyCaps(from: &reader))
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

/// H310Caps.
public struct H310Caps: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `supportedPrefixes SEQUENCE OF SupportedPrefix`, an addition
  public var supportedPrefixes: [SupportedPrefix]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init() {
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(&reader)
    let supportedPrefixes: [SupportedPrefix]? = try additions.next(&reader)
    let unknown = try additions.finish(&reader)

    self.nonStandardData = nonStandardData
    self.supportedPrefixes = supportedPrefixes
    self.unknown = unknown
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

/// H320Caps.
public struct H320Caps: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `supportedPrefixes SEQUENCE OF SupportedPrefix`, an addition
  public var supportedPrefixes: [SupportedPrefix]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init() {
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(&reader)
    let supportedPrefixes: [SupportedPrefix]? = try additions.next(&reader)
    let unknown = try additions.finish(&reader)

    self.nonStandardData = nonStandardData
    self.supportedPrefixes = supportedPrefixes
    self.unknown = unknown
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

/// H321Caps.
public struct H321Caps: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `supportedPrefixes SEQUENCE OF SupportedPrefix`, an addition
  public var supportedPrefixes: [SupportedPrefix]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init() {
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(&reader)
    let supportedPrefixes: [SupportedPrefix]? = try additions.next(&reader)
    let unknown = try additions.finish(&reader)

    self.nonStandardData = nonStandardData
    self.supportedPrefixes = supportedPrefixes
    self.unknown = unknown
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

/// H322Caps.
public struct H322Caps: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `supportedPrefixes SEQUENCE OF SupportedPrefix`, an addition
  public var supportedPrefixes: [SupportedPrefix]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init() {
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(&reader)
    let supportedPrefixes: [SupportedPrefix]? = try additions.next(&reader)
    let unknown = try additions.finish(&reader)

    self.nonStandardData = nonStandardData
    self.supportedPrefixes = supportedPrefixes
    self.unknown = unknown
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

/// H323Caps.
public struct H323Caps: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `supportedPrefixes SEQUENCE OF SupportedPrefix`, an addition
  public var supportedPrefixes: [SupportedPrefix]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init() {
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(&reader)
    let supportedPrefixes: [SupportedPrefix]? = try additions.next(&reader)
    let unknown = try additions.finish(&reader)

    self.nonStandardData = nonStandardData
    self.supportedPrefixes = supportedPrefixes
    self.unknown = unknown
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

/// H324Caps.
public struct H324Caps: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `supportedPrefixes SEQUENCE OF SupportedPrefix`, an addition
  public var supportedPrefixes: [SupportedPrefix]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init() {
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(&reader)
    let supportedPrefixes: [SupportedPrefix]? = try additions.next(&reader)
    let unknown = try additions.finish(&reader)

    self.nonStandardData = nonStandardData
    self.supportedPrefixes = supportedPrefixes
    self.unknown = unknown
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

/// VoiceCaps.
public struct VoiceCaps: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `supportedPrefixes SEQUENCE OF SupportedPrefix`, an addition
  public var supportedPrefixes: [SupportedPrefix]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init() {
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(&reader)
    let supportedPrefixes: [SupportedPrefix]? = try additions.next(&reader)
    let unknown = try additions.finish(&reader)

    self.nonStandardData = nonStandardData
    self.supportedPrefixes = supportedPrefixes
    self.unknown = unknown
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
