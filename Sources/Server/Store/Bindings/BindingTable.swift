import Synchronization
import Wire

/// The registrar's table: memory in front of SQLite. Lookups and updates are memory only and safe from every reactor; a
/// queue of its own brings changes into the database, a group at a time, and says when they are there.
///
///     update ──▶ shard, under its lock ──▶ mark ──▶ BindingWriter: one transaction per group ──▶ whenWritten
///
/// Addresses are spread over shards, each under a mutex, by a hash of the AOR. No lock is held for longer than
/// ``sweepBatch`` addresses take, whatever lapses at once.
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

  /// When a change counts as written. Either survives the end of this process, however it ends.
  public enum Durability: String, Sendable, Hashable, CaseIterable {
    /// The kernel has it: it survives the process, not the power.
    case batched
    /// The disk has it.
    case strict
  }

  /// Told whether a change is in the database; called once, on the writer's queue, so it must only pass the news on.
  public typealias Completion = @Sendable (_ isWritten: Bool) -> Void

  /// Addresses that a sweep takes under one lock.
  static let sweepBatch = 64

  let shards: [BindingShard]
  private let limits: Limits
  private let addresses = Atomic<Int>(0)
  private let versions = Atomic<UInt64>(1)
  private let writer: BindingWriter

  /// Opens the database and loads what has not lapsed.
  public init(
    databasePath: String, limits: Limits = Limits(), durability: Durability = .batched, now: UTCTimestamp
  ) throws(StoreError) {
    self.limits = limits
    shards = (0..<64).map { _ in BindingShard() }
    let shards = self.shards
    writer = try BindingWriter(path: databasePath, durability: durability) { aor in
      Self.shard(of: aor, in: shards).bindings(of: aor)
    }
    try writer.load(now: now) { aor, bindings in
      shard(of: aor).restore(aor, bindings, version: 1)
      addresses.add(1, ordering: .relaxed)
    }
  }

  // MARK: Looking

  /// The bindings of an address of record (normalised by the caller), best q first, then the newest; lapsed ones are left
  /// out.
  public func lookup(_ aor: String, now: UTCTimestamp) -> [Binding] {
    lookupVersioned(aor, now: now).bindings
  }

  /// The same with a version for ``update(_:callID:cseq:changes:ifVersion:now:whenWritten:)``; 0: there are none.
  public func lookupVersioned(_ aor: String, now: UTCTimestamp) -> (bindings: [Binding], version: UInt64) {
    guard let entry = shard(of: aor).entry(of: aor) else { return ([], 0) }
    return (entry.current(now), entry.version)
  }

  /// How many bindings there are, lapsed ones included until the next sweep.
  public var count: Int { shards.reduce(0) { $0 + $1.count } }

  /// How many addresses of record have bindings.
  public var addressCount: Int { addresses.load(ordering: .relaxed) }

  // MARK: Changing

  /// Makes a REGISTER's changes, all or none.
  ///
  /// Each binding that a change touches is compared with the REGISTER first: same Call-ID and no higher CSeq refuses
  /// them all (RFC 3261 §10.3 step 7). With `ifVersion`, nothing is changed when the AOR is no longer as it was looked
  /// up: the caller, who compares URIs, may have matched against bindings that are gone.
  ///
  /// - Parameter whenWritten: called after `.updated` only, when the database has the change or refused it. What it
  ///   refused stays in memory and is tried again.
  public func update(
    _ aor: String, callID: String, cseq: UInt32, changes: [BindingChange], ifVersion: UInt64? = nil, now: UTCTimestamp,
    whenWritten: Completion? = nil
  ) -> BindingResult {
    change(aor, now: now, ifVersion: ifVersion, whenWritten: whenWritten) { bindings in
      for change in changes {
        let index = bindings.firstIndex { $0.key.isSame(as: change.key) }
        if let index, bindings[index].isNewer(than: callID, cseq) { return .outOfOrder }
      }
      for change in changes {
        bindings.removeAll { $0.key.isSame(as: change.key) }
        guard case .put(let binding) = change, binding.expiresAt > now else { continue }
        // Before the first of lower or equal preference: the newest of equals goes first.
        let index = bindings.firstIndex { $0.q <= binding.q } ?? bindings.endIndex
        bindings.insert(binding, at: index)
      }
      return bindings.count <= limits.maxBindingsPerAddress ? nil : .full
    }
  }

  /// Removes every binding (`Contact: *`), under the same comparison.
  public func removeAll(
    _ aor: String, callID: String, cseq: UInt32, now: UTCTimestamp, whenWritten: Completion? = nil
  ) -> BindingResult {
    change(aor, now: now, ifVersion: nil, whenWritten: whenWritten) { bindings in
      if bindings.contains(where: { $0.isNewer(than: callID, cseq) }) { return .outOfOrder }
      bindings = []
      return nil
    }
  }

  /// Removes a binding whose flow has failed (RFC 5626 §7), unless a REGISTER has renewed it since.
  public func removeFlow(_ aor: String, key: String, callID: String, cseq: UInt32, now: UTCTimestamp) {
    _ = change(aor, now: now, ifVersion: nil, whenWritten: nil) { bindings in
      let count = bindings.count
      bindings.removeAll { $0.key.isSame(as: key) && $0.callID.isSame(as: callID) && $0.cseq == cseq }
      return bindings.count == count ? .outOfOrder : nil
    }
  }

  /// Removes what has lapsed; the node calls it about once a second. Returns how many bindings went.
  @discardableResult public func sweep(now: UTCTimestamp) -> Int {
    shards.reduce(0) { sum, shard in
      sum + removeBatches { shard.sweep(now: now, version: newVersion(), limit: Self.sweepBatch) }
    }
  }

  /// Removes the flows of a connection that is gone (RFC 5626 §6). Returns how many.
  @discardableResult public func removeFlows(of connection: UInt64) -> Int {
    guard connection != 0 else { return 0 }
    return shards.reduce(0) { sum, shard in
      sum + removeBatches { shard.removeFlows(of: connection, version: newVersion(), limit: Self.sweepBatch) }
    }
  }

  private func removeBatches(_ next: () -> BindingShard.Removal) -> Int {
    var gone = 0
    while true {
      let removal = next()
      gone += removal.bindings
      addresses.subtract(removal.emptied, ordering: .relaxed)
      writer.mark(removal.touched)
      if !removal.hasMore { return gone }
    }
  }

  /// `body` changes the bindings, or returns why not: then nothing is changed.
  private func change(
    _ aor: String, now: UTCTimestamp, ifVersion: UInt64?, whenWritten: Completion?,
    _ body: (inout [Binding]) -> BindingResult?
  ) -> BindingResult {
    let version = newVersion()
    let (result, delta) = shard(of: aor).withEntry(aor) { entry in
      if let ifVersion, entry?.version ?? 0 != ifVersion { return BindingResult.conflict }
      var bindings = entry?.current(now) ?? []
      if let refusal = body(&bindings) { return refusal }
      if entry == nil, !bindings.isEmpty, addresses.load(ordering: .relaxed) >= limits.maxAddresses { return .full }
      entry = bindings.isEmpty ? nil : BindingShard.Entry(bindings: bindings, version: version)
      return .updated(bindings)
    }
    if delta != 0 { addresses.add(delta, ordering: .relaxed) }
    if case .updated = result { writer.mark([aor], whenWritten) }
    return result
  }

  private func newVersion() -> UInt64 { versions.add(1, ordering: .relaxed).newValue }

  private func shard(of aor: String) -> BindingShard { Self.shard(of: aor, in: shards) }

  private static func shard(of aor: String, in shards: [BindingShard]) -> BindingShard {
    shards[Int(truncatingIfNeeded: UInt(bitPattern: aor.hashValue) % UInt(shards.count))]
  }

  // MARK: The database

  /// Why the last write to the database failed; nil: it did not. What is not written is tried again every second.
  public var failure: String? { writer.failure }

  /// Whether the last write reached the database.
  public var isHealthy: Bool { failure == nil }

  /// Finds out whether the database can be written to, beside everything else: registrations alone would show it when
  /// the next phone comes. The result is in ``failure``.
  public func probe() { writer.probe() }

  /// Waits until everything that was changed before is in the database.
  public func flush() { writer.flush() }

  /// Writes what is not yet written and closes.
  public func stop() { writer.stop() }
}

extension Binding {
  /// Whether a REGISTER of this Call-ID and CSeq comes too late for it.
  fileprivate func isNewer(than callID: String, _ cseq: UInt32) -> Bool {
    self.cseq >= cseq && self.callID.isSame(as: callID)
  }
}

extension BindingChange {
  fileprivate var key: String {
    switch self {
    case .put(let binding): binding.key
    case .remove(let key): key
    }
  }
}
