import Wire

/// What kinds of RTCP packets there are (RFC 3550 §12.1, RFC 4585 §6.1, RFC 3611 §2).
public enum RTCPPacketType {
  /// Sender report.
  public static let senderReport: UInt8 = 200
  /// Receiver report.
  public static let receiverReport: UInt8 = 201
  /// Source description.
  public static let sourceDescription: UInt8 = 202
  /// Goodbye.
  public static let goodbye: UInt8 = 203
  /// Defined by an application.
  public static let application: UInt8 = 204
  /// Transport-layer feedback.
  public static let transportFeedback: UInt8 = 205
  /// Payload-specific feedback.
  public static let payloadFeedback: UInt8 = 206
  /// Extended report.
  public static let extendedReport: UInt8 = 207
}

/// Which datagrams are RTCP.
public enum RTCPForm: Sendable, Hashable {
  /// Compound packets, which begin with a report (RFC 3550 §6.1).
  case compound
  /// Those, and packets of any kind alone or together, once `a=rtcp-rsize` is agreed upon (RFC 5506).
  case reducedSize
}

/// The common header of an RTCP packet and its places in the datagram (RFC 3550 §6.4.1).
public struct RTCPHeader: Sendable, Hashable {
  /// What kind of packet it is, by its number.
  public let packetType: UInt8
  /// How many things of its kind it has, or which subtype or format it is: 0 to 31.
  public let count: UInt8
  /// What follows the header's four bytes, without padding.
  public let body: ByteRange
}

/// Walks through the packets of a datagram that has been checked as a whole (RFC 3550 §6.1, appendix A.2).
public struct RTCPReader: ~Escapable {
  private let bytes: Span<UInt8>
  private var position = 0

  /// Checks that the datagram is a chain of packets of version 2 that ends where the datagram does, that only the last is
  /// padded, and that it begins with a report unless reduced size is allowed.
  @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>, allowing form: RTCPForm) throws(RTCPParseError) {
    self.bytes = bytes
    guard bytes.count <= RTPLimits.maxPacketBytes else { throw RTCPParseError(.tooLong, at: RTPLimits.maxPacketBytes) }
    guard bytes.count >= 4 else { throw RTCPParseError(.truncated, at: bytes.count) }
    if form == .compound {
      let type = bytes[1]
      guard type == RTCPPacketType.senderReport || type == RTCPPacketType.receiverReport else {
        throw RTCPParseError(.firstPacket, at: 1)
      }
    }
    var position = 0
    var packets = 0
    while position < bytes.count {
      packets += 1
      guard packets <= RTPLimits.maxCompoundPackets else { throw RTCPParseError(.tooLong, at: position) }
      guard bytes.count - position >= 4 else { throw RTCPParseError(.truncated, at: bytes.count) }
      guard bytes[position] >> 6 == 2 else { throw RTCPParseError(.version, at: position) }
      let end = position + 4 + 4 * Int(bytes.bigEndianUInt16(at: position + 2))
      guard end <= bytes.count else { throw RTCPParseError(.truncated, at: bytes.count) }
      if bytes[position] & 0x20 != 0 {
        guard end == bytes.count else { throw RTCPParseError(.padding, at: position) }
        let padding = Int(bytes[end - 1])
        guard padding > 0, padding % 4 == 0, padding <= end - position - 4 else {
          throw RTCPParseError(.padding, at: end - 1)
        }
      }
      position = end
    }
  }

  /// The next packet; nil behind the last.
  @_lifetime(self: copy self)
  public mutating func next() -> RTCPHeader? {
    guard position < bytes.count else { return nil }
    let start = position
    position = start + 4 + 4 * Int(bytes.bigEndianUInt16(at: start + 2))
    let padding = bytes[start] & 0x20 != 0 ? Int(bytes[position - 1]) : 0
    return RTCPHeader(
      packetType: bytes[start + 1], count: bytes[start] & 0x1F, body: ByteRange((start + 4)..<(position - padding)))
  }
}
