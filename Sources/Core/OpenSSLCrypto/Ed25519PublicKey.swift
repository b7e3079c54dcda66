import Wire

/// An Ed25519 public key (RFC 8032 §5.1).
public struct Ed25519PublicKey: Sendable, Hashable {
  let raw: InlineArray<32, UInt8>

  /// A key from its 32 bytes.
  public init(raw: Span<UInt8>) throws(KeyError) {
    guard raw.count == 32 else { throw KeyError(.publicKey, .byteCount(raw.count)) }
    self.raw = InlineArray { raw[$0] }
    guard !SmallOrder.contains(self.raw.span) else { throw KeyError(.publicKey, .smallOrder) }
  }

  /// A key from its 32 bytes.
  public init(raw: [UInt8]) throws(KeyError) {
    try self.init(raw: raw.span)
  }

  /// Reads any accepted spelling: the raw 32 bytes in hex or base64, or the SubjectPublicKeyInfo in DER (RFC 8410 §4)
  /// in hex or base64, with or without the prefix `ed25519:`. The lengths of the four are all different.
  public init(text: String) throws(KeyError) {
    let encoded = text.utf8.starts(with: "ed25519:".utf8) ? String(text.utf8.dropFirst(8)) ?? "" : text
    switch encoded.utf8.count {
    case 64, 44: try self.init(raw: KeyText.decode(encoded, .publicKey))
    case 88, 60:
      let der = try KeyText.decode(encoded, .publicKey)
      guard der.starts(with: KeyText.spkiPrefix), der.count == KeyText.spkiPrefix.count + 32 else {
        throw KeyError(.publicKey, .notEd25519SPKI)
      }
      try self.init(raw: Array(der[KeyText.spkiPrefix.count...]))
    default: throw KeyError(.publicKey, .length(encoded.utf8.count))
    }
  }

  /// The 32 bytes, borrowed.
  public var span: Span<UInt8> {
    @_lifetime(borrow self)
    get { raw.span }
  }

  /// The 32 bytes, copied.
  public var bytes: [UInt8] { [UInt8](copying: raw.span) }

  /// The one spelling we write: `ed25519:` and the base64 of the 32 bytes.
  public var text: String { "ed25519:" + Base64.encode(span) }

  /// Whether both are the same key.
  public static func == (left: Ed25519PublicKey, right: Ed25519PublicKey) -> Bool {
    for index in 0..<32 where left.raw[index] != right.raw[index] { return false }
    return true
  }

  /// Hashes the 32 bytes.
  public func hash(into hasher: inout Hasher) {
    for index in 0..<32 { hasher.combine(raw[index]) }
  }
}

extension Ed25519PublicKey: CustomStringConvertible {
  /// `ed25519:` and the base64 of the 32 bytes.
  public var description: String { text }
}

/// Reads the 64 bytes of an Ed25519 signature from hex (128 characters) or base64 (88).
public func parseSignature(_ text: String) throws(KeyError) -> [UInt8] {
  guard text.utf8.count == 128 || text.utf8.count == 88 else { throw KeyError(.signature, .length(text.utf8.count)) }
  let bytes = try KeyText.decode(text, .signature)
  guard bytes.count == 64 else { throw KeyError(.signature, .byteCount(bytes.count)) }
  return bytes
}

enum KeyText {
  /// SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING of 32 bytes } up to the bytes themselves (RFC 8410 §4).
  static let spkiPrefix: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]

  /// Decodes a text whose length has already told which of the two it is: all hex lengths are multiples of 8
  /// without being those of the base64 forms.
  static func decode(_ text: String, _ subject: KeyError.Subject) throws(KeyError) -> [UInt8] {
    let isHex =
      switch (subject, text.utf8.count) {
      case (.signature, 128), (.publicKey, 64), (.publicKey, 88), (.privateKey, 64): true
      default: false
      }
    do {
      return isHex ? try Hex.decode(text) : try Base64.decode(text)
    } catch {
      throw KeyError(subject, isHex ? .notHex(offset: error.offset) : .notBase64(offset: error.offset))
    }
  }
}

/// The points whose order divides 8, and their non-canonical spellings, without regard to the sign bit.
///
/// Verification as RFC 8032 §5.1.7 describes it accepts such a key, and signatures under it are easily made; a
/// registry entry that holds one (32 zero bytes as a placeholder, say) would be an open door.
private enum SmallOrder {
  static func contains(_ key: Span<UInt8>) -> Bool {
    encodings.contains { encoding in
      for index in 0..<32 where encoding[index] != key[index] & (index == 31 ? 0x7f : 0xff) { return false }
      return true
    }
  }

  private static let encodings: [[UInt8]] = [
    [UInt8](repeating: 0, count: 32),  // y = 0, order 4
    [1] + [UInt8](repeating: 0, count: 31),  // y = 1, order 1
    [  // order 8
      0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
      0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [  // order 8
      0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
      0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    [0xec] + [UInt8](repeating: 0xff, count: 30) + [0x7f],  // y = p − 1, order 2
    [0xed] + [UInt8](repeating: 0xff, count: 30) + [0x7f],  // y = p, another spelling of 0
    [0xee] + [UInt8](repeating: 0xff, count: 30) + [0x7f],  // y = p + 1, another spelling of 1
  ]
}
