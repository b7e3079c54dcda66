import RTP
import Testing
import Wire

@Suite struct PacketTests {
  @Test func readsEveryField() throws {
    let packet = bytes("92 e0 1234 89abcdef 01020304 00000005 00000006 bede 0001 10 aa 00 00 0102030405")
    let view = try RTPPacketView(packet.span)
    #expect(view.header.marker)
    #expect(view.header.payloadType == 96)
    #expect(view.header.sequenceNumber == 0x1234)
    #expect(view.header.timestamp == 0x89ab_cdef)
    #expect(view.header.ssrc == 0x0102_0304)
    #expect(view.header.contributingSourceCount == 2)
    #expect(view.contributingSource(at: 0) == 5)
    #expect(view.contributingSource(at: 1) == 6)
    #expect(view.header.extensionProfile == 0xBEDE)
    #expect([UInt8](copying: view.extensionData) == [0x10, 0xAA, 0, 0])
    #expect([UInt8](copying: view.payload) == [1, 2, 3, 4, 5])
    #expect(view.header.byteCount == 28)
    #expect(!view.header.hasPadding && view.header.paddingCount == 0)
  }

  @Test func takesPaddingOff() throws {
    let packet = bytes("a0 00 0001 00000002 00000003 aabbcc 00000004")
    let view = try RTPPacketView(packet.span)
    #expect([UInt8](copying: view.payload) == [0xAA, 0xBB, 0xCC])
    #expect(view.header.hasPadding && view.header.paddingCount == 4)
    // All padding and no payload.
    let empty = try RTPPacketView(bytes("a0 00 0001 00000002 00000003 00000004").span)
    #expect(empty.payload.isEmpty && empty.header.paddingCount == 4)
    // Of a protected packet the padding cannot be seen.
    let protected = try RTPHeader(protected: packet.span)
    #expect(protected.hasPadding && protected.paddingCount == 0 && protected.payload.count == 7)
  }

  @Test(
    arguments: [
      ("", .truncated, 0), ("80", .truncated, 1), ("80 00 0001 00000002 000000", .truncated, 11),
      ("00 00 0001 00000002 00000003", .version, 0), ("40 00 0001 00000002 00000003", .version, 0),
      ("c0 00 0001 00000002 00000003", .version, 0),
      // One contributing source that is not there, fifteen of which the last is cut.
      ("81 00 0001 00000002 00000003", .truncated, 12),
      ("8f 00 0001 00000002 00000003" + String(repeating: "00", count: 59), .truncated, 71),
      // An extension without its header, without its data.
      ("90 00 0001 00000002 00000003 bede", .truncated, 14),
      ("90 00 0001 00000002 00000003 bede 0001 0000", .truncated, 18),
      ("90 00 0001 00000002 00000003 bede ffff 00000000", .truncated, 20),
      // Padding of nothing, of no bytes, of more than the payload.
      ("a0 00 0001 00000002 00000003", .padding, 12), ("a0 00 0001 00000002 00000003 00", .padding, 12),
      ("a0 00 0001 00000002 00000003 0003", .padding, 13),
    ] as [(String, RTPParseError.Reason, Int)])
  func refuses(_ hex: String, _ reason: RTPParseError.Reason, _ offset: Int) {
    #expect(throws: RTPParseError(reason, at: offset)) { try RTPHeader(bytes(hex).span) }
  }

  @Test func hasALimit() throws {
    var packet = bytes("80 00 0001 00000002 00000003")
    packet += [UInt8](repeating: 0, count: RTPLimits.maxPacketBytes - 12)
    #expect(try RTPHeader(packet.span).payload.count == RTPLimits.maxPacketBytes - 12)
    packet.append(0)
    #expect(throws: RTPParseError(.tooLong, at: RTPLimits.maxPacketBytes)) { try RTPHeader(packet.span) }
  }

  @Test func writesWhatItReads() throws {
    let sources = (0..<UInt32(RTPLimits.maxContributingSources)).map { $0 &* 0x0101_0101 }
    let extensions = [nil, RTPHeaderExtension(profile: 0x1234, data: [1, 2, 3, 4]), RTPHeaderExtension([(3, [9])])]
    for count in 0...sources.count {
      for `extension` in extensions {
        var packet = [UInt8](repeating: 0xEE, count: 200)
        var span = packet.mutableSpan
        let fields = RTPPacketFields(
          marker: count % 2 == 0, payloadType: UInt8(count), sequenceNumber: 0xFFEE, timestamp: 0xDDCC_BBAA,
          ssrc: 0x9988_7766)
        let start = try fields.writeHeader(
          into: &span, contributingSources: sources.span.extracting(0..<count), extension: `extension`)
        let padded = try RTPPacketFields.pad(&span, count: start + 10, by: count)
        let view = try RTPPacketView(packet.span.extracting(0..<padded))
        #expect(RTPPacketFields(view.header) == fields)
        #expect(view.header.byteCount == start)
        #expect(view.payload.count == 10)
        #expect(view.header.paddingCount == count)
        #expect((0..<count).map { view.contributingSource(at: $0) } == Array(sources.prefix(count)))
        #expect(view.header.extensionProfile == `extension`?.profile)
        #expect([UInt8](copying: view.extensionData) == `extension`?.data ?? [])
      }
    }
  }

  @Test func thereMustBeRoom() throws {
    let fields = RTPPacketFields(payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc: 0)
    var packet = [UInt8](repeating: 0, count: 11)
    var span = packet.mutableSpan
    #expect(throws: RTPWriteError.noRoom) { try fields.writeHeader(into: &span) }
    #expect(throws: RTPWriteError.noRoom) { try fields.rewrite(&span) }
    var longer = [UInt8](repeating: 0, count: 19)
    var longerSpan = longer.mutableSpan
    let two: [UInt32] = [1, 2]
    #expect(throws: RTPWriteError.noRoom) { try fields.writeHeader(into: &longerSpan, contributingSources: two.span) }
    var enough = [UInt8](repeating: 0, count: 20)
    var enoughSpan = enough.mutableSpan
    #expect(try fields.writeHeader(into: &enoughSpan, contributingSources: two.span) == 20)
    let sixteen = [UInt32](repeating: 0, count: 16)
    var large = [UInt8](repeating: 0, count: 300)
    var largeSpan = large.mutableSpan
    #expect(throws: RTPWriteError.tooManyContributingSources) {
      try fields.writeHeader(into: &largeSpan, contributingSources: sixteen.span)
    }
    #expect(throws: RTPWriteError.padding) { try RTPPacketFields.pad(&largeSpan, count: 12, by: 256) }
    #expect(throws: RTPWriteError.noRoom) { try RTPPacketFields.pad(&largeSpan, count: 46, by: 255) }
    #expect(try RTPPacketFields.pad(&largeSpan, count: 45, by: 255) == 300)
  }

  @Test func rewritesInPlace() throws {
    var packet = bytes("b2 e0 1234 89abcdef 01020304 00000005 00000006 bede 0001 10 aa 00 00 0102030405 02 02")
    let before = packet
    let fields = RTPPacketFields(marker: false, payloadType: 8, sequenceNumber: 1, timestamp: 2, ssrc: 3)
    var span = packet.mutableSpan
    try fields.rewrite(&span)
    #expect(Array(packet.prefix(12)) == bytes("b2 08 0001 00000002 00000003"))
    #expect(packet.dropFirst(12) == before.dropFirst(12))
  }
}

@Suite struct ExtensionTests {
  private func elements(_ profile: String, _ data: String) throws -> [String] {
    let packet = bytes("90 00 0001 00000002 00000003 \(profile)")
    let content = bytes(data)
    let length = [0, UInt8(content.count / 4)]
    let whole = packet + length + content + [0xFF]
    let view = try RTPPacketView(whole.span)
    var found: [String] = []
    var elements = view.extensionElements
    while let element = elements.next() {
      found.append("\(element.id):\(Hex.encode(whole.span.extracting(element.data)))")
      if found.count == 1 { #expect(view.extensionElement(element.id) == element.data) }
    }
    return found
  }

  /// The layouts of RFC 8285 §4.2 and §4.3, and what may be wrong with them.
  @Test(
    arguments: [
      ("bede", "10aa 21bbbb 0000 33 cccccccc", ["1:aa", "2:bbbb", "3:cccccccc"]),
      ("1000", "0100 0201aa 00 0304bbbbbbbb 0000 00", ["1:", "2:aa", "3:bbbbbbbb"]),
      ("100f", "ff01aa00", ["255:aa"]), ("bede", "", []), ("bede", "00000000", []),
      // Sixteen bytes, the most of the one-byte form.
      ("bede", "1f" + String(repeating: "ab", count: 16) + "000000", ["1:" + String(repeating: "ab", count: 16)]),
      // The reserved identifier ends it, and so does a length with identifier 0.
      ("bede", "10aa f0bb 20cc 0000", ["1:aa"]), ("bede", "10aa 01bbcc 20", ["1:aa"]),
      // Longer than what is there.
      ("bede", "10aa 22bb", ["1:aa"]), ("1000", "0103aa", []), ("1000", "01010a02", ["1:0a"]),
      ("1000", "0101aa02 04ff0000", ["1:aa"]),
      // Neither form.
      ("1234", "10aa20bb", []), ("1010", "10aa20bb", []),
    ] as [(String, String, [String])])
  func walks(_ profile: String, _ data: String, _ expected: [String]) throws {
    var padded = data.filter { $0 != " " }
    while padded.count % 8 != 0 { padded += "00" }
    #expect(try elements(profile, padded) == expected)
  }

  @Test func buildsBothForms() throws {
    func build(_ elements: RTPHeaderExtension.Element...) -> RTPHeaderExtension? { RTPHeaderExtension(elements) }
    let short = try #require(build((1, [0xAA]), (14, [UInt8](repeating: 1, count: 16))))
    #expect(short.profile == RTPHeaderExtension.oneByteProfile && short.data.count == 20)
    let long = try #require(build((15, [0xAA]), (1, [])))
    #expect(long.profile == RTPHeaderExtension.twoByteProfile && long.data == [15, 1, 0xAA, 1, 0, 0, 0, 0])
    #expect(build((1, [UInt8](repeating: 0, count: 17)))?.profile == RTPHeaderExtension.twoByteProfile)
    #expect(build((1, [UInt8](repeating: 0, count: 255))) != nil)
    #expect(build((1, [UInt8](repeating: 0, count: 256))) == nil)
    #expect(build((0, [1])) == nil)
    #expect(RTPHeaderExtension(profile: 1, data: [1]) == nil)
    let most = [UInt8](repeating: 0, count: RTPHeaderExtension.maxByteCount)
    #expect(RTPHeaderExtension(profile: 1, data: most) != nil)
    #expect(RTPHeaderExtension(profile: 1, data: most + [0, 0, 0, 0]) == nil)
  }

  @Test func replacesAByte() throws {
    let elements: [RTPHeaderExtension.Element] = [(1, [0])]
    var `extension` = try #require(RTPHeaderExtension(elements))
    `extension`.replaceByte(at: 1, with: RTPAudioLevel(belowOverload: 30, isVoice: true).byte)
    `extension`.replaceByte(at: 4, with: 9)
    `extension`.replaceByte(at: -1, with: 9)
    #expect(`extension`.data == [0x10, 0x9E, 0, 0])
  }

  /// RFC 6464 §3.
  @Test func readsAudioLevels() {
    #expect(RTPAudioLevel([0x9E].span) == RTPAudioLevel(belowOverload: 30, isVoice: true))
    #expect(RTPAudioLevel([0x7F, 0x00].span) == RTPAudioLevel(belowOverload: 127, isVoice: false))
    #expect(RTPAudioLevel(belowOverload: 200, isVoice: false).byte == 127)
    let nothing: [UInt8] = []
    #expect(RTPAudioLevel(nothing.span) == nil)
  }
}

@Suite struct DatagramKindTests {
  /// Every pair of first bytes by the tables of RFC 7983 §7 and RFC 5761 §4.
  @Test func sortsByTheFirstBytes() {
    for first in 0...255 as ClosedRange<UInt8> {
      for second in 0...255 as ClosedRange<UInt8> {
        let expected: DatagramKind =
          switch first {
          case 0...3: .stun
          case 16...19: .zrtp
          case 20...63: .dtls
          case 64...79: .turnChannel
          case 128...191: second >= 192 && second <= 223 ? .rtcp : .rtp
          default: .unknown
          }
        #expect(DatagramKind([first, second].span) == expected)
      }
    }
    let nothing: [UInt8] = []
    #expect(DatagramKind(nothing.span) == .unknown)
    #expect(DatagramKind([0x80].span) == .unknown)
  }

  @Test func payloadTypesThatShareThePort() {
    let forbidden = (0...127 as ClosedRange<UInt8>).filter { !DatagramKind.mayShareRTCPPort(payloadType: $0) }
    #expect(forbidden == Array(64...95))
    // With and without marker, a permitted payload type is never taken for RTCP, and RTCP never for RTP.
    for type in 0...127 as ClosedRange<UInt8> where DatagramKind.mayShareRTCPPort(payloadType: type) {
      #expect(DatagramKind([0x80, type].span) == .rtp && DatagramKind([0x80, type | 0x80].span) == .rtp)
    }
    for type in RTCPPacketType.senderReport...RTCPPacketType.extendedReport {
      #expect(DatagramKind([0x80, type].span) == .rtcp)
    }
  }
}

@Suite struct StaticPayloadTypeTests {
  /// RFC 3551 §6.
  @Test(
    arguments: [
      (0, "PCMU", 8000, 1), (8, "PCMA", 8000, 1), (9, "G722", 8000, 1), (13, "CN", 8000, 1), (10, "L16", 44_100, 2),
      (18, "G729", 8000, 1), (31, "H261", 90_000, nil),
    ] as [(UInt8, String, UInt32, Int?)])
  func isTheStandards(_ number: UInt8, _ encoding: String, _ clockRate: UInt32, _ channels: Int?) {
    let type = StaticPayloadType(number)
    #expect(type?.encoding == encoding && type?.clockRate == clockRate && type?.channels == channels)
  }

  @Test func hasNoOthers() {
    for number in [1, 2, 19, 24, 35, 72, 96, 127] as [UInt8] { #expect(StaticPayloadType(number) == nil) }
    #expect(Set(StaticPayloadType.all.map(\.number)).count == StaticPayloadType.all.count)
  }
}
