import Codecs
import DTMF
import RTP
import SRTP
import Wire

/// One relayed stream: one m-line, two sides, and nothing between them that they would notice.
///
/// Only the peers are let through. Each side's source is the one that signalling has named, or one that is learnt in a
/// short time after a negotiation and only from where the peer can be (``RelayLearning``); where a side speaks SRTP, the
/// first packet that authenticates decides. Afterwards everybody else is a stranger, until signalling says otherwise.
///
/// What goes to a side is one stream: see ``RelayFlow``. RTCP is made to fit. Its BYEs are kept back: an end is
/// signalling's to say, and anybody can write a BYE.
///
/// Packets are worked on where they lie. After a side's first packets nothing is allocated.
public struct RelayStream: ~Copyable {
  private let settings: RelaySettings
  private var caller: RelayLeg
  private var callee: RelayLeg
  private var lastValid: Instant
  private var hasTimedOut = false
  private var keys: RelayKeys?

  /// A stream of which nothing is known yet: everything is dropped.
  public init(_ settings: RelaySettings = RelaySettings(), now: Instant) {
    self.settings = settings
    caller = RelayLeg(windowEnd: now)
    callee = RelayLeg(windowEnd: now)
    lastValid = now
  }

  /// A side's description has come, the first or another one.
  public mutating func set(_ peer: RelayPeer, of side: RelaySide, now: Instant) {
    let wasHeld = isHeld
    let windowEnd = now + settings.learningWindow
    switch side {
    case .caller:
      caller.describe(peer, hearing: callee.flow, windowEnd: windowEnd)
      callee.media.extend(to: windowEnd)
      callee.control.extend(to: windowEnd)
    case .callee:
      callee.describe(peer, hearing: caller.flow, windowEnd: windowEnd)
      caller.media.extend(to: windowEnd)
      caller.control.extend(to: windowEnd)
    }
    if wasHeld { lastValid = now }
    connectKeys()
    caller.transcode(for: callee.speech)
    callee.transcode(for: caller.speech)
  }

  /// One bridge for as long as the same side speaks telephone events with us.
  private mutating func connectKeys() {
    let wanted =
      caller.peer?.keyEvents.map { ($0, RelaySide.caller) } ?? callee.peer?.keyEvents.map { ($0, RelaySide.callee) }
    if keys?.side != wanted?.1 || keys?.clockRate != wanted?.0.clockRate {
      keys = wanted.map { RelayKeys($0.0, of: $0.1) }
      caller.keys = keys
      callee.keys = keys
    }
    caller.attend()
    callee.attend()
  }

  // MARK: Keys

  /// The key that is to go to a side by INFO now; nil: none, or the one before is not answered.
  public mutating func nextKey() -> (side: RelaySide, key: DTMFInfo)? {
    guard let keys, let key = keys.nextInfo() else { return nil }
    return (keys.side.other, key)
  }

  /// The INFO to a side is answered, whatever the answer.
  public mutating func keyAnswered() { keys?.infoAnswered() }

  /// A side has sent a key by INFO. Where it is the one that speaks telephone events, it is known by them already.
  public mutating func received(_ key: DTMFInfo, of side: RelaySide, now: Instant) {
    keys?.received(key, from: side, now: now)
  }

  /// From now on `tap` hears what either side says; nil: nobody does.
  public mutating func set(tap: (any RelayTap)?) {
    caller.tap = tap.map { RelayLeg.Tap(hearer: $0, side: .caller) }
    callee.tap = tap.map { RelayLeg.Tap(hearer: $0, side: .callee) }
    caller.attend()
    callee.attend()
  }

  /// A datagram has come to one of the sockets that face `side`: the first `count` bytes of the buffer, which has
  /// ``RelayLimits/maxTrailerBytes`` to spare behind them. It is changed in place; when it is dropped, its bytes may be
  /// anything.
  public mutating func receive(
    _ packet: inout MutableSpan<UInt8>, count: Int, component: RelayComponent, from source: SocketAddress,
    on side: RelaySide, now: Instant
  ) -> RelayVerdict {
    let verdict =
      switch side {
      case .caller:
        Self.relay(&packet, count, component, source, from: &caller, to: &callee, settings.learningWindow, now)
      case .callee:
        Self.relay(&packet, count, component, source, from: &callee, to: &caller, settings.learningWindow, now)
      }
    switch verdict {
    case .forward: lastValid = now
    case .drop(let reason):
      if reason.isOfValid { lastValid = now }
    }
    return verdict
  }

  /// Where a side's RTP has been found to come from; nothing else is let through from its side until it is described again.
  public func source(of side: RelaySide) -> SocketAddress? {
    side == .caller ? caller.media.source : callee.media.source
  }

  /// When ``advance(now:)`` has something to say at the earliest; nil for never.
  public var nextDeadline: Instant? {
    guard let timeout = settings.mediaTimeout, !hasTimedOut, !isHeld else { return nil }
    return lastValid + timeout
  }

  /// What has come about by now.
  public mutating func advance(now: Instant) -> RelayEvent {
    guard let nextDeadline, nextDeadline <= now else { return .none }
    hasTimedOut = true
    return .mediaTimeout
  }

  /// What has been counted on one side.
  public func statistics(of side: RelaySide) -> RelayStatistics {
    switch side {
    case .caller: caller.statistics
    case .callee: callee.statistics
    }
  }

  /// Nobody has to send anything: one side is not described yet, or the call is on hold. Who holds another says so with
  /// `sendonly` and sends music, or nothing at all (RFC 3264 §8.4).
  private var isHeld: Bool {
    guard let one = caller.peer?.direction, let other = callee.peer?.direction else { return true }
    return !(one.sends && other.receives && other.sends && one.receives)
  }
}

extension RelayStream {
  // Static, so that both legs can be changed at once.
  @inline(__always)
  private static func relay(
    _ packet: inout MutableSpan<UInt8>, _ count: Int, _ component: RelayComponent, _ source: SocketAddress,
    from: inout RelayLeg, to: inout RelayLeg, _ window: Duration, _ now: Instant
  ) -> RelayVerdict {
    let verdict =
      if count > packet.count || count > RelayLimits.maxPacketBytes || count < 0 {
        RelayVerdict.drop(.malformed)
      } else {
        switch (DatagramKind(packet.span.extracting(0..<count)), component) {
        case (.rtp, .media): relayMedia(&packet, count, source, from: &from, to: &to, window, now)
        case (.rtcp, .control): relayControl(&packet, count, source, from: &from, to: &to, window, now)
        case (.rtcp, .media) where from.peer?.isMultiplexed == true:
          relayControl(&packet, count, source, from: &from, to: &to, window, now)
        default: RelayVerdict.drop(from.peer == nil ? .notNegotiated : .malformed)
        }
      }
    if case .drop(let reason) = verdict, reason != .key {
      from.packetsDropped &+= 1
      if reason == .stranger { from.packetsOfStrangers &+= 1 }
    }
    return verdict
  }

  @inline(__always)
  private static func relayMedia(
    _ packet: inout MutableSpan<UInt8>, _ received: Int, _ source: SocketAddress,
    from: inout RelayLeg, to: inout RelayLeg, _ window: Duration, _ now: Instant
  ) -> RelayVerdict {
    guard let peer = from.peer else { return .drop(.notNegotiated) }
    let standing = from.judgeMedia(source, peer, now: now)
    if standing == .stranger { return .drop(.stranger) }
    var count = received
    if from.protection != nil {
      do throws(SRTPError) {
        // The contexts are there as long as the peer has keys.
        guard let length = try from.receiver?.unprotect(&packet, count: count) else { return .drop(.notAuthentic) }
        count = length
      } catch {
        return .drop(RelayDrop(receiving: error))
      }
    }
    guard var header = try? RTPHeader(packet.span.extracting(0..<count)) else { return .drop(.malformed) }

    let isTaken = to.peer?.payloadTypes.take(header.payloadType) ?? false
    var foreign = RelayLeg.Foreign.unknown
    if !isTaken, let hearer = to.peer {
      foreign = from.foreign(header.payloadType, to: hearer)
      if case .renumbered(let type) = foreign {
        packet[1] = packet[1] & 0x80 | type & 0x7F
        guard let other = try? RTPHeader(packet.span.extracting(0..<count)) else { return .drop(.malformed) }
        header = other
      }
    }
    let isEvent = header.payloadType == to.peer?.telephoneEvent
    let clockRate = to.peer?.clockRate ?? peer.clockRate
    let number: UInt32
    switch from.flow.receive(
      header, from: source, isKnown: standing == .known,
      isProven: from.protection != nil || standing != .learnable, isUntimed: isEvent,
      clockRate: clockRate, now: now)
    {
    case .drop(let reason): return .drop(reason)
    case .relay(let next): number = next
    }
    if standing != .known { from.learnMedia(source, windowEnd: now + window) }

    guard let hearer = to.peer else { return .drop(.noDestination) }
    guard peer.direction.sends, hearer.direction.receives else { return .drop(.direction) }
    var isTurned = false
    if !isTaken {
      switch foreign {
      case .unknown: return .drop(.payloadType)
      case .renumbered: break
      case .transcoded: isTurned = true
      case .key: return takeKey(packet.span.extracting(header.payload.range), header, number, of: &from, now: now)
      }
    }
    guard let destination = to.mediaDestination else { return .drop(.noDestination) }
    from.note(header, isEvent: isEvent)
    var turned: Int?
    if isTurned {
      turned = turn(&packet, count, header, from: from, source: source, destination: destination, now: now)
      guard turned != nil else {
        from.flow.skip(number)
        return .drop(.nothingToSay)
      }
    }
    let fields = from.flow.send(header, number, clockRate: clockRate, now: now)
    if let turned {
      guard let length = finish(&packet, turned, header, fields, to: to) else { return .drop(.malformed) }
      count = length
    } else if from.isAttended {
      guard
        let length = attend(
          &packet, count, header, fields, from: from, source: source, to: to, destination: destination, now: now)
      else { return .drop(.malformed) }
      count = length
    } else if let fields {
      guard (try? fields.rewrite(&packet)) != nil else { return .drop(.malformed) }
    }
    if to.protection != nil {
      do throws(SRTPError) {
        guard let length = try to.sender?.protect(&packet, count: count) else { return .drop(.notProtected) }
        count = length
      } catch {
        return .drop(RelayDrop(sending: error))
      }
    }
    from.packetsReceived &+= 1
    from.bytesReceived &+= UInt64(received)
    to.packetsSent &+= 1
    to.bytesSent &+= UInt64(count)
    return .forward(to: destination, component: .media, count: count)
  }

  /// A packet in a codec that the hearer does not have: what it becomes lies in its place.
  @inline(never)
  private static func turn(
    _ packet: inout MutableSpan<UInt8>, _ count: Int, _ header: RTPHeader, from: borrowing RelayLeg,
    source: SocketAddress, destination: SocketAddress, now: Instant
  ) -> Int? {
    if from.tap != nil {
      from.tell(packet.span.extracting(0..<count), from: source, to: destination, now: now)
    }
    guard let length = from.transcoder?.turn(&packet, count: count, header), length > 0 else { return nil }
    return length
  }

  /// The hearer's stream goes on: its source and its numbers stay, payload type and time are those of what was made.
  @inline(never)
  private static func finish(
    _ packet: inout MutableSpan<UInt8>, _ count: Int, _ header: RTPHeader, _ fields: RTPPacketFields?,
    to: borrowing RelayLeg
  ) -> Int? {
    guard let turned = try? RTPHeader(packet.span.extracting(0..<count)) else { return nil }
    var own = fields ?? RTPPacketFields(header)
    (own.payloadType, own.timestamp, own.marker) = (turned.payloadType, turned.timestamp, turned.marker)
    if let events = to.peer?.keyEvents, let keys = to.keys, let key = keys.nextPacket(timestamp: own.timestamp) {
      return write(key, as: events.send, own, into: &packet, at: turned.payload.lowerBound)
    }
    return (try? own.rewrite(&packet)) == nil ? nil : count
  }

  @inline(never)
  private static func takeKey(
    _ payload: Span<UInt8>, _ header: RTPHeader, _ number: UInt32, of leg: inout RelayLeg, now: Instant
  ) -> RelayVerdict {
    guard let event = TelephoneEvent(payload) else { return .drop(.malformed) }
    leg.keys?.received(event, header, now: now)
    leg.note(header, isEvent: true)
    leg.flow.skip(number)
    return .drop(.key)
  }

  private static func relayControl(
    _ packet: inout MutableSpan<UInt8>, _ received: Int, _ source: SocketAddress,
    from: inout RelayLeg, to: inout RelayLeg, _ window: Duration, _ now: Instant
  ) -> RelayVerdict {
    guard let peer = from.peer else { return .drop(.notNegotiated) }
    let standing =
      peer.isMultiplexed ? from.judgeMedia(source, peer, now: now) : from.judgeControl(source, peer, now: now)
    if standing == .stranger { return .drop(.stranger) }
    var count = received
    if from.protection != nil {
      do throws(SRTPError) {
        guard let length = try from.receiver?.unprotectRTCP(&packet, count: count) else { return .drop(.notAuthentic) }
        count = length
      } catch {
        return .drop(RelayDrop(receiving: error))
      }
    } else if peer.isMultiplexed, standing == .learnable {
      // Anybody can write a report; what a source is learnt by are packets that follow each other.
      return .drop(.probation)
    }
    // Its times and numbers of bytes are of what it says, and that is not what the other one hears.
    if from.speech?.isNeeded == true { return .drop(.nothingToSay) }
    // Reduced size is allowed whether it was agreed upon or not: the hearer knows what it agreed to.
    guard (try? RTCPReader(packet.span.extracting(0..<count), allowing: .reducedSize)) != nil else {
      return .drop(.malformed)
    }
    if standing != .known {
      if peer.isMultiplexed { from.learnMedia(source, windowEnd: now + window) } else { from.control.learn(source) }
    }
    guard let (destination, component) = to.controlDestination else {
      return .drop(.noDestination)
    }
    count = RelayControl.translate(&packet, count: count, from: &from, to: to.flow, now: now)
    guard count > 0 else { return .drop(.nothingToSay) }
    if to.protection != nil {
      do throws(SRTPError) {
        guard let length = try to.sender?.protectRTCP(&packet, count: count) else { return .drop(.notProtected) }
        count = length
      } catch {
        return .drop(RelayDrop(sending: error))
      }
    }
    from.controlReceived &+= 1
    return .forward(to: destination, component: component, count: count)
  }
}

extension RelayLeg {
  @inline(__always)
  mutating func note(_ header: RTPHeader, isEvent: Bool) {
    guard isEvent else {
      payloadType = header.payloadType
      return
    }
    if lastEvent != header.timestamp {
      lastEvent = header.timestamp
      telephoneEvents &+= 1
    }
  }

  var statistics: RelayStatistics {
    var statistics = RelayStatistics()
    statistics.packetsReceived = packetsReceived
    statistics.bytesReceived = bytesReceived
    statistics.packetsSent = packetsSent
    statistics.bytesSent = bytesSent
    statistics.packetsDropped = packetsDropped
    statistics.packetsOfStrangers = packetsOfStrangers
    statistics.controlReceived = controlReceived
    statistics.lost = flow.lost
    statistics.jitter = flow.heard?.reception.jitterDuration ?? .zero
    statistics.reportedLost = reportedLost
    statistics.roundTrip = roundTrip
    statistics.ssrc = flow.heard?.ssrc
    statistics.payloadType = payloadType
    statistics.telephoneEvents = telephoneEvents
    statistics.sourceChanges = flow.sourceChanges
    statistics.source = media.source
    statistics.suite = protection?.receive.suite
    return statistics
  }
}

extension RelayDrop {
  init(receiving error: SRTPError) {
    switch error {
    case .malformed, .noRoom: self = .malformed
    case .authenticationFailed, .otherMasterKey, .keyExpired: self = .notAuthentic
    case .replayed, .tooOld: self = .replayed
    case .tooManySources: self = .sourceFlood
    }
  }

  init(sending error: SRTPError) {
    switch error {
    case .replayed, .tooOld: self = .replayed
    case .malformed, .noRoom, .authenticationFailed, .otherMasterKey, .keyExpired, .tooManySources:
      self = .notProtected
    }
  }

  /// Whether the datagram was the peer's all the same, and a sign that it is there.
  var isOfValid: Bool {
    switch self {
    case .direction, .payloadType, .noDestination, .notProtected, .nothingToSay, .key: true
    case .notNegotiated, .stranger, .malformed, .notAuthentic, .replayed, .probation, .sourceFlood: false
    }
  }
}
