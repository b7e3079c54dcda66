import Wire

/// An RTP packet seen through its header: every part in its place, nothing copied (RFC 3550 §5).
///
/// It cannot outlive the bytes it looks at and costs nothing to pass around.
public struct RTPPacketView: ~Escapable {
  /// The whole packet as it came.
  public let bytes: Span<UInt8>
  /// The header taken apart.
  public let header: RTPHeader

  /// Reads and checks a packet in the clear.
  @_lifetime(copy bytes)
  @inline(__always)
  public init(_ bytes: Span<UInt8>) throws(RTPParseError) {
    self.bytes = bytes
    header = try RTPHeader(bytes)
  }

  /// The payload, without padding.
  public var payload: Span<UInt8> {
    @_lifetime(copy self)
    get { bytes.extracting(header.payload) }
  }

  /// The header extension's data; empty when there is none (§5.3.1).
  public var extensionData: Span<UInt8> {
    @_lifetime(copy self)
    get { bytes.extracting(header.extensionRange) }
  }

  /// A contributing source, from 0 up to `header.contributingSourceCount`.
  public func contributingSource(at place: Int) -> UInt32 {
    precondition(place >= 0 && place < header.contributingSourceCount, "no such contributing source")
    return bytes.bigEndianUInt32(at: RTPHeader.fixedByteCount + 4 * place)
  }

  /// The elements of a header extension of RFC 8285, one after the other; none when it is of another kind.
  public var extensionElements: RTPExtensionElements {
    @_lifetime(copy self)
    get { RTPExtensionElements(bytes, header) }
  }

  /// The data of the first extension element with that local identifier, perhaps empty; nil when there is none.
  public func extensionElement(_ id: UInt8) -> ByteRange? {
    var elements = extensionElements
    while let element = elements.next() {
      if element.id == id { return element.data }
    }
    return nil
  }
}
