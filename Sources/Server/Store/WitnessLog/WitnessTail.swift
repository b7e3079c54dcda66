public import Wire
import Witness

/// Reads a log from a record on and stays at its end: first what is on the disk, then what becomes durable. Nothing in
/// between is left out without being named.
public actor WitnessTail {
  /// Where to begin.
  public enum Start: Sendable, Equatable {
    /// With what comes.
    case end
    /// With the record of that number. Of a distance that is too long to be looked through the later part is.
    case record(UInt64)
    /// With what was written at that time. Of a distance that is too long to be looked through the earlier part is.
    case time(UTCTimestamp)
  }

  /// Bounds of what is read from the disk for one reader.
  public struct Limits: Sendable {
    /// Records that are looked at.
    public var scanned: UInt64 = 200_000
    /// Records that are found.
    public var found = 10_000
    /// The defaults.
    public init() {}
  }

  /// What there is to tell.
  public enum Item: Sendable, Equatable {
    /// A record that is wanted.
    case record(WitnessDirectory.Found)
    /// Records that were not looked at: too many, or the reader was too slow. They can be asked for.
    case skipped(Range<UInt64>)
    /// From here on, records come as they happen. The number of the next one.
    case live(UInt64)
  }

  private let directory: WitnessDirectory
  private let subscription: WitnessSubscription
  private let wanted: WitnessFilter
  private let limits: Limits
  private var start: Start?

  /// The number of the first record that was not looked at yet.
  public private(set) var position: UInt64

  /// A reader. Cancel it when nobody reads any more.
  public init(
    _ directory: WitnessDirectory, _ subscription: WitnessSubscription, wanted: WitnessFilter, from start: Start,
    limits: Limits = Limits()
  ) {
    self.directory = directory
    self.subscription = subscription
    self.wanted = wanted
    self.limits = limits
    self.start = start
    position = subscription.start
  }

  /// What came since the last call; waits for it as long as it is told. Empty: nothing. Nil: the log is closed.
  public func next(within patience: Duration) async throws(StoreError) -> [Item]? {
    if let start {
      self.start = nil
      return try await past(start) + [.live(subscription.start)]
    }
    guard let arrived = await subscription.next(within: patience) else { return nil }
    var items: [Item] = []
    for each in arrived {
      switch each {
      case .missed(let numbers):
        items.append(.skipped(numbers))
        position = numbers.upperBound
      case .batch(let batch):
        append(batch, to: &items)
        position = batch.numbers.upperBound
      }
    }
    return items
  }

  /// Ends it.
  public nonisolated func cancel() { subscription.cancel() }

  private func append(_ batch: WitnessBatch, to items: inout [Item]) {
    var number = batch.numbers.lowerBound
    var start = 0
    let bytes = batch.lines.span
    while let end = LineBreak.first(in: bytes, from: start) {
      let line = bytes.extracting(start..<end)
      if wanted.matches(line) {
        items.append(.record(.init(sequence: number, line: [UInt8](copying: line))))
      }
      number += 1
      start = end + 1
    }
  }

  /// What is on the disk, on a thread of its own.
  private func past(_ start: Start) async throws(StoreError) -> [Item] {
    let (directory, wanted, limits, end) = (directory, wanted, limits, subscription.start)
    let task = Task.detached { () -> Result<[Item], StoreError> in
      do throws(StoreError) {
        return .success(try Self.past(start, before: end, of: directory, wanted: wanted, limits: limits))
      } catch {
        return .failure(error)
      }
    }
    return try await task.value.get()
  }

  private static func past(
    _ start: Start, before end: UInt64, of directory: WitnessDirectory, wanted: WitnessFilter, limits: Limits
  ) throws(StoreError) -> [Item] {
    var items: [Item] = []
    let first: UInt64
    switch start {
    case .end: return []
    case .record(let number):
      guard number < end else { return [] }
      first = max(number, end - min(limits.scanned, end))
      if first > number { items.append(.skipped(number..<first)) }
    case .time(let time): first = try directory.firstSequence(since: time)
    }
    guard first < end else { return items }
    let count = min(limits.scanned, end - first)
    var (records, next) = try directory.page(wanted, from: first, limit: limits.found, scanning: count)
    if wanted.isOfOneTrace, case .time = start {
      // A call has its trace_id when it is let in; what was said before that belongs to it.
      records += try directory.untraced(of: records, from: first, count: (next ?? end) - first).filter { found in
        wanted.isOfEvent(found.line.span)
      }
      records.sort { $0.sequence < $1.sequence }
    }
    items += records.map(Item.record)
    if let next, next < end { items.append(.skipped(next..<end)) }
    return items
  }
}
