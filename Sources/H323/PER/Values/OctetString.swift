import Wire

/// An OCTET STRING without bounds where a SEQUENCE OF them, or an addition, is wanted.
@frozen
public struct OctetString: PERValue {
  /// The octets.
  public var octets: [UInt8]

  /// A string of these octets.
  @inlinable
  public init(_ octets: [UInt8]) {
    self.octets = octets
  }

  /// Reads an OCTET STRING without bounds (X.691 §17.8).
  @inlinable
  public init(from reader: inout PERReader) throws(PERError) {
    octets = try reader.readOctets()
  }

  /// Writes an OCTET STRING without bounds.
  @inlinable
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try writer.writeOctets(octets)
  }
}
