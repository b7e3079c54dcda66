import OpenSSLCrypto
import Wire

/// Whose signature on a note is believed: a name and an Ed25519 key (C2SP signed-note, "Verifier keys").
public struct NoteVerifierKey: Sendable, Hashable, CustomStringConvertible {
  /// What the key signs, told by the signature type.
  public enum Kind: UInt8, Sendable, Hashable {
    /// The note's text: the log itself.
    case ed25519 = 0x01
    /// A time and the note's text: a cosigner (C2SP tlog-cosignature).
    case cosignature = 0x04
  }

  /// The name that stands in signature lines.
  public let name: String
  /// What it signs.
  public let kind: Kind
  /// The key.
  public let publicKey: Ed25519PublicKey
  /// The first four bytes of SHA-256(name ‖ LF ‖ type ‖ key).
  public let id: UInt32

  /// A key of that name.
  public init(name: String, kind: Kind = .ed25519, publicKey: Ed25519PublicKey) throws(NoteError) {
    guard NoteText.isKeyName(name) else { throw NoteError(.keyName) }
    self.name = name
    self.kind = kind
    self.publicKey = publicKey
    var hash = SHA256()
    let utf8 = name.utf8
    hash.update(utf8.span)
    hash.update(byte: 0x0A)
    hash.update(byte: kind.rawValue)
    hash.update(publicKey.span)
    id = UInt32(truncatingIfNeeded: hash.finalize().prefix64 >> 32)
  }

  /// Reads `name+hash+base64`.
  public init(parsing text: String) throws(NoteError) {
    guard text.utf8.count <= NoteLimits.maxNameBytes + 64 else { throw NoteError(.verifierKey) }
    // The base64 may hold plus signs, the name may not.
    let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[1].utf8.count == 8,
      parts[1].utf8.allSatisfy({ 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 }), let id = UInt32(parts[1], radix: 16),
      let bytes = try? Base64.decode(String(parts[2])), bytes.count == 33, let kind = Kind(rawValue: bytes[0]),
      let key = try? Ed25519PublicKey(raw: bytes.span.extracting(1..<33))
    else { throw NoteError(.verifierKey) }
    try self.init(name: String(parts[0]), kind: kind, publicKey: key)
    guard self.id == id else { throw NoteError(.keyID) }
  }

  /// `name+hash+base64`.
  public var description: String {
    let hash = Hex.encode(UInt64(id)).suffix(8)
    return "\(name)+\(hash)+\(Base64.encode([kind.rawValue] + publicKey.bytes))"
  }

  /// Whether a signature line is this key's, going by its name and id.
  public func made(_ signature: NoteSignature) -> Bool { signature.name == name && signature.keyID == id }

  /// Whether a signature under this key fits a note's text. The time of a cosignature is part of what is signed.
  func isValid(_ signature: NoteSignature, for text: Span<UInt8>) -> Bool {
    switch kind {
    case .ed25519: return publicKey.isValid(signature: signature.bytes.span, for: text)
    case .cosignature:
      guard let time = signature.cosignedAt, signature.bytes.count == 72 else { return false }
      return publicKey.isValid(
        signature: signature.bytes.span.extracting(8..<72), for: Cosignature.message(time: time, text: text).span)
    }
  }
}

/// Signs notes under a name.
public struct NoteSigner: ~Copyable, Sendable {
  /// What others verify with.
  public let verifierKey: NoteVerifierKey
  private let key: Ed25519PrivateKey

  /// A signer with that name and key.
  public init(name: String, kind: NoteVerifierKey.Kind = .ed25519, key: consuming Ed25519PrivateKey) throws(NoteError) {
    verifierKey = try NoteVerifierKey(name: name, kind: kind, publicKey: key.publicKey)
    self.key = key
  }

  /// Signs a note's text, which ends with LF.
  public func sign(_ text: Span<UInt8>) -> NoteSignature {
    NoteSignature(name: verifierKey.name, keyID: verifierKey.id, bytes: key.sign(text))
  }

  /// Cosigns a checkpoint's text at a time, in seconds since 1970 (C2SP tlog-cosignature, "Ed25519 signed message").
  public func cosign(_ text: Span<UInt8>, time: UInt64) -> NoteSignature {
    var bytes: [UInt8] = (0..<8).map { UInt8(truncatingIfNeeded: time >> UInt64(56 - 8 * $0)) }
    bytes += key.sign(Cosignature.message(time: time, text: text).span)
    return NoteSignature(name: verifierKey.name, keyID: verifierKey.id, bytes: bytes)
  }
}

enum Cosignature {
  static func message(time: UInt64, text: Span<UInt8>) -> [UInt8] {
    var message = Array("cosignature/v1\ntime ".utf8)
    Decimal.append(time, to: &message)
    message.append(0x0A)
    message.append(copying: text)
    return message
  }
}
