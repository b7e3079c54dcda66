/// SipHash-2-4 with a 128-bit key (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012).
///
/// For table keys and shards that strangers can choose inputs for: without the key nobody can aim collisions.
/// Also a MAC for short things that come back to us, such as nonces; where others verify, HMAC is the usual one.
@frozen
public struct SipHash: Sendable {
  @usableFromInline var v0: UInt64
  @usableFromInline var v1: UInt64
  @usableFromInline var v2: UInt64
  @usableFromInline var v3: UInt64
  @usableFromInline var tail: UInt64
  @usableFromInline var count: UInt64

  /// Starts a hash under a key: its two halves as little-endian numbers, as the paper writes them.
  @inlinable
  public init(key: (UInt64, UInt64)) {
    v0 = key.0 ^ 0x736f_6d65_7073_6575
    v1 = key.1 ^ 0x646f_7261_6e64_6f6d
    v2 = key.0 ^ 0x6c79_6765_6e65_7261
    v3 = key.1 ^ 0x7465_6462_7974_6573
    tail = 0
    count = 0
  }

  /// Takes in one byte.
  @inlinable
  public mutating func combine(byte: UInt8) {
    tail |= UInt64(byte) << ((count & 7) &* 8)
    count &+= 1
    if count & 7 == 0 { absorbTail() }
  }

  /// Takes in bytes; `combine("ab")` is the same as `combine("a")` then `combine("b")`.
  @inlinable
  public mutating func combine(_ bytes: Span<UInt8>) {
    var index = 0
    let end = bytes.count
    while index < end, count & 7 != 0 {
      combine(byte: bytes[index])
      index &+= 1
    }
    if end &- index >= 8 {
      // On a copy, which stays in registers.
      var state = self
      let first = index
      repeat {
        state.absorb(bytes.littleEndianUInt64(at: index))
        index &+= 8
      } while end &- index >= 8
      state.count &+= UInt64(index &- first)
      self = state
    }
    let rest = end &- index
    guard rest > 0 else { return }
    if end >= 8 {
      // The last bytes are the top of the last whole word.
      tail = bytes.littleEndianUInt64(at: end &- 8) >> UInt64(64 &- rest &* 8)
      count &+= UInt64(rest)
    } else {
      while index < end {
        combine(byte: bytes[index])
        index &+= 1
      }
    }
  }

  /// Takes in eight bytes, little-endian.
  @inlinable
  @inline(__always)
  public mutating func combine(_ word: UInt64) {
    guard count & 7 == 0 else {
      var rest = word
      for _ in 0..<8 {
        combine(byte: UInt8(truncatingIfNeeded: rest))
        rest >>= 8
      }
      return
    }
    absorb(word)
    count &+= 8
  }

  /// The 64-bit hash of everything taken in; the state stays as it is.
  @inlinable
  public func finalize() -> UInt64 {
    var state = self
    state.absorbLast()
    state.v2 ^= 0xff
    state.round()
    state.round()
    state.round()
    state.round()
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3
  }

  /// A 128-bit hash of everything taken in, for table keys that stand for the input itself.
  ///
  /// The first half is `finalize()`; the second continues the same permutation the way SipHash-128 does (`v1 ^= 0xdd`,
  /// four more rounds). It is keyed as strongly as the first but is not the published SipHash-128 value, which would
  /// cost a second pass.
  @inlinable
  public func finalize128() -> (UInt64, UInt64) {
    var state = self
    state.absorbLast()
    state.v2 ^= 0xff
    state.round()
    state.round()
    state.round()
    state.round()
    let first = state.v0 ^ state.v1 ^ state.v2 ^ state.v3
    state.v1 ^= 0xdd
    state.round()
    state.round()
    state.round()
    state.round()
    return (first, state.v0 ^ state.v1 ^ state.v2 ^ state.v3)
  }

  @inlinable
  mutating func absorbTail() {
    absorb(tail)
    tail = 0
  }

  @inlinable
  @inline(__always)
  mutating func absorb(_ word: UInt64) {
    v3 ^= word
    round()
    round()
    v0 ^= word
  }

  @inlinable
  mutating func absorbLast() {
    tail |= count << 56
    absorbTail()
  }

  @inlinable
  @inline(__always)
  mutating func round() {
    v0 = v0 &+ v1
    v1 = v1 << 13 | v1 >> 51
    v1 ^= v0
    v0 = v0 << 32 | v0 >> 32
    v2 = v2 &+ v3
    v3 = v3 << 16 | v3 >> 48
    v3 ^= v2
    v0 = v0 &+ v3
    v3 = v3 << 21 | v3 >> 43
    v3 ^= v0
    v2 = v2 &+ v1
    v1 = v1 << 17 | v1 >> 47
    v1 ^= v2
    v2 = v2 << 32 | v2 >> 32
  }
}
