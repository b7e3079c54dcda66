/// What sound consists of: how loud it is, and which tones stand out of it.
///
/// Blocks of 1,024 samples are looked at through Hann's window, and their spectra added up. A bin is 7.8 Hz wide; between
/// the bins a parabola through three of them finds a tone to a fraction of that.
public struct SoundAnalyzer: Sendable {
  /// A tone that stands out.
  public struct Tone: Sendable, Hashable {
    /// Turns a second.
    public var hertz: Double
    /// How loud, in dBov.
    public var level: Double
  }

  /// Samples of a block, a power of two.
  static let blockSamples = 1_024
  /// The most tones that are told.
  public static let maxTones = 8
  /// A tone more than so much quieter than the loudest is not told, in dB.
  static let range = 30.0
  /// A tone quieter than this is not told, in dBov.
  static let quietest = -60.0

  private var block: [Double] = []
  private var spectrum = [Double](repeating: 0, count: SoundAnalyzer.blockSamples / 2)
  private var blocks = 0
  private var energy = 0.0
  private var count = 0
  private var peak = 0.0
  private let transform = FourierTransform(count: SoundAnalyzer.blockSamples)

  /// One that has heard nothing.
  public init() { block.reserveCapacity(Self.blockSamples) }

  /// Samples that were heard.
  public var sampleCount: Int { count }

  /// Takes samples; full scale is 32,768.
  public mutating func hear(_ samples: some Sequence<Int16>) {
    for sample in samples {
      let value = Double(sample) / 32_768
      energy += value * value
      count += 1
      peak = max(peak, value.magnitude)
      block.append(value)
      if block.count == Self.blockSamples { analyze() }
    }
  }

  /// The level of all that was heard, in dBov.
  public var level: Double { count == 0 ? Decibels.floor : Decibels.of(power: energy / Double(count)) }

  /// The highest sample, in dBov.
  public var peakLevel: Double { Decibels.of(power: peak * peak) }

  private mutating func analyze() {
    var (real, imaginary) = (block, [Double](repeating: 0, count: Self.blockSamples))
    transform.window(&real)
    transform.transform(&real, &imaginary)
    for bin in spectrum.indices { spectrum[bin] += real[bin] * real[bin] + imaginary[bin] * imaginary[bin] }
    blocks += 1
    block.removeAll(keepingCapacity: true)
  }

  /// The tones that stand out, the loudest first.
  public var tones: [Tone] {
    guard blocks > 0 else { return [] }
    // A tone of amplitude A puts A/2 of the window's sum, which is half the block, into its bin; its power is A²/2.
    let scale = 8 / (Double(blocks) * Double(Self.blockSamples) * Double(Self.blockSamples))
    let levels = spectrum.map { Decibels.of(power: $0 * scale) }
    guard let loudest = levels.dropFirst().max(), loudest > Self.quietest else { return [] }
    let least = max(loudest - Self.range, Self.quietest)
    var found: [Tone] = []
    for bin in 2..<(levels.count - 2) where levels[bin] > least {
      // The window makes every tone three bins wide: a summit stands above two on each side.
      guard levels[bin] > levels[bin - 1], levels[bin] >= levels[bin + 1], levels[bin] > levels[bin - 2] + 3,
        levels[bin] > levels[bin + 2] + 3
      else { continue }
      let (left, right) = (levels[bin - 1], levels[bin + 1])
      let bend = left - 2 * levels[bin] + right
      let offset = bend == 0 ? 0 : min(max((left - right) / (2 * bend), -0.5), 0.5)
      let width = Double(ToneGenerator.sampleRate) / Double(Self.blockSamples)
      found.append(
        Tone(hertz: (Double(bin) + offset) * width, level: levels[bin] - (left - right) * offset / 4))
    }
    found.sort { $0.level > $1.level }
    return Array(found.prefix(Self.maxTones))
  }
}

/// The discrete Fourier transform of a power of two, in place.
struct FourierTransform: Sendable {
  private let count: Int
  private let sines: [Double]
  private let cosines: [Double]

  /// - Parameter count: a power of two.
  init(count: Int) {
    self.count = count
    let steps = (0..<count).map { Rotation.step(of: Double($0) / Double(count)) }
    sines = steps.map(\.sine)
    cosines = steps.map(\.cosine)
  }

  /// Hann's window.
  func window(_ values: inout [Double]) {
    for place in 0..<min(count, values.count) { values[place] *= 0.5 - 0.5 * cosines[place] }
  }

  /// Cooley's and Tukey's way: both arrays have `count` numbers.
  func transform(_ real: inout [Double], _ imaginary: inout [Double]) {
    var reversed = 0
    for place in 1..<count {
      var bit = count >> 1
      while reversed & bit != 0 {
        reversed ^= bit
        bit >>= 1
      }
      reversed |= bit
      if place < reversed {
        real.swapAt(place, reversed)
        imaginary.swapAt(place, reversed)
      }
    }
    var length = 2
    while length <= count {
      let (half, stride) = (length / 2, count / length)
      for start in Swift.stride(from: 0, to: count, by: length) {
        for place in 0..<half {
          let (cosine, sine) = (cosines[place * stride], -sines[place * stride])
          let (a, b) = (start + place, start + place + half)
          let (x, y) = (real[b] * cosine - imaginary[b] * sine, real[b] * sine + imaginary[b] * cosine)
          (real[b], imaginary[b]) = (real[a] - x, imaginary[a] - y)
          (real[a], imaginary[a]) = (real[a] + x, imaginary[a] + y)
        }
      }
      length *= 2
    }
  }
}
