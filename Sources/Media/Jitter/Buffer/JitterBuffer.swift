import Codecs
import RTP
import Wire

/// Turns packets that come when they like into frames of samples that are there when they are wanted.
///
/// One for each stream that is heard. `insert` takes packets in any order; `pull` makes exactly one frame, 10 or 20 ms of
/// samples, whatever has come. Between them:
///
/// - *Order.* Packets wait by sequence number. Duplicates and what is too late are counted and left out.
/// - *Delay.* It is aimed so that nearly all packets are there in time, within `minDelay` and `maxDelay`: by a histogram
///   of the arrivals that grows at once and shrinks slowly. Where sound begins, it begins at just the delay aimed at.
///   Within sound the delay is changed by whole pitch periods that are taken out or put in, overlapped with their
///   neighbours; where it is quiet, by stretches of 15 ms. So do clocks that drift: at 200 ppm one period in 40 s.
/// - *Loss.* What is missing is concealed (``PacketLossConcealment``). A packet that comes while nothing else is there is
///   played even though its time is over, and the delay is larger from then on: an underrun mends itself.
/// - *Pauses.* Comfort noise (RFC 3389), a gap in the timestamps without one in the sequence numbers, a marker bit or
///   telephone-events end the sound without concealment; what follows begins at the delay aimed at.
/// - *Changes.* Another source, or timestamps or sequence numbers far away, take over with the second packet in a row.
///
/// ```
///              its time has come                      nothing there: concealed
///   +----------+ ----------------> +---------+ <---------------------------------+
///   | starting |                   | playing | ----------------------------------+
///   +----------+ <---------------- +---------+
///     ^      change, far too late    |     ^
///     |                              |     | its time has come
///     |    pause or 500 ms of nothing v     |
///     |                          +---------+
///     +------------------------- | pausing |  silence, or comfort noise
///                change          +---------+
/// ```
///
/// Nothing is allocated after `init` but by comfort-noise packets. It never traps on what comes in packets.
public struct JitterBuffer: Sendable {
  enum Mode: Sendable {
    /// Nothing of this stream has been heard. To `playing` when its first packet has waited for the delay aimed at.
    case starting
    /// What comes next follows what was heard. To `pausing`.
    case playing
    /// The other side is silent. To `playing` when a packet has waited for the delay aimed at.
    case pausing(isNoise: Bool)
  }

  /// A packet that belongs to another stream or time line than the one that is played.
  struct Suspect: Sendable {
    var ssrc: UInt32
    var nextSequence: UInt16
    var timestamp: UInt32
    var arrival: Int64
  }

  /// Nanoseconds of a tick of the timestamps, which are of 8,000 a second in all formats here.
  static let tick: Int64 = 125_000

  let configuration: JitterConfiguration
  /// Samples of a tick.
  let samplesPerTick: Int
  /// The delays of the limits, in nanoseconds.
  let minDelay: Int64
  let maxDelay: Int64
  let worstDelay: Int64

  /// What it has seen and done.
  public internal(set) var statistics = JitterStatistics()

  var mode = Mode.starting
  /// The source that is heard; nil before the first packet.
  public internal(set) var ssrc: UInt32?
  var suspect: Suspect?
  /// The sequence number that comes next, continued beyond 16 bits.
  var nextSequence: Int64 = 0
  /// The position (the timestamp continued beyond 32 bits) of what follows the samples in `queue`.
  var position: Int64 = 0
  /// The position of the packet that came last, from which others are continued.
  var lastPosition: Int64 = 0
  var ring: PacketRing
  var history = ReceivedHistory()
  var estimator = DelayEstimator()
  /// Decoded and not yet played.
  var queue: SampleQueue
  var decoded: [Int16]
  var concealment: PacketLossConcealment
  var noise: ComfortNoiseGenerator
  var g722 = G722Decoder()
  /// Samples invented since the last one that was played.
  var filled = 0
  /// No period is taken out or put in before this time.
  var nextScaling: Int64 = .min
  /// Nanoseconds of the frames that are pulled.
  var frameTime: Int64 = 20_000_000

  /// A buffer that has heard nothing.
  public init(_ configuration: JitterConfiguration = JitterConfiguration()) {
    self.configuration = configuration
    let limits = configuration.limits
    samplesPerTick = configuration.isWideband ? 2 : 1
    minDelay = limits.minDelay.saturatingNanoseconds
    maxDelay = limits.maxDelay.saturatingNanoseconds
    worstDelay = maxDelay &+ max(limits.maxExcess.saturatingNanoseconds, 0)
    ring = PacketRing(maxPayloadBytes: limits.maxPayloadBytes)
    let packetSamples = limits.maxPayloadBytes * samplesPerTick
    decoded = [Int16](repeating: 0, count: packetSamples)
    // A packet, what is searched for periods, and a period put in.
    queue = SampleQueue(capacity: packetSamples + 4 * JitterBuffer.longestPeriod * samplesPerTick)
    concealment = PacketLossConcealment(isWideband: configuration.isWideband)
    noise = ComfortNoiseGenerator(seed: configuration.noiseSeed)
  }

  /// The delay aimed at: what nearly all packets need, and a frame, since its last sample is wanted with its first.
  public var targetDelay: Duration { .nanoseconds(target) }

  var target: Int64 { min(max(estimator.estimate &+ frameTime, minDelay), maxDelay) }

  /// Packets that wait, at most ``JitterLimits/maxPackets``.
  public var waitingPackets: Int { ring.count }

  /// How long something of this position would have waited if it were played at `time`.
  func delay(of position: Int64, at time: Int64) -> Int64 {
    time &- position &* JitterBuffer.tick &- estimator.base
  }
}
