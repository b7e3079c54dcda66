import HEP
import Testing
import Wire

@Suite struct HEPPacketTests {
  /// The example of HEP3 rev. 37, "Example HEP3 packet".
  private static let example: [UInt8] = [
    0x48, 0x45, 0x50, 0x33, 0x00, 0x71, 0x00, 0x00, 0x00, 0x01, 0x00, 0x07, 0x02, 0x00, 0x00, 0x00, 0x02, 0x00, 0x07,
    0x11, 0x00, 0x00, 0x00, 0x03, 0x00, 0x0A, 0xD4, 0xCA, 0x00, 0x01, 0x00, 0x00, 0x00, 0x04, 0x00, 0x0A, 0x52, 0x74,
    0x00, 0xD3, 0x00, 0x00, 0x00, 0x07, 0x00, 0x08, 0x2E, 0xEA, 0x00, 0x00, 0x00, 0x08, 0x00, 0x08, 0x13, 0xC4, 0x00,
    0x00, 0x00, 0x09, 0x00, 0x0A, 0x4E, 0x49, 0x82, 0xCB, 0x00, 0x00, 0x00, 0x0A, 0x00, 0x0A, 0x00, 0x01, 0xD4, 0xC0,
    0x00, 0x00, 0x00, 0x0B, 0x00, 0x07, 0x01, 0x00, 0x00, 0x00, 0x0C, 0x00, 0x0A, 0x00, 0x00, 0x00, 0xE4, 0x00, 0x00,
    0x00, 0x0F, 0x00, 0x14, 0x49, 0x4E, 0x56, 0x49, 0x54, 0x45, 0x20, 0x73, 0x69, 0x70, 0x3A, 0x62, 0x6F, 0x62,
  ]

  private static func envelope(
    _ source: String = "192.0.2.1:5060", _ destination: String = "198.51.100.7:5070", at time: Int64 = 1_769_860_800
  ) throws -> HEPEnvelope {
    HEPEnvelope(
      source: try #require(SocketAddress(source)), destination: try #require(SocketAddress(destination)),
      protocolID: .udp, time: UTCTimestamp(microseconds: time * 1_000_000 + 123_456), protocolType: .sip)
  }

  private func decode(_ bytes: [UInt8], limits: HEPLimits = .default) -> Result<HEPPacket, HEPError> {
    do throws(HEPError) {
      return .success(try HEPPacket(decoding: bytes.span, limits: limits))
    } catch {
      return .failure(error)
    }
  }

  @Test("the standard's example is read, and written to the same bytes")
  func theStandardsExample() throws {
    #expect(Self.example.count == 113)
    let packet = try HEPPacket(decoding: Self.example.span)
    #expect(packet.envelope.source.description == "212.202.0.1:12010")
    #expect(packet.envelope.destination.description == "82.116.0.211:5060")
    #expect(packet.envelope.protocolID == .udp && packet.envelope.protocolType == .sip)
    #expect(packet.envelope.time.rfc3339 == "2011-08-15T20:34:19.120000Z")
    #expect(packet.agent == (try HEPAgent(id: 228)))
    #expect(packet.payload == .captured(Array("INVITE sip:bob".utf8)))
    #expect(packet.correlationID == nil && packet.keepAliveTimer == nil)
    #expect(try packet.encoded() == Self.example)
  }

  /// What Kamailio 5.6.3's siptrace sent of one OPTIONS over IPv6 and one over IPv4.
  private static let sentByKamailio = [
    "4845503301290000000100070a00000002000711000000050016000000000000000000000000000000010000000600160000"
      + "00000000000000000000000000010000000700084a800000000800084a7e00000009000a6b07c8d00000000a000a000b374a"
      + "0000000b0007010000000c000a000000e40000000e000b73706f6f6e0000000f00a94f5054494f4e53207369703a61405b3a"
      + "3a315d205349502f322e300d0a5669613a205349502f322e302f554450205b3a3a315d3a31393037323b6272616e63683d7a"
      + "39684734624b6b0d0a46726f6d3a203c7369703a6140623e3b7461673d310d0a546f3a203c7369703a6140623e0d0a43616c"
      + "6c2d49443a206b0d0a435365713a2031204f5054494f4e530d0a436f6e74656e742d4c656e6774683a20300d0a0d0a",
    "484550330119000000010007020000000200071100000003000a7f00000100000004000a7f0000010000000700084a800000"
      + "000800084a7e00000009000a6b07c8d00000000a000a000b373d0000000b0007010000000c000a000000e40000000e000b73"
      + "706f6f6e0000000f00b14f5054494f4e53207369703a61403132372e302e302e31205349502f322e300d0a5669613a205349"
      + "502f322e302f554450203132372e302e302e313a31393037323b6272616e63683d7a39684734624b6b0d0a46726f6d3a203c"
      + "7369703a6140623e3b7461673d310d0a546f3a203c7369703a6140623e0d0a43616c6c2d49443a206b0d0a435365713a2031"
      + "204f5054494f4e530d0a436f6e74656e742d4c656e6774683a20300d0a0d0a",
  ]

  @Test(
    "what Kamailio sends is read, and written to the same bytes",
    arguments: zip(sentByKamailio, ["[::1]", "127.0.0.1"]))
  func kamailio(hex: String, host: String) throws {
    let bytes = try Hex.decode(hex)
    let packet = try HEPPacket(decoding: bytes.span)
    #expect(packet.envelope.source.description == "\(host):19072")
    #expect(packet.envelope.destination.description == "\(host):19070")
    #expect(packet.envelope.protocolID == .udp && packet.envelope.protocolType == .sip)
    #expect(packet.envelope.time.seconds == 1_795_672_272)
    #expect(packet.agent == (try HEPAgent(id: 228, authenticateKey: Array("spoon".utf8))))
    guard case .captured(let message) = packet.payload else {
      Issue.record("no payload")
      return
    }
    #expect(message.starts(with: Array("OPTIONS sip:a@\(host) SIP/2.0\r\n".utf8)))
    #expect(message.suffix(4) == Array("\r\n\r\n".utf8)[...])
    #expect(try packet.encoded() == bytes)
  }

  @Test(
    "what is written is read again: both families, and one beside the other",
    arguments: [
      ("192.0.2.1:5060", "198.51.100.7:65535", UInt8(2)), ("[2001:db8::1]:1", "[::1]:0", 10),
      ("192.0.2.1:5060", "[2001:db8::1]:5061", 10), ("[2001:db8::1]:5060", "127.0.0.1:5060", 10),
    ])
  func roundTrip(source: String, destination: String, family: UInt8) throws {
    let agent = try HEPAgent(
      id: .max, nodeName: Array("edge-1".utf8), authenticateKey: Array("of a file".utf8))
    for (protocolID, type) in [(IPProtocolID.tcp, HEPProtocolType.sip), (.sctp, .rtcpJSON), (.udp, .log)] {
      for payload in [HEPPayload.captured([]), .captured([0, 255]), .compressed([0x1F, 0x8B])] {
        for keepAlive in [nil, UInt16.max] {
          var envelope = try Self.envelope(source, destination)
          envelope.protocolID = protocolID
          envelope.protocolType = type
          let packet = HEPPacket(
            envelope: envelope, agent: agent, keepAliveTimer: keepAlive, correlationID: Array("a@b".utf8),
            payload: payload)
          let bytes = try packet.encoded()
          #expect(bytes[12] == family)
          #expect(decode(bytes) == .success(packet))
        }
      }
    }
  }

  @Test("an encoder appends, and writes what a packet writes")
  func encoder() throws {
    let agent = try HEPAgent(id: 7, nodeName: Array("n".utf8))
    let packet = HEPPacket(
      envelope: try Self.envelope(), agent: agent, correlationID: Array("call".utf8), payload: .captured([1, 2, 3]))
    var output: [UInt8] = [9]
    let (correlation, payload): ([UInt8], [UInt8]) = (Array("call".utf8), [1, 2, 3])
    try HEPEncoder(agent).append(packet.envelope, correlationID: correlation.span, payload: payload.span, to: &output)
    #expect(output == [9] + (try packet.encoded()))
  }

  @Test("an empty name, key or correlation id is none")
  func emptyIsNone() throws {
    let agent = try HEPAgent(id: 1, nodeName: [], authenticateKey: [])
    #expect(agent == (try HEPAgent(id: 1)))
    let packet = HEPPacket(envelope: try Self.envelope(), agent: agent, correlationID: [], payload: .captured([]))
    #expect(packet.correlationID == nil)
    let empty: [UInt8] = [0, 0, 0, 0x11, 0, 6, 0, 0, 0, 0x13, 0, 6, 0, 0, 0, 0x0E, 0, 6]
    #expect(decode(Self.patched(try packet.encoded() + empty)) == .success(packet))
  }

  @Test("chunks of vendors and generic ones that are not known are passed over; EEP3 is HEP3")
  func passedOver() throws {
    let packet = try HEPPacket(decoding: Self.example.span)
    // Kamailio's vendor number with a type that is ours in the generic list, VLAN, and a type of the future.
    let strange: [UInt8] = [0, 2, 0, 1, 0, 8, 1, 1, 0, 0, 0, 0x12, 0, 8, 0, 7, 0, 0, 0xFF, 0xFF, 0, 6]
    #expect(decode(Self.patched(Self.example + strange)) == .success(packet))
    var renamed = Self.example
    renamed[0] = UInt8(ascii: "E")
    renamed[1] = UInt8(ascii: "E")
    renamed[2] = UInt8(ascii: "P")
    #expect(decode(renamed) == .success(packet))
  }

  @Test("no part of a packet is one")
  func truncated() {
    for count in 0..<Self.example.count {
      let part = Array(Self.example[..<count])
      #expect(decode(part) == .failure(count < 6 ? .truncated : .length), "\(count)")
      // With a length that is true, it ends inside a chunk, or lacks one.
      guard count >= 6, case .failure = decode(Self.patched(part)) else {
        if count >= 6 { Issue.record("\(count) bytes are a packet") }
        continue
      }
    }
    #expect(decode(Self.example + [0]) == .failure(.length))
  }

  /// The bytes with their own length in the header.
  private static func patched(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    bytes[4] = UInt8(bytes.count >> 8)
    bytes[5] = UInt8(bytes.count & 255)
    return bytes
  }

  private static func without(_ type: UInt8) -> [UInt8] {
    var result = Array(example[..<6])
    var offset = 6
    while offset < example.count {
      let end = offset + Int(example[offset + 5])
      if example[offset + 3] != type { result += example[offset..<end] }
      offset = end
    }
    return patched(result)
  }

  @Test("what is malformed is refused, each for its reason")
  func malformed() {
    let six = [UInt8](repeating: 1, count: 16)
    let cases: [([UInt8], HEPError)] = [
      ([], .truncated), (Array("INVITE sip:a@b SIP/2.0".utf8), .identifier), (Array("HEP2\0\u{6}".utf8), .identifier),
      (Self.patched(Array("HEP3\0\0".utf8)), .missing(.protocolFamily)),
      (Self.patched(Self.example + [0]), .truncated),
      (Self.patched(Self.example + [0, 0, 0, 1, 0, 5]), .truncated),
      (Self.patched(Self.example + [0, 9, 0, 1, 0, 0]), .truncated),
      (Self.patched(Self.example + [0, 9, 0, 1, 0xFF, 0xFF]), .truncated),
      (Self.patched(Self.example + [0, 0, 0, 0x0D, 0, 7, 1]), .chunkLength(.keepAliveTimer)),
      (Self.patched(Self.example + [0, 0, 0, 5, 0, 10, 1, 2, 3, 4]), .chunkLength(.sourceIPv6)),
      (Self.patched(Self.example + [0, 0, 0, 0x0B, 0, 7, 1]), .duplicate(.protocolType)),
      (Self.patched(Self.example + [0, 0, 0, 0x0F, 0, 6]), .duplicate(.payload)),
      (Self.patched(Self.example + [0, 0, 0, 0x10, 0, 6]), .twoPayloads),
      (Self.patched(Self.example + [0, 0, 0, 5, 0, 22] + six), .family),
    ]
    for (bytes, error) in cases { #expect(decode(bytes) == .failure(error), "\(bytes.prefix(24))…") }
    for type in HEPChunkType.allCases where (1...0x0F).contains(type.rawValue) {
      let bytes = Self.without(UInt8(type.rawValue))
      switch type {
      case .sourceIPv6, .destinationIPv6, .keepAliveTimer, .authenticateKey, .microseconds:
        guard case .success = decode(bytes) else {
          Issue.record("\(type) is not needed")
          continue
        }
      default: #expect(decode(bytes) == .failure(.missing(type)), "\(type)")
      }
    }
    var changed = Self.example
    changed[12] = 3
    #expect(decode(changed) == .failure(.family))
    changed[12] = 10
    #expect(decode(changed) == .failure(.missing(.sourceIPv6)))
  }

  @Test("microseconds are less than a second")
  func microseconds() {
    var bytes = Self.example
    // 999,999 and one more.
    bytes.replaceSubrange(72..<76, with: [0x00, 0x0F, 0x42, 0x3F])
    guard case .success(let packet) = decode(bytes) else {
      Issue.record("999,999 µs")
      return
    }
    #expect(packet.envelope.time.microseconds % 1_000_000 == 999_999)
    bytes[75] = 0x40
    #expect(decode(bytes) == .failure(.microseconds))
  }
}

@Suite struct HEPLimitTests {
  private static func packet(payload: Int, correlation: Int = 0, at time: Int64 = 0) throws -> HEPPacket {
    let any = try #require(SocketAddress("192.0.2.1:1"))
    return HEPPacket(
      envelope: HEPEnvelope(
        source: any, destination: any, protocolID: .udp, time: UTCTimestamp(microseconds: time), protocolType: .sip),
      agent: try HEPAgent(id: 1), correlationID: [UInt8](repeating: 7, count: correlation),
      payload: .captured([UInt8](repeating: 8, count: payload)))
  }

  @Test("a packet has at most 65,535 bytes")
  func packetBytes() throws {
    let overhead = try Self.packet(payload: 0).encoded().count
    let longest = HEPLimits.maxPacketBytes - overhead
    let bytes = try Self.packet(payload: longest).encoded()
    #expect(bytes.count == 65_535)
    #expect(try HEPPacket(decoding: bytes.span) == Self.packet(payload: longest))
    #expect(throws: HEPError.tooLong(.payload)) { try Self.packet(payload: longest + 1).encoded() }
    let shared = try Self.packet(payload: longest - 106, correlation: 100).encoded()
    #expect(shared.count == 65_535)
    #expect(throws: HEPError.tooLong(.payload)) { try Self.packet(payload: longest - 105, correlation: 100).encoded() }
    #expect(throws: HEPError.tooLong(.payload)) { try Self.packet(payload: 0, correlation: 70_000).encoded() }
    // Nothing is left behind by what does not fit.
    var output: [UInt8] = [1]
    let (none, long): ([UInt8], [UInt8]) = ([], [UInt8](repeating: 0, count: longest + 1))
    #expect(throws: HEPError.tooLong(.payload)) {
      try HEPEncoder(HEPAgent(id: 1)).append(
        Self.packet(payload: 0).envelope, correlationID: none.span, payload: long.span, to: &output)
    }
    #expect(output == [1])
  }

  @Test("a name and a key have at most 255 bytes, written or read")
  func texts() throws {
    let longest = [UInt8](repeating: 65, count: HEPLimits.maxTextBytes)
    let agent = try HEPAgent(id: 1, nodeName: longest, authenticateKey: longest)
    #expect(throws: HEPError.tooLong(.nodeName)) { try HEPAgent(id: 1, nodeName: longest + [65]) }
    #expect(throws: HEPError.tooLong(.authenticateKey)) { try HEPAgent(id: 1, authenticateKey: longest + [65]) }
    var packet = try Self.packet(payload: 0)
    packet.agent = agent
    var bytes = try packet.encoded()
    #expect(try HEPPacket(decoding: bytes.span) == packet)
    // The name's chunk is the next after the agent's number.
    let name = try #require(bytes.indices.first { bytes[$0...].starts(with: [0, 0, 0, 0x13, 1, 5]) })
    bytes.replaceSubrange(name..<name + 6, with: [0, 0, 0, 0x13, 1, 6, 65])
    bytes[5] += 1
    #expect(throws: HEPError.tooLong(.nodeName)) { try HEPPacket(decoding: bytes.span) }
  }

  @Test("a packet has at most so many chunks")
  func chunks() throws {
    var bytes = try Self.packet(payload: 0).encoded()
    let own = 11
    for _ in own..<HEPLimits.default.maxChunks { bytes += [0, 1, 0, 1, 0, 6] }
    func packet(_ bytes: [UInt8]) throws -> HEPPacket {
      var bytes = bytes
      bytes[4] = UInt8(bytes.count >> 8)
      bytes[5] = UInt8(bytes.count & 255)
      return try HEPPacket(decoding: bytes.span)
    }
    #expect(try packet(bytes) == Self.packet(payload: 0))
    #expect(throws: HEPError.tooManyChunks) { try packet(bytes + [0, 1, 0, 1, 0, 6]) }
  }

  @Test("time is from 1970 to 2106")
  func time() throws {
    let last = (Int64(UInt32.max) + 1) * 1_000_000 - 1
    try roundTrip(0)
    try roundTrip(last)
    #expect(throws: HEPError.time) { try Self.packet(payload: 1, at: -1).encoded() }
    #expect(throws: HEPError.time) { try Self.packet(payload: 1, at: last + 1).encoded() }
  }

  // On its own: inside of the test the optimiser of Swift 6.3.1 loses count of the bytes.
  private func roundTrip(_ time: Int64) throws {
    let packet = try Self.packet(payload: 1, at: time)
    let bytes = try packet.encoded()
    let decoded = try HEPPacket(decoding: bytes.span)
    #expect(decoded == packet)
  }
}
