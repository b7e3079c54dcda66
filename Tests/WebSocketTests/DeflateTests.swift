import Testing
import WebSocket
import Wire

@Suite("permessage-deflate (RFC 7692)")
struct DeflateTests {
  static let hello = "Hello".bytes

  @Test("the examples of §7.2.3")
  func examples() {
    let agreed = DeflateParameters()
    // 7.2.3.1: one block, whole and in two fragments.
    #expect(read([UInt8](hex: "c1 07 f2 48 cd c9 c9 07 00"), .client, deflate: agreed).events == [.message(Self.hello)])
    let fragments = [UInt8](hex: "41 03 f2 48 cd 80 04 c9 c9 07 00")
    #expect(read(fragments, .client, deflate: agreed).events == [.message(Self.hello)])
    // 7.2.3.2: a second message that refers to the first.
    let both = [UInt8](hex: "c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00")
    #expect(read(both, .client, deflate: agreed).messages == [Self.hello, Self.hello])
    // 7.2.3.3: a block without compression.
    let stored = [UInt8](hex: "c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00")
    #expect(read(stored, .client, deflate: agreed).events == [.message(Self.hello)])
    // 7.2.3.4: the last-block bit set.
    let last = [UInt8](hex: "c1 08 f3 48 cd c9 c9 07 00 00")
    #expect(read(last, .client, deflate: agreed).events == [.message(Self.hello)])
    // 7.2.3.5: two blocks in one message.
    let two = [UInt8](hex: "c1 0d f2 48 05 00 00 00 ff ff ca c9 c9 07 00")
    #expect(read(two, .client, deflate: agreed).events == [.message(Self.hello)])
    // 7.2.3.6: nothing.
    #expect(read([UInt8](hex: "c1 01 00"), .client, deflate: agreed).events == [.message([])])
  }

  @Test("a context survives a message with the last-block bit")
  func lastBlockKeepsContext() {
    let stream = [UInt8](hex: "c1 08 f3 48 cd c9 c9 07 00 00 c1 05 f2 00 11 00 00")
    #expect(read(stream, .client, deflate: DeflateParameters()).messages == [Self.hello, Self.hello])
  }

  @Test("without a context, a message that refers to the one before is refused")
  func noContext() {
    var agreed = DeflateParameters()
    agreed.serverKeepsContext = false
    let both = [UInt8](hex: "c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00")
    let reader = read(both, .client, deflate: agreed)
    #expect(reader.messages == [Self.hello] && reader.fault == .badCompression)
  }

  @Test("bytes that are no DEFLATE, and RSV1 where it has no place")
  func bad() {
    let agreed = DeflateParameters()
    #expect(read(frame(1, [0xFF, 0xFF, 0xFF], rsv: 4), deflate: agreed).fault == .badCompression)
    #expect(read(frame(9, rsv: 4), deflate: agreed).fault == .reservedBits)
    let continued = frame(1, [0xF2], final: false, rsv: 4) + frame(0, [0x48], rsv: 4)
    #expect(read(continued, deflate: agreed).fault == .reservedBits)
    #expect(read(frame(1, [0xF2, 0x48, 0xCD], rsv: 4), deflate: agreed).fault == .badCompression)
  }

  @Test("messages need not be compressed; text is checked after inflating")
  func mixed() {
    let agreed = DeflateParameters()
    #expect(read(frame(1, Self.hello), deflate: agreed).events == [.message(Self.hello)])
    // A stored block of one byte that is not UTF-8.
    let stored = frame(1, [0x00, 0x01, 0x00, 0xFE, 0xFF, 0xFF, 0x00], rsv: 4)
    #expect(read(stored, deflate: agreed).fault == .invalidUTF8)
  }

  @Test(
    "what one end sends the other reads, again and again, with contexts and without, in any window",
    arguments: [(true, true), (true, false), (false, true), (false, false)], [9, 12, 15])
  func roundTrips(contexts: (Bool, Bool), windowBits: Int) {
    var agreed = DeflateParameters()
    (agreed.serverKeepsContext, agreed.clientKeepsContext) = contexts
    (agreed.serverWindowBits, agreed.clientWindowBits) = (windowBits, windowBits)
    var server = Reader(.server, deflate: agreed)
    var client = Reader(.client, deflate: agreed)
    var sent: [[UInt8]] = []
    var lengths: [Int] = []
    for count in [10, 200, 700, 700, 3_000] {
      let message = (0..<count).flatMap { "Via: SIP/2.0/WS \($0 % 37)\r\n".bytes }
      sent.append(message)
      let toServer = client.connection.send(message.span, mask: 0x1234_5678)
      lengths.append(toServer.count)
      server.feed(toServer)
      client.feed(server.connection.send(message.span))
    }
    #expect(server.messages == sent && client.messages == sent)
    #expect(lengths[3] < 16_000 / 10)
    if agreed.clientKeepsContext, windowBits == 15 { #expect(lengths[3] < lengths[2]) }
  }

  @Test("connections that keep no context share one codec")
  func shared() {
    var agreed = DeflateParameters()
    (agreed.serverKeepsContext, agreed.clientKeepsContext) = (false, false)
    let codec = DeflateCodec()
    var ends = (0..<4).map { _ in
      (
        WebSocketConnection(role: .client, deflate: agreed, codec: codec, now: start),
        WebSocketConnection(role: .server, deflate: agreed, codec: codec, now: start)
      )
    }
    for round in 0..<3 {
      for index in ends.indices {
        let message = [UInt8](repeating: UInt8(0x41 + index), count: 1_000 + round)
        let frame = ends[index].0.send(message.span, mask: 7)
        // Half of it while the others use the codec.
        ends[index].1.append(frame.span.extracting(0..<frame.count / 2), now: start)
        #expect(ends[index].1.next(now: start) == .needMore)
        _ = ends[(index + 1) % 4].1.send(message.span)
        ends[index].1.append(frame.span.extracting(frame.count / 2..<frame.count), now: start)
        #expect(ends[index].1.next(now: start) == .message(message))
      }
    }
  }

  // MARK: Bombs

  /// So many zeros, compressed by our own other end.
  private func bomb(_ count: Int) -> [UInt8] {
    var client = WebSocketConnection(role: .client, deflate: DeflateParameters(), now: start)
    return client.send([UInt8](repeating: 0x20, count: count).span, mask: 0)
  }

  @Test("what inflates beyond the limit is refused, also when the ratio allows it")
  func messageTooBig() {
    var limits = WebSocketLimits()
    limits.inflationRatio = 1_000_000
    limits.messageBytes = 5_000
    #expect(read(bomb(5_000), deflate: DeflateParameters(), limits: limits).messages.first?.count == 5_000)
    #expect(read(bomb(5_001), deflate: DeflateParameters(), limits: limits).fault == .messageTooBig)
    #expect(read(bomb(60_000_000), deflate: DeflateParameters(), limits: limits).fault == .messageTooBig)
  }

  @Test("what inflates to far more than came is a bomb, even below the limit; a little is always allowed")
  func ratio() {
    let limits = WebSocketLimits()
    #expect(read(bomb(limits.inflationAllowance), deflate: DeflateParameters()).messages.count == 1)
    #expect(read(bomb(60_000), deflate: DeflateParameters()).fault == .inflationBomb)
    // Exactly at the ratio and one beyond.
    let payload = bomb(60_000).count - 8
    #expect((126...65_535).contains(payload))
    var exact = limits
    exact.inflationAllowance = 0
    exact.inflationRatio = (60_000 + payload - 1) / payload
    #expect(read(bomb(60_000), deflate: DeflateParameters(), limits: exact).messages.count == 1)
    exact.inflationRatio -= 1
    #expect(read(bomb(60_000), deflate: DeflateParameters(), limits: exact).fault == .inflationBomb)
  }

  @Test("a compressed message in fragments is bounded as a whole")
  func fragmentedBomb() {
    var limits = WebSocketLimits()
    limits.messageBytes = 100
    let stored = frame(2, [UInt8](repeating: 0, count: 60), final: false, rsv: 4) + frame(0, claimed: 41)
    #expect(read(stored, deflate: DeflateParameters(), limits: limits).fault == .messageTooBig)
  }

  // MARK: Negotiation (§7.1)

  static let offers: [(offers: String, keeps: Bool, bits: Int, answer: String?)] = [
    ("permessage-deflate", true, 15, "permessage-deflate"),
    ("permessage-deflate", false, 15, "permessage-deflate; server_no_context_takeover; client_no_context_takeover"),
    (
      "Permessage-Deflate; client_max_window_bits", true, 12,
      "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12"
    ),
    (
      "permessage-deflate; server_no_context_takeover", true, 15, "permessage-deflate; server_no_context_takeover"
    ),
    (
      "permessage-deflate; server_max_window_bits=10; client_max_window_bits=11", true, 15,
      "permessage-deflate; server_max_window_bits=10; client_max_window_bits=11"
    ),
    ("permessage-deflate; server_max_window_bits=\"9\"", true, 15, "permessage-deflate; server_max_window_bits=9"),
    ("permessage-deflate; server_max_window_bits=15", true, 15, "permessage-deflate"),
    ("permessage-deflate; server_max_window_bits=8", true, 15, nil),
    ("permessage-deflate; server_max_window_bits=16", true, 15, nil),
    ("permessage-deflate; server_max_window_bits=010", true, 15, nil),
    ("permessage-deflate; server_max_window_bits", true, 15, nil),
    ("permessage-deflate; server_no_context_takeover=1", true, 15, nil),
    ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", true, 15, nil),
    ("permessage-deflate; something", true, 15, nil),
    ("x-webkit-deflate-frame", true, 15, nil),
    ("", true, 15, nil),
    ("permessage-deflate; server_max_window_bits=8, permessage-deflate", true, 15, "permessage-deflate"),
    ("x-other; a=\"b, c\", permessage-deflate", true, 15, "permessage-deflate"),
    ("a,b,c,d,e,f,g,permessage-deflate", true, 15, "permessage-deflate"),
    ("a,b,c,d,e,f,g,h,permessage-deflate", true, 15, nil),
  ]

  @Test("offers and what is accepted of them", arguments: offers)
  func negotiation(offers: String, keeps: Bool, bits: Int, answer: String?) {
    var policy = WebSocketHandshake.Policy()
    policy.deflate = DeflatePolicy()
    policy.deflate?.keepsContext = keeps
    policy.deflate?.windowBits = bits
    let request = HandshakeTests.request(with: ["Sec-WebSocket-Extensions: \(offers)"])
    guard case .accepted(let response, let deflate, _) = HandshakeTests.outcome(request, policy) else {
      Issue.record("refused")
      return
    }
    let lines = String(decoding: response, as: UTF8.self).split(separator: "\r\n")
    let line = lines.first { $0.hasPrefix("Sec-WebSocket-Extensions: ") }
    #expect(line.map { String($0.dropFirst(26)) } == answer)
    #expect((deflate == nil) == (answer == nil))
  }

  @Test("where it is switched off nothing is answered")
  func off() {
    var policy = WebSocketHandshake.Policy()
    policy.deflate = nil
    let request = HandshakeTests.request(with: ["Sec-WebSocket-Extensions: permessage-deflate"])
    guard case .accepted(let response, nil, _) = HandshakeTests.outcome(request, policy) else {
      Issue.record("refused, or compressed")
      return
    }
    #expect(!String(decoding: response, as: UTF8.self).contains("Extensions"))
  }
}
