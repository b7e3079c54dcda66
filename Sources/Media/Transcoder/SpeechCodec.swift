import Codecs
import Opus
import RTP
import Wire

/// A codec that speech can be turned from and to.
public enum SpeechCodec: Sendable, Hashable {
  /// G.711.
  case g711(G711Law)
  /// G.722 at 64 kbit/s.
  case g722
  /// Opus, one channel; the sampling rate of its configuration is set to what the other side has.
  case opus(OpusEncoderConfiguration = OpusEncoderConfiguration())
  /// Linear samples of 16 bits, most significant byte first (RFC 3551 §4.5.11), one channel, at 8 or 16 kHz.
  case l16(isWideband: Bool)

  /// Units of the RTP timestamp in a second. Of G.722 it is 8,000, though its samples are twice as many (RFC 3551 §4.5.2).
  public var clockRate: UInt32 {
    switch self {
    case .g711, .g722, .l16(isWideband: false): 8_000
    case .l16(isWideband: true): 16_000
    case .opus: 48_000
    }
  }

  /// Whether it can be decoded to, and encoded from, 8 kHz.
  var isNarrowband: Bool { self != .l16(isWideband: true) }

  /// The same for 16 kHz.
  var isWideband: Bool {
    switch self {
    case .g711, .l16(isWideband: false): false
    case .g722, .opus, .l16(isWideband: true): true
    }
  }
}

/// One of the two streams of a transcoder, as it was negotiated.
public struct SpeechStream: Sendable, Hashable {
  /// What speech is in.
  public var codec: SpeechCodec
  /// The payload type of speech.
  public var payloadType: UInt8
  /// The payload type of comfort noise (RFC 3389); nil where it was not negotiated.
  public var comfortNoise: UInt8?
  /// The payload type of telephone events (RFC 4733); nil where they were not negotiated.
  public var telephoneEvent: UInt8?
  /// The clock of the telephone events; that of speech unless `a=rtpmap` says otherwise.
  public var telephoneEventClockRate: UInt32
  /// Milliseconds of one packet, of a stream that is written: 10 to 60 in tens; Opus has no 30 and 50.
  public var packetMilliseconds: Int

  /// A stream.
  public init(
    _ codec: SpeechCodec, payloadType: UInt8, comfortNoise: UInt8? = nil, telephoneEvent: UInt8? = nil,
    telephoneEventClockRate: UInt32? = nil, packetMilliseconds: Int = 20
  ) {
    self.codec = codec
    self.payloadType = payloadType
    self.comfortNoise = comfortNoise
    self.telephoneEvent = telephoneEvent
    self.telephoneEventClockRate = telephoneEventClockRate ?? codec.clockRate
    self.packetMilliseconds = packetMilliseconds
  }
}

/// The limits of a transcoder.
public enum TranscoderLimits {
  /// The most that a packet may hold.
  public static let maxPacketMilliseconds = 120
  /// The most that is made up for packets that were lost; what is beyond is a pause.
  public static let maxConcealedMilliseconds = 60
  /// A sequence number that is further behind is no late packet: the stream has begun anew (RFC 3550 A.1).
  public static let maxMisorder = 100
  /// One that is further ahead has lost no packets: the same.
  public static let maxDropout = 3_000
  /// Bytes that the longest packet of a transcoder takes: a header and 60 ms of L16 at 16 kHz.
  public static let maxPacketBytes = RTPHeader.fixedByteCount + 1_920
}

/// Why a packet was not taken, or a transcoder not made.
public enum TranscoderError: Error, Sendable, Hashable {
  /// It is no RTP packet of version 2.
  case malformed
  /// Its payload type belongs to nothing that was negotiated.
  case payloadType(UInt8)
  /// It holds more than ``TranscoderLimits/maxPacketMilliseconds``.
  case tooLong
  /// Its payload is none of the codec.
  case payload
  /// There are packets that were not fetched with `next(into:)`.
  case notDrained
  /// The buffer is too short for the packet.
  case noRoom
  /// The two codecs have no sampling rate in common: L16 at 16 kHz and G.711.
  case noCommonRate
  /// A packet time that the codec does not have.
  case packetTime(Int)
  /// libopus refuses.
  case opus(OpusError)
}
