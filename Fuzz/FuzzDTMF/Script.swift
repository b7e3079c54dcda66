import Codecs
import DTMF
import FuzzSupport
import Wire

/// Two phones with a bridge between them, and what the input's bytes have them key in.
///
/// Each phone has one way of sending keys, or sends telephone events and INFO requests at once. A key that the bridge was
/// told of, be it by one packet, is heard at the other end once, and in order.
struct Script {
  /// How a phone sends.
  private enum Habit: UInt8 {
    case events
    case info
    case eventsAndInfo
    case userInput
  }

  private var bridge: DTMFBridge
  private let habits: [Habit]
  private var now = Instant.zero
  private var timestamps: [UInt32] = [0xFFFF_0000, 77]
  private var ssrcs: [UInt32] = [1, 2]
  private var pressed = ["", ""]
  private var heard = ["", ""]
  private var ears = [TelephoneEventReceiver(), TelephoneEventReceiver()]
  private var clock: UInt32 = 0
  private let packetTimes: [UInt32]
  private var presses = 0

  init(options: UInt8) {
    let ways: [DTMFWay] = [
      .telephoneEvent(clockRate: 8_000, packetUnits: 160), .info(.relay), .info(.plain), .signal, .alphanumeric,
      .telephoneEvent(clockRate: 8_000, packetUnits: 480), .info(.relay), .signal,
    ]
    bridge = DTMFBridge(a: ways[Int(options & 7)], b: ways[Int(options >> 3 & 7)])
    // The sixth way has packets of 60 ms.
    packetTimes = [options & 7 == 5 ? 480 : 160, options >> 3 & 7 == 5 ? 480 : 160]
    habits = [Habit(rawValue: options >> 6) ?? .events, Habit(rawValue: options & 3) ?? .events]
  }

  /// One step; false at the input's end.
  @_lifetime(reader: copy reader)
  mutating func step(_ reader: inout ByteReader) -> Bool {
    guard presses < 48, let step = try? reader.readUInt8(), let detail = try? reader.readUInt8() else { return false }
    if step & 0x0F == 0x0F {
      run(milliseconds: Int64(detail) * 20)
      return true
    }
    guard let lost = try? reader.readUInt16(), let repeated = try? reader.readUInt16(),
      let digit = DTMFDigit(code: detail % DTMFDigit.codeCount)
    else { return false }
    presses += 1
    let side = Int(step & 1)
    let isLong = step & 0x0E == 0x0E
    switch habits[side] {
    case .events: keyEvents(digit, side, step, lost, repeated, isLong: isLong)
    case .info: keyInfo(digit, side, step)
    case .eventsAndInfo:
      // The request first, or behind the packets; it is never lost.
      if step & 0x80 != 0 { keyInfo(digit, side, step) }
      let isSeen = keyEvents(digit, side, step, lost, repeated, isLong: isLong, isCounted: false)
      if step & 0x80 == 0 { keyInfo(digit, side, step) } else if !isSeen { run(milliseconds: 2_200) }
    case .userInput: keyUserInput(digit, side, step)
    }
    return true
  }

  /// Plays out all that waits.
  mutating func finish() {
    var steps = 0
    while !(bridge.isIdle(to: .a) && bridge.isIdle(to: .b) && bridge.nextDeadline == nil) {
      run(milliseconds: 20)
      steps += 1
      require(steps < 200_000, "no end in sight")
    }
    run(milliseconds: 500)
    for (side, ear) in [(0, DTMFBridge.Side.b), (1, .a)] {
      require(bridge.lostKeys(to: ear) == 0, "keys were lost, though few waited")
      require(heard[1 - side] == pressed[side], "pressed \(pressed[side]), heard \(heard[1 - side])")
    }
  }

  // MARK: Keys

  /// A key as packets: those of `lost` do not arrive, those of `repeated` twice, one comes after the next.
  @discardableResult
  private mutating func keyEvents(
    _ digit: DTMFDigit, _ side: Int, _ step: UInt8, _ lost: UInt16, _ repeated: UInt16, isLong: Bool,
    isCounted: Bool = true
  ) -> Bool {
    let packets: UInt32 = isLong ? 900 : UInt32(step >> 4 & 7) + 1
    var sender = TelephoneEventSender()
    let isPressed = sender.press(digit, at: timestamps[side], for: packets * 160)
    require(isPressed, "a new sender is busy")
    var place: UInt16 = 0
    var isSeen = false
    var late: TelephoneEventSender.Packet?
    while let packet = sender.next() {
      timestamps[side] &+= 160
      defer { place = (place + 1) & 15 }
      guard lost >> place & 1 == 0 else {
        run(milliseconds: 20)
        continue
      }
      isSeen = true
      if isLong == false, repeated >> 15 != 0, late == nil {
        late = packet
        continue
      }
      receive(packet, side)
      if repeated >> place & 1 != 0 { receive(packet, side) }
      if let held = late {
        receive(held, side)
        late = nil
      }
      run(milliseconds: 20)
    }
    if let late { receive(late, side) }
    timestamps[side] &+= 320
    if isSeen, isCounted { pressed[side] += digit.description }
    return isSeen
  }

  private mutating func keyInfo(_ digit: DTMFDigit, _ side: Int, _ step: UInt8) {
    pressed[side] += digit.description
    bridge.received(
      DTMFInfo(digit, milliseconds: step & 16 == 0 ? nil : UInt16(step)), from: side == 0 ? .a : .b, now: now)
    run(milliseconds: 20)
  }

  private mutating func keyUserInput(_ digit: DTMFDigit, _ side: Int, _ step: UInt8) {
    pressed[side] += digit.description
    let from: DTMFBridge.Side = side == 0 ? .a : .b
    switch step & 0x30 {
    case 0: bridge.received(.alphanumeric([digit.character, 0x20]), from: from, now: now)
    case 0x10: bridge.received(.signal(digit, milliseconds: UInt16(step)), from: from, now: now)
    default:
      bridge.received(.signal(digit, milliseconds: nil), from: from, now: now)
      run(milliseconds: Int64(step & 0x40) * 5)
      if step & 0x20 != 0 { bridge.received(.signalUpdate(milliseconds: UInt16(step)), from: from, now: now) }
    }
    run(milliseconds: 20)
  }

  private mutating func receive(_ packet: TelephoneEventSender.Packet, _ side: Int) {
    bridge.received(
      packet.event, timestamp: packet.timestamp, isMarked: packet.isFirst, ssrc: ssrcs[side],
      from: side == 0 ? .a : .b, now: now)
  }

  // MARK: The other end

  private mutating func run(milliseconds: Int64) {
    var left = milliseconds
    while left > 0 {
      left -= 20
      now += .milliseconds(20)
      clock &+= 160
      bridge.advance(now: now)
      for side in DTMFBridge.Side.allCases { hear(side) }
    }
  }

  private mutating func hear(_ side: DTMFBridge.Side) {
    let ear = side == .a ? 0 : 1
    let packetTime = packetTimes[ear]
    if clock % packetTime == 0, let packet = bridge.nextPacket(to: side, timestamp: clock) {
      switch ears[ear].received(packet.event, timestamp: packet.timestamp, isMarked: packet.isFirst) {
      case .pressed(let digit), .tapped(let digit, _): heard[ear] += digit.description
      case .released, .held, .none: break
      case .other: require(false, "an event that is no key")
      }
    }
    while let message = bridge.nextMessage(to: side) {
      switch message {
      case .info(let info):
        heard[ear] += info.digit.description
        bridge.infoAnswered(from: side)
      case .userInput(.alphanumeric(let text)): heard[ear] += String(decoding: text, as: UTF8.self)
      case .userInput(.signal(let digit, _)): heard[ear] += digit.description
      case .userInput(.signalUpdate): break
      }
    }
  }
}
