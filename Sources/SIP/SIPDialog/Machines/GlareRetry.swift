/// How long to wait after two requests of one dialog met each other: RFC 3261 §14.1, RFC 3311 §5.2.
public enum GlareRetry {
  /// After a 491: 2.1 to 4 s for the side that chose the Call-ID, 0 to 2 s for the other, in units of 10 ms.
  public static func delay(ownsCallID: Bool, random: UInt64) -> Duration {
    ownsCallID ? .milliseconds(2100 + 10 * Int64(random % 191)) : .milliseconds(10 * Int64(random % 201))
  }

  /// The Retry-After of a 500 for a request that came before the last one was answered (§14.2): 0 to 10 s.
  public static func retryAfterSeconds(random: UInt64) -> UInt32 {
    UInt32(random % 11)
  }
}
