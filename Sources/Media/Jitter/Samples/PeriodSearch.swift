/// Finds a stretch that can be taken out of samples, or put in once more, without being heard.
enum PeriodSearch {
  /// A stretch, and how alike it and its successor are: −1 to 1.
  struct Period {
    var count: Int
    var likeness: Float
    /// Whether it lies in silence, where nothing is heard of it.
    var isQuiet = false
  }

  /// A mean magnitude of −54 dB, below which any stretch will do.
  private static let quiet = 64

  /// The stretch at the head of the samples: of the length wanted where they are quiet, else the pitch period, between
  /// `shortest` and half the samples, of the largest normalised cross-correlation. nil when there are too few samples, or
  /// when only silence will do and there is none.
  static func period(
    of samples: Span<Int16>, wanted: Int, shortest: Int, longest: Int, onlyQuiet: Bool
  ) -> Period? {
    let most = min(longest, samples.count / 2)
    guard most >= shortest else { return nil }
    var sum = 0
    for index in 0..<(2 * most) { sum += abs(Int(samples[index])) }
    if sum <= quiet * 2 * most { return Period(count: min(max(wanted, shortest), most), likeness: 1, isQuiet: true) }
    guard !onlyQuiet else { return nil }
    let window = samples.count < 3 * most ? samples.count - most : 2 * most
    var best = Period(count: shortest, likeness: -1)
    for lag in shortest...most {
      var (product, first, second) = (Float(0), Float(0), Float(0))
      // Every second sample is enough to compare by.
      for index in stride(from: 0, to: window, by: 2) {
        let (one, other) = (Float(samples[index]), Float(samples[lag + index]))
        product += one * other
        first += one * one
        second += other * other
      }
      let likeness = product / max((first * second).squareRoot(), 1)
      if likeness > best.likeness { best = Period(count: lag, likeness: likeness) }
    }
    return best
  }
}
