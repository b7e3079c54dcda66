public import Wire

/// What is known about the Call-ID of a signed call.
public enum SpentAnswer: Sendable, Hashable {
  /// It may be used: it is new, or the same user tries again under the same From-tag with a higher CSeq.
  case unspent
  /// It has had its 2xx, or somebody tries to use it a second time.
  case spent
  /// The timestamp is from before the process began to remember.
  case beforeMemory
  /// There is no room to remember another one, so a replay could not be told.
  case memoryFull
}

/// Which signed Call-IDs have been used (DOMAIN §4).
///
/// A value that the driver holds, under a lock when several reactors share it. Three steps: `answer` before the
/// decision (into `CallFacts.spent`), `admit` when the decision let the call in, `spend` at its first 2xx. Only signed
/// calls come here, and only ones whose digest was right, so strangers cannot fill it. An entry is kept for as long as
/// its timestamp could pass as fresh: twice the tolerance.
///
/// Spent Call-IDs survive a restart if the driver keeps them and gives them back (`restore`); if it does not, timestamps
/// from before `rememberingSince` are refused.
public struct SpentCallIDs: Sendable {
  /// A signed call as far as its use is concerned.
  public struct Attempt: Sendable, Hashable {
    /// The digest user of the signer.
    public var user: String
    /// The Call-ID.
    public var callID: String
    /// The From-tag.
    public var fromTag: String
    /// The number of the CSeq.
    public var sequence: UInt32
    /// `X-IF-Timestamp`.
    public var timestamp: UTCTimestamp

    /// An attempt.
    public init(user: String, callID: String, fromTag: String, sequence: UInt32, timestamp: UTCTimestamp) {
      self.user = user
      self.callID = callID
      self.fromTag = fromTag
      self.sequence = sequence
      self.timestamp = timestamp
    }
  }

  private struct Key: Sendable, Hashable {
    let user: String
    let callID: String
  }

  private enum Use: Sendable {
    case tried(fromTag: String, sequence: UInt32)
    case spent
  }

  /// From when on every use is known; nil when uses before the start were restored.
  public let rememberingSince: UTCTimestamp?
  private var uses: AgingTable<Key, Use>

  /// A memory of nothing.
  ///
  /// - Parameters:
  ///   - rememberingSince: the start of the process, or nil when `restore` is called for what came before.
  ///   - tolerance: `GuardPolicy.timestampTolerance`.
  public init(
    rememberingSince: UTCTimestamp?, tolerance: Duration = .seconds(300), maxCallIDs: Int = 65_536
  ) {
    self.rememberingSince = rememberingSince
    uses = AgingTable(capacity: maxCallIDs, period: tolerance * 2 + .seconds(1))
  }

  /// Whether the Call-ID may be used.
  public mutating func answer(_ attempt: Attempt, now: Instant) -> SpentAnswer {
    uses.turn(now: now)
    if let since = rememberingSince, attempt.timestamp < since { return .beforeMemory }
    switch uses.value(for: Key(user: attempt.user, callID: attempt.callID)) {
    case .spent: return .spent
    case .tried(let fromTag, let sequence):
      return fromTag == attempt.fromTag && attempt.sequence > sequence ? .unspent : .spent
    case nil:
      return uses.count < uses.capacity ? .unspent : .memoryFull
    }
  }

  /// Remembers a call that the guard let in.
  ///
  /// - Returns: false when there was no room or another reactor was first; the call must then be refused.
  public mutating func admit(_ attempt: Attempt, now: Instant) -> Bool {
    let key = Key(user: attempt.user, callID: attempt.callID)
    return uses.update(key, now: now) { use in
      if case .spent = use { return false }
      use = .tried(fromTag: attempt.fromTag, sequence: attempt.sequence)
      return true
    } ?? false
  }

  /// Remembers that the call had its first 2xx.
  public mutating func spend(user: String, callID: String, now: Instant) {
    _ = uses.update(Key(user: user, callID: callID), now: now) { $0 = .spent }
  }

  /// One use as it is kept across a restart.
  public struct Kept: Sendable, Hashable {
    /// The digest user of the signer.
    public var user: String
    /// The Call-ID.
    public var callID: String
    /// The From-tag and the number of the CSeq of a call that has had no 2xx yet; nil: it is spent.
    public var attempt: (fromTag: String, sequence: UInt32)? {
      get { fromTag.map { ($0, sequence) } }
      set { (fromTag, sequence) = (newValue?.fromTag, newValue?.sequence ?? 0) }
    }
    private var fromTag: String?
    private var sequence: UInt32 = 0

    /// A spent Call-ID, or with an attempt one that is in use.
    public init(user: String, callID: String, attempt: (fromTag: String, sequence: UInt32)? = nil) {
      self.user = user
      self.callID = callID
      self.attempt = attempt
    }
  }

  /// Everything that is remembered, to be kept across a restart, in no order.
  public mutating func kept(now: Instant) -> [Kept] {
    uses.turn(now: now)
    return uses.entries.map { key, use in
      switch use {
      case .spent: Kept(user: key.user, callID: key.callID)
      case .tried(let fromTag, let sequence):
        Kept(user: key.user, callID: key.callID, attempt: (fromTag, sequence))
      }
    }
  }

  /// Puts back what was in use or spent before a restart; it is kept as long as if it had just been used. What finds no
  /// room is refused by ``SpentAnswer/memoryFull``, as everything else then.
  public mutating func restore(_ kept: Kept, now: Instant) {
    _ = uses.update(Key(user: kept.user, callID: kept.callID), now: now) { use in
      use = kept.attempt.map { .tried(fromTag: $0.fromTag, sequence: $0.sequence) } ?? .spent
    }
  }
}
