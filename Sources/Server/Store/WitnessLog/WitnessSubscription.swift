import Synchronization

/// One reader's place at a ``WitnessFeed``. One task reads it.
public final class WitnessSubscription: Sendable {
  /// What waits to be read.
  public enum Item: Sendable, Equatable {
    /// Records.
    case batch(WitnessBatch)
    /// Records that found no room, because the reader was too slow. They are on the disk.
    case missed(Range<UInt64>)
  }

  private struct State: Sendable {
    var items: [Item] = []
    var bytes = 0
    var waiter: CheckedContinuation<Void, Never>?
    /// Whether the reader's patience ended before it began to wait.
    var isImpatient = false
    var isOver = false

    mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
      defer { waiter = nil }
      return waiter
    }
  }

  /// The number of the first record that can come.
  public let start: UInt64
  private let waitingBytes: Int
  private let feed: WitnessFeed
  private let state = Mutex(State())

  init(start: UInt64, waitingBytes: Int, feed: WitnessFeed) {
    self.start = start
    self.waitingBytes = waitingBytes
    self.feed = feed
  }

  /// What came since the last call, in order; waits for it as long as it is told. Empty: nothing came, or the task was
  /// cancelled. Nil: the log is closed or this was cancelled, and everything was read.
  public func next(within patience: Duration) async -> [Item]? {
    if let items = take(), !items.isEmpty { return items }
    state.withLock { $0.isImpatient = false }
    let timer = Task {
      guard (try? await Task.sleep(for: patience)) != nil else { return }
      wake()
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mustWait = state.withLock { state in
          guard state.items.isEmpty, !state.isOver, !state.isImpatient, !Task.isCancelled else { return false }
          state.waiter = continuation
          return true
        }
        if !mustWait { continuation.resume() }
      }
    } onCancel: {
      wake()
    }
    timer.cancel()
    return take()
  }

  /// Ends it. What waits is forgotten.
  public func cancel() {
    feed.remove(self)
    state.withLock {
      $0.items = []
      $0.bytes = 0
    }
    end()
  }

  private func take() -> [Item]? {
    state.withLock { state in
      guard !state.items.isEmpty || !state.isOver else { return nil }
      defer {
        state.items = []
        state.bytes = 0
      }
      return state.items
    }
  }

  func deliver(_ batch: WitnessBatch) {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard !state.isOver else { return nil }
      if state.bytes + batch.lines.count <= waitingBytes {
        state.items.append(.batch(batch))
        state.bytes += batch.lines.count
      } else if case .missed(let before)? = state.items.last {
        state.items[state.items.count - 1] = .missed(before.lowerBound..<batch.numbers.upperBound)
      } else {
        state.items.append(.missed(batch.numbers))
      }
      return state.takeWaiter()
    }
    waiter?.resume()
  }

  func end() {
    let waiter = state.withLock { state in
      state.isOver = true
      return state.takeWaiter()
    }
    waiter?.resume()
  }

  private func wake() {
    let waiter = state.withLock { state in
      state.isImpatient = true
      return state.takeWaiter()
    }
    waiter?.resume()
  }
}
