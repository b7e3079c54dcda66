import Codecs
import Council
import H245
import H323Endpoint
import Mixer
import RTP
import Testing
import Wire

/// Who hears whom.
struct CouncilMediaTests {
  private func name(_ text: String = "council-a") throws -> CouncilRoomName { try #require(CouncilRoomName(text)) }

  /// 25 in three codecs, some hearing another than they speak: each hears the tones of all others at their level, and not
  /// its own.
  @Test func everyoneHearsAllOthersAndNotItself() throws {
    let hall = Hall()
    let codecs: [AudioCapability] = [.g711Ulaw64k(20), .g711Alaw64k(20), .g722At64k(20)]
    for number in 1...25 { hall.join(Phone(number, says: codecs[number % 3], hears: codecs[number % 5 % 3])) }
    hall.run(.milliseconds(2_400))
    for phone in hall.phones {
      #expect(phone.heard.count >= 118 * 160)
      for other in hall.phones {
        let level = phone.level(of: other)
        if other === phone {
          #expect(level < 120, "\(phone.call.number) hears itself, \(level)")
        } else {
          #expect(level > 650 && level < 1_050, "\(phone.call.number) hears \(other.call.number) at \(level)")
        }
      }
    }
    #expect(hall.lost == 0)
    let state = try #require(hall.state(name()))
    #expect(state.participants.allSatisfy { $0.isSpeaking && $0.statistics.lost == 0 })
    #expect(state.participants.allSatisfy { $0.statistics.packetsReceived == 120 })
    #expect(state.participants.allSatisfy { (118...120).contains($0.statistics.packetsSent) })
  }

  @Test func roomsDoNotHearEachOther() {
    let hall = Hall()
    let (one, two) = (hall.join(Phone(1), "council-a"), hall.join(Phone(2), "council-a"))
    let (three, four) = (hall.join(Phone(3), "council-b"), hall.join(Phone(4), "council-b"))
    hall.run(.milliseconds(1_400))
    #expect(one.level(of: two) > 800 && three.level(of: four) > 800)
    #expect(one.level(of: three) < 5 && three.level(of: one) < 5 && two.level(of: four) < 5)
  }

  /// A-law beside µ-law: each hears the other in its own.
  @Test func lawsAreTranslated() {
    let hall = Hall()
    let one = hall.join(Phone(1, says: .g711Alaw64k(20)))
    let two = hall.join(Phone(2, says: .g711Ulaw64k(20)))
    hall.run(.milliseconds(1_400))
    #expect(one.headers.allSatisfy { $0.payloadType == 8 } && two.headers.allSatisfy { $0.payloadType == 0 })
    #expect(one.level(of: two) > 800 && two.level(of: one) > 800)
  }

  /// A row of packets without a gap, whatever comes: its timestamps are the time's.
  @Test func packetsAreInSequence() throws {
    let hall = Hall()
    let one = hall.join(Phone(1))
    hall.join(Phone(2))
    hall.run(.seconds(1))
    for (before, after) in zip(one.headers, one.headers.dropFirst()) {
      #expect(after.sequenceNumber == before.sequenceNumber &+ 1)
      #expect(after.timestamp == before.timestamp &+ 160)
      #expect(after.ssrc == before.ssrc)
    }
  }

  /// A late wake-up makes up for what it may, and lets the time go by for the rest.
  @Test func lateTicks() throws {
    let hall = Hall()
    let one = hall.join(Phone(1))
    hall.join(Phone(2))
    hall.run(.seconds(1))
    let before = one.headers.count
    hall.now += .milliseconds(60)
    hall.advance()
    #expect(one.headers.count == before + 3)
    hall.now += .seconds(1)
    hall.advance()
    #expect(one.headers.count == before + 3 + CouncilLimits.maxLateTicks)
    #expect(hall.council.counters.skippedTicks == UInt64(50 - CouncilLimits.maxLateTicks))
    let (first, last) = (one.headers[0], try #require(one.headers.last))
    #expect(last.timestamp &- first.timestamp == UInt32(50 + 3 + 50 - 1) * 160, "the clock was not lost")
    #expect(last.sequenceNumber &- first.sequenceNumber == UInt16(one.headers.count - 1))
    // Drift-free: a thousand late wake-ups later the ticks are still where they began.
    let count = one.headers.count
    for _ in 0..<100 {
      hall.now += .milliseconds(23)
      hall.advance()
    }
    #expect(one.headers.count - count == 115)
  }

  /// Nobody from elsewhere is heard: not from a third host, not from another port once the peer is known.
  @Test func injection() {
    let hall = Hall()
    let (one, two) = (hall.join(Phone(1)), hall.join(Phone(2)))
    let intruder = Phone(3, hertz: 2_000)
    guard let place = one.place else { return }
    func inject(_ source: SocketAddress, _ duration: Duration) {
      let end = hall.now + duration
      while hall.now < end {
        hall.send(intruder.nextPacket(), from: source, to: place)
        hall.run(.milliseconds(20))
      }
    }
    let third = SocketAddress(ip: intruder.address.ip, port: one.address.port)
    inject(third, .milliseconds(1_200))
    #expect(two.level(of: intruder) < 5 && two.level(of: one) > 800)
    inject(SocketAddress(ip: one.address.ip, port: 9_999), .milliseconds(1_200))
    #expect(two.level(of: intruder) < 5 && two.level(of: one) > 800)
    #expect(hall.council.counters.strangers == 120)
    // Before the peer itself has sent anything, too.
    let three = hall.join(Phone(4))
    three.isSending = false
    guard let silent = three.place else { return }
    for _ in 0..<60 {
      hall.send(intruder.nextPacket(), from: third, to: silent)
      hall.run(.milliseconds(20))
    }
    #expect(two.level(of: intruder) < 5)
  }

  /// Another port of the peer's own host is learnt after two packets in a row, while it is new.
  @Test func anotherPortIsLearnt() {
    let hall = Hall()
    let (one, two) = (hall.join(Phone(1)), hall.join(Phone(2)))
    one.isSending = false
    guard let place = one.place else { return }
    let elsewhere = SocketAddress(ip: one.address.ip, port: 7_000)
    for _ in 0..<70 {
      hall.send(one.nextPacket(), from: elsewhere, to: place)
      hall.run(.milliseconds(20))
    }
    #expect(two.level(of: one) > 800)
    #expect(one.headers.count > 60, "it is sent to where it said all the same")
  }

  @Test func whoIsSilentForTooLongIsReleased() {
    let hall = Hall()
    let (one, two) = (hall.join(Phone(1)), hall.join(Phone(2)))
    hall.run(.seconds(2))
    one.isSending = false
    hall.run(.seconds(29))
    #expect(hall.council.counters.participants == 2)
    hall.run(.seconds(3))
    #expect(hall.council.counters.participants == 1)
    #expect(hall.endings().map(\.reason) == [.mediaTimeout])
    #expect(hall.endings().map(\.cause) == [102])
    #expect(two.place != nil)
  }

  /// Whoever holds hears nothing, is not heard, and is not taken for gone; then all is as before.
  @Test func hold() throws {
    let hall = Hall()
    let (one, two) = (hall.join(Phone(1)), hall.join(Phone(2)))
    hall.run(.milliseconds(1_400))
    hall.agree(one, outgoing: false, incoming: true)
    let heard = one.headers.count
    hall.run(.milliseconds(1_400))
    #expect(one.headers.count == heard)
    #expect(two.level(of: one) < 5, "its music is for nobody")
    #expect(hall.state(try name())?.participants.map(\.isOnHold) == [true, false])
    one.isSending = false
    hall.run(.seconds(40))
    #expect(hall.council.counters.participants == 2)
    hall.agree(one)
    hall.run(.milliseconds(1_400))
    #expect(two.level(of: one) > 800 && one.level(of: two) > 800)
    let before = one.headers[heard - 1]
    let after = one.headers[heard]
    #expect(after.sequenceNumber == before.sequenceNumber &+ 1)
    let ticks = UInt32(1_400 + 40_000) / 20 + 1
    #expect(after.timestamp &- before.timestamp == ticks * 160, "time has gone by")
  }

  /// Another codec in the middle: the row of numbers goes on.
  @Test func theCodecChanges() {
    let hall = Hall()
    let (one, two) = (hall.join(Phone(1)), hall.join(Phone(2)))
    hall.run(.milliseconds(600))
    let count = one.headers.count
    one.says = .g711Alaw64k(20)
    one.hears = .g711Alaw64k(20)
    hall.agree(one)
    hall.run(.milliseconds(1_400))
    #expect(one.headers[count].payloadType == 8)
    #expect(one.headers[count].sequenceNumber == one.headers[count - 1].sequenceNumber &+ 1)
    #expect(one.headers[count].ssrc == one.headers[count - 1].ssrc)
    #expect(one.level(of: two) > 800 && two.level(of: one) > 800)
  }

  // MARK: Muting

  @Test func theOperatorMutes() throws {
    let hall = Hall()
    let (one, two) = (hall.join(Phone(1)), hall.join(Phone(2)))
    hall.run(.milliseconds(200))
    #expect(hall.mute(1, true, in: try name()) == .done(1))
    hall.run(.milliseconds(1_400))
    #expect(two.level(of: one) < 5 && one.level(of: two) > 800)
    let muted = try #require(hall.state(name())).participants
    #expect(muted.map(\.isMuted) == [true, false])
    #expect(muted.map(\.isSpeaking) == [false, true] && muted.map(\.isActiveSpeaker) == [false, true])
    #expect(hall.mute(1, false, in: try name()) == .done(1))
    hall.run(.milliseconds(1_400))
    #expect(two.level(of: one) > 800)
  }

  /// `*6` as user input and as telephone events; one without the other is nothing.
  @Test(arguments: [false, true]) func keysMuteOneself(asEvents: Bool) throws {
    let hall = Hall()
    let (one, two) = (hall.join(Phone(1)), hall.join(Phone(2)))
    hall.run(.milliseconds(200))
    func press(_ keys: String) {
      for key in keys {
        if asEvents {
          one.keyPackets(key).forEach { packet in one.place.map { hall.send(packet, from: one.address, to: $0) } }
        } else {
          hall.tell(.digit(one.call, key.asciiValue ?? 0, milliseconds: 160))
        }
        hall.run(.milliseconds(300))
      }
    }
    func isMuted() throws -> Bool? {
      hall.state(try name())?.participants.first?.isMuted
    }
    press("6")
    #expect(try isMuted() == false)
    press("*16")
    #expect(try isMuted() == false)
    press("*6")
    #expect(try isMuted() == true)
    hall.run(.milliseconds(1_200))
    #expect(two.level(of: one) < 5)
    // What the operator has muted stays so.
    hall.mute(1, true, in: try name())
    press("*6")
    #expect(try isMuted() == true)
    hall.mute(1, false, in: try name())
    #expect(try isMuted() == false)
    let keys = hall.events.compactMap { if case .key(_, 1, let digit) = $0 { digit.character } else { nil } }
    #expect(keys == Array("6*16*6*6".utf8))
  }

  // MARK: RTCP

  @Test func reports() throws {
    let hall = Hall()
    let (one, two) = (hall.join(Phone(1)), hall.join(Phone(2)))
    hall.run(.seconds(12))
    let own = hall.control.filter { $0.place == one.place }
    #expect(own.count >= 1 && own.count <= 6)
    #expect(own.allSatisfy { $0.to == SocketAddress(ip: one.address.ip, port: one.address.port + 1) })
    let sent = try #require(own.last).bytes
    let compound = try RTCPCompound(parsing: sent.span)
    guard case .senderReport(let report) = compound.packets.first else {
      Issue.record("no sender report")
      return
    }
    #expect(report.ssrc == one.headers[0].ssrc)
    #expect(report.reports.map(\.ssrc) == [one.ssrc])
    // What it says of us is shown.
    let received = ReceptionReport(
      ssrc: report.ssrc, fractionLost: 3, cumulativeLost: 17, extendedHighestSequenceNumber: 1, jitter: 2, lastSR: 0,
      delaySinceLastSR: 0)
    let word = try RTCPCompound([.receiverReport(ReceiverReport(ssrc: one.ssrc, reports: [received]))]).bytes()
    let place = try #require(one.place)
    hall.send(word, from: SocketAddress(ip: one.address.ip, port: 5_001), to: place, .control)
    // A stranger's word, and a BYE of the participant's own, end nothing.
    hall.send(word, from: SocketAddress(ip: two.address.ip, port: 5_001), to: place, .control)
    let goodbye = try RTCPCompound([
      .receiverReport(ReceiverReport(ssrc: one.ssrc, reports: [])), .goodbye(Goodbye([one.ssrc])),
    ]).bytes()
    hall.send(goodbye, from: SocketAddress(ip: one.address.ip, port: 5_001), to: place, .control)
    hall.run(.milliseconds(1_200))
    #expect(two.level(of: one) > 800)
    let state = try #require(hall.state(try name())?.participants.first)
    #expect(state.statistics.reportedLost == 17 && state.statistics.strangers == 1)
    // At the end there is a BYE of ours.
    hall.control = []
    hall.hangUp(one)
    let farewell = try #require(hall.control.last).bytes
    let last = try RTCPCompound(parsing: farewell.span)
    #expect(last.packets.contains { if case .goodbye = $0 { true } else { false } })
  }

  @Test func lossIsCounted() throws {
    let hall = Hall()
    let one = hall.join(Phone(1))
    hall.join(Phone(2))
    for number in 0..<100 {
      if number % 10 == 5 { _ = one.nextPacket() }
      hall.run(.milliseconds(20))
    }
    let state = try #require(hall.state(try name())?.participants.first)
    #expect(state.statistics.lost == 10)
    #expect(state.statistics.concealedPerMille > 0)
  }

  /// A participant that has chosen our source gets another one of ours.
  @Test func collision() throws {
    let hall = Hall()
    let (one, two) = (hall.join(Phone(1)), hall.join(Phone(2)))
    hall.run(.milliseconds(100))
    let ours = one.headers[0].ssrc
    var packet = one.nextPacket()
    for (offset, shift) in [24, 16, 8, 0].enumerated() { packet[8 + offset] = UInt8(truncatingIfNeeded: ours >> shift) }
    hall.send(packet, from: one.address, to: try #require(one.place))
    hall.run(.milliseconds(1_400))
    #expect(one.headers.last?.ssrc != ours)
    #expect(two.level(of: one) > 800 && one.level(of: two) > 800)
  }
}
