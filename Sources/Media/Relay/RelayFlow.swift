import RTP
import Wire

/// What one side says and the other hears: one stream for the hearer, whatever sources it is made of.
///
/// It is relayed as it came, header and all, until its source changes or begins its numbers anew. From then on the hearer
/// gets the new source's packets under the SSRC that it knows, their numbers and timestamps shifted so that they go on
/// where the last ones ended. A call that nothing happens to costs nothing, keeps the SSRC that its descriptions may name
/// (RFC 5576), and keeps every kind of RTCP whole; one that changes is heard without a gap, and the hearer's SRTP context
/// sees no jump that could lose its rollover counter.
struct RelayFlow: Sendable {
  /// What a packet is to its flow.
  enum Outcome: Sendable, Hashable {
    /// It goes on; its number in the hearer's stream, with cycles.
    case relay(UInt32)
    case drop(RelayDrop)
  }

  /// The source that is heard, with what was received of it.
  struct Heard: Sendable {
    let ssrc: UInt32
    var reception: ReceptionStatistics
    /// The first number that belongs to the hearer's stream.
    var first: UInt32
  }

  private(set) var heard: Heard?
  private var candidate: RelayCandidate?
  /// A negotiation has just been: another source is no surprise.
  private var expectsAnother = false
  /// The source has begun its numbers anew, and the hearer's stream has not followed it yet.
  private var owesChange = false
  private var changesInPeriod = 0
  private var periodEnd = Instant.zero
  private(set) var sourceChanges: UInt64 = 0
  /// Of sources before this one.
  private var lostBefore: Int64 = 0

  /// The hearer's stream.
  private(set) var ssrc: UInt32 = 0
  private(set) var numberOffset: UInt32 = 0
  private(set) var timestampOffset: UInt32 = 0
  /// Whether packets go on as they came.
  private(set) var isVerbatim = true
  private(set) var lastNumber: UInt32 = 0
  private var lastTimestamp: UInt32 = 0
  private var lastAt = Instant.zero
  private(set) var packets: UInt64 = 0
  private(set) var octets: UInt64 = 0

  /// The newest SR that went to the hearer: the middle of its NTP timestamp.
  var lastReport: (middle: UInt32, at: Instant)?

  var lost: Int64 { lostBefore + (heard?.reception.cumulativeLost ?? 0) }

  mutating func expectAnother() { expectsAnother = true }

  /// A valid packet has come from the side's own source, or from one that would become it.
  ///
  /// - Parameters:
  ///   - isProven: its source needs no second packet to be believed: it was told, or the packet is authenticated.
  ///   - isUntimed: it is a telephone-event, whose timestamp says nothing of when it was sent.
  @inline(__always)
  mutating func receive(
    _ header: RTPHeader, from source: SocketAddress, isKnown: Bool, isProven: Bool, isUntimed: Bool,
    clockRate: UInt32, now: Instant
  ) -> Outcome {
    if isKnown, let ssrc = heard?.ssrc, ssrc == header.ssrc {
      return goOn(header, isUntimed: isUntimed, clockRate: clockRate, now: now)
    }
    return meet(
      header, from: source, isKnown: isKnown, isProven: isProven, isUntimed: isUntimed, clockRate: clockRate, now: now)
  }

  @inline(__always)
  private mutating func goOn(_ header: RTPHeader, isUntimed: Bool, clockRate: UInt32, now: Instant) -> Outcome {
    // Changed where it is: what was lost before a restart is counted before it is forgotten.
    let lost = heard?.reception.cumulativeLost ?? 0
    let outcome =
      isUntimed
      ? heard?.reception.receivedUntimed(header.sequenceNumber)
      : heard?.reception.received(header.sequenceNumber, timestamp: header.timestamp, now: now)
    switch outcome {
    case .inOrder(let number):
      if owesChange { return change(header, number, clockRate: clockRate, now: now) }
      return .relay(number &+ numberOffset)
    case .misordered(let number):
      if owesChange { return .drop(.sourceFlood) }
      // Behind the beginning are the numbers of another source.
      if !isVerbatim, let first = heard?.first, Int32(bitPattern: number &- first) < 0 { return .drop(.replayed) }
      return .relay(number &+ numberOffset)
    case .restarted(let number):
      lostBefore += lost
      owesChange = true
      return change(header, number, clockRate: clockRate, now: now)
    case .probation, .jump, .none: return .drop(.probation)
    }
  }

  /// Goes on with a source that has begun its numbers anew, as soon as one change more is within bounds.
  @inline(never)
  private mutating func change(_ header: RTPHeader, _ number: UInt32, clockRate: UInt32, now: Instant) -> Outcome {
    guard mayChange(now) else { return .drop(.sourceFlood) }
    owesChange = false
    sourceChanges += 1
    return follow(header, number, clockRate: clockRate, now: now)
  }

  /// A packet that is not of the source that is heard.
  @inline(never)
  private mutating func meet(
    _ header: RTPHeader, from source: SocketAddress, isKnown: Bool, isProven: Bool, isUntimed: Bool,
    clockRate: UInt32, now: Instant
  ) -> Outcome {
    let isExpected = heard == nil || heard?.ssrc == header.ssrc || expectsAnother
    guard isProven && isExpected || candidate?.isFollowed(by: header, source) == true else {
      candidate = RelayCandidate(header, source)
      return .drop(.probation)
    }
    candidate = nil
    // The same source from elsewhere goes on.
    if heard?.ssrc == header.ssrc { return goOn(header, isUntimed: isUntimed, clockRate: clockRate, now: now) }
    guard heard == nil || expectsAnother || mayChange(now) else { return .drop(.sourceFlood) }
    expectsAnother = false
    owesChange = false
    lostBefore += heard?.reception.cumulativeLost ?? 0
    let isFirst = heard == nil
    var reception = ReceptionStatistics(
      first: header.sequenceNumber, clockRate: clockRate, limits: .authenticated)
    _ =
      isUntimed
      ? reception.receivedUntimed(header.sequenceNumber)
      : reception.received(header.sequenceNumber, timestamp: header.timestamp, now: now)
    let number = reception.sequence.extendedHighest
    heard = Heard(ssrc: header.ssrc, reception: reception, first: number)
    if isFirst {
      ssrc = header.ssrc
      return .relay(number)
    }
    sourceChanges += 1
    return follow(header, number, clockRate: clockRate, now: now)
  }

  /// Whether one change more is within bounds.
  private mutating func mayChange(_ now: Instant) -> Bool {
    if now >= periodEnd {
      periodEnd = now + RelayLimits.sourceChangePeriod
      changesInPeriod = 0
    }
    guard changesInPeriod < RelayLimits.maxSourceChanges else { return false }
    changesInPeriod += 1
    return true
  }

  /// Lets the hearer's stream go on with this packet: the next number, and a timestamp as much later as time has passed.
  private mutating func follow(_ header: RTPHeader, _ number: UInt32, clockRate: UInt32, now: Instant) -> Outcome {
    guard packets > 0 else {
      // Nothing has gone to the hearer yet, so there is nothing to go on from.
      heard?.first = number
      ssrc = header.ssrc
      return .relay(number)
    }
    return .relay(goOnFromLast(header, number, clockRate: clockRate, now: now))
  }

  private mutating func goOnFromLast(
    _ header: RTPHeader, _ number: UInt32, clockRate: UInt32, now: Instant
  ) -> UInt32 {
    heard?.first = number
    isVerbatim = false
    numberOffset = lastNumber &+ 1 &- number
    let elapsed = max(1, now.units(of: clockRate) &- lastAt.units(of: clockRate))
    timestampOffset = lastTimestamp &+ elapsed &- header.timestamp
    return number &+ numberOffset
  }

  /// A packet goes no further, and the hearer is not to miss it: those behind it close up.
  mutating func skip(_ number: UInt32) {
    guard packets > 0, Int32(bitPattern: number &- lastNumber) > 0 else { return }
    isVerbatim = false
    numberOffset &-= 1
  }

  /// The packet goes to the hearer under this number; returns what its header has to say, nil for what it says already.
  @inline(__always)
  mutating func send(_ header: RTPHeader, _ counted: UInt32, clockRate: UInt32, now: Instant) -> RTPPacketFields? {
    var number = counted
    let step = Int32(bitPattern: number &- lastNumber)
    if packets > 0, step >= Int32(SequenceLimits.rfc3550.maxDropout) {
      // So many were kept back, in a hold, that the hearer would take these for another stream, or could not tell how
      // often the numbers began anew.
      number = goOnFromLast(header, number &- numberOffset, clockRate: clockRate, now: now)
    }
    let timestamp = header.timestamp &+ timestampOffset
    if packets == 0 || Int32(bitPattern: number &- lastNumber) > 0 {
      lastNumber = number
      lastTimestamp = timestamp
      lastAt = now
    }
    packets &+= 1
    octets &+= UInt64(header.payload.count)
    if isVerbatim { return nil }
    // The first packet after a change begins a talkspurt: what waits in the hearer's buffer may be timed anew.
    let isFirst = number == (heard?.first ?? 0) &+ numberOffset
    return RTPPacketFields(
      marker: header.marker || isFirst, payloadType: header.payloadType,
      sequenceNumber: UInt16(truncatingIfNeeded: number), timestamp: timestamp, ssrc: ssrc)
  }
}
