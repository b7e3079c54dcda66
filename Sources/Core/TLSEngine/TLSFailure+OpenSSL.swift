import COpenSSL

extension TLSFailure {
  /// From OpenSSL's error number and its judgement about the peer's certificate.
  init(code: UInt, verifyResult: Int32) {
    guard ifsip_error_library(code) == ERR_LIB_SSL else {
      // No error at all is an end where more was due.
      self = code == 0 ? .truncated : .library(Int(bitPattern: code))
      return
    }
    let reason = ifsip_error_reason(code)
    if reason > SSL_AD_REASON_OFFSET, reason <= SSL_AD_REASON_OFFSET + 255 {
      self = .alert(UInt8(truncatingIfNeeded: reason - SSL_AD_REASON_OFFSET))
      return
    }
    switch reason {
    case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_VERSION_TOO_HIGH, SSL_R_WRONG_SSL_VERSION,
      SSL_R_INAPPROPRIATE_FALLBACK, SSL_R_UNKNOWN_PROTOCOL:
      self = .version
    case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SUITABLE_KEY_SHARE, SSL_R_NO_SHARED_GROUPS,
      SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, SSL_R_NO_CIPHERS_AVAILABLE,
      SSL_R_NO_SUITABLE_GROUPS:
      self = .negotiation
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      self = .certificate(.missing)
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      self = .certificate(TLSCertificateFault(verifyResult))
    case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST, SSL_R_PACKET_LENGTH_TOO_LONG,
      SSL_R_RECORD_LENGTH_MISMATCH, SSL_R_BAD_RECORD_TYPE:
      self = .notTLS
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      self = .truncated
    default:
      self = .malformed
    }
  }
}

extension TLSCertificateFault {
  /// From `X509_V_ERR_…`.
  init(_ verifyResult: Int32) {
    switch verifyResult {
    case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
      self = .wrongName
    case X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID:
      self = .outOfDate
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_UNTRUSTED, X509_V_ERR_CERT_SIGNATURE_FAILURE:
      self = .unknownAuthority
    case X509_V_ERR_CERT_REVOKED:
      self = .revoked
    default:
      self = .other(verifyResult)
    }
  }
}
