import Wire

/// Which refusals are recorded one by one (DOMAIN §5): so many of each rule in a second, and beyond that one record with
/// their number, so that strangers cannot fill the disk.
struct RefusalLedger {
  /// Records of one rule in one second.
  static let perSecond = 10

  private struct Entry {
    var seen = 0
    var beyond: Int { max(0, seen - RefusalLedger.perSecond) }
  }

  // As many as there are rules, which nobody outside can invent.
  private var entries: [String: Entry] = [:]
  private var endsAt: Instant?

  /// Counts a refusal; whether it has a record of its own.
  mutating func admits(_ rule: String, at now: Instant) -> Bool {
    if endsAt == nil { endsAt = now + .seconds(1) }
    entries[rule, default: Entry()].seen += 1
    return (entries[rule]?.seen ?? 0) <= Self.perSecond
  }

  /// When ``close(at:)`` is due; nil while nothing is counted.
  var nextDeadline: Instant? { endsAt }

  /// Ends the second if it is over: the rules of which more was refused than recorded, and how much more.
  mutating func close(at now: Instant) -> [(rule: String, count: Int)] {
    guard let end = endsAt, end <= now else { return [] }
    let beyond = entries.filter { $0.value.beyond > 0 }.map { (rule: $0.key, count: $0.value.beyond) }
    entries.removeAll(keepingCapacity: true)
    endsAt = nil
    return beyond.sorted { $0.rule < $1.rule }
  }
}
