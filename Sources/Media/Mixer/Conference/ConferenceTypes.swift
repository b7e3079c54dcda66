import Codecs
import Jitter
import RTP

/// A leg of a conference; the same as its leg in the mixer.
public typealias ConferenceLeg = MixerLeg

/// What a leg sends and gets.
public struct ConferenceLegConfiguration: Sendable, Hashable {
  /// What the payload types of its packets stand for.
  public var payloadMeanings: PayloadMeanings
  /// How what it hears is coded.
  public var encoding: AudioEncoding
  /// Under which payload type.
  public var payloadType: UInt8
  /// The payload type of comfort noise; with it, nothing is sent while nobody else speaks, but for one such packet at the
  /// beginning (RFC 3389). Without, silence is sent.
  public var comfortNoise: UInt8?
  /// The source of our packets.
  public var ssrc: UInt32
  /// Where sequence numbers and timestamps begin: random (RFC 3550 §5.1).
  public var firstSequenceNumber: UInt16
  /// The first timestamp.
  public var firstTimestamp: UInt32
  /// Whether packets name those who are heard in them, as mixers should (RFC 3550 §7.1).
  public var namesContributors: Bool
  /// What its buffer is held to.
  public var limits: JitterLimits

  /// A leg of one encoding both ways, under its static payload type.
  public init(
    encoding: AudioEncoding, payloadMeanings: PayloadMeanings = .rfc3551(), comfortNoise: UInt8? = nil, ssrc: UInt32,
    firstSequenceNumber: UInt16, firstTimestamp: UInt32, namesContributors: Bool = true,
    limits: JitterLimits = JitterLimits()
  ) {
    self.encoding = encoding
    switch encoding {
    case .g711(.mu): payloadType = 0
    case .g711(.a): payloadType = 8
    case .g722: payloadType = 9
    }
    self.payloadMeanings = payloadMeanings
    self.comfortNoise = comfortNoise
    self.ssrc = ssrc
    self.firstSequenceNumber = firstSequenceNumber
    self.firstTimestamp = firstTimestamp
    self.namesContributors = namesContributors
    self.limits = limits
  }
}

/// What became of a packet of a leg.
public enum ConferenceArrival: Sendable, Hashable {
  /// It went to the leg's buffer.
  case buffered(JitterOutcome)
  /// It is a telephone-event: what it says, and its timestamp, for a ``TelephoneEventReceiver`` of the leg's.
  case telephoneEvent(TelephoneEvent, timestamp: UInt32)
  /// It is no RTP packet.
  case malformed(RTPParseError)
  /// There is no such leg.
  case unknownLeg
}
