import Codecs
import RTP
import Wire

extension JitterBuffer {
  /// Takes a packet of the stream.
  ///
  /// - Parameter now: when it came.
  /// - Returns: what became of it. A telephone-event is for the caller to read.
  @discardableResult
  public mutating func insert(_ packet: borrowing RTPPacketView, now: Instant) -> JitterOutcome {
    insert(RTPPacketFields(packet.header), payload: packet.payload, now: now)
  }

  /// Takes a packet of the stream by its header's fields and its payload.
  @discardableResult
  public mutating func insert(_ fields: RTPPacketFields, payload: Span<UInt8>, now: Instant) -> JitterOutcome {
    guard let meaning = configuration.payloadMeanings[fields.payloadType], canPlay(meaning) else {
      return .unknownPayloadType
    }
    statistics.received += 1
    let isEvent = meaning == .telephoneEvent
    guard isEvent || (payload.count > 0 && payload.count <= configuration.limits.maxPayloadBytes) else { return .unfit }
    let time = now.nanoseconds
    guard let ssrc else {
      // An event's timestamp is that of its beginning, which says nothing of delays.
      if !isEvent { start(fields, meaning, payload, time) }
      return isEvent ? .telephoneEvent : .queued
    }
    let sequence = nextSequence &+ Int64(Int16(truncatingIfNeeded: Int64(fields.sequenceNumber) &- nextSequence))
    let position = lastPosition &+ Int64(Int32(truncatingIfNeeded: Int64(fields.timestamp) &- lastPosition))
    let transit = time &- position &* JitterBuffer.tick
    guard ssrc == fields.ssrc, belongs(sequence, isEvent ? estimator.base : transit) else {
      return isEvent ? .telephoneEvent : suspected(fields, meaning, payload, time)
    }
    suspect = nil
    if sequence < nextSequence {
      guard history.isFirst(age: nextSequence - sequence) else {
        statistics.duplicates += 1
        return .duplicate
      }
      statistics.late += 1
      if isEvent { return .telephoneEvent }
      estimator.received(transit: transit, now: time)
      return .late
    }
    makeRoom(for: sequence)
    guard !ring.contains(sequence) else {
      statistics.duplicates += 1
      return .duplicate
    }
    if !isEvent {
      estimator.received(transit: transit, now: time)
      lastPosition = position
    }
    put(fields, meaning, payload, sequence, position)
    return isEvent ? .telephoneEvent : .queued
  }

  private func canPlay(_ meaning: PayloadMeaning) -> Bool {
    guard configuration.isWideband, case .audio(let encoding) = meaning else { return true }
    return encoding == .g722
  }

  private func belongs(_ sequence: Int64, _ transit: Int64) -> Bool {
    let later = transit &- estimator.base
    // What comes next and is so late that it will not be played: either all before it comes late as well, or the way or
    // the other clock is not what it was, and so are those that follow.
    if sequence >= nextSequence, later > worstDelay { return false }
    return abs(sequence - nextSequence) <= configuration.limits.maxSequenceStep
      && later.magnitude <= configuration.limits.maxTransitStep.saturatingNanoseconds.magnitude
  }

  /// A first packet is not believed: one that strayed in must not end a stream. The second in a row is.
  private mutating func suspected(
    _ fields: RTPPacketFields, _ meaning: PayloadMeaning, _ payload: Span<UInt8>, _ time: Int64
  ) -> JitterOutcome {
    if let suspect, suspect.ssrc == fields.ssrc, suspect.nextSequence == fields.sequenceNumber {
      let ticks = Int64(Int32(bitPattern: fields.timestamp &- suspect.timestamp))
      let step = time &- suspect.arrival &- ticks &* JitterBuffer.tick
      if step.magnitude <= configuration.limits.maxTransitStep.saturatingNanoseconds.magnitude {
        statistics.restarts += 1
        start(fields, meaning, payload, time)
        return .restarted
      }
    }
    suspect = Suspect(
      ssrc: fields.ssrc, nextSequence: fields.sequenceNumber &+ 1, timestamp: fields.timestamp, arrival: time)
    statistics.suspects += 1
    return .suspect
  }

  /// Begins with a packet; what waited of another stream is gone.
  private mutating func start(
    _ fields: RTPPacketFields, _ meaning: PayloadMeaning, _ payload: Span<UInt8>, _ time: Int64
  ) {
    statistics.discarded += ring.count
    ring.removeAll()
    queue.removeAll()
    history = ReceivedHistory()
    g722 = G722Decoder()
    suspect = nil
    mode = .starting
    ssrc = fields.ssrc
    // Far from zero, so that what was sent before and comes after is not below it.
    nextSequence = Int64(fields.sequenceNumber) + 1 << 32
    lastPosition = Int64(fields.timestamp) + 1 << 33
    position = lastPosition
    estimator.restart(
      transit: time &- lastPosition &* JitterBuffer.tick, now: time,
      supposed: configuration.limits.initialDelay.saturatingNanoseconds &- frameTime)
    put(fields, meaning, payload, nextSequence, lastPosition)
  }

  /// The ring holds the sequence numbers of one window: it moves up, and what falls out is gone.
  private mutating func makeRoom(for sequence: Int64) {
    let start = sequence - Int64(JitterLimits.maxPackets) + 1
    guard start > nextSequence else { return }
    while let first = ring.first(from: nextSequence), first < start {
      statistics.discarded += 1
      pass(first)
    }
    if nextSequence < start {
      history.passed(missing: start - nextSequence - 1, then: false)
      statistics.lost += Int(start - nextSequence)
      nextSequence = start
    }
  }

  private mutating func put(
    _ fields: RTPPacketFields, _ meaning: PayloadMeaning, _ payload: Span<UInt8>, _ sequence: Int64, _ position: Int64
  ) {
    let isEvent = meaning == .telephoneEvent
    let packet = PacketRing.Packet(
      meaning: meaning, position: position, byteCount: 0, hasMarker: fields.marker)
    ring.insert(packet, payload.extracting(0..<(isEvent ? 0 : payload.count)), at: sequence)
  }

  /// The packet of this number, which is the first there is, is taken out of the ring; those before it are lost.
  mutating func pass(_ sequence: Int64) {
    let missing = sequence - nextSequence
    ring.remove(sequence)
    history.passed(missing: missing, then: true)
    statistics.lost += Int(missing)
    nextSequence = sequence + 1
  }
}
