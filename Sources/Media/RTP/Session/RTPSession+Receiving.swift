import Wire

extension RTPSession {
  /// An RTP packet has come, in the clear or after SRTP has let it through.
  public mutating func receivedRTP(_ header: RTPHeader, from address: SocketAddress, now: Instant) -> RTPReception {
    if header.ssrc == ssrc { return receivedOurs(from: address, now: now) ? .collision : .dropped(.loop) }
    guard let place = table.place(of: header.ssrc) ?? table.insert(header.ssrc, now: now) else {
      return .dropped(.tooManySources)
    }
    let follows = configuration.addressPolicy == .latest
    let clockRate = configuration.clockRate
    let limits = configuration.sequence
    let (reception, isNew) = table.update(place) { source -> (RTPReception, Bool) in
      if source.hasLeft { return (.dropped(.left), false) }
      if let known = source.dataAddress, known != address, !follows { return (.dropped(.foreignAddress), false) }
      // RTCP may come from another port, but not from another host.
      if source.dataAddress == nil, let control = source.controlAddress, control.ip != address.ip, !follows {
        return (.dropped(.foreignAddress), false)
      }
      let wasMember = source.isMember
      source.dataAddress = address
      source.lastHeard = now
      source.lastData = now
      source.hasNews = true
      var statistics =
        source.statistics ?? ReceptionStatistics(first: header.sequenceNumber, clockRate: clockRate, limits: limits)
      let outcome = statistics.received(header.sequenceNumber, timestamp: header.timestamp, now: now)
      source.statistics = statistics
      return (RTPReception(outcome), wasMember != source.isMember)
    }
    if reception == .dropped(.foreignAddress) { foreignPackets &+= 1 }
    if isNew { recount(because: .other, now: now) }
    return reception
  }

  /// A packet with our own identifier (§8.2): true for a collision, false for a loop.
  mutating func receivedOurs(from address: SocketAddress, now: Instant) -> Bool {
    if conflicts.touch(address, now: now) {
      loopedPackets &+= 1
      return false
    }
    conflicts.insert(address, now: now)
    return true
  }

  /// RTCP has come, in the clear or after SRTCP has let it through. What it tells is appended to `events`.
  public mutating func receivedRTCP(
    _ datagram: Span<UInt8>, from address: SocketAddress, now: Instant, into events: inout [RTPSessionEvent]
  ) throws(RTCPParseError) {
    let compound = try RTCPCompound(parsing: datagram, allowing: configuration.form)
    var hasGoodbye = false
    for packet in compound.packets {
      switch packet {
      case .senderReport(let report):
        guard let place = heard(report.ssrc, from: address, now: now, into: &events) else { continue }
        table.update(place) { $0.lastSR = (report.ntpTimestamp.middle, now) }
        events.append(.senderReport(report))
        note(report.reports, from: report.ssrc, now: now, into: &events)
      case .receiverReport(let report):
        guard heard(report.ssrc, from: address, now: now, into: &events) != nil else { continue }
        note(report.reports, from: report.ssrc, now: now, into: &events)
      case .sourceDescription(let description): note(description, from: address, now: now, into: &events)
      case .goodbye(let goodbye):
        hasGoodbye = true
        note(goodbye, from: address, now: now, into: &events)
      case .application, .transportFeedback, .payloadFeedback, .unknown: events.append(.other(packet))
      }
    }
    scheduler.received(byteCount: datagram.count + configuration.overheadBytes, hasGoodbye: hasGoodbye)
    recount(because: .other, now: now)
  }

  /// A control packet of this source: its place, or nil when the packet is not to be believed.
  private mutating func heard(
    _ source: UInt32, from address: SocketAddress, now: Instant, into events: inout [RTPSessionEvent]
  ) -> Int? {
    if source == ssrc {
      if receivedOurs(from: address, now: now) { events.append(.collision) }
      return nil
    }
    guard let place = table.place(of: source) ?? table.insert(source, now: now) else { return nil }
    let follows = configuration.addressPolicy == .latest
    guard !table.sources[place].hasLeft else { return nil }
    let isGenuine = table.update(place) { source -> Bool in
      if let known = source.controlAddress, known != address, !follows { return false }
      if source.controlAddress == nil, let data = source.dataAddress, data.ip != address.ip, !follows { return false }
      source.controlAddress = address
      source.lastHeard = now
      return true
    }
    if !isGenuine { foreignPackets &+= 1 }
    return isGenuine ? place : nil
  }

  private mutating func note(
    _ reports: [ReceptionReport], from source: UInt32, now: Instant, into events: inout [RTPSessionEvent]
  ) {
    for report in reports where report.ssrc == ssrc {
      events.append(.receptionReport(from: source, report, roundTrip: sender.roundTrip(report, now: now)))
    }
  }

  private mutating func note(
    _ description: SourceDescription, from address: SocketAddress, now: Instant, into events: inout [RTPSessionEvent]
  ) {
    for chunk in description.chunks {
      guard let cname = chunk.text(of: .cname) else { continue }
      // Our own name with our own identifier is our own packet, come back.
      if chunk.ssrc == ssrc, cname == configuration.cname {
        loopedPackets &+= 1
        continue
      }
      guard let place = heard(chunk.ssrc, from: address, now: now, into: &events) else { continue }
      let isFirst = table.update(place) { source -> Bool in
        guard source.cname == nil else { return false }
        source.cname = cname
        return true
      }
      if isFirst { events.append(.named(chunk.ssrc, cname: cname)) }
    }
  }

  private mutating func note(
    _ goodbye: Goodbye, from address: SocketAddress, now: Instant, into events: inout [RTPSessionEvent]
  ) {
    for source in goodbye.sources {
      // Of strangers nobody takes leave, and a BYE from another address than the source's own is not believed.
      guard source == ssrc || table.place(of: source) != nil else { continue }
      guard let place = heard(source, from: address, now: now, into: &events) else { continue }
      table.update(place) { $0.hasLeft = true }
      events.append(.left(source, reason: goodbye.reason))
      recount(because: .goodbye, now: now)
    }
  }
}

extension RTPReception {
  init(_ outcome: SequenceOutcome) {
    switch outcome {
    case .probation: self = .probation
    case .inOrder(let number): self = .accepted(number)
    case .misordered(let number): self = .late(number)
    case .restarted(let number): self = .restarted(number)
    case .jump: self = .dropped(.jump)
    }
  }
}
