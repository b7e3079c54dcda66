/// What readers with a token see of IF.witness one by one: a record to the byte, the log's key, and what happens while
/// it happens.
public struct AdminWitness: Sendable {
  /// A record's line.
  public enum Line: Sendable, Equatable {
    /// To the byte, without its LF: what the leaf of the tree is made of.
    case found([UInt8])
    /// Why not.
    case failure(AdminAPI.Answer)
  }

  /// One step of the event stream.
  public enum Event: Sendable, Equatable {
    /// A record: its number and its line, without LF.
    case record(UInt64, [UInt8])
    /// Records that were not looked at: too many, or the reader was too slow. `GET /v1/witness/records` has them.
    case skipped(Range<UInt64>)
    /// From here on, what comes is new. The number of the next record.
    case live(UInt64)
    /// Nothing happened. The number of the next record.
    case nothing(UInt64)
  }

  /// The event stream of one reader.
  public struct Events: Sendable {
    /// What came since it was asked last; waits for it as long as it is told. Nil: no more will come. One task asks.
    public var next: @Sendable (_ patience: Duration) async -> [Event]?
    /// Nobody reads any more.
    public var cancel: @Sendable () -> Void

    /// A stream.
    public init(
      next: @escaping @Sendable (_ patience: Duration) async -> [Event]?, cancel: @escaping @Sendable () -> Void
    ) {
      self.next = next
      self.cancel = cancel
    }
  }

  /// Whether somebody can read along.
  public enum Subscription: Sendable {
    /// Yes.
    case open(Events)
    /// Why not.
    case failure(AdminAPI.Answer)
  }

  /// `GET /v1/witness/records/{seq}`.
  public var record: @Sendable (_ sequence: UInt64) async -> Line
  /// `GET /v1/witness/key`: what checkpoints are verified with.
  public var key: @Sendable () async -> AdminAPI.Answer
  /// `GET /v1/events`.
  public var events: @Sendable (AdminAPI.Watch) async -> Subscription

  /// All of it.
  public init(
    record: @escaping @Sendable (_ sequence: UInt64) async -> Line,
    key: @escaping @Sendable () async -> AdminAPI.Answer,
    events: @escaping @Sendable (AdminAPI.Watch) async -> Subscription
  ) {
    self.record = record
    self.key = key
    self.events = events
  }
}
