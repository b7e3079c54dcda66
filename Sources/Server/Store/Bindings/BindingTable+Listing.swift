import Wire

/// One address of record with everything that is bound to it, for people.
public struct BoundAddress: Sendable, Hashable {
  /// The address of record, normalised.
  public var aor: String
  /// Its bindings, best first.
  public var bindings: [Binding]

  /// An address with its bindings.
  public init(aor: String, bindings: [Binding]) {
    self.aor = aor
    self.bindings = bindings
  }
}

// What the operator sees of the registrar. It walks over the names of all addresses, and copies the bindings of those
// only that are shown.
extension BindingTable {
  /// Up to `limit` addresses behind `cursor`, in the order of their bytes; lapsed bindings are left out.
  public func page(after cursor: String?, limit: Int, now: UTCTimestamp) -> [BoundAddress] {
    guard limit > 0 else { return [] }
    var names: [String] = []
    for shard in shards {
      names += shard.addresses(after: cursor, now: now)
      guard names.count >= 2 * limit + 256 else { continue }
      names.sort { Self.isBefore($0, $1) }
      names.removeLast(names.count - limit)
    }
    names.sort { Self.isBefore($0, $1) }
    return names.prefix(limit).compactMap { aor in
      let bindings = lookup(aor, now: now)
      return bindings.isEmpty ? nil : BoundAddress(aor: aor, bindings: bindings)
    }
  }

  /// Removes every binding of an address because the operator wants it, whatever the phone's own numbers are; how many
  /// there were.
  public func removeByOperator(_ aor: String, now: UTCTimestamp) -> Int {
    let before = lookup(aor, now: now).count
    guard before > 0 else { return 0 }
    // No REGISTER has an empty Call-ID, so none is newer than this.
    _ = removeAll(aor, callID: "", cseq: 0, now: now)
    return before
  }

  static func isBefore(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }
}
