/// The limits of RTP and RTCP packets, as far as the formats do not set them.
public enum RTPLimits {
  /// The most bytes of one packet: what a UDP datagram can carry over IPv4.
  public static let maxPacketBytes = 65_507
  /// The most contributing sources: the count has four bits (RFC 3550 §5.1).
  public static let maxContributingSources = 15
  /// The most RTCP packets of one datagram.
  public static let maxCompoundPackets = 64
  /// The most chunks, report blocks or sources of one RTCP packet: the count has five bits (RFC 3550 §6.4).
  public static let maxRTCPCount = 31
  /// The most items of one SDES chunk that are read.
  public static let maxSDESItems = 32
  /// The most bytes of an SDES item or of a reason for leaving: the length has eight bits (RFC 3550 §6.5).
  public static let maxTextBytes = 255
}
