import CoreMetrics
import Synchronization

// The series that libraries hold, one class per kind. Each has a lock or an atomic of its own; none is shared with a
// reactor's counters.

/// A whole number that only grows.
final class CounterSeries: CounterHandler {
  private let value = Atomic<Int64>(0)

  /// What is not more is no increment.
  func increment(by amount: Int64) {
    if amount > 0 { value.wrappingAdd(amount, ordering: .relaxed) }
  }

  func reset() { value.store(0, ordering: .relaxed) }

  var sample: UInt64 { UInt64(bitPattern: value.load(ordering: .relaxed)) }
}

/// A number with a fraction that only grows.
final class SumSeries: FloatingPointCounterHandler {
  private let value = Mutex(0.0)

  func increment(by amount: Double) {
    guard amount > 0, amount.isFinite else { return }
    value.withLock { $0 += amount }
  }

  func reset() { value.withLock { $0 = 0 } }

  var sample: Double { value.withLock { $0 } }
}

/// A number that goes up and down.
final class GaugeSeries: MeterHandler, RecorderHandler {
  private let value = Mutex(0.0)

  func set(_ value: Int64) { set(Double(value)) }
  func set(_ value: Double) { self.value.withLock { $0 = value } }
  func record(_ value: Int64) { set(Double(value)) }
  func record(_ value: Double) { set(value) }
  func increment(by amount: Double) { value.withLock { $0 += amount } }
  func decrement(by amount: Double) { value.withLock { $0 -= amount } }

  var sample: Double { value.withLock { $0 } }
}

/// A distribution: of numbers as they are, or of times in seconds.
final class DistributionSeries: RecorderHandler, TimerHandler {
  private struct State {
    var histogram: Histogram
    var hasNegative = false
  }

  private let state: Mutex<State>

  init(bounds: [Double]) { state = Mutex(State(histogram: Histogram(bounds: bounds))) }

  func record(_ value: Int64) { record(Double(value)) }

  func record(_ value: Double) {
    // A sum that is infinite once stays so.
    guard value.isFinite else { return }
    state.withLock { state in
      state.histogram.observe(value)
      if value < 0 { state.hasNegative = true }
    }
  }

  /// A time that is less than nothing was taken with a clock that was set: left out.
  func recordNanoseconds(_ duration: Int64) {
    if duration >= 0 { record(Double(duration) / 1e9) }
  }

  var sample: (histogram: Histogram, hasSum: Bool) { state.withLock { ($0.histogram, !$0.hasNegative) } }
}
