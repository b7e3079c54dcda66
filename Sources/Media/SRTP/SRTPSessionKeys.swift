import OpenSSLCrypto
import Wire

/// The six session keys as bytes (RFC 3711 §4.3.1): for examples of the standards that begin with them, and for the
/// vectors of the derivation.
package struct SRTPSessionKeys: Sendable {
  /// Cipher key, authentication key and cipher salt of RTP.
  package var rtp: (key: SecretBytes, authentication: SecretBytes, salt: SecretBytes)
  /// Cipher key, authentication key and cipher salt of RTCP.
  package var rtcp: (key: SecretBytes, authentication: SecretBytes, salt: SecretBytes)

  /// The keys that a master key gives.
  package init(_ master: SRTPMasterKey, authenticationBytes: Int = 20) {
    func keys(_ use: SRTPTransform.Use) -> (SecretBytes, SecretBytes, SecretBytes) {
      (
        master.sessionKey(use.rawValue, count: master.suite.keyBytes),
        master.sessionKey(use.rawValue + 1, count: authenticationBytes),
        master.sessionKey(use.rawValue + 2, count: master.suite.saltBytes)
      )
    }
    rtp = keys(.rtp)
    rtcp = keys(.rtcp)
  }

  /// The same keys for RTP and RTCP.
  package init(key: SecretBytes, authentication: SecretBytes, salt: SecretBytes) {
    rtp = (key, authentication, salt)
    rtcp = (key, authentication, salt)
  }

  func transformKeys(_ suite: SRTPSuite, _ use: SRTPTransform.Use) -> SRTPTransformKeys {
    let keys = use == .rtp ? rtp : rtcp
    return SRTPTransformKeys(suite, use, key: keys.key, authentication: keys.authentication, salt: keys.salt)
  }
}
