import Wire

/// The order in which the hosts of a service are tried (RFC 2782, "Usage rules").
enum ServiceOrder {
  /// By priority; equals by chance, in proportion to their weights, and those of weight zero with a very small one.
  static func sorted(_ records: [SRVRecord], using random: inout SplitMix64) -> [SRVRecord] {
    var result: [SRVRecord] = []
    result.reserveCapacity(records.count)
    var rest = records.sorted { ($0.priority, $0.weight == 0 ? 0 : 1) < ($1.priority, $1.weight == 0 ? 0 : 1) }
    while let first = rest.first {
      var count = 0
      var sum = 0
      for record in rest {
        guard record.priority == first.priority else { break }
        count += 1
        sum += Int(record.weight)
      }
      // The first whose running sum reaches a number from zero to the whole sum, both included.
      let chosen = Int.random(in: 0...sum, using: &random)
      var running = 0
      var index = 0
      while index < count - 1 {
        running += Int(rest[index].weight)
        if running >= chosen { break }
        index += 1
      }
      result.append(rest.remove(at: index))
    }
    return result
  }

  /// Addresses of one host: each family shuffled, because a cache keeps the order in which they came, then one of each
  /// family in turn, the preferred one first, so that a family that leads nowhere costs every other attempt only
  /// (RFC 7984 §4, RFC 8305 §4).
  static func interleaved<Address>(
    _ families: [[Address]], using random: inout SplitMix64
  ) -> [Address] {
    let shuffled = families.map { $0.shuffled(using: &random) }
    var result: [Address] = []
    for index in 0..<(shuffled.map(\.count).max() ?? 0) {
      for family in shuffled where index < family.count { result.append(family[index]) }
    }
    return result
  }
}
