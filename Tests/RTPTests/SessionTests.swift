import RTP
import Testing
import Wire

/// A session with its actions carried out: what it would send goes to `sent`.
struct Party: ~Copyable {
  var session: RTPSession
  var sent: [RTCPCompound] = []
  var events: [RTPSessionEvent] = []
  var random: SplitMix64

  init(_ configuration: RTPSessionConfiguration, seed: UInt64 = 1) {
    random = SplitMix64(seed: seed)
    session = RTPSession(configuration, now: .zero, random: random.next())
  }

  init(
    ssrc: UInt32, sequence: SequenceLimits = .rfc3550, policy: SourceAddressPolicy = .first,
    limits: RTPSessionLimits = RTPSessionLimits(), seed: UInt64 = 1
  ) {
    self.init(
      RTPSessionConfiguration(
        ssrc: ssrc, cname: Array("\(ssrc)@example".utf8), clockRate: 8000,
        bandwidth: RTCPBandwidth(sessionBitsPerSecond: 64_000), sequence: sequence, addressPolicy: policy,
        limits: limits),
      seed: seed)
  }

  struct NothingDue: Error {}

  /// When there is something to do.
  func due() throws -> Instant {
    guard let deadline = session.nextDeadline else { throw NothingDue() }
    return deadline
  }

  /// Lets time pass until a report is sent: the report. The timer may be looked at in vain before that (§6.3.6).
  mutating func report() throws -> RTCPCompound {
    while true {
      if let datagram = try advance(try due()) { return try RTCPCompound(parsing: datagram.span) }
    }
  }

  /// The datagram that is due, if any.
  mutating func advance(_ now: Instant) throws -> [UInt8]? {
    var writer = ByteWriter()
    let wallClock = UTCTimestamp(microseconds: 1_700_000_000_000_000 + now.nanoseconds / 1000)
    guard
      session.advance(now: now, wallClock: wallClock, random: random.next(), writer: &writer) != .none
    else { return nil }
    sent.append(try RTCPCompound(parsing: writer.bytes.span))
    return writer.bytes
  }

  mutating func leave(_ now: Instant) throws -> [UInt8]? {
    var writer = ByteWriter()
    let action = session.leave(
      reason: Array("done".utf8), now: now, wallClock: .epoch, random: random.next(), writer: &writer)
    guard action != .none else { return nil }
    sent.append(try RTCPCompound(parsing: writer.bytes.span))
    return writer.bytes
  }

  mutating func receive(_ datagram: [UInt8], from address: SocketAddress, _ now: Instant) throws {
    try session.receivedRTCP(datagram.span, from: address, now: now, into: &events)
  }

  mutating func receive(_ packets: RTCPPacket..., from address: SocketAddress, _ now: Instant = .zero) throws {
    try receive(try RTCPCompound(packets).bytes(), from: address, now)
  }
}

@Suite struct SessionTests {
  /// Two talk for two minutes over a line with delay, loss and jitter; what they report is what happened.
  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func aPairReportsWhatHappens(_ seed: UInt64) throws {
    var line = SplitMix64(seed: seed)
    var left = Party(ssrc: 10, seed: seed)
    var right = Party(ssrc: 20, seed: seed + 100)
    var lostToRight = 0
    var delivered: [(at: Int64, toRight: Bool, datagram: [UInt8])] = []
    var rtp: [(at: Int64, toRight: Bool, number: UInt16)] = []
    for millisecond in stride(from: 0 as Int64, to: 120_000, by: 1) {
      let now = Instant(milliseconds: millisecond)
      if millisecond % 20 == 0 {
        let number = UInt16(truncatingIfNeeded: 65_000 + millisecond / 20)
        left.session.sentRTP(timestamp: UInt32(number) &* 160, payloadBytes: 160, now: now)
        // The first two let the source be believed, the last ones are there to count by.
        let isKept = millisecond < 40 || millisecond >= 119_880 || !line.chance(5)
        if isKept {
          rtp.append((millisecond + 30 + Int64.random(in: 0...8, using: &line), true, number))
        } else {
          lostToRight += 1
        }
        rtp.append((millisecond + 30, false, number))
        right.session.sentRTP(timestamp: UInt32(number) &* 160, payloadBytes: 160, now: now)
      }
      for packet in rtp where packet.at == millisecond {
        let timestamp = UInt32(packet.number) &* 160
        if packet.toRight {
          _ = right.session.receivedRTP(
            try header(packet.number, timestamp: timestamp, ssrc: 10), from: address(1), now: now)
        } else {
          _ = left.session.receivedRTP(
            try header(packet.number, timestamp: timestamp, ssrc: 20), from: address(2), now: now)
        }
      }
      rtp.removeAll { $0.at <= millisecond }
      for packet in delivered where packet.at == millisecond {
        if packet.toRight {
          try right.receive(packet.datagram, from: address(1, 40_001), now)
        } else {
          try left.receive(packet.datagram, from: address(2, 40_001), now)
        }
      }
      delivered.removeAll { $0.at <= millisecond }
      if let datagram = try left.advance(now) { delivered.append((millisecond + 30, true, datagram)) }
      if let datagram = try right.advance(now) { delivered.append((millisecond + 30, false, datagram)) }
    }
    // One report every five seconds or so, with the name, and as senders.
    #expect((18...34).contains(left.sent.count))
    for compound in left.sent {
      guard case .senderReport(let report) = compound.packets[0] else {
        Issue.record("no sender report")
        continue
      }
      #expect(report.ssrc == 10 && compound.packets.count == 2)
      guard case .sourceDescription(let description) = compound.packets[1] else {
        Issue.record("no description")
        continue
      }
      #expect(description.chunks.first?.text(of: .cname) == Array("10@example".utf8))
    }
    // The round trip is 60 ms; milliseconds pass between the events of this test.
    var roundTrips = 0
    for event in left.events {
      guard case .receptionReport(let from, let report, let roundTrip) = event else { continue }
      #expect(from == 20 && report.ssrc == 10)
      if let roundTrip {
        roundTrips += 1
        #expect(roundTrip >= .milliseconds(59) && roundTrip <= .milliseconds(62))
      }
    }
    #expect(roundTrips > 15)
    #expect(left.events.contains(.named(20, cname: Array("20@example".utf8))))
    let seen = try #require(right.session.source(10)?.statistics)
    #expect(seen.cumulativeLost == Int64(lostToRight))
    #expect(lostToRight > 200)
    #expect(seen.jitterDuration > .milliseconds(1) && seen.jitterDuration < .milliseconds(5))
    #expect(left.session.memberCount == 2)
    guard case .senderReport(let last)? = left.sent.last?.packets[0] else { return }
    #expect(last.octetCount == last.packetCount * 160 && last.packetCount > 5000)
    // The timestamp of a report goes on between two packets: within a packet of the one sent last.
    #expect(last.reports.first?.cumulativeLost == 0)
  }

  /// §6.4.2: who only listens sends RR; who has not heard anything sends an empty one.
  @Test func listenersSendReceiverReports() throws {
    var party = Party(ssrc: 10)
    #expect(
      try party.report().packets == [
        .receiverReport(ReceiverReport(ssrc: 10)),
        .sourceDescription(SourceDescription(ssrc: 10, cname: Array("10@example".utf8))),
      ])
    for number in 1...3 as ClosedRange<UInt16> {
      _ = party.session.receivedRTP(try header(number, ssrc: 20), from: address(2), now: Instant(milliseconds: 4000))
    }
    guard case .receiverReport(let report)? = try party.report().packets.first else {
      Issue.record("no receiver report")
      return
    }
    #expect(report.reports.map(\.ssrc) == [20])
    // Nothing new was heard: nothing is said.
    guard case .receiverReport(let silent)? = try party.report().packets.first else {
      Issue.record("no receiver report")
      return
    }
    #expect(silent.reports.isEmpty)
  }

  /// Who ceases to send is a listener after two intervals (§6.3.8).
  @Test func sendersBecomeListeners() throws {
    var party = Party(ssrc: 10)
    party.session.sentRTP(timestamp: 1, payloadBytes: 160, now: .zero)
    var kinds = ""
    for _ in 0..<6 {
      if case .senderReport? = try party.report().packets.first { kinds += "S" } else { kinds += "R" }
    }
    #expect(kinds.hasPrefix("S") && kinds.hasSuffix("RRR"))
  }

  /// With more than 31 sources, all have their turn (§6.4).
  @Test func moreSourcesThanAReportHolds() throws {
    var party = Party(ssrc: 1, limits: RTPSessionLimits(maxSources: 70))
    let first = try party.due()
    for ssrc in 100..<170 as Range<UInt32> {
      for number in 1...2 as ClosedRange<UInt16> {
        _ = party.session.receivedRTP(try header(number, ssrc: ssrc), from: address(2), now: first)
      }
    }
    var reported: [UInt32] = []
    for _ in 0..<3 {
      guard case .receiverReport(let report)? = try party.report().packets.first else {
        Issue.record("no receiver report")
        return
      }
      #expect(report.reports.count <= RTPLimits.maxRTCPCount)
      reported += report.reports.map(\.ssrc)
    }
    #expect(Set(reported) == Set(100..<170) && reported.count == 70)
  }

  @Test func silentSourcesAreForgotten() throws {
    var party = Party(ssrc: 10)
    for number in 1...2 as ClosedRange<UInt16> {
      _ = party.session.receivedRTP(try header(number, ssrc: 20), from: address(2), now: .zero)
    }
    #expect(party.session.memberCount == 2)
    var forgottenAt: Instant?
    while forgottenAt == nil {
      let now = try party.due()
      _ = try party.advance(now)
      if party.session.memberCount == 1 { forgottenAt = now }
      #expect(now < Instant(milliseconds: 60_000))
    }
    #expect((forgottenAt ?? .zero) > Instant(milliseconds: 25_000))
    #expect(party.session.source(20) == nil)
  }
}

@Suite struct SessionSourceTests {
  private func packet(_ number: UInt16, ssrc: UInt32 = 20) throws -> RTPHeader { try header(number, ssrc: ssrc) }

  @Test func newSourcesAreOnProbation() throws {
    var party = Party(ssrc: 10)
    #expect(party.session.receivedRTP(try packet(5), from: address(2), now: .zero) == .probation)
    #expect(party.session.memberCount == 1)
    #expect(party.session.receivedRTP(try packet(6), from: address(2), now: .zero) == .accepted(6))
    #expect(party.session.memberCount == 2)
    #expect(party.session.receivedRTP(try packet(5), from: address(2), now: .zero) == .late(5))
    #expect(party.session.receivedRTP(try packet(50_000), from: address(2), now: .zero) == .dropped(.jump))
    #expect(party.session.receivedRTP(try packet(50_001), from: address(2), now: .zero) == .restarted(50_001))
    // Another identifier from the same place is another source, and has to prove itself as well.
    #expect(party.session.receivedRTP(try packet(7, ssrc: 21), from: address(2), now: .zero) == .probation)
    #expect(party.session.receivedRTP(try packet(8, ssrc: 21), from: address(2), now: .zero) == .accepted(8))
  }

  @Test func authenticatedSourcesAreNot() throws {
    var party = Party(ssrc: 10, sequence: .authenticated)
    #expect(party.session.receivedRTP(try packet(5), from: address(2), now: .zero) == .accepted(5))
  }

  /// A name makes a member as well (§6.2.1).
  @Test func aNameMakesAMember() throws {
    var party = Party(ssrc: 10)
    try party.receive(.receiverReport(ReceiverReport(ssrc: 20)), from: address(2))
    #expect(party.session.memberCount == 1)
    try party.receive(
      .receiverReport(ReceiverReport(ssrc: 20)), .sourceDescription(SourceDescription(ssrc: 20, cname: [0x41])),
      from: address(2))
    #expect(party.session.memberCount == 2)
    #expect(party.events == [.named(20, cname: [0x41])])
  }

  /// §8.2: the same identifier from another address is a collision or a loop of others.
  @Test func foreignAddresses() throws {
    var party = Party(ssrc: 10)
    for number in 1...2 as ClosedRange<UInt16> {
      _ = party.session.receivedRTP(try packet(number), from: address(2), now: .zero)
    }
    #expect(party.session.receivedRTP(try packet(3), from: address(3), now: .zero) == .dropped(.foreignAddress))
    #expect(party.session.receivedRTP(try packet(3), from: address(2, 1), now: .zero) == .dropped(.foreignAddress))
    #expect(party.session.receivedRTP(try packet(3), from: address(2), now: .zero) == .accepted(3))
    #expect(party.session.foreignPackets == 2)
    // RTCP has its own port, but not another host.
    try party.receive(
      .senderReport(
        SenderReport(ssrc: 20, ntpTimestamp: NTPTimestamp(bits: 1), rtpTimestamp: 0, packetCount: 0, octetCount: 0)),
      from: address(3, 40_001))
    #expect(party.events.isEmpty && party.session.foreignPackets == 3)

    var lenient = Party(ssrc: 10, policy: .latest)
    for number in 1...2 as ClosedRange<UInt16> {
      _ = lenient.session.receivedRTP(try packet(number), from: address(2), now: .zero)
    }
    #expect(lenient.session.receivedRTP(try packet(3), from: address(3), now: .zero) == .accepted(3))
    #expect(lenient.session.source(20)?.dataAddress == address(3))
  }

  /// A BYE from elsewhere ends nothing; one from the source does (§6.3.4).
  @Test func goodbyes() throws {
    var party = Party(ssrc: 10)
    for number in 1...2 as ClosedRange<UInt16> {
      _ = party.session.receivedRTP(try packet(number), from: address(2), now: .zero)
    }
    let report = RTCPPacket.receiverReport(ReceiverReport(ssrc: 99))
    try party.receive(report, .goodbye(Goodbye([20])), from: address(3, 40_001))
    #expect(party.session.receivedRTP(try packet(3), from: address(2), now: .zero) == .accepted(3))
    #expect(party.events.isEmpty)
    // Of a stranger nobody takes leave, and ours is not for others to say.
    try party.receive(report, .goodbye(Goodbye([77])), from: address(3, 40_001))
    #expect(party.events.isEmpty)
    try party.receive(
      .receiverReport(ReceiverReport(ssrc: 20)), .goodbye(Goodbye([20], reason: Array("bye".utf8))),
      from: address(2, 40_001))
    #expect(party.events == [.left(20, reason: Array("bye".utf8))])
    #expect(party.session.memberCount == 1)
    // What straggles in does not bring it back.
    #expect(party.session.receivedRTP(try packet(4), from: address(2), now: .zero) == .dropped(.left))
    try party.receive(.receiverReport(ReceiverReport(ssrc: 20)), from: address(2, 40_001))
    #expect(party.session.memberCount == 1)
  }

  /// §8.2: somebody else has our identifier: once a collision, from then on a loop.
  @Test func ourOwnIdentifier() throws {
    var party = Party(ssrc: 10)
    party.session.sentRTP(timestamp: 0, payloadBytes: 160, now: .zero)
    #expect(party.session.receivedRTP(try packet(1, ssrc: 10), from: address(5), now: .zero) == .collision)
    #expect(party.session.receivedRTP(try packet(2, ssrc: 10), from: address(5), now: .zero) == .dropped(.loop))
    #expect(party.session.loopedPackets == 1)
    var writer = ByteWriter()
    #expect(party.session.changeSource(to: 11, now: .zero, writer: &writer) == .send)
    let goodbye = try RTCPCompound(parsing: writer.bytes.span)
    #expect(goodbye.packets.first == .receiverReport(ReceiverReport(ssrc: 10)))
    #expect(goodbye.packets.last == .goodbye(Goodbye([10])))
    #expect(party.session.ssrc == 11)
    // The other one is a source like any other now.
    #expect(party.session.receivedRTP(try packet(3, ssrc: 10), from: address(5), now: .zero) == .probation)
    // By RTCP it is noticed as well, and our own report that comes back is not a collision a second time.
    try party.receive(.receiverReport(ReceiverReport(ssrc: 11)), from: address(6))
    #expect(party.events == [.collision])
    try party.receive(.receiverReport(ReceiverReport(ssrc: 11)), from: address(6))
    #expect(party.events == [.collision])
  }

  @Test func ourOwnNameIsALoop() throws {
    var party = Party(ssrc: 10)
    try party.receive(
      .receiverReport(ReceiverReport(ssrc: 20)),
      .sourceDescription(SourceDescription(ssrc: 10, cname: Array("10@example".utf8))), from: address(5))
    #expect(!party.events.contains(.collision))
    #expect(party.session.loopedPackets == 1)
  }

  /// A flood of invented identifiers: bounded, and the call that runs goes on.
  @Test func aFloodOfIdentifiers() throws {
    var party = Party(ssrc: 10)
    var number: UInt16 = 0
    for ssrc in 1000..<21_000 as Range<UInt32> {
      if ssrc % 20 == 0 {
        let reception = party.session.receivedRTP(
          try packet(number), from: address(2), now: Instant(milliseconds: Int64(number) * 20))
        #expect(number == 0 ? reception == .probation : reception == .accepted(UInt32(number)))
        number += 1
      }
      _ = party.session.receivedRTP(
        try packet(1, ssrc: ssrc), from: address(9), now: Instant(milliseconds: Int64(number) * 20))
      #expect(party.session.sources.count <= RTPSessionLimits().maxSources)
    }
    #expect(party.session.memberCount == 2)
  }

  /// Even those that prove themselves cannot put out one that is heard.
  @Test func aFloodOfProvenIdentifiers() throws {
    var party = Party(ssrc: 10, limits: RTPSessionLimits(maxSources: 4))
    var refused = 0
    for ssrc in 1000..<1100 as Range<UInt32> {
      for number in 1...2 as ClosedRange<UInt16> {
        let reception = party.session.receivedRTP(try packet(number, ssrc: ssrc), from: address(9), now: .zero)
        if reception == .dropped(.tooManySources) { refused += 1 }
      }
    }
    #expect(refused == 2 * 96)
    // After ten seconds of silence the oldest gives way.
    let later = Instant(milliseconds: 10_000)
    #expect(party.session.receivedRTP(try packet(1, ssrc: 5), from: address(9), now: later) == .probation)
    #expect(party.session.sources.count == 4)
  }

  @Test func feedbackIsHandedOn() throws {
    var party = Party(ssrc: 10)
    let feedback = RTCPPacket.payloadFeedback(PayloadFeedback(sender: 20, media: 10, .pictureLossIndication))
    try party.receive(.receiverReport(ReceiverReport(ssrc: 20)), feedback, from: address(2))
    #expect(party.events == [.other(feedback)])
    #expect(throws: RTCPParseError(.firstPacket, at: 1)) { try party.receive(feedback, from: address(2)) }
  }
}

@Suite struct SessionLeavingTests {
  /// Who has said nothing goes without a word (§6.3.7).
  @Test func silently() throws {
    var party = Party(ssrc: 10)
    #expect(try party.leave(.zero) == nil)
    #expect(party.session.nextDeadline == nil)
  }

  @Test func withGoodbye() throws {
    var party = Party(ssrc: 10)
    party.session.sentRTP(timestamp: 7, payloadBytes: 160, now: .zero)
    #expect(try party.leave(Instant(milliseconds: 100)) != nil)
    let packets = try #require(party.sent.first?.packets)
    #expect(packets.count == 3)
    #expect(packets.last == .goodbye(Goodbye([10], reason: Array("done".utf8))))
    if case .senderReport(let report) = packets[0] {
      // 100 ms behind the last packet are 800 ticks.
      #expect(report.rtpTimestamp == 807 && report.packetCount == 1 && report.octetCount == 160)
    } else {
      Issue.record("no sender report")
    }
    #expect(party.session.nextDeadline == nil)
    #expect(try party.advance(.distantFuture) == nil)
  }

  @Test func inTurnWhereThereAreMany() throws {
    var party = Party(ssrc: 10, limits: RTPSessionLimits(maxSources: 100))
    party.session.sentRTP(timestamp: 7, payloadBytes: 160, now: .zero)
    for ssrc in 100..<160 as Range<UInt32> {
      for number in 1...2 as ClosedRange<UInt16> {
        _ = party.session.receivedRTP(try header(number, ssrc: ssrc), from: address(2), now: .zero)
      }
    }
    #expect(try party.leave(.zero) == nil)
    let due = try party.due()
    #expect(due > .zero)
    var last: [UInt8]?
    while last == nil, let due = party.session.nextDeadline { last = try party.advance(due) }
    #expect(party.sent.last?.packets.last == .goodbye(Goodbye([10], reason: Array("done".utf8))))
    #expect(party.session.nextDeadline == nil)
  }
}
