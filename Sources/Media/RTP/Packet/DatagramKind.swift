/// What a datagram on a media port is, by its first two bytes: several protocols share the port (RFC 7983 §7), RTP and RTCP
/// among them (RFC 5761 §4).
public enum DatagramKind: Sendable, Hashable {
  /// First byte 0 to 3.
  case stun
  /// First byte 16 to 19.
  case zrtp
  /// First byte 20 to 63.
  case dtls
  /// First byte 64 to 79.
  case turnChannel
  /// First byte 128 to 191, and none of RTCP's packet types.
  case rtp
  /// First byte 128 to 191, packet type 192 to 223.
  case rtcp
  /// Anything else, and datagrams without the bytes to tell.
  case unknown

  /// What these bytes claim to be; whether they are is their parser's to say.
  @inlinable
  public init(_ bytes: Span<UInt8>) {
    guard bytes.count > 1 else {
      self = .unknown
      return
    }
    switch bytes[0] {
    case 128...191: self = (192...223).contains(bytes[1]) ? .rtcp : .rtp
    case 0...3: self = .stun
    case 20...63: self = .dtls
    case 16...19: self = .zrtp
    case 64...79: self = .turnChannel
    default: self = .unknown
    }
  }

  /// Whether RTP may use a payload type where RTCP shares its port: 64 to 95 would be taken for RTCP (RFC 5761 §4).
  public static func mayShareRTCPPort(payloadType: UInt8) -> Bool { payloadType < 64 || payloadType > 95 }
}
