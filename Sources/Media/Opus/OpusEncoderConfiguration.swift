/// The sampling rates that libopus converts from and to by itself, and that are used here.
public enum OpusSampleRate: Int, Sendable, Hashable, CaseIterable {
  /// 8 kHz, what G.711 has.
  case narrowband = 8_000
  /// 16 kHz, what G.722 has.
  case wideband = 16_000
  /// 48 kHz.
  case fullband = 48_000

  /// Samples of so many milliseconds.
  public func samples(milliseconds: Int) -> Int { rawValue / 1_000 * milliseconds }
}

/// How an encoder works. One channel, for speech.
public struct OpusEncoderConfiguration: Sendable, Hashable {
  /// The rate of the samples it is given.
  public var sampleRate: OpusSampleRate
  /// What a second may take, within ``OpusLimits/bitsPerSecond``.
  public var bitsPerSecond: Int
  /// How much work it may make itself, within ``OpusLimits/complexity``. 5 costs half of 9 and is heard by few.
  public var complexity: Int
  /// Whether each packet carries a coarse copy of the one before (RFC 6716 §2.1.7); it does while losses are expected.
  public var usesInbandFEC: Bool
  /// The losses to expect, 0 to 100 %.
  public var expectedLossPercent: Int
  /// Whether packets are left out in silence (RFC 6716 §2.1.9).
  public var usesDTX: Bool
  /// The highest rate that the other side plays (`maxplaybackrate`): what is beyond is not encoded.
  public var maxPlaybackRate: Int

  /// A configuration. The usual bits are those that RFC 7587 §3.1.1 names for speech in each band.
  public init(
    _ sampleRate: OpusSampleRate = .narrowband, bitsPerSecond: Int? = nil, complexity: Int = 5,
    usesInbandFEC: Bool = true, expectedLossPercent: Int = 5, usesDTX: Bool = false, maxPlaybackRate: Int = 48_000
  ) {
    self.sampleRate = sampleRate
    self.bitsPerSecond =
      bitsPerSecond ?? [.narrowband: 16_000, .wideband: 24_000, .fullband: 32_000][sampleRate] ?? 24_000
    self.complexity = complexity
    self.usesInbandFEC = usesInbandFEC
    self.expectedLossPercent = expectedLossPercent
    self.usesDTX = usesDTX
    self.maxPlaybackRate = maxPlaybackRate
  }

  /// What the other side's `a=fmtp` asks for, applied to this.
  public func limited(by parameters: OpusParameters) -> OpusEncoderConfiguration {
    var copy = self
    if let most = parameters.maxAverageBitsPerSecond { copy.bitsPerSecond = min(bitsPerSecond, most) }
    copy.usesInbandFEC = usesInbandFEC && parameters.usesInbandFEC
    copy.usesDTX = usesDTX && parameters.usesDTX
    copy.maxPlaybackRate = min(maxPlaybackRate, parameters.maxPlaybackRate)
    return copy
  }
}
