import PER

/// A value of a type that nothing here looks into, as it came.
///
/// The alternatives of a CHOICE's root have no length in front of them, so that even what means nothing on a packet network
/// must be understood to find its end. ``KeptType`` knows how these types are written; a value is held as its encoding from an
/// octet boundary on and copied, bit by bit, to wherever it is written again.
public struct KeptValue: Sendable, Hashable {
  /// The type.
  public let type: KeptType
  /// The encoding as if the value stood alone.
  public let octets: [UInt8]

  /// The value that an encoding holds.
  public init(_ type: KeptType, decoding octets: [UInt8]) throws(PERError) {
    var reader = PERReader(octets.span)
    try self.init(type, from: &reader)
  }

  init(_ type: KeptType, from reader: inout PERReader) throws(PERError) {
    var writer = PERWriter(reserving: 32)
    try type.shape.copy(from: &reader, into: &writer)
    self.type = type
    octets = writer.finish()
  }

  func encode(into writer: inout PERWriter) throws(PERError) {
    var reader = PERReader(octets.span)
    try type.shape.copy(from: &reader, into: &writer)
  }

  /// Writes the value where one of this type has to stand; another is refused.
  func encode(into writer: inout PERWriter, as type: KeptType) throws(PERError) {
    guard self.type == type else { throw writer.error(.unknownValue) }
    try encode(into: &writer)
  }
}
