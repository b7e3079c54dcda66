public import OpenSSLCrypto
import SIPMessage

/// A hash function that digest authentication may use (RFC 8760 §2.1).
public enum DigestHash: String, Sendable, Hashable, CaseIterable {
  /// What every phone knows and RFC 8760 keeps only for them.
  case md5 = "MD5"
  /// The one to offer first.
  case sha256 = "SHA-256"
  /// SHA-512 cut to 256 bits with its own initial value.
  // The standard writes a slash between the two numbers.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case sha512_256 = "SHA-512-256"

  /// The function itself.
  public var algorithm: DigestAlgorithm {
    switch self {
    case .md5: .md5
    case .sha256: .sha256
    case .sha512_256: .sha512_256
    }
  }

  /// Characters of a digest in hex.
  public var hexCount: Int { algorithm.byteCount * 2 }

  /// The function of that name, letters in either case; names with `-sess` are none.
  public init?(name: String) {
    guard let hash = Self.allCases.first(where: { $0.rawValue.equalsIgnoringCase(name) }) else { return nil }
    self = hash
  }
}

/// The value of the `algorithm` parameter: a hash function, perhaps in its session form.
///
/// The session form (RFC 7616 §3.4.2) hashes the nonce and cnonce of the first request into HA1. We never offer it: its
/// point is a proxy that is not trusted with HA1, which is not our case, and a server has to keep the first cnonce for
/// it. So the server refuses it as an algorithm it did not offer. The client answers it, since others may ask for it.
public struct DigestVariant: Sendable, Hashable {
  /// The hash function.
  public let hash: DigestHash
  /// Whether the name ends in `-sess`.
  public let isSession: Bool

  /// A variant of a function.
  public init(_ hash: DigestHash, isSession: Bool = false) {
    self.hash = hash
    self.isSession = isSession
  }

  /// The name as it stands in headers.
  public var name: String { isSession ? hash.rawValue + "-sess" : hash.rawValue }

  /// The variant that `bytes` at `range` name, or nil for a name that is not known.
  init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    switch () {
    case _ where bytes.matchesIgnoringCase(range, "md5"): self.init(.md5)
    case _ where bytes.matchesIgnoringCase(range, "sha-256"): self.init(.sha256)
    case _ where bytes.matchesIgnoringCase(range, "sha-512-256"): self.init(.sha512_256)
    case _ where bytes.matchesIgnoringCase(range, "md5-sess"): self.init(.md5, isSession: true)
    case _ where bytes.matchesIgnoringCase(range, "sha-256-sess"): self.init(.sha256, isSession: true)
    case _ where bytes.matchesIgnoringCase(range, "sha-512-256-sess"): self.init(.sha512_256, isSession: true)
    default: return nil
    }
  }
}

/// What a response covers (RFC 7616 §3.3 `qop`).
public enum DigestQOP: String, Sendable, Hashable, CaseIterable {
  /// Method and URI.
  case auth
  /// The body as well.
  case authInt = "auth-int"

  init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    if bytes.matchesIgnoringCase(range, "auth") {
      self = .auth
    } else if bytes.matchesIgnoringCase(range, "auth-int") {
      self = .authInt
    } else {
      return nil
    }
  }
}
