/// When it is worth its while to give free memory back to the system: a peak is over.
struct MemoryWatch {
  /// Below so many transactions a peak is none.
  private static let least = 2_000
  private var peak = 0

  /// Looks at the number of transactions, now and then; true when memory should be given back.
  mutating func isPeakOver(_ transactions: Int) -> Bool {
    peak = max(peak, transactions)
    guard peak >= Self.least, transactions < peak / 8 else { return false }
    peak = transactions
    return true
  }
}
