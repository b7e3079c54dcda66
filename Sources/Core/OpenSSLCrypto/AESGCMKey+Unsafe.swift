import COpenSSL
import Wire

/// A key for AES-GCM with nonces of 12 bytes and tags of 16 (NIST SP 800-38D), with its context alive.
///
/// Not Sendable, for the context changes as it works: an owner that is Sendable sees to it that one uses it at a time. That
/// no nonce comes twice under one key is the owner's to see to as well.
@safe
public struct AESGCMKey: ~Copyable {
  /// The bytes of a tag.
  public static let tagBytes = 16

  /// Encrypts blocks.
  private let blocks: OpaquePointer
  /// Hashes, and has `blocks` encrypt.
  private let context: OpaquePointer

  /// A key of 16 or 32 bytes. OpenSSL wipes its copies when they are freed.
  public init(_ key: Span<UInt8>) {
    unsafe blocks = unsafe AESCipher.context(key)
    guard let context = unsafe ifsip_gcm_new(blocks) else { preconditionFailure("OpenSSL: no memory for GCM") }
    unsafe self.context = unsafe context
  }

  deinit {
    // Sound: made in init, owned by this value alone, which is gone after this; `context`, which knows `blocks`, goes
    // first.
    unsafe CRYPTO_gcm128_release(context)
    unsafe EVP_CIPHER_CTX_free(blocks)
  }

  /// Encrypts the bytes of a range where they are and writes the tag behind them.
  ///
  /// - Parameters:
  ///   - authenticated: bytes that the tag covers and that stay as they are; must lie inside.
  ///   - word: four more such bytes, in network order; nil for none.
  ///   - plaintext: the bytes to be encrypted, with 16 more behind them that lie inside.
  ///   - nonce: eight bytes and four bytes, most significant first.
  public func seal(
    _ bytes: inout MutableSpan<UInt8>, authenticating authenticated: Range<Int>, then word: UInt32? = nil,
    encrypting plaintext: Range<Int>, nonce: (high: UInt64, low: UInt32)
  ) {
    let result = run(&bytes, authenticated, word, plaintext, nonce, isSealing: true)
    // It fails only when the context is gone, which cannot be answered.
    precondition(result, "OpenSSL: AES-GCM failed")
  }

  /// Checks the tag behind the bytes of a range and decrypts them where they are.
  ///
  /// - Returns: whether the tag was right; when it was not, the bytes of the range are neither what they were nor any
  ///   plaintext, and must not be used.
  public func open(
    _ bytes: inout MutableSpan<UInt8>, authenticating authenticated: Range<Int>, then word: UInt32? = nil,
    decrypting ciphertext: Range<Int>, nonce: (high: UInt64, low: UInt32)
  ) -> Bool {
    run(&bytes, authenticated, word, ciphertext, nonce, isSealing: false)
  }

  @inline(__always)
  private func run(
    _ bytes: inout MutableSpan<UInt8>, _ authenticated: Range<Int>, _ word: UInt32?, _ text: Range<Int>,
    _ nonce: (high: UInt64, low: UInt32), isSealing: Bool
  ) -> Bool {
    let count = bytes.count
    precondition(authenticated.lowerBound >= 0 && authenticated.upperBound <= count, "a range outside the bytes")
    precondition(text.lowerBound >= 0 && text.upperBound <= count &- Self.tagBytes, "a range outside the bytes")
    // Twelve bytes of nonce, then the word.
    var small = (nonce.high.bigEndian, nonce.low.bigEndian, (word ?? 0).bigEndian)
    return unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      unsafe withUnsafeBytes(of: &small) { small in
        guard let base = buffer.baseAddress, let nonce = unsafe small.bindMemory(to: UInt8.self).baseAddress else {
          return false
        }
        // Sound: the lines before keep both ranges and the tag inside the buffer, and `small` has 16 bytes. The function
        // reads and writes exactly the counts it is given, 12 bytes of nonce, and 16 of tag, and keeps no pointer.
        return unsafe ifsip_gcm(
          context, isSealing ? 1 : 0, nonce, base + authenticated.lowerBound, authenticated.count, nonce + 12,
          word == nil ? 0 : 4, base + text.lowerBound, text.count, base + text.upperBound) == 1
      }
    }
  }
}
