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

/// Calls from H.323 to a phone.
@Suite struct ToPhoneTests {
  /// A phone that rings and answers with this, whether it is offered something or has to offer.
  private static func answers(
    _ road: Road, rings: Int = 180, early: String? = nil, with description: String? = Descriptions.audio("0 101")
  ) {
    road.phone.react = { phone, event, now in
      switch event {
      case .incoming(let call, _, _, _, _):
        try? phone.agent.ring(
          call, status: rings, session: early.map { SessionBody($0) }, now: now, into: &phone.sink)
        guard let description else { return }
        try? phone.agent.answer(call, session: SessionBody(description), now: now, into: &phone.sink)
      case .sessionRequested(_, let request, _, .offer):
        try? phone.agent.accept(
          request, session: SessionBody(description ?? Descriptions.plain), now: now, into: &phone.sink)
      default: break
      }
    }
  }

  @Test(arguments: Options.all, Options.all)
  func aCallIsSetUpAndTakenDown(_ gateway: Options, _ room: Options) throws {
    let road = Road(gateway: gateway, room: room)
    Self.answers(road)
    road.roomCalls()
    road.wait(.seconds(2))
    let invite = try #require(road.phone.messages.first)
    let view = invite.view
    #expect(view.string(view.requestURI) == "sip:expert-safety@external.advisor")
    #expect(view.first(.xIFAuthenticatedUser).map { view.string($0.valueRange) } == "guardian-technical")
    #expect(view.first(.xIFTraceID).map { view.string($0.valueRange) } == "trace-9")
    #expect(road.phone.heard.contains("ACK"))
    let media = try #require(road.room.media)
    #expect(media.outgoing?.media == address(4_000, host: 0xC000_0201))
    #expect(media.outgoing?.audio.codec == .g711Ulaw64k)
    #expect(media.incoming?.audio.codec == .g711Ulaw64k)
    #expect(road.phone.description?.media.first?.port == 6_000)
    #expect(road.gateway.counters[.answered] == 1)
    road.withRoom { endpoint, now, sink in
      if let call = road.room.call { endpoint.release(call, cause: 16, now: now, into: &sink) }
    }
    road.wait(.seconds(1))
    #expect(road.phone.heard.contains("BYE"))
    road.expectNothingLeft()
    #expect(road.disengaged == [GloballyUniqueID(high: 11, low: 12)])
  }

  @Test func nobodyIsCalledWithoutLeave() throws {
    let road = Road()
    road.admission = { _ in .refused(cause: 21, reason: .securityDenied) }
    road.roomCalls()
    road.wait(.seconds(1))
    #expect(road.phone.heard.isEmpty)
    #expect(road.room.release?.cause == 21)
    #expect(road.gateway.counters[.rejected] == 1)
    road.expectNothingLeft()
  }

  @Test(arguments: [
    ([AliasAddress.h323ID("alice")], "sip:alice@if.internal"), ([.dialledDigits("1001")], "sip:1001@if.internal"),
    ([.h323ID("alice@example.net")], "sip:alice@example.net"),
    ([.emailID("alice@example.net")], "sip:alice@example.net"),
    ([.urlID("h323:alice@example.net")], "sip:alice@example.net"), ([.urlID("tel:+49301")], "sip:+49301@if.internal"),
    ([.urlID("sips:alice@example.net?Subject=x")], "sip:alice@example.net"),
    ([.h323ID("two words")], "sip:two%20words@if.internal"),
    ([.partyNumber(.dataPartyNumber("7")), .h323ID("bob")], "sip:bob@if.internal"),
  ])
  func anAliasIsAURI(aliases: [AliasAddress], uri: String) throws {
    let road = Road()
    road.roomCalls(aliases)
    let invite = try #require(road.phone.messages.first)
    let view = invite.view
    #expect(view.string(view.requestURI) == uri)
    road.cut()
    road.expectNothingLeft()
  }

  @Test(arguments: [[AliasAddress.h323ID("a@b@c")], [.urlID("sip:host.only")], [.h323ID("a@-")], []])
  func whatIsNobodyIsRefused(aliases: [AliasAddress]) throws {
    let road = Road()
    road.roomCalls(aliases)
    road.wait(.seconds(1))
    #expect(road.phone.heard.isEmpty)
    #expect(road.room.release != nil)
    road.expectNothingLeft()
  }

  @Test(arguments: [(486, UInt8(17)), (404, 1), (403, 21), (480, 18), (488, 65), (503, 41), (600, 17), (302, 31)])
  func aRefusalIsACause(status: Int, cause: UInt8) throws {
    let road = Road()
    road.phone.react = { phone, event, now in
      guard case .incoming(let call, _, _, _, _) = event else { return }
      try? phone.agent.reject(call, status: status, now: now, into: &phone.sink)
    }
    road.roomCalls()
    road.wait(.seconds(1))
    #expect(road.room.release?.cause == cause)
    road.expectNothingLeft()
  }

  @Test func thePhonesOwnReasonIsBetterThanTheTable() throws {
    let road = Road()
    road.phone.react = { phone, event, now in
      guard case .incoming(let call, _, _, _, _) = event else { return }
      try? phone.agent.reject(
        call, status: 480, headers: [ExtraHeader("Reason", "Q.850;cause=20")], now: now, into: &phone.sink)
    }
    road.roomCalls()
    road.wait(.seconds(1))
    #expect(road.room.release?.cause == 20)
    road.expectNothingLeft()
  }

  @Test func ringingIsAlertingAndEarlyMediaGoesAlong() throws {
    let road = Road()
    Self.answers(road, rings: 183, early: Descriptions.audio("0"), with: nil)
    road.roomCalls()
    road.wait(.seconds(1))
    #expect(road.room.events.contains { if case .alerting = $0 { true } else { false } })
    #expect(road.room.media?.outgoing?.media == address(4_000, host: 0xC000_0201))
    road.withRoom { endpoint, now, sink in
      if let call = road.room.call { endpoint.release(call, cause: 16, now: now, into: &sink) }
    }
    road.wait(.seconds(1))
    #expect(road.phone.heard.contains("CANCEL"))
    #expect(road.gateway.counters[.cancelled] == 1)
    road.expectNothingLeft()
  }

  @Test func aPhoneThatAnswersWithNothingUsableEndsTheCall() throws {
    let road = Road()
    Self.answers(road, with: Descriptions.audio(port: 0))
    road.roomCalls()
    road.wait(.seconds(1))
    #expect(road.phone.heard.contains("BYE"))
    #expect(road.room.release?.cause == 65)
    road.expectNothingLeft()
  }

  @Test func aPhoneThatNeverAnswersIsGivenUp() throws {
    let road = Road()
    Self.answers(road, with: nil)
    road.roomCalls()
    road.wait(.seconds(250))
    #expect(road.room.release != nil)
    #expect(road.phone.end != nil)
    road.expectNothingLeft()
  }

  @Test(arguments: Road.Ending.allCases, [Options(), Options(usesFastStart: false, tunnelsH245: false)])
  func whateverEndsACallEndsBothLegs(_ how: Road.Ending, _ options: Options) throws {
    var steps = 0
    while steps < 60 {
      let road = Road(seed: UInt64(steps + 1), room: options)
      Self.answers(road)
      let calling = H323Calling(
        to: address(1720, host: gatewayHost), destination: [.h323ID("alice")], source: [],
        callIdentifier: GloballyUniqueID(high: 11, low: 12), conferenceID: GloballyUniqueID(high: 13, low: 14),
        media: roomMedia())
      road.withRoom { road.room.call = $0.call(calling, now: $1, into: &$2) }
      var isAtEnd = false
      for _ in 0..<steps where !road.step() { isAtEnd = true }
      road.end(how)
      road.wait(.seconds(40))
      let counts = road.gateway.legCounts
      if how == .room || road.room.release != nil {
        #expect(counts.calls == 0 && counts.sip == 0 && counts.h323 == 0, "after \(steps) steps: \(counts)")
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
