/// When it is worth its while to give free memory back to the system: a peak is over, and what was left of it is, too.
struct MemoryWatch {
  /// Below so many transactions a peak is none.
  private static let least = 2_000
  /// Of a peak, or of the least one, so much means that it is over.
  private static let share = 8
  private var peak = 0
  /// A peak is over, but for the transactions that ended last.
  private var hasRest = false

  /// Looks at the number of transactions, now and then; true when memory should be given back.
  mutating func isPeakOver(_ transactions: Int) -> Bool {
    peak = max(peak, transactions)
    if peak >= Self.least, transactions < peak / Self.share {
      peak = transactions
      hasRest = true
      return true
    }
    guard hasRest, transactions < Self.least / Self.share else { return false }
    hasRest = false
    return true
  }
}
