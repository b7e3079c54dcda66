import Dispatch
import Synchronization
import Wire

/// The registrar's table: memory in front of SQLite. Lookups and updates are memory only and safe from every reactor;
/// changes are written within 50 ms by a queue of its own, and all of them before ``stop()`` returns.
///
/// Addresses are spread over shards, each under a mutex, by a hash of the AOR.
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

  let shards: [BindingShard]
  private let limits: Limits
  private let addresses = Atomic<Int>(0)
  private let versions = Atomic<UInt64>(1)
  private let writer: BindingWriter

  /// Opens the database and loads what has not lapsed.
  public init(databasePath: String, limits: Limits = Limits(), now: UTCTimestamp) throws(StoreError) {
    self.limits = limits
    shards = (0..<64).map { _ in BindingShard() }
    let shards = self.shards
    writer = try BindingWriter(path: databasePath) { aor in Self.shard(of: aor, in: shards).bindings(of: aor) }
    for (aor, bindings) in try writer.load(now: now) {
      Self.shard(of: aor, in: shards).restore(aor, bindings, version: 1)
      addresses.add(1, ordering: .relaxed)
    }
  }

  /// The bindings of an address of record (normalised by the caller), best q first, then the newest; lapsed ones are left
  /// out.
  public func lookup(_ aor: String, now: UTCTimestamp) -> [Binding] {
    lookupVersioned(aor, now: now).bindings
  }

  /// The same with a version for ``update(_:callID:cseq:changes:ifVersion:now:)``; 0: there are none.
  public func lookupVersioned(_ aor: String, now: UTCTimestamp) -> (bindings: [Binding], version: UInt64) {
    guard let entry = Self.shard(of: aor, in: shards).entry(of: aor) else { return ([], 0) }
    return (entry.current(now), entry.version)
  }

  /// Makes a REGISTER's changes, all or none.
  ///
  /// Each binding that a change touches is compared with the REGISTER first: same Call-ID and no higher CSeq refuses
  /// them all (RFC 3261 §10.3 step 7). With `ifVersion`, nothing is changed when the AOR is no longer as it was looked
  /// up: the caller, who compares URIs, may have matched against bindings that are gone.
  public func update(
    _ aor: String, callID: String, cseq: UInt32, changes: [BindingChange], ifVersion: UInt64? = nil, now: UTCTimestamp
  ) -> BindingResult {
    change(aor, now: now, ifVersion: ifVersion) { bindings in
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
  public func removeAll(_ aor: String, callID: String, cseq: UInt32, now: UTCTimestamp) -> BindingResult {
    change(aor, now: now, ifVersion: nil) { bindings in
      if bindings.contains(where: { $0.isNewer(than: callID, cseq) }) { return .outOfOrder }
      bindings = []
      return nil
    }
  }

  /// Removes what has lapsed; the node calls it about once a second. Returns how many bindings went.
  @discardableResult public func sweep(now: UTCTimestamp) -> Int {
    var gone = 0
    for shard in shards {
      let (bindings, touched, emptied) = shard.sweep(now: now, version: newVersion())
      gone += bindings
      addresses.subtract(emptied, ordering: .relaxed)
      writer.mark(touched)
    }
    return gone
  }

  /// Removes the bindings that came over a connection which is gone, and can be reached over nothing else. Returns how
  /// many.
  @discardableResult public func removeAll(connection: UInt64) -> Int {
    guard connection != 0 else { return 0 }
    var gone = 0
    for shard in shards {
      let (bindings, touched, emptied) = shard.remove(version: newVersion()) { $0.connection == connection }
      gone += bindings
      addresses.subtract(emptied, ordering: .relaxed)
      writer.mark(touched)
    }
    return gone
  }

  /// How many bindings there are, lapsed ones included until the next sweep.
  public var count: Int { shards.reduce(0) { $0 + $1.count } }

  /// How many addresses of record have bindings.
  public var addressCount: Int { addresses.load(ordering: .relaxed) }

  /// Why the last write to the database failed; nil: it did not. What is not written is tried again every second.
  public var failure: String? { writer.failure }

  /// Whether the last write reached the database.
  public var isHealthy: Bool { failure == nil }

  /// Waits until everything that was changed before is in the database.
  public func flush() { writer.flush() }

  /// Writes what is not yet written and closes.
  public func stop() { writer.stop() }

  /// `body` changes the bindings, or returns why not: then nothing is changed.
  private func change(
    _ aor: String, now: UTCTimestamp, ifVersion: UInt64?, _ body: (inout [Binding]) -> BindingResult?
  ) -> BindingResult {
    let version = newVersion()
    let (result, delta) = Self.shard(of: aor, in: shards).withEntry(aor) { entry in
      if let ifVersion, entry?.version ?? 0 != ifVersion { return BindingResult.conflict }
      var bindings = entry?.current(now) ?? []
      if let refusal = body(&bindings) { return refusal }
      if entry == nil, !bindings.isEmpty, addresses.load(ordering: .relaxed) >= limits.maxAddresses { return .full }
      entry = bindings.isEmpty ? nil : BindingShard.Entry(bindings: bindings, version: version)
      return .updated(bindings)
    }
    if delta != 0 { addresses.add(delta, ordering: .relaxed) }
    if case .updated = result { writer.mark([aor]) }
    return result
  }

  private func newVersion() -> UInt64 { versions.add(1, ordering: .relaxed).newValue }

  private static func shard(of aor: String, in shards: [BindingShard]) -> BindingShard {
    shards[Int(truncatingIfNeeded: UInt(bitPattern: aor.hashValue) % UInt(shards.count))]
  }
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

/// One part of the table.
final class BindingShard: Sendable {
  struct Entry: Sendable {
    /// Best first.
    var bindings: [Binding]
    var version: UInt64

    func current(_ now: UTCTimestamp) -> [Binding] {
      bindings.allSatisfy { $0.expiresAt > now } ? bindings : bindings.filter { $0.expiresAt > now }
    }
  }

  private struct State: Sendable {
    var entries: [ExactText: Entry] = [:]
    /// No binding lapses before; so a sweep can pass by.
    var earliest = UTCTimestamp.latest
    var count = 0

    mutating func set(_ aor: ExactText, _ entry: Entry?) {
      count += (entry?.bindings.count ?? 0) - (entries[aor]?.bindings.count ?? 0)
      entries[aor] = entry
      for binding in entry?.bindings ?? [] { earliest = min(earliest, binding.expiresAt) }
    }

    /// Removes bindings; returns how many, of which AORs, and how many AORs are empty now.
    mutating func remove(
      version: UInt64, where isGone: (Binding) -> Bool
    ) -> (bindings: Int, touched: [String], emptied: Int) {
      var result = (bindings: 0, touched: [String](), emptied: 0)
      for (aor, entry) in entries where entry.bindings.contains(where: isGone) {
        let left = entry.bindings.filter { !isGone($0) }
        result.bindings += entry.bindings.count - left.count
        result.touched.append(aor.text)
        result.emptied += left.isEmpty ? 1 : 0
        set(aor, left.isEmpty ? nil : Entry(bindings: left, version: version))
      }
      return result
    }
  }

  private let state = Mutex(State())

  func entry(of aor: String) -> Entry? { state.withLock { $0.entries[ExactText(aor)] } }

  func bindings(of aor: String) -> [Binding] { entry(of: aor)?.bindings ?? [] }

  var count: Int { state.withLock { $0.count } }

  /// The addresses behind `cursor` that have a binding which has not lapsed, in no order.
  func addresses(after cursor: String?, now: UTCTimestamp) -> [String] {
    state.withLock { state in
      var names: [String] = []
      for (aor, entry) in state.entries {
        if let cursor, !BindingTable.isBefore(cursor, aor.text) { continue }
        if entry.bindings.contains(where: { $0.expiresAt > now }) { names.append(aor.text) }
      }
      return names
    }
  }

  func restore(_ aor: String, _ bindings: [Binding], version: UInt64) {
    state.withLock { $0.set(ExactText(aor), Entry(bindings: bindings, version: version)) }
  }

  /// Changes an entry; also returns by how much the number of AORs changed.
  func withEntry(_ aor: String, _ body: (inout Entry?) -> BindingResult) -> (BindingResult, Int) {
    let aor = ExactText(aor)
    return state.withLock { state in
      let before = state.entries[aor]
      var entry = before
      let result = body(&entry)
      guard case .updated = result else { return (result, 0) }
      state.set(aor, entry)
      return (result, (entry == nil ? 0 : 1) - (before == nil ? 0 : 1))
    }
  }

  func sweep(now: UTCTimestamp, version: UInt64) -> (bindings: Int, touched: [String], emptied: Int) {
    state.withLock { state in
      guard state.earliest <= now else { return (0, [], 0) }
      let result = state.remove(version: version) { $0.expiresAt <= now }
      state.earliest = .latest
      for entry in state.entries.values {
        for binding in entry.bindings { state.earliest = min(state.earliest, binding.expiresAt) }
      }
      return result
    }
  }

  func remove(version: UInt64, where isGone: (Binding) -> Bool) -> (bindings: Int, touched: [String], emptied: Int) {
    state.withLock { $0.remove(version: version, where: isGone) }
  }
}
