/// A sine, made by turning a vector a step for each sample: no library of mathematics.
public struct ToneGenerator: Sendable {
  /// Samples a second.
  public static let sampleRate = 8_000
  /// The tones that can be made: those that a telephone carries.
  public static let hertz = 20...3_900
  /// −10 dBov, which no codec clips and every ear hears.
  public static let usualAmplitude = 14_654.0

  private var sine = 0.0
  private var cosine = 1.0
  private let step: (sine: Double, cosine: Double)
  private let amplitude: Double

  /// A tone from its beginning; `hertz` is held within ``hertz``.
  public init(hertz: Int, amplitude: Double = ToneGenerator.usualAmplitude) {
    let held = min(max(hertz, Self.hertz.lowerBound), Self.hertz.upperBound)
    step = Rotation.step(of: Double(held) / Double(Self.sampleRate))
    self.amplitude = min(max(amplitude, 0), 32_767)
  }

  /// The next sample.
  public mutating func next() -> Int16 {
    let sample = Int16(amplitude * sine)
    (sine, cosine) = (sine * step.cosine + cosine * step.sine, cosine * step.cosine - sine * step.sine)
    // Rounding would make the vector longer or shorter over hours.
    let length = (sine * sine + cosine * cosine).squareRoot()
    sine /= length
    cosine /= length
    return sample
  }
}

/// Sine and cosine of parts of a turn.
enum Rotation {
  /// Of so many turns, 0 to 1.
  static func step(of turns: Double) -> (sine: Double, cosine: Double) {
    // The first terms of the series for an angle that was halved until it is small, and doubled back.
    var angle = 2 * Double.pi * turns
    var halvings = 0
    while angle > 0.01 {
      angle /= 2
      halvings += 1
    }
    let square = angle * angle
    var (sine, cosine) = (angle * (1 - square / 6 + square * square / 120), 1 - square / 2 + square * square / 24)
    for _ in 0..<halvings { (sine, cosine) = (2 * sine * cosine, 1 - 2 * sine * sine) }
    return (sine, cosine)
  }
}

/// Decibels without a library of mathematics.
enum Decibels {
  /// Ten times the decimal logarithm of a ratio of powers; −∞ is said as ``floor``.
  static func of(power: Double) -> Double {
    guard power > 0, power.isFinite else { return floor }
    // ln m for a significand m of 1 to 2, by the series of the inverse hyperbolic tangent.
    let x = (power.significand - 1) / (power.significand + 1)
    var (term, sum, divisor) = (x, 0.0, 1.0)
    while divisor < 40 {
      sum += term / divisor
      term *= x * x
      divisor += 2
    }
    let natural = 2 * sum + Double(power.exponent) * 0.693_147_180_559_945_3
    return max(10 * natural / 2.302_585_092_994_046, floor)
  }

  /// What is said of silence, in dBov: what RFC 6465 says too.
  static let floor = -127.0
}
