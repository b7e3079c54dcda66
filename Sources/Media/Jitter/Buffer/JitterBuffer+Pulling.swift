import Codecs
import Wire

extension JitterBuffer {
  /// What is to be done for the next samples of a frame.
  private enum Step {
    /// The packet of this number is played.
    case play(Int64)
    /// So many samples are invented.
    case conceal(Int)
    /// So many samples of a pause.
    case pause(Int)
  }

  /// Makes the next frame: every sample of `frame` is written.
  ///
  /// - Parameters:
  ///   - frame: 10 or 20 ms: 80, 160 or 320 samples. Other counts do, up to ``JitterLimits/maxPulledSamples``.
  ///   - now: when the frame is due: the time it should be pulled at, rather than the time it is.
  public mutating func pull(into frame: inout MutableSpan<Int16>, now: Instant) -> JitterFrame {
    let count = min(frame.count, JitterLimits.maxPulledSamples)
    for index in count..<frame.count { frame[index] = 0 }
    let time = now.nanoseconds
    frameTime = Int64(count / samplesPerTick) * JitterBuffer.tick
    discardWhatIsFarTooLate(time)
    adjustDelay(time)
    var result = JitterFrame.silence
    var done = 0
    while done < count {
      // Each part of the frame has its own time.
      let partTime = time &+ Int64(done) &* JitterBuffer.tick / Int64(samplesPerTick)
      if queue.count > 0 {
        if result.timestamp == nil { note(&result, partTime) }
        var part = frame._mutatingExtracting(done..<count)
        let read = queue.read(into: &part)
        concealment.remember(part.span.extracting(0..<read))
        statistics.speechSamples += read
        done += read
        continue
      }
      switch nextStep(partTime, wanted: count - done) {
      case .play(let sequence): play(sequence)
      case .conceal(let samples):
        var part = frame._mutatingExtracting(done..<(done + samples))
        if concealment.conceal(into: &part), result.kind == .silence { result.kind = .concealed }
        noteFilling(samples)
        done += samples
      case .pause(let samples):
        var part = frame._mutatingExtracting(done..<(done + samples))
        makePause(&part, &result)
        done += samples
      }
    }
    return result
  }

  private func note(_ result: inout JitterFrame, _ time: Int64) {
    let first = position &- Int64(queue.count / samplesPerTick)
    result.kind = .speech
    result.timestamp = UInt32(truncatingIfNeeded: first)
    result.delay = .nanoseconds(delay(of: first, at: time))
  }

  private mutating func noteFilling(_ samples: Int) {
    switch mode {
    case .playing:
      statistics.concealedSamples += samples
      filled += samples
      let longest = configuration.limits.maxUnderrun.saturatingNanoseconds
      if Int64(filled / samplesPerTick) * JitterBuffer.tick >= longest { mode = .pausing(isNoise: false) }
    case .starting, .pausing: statistics.pauseSamples += samples
    }
  }

  private mutating func makePause(_ part: inout MutableSpan<Int16>, _ result: inout JitterFrame) {
    statistics.pauseSamples += part.count
    if case .pausing(isNoise: true) = mode {
      noise.generate(into: &part)
      concealment.blend(&part)
      if result.kind == .silence { result.kind = .comfortNoise }
      concealment.remember(part.span)
    } else {
      // Fades out what was heard, and is silent from then on.
      if concealment.conceal(into: &part), result.kind == .silence { result.kind = .concealed }
    }
  }

  /// What comes next when nothing decoded is left; at most `wanted` samples of filling.
  private mutating func nextStep(_ time: Int64, wanted: Int) -> Step {
    while let sequence = ring.first(from: nextSequence) {
      let packet = ring.packet(sequence)
      guard case .audio = packet.meaning else {
        guard let step = passMark(packet, sequence, time, wanted) else { continue }
        return step
      }
      if delay(of: packet.position, at: time) > worstDelay {
        // Its timestamp lies far behind those before it.
        statistics.discarded += 1
        pass(sequence)
        continue
      }
      let gap = Int(clamping: packet.position - position)
      switch mode {
      case .starting, .pausing:
        let wait = samples(until: packet.position, time)
        return wait <= 0 ? .play(sequence) : .pause(min(wait, wanted))
      case .playing:
        let missing = gap > Int.max / 4 ? Int.max / 2 : gap * samplesPerTick
        if missing <= filled { return .play(sequence) }
        if sequence == nextSequence || packet.hasMarker {
          // Nothing was lost, or a talk spurt begins: it was a pause.
          beginPause(isNoise: false)
          continue
        }
        if filled >= JitterBuffer.shortestFilling * samplesPerTick, samples(until: packet.position, time) <= 0 {
          return .play(sequence)
        }
        return .conceal(min(missing - filled, wanted))
      }
    }
    guard case .playing = mode else { return .pause(wanted) }
    if filled == 0 { statistics.underruns += 1 }
    return .conceal(wanted)
  }

  /// Ticks that are invented before what comes after a loss may be played early: enough to blend.
  private static let shortestFilling = 40

  /// Samples until a position has waited for the delay aimed at.
  private func samples(until position: Int64, _ time: Int64) -> Int {
    let left = target &- delay(of: position, at: time)
    let sample = JitterBuffer.tick / Int64(samplesPerTick)
    return left <= 0 ? 0 : Int(min((left &+ sample &- 1) / sample, Int64(Int32.max)))
  }

  /// A packet that is no speech is at the head: passes it when its time has come (nil), or says what to do until then.
  private mutating func passMark(
    _ packet: PacketRing.Packet, _ sequence: Int64, _ time: Int64, _ wanted: Int
  ) -> Step? {
    if packet.meaning == .comfortNoise {
      if case .playing = mode {
        let gap = Int64(filled / samplesPerTick)
        // What was lost before it is concealed first.
        if sequence != nextSequence, packet.position - position > gap {
          return .conceal(min(Int(clamping: packet.position - position - gap) * samplesPerTick, wanted))
        }
      } else {
        let wait = samples(until: packet.position, time)
        if wait > 0 { return .pause(min(wait, wanted)) }
      }
      if let told = ComfortNoise(ring.payload(sequence)) { noise.update(told) }
      position = packet.position
      pass(sequence)
      beginPause(isNoise: true)
    } else {
      pass(sequence)
      // Some send keys beside their speech, not in its place.
      if let next = ring.first(from: nextSequence), case .audio = ring.packet(next).meaning,
        ring.packet(next).position == position
      {
        return nil
      }
      beginPause(isNoise: false)
    }
    return nil
  }

  /// What was invented since the last speech was no concealment.
  private mutating func beginPause(isNoise: Bool) {
    if case .playing = mode {
      statistics.concealedSamples -= filled
      statistics.pauseSamples += filled
    }
    if case .pausing(isNoise: true) = mode, !isNoise { return }
    mode = .pausing(isNoise: isNoise)
    filled = 0
  }

  /// Decodes a packet behind what is in the queue.
  mutating func play(_ sequence: Int64) {
    let packet = ring.packet(sequence)
    let count = JitterBuffer.decode(ring, sequence, packet.meaning, &g722, into: &decoded)
    JitterBuffer.append(&decoded, count, to: &queue, &concealment)
    pass(sequence)
    position = packet.position &+ Int64(packet.byteCount)
    mode = .playing
    filled = 0
  }

  // Of parts of the buffer, not of the whole: a span of one part would keep all of it busy.

  private static func decode(
    _ ring: borrowing PacketRing, _ sequence: Int64, _ meaning: PayloadMeaning, _ g722: inout G722Decoder,
    into decoded: inout [Int16]
  ) -> Int {
    guard case .audio(let encoding) = meaning else { return 0 }
    var target = decoded.mutableSpan
    let payload = ring.payload(sequence)
    switch encoding {
    case .g711(let law): return law.decode(payload, into: &target)
    case .g722:
      // Of a narrowband buffer there is one sample for each octet, else two.
      return target.count > ring.maxPayloadBytes
        ? g722.decode(payload, into: &target) : g722.decodeNarrowband(payload, into: &target)
    }
  }

  private static func append(
    _ decoded: inout [Int16], _ count: Int, to queue: inout SampleQueue, _ concealment: inout PacketLossConcealment
  ) {
    var all = decoded.mutableSpan
    var samples = all._mutatingExtracting(0..<count)
    concealment.blend(&samples)
    queue.append(samples.span)
  }
}
