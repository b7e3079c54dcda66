import Wire

/// What a session knows of one synchronisation source (RFC 3550 §6.2.1, §6.3, §8.2).
public struct RTPSource: Sendable, Hashable {
  /// Its identifier.
  public let ssrc: UInt32
  /// What was received of it; nil before its first RTP packet.
  public internal(set) var statistics: ReceptionStatistics?
  /// Its canonical name, the peer's word, at most 255 bytes; nil before its first SDES.
  public internal(set) var cname: [UInt8]?
  /// Where its RTP comes from; nil before the first packet.
  public internal(set) var dataAddress: SocketAddress?
  /// Where its RTCP comes from; nil before the first packet.
  public internal(set) var controlAddress: SocketAddress?
  /// When its last RTP packet came; nil before the first.
  public internal(set) var lastData: Instant?
  /// When anything of it was last heard.
  public internal(set) var lastHeard: Instant
  /// Whether it said BYE. What comes behind that does not bring it back.
  public internal(set) var hasLeft = false
  /// The middle of the NTP timestamp of its last SR, and when that came; nil before the first.
  public internal(set) var lastSR: (middle: UInt32, receivedAt: Instant)? {
    get { lastSRAt.map { (lastSRMiddle, $0) } }
    set {
      lastSRMiddle = newValue?.middle ?? 0
      lastSRAt = newValue?.receivedAt
    }
  }
  private var lastSRMiddle: UInt32 = 0
  private var lastSRAt: Instant?
  /// Whether RTP came since the last report about it.
  var hasNews = false

  init(ssrc: UInt32, now: Instant) {
    self.ssrc = ssrc
    lastHeard = now
  }

  /// Whether it counts as a participant: enough of its packets in sequence, or a canonical name (§6.2.1).
  public var isMember: Bool { !hasLeft && (cname != nil || statistics?.sequence.isValid == true) }

  /// Whether it has sent valid RTP since that time.
  func isSender(since time: Instant) -> Bool {
    guard isMember, let lastData, let statistics else { return false }
    return statistics.sequence.isValid && lastData > time
  }
}

/// The sources of a session, in bounded number.
///
/// Whoever invents identifiers can fill the table only with sources that are not believed: those make room for one another
/// first, then those that have been silent for a while, and a source that is heard never does.
struct RTPSourceTable: Sendable {
  private(set) var sources: [RTPSource] = []
  private var lastFound = 0
  let capacity: Int
  let silence: Duration

  init(capacity: Int, silence: Duration) {
    self.capacity = max(1, capacity)
    self.silence = silence
  }

  /// The source's place; nil when it is not there.
  @inline(__always)
  mutating func place(of ssrc: UInt32) -> Int? {
    if lastFound < sources.count, sources[lastFound].ssrc == ssrc { return lastFound }
    guard let place = sources.firstIndex(where: { $0.ssrc == ssrc }) else { return nil }
    lastFound = place
    return place
  }

  /// The place of a new source; nil when there is no room.
  mutating func insert(_ ssrc: UInt32, now: Instant) -> Int? {
    let source = RTPSource(ssrc: ssrc, now: now)
    if sources.count < capacity {
      sources.append(source)
      return sources.count - 1
    }
    guard let victim = victim(now: now) else { return nil }
    sources[victim] = source
    return victim
  }

  /// The place that a new source may take; without allocation, since a flood comes here with every packet.
  private func victim(now: Instant) -> Int? {
    var oldest: Int?
    var oldestUnbelieved: Int?
    for place in sources.indices {
      let heard = sources[place].lastHeard
      if oldest.map({ heard < sources[$0].lastHeard }) ?? true { oldest = place }
      if !sources[place].isMember, oldestUnbelieved.map({ heard < sources[$0].lastHeard }) ?? true {
        oldestUnbelieved = place
      }
    }
    if let oldestUnbelieved { return oldestUnbelieved }
    guard let oldest, sources[oldest].lastHeard.duration(to: now) >= silence else { return nil }
    return oldest
  }

  mutating func update<Result>(_ place: Int, _ body: (inout RTPSource) -> Result) -> Result {
    body(&sources[place])
  }

  mutating func removeAll(where isGone: (RTPSource) -> Bool) {
    sources.removeAll(where: isGone)
  }
}

/// Addresses from which somebody else used our identifier (RFC 3550 §8.2), in bounded number.
struct ConflictList: Sendable {
  private var addresses: [(address: SocketAddress, seen: Instant)] = []
  let capacity: Int

  init(capacity: Int) {
    self.capacity = max(1, capacity)
  }

  /// Whether the address is there; then it counts as seen now.
  mutating func touch(_ address: SocketAddress, now: Instant) -> Bool {
    guard let place = addresses.firstIndex(where: { $0.address == address }) else { return false }
    addresses[place].seen = now
    return true
  }

  mutating func insert(_ address: SocketAddress, now: Instant) {
    if addresses.count >= capacity { addresses.removeFirst() }
    addresses.append((address, now))
  }

  /// Forgets those not seen since that time.
  mutating func forget(before time: Instant) {
    addresses.removeAll { $0.seen < time }
  }
}
