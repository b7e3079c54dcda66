/// The payload of a telephone-event packet (RFC 4733 §2.3): four bytes.
public struct TelephoneEvent: Sendable, Hashable {
  /// The event code: 0 to 9 are digits, 10 `*`, 11 `#`, 12 to 15 A to D, 16 the hook flash (§3.2).
  public var code: UInt8
  /// Whether the event is over.
  public var isEnd: Bool
  /// The power below 0 dBm0, in dB: 0 to 63.
  public var volume: UInt8
  /// How long it has lasted, in timestamp units, up to the end of this packet's part.
  public var duration: UInt16

  /// Bytes of a payload.
  public static let byteCount = 4

  /// An event's state.
  public init(code: UInt8, isEnd: Bool = false, volume: UInt8 = 10, duration: UInt16) {
    self.code = code
    self.isEnd = isEnd
    self.volume = min(volume, 63)
    self.duration = duration
  }

  /// Reads a payload; nil when it is shorter than four bytes. What stands behind them is not looked at, since a packet may
  /// not carry more than one event (§2.5.1.2) and some phones pad.
  public init?(_ payload: Span<UInt8>) {
    guard payload.count >= TelephoneEvent.byteCount else { return nil }
    code = payload[0]
    // The reserved bit is ignored (§2.3.4).
    isEnd = payload[1] & 0x80 != 0
    volume = payload[1] & 0x3F
    duration = UInt16(payload[2]) << 8 | UInt16(payload[3])
  }

  /// Writes the payload; false when there is no room for its four bytes.
  @discardableResult
  public func write(into payload: inout MutableSpan<UInt8>) -> Bool {
    guard payload.count >= TelephoneEvent.byteCount else { return false }
    payload[0] = code
    payload[1] = (isEnd ? 0x80 : 0) | min(volume, 63)
    payload[2] = UInt8(truncatingIfNeeded: duration >> 8)
    payload[3] = UInt8(truncatingIfNeeded: duration)
    return true
  }
}

/// A key of a telephone: the sixteen of DTMF.
public struct DTMFDigit: Sendable, Hashable, CustomStringConvertible {
  /// Its event code, 0 to 15.
  public let code: UInt8

  private static let characters = Array("0123456789*#ABCD".utf8)

  /// The key of an event code; nil above 15.
  public init?(code: UInt8) {
    guard code < 16 else { return nil }
    self.code = code
  }

  /// The key of a character, `0` to `9`, `*`, `#`, `A` to `D` in either case: the same that SIP INFO
  /// (`application/dtmf-relay`) and the user input of H.245 write.
  public init?(_ character: UInt8) {
    let upper = character >= 0x61 && character <= 0x7A ? character - 0x20 : character
    guard let code = DTMFDigit.characters.firstIndex(of: upper) else { return nil }
    self.code = UInt8(truncatingIfNeeded: code)
  }

  /// The character.
  public var character: UInt8 { DTMFDigit.characters[Int(code)] }

  /// The character.
  public var description: String { String(UnicodeScalar(character)) }
}

/// Sends one key as a series of packets (RFC 4733 §2.5.1): the first with the marker bit, one every packet time with a
/// growing duration and the timestamp of the beginning, and three that say it is over.
///
/// A machine for one stream: ``next()`` is asked once per packet time and takes the place of audio while it answers.
public struct TelephoneEventSender: Sendable {
  /// What to send now.
  public struct Packet: Sendable, Hashable {
    /// The payload.
    public var event: TelephoneEvent
    /// The timestamp of the event's beginning.
    public var timestamp: UInt32
    /// Set on the first packet only.
    public var isFirst: Bool
  }

  private enum State {
    /// Nothing to send.
    case idle
    /// → `ending` when the key has been held long enough.
    case holding(code: UInt8, start: UInt32, elapsed: UInt32, isFirst: Bool)
    /// → `idle` after the third.
    case ending(code: UInt8, start: UInt32, duration: UInt16, left: Int)
  }

  private var state = State.idle
  private let packetUnits: UInt32
  private let holdUnits: UInt32
  private let volume: UInt8

  /// How often the end is said (§2.5.1.4).
  public static let endings = 3

  /// A sender.
  ///
  /// - Parameters:
  ///   - packetUnits: timestamp units of one packet: 160 for 20 ms at 8,000 a second.
  ///   - holdUnits: how long a key is held, in the same; 800 is 100 ms. At most 65,535, beyond which an event would have to
  ///     be cut into segments (§2.5.1.3).
  public init(packetUnits: UInt32 = 160, holdUnits: UInt32 = 800, volume: UInt8 = 10) {
    self.packetUnits = max(packetUnits, 1)
    self.holdUnits = min(max(holdUnits, packetUnits), 65_535)
    self.volume = min(volume, 63)
  }

  /// Whether a key is being sent.
  public var isSending: Bool { if case .idle = state { false } else { true } }

  /// Begins with a key; false while another is being sent.
  public mutating func press(_ digit: DTMFDigit, at timestamp: UInt32) -> Bool {
    guard case .idle = state else { return false }
    state = .holding(code: digit.code, start: timestamp, elapsed: 0, isFirst: true)
    return true
  }

  /// The packet of this packet time; nil when nothing is being sent.
  public mutating func next() -> Packet? {
    switch state {
    case .idle: return nil
    case .holding(let code, let start, let elapsed, let isFirst):
      let now = min(elapsed + packetUnits, holdUnits)
      let duration = UInt16(truncatingIfNeeded: now)
      if now == holdUnits {
        state = .ending(code: code, start: start, duration: duration, left: TelephoneEventSender.endings - 1)
      } else {
        state = .holding(code: code, start: start, elapsed: now, isFirst: false)
      }
      return packet(code, isEnd: now == holdUnits, duration, start, isFirst)
    case .ending(let code, let start, let duration, let left):
      state = left <= 1 ? .idle : .ending(code: code, start: start, duration: duration, left: left - 1)
      return packet(code, isEnd: true, duration, start, false)
    }
  }

  private func packet(
    _ code: UInt8, isEnd: Bool, _ duration: UInt16, _ start: UInt32, _ isFirst: Bool
  ) -> Packet {
    Packet(
      event: TelephoneEvent(code: code, isEnd: isEnd, volume: volume, duration: duration), timestamp: start,
      isFirst: isFirst)
  }
}

/// Finds the keys in a stream of telephone-event packets, each once (RFC 4733 §2.5.2): packets of one key have one
/// timestamp; any of them may be lost, repeated or late.
///
/// A key counts when it is first seen, so that it is not lost with the packets that end it; its length is known later.
public struct TelephoneEventReceiver: Sendable {
  /// What a packet meant.
  public enum Outcome: Sendable, Hashable {
    /// A key was pressed.
    case pressed(DTMFDigit)
    /// The key before is over and was held for so long, in timestamp units. Said once.
    case released(DTMFDigit, duration: UInt16)
    /// More of the same, or an old packet.
    case none
    /// An event that is no key: its code.
    case other(UInt8)
  }

  private struct Current {
    var code: UInt8
    var timestamp: UInt32
    var duration: UInt16
    var isOver: Bool
  }

  private var current: Current?

  /// A receiver that has heard nothing.
  public init() {}

  /// Takes the payload of a packet and its RTP timestamp.
  public mutating func received(_ event: TelephoneEvent, timestamp: UInt32) -> Outcome {
    if let current {
      // Timestamps are compared around the wrap (RFC 3550 §5.1).
      let distance = Int32(bitPattern: timestamp &- current.timestamp)
      if distance < 0 { return .none }
      if distance == 0 {
        guard event.code == current.code, !current.isOver else { return .none }
        self.current?.duration = max(event.duration, current.duration)
        guard event.isEnd else { return .none }
        self.current?.isOver = true
        guard let digit = DTMFDigit(code: event.code) else { return .none }
        return .released(digit, duration: max(event.duration, current.duration))
      }
    }
    current = Current(code: event.code, timestamp: timestamp, duration: event.duration, isOver: event.isEnd)
    return DTMFDigit(code: event.code).map(Outcome.pressed) ?? .other(event.code)
  }

  /// The stream has begun anew, with timestamps of its own.
  public mutating func reset() { current = nil }
}
