/// Fills gaps in a stream of samples in the manner of ITU-T G.711 Appendix I: the last pitch period of what was heard is
/// repeated, longer stretches of it as the gap grows, fading out from 10 ms to silence at 60 ms, and blended into the
/// speech on both sides.
///
/// One for each stream. It delays the signal by nothing: the appendix's 3.75 ms are saved by blending at the start of the
/// gap with the repeated signal only. Nothing is allocated after `init`.
public struct PacketLossConcealment: Sendable {
  /// What the appendix's counts, which are of 8 kHz, are multiplied with: 1 or 2.
  private let scale: Int
  /// Samples of history: three of the longest pitch periods (I.2.2).
  private var historyCount: Int { 390 * scale }
  /// The longest and the shortest pitch period: 66 Hz and 200 Hz.
  private var longestPitch: Int { 120 * scale }
  private var shortestPitch: Int { 40 * scale }
  /// What the correlation is computed over, 20 ms.
  private var window: Int { 160 * scale }
  /// Samples of 10 ms, after which the repeated stretch grows and the fading begins.
  private var step: Int { 80 * scale }
  /// Samples after which there is silence.
  private var longest: Int { 480 * scale }

  /// What was heard: the history is the `historyCount` samples before `end`. It is moved down only when the end of the
  /// array is reached, not with every frame.
  private var heard: [Int16]
  private var end: Int
  /// Samples concealed so far in this gap; 0 outside of one.
  private var concealed = 0
  private var pitch = 0
  /// The history at the beginning of the gap; `length` samples at its end are repeated.
  private var stretch: [Int16]
  private var length = 0
  private var position = 0

  /// Concealment that has heard nothing, for samples at 8,000 a second or, with `isWideband`, 16,000.
  public init(isWideband: Bool = false) {
    scale = isWideband ? 2 : 1
    let count = 390 * scale
    heard = [Int16](repeating: 0, count: 4 * count)
    stretch = [Int16](repeating: 0, count: count)
    end = count
  }

  /// Whether the newest samples were invented.
  public var isConcealing: Bool { concealed > 0 }

  /// Whether the gap has become so long that nothing but silence is made.
  public var isSilent: Bool { concealed >= longest }

  /// Samples have come: at the end of a gap their beginning is blended with what was being invented.
  public mutating func received(_ samples: inout MutableSpan<Int16>) {
    blend(&samples)
    remember(samples.span)
  }

  /// The first half of ``received(_:)``, for those who play the samples later: ends the gap, if there is one, by blending
  /// the beginning of the samples behind it.
  public mutating func blend(_ samples: inout MutableSpan<Int16>) {
    guard concealed > 0 else { return }
    defer { concealed = 0 }
    guard length > 0 else { return }
    // 4 ms more for each 10 ms of the gap, 10 ms at the most (I.2.7); out of silence, so little that nothing clicks.
    let longest = isSilent ? step / 4 : min(step, pitch / 4 + 32 * scale * (concealed / step))
    let overlap = min(samples.count, longest)
    for index in 0..<overlap {
      let invented = Float(next())
      let weight = Float(index + 1) / Float(overlap + 1)
      samples[index] = Int16(Float(samples[index]) * weight + invented * (1 - weight))
    }
  }

  /// The second half: these are the samples that are played now.
  public mutating func remember(_ samples: Span<Int16>) {
    let kept = min(samples.count, historyCount)
    if end + kept > heard.count {
      let start = end - historyCount
      for index in 0..<historyCount { heard[index] = heard[start + index] }
      end = historyCount
    }
    let (from, to) = (samples.count - kept, end)
    var target = heard.mutableSpan
    for index in 0..<kept { target[to + index] = samples[from + index] }
    end += kept
  }

  /// Nothing has come: invents samples.
  public mutating func conceal(into samples: inout MutableSpan<Int16>) {
    guard samples.count > 0 else { return }
    if concealed == 0 { begin() }
    for index in samples.indices { samples[index] = next() }
    remember(samples.span)
  }

  /// Finds the pitch and takes the first stretch.
  private mutating func begin() {
    let start = end - historyCount
    guard (start..<end).contains(where: { heard[$0] != 0 }) else {
      // Silence goes on as silence.
      length = 0
      concealed = longest
      return
    }
    pitch = findPitch()
    for index in 0..<historyCount { stretch[index] = heard[start + index] }
    take(periods: 1)
  }

  private mutating func take(periods: Int) {
    length = min(pitch * periods, historyCount)
    position = position % max(pitch, 1)
  }

  private mutating func next() -> Int16 {
    // Beyond the end of the fading the count stands still: a gap may be of any length.
    guard concealed < longest, length > 0 else { return 0 }
    defer { concealed += 1 }
    // A second and a third period after 10 and 20 ms, so that it does not buzz (I.2.5).
    if concealed == step { take(periods: 2) }
    if concealed == 2 * step { take(periods: 3) }
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
    let faded = Float(max(concealed - step, 0)) / Float(step)
    return max(0, 1 - 0.2 * faded)
  }

  /// The lag with the largest normalised cross-correlation: every second first, then its neighbours (I.2.3).
  private func findPitch() -> Int {
    var best = (lag: longestPitch, value: -Float.infinity)
    for lag in stride(from: shortestPitch, through: longestPitch, by: 2) {
      let value = correlation(lag)
      if value > best.value { best = (lag, value) }
    }
    for lag in [best.lag - 1, best.lag + 1] where lag >= shortestPitch && lag <= longestPitch {
      let value = correlation(lag)
      if value > best.value { best = (lag, value) }
    }
    return best.lag
  }

  private func correlation(_ lag: Int) -> Float {
    var (product, energy) = (Float(0), Float(0))
    for index in (end - window)..<end {
      let past = Float(heard[index - lag])
      product += Float(heard[index]) * past
      energy += past * past
    }
    return product / max(energy, 1).squareRoot()
  }
}
