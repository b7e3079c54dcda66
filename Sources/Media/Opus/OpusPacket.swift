/// What the first bytes of an Opus packet say (RFC 6716 §3.1, §3.2): how many frames there are and how long, without
/// decoding them.
public struct OpusPacket: Sendable, Hashable {
  /// Which of the two coders makes it.
  public enum Mode: Sendable, Hashable {
    /// Speech.
    case silk
    /// Both, one for each part of the band.
    case hybrid
    /// Everything.
    case celt
  }

  /// Who made it.
  public let mode: Mode
  /// Samples of one frame at 48 kHz: 120 (2.5 ms) to 2,880 (60 ms).
  public let frameSamples: Int
  /// How many frames, 1 to 48.
  public let frameCount: Int
  /// Whether it has two channels.
  public let isStereo: Bool

  /// Samples of the packet at 48 kHz, which are units of its RTP timestamp (RFC 7587 §4.1); at most 5,760.
  public var samples: Int { frameSamples * frameCount }

  /// Whether it holds no audio: a frame of at most one byte is one that was not transmitted, as DTX makes it
  /// (RFC 6716 §3.2.1, [R1]).
  public let isEmpty: Bool

  /// Reads a payload. Checked are the number of frames and their time, not each frame's length: libopus does that.
  public init(_ payload: Span<UInt8>) throws(OpusError) {
    guard payload.count > 0 else { throw .invalidPacket }
    guard payload.count <= OpusLimits.maxPacketBytes else { throw .tooLong }
    let first = payload[0]
    let configuration = Int(first >> 3)
    isStereo = first & 4 != 0
    // Table 2.
    switch configuration {
    case 0..<12:
      mode = .silk
      frameSamples = configuration & 3 == 3 ? 2_880 : 480 << (configuration & 3)
    case 12..<16:
      mode = .hybrid
      frameSamples = configuration & 1 == 0 ? 480 : 960
    default:
      mode = .celt
      frameSamples = 120 << (configuration & 3)
    }
    switch first & 3 {
    case 0: frameCount = 1
    case 1:
      // [R3]
      guard payload.count & 1 == 1 else { throw .invalidPacket }
      frameCount = 2
    case 2:
      guard payload.count > 1 else { throw .invalidPacket }
      frameCount = 2
    default:
      guard payload.count > 1 else { throw .invalidPacket }
      frameCount = Int(payload[1] & 0x3F)
    }
    // [R5]
    guard frameCount > 0, frameCount * frameSamples <= OpusLimits.maxPacketSamples else { throw .invalidPacket }
    isEmpty = payload.count <= 2 && first & 3 != 3
  }
}
