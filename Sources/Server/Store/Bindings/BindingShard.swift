import Synchronization
import Wire

/// One part of the table: entries by AOR, and two indexes that say which AORs a sweep or the end of a connection
/// concerns, so that neither looks at the others.
final class BindingShard: Sendable {
  struct Entry: Sendable {
    /// Best first; never empty.
    var bindings: [Binding]
    var version: UInt64

    func current(_ now: UTCTimestamp) -> [Binding] {
      bindings.allSatisfy { $0.expiresAt > now } ? bindings : bindings.filter { $0.expiresAt > now }
    }

    /// The second in which its first binding lapses.
    var lapses: Int64 { bindings.reduce(Int64.max) { min($0, $1.expiresAt.seconds) } }
  }

  /// What a sweep, or the end of a connection, took away.
  struct Removal: Sendable {
    var bindings = 0
    /// The AORs that changed.
    var touched: [String] = []
    /// How many AORs have no binding any more.
    var emptied = 0
    /// Whether there is more to take: call again.
    var hasMore = false
  }

  fileprivate struct State: Sendable {
    var entries: [ExactText: Entry] = [:]
    var count = 0
    /// Every AOR once, under the second in which its first binding lapses.
    var bySecond: [Int64: Set<ExactText>] = [:]
    /// No AOR stands under an earlier second.
    var earliest = Int64.max
    /// AORs with a binding that ends with a connection.
    var byConnection: [UInt64: Set<ExactText>] = [:]

    mutating func set(_ aor: ExactText, _ entry: Entry?) {
      let before = entries[aor]
      count += (entry?.bindings.count ?? 0) - (before?.bindings.count ?? 0)
      if before?.lapses != entry?.lapses {
        if let before { Self.remove(aor, under: before.lapses, from: &bySecond) }
        if let entry {
          bySecond[entry.lapses, default: []].insert(aor)
          earliest = min(earliest, entry.lapses)
        }
      }
      for binding in before?.bindings ?? [] where binding.isBoundToConnection {
        Self.remove(aor, under: binding.connection, from: &byConnection)
      }
      for binding in entry?.bindings ?? [] where binding.isBoundToConnection {
        byConnection[binding.connection, default: []].insert(aor)
      }
      entries[aor] = entry
    }

    private static func remove<Key>(_ aor: ExactText, under key: Key, from index: inout [Key: Set<ExactText>]) {
      index[key]?.remove(aor)
      if index[key]?.isEmpty == true { index[key] = nil }
    }

    /// Removes bindings of one AOR.
    mutating func remove(
      _ aor: ExactText, version: UInt64, into removal: inout Removal, where isGone: (Binding) -> Bool
    ) {
      guard let entry = entries[aor] else { return }
      let left = entry.bindings.filter { !isGone($0) }
      guard left.count < entry.bindings.count else { return }
      removal.bindings += entry.bindings.count - left.count
      removal.touched.append(aor.text)
      removal.emptied += left.isEmpty ? 1 : 0
      set(aor, left.isEmpty ? nil : Entry(bindings: left, version: version))
    }
  }

  private let state = Mutex(State())

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

  /// Removes what has lapsed, of at most `limit` AORs.
  func sweep(now: UTCTimestamp, version: UInt64, limit: Int) -> Removal {
    state.withLock { state in
      var removal = Removal()
      var left = limit
      while state.earliest <= now.seconds {
        let due = state.due(now: now, limit: left)
        for aor in due { state.remove(aor, version: version, into: &removal) { $0.expiresAt <= now } }
        left -= due.count
        if left == 0 {
          removal.hasMore = true
          break
        }
        // What is left lapses within this very second: it is looked at again in the next sweep.
        if state.earliest == now.seconds { break }
        state.earliest = state.next(after: state.earliest, now: now.seconds)
      }
      return removal
    }
  }

  /// Removes the flows of a connection, of at most `limit` AORs.
  func removeFlows(of connection: UInt64, version: UInt64, limit: Int) -> Removal {
    state.withLock { state in
      var removal = Removal()
      for aor in (state.byConnection[connection] ?? []).prefix(limit) {
        state.remove(aor, version: version, into: &removal) { $0.connection == connection && $0.isBoundToConnection }
      }
      removal.hasMore = state.byConnection[connection] != nil
      return removal
    }
  }
}

extension BindingShard.State {
  /// Some of the AORs with a binding that has lapsed, of those that stand under the earliest second.
  fileprivate func due(now: UTCTimestamp, limit: Int) -> [ExactText] {
    var due: [ExactText] = []
    for aor in bySecond[earliest] ?? [] {
      if due.count == limit { break }
      if entries[aor]?.bindings.contains(where: { $0.expiresAt <= now }) == true { due.append(aor) }
    }
    return due
  }

  /// The first second after this one under which an AOR stands; `.max` when there is none. Steps from second to second
  /// while that is less work than looking at all.
  fileprivate func next(after second: Int64, now: Int64) -> Int64 {
    guard !bySecond.isEmpty else { return .max }
    if now - second > Int64(bySecond.count) { return bySecond.keys.min() ?? .max }
    return second + 1
  }
}
