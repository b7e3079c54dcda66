import COpenSSL
import Wire

/// SHA-256 over bytes that come in pieces (FIPS 180-4 §6.2). A value without allocation: copying it copies the state.
public struct SHA256: Sendable {
  var state: SHA256_CTX

  /// A hash of nothing yet.
  public init() {
    state = SHA256_CTX()
    // Sound: the pointer is to initialised storage of the right type and does not outlive the call.
    unsafe ifsip_sha256_init(&state)
  }

  /// Takes in bytes.
  public mutating func update(_ bytes: Span<UInt8>) {
    // Sound: the function reads exactly `count` bytes and keeps neither pointer.
    unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe ifsip_sha256_update(&state, buffer.baseAddress, buffer.count)
    }
  }

  /// Takes in one byte.
  public mutating func update(byte: UInt8) {
    // Sound: as above, with a count of one.
    unsafe withUnsafePointer(to: byte) { pointer in
      unsafe ifsip_sha256_update(&state, pointer, 1)
    }
  }

  /// The digest of everything taken in; the state stays as it is, so more may follow.
  public func finalize() -> Digest32 {
    var last = state
    var digest = InlineArray<32, UInt8>(repeating: 0)
    var span = digest.mutableSpan
    // Sound: SHA-256 writes exactly 32 bytes, which is the length of `digest`; neither pointer is kept.
    unsafe span.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      unsafe ifsip_sha256_final(&last, base)
    }
    return Digest32(digest)
  }

  /// The digest of these bytes.
  public static func hash(_ bytes: Span<UInt8>) -> Digest32 {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finalize()
  }
}
