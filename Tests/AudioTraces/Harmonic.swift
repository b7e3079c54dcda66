import Glibc

/// A sine at 8 kHz, and how much of it is in what was heard.
public struct Harmonic {
  private let hertz: Int
  private let amplitude: Double
  private var place = 0

  /// A tone.
  public init(hertz: Int, amplitude: Double) {
    self.hertz = hertz
    self.amplitude = amplitude
  }

  /// The next samples.
  public mutating func next(_ count: Int) -> [Int16] {
    (0..<count).map { _ in
      defer { place += 1 }
      return Int16(amplitude * sin(2 * Double.pi * Double(hertz * place % 8_000) / 8_000))
    }
  }

  /// The amplitude of the tone in samples; exact where they are a second.
  public func level(in samples: ArraySlice<Int16>) -> Double {
    var (inPhase, across) = (0.0, 0.0)
    for (place, sample) in samples.enumerated() {
      let angle = 2 * Double.pi * Double(hertz * place % 8_000) / 8_000
      inPhase += Double(sample) * sin(angle)
      across += Double(sample) * cos(angle)
    }
    return 2 * (inPhase * inPhase + across * across).squareRoot() / Double(samples.count)
  }
}
