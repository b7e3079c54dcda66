public import Wire

/// A token bucket per source address (DOMAIN §5, step 1): so many packets a second, with a burst on top.
///
/// The bucket is kept as one instant per source, the time at which it will be full again (the "generic cell rate
/// algorithm", ITU-T I.371 Annex A): no refilling, no fractions. IPv6 sources are counted by /64, since whoever has one
/// address of a /64 has them all.
///
/// The table is bounded, and datagrams can carry any source address, so a full table must neither grow nor refuse: it
/// forgets its older half. What a forger wins by that is another burst for addresses he can invent anyway.
public struct FloodControl: Sendable {
  /// How fast a source may send.
  public struct Rate: Sendable, Hashable {
    /// Packets per second in the long run, at least 1.
    public var packetsPerSecond: Int
    /// Packets that may come at once after a silence, at least 1.
    public var burst: Int

    /// A rate.
    public init(packetsPerSecond: Int = 2_000, burst: Int = 4_000) {
      self.packetsPerSecond = max(1, packetsPerSecond)
      self.burst = max(1, burst)
    }
  }

  /// The rate that holds for every source; changing it keeps what has been counted.
  public var rate: Rate
  private var sources: AgingTable<IPAddress, Instant>

  /// Buckets that are all full.
  public init(rate: Rate = Rate(), maxSources: Int = 65_536) {
    self.rate = rate
    // A bucket that is full again need not be remembered; a minute is longer than any sensible burst takes to refill.
    let refill = Duration.seconds(Int64(rate.burst / rate.packetsPerSecond) + 1)
    sources = AgingTable(capacity: maxSources, period: max(.seconds(60), refill))
  }

  /// Takes one token of the source's bucket.
  ///
  /// - Returns: false when there is none, and the packet is to be dropped.
  public mutating func admit(_ source: IPAddress, now: Instant) -> Bool {
    let source = source.aggregate
    let interval = 1_000_000_000 / Int64(rate.packetsPerSecond)
    let tolerance = interval * Int64(rate.burst - 1)
    let take = { (fullAt: inout Instant?) -> Bool in
      let due = max(fullAt ?? now, now)
      guard due.nanoseconds - now.nanoseconds <= tolerance else { return false }
      fullAt = due.advanced(byNanoseconds: interval)
      return true
    }
    if let admitted = sources.update(source, now: now, take) { return admitted }
    sources.forgetOldGeneration(now: now)
    if let admitted = sources.update(source, now: now, take) { return admitted }
    // The young generation alone filled the table.
    sources.forgetOldGeneration(now: now)
    return sources.update(source, now: now, take) ?? true
  }

  /// How many sources are remembered.
  public var count: Int { sources.count }
}

extension IPAddress {
  /// What counts as one host: an IPv4 address, or an IPv6 /64.
  package var aggregate: IPAddress { isIPv4 || isLoopback ? self : IPAddress(high: high, low: 0) }
}
