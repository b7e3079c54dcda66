import Codecs
import Wire

/// What a leg is sent for a key by way of signalling.
public enum DTMFMessage: Sendable, Hashable {
  /// An INFO request with this body.
  case info(DTMFInfo)
  /// A user input of H.245.
  case userInput(UserInput)
}

/// How a leg wants its keys.
public enum DTMFWay: Sendable, Hashable {
  /// As telephone events in RTP (RFC 4733); timestamp units a second, and of one packet.
  case telephoneEvent(clockRate: UInt32, packetUnits: UInt32)
  /// As INFO requests.
  case info(DTMFInfo.Form)
  /// As `signal` and `signalUpdate` of H.245.
  case signal
  /// As `alphanumeric` of H.245.
  case alphanumeric
  /// Not at all.
  case none
}

/// Sends keys to one leg, in order, one after the other: RTP packets when ``nextPacket(timestamp:)`` is asked once per packet
/// time, messages when ``nextMessage()`` is asked after every event.
///
/// An INFO request waits until the one before is answered, lest they overtake each other (RFC 6086 §4.2.2).
public struct DTMFSender: Sendable {
  private struct Waiting {
    var digit: DTMFDigit
    /// Nil while the key is down.
    var duration: Duration?
  }

  /// How the leg wants its keys.
  public let way: DTMFWay
  /// Keys that were lost because too many waited, or because the leg takes none.
  public private(set) var lostKeys = 0

  private var events: TelephoneEventSender
  private let clockRate: UInt32
  private let pausePackets: Int
  /// Where the key before ended, on the stream's clock.
  private var lastEnd: UInt32?
  /// Packets left of the pause after a key.
  private var pause = 0
  private var waiting: [Waiting] = []
  /// Whether the key that telephone events are sent for is still down.
  private var isHolding = false
  private var isInfoUnanswered = false
  private var update: UInt16?
  /// Whether the key that is down was lost, so that its end means nothing.
  private var isLost = false

  /// A sender with nothing to send.
  public init(_ way: DTMFWay) {
    self.way = way
    guard case .telephoneEvent(let clockRate, let packetUnits) = way else {
      (clockRate, pausePackets, events) = (8_000, 0, TelephoneEventSender())
      return
    }
    self.clockRate = max(clockRate, 1)
    events = TelephoneEventSender(packetUnits: packetUnits)
    let units = max(packetUnits, 1)
    pausePackets = Int((DTMFLimits.pause.units(at: clockRate) + units - 1) / units)
  }

  /// Whether something is being sent or waits for it.
  public var isIdle: Bool { waiting.isEmpty && !events.isSending && update == nil }

  /// Takes up what became of a key on the other leg.
  public mutating func take(_ change: DTMFChange) {
    switch change {
    case .pressed(let digit, let duration):
      guard way != .none, waiting.count < DTMFLimits.maxWaiting else {
        lostKeys += 1
        isLost = duration == nil
        return
      }
      isLost = false
      waiting.append(Waiting(digit: digit, duration: duration))
    case .released(let digit, let duration): release(digit, duration)
    }
  }

  private mutating func release(_ digit: DTMFDigit, _ duration: Duration) {
    guard !isLost else {
      isLost = false
      return
    }
    if let place = waiting.lastIndex(where: { $0.digit == digit && $0.duration == nil }) {
      waiting[place].duration = duration
    } else if isHolding {
      isHolding = false
      events.release(after: max(duration, DTMFLimits.minHold).units(at: clockRate))
    } else if way == .signal {
      update = duration.keyMilliseconds
    }
  }

  /// The packet of this packet time, in place of audio; nil when no key is being sent.
  ///
  /// - Parameters:
  ///   - timestamp: of the audio that it takes the place of.
  public mutating func nextPacket(timestamp: UInt32) -> TelephoneEventSender.Packet? {
    guard case .telephoneEvent = way else { return nil }
    if let packet = events.next() {
      lastEnd = packet.timestamp &+ UInt32(packet.event.duration)
      if !events.isSending {
        pause = pausePackets
        isHolding = false
      }
      return packet
    }
    guard pause == 0 else {
      pause -= 1
      return nil
    }
    guard let first = waiting.first else { return nil }
    waiting.removeFirst()
    isHolding = first.duration == nil
    // Behind the key before, though a driver that asks too often would have it begin in the midst of that.
    var start = timestamp
    if let lastEnd, Int32(bitPattern: timestamp &- lastEnd) < 0 { start = lastEnd }
    _ =
      if let duration = first.duration {
        events.press(first.digit, at: start, for: max(duration, DTMFLimits.minHold).units(at: clockRate))
      } else { events.hold(first.digit, at: start) }
    let packet = events.next()
    if let packet { lastEnd = packet.timestamp &+ UInt32(packet.event.duration) }
    return packet
  }

  /// The message to be sent now; nil when there is none. To be asked until it is.
  public mutating func nextMessage() -> DTMFMessage? {
    switch way {
    case .telephoneEvent, .none: return nil
    case .info(let form):
      guard !isInfoUnanswered, let key = takeFirst() else { return nil }
      isInfoUnanswered = true
      // The far end acts at the press: it is not told how long only after the release.
      let milliseconds = (key.duration ?? DTMFLimits.usualHold).keyMilliseconds
      return .info(DTMFInfo(key.digit, milliseconds: form == .relay ? milliseconds : nil, form: form))
    case .signal:
      if let milliseconds = update {
        update = nil
        return .userInput(.signalUpdate(milliseconds: milliseconds))
      }
      return takeFirst().map { .userInput(.signal($0.digit, milliseconds: $0.duration?.keyMilliseconds)) }
    case .alphanumeric: return takeFirst().map { .userInput(.alphanumeric([$0.digit.character])) }
    }
  }

  /// The INFO request is answered, whatever the answer, or has timed out: the next may go.
  public mutating func infoAnswered() { isInfoUnanswered = false }

  private mutating func takeFirst() -> Waiting? { waiting.isEmpty ? nil : waiting.removeFirst() }
}
