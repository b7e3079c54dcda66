import SDP
import Testing
import Wire

@Suite("Descriptions: lines and their order (RFC 8866 §5)")
struct ParsingTests {
  @Test("every line type, as RFC 8866 §5 has them")
  func allLines() throws {
    let seminar = try Corpus.description("seminar")
    #expect(seminar.origin.username == "jdoe")
    #expect(seminar.origin.sessionID == "3724394400")
    #expect(seminar.origin.version == 3_724_394_405)
    #expect(seminar.origin.address.address == IPAddress("198.51.100.1"))
    #expect(seminar.sessionName == "Call to John Smith")
    #expect(seminar.information == "SDP Offer #1")
    #expect(seminar.uri == "http://www.jdoe.example.com/home.html")
    #expect(seminar.emailAddresses == ["Jane Doe <jane@jdoe.example.com>"])
    #expect(seminar.phoneNumbers == ["+1 617 555-6011"])
    #expect(seminar.connection?.address == IPAddress("233.252.0.1"))
    #expect(seminar.connection?.ttl == 127 && seminar.connection?.count == 3)
    #expect(seminar.bandwidths.map(\.bitsPerSecond) == [256_000])
    #expect(seminar.times.map(\.start) == [3_034_423_619, 3_724_394_400])
    #expect(seminar.times.first?.isUnbounded == false)
    let repetition = try #require(seminar.times.first?.repeats.first)
    #expect(repetition.interval == 604_800 && repetition.duration == 3_600 && repetition.offsets == [0, 90_000])
    #expect(seminar.timeZoneAdjustments.map(\.offset) == [-3_600, 0])
    #expect(seminar.hasKeyField)
    #expect(seminar.direction == .recvonly)
    let audio = seminar.media[0]
    #expect(audio.type == .audio && audio.port == 49_170 && audio.portCount == 2 && audio.direction == .recvonly)
    #expect(audio.connection == seminar.connection)
    let video = seminar.media[1]
    #expect(video.connection?.type == .ip6 && video.connection?.count == 3 && video.connection?.ttl == nil)
    #expect(video.bandwidths.map(\.value) == [66_781])
    #expect(try video.attributes.first(PacketRate.self)?.thousandths == 33_333)
    #expect(try video.attributes.first(MediaContent.self)?.tags == ["slides", "sl"])
    #expect(video.attributes.text(of: .label) == "2")
    try seminar.checkAttributes()
  }

  @Test("what phones write parses, is its own bytes, and every attribute in it is well-formed", arguments: Corpus.names)
  func corpus(name: String) throws {
    let bytes = try Corpus.bytes(name)
    let description = try SessionDescription(parsing: bytes.span)
    #expect(description.bytes == bytes)
    #expect(try SessionDescription(parsing: description.bytes) == description)
    try description.checkAttributes()
    #expect(!description.media.isEmpty)
    for media in description.media where media.port != 0 && media.transport.isRTP {
      #expect(!media.payloadFormats.isEmpty)
      #expect(media.connection != nil)
    }
  }

  @Test("canonical descriptions stay the same value, others become one", arguments: Corpus.names)
  func canonical(name: String) throws {
    let description = try Corpus.description(name)
    let canonical = description.canonical()
    let isCanonical = !["gateway-odd", "sipp-lf-only"].contains(name)
    #expect((canonical == description) == isCanonical)
    #expect(canonical.canonical() == canonical)
    #expect(canonical.media.map(\.payloadFormats) == description.media.map(\.payloadFormats))
  }

  @Test("what real descriptions get wrong and nobody can misread")
  func tolerance() throws {
    let odd = try Corpus.description("gateway-odd")
    #expect(odd.origin.username == "Front Desk 12" && odd.origin.sessionID == "20518")
    #expect(odd.sessionName == "")
    #expect(odd.direction == .sendonly)
    #expect(odd.bandwidths.map(\.type) == ["AS"])
    #expect(odd.times.count == 1)
    #expect(odd.media[0].connection?.address == IPAddress("192.0.2.78"))
    #expect(odd.media[0].information == "late information")
    #expect(odd.media[0].packetTime == PacketTime(milliseconds: 30))
    #expect(odd.media[0].payloadFormats.map(\.map.encodingName) == ["PCMA", "G723"])
    #expect(odd.media[0].payloadFormats[1]["bitrate"] == "6.3")
    #expect(odd.media[0].attributes.map(\.name) == ["ptime", "quality", "X-vrzcap", "fmtp"])
    #expect(odd.media[1].transport == .udptl && odd.media[1].formats == ["t38"])
    #expect(
      odd.canonical().bytes.starts(
        with: """
          v=0\r\no=Front Desk 12 20518 20519 IN IP4 192.0.2.77 \r\ns=-\r\nc=IN IP4 192.0.2.77\r\nb=AS:64\r\nt=0 0\r\n\
          x=what nobody knows\r\na=sendonly\r\nm=audio 9000 RTP/AVP 8 4 \r\ni=late information\r\n
          """.utf8))

    let short = "v=0\no=- 1 1 IN IP4 192.0.2.1\nm=audio 5000 RTP/AVP 0\nc=IN IP4 192.0.2.9"
    #expect(try SessionDescription(short).media[0].connection?.address == IPAddress("192.0.2.9"))
    #expect(try SessionDescription(short).times.isEmpty)
    #expect(
      String(decoding: try SessionDescription(short).canonical().bytes, as: UTF8.self) == """
        v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\nc=IN IP4 192.0.2.9\r\n
        """)
    #expect(try SessionDescription("\r\n\r\nv=0\r\no=- 1 1 IN IP4 h.example\r\n\r\ns=\r\n\r\n").sessionName == "")
    #expect(try SessionDescription("v=0 \r\no=- 1 1 in ip4 h\r\n").origin.address.host == .name("h"))
  }

  struct Fault: CustomStringConvertible, Sendable {
    var lines: [String]
    var reason: SDPError.Reason
    var line: Int
    /// Within the line.
    var column: Int

    init(_ reason: SDPError.Reason, line: Int, _ column: Int, _ lines: String...) {
      (self.lines, self.reason, self.line, self.column) = (lines, reason, line, column)
    }

    var description: String { "\(reason): \(lines.last ?? "")" }
  }

  static let malformed: [Fault] = {
    let v = "v=0"
    let o = "o=- 1 1 IN IP4 192.0.2.1"
    return [
      Fault(.missingVersion, line: 1, 0, o),
      Fault(.missingVersion, line: 1, 0, "a=sendrecv", v, o),
      Fault(.missingVersion, line: 1, 0, "INVITE sip:a@b SIP/2.0"),
      Fault(.unsupportedVersion, line: 1, 2, "v=1", o),
      Fault(.unsupportedVersion, line: 1, 2, "v=", o),
      Fault(.unsupportedVersion, line: 1, 2, "v=0 0", o),
      Fault(.duplicateLine, line: 2, 0, v, v, o),
      Fault(.duplicateLine, line: 3, 0, v, o, o),
      Fault(.duplicateLine, line: 4, 0, v, o, "s=-", "s=-"),
      Fault(.duplicateLine, line: 4, 0, v, o, "c=IN IP4 192.0.2.1", "c=IN IP4 192.0.2.2"),
      Fault(.duplicateLine, line: 4, 0, v, o, "i=a", "i=b"),
      Fault(.duplicateLine, line: 5, 0, v, o, "m=audio 0 RTP/AVP 0", "k=prompt", "k=prompt"),
      Fault(.misplacedLine, line: 4, 0, v, o, "m=audio 0 RTP/AVP 0", "s=-"),
      Fault(.misplacedLine, line: 3, 0, v, "m=audio 0 RTP/AVP 0", o),
      Fault(.misplacedLine, line: 4, 0, v, o, "m=audio 0 RTP/AVP 0", v),
      Fault(.malformedLine, line: 3, 0, v, o, " s=-"),
      Fault(.malformedLine, line: 3, 0, v, o, "s"),
      Fault(.malformedLine, line: 3, 0, v, o, "s =-"),
      Fault(.malformedLine, line: 3, 0, v, o, "=-"),
      Fault(.nul, line: 3, 3, v, o, "s=a\0b"),
      Fault(.strayCarriageReturn, line: 3, 3, v, o, "s=a\rb"),
      Fault(.malformedOrigin, line: 2, 2, v, "o="),
      Fault(.malformedOrigin, line: 2, 2, v, "o=1 1 IN IP4 192.0.2.1"),
      Fault(.malformedOrigin, line: 2, 2, v, "o=- 1 1 TN E164 +123"),
      Fault(.malformedAddress, line: 2, 15, v, "o=- 1 1 IN IP4 300.1.1.1"),
      Fault(.malformedAddress, line: 3, 9, v, o, "c=IN IP4 2001:db8::1"),
      Fault(.malformedAddress, line: 3, 9, v, o, "c=IN IP4 010.0.0.1"),
      Fault(.malformedAddress, line: 3, 9, v, o, "c=IN IP6 2001:db8:::1"),
      Fault(.malformedAddress, line: 3, 9, v, o, "c=IN IP4 a_b.1"),
      Fault(.malformedAddress, line: 3, 9, v, o, "c=IN IP4 233.252.0.1/256"),
      Fault(.malformedAddress, line: 3, 9, v, o, "c=IN IP4 233.252.0.1/1/0"),
      Fault(.malformedAddress, line: 3, 9, v, o, "c=IN IP6 ff15::1/1/1"),
      Fault(.malformedConnection, line: 3, 8, v, o, "c=IN IP4"),
      Fault(.malformedConnection, line: 3, 2, v, o, "c="),
      Fault(.malformedConnection, line: 3, 19, v, o, "c=IN IP4 192.0.2.1 x"),
      Fault(.malformedBandwidth, line: 3, 4, v, o, "b=AS"),
      Fault(.malformedBandwidth, line: 3, 5, v, o, "b=AS:x"),
      Fault(.malformedBandwidth, line: 3, 5, v, o, "b=AS:18446744073709551616"),
      Fault(.malformedTime, line: 3, 3, v, o, "t=0"),
      Fault(.malformedTime, line: 3, 2, v, o, "t=x 0"),
      Fault(.malformedTime, line: 3, 5, v, o, "r=7d 1w"),
      Fault(.malformedTime, line: 3, 4, v, o, "z=1 1w"),
      Fault(.malformedMedia, line: 3, 7, v, o, "m=audio"),
      Fault(.malformedMedia, line: 3, 12, v, o, "m=audio 5000"),
      Fault(.malformedMedia, line: 3, 20, v, o, "m=audio 5000 RTP/AVP"),
      Fault(.malformedMedia, line: 3, 2, v, o, "m=(audio) 5000 RTP/AVP 0"),
      Fault(.malformedPort, line: 3, 8, v, o, "m=audio 65536 RTP/AVP 0"),
      Fault(.malformedPort, line: 3, 8, v, o, "m=audio -1 RTP/AVP 0"),
      Fault(.malformedPort, line: 3, 8, v, o, "m=audio $ RTP/AVP 0"),
      Fault(.malformedPort, line: 3, 8, v, o, "m=audio 5000/0 RTP/AVP 0"),
      Fault(.malformedPort, line: 3, 8, v, o, "m=audio 65534/2 RTP/AVP 0"),
      Fault(.malformedAttribute, line: 3, 2, v, o, "a="),
      Fault(.malformedAttribute, line: 3, 2, v, o, "a=:x"),
      Fault(.missingOrigin, line: 2, 0, v),
    ]
  }()

  @Test("faults are named with their line and offset", arguments: malformed)
  func faults(_ expected: Fault) {
    let start = text(Array(expected.lines.prefix(expected.line - 1))).utf8.count
    #expect(fault(text(expected.lines)) == SDPError(expected.reason, at: start + expected.column, line: expected.line))
  }

  @Test("ports at the edge")
  func ports() throws {
    #expect(try media("m=audio 65535 RTP/AVP 0").rtcp == nil)
    #expect(try media("m=audio 65533/2 RTP/AVP 0").portCount == 2)
    #expect(try media("m=image 65534/2 udptl t38").portCount == 2)
    #expect(try media("m=audio 0 RTP/AVP").formats == [])
    #expect(try media("m=audio 5000 RTP/AVP 0").rtcp == RTCPAddress(port: 5_001))
    #expect(
      try media("m=audio 5000 RTP/AVP 0", "a=rtcp:6000 IN IP4 192.0.2.7").rtcp?.address?.address?.v4 == 0xC000_0207)
  }

  @Test("direction: below m=, else the session's, else both")
  func direction() throws {
    let directions = try description("a=sendonly", "m=audio 1 RTP/AVP 0", "m=audio 1 RTP/AVP 0", "a=inactive").media
    #expect(directions.map(\.direction) == [.sendonly, .inactive])
    #expect(try media("m=audio 1 RTP/AVP 0").direction == .sendrecv)
    #expect(try media("m=audio 1 RTP/AVP 0", "a=recvonly ").direction == .recvonly)
    for direction in MediaDirection.allCases {
      #expect(direction.reversed.reversed == direction)
      #expect(direction.intersection(.sendrecv) == direction && direction.intersection(.inactive) == .inactive)
    }
  }

  @Test("unknown attributes keep their text; a name with a blank is none that is known")
  func unknownAttributes() throws {
    let attributes = try media(
      "m=audio 1 RTP/AVP 0", "a=X-nat:0", "a=rtcp mux", "a=alt:1 1 : abc 192.0.2.1 1", "a=Sendonly", "a=sendonly x"
    ).attributes
    #expect(attributes.map(\.name) == ["X-nat", "rtcp mux", "alt", "Sendonly", "sendonly x"])
    #expect(attributes.allSatisfy { $0.kind == .other })
    #expect(attributes.map(\.value) == ["0", nil, "1 1 : abc 192.0.2.1 1", nil, nil])
  }

  @Test("names of attributes are found again")
  func names() {
    for name in AttributeName.allCases where name != .other {
      #expect(AttributeName(name.text) == name)
      #expect(AttributeName(name.text + "x") == .other && AttributeName(String(name.text.dropLast())) != name)
    }
    #expect(AttributeName("a-name-that-is-longer-than-any") == .other && AttributeName("") == .other)
  }

  @Test("payload types: rtpmap, RFC 3551 without one, each once, others left out")
  func payloadFormats() throws {
    let formats = try media(
      "m=audio 1 RTP/AVP 0 8 0 9 96 200 x 77 13", "a=rtpmap:8 L16/16000", "a=rtpmap:96 opus/48000/2",
      "a=fmtp:96 useinbandfec=1; Stereo = 0", "a=rtpmap:97 nobody/8000"
    ).payloadFormats
    #expect(formats.map(\.payloadType) == [0, 8, 9, 96, 13])
    #expect(formats.map(\.map.encodingName) == ["PCMU", "L16", "G722", "opus", "CN"])
    #expect(formats[3]["stereo"] == "0" && formats[3]["useinbandfec"] == "1" && formats[3]["cbr"] == nil)
    #expect(formats.map(\.isAuxiliary) == [false, false, false, false, true])
    #expect(try media("m=image 1 udptl t38").payloadFormats.isEmpty)
    #expect((0...127).filter { RTPMap.staticMap(of: $0) != nil }.count == 24)
  }
}
