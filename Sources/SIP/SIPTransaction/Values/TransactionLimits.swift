/// What a `TransactionLayer` may hold. Beyond it new transactions are refused; running ones are not touched.
public struct TransactionLimits: Sendable, Hashable {
  /// Server transactions at a time. A CANCEL that matches a held INVITE is admitted beyond it: there is one per INVITE.
  public var maxServerTransactions: Int
  /// Client transactions at a time. A CANCEL for a held INVITE is admitted beyond it, for the same reason.
  public var maxClientTransactions: Int
  /// Bytes that all transactions together may keep: requests, responses, and `overheadPerTransaction` for each.
  public var maxRetainedBytes: Int

  /// What a transaction is taken to cost besides its messages: its slot, table entries and timer.
  public static let overheadPerTransaction = 512

  /// Room for 200,000 server and as many client transactions, in 512 MiB.
  public static let `default` = TransactionLimits()

  /// Limits; what is not named keeps its default.
  public init(
    maxServerTransactions: Int = 200_000, maxClientTransactions: Int = 200_000, maxRetainedBytes: Int = 512 << 20
  ) {
    self.maxServerTransactions = maxServerTransactions
    self.maxClientTransactions = maxClientTransactions
    self.maxRetainedBytes = maxRetainedBytes
  }
}
