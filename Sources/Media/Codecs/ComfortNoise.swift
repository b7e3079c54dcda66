/// The payload of a comfort-noise packet (RFC 3389 §3): the level of the noise, and perhaps the shape of its spectrum.
public struct ComfortNoise: Sendable, Hashable {
  /// The level below overload, in dB: 0 to 127 for 0 to −127 dBov.
  public var level: UInt8
  /// Reflection coefficients, as quantised on the wire: 127 is zero.
  public var coefficients: [UInt8]

  /// Coefficients that are read and used; what is beyond them is left out, as §3.2 allows.
  public static let maxCoefficients = 12

  /// Noise of a level.
  public init(level: UInt8, coefficients: [UInt8] = []) {
    self.level = min(level, 127)
    self.coefficients = Array(coefficients.prefix(ComfortNoise.maxCoefficients))
  }

  /// Reads a payload; nil when it is empty.
  public init?(_ payload: Span<UInt8>) {
    guard payload.count > 0 else { return nil }
    var coefficients: [UInt8] = []
    for index in 1..<max(1, min(payload.count, ComfortNoise.maxCoefficients + 1)) {
      coefficients.append(payload[index])
    }
    self.init(level: payload[0] & 0x7F, coefficients: coefficients)
  }

  /// Appends the payload.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(level)
    bytes.append(contentsOf: coefficients)
  }
}

/// Makes noise as a comfort-noise packet describes it: white noise through the all-pole lattice of its reflection
/// coefficients (RFC 3389 §4), scaled to its level.
public struct ComfortNoiseGenerator: Sendable {
  private var random: UInt64
  private var reflection: [Float] = []
  private var delay: [Float] = []
  private var gain: Float = 0

  /// A generator; `seed` is any number, for instance the stream's SSRC. Noise need not be unguessable.
  public init(seed: UInt64) { random = seed | 1 }

  /// Takes up what a packet says; it holds until the next.
  public mutating func update(_ noise: ComfortNoise) {
    // §3.2: k = 258·(N − 127)/32768.
    reflection = noise.coefficients.map { min(max(258 * (Float($0) - 127) / 32_768, -0.99), 0.99) }
    if delay.count != reflection.count { delay = [Float](repeating: 0, count: reflection.count) }
    // What the filter adds in power is taken off before it; uniform noise of amplitude A has A/√3.
    let shaped = reflection.reduce(Float(1)) { $0 * (1 - $1 * $1) }
    gain = 32_767 * ComfortNoiseGenerator.amplitude(noise.level) * 1.732_050_8 * shaped.squareRoot()
  }

  /// Fills a buffer; silence before the first packet.
  public mutating func generate(into samples: inout MutableSpan<Int16>) {
    for index in samples.indices {
      var value = gain * nextRandom()
      // The lattice from its far end: f(m−1) = f(m) − k(m)·b(m−1).
      for stage in reflection.indices.reversed() {
        value -= reflection[stage] * delay[stage]
        let backward = delay[stage] + reflection[stage] * value
        if stage + 1 < delay.count { delay[stage + 1] = backward }
      }
      if !delay.isEmpty { delay[0] = value }
      samples[index] = Int16(min(max(value, -32_768), 32_767))
    }
  }

  /// 10^(−level/20), by multiplication: no mathematics library down here.
  private static func amplitude(_ level: UInt8) -> Float {
    var result: Float = 1
    for _ in 0..<min(level, 127) { result *= 0.891_250_94 }
    return result
  }

  /// −1 to 1, from a xorshift generator.
  private mutating func nextRandom() -> Float {
    random ^= random << 13
    random ^= random >> 7
    random ^= random << 17
    return Float(Int32(truncatingIfNeeded: random >> 32)) / 2_147_483_648
  }
}
