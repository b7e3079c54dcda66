import Codecs
import DTMF
import RTP
import Relay
import Testing
import Wire

@Suite("Keys between two sides that want them differently") struct KeyTests {
  private func event(_ code: UInt8, _ duration: UInt16, isEnd: Bool = false) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 4)
    var span = bytes.mutableSpan
    TelephoneEvent(code: code, isEnd: isEnd, duration: duration).write(into: &span)
    return bytes
  }

  /// A key of three packets and three that end it, all of one timestamp.
  private func press(_ code: UInt8, _ phone: Phone, on rig: Rig, type: UInt8 = 101) -> [Relayed] {
    let start = phone.fields.timestamp
    var all: [Relayed] = []
    for number in 1...6 as ClosedRange<UInt16> {
      var fields = phone.fields
      (fields.payloadType, fields.timestamp, fields.marker) = (type, start, number == 1)
      phone.fields.sequenceNumber &+= 1
      rig.wait(.milliseconds(20))
      let packet = phone.bytes(fields, event(code, 160 * min(number, 4), isEnd: number > 3))
      all.append(rig.give(packet, from: phone.address, on: phone.side))
    }
    phone.fields.timestamp = start &+ 960
    return all
  }

  @Test("Each side has its own number for telephone events: whichever is used, the hearer gets its own")
  func renumbered() throws {
    let caller = Phone(.caller, "192.0.2.1:4000", ssrc: 0xA)
    let callee = Phone(.callee, "198.51.100.1:6000", ssrc: 0xB)
    caller.description.payloadTypes = [0, 101]
    caller.description.telephoneEvent = 101
    callee.description.payloadTypes = [0, 96]
    callee.description.telephoneEvent = 96
    let (rig, _, _) = call(caller: caller, callee: callee)
    _ = rig.speak(caller)
    _ = rig.speak(callee)
    for (from, to, own, theirs) in [(caller, callee, 101, 96), (callee, caller, 96, 101)]
      as [(Phone, Phone, UInt8, UInt8)]
    {
      for type in [own, theirs] {
        let relayed = press(5, from, on: rig, type: type)
        #expect(relayed.count == 6)
        for packet in relayed {
          let heard = try #require(to.hear(packet))
          #expect(heard.fields.payloadType == theirs)
          #expect(heard.payload[0] == 5)
        }
        #expect(relayed[0].bytes[1] & 0x80 != 0)
      }
    }
    #expect(rig.stream.statistics(of: .caller).telephoneEvents == 2)
    // Another clock is another thing.
    callee.description.telephoneEventClockRate = 48_000
    rig.set(callee)
    #expect(press(5, caller, on: rig).allSatisfy { $0.verdict == .drop(.payloadType) })
  }

  /// The caller speaks telephone events with us, the callee takes INFO.
  private func bridged() -> (rig: Rig, caller: Phone, callee: Phone) {
    let caller = Phone(.caller, "192.0.2.1:4000", ssrc: 0xA)
    let callee = Phone(.callee, "198.51.100.1:6000", ssrc: 0xB)
    caller.description.payloadTypes = [0, 101]
    caller.description.telephoneEvent = 101
    caller.description.keyEvents = RelayKeyEvents(receive: 101, send: 101)
    callee.description.payloadTypes = [0]
    let all = call(caller: caller, callee: callee)
    _ = all.rig.speak(caller)
    _ = all.rig.speak(callee)
    return all
  }

  @Test("Telephone events become one INFO each, and the hearer misses no packet") func toInfo() throws {
    let (rig, caller, callee) = bridged()
    let before = try #require(callee.hear(rig.speak(caller))).fields
    #expect(press(5, caller, on: rig).allSatisfy { $0.verdict == .drop(.key) })
    let next = rig.stream.nextKey()
    let first = try #require(next)
    #expect(first.side == .callee)
    #expect(first.key == DTMFInfo(DTMFDigit(UInt8(ascii: "5"))!, milliseconds: 80))
    #expect(rig.key() == nil)
    // The next waits for the answer.
    _ = press(11, caller, on: rig)
    #expect(rig.key() == nil)
    rig.stream.keyAnswered()
    #expect(rig.key()?.digit.character == UInt8(ascii: "#"))
    rig.stream.keyAnswered()
    #expect(rig.key() == nil)
    let after = try #require(callee.hear(rig.speak(caller))).fields
    #expect(after.sequenceNumber == before.sequenceNumber &+ 1)
    #expect(after.ssrc == before.ssrc)
    #expect(after.timestamp == before.timestamp &+ 160 &+ 1_920)
    let statistics = rig.stream.statistics(of: .caller)
    #expect(statistics.packetsDropped == 0)
    #expect(statistics.lost == 0)
    #expect(statistics.telephoneEvents == 2)
  }

  @Test("A key by INFO takes the place of sound, once, with the sound's numbers") func toEvents() throws {
    let (rig, caller, callee) = bridged()
    rig.stream.received(DTMFInfo(DTMFDigit(UInt8(ascii: "7"))!, milliseconds: 100), of: .callee, now: rig.now)
    rig.stream.received(DTMFInfo(DTMFDigit(UInt8(ascii: "7"))!, milliseconds: 100), of: .callee, now: rig.now)
    var receiver = TelephoneEventReceiver()
    var pressed: [UInt8] = []
    var numbers: [UInt16] = []
    var sound = 0
    for _ in 0..<40 {
      rig.wait(.milliseconds(20))
      let heard = try #require(caller.hear(rig.speak(callee, payload: [UInt8](repeating: 9, count: 160))))
      numbers.append(heard.fields.sequenceNumber)
      guard heard.fields.payloadType == 101 else {
        sound += 1
        #expect(heard.payload.count == 160)
        continue
      }
      #expect(heard.payload.count == 4)
      let parsed = TelephoneEvent(heard.payload.span)
      let event = try #require(parsed)
      switch receiver.received(event, timestamp: heard.fields.timestamp, isMarked: heard.fields.marker) {
      case .pressed(let digit): pressed.append(digit.character)
      case .released(_, let duration): #expect(duration == 800)
      case .tapped, .held, .none, .other: break
      }
    }
    #expect(pressed == Array("77".utf8))
    #expect(sound > 20)
    #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 &+ 1 })
  }

  @Test("Whoever presses by both ways at once has pressed once") func bothWays() throws {
    let (rig, caller, _) = bridged()
    _ = press(3, caller, on: rig)
    rig.stream.received(DTMFInfo(DTMFDigit(UInt8(ascii: "3"))!, milliseconds: 80), of: .caller, now: rig.now)
    #expect(rig.key()?.digit.code == 3)
    rig.stream.keyAnswered()
    #expect(rig.key() == nil)
  }

  @Test("The bridge stays through a negotiation that leaves it, and goes with one that does not") func negotiations() {
    let (rig, caller, callee) = bridged()
    _ = press(1, caller, on: rig)
    rig.set(caller)
    rig.set(callee)
    #expect(rig.key()?.digit.code == 1)
    _ = rig.speak(caller)
    caller.description.keyEvents = nil
    rig.set(caller)
    _ = rig.speak(caller)
    #expect(press(2, caller, on: rig).allSatisfy { $0.verdict == .drop(.payloadType) })
    #expect(rig.key() == nil)
  }
}

extension Rig {
  /// The next key for INFO.
  fileprivate func key() -> DTMFInfo? { stream.nextKey()?.key }
}
