import Wire

/// Learns from the arrivals how long packets have to wait so that nearly all are there in time.
///
/// A packet's *transit* is its arrival less its timestamp: absolute it means nothing, but the smallest of the last four
/// seconds is that of the fastest packet, and what a packet has more than that is its delay. Two clocks that drift apart
/// move the smallest along: at 200 ppm by 0.8 ms in those four seconds.
///
/// The delays go into a histogram that forgets: what was beyond the estimate counts eight times as much as what was below,
/// so that the estimate grows within two or three late packets and takes some hundreds to shrink.
struct DelayEstimator: Sendable {
  /// Nanoseconds of one bar.
  static let barWidth: Int64 = 2_500_000
  /// Bars; the last stands for everything beyond, 157.5 ms.
  static let barCount = 64
  private static let windowPart: Int64 = 1_000_000_000
  private static let windowParts = 4
  /// How much one packet counts, above the estimate and below.
  private static let (growth, decay) = (Float(1) / 32, Float(1) / 256)
  /// What part of the weight may lie beyond the estimate.
  private static let tail: Float = 0.05

  /// The smallest transit of each second of the window.
  private var minima = [Int64](repeating: .max, count: DelayEstimator.windowParts)
  private var part = 0
  private var partEnd: Int64 = 0
  /// The smallest of them, in nanoseconds.
  private(set) var base: Int64 = 0
  /// What the bars are counted from; follows `base` by whole bars.
  private var barBase: Int64 = 0
  private var bars = [Float](repeating: 0, count: DelayEstimator.barCount)
  private var packets = 0
  private var estimatedBar = 0

  /// The delay that 19 in 20 of the weight stay below, in nanoseconds.
  var estimate: Int64 { Int64(estimatedBar + 1) * DelayEstimator.barWidth }

  /// Forgets everything; a delay is supposed until something is known.
  mutating func restart(transit: Int64, now: Int64, supposed: Int64) {
    for index in minima.indices { minima[index] = .max }
    minima[0] = transit
    part = 0
    partEnd = Instant(nanoseconds: now).advanced(byNanoseconds: DelayEstimator.windowPart).nanoseconds
    (base, barBase) = (transit, transit)
    for index in bars.indices { bars[index] = 0 }
    estimatedBar = min(max(Int(supposed / DelayEstimator.barWidth) - 1, 0), DelayEstimator.barCount - 1)
    bars[estimatedBar] = 1
    packets = 0
  }

  /// A packet has come; its transit is within some seconds of `base`.
  mutating func received(transit: Int64, now: Int64) {
    moveWindow(now)
    minima[part] = min(minima[part], transit)
    base = minima.reduce(Int64.max, min)
    moveBars()
    count(delay: transit &- barBase)
  }

  private mutating func moveWindow(_ now: Int64) {
    guard now >= partEnd else { return }
    let (behind, isFar) = now.subtractingReportingOverflow(partEnd)
    if isFar || behind >= Int64(DelayEstimator.windowParts) * DelayEstimator.windowPart {
      for index in minima.indices { minima[index] = .max }
      partEnd = Instant(nanoseconds: now).advanced(byNanoseconds: DelayEstimator.windowPart).nanoseconds
      return
    }
    for _ in 0..<DelayEstimator.windowParts where now >= partEnd {
      part = (part + 1) % DelayEstimator.windowParts
      minima[part] = .max
      partEnd = Instant(nanoseconds: partEnd).advanced(byNanoseconds: DelayEstimator.windowPart).nanoseconds
    }
  }

  /// When the way has become longer, so had the delays that were counted since: they move down. When it has become
  /// shorter, or the other clock is faster, those of before were counted from what was the fastest then, and stay.
  private mutating func moveBars() {
    if base < barBase { barBase = base }
    let moved = (base &- barBase) / DelayEstimator.barWidth
    guard moved > 0 else { return }
    barBase = barBase &+ moved &* DelayEstimator.barWidth
    let step = Int(min(moved, Int64(DelayEstimator.barCount - 1)))
    for index in 1..<DelayEstimator.barCount {
      let weight = bars[index]
      bars[index] = 0
      bars[max(index - step, 0)] += weight
    }
  }

  private mutating func count(delay: Int64) {
    let bar = Int(min(max(delay / DelayEstimator.barWidth, 0), Int64(DelayEstimator.barCount - 1)))
    var weight = bar > estimatedBar ? DelayEstimator.growth : DelayEstimator.decay
    // In the beginning every packet counts as much as all before it did each.
    if packets < 256 {
      packets += 1
      weight = max(weight, 1 / Float(packets + 1))
    }
    let rest = 1 - weight
    var weights = bars.mutableSpan
    for index in weights.indices { weights[index] *= rest }
    weights[bar] += weight
    var beyond: Float = 0
    var index = DelayEstimator.barCount - 1
    while index > 0, beyond + weights[index] <= DelayEstimator.tail {
      beyond += weights[index]
      index -= 1
    }
    estimatedBar = index
  }
}
