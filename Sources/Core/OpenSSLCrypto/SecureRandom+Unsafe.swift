import COpenSSL

/// Randomness that nobody can predict, from OpenSSL's generator, which the kernel seeds. For drivers only: protocol
/// targets are given their random numbers.
public enum SecureRandom {
  /// So many random bytes.
  public static func bytes(_ count: Int) -> [UInt8] {
    // Sound: `fill` writes all `count` bytes.
    unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      unsafe fill(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
      initialized = count
    }
  }

  /// A random number of 64 bits.
  public static func uint64() -> UInt64 {
    var value: UInt64 = 0
    // Sound: any eight bytes are a UInt64.
    unsafe withUnsafeMutableBytes(of: &value) { unsafe fill($0) }
    return value
  }

  /// A process without randomness must not go on: every secret it made would be guessable.
  static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
    guard buffer.count > 0 else { return }
    // Sound: exactly `count` bytes are written. RAND_bytes takes an int, so huge requests are a programming error.
    let result = unsafe RAND_bytes(buffer.bindMemory(to: UInt8.self).baseAddress, Int32(buffer.count))
    precondition(result == 1, "OpenSSL: no randomness")
  }
}
