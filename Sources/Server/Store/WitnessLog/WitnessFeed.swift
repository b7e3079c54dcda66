import Synchronization

/// Records that became durable in one go.
public struct WitnessBatch: Sendable, Equatable {
  /// Their numbers.
  public let numbers: Range<UInt64>
  /// Their lines, each with its LF.
  public let lines: [UInt8]

  /// A batch.
  public init(numbers: Range<UInt64>, lines: [UInt8]) {
    self.numbers = numbers
    self.lines = lines
  }
}

/// Tells those who watch what has become durable.
///
/// The log hands over each batch after its sync and never waits: a subscription that is not read keeps so many bytes and
/// then a note of what it missed, which is on the disk. While nobody watches a batch costs one lock that nobody holds.
public final class WitnessFeed: Sendable {
  /// Bounds.
  public struct Limits: Sendable, Equatable {
    /// Who may watch at a time.
    public var subscriptions = 16
    /// Bytes that wait for one reader. Readers of the same batch share them.
    public var waitingBytes = 4 << 20
    /// The defaults.
    public init() {}
  }

  private struct State: Sendable {
    /// The number of the first record that is not durable.
    var next: UInt64 = 0
    var subscriptions: [WitnessSubscription] = []
    var isOver = false
  }

  private let limits: Limits
  private let state = Mutex(State())

  init(limits: Limits) { self.limits = limits }

  /// Watches from now on: every record from ``WitnessSubscription/start`` on comes or is named as missed, and every one
  /// before is on the disk. Nil: as many watch as may, or the log is closed. Ends with ``WitnessSubscription/cancel()``.
  public func subscribe() -> WitnessSubscription? {
    state.withLock { state in
      guard !state.isOver, state.subscriptions.count < limits.subscriptions else { return nil }
      let made = WitnessSubscription(start: state.next, waitingBytes: limits.waitingBytes, feed: self)
      state.subscriptions.append(made)
      return made
    }
  }

  /// How many watch.
  public var count: Int { state.withLock { $0.subscriptions.count } }

  func remove(_ subscription: WitnessSubscription) {
    state.withLock { $0.subscriptions.removeAll { $0 === subscription } }
  }

  /// Where the log goes on after it was opened.
  func begin(at next: UInt64) { state.withLock { $0.next = next } }

  /// These records are durable. `lines` is asked only when somebody watches.
  func publish(_ numbers: Range<UInt64>, lines: () -> [UInt8]) {
    state.withLock { state in
      state.next = numbers.upperBound
      guard !state.subscriptions.isEmpty else { return }
      let batch = WitnessBatch(numbers: numbers, lines: lines())
      // Under the lock, so that all get all batches in order.
      for subscription in state.subscriptions { subscription.deliver(batch) }
    }
  }

  /// No more will come.
  func finish() {
    let subscriptions = state.withLock { state in
      state.isOver = true
      defer { state.subscriptions = [] }
      return state.subscriptions
    }
    for subscription in subscriptions { subscription.end() }
  }
}
