public import Wire

/// A histogram with fixed bucket bounds, as Prometheus understands it: every bucket counts the observations less
/// than or equal to its bound, and `+Inf` counts all of them.
///
/// A plain value: each reactor owns its own and pays one array access per observation, and one more for the exemplar;
/// `add(_:)` merges them when somebody asks.
public struct Histogram: Sendable, Equatable {
  /// Upper bounds of the buckets, ascending, without `+Inf`.
  public let bounds: [Double]
  /// How many observations fell into each bucket (not cumulative); one more than `bounds`, the last is `+Inf`.
  public private(set) var counts: [UInt64]
  /// Of each bucket a late observation that has a trace_id (``Exemplar/paceMicroseconds``).
  public private(set) var exemplars: [Exemplar?]
  /// The sum of all observations.
  public private(set) var sum: Double = 0

  /// An empty histogram over `bounds`, which must ascend.
  public init(bounds: [Double]) {
    self.bounds = bounds
    counts = [UInt64](repeating: 0, count: bounds.count + 1)
    exemplars = [Exemplar?](repeating: nil, count: bounds.count + 1)
  }

  /// How many observations there were.
  public var count: UInt64 { counts.reduce(0, &+) }

  /// Counts one observation. What is not a number is left out.
  public mutating func observe(_ value: Double) {
    guard !value.isNaN else { return }
    counts[bucket(of: value)] &+= 1
    sum += value
  }

  /// Counts so many observations of one value.
  public mutating func observe(_ value: Double, times: UInt64) {
    guard !value.isNaN else { return }
    counts[bucket(of: value)] &+= times
    sum += value * Double(times)
  }

  /// Counts one observation that belongs to a call.
  public mutating func observe(_ value: Double, traceID: String?, at time: UTCTimestamp) {
    guard !value.isNaN else { return }
    let bucket = bucket(of: value)
    counts[bucket] &+= 1
    sum += value
    exemplars.note(bucket, traceID, value, at: time)
  }

  private func bucket(of value: Double) -> Int {
    var low = 0
    var high = bounds.count
    while low < high {
      let middle = (low + high) / 2
      if value <= bounds[middle] { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Adds the observations of another histogram with the same bounds; one with other bounds is left out.
  public mutating func add(_ other: Histogram) {
    guard other.bounds == bounds else { return }
    for index in counts.indices { counts[index] &+= other.counts[index] }
    exemplars.merge(other.exemplars)
    sum += other.sum
  }
}

// The bounds of what we measure, in seconds. Each reaches beyond the threshold that an alert asks for, and has that
// threshold as a bound, so that the share beyond it is exact.
extension Histogram {
  /// Bounds for call set-up, 5 ms to 30 s (INVITE to final answer; ringing people are slow).
  public static let setupBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 2.5, 5, 10, 20, 30]
  /// Bounds for the length of a call, 1 s to 4 h.
  public static let durationBounds: [Double] = [1, 5, 10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400]
  /// Bounds for the way of a media packet through a relay, 0.5 ms to 500 ms.
  public static let mediaLatencyBounds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5]
  /// Bounds for appends to the witness log, 100 µs to 5 s.
  public static let appendBounds = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]
  /// Bounds for a decision of IF.guard, 1 µs to 10 ms: without a signature it takes microseconds, with one a hundred.
  public static let decisionBounds = [
    0.000_001, 0.000_002, 0.000_005, 0.000_01, 0.000_02, 0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.01,
  ]
}
