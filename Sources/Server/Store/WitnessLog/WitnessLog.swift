import Wire
import Witness

/// The one writer of IF.witness (DOMAIN §8): takes events from every thread, numbers and chains them, and makes them
/// durable in batches, off the reactors.
///
/// It never drops a record that it took and never blocks a caller. When the disk is slower than the traffic the queue
/// fills: from three quarters on ``isAccepting`` is false, so that new calls are refused while the records of those that
/// run still fit; when it is full ``post(_:)`` says so.
public final class WitnessLog: Sendable {
  /// When a record is on disk.
  public enum Mode: Sendable, Hashable {
    /// Within 50 ms (plus what the disk takes).
    case batched
    /// As soon as the disk can; callers wait by ``post(_:whenDurable:)``.
    case strict
    /// Never: for benchmarks. Nothing is recorded.
    case off
  }

  /// How it writes.
  public struct Options: Sendable {
    /// When a record is on disk.
    public var mode = Mode.batched
    /// Records that may wait.
    public var queueLimit = 65_536
    /// A segment is closed when it reaches this size.
    public var segmentBytes = 64 << 20
    /// The longest wait in batched mode.
    public var batchInterval = Duration.milliseconds(20)
    /// The defaults.
    public init() {}
  }

  /// Figures for metrics and health.
  public struct Status: Sendable, Equatable {
    /// The number of the next record.
    public var nextSequence: UInt64
    /// Records that are on disk.
    public var durable: UInt64
    /// Records that wait.
    public var queued: Int
    /// Events that were refused because the queue was full or the disk had failed.
    public var refused: UInt64
    /// What the disk said, when it failed; nil: it works.
    public var failure: String?
  }

  /// Opens `directory` (`witness/records`), verifies the tail of the newest segment and goes on from there. A torn last
  /// line is cut off and that is recorded; anything else that is wrong is refused.
  public init(directory: String, options: Options = Options(), now: UTCTimestamp) throws(StoreError) {
    preconditionFailure("declared, not built yet")
  }

  /// Takes an event. False: the queue is full or the disk has failed, and the event is not recorded.
  @discardableResult public func post(_ event: WitnessEvent) -> Bool { false }

  /// Takes an event, and calls `whenDurable(true)` from the writer's queue once it is on disk, or `whenDurable(false)`
  /// when it never will be. Not called when this returns false. In mode off it is called at once.
  public func post(_ event: WitnessEvent, whenDurable: @escaping @Sendable (Bool) -> Void) -> Bool { false }

  /// Whether new calls may come in.
  public var isAccepting: Bool { false }

  /// Figures.
  public var status: Status { preconditionFailure("declared, not built yet") }

  /// Called after each batch with its number of records and how long writing and syncing took: for the histogram
  /// `witness_append_seconds`. Set before traffic.
  public func onBatch(_ report: @escaping @Sendable (_ records: Int, _ took: Duration) -> Void) {}

  /// Waits until everything that was posted before is on disk.
  public func flush() {}

  /// Writes and syncs everything and closes. Later posts are refused.
  public func stop() {}
}
