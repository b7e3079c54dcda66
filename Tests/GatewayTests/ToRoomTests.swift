import Gateway
import H225
import H245
import H323Endpoint
import PER
import SDP
import SIPDialog
import SIPMessage
import Testing
import Wire

/// Calls from SIP into a room.
@Suite struct ToRoomTests {
  @Test(arguments: Options.all, Options.all)
  func aCallIsSetUpAndTakenDown(_ gateway: Options, _ room: Options) throws {
    let road = Road(gateway: gateway, room: room)
    try road.establish()
    #expect(road.phone.heard.contains("180 INVITE") || road.phone.heard.contains("183 INVITE"))
    #expect(road.phone.heard.contains("200 INVITE"))
    let invitation = try #require(road.room.invitation)
    #expect(invitation.destination == [.h323ID("council-trace-7")])
    #expect(invitation.source.first == .urlID("sip:expert-safety@external.advisor"))
    #expect(invitation.display == "Safety Expert")
    #expect(invitation.nonStandardData?.data == Array("trace-7".utf8))
    // Each side sends where the other takes it.
    let media = try #require(road.room.media)
    #expect(media.outgoing?.media == address(4_000, host: 0xC000_0201))
    let answer = try #require(road.phone.description)
    #expect(answer.media.first?.port == 6_000)
    #expect(answer.media.first?.connection?.address == IPAddress(v4: roomHost))
    #expect(answer.media.first?.payloadFormats.map(\.payloadType) == [0, 101])
    #expect(road.gateway.counters[.answered] == 1)
    try road.withPhone { agent, now, sink in
      try agent.hangUp(#require(road.phone.call), now: now, into: &sink)
    }
    road.wait(.seconds(1))
    #expect(road.room.release?.side == .peer)
    #expect(road.room.release?.cause == 16)
    road.expectNothingLeft()
    #expect(road.disengaged.count == 1)
  }

  @Test func theRoomHangsUp() throws {
    let road = Road()
    try road.establish()
    road.withRoom { endpoint, now, sink in
      if let call = road.room.call { endpoint.release(call, cause: 16, now: now, into: &sink) }
    }
    road.wait(.seconds(1))
    #expect(road.phone.header(.reason, of: "BYE") == "Q.850;cause=16")
    road.expectNothingLeft()
  }

  @Test func aRoomIsNamedByItself() throws {
    let road = Road()
    try road.dial("sip:Council-%41bc@if.internal;user=x")
    #expect(road.room.invitation?.destination == [.h323ID("council-Abc")])
    road.cut()
    road.expectNothingLeft()
  }

  /// A call to a SIPS URI has SIPS Contacts (RFC 3261 §12.1.1), also of requests of ours within it.
  @Test(arguments: ["sip", "sips"]) func contactsAreAsTheCallBegan(scheme: String) throws {
    let road = Road()
    road.roomAnswers()
    try road.dial("\(scheme):council-a@if.internal")
    road.wait(.seconds(1))
    for response in ["180 INVITE", "200 INVITE"] {
      #expect(road.phone.header(.contact, of: response) == "<\(scheme):gateway.invalid>")
    }
    road.withRoom { endpoint, now, sink in
      if let call = road.room.call { endpoint.setMedia(call, nil, now: now, into: &sink) }
    }
    road.wait(.seconds(2))
    #expect(road.phone.header(.contact, of: "INVITE") == "<\(scheme):gateway.invalid>")
    // The phone's own Contact is one, too.
    #expect(road.phone.said.first?.contains("Contact: <\(scheme):expert@192.0.2.1:5060>") == true)
    road.cut()
    road.expectNothingLeft()
  }

  @Test(arguments: ["sip:alice@if.internal", "sip:council-@if.internal", "sip:if.internal"])
  func whatIsNoRoomIsRefused(target: String) throws {
    let road = Road()
    try road.dial(target)
    #expect(road.phone.heard.contains("404 INVITE"))
    #expect(road.inquiries.isEmpty)
    road.expectNothingLeft()
  }

  @Test(arguments: [
    Descriptions.audio("18 97", extra: ["a=rtpmap:97 opus/48000/2"]), Descriptions.audio(port: 0),
    "v=0\r\nno description", Descriptions.plain.replacing("RTP/AVP", with: "RTP/SAVP"),
    // PCMU under another number than its own is nothing that H.245 could say.
    Descriptions.audio("97", extra: ["a=rtpmap:97 PCMU/8000"]),
  ])
  func anOfferOfNothingThatBothKnowIsRefused(offer: String) throws {
    let road = Road()
    try road.dial(offer: offer)
    #expect(road.phone.heard.contains("488 INVITE"))
    #expect(road.phone.header(.reason, of: "488 INVITE") == "Q.850;cause=65")
    #expect(road.room.invitation == nil)
    road.expectNothingLeft()
  }

  @Test func earlyMediaIsHeard() throws {
    let road = Road()
    road.roomAnswers(early: true, answers: false)
    try road.dial()
    #expect(road.phone.heard.contains("183 INVITE"))
    #expect(road.phone.description?.media.first?.port == 6_000)
    #expect(!road.phone.heard.contains("200 INVITE"))
    road.withRoom { endpoint, now, sink in
      if let call = road.room.call { endpoint.answer(call, media: roomMedia(), now: now, into: &sink) }
    }
    road.wait(.seconds(1))
    #expect(road.phone.heard.contains("200 INVITE"))
    road.cut()
    road.expectNothingLeft()
  }

  @Test(arguments: Options.all) func anInviteWithoutOfferIsConnectedSlowly(_ options: Options) throws {
    let road = Road(gateway: options)
    road.roomAnswers()
    road.phone.react = { phone, event, now in
      switch event {
      case .answered(_, let dialog, _, .offer):
        try? phone.agent.acknowledge(dialog, answer: SessionBody(Descriptions.plain), now: now, into: &phone.sink)
      case .sessionRequested(_, let request, _, .offer):
        try? phone.agent.accept(
          request, session: SessionBody(Descriptions.audio("0 101", version: 2)), now: now, into: &phone.sink)
      default: break
      }
    }
    try road.dial(offer: nil)
    road.wait(.seconds(3))
    #expect(road.phone.heard.contains("200 INVITE"))
    // The re-INVITE names the room.
    #expect(road.phone.heard.contains("INVITE"))
    #expect(road.phone.description?.media.first?.port == 6_000)
    #expect(road.room.media?.outgoing?.media == address(4_000, host: 0xC000_0201))
    #expect(road.gateway.counters[.answered] == 1)
    road.cut()
    road.expectNothingLeft()
  }

  @Test func otherStreamsOfTheOfferAreRefused() throws {
    let road = Road()
    try road.establish(
      offer: Descriptions.audio(more: [
        "m=video 4100 RTP/AVP 96", "a=rtpmap:96 H264/90000", "m=application 9 TCP/BFCP *",
      ]))
    let answer = try #require(road.phone.description)
    #expect(answer.media.map(\.port) == [6_000, 0, 0])
    #expect(answer.media.map(\.typeText) == ["audio", "video", "application"])
    road.cut()
    road.expectNothingLeft()
  }

  @Test func telephoneEventsHaveEachSidesNumber() throws {
    let road = Road()
    road.roomAnswers(media: roomMedia(events: 96))
    try road.dial()
    road.wait(.seconds(1))
    #expect(road.phone.description?.media.first?.payloadFormats.map(\.payloadType) == [0, 96])
    #expect(road.room.media?.telephoneEventPayloadType == 101)
    road.cut()
    road.expectNothingLeft()
  }

  @Test func packetsAreNoLongerThanThePhoneTakes() throws {
    let road = Road(gateway: Options(usesFastStart: false))
    road.roomAnswers(media: roomMedia(6_000, [.g711Ulaw64k(10)]))
    try road.dial(offer: Descriptions.audio("0", extra: ["a=ptime:30", "a=maxptime:40"]))
    road.wait(.seconds(1))
    #expect(road.room.media?.outgoing?.audio == .g711Ulaw64k(10))
    #expect(road.phone.description?.media.first?.packetTime == PacketTime(milliseconds: 10))
    road.cut()
    road.expectNothingLeft()
  }

  @Test(arguments: Options.all) func codecsAreMadeAlike(_ options: Options) throws {
    let road = Road(gateway: options)
    road.roomAnswers(media: roomMedia(6_000, [.g711Alaw64k(20), .g711Ulaw64k(20)]))
    try road.dial(offer: Descriptions.audio("0 8", extra: []))
    road.wait(.seconds(5))
    let formats = try #require(road.phone.description?.media.first?.payloadFormats.map(\.payloadType))
    #expect(formats.count == 1, "\(formats)")
    let media = try #require(road.room.media)
    #expect(media.outgoing?.audio.codec == media.incoming?.audio.codec)
    road.cut()
    road.expectNothingLeft()
  }

  // MARK: Admission

  @Test func aCallThatIsNotLetInIsRefusedByItsCause() throws {
    let road = Road()
    road.admission = { _ in .refused(cause: 34, reason: .noBandwidth) }
    try road.dial()
    #expect(road.phone.heard.contains("503 INVITE"))
    #expect(road.gateway.counters[.rejected] == 1)
    #expect(road.room.invitation == nil)
    road.expectNothingLeft()
    #expect(road.disengaged.isEmpty)
  }

  @Test func anAnswerThatComesLateIsTaken() throws {
    let road = Road()
    road.admission = { _ in nil }
    road.roomAnswers()
    try road.dial()
    road.wait(.seconds(2))
    let inquiry = try #require(road.inquiries.first)
    #expect(inquiry.user == "expert-safety")
    #expect(inquiry.traceID == "trace-7")
    road.admit(inquiry.call, .call(GatewayRoute(to: address(1720, host: roomHost))))
    road.wait(.seconds(1))
    #expect(road.phone.heard.contains("200 INVITE"))
    road.endCall(inquiry.call)
    road.wait(.seconds(1))
    #expect(road.phone.heard.contains("BYE"))
    road.expectNothingLeft()
    // A call that is gone wants no answer.
    road.admit(inquiry.call, .call(GatewayRoute(to: address(1720, host: roomHost))))
    road.expectNothingLeft()
  }

  @Test func callsBeyondTheLimitAreRefused() throws {
    let road = Road { $0.limits.calls = 1 }
    try road.establish()
    try road.dial()
    #expect(road.phone.heard.contains("503 INVITE"))
    road.cut()
    road.expectNothingLeft()
  }

  // MARK: Failures

  @Test(arguments: [
    (UInt8(1), 404), (17, 486), (18, 408), (19, 480), (21, 403), (27, 502), (28, 484), (34, 503), (41, 503), (65, 488),
    (102, 504), (111, 500), (126, 500), (16, 480),
  ])
  func aReleaseIsTold(cause: UInt8, status: Int) throws {
    let road = Road()
    road.room.react = { room, event, now in
      guard case .incoming(let call, _) = event else { return }
      room.endpoint.release(call, cause: cause, now: now, into: &room.sink)
    }
    try road.dial()
    road.wait(.seconds(1))
    #expect(road.phone.heard.contains("\(status) INVITE"))
    #expect(road.phone.header(.reason, of: "\(status) INVITE") == "Q.850;cause=\(cause)")
    #expect(road.gateway.counters[.failed] == 1)
    road.expectNothingLeft()
  }

  @Test func aRoomThatCannotBeReachedIs502() throws {
    let road = Road()
    road.isReachable = false
    try road.dial()
    road.wait(.seconds(1))
    #expect(road.phone.heard.contains("502 INVITE"))
    road.expectNothingLeft()
  }

  @Test func aRoomThatSaysNothingIsGivenUp() throws {
    let road = Road()
    try road.dial()
    road.wait(.seconds(30))
    let final = road.phone.heard.last { $0.hasSuffix("INVITE") }
    #expect(["408 INVITE", "480 INVITE", "504 INVITE"].contains(final), "\(road.phone.heard)")
    #expect(road.room.release != nil)
    road.expectNothingLeft()
  }

  @Test func aRoomThatRingsForeverIsGivenUp() throws {
    let road = Road()
    road.roomAnswers(answers: false)
    try road.dial()
    road.wait(.seconds(250))
    #expect(road.phone.end != nil)
    #expect(road.room.release != nil)
    road.expectNothingLeft()
  }

  /// The phone gives up, the room hangs up, the connection breaks: after every message of a call's set-up.
  @Test(arguments: Road.Ending.allCases, [Options(), Options(usesFastStart: false, tunnelsH245: false)])
  func whateverEndsACallEndsBothLegs(_ how: Road.Ending, _ options: Options) throws {
    var steps = 0
    while steps < 60 {
      let road = Road(seed: UInt64(steps + 1), gateway: options)
      road.roomAnswers()
      try road.withPhone { agent, now, sink in
        road.phone.call = try agent.invite(
          "sip:council@if.internal", from: "<sip:expert-safety@external.advisor>", via: Caller.hop,
          offer: SessionBody(Descriptions.plain), headers: Road.facts, now: now, into: &sink)
      }
      var isAtEnd = false
      for _ in 0..<steps where !road.step() { isAtEnd = true }
      road.end(how)
      road.wait(.seconds(40))
      let counts = road.gateway.legCounts
      // Where the room had no call yet there was nothing to be released, and the call has come about.
      if how == .phone || road.room.release != nil || counts.calls == 0 {
        #expect(counts.calls == 0 && counts.sip == 0 && counts.h323 == 0, "after \(steps) steps: \(counts)")
        #expect(road.phone.end != nil, "after \(steps) steps")
      } else {
        #expect(counts.sip == 1 && counts.h323 == 1, "after \(steps) steps: \(counts)")
        road.cut()
      }
      road.expectNothingLeft("after \(steps) steps")
      if isAtEnd { break }
      steps += 1
    }
    #expect(steps > 8)
  }
}
