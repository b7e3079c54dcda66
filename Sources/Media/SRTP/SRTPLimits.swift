/// The limits of a context (RFC 3711 §3.2.1, §3.3.2, §9.2).
public enum SRTPLimits {
  /// The most sources of one context. A source is never forgotten: its packets could be replayed, or its indices used
  /// twice under one key.
  public static let maxSources = 32
  /// How far an RTP packet may come behind the newest of its source, in packets.
  public static let replayWindow = ReplayWindow<16>.size
  /// The same for RTCP.
  public static let rtcpReplayWindow = ReplayWindow<2>.size
  /// The most RTP packets under one master key.
  public static let maxPackets: UInt64 = 1 << 48
  /// The most RTCP packets under one master key.
  public static let maxRTCPPackets: UInt64 = 1 << 31
  /// The most bytes of a master key identifier (RFC 4568 §6.1).
  public static let maxMKIBytes = 128
}
