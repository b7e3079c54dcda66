import PER

/// The chosen alternative of a CHOICE, when it is one that this code does not know, as it came.
public struct UnknownAlternative: Sendable, Hashable {
  /// Which one: those of the root come first, then those of the extension.
  public var index: Int
  /// The encoding of its value.
  public var octets: [UInt8]

  /// An alternative of the extension with an encoded value.
  public init(index: Int, octets: [UInt8]) {
    self.index = index
    self.octets = octets
  }

  init(_ index: Int, from reader: inout PERReader) throws(PERError) {
    self.index = index
    octets = try reader.readOpenTypeOctets()
  }

  func encode(into writer: inout PERWriter, rootCount: Int) throws(PERError) {
    guard index >= rootCount else { throw writer.error(.unknownValue) }
    try writer.writeIndex(index, rootCount: rootCount)
    try writer.writeOpenType(octets: octets)
  }
}

/// A CHOICE whose alternatives are all NULL; the raw value is the index.
public protocol NullAlternatives: RawRepresentable, Sendable, Hashable, CaseIterable where RawValue == Int {
  /// How many of the alternatives are of the root.
  static var rootCount: Int { get }
}

/// An alternative of an extensible CHOICE of NULLs, known or not.
public enum Extensible<Alternative: NullAlternatives>: Sendable, Hashable {
  case known(Alternative)
  case unknown(UnknownAlternative)

  /// The alternative; nil when only a later version of the standard knows it.
  public var known: Alternative? {
    if case .known(let alternative) = self { alternative } else { nil }
  }
}

extension Extensible: PERValue {
  /// Reads a CHOICE.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: Alternative.rootCount)
    guard let alternative = Alternative(rawValue: index) else {
      self = try .unknown(UnknownAlternative(index, from: &reader))
      return
    }
    if index >= Alternative.rootCount { try reader.skipOpenType() }
    self = .known(alternative)
  }

  /// Writes a CHOICE.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .known(let alternative):
      try writer.writeIndex(alternative.rawValue, rootCount: Alternative.rootCount)
      if alternative.rawValue >= Alternative.rootCount { try writer.writeNullOpenType() }
    case .unknown(let alternative):
      try alternative.encode(into: &writer, rootCount: Alternative.rootCount)
    }
  }
}

// What nearly every type here needs of the reader and the writer.

extension PERReader {
  @_lifetime(self: copy self)
  mutating func readUInt8(_ bounds: ClosedRange<Int> = 0...255) throws(PERError) -> UInt8 {
    UInt8(truncatingIfNeeded: try readInteger(bounds))
  }

  @_lifetime(self: copy self)
  mutating func readUInt16(_ bounds: ClosedRange<Int> = 0...65_535) throws(PERError) -> UInt16 {
    UInt16(truncatingIfNeeded: try readInteger(bounds))
  }

  @_lifetime(self: copy self)
  mutating func readUInt32(_ bounds: ClosedRange<Int> = 0...0xFFFF_FFFF) throws(PERError) -> UInt32 {
    UInt32(truncatingIfNeeded: try readInteger(bounds))
  }

  /// A channel's number.
  @_lifetime(self: copy self)
  mutating func readChannel() throws(PERError) -> LogicalChannelNumber { try readUInt16(1...65_535) }

  /// The open type of a NULL, whatever it holds.
  @_lifetime(self: copy self)
  mutating func skipOpenType() throws(PERError) {
    try readOpenType { (_: inout PERReader) throws(PERError) in }
  }

  /// The additions of a type of which none is known.
  @_lifetime(self: copy self)
  mutating func readKeptAdditions(_ preamble: PERPreamble) throws(PERError) -> PERAdditions {
    guard preamble.isExtended else { return PERAdditions() }
    var additions = try readAdditions(preamble)
    return try additions.finish(&self)
  }
}

extension PERWriter {
  mutating func write(_ value: UInt8, _ bounds: ClosedRange<Int> = 0...255) throws(PERError) {
    try writeInteger(Int(value), bounds)
  }

  mutating func write(_ value: UInt16, _ bounds: ClosedRange<Int> = 0...65_535) throws(PERError) {
    try writeInteger(Int(value), bounds)
  }

  mutating func write(_ value: UInt32, _ bounds: ClosedRange<Int> = 0...0xFFFF_FFFF) throws(PERError) {
    try writeInteger(Int(value), bounds)
  }

  /// A channel's number.
  mutating func writeChannel(_ number: LogicalChannelNumber) throws(PERError) { try write(number, 1...65_535) }

  /// The open type of a NULL.
  mutating func writeNullOpenType() throws(PERError) {
    try writeOpenType { (_: inout PERWriter) throws(PERError) in }
  }

  /// An alternative of the extension of a CHOICE.
  mutating func writeAddition(_ index: Int, rootCount: Int, _ value: some PERValue) throws(PERError) {
    try writeIndex(index, rootCount: rootCount)
    try writeOpenType(value)
  }

  /// The additions of a type of which none is known to its Swift type; the standard has `known` of them.
  mutating func writeKeptAdditions(_ kept: PERAdditions, _ sequence: PERSequence, known: Int = 0) throws(PERError) {
    guard !kept.isEmpty else { return }
    var additions = beginAdditions(sequence, known: known, kept: kept)
    try additions.finish(&self)
  }
}

extension PERWriter {
  /// An alternative of the root of an extensible CHOICE.
  mutating func writeAlternative(_ index: Int, rootCount: Int, _ value: some PERValue) throws(PERError) {
    try writeIndex(index, rootCount: rootCount)
    try value.encode(into: &self)
  }
}
