/// What share of a session's bandwidth RTCP may take (RFC 3550 §6.2, RFC 3556).
public struct RTCPBandwidth: Sendable, Hashable {
  /// Bits per second for all that send media together (`b=RS`).
  public let sendersBitsPerSecond: Double
  /// Bits per second for all that only receive (`b=RR`).
  public let receiversBitsPerSecond: Double

  /// Shares of these sizes (RFC 3556 §2); negative counts as none.
  public init(sendersBitsPerSecond: Double, receiversBitsPerSecond: Double) {
    self.sendersBitsPerSecond = max(0, sendersBitsPerSecond)
    self.receiversBitsPerSecond = max(0, receiversBitsPerSecond)
  }

  /// Five hundredths of the session's bandwidth, a quarter of them for those that send (RFC 3550 §6.2).
  public init(sessionBitsPerSecond: Double) {
    self.init(
      sendersBitsPerSecond: sessionBitsPerSecond * 0.0125, receiversBitsPerSecond: sessionBitsPerSecond * 0.0375)
  }

  /// Whether nobody may send any RTCP (`b=RS:0` and `b=RR:0`).
  public var isNone: Bool { total == 0 }

  var total: Double { sendersBitsPerSecond + receiversBitsPerSecond }

  /// The interval of a session without a random factor, in seconds (RFC 3550 §6.3.1, appendix A.7 without its dice);
  /// infinite where there is no bandwidth for it.
  ///
  /// - Parameters:
  ///   - averageBytes: of an RTCP datagram with its UDP and IP headers.
  func interval(members: Int, senders: Int, weSent: Bool, averageBytes: Double) -> Double {
    var bandwidth = total
    var count = Double(members)
    // While there are few senders they have a part of their own; else all share alike.
    let sendersPart = total == 0 ? 0 : sendersBitsPerSecond / total
    if Double(senders) <= Double(members) * sendersPart || sendersBitsPerSecond == 0 || receiversBitsPerSecond == 0 {
      if weSent {
        bandwidth = sendersBitsPerSecond
        count = Double(senders)
      } else {
        bandwidth = receiversBitsPerSecond
        count -= Double(senders)
      }
    }
    guard bandwidth > 0 else { return .infinity }
    return averageBytes * 8 * max(1, count) / bandwidth
  }
}
