/// What became of a packet.
public enum JitterOutcome: Sendable, Hashable {
  /// It waits for its time.
  case queued
  /// It is a telephone-event, which the caller reads; its sequence number is no loss.
  case telephoneEvent
  /// It was there before.
  case duplicate
  /// Its time is over.
  case late
  /// Its payload type means nothing here, or cannot be played at this rate.
  case unknownPayloadType
  /// Its payload is empty or longer than the limit.
  case unfit
  /// It is of another source or another time line; the stream changes over when the next one agrees with it.
  case suspect
  /// It is the second of another source or another time line: the stream has begun anew with it.
  case restarted
}

/// What a frame holds.
public struct JitterFrame: Sendable, Hashable {
  /// The most that can be said of its samples.
  public enum Kind: Sendable, Hashable {
    /// Some are speech.
    case speech
    /// None are, some are invented.
    case concealed
    /// Comfort noise.
    case comfortNoise
    /// Zeros.
    case silence
  }

  /// What it holds.
  public var kind: Kind
  /// The RTP timestamp of its first sample of speech, to a tick; nil when there is none.
  public var timestamp: UInt32?
  /// How long that sample has waited, counted from when it would have come with the fastest packet of the last seconds.
  public var delay: Duration

  /// A frame of zeros.
  public static let silence = JitterFrame(kind: .silence, timestamp: nil, delay: .zero)
}

/// What a buffer has seen and done since it was made. Samples are those of its frames.
public struct JitterStatistics: Sendable, Hashable {
  /// Packets of known payload types.
  public internal(set) var received = 0
  /// Packets that were there before.
  public internal(set) var duplicates = 0
  /// Packets whose time was over.
  public internal(set) var late = 0
  /// Packets that were missing when what follows them was played; late ones are among them.
  public internal(set) var lost = 0
  /// Packets thrown away because too many waited, or for too long.
  public internal(set) var discarded = 0
  /// Packets of other sources and other time lines.
  public internal(set) var suspects = 0
  /// Times the stream has begun anew.
  public internal(set) var restarts = 0
  /// Times nothing at all was there when speech was wanted: a packet is late, or lost and the next one not there yet.
  public internal(set) var underruns = 0
  /// Samples of speech.
  public internal(set) var speechSamples = 0
  /// Samples invented where speech was wanted.
  public internal(set) var concealedSamples = 0
  /// Samples of pauses: comfort noise, silence.
  public internal(set) var pauseSamples = 0
  /// Samples taken out to play faster.
  public internal(set) var removedSamples = 0
  /// Samples put in to play slower.
  public internal(set) var insertedSamples = 0

  /// Nothing seen yet.
  public init() {}

  /// What part of the sound was invented, 0 to 1; pauses left aside.
  public var concealedShare: Double {
    let all = speechSamples + concealedSamples
    return all == 0 ? 0 : Double(concealedSamples) / Double(all)
  }
}
