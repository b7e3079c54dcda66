import SIPTransaction
import Wire

/// Whether next hops that the configuration names are alive: an OPTIONS to each at an interval (RFC 3261 §11).
///
/// ```
///            watch                       probeDue
///              |      +---------------------------------------------------+
///              v      |                                                   v
///      up or down: waiting -----------------------------------------> probing
///              ^                                                          |
///              |   answered: any final response but 503 -> up             |
///              |   failed, 503: one more failure; `downAfter` -> down     |
///              +----------------------------------------------------------+
/// ```
///
/// A hop is up until it has failed `downAfter` times in a row, and up again at the first answer: whoever answers at all is
/// there, be it with 404 or 501; 503 is what RFC 3263 §4.3 treats as no answer. The owner sends what `probeDue` names and
/// reports what became of it; nothing else is sent while it waits for that.
public struct HopHealth: Sendable {
  /// What a report changed.
  public enum Change: Sendable, Hashable {
    case none
    /// The hop answers again.
    case wentUp
    /// The hop is not to be used for the time being.
    case wentDown
  }

  private enum Phase: Sendable, Hashable {
    /// To `probing`.
    case waiting(until: Instant)
    /// To `waiting`.
    case probing
  }

  private struct Entry: Sendable {
    var phase: Phase
    var failures = 0
    var isUp = true
  }

  /// The time from one report to the next probe.
  public let interval: Duration
  /// Failures in a row that take a hop down.
  public let downAfter: Int
  /// Hops that can be watched.
  public let maxHops: Int

  private var entries: [LocatedHop: Entry] = [:]
  /// In the order in which they were added, so that probes come in the same order every time.
  private var order: [LocatedHop] = []

  /// Nothing to watch yet.
  public init(interval: Duration, downAfter: Int = 2, maxHops: Int = 256) {
    precondition(interval > .zero && downAfter >= 1 && maxHops >= 1, "health checks that could not be")
    self.interval = interval
    self.downAfter = downAfter
    self.maxHops = maxHops
  }

  /// Hops being watched.
  public var count: Int { order.count }

  /// Watches a hop from now on; its first probe is due at once. One that is watched already stays as it is.
  ///
  /// - Returns: false when there is no room.
  @discardableResult
  public mutating func watch(_ hop: LocatedHop, now: Instant) -> Bool {
    guard entries[hop] == nil else { return true }
    guard order.count < maxHops else { return false }
    entries[hop] = Entry(phase: .waiting(until: now))
    order.append(hop)
    return true
  }

  /// Stops watching a hop.
  public mutating func forget(_ hop: LocatedHop) {
    guard entries.removeValue(forKey: hop) != nil else { return }
    order.removeAll { $0 == hop }
  }

  /// Whether a hop may be used; one that is not watched may.
  public func isUp(_ hop: LocatedHop) -> Bool { entries[hop]?.isUp ?? true }

  /// The hops that may be used first, in their order, then the others: when all are down, one of them may have come back.
  public func preferringUp(_ hops: [LocatedHop]) -> [LocatedHop] {
    hops.filter(isUp) + hops.filter { !isUp($0) }
  }

  /// When the next probe is due; nil while every hop is being probed.
  public var nextDeadline: Instant? {
    var earliest: Instant?
    for entry in entries.values {
      if case .waiting(let until) = entry.phase { earliest = Instant.earlier(earliest, until) }
    }
    return earliest
  }

  /// A hop to which an OPTIONS is to be sent now; to be repeated until it is nil.
  public mutating func probeDue(now: Instant) -> LocatedHop? {
    for hop in order {
      guard case .waiting(let until) = entries[hop]?.phase, until <= now else { continue }
      entries[hop]?.phase = .probing
      return hop
    }
    return nil
  }

  /// The probe was answered; a provisional response is none yet, and what was not asked is ignored.
  @discardableResult
  public mutating func answered(_ hop: LocatedHop, status: Int, now: Instant) -> Change {
    guard (200...699).contains(status) else { return .none }
    guard status != 503 else { return failed(hop, now: now) }
    guard var entry = entries[hop], entry.phase == .probing else { return .none }
    let wasUp = entry.isUp
    entry = Entry(phase: .waiting(until: now + interval))
    entries[hop] = entry
    return wasUp ? .none : .wentUp
  }

  /// The probe was not answered in time, or could not be sent.
  @discardableResult
  public mutating func failed(_ hop: LocatedHop, now: Instant) -> Change {
    guard var entry = entries[hop], entry.phase == .probing else { return .none }
    entry.phase = .waiting(until: now + interval)
    entry.failures = min(entry.failures + 1, downAfter)
    let goesDown = entry.isUp && entry.failures == downAfter
    if goesDown { entry.isUp = false }
    entries[hop] = entry
    return goesDown ? .wentDown : .none
  }
}
