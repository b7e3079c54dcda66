/// Why a packet was not protected, or not let through.
public enum SRTPError: Error, Sendable, Hashable {
  /// It is no RTP or RTCP packet of version 2, or shorter than the suite's trailer.
  case malformed
  /// The buffer has no room for the trailer.
  case noRoom
  /// The tag is not what it should be: changed on the way, or made with another key (RFC 3711 §3.3).
  case authenticationFailed
  /// The same index was there before (RFC 3711 §3.3.2).
  case replayed
  /// So late that it cannot be told whether it was there before (RFC 3711 §3.3.2).
  case tooOld
  /// It names another master key (RFC 3711 §3.1).
  case otherMasterKey
  /// The context has as many sources as it may.
  case tooManySources
  /// The master key has done all the packets it may (RFC 3711 §9.2).
  case keyExpired
}
