import Codecs
import DTMF
import Testing
import Wire

struct BridgeTests {
  static let ways: [DTMFWay] = [Wires.events, .info(.relay), .info(.plain), .signal, .alphanumeric]

  /// One key of 100 ms as telephone events, to every other way.
  @Test(arguments: ways)
  func eventsToEveryWay(way: DTMFWay) {
    var wires = Wires(a: Wires.events, b: way)
    press(5, packets: 5, on: &wires)
    wires.run(packets: 20)
    #expect(wires.heard(.b) == "5")
    #expect(wires.heard(.a) == "")
    switch way {
    case .telephoneEvent, .signal: #expect(wires.lengths(.b) == [100])
    // The press goes over before its length is known.
    case .info(.relay): #expect(wires.lengths(.b) == [160])
    case .info, .alphanumeric, .none: #expect(wires.lengths(.b) == [])
    }
  }

  @Test(arguments: ways)
  func infoToEveryWay(way: DTMFWay) throws {
    var wires = Wires(a: .info(.relay), b: way)
    for code in [UInt8(1), 10, 1, 11] {
      let digit = try #require(DTMFDigit(code: code))
      wires.bridge.received(DTMFInfo(digit, milliseconds: 80), from: .a, now: wires.now)
    }
    wires.run(packets: 60)
    #expect(wires.heard(.b) == "1*1#")
    switch way {
    case .alphanumeric, .info(.plain), .none: #expect(wires.lengths(.b) == [])
    case .telephoneEvent, .signal, .info: #expect(wires.lengths(.b) == [80, 80, 80, 80])
    }
  }

  @Test(arguments: ways)
  func userInputToEveryWay(way: DTMFWay) throws {
    var wires = Wires(a: .signal, b: way)
    wires.bridge.received(.alphanumeric(Array("12 x3".utf8)), from: .a, now: wires.now)
    wires.run(packets: 60)
    let eight = try #require(DTMFDigit(code: 8))
    wires.bridge.received(.signal(eight, milliseconds: nil), from: .a, now: wires.now)
    wires.run(packets: 3)
    wires.bridge.received(.signalUpdate(milliseconds: 120), from: .a, now: wires.now)
    wires.bridge.received(.signal(eight, milliseconds: 60), from: .a, now: wires.now)
    wires.run(packets: 60)
    #expect(wires.heard(.b) == "12388")
    if case .telephoneEvent = way { #expect(wires.lengths(.b) == [160, 160, 160, 120, 60]) }
  }

  /// A second INFO request waits for the answer to the first.
  @Test func infoOneAtATime() throws {
    var wires = Wires(a: .alphanumeric, b: .info(.relay))
    wires.bridge.received(.alphanumeric(Array("123".utf8)), from: .a, now: wires.now)
    wires.run(packets: 10, answersInfo: false)
    #expect(wires.heard(.b) == "1")
    wires.bridge.infoAnswered(from: .b)
    wires.run(packets: 10, answersInfo: false)
    #expect(wires.heard(.b) == "12")
  }

  /// A phone that sends each key as events and as INFO, the INFO before or behind, and twice the same key.
  @Test(arguments: [0, 2, 6, 40])
  func bothWaysAtOnce(lag: Int) throws {
    let five = try #require(DTMFDigit(code: 5))
    var wires = Wires(a: Wires.events, b: .signal)
    for start in [UInt32(0), 8_000] {
      if lag == 0 { wires.bridge.received(DTMFInfo(five, milliseconds: 100), from: .a, now: wires.now) }
      press(5, packets: 5, at: start, on: &wires)
      wires.run(packets: lag)
      if lag > 0 { wires.bridge.received(DTMFInfo(five, milliseconds: 100), from: .a, now: wires.now) }
      wires.run(packets: 5)
    }
    #expect(wires.heard(.b) == "55")
    #expect(wires.lengths(.b) == [100, 100])
  }

  /// Two ways that are too far apart are two presses.
  @Test func pairingEnds() throws {
    let five = try #require(DTMFDigit(code: 5))
    var wires = Wires(a: Wires.events, b: .signal)
    press(5, packets: 5, on: &wires)
    wires.now += DTMFLimits.pairing + .milliseconds(20)
    wires.bridge.received(DTMFInfo(five, milliseconds: 100), from: .a, now: wires.now)
    wires.run()
    #expect(wires.heard(.b) == "55")
  }

  /// All three end packets are lost: the key is over after a while, and the next is another.
  @Test func endsAreLost() {
    var wires = Wires(a: Wires.events, b: Wires.events)
    for start in [UInt32(0), 16_000] {
      for packet in 1...5 { wires.event(7, UInt16(packet) * 160, at: start, isMarked: packet == 1) }
      #expect(wires.bridge.nextDeadline != nil)
      wires.run(packets: 30)
      #expect(wires.bridge.nextDeadline == nil)
    }
    #expect(wires.heard(.b) == "77")
    #expect(wires.lengths(.b).allSatisfy { $0 >= 80 && $0 <= 400 })
  }

  /// A key held for 20 s, in three segments; one of the packets that begin a segment is lost.
  @Test(arguments: [-1, 410, 411, 820])
  func longKeys(lost: Int) throws {
    var sender = TelephoneEventSender()
    let three = try #require(DTMFDigit(code: 3))
    let isHeld = sender.hold(three, at: 0xFFFF_0000)
    #expect(isHeld)
    var wires = Wires(a: Wires.events, b: Wires.events)
    for packet in 0..<1_003 {
      if packet == 1_000 { sender.release() }
      guard let next = sender.next() else { break }
      guard packet != lost else {
        wires.run()
        continue
      }
      wires.event(
        next.event.code, next.event.duration, isEnd: next.event.isEnd, at: next.timestamp, isMarked: next.isFirst)
    }
    wires.run(packets: 20)
    #expect(wires.heard(.b) == "3")
    #expect(wires.lengths(.b) == [20_000])
  }

  /// Some gateways write keys that were typed at once with one timestamp.
  @Test func twoEventsWithOneTimestamp() {
    var wires = Wires(a: Wires.events, b: .info(.plain))
    for code in [UInt8(1), 2] {
      wires.event(code, 160, at: 500, isMarked: true)
      wires.event(code, 320, isEnd: true, at: 500)
      wires.event(code, 320, isEnd: true, at: 500)
    }
    // A late one of the first.
    wires.event(1, 320, isEnd: true, at: 500)
    #expect(wires.heard(.b) == "12")
  }

  /// Two sources on one leg at once, with keys of their own.
  @Test func overlappingSources() {
    var wires = Wires(a: Wires.events, b: .info(.plain))
    for packet in 1...4 {
      wires.event(1, UInt16(packet) * 160, at: 500, isMarked: packet == 1, ssrc: 10)
      wires.event(2, UInt16(packet) * 160, at: 90_000, isMarked: packet == 1, ssrc: 20)
    }
    wires.event(1, 640, isEnd: true, at: 500, ssrc: 10)
    wires.event(2, 640, isEnd: true, at: 90_000, ssrc: 20)
    #expect(wires.heard(.b) == "12")
  }

  /// The stream goes on under another SSRC while a key is held: no marker bit, no second press.
  @Test func aSourceThatChangesItsSSRC() {
    var wires = Wires(a: Wires.events, b: .signal)
    wires.event(4, 160, at: 500, isMarked: true, ssrc: 10)
    wires.event(4, 320, at: 77_000, ssrc: 20)
    wires.event(4, 480, isEnd: true, at: 77_000, ssrc: 20)
    #expect(wires.heard(.b) == "4")
    #expect(wires.lengths(.b) == [60])
    // With the marker bit it is another press.
    wires.event(4, 160, at: 500, isMarked: true, ssrc: 30)
    #expect(wires.heard(.b) == "44")
  }

  @Test func moreSourcesThanAreToldApart() {
    var wires = Wires(a: Wires.events, b: .info(.plain))
    for ssrc in 0...UInt32(DTMFLimits.maxSources) {
      wires.event(UInt8(ssrc), 160, isEnd: true, at: 500, isMarked: true, ssrc: ssrc)
    }
    #expect(wires.heard(.b) == "01234")
    // The first one is forgotten, the others are not.
    wires.event(1, 160, isEnd: true, at: 500, ssrc: 1)
    #expect(wires.heard(.b) == "01234")
    wires.event(0, 160, isEnd: true, at: 500, ssrc: 0)
    #expect(wires.heard(.b) == "012340")
  }

  @Test func waitingKeysAtTheLimitAndBeyond() {
    var wires = Wires(a: .alphanumeric, b: .info(.plain))
    wires.bridge.received(
      .alphanumeric([UInt8](repeating: 0x31, count: DTMFLimits.maxWaiting)), from: .a, now: wires.now)
    #expect(wires.bridge.lostKeys(to: .b) == 0)
    wires.bridge.received(.alphanumeric(Array("2".utf8)), from: .a, now: wires.now)
    #expect(wires.bridge.lostKeys(to: .b) == 1)
    wires.run(packets: 3)
    #expect(wires.heard(.b) == String(repeating: "1", count: DTMFLimits.maxWaiting))
    #expect(wires.bridge.isIdle(to: .b))
  }

  @Test func charactersAtTheLimitAndBeyond() {
    var wires = Wires(a: .alphanumeric, b: .none)
    wires.bridge.received(
      .alphanumeric([UInt8](repeating: 0x31, count: DTMFLimits.maxCharacters + 1)), from: .a, now: wires.now)
    #expect(wires.bridge.lostKeys(to: .b) == DTMFLimits.maxCharacters)
  }

  /// Whatever is lost, repeated and late, in both directions at once: each key whose packets did not all go missing goes
  /// over once, in order.
  @Test(arguments: 0..<40)
  func storm(seed: UInt64) throws {
    var chaos = SplitMix64(seed: seed)
    var wires = Wires(a: Wires.events, b: BridgeTests.ways[Int(seed) % BridgeTests.ways.count])
    var expected = ""
    var timestamp: UInt32 = 0xFFFF_8000
    for _ in 0..<12 {
      let digit = try #require(DTMFDigit(code: UInt8.random(in: 0...16, using: &chaos)))
      var sender = TelephoneEventSender(holdUnits: UInt32.random(in: 160...1_600, using: &chaos))
      let isPressed = sender.press(digit, at: timestamp)
      #expect(isPressed)
      var isLost = true
      var late: TelephoneEventSender.Packet?
      while let packet = sender.next() {
        timestamp &+= 160
        if chaos.chance(35) { continue }
        isLost = false
        if late == nil, chaos.chance(20) {
          late = packet
          continue
        }
        receive(packet, on: &wires)
        if chaos.chance(20) { receive(packet, on: &wires) }
        if let packet = late, chaos.chance(50) {
          receive(packet, on: &wires)
          late = nil
        }
      }
      if let late { receive(late, on: &wires) }
      if !isLost { expected += digit.description }
      timestamp &+= 4_000
      wires.run(packets: 40)
    }
    wires.run(packets: 200)
    #expect(wires.heard(.b) == expected)
    #expect(wires.bridge.isIdle(to: .b))
  }

  private func receive(_ packet: TelephoneEventSender.Packet, on wires: inout Wires) {
    wires.event(
      packet.event.code, packet.event.duration, isEnd: packet.event.isEnd, at: packet.timestamp,
      isMarked: packet.isFirst)
  }

  private func press(_ code: UInt8, packets: Int, at start: UInt32 = 0, on wires: inout Wires) {
    for packet in 1...packets {
      wires.event(code, UInt16(packet) * 160, isEnd: packet == packets, at: start, isMarked: packet == 1)
    }
    for _ in 0..<2 { wires.event(code, UInt16(packets) * 160, isEnd: true, at: start) }
  }
}
