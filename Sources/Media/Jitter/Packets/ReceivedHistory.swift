/// Which of the last 64 sequence numbers were there when their time came, so that a duplicate of something played is not
/// taken for a late packet.
struct ReceivedHistory: Sendable {
  /// Bit 0 is the newest.
  private var bits: UInt64 = 0

  /// `missing` packets were not there, and then one that was, or was not either.
  mutating func passed(missing: Int64, then isThere: Bool) {
    bits = missing >= 63 ? 0 : bits &<< UInt64(missing + 1)
    if isThere { bits |= 1 }
  }

  /// A packet has come `age` behind the next one wanted, 1 for the newest; whether it is the first time.
  mutating func isFirst(age: Int64) -> Bool {
    guard age >= 1, age <= 64 else { return true }
    let bit: UInt64 = 1 &<< UInt64(age - 1)
    defer { bits |= bit }
    return bits & bit == 0
  }
}
