import COpenSSL
import Wire

extension Ed25519PublicKey {
  /// Whether these 64 bytes are this key's signature of the message (RFC 8032 §5.1.7). Never throws or traps: a
  /// signature of another length, or one under a key that is no point of the curve, is not valid.
  public func isValid(signature: Span<UInt8>, for message: Span<UInt8>) -> Bool {
    guard signature.count == 64 else { return false }
    // Sound: key, signature and message are borrowed for the calls that read exactly their counts; the key object
    // and the context are freed before returning and seen by nobody else.
    let key = unsafe span.withUnsafeBufferPointer { buffer in
      unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, buffer.baseAddress, buffer.count)
    }
    defer { unsafe EVP_PKEY_free(key) }
    guard unsafe key != nil, let context = unsafe EVP_MD_CTX_new() else {
      ERR_clear_error()
      return false
    }
    defer { unsafe EVP_MD_CTX_free(context) }
    guard unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else {
      ERR_clear_error()
      return false
    }
    let result = unsafe signature.withUnsafeBufferPointer { signature in
      unsafe message.withUnsafeBufferPointer { message in
        unsafe EVP_DigestVerify(context, signature.baseAddress, signature.count, message.baseAddress, message.count)
      }
    }
    // A bad signature leaves an entry in the thread's error queue, where a later TLS call would find it.
    if result != 1 { ERR_clear_error() }
    return result == 1
  }
}

/// An Ed25519 private key (RFC 8032 §5.1.5). OpenSSL wipes its copy when it is freed.
@safe
public struct Ed25519PrivateKey: ~Copyable, @unchecked Sendable {
  // `@unchecked Sendable` is sound: an EVP_PKEY is reference counted with atomics and does not change when it signs.
  private let key: OpaquePointer

  /// The public half.
  public let publicKey: Ed25519PublicKey

  /// A key from its 32-byte seed.
  public init(seed: Span<UInt8>) throws(KeyError) {
    guard seed.count == 32 else { throw KeyError(.privateKey, .byteCount(seed.count)) }
    // Sound: the function reads exactly `count` bytes; the object it makes is freed by deinit alone.
    let key = unsafe seed.withUnsafeBufferPointer { buffer in
      unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, buffer.baseAddress, buffer.count)
    }
    guard let key = unsafe key else { preconditionFailure("OpenSSL: no memory for a key") }
    var raw = InlineArray<32, UInt8>(repeating: 0)
    var count = 32
    var span = raw.mutableSpan
    // Sound: the function writes at most `count` bytes, the length of `raw`.
    let result = unsafe span.withUnsafeMutableBufferPointer { buffer in
      unsafe EVP_PKEY_get_raw_public_key(key, buffer.baseAddress, &count)
    }
    precondition(result == 1 && count == 32, "OpenSSL: an Ed25519 key without a public half")
    do {
      publicKey = try Ed25519PublicKey(raw: raw.span)
    } catch {
      unsafe EVP_PKEY_free(key)
      throw error
    }
    unsafe self.key = unsafe key
  }

  /// Reads a seed in hex or base64.
  public init(seedText text: String) throws(KeyError) {
    guard text.utf8.count == 64 || text.utf8.count == 44 else {
      throw KeyError(.privateKey, .length(text.utf8.count))
    }
    var seed = try KeyText.decode(text, .privateKey)
    // Sound: wipes exactly the array's bytes.
    defer { unsafe seed.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) } }
    try self.init(seed: seed.span)
  }

  /// A new random key.
  public static func generate() -> Ed25519PrivateKey {
    while true {
      if let key = try? Ed25519PrivateKey(seed: SecretBytes(randomCount: 32).span) { return key }
    }
  }

  deinit {
    // Sound: made in init, owned by this value alone, which is gone after this.
    unsafe EVP_PKEY_free(key)
  }

  /// The 32-byte seed, to be kept where only the owner reads it.
  public var seed: SecretBytes {
    var raw = InlineArray<32, UInt8>(repeating: 0)
    var count = 32
    var span = raw.mutableSpan
    // Sound: the function writes at most `count` bytes, the length of `raw`, which is wiped afterwards.
    let result = unsafe span.withUnsafeMutableBufferPointer { buffer in
      unsafe EVP_PKEY_get_raw_private_key(key, buffer.baseAddress, &count)
    }
    precondition(result == 1 && count == 32, "OpenSSL: an Ed25519 key without a seed")
    let secret = SecretBytes(raw.span)
    unsafe withUnsafeMutableBytes(of: &raw) { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
    return secret
  }

  /// The 64-byte signature of a message (RFC 8032 §5.1.6).
  public func sign(_ message: Span<UInt8>) -> [UInt8] {
    // Sound: the context is freed before returning; the message is read for exactly its count; an Ed25519 signature
    // is 64 bytes and OpenSSL checks `count` before it writes.
    guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("OpenSSL: no memory for a signature") }
    defer { unsafe EVP_MD_CTX_free(context) }
    precondition(
      unsafe EVP_DigestSignInit(context, nil, nil, nil, key) == 1, "OpenSSL: an Ed25519 signature failed")
    return unsafe [UInt8](unsafeUninitializedCapacity: 64) { buffer, initialized in
      var count = 64
      let result = unsafe message.withUnsafeBufferPointer { message in
        unsafe EVP_DigestSign(context, buffer.baseAddress, &count, message.baseAddress, message.count)
      }
      precondition(result == 1 && count == 64, "OpenSSL: an Ed25519 signature failed")
      initialized = 64
    }
  }
}

/// What OpenSSL keeps for the thread about calls that failed.
package enum OpenSSLErrorQueue {
  /// Whether nothing is left there that a later call could mistake for its own.
  package static var isEmpty: Bool { ERR_peek_error() == 0 }
}
