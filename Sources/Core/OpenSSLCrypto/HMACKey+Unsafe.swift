import COpenSSL
import Wire

/// A key for HMAC-SHA-256 (RFC 2104, RFC 4231).
///
/// Holds the two hash states that follow the inner and the outer padded key, so that a MAC costs only the blocks of
/// its message and one more. The states never change after init, so a key may be shared by all reactors; they are
/// wiped when the key goes.
@safe
public struct HMACKey: ~Copyable, @unchecked Sendable {
  // `@unchecked Sendable` is sound: `states` is written in init, only read afterwards, and freed by deinit, which
  // runs when no borrow is left.
  private let states: UnsafeMutablePointer<States>

  private struct States {
    var inner: SHA256
    var outer: SHA256
  }

  /// A key of any length; one longer than 64 bytes is hashed first (RFC 2104 §2).
  public init(_ key: Span<UInt8>) {
    var block = InlineArray<64, UInt8>(repeating: 0)
    if key.count > 64 {
      let digest = SHA256.hash(key)
      for index in 0..<32 { block[index] = digest.bytes[index] }
    } else {
      for index in 0..<key.count { block[index] = key[index] }
    }
    var inner = SHA256()
    var outer = SHA256()
    for index in 0..<64 { block[index] ^= 0x36 }
    inner.update(block.span)
    for index in 0..<64 { block[index] ^= 0x36 ^ 0x5c }
    outer.update(block.span)
    // Sound: one value is allocated and initialised; deinit frees it. The stack's copy of the key is wiped.
    unsafe states = UnsafeMutablePointer<States>.allocate(capacity: 1)
    unsafe states.initialize(to: States(inner: inner, outer: outer))
    unsafe withUnsafeMutableBytes(of: &block) { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
    unsafe withUnsafeMutableBytes(of: &inner) { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
    unsafe withUnsafeMutableBytes(of: &outer) { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
  }

  /// A key from bytes that are wiped when no longer needed.
  public init(_ secret: SecretBytes) {
    self.init(secret.span)
  }

  deinit {
    // Sound: allocated in init with room for one value of this trivial type; nothing refers to it any more.
    unsafe OPENSSL_cleanse(states, MemoryLayout<States>.size)
    unsafe states.deallocate()
  }

  /// The MAC of these bytes.
  public func authenticate(_ message: Span<UInt8>) -> Digest32 {
    // Sound: see `states`.
    var inner = unsafe states.pointee.inner
    inner.update(message)
    return finish(inner)
  }

  /// The MAC of two parts, one after the other. The caller sees to it that the border is unambiguous.
  public func authenticate(_ first: Span<UInt8>, _ second: Span<UInt8>) -> Digest32 {
    var inner = unsafe states.pointee.inner
    inner.update(first)
    inner.update(second)
    return finish(inner)
  }

  /// Starts a MAC whose message comes in pieces: `update` it, then give it to `finish`.
  public func begin() -> SHA256 {
    unsafe states.pointee.inner
  }

  /// The MAC of what was given to the state that `begin` returned.
  public func finish(_ inner: SHA256) -> Digest32 {
    let digest = inner.finalize()
    var outer = unsafe states.pointee.outer
    outer.update(digest.span)
    return outer.finalize()
  }

  /// Whether `mac` is the MAC of these bytes, in constant time; a MAC of another length is not.
  public func isValid(_ mac: Span<UInt8>, for message: Span<UInt8>) -> Bool {
    constantTimeEquals(authenticate(message).span, mac)
  }
}
