import Mixer
import Wire

/// When rooms are mixed: tick k is due at the start and k times 20 ms, however late the ones before it came.
struct TickClock: Sendable {
  /// What is to be done now.
  enum Step: Sendable, Hashable {
    case none
    /// A tick that was due then.
    case tick(Instant)
    /// So many ticks are too late to be made up for.
    case skip(Int)
  }

  private var start: Instant?
  private var count: Int64 = 0

  /// When the next tick is due; nil while it stands still.
  var due: Instant? { start.map { $0 + Conference.tickTime * Int(count) } }

  /// Begins, if it stands still: the first tick is due 20 ms from now.
  mutating func run(now: Instant) {
    guard start == nil else { return }
    start = now
    count = 1
  }

  mutating func stop() { start = nil }

  /// One step towards now: of ticks that are late the newest ones, oldest first.
  mutating func advance(now: Instant) -> Step {
    guard let due, due <= now else { return .none }
    let late = due.duration(to: now).saturatingNanoseconds / Conference.tickTime.saturatingNanoseconds
    let most = Int64(CouncilLimits.maxLateTicks)
    if late >= most {
      let skipped = late - most + 1
      count &+= skipped
      return .skip(Int(skipped))
    }
    count &+= 1
    return .tick(due)
  }
}
