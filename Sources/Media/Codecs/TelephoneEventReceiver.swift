/// Finds the keys in a stream of telephone-event packets, each once (RFC 4733 §2.5.2): packets of one key have one
/// timestamp; any of them may be lost, repeated or late. Several keys may have the same timestamp, as some gateways write
/// it, and a long one goes on in segments with timestamps of their own (§2.5.1.3).
///
/// A key counts when it is first seen, so that it is not lost with the packets that end it; its length is known later.
public struct TelephoneEventReceiver: Sendable {
  /// What a packet meant.
  public enum Outcome: Sendable, Hashable {
    /// A key was pressed.
    case pressed(DTMFDigit)
    /// A key that was not seen before is over already; how long it was held, in timestamp units.
    case tapped(DTMFDigit, duration: UInt32)
    /// A key that was pressed is over and was held for so long, in timestamp units. Said once.
    case released(DTMFDigit, duration: UInt32)
    /// A key that was pressed is still held.
    case held(DTMFDigit)
    /// An old packet.
    case none
    /// An event that is no key, seen for the first time: its code.
    case other(UInt8)
  }

  private struct Event {
    var code: UInt8
    /// Where it began, and where its newest segment did.
    var start: UInt32
    var segment: UInt32
    var duration: UInt16
    var isOver: Bool
  }

  /// Events that are remembered, so that a late packet of one is known for what it is.
  public static let remembered = 16
  /// A segment that reports at least so much may be followed by one that begins where it ended.
  private static let nearlyFull: UInt16 = 0xF000
  /// Segments that may be lost whole between two packets of an event.
  private static let maxLostSegments: UInt32 = 8

  private var events = InlineArray<16, Event>(
    repeating: Event(code: 0, start: 0, segment: 0, duration: 0, isOver: true))
  private var count = 0
  /// The place of the next one, and of that with the newest timestamp.
  private var next = 0
  private var newest = 0
  private let restartUnits: Int32

  /// A receiver that has heard nothing.
  ///
  /// - Parameters:
  ///   - clockRate: timestamp units of a second. A timestamp more than ten seconds before the newest one's is not late: the
  ///     sender has begun anew.
  public init(clockRate: UInt32 = 8_000) {
    restartUnits = Int32(min(clockRate, 192_000)) * 10
  }

  /// Whether nothing was heard yet.
  public var isEmpty: Bool { count == 0 }

  /// Takes the payload of a packet, its RTP timestamp and its marker bit.
  public mutating func received(_ event: TelephoneEvent, timestamp: UInt32, isMarked: Bool = false) -> Outcome {
    if let place = place(of: event, timestamp) { return received(event, timestamp, at: place) }
    if !isMarked, let place = placeContinued(by: event, timestamp) {
      events[place].segment = timestamp
      events[place].duration = 0
      newest = place
      return received(event, timestamp, at: place)
    }
    var isNewest = true
    if count > 0 {
      // Timestamps are compared around the wrap (RFC 3550 §5.1).
      let distance = Int32(bitPattern: timestamp &- events[newest].segment)
      if distance < -restartUnits {
        reset()
      } else if distance < 0 {
        if isOlderThanAll(timestamp) { return .none }
        isNewest = false
      }
    }
    append(event, timestamp, isNewest: isNewest)
    guard let digit = DTMFDigit(code: event.code) else { return .other(event.code) }
    return event.isEnd ? .tapped(digit, duration: UInt32(event.duration)) : .pressed(digit)
  }

  /// The stream has begun anew, with timestamps of its own.
  public mutating func reset() {
    count = 0
    next = 0
    newest = 0
  }

  /// More of an event that is known: of its newest segment, or late and of one before, which tells nothing.
  private mutating func received(_ event: TelephoneEvent, _ timestamp: UInt32, at place: Int) -> Outcome {
    guard !events[place].isOver, timestamp == events[place].segment, let digit = DTMFDigit(code: event.code) else {
      return .none
    }
    events[place].duration = max(event.duration, events[place].duration)
    guard event.isEnd else { return .held(digit) }
    events[place].isOver = true
    return .released(digit, duration: (events[place].segment &- events[place].start) &+ UInt32(events[place].duration))
  }

  /// The event whose segments so far hold a packet's timestamp.
  private func place(of event: TelephoneEvent, _ timestamp: UInt32) -> Int? {
    for place in 0..<count where events[place].code == event.code {
      let known = events[place]
      if timestamp == known.start || timestamp &- known.start <= known.segment &- known.start { return place }
    }
    return nil
  }

  /// The event whose next segment a packet begins, or one after those that were lost.
  private func placeContinued(by event: TelephoneEvent, _ timestamp: UInt32) -> Int? {
    let full = TelephoneEventSender.segmentUnits
    for place in 0..<count where events[place].code == event.code && !events[place].isOver {
      let distance = timestamp &- events[place].segment
      if distance % full == 0, distance / full <= TelephoneEventReceiver.maxLostSegments { return place }
      let told = events[place].duration
      if told >= TelephoneEventReceiver.nearlyFull, distance == UInt32(told) { return place }
    }
    return nil
  }

  /// Whether a late packet may be of an event that is forgotten.
  private func isOlderThanAll(_ timestamp: UInt32) -> Bool {
    guard count == TelephoneEventReceiver.remembered else { return false }
    for place in 0..<count where Int32(bitPattern: timestamp &- events[place].start) >= 0 { return false }
    return true
  }

  private mutating func append(_ event: TelephoneEvent, _ timestamp: UInt32, isNewest: Bool) {
    // The oldest makes room; the newest stays, for the others are compared with it.
    if count == TelephoneEventReceiver.remembered, next == newest, !isNewest { advance() }
    events[next] = Event(
      code: event.code, start: timestamp, segment: timestamp, duration: event.duration, isOver: event.isEnd)
    if isNewest { newest = next }
    advance()
    count = min(count + 1, TelephoneEventReceiver.remembered)
  }

  private mutating func advance() { next = (next + 1) % TelephoneEventReceiver.remembered }
}
