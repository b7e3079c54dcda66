/// Fills gaps in a stream of 8 kHz samples in the manner of ITU-T G.711 Appendix I: the last pitch period of what was heard
/// is repeated, longer stretches of it as the gap grows, fading out from 10 ms to silence at 60 ms, and blended into the
/// speech on both sides.
///
/// One for each stream. It delays the signal by nothing: the appendix's 3.75 ms are saved by blending at the start of the
/// gap with the repeated signal only.
public struct PacketLossConcealment: Sendable {
  /// Samples of history: three of the longest pitch periods (I.2.2).
  private static let historyCount = 390
  /// The longest and the shortest pitch period: 66 Hz and 200 Hz.
  private static let longestPitch = 120
  private static let shortestPitch = 40
  /// What the correlation is computed over, 20 ms.
  private static let window = 160
  /// Samples of 10 ms, after which the repeated stretch grows and the fading begins.
  private static let step = 80
  /// Samples after which there is silence.
  private static let longest = 480

  private var history = [Int16](repeating: 0, count: PacketLossConcealment.historyCount)
  /// Samples concealed so far in this gap; 0 outside of one.
  private var concealed = 0
  private var pitch = 0
  /// The stretch that is repeated: the end of the history at the beginning of the gap.
  private var stretch: [Int16] = []
  private var position = 0

  /// Concealment that has heard nothing.
  public init() {}

  /// Whether the newest samples were invented.
  public var isConcealing: Bool { concealed > 0 }

  /// Samples have come: at the end of a gap their beginning is blended with what was being invented.
  public mutating func received(_ samples: inout MutableSpan<Int16>) {
    if concealed > 0 {
      // 4 ms more for each 10 ms of the gap, 10 ms at the most (I.2.7).
      let overlap = min(samples.count, min(PacketLossConcealment.step, pitch / 4 + 32 * (concealed / 80)))
      for index in 0..<overlap {
        let invented = Float(next())
        let weight = Float(index + 1) / Float(overlap + 1)
        samples[index] = Int16(Float(samples[index]) * weight + invented * (1 - weight))
      }
      concealed = 0
    }
    remember(samples.span)
  }

  /// Nothing has come: invents samples.
  public mutating func conceal(into samples: inout MutableSpan<Int16>) {
    if concealed == 0 { begin() }
    for index in samples.indices {
      samples[index] = next()
    }
    remember(samples.span)
  }

  private mutating func remember(_ samples: Span<Int16>) {
    let count = PacketLossConcealment.historyCount
    let kept = min(samples.count, count)
    for index in 0..<(count - kept) { history[index] = history[index + kept] }
    for index in 0..<kept { history[count - kept + index] = samples[samples.count - kept + index] }
  }

  /// Finds the pitch and takes the first stretch.
  private mutating func begin() {
    pitch = findPitch()
    stretch = history
    take(periods: 1)
  }

  private mutating func take(periods: Int) {
    length = min(pitch * periods, PacketLossConcealment.historyCount)
    position = position % max(pitch, 1)
  }

  private var length = 0

  private mutating func next() -> Int16 {
    defer { concealed += 1 }
    guard concealed < PacketLossConcealment.longest, length > 0 else { return 0 }
    // A second and a third period after 10 and 20 ms, so that it does not buzz (I.2.5).
    if concealed == PacketLossConcealment.step { take(periods: 2) }
    if concealed == 2 * PacketLossConcealment.step { take(periods: 3) }
    let start = stretch.count - length
    var value = Float(stretch[start + position])
    // The seam of each repetition: its last quarter is blended with what stood before its beginning.
    let seam = pitch / 4
    let left = length - position
    if seam > 0, left <= seam, start >= left {
      let weight = Float(left) / Float(seam + 1)
      value = value * weight + Float(stretch[start - left]) * (1 - weight)
    }
    position = (position + 1) % length
    return Int16(value * gain)
  }

  /// 20 % less every 10 ms after the first (I.2.6).
  private var gain: Float {
    let faded = Float(max(concealed - PacketLossConcealment.step, 0)) / Float(PacketLossConcealment.step)
    return max(0, 1 - 0.2 * faded)
  }

  /// The lag with the largest normalised cross-correlation: every second first, then its neighbours (I.2.3).
  private func findPitch() -> Int {
    var best = (lag: PacketLossConcealment.longestPitch, value: -Float.infinity)
    for lag in stride(from: PacketLossConcealment.shortestPitch, through: PacketLossConcealment.longestPitch, by: 2) {
      let value = correlation(lag)
      if value > best.value { best = (lag, value) }
    }
    for lag in [best.lag - 1, best.lag + 1]
    where lag >= PacketLossConcealment.shortestPitch && lag <= PacketLossConcealment.longestPitch {
      let value = correlation(lag)
      if value > best.value { best = (lag, value) }
    }
    return best.lag
  }

  private func correlation(_ lag: Int) -> Float {
    let first = PacketLossConcealment.historyCount - PacketLossConcealment.window
    var (product, energy) = (Float(0), Float(0))
    for index in first..<PacketLossConcealment.historyCount {
      let past = Float(history[index - lag])
      product += Float(history[index]) * past
      energy += past * past
    }
    return product / max(energy, 1).squareRoot()
  }
}
