import OpenSSLCrypto
import Wire

/// H(username ":" realm ":" password), the only form in which a password is kept (RFC 7616 §3.4.2).
///
/// Whoever has it can log in, so it describes itself as `HA1(SHA-256)` and its digits come out only under a name that a
/// reviewer notices. It holds for one hash function: a user who is offered several needs one of each.
public struct HA1: Sendable, CustomStringConvertible, CustomReflectable {
  /// The function it was made with.
  public let hash: DigestHash
  /// Lower-case hex digits.
  let hex: [UInt8]

  /// Computes it from a password. All three go in as they are: exact bytes, no case folding, no trimming.
  public init(_ hash: DigestHash, username: String, realm: String, password: Span<UInt8>) {
    var context = DigestContext(hash.algorithm)
    context.update(username)
    context.update(byte: UInt8(ascii: ":"))
    context.update(realm)
    context.update(byte: UInt8(ascii: ":"))
    context.update(password)
    self.hash = hash
    var hex: [UInt8] = []
    let digest = context.finalize()
    Hex.append(digest.span, to: &hex)
    self.hex = hex
  }

  /// The same with the password as text.
  public init(_ hash: DigestHash, username: String, realm: String, password: String) {
    let utf8 = password.utf8
    self.init(hash, username: username, realm: realm, password: utf8.span)
  }

  /// Takes one out of a database: hex digits, as many as the function has.
  public init?(_ hash: DigestHash, storedHex: String) {
    guard storedHex.utf8.count == hash.hexCount, let bytes = try? Hex.decode(storedHex) else { return nil }
    self.hash = hash
    var hex: [UInt8] = []
    Hex.append(bytes.span, to: &hex)
    self.hex = hex
  }

  init(_ hash: DigestHash, hex: [UInt8]) {
    self.hash = hash
    self.hex = hex
  }

  /// The digits, for the database and nothing else.
  public var storedHex: String { String(decoding: hex, as: UTF8.self) }

  /// The function's name only.
  public var description: String { "HA1(\(hash.rawValue))" }

  /// Shows nothing to `dump`.
  public var customMirror: Mirror { Mirror(self, children: ["hash": hash]) }
}

extension HA1: Equatable {
  /// Whether both are the same, in constant time.
  public static func == (left: HA1, right: HA1) -> Bool {
    left.hash == right.hash && constantTimeEquals(left.hex.span, right.hex.span)
  }
}
