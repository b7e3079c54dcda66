import Codecs

/// How audio is coded, as far as a buffer can play it.
public enum AudioEncoding: Sendable, Hashable {
  /// G.711, 8,000 samples a second.
  case g711(G711Law)
  /// G.722, 16,000 samples a second; also heard at 8,000, by its lower band alone.
  case g722
}

/// What a payload type stands for in one stream, as agreed by the session descriptions.
public enum PayloadMeaning: Sendable, Hashable {
  /// Speech.
  case audio(AudioEncoding)
  /// Comfort noise (RFC 3389).
  case comfortNoise
  /// Keys (RFC 4733): they are passed by, since they are no sound of the stream.
  case telephoneEvent
}

/// The payload types of a stream.
public struct PayloadMeanings: Sendable, Hashable {
  private var meanings = [PayloadMeaning?](repeating: nil, count: 128)

  /// None.
  public init() {}

  /// The static ones of RFC 3551 §6: 0 PCMU, 8 PCMA, 9 G722, 13 CN; and, where the descriptions name one, the payload
  /// type of telephone-events.
  public static func rfc3551(telephoneEvent: UInt8? = nil) -> PayloadMeanings {
    var meanings = PayloadMeanings()
    meanings[0] = .audio(.g711(.mu))
    meanings[8] = .audio(.g711(.a))
    meanings[9] = .audio(.g722)
    meanings[13] = .comfortNoise
    if let telephoneEvent { meanings[telephoneEvent] = .telephoneEvent }
    return meanings
  }

  /// The meaning of a payload type, of which the low seven bits count; nil when it has none here.
  public subscript(payloadType: UInt8) -> PayloadMeaning? {
    get { meanings[Int(payloadType & 0x7F)] }
    set { meanings[Int(payloadType & 0x7F)] = newValue }
  }
}

/// What a buffer is held to.
public struct JitterLimits: Sendable, Hashable {
  /// Packets that wait: those of so many sequence numbers in a row, 640 ms of the shortest.
  public static let maxPackets = 64
  /// Samples of one call of `pull`: 60 ms at 16 kHz. What is asked beyond is silence.
  public static let maxPulledSamples = 960

  /// The most bytes of a payload; 480 are 60 ms of G.711 and of G.722. A buffer allocates 64 times as many.
  public var maxPayloadBytes: Int
  /// The least delay aimed at.
  public var minDelay: Duration
  /// The largest delay aimed at.
  public var maxDelay: Duration
  /// The delay aimed at before anything is known.
  public var initialDelay: Duration
  /// How far beyond `maxDelay` speech may wait; then packets are thrown away until it is as it should be. A packet that
  /// comes later than that is held to be of another time line, as with `maxTransitStep`.
  public var maxExcess: Duration
  /// A packet that seems to come so much earlier or later than its stream belongs to another time line: it is held to be
  /// a jump of the timestamps once a second one agrees with it.
  public var maxTransitStep: Duration
  /// The sequence numbers within which a packet belongs to the stream.
  public var maxSequenceStep: Int64
  /// After so long without packets the stream counts as paused, and its filling no more as concealment.
  public var maxUnderrun: Duration

  /// Limits of these values; `maxPayloadBytes` is held within 80 to 1,440.
  public init(
    maxPayloadBytes: Int = 480, minDelay: Duration = .milliseconds(20), maxDelay: Duration = .milliseconds(150),
    initialDelay: Duration = .milliseconds(30), maxExcess: Duration = .milliseconds(100),
    maxTransitStep: Duration = .seconds(2), maxSequenceStep: Int64 = 3_000, maxUnderrun: Duration = .milliseconds(500)
  ) {
    self.maxPayloadBytes = min(max(maxPayloadBytes, 80), 1_440)
    self.minDelay = minDelay
    self.maxDelay = max(maxDelay, minDelay)
    self.initialDelay = initialDelay
    self.maxExcess = maxExcess
    self.maxTransitStep = maxTransitStep
    self.maxSequenceStep = maxSequenceStep
    self.maxUnderrun = maxUnderrun
  }
}

/// What a buffer is made with.
public struct JitterConfiguration: Sendable, Hashable {
  /// The stream's payload types.
  public var payloadMeanings: PayloadMeanings
  /// Whether frames are of 16,000 samples a second, else of 8,000. A wideband buffer plays G.722 only.
  public var isWideband: Bool
  /// What it is held to.
  public var limits: JitterLimits
  /// Where comfort noise begins; any number.
  public var noiseSeed: UInt64

  /// A configuration of these values.
  public init(
    payloadMeanings: PayloadMeanings = .rfc3551(), isWideband: Bool = false, limits: JitterLimits = JitterLimits(),
    noiseSeed: UInt64 = 1
  ) {
    self.payloadMeanings = payloadMeanings
    self.isWideband = isWideband
    self.limits = limits
    self.noiseSeed = noiseSeed
  }
}
