/// A bounded table that forgets entries nobody has touched for a while.
///
/// For what is remembered about strangers: failures of an address, calls of a user, nonces that were used. Two
/// generations, each an ordinary dictionary: entries are made in the young one; every `period` the young one becomes the
/// old one and the old one is dropped. Touching an entry of the old generation moves it to the young one. So an entry is
/// kept for at least one `period` after it was last touched and at most two, in constant time on average, and nothing is
/// ever searched for things to throw away.
public struct AgingTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// The most entries there can be, both generations together.
  public let capacity: Int
  /// The shortest time an untouched entry is kept.
  public let period: Duration

  @usableFromInline var young: [Key: Value] = [:]
  @usableFromInline var old: [Key: Value] = [:]
  @usableFromInline var turnsAt: Instant?

  /// An empty table; `capacity` is at least 2.
  public init(capacity: Int, period: Duration) {
    precondition(capacity >= 2 && period > .zero, "a table that could hold nothing")
    self.capacity = capacity
    self.period = period
  }

  /// Entries in memory, some perhaps due to be forgotten.
  @inlinable
  public var count: Int { young.count + old.count }

  /// The value of a key, without touching it.
  @inlinable
  public func value(for key: Key) -> Value? { young[key] ?? old[key] }

  /// All entries, in no order.
  public var entries: [(key: Key, value: Value)] { young.map { ($0.key, $0.value) } + old.map { ($0.key, $0.value) } }

  /// Reads, makes or changes the entry of a key.
  ///
  /// - Parameter body: is given the entry, nil when there is none; what it leaves there is kept, and nil removes it.
  /// - Returns: nil, without having called `body`, when there is no entry and no room for one.
  @inlinable
  public mutating func update<Result>(
    _ key: Key, now: Instant, _ body: (inout Value?) -> Result
  ) -> Result? {
    turn(now: now)
    if !old.isEmpty, let value = old.removeValue(forKey: key) {
      var entry: Value? = value
      let result = body(&entry)
      young[key] = entry
      return result
    }
    if young.count + old.count >= capacity, young[key] == nil { return nil }
    return body(&young[key])
  }

  /// Makes room at once by forgetting the older half before its time: for tables where refusing a newcomer would be
  /// worse than forgetting somebody.
  @inlinable
  public mutating func forgetOldGeneration(now: Instant) {
    old = young
    young = [:]
    turnsAt = now + period
  }

  /// Lets time pass: starts a new generation when the present one has lasted a period.
  @inlinable
  public mutating func turn(now: Instant) {
    guard let due = turnsAt else {
      turnsAt = now + period
      return
    }
    guard now >= due else { return }
    // Two periods or more without a visit: the young generation is past its time as well.
    old = now >= due + period ? [:] : young
    young = [:]
    turnsAt = now + period
  }
}
