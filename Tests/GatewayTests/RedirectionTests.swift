import Gateway
import H225
import H323Endpoint
import PER
import Testing
import Wire

/// The room wants a call led elsewhere before it has answered.
@Suite struct RedirectionTests {
  private static let other = address(1720, host: 0xC000_0215)

  private func led(_ road: Road) -> [SocketAddress?] {
    road.events.compactMap { if case .redirected(_, let address) = $0.kind { address } else { nil } }
  }

  @Test func aCallIsLedOn() throws {
    let road = Road()
    road.rerouting = { _ in .call(GatewayRoute(to: Self.other)) }
    road.roomAnswers(answers: false)
    try road.dial()
    #expect(road.phone.heard.contains("180 INVITE"))
    road.roomAnswers()
    try road.wish(.callForwarded, to: Self.other, aliases: [.h323ID("council-other")])
    road.wait(.seconds(1))
    #expect(road.redirections.map(\.kind) == [.forwarded] && led(road) == [Self.other])
    #expect(road.room.invitation?.destination == [.h323ID("council-other")])
    #expect(road.room.invitation?.setup.callIdentifier?.guid == road.inquiries.first?.callIdentifier)
    #expect(road.phone.heard.contains("200 INVITE") && road.inquiries.count == 1)
    try road.withPhone { agent, now, sink in
      try agent.hangUp(#require(road.phone.call), now: now, into: &sink)
    }
    road.expectNothingLeft()
    #expect(road.disengaged.count == 1)
  }

  @Test func whereItMayNotGoItEnds() throws {
    let road = Road()
    road.roomAnswers(answers: false)
    try road.dial()
    try road.wish(.routeCallToMC, to: Self.other)
    #expect(road.phone.heard.contains("403 INVITE") && led(road) == [nil])
    #expect(road.room.release?.cause == 21)
    road.expectNothingLeft()
  }

  @Test func anAnswerThatComesTooLateDoesNothing() throws {
    let road = Road()
    road.rerouting = { _ in nil }
    road.roomAnswers(answers: false)
    try road.dial()
    try road.wish(.callForwarded, to: Self.other)
    let call = try #require(road.inquiries.first?.call)
    road.withRoom { endpoint, now, sink in
      if let call = road.room.call { endpoint.answer(call, media: roomMedia(), now: now, into: &sink) }
    }
    road.wait(.seconds(1))
    #expect(road.phone.heard.contains("200 INVITE"))
    road.answerRedirection(call, .call(GatewayRoute(to: Self.other)))
    #expect(led(road).isEmpty && road.room.release == nil)
    road.cut()
    road.expectNothingLeft()
  }

  @Test func whatGoesInCirclesEnds() throws {
    let road = Road()
    road.rerouting = { _ in .call(GatewayRoute(to: Self.other)) }
    road.roomAnswers(answers: false)
    try road.dial()
    try road.wish(.callForwarded, to: Self.other)
    try road.wish(.callForwarded, to: Self.other)
    #expect(road.phone.heard.contains("483 INVITE"))
    road.expectNothingLeft()
  }
}
