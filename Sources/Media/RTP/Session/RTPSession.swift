import Wire

/// One participant of an RTP session: who is there, what arrives from them, and when RTCP is sent (RFC 3550 §6, §8).
///
/// Without a socket and without a clock: packets, time and random numbers come in as arguments; decisions and RTCP go out.
/// One owner at a time.
public struct RTPSession: ~Copyable, Sendable {
  /// What the session started with.
  public let configuration: RTPSessionConfiguration
  /// Our synchronisation source now; a collision changes it.
  public internal(set) var ssrc: UInt32
  var table: RTPSourceTable
  var scheduler: RTCPScheduler
  var conflicts: ConflictList
  var sender = SenderState()
  /// The place in the table that the next report begins with.
  var nextReported = 0
  /// What the BYE will say when its turn comes.
  var goodbyeReason: [UInt8]?
  /// Packets that were ours and came back.
  public internal(set) var loopedPackets: UInt64 = 0
  /// Packets of sources that used another address than before.
  public internal(set) var foreignPackets: UInt64 = 0
  private let addressOnly = AddressOnly()

  /// A session that has just begun.
  public init(_ configuration: RTPSessionConfiguration, now: Instant, random: UInt64) {
    self.configuration = configuration
    ssrc = configuration.ssrc
    table = RTPSourceTable(capacity: configuration.limits.maxSources, silence: configuration.limits.silence)
    conflicts = ConflictList(capacity: configuration.limits.maxConflicts)
    // The likely first report: an empty RR and the name.
    let first = 8 + SourceDescription(ssrc: ssrc, cname: configuration.cname).chunks.reduce(4) { $0 + $1.byteCount }
    scheduler = RTCPScheduler(
      bandwidth: configuration.bandwidth, expectedBytes: first + configuration.overheadBytes,
      minimumInterval: configuration.minimumInterval, now: now, random: random)
  }

  /// When ``advance(now:wallClock:random:writer:)`` has something to do next; nil when never.
  public var nextDeadline: Instant? { scheduler.nextDeadline }

  /// The sources, in no order.
  public var sources: [RTPSource] { table.sources }

  /// What is known of a source; nil when nothing is.
  public func source(_ ssrc: UInt32) -> RTPSource? { table.sources.first { $0.ssrc == ssrc } }

  /// Participants, ourselves among them.
  public var memberCount: Int { 1 + table.sources.count { $0.isMember } }

  /// Tells the scheduler who is there.
  mutating func recount(because reason: RTCPScheduler.Change, now: Instant) {
    let since = now - (scheduler.deterministicInterval.map { $0 * 2 } ?? .seconds(10))
    let weSent = sender.lastSentAt.map { $0 > since } ?? false
    let others = table.sources.count { $0.isSender(since: since) }
    scheduler.update(
      members: memberCount, senders: others + (weSent ? 1 : 0), weSent: weSent, because: reason, now: now)
  }
}

/// What we have sent, for reports about it (§6.4.1).
struct SenderState: Sendable {
  /// How many of our own SRs are remembered to measure round trips by.
  static let rememberedReports = 4

  var packetCount: UInt32 = 0
  var octetCount: UInt32 = 0
  var lastTimestamp: UInt32 = 0
  var lastSentAt: Instant?
  /// Whether anything was sent, RTCP included: only then may there be a BYE (§6.3.7).
  var hasSpoken = false
  private var reports: [(middle: UInt32, at: Instant)] = []

  mutating func noteReport(_ middle: UInt32, now: Instant) {
    if reports.count >= Self.rememberedReports { reports.removeFirst() }
    reports.append((middle, now))
  }

  /// From our SR to now, without the time the peer kept it; nil when the block names none of ours, or makes no sense.
  ///
  /// By our own clock and not by NTP timestamps, so that setting the wall clock does not matter.
  func roundTrip(_ report: ReceptionReport, now: Instant) -> Duration? {
    guard report.lastSR != 0, let sent = reports.last(where: { $0.middle == report.lastSR }) else { return nil }
    let time = sent.at.duration(to: now) - Duration(rtcpUnits: report.delaySinceLastSR)
    // Both sides round to 1/65,536 s.
    if time < .zero { return time > .microseconds(-31) ? .zero : nil }
    return time
  }
}
