import Wire

/// The registrar's table: memory in front of SQLite. Lookups and updates are memory only and safe from every reactor;
/// changes are written within 50 ms by a queue of its own, and all of them before ``stop()`` returns.
public final class BindingTable: Sendable {
  /// How much may be registered.
  public struct Limits: Sendable {
    /// AORs with at least one binding.
    public var maxAddresses = 100_000
    /// Bindings of one AOR.
    public var maxBindingsPerAddress = 10
    /// The defaults.
    public init() {}
  }

  /// Opens the database and loads what has not lapsed.
  public init(databasePath: String, limits: Limits = Limits(), now: UTCTimestamp) throws(StoreError) {
    preconditionFailure("declared, not built yet")
  }

  /// The bindings of an address of record (normalised by the caller), best q first, then the newest; lapsed ones are left
  /// out.
  public func lookup(_ aor: String, now: UTCTimestamp) -> [Binding] { [] }

  /// The same with a version for ``update(_:callID:cseq:changes:ifVersion:now:)``.
  public func lookupVersioned(_ aor: String, now: UTCTimestamp) -> (bindings: [Binding], version: UInt64) { ([], 0) }

  /// Makes a REGISTER's changes, all or none.
  ///
  /// Each binding that a change touches is compared with the REGISTER first: same Call-ID and no higher CSeq refuses
  /// them all.
  public func update(
    _ aor: String, callID: String, cseq: UInt32, changes: [BindingChange], ifVersion version: UInt64? = nil,
    now: UTCTimestamp
  ) -> BindingResult { .full }

  /// Removes every binding (`Contact: *`), under the same comparison.
  public func removeAll(_ aor: String, callID: String, cseq: UInt32, now: UTCTimestamp) -> BindingResult { .full }

  /// Removes what has lapsed; the node calls it about once a second. Returns how many bindings went.
  @discardableResult public func sweep(now: UTCTimestamp) -> Int { 0 }

  /// How many bindings there are, lapsed ones included until the next sweep.
  public var count: Int { 0 }

  /// Whether the last write reached the database.
  public var isHealthy: Bool { true }

  /// Writes what is not yet written and closes.
  public func stop() {}
}
