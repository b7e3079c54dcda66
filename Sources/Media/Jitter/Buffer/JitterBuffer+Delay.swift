import Wire

/// How the delay is kept where it is aimed.
extension JitterBuffer {
  /// Ticks of the longest and the shortest period that is taken out or put in: 66 and 250 Hz.
  static let longestPeriod = 120
  static let shortestPeriod = 32

  /// How far the delay may be from the one aimed at: no period leads from beyond one border beyond the other. In silence
  /// it is set right where it is further off than the least that is changed.
  private static let tooLong: Int64 = 15_000_000
  private static let tooShort: Int64 = 2_000_000
  private static let tooLongInSilence: Int64 = 5_000_000
  /// Beyond this it matters more that it changes than how it sounds.
  private static let farTooLong: Int64 = 60_000_000
  private static let farTooShort: Int64 = 30_000_000

  /// After an outage everything comes at once: what nobody would wait for is thrown away, up to where the delay is as it
  /// should be.
  mutating func discardWhatIsFarTooLate(_ time: Int64) {
    guard let head = headPosition, delay(of: head, at: time) > worstDelay else { return }
    queue.removeAll()
    while let first = ring.first(from: nextSequence) {
      let packet = ring.packet(first)
      // Events have the timestamps of their beginnings.
      guard packet.meaning == .telephoneEvent || delay(of: packet.position, at: time) > target else { break }
      if packet.meaning != .telephoneEvent { statistics.discarded += 1 }
      pass(first)
    }
    mode = .starting
    filled = 0
  }

  /// The position of the next sample there is.
  private var headPosition: Int64? {
    if queue.count > 0 { return position &- Int64(queue.count / samplesPerTick) }
    guard let first = ring.first(from: nextSequence) else { return nil }
    let packet = ring.packet(first)
    return packet.meaning == .telephoneEvent ? nil : packet.position
  }

  /// Takes a period out or puts one in where the delay is not the one aimed at.
  mutating func adjustDelay(_ time: Int64) {
    guard case .playing = mode, filled == 0, time >= nextScaling else { return }
    let now = delay(of: position &- Int64(queue.count / samplesPerTick), at: time)
    let excess = now &- target
    if excess > JitterBuffer.tooLongInSilence {
      shorten(excess, time)
    } else if excess < -JitterBuffer.tooShort {
      lengthen(0 &- excess, time)
    }
  }

  private mutating func shorten(_ excess: Int64, _ time: Int64) {
    let isFar = excess > JitterBuffer.farTooLong
    guard decodeAhead(2 * JitterBuffer.longestPeriod * samplesPerTick) else { return }
    guard let period = findPeriod(excess, onlyQuiet: excess <= JitterBuffer.tooLong),
      period.likeness >= (isFar ? 0.4 : 0.8)
    else {
      nextScaling = time &+ 40_000_000
      return
    }
    queue.removePeriod(period.count)
    statistics.removedSamples += period.count
    nextScaling = time &+ (isFar || period.isQuiet ? 20_000_000 : 100_000_000)
  }

  private mutating func lengthen(_ lack: Int64, _ time: Int64) {
    _ = decodeAhead(2 * JitterBuffer.longestPeriod * samplesPerTick)
    guard let period = findPeriod(lack, onlyQuiet: false),
      period.likeness >= (lack > JitterBuffer.farTooShort ? 0.4 : 0.8)
    else {
      nextScaling = time &+ 20_000_000
      return
    }
    queue.insertPeriod(period.count)
    statistics.insertedSamples += period.count
    nextScaling = time &+ 40_000_000
  }

  /// A stretch to change the delay by; in silence by what is wanted, else by a pitch period.
  private func findPeriod(_ wanted: Int64, onlyQuiet: Bool) -> PeriodSearch.Period? {
    PeriodSearch.period(
      of: queue.span, wanted: Int(clamping: wanted / JitterBuffer.tick) * samplesPerTick,
      shortest: JitterBuffer.shortestPeriod * samplesPerTick, longest: JitterBuffer.longestPeriod * samplesPerTick,
      onlyQuiet: onlyQuiet)
  }

  /// Decodes what follows without a gap until there are so many samples; whether there are.
  private mutating func decodeAhead(_ count: Int) -> Bool {
    while queue.count < count {
      guard ring.contains(nextSequence) else { return false }
      let packet = ring.packet(nextSequence)
      guard case .audio = packet.meaning, packet.position == position,
        queue.room >= (packet.byteCount + JitterBuffer.longestPeriod) * samplesPerTick
      else { return false }
      play(nextSequence)
    }
    return true
  }
}
