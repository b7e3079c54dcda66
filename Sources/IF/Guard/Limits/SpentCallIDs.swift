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

  /// Puts back a Call-ID that was spent before a restart.
  public mutating func restore(user: String, callID: String, now: Instant) {
    spend(user: user, callID: callID, now: now)
  }
}
