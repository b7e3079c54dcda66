public import Wire

/// What became of the use of a nonce.
public enum NonceUse: Sendable, Hashable {
  /// This count was not used before.
  case accepted
  /// It was, or is too far back to tell: challenge again with `stale`.
  case replayed
  /// There is no room to remember another nonce: challenge again with `stale`, too.
  case tableFull
}

/// Which counts of which nonces have been used (`nc`, RFC 7616 §3.4 and §5.5).
///
/// A value for the driver to hold under a lock; to split it into shards, give each nonce to
/// `NonceIdentity.shard(of:)`. It is asked only after a response has been found to hold, so strangers cannot fill it. For
/// each nonce it keeps the highest count and which of the 63 below it were used, since datagrams overtake each other. A
/// nonce is forgotten when it has been stale for long.
public struct NonceWindow: Sendable {
  fileprivate struct Counts: Sendable {
    var highest: UInt32
    /// Bit *n* stands for `highest - n`.
    var used: UInt64
  }

  private var nonces: AgingTable<NonceIdentity, Counts>

  /// An empty table.
  ///
  /// - Parameter lifetime: that of the nonces. They are kept twice as long, so that a clock set back a little does not
  ///   make one fresh again after it was forgotten.
  public init(lifetime: Duration = .seconds(300), maxNonces: Int = 65_536) {
    nonces = AgingTable(capacity: maxNonces, period: lifetime * 2)
  }

  /// Uses one count of a nonce.
  ///
  /// - Parameter count: the value of `nc`; nil for credentials without qop (RFC 2069), which have no count. Such a
  ///   nonce is good for one request.
  public mutating func use(_ nonce: NonceIdentity, count: UInt32?, now: Instant) -> NonceUse {
    nonces.update(nonce, now: now) { entry -> NonceUse in
      guard var counts = entry else {
        guard count != 0 else { return .replayed }
        entry = Counts(highest: count ?? .max, used: count == nil ? .max : 1)
        return .accepted
      }
      guard let count, counts.use(count) else { return .replayed }
      entry = counts
      return .accepted
    } ?? .tableFull
  }

  /// How many nonces are remembered.
  public var count: Int { nonces.count }
}

extension NonceWindow.Counts {
  fileprivate mutating func use(_ count: UInt32) -> Bool {
    if count > highest {
      let distance = count - highest
      used = distance < 64 ? used << UInt64(distance) | 1 : 1
      highest = count
      return true
    }
    let distance = UInt64(highest - count)
    guard count != 0, distance < 64, used & 1 << distance == 0 else { return false }
    used |= 1 << distance
    return true
  }
}
