import PER

/// How a type is written, as far as its root goes. Extensions need no description: they come with their length.
indirect enum Shape: Sendable {
  case null
  case boolean
  case integer(ClosedRange<Int>)
  case octets
  case fixedOctets(Int)
  case boundedOctets(ClosedRange<Int>)
  case objectIdentifier
  case numericString(ClosedRange<Int>)
  /// A component that may be missing.
  case optional(Shape)
  case sequence([Shape], isExtensible: Bool)
  case choice([Shape], isExtensible: Bool)
  /// A SEQUENCE OF or SET OF.
  case list(Shape, ClosedRange<Int>?)
  case type(KeptType)

  /// An extensible SEQUENCE.
  static func open(_ components: Shape...) -> Shape { .sequence(components, isExtensible: true) }

  /// A SEQUENCE without an extension marker.
  static func closed(_ components: Shape...) -> Shape { .sequence(components, isExtensible: false) }

  /// An extensible CHOICE.
  static func openChoice(_ alternatives: Shape...) -> Shape { .choice(alternatives, isExtensible: true) }

  /// A CHOICE without an extension marker.
  static func closedChoice(_ alternatives: Shape...) -> Shape { .choice(alternatives, isExtensible: false) }

  /// An extensible CHOICE of so many NULLs.
  static func openNulls(_ count: Int) -> Shape {
    .choice([Shape](repeating: .null, count: count), isExtensible: true)
  }

  /// A CHOICE of so many NULLs.
  static func closedNulls(_ count: Int) -> Shape {
    .choice([Shape](repeating: .null, count: count), isExtensible: false)
  }

  /// So many BOOLEANs, then other components, in an extensible SEQUENCE.
  static func openBooleans(_ count: Int, _ components: Shape...) -> Shape {
    .sequence([Shape](repeating: .boolean, count: count) + components, isExtensible: true)
  }
}

extension Shape {
  /// Reads a value and writes it again.
  func copy(from reader: inout PERReader, into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .null: return
    case .boolean: writer.writeBit(try reader.readBit())
    case .integer(let bounds): try writer.writeInteger(reader.readInteger(bounds), bounds)
    case .octets: try writer.writeOctets(reader.readOctets())
    case .fixedOctets(let count): try writer.writeOctets(reader.readOctets(count: count), count: count)
    case .boundedOctets(let bounds): try writer.writeOctets(reader.readOctets(bounds), bounds)
    case .objectIdentifier: try writer.writeObjectIdentifier(reader.readObjectIdentifier())
    case .numericString(let bounds): try writer.writeString(reader.readString(.numeric, bounds), .numeric, bounds)
    case .optional(let shape): try shape.copy(from: &reader, into: &writer)
    case .sequence(let components, let isExtensible):
      try Self.copySequence(components, isExtensible, from: &reader, into: &writer)
    case .choice(let alternatives, let isExtensible):
      try Self.copyChoice(alternatives, isExtensible, from: &reader, into: &writer)
    case .list(let shape, let bounds):
      let count: Int
      if let bounds {
        count = try reader.readLength(bounds)
      } else {
        count = try reader.readLength(maximum: H245Limits.maxListElements)
      }
      guard count <= H245Limits.maxListElements else { throw reader.error(.limitExceeded) }
      if let bounds {
        try writer.writeLength(count, bounds)
      } else {
        try writer.writeLength(count, maximum: H245Limits.maxListElements)
      }
      for _ in 0..<count { try shape.copy(from: &reader, into: &writer) }
    case .type(let type):
      try reader.nested { (reader: inout PERReader) throws(PERError) in
        try type.shape.copy(from: &reader, into: &writer)
      }
    }
  }

  private static func copySequence(
    _ components: [Shape], _ isExtensible: Bool, from reader: inout PERReader, into writer: inout PERWriter
  ) throws(PERError) {
    var optionals = 0
    for component in components {
      if case .optional = component { optionals += 1 }
    }
    let preamble = try reader.readPreamble(optionals: optionals, isExtensible: isExtensible)
    let sequence = writer.beginSequence(optionals: optionals, isExtensible: isExtensible)
    var place = 0
    for component in components {
      if case .optional = component {
        defer { place += 1 }
        guard preamble.has(place) else { continue }
        writer.markPresent(place, in: sequence)
      }
      try component.copy(from: &reader, into: &writer)
    }
    try writer.writeKeptAdditions(reader.readKeptAdditions(preamble), sequence)
  }

  private static func copyChoice(
    _ alternatives: [Shape], _ isExtensible: Bool, from reader: inout PERReader, into writer: inout PERWriter
  ) throws(PERError) {
    let index = try reader.readIndex(rootCount: alternatives.count, isExtensible: isExtensible)
    try writer.writeIndex(index, rootCount: alternatives.count, isExtensible: isExtensible)
    if index < alternatives.count {
      try alternatives[index].copy(from: &reader, into: &writer)
    } else {
      try writer.writeOpenType(octets: reader.readOpenTypeOctets())
    }
  }
}
