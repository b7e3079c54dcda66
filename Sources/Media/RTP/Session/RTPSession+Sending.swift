import Wire

/// What the owner of a session has to do.
public enum RTPSessionAction: Sendable, Hashable {
  case none
  /// Send what was written as one datagram.
  case send
  /// Send what was written as one datagram; nothing comes behind it.
  case sendLast
}

extension RTPSession {
  /// An RTP packet of ours has been sent; `payloadBytes` is without header and padding.
  public mutating func sentRTP(timestamp: UInt32, payloadBytes: Int, now: Instant) {
    let began = sender.lastSentAt == nil
    sender.packetCount &+= 1
    sender.octetCount &+= UInt32(truncatingIfNeeded: payloadBytes)
    sender.lastTimestamp = timestamp
    sender.lastSentAt = now
    sender.hasSpoken = true
    if began { recount(because: .other, now: now) }
  }

  /// Does what is due: forgets who fell silent (§6.3.5), and writes a report when its time has come (§6.3.6).
  ///
  /// - Parameters:
  ///   - wallClock: civil time for the sender report.
  ///   - random: drawn anew for every call.
  ///   - writer: empty; a compound packet is appended.
  public mutating func advance(
    now: Instant, wallClock: UTCTimestamp, random: UInt64, writer: inout ByteWriter
  ) -> RTPSessionAction {
    guard let deadline = scheduler.nextDeadline, deadline <= now else { return .none }
    forgetSilent(now: now)
    switch scheduler.advance(now: now, random: random) {
    case .none: return .none
    case .sendReport:
      guard (try? writeReport(now: now, wallClock: wallClock, to: &writer)) != nil else { return .none }
      sender.hasSpoken = true
      scheduler.reportSent(
        byteCount: writer.count + configuration.overheadBytes, now: now, random: Self.another(random))
      return .send
    case .sendGoodbye: return writeGoodbye(now: now, wallClock: wallClock, to: &writer)
    }
  }

  /// We leave. Who has sent nothing goes without a word (§6.3.7); where there are many, the BYE waits for its turn in
  /// ``advance(now:wallClock:random:writer:)``.
  public mutating func leave(
    reason: [UInt8]? = nil, now: Instant, wallClock: UTCTimestamp, random: UInt64, writer: inout ByteWriter
  ) -> RTPSessionAction {
    goodbyeReason = reason.map { Array($0.prefix(RTPLimits.maxTextBytes)) }
    // RR, name and BYE, near enough for an average.
    let bytes = 32 + configuration.cname.count + (goodbyeReason?.count ?? 0) + configuration.overheadBytes
    guard scheduler.leave(byteCount: bytes, now: now, random: random) == .sendGoodbye else { return .none }
    return writeGoodbye(now: now, wallClock: wallClock, to: &writer)
  }

  /// After a collision (§8.2): writes a BYE for the old identifier and goes on with the new one, whose counts begin anew.
  public mutating func changeSource(to newSSRC: UInt32, now: Instant, writer: inout ByteWriter) -> RTPSessionAction {
    guard newSSRC != ssrc, table.place(of: newSSRC) == nil else { return .none }
    let old = ssrc
    let hadSpoken = sender.hasSpoken
    ssrc = newSSRC
    sender = SenderState()
    guard hadSpoken else { return .none }
    do throws(WireError) {
      try ReceiverReport(ssrc: old).write(to: &writer)
      try SourceDescription(ssrc: old, cname: configuration.cname).write(to: &writer)
      try Goodbye([old]).write(to: &writer)
    } catch {
      return .none
    }
    return .send
  }

  private mutating func writeGoodbye(
    now: Instant, wallClock: UTCTimestamp, to writer: inout ByteWriter
  ) -> RTPSessionAction {
    guard sender.hasSpoken else { return .none }
    do throws(WireError) {
      try writeReport(now: now, wallClock: wallClock, to: &writer)
      try Goodbye([ssrc], reason: goodbyeReason).write(to: &writer)
    } catch {
      return .none
    }
    return .sendLast
  }

  /// SR when we have sent lately, else RR (§6.4), with a block for each source heard since the last report, in turn when
  /// they are more than 31; and our name (§6.1).
  private mutating func writeReport(
    now: Instant, wallClock: UTCTimestamp, to writer: inout ByteWriter
  ) throws(WireError) {
    let reports = reports(now: now)
    let since = now - (scheduler.deterministicInterval.map { $0 * 2 } ?? .seconds(10))
    if let lastSentAt = sender.lastSentAt, lastSentAt > since {
      let ntp = NTPTimestamp(wallClock)
      // Where the media's clock stands now, and not at the last packet (§6.4.1).
      let elapsed = now.units(of: configuration.clockRate) &- lastSentAt.units(of: configuration.clockRate)
      try SenderReport(
        ssrc: ssrc, ntpTimestamp: ntp, rtpTimestamp: sender.lastTimestamp &+ elapsed,
        packetCount: sender.packetCount, octetCount: sender.octetCount, reports: reports
      ).write(to: &writer)
      sender.noteReport(ntp.middle, now: now)
    } else {
      try ReceiverReport(ssrc: ssrc, reports: reports).write(to: &writer)
    }
    try SourceDescription(ssrc: ssrc, cname: configuration.cname).write(to: &writer)
  }

  private mutating func reports(now: Instant) -> [ReceptionReport] {
    var reports: [ReceptionReport] = []
    let count = table.sources.count
    let start = nextReported
    for step in 0..<count {
      let place = (start + step) % count
      guard reports.count < RTPLimits.maxRTCPCount else {
        nextReported = place
        break
      }
      let report = table.update(place) { source -> ReceptionReport? in
        guard source.hasNews, !source.hasLeft, source.statistics?.sequence.isValid == true else { return nil }
        source.hasNews = false
        let lastSR = source.lastSR
        let ssrc = source.ssrc
        return source.statistics?.report(on: ssrc, lastSR: lastSR, now: now)
      }
      if let report { reports.append(report) }
    }
    return reports
  }

  /// Five intervals without a word, and a source is forgotten (§6.3.5); ten, and so is an address of a conflict (§8.2).
  private mutating func forgetSilent(now: Instant) {
    guard let interval = scheduler.deterministicInterval else { return }
    let horizon = now - interval * 5
    table.removeAll { $0.lastHeard < horizon }
    conflicts.forget(before: now - interval * 10)
    recount(because: .other, now: now)
  }

  /// A second number out of one.
  private static func another(_ random: UInt64) -> UInt64 {
    var generator = SplitMix64(seed: random)
    return generator.next()
  }
}
