import RTP
import Testing
import Wire

@Suite struct RTCPTests {
  private static let block = ReceptionReport(
    ssrc: 0x0102_0304, fractionLost: 0x40, cumulativeLost: -3, extendedHighestSequenceNumber: 0x0001_FFFE,
    jitter: 77, lastSR: 0x1122_3344, delaySinceLastSR: 0x0001_8000)

  /// Every kind with its bytes as the standards draw them.
  static let packets: [(RTCPPacket, String)] = [
    (
      .senderReport(
        SenderReport(
          ssrc: 9, ntpTimestamp: NTPTimestamp(bits: 0x8000_0001_4000_0000), rtpTimestamp: 160, packetCount: 2,
          octetCount: 320, reports: [block])),
      "81c8000c 00000009 80000001 40000000 000000a0 00000002 00000140"
        + "01020304 40fffffd 0001fffe 0000004d 11223344 00018000"
    ),
    (.receiverReport(ReceiverReport(ssrc: 9)), "80c90001 00000009"),
    (
      .receiverReport(ReceiverReport(ssrc: 9, reports: [block, block], profileExtension: [1, 2, 3, 4])),
      "82c9000e 00000009 01020304 40fffffd 0001fffe 0000004d 11223344 00018000"
        + "01020304 40fffffd 0001fffe 0000004d 11223344 00018000 01020304"
    ),
    (.sourceDescription(SourceDescription([])), "80ca0000"),
    (.sourceDescription(SourceDescription(ssrc: 9, cname: Array("ab".utf8))), "81ca0003 00000009 01026162 00000000"),
    (
      .sourceDescription(
        SourceDescription([
          .init(ssrc: 9, items: [SDESItem(.cname, "a"), SDESItem(.tool, "")]), .init(ssrc: 10, items: []),
        ])),
      "82ca0005 00000009 010161 0600 000000 0000000a 00000000"
    ),
    (.goodbye(Goodbye([])), "80cb0000"), (.goodbye(Goodbye([9, 10])), "82cb0002 00000009 0000000a"),
    (.goodbye(Goodbye([9], reason: Array("bye".utf8))), "81cb0002 00000009 03627965"),
    (.goodbye(Goodbye([9], reason: [])), "81cb0002 00000009 00000000"),
    (
      .application(ApplicationPacket(subtype: 31, ssrc: 9, name: 0x6162_6364, data: [1, 2, 3, 4])),
      "9fcc0003 00000009 61626364 01020304"
    ),
    (
      .transportFeedback(
        TransportFeedback(sender: 9, media: 8, .nack([GenericNACK(packetID: 5, followingLost: 0x8001)]))),
      "81cd0003 00000009 00000008 00058001"
    ),
    (
      .transportFeedback(
        TransportFeedback(
          sender: 9, media: 0, .tmmbr([TMMBREntry(ssrc: 8, exponent: 2, mantissa: 16_000, overhead: 40)]))),
      "83cd0004 00000009 00000000 00000008 087d0028"
    ),
    (.transportFeedback(TransportFeedback(sender: 9, media: 0, .tmmbn([]))), "84cd0002 00000009 00000000"),
    (
      .transportFeedback(TransportFeedback(sender: 9, media: 8, .other(format: 15, [1, 2, 3, 4]))),
      "8fcd0003 00000009 00000008 01020304"
    ),
    (.payloadFeedback(PayloadFeedback(sender: 9, media: 8, .pictureLossIndication)), "81ce0002 00000009 00000008"),
    (
      .payloadFeedback(
        PayloadFeedback(sender: 9, media: 0, .fullIntraRequest([FullIntraRequest(ssrc: 8, sequenceNumber: 3)]))),
      "84ce0004 00000009 00000000 00000008 03000000"
    ),
    // REMB, as it came.
    (
      .payloadFeedback(PayloadFeedback(sender: 9, media: 0, .applicationLayer(bytes("52454d42 010641a3 00000008")))),
      "8fce0005 00000009 00000000 52454d42 010641a3 00000008"
    ),
    (
      .payloadFeedback(PayloadFeedback(sender: 9, media: 8, .other(format: 2, [1, 2, 3, 4]))),
      "82ce0003 00000009 00000008 01020304"
    ),
    // XR with a block of receiver reference time (RFC 3611 §4.4), as it came.
    (
      .unknown(UnknownRTCPPacket(packetType: 207, count: 0, body: bytes("00000009 04000002 8000000140000000"))),
      "80cf0004 00000009 04000002 80000001 40000000"
    ),
  ]

  @Test(arguments: packets.indices)
  func writesAndReads(_ place: Int) throws {
    let (packet, hex) = Self.packets[place]
    #expect(try RTCPCompound([packet]).bytes() == bytes(hex))
    #expect(parsed(bytes(hex)) == .success(RTCPCompound([packet])))
  }

  @Test func readsCompounds() throws {
    let all = RTCPCompound(Self.packets.map(\.0))
    let written = try all.bytes()
    #expect(written.count == Self.packets.reduce(0) { $0 + bytes($1.1).count })
    #expect(parsed(written, .compound) == .success(all))
  }

  /// What a compound packet may begin with (RFC 3550 A.2), and a reduced-size one (RFC 5506 §4.1).
  @Test(arguments: packets.indices)
  func compoundsBeginWithAReport(_ place: Int) throws {
    let (packet, hex) = Self.packets[place]
    let isReport =
      switch packet {
      case .senderReport, .receiverReport: true
      default: false
      }
    #expect(
      parsed(bytes(hex), .compound)
        == (isReport ? .success(RTCPCompound([packet])) : .failure(.init(.firstPacket, at: 1))))
    #expect(parsed(bytes(hex), .reducedSize) == .success(RTCPCompound([packet])))
  }

  @Test(
    arguments: [
      ("", .truncated, 0), ("80c900", .truncated, 3), ("80c90001 000000", .truncated, 7),
      ("80c90002 00000009", .truncated, 8), ("80c90001 00000009 80", .truncated, 9),
      ("00c90001 00000009", .version, 0), ("80c90001 00000009 40c90001 00000009", .version, 8),
      // Padding: in the first of two, of nothing, of no words, of more than the body.
      ("a0c90002 00000009 00000004 80c90001 00000009", .padding, 0), ("a0c90001 00000000", .padding, 7),
      ("a0c90002 00000009 00000003", .padding, 11), ("a0c90002 00000009 0000000c", .padding, 11),
      ("a0c90000", .padding, 3),
      // Fewer blocks, chunks, sources than are announced.
      ("80c90000", .malformed, 4), ("81c90001 00000009", .malformed, 8),
      ("81c80006" + String(repeating: "00", count: 24), .malformed, 28),
      ("81ca0000", .malformed, 4), ("81ca0001 00000009", .malformed, 8), ("81cb0000", .malformed, 4),
      // SDES: an item beyond the end, something behind the last chunk, something else than zeros at the end of one.
      ("81ca0002 00000009 01056162", .malformed, 10), ("80ca0001 00000000", .trailingBytes, 4),
      ("81ca0002 00000009 00010000", .trailingBytes, 10),
      // A reason beyond the end, words behind it.
      ("81cb0002 00000009 04627965", .malformed, 9), ("81cb0003 00000009 03627965 00000000", .trailingBytes, 12),
      ("80cc0001 00000009", .malformed, 8),
      // Feedback without what it is about, entries that are none or half.
      ("81cd0001 00000009", .malformed, 8), ("81cd0002 00000009 00000008", .malformed, 12),
      ("83cd0002 00000009 00000008", .malformed, 12), ("83cd0003 00000009 00000008 00000001", .malformed, 16),
      ("84ce0002 00000009 00000008", .malformed, 12), ("84ce0003 00000009 00000008 00000001", .malformed, 16),
      ("81ce0003 00000009 00000008 00000001", .trailingBytes, 12),
    ] as [(String, RTCPParseError.Reason, Int)])
  func refuses(_ hex: String, _ reason: RTCPParseError.Reason, _ offset: Int) {
    #expect(parsed(bytes(hex)) == .failure(RTCPParseError(reason, at: offset)))
  }

  @Test func takesPaddingOff() {
    #expect(
      parsed(bytes("a0c90003 00000009 00000000 00000008"))
        == .success(RTCPCompound([.receiverReport(ReceiverReport(ssrc: 9))])))
  }

  @Test func hasLimits() throws {
    let empty = bytes("80cb0000")
    let most = [[UInt8]](repeating: empty, count: RTPLimits.maxCompoundPackets).flatMap { $0 }
    #expect((try? parsed(most).get())?.packets.count == RTPLimits.maxCompoundPackets)
    #expect(parsed(most + empty) == .failure(RTCPParseError(.tooLong, at: most.count)))

    func description(_ items: Int) -> RTCPCompound {
      RTCPCompound([
        .sourceDescription(
          SourceDescription([.init(ssrc: 1, items: [SDESItem](repeating: SDESItem(.note, "x"), count: items))]))
      ])
    }
    let full = description(RTPLimits.maxSDESItems)
    #expect(parsed(try full.bytes()) == .success(full))
    guard case .failure(let error) = parsed(try description(RTPLimits.maxSDESItems + 1).bytes()) else {
      Issue.record("too many items")
      return
    }
    #expect(error.reason == .tooLong)

    var long = bytes("80cf3ff9")
    long += [UInt8](repeating: 0, count: 4 * 0x3FF9)
    #expect(long.count > RTPLimits.maxPacketBytes)
    #expect(parsed(long) == .failure(RTCPParseError(.tooLong, at: RTPLimits.maxPacketBytes)))
  }

  @Test func doesNotWriteWhatCannotBeSaid() throws {
    let sources = [UInt32](repeating: 1, count: RTPLimits.maxRTCPCount)
    #expect(try RTCPCompound([.goodbye(Goodbye(sources))]).bytes().count == 4 + 4 * 31)
    for packet in [
      .goodbye(Goodbye(sources + [1])), .goodbye(Goodbye([1], reason: [UInt8](repeating: 0x41, count: 256))),
      .sourceDescription(SourceDescription(ssrc: 1, cname: [UInt8](repeating: 0x41, count: 256))),
      .application(ApplicationPacket(subtype: 32, ssrc: 1, name: 1, data: [])),
      .application(ApplicationPacket(subtype: 1, ssrc: 1, name: 1, data: [1])),
      .receiverReport(
        ReceiverReport(ssrc: 1, reports: [ReceptionReport](repeating: ReceptionReport(ssrc: 1), count: 32))),
    ] as [RTCPPacket] {
      #expect(throws: WireError.self) { try RTCPCompound([packet]).bytes() }
    }
    let report = RTCPCompound([.receiverReport(ReceiverReport(ssrc: 1))])
    #expect(try report.bytes(maximum: 8).count == 8)
    #expect(throws: WireError.self) { try report.bytes(maximum: 7) }
  }

  @Test func longestTexts() throws {
    let text = [UInt8](repeating: 0x41, count: 255)
    let compound = RTCPCompound([
      .sourceDescription(SourceDescription(ssrc: 1, cname: text)), .goodbye(Goodbye([1], reason: text)),
    ])
    #expect(parsed(try compound.bytes()) == .success(compound))
  }

  /// RFC 3550 §6.4.1: 24 bits with a sign.
  @Test(
    arguments: [
      (0, 0), (1, 1), (-1, -1), (0x7F_FFFF, 0x7F_FFFF), (0x80_0000, 0x7F_FFFF), (-0x80_0000, -0x80_0000),
      (-0x80_0001, -0x80_0000),
    ] as [(Int32, Int32)])
  func cumulativeLost(_ given: Int32, _ kept: Int32) throws {
    let compound = RTCPCompound([
      .receiverReport(ReceiverReport(ssrc: 1, reports: [ReceptionReport(ssrc: 2, cumulativeLost: given)]))
    ])
    guard case .success(let read) = parsed(try compound.bytes()), case .receiverReport(let report) = read.packets[0]
    else {
      Issue.record("not read")
      return
    }
    #expect(report.reports[0].cumulativeLost == kept)
  }
}

@Suite struct FeedbackTests {
  /// RFC 4585 §6.2.1.
  @Test(
    arguments: [
      ([], []), ([5], [(5, 0)]), ([5, 6, 21], [(5, 0x8001)]), ([5, 22], [(5, 0), (22, 0)]),
      ([65_535, 0, 14, 15], [(65_535, 0xC001)]), ([65_535, 15, 16], [(65_535, 0x8000), (16, 0)]), ([7, 7], [(7, 0)]),
    ] as [([UInt16], [(UInt16, UInt16)])])
  func nacks(_ lost: [UInt16], _ expected: [(UInt16, UInt16)]) {
    let entries = GenericNACK.entries(naming: lost)
    #expect(entries.map(\.packetID) == expected.map(\.0))
    #expect(entries.map(\.followingLost) == expected.map(\.1))
    if Set(lost).count == lost.count { #expect(entries.flatMap(\.sequenceNumbers) == lost) }
  }

  /// RFC 5104 §4.2.1.1.
  @Test func bitRates() {
    func rate(_ exponent: UInt8, _ mantissa: UInt32) -> UInt64 {
      TMMBREntry(ssrc: 0, exponent: exponent, mantissa: mantissa, overhead: 0).bitsPerSecond
    }
    #expect(rate(0, 64_000) == 64_000)
    #expect(rate(2, 16_000) == 64_000)
    #expect(rate(47, 0x1_FFFF) == 0x1_FFFF << 47)
    #expect(rate(48, 0x1_FFFF) == .max)
    #expect(rate(63, 0) == 0)
  }
}

@Suite struct NTPTimestampTests {
  @Test func countsFrom1900() {
    #expect(NTPTimestamp(.epoch).bits == 0x83AA_7E80_0000_0000)
    #expect(NTPTimestamp(UTCTimestamp(microseconds: 500_000)).bits == 0x83AA_7E80_8000_0000)
    #expect(NTPTimestamp(UTCTimestamp(microseconds: -500_000)).bits == 0x83AA_7E7F_8000_0000)
    // 2036-02-07T06:28:16Z, where it begins anew (RFC 3550 §4).
    #expect(NTPTimestamp(UTCTimestamp(seconds: 2_085_978_496)).bits == 0)
    #expect(NTPTimestamp(bits: 0x1122_3344_5566_7788).middle == 0x3344_5566)
    _ = NTPTimestamp(UTCTimestamp(microseconds: .min))
    _ = NTPTimestamp(UTCTimestamp(microseconds: .max))
  }
}
