import Codecs
import Testing
import Wire

struct TelephoneEventTests {
  @Test func layout() throws {
    let bytes: [UInt8] = [0x0B, 0x8A, 0x03, 0x20]
    let read = TelephoneEvent(bytes.span)
    let event = try #require(read)
    #expect(event == TelephoneEvent(code: 11, isEnd: true, volume: 10, duration: 800))
    var written = [UInt8](repeating: 0, count: 4)
    var span = written.mutableSpan
    let isWritten = event.write(into: &span)
    #expect(isWritten)
    #expect(written == bytes)
    let short: [UInt8] = [1, 2, 3]
    let tooFew = TelephoneEvent(short.span)
    #expect(tooFew == nil)
    var three = [UInt8](repeating: 0, count: 3)
    var tooShort = three.mutableSpan
    let isCut = event.write(into: &tooShort)
    #expect(!isCut)
  }

  @Test(arguments: Array("0123456789*#ABCD!".utf8).enumerated().map { ($0.offset, $0.element) })
  func digits(code: Int, character: UInt8) throws {
    let digit = try #require(DTMFDigit(character))
    #expect(Int(digit.code) == code)
    #expect(DTMFDigit(code: UInt8(code))?.character == character)
  }

  @Test func othersAreNoDigits() {
    #expect(DTMFDigit(code: 17) == nil)
    #expect(DTMFDigit(UInt8(ascii: "E")) == nil)
    #expect(DTMFDigit(UInt8(ascii: "d"))?.description == "D")
  }

  /// 100 ms of a key in packets of 20 ms: five, the last of them the first of three ends.
  @Test func sending() throws {
    var sender = TelephoneEventSender()
    let five = try #require(DTMFDigit(code: 5))
    let (before, pressed, again) = (sender.next(), sender.press(five, at: 1_000), sender.press(five, at: 1_160))
    #expect(before == nil)
    #expect(pressed)
    #expect(!again)
    var packets: [TelephoneEventSender.Packet] = []
    while let packet = sender.next() { packets.append(packet) }
    #expect(packets.map(\.event.duration) == [160, 320, 480, 640, 800, 800, 800])
    #expect(packets.map(\.event.isEnd) == [false, false, false, false, true, true, true])
    #expect(packets.map(\.isFirst) == [true, false, false, false, false, false, false])
    #expect(packets.allSatisfy { $0.timestamp == 1_000 && $0.event.code == 5 })
    #expect(!sender.isSending)
  }

  /// 10 s: a segment that is told full without its end, and one with a timestamp of its own (§2.5.1.3).
  @Test func holdingLongerThanASegment() throws {
    var sender = TelephoneEventSender()
    let one = try #require(DTMFDigit(code: 1))
    let isPressed = sender.press(one, at: 1_000, for: 80_000)
    #expect(isPressed)
    var packets: [TelephoneEventSender.Packet] = []
    while let packet = sender.next() { packets.append(packet) }
    #expect(packets.count == 502)
    #expect(packets.filter(\.isFirst).count == 1)
    #expect(packets[409].event.duration == 65_535)
    #expect(packets[409].timestamp == 1_000)
    #expect(!packets[409].event.isEnd)
    #expect(packets[410].event.duration == 411 * 160 - 65_535)
    #expect(packets[410].timestamp == 66_535)
    #expect(packets.suffix(3).map(\.event.duration) == [14_465, 14_465, 14_465])
    #expect(packets.filter(\.event.isEnd).count == 3)
  }

  @Test func holdingUntilReleased() throws {
    var sender = TelephoneEventSender()
    let two = try #require(DTMFDigit(code: 2))
    let isHeld = sender.hold(two, at: 0)
    #expect(isHeld)
    var durations = (0..<4).compactMap { _ in sender.next()?.event.duration }
    sender.release(after: 700)
    while let packet = sender.next() { durations.append(packet.event.duration) }
    #expect(durations == [160, 320, 480, 640, 700, 700, 700])
    // A release that comes late takes nothing back.
    let isHeldAgain = sender.hold(two, at: 9_000)
    #expect(isHeldAgain)
    durations = (0..<4).compactMap { _ in sender.next()?.event.duration }
    sender.release(after: 200)
    while let packet = sender.next() { durations.append(packet.event.duration) }
    #expect(durations == [160, 320, 480, 640, 640, 640, 640])
    let isHeldTwice = sender.hold(two, at: 0)
    #expect(isHeldTwice)
    var count = 0
    while sender.next() != nil { count += 1 }
    #expect(count == Int(TelephoneEventSender.maxHoldUnits) / 160 + 2)
  }

  /// Whatever is lost, repeated or late, each key is heard once, as long as one of its packets comes.
  @Test(arguments: 0..<64)
  func everyKeyOnce(seed: UInt64) throws {
    var chaos = SplitMix64(seed: seed)
    var sender = TelephoneEventSender()
    var receiver = TelephoneEventReceiver()
    var heard: [UInt8] = []
    var expected: Set<UInt8> = []
    var late: [TelephoneEventSender.Packet] = []
    func take(_ packet: TelephoneEventSender.Packet) {
      expected.insert(packet.event.code)
      switch receiver.received(packet.event, timestamp: packet.timestamp, isMarked: packet.isFirst) {
      case .pressed(let digit), .tapped(let digit, _): heard.append(digit.code)
      case .released, .held, .none, .other: break
      }
    }
    var timestamp = UInt32.max - 4_000
    for key in 0..<12 {
      let digit = try #require(DTMFDigit(code: UInt8(key)))
      let isPressed = sender.press(digit, at: timestamp)
      #expect(isPressed)
      while let packet = sender.next() {
        timestamp &+= 160
        if chaos.chance(40) { continue }
        if chaos.chance(20) {
          late.append(packet)
          continue
        }
        take(packet)
        if chaos.chance(30) { take(packet) }
        if !late.isEmpty, chaos.chance(50) { take(late.removeFirst()) }
      }
      timestamp &+= 800
    }
    for packet in late { take(packet) }
    #expect(heard.count == expected.count)
    #expect(Set(heard) == expected)
  }

  @Test func releaseTellsTheLength() throws {
    var receiver = TelephoneEventReceiver()
    func check(_ event: TelephoneEvent, _ timestamp: UInt32, _ outcome: TelephoneEventReceiver.Outcome) {
      let seen = receiver.received(event, timestamp: timestamp)
      #expect(seen == outcome)
    }
    let nine = try #require(DTMFDigit(code: 9))
    check(TelephoneEvent(code: 9, duration: 160), 7, .pressed(nine))
    check(TelephoneEvent(code: 9, duration: 320), 7, .held(nine))
    let end = TelephoneEvent(code: 9, isEnd: true, duration: 480)
    check(end, 7, .released(nine, duration: 480))
    check(end, 7, .none)
    check(TelephoneEvent(code: 66, duration: 160), 900, .other(66))
    check(TelephoneEvent(code: 66, duration: 320), 900, .none)
    check(end, 1_800, .tapped(nine, duration: 480))
    check(end, 7, .none)
  }

  /// Segments are one key, also when the packets between them are lost; the same key afterwards is another.
  @Test func segmentsAreOneKey() throws {
    var receiver = TelephoneEventReceiver()
    func check(
      _ duration: UInt16, _ timestamp: UInt32, isEnd: Bool = false, isMarked: Bool = false,
      _ outcome: TelephoneEventReceiver.Outcome
    ) {
      let event = TelephoneEvent(code: 9, isEnd: isEnd, duration: duration)
      let seen = receiver.received(event, timestamp: timestamp, isMarked: isMarked)
      #expect(seen == outcome)
    }
    let nine = try #require(DTMFDigit(code: 9))
    let start: UInt32 = 0xFFFF_FF00
    check(160, start, isMarked: true, .pressed(nine))
    check(160, start &+ 65_535, .held(nine))
    check(65_535, start, .none)
    check(160, start &+ 3 * 65_535, .held(nine))
    check(800, start &+ 3 * 65_535, isEnd: true, .released(nine, duration: 3 * 65_535 + 800))
    check(800, start &+ 65_535, isEnd: true, .none)
    // A segment that another sender cut where its packet ended.
    let next = start &+ 4 * 65_535
    check(160, next, isMarked: true, .pressed(nine))
    check(65_440, next, .held(nine))
    check(160, next &+ 65_440, .held(nine))
    check(320, next &+ 65_440, isEnd: true, .released(nine, duration: 65_760))
    // The marker bit says that it is a key of its own.
    check(160, next &+ 65_440 &+ 65_535, isMarked: true, .pressed(nine))
  }

  /// A sender that begins anew with earlier timestamps is heard; what is forgotten is not heard twice.
  @Test func restartsAndForgets() throws {
    var receiver = TelephoneEventReceiver()
    let event = TelephoneEvent(code: 1, isEnd: true, duration: 160)
    let one = try #require(DTMFDigit(code: 1))
    for key in 0...UInt32(TelephoneEventReceiver.remembered) {
      let seen = receiver.received(event, timestamp: 200_000 + key * 1_000)
      #expect(seen == .tapped(one, duration: 160))
    }
    let late = receiver.received(event, timestamp: 200_000)
    #expect(late == .none)
    let anew = receiver.received(event, timestamp: 5)
    #expect(anew == .tapped(one, duration: 160))
  }

  /// From 8,000 a second to 48,000 and back: one key, as long as it was.
  @Test(arguments: [(UInt32(8_000), UInt32(48_000)), (48_000, 8_000), (8_000, 8_000), (16_000, 48_000)])
  func anotherClock(from: UInt32, to: UInt32) throws {
    var sender = TelephoneEventSender(packetUnits: from / 50)
    var converter = TelephoneEventConverter(from: from, to: to)
    var receiver = TelephoneEventReceiver(clockRate: to)
    let four = try #require(DTMFDigit(code: 4))
    var heard: [TelephoneEventReceiver.Outcome] = []
    for seconds in [UInt32(1), 5, 20] {
      let isPressed = sender.press(four, at: 0xFFFF_0000 &+ seconds &* 3_000_000, for: seconds * from)
      #expect(isPressed)
      while let packet = sender.next() {
        let new = converter.convert(packet.event, timestamp: packet.timestamp, isMarked: packet.isFirst)
        #expect(new.isFirst == packet.isFirst)
        #expect(new.start == 0xFFFF_0000 &+ seconds &* 3_000_000)
        let outcome = receiver.received(
          new.event, timestamp: 77 &+ seconds &* 3_000_000 &+ new.offset, isMarked: new.isFirst)
        switch outcome {
        case .pressed, .released, .tapped: heard.append(outcome)
        case .held, .none, .other: break
        }
      }
    }
    #expect(
      heard == [1, 5, 20].flatMap { [.pressed(four), .released(four, duration: $0 * to)] })
  }
}
