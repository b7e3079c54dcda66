import Wire

/// The header of an RTP packet taken apart (RFC 3550 §5.1): values and places, nothing copied.
///
/// All places hold for every copy of the packet's bytes.
public struct RTPHeader: Sendable, Hashable {
  /// The bytes of the fixed header.
  public static let fixedByteCount = 12

  /// The marker bit; its meaning is the payload format's.
  public let marker: Bool
  /// The payload type, 0 to 127.
  public let payloadType: UInt8
  /// The sequence number.
  public let sequenceNumber: UInt16
  /// The sampling instant of the first payload byte, in units of the payload format's clock.
  public let timestamp: UInt32
  /// The synchronisation source.
  public let ssrc: UInt32
  /// How many contributing sources there are, at most 15.
  public let contributingSourceCount: Int
  /// The 16 bits that say what the header extension is; nil when there is none (§5.3.1).
  public let extensionProfile: UInt16?
  /// The header extension's data, without its four bytes of header; empty when there is none.
  public let extensionRange: ByteRange
  /// The payload, without padding.
  public let payload: ByteRange
  /// Whether the padding bit is set.
  public let hasPadding: Bool
  /// The bytes of padding behind the payload, their count included; of a protected packet unknown, and 0.
  public let paddingCount: Int

  /// The bytes before the payload.
  public var byteCount: Int { payload.lowerBound }

  /// Reads and checks the header of a packet in the clear (appendix A.1).
  ///
  /// What is checked is the version, that the header lies inside, and the padding. Whether the payload type belongs to
  /// the session is its owner's to know, whether the source is genuine ``SequenceValidator``'s.
  @inline(__always)
  public init(_ bytes: Span<UInt8>) throws(RTPParseError) {
    try self.init(bytes, isProtected: false)
  }

  /// Reads and checks the header of an SRTP packet, whose padding is encrypted: `payload` is everything behind the header.
  @inline(__always)
  public init(protected bytes: Span<UInt8>) throws(RTPParseError) {
    try self.init(bytes, isProtected: true)
  }

  private init(_ bytes: Span<UInt8>, isProtected: Bool) throws(RTPParseError) {
    let count = bytes.count
    guard count >= Self.fixedByteCount else { throw RTPParseError(.truncated, at: count) }
    guard count <= RTPLimits.maxPacketBytes else { throw RTPParseError(.tooLong, at: RTPLimits.maxPacketBytes) }
    let word = bytes.bigEndianUInt64(at: 0)
    guard word >> 62 == 2 else { throw RTPParseError(.version, at: 0) }
    marker = word & 0x0080_0000_0000_0000 != 0
    payloadType = UInt8(truncatingIfNeeded: word >> 48) & 0x7F
    sequenceNumber = UInt16(truncatingIfNeeded: word >> 32)
    timestamp = UInt32(truncatingIfNeeded: word)
    ssrc = bytes.bigEndianUInt32(at: 8)
    contributingSourceCount = Int(word >> 56 & 0x0F)
    hasPadding = word & 0x2000_0000_0000_0000 != 0

    var start = Self.fixedByteCount &+ 4 &* contributingSourceCount
    if word & 0x1000_0000_0000_0000 != 0 {
      guard start &+ 4 <= count else { throw RTPParseError(.truncated, at: count) }
      extensionProfile = bytes.bigEndianUInt16(at: start)
      let data = start &+ 4
      start = data &+ 4 &* Int(bytes.bigEndianUInt16(at: start &+ 2))
      guard start <= count else { throw RTPParseError(.truncated, at: count) }
      extensionRange = ByteRange(lower: UInt32(truncatingIfNeeded: data), upper: UInt32(truncatingIfNeeded: start))
    } else {
      guard start <= count else { throw RTPParseError(.truncated, at: count) }
      extensionProfile = nil
      extensionRange = .zero
    }

    if hasPadding, !isProtected {
      guard count > start else { throw RTPParseError(.padding, at: count) }
      paddingCount = Int(bytes[count &- 1])
      guard paddingCount > 0, paddingCount <= count &- start else { throw RTPParseError(.padding, at: count &- 1) }
    } else {
      paddingCount = 0
    }
    payload = ByteRange(
      lower: UInt32(truncatingIfNeeded: start), upper: UInt32(truncatingIfNeeded: count &- paddingCount))
  }
}
