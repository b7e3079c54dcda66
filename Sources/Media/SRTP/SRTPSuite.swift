/// A cryptographic suite of SRTP and SRTCP: cipher, authentication and their sizes (RFC 3711 §4, RFC 6188, RFC 7714).
///
/// The NULL cipher and NULL authentication are not among them.
public enum SRTPSuite: Sendable, Hashable, CaseIterable {
  /// AES-128 in counter mode, HMAC-SHA-1 cut to 80 bits (RFC 3711 §4.1.1, §4.2.1).
  case aesCM128HMACSHA1Tag80
  /// AES-128 in counter mode, HMAC-SHA-1 cut to 32 bits; of RTCP to 80 bits all the same (RFC 4568 §6.2.2).
  case aesCM128HMACSHA1Tag32
  /// AES-256 in counter mode, HMAC-SHA-1 cut to 80 bits (RFC 6188 §3).
  case aesCM256HMACSHA1Tag80
  /// AES-256 in counter mode, HMAC-SHA-1 cut to 32 bits; of RTCP to 80 bits all the same (RFC 6188 §3).
  case aesCM256HMACSHA1Tag32
  /// AES-128 in Galois/counter mode, a tag of 128 bits (RFC 7714 §12).
  case aeadAES128GCM
  /// AES-256 in Galois/counter mode, a tag of 128 bits (RFC 7714 §12).
  case aeadAES256GCM

  /// The bytes of a master key, and of the encryption keys made of it.
  public var keyBytes: Int {
    switch self {
    case .aesCM128HMACSHA1Tag80, .aesCM128HMACSHA1Tag32, .aeadAES128GCM: 16
    case .aesCM256HMACSHA1Tag80, .aesCM256HMACSHA1Tag32, .aeadAES256GCM: 32
    }
  }

  /// The bytes of a master salt.
  public var saltBytes: Int { isAEAD ? 12 : 14 }

  /// The bytes of an authentication key; AEAD suites have none.
  var authenticationBytes: Int { isAEAD ? 0 : 20 }

  /// The bytes of master key and master salt together: what `inline:` holds before base64 (RFC 4568 §6.1).
  public var masterBytes: Int { keyBytes + saltBytes }

  /// The bytes of an SRTP packet's authentication tag.
  public var rtpTagBytes: Int {
    switch self {
    case .aesCM128HMACSHA1Tag80, .aesCM256HMACSHA1Tag80: 10
    case .aesCM128HMACSHA1Tag32, .aesCM256HMACSHA1Tag32: 4
    case .aeadAES128GCM, .aeadAES256GCM: 16
    }
  }

  /// The bytes of an SRTCP packet's authentication tag.
  public var rtcpTagBytes: Int { isAEAD ? 16 : 10 }

  /// Whether cipher and authentication are one (RFC 7714).
  public var isAEAD: Bool {
    switch self {
    case .aeadAES128GCM, .aeadAES256GCM: true
    case .aesCM128HMACSHA1Tag80, .aesCM128HMACSHA1Tag32, .aesCM256HMACSHA1Tag80, .aesCM256HMACSHA1Tag32: false
    }
  }

  /// The name in `a=crypto` (RFC 4568 §6.2, RFC 6188 §5, RFC 7714 §14.1).
  public var name: String {
    switch self {
    case .aesCM128HMACSHA1Tag80: "AES_CM_128_HMAC_SHA1_80"
    case .aesCM128HMACSHA1Tag32: "AES_CM_128_HMAC_SHA1_32"
    case .aesCM256HMACSHA1Tag80: "AES_256_CM_HMAC_SHA1_80"
    case .aesCM256HMACSHA1Tag32: "AES_256_CM_HMAC_SHA1_32"
    case .aeadAES128GCM: "AEAD_AES_128_GCM"
    case .aeadAES256GCM: "AEAD_AES_256_GCM"
    }
  }

  /// The suite of that name, letters as they are; nil for one that is not offered here.
  public init?(name: String) {
    guard let suite = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = suite
  }

  /// The protection profile's number in DTLS (RFC 5764 §4.1.2, RFC 7714 §14.2); nil where none is assigned.
  public var dtlsProfile: UInt16? {
    switch self {
    case .aesCM128HMACSHA1Tag80: 0x0001
    case .aesCM128HMACSHA1Tag32: 0x0002
    case .aeadAES128GCM: 0x0007
    case .aeadAES256GCM: 0x0008
    case .aesCM256HMACSHA1Tag80, .aesCM256HMACSHA1Tag32: nil
    }
  }

  /// The suite of that number in DTLS; nil for one that is not offered here.
  public init?(dtlsProfile: UInt16) {
    guard let suite = Self.allCases.first(where: { $0.dtlsProfile == dtlsProfile }) else { return nil }
    self = suite
  }

  /// The bytes to be exported from a DTLS connection under `EXTRACTOR-dtls_srtp` (RFC 5764 §4.2).
  public var exportedBytes: Int { 2 * masterBytes }
}
