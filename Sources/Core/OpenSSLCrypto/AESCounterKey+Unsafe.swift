import COpenSSL
import Wire

/// A key for AES in counter mode (NIST SP 800-38A §6.5), with its context alive.
///
/// The key stream is made by encrypting counter blocks, up to 32 at once, and laid over the bytes where they are; shim.h
/// of COpenSSL says why, with figures.
///
/// Not Sendable, for the context changes as it works: an owner that is Sendable sees to it that one uses it at a time.
@safe
public struct AESCounterKey: ~Copyable {
  private let context: OpaquePointer

  /// A key of 16 or 32 bytes. OpenSSL wipes its copy when it is freed.
  public init(_ key: Span<UInt8>) {
    unsafe context = unsafe AESCipher.context(key)
  }

  deinit {
    // Sound: made in init, owned by this value alone, which is gone after this.
    unsafe EVP_CIPHER_CTX_free(context)
  }

  /// Encrypts or decrypts, which is the same, the bytes of a range, which must lie inside.
  ///
  /// - Parameters:
  ///   - counter: the first counter block, most significant word first; only its lower word counts up, modulo 2⁶⁴.
  public func apply(
    from counter: (high: UInt64, low: UInt64), to bytes: inout MutableSpan<UInt8>, in range: Range<Int>
  ) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "a range outside the bytes")
    unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      // Sound: the line above keeps the range inside the buffer; the function reads and writes exactly its bytes, word by
      // word where they lie, and keeps no pointer.
      let start = unsafe base + range.lowerBound
      let result = unsafe ifsip_aes_counter(context, counter.high, counter.low, start, start, range.count)
      // It fails only when the context is gone, which cannot be answered.
      precondition(result == 1, "OpenSSL: AES failed")
    }
  }
}
