import Wire

/// Fourteen bytes of salt, times 2¹⁶, in two words: what counter blocks and nonces are made of (RFC 3711 §4.1.1).
struct CounterSalt: Sendable, Hashable {
  let high: UInt64
  let low: UInt64

  /// The salt of these bytes; twelve of them count as if two zeros followed (RFC 7714 §11, erratum 4938).
  init(_ bytes: Span<UInt8>) {
    var words: (UInt64, UInt64) = (0, 0)
    for index in 0..<8 where index < bytes.count { words.0 |= UInt64(bytes[index]) << (56 - 8 * UInt64(index)) }
    for index in 8..<14 where index < bytes.count { words.1 |= UInt64(bytes[index]) << (120 - 8 * UInt64(index)) }
    (high, low) = words
  }

  /// The counter block of a packet's first bytes (RFC 3711 §4.1.1).
  @inline(__always)
  func counter(_ ssrc: UInt32, _ index: UInt64) -> (high: UInt64, low: UInt64) {
    (high ^ UInt64(ssrc), low ^ index << 16)
  }

  /// The nonce of a packet, twelve bytes: two of zero, the source, and the index in 48 bits (RFC 7714 §8.1, §9.1).
  @inline(__always)
  func nonce(_ ssrc: UInt32, _ index: UInt64) -> (high: UInt64, low: UInt32) {
    (
      high ^ (UInt64(ssrc) << 16 | index >> 32),
      UInt32(truncatingIfNeeded: low >> 32) ^ UInt32(truncatingIfNeeded: index)
    )
  }
}
