import SIPTransaction
import Wire

/// What a network does to the messages in it.
struct NetworkConditions: Sendable, CustomStringConvertible {
  var lossPercent = 0
  var duplicationPercent = 0
  /// Shortest and longest way; the difference is what reorders. Longest below T1, as RFC 3261's timers assume.
  var latency: ClosedRange<Int64> = 1...1
  var transport = SIPTransportKind.udp

  var description: String {
    "\(transport), loss \(lossPercent) %, duplication \(duplicationPercent) %, \(latency.lowerBound)–\(latency.upperBound) ms"
  }

  /// Conditions at random, from perfect to hardly usable.
  static func random(_ random: inout SplitMix64) -> NetworkConditions {
    var conditions = NetworkConditions()
    let shortest = Int64.random(in: 0...50, using: &random)
    conditions.latency = shortest...(shortest + Int64.random(in: 0...350, using: &random))
    guard random.chance(70) else {
      conditions.transport = .tcp
      return conditions
    }
    conditions.lossPercent = random.chance(20) ? 0 : Int.random(in: 0...60, using: &random)
    conditions.duplicationPercent = random.chance(50) ? 0 : Int.random(in: 0...30, using: &random)
    return conditions
  }
}

/// Events in virtual time, in order; those of one instant in the order in which they were added.
struct Agenda<Event> {
  private var heap: [(at: Int64, order: Int, event: Event)] = []
  private var added = 0

  var nextTime: Int64? { heap.first?.at }

  mutating func add(_ event: Event, at time: Int64) {
    heap.append((time, added, event))
    added += 1
    var child = heap.count - 1
    while child > 0, precedes(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func removeFirst() -> Event? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return first.event }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(child, least) { least = child }
      guard least != parent else { return first.event }
      heap.swapAt(parent, least)
      parent = least
    }
  }

  private func precedes(_ left: Int, _ right: Int) -> Bool {
    (heap[left].at, heap[left].order) < (heap[right].at, heap[right].order)
  }
}
