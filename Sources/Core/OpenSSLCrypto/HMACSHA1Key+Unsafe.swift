import COpenSSL
import Wire

/// A key for HMAC-SHA-1 (RFC 2104, RFC 2202): only where a wire format fixes it, as SRTP and STUN do.
///
/// Like ``HMACKey`` it holds the two hash states that follow the padded keys, so a MAC neither allocates nor hashes the
/// key again. The states never change after init and are wiped when the key goes.
@safe
public struct HMACSHA1Key: ~Copyable, @unchecked Sendable {
  // `@unchecked Sendable` is sound: `states` is written in init, only read afterwards, and freed by deinit, which
  // runs when no borrow is left.
  private let states: UnsafeMutablePointer<States>

  private struct States {
    var inner = SHA_CTX()
    var outer = SHA_CTX()
  }

  /// A key of any length; one longer than 64 bytes is hashed first (RFC 2104 §2).
  public init(_ key: Span<UInt8>) {
    // Sound: one value of a trivial type is allocated and initialised; deinit frees it. The functions read 64 bytes of a
    // block of 64, or exactly `count` bytes of the key, and write a state or the 20 bytes of a digest into a block of
    // 64. None keeps a pointer. The stack's copy of the key is wiped.
    unsafe states = UnsafeMutablePointer<States>.allocate(capacity: 1)
    unsafe states.initialize(to: States())
    var block = InlineArray<64, UInt8>(repeating: 0)
    if key.count > 64 {
      unsafe key.withUnsafeBufferPointer { key in
        var span = block.mutableSpan
        unsafe span.withUnsafeMutableBufferPointer { block in
          guard let digest = block.baseAddress else { return }
          unsafe ifsip_sha1(key.baseAddress, key.count, digest)
        }
      }
    } else {
      for index in 0..<key.count { block[index] = key[index] }
    }
    for index in 0..<64 { block[index] ^= 0x36 }
    let inner = block.span
    unsafe inner.withUnsafeBufferPointer { unsafe ifsip_sha1_begin(&states.pointee.inner, $0.baseAddress) }
    for index in 0..<64 { block[index] ^= 0x36 ^ 0x5c }
    let outer = block.span
    unsafe outer.withUnsafeBufferPointer { unsafe ifsip_sha1_begin(&states.pointee.outer, $0.baseAddress) }
    unsafe withUnsafeMutableBytes(of: &block) { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
  }

  deinit {
    // Sound: allocated in init with room for one value of this trivial type; nothing refers to it any more.
    unsafe OPENSSL_cleanse(states, MemoryLayout<States>.size)
    unsafe states.deallocate()
  }

  /// The MAC of two parts, one after the other. The caller sees to it that the border is unambiguous.
  public func authenticate(_ first: Span<UInt8>, _ second: Span<UInt8>) -> InlineArray<20, UInt8> {
    var mac = InlineArray<20, UInt8>(repeating: 0)
    var span = mac.mutableSpan
    // Sound: the function reads exactly the counts, writes 20 bytes, the length of `mac`, and keeps no pointer; see
    // `states`.
    unsafe first.withUnsafeBufferPointer { first in
      unsafe second.withUnsafeBufferPointer { second in
        unsafe span.withUnsafeMutableBufferPointer { mac in
          unsafe ifsip_hmac_sha1(
            &states.pointee.inner, &states.pointee.outer, first.baseAddress, first.count, second.baseAddress,
            second.count, mac.baseAddress)
        }
      }
    }
    return mac
  }

  /// The MAC of these bytes.
  public func authenticate(_ message: Span<UInt8>) -> InlineArray<20, UInt8> {
    authenticate(message, Span<UInt8>())
  }
}
