/// The named limits of the log's records (DOMAIN §8).
public enum WitnessLimits {
  /// The greatest size of one record's line without its LF: what fits the 16-bit length of a tile entry.
  public static let maxRecordBytes = 65_535

  /// Nesting of `details`, itself counted, beyond which an inner list or object is written as `"…"`, and which the
  /// verifier refuses.
  public static let maxDetailDepth = 8

  /// When a record is too large, every text in it is cut to the first of these sizes (UTF-8 bytes) that makes it fit.
  public static let shortenedTextBytes = [4_096, 1_024, 256, 64]

  /// Members of `details` that are never written, whoever asks: they name what DOMAIN §8 forbids in the log.
  public static let withheldDetails: Set<String> = [
    "authorization", "body", "cnonce", "ha1", "key", "master_key", "nonce", "password", "private_key",
    "proxy_authorization", "response", "sdp_key", "secret", "token",
  ]
}
