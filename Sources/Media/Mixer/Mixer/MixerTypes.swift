/// The limits of a mixer.
public enum MixerLimits {
  /// The most legs: 2.5 times the 25 that a council's room holds.
  public static let maxLegs = 64
  /// The most samples of a frame: 20 ms at 16 kHz.
  public static let maxFrameSamples = 320
  /// The largest gain, 18 dB.
  public static let maxGain: Float = 8
}

/// A leg of a mixer. It means nothing to another mixer, and nothing to this one once it is removed.
public struct MixerLeg: Sendable, Hashable {
  /// Its place, below ``MixerLimits/maxLegs``.
  public let place: Int
  let generation: UInt32
}

/// Why a leg cannot be added.
public enum MixerError: Error, Sendable, Hashable {
  /// There are ``MixerLimits/maxLegs``, or as many as the mixer was made for.
  case tooManyLegs
}

/// What a leg hears in this tick.
public enum MixerOutput: Sendable, Hashable {
  /// Nobody else says anything: zeros.
  case silence
  /// The same as all who say nothing themselves, so that it need be encoded once only.
  case shared
  /// All but its own.
  case own
}
