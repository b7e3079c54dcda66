import Codecs

/// Decoded samples between packets and frames, in an array that never grows.
struct SampleQueue: Sendable {
  private var samples: [Int16]
  private var head = 0
  private(set) var count = 0

  /// Room for so many.
  init(capacity: Int) { samples = [Int16](repeating: 0, count: capacity) }

  /// How many more there is room for.
  var room: Int { samples.count - count }

  /// The sample at a place from the head on, below `count`.
  subscript(place: Int) -> Int16 { samples[head + place] }

  /// The samples in order.
  var span: Span<Int16> {
    @_lifetime(borrow self)
    borrowing get { samples.span.extracting(head..<(head + count)) }
  }

  mutating func removeAll() { (head, count) = (0, 0) }

  /// Puts samples at the end, as many as there is room for.
  mutating func append(_ new: Span<Int16>) {
    let taken = min(new.count, room)
    if head + count + taken > samples.count { move(to: 0) }
    let start = head + count
    count += taken
    var target = samples.mutableSpan
    target.copy(new.extracting(0..<taken), to: start)
  }

  /// Takes samples from the head, as many as there are and fit; returns how many.
  mutating func read(into target: inout MutableSpan<Int16>) -> Int {
    let (taken, start) = (min(target.count, count), head)
    copy(start, taken, into: &target)
    head += taken
    count -= taken
    return taken
  }

  private func copy(_ start: Int, _ count: Int, into target: inout MutableSpan<Int16>) {
    target.copy(samples.span.extracting(start..<(start + count)), to: 0)
  }

  /// Takes one period out: the first `period` samples go over into the next ones. Twice as many must be there.
  mutating func removePeriod(_ period: Int) {
    guard period > 0, count >= 2 * period else { return }
    for index in 0..<period {
      samples[head + period + index] = blend(samples[head + index], samples[head + period + index], index, period)
    }
    head += period
    count -= period
  }

  /// Puts one period in: behind the first `period` samples they are heard again, and go over into what follows. Twice as
  /// many must be there, and room for one more.
  mutating func insertPeriod(_ period: Int) {
    guard period > 0, count >= 2 * period, room >= period else { return }
    if head < period { move(to: period) }
    let old = head
    head -= period
    count += period
    for index in 0..<period {
      let first = samples[old + index]
      samples[head + index] = first
      samples[old + index] = blend(samples[old + period + index], first, index, period)
    }
  }

  private func blend(_ from: Int16, _ to: Int16, _ index: Int, _ count: Int) -> Int16 {
    // A weighted mean of two 16-bit values is one.
    Int16(truncatingIfNeeded: (Int(from) * (count - index) + Int(to) * index) / count)
  }

  /// Moves the samples within the array; `place` leaves room for them.
  private mutating func move(to place: Int) {
    if place < head {
      for index in 0..<count { samples[place + index] = samples[head + index] }
    } else if place > head {
      for index in stride(from: count - 1, through: 0, by: -1) { samples[place + index] = samples[head + index] }
    }
    head = place
  }
}
