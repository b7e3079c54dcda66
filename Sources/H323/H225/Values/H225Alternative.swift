import PER

/// An alternative of a CHOICE by its number, and its encoded value where it is one of the extension.
///
/// So are kept the alternatives of later versions, and those that are not read here.
public struct H225Alternative: Sendable, Hashable {
  /// Numbered through: the extension goes on where the root ends.
  public var index: Int

  /// The encoding of the value; nil in the root, whose alternatives have none where this stands, and for a NULL.
  public var octets: [UInt8]?

  /// The alternative of a number.
  public init(index: Int, octets: [UInt8]? = nil) {
    self.index = index
    self.octets = octets
  }

  /// Reads the value of an alternative of the extension.
  init(_ index: Int, from reader: inout PERReader) throws(PERError) {
    self.index = index
    let octets = try reader.readOpenTypeOctets()
    // The encoding of a NULL, which an open type makes one octet.
    self.octets = octets == [0] ? nil : octets
  }

  func encode(into writer: inout PERWriter, rootCount: Int) throws(PERError) {
    guard index >= 0 else { throw writer.error(.outOfRange) }
    try writer.writeIndex(index, rootCount: rootCount)
    if index >= rootCount { try writer.writeOpenType(octets: octets ?? [0]) }
  }
}

/// A CHOICE whose alternatives have no value, such as a reason.
public protocol H225Reason: PERValue, CustomStringConvertible {
  /// How many alternatives the root has.
  static var rootCount: Int { get }
  /// The alternative.
  var alternative: H225Alternative { get }
  /// The value of an alternative.
  init(_ alternative: H225Alternative)
}

extension H225Reason {
  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: Self.rootCount)
    self.init(
      index < Self.rootCount ? H225Alternative(index: index) : try H225Alternative(index, from: &reader))
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try alternative.encode(into: &writer, rootCount: Self.rootCount)
  }

  /// The number of the alternative.
  public var description: String { "\(alternative.index)" }
}

/// An ENUMERATED with an extension marker.
public protocol H225Enumeration: PERValue {
  /// How many values the root has.
  static var rootCount: Int { get }
  /// The place in the type.
  var index: Int { get }
  /// The value at a place.
  init(index: Int)
}

extension H225Enumeration {
  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    self.init(index: try reader.readIndex(rootCount: Self.rootCount))
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    guard index >= 0 else { throw writer.error(.outOfRange) }
    try writer.writeIndex(index, rootCount: Self.rootCount)
  }
}

extension PERReader {
  /// Reads a whole number whose bounds a later version may widen (X.691 §13.1).
  @_lifetime(self: copy self)
  mutating func readExtensibleInteger(_ bounds: ClosedRange<Int>) throws(PERError) -> Int {
    try readBit() ? readInteger() : readInteger(bounds)
  }
}

extension PERWriter {
  /// Writes a whole number whose bounds a later version may widen (X.691 §13.1).
  mutating func writeExtensibleInteger(_ value: Int, _ bounds: ClosedRange<Int>) throws(PERError) {
    let isInside = bounds.contains(value)
    writeBit(!isInside)
    if isInside {
      try writeInteger(value, bounds)
    } else {
      writeInteger(value)
    }
  }
}
