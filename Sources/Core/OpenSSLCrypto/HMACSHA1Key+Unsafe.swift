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
    // Sound: one value of a trivial type is allocated and initialised; deinit frees it. The functions read exactly `count`
    // bytes of the key or the 64 of a block, write a state or the 20 bytes of a digest at the block's start, and keep no
    // pointer. The stack's copy of the key is wiped.
    unsafe states = UnsafeMutablePointer<States>.allocate(capacity: 1)
    unsafe states.initialize(to: States())
    let states = unsafe states
    var storage = InlineArray<64, UInt8>(repeating: 0)
    unsafe withUnsafeMutableBytes(of: &storage) { block in
      unsafe key.withUnsafeBytes { key in
        if key.count > 64 {
          unsafe ifsip_sha1(key.baseAddress, key.count, block.bindMemory(to: UInt8.self).baseAddress)
        } else {
          unsafe block.copyMemory(from: key)
        }
      }
      let bytes = unsafe block.bindMemory(to: UInt8.self)
      for index in 0..<64 { unsafe bytes[index] ^= 0x36 }
      unsafe ifsip_sha1_begin(&states.pointee.inner, bytes.baseAddress)
      for index in 0..<64 { unsafe bytes[index] ^= 0x36 ^ 0x5c }
      unsafe ifsip_sha1_begin(&states.pointee.outer, bytes.baseAddress)
      unsafe OPENSSL_cleanse(block.baseAddress, block.count)
    }
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
