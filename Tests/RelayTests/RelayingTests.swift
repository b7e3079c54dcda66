import RTP
import Relay
import SRTP
import Testing
import Wire

@Suite("What is relayed, and as what") struct RelayingTests {
  private static let suites: [SRTPSuite?] = [nil] + SRTPSuite.allCases

  private func phone(_ side: RelaySide, _ suite: SRTPSuite?) throws -> Phone {
    let address = side == .caller ? "192.0.2.1:4000" : "[2001:db8::1]:6000"
    let number: UInt8 = side == .caller ? 1 : 3
    return Phone(
      side, address, ssrc: side == .caller ? 0xA : 0xB,
      keys: try suite.map { (try key($0, number), try key($0, number + 1)) })
  }

  @Test("Every pair of plain RTP and the suites of SRTP, both ways, RTP and RTCP", arguments: suites, suites)
  func keys(one: SRTPSuite?, other: SRTPSuite?) throws {
    let (rig, caller, callee) = call(caller: try phone(.caller, one), callee: try phone(.callee, other))
    for (from, to) in [(caller, callee), (callee, caller)] {
      for number in 0..<5 as Range<UInt8> {
        let sent = from.fields
        let relayed = rig.speak(from, payload: [number, 7, 8, 9])
        #expect(relayed.destination == to.address && relayed.component == .media)
        let heard = try #require(to.hear(relayed))
        #expect(heard.fields == sent && heard.payload == [number, 7, 8, 9])
      }
      let report = RTCPPacket.receiverReport(ReceiverReport(ssrc: from.fields.ssrc))
      let name = RTCPPacket.sourceDescription(SourceDescription(ssrc: from.fields.ssrc, cname: Array("me".utf8)))
      let relayed = try rig.report(from, [report, name])
      #expect(relayed.destination == to.controlAddress && relayed.component == .control)
      #expect(try to.hearControl(relayed) == [report, name])
    }
    let statistics = rig.stream.statistics(of: .caller)
    #expect(statistics.packetsReceived == 5 && statistics.packetsSent == 5 && statistics.controlReceived == 1)
    #expect(statistics.suite == one && statistics.packetsDropped == 0 && statistics.ssrc == 0xA)
    let trailer = UInt64(one?.rtpTagBytes ?? 0)
    #expect(statistics.bytesReceived == 5 * (16 + trailer) && statistics.bytesSent == 5 * (16 + trailer))
  }

  @Test("Packets lost, late and doubled on the way arrive as they would without us", arguments: [false, true])
  func network(isProtected: Bool) throws {
    let (rig, caller, callee) = call(callee: try phone(.callee, isProtected ? .aeadAES128GCM : nil))
    var random = SplitMix64(seed: 6)
    var late: [[UInt8]] = []
    var expected: [UInt16] = []
    var heard: [UInt16] = []
    func give(_ packet: [UInt8]) {
      if let number = callee.hear(rig.give(packet, from: caller.address, on: .caller))?.fields.sequenceNumber {
        heard.append(number)
      }
    }
    for _ in 0..<2_000 {
      let number = caller.fields.sequenceNumber
      let packet = caller.packet()
      rig.wait(.milliseconds(20))
      if expected.isEmpty || !random.chance(10) {
        if random.chance(10) {
          late.append(packet)
        } else {
          give(packet)
          if random.chance(10) { give(packet) }
        }
        expected.append(number)
      }
      if late.count > 3 || random.chance(20) {
        for packet in late { give(packet) }
        late = []
      }
    }
    for packet in late { give(packet) }
    #expect(Set(heard) == Set(expected))
    if isProtected {
      // Two packets under one key stream would give both away.
      #expect(heard.count == expected.count)
    } else {
      #expect(heard.count > expected.count)
    }
    let statistics = rig.stream.statistics(of: .caller)
    #expect(statistics.packetsReceived == UInt64(heard.count))
    #expect(statistics.sourceChanges == 0)
  }

  @Test("RTCP shares a port on one side and has its own on the other")
  func multiplexed() throws {
    let caller = Phone(.caller, "192.0.2.1:4000", ssrc: 0xA)
    caller.description.isMultiplexed = true
    let (rig, _, callee) = call(caller: caller)
    callee.description.control = at("198.51.100.1:7001")
    rig.set(callee)
    let report = RTCPPacket.receiverReport(ReceiverReport(ssrc: 0xA))
    let there = try rig.report(caller, [report])
    #expect(there.destination == at("198.51.100.1:7001") && there.component == .control)
    let back = rig.give(
      try callee.control([.receiverReport(ReceiverReport(ssrc: 0xB))]), from: at("198.51.100.1:7001"), on: .callee,
      .control)
    #expect(back.destination == caller.address && back.component == .media)
    // Where it is not agreed upon, RTCP has no business at the port of RTP, nor RTP at RTCP's.
    #expect(
      rig.give(try callee.control([report]), from: callee.address, on: .callee).verdict == .drop(.malformed))
    #expect(
      rig.give(callee.packet(), from: callee.controlAddress, on: .callee, .control).verdict == .drop(.malformed))
  }

  @Test("A hold lets nothing through to who wants nothing, and the other way goes on")
  func directions() throws {
    let (rig, caller, callee) = call()
    caller.description.direction = .sendonly
    callee.description.direction = .recvonly
    rig.set(caller)
    rig.set(callee)
    #expect(rig.speak(caller).isForwarded)
    #expect(rig.speak(callee).verdict == .drop(.direction))
    // RTCP goes on through a hold (RFC 3264 §8.4).
    #expect(try rig.report(callee, [.receiverReport(ReceiverReport(ssrc: 0xB))]).isForwarded)
    caller.description.direction = .sendrecv
    callee.description.direction = .sendrecv
    rig.set(caller)
    #expect(rig.speak(callee).verdict == .drop(.direction))
    rig.set(callee)
    #expect(rig.speak(callee).isForwarded)
  }

  @Test("Only payload types that the hearer takes; telephone-events are counted once each")
  func payloadTypes() throws {
    let (rig, caller, callee) = call()
    callee.description.payloadTypes = [0, 8, 101]
    callee.description.telephoneEvent = 101
    rig.set(callee)
    #expect(rig.speak(caller).isForwarded)
    rig.wait(.milliseconds(20))
    #expect(rig.give(caller.packet(type: 18), from: caller.address, on: .caller).verdict == .drop(.payloadType))
    for _ in 0..<2 {
      let timestamp = caller.fields.timestamp
      for _ in 0..<6 {
        caller.fields.timestamp = timestamp
        rig.wait(.milliseconds(20))
        #expect(rig.give(caller.packet(type: 101), from: caller.address, on: .caller).isForwarded)
      }
    }
    let statistics = rig.stream.statistics(of: .caller)
    #expect(statistics.telephoneEvents == 2 && statistics.payloadType == 0)
    #expect(statistics.jitter == .zero)
    #expect(rig.stream.statistics(of: .callee).payloadType == nil)
  }

  @Test("The longest packet is relayed, one byte more is not")
  func longest() throws {
    let (rig, caller, callee) = call(callee: try phone(.callee, .aeadAES256GCM))
    let payload = [UInt8](repeating: 5, count: RelayLimits.maxPacketBytes - 12)
    #expect(callee.hear(rig.speak(caller, payload: payload))?.payload == payload)
    #expect(rig.speak(caller, payload: payload + [5]).verdict == .drop(.malformed))
  }

  @Test(
    "What is neither RTP nor RTCP stays out", arguments: [[], [0x80], [0, 1, 0, 0], [22, 1, 2, 3], [0x80, 0, 1]])
  func other(bytes: [UInt8]) {
    let (rig, caller, _) = call()
    #expect(rig.give(bytes, from: caller.address, on: .caller).verdict == .drop(.malformed))
    #expect(rig.give(bytes, from: caller.controlAddress, on: .caller, .control).verdict == .drop(.malformed))
  }

  @Test("Silence on both sides for so long ends the stream, a hold does not; said once")
  func timeout() throws {
    var settings = RelaySettings()
    settings.mediaTimeout = .seconds(5)
    let (rig, caller, callee) = call(settings: settings)
    let start = rig.now
    #expect(rig.stream.nextDeadline == start + .seconds(5))
    rig.wait(.seconds(4))
    #expect(rig.speak(callee).isForwarded)
    rig.wait(.seconds(4))
    // A stranger's packets are no sign of life.
    _ = rig.give(caller.packet(), from: at("203.0.113.9:9"), on: .caller)
    #expect(rig.stream.advance(now: rig.now) == .none)
    caller.description.direction = .inactive
    rig.set(caller)
    rig.wait(.seconds(60))
    #expect(rig.stream.nextDeadline == nil && rig.stream.advance(now: rig.now) == .none)
    caller.description.direction = .sendrecv
    rig.set(caller)
    #expect(rig.stream.nextDeadline == rig.now + .seconds(5))
    rig.wait(.seconds(5))
    #expect(rig.stream.advance(now: rig.now) == .mediaTimeout)
    #expect(rig.stream.advance(now: rig.now) == .none && rig.stream.nextDeadline == nil)
  }

  @Test("Without an answer nothing times out, and without a limit neither")
  func noTimeout() {
    let rig = Rig()
    rig.set(Phone(.caller, "192.0.2.1:4000", ssrc: 0xA))
    #expect(rig.stream.nextDeadline == nil)
    var settings = RelaySettings()
    settings.mediaTimeout = nil
    #expect(call(settings: settings).rig.stream.nextDeadline == nil)
  }
}
