import Wire

/// What one reactor counts about relayed media. A plain value with one writer; `add(_:)` merges them.
public struct MediaCounters: Sendable, Equatable {
  /// One leg of all calls.
  public struct Leg: Sendable, Equatable {
    /// RTP packets of the party that went on.
    public var packetsIn: UInt64 = 0
    /// RTP packets that went to the party.
    public var packetsOut: UInt64 = 0
    /// RTP packets of the party that never came.
    public var lost: UInt64 = 0
    /// Datagrams that were not the party's, or made no sense.
    public var dropped: UInt64 = 0
    /// The interarrival jitter of the streams that run, in seconds: their sum, and how many they are.
    public var jitter: (sum: Double, streams: UInt64) = (0, 0)

    /// Nothing.
    public init() {}

    /// Adds another's.
    public mutating func add(_ other: Leg) {
      packetsIn &+= other.packetsIn
      packetsOut &+= other.packetsOut
      lost &+= other.lost
      dropped &+= other.dropped
      jitter.sum += other.jitter.sum
      jitter.streams &+= other.jitter.streams
    }

    /// Whether all is equal.
    public static func == (left: Leg, right: Leg) -> Bool {
      left.packetsIn == right.packetsIn && left.packetsOut == right.packetsOut && left.lost == right.lost
        && left.dropped == right.dropped && left.jitter == right.jitter
    }
  }

  /// Who began the calls.
  public var caller = Leg()
  /// Who was called.
  public var callee = Leg()
  /// From the wake-up that received a packet to the end of its work, seconds.
  public var latency = Histogram(bounds: Histogram.mediaLatencyBounds)
  /// Calls that are relayed now.
  public var calls: UInt64 = 0

  /// All zero.
  public init() {}

  /// Adds what another reactor counted.
  public mutating func add(_ other: MediaCounters) {
    caller.add(other.caller)
    callee.add(other.callee)
    latency.add(other.latency)
    calls &+= other.calls
  }

  /// Writes the `rtp_*` and `media_*` families.
  public func write(to page: inout MetricsPage) {
    let legs = [("caller", caller), ("callee", callee)]
    page.family(
      "rtp_packets_total", .counter, help: "RTP packets relayed: in from a party, out to it, by the leg of the call.")
    for (name, leg) in legs {
      page.sample("rtp_packets_total", [("leg", name), ("direction", "in")], leg.packetsIn)
      page.sample("rtp_packets_total", [("leg", name), ("direction", "out")], leg.packetsOut)
    }
    page.family("rtp_lost_packets_total", .counter, help: "RTP packets of a party that never came, by leg.")
    for (name, leg) in legs { page.sample("rtp_lost_packets_total", [("leg", name)], leg.lost) }
    page.family(
      "rtp_dropped_packets_total", .counter, help: "Datagrams on media ports that were not relayed, by leg.")
    for (name, leg) in legs { page.sample("rtp_dropped_packets_total", [("leg", name)], leg.dropped) }
    page.family(
      "rtp_jitter_seconds", .gauge, unit: .seconds,
      help: "Mean interarrival jitter (RFC 3550) of the streams that run, by leg.")
    for (name, leg) in legs {
      page.sample(
        "rtp_jitter_seconds", [("leg", name)],
        leg.jitter.streams == 0 ? 0 : leg.jitter.sum / Double(leg.jitter.streams))
    }
    page.histogram(
      "media_relay_latency_seconds", unit: .seconds,
      help: "Time a media packet takes through the relay, from its wake-up to its sending.", latency)
    page.family("media_relayed_calls", .gauge, help: "Calls whose media is relayed now.")
    page.sample("media_relayed_calls", calls)
  }
}
