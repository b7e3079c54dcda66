import Wire

/// Tags, branches, Call-IDs and delays from a secret: a keyed hash of a counter, so that nobody without the key can
/// guess the next one, and a test with the same key sees the same ones.
struct RandomSource: Sendable {
  private let key: (UInt64, UInt64)
  private var counter: UInt64 = 0

  init(key: (UInt64, UInt64)) {
    self.key = key
  }

  mutating func next() -> UInt64 {
    counter &+= 1
    var hash = SipHash(key: key)
    hash.combine(counter)
    return hash.finalize()
  }

  /// Sixteen hex digits (§19.3 asks for 32 bits of randomness in a tag).
  mutating func token() -> String { Hex.encode(next()) }
}
