import RTP
import Relay
import SRTP
import Testing
import Wire

@Suite("One stream, whatever it is made of") struct ContinuityTests {
  @Test("Another SSRC goes on where the last one ended, with its second packet")
  func anotherSource() throws {
    let (rig, caller, callee) = call()
    for _ in 0..<3 {
      #expect(rig.speak(caller).isForwarded)
      rig.wait(.milliseconds(20))
    }
    let last = caller.fields
    caller.fields.ssrc = 0xC
    caller.fields.sequenceNumber = 40_000
    caller.fields.timestamp = 77
    #expect(rig.speak(caller).verdict == .drop(.probation))
    rig.wait(.milliseconds(20))
    for step in 0..<5 as Range<UInt16> {
      let heard = try #require(callee.hear(rig.speak(caller)))
      #expect(heard.fields.ssrc == 0xA)
      #expect(heard.fields.sequenceNumber == last.sequenceNumber &+ step)
      // 20 ms were lost to probation.
      #expect(heard.fields.timestamp == last.timestamp &+ 160 &+ 160 &* UInt32(step))
      #expect(heard.fields.marker == (step == 0))
      rig.wait(.milliseconds(20))
    }
    let statistics = rig.stream.statistics(of: .caller)
    #expect(statistics.ssrc == 0xC && statistics.sourceChanges == 1)
  }

  @Test("After a renegotiation it is no surprise, and its first packet is heard")
  func expected() throws {
    let (rig, caller, callee) = call()
    #expect(rig.speak(caller).isForwarded)
    let last = caller.fields
    rig.set(caller)
    caller.fields.ssrc = 0xC
    caller.fields.sequenceNumber = 1
    let heard = try #require(callee.hear(rig.speak(caller)))
    #expect(heard.fields.ssrc == 0xA && heard.fields.sequenceNumber == last.sequenceNumber)
  }

  @Test("A source that begins its numbers anew goes on as well; what is late from before is kept out")
  func restart() throws {
    let (rig, caller, callee) = call()
    for _ in 0..<3 { #expect(rig.speak(caller).isForwarded) }
    let last = caller.fields
    caller.fields.sequenceNumber = 30_000
    let late = caller.packet()
    #expect(rig.speak(caller).verdict == .drop(.probation))
    let heard = try #require(callee.hear(rig.speak(caller)))
    #expect(heard.fields.sequenceNumber == last.sequenceNumber)
    #expect(rig.give(late, from: caller.address, on: .caller).verdict == .drop(.replayed))
    #expect(callee.hear(rig.speak(caller))?.fields.sequenceNumber == last.sequenceNumber &+ 1)
  }

  @Test("A hearer with SRTP follows through changes and rollovers", arguments: SRTPSuite.allCases)
  func rollover(suite: SRTPSuite) throws {
    let callee = Phone(.callee, "198.51.100.1:6000", ssrc: 0xB, keys: (try key(suite, 1), try key(suite, 2)))
    let (rig, caller, _) = call(caller: Phone(.caller, "192.0.2.1:4000", ssrc: 0xA, number: 65_530), callee: callee)
    var next: UInt16 = 65_530
    for source in 0..<4 as Range<UInt32> {
      caller.fields.ssrc = 0xA + source
      caller.fields.sequenceNumber = source == 0 ? 65_530 : UInt16(source) &* 30_000
      if source > 0 { rig.set(caller) }
      for _ in 0..<25 {
        let heard = try #require(callee.hear(rig.speak(caller)))
        #expect(heard.fields.ssrc == 0xA && heard.fields.sequenceNumber == next)
        next &+= 1
      }
    }
    // Near the next rollover, by a jump as large as loss can be.
    for _ in 0..<30 {
      caller.fields.sequenceNumber &+= 2_500
      next &+= 2_500
      #expect(callee.hear(rig.speak(caller))?.fields.sequenceNumber == next)
      next &+= 1
    }
  }

  @Test("A key that stays keeps its counters; another begins where the old one was")
  func keys() throws {
    let suite = SRTPSuite.aesCM128HMACSHA1Tag80
    let callee = Phone(.callee, "198.51.100.1:6000", ssrc: 0xB, keys: (try key(suite, 1), try key(suite, 2)))
    let (rig, caller, _) = call(callee: callee)
    let packet = callee.packet()
    #expect(rig.give(packet, from: callee.address, on: .callee).isForwarded)
    rig.set(callee)
    #expect(rig.give(packet, from: callee.address, on: .callee).verdict == .drop(.replayed))
    #expect(callee.hear(rig.speak(caller)) != nil)
    callee.use((try key(suite, 5), try key(suite, 6)))
    rig.set(callee)
    #expect(callee.hear(rig.speak(caller)) != nil)
    #expect(caller.hear(rig.speak(callee)) != nil)
    // And without any.
    callee.description.protection = nil
    rig.set(callee)
    #expect(rig.give([UInt8](callee.packet().prefix(15)), from: callee.address, on: .callee).isForwarded)
  }

  @Test("A flood of SSRCs, each once: none is heard, and the source goes on")
  func flood() throws {
    let (rig, caller, callee) = call()
    #expect(rig.speak(caller).isForwarded)
    for number in 0..<1_000 as Range<UInt32> {
      let fields = RTPPacketFields(
        payloadType: 0, sequenceNumber: UInt16(number), timestamp: 0, ssrc: 0x1000 + number)
      #expect(
        rig.give(caller.bytes(fields, [1]), from: caller.address, on: .caller).verdict == .drop(.probation))
      if number % 100 == 0 { #expect(callee.hear(rig.speak(caller))?.fields.ssrc == 0xA) }
    }
  }

  @Test("A flood that takes the trouble of being believed gets so many changes and no more, until time has passed")
  func patientFlood() throws {
    let (rig, caller, callee) = call()
    #expect(rig.speak(caller).isForwarded)
    var heard = 0
    var first: UInt32 = 0x1000
    func flood() {
      first += 0x100
      for number in 0..<20 as Range<UInt32> {
        for step in 0..<2 as Range<UInt16> {
          let fields = RTPPacketFields(
            payloadType: 0, sequenceNumber: step, timestamp: 0, ssrc: first + number)
          let relayed = rig.give(caller.bytes(fields, [1]), from: caller.address, on: .caller)
          if relayed.isForwarded { heard += 1 }
          if step == 1, number >= RelayLimits.maxSourceChanges {
            #expect(relayed.verdict == .drop(.sourceFlood))
          }
          if relayed.isForwarded { #expect(callee.hear(relayed)?.fields.ssrc == 0xA) }
        }
      }
    }
    flood()
    #expect(heard == RelayLimits.maxSourceChanges)
    rig.wait(RelayLimits.sourceChangePeriod - .nanoseconds(1))
    flood()
    #expect(heard == RelayLimits.maxSourceChanges)
    rig.wait(.nanoseconds(1))
    flood()
    #expect(heard == 2 * RelayLimits.maxSourceChanges)
  }

  @Test("A source that begins its numbers anew too often waits its turn, and goes on without a jump")
  func restarts() throws {
    let (rig, caller, callee) = call()
    var next = try #require(callee.hear(rig.speak(caller))).fields.sequenceNumber &+ 1
    for number in 1...6 as ClosedRange<Int> {
      caller.fields.sequenceNumber = UInt16(number) &* 9_000
      #expect(rig.speak(caller).verdict == .drop(.probation))
      for _ in 0..<3 {
        let relayed = rig.speak(caller)
        if number <= RelayLimits.maxSourceChanges {
          #expect(callee.hear(relayed)?.fields.sequenceNumber == next)
          next &+= 1
        } else {
          #expect(relayed.verdict == .drop(.sourceFlood))
        }
      }
    }
    rig.wait(RelayLimits.sourceChangePeriod)
    for _ in 0..<3 {
      #expect(callee.hear(rig.speak(caller))?.fields.sequenceNumber == next)
      next &+= 1
    }
    #expect(rig.stream.statistics(of: .caller).sourceChanges == UInt64(RelayLimits.maxSourceChanges) + 1)
  }

  @Test("Who sends through a long hold is heard after it as if nothing had been")
  func hold() throws {
    let suite = SRTPSuite.aesCM128HMACSHA1Tag80
    let callee = Phone(.callee, "198.51.100.1:6000", ssrc: 0xB, keys: (try key(suite, 1), try key(suite, 2)))
    let (rig, caller, _) = call(callee: callee)
    let before = try #require(callee.hear(rig.speak(caller)))
    callee.description.direction = .sendonly
    rig.set(callee)
    for _ in 0..<40_000 {
      rig.wait(.milliseconds(20))
      #expect(rig.speak(caller).verdict == .drop(.direction))
    }
    callee.description.direction = .sendrecv
    rig.set(callee)
    rig.wait(.milliseconds(20))
    let after = try #require(callee.hear(rig.speak(caller)))
    #expect(after.fields.sequenceNumber == before.fields.sequenceNumber &+ 1)
    #expect(after.fields.timestamp == before.fields.timestamp &+ 160 * 40_001)
    #expect(after.fields.marker && after.fields.ssrc == before.fields.ssrc)
  }

  @Test("Loss is counted through changes")
  func loss() throws {
    let (rig, caller, _) = call()
    #expect(rig.speak(caller).isForwarded)
    caller.fields.sequenceNumber &+= 3
    #expect(rig.speak(caller).isForwarded)
    rig.set(caller)
    caller.fields.ssrc = 0xC
    #expect(rig.speak(caller).isForwarded)
    caller.fields.sequenceNumber &+= 2
    #expect(rig.speak(caller).isForwarded)
    #expect(rig.stream.statistics(of: .caller).lost == 5)
  }
}
