/// Sends one key as a series of packets (RFC 4733 §2.5.1): the first with the marker bit, one every packet time with a
/// growing duration and the timestamp of the beginning, and three that say it is over. What is held longer than the 65,535
/// units a duration can say goes on in further segments, each with a timestamp of its own (§2.5.1.3).
///
/// A machine for one stream: ``next()`` is asked once per packet time and takes the place of audio while it answers.
public struct TelephoneEventSender: Sendable {
  /// What to send now.
  public struct Packet: Sendable, Hashable {
    /// The payload.
    public var event: TelephoneEvent
    /// The timestamp of the segment's beginning.
    public var timestamp: UInt32
    /// Set on the first packet only; the marker bit.
    public var isFirst: Bool
  }

  private enum State {
    /// Nothing to send.
    case idle
    /// → `ending` when the key has been held long enough.
    case holding(Hold)
    /// → `idle` after the third.
    case ending(code: UInt8, start: UInt32, duration: UInt16, left: Int)
  }

  private struct Hold {
    var code: UInt8
    /// Where the segment began.
    var start: UInt32
    /// Units told in this segment, and in those before it.
    var elapsed: UInt32 = 0
    var before: UInt32 = 0
    /// When it ends, in units from the beginning.
    var end: UInt32
    var isFirst = true
  }

  private var state = State.idle
  private let packetUnits: UInt32
  private let holdUnits: UInt32
  private let volume: UInt8

  /// How often the end is said (§2.5.1.4).
  public static let endings = 3
  /// The most units of one segment.
  public static let segmentUnits: UInt32 = 65_535
  /// The most units that a key is held, whoever forgets to release it: ten minutes at 48,000 a second.
  public static let maxHoldUnits: UInt32 = 28_800_000

  /// A sender.
  ///
  /// - Parameters:
  ///   - packetUnits: timestamp units of one packet, 1 to 65,535: 160 for 20 ms at 8,000 a second.
  ///   - holdUnits: how long a key is held when nothing else is said, in the same; 800 is 100 ms.
  public init(packetUnits: UInt32 = 160, holdUnits: UInt32 = 800, volume: UInt8 = 10) {
    self.packetUnits = min(max(packetUnits, 1), TelephoneEventSender.segmentUnits)
    self.holdUnits = TelephoneEventSender.held(holdUnits, self.packetUnits)
    self.volume = min(volume, 63)
  }

  /// Whether a key is being sent.
  public var isSending: Bool { if case .idle = state { false } else { true } }

  /// Begins with a key; false while another is being sent.
  ///
  /// - Parameters:
  ///   - units: how long it is held; nil for the time of init.
  public mutating func press(_ digit: DTMFDigit, at timestamp: UInt32, for units: UInt32? = nil) -> Bool {
    guard case .idle = state else { return false }
    let end = units.map { TelephoneEventSender.held($0, packetUnits) } ?? holdUnits
    state = .holding(Hold(code: digit.code, start: timestamp, end: end))
    return true
  }

  /// Begins with a key that is held until ``release(after:)``; false while another is being sent.
  public mutating func hold(_ digit: DTMFDigit, at timestamp: UInt32) -> Bool {
    press(digit, at: timestamp, for: TelephoneEventSender.maxHoldUnits)
  }

  /// Says how long the key is held, in units from its beginning; nil for as long as it was up to now.
  public mutating func release(after units: UInt32? = nil) {
    guard case .holding(var hold) = state else { return }
    hold.end = TelephoneEventSender.held(units ?? hold.before + hold.elapsed, packetUnits)
    state = .holding(hold)
  }

  /// The packet of this packet time; nil when nothing is being sent.
  public mutating func next() -> Packet? {
    switch state {
    case .idle: return nil
    case .holding(let hold): return next(of: hold)
    case .ending(let code, let start, let duration, let left):
      state = left <= 1 ? .idle : .ending(code: code, start: start, duration: duration, left: left - 1)
      return packet(code, isEnd: true, duration, start, false)
    }
  }

  private mutating func next(of hold: Hold) -> Packet {
    var next = hold
    next.isFirst = false
    let now = hold.elapsed + packetUnits
    // A duration that was told never shrinks, though the release comes late.
    let left = max(hold.end, hold.before + hold.elapsed) - hold.before
    if left <= now, left <= TelephoneEventSender.segmentUnits {
      let duration = UInt16(truncatingIfNeeded: left)
      state = .ending(code: hold.code, start: hold.start, duration: duration, left: TelephoneEventSender.endings - 1)
      return packet(hold.code, isEnd: true, duration, hold.start, hold.isFirst)
    }
    if now > TelephoneEventSender.segmentUnits {
      next.start = hold.start &+ TelephoneEventSender.segmentUnits
      next.before = hold.before + TelephoneEventSender.segmentUnits
      next.elapsed = now - TelephoneEventSender.segmentUnits
      state = .holding(next)
      return packet(hold.code, isEnd: false, .max, hold.start, hold.isFirst)
    }
    next.elapsed = now
    state = .holding(next)
    return packet(hold.code, isEnd: false, UInt16(truncatingIfNeeded: now), hold.start, hold.isFirst)
  }

  private func packet(
    _ code: UInt8, isEnd: Bool, _ duration: UInt16, _ start: UInt32, _ isFirst: Bool
  ) -> Packet {
    Packet(
      event: TelephoneEvent(code: code, isEnd: isEnd, volume: volume, duration: duration), timestamp: start,
      isFirst: isFirst)
  }

  private static func held(_ units: UInt32, _ packetUnits: UInt32) -> UInt32 {
    min(max(units, packetUnits), maxHoldUnits)
  }
}
