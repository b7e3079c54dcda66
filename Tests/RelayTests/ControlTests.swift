import RTP
import Relay
import SRTP
import Testing
import Wire

@Suite("RTCP that is true for who gets it") struct ControlTests {
  /// A call whose caller has changed its SSRC from 0xA to 0xC.
  private func changed() throws -> (rig: Rig, caller: Phone, callee: Phone, offset: UInt16) {
    let (rig, caller, callee) = call()
    #expect(rig.speak(caller, payload: [1, 2]).isForwarded && rig.speak(callee).isForwarded)
    rig.wait(.milliseconds(20))
    let expected = caller.fields.sequenceNumber
    caller.fields.ssrc = 0xC
    caller.fields.sequenceNumber = 500
    rig.set(caller)
    #expect(rig.speak(caller, payload: [1, 2]).isForwarded)
    return (rig, caller, callee, expected &- 500)
  }

  @Test("While nothing has changed every kind goes as it came")
  func verbatim() throws {
    let (rig, caller, callee) = call()
    #expect(rig.speak(caller).isForwarded)
    let packets: [RTCPPacket] = [
      .senderReport(
        SenderReport(
          ssrc: 0xA, ntpTimestamp: NTPTimestamp(bits: 0x0102_0304_0506_0708), rtpTimestamp: 9, packetCount: 1,
          octetCount: 3, reports: [ReceptionReport(ssrc: 0xB, extendedHighestSequenceNumber: 77)])),
      .sourceDescription(SourceDescription(ssrc: 0xA, cname: Array("a@b".utf8))),
      .unknown(
        UnknownRTCPPacket(packetType: RTCPPacketType.extendedReport, count: 0, body: [0, 0, 0, 0xA, 1, 2, 3, 4])),
    ]
    #expect(try callee.hearControl(try rig.report(caller, packets)) == packets)
  }

  @Test("An SR tells of the stream that its hearer knows")
  func senderReport() throws {
    let (rig, caller, callee, _) = try changed()
    let sent = callee.hear(rig.speak(caller, payload: [1, 2]))?.fields
    let heard = try callee.hearControl(
      try rig.report(
        caller,
        [
          .senderReport(
            SenderReport(
              ssrc: 0xC, ntpTimestamp: NTPTimestamp(bits: 5), rtpTimestamp: caller.fields.timestamp &- 160,
              packetCount: 2, octetCount: 4)),
          .sourceDescription(SourceDescription(ssrc: 0xC, cname: Array("caller".utf8))),
        ]))
    guard case .senderReport(let report) = heard.first, case .sourceDescription(let names) = heard.last else {
      Issue.record("not what was sent")
      return
    }
    #expect(report.ssrc == 0xA && report.rtpTimestamp == sent?.timestamp)
    // What was sent under this SSRC: one packet of the first source and two of the second.
    #expect(report.packetCount == 3 && report.octetCount == 6)
    #expect(names == SourceDescription(ssrc: 0xA, cname: Array("caller".utf8)))
  }

  @Test("A report on the stream is one on the source behind it")
  func receptionReport() throws {
    let (rig, caller, callee, offset) = try changed()
    let highest = UInt32(caller.fields.sequenceNumber &- 1 &+ offset)
    let heard = try caller.hearControl(
      try rig.report(
        callee,
        [
          .receiverReport(
            ReceiverReport(
              ssrc: 0xB,
              reports: [
                ReceptionReport(ssrc: 0xA, cumulativeLost: -2, extendedHighestSequenceNumber: highest),
                ReceptionReport(ssrc: 0xDEAD, extendedHighestSequenceNumber: 1),
              ]))
        ]))
    guard case .receiverReport(let report) = heard.first else {
      Issue.record("not what was sent")
      return
    }
    #expect(report.ssrc == 0xB && report.reports.map(\.ssrc) == [0xC, 0xDEAD])
    #expect(report.reports.map(\.extendedHighestSequenceNumber) == [UInt32(caller.fields.sequenceNumber &- 1), 1])
    #expect(rig.stream.statistics(of: .callee).reportedLost == -2)
  }

  @Test("Feedback asks the source for its own numbers")
  func feedback() throws {
    let (rig, caller, callee, offset) = try changed()
    let wanted: UInt16 = 501
    let body: [UInt8] = [
      0, 0, 0, 0xB, 0, 0, 0, 0xA, UInt8((wanted &+ offset) >> 8), UInt8(truncatingIfNeeded: wanted &+ offset), 0, 1,
    ]
    let relayed = try rig.report(
      callee,
      [.unknown(UnknownRTCPPacket(packetType: RTCPPacketType.transportFeedback, count: 1, body: body))])
    #expect(Array(relayed.bytes.dropFirst(4)) == [0, 0, 0, 0xB, 0, 0, 0, 0xC, 0x01, 0xF5, 0, 1])
    let intra: [UInt8] = [0, 0, 0, 0xB, 0, 0, 0, 0, 0, 0, 0, 0xA, 7, 0, 0, 0]
    let asked = try rig.report(
      callee, [.unknown(UnknownRTCPPacket(packetType: RTCPPacketType.payloadFeedback, count: 4, body: intra))])
    #expect(Array(asked.bytes.dropFirst(4)) == [0, 0, 0, 0xB, 0, 0, 0, 0, 0, 0, 0, 0xC, 7, 0, 0, 0])
    // What may name sources anywhere is kept back now.
    let extended = RTCPPacket.unknown(
      UnknownRTCPPacket(packetType: RTCPPacketType.extendedReport, count: 0, body: [0, 0, 0, 0xB]))
    #expect(try rig.report(callee, [extended]).verdict == .drop(.nothingToSay))
    _ = caller
  }

  @Test("A BYE ends nothing, whoever sends it")
  func goodbye() throws {
    let (rig, caller, callee) = call()
    #expect(rig.speak(caller).isForwarded)
    let report = RTCPPacket.receiverReport(ReceiverReport(ssrc: 0xA))
    let name = RTCPPacket.sourceDescription(SourceDescription(ssrc: 0xA, cname: Array("a".utf8)))
    let goodbye = RTCPPacket.goodbye(Goodbye([0xA], reason: Array("spoofed".utf8)))
    let spoofed = try caller.control([report, goodbye])
    #expect(rig.give(spoofed, from: at("203.0.113.9:4001"), on: .caller, .control).verdict == .drop(.stranger))
    for packets in [[report, goodbye], [report, goodbye, name], [report, name, goodbye]] {
      #expect(
        try callee.hearControl(try rig.report(caller, packets))
          == packets.filter { if case .goodbye = $0 { false } else { true } })
    }
    #expect(try rig.report(caller, [goodbye]).verdict == .drop(.nothingToSay))
    #expect(rig.speak(caller).isForwarded)
    #expect(rig.stream.statistics(of: .caller).controlReceived == 3)
  }

  @Test("The round trip to a side is what its report says of the SR that it got")
  func roundTrip() throws {
    let (rig, caller, callee) = call()
    #expect(rig.speak(caller).isForwarded && rig.speak(callee).isForwarded)
    let ntp = NTPTimestamp(bits: 0x1111_2222_3333_4444)
    _ = try rig.report(
      caller,
      [
        .senderReport(
          SenderReport(ssrc: 0xA, ntpTimestamp: ntp, rtpTimestamp: 0, packetCount: 1, octetCount: 1))
      ])
    rig.wait(.milliseconds(1_030))
    func answer(_ lastSR: UInt32) throws {
      _ = try rig.report(
        callee,
        [
          .receiverReport(
            ReceiverReport(
              ssrc: 0xB, reports: [ReceptionReport(ssrc: 0xA, lastSR: lastSR, delaySinceLastSR: 65_536)]))
        ])
    }
    try answer(1)
    #expect(rig.stream.statistics(of: .callee).roundTrip == nil)
    try answer(ntp.middle)
    #expect(rig.stream.statistics(of: .callee).roundTrip == .milliseconds(30))
    #expect(rig.stream.statistics(of: .caller).roundTrip == nil)
  }

  @Test("RTCP that is broken anywhere is dropped whole")
  func malformed() throws {
    let (rig, caller, _) = call()
    for bytes in [[0x80, 201, 0, 9, 0, 0, 0, 1], [0x80, 201, 0, 1, 0, 0, 0, 1, 0x80], [0x80, 201]] as [[UInt8]] {
      #expect(
        rig.give(bytes, from: caller.controlAddress, on: .caller, .control).verdict == .drop(.malformed))
    }
    // A list that says it is longer than its packet is nobody's.
    let short: [UInt8] = [0x9F, 200, 0, 1, 0, 0, 0, 0xA]
    #expect(
      rig.give(short, from: caller.controlAddress, on: .caller, .control).verdict == .drop(.nothingToSay))
  }
}
