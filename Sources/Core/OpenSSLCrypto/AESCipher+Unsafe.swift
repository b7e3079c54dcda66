import COpenSSL

/// AES as the provider's objects, fetched once: OpenSSL 3 otherwise searches for them at every key.
///
/// `@unchecked Sendable` is sound: the pointers are set once, never freed, and an EVP_CIPHER does not change.
@safe
struct AESCipher: @unchecked Sendable {
  static let shared = AESCipher()

  private let aes128: OpaquePointer?
  private let aes256: OpaquePointer?

  private init() {
    unsafe aes128 = unsafe EVP_CIPHER_fetch(nil, "AES-128-ECB", nil)
    unsafe aes256 = unsafe EVP_CIPHER_fetch(nil, "AES-256-ECB", nil)
  }

  /// A context that encrypts single blocks under a key of 16 or 32 bytes; the caller frees it.
  ///
  /// Out of memory ends the process, as in all of Swift; so does a provider without AES, which no configuration asks for.
  static func context(_ key: Span<UInt8>) -> OpaquePointer {
    precondition(key.count == 16 || key.count == 32, "an AES key of \(key.count) bytes")
    guard let cipher = unsafe key.count == 16 ? shared.aes128 : shared.aes256,
      let context = unsafe EVP_CIPHER_CTX_new()
    else { preconditionFailure("OpenSSL: no AES") }
    // Sound: the function reads as many bytes as the cipher's key has, which is the span's count, and keeps no pointer.
    let result = unsafe key.withUnsafeBufferPointer { key in
      unsafe EVP_EncryptInit_ex(context, cipher, nil, key.baseAddress, nil)
    }
    precondition(result == 1, "OpenSSL: an AES key was refused")
    // Whole blocks come in and go out.
    unsafe EVP_CIPHER_CTX_set_padding(context, 0)
    return unsafe context
  }
}
