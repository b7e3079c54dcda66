/// The hash functions that the product's protocols name.
public enum DigestAlgorithm: Sendable, Hashable, CaseIterable {
  /// MD5 (RFC 1321): only for SIP digest with phones that know nothing else.
  case md5
  /// SHA-1 (FIPS 180-4): only where a wire format fixes it.
  case sha1
  /// SHA-256 (FIPS 180-4).
  case sha256
  /// SHA-512/256 (FIPS 180-4 §5.3.6.2).
  // The standard writes a slash between the two numbers.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case sha512_256
  /// SHA-512 (FIPS 180-4).
  case sha512

  /// The length of a digest in bytes.
  public var byteCount: Int {
    switch self {
    case .md5: 16
    case .sha1: 20
    case .sha256, .sha512_256: 32
    case .sha512: 64
    }
  }

  /// OpenSSL's name.
  var name: String {
    switch self {
    case .md5: "MD5"
    case .sha1: "SHA1"
    case .sha256: "SHA256"
    case .sha512_256: "SHA512-256"
    case .sha512: "SHA512"
    }
  }
}
