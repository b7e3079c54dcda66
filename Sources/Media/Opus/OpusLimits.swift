/// The limits of Opus, as RFC 6716 and RFC 7587 have them.
public enum OpusLimits {
  /// Bits a second of an encoder (RFC 7587 §3.1.1).
  public static let bitsPerSecond = 6_000...510_000
  /// How much work an encoder may make itself, 10 being the most.
  public static let complexity = 0...10
  /// The most bytes of one frame (RFC 6716 §3.2.1): what an encoder is given room for at most.
  public static let maxFrameBytes = 1_275
  /// The most frames of one packet (RFC 6716 §3.2.5): 120 ms of 2.5 ms each.
  public static let maxFrames = 48
  /// The most that one packet holds, in samples at 48 kHz: 120 ms.
  public static let maxPacketSamples = 5_760
  /// The most bytes of a packet that is decoded: those of a datagram's payload.
  public static let maxPacketBytes = 1_500
  /// The most characters of `a=fmtp` that are looked at.
  public static let maxParameterBytes = 512
}

/// What went wrong in libopus, or before it was asked.
public enum OpusError: Error, Sendable, Hashable {
  /// The packet breaks the rules of RFC 6716 §3.4.
  case invalidPacket
  /// More bytes than ``OpusLimits/maxPacketBytes``.
  case tooLong
  /// The packet holds more samples than there is room for, or is larger than its buffer.
  case noRoom
  /// A number of samples that is no frame: 10, 20, 40 or 60 ms to encode, a multiple of 2.5 ms up to 120 ms to conceal.
  case frameSize
  /// A setting outside ``OpusLimits``.
  case configuration
  /// No memory, or a state that libopus itself finds impossible: its code.
  case library(Int)
}
