import SDP
import Testing
import Wire

private let address = IPAddress(v4: 0xC633_6401)

/// Our side: 198.51.100.1.
private func session() -> SessionNegotiation { SessionNegotiation(origin: Origin(sessionID: 1, address: address)) }

private func audio(_ codecs: Codec..., port: UInt16 = 40_000) -> LocalStream {
  LocalStream(address: address, port: port, codecs: codecs)
}

/// What we answer to an offer of these lines.
private func answer(_ lines: [String], _ streams: LocalStream...) throws -> SessionAgreement {
  var session = session()
  try session.receivedOffer(
    try SessionDescription(
      text(["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"] + lines)))
  return try session.answer(streams)
}

@Suite("Offer and answer (RFC 3264)")
struct NegotiationTests {
  // MARK: The machine

  static let states = ["fresh", "our offer", "their offer", "agreed", "our new offer", "their new offer"]

  /// What comes of an event in each of the states.
  static let table: [(event: String, results: [String])] = [
    ("offer", ["done", "offerOutstanding", "offerOutstanding", "done", "offerOutstanding", "offerOutstanding"]),
    ("answer received", ["noOffer", "done", "noOffer", "noOffer", "done", "noOffer"]),
    ("bad answer received", ["noOffer", "mediaCount", "noOffer", "noOffer", "mediaCount", "noOffer"]),
    (
      "offer received",
      ["done", "offerOutstanding", "offerOutstanding", "done", "offerOutstanding", "offerOutstanding"]
    ),
    ("answer", ["noOffer", "noOffer", "done", "noOffer", "noOffer", "done"]),
    ("bad answer", ["noOffer", "noOffer", "mediaCount", "noOffer", "noOffer", "mediaCount"]),
    ("preview", ["noOffer", "done", "noOffer", "noOffer", "done", "noOffer"]),
    ("roll back", ["done", "done", "done", "done", "done", "done"]),
  ]

  @Test("every state and every event", arguments: table.map(\.event))
  func machine(event: String) throws {
    let offer = try description("m=audio 5000 RTP/AVP 0")
    let empty = try description()
    let results = try #require(Self.table.first { $0.event == event }).results
    for (state, expected) in zip(Self.states, results) {
      var session = session()
      if state == "agreed" || state.contains("new") {
        try session.receivedOffer(offer)
        try session.answer([audio(.pcmu)])
      }
      if state.hasPrefix("our") { _ = try session.offer([audio(.pcmu)]) }
      if state.hasPrefix("their") { try session.receivedOffer(offer) }
      let before = (session.localOffer, session.remoteOffer, session.agreement)
      let fault = fault { () throws(NegotiationFault) in
        switch event {
        case "offer": _ = try session.offer([audio(.pcmu)])
        case "answer received": try session.receivedAnswer(offer)
        case "bad answer received": try session.receivedAnswer(empty)
        case "offer received": try session.receivedOffer(offer)
        case "answer": try session.answer([audio(.pcmu)])
        case "bad answer": try session.answer(empty)
        case "preview": _ = try session.preview(offer)
        default: session.rollBack()
        }
      }
      #expect(fault.map { "\($0)" } ?? "done" == Self.phrase(of: expected), "\(state) × \(event)")
      switch event {
      case "roll back":
        #expect(session.localOffer == nil && session.remoteOffer == nil && session.agreement == before.2)
      case "bad answer received" where before.0 != nil:
        #expect(session.localOffer == nil && session.agreement == before.2)
      case "preview":
        #expect(session.localOffer == before.0 && session.agreement == before.2)
      default:
        if fault != nil {
          #expect(session.localOffer == before.0 && session.remoteOffer == before.1 && session.agreement == before.2)
        }
      }
    }
  }

  private static func phrase(of fault: String) -> String {
    switch fault {
    case "offerOutstanding": "\(NegotiationFault.offerOutstanding)"
    case "noOffer": "\(NegotiationFault.noOffer)"
    case "mediaCount": "\(NegotiationFault.mediaCount)"
    default: fault
    }
  }

  @Test("versions grow by one with what is not the same, refused or not (§8)")
  func versions() throws {
    var session = session()
    func version(_ description: SessionDescription) -> UInt64? { description.origin.version }
    #expect(version(try session.offer([audio(.pcmu)])) == 0)
    session.rollBack()
    #expect(version(try session.offer([audio(.pcmu)])) == 0)
    try session.receivedAnswer(try description("m=audio 5000 RTP/AVP 0"))
    #expect(version(try session.offer([audio(.pcmu, port: 40_002)])) == 1)
    session.rollBack()
    #expect(version(try session.offer([audio(.pcmu)])) == 2)
    try session.receivedAnswer(try description("m=audio 5000 RTP/AVP 0"))
    try session.receivedOffer(try description("m=audio 5000 RTP/AVP 0", "a=sendonly"))
    #expect(version(try session.answer([audio(.pcmu)]).local) == 3)
    try session.receivedOffer(try description("m=audio 5000 RTP/AVP 0", "a=sendonly"))
    #expect(version(try session.answer([audio(.pcmu)]).local) == 3)
    let raw = try description("m=audio 5000 RTP/AVP 0", origin: "other 9 9 IN IP4 192.0.2.9")
    let sent = try session.offer(raw)
    #expect(sent.origin == Origin(sessionID: 1, sessionVersion: 4, address: address))
  }

  // MARK: What an offer says

  @Test("an offer, line by line")
  func offerText() throws {
    var stream = audio(.opus, .pcmu, .pcma, .g722, .telephoneEvent(), .telephoneEvent(48_000))
    stream.packetTime = PacketTime(milliseconds: 20)
    stream.direction = .sendonly
    stream.rtcpPort = 40_010
    stream.bandwidths = [Bandwidth("AS", 64)].compactMap { $0 }
    stream.attributes = ["label:1", "broken\r\nm=audio 1 RTP/AVP 0", ""]
    var session = session()
    let offer = try session.offer([stream, nil])
    #expect(
      String(decoding: offer.bytes, as: UTF8.self)
        == text([
          "v=0", "o=- 1 0 IN IP4 198.51.100.1", "s=-", "c=IN IP4 198.51.100.1", "t=0 0",
          "m=audio 40000 RTP/AVP 96 0 8 9 97 98", "b=AS:64", "a=rtcp:40010", "a=rtcp-mux", "a=rtpmap:96 opus/48000/2",
          "a=fmtp:96 useinbandfec=1", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000", "a=rtpmap:9 G722/8000",
          "a=rtpmap:97 telephone-event/8000", "a=fmtp:97 0-15", "a=rtpmap:98 telephone-event/48000", "a=fmtp:98 0-15",
          "a=ptime:20", "a=sendonly", "a=label:1", "m=audio 0 RTP/AVP 0",
        ]))
    #expect(offer.canonical() == offer)
    try offer.checkAttributes()
  }

  @Test("offers that cannot be")
  func invalidOffers() throws {
    var session = session()
    func refused(_ change: (inout LocalStream) -> Void) -> NegotiationFault? {
      var stream = audio(.pcmu)
      change(&stream)
      return fault { () throws(NegotiationFault) in _ = try session.offer([nil, stream]) }
    }
    #expect(refused { $0.port = 0 } == .invalidStream(1))
    #expect(refused { $0.codecs = [] } == .invalidStream(1))
    #expect(refused { $0.codecs = [Codec("a b", 8_000)] } == .invalidStream(1))
    #expect(refused { $0.codecs = [Codec("a", 0)] } == .invalidStream(1))
    #expect(
      refused { $0.codecs = [Codec("a", 1, payloadType: 96), Codec("b", 1, payloadType: 96)] } == .invalidStream(1))
    #expect(refused { $0.type = .other } == .invalidStream(1))
    #expect(refused { $0.transport = .rtpSAVP } == .noKeys(1))
    #expect(refused { $0.transport = .udpTLSRTPSAVPF } == .noKeys(1))
    #expect(refused { $0.transport = .udpDTLSSCTP } == .invalidStream(1))
    #expect(refused { $0.codecs = (0..<70).map { Codec("c\($0)", 8_000) } } == .noPayloadType(1))
    #expect(session.localOffer == nil)
    #expect(refused { _ in } == nil)
  }

  // MARK: Slots and payload types over time

  @Test("streams come, go and leave their place (§8.1, §8.2), numbers keep their meaning (§8.3.2)")
  func slots() throws {
    var session = session()
    #expect(session.freeSlot == 0)
    let speex = Codec("speex", 16_000)
    let ilbc = Codec("iLBC", 8_000, parameters: "mode=30")
    #expect(try session.offer([audio(.opus, speex)]).media[0].formats == ["96", "97"])
    try session.receivedAnswer(try description("m=audio 5000 RTP/AVP 97", "a=rtpmap:97 speex/16000"))
    #expect(session.freeSlot == 1)
    // A codec that comes back has its number, a new one has none that was used.
    let second = try session.offer([audio(ilbc, speex, .opus), audio(.pcmu, port: 40_004)])
    #expect(second.media[0].formats == ["98", "97", "96"] && second.media[1].formats == ["0"])
    try session.receivedAnswer(
      try description("m=audio 5000 RTP/AVP 98", "a=rtpmap:98 iLBC/8000", "m=audio 0 RTP/AVP 0"))
    #expect(session.freeSlot == 1)
    // A stream that is left away stays, with port 0.
    let third = try session.offer([audio(ilbc)])
    #expect(third.media.map(\.port) == [40_000, 0] && third.media[1].formats == ["0"])
    try session.receivedAnswer(
      try description("m=audio 5000 RTP/AVP 98", "a=rtpmap:98 iLBC/8000", "m=audio 0 RTP/AVP 0"))
    // Its place is used again, for another kind.
    var video = audio(Codec("VP8", 90_000), port: 40_004)
    video.type = .video
    let fourth = try session.offer([audio(ilbc), video])
    #expect(fourth.media[1].type == .video && fourth.media[1].formats == ["96"])
    try session.receivedAnswer(
      try description(
        "m=audio 5000 RTP/AVP 98", "a=rtpmap:98 iLBC/8000", "m=video 5002 RTP/AVP 100", "a=rtpmap:100 vp8/90000"))
    #expect(session.freeSlot == 2)
    #expect(session.agreement?.media[1]?.formats.map(\.sendPayloadType) == [100])
    #expect(session.agreement?.media[1]?.formats.map(\.receivePayloadType) == [96])
    // The other side may not drop one either.
    let short = try description("m=audio 1 RTP/AVP 0")
    #expect(
      fault { () throws(NegotiationFault) in try session.receivedOffer(short) }
        == .missingMedia)
    #expect(
      fault { () throws(NegotiationFault) in _ = try session.offer(short) }
        == .missingMedia)
  }

  // MARK: Answers

  @Test("which way: offered, ours, answered (§6.1)", arguments: MediaDirection.allCases)
  func directions(offered: MediaDirection) throws {
    let expected: [MediaDirection: [MediaDirection]] = [
      .sendrecv: [.sendrecv, .sendonly, .recvonly, .inactive], .sendonly: [.recvonly, .inactive, .recvonly, .inactive],
      .recvonly: [.sendonly, .sendonly, .inactive, .inactive], .inactive: [.inactive, .inactive, .inactive, .inactive],
    ]
    for (ours, answered) in zip(MediaDirection.allCases, try #require(expected[offered])) {
      var stream = audio(.pcmu)
      stream.direction = ours
      let agreement = try answer(["m=audio 5000 RTP/AVP 0", "a=\(offered)"], stream)
      #expect(agreement.local.media[0].direction == answered)
      #expect(agreement.media[0]?.direction == answered)
    }
  }

  @Test("a hold by 0.0.0.0: nothing is sent, the answer says what it always says (§8.4)")
  func oldHold() throws {
    for line in ["c=IN IP4 0.0.0.0", "c=IN IP6 ::"] {
      let agreement = try answer(["m=audio 5000 RTP/AVP 0", line], audio(.pcmu))
      #expect(agreement.media[0]?.direction == .recvonly && agreement.local.media[0].direction == .sendrecv)
    }
  }

  /// An offer's formats, what we can do, what we answer; nil when the stream is refused.
  static let formats: [(offer: [String], codecs: [Codec], answer: [String]?)] = [
    (["m=audio 1 RTP/AVP 0 8 9"], [.g722, .pcma], ["8", "9"]),
    (["m=audio 1 RTP/AVP 18", "a=fmtp:18 annexb=no"], [Codec("G729", 8_000)], ["18"]),
    (["m=audio 1 RTP/AVP 99", "a=rtpmap:99 pcmu/8000"], [.pcmu], ["99"]),
    (["m=audio 1 RTP/AVP 96", "a=rtpmap:96 G722/16000"], [.g722], ["96"]),
    (["m=audio 1 RTP/AVP 96", "a=rtpmap:96 opus/48000"], [.opus], ["96"]),
    (["m=audio 1 RTP/AVP 96", "a=rtpmap:96 L16/8000/2"], [Codec("L16", 8_000)], nil),
    (["m=audio 1 RTP/AVP 96", "a=rtpmap:96 speex/16000"], [Codec("speex", 8_000)], nil),
    (["m=audio 1 RTP/AVP 96"], [.opus], nil),
    (["m=audio 1 RTP/AVP 8"], [.pcmu], nil),
    // Events go with a codec of their clock rate.
    (
      [
        "m=audio 1 RTP/AVP 96 0 97 101", "a=rtpmap:96 opus/48000/2", "a=rtpmap:97 telephone-event/48000",
        "a=rtpmap:101 telephone-event/8000",
      ], [.pcmu, .telephoneEvent(), .telephoneEvent(48_000)], ["0", "101"]
    ),
    (
      [
        "m=audio 1 RTP/AVP 96 97 101", "a=rtpmap:96 opus/48000/2", "a=rtpmap:97 telephone-event/48000",
        "a=rtpmap:101 telephone-event/8000",
      ], [.opus, .telephoneEvent(), .telephoneEvent(48_000)], ["96", "97"]
    ),
    // There is no other, as many phones have it.
    (
      ["m=audio 1 RTP/AVP 96 101", "a=rtpmap:96 opus/48000/2", "a=rtpmap:101 telephone-event/8000"],
      [.opus, .telephoneEvent()], ["96", "101"]
    ),
    // Events alone are no call, unless they are all that was offered.
    (["m=audio 1 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000"], [.pcmu, .telephoneEvent()], nil),
    (["m=audio 1 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"], [.pcmu, .telephoneEvent()], ["101"]),
    (["m=audio 1 RTP/AVP 0 13"], [.pcmu, .comfortNoise], ["0", "13"]),
    (
      ["m=audio 1 RTP/AVP 96 97", "a=rtpmap:96 AMR/8000", "a=fmtp:96 octet-align=1", "a=rtpmap:97 AMR/8000"],
      [Codec("AMR", 8_000)], ["97"]
    ),
    (
      [
        "m=audio 1 RTP/AVP 96 97", "a=rtpmap:96 G7221/16000", "a=fmtp:96 bitrate=24000", "a=rtpmap:97 G7221/16000",
        "a=fmtp:97 bitrate=32000",
      ], [Codec("G7221", 16_000, parameters: "bitrate=32000")], ["97"]
    ),
    (
      [
        "m=audio 1 RTP/AVP 96 97 98", "a=rtpmap:96 H264/90000",
        "a=fmtp:96 profile-level-id=640028;packetization-mode=1",
        "a=rtpmap:97 H264/90000", "a=fmtp:97 profile-level-id=42001F", "a=rtpmap:98 H264/90000",
        "a=fmtp:98 profile-level-id=42e01f; packetization-mode=1",
      ], [Codec("H264", 90_000, parameters: "packetization-mode=1;profile-level-id=42000d")], ["98"]
    ),
  ]

  @Test("codecs in common, under the offer's numbers and in its order (§6.1)", arguments: formats.indices)
  func commonFormats(index: Int) throws {
    let row = Self.formats[index]
    var stream = audio()
    stream.codecs = row.codecs
    let agreement = try answer(row.offer, stream)
    let media = agreement.local.media[0]
    #expect((media.port == 0 ? nil : media.formats) == row.answer, "\(row.offer)")
    #expect((agreement.media[0] == nil) == (row.answer == nil))
  }

  @Test("events: those that both take; beside which codec; packet times of the other side")
  func events() throws {
    let lines = [
      "m=audio 1 RTP/AVP 96 0 97 101", "a=rtpmap:96 opus/48000/2", "a=rtpmap:97 telephone-event/48000",
      "a=fmtp:97 0-16",
      "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-11", "a=ptime:30", "a=maxptime:60",
    ]
    let agreement = try answer(lines, audio(.pcmu, .opus, .telephoneEvent(), .telephoneEvent(48_000)))
    let media = try #require(agreement.media[0])
    #expect(media.codecs.map(\.local.map.encodingName) == ["opus", "PCMU"])
    #expect(media.telephoneEvents(beside: media.codecs[0])?.sendPayloadType == 97)
    #expect(media.telephoneEvents(beside: media.codecs[1])?.sendPayloadType == 101)
    #expect(media.telephoneEvents(beside: nil)?.sendPayloadType == 97)
    #expect(media.telephoneEvents(beside: media.codecs[1])?.sendEvents.description == "0-11")
    #expect(media.format(receiving: 101)?.local.parameters == "0-11")
    #expect(media.format(receiving: 97)?.local.parameters == "0-15")
    #expect(media.format(receiving: 98) == nil)
    #expect(media.packetTime == PacketTime(milliseconds: 30) && media.maximumPacketTime == PacketTime(milliseconds: 60))
  }

  @Test("each of our streams serves one of theirs; what nobody serves is refused as it came")
  func assignment() throws {
    let agreement = try answer(
      [
        "m=audio 5000 RTP/AVP 8", "m=audio 5002 RTP/AVP 0", "m=audio 5004 RTP/AVP 0", "m=video 5006 RTP/AVP 31",
        "m=x-new 5008 x/y z", "m=audio 0 RTP/AVP 0", "m=image 5010 udptl t38", "a=mid:fax",
      ], audio(.pcmu))
    #expect(
      agreement.local.media.map(\.description) == [
        "audio 0 RTP/AVP 8", "audio 40000 RTP/AVP 0", "audio 0 RTP/AVP 0", "video 0 RTP/AVP 31", "x-new 0 x/y z",
        "audio 0 RTP/AVP 0", "image 0 udptl t38",
      ])
    #expect(agreement.local.media[6].mid == "fax")
    #expect(agreement.media.map { $0 == nil } == [true, false, true, true, true, true, true])
  }

  @Test("t=, r= and z= are the offer's (§6)")
  func times() throws {
    var session = session()
    try session.receivedOffer(
      try SessionDescription(
        "v=0\no=- 1 1 IN IP4 h\nt=1 2\nr=7d 1h 0\nz=1 -1h\nm=audio 1 RTP/AVP 0\nc=IN IP4 192.0.2.1"))
    let local = try session.answer([audio(.pcmu)]).local
    #expect(local.times.map(\.stop) == [2] && local.times[0].repeats.count == 1)
    #expect(local.timeZoneAdjustments.count == 1 && local.canonical() == local)
  }

  // MARK: RTCP

  @Test("RTCP: shared when both want it (RFC 5761), elsewhere when it is said (RFC 3605)")
  func rtcp() throws {
    for (policy, offered, shares) in [
      (RTCPMuxPolicy.off, true, false), (.off, false, false), (.negotiated, true, true), (.negotiated, false, false),
      (.required, true, true),
    ] {
      var stream = audio(.pcmu)
      stream.rtcpMux = policy
      let agreement = try answer(
        ["m=audio 5000 RTP/AVP 0", "a=rtcp:6000 IN IP4 192.0.2.6"] + (offered ? ["a=rtcp-mux"] : []), stream)
      let media = try #require(agreement.media[0])
      #expect(media.sharesPort == shares)
      #expect(media.remoteRTCP?.socketAddress == SocketAddress(shares ? "192.0.2.1:5000" : "192.0.2.6:6000"))
      #expect(media.localRTCP?.port == (shares ? 40_000 : 40_001))
    }
    var stream = audio(.pcmu)
    stream.rtcpMux = .required
    #expect(try answer(["m=audio 5000 RTP/AVP 0"], stream).media[0] == nil)
    #expect(try answer(["m=audio 5000 RTP/AVP 0", "a=rtcp-mux-only"], stream).media[0]?.sharesPort == true)
    stream.rtcpMux = .off
    stream.rtcpPort = 41_000
    #expect(try answer(["m=audio 5000 RTP/AVP 0"], stream).media[0]?.localRTCP?.port == 41_000)
    #expect(try answer(["m=audio 65535 RTP/AVP 0"], stream).media[0]?.remoteRTCP == nil)
  }

  @Test("feedback (RFC 4585), reduced size (RFC 5506), header extensions (RFC 8285): what both have")
  func feedback() throws {
    var stream = audio(.opus)
    stream.feedback = [RTCPFeedback(nil, "nack"), RTCPFeedback(nil, "ccm", "fir")].compactMap { $0 }
    stream.extensions = ["urn:a", "urn:b"]
    stream.rtcpReducedSize = true
    let lines = [
      "a=rtpmap:96 opus/48000/2", "a=rtcp-fb:96 nack", "a=rtcp-fb:96 nack pli", "a=rtcp-fb:97 nack",
      "a=rtcp-fb:* ccm fir",
      "a=rtcp-rsize", "a=extmap:3/sendonly urn:a", "a=extmap:4 urn:c", "a=extmap:4096 urn:b",
    ]
    let agreement = try answer(["m=audio 1 RTP/AVPF 96 97"] + lines, stream)
    let attributes = agreement.local.media[0].attributes
    #expect(attributes.valid(RTCPFeedback.self).map(\.text) == ["96 nack", "* ccm fir"])
    #expect(attributes.valid(ExtensionMap.self).map(\.text) == ["3/recvonly urn:a"])
    #expect(agreement.media[0]?.hasReducedSizeRTCP == true)
    let plain = try answer(["m=audio 1 RTP/AVP 96 97"] + lines, stream)
    #expect(!plain.local.media[0].attributes.contains(.rtcpFeedback))
    #expect(plain.media[0]?.hasReducedSizeRTCP == false)
  }

  // MARK: Names and bundles

  @Test("bundles: those of the offer that go to one port of ours (RFC 9143 §7.3)")
  func bundles() throws {
    let lines = [
      "a=group:BUNDLE a b c d", "m=audio 5000 RTP/AVP 0", "a=mid:a", "m=audio 0 RTP/AVP 0", "a=mid:b", "a=bundle-only",
      "m=audio 5000 RTP/AVP 0", "a=mid:c", "m=video 5000 RTP/AVP 31", "a=mid:d",
    ]
    let together = try answer(lines, audio(.pcmu), audio(.pcmu), audio(.pcmu, port: 40_002))
    #expect(together.local.groups.map(\.text) == ["BUNDLE a b"])
    #expect(together.local.media.map(\.port) == [40_000, 40_000, 40_002, 0])
    #expect(together.media.map { $0 != nil } == [true, true, true, false])
    let apart = try answer(lines, audio(.pcmu), audio(.pcmu, port: 40_002), audio(.pcmu, port: 40_004))
    #expect(apart.local.groups.map(\.text) == ["BUNDLE a"])
    #expect(apart.local.media.map(\.port) == [40_000, 0, 40_004, 0])
    var session = session()
    var (first, second, third) = (audio(.pcmu), audio(.pcmu), audio(.pcmu, port: 40_002))
    (first.mid, second.mid, third.mid) = ("0", "1", "2")
    #expect(try session.offer([first, second, third]).groups.map(\.text) == ["BUNDLE 0 1"])
  }

  // MARK: Answers that are none

  static let badAnswers: [(lines: [String], fault: NegotiationFault)] = [
    ([], .mediaCount),
    (["m=audio 1 RTP/AVP 0", "m=audio 1 RTP/AVP 0"], .mediaCount),
    (["m=video 1 RTP/AVP 31"], .mediaType(0)),
    (["m=audio 1 RTP/SAVP 0"], .transport(0)),
    (["m=audio 1 udp 0"], .transport(0)),
    (["m=audio 1 RTP/AVP 8"], .noCommonFormat(0)),
    (["m=audio 1 RTP/AVP 0", "a=rtpmap:0 x/8000"], .noCommonFormat(0)),
  ]

  @Test("answers that are none end the exchange", arguments: badAnswers.indices)
  func badAnswer(index: Int) throws {
    let row = Self.badAnswers[index]
    var session = session()
    _ = try session.offer([audio(.pcmu)])
    let answer = try SessionDescription(
      text(["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"] + row.lines))
    #expect(fault { () throws(NegotiationFault) in try session.receivedAnswer(answer) } == row.fault)
    #expect(session.localOffer == nil && session.agreement == nil)
    #expect(!"\(row.fault)".isEmpty)
  }

  @Test("answers that go beyond the offer and still work")
  func lenientAnswers() throws {
    func agreed(_ offer: LocalStream?, _ lines: String..., connection: String? = "IN IP4 192.0.2.1") throws
      -> NegotiatedMedia?
    {
      var session = session()
      _ = try session.offer([offer])
      return try session.receivedAnswer(
        try SessionDescription(
          text(["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-"] + (connection.map { ["c=\($0)"] } ?? []) + ["t=0 0"] + lines))
      ).media[0]
    }
    #expect(try agreed(audio(.pcmu), "m=audio 1 RTP/AVPF 0")?.transport == .rtpAVPF)
    #expect(try agreed(nil, "m=audio 1 RTP/AVP 0") == nil)
    var hold = audio(.pcmu)
    hold.direction = .sendonly
    #expect(try agreed(hold, "m=audio 1 RTP/AVP 0")?.direction == .sendonly)
    #expect(
      try agreed(audio(.pcmu), "m=audio 1 RTP/AVP 8 0 96", "a=rtpmap:96 x/1")?.formats.map(\.sendPayloadType) == [0])
    #expect(throws: NegotiationFault.noConnection(0)) {
      try agreed(audio(.pcmu), "m=audio 1 RTP/AVP 0", connection: nil)
    }
    let mux = try agreed(audio(.pcmu), "m=audio 5000 RTP/AVP 0", "a=rtcp-mux")
    #expect(mux?.sharesPort == true && mux?.remote.socketAddress == SocketAddress("192.0.2.1:5000"))
  }
}
