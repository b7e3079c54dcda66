import Codecs
import Wire

/// What has become of a key.
public enum DTMFChange: Sendable, Hashable {
  /// It was pressed; how long it is held when that is known already, else ``released`` says so later.
  case pressed(DTMFDigit, Duration?)
  /// The key that was pressed last is over and was held for so long.
  case released(DTMFDigit, Duration)
}

/// Hears the keys of one leg, by whatever way they come, each once: telephone events of several RTP sources, INFO requests,
/// user input of H.245.
///
/// A phone may send one press by two ways at once; a press that comes by another way within ``DTMFLimits/pairing`` of the
/// first is not heard again. At most one key is held: another ends it (RFC 4733 §2.5.2.3), so do 250 ms without a packet.
public struct DTMFReceiver: Sendable {
  private enum Way: UInt8 {
    case telephoneEvent = 1
    case info = 2
    case userInput = 4
  }

  /// A press that was heard, and the ways it came by.
  private struct Press {
    var digit: DTMFDigit
    var ways: UInt8
    var at: Instant
  }

  private struct Source {
    var ssrc: UInt32
    var receiver: TelephoneEventReceiver
    var heard: Instant
  }

  /// The key that is down. `isTold` when it was heard as a press of its own, and its end has to be told too.
  private struct Held {
    var digit: DTMFDigit
    /// Nil for one of H.245.
    var ssrc: UInt32?
    var since: Instant
    var heard: Instant
    var isTold: Bool
  }

  private let clockRate: UInt32
  private var sources: [Source] = []
  private var presses: [Press] = []
  private var held: Held?

  /// A receiver that has heard nothing.
  ///
  /// - Parameters:
  ///   - clockRate: timestamp units a second of the leg's telephone events.
  public init(clockRate: UInt32 = 8_000) {
    self.clockRate = max(clockRate, 1)
    presses.reserveCapacity(DTMFLimits.maxRemembered)
  }

  /// When ``advance(now:into:)`` has something to do; nil while no key is down.
  public var nextDeadline: Instant? { held.map { $0.heard + DTMFLimits.silence } }

  /// A packet of telephone events has come; changes are appended.
  public mutating func received(
    _ event: TelephoneEvent, timestamp: UInt32, isMarked: Bool, ssrc: UInt32, now: Instant,
    into changes: inout [DTMFChange]
  ) {
    advance(now: now, into: &changes)
    let place = place(of: ssrc, now: now)
    let isNewSource = sources[place].receiver.isEmpty
    let outcome = sources[place].receiver.received(event, timestamp: timestamp, isMarked: isMarked)
    sources[place].heard = now
    // A stream that goes on under another SSRC in the midst of a key.
    if isNewSource, !isMarked, let held, held.ssrc != nil, held.digit.code == event.code {
      self.held?.ssrc = ssrc
      self.held?.heard = now
      if case .tapped(_, let units) = outcome { release(.units(units, at: clockRate), into: &changes) }
      return
    }
    switch outcome {
    case .pressed(let digit):
      end(now: now, into: &changes)
      let isTold = isNew(digit, .telephoneEvent, now: now)
      held = Held(digit: digit, ssrc: ssrc, since: now, heard: now, isTold: isTold)
      if isTold { changes.append(.pressed(digit, nil)) }
    case .tapped(let digit, let units):
      end(now: now, into: &changes)
      if isNew(digit, .telephoneEvent, now: now) { changes.append(.pressed(digit, .units(units, at: clockRate))) }
    case .held(let digit):
      // Also of a key that was taken for over in a silence.
      touch(digit, now)
      if let held, held.ssrc == ssrc, held.digit == digit { self.held?.heard = now }
    case .released(let digit, let units):
      guard let held, held.ssrc == ssrc, held.digit == digit else { break }
      release(.units(units, at: clockRate), into: &changes)
    case .none, .other: break
    }
  }

  /// An INFO request has come.
  public mutating func received(_ info: DTMFInfo, now: Instant, into changes: inout [DTMFChange]) {
    advance(now: now, into: &changes)
    press(info.digit, info.milliseconds.map { .milliseconds(Int64($0)) } ?? DTMFLimits.usualHold, .info, now, &changes)
  }

  /// A user input of H.245 has come.
  public mutating func received(_ input: UserInput, now: Instant, into changes: inout [DTMFChange]) {
    advance(now: now, into: &changes)
    switch input {
    case .alphanumeric(let characters):
      for character in characters.prefix(DTMFLimits.maxCharacters) {
        guard let digit = DTMFDigit(character) else { continue }
        press(digit, DTMFLimits.usualHold, .userInput, now, &changes)
      }
    case .signal(let digit, let milliseconds?):
      press(digit, .milliseconds(Int64(max(milliseconds, 1))), .userInput, now, &changes)
    case .signal(let digit, nil):
      end(now: now, into: &changes)
      let isTold = isNew(digit, .userInput, now: now)
      held = Held(digit: digit, ssrc: nil, since: now, heard: now, isTold: isTold)
      if isTold { changes.append(.pressed(digit, nil)) }
    case .signalUpdate(let milliseconds):
      if let held, held.ssrc == nil { release(.milliseconds(Int64(max(milliseconds, 1))), into: &changes) }
    }
  }

  /// Time has passed: a key whose end was lost is over.
  public mutating func advance(now: Instant, into changes: inout [DTMFChange]) {
    guard let held, held.heard + DTMFLimits.silence <= now else { return }
    // Of H.245 nothing more comes for a key that is not updated.
    release(held.ssrc == nil ? DTMFLimits.usualHold : held.since.duration(to: held.heard), into: &changes)
  }

  // MARK: Presses

  private mutating func press(
    _ digit: DTMFDigit, _ duration: Duration, _ way: Way, _ now: Instant, _ changes: inout [DTMFChange]
  ) {
    guard isNew(digit, way, now: now) else { return }
    end(now: now, into: &changes)
    changes.append(.pressed(digit, duration))
  }

  /// Whether a press is none that came by another way before. Each press takes one of each other way with it.
  private mutating func isNew(_ digit: DTMFDigit, _ way: Way, now: Instant) -> Bool {
    presses.removeAll { $0.at + DTMFLimits.pairing < now }
    if let place = presses.firstIndex(where: { $0.digit == digit && $0.ways & way.rawValue == 0 }) {
      presses[place].ways |= way.rawValue
      return false
    }
    if presses.count == DTMFLimits.maxRemembered { presses.removeFirst() }
    presses.append(Press(digit: digit, ways: way.rawValue, at: now))
    return true
  }

  /// Another key ends the one that is down.
  private mutating func end(now: Instant, into changes: inout [DTMFChange]) {
    guard let held else { return }
    release(held.since.duration(to: held.ssrc == nil ? now : held.heard), into: &changes)
  }

  private mutating func release(_ duration: Duration, into changes: inout [DTMFChange]) {
    guard let held else { return }
    touch(held.digit, held.heard)
    if held.isTold { changes.append(.released(held.digit, duration)) }
    self.held = nil
  }

  /// However long a key is held, a press by another way counts from its end.
  private mutating func touch(_ digit: DTMFDigit, _ now: Instant) {
    if let place = presses.lastIndex(where: { $0.digit == digit }) { presses[place].at = max(now, presses[place].at) }
  }

  private mutating func place(of ssrc: UInt32, now: Instant) -> Int {
    if let place = sources.firstIndex(where: { $0.ssrc == ssrc }) { return place }
    let source = Source(ssrc: ssrc, receiver: TelephoneEventReceiver(clockRate: clockRate), heard: now)
    guard sources.count == DTMFLimits.maxSources else {
      sources.append(source)
      return sources.count - 1
    }
    var oldest = 0
    for place in sources.indices where sources[place].heard < sources[oldest].heard { oldest = place }
    sources[oldest] = source
    return oldest
  }
}
