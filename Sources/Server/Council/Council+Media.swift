import Codecs
import DTMF
import Mixer
import RTP
import Relay
import Wire

// Packets in, and every 20 ms a packet out for each participant.
extension Council {
  /// A datagram of a participant's media socket.
  package mutating func received(
    media packet: Span<UInt8>, component: RelayComponent, from remote: SocketAddress, at place: CouncilPlace,
    now: Instant, into sink: inout CouncilSink
  ) {
    guard let leg = leg(place), leg.phase == .answered else { return }
    switch (DatagramKind(packet), component) {
    case (.rtp, .media): receivedRTP(packet, remote, leg, now, &sink)
    case (.rtcp, .control): receivedRTCP(packet, remote, leg, now, &sink)
    default: break
    }
  }

  private mutating func receivedRTP(
    _ packet: Span<UInt8>, _ remote: SocketAddress, _ leg: CouncilLeg, _ now: Instant, _ sink: inout CouncilSink
  ) {
    guard let header = try? RTPHeader(packet) else { return }
    switch leg.source.judge(header, from: remote, now: now) {
    case .accept: break
    case .wait: return
    case .stranger: return count(stranger: leg)
    }
    switch leg.session.receivedRTP(header, from: remote, now: now) {
    // A BYE, and what the validator makes of jumps, is for statistics: the buffer has its own mind of what can be played.
    case .accepted, .late, .restarted, .probation, .dropped(.jump), .dropped(.left), .dropped(.foreignAddress),
      .dropped(.tooManySources):
      break
    case .collision: collide(leg, now, &sink)
    case .dropped(.loop): return
    }
    leg.lastHeard = now
    leg.statistics.packetsReceived &+= 1
    counted.packetsReceived &+= 1
    guard let room = leg.room, let member = leg.member,
      case .telephoneEvent(let event, let timestamp) = room.conference.received(packet, from: member, now: now)
    else { return }
    var changes: [DTMFChange] = []
    leg.keys.received(
      event, timestamp: timestamp, isMarked: header.marker, ssrc: header.ssrc, now: now, into: &changes)
    press(changes, on: leg, now: now, into: &sink)
  }

  private mutating func receivedRTCP(
    _ packet: Span<UInt8>, _ remote: SocketAddress, _ leg: CouncilLeg, _ now: Instant, _ sink: inout CouncilSink
  ) {
    guard (try? RTCPReader(packet, allowing: .compound)) != nil else { return }
    switch leg.source.judgeControl(from: remote, now: now) {
    case .accept: break
    case .wait: return
    case .stranger: return count(stranger: leg)
    }
    leg.lastHeard = now
    rtcpEvents.removeAll(keepingCapacity: true)
    try? leg.session.receivedRTCP(packet, from: remote, now: now, into: &rtcpEvents)
    for event in rtcpEvents {
      switch event {
      case .receptionReport(_, let report, let roundTrip):
        leg.statistics.reportedLost = Int64(report.cumulativeLost)
        if let roundTrip { leg.statistics.roundTrip = roundTrip }
      case .collision: collide(leg, now, &sink)
      case .senderReport, .named, .left, .other: break
      }
    }
  }

  private mutating func count(stranger leg: CouncilLeg) {
    leg.statistics.strangers &+= 1
    counted.strangers &+= 1
  }

  /// A participant uses our source (RFC 3550 §8.2): ours becomes another.
  private mutating func collide(_ leg: CouncilLeg, _ now: Instant, _ sink: inout CouncilSink) {
    let ssrc = UInt32(truncatingIfNeeded: random.next())
    sendControl(of: leg, into: &sink) { session, writer in
      session.changeSource(to: ssrc, now: now, writer: &writer)
    }
    guard leg.session.ssrc == ssrc else { return }
    leg.change(ssrc: ssrc)
    if let member = leg.member { leg.room?.conference.change(member, to: leg.sending) }
    applyMute(leg)
  }

  // MARK: Ticks

  mutating func tick(now: Instant, into sink: inout CouncilSink) {
    while true {
      switch ticks.advance(now: now) {
      case .none: return
      case .skip(let count):
        counted.skippedTicks &+= UInt64(count)
        for room in rooms.values {
          for leg in room.legs { leg.member.map { room.conference.pass($0, ticks: count) } }
        }
      case .tick(let due):
        for room in rooms.values {
          room.conference.tick(now: due)
          for leg in room.legs where leg.member != nil { send(to: leg, in: room, now: now, into: &sink) }
        }
      }
    }
  }

  private mutating func send(to leg: CouncilLeg, in room: CouncilRoom, now: Instant, into sink: inout CouncilSink) {
    guard let member = leg.member else { return }
    if leg.encoding != nil, let destination = leg.source.destination {
      let entry = sink.packets.append(
        for: leg.place, .media, to: destination, maxBytes: Conference.maxPacketBytes
      ) { packet in room.conference.writePacket(for: member, into: &packet) }
      if let entry, let header = try? RTPHeader(sink.packets.bytes(of: entry)) {
        leg.statistics.packetsSent &+= 1
        counted.packetsSent &+= 1
        leg.session.sentRTP(timestamp: header.timestamp, payloadBytes: header.payload.count, now: now)
      }
    } else {
      room.conference.pass(member)
    }
    if let deadline = leg.session.nextDeadline, deadline <= now {
      let civil = civil(at: now)
      let random = random.next()
      sendControl(of: leg, into: &sink) { session, writer in
        session.advance(now: now, wallClock: civil, random: random, writer: &writer)
      }
    }
    expireKeys(of: leg, now: now, into: &sink)
  }

  private mutating func expireKeys(of leg: CouncilLeg, now: Instant, into sink: inout CouncilSink) {
    guard let deadline = leg.keys.nextDeadline, deadline <= now else { return }
    var changes: [DTMFChange] = []
    leg.keys.advance(now: now, into: &changes)
  }

  /// The last report of a participant's session (RFC 3550 §6.6).
  mutating func sayGoodbye(_ leg: CouncilLeg, now: Instant, into sink: inout CouncilSink) {
    let civil = civil(at: now)
    let random = random.next()
    sendControl(of: leg, into: &sink) { session, writer in
      session.leave(now: now, wallClock: civil, random: random, writer: &writer)
    }
  }

  private func sendControl(
    of leg: CouncilLeg, into sink: inout CouncilSink,
    _ write: (inout RTP.RTPSession, inout ByteWriter) -> RTPSessionAction
  ) {
    var writer = ByteWriter()
    switch write(&leg.session, &writer) {
    case .none: break
    case .send, .sendLast:
      guard let destination = leg.source.controlDestination else { return }
      sink.packets.append(writer.bytes, for: leg.place, .control, to: destination)
    }
  }
}
