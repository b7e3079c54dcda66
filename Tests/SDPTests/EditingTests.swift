import SDP
import Testing
import Wire

@Suite("Relays: addresses and ports are replaced, every other byte stays")
struct RelayTests {
  static let relay = IPAddress(v4: 0xC633_6401)
  static let relay6 = IPAddress(high: 0x2001_0db8_0000_0000, low: 9)

  static func relayed(
    _ lines: [String], _ endpoints: RelayEndpoint?..., origin: IPAddress? = nil, lineEnd: String = "\r\n"
  ) throws -> [String] {
    let all = (["v=0", "o=- 1 1 IN IP4 192.0.2.1"] + lines).map { $0 + lineEnd }.joined()
    let relayed = try SessionDescription(all).relayed(to: endpoints, origin: origin)
    let text = String(decoding: relayed.bytes, as: UTF8.self)
    #expect(text.hasSuffix(lineEnd))
    return text.split(separator: lineEnd, omittingEmptySubsequences: false).dropLast().dropFirst(1).map(String.init)
  }

  static let o = "o=- 1 1 IN IP4 192.0.2.1"

  @Test("c= of the session, the port, and nothing else")
  func plain() throws {
    let lines = [
      "s=-", "c=IN IP4 192.0.2.1", "t=0 0", "m=audio 5000 RTP/AVP 0 8 101", "x=y", "a=rtpmap:101 telephone-event/8000",
    ]
    let expected = [
      Self.o, "s=-", "c=IN IP4 198.51.100.1", "t=0 0", "m=audio 40000 RTP/AVP 0 8 101", "x=y",
      "a=rtpmap:101 telephone-event/8000",
    ]
    #expect(try Self.relayed(lines, RelayEndpoint(Self.relay, port: 40_000)) == expected)
    #expect(try Self.relayed(lines, RelayEndpoint(Self.relay, port: 40_000), lineEnd: "\n") == expected)
    #expect(try Self.relayed(lines, nil) == [Self.o] + lines)
    let six = try Self.relayed(lines, RelayEndpoint(Self.relay6, port: 40_000), origin: Self.relay)
    #expect(six[0] == "o=- 1 1 IN IP4 198.51.100.1" && six[2] == "c=IN IP6 2001:db8::9")
  }

  @Test("c= of streams, and of a session whose streams go different ways")
  func connections() throws {
    let endpoint = RelayEndpoint(Self.relay, port: 40_000)
    let other = RelayEndpoint(Self.relay6, port: 40_002)
    let shared = ["c=IN IP4 192.0.2.1", "m=audio 5000 RTP/AVP 0", "i=first", "a=x", "m=audio 5002 RTP/AVP 0", "i=last"]
    #expect(
      try Self.relayed(shared, endpoint, other) == [
        Self.o, "c=IN IP4 198.51.100.1", "m=audio 40000 RTP/AVP 0", "i=first", "a=x", "m=audio 40002 RTP/AVP 0",
        "i=last",
        "c=IN IP6 2001:db8::9",
      ])
    // A stream that stays where it is keeps the session's address.
    #expect(
      try Self.relayed(shared, endpoint, nil) == [
        Self.o, "c=IN IP4 192.0.2.1", "m=audio 40000 RTP/AVP 0", "i=first", "c=IN IP4 198.51.100.1", "a=x",
        "m=audio 5002 RTP/AVP 0", "i=last",
      ])
    let own = ["c=IN IP4 192.0.2.1", "m=audio 5000 RTP/AVP 0", "c=IN IP4 192.0.2.2", "m=audio 0 RTP/AVP 0"]
    #expect(
      try Self.relayed(own, endpoint, endpoint) == [
        Self.o, "c=IN IP4 198.51.100.1", "m=audio 40000 RTP/AVP 0", "c=IN IP4 198.51.100.1", "m=audio 0 RTP/AVP 0",
      ])
    // Without any the stream gets one, at the end of the text as well.
    #expect(
      String(
        decoding: try SessionDescription("v=0\no=- 1 1 IN IP4 h\nm=audio 5000/2 RTP/AVP 0").relayedBytes(to: [endpoint]
        ),
        as: UTF8.self) == "v=0\no=- 1 1 IN IP4 h\nm=audio 40000/2 RTP/AVP 0\r\nc=IN IP4 198.51.100.1\r\n")
    #expect(
      try Self.relayed(["m=audio 5/99 RTP/AVP 0", "c=IN IP4 h"], RelayEndpoint(Self.relay, port: 65_530))[1]
        == "m=audio 65530 RTP/AVP 0")
  }

  @Test("a hold of old stays one")
  func hold() throws {
    let endpoint = RelayEndpoint(Self.relay, port: 40_000)
    #expect(
      try Self.relayed(["c=IN IP4 0.0.0.0", "m=audio 5000 RTP/AVP 0"], endpoint) == [
        Self.o, "c=IN IP4 0.0.0.0", "m=audio 40000 RTP/AVP 0",
      ])
    #expect(
      try Self.relayed(["c=IN IP4 192.0.2.1", "m=audio 5000 RTP/AVP 0", "c=IN IP6 ::"], endpoint) == [
        Self.o, "c=IN IP4 198.51.100.1", "m=audio 40000 RTP/AVP 0", "c=IN IP6 ::",
      ])
  }

  @Test("a=rtcp where it stands, and where it is needed")
  func rtcp() throws {
    let start = ["c=IN IP4 192.0.2.1", "m=audio 5000 RTP/AVP 0"]
    func last(_ line: String?, _ rtcpPort: UInt16?, _ more: String...) throws -> String {
      let endpoint = RelayEndpoint(Self.relay, port: 40_000, rtcpPort: rtcpPort)
      return try Self.relayed(start + (line.map { [$0] } ?? []) + more, endpoint).dropFirst(3).joined(separator: " ")
    }
    #expect(try last("a=rtcp:5001", nil) == "a=rtcp:40001")
    #expect(try last("a=rtcp:5001 IN IP4 192.0.2.1", 40_009) == "a=rtcp:40009 IN IP4 198.51.100.1")
    #expect(try last("a=rtcp:5000", nil, "a=rtcp-mux") == "a=rtcp:40000 a=rtcp-mux")
    #expect(try last("a=rtcp:x 192.0.2.1", nil) == "a=rtcp:40001")
    #expect(try last(nil, 40_001) == "")
    #expect(try last(nil, 40_009) == "a=rtcp:40009")
    #expect(try last(nil, 40_009, "a=rtcp-mux") == "a=rtcp-mux")
    #expect(try last("a=rtcp", 40_009) == "a=rtcp")
  }

  @Test("what phones write: streams move, and nothing else is different", arguments: Corpus.names)
  func corpus(name: String) throws {
    let description = try Corpus.description(name)
    let endpoints = description.media.map { RelayEndpoint(Self.relay, port: 40_000 + UInt16($0.index) * 2) }
    let relayed = description.relayed(to: endpoints)
    #expect(relayed.media.map(\.port) == description.media.map { $0.port == 0 ? 0 : 40_000 + UInt16($0.index) * 2 })
    for (old, new) in zip(description.media, relayed.media) where old.port != 0 {
      #expect(new.connection?.address == (old.connection?.isUnspecified == true ? old.connection?.address : Self.relay))
    }
    let dropped = ["c=", "m=", "a=rtcp:"]
    func rest(_ description: SessionDescription) -> [String] {
      String(decoding: description.bytes, as: UTF8.self).split { $0.isNewline }.map(String.init).filter { line in
        !dropped.contains { line.hasPrefix($0) }
      }
    }
    #expect(rest(relayed) == rest(description))
  }
}

@Suite("Editing: lines are replaced, added and removed, all others stay")
struct EditorTests {
  @Test("every kind of change")
  func changes() throws {
    let before = try SessionDescription(
      text([
        "v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "t=0 0", "a=sendrecv", "m=audio 5000/2 RTP/AVP 0", "i=x",
        "a=candidate:1",
        "a=candidate:2", "m=audio 5002 RTP/AVP 0", "c=IN IP4 192.0.2.1", "c=IN IP4 192.0.2.2", "a=recvonly",
        "a=inactive",
      ]))
    var editor = SDPEditor(before)
    let address = ConnectionAddress(IPAddress(v4: 0xC633_6401))
    editor.setOrigin(before.origin.with(version: 2))
    editor.setConnection(address, media: nil)
    editor.setConnection(address, media: 1)
    editor.setPort(6_000, media: 0)
    editor.setPort(0, media: 1)
    editor.setDirection(.sendonly, media: 0)
    editor.setDirection(.sendonly, media: 1)
    editor.setDirection(.sendonly, media: nil)
    editor.remove(.candidate, media: 0)
    editor.append(SCTPPort(5_000), media: 0)
    editor.append(try #require(PacketTime(milliseconds: 60)), named: .maxptime, media: 1)
    editor.append(flag: .rtcpMux, media: 1)
    editor.append(attribute: "X-nat:0", media: nil)
    editor.append(attribute: "broken\r\n", media: nil)
    editor.setPort(1, media: 2)
    editor.setDirection(.inactive, media: 2)
    #expect(
      String(decoding: try editor.finish().bytes, as: UTF8.self)
        == text([
          "v=0", "o=- 1 2 IN IP4 192.0.2.1", "s=-", "c=IN IP4 198.51.100.1", "t=0 0", "a=sendonly", "a=X-nat:0",
          "m=audio 6000/2 RTP/AVP 0", "i=x", "a=sendonly", "a=sctp-port:5000", "m=audio 0 RTP/AVP 0",
          "c=IN IP4 198.51.100.1", "a=sendonly", "a=maxptime:60", "a=rtcp-mux",
        ]))
  }

  @Test("nothing changed is the same value; line ends stay")
  func unchanged() throws {
    let description = try Corpus.description("sipp-lf-only")
    #expect(try SDPEditor(description).finish() == description)
    var editor = SDPEditor(description)
    editor.append(flag: .rtcpMux, media: 0)
    #expect(
      String(decoding: try editor.finish().bytes, as: UTF8.self).hasSuffix("\na=fmtp:101 0-11,16\n\na=rtcp-mux\n"))
  }

  @Test("a stream that was refused without formats cannot come back by its port")
  func withoutFormats() throws {
    let description = try description("m=audio 0 RTP/AVP")
    var editor = SDPEditor(description)
    editor.setPort(5_000, media: 0)
    #expect(try editor.finish() == description)
  }

  @Test("the words for the protocol change where they stand, and nothing else does")
  func transport() throws {
    var editor = SDPEditor(try description("m=audio  5000/2 RTP/AVP  0 101"))
    editor.setTransport("RTP/SAVP", media: 0)
    editor.setTransport("RTP/SAVP 8", media: 0)
    editor.setTransport("", media: 0)
    editor.setTransport("RTP/AVP", media: 1)
    #expect(String(decoding: try editor.finish().bytes, as: UTF8.self).contains("m=audio  5000/2 RTP/SAVP  0 101"))
  }

  @Test("limits hold for what is edited")
  func limits() throws {
    var editor = SDPEditor(try description())
    editor.append(attribute: String(repeating: "x", count: 9_000), media: nil)
    #expect(throws: SDPError.self) { try editor.finish() }
  }
}
