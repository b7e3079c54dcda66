/// What was wrong with the text or bytes of a key or signature.
public struct KeyError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The thing that was to be read.
  public enum Subject: String, Sendable, Hashable {
    /// An Ed25519 public key.
    case publicKey = "public key"
    /// An Ed25519 private key.
    case privateKey = "private key"
    /// An Ed25519 signature.
    case signature
  }

  /// The kinds of fault.
  public enum Reason: Sendable, Hashable {
    /// A number of characters that no accepted spelling has.
    case length(Int)
    /// By its length it is hex, but a character is no hex digit, at this offset.
    case notHex(offset: Int)
    /// By its length it is base64, but it is malformed at this offset.
    case notBase64(offset: Int)
    /// DER, but not a SubjectPublicKeyInfo of an Ed25519 key.
    case notEd25519SPKI
    /// A number of bytes that is not the right one.
    case byteCount(Int)
    /// A point of small order, for which anyone can make signatures.
    case smallOrder
  }

  /// The thing that was to be read.
  public var subject: Subject
  /// The kind of fault.
  public var reason: Reason

  /// A fault of this kind.
  public init(_ subject: Subject, _ reason: Reason) {
    self.subject = subject
    self.reason = reason
  }

  /// A phrase for a person that says what was found and what is accepted.
  public var description: String {
    switch (subject, reason) {
    case (.publicKey, .length(let count)):
      "Ed25519 public key of \(count) characters; accepted are the 32 bytes in hex (64) or base64 (44), or the SPKI "
        + "DER in hex (88) or base64 (60), each with or without the prefix \"ed25519:\""
    case (.privateKey, .length(let count)):
      "Ed25519 private key of \(count) characters; accepted are the 32-byte seed in hex (64) or base64 (44)"
    case (.signature, .length(let count)):
      "Ed25519 signature of \(count) characters; accepted are the 64 bytes in hex (128) or base64 (88)"
    case (_, .notHex(let offset)):
      "Ed25519 \(subject.rawValue): by its length hex, but character \(offset + 1) is no hex digit"
    case (_, .notBase64(let offset)):
      "Ed25519 \(subject.rawValue): by its length base64, but it is malformed at character \(offset + 1)"
    case (_, .notEd25519SPKI):
      "a DER structure that is not the SubjectPublicKeyInfo of an Ed25519 key"
    case (_, .byteCount(let count)):
      "Ed25519 \(subject.rawValue) of \(count) bytes instead of \(subject == .signature ? 64 : 32)"
    case (_, .smallOrder):
      "an Ed25519 public key of small order, for which anyone can make signatures"
    }
  }
}
