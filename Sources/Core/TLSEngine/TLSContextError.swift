public import Wire

/// Why a context could not be made: which file, and what is wrong with it.
public struct TLSContextError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of fault.
  public enum Reason: Sendable, Hashable {
    /// It cannot be read, for this reason.
    case unreadable(String)
    /// There is no certificate to show.
    case noCertificate
    /// Not a single PEM certificate stands in the file, or one of those is broken.
    case notPEMCertificate
    /// The file holds no PEM private key.
    case notPEMKey
    /// The key asks for a passphrase.
    case encryptedKey
    /// The key belongs to another certificate, that of this file.
    case keyMismatch(certificate: String)
    /// It has ended.
    case expired(UTCTimestamp)
    /// It begins later.
    case notYetValid(UTCTimestamp)
    /// OpenSSL's security level refuses it: the key is too short, or the signature's hash too weak.
    case tooWeak
    /// A chain or list is longer than ``TLSLimits/certificates``.
    case tooManyCertificates
    /// A status is no DER, or longer than ``TLSLimits/statusBytes``.
    case notStatus
    /// Client certificates are asked for, and no authority is named.
    case noClientAuthorities
    /// The system's authorities cannot be read.
    case noSystemAuthorities
    /// OpenSSL refused a setting of ours.
    case setting(String)
  }

  /// The file's name; empty when no file is at fault.
  public var file: String
  /// What is wrong.
  public var reason: Reason

  /// A fault.
  public init(_ file: String, _ reason: Reason) {
    self.file = file
    self.reason = reason
  }

  /// The file's name and what is wrong with it.
  public var description: String { file.isEmpty ? message : "\(file): \(message)" }

  /// What is wrong and what to do, without the file's name.
  public var message: String {
    switch reason {
    case .unreadable(let why): why
    case .noCertificate: "TLS needs at least one certificate"
    case .notPEMCertificate: "holds no whole certificate in PEM form (-----BEGIN CERTIFICATE-----)"
    case .notPEMKey: "holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)"
    case .encryptedKey: "the key is encrypted; remove its passphrase (openssl pkey -in KEY -out PLAIN)"
    case .keyMismatch(let certificate): "the key does not match the certificate in \(certificate)"
    case .expired(let end): "the certificate expired on \(end.rfc3339); renew it"
    case .notYetValid(let begin): "the certificate is not valid before \(begin.rfc3339); look at this machine's clock"
    case .tooWeak: "the certificate's key or signature is too weak (RSA below 2048 bits, or SHA-1)"
    case .tooManyCertificates: "holds more than \(TLSLimits.certificates) certificates"
    case .notStatus: "is no OCSP response in DER form of at most \(TLSLimits.statusBytes) bytes"
    case .noClientAuthorities: "client certificates are asked for, and no client_ca says who signs them"
    case .noSystemAuthorities: "the system's certificate authorities cannot be read; name a file"
    case .setting(let what): "OpenSSL does not accept \(what)"
    }
  }
}
