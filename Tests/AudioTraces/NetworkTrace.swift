import Glibc
import Wire

/// How packets fare on their way.
public enum NetworkJitter: Sendable, Hashable {
  /// All take the same time.
  case none
  /// Each anything from nothing to so many milliseconds more, whatever the others do: they overtake each other.
  case independent(Int)
  /// Exponentially distributed with a mean of so many milliseconds, in order.
  case queue(mean: Int)
  /// A few milliseconds, and every three seconds or so a jam of so many milliseconds that is worked off at four times the
  /// pace, in order.
  case spikes(Int)
}

/// A stream of packets over a network that is made up (but can be repeated).
public struct NetworkTrace: Sendable, Hashable {
  /// Milliseconds of a packet.
  public var packetMilliseconds = 20
  /// Seconds of sound.
  public var seconds = 60
  /// Lost packets in a hundred, by Gilbert's model.
  public var lossPercent = 0.0
  /// Packets lost in a row on average.
  public var meanBurst = 2.0
  /// The jitter.
  public var jitter = NetworkJitter.none
  /// How much faster the sender's clock is than ours, in millionths.
  public var driftPPM = 0.0
  /// Packets sent twice, in a hundred.
  public var duplicatePercent = 0
  /// The seed.
  public var seed: UInt64 = 1

  /// A trace on which nothing happens.
  public init() {}

  /// A packet that arrives.
  public struct Arrival: Sendable {
    /// Its place in the stream, from 0.
    public var number: Int
    /// When, in nanoseconds from when the first was sent.
    public var time: Int64
  }

  /// When the tick of the stream (at 8 kHz) could be there at the earliest, in nanoseconds.
  public func sent(tick: Int64) -> Int64 { Int64(Double(tick) * 125_000 / (1 + driftPPM * 1e-6)) }

  /// Ticks of a packet.
  public var packetTicks: Int { 8 * packetMilliseconds }

  /// What arrives, in the order of arrival.
  public func arrivals() -> [Arrival] {
    var random = SplitMix64(seed: seed)
    func fraction() -> Double { Double(random.next() >> 11) / 9_007_199_254_740_992 }
    let loss = lossPercent / 100
    let leaveBad = 1 / meanBurst
    let enterBad = loss >= 1 ? 1 : loss * leaveBad / (1 - loss)
    var isBad = false
    var arrivals: [Arrival] = []
    var last: Int64 = 0
    var jam = 0.0
    for number in 0..<(seconds * 1_000 / packetMilliseconds) {
      isBad = fraction() < (isBad ? 1 - leaveBad : enterBad)
      var milliseconds = 0.0
      var isOrdered = true
      switch jitter {
      case .none: break
      case .independent(let most):
        milliseconds = Double(most) * fraction()
        isOrdered = false
      case .queue(let mean): milliseconds = -Double(mean) * log(max(fraction(), 1e-9))
      case .spikes(let height):
        if fraction() < Double(packetMilliseconds) / 3_000 { jam = Double(height) }
        milliseconds = jam + 3 * fraction()
        jam = max(0, jam - 0.75 * Double(packetMilliseconds))
      }
      var time = sent(tick: Int64(number * packetTicks)) + Int64(milliseconds * 1e6)
      if isOrdered {
        time = max(time, last)
        last = time
      }
      if isBad { continue }
      arrivals.append(Arrival(number: number, time: time))
      if duplicatePercent > 0, random.chance(duplicatePercent) {
        arrivals.append(Arrival(number: number, time: time + 5_000_000))
      }
    }
    return arrivals.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
  }
}
