public import Wire

/// Refuses a user at an address after too many failed attempts there (DOMAIN §5, step 6).
///
/// A failure is reported only for a nonce that was fresh and issued to that address, so nobody can lock out somebody
/// else by forging a source. After `limit` failures within `window` the pair is locked for `duration`, right password or
/// not; attempts during that time change nothing. Success does not erase failures.
///
/// Bounded: `maxAddresses` addresses (an IPv6 /64 is one) with `maxUsersPerAddress` users each. An address with more
/// failing users than that replaces its least recent one that is not locked; when all are locked, the address is
/// guessing its way through a list, and every further user fails there at once. So trying many names neither makes room
/// for more guesses at one of them nor fills the memory. When the addresses run out, the older half is forgotten.
public struct Lockout: Sendable {
  /// When to lock and for how long.
  public struct Rule: Sendable, Hashable {
    /// Failures that lock.
    public var limit: Int
    /// The time in which they have to happen.
    public var window: Duration
    /// How long the lock holds.
    public var duration: Duration

    /// A rule; the default is the domain's: 5 in 300 s lock for 300 s.
    public init(limit: Int = 5, window: Duration = .seconds(300), duration: Duration = .seconds(300)) {
      self.limit = max(1, limit)
      self.window = window
      self.duration = duration
    }
  }

  /// The rule that holds for every pair.
  public let rule: Rule
  /// Users with failures that are kept for one address.
  public let maxUsersPerAddress: Int
  private let hashKey: (UInt64, UInt64)
  private var addresses: AgingTable<IPAddress, [Failures]>

  private struct Failures: Sendable {
    let user: UInt64
    var times: [Instant] = []
    var lockedUntil: Instant?
  }

  /// A table in which nobody has failed yet.
  ///
  /// - Parameter hashKey: the process's own; users are kept as keyed hashes, since their names may be of any length.
  public init(
    rule: Rule = Rule(), maxAddresses: Int = 16_384, maxUsersPerAddress: Int = 32, hashKey: (UInt64, UInt64)
  ) {
    self.rule = rule
    self.maxUsersPerAddress = max(1, maxUsersPerAddress)
    self.hashKey = hashKey
    addresses = AgingTable(capacity: maxAddresses, period: max(rule.window, rule.duration))
  }

  /// Until when the user is refused at that address, or nil when it is not.
  public func lockedUntil(user: String, address: IPAddress, now: Instant) -> Instant? {
    guard let failures = addresses.value(for: address.aggregate) else { return nil }
    let user = hash(user)
    if let own = failures.first(where: { $0.user == user }) { return own.lockedUntil.flatMap { $0 > now ? $0 : nil } }
    guard failures.count >= maxUsersPerAddress else { return nil }
    let locks = failures.compactMap { $0.lockedUntil.flatMap { $0 > now ? $0 : nil } }
    return locks.count == failures.count ? locks.min() : nil
  }

  /// Notes a failed attempt with a fresh nonce.
  ///
  /// - Returns: true when this is the attempt that locks.
  public mutating func recordFailure(user: String, address: IPAddress, now: Instant) -> Bool {
    let user = hash(user)
    let address = address.aggregate
    let note = { [rule, maxUsersPerAddress] (entry: inout [Failures]?) -> Bool in
      var failures = entry ?? []
      defer { entry = failures }
      return Self.note(user, in: &failures, rule: rule, maxUsers: maxUsersPerAddress, now: now)
    }
    if let locked = addresses.update(address, now: now, note) { return locked }
    addresses.forgetOldGeneration(now: now)
    if let locked = addresses.update(address, now: now, note) { return locked }
    addresses.forgetOldGeneration(now: now)
    return addresses.update(address, now: now, note) ?? false
  }

  /// How many addresses are remembered.
  public var count: Int { addresses.count }

  private static func note(
    _ user: UInt64, in all: inout [Failures], rule: Rule, maxUsers: Int, now: Instant
  ) -> Bool {
    all.removeAll { failures in
      (failures.lockedUntil.map { $0 <= now } ?? true) && (failures.times.last.map { now - $0 >= rule.window } ?? true)
    }
    // The least recent stands first, so that it is the one to go.
    var own = Failures(user: user)
    if let position = all.firstIndex(where: { $0.user == user }) {
      own = all.remove(at: position)
    } else if all.count >= maxUsers {
      guard let spare = all.firstIndex(where: { $0.lockedUntil.map { $0 <= now } ?? true }) else { return false }
      all.remove(at: spare)
    }
    defer { all.append(own) }
    if let until = own.lockedUntil {
      if until > now { return false }
      own.lockedUntil = nil
    }
    own.times.removeAll { now - $0 >= rule.window }
    own.times.append(now)
    guard own.times.count >= rule.limit else { return false }
    own.times = []
    own.lockedUntil = now + rule.duration
    return true
  }

  /// Swift's own hash takes canonically equivalent names for one, as dictionaries of users do: writing a K as the Kelvin
  /// sign must not buy five more guesses.
  private func hash(_ user: String) -> UInt64 {
    var hasher = Hasher()
    hasher.combine(hashKey.0)
    hasher.combine(hashKey.1)
    hasher.combine(user)
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }
}
