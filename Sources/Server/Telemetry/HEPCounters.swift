/// What became of copies for a capture server. A plain value with one writer; `add(_:)` merges them.
public struct HEPCounters: Sendable, Equatable {
  /// The system took it.
  public var sent: UInt64 = 0
  /// The system had no room for it.
  public var dropped: UInt64 = 0
  /// The system refused it.
  public var failed: UInt64 = 0
  /// Longer than a datagram can be.
  public var tooLong: UInt64 = 0

  /// All zero.
  public init() {}

  /// Adds what another reactor counted.
  public mutating func add(_ other: HEPCounters) {
    sent &+= other.sent
    dropped &+= other.dropped
    failed &+= other.failed
    tooLong &+= other.tooLong
  }

  /// Writes the `hep_*` family.
  public func write(to page: inout MetricsPage) {
    page.family("hep_packets_total", .counter, help: "Copies for the capture server, by what became of them.")
    for (result, count) in [("sent", sent), ("dropped", dropped), ("failed", failed), ("too_long", tooLong)] {
      page.sample("hep_packets_total", [("result", result)], count)
    }
  }
}
