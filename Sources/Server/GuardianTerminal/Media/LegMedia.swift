import Codecs
import H245
public import H323Endpoint
public import Jitter
public import Wire

/// One direction of audio as the leg needs it: how, where, under which number.
public struct LegStream: Sendable, Hashable {
  /// How it is coded.
  public var encoding: AudioEncoding
  /// Its payload type in RTP.
  public var payloadType: UInt8
  /// Samples of a packet, at 8,000 a second.
  public var packetSamples: Int
  /// RTP goes there; of what is received, our own.
  public var media: SocketAddress
  /// RTCP goes there.
  public var control: SocketAddress

  /// Samples of the longest packet that is sent: 20 ms, whatever the peer would take.
  public static let maxPacketSamples = 160
  /// Samples of the shortest: 5 ms.
  public static let minPacketSamples = 40

  /// A direction.
  public init(
    encoding: AudioEncoding, payloadType: UInt8, packetSamples: Int, media: SocketAddress, control: SocketAddress
  ) {
    self.encoding = encoding
    self.payloadType = payloadType
    self.packetSamples = min(max(packetSamples, Self.minPacketSamples), Self.maxPacketSamples)
    self.media = media
    self.control = control
  }

  /// What H.245 agreed on; nil for a codec that is not here.
  public init?(_ stream: H323Media.Stream) {
    let encoding: AudioEncoding
    switch stream.audio.codec {
    case .g711Ulaw64k?: encoding = .g711(.mu)
    case .g711Alaw64k?: encoding = .g711(.a)
    case .g722At64k?: encoding = .g722
    default: return nil
    }
    var control = stream.media
    control.port = stream.media.port == .max ? .max : stream.media.port + 1
    // A frame of these is a millisecond (H.225.0 table 8); a packet of twenty goes into every frame of ours.
    let frames = Int(stream.audio.framesPerPacket ?? 20)
    let milliseconds = frames >= 20 ? 20 : frames >= 10 ? 10 : 5
    self.init(
      encoding: encoding, payloadType: stream.payloadType, packetSamples: milliseconds * 8, media: stream.media,
      control: stream.mediaControl ?? control)
  }

  /// The codec's name in RTP.
  public var name: String {
    switch encoding {
    case .g711(.mu): "PCMU"
    case .g711(.a): "PCMA"
    case .g722: "G722"
    }
  }
}

/// What was counted of a leg.
public struct LegStatistics: Sendable, Hashable {
  /// RTP packets that were sent, with those of keys.
  public var packetsSent: UInt64 = 0
  /// Octets of their payloads.
  public var octetsSent: UInt64 = 0
  /// RTP packets that came.
  public var packetsReceived: UInt64 = 0
  /// Octets of their payloads.
  public var octetsReceived: UInt64 = 0
  /// Datagrams that were no RTP of the peer's.
  public var dropped: UInt64 = 0
  /// Packets of the peer's that did not come (RFC 3550 appendix A.3).
  public var lost: Int64 = 0
  /// Their interarrival jitter (§6.4.1).
  public var jitter = Duration.zero
  /// What the buffer that plays them has done.
  public var buffer = JitterStatistics()
  /// What the peer says that it has lost of ours; nil before its first report.
  public var reportedLost: Int64?
  /// What it says of the jitter of ours.
  public var reportedJitter: Duration?
  /// There and back, by the last report; nil before.
  public var roundTrip: Duration?
  /// The shortest and the longest of them.
  public var roundTripRange: ClosedRange<Duration>?

  /// Nothing yet.
  public init() {}
}
