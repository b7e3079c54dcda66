import Dispatch
import Synchronization
import Wire
import Witness

/// The one writer of IF.witness (DOMAIN §8): takes events from every thread, numbers and chains them, and makes them
/// durable in batches, off the reactors.
///
/// It never drops a record that it took and never blocks a caller. When the disk is slower than the traffic the queue
/// fills: from three quarters on ``isAccepting`` is false, so that new calls are refused while the records of those that
/// run still fit; from fifteen sixteenths on ``hasRoom`` is false, so that messages are not even read and come again;
/// when it is full ``post(_:)`` says so. When the disk fails, ``isAccepting`` is false too, and what could not be written
/// is tried again every second.
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
    /// A segment is closed when it has reached this size.
    public var segmentBytes = 64 << 20
    /// How long a record waits for others in batched mode.
    public var batchInterval = Duration.milliseconds(30)
    /// Who signs the checkpoints; nil: nobody, and there is no tree.
    public var identity: WitnessIdentity?
    /// Bounds of those who watch.
    public var feed = WitnessFeed.Limits()
    /// The defaults.
    public init() {}
  }

  /// Figures for metrics and health.
  public struct Status: Sendable, Equatable {
    /// The number of the next record that is written.
    public var nextSequence: UInt64 = 0
    /// Records that were made durable since the start.
    public var durable: UInt64 = 0
    /// Records that wait.
    public var queued = 0
    /// Events that were refused because the queue was full or the log closed.
    public var refused: UInt64 = 0
    /// Bytes of a torn last line that were cut off at start.
    public var tornBytes = 0
    /// What the disk said, when it failed; nil: it works.
    public var failure: String?
    /// How many records the checkpoint on the disk counts; nil: there is none.
    public var checkpointSize: UInt64?
    /// Since when records are on the disk that no checkpoint counts; nil: the checkpoint counts all.
    public var uncountedSince: ContinuousClock.Instant?
    /// Why the checkpoint could not be written the last time; nil: it could.
    public var checkpointFailure: String?
  }

  /// An event that waits to be written.
  struct Item: Sendable {
    var event: WitnessEvent
    var whenDurable: (@Sendable (Bool) -> Void)?
  }

  private struct Queue: Sendable {
    var items: [Item] = []
    /// Items that the writer has taken and not yet made durable.
    var inFlight = 0
    var isScheduled = false
    var isUrgent = false
    var isStopped = false
    var status = Status()
  }

  /// A queue that is this full is written without waiting for the interval.
  private static let urgentCount = 4_096
  private static let pauseAfterFailure = DispatchTimeInterval.seconds(1)

  /// Tells what has become durable. In mode off it is closed.
  public let feed: WitnessFeed

  private let options: Options
  private let queue = Mutex(Queue())
  private let accepting = Atomic<Bool>(true)
  private let roomy = Atomic<Bool>(true)
  private let writer: Mutex<WitnessWriter?>
  private let batchReport = Mutex<(@Sendable (Int, Duration) -> Void)?>(nil)
  private let work = DispatchQueue(label: "ifsip.witness", qos: .userInitiated)

  /// Opens `directory` (`witness/records`), verifies the tail of the log and goes on from there. A torn last line is cut
  /// off and that is recorded; anything else that is wrong is refused.
  public init(directory: String, options: Options = Options(), now: UTCTimestamp) throws(StoreError) {
    self.options = options
    feed = WitnessFeed(limits: options.feed)
    guard options.mode != .off else {
      writer = Mutex(nil)
      feed.finish()
      return
    }
    let opened = try WitnessWriter(
      directory: directory, segmentBytes: options.segmentBytes, identity: options.identity, feed: feed)
    let torn = opened.tornBytes
    let segment = opened.segmentName
    let next = opened.nextSequence
    let signed = opened.signedSize
    feed.begin(at: next)
    writer = Mutex(opened)
    queue.withLock {
      $0.status.nextSequence = next
      $0.status.tornBytes = torn
      $0.status.checkpointSize = signed
    }
    guard torn > 0 else { return }
    post(
      WitnessEvent(
        time: now, name: .witnessRecovered, component: "witness",
        details: [WitnessDetail("bytes", .integer(Int64(torn))), WitnessDetail("segment", .text(segment))]))
  }

  /// Takes an event. False: the queue is full or the log is closed, and the event is not recorded.
  @discardableResult public func post(_ event: consuming WitnessEvent) -> Bool {
    guard options.mode != .off else { return true }
    return post(Item(event: event))
  }

  /// Takes an event, and calls `whenDurable(true)` from the writer's queue once it is on disk, or `whenDurable(false)`
  /// when the disk has failed (the record is tried again, but nobody should wait for it). Not called when this returns
  /// false. In mode off it is called at once.
  public func post(_ event: WitnessEvent, whenDurable: @escaping @Sendable (Bool) -> Void) -> Bool {
    guard options.mode != .off else {
      whenDurable(true)
      return true
    }
    return post(Item(event: event, whenDurable: whenDurable))
  }

  /// Whether new calls may come in. One atomic load.
  public var isAccepting: Bool { accepting.load(ordering: .relaxed) }

  /// Whether anything may come in that leads to records. One atomic load.
  public var hasRoom: Bool { roomy.load(ordering: .relaxed) }

  /// Figures.
  public var status: Status {
    queue.withLock { queue in
      var status = queue.status
      status.queued = queue.items.count + queue.inFlight
      return status
    }
  }

  /// Called after each batch with its number of records and how long writing and syncing took: for the histogram
  /// `witness_append_seconds`. Set before traffic.
  public func onBatch(_ report: @escaping @Sendable (_ records: Int, _ took: Duration) -> Void) {
    batchReport.withLock { $0 = report }
  }

  /// Waits until everything that was posted before is on disk, or the disk has failed. Not from a `whenDurable`.
  public func flush() { work.sync { writeBatch() } }

  /// Writes and syncs everything and closes. Later posts are refused. Returns why not everything is on disk; nil: it is.
  @discardableResult public func stop() -> String? {
    queue.withLock { $0.isStopped = true }
    accepting.store(false, ordering: .relaxed)
    return work.sync {
      writeBatch(isLast: true)
      feed.finish()
      let failure = queue.withLock { $0.status.failure }
      writer.withLock { $0 = nil }
      return failure
    }
  }
}

extension WitnessLog {
  private enum Wake { case none, afterInterval, now }

  private func post(_ item: consuming Item) -> Bool {
    // Moved into the queue, not copied.
    var moved: Item? = item
    let wake: Wake? = queue.withLock { queue in
      let waiting = queue.items.count + queue.inFlight
      guard !queue.isStopped, waiting < options.queueLimit else {
        queue.status.refused += 1
        return nil
      }
      if let item = moved.take() { queue.items.append(item) }
      if waiting + 1 >= highWater { accepting.store(false, ordering: .relaxed) }
      if waiting + 1 >= fullWater { roomy.store(false, ordering: .relaxed) }
      if options.mode == .strict || queue.items.count >= Self.urgentCount, !queue.isUrgent, queue.status.failure == nil
      {
        queue.isUrgent = true
        return .now
      }
      guard !queue.isScheduled else { return Wake.none }
      queue.isScheduled = true
      return .afterInterval
    }
    switch wake {
    case nil: return false
    case .some(.none): break
    case .afterInterval: schedule(after: DispatchTimeInterval(options.batchInterval))
    case .now: work.async { [weak self] in self?.writeBatch() }
    }
    return true
  }

  /// Where new calls are refused, and how far the queue must fall until they are not.
  private var highWater: Int { max(1, options.queueLimit / 4 * 3) }
  /// Where nothing is taken in any more; what is left is for what time brings, like the ends of calls.
  private var fullWater: Int { max(1, options.queueLimit / 16 * 15) }
  private var lowWater: Int { options.queueLimit / 4 }

  private func schedule(after interval: DispatchTimeInterval) {
    work.asyncAfter(deadline: .now() + interval) { [weak self] in self?.writeBatch() }
  }

  /// Writes what there is. Runs on `work` only.
  private func writeBatch(isLast: Bool = false) {
    let items = queue.withLock { queue -> [Item] in
      queue.isScheduled = false
      queue.isUrgent = false
      let items = queue.items
      queue.items = []
      // The next batch is likely as large as this one.
      queue.items.reserveCapacity(items.count)
      queue.inFlight += items.count
      return items
    }
    let clock = ContinuousClock()
    let start = clock.now
    let result = writer.withLock { writer -> Result<UInt64, StoreError>? in
      do throws(StoreError) {
        guard let next = try writer?.append(items) else { return nil }
        return .success(next)
      } catch {
        return .failure(error)
      }
    }
    let took = clock.now - start
    switch result {
    case nil: break
    case .success(let next): written(items, next: next, took: took, isLast: isLast)
    case .failure(let error): failed(items, error)
    }
  }

  private func written(_ items: [Item], next: UInt64, took: Duration, isLast: Bool) {
    let waiting = queue.withLock { queue in
      queue.status.durable += next - queue.status.nextSequence
      queue.status.nextSequence = next
      queue.status.failure = nil
      queue.inFlight = 0
      if queue.items.count <= lowWater, !queue.isStopped { accepting.store(true, ordering: .relaxed) }
      if queue.items.count < highWater { roomy.store(true, ordering: .relaxed) }
      return queue.items.count
    }
    // Nobody waits for the checkpoint: a record is safe without it.
    for item in items { item.whenDurable?(true) }
    publish(isLast: isLast)
    if !items.isEmpty, let report = batchReport.withLock({ $0 }) { report(items.count, took) }
    if waiting >= Self.urgentCount { work.async { [weak self] in self?.writeBatch() } }
  }

  private func publish(isLast: Bool) {
    guard options.identity != nil else { return }
    let result = writer.withLock { writer -> Result<UInt64?, StoreError> in
      do throws(StoreError) {
        return .success(try writer?.publish(isLast: isLast))
      } catch {
        return .failure(error)
      }
    }
    let mustSchedule = queue.withLock { queue in
      switch result {
      case .success(let size):
        queue.status.checkpointSize = size
        queue.status.checkpointFailure = nil
        queue.status.uncountedSince = nil
      case .failure(let error):
        queue.status.checkpointFailure = error.message
        if queue.status.uncountedSince == nil { queue.status.uncountedSince = ContinuousClock.now }
        guard !queue.isScheduled, !queue.isStopped else { return false }
        queue.isScheduled = true
        return true
      }
      return false
    }
    if mustSchedule { schedule(after: Self.pauseAfterFailure) }
  }

  private func failed(_ items: [Item], _ error: StoreError) {
    accepting.store(false, ordering: .relaxed)
    let mustSchedule = queue.withLock { queue in
      queue.status.failure = error.message
      defer { queue.isScheduled = true }
      return !queue.isScheduled && !queue.isStopped
    }
    for item in items { item.whenDurable?(false) }
    if mustSchedule { schedule(after: Self.pauseAfterFailure) }
  }
}

extension DispatchTimeInterval {
  fileprivate init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self = .microseconds(Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000))
  }
}
