/// Finds places in a slab by transaction key: open addressing over eight bytes per entry.
///
/// An entry holds 32 bits of the key and the place; the rest of the key is compared in the slab. Keys are hashes
/// already, so nothing is hashed here. The table doubles at three quarters and halves below one eighth.
package struct KeyIndex: Sendable {
  // Upper half: 32 bits of the key, from which the entry's home follows. Lower half: the place.
  private var entries: [UInt64]
  package private(set) var count = 0

  private static let empty = UInt64.max
  package static let minimumCapacity = 64

  package init() {
    entries = Array(repeating: Self.empty, count: Self.minimumCapacity)
  }

  /// Entries that fit before the table grows; for tests.
  package var capacity: Int { entries.count }

  private var mask: Int { entries.count &- 1 }

  private func home(_ entry: UInt64) -> Int { Int(truncatingIfNeeded: entry >> 32) & mask }

  private static func entry(_ key: TransactionKey, _ place: UInt32) -> UInt64 {
    key.low << 32 | UInt64(place)
  }

  /// The place whose element has this key.
  package func find(_ key: TransactionKey, where isMatch: (UInt32) -> Bool) -> UInt32? {
    let wanted = Self.entry(key, 0)
    var position = home(wanted)
    while true {
      let entry = entries[position]
      if entry == Self.empty { return nil }
      if (entry ^ wanted) >> 32 == 0, isMatch(UInt32(truncatingIfNeeded: entry)) {
        return UInt32(truncatingIfNeeded: entry)
      }
      position = (position &+ 1) & mask
    }
  }

  /// Adds a key that is not in the table.
  package mutating func insert(_ key: TransactionKey, _ place: UInt32) {
    if (count &+ 1) &* 4 > entries.count &* 3 { resize(to: entries.count &* 2) }
    put(Self.entry(key, place))
    count &+= 1
  }

  /// Takes a key out that was put in with this place.
  package mutating func remove(_ key: TransactionKey, _ place: UInt32) {
    let wanted = Self.entry(key, place)
    var hole = home(wanted)
    while entries[hole] != wanted {
      if entries[hole] == Self.empty { return }
      hole = (hole &+ 1) & mask
    }
    // Entries behind the hole move up as long as that brings them no further than their home.
    var next = (hole &+ 1) & mask
    while entries[next] != Self.empty {
      let distance = (next &- home(entries[next])) & mask
      if distance >= (next &- hole) & mask {
        entries[hole] = entries[next]
        hole = next
      }
      next = (next &+ 1) & mask
    }
    entries[hole] = Self.empty
    count &-= 1
    if entries.count > Self.minimumCapacity, count &* 8 < entries.count { resize(to: entries.count / 2) }
  }

  private mutating func put(_ entry: UInt64) {
    var position = home(entry)
    while entries[position] != Self.empty { position = (position &+ 1) & mask }
    entries[position] = entry
  }

  private mutating func resize(to capacity: Int) {
    let old = entries
    entries = Array(repeating: Self.empty, count: capacity)
    for entry in old where entry != Self.empty { put(entry) }
  }
}
