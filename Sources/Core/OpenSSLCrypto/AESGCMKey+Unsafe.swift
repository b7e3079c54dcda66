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

  private let context: OpaquePointer

  /// A key of 16 or 32 bytes. OpenSSL wipes its copy when it is freed.
  public init(_ key: Span<UInt8>) {
    unsafe context = unsafe AESCipher.gcmContext(key)
  }

  deinit {
    // Sound: made in init, owned by this value alone, which is gone after this.
    unsafe EVP_CIPHER_CTX_free(context)
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
    let result = run(&bytes, authenticated, word, ciphertext, nonce, isSealing: false)
    // What a wrong tag may leave in the thread's error queue would be found by a later TLS call.
    if !result { ERR_clear_error() }
    return result
  }

  @inline(__always)
  private func run(
    _ bytes: inout MutableSpan<UInt8>, _ authenticated: Range<Int>, _ word: UInt32?, _ text: Range<Int>,
    _ nonce: (high: UInt64, low: UInt32), isSealing: Bool
  ) -> Bool {
    let count = bytes.count
    precondition(authenticated.lowerBound >= 0 && authenticated.upperBound <= count, "a range outside the bytes")
    precondition(text.lowerBound >= 0 && text.upperBound <= count &- Self.tagBytes, "a range outside the bytes")
    return unsafe bytes.withUnsafeMutableBytes { buffer in
      guard let memory = buffer.baseAddress else { return false }
      // Sound: the lines before keep both ranges and the tag inside the buffer. OpenSSL reads and writes exactly the counts
      // it is given (GCM keeps nothing back), 12 bytes of nonce, and 16 of tag; it keeps no pointer.
      let base = unsafe memory.assumingMemoryBound(to: UInt8.self)
      let tag = unsafe memory + text.upperBound
      var iv = (nonce.high.bigEndian, nonce.low.bigEndian)
      let isReady = unsafe withUnsafeBytes(of: &iv) { iv in
        let iv = unsafe iv.assumingMemoryBound(to: UInt8.self).baseAddress
        return unsafe isSealing
          ? EVP_EncryptInit_ex(context, nil, nil, nil, iv) == 1
          : EVP_DecryptInit_ex(context, nil, nil, nil, iv) == 1
            && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagBytes), tag) == 1
      }
      guard isReady, unsafe update(nil, base + authenticated.lowerBound, authenticated.count) else { return false }
      if let word {
        var bytes = word.bigEndian
        let isTaken = unsafe withUnsafeBytes(of: &bytes) { bytes in
          unsafe update(nil, bytes.assumingMemoryBound(to: UInt8.self).baseAddress, bytes.count)
        }
        guard isTaken else { return false }
      }
      let place = unsafe base + text.lowerBound
      guard unsafe update(place, place, text.count) else { return false }
      var written: Int32 = 0
      guard unsafe EVP_CipherFinal_ex(context, base + text.upperBound, &written) == 1 else { return false }
      return unsafe !isSealing
        || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagBytes), tag) == 1
    }
  }

  /// Takes in bytes: to be authenticated only when there is no place for what they become.
  @inline(__always)
  private func update(_ place: UnsafeMutablePointer<UInt8>?, _ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Bool {
    guard count > 0 else { return true }
    var written: Int32 = 0
    return unsafe EVP_CipherUpdate(context, place, &written, bytes, Int32(truncatingIfNeeded: count)) == 1
  }
}
