/// Why a TLS connection failed: always the peer's doing or the network's, and always a value.
public enum TLSFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// The peer speaks no version that we speak.
  case version
  /// No suite, group or signature in common.
  case negotiation
  /// The peer showed no certificate, or one that we do not accept.
  case certificate(TLSCertificateFault)
  /// The peer said so: the alert's number (RFC 8446 §6).
  case alert(UInt8)
  /// What came is not TLS: plain text, for instance.
  case notTLS
  /// A record or handshake message that breaks the rules, or one that was tampered with.
  case malformed
  /// The stream ended without the alert that says so, so its end may be an attacker's.
  case truncated
  /// OpenSSL could not go on, by its error number.
  case library(Int)

  /// The class that metrics know it by; the set is finite.
  public var className: String {
    switch self {
    case .version: "version"
    case .negotiation: "negotiation"
    case .certificate: "certificate"
    case .alert: "alert"
    case .notTLS: "not_tls"
    case .malformed: "malformed"
    case .truncated: "truncated"
    case .library: "library"
    }
  }

  /// Every ``className``.
  public static let classNames = [
    "version", "negotiation", "certificate", "alert", "not_tls", "malformed", "truncated", "library",
  ]

  /// What a person reads in a log.
  public var description: String {
    switch self {
    case .version: "no version in common"
    case .negotiation: "no cipher suite, group or signature in common"
    case .certificate(let fault): "certificate: \(fault)"
    case .alert(let number): "the peer refused: alert \(number)"
    case .notTLS: "what came is not TLS"
    case .malformed: "a malformed record or message"
    case .truncated: "the stream ended without close_notify"
    case .library(let code): "OpenSSL error \(code)"
    }
  }
}

/// What was wrong with a peer's certificate.
public enum TLSCertificateFault: Sendable, Hashable, CustomStringConvertible {
  /// None was shown.
  case missing
  /// It leads to nobody whom we believe.
  case unknownAuthority
  /// It has ended, or begins later.
  case outOfDate
  /// It is good, but somebody else's.
  case wrongName
  /// It was revoked.
  case revoked
  /// Anything else, by OpenSSL's number (X509_V_ERR_…).
  case other(Int32)

  /// What a person reads in a log.
  public var description: String {
    switch self {
    case .missing: "none was shown"
    case .unknownAuthority: "signed by nobody whom we believe"
    case .outOfDate: "expired or not yet valid"
    case .wrongName: "for another name"
    case .revoked: "revoked"
    case .other(let number): "not valid (\(number))"
    }
  }
}
