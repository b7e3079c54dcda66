import Codecs
import Testing

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

  @Test(arguments: Array("0123456789*#ABCD".utf8).enumerated().map { ($0.offset, $0.element) })
  func digits(code: Int, character: UInt8) throws {
    let digit = try #require(DTMFDigit(character))
    #expect(Int(digit.code) == code)
    #expect(DTMFDigit(code: UInt8(code))?.character == character)
  }

  @Test func othersAreNoDigits() {
    #expect(DTMFDigit(code: 16) == nil)
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

  @Test func holdingLongerThanAnEventCanLast() throws {
    var sender = TelephoneEventSender(holdUnits: 1_000_000)
    let one = try #require(DTMFDigit(code: 1))
    let isPressed = sender.press(one, at: 0)
    #expect(isPressed)
    var last: TelephoneEvent?
    while let packet = sender.next() { last = packet.event }
    #expect(last?.duration == 65_535)
  }

  /// Whatever is lost, repeated or late, each key is heard once, as long as one of its packets comes.
  @Test(arguments: 0..<64)
  func everyKeyOnce(seed: Int) throws {
    var noise = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    func chance(_ percent: UInt64) -> Bool {
      noise ^= noise << 13
      noise ^= noise >> 7
      noise ^= noise << 17
      return noise % 100 < percent
    }
    var sender = TelephoneEventSender()
    var receiver = TelephoneEventReceiver()
    var heard: [UInt8] = []
    var expected: [UInt8] = []
    var late: [TelephoneEventSender.Packet] = []
    func take(_ packet: TelephoneEventSender.Packet) {
      if case .pressed(let digit) = receiver.received(packet.event, timestamp: packet.timestamp) {
        heard.append(digit.code)
      }
    }
    var timestamp = UInt32.max - 4_000
    for key in 0..<12 {
      let digit = try #require(DTMFDigit(code: UInt8(key)))
      let isPressed = sender.press(digit, at: timestamp)
      #expect(isPressed)
      var arrived = false
      while let packet = sender.next() {
        timestamp &+= 160
        if chance(40) { continue }
        if chance(20) {
          late.append(packet)
          continue
        }
        arrived = true
        take(packet)
        if chance(30) { take(packet) }
        // What is late comes after a newer key at times, and is not heard then.
        if arrived, !late.isEmpty, chance(50) { take(late.removeFirst()) }
      }
      if heard.last == digit.code { expected.append(digit.code) }
      #expect(!arrived || heard.last == digit.code)
      timestamp &+= 800
    }
    #expect(heard == expected)
  }

  @Test func releaseTellsTheLength() throws {
    var receiver = TelephoneEventReceiver()
    func check(_ event: TelephoneEvent, _ timestamp: UInt32, _ outcome: TelephoneEventReceiver.Outcome) {
      let seen = receiver.received(event, timestamp: timestamp)
      #expect(seen == outcome)
    }
    let nine = try #require(DTMFDigit(code: 9))
    check(TelephoneEvent(code: 9, duration: 160), 7, .pressed(nine))
    check(TelephoneEvent(code: 9, duration: 320), 7, .none)
    let end = TelephoneEvent(code: 9, isEnd: true, duration: 480)
    check(end, 7, .released(nine, duration: 480))
    check(end, 7, .none)
    check(TelephoneEvent(code: 16, duration: 160), 900, .other(16))
  }
}
