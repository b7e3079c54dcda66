import Gateway
import H323Endpoint
import SDP
import SIPDialog
import SIPMessage
import Testing
import Wire

/// Reliable provisional responses (RFC 3262), both ways.
@Suite struct ReliableTests {
  private static let kinds: [UserAgentConfiguration.Reliability] = [.supported, .required]

  private static func hangUp(_ road: Road) {
    road.end(.phone)
    road.wait(.seconds(1))
    #expect(road.room.release != nil)
    road.expectNothingLeft()
  }

  // MARK: A call into a room

  @Test(arguments: Options.all, kinds)
  func ringingIsReliable(_ options: Options, _ reliability: UserAgentConfiguration.Reliability) throws {
    let road = Road(gateway: options, reliability: reliability)
    road.roomAnswers()
    try road.dial()
    road.wait(.seconds(1))
    #expect(road.phone.header(.require, of: "180 INVITE") == "100rel")
    #expect(road.phone.header(.rSeq, of: "180 INVITE") != nil)
    #expect(road.phone.heard.contains("200 PRACK"))
    #expect(road.phone.heard.contains("200 INVITE"))
    #expect(road.phone.description?.media.first?.port == 6_000)
    #expect(road.gateway.counters[.answered] == 1)
    Self.hangUp(road)
  }

  /// What is heard early is the answer, and the 200 says nothing more (§5).
  @Test(arguments: Options.all, kinds)
  func theAnswerIsInTheFirst183(_ options: Options, _ reliability: UserAgentConfiguration.Reliability) throws {
    let road = Road(gateway: options, reliability: reliability)
    road.roomAnswers(early: true, answers: false)
    try road.dial()
    road.wait(.seconds(1))
    // Slow start may open its channels with Connect only; then there is nothing to be heard before it.
    let isOpen = road.room.media?.incoming != nil && road.room.media?.outgoing != nil
    #expect(isOpen || !options.usesFastStart)
    #expect(road.phone.heard.contains("183 INVITE") == isOpen)
    if isOpen {
      #expect(road.phone.header(.require, of: "183 INVITE") == "100rel")
      #expect(road.phone.description?.media.first?.port == 6_000)
      #expect(road.phone.description?.media.first?.payloadFormats.map(\.payloadType) == [0, 101])
    }
    road.withRoom { endpoint, now, sink in
      if let call = road.room.call { endpoint.answer(call, media: roomMedia(), now: now, into: &sink) }
    }
    // Before the room's H.245, where it is to come, could have taken back that it hears telephone events.
    road.wait(.seconds(1))
    #expect(road.phone.hasBody("200 INVITE") == !isOpen)
    #expect(!road.phone.heard.contains("INVITE"))
    #expect(road.gateway.counters[.answered] == 1)
    Self.hangUp(road)
  }

  /// A room that moves after the early answer is told by a re-INVITE: the 200 cannot say so.
  @Test func aRoomThatMovesAfterTheEarlyAnswer() throws {
    let road = Road(reliability: .supported)
    road.roomAnswers(early: true, answers: false)
    try road.dial()
    road.phone.react = { phone, event, now in
      guard case .sessionRequested(_, let request, _, .offer) = event else { return }
      try? phone.agent.accept(
        request, session: SessionBody(Descriptions.audio("0 101", version: 2)), now: now, into: &phone.sink)
    }
    road.withRoom { endpoint, now, sink in
      if let call = road.room.call { endpoint.answer(call, media: roomMedia(6_600), now: now, into: &sink) }
    }
    road.wait(.seconds(8))
    #expect(road.phone.description?.media.first?.port == 6_600)
    #expect(road.room.media?.outgoing?.media == address(4_000, host: 0xC000_0201))
    Self.hangUp(road)
  }

  /// An INVITE without an offer is offered something in the first reliable response, and answers in its PRACK.
  @Test(arguments: Options.all, [true, false])
  func theOfferIsInThe180(_ options: Options, _ isAnsweredAtOnce: Bool) throws {
    let road = Road(gateway: options, reliability: .supported)
    road.roomAnswers(answers: isAnsweredAtOnce)
    road.phone.react = { phone, event, now in
      switch event {
      case .progress(_, let dialog?, _, session: .offer):
        try? phone.agent.acknowledgeProvisional(
          dialog, answer: SessionBody(Descriptions.plain), now: now, into: &phone.sink)
      case .sessionRequested(_, let request, _, .offer):
        try? phone.agent.accept(
          request, session: SessionBody(Descriptions.audio("0 101", version: 2)), now: now, into: &phone.sink)
      default: break
      }
    }
    try road.dial(offer: nil)
    road.wait(.seconds(2))
    if !isAnsweredAtOnce {
      #expect(!road.phone.heard.contains("200 INVITE"))
      road.withRoom { endpoint, now, sink in
        if let call = road.room.call { endpoint.answer(call, media: roomMedia(), now: now, into: &sink) }
      }
      road.wait(.seconds(2))
    }
    #expect(road.phone.hasBody("200 INVITE") == false)
    road.wait(.seconds(3))
    #expect(road.phone.description?.media.first?.port == 6_000)
    #expect(road.room.media?.outgoing?.media == address(4_000, host: 0xC000_0201))
    #expect(road.gateway.counters[.answered] == 1)
    Self.hangUp(road)
  }

  @Test func anAnswerInThePRACKOfNothingUsableEndsTheCall() throws {
    let road = Road(reliability: .supported)
    road.roomAnswers(answers: false)
    road.phone.react = { phone, event, now in
      guard case .progress(_, let dialog?, _, session: .offer) = event else { return }
      try? phone.agent.acknowledgeProvisional(
        dialog, answer: SessionBody(Descriptions.audio(port: 0)), now: now, into: &phone.sink)
    }
    try road.dial(offer: nil)
    road.wait(.seconds(1))
    #expect(road.phone.heard.contains("488 INVITE"))
    #expect(road.room.release?.cause == 65)
    road.expectNothingLeft()
  }

  /// A phone that says it knows and never sends a PRACK: T1 doubling up to 64·T1, and then both legs go (§3).
  @Test func withoutAPRACKTheInviteFails() throws {
    let road = Road()
    road.roomAnswers(answers: false)
    try road.dial(headers: Road.facts + [ExtraHeader("Supported", "100rel")])
    road.wait(.seconds(31))
    #expect(road.phone.heard.count { $0 == "180 INVITE" } == 6)
    road.wait(.seconds(2))
    #expect(road.phone.heard.contains("504 INVITE"))
    #expect(road.room.release?.cause == 102)
    road.expectNothingLeft()
  }

  @Test func whatElseIsRequiredIsRefused() throws {
    let road = Road(reliability: .required)
    try road.dial(headers: Road.facts + [ExtraHeader("Require", "precondition")])
    #expect(road.phone.heard.contains("420 INVITE"))
    #expect(road.phone.header(.unsupported, of: "420 INVITE") == "precondition")
    #expect(road.inquiries.isEmpty)
    road.expectNothingLeft()
  }

  @Test(arguments: Road.Ending.allCases, [Options(), Options(usesFastStart: false, tunnelsH245: false)])
  func whateverEndsACallEndsBothLegs(_ how: Road.Ending, _ options: Options) throws {
    for steps in 0..<40 {
      let road = Road(seed: UInt64(steps + 1), gateway: options, reliability: .required)
      road.roomAnswers(early: true)
      try road.withPhone { agent, now, sink in
        road.phone.call = try agent.invite(
          "sip:council@if.internal", from: "<sip:expert-safety@external.advisor>", via: Caller.hop,
          offer: SessionBody(Descriptions.plain), headers: Road.facts, now: now, into: &sink)
      }
      for _ in 0..<steps { road.step() }
      road.end(how)
      road.wait(.seconds(40))
      let counts = road.gateway.legCounts
      #expect(counts.sip == counts.h323, "after \(steps) steps: \(counts)")
      road.cut()
      road.expectNothingLeft("after \(steps) steps")
    }
  }

  // MARK: A call to a phone

  /// The phone says in a reliable 183 what it takes, and nothing more in its 200.
  @Test(arguments: Options.all) func aPhoneAnswersEarly(_ options: Options) throws {
    let road = Road(room: options, reliability: .supported)
    road.phone.react = { phone, event, now in
      switch event {
      case .incoming(let call, _, _, _, _):
        try? phone.agent.ring(
          call, status: 183, session: SessionBody(Descriptions.audio("0 101")), isReliable: true, now: now,
          into: &phone.sink)
      case .sessionRequested(_, let request, _, .offer):
        try? phone.agent.accept(
          request, session: SessionBody(Descriptions.audio("0 101", version: 2)), now: now, into: &phone.sink)
      default: break
      }
    }
    road.roomCalls()
    road.wait(.seconds(1))
    #expect(road.phone.header(.supported, of: "INVITE")?.contains("100rel") == true)
    let prack = try #require(road.phone.messages.last { $0.view.method == .prack })
    // An offer of the phone's has its answer there: nobody yet, as long as the caller has not said where it is.
    let isEmpty = prack.view.body.isEmpty
    #expect(isEmpty == options.usesFastStart)
    #expect(road.room.events.contains { if case .alerting = $0 { true } else { false } })
    if options.usesFastStart { #expect(road.room.media?.outgoing?.media == address(4_000, host: 0xC000_0201)) }
    try road.withPhone { agent, now, sink in
      try agent.answer(#require(road.phone.call), now: now, into: &sink)
    }
    road.wait(.seconds(5))
    #expect(road.phone.description?.media.first?.port == 6_000)
    #expect(road.room.media?.outgoing?.media == address(4_000, host: 0xC000_0201))
    #expect(road.gateway.counters[.answered] == 1)
    Self.hangUp(road)
  }

  @Test func anEarlyOfferOfNothingUsableEndsTheCall() throws {
    let road = Road(room: Options(usesFastStart: false), reliability: .supported)
    road.phone.react = { phone, event, now in
      guard case .incoming(let call, _, _, _, _) = event else { return }
      let video = SessionBody(Descriptions.plain.replacing("m=audio", with: "m=video"))
      try? phone.agent.ring(call, status: 183, session: video, isReliable: true, now: now, into: &phone.sink)
    }
    road.roomCalls()
    road.wait(.seconds(1))
    #expect(road.phone.heard.contains("CANCEL"))
    #expect(road.room.release?.cause == 65)
    road.expectNothingLeft()
  }

  /// Two phones behind one address: what the one says early is not what the other has agreed to.
  @Test func theOtherPhoneAnswers() throws {
    let road = Road(reliability: .supported)
    road.phone.react = { phone, event, now in
      guard case .incoming(let call, _, _, _, _) = event else { return }
      try? phone.agent.ring(
        call, status: 183, session: SessionBody(Descriptions.audio("0 101")), isReliable: true, now: now,
        into: &phone.sink)
    }
    road.roomCalls()
    road.wait(.seconds(1))
    let ringing = try #require(road.phone.said.first { $0.hasPrefix("SIP/2.0 183") })
    let tag = try #require(ringing.firstMatch(of: /To: .*;tag=(\w+)/)).1
    let other = ringing.replacing(tag, with: "other").replacing("m=audio 4000", with: "m=audio 4400")
    road.say(other)
    #expect(road.phone.heard.count { $0 == "PRACK" } == 2)
    // Once more, and one that comes too early: neither is taken.
    road.say(other)
    let rseq = try #require(ringing.firstMatch(of: /RSeq: (\d+)/)).1
    let later = try String(#require(UInt32(rseq)) + 2)
    road.say(other.replacing("RSeq: \(rseq)", with: "RSeq: \(later)"))
    #expect(road.phone.heard.count { $0 == "PRACK" } == 2)
    let head = try #require(other.components(upTo: "\r\n\r\n"))
    road.say(
      head.replacing("183 Session Progress", with: "200 OK")
        .replacing(/Content-Length: +\d+/, with: "Content-Length: 0") + "\r\n\r\n")
    road.wait(.seconds(5))
    #expect(road.room.media?.outgoing?.media == address(4_400, host: 0xC000_0201))
    #expect(road.gateway.counters[.answered] == 1)
    road.end(.room)
    road.wait(.seconds(1))
    #expect(road.phone.heard.contains("BYE"))
    road.cut()
    road.wait(.seconds(700))
    let counts = road.gateway.legCounts
    #expect(counts.calls == 0 && counts.sip == 0 && counts.h323 == 0)
  }
}

extension String {
  fileprivate func components(upTo mark: String) -> String? {
    ranges(of: mark).first.map { String(self[..<$0.lowerBound]) }
  }
}
