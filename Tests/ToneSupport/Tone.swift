/// A sine, made by rotating a vector: no mathematics library.
public struct Tone {
  /// Turns a second.
  public var hertz: Int
  /// Samples a second.
  public var rate: Int
  /// Its highest value.
  public var amplitude: Double

  /// A tone.
  public init(hertz: Int, rate: Int, amplitude: Double) {
    self.hertz = hertz
    self.rate = rate
    self.amplitude = amplitude
  }

  /// So many samples from its beginning.
  public func samples(_ count: Int) -> [Int16] {
    var phase = Tone.Phase(hertz: hertz, rate: rate)
    return (0..<count).map { _ in
      defer { phase.advance() }
      return Int16(amplitude * phase.sine)
    }
  }

  /// The amplitude of a tone in `samples`, and the root mean square of what is left without it.
  public static func level(_ samples: ArraySlice<Int16>, hertz: Int, rate: Int) -> (amplitude: Double, rest: Double) {
    var phase = Phase(hertz: hertz, rate: rate)
    var (inPhase, across, energy) = (0.0, 0.0, 0.0)
    for sample in samples {
      inPhase += Double(sample) * phase.sine
      across += Double(sample) * phase.cosine
      energy += Double(sample) * Double(sample)
      phase.advance()
    }
    let count = Double(samples.count)
    let amplitude = 2 * (inPhase * inPhase + across * across).squareRoot() / count
    return (amplitude, max(0, energy / count - amplitude * amplitude / 2).squareRoot())
  }

  struct Phase {
    private(set) var sine = 0.0
    private(set) var cosine = 1.0
    private let step: (sine: Double, cosine: Double)

    init(hertz: Int, rate: Int) {
      // The Taylor series of one step's angle, halved until it is small and doubled back.
      var angle = 2 * Double.pi * Double(hertz) / Double(rate)
      var halvings = 0
      while angle > 0.01 {
        angle /= 2
        halvings += 1
      }
      var (sine, cosine) = (
        angle - angle * angle * angle / 6, 1 - angle * angle / 2 + angle * angle * angle * angle / 24
      )
      for _ in 0..<halvings { (sine, cosine) = (2 * sine * cosine, 1 - 2 * sine * sine) }
      step = (sine, cosine)
    }

    mutating func advance() {
      (sine, cosine) = (sine * step.cosine + cosine * step.sine, cosine * step.cosine - sine * step.sine)
      let length = (sine * sine + cosine * cosine).squareRoot()
      sine /= length
      cosine /= length
    }
  }
}
