import OpenSSLCrypto
import Wire

/// The session keys of one use as bytes, which is much less than what live contexts hold.
///
/// RTCP is kept like this. Its packets come every few seconds, and contexts are made for each of them and freed again; kept
/// alive they would cost each call as much memory as those of RTP.
struct SRTPTransformKeys: Sendable {
  private let suite: SRTPSuite
  private let use: SRTPTransform.Use
  /// Cipher key, authentication key, salt, one behind the other.
  private let secret: SecretBytes

  /// The keys that a master key gives.
  init(_ master: SRTPMasterKey, _ use: SRTPTransform.Use) {
    let suite = master.suite
    let key = master.sessionKey(use.rawValue, count: suite.keyBytes)
    let authentication = master.sessionKey(use.rawValue + 1, count: suite.authenticationBytes)
    let salt = master.sessionKey(use.rawValue + 2, count: suite.saltBytes)
    self.init(suite, use, key: key, authentication: authentication, salt: salt)
  }

  /// Session keys; the RFCs' examples begin there.
  init(_ suite: SRTPSuite, _ use: SRTPTransform.Use, key: SecretBytes, authentication: SecretBytes, salt: SecretBytes) {
    self.suite = suite
    self.use = use
    let counts = (suite.keyBytes, suite.authenticationBytes, suite.saltBytes)
    secret = SecretBytes(count: counts.0 + counts.1 + counts.2) { bytes in
      for index in 0..<min(counts.0, key.count) { bytes[index] = key.span[index] }
      for index in 0..<min(counts.1, authentication.count) { bytes[counts.0 + index] = authentication.span[index] }
      for index in 0..<min(counts.2, salt.count) { bytes[counts.0 + counts.1 + index] = salt.span[index] }
    }
  }

  /// Live contexts of these keys.
  func transform() -> SRTPTransform {
    let (key, salt) = (suite.keyBytes, suite.keyBytes + suite.authenticationBytes)
    return SRTPTransform(
      suite, use, key: secret.span.extracting(0..<key), authentication: secret.span.extracting(key..<salt),
      salt: secret.span.extracting(salt..<secret.count))
  }
}
