/// The crypto-suites of RFC 4568 §6.2, RFC 6188 and RFC 7714.
public enum CryptoSuite: Sendable, Hashable {
  case aes128CMSHA1Tag80
  case aes128CMSHA1Tag32
  case f8SHA1Tag80
  /// RFC 6188.
  case aes192CMSHA1Tag80, aes192CMSHA1Tag32, aes256CMSHA1Tag80, aes256CMSHA1Tag32
  /// RFC 7714.
  case aeadAES128GCM, aeadAES256GCM
  /// A suite this target does not know, as it was written.
  case other(String)

  /// The suites it knows.
  public static let known: [CryptoSuite] = [
    .aes128CMSHA1Tag80, .aes128CMSHA1Tag32, .f8SHA1Tag80, .aes192CMSHA1Tag80, .aes192CMSHA1Tag32,
    .aes256CMSHA1Tag80, .aes256CMSHA1Tag32, .aeadAES128GCM, .aeadAES256GCM,
  ]

  /// The registered name.
  public var name: String {
    switch self {
    case .aes128CMSHA1Tag80: "AES_CM_128_HMAC_SHA1_80"
    case .aes128CMSHA1Tag32: "AES_CM_128_HMAC_SHA1_32"
    case .f8SHA1Tag80: "F8_128_HMAC_SHA1_80"
    case .aes192CMSHA1Tag80: "AES_192_CM_HMAC_SHA1_80"
    case .aes192CMSHA1Tag32: "AES_192_CM_HMAC_SHA1_32"
    case .aes256CMSHA1Tag80: "AES_256_CM_HMAC_SHA1_80"
    case .aes256CMSHA1Tag32: "AES_256_CM_HMAC_SHA1_32"
    case .aeadAES128GCM: "AEAD_AES_128_GCM"
    case .aeadAES256GCM: "AEAD_AES_256_GCM"
    case .other(let name): name
    }
  }

  /// The suite of a registered name; any other spelling is `other` and may mean a known suite, see ``canonical``.
  public init(_ name: String) {
    for suite in CryptoSuite.known where suite.name == name {
      self = suite
      return
    }
    self = .other(name)
  }

  /// The suite that is meant: phones from before RFC 6188 write `AES_CM_256_HMAC_SHA1_80` for `AES_256_CM_HMAC_SHA1_80`,
  /// and case does not count.
  public var canonical: CryptoSuite {
    guard case .other(let name) = self else { return self }
    let upper = name.uppercased()
    switch upper {
    case "AES_CM_256_HMAC_SHA1_80": return .aes256CMSHA1Tag80
    case "AES_CM_256_HMAC_SHA1_32": return .aes256CMSHA1Tag32
    case "AES_CM_192_HMAC_SHA1_80": return .aes192CMSHA1Tag80
    case "AES_CM_192_HMAC_SHA1_32": return .aes192CMSHA1Tag32
    default:
      let suite = CryptoSuite(upper)
      if case .other = suite { return self }
      return suite
    }
  }

  /// Bytes of the master key; nil when the suite is not known.
  public var keyLength: Int? {
    switch canonical {
    case .aes128CMSHA1Tag80, .aes128CMSHA1Tag32, .f8SHA1Tag80, .aeadAES128GCM: 16
    case .aes192CMSHA1Tag80, .aes192CMSHA1Tag32: 24
    case .aes256CMSHA1Tag80, .aes256CMSHA1Tag32, .aeadAES256GCM: 32
    case .other: nil
    }
  }

  /// Bytes of the master salt; nil when the suite is not known.
  public var saltLength: Int? {
    switch canonical {
    case .aeadAES128GCM, .aeadAES256GCM: 12
    case .other: nil
    default: 14
    }
  }
}
