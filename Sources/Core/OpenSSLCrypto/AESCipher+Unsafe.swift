import COpenSSL

/// The AES ciphers as the provider's objects, fetched once: OpenSSL 3 otherwise searches for them at every key.
///
/// `@unchecked Sendable` is sound: the pointers are set once, never freed, and an EVP_CIPHER does not change.
@safe
struct AESCipher: @unchecked Sendable {
  static let shared = AESCipher()

  private let block128: OpaquePointer?
  private let block256: OpaquePointer?
  private let gcm128: OpaquePointer?
  private let gcm256: OpaquePointer?

  private init() {
    unsafe block128 = unsafe EVP_CIPHER_fetch(nil, "AES-128-ECB", nil)
    unsafe block256 = unsafe EVP_CIPHER_fetch(nil, "AES-256-ECB", nil)
    unsafe gcm128 = unsafe EVP_CIPHER_fetch(nil, "AES-128-GCM", nil)
    unsafe gcm256 = unsafe EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)
  }

  /// A context that encrypts single blocks under a key of 16 or 32 bytes; the caller frees it.
  static func blockContext(_ key: Span<UInt8>) -> OpaquePointer {
    let cipher = unsafe key.count == 16 ? shared.block128 : shared.block256
    let context = unsafe context(cipher, key)
    // Whole blocks come in and go out.
    unsafe EVP_CIPHER_CTX_set_padding(context, 0)
    return unsafe context
  }

  /// A context for AES-GCM under a key of 16 or 32 bytes; the caller frees it.
  static func gcmContext(_ key: Span<UInt8>) -> OpaquePointer {
    unsafe context(key.count == 16 ? shared.gcm128 : shared.gcm256, key)
  }

  /// Out of memory ends the process, as in all of Swift; so does a provider without AES, which no configuration asks for.
  private static func context(_ cipher: OpaquePointer?, _ key: Span<UInt8>) -> OpaquePointer {
    precondition(key.count == 16 || key.count == 32, "an AES key of \(key.count) bytes")
    guard let cipher = unsafe cipher, let context = unsafe EVP_CIPHER_CTX_new() else {
      preconditionFailure("OpenSSL: no AES")
    }
    // Sound: the function reads as many bytes as the cipher's key has, which is the span's count, and keeps no pointer.
    let result = unsafe key.withUnsafeBufferPointer { key in
      unsafe EVP_EncryptInit_ex(context, cipher, nil, key.baseAddress, nil)
    }
    precondition(result == 1, "OpenSSL: an AES key was refused")
    return unsafe context
  }
}
