/// A type of an ASN.1 module that has one encoding wherever it stands.
public protocol PERValue: Sendable, Hashable {
  /// Reads a value.
  ///
  /// A SEQUENCE is read into constants, which are then handed over to the memberwise initializer at once. Where one property
  /// is assigned after the other, the compiler (6.3) copies the whole value at the end and destroys the first: of a
  /// Setup, that was 2,500 instructions. So that a type has a memberwise initializer, its others are in an extension.
  init(from reader: inout PERReader) throws(PERError)

  /// Writes the value; an error says that the type of the standard does not allow it.
  func encode(into writer: inout PERWriter) throws(PERError)
}

extension PERValue {
  /// The value that a whole encoding holds; octets after it are passed over.
  public init(decoding bytes: Span<UInt8>) throws(PERError) {
    var reader = PERReader(bytes)
    try self.init(from: &reader)
  }

  /// The value that a whole encoding holds; octets after it are passed over.
  public init(decoding bytes: [UInt8]) throws(PERError) {
    // The array is bound for as long as its span is read: the compiler (6.3) leaks a temporary one when this throws.
    var reader = PERReader(bytes.span)
    try self.init(from: &reader)
  }

  /// The whole encoding of the value: whole octets, at least one (X.691 §11.1).
  public func encoded(reserving capacity: Int = 256) throws(PERError) -> [UInt8] {
    var writer = PERWriter(reserving: capacity)
    try encode(into: &writer)
    return writer.finish()
  }
}

extension Bool: PERValue {
  /// Reads a BOOLEAN (§12).
  @inlinable
  public init(from reader: inout PERReader) throws(PERError) {
    self = try reader.readBit()
  }

  /// Writes a BOOLEAN.
  @inlinable
  public func encode(into writer: inout PERWriter) throws(PERError) {
    writer.writeBit(self)
  }
}
