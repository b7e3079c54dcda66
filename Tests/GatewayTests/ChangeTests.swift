import DTMF
import Gateway
import H225
import H245
import H323Endpoint
import SDP
import SIPDialog
import SIPMessage
import Testing
import Wire

/// What changes in a running call.
@Suite struct ChangeTests {
  private static func reinvite(_ road: Road, _ description: String) throws {
    let dialog = try #require(road.phone.dialog)
    try road.withPhone { agent, now, sink in
      try agent.reinvite(dialog, offer: SessionBody(description), now: now, into: &sink)
    }
    road.wait(.seconds(8))
  }

  /// A phone that takes whatever it is offered, and answers with this.
  private static func accepts(_ road: Road, _ description: String = Descriptions.audio("0 101", version: 3)) {
    road.phone.react = { phone, event, now in
      guard case .sessionRequested(_, let request, _, .offer) = event else { return }
      try? phone.agent.accept(request, session: SessionBody(description), now: now, into: &phone.sink)
    }
  }

  private static func end(_ road: Road) throws {
    try road.withPhone { agent, now, sink in
      try agent.hangUp(#require(road.phone.call), now: now, into: &sink)
    }
    road.wait(.seconds(1))
    #expect(road.room.release?.cause == 16)
    road.expectNothingLeft()
  }

  @Test(arguments: Options.all, ["sendonly", "inactive", "0.0.0.0"])
  func thePhoneHoldsAndResumes(_ options: Options, _ how: String) throws {
    let road = Road(gateway: options)
    try road.establish()
    let isOld = how == "0.0.0.0"
    try Self.reinvite(
      road,
      Descriptions.audio(
        direction: isOld ? "sendrecv" : how, address: isOld ? how : "192.0.2.1", version: 2))
    // The room sends nothing.
    #expect(road.room.media?.outgoing == nil)
    let held = try #require(road.phone.description?.media.first)
    #expect(held.direction == (how == "inactive" ? .inactive : .recvonly))
    #expect(held.port == 6_000)
    try Self.reinvite(road, Descriptions.audio(version: 3))
    #expect(road.room.media?.outgoing?.media == address(4_000, host: 0xC000_0201))
    #expect(road.phone.description?.media.first?.direction == .sendrecv)
    try Self.end(road)
  }

  @Test(arguments: Options.all) func thePhoneMovesAndChangesItsCodec(_ options: Options) throws {
    let road = Road(gateway: options)
    try road.establish()
    try Self.reinvite(road, Descriptions.audio("8", port: 4_400, version: 2, extra: []))
    let media = try #require(road.room.media)
    #expect(media.outgoing?.media == address(4_400, host: 0xC000_0201))
    #expect(media.outgoing?.audio.codec == .g711Alaw64k)
    #expect(media.incoming?.audio.codec == .g711Alaw64k)
    #expect(road.phone.description?.media.first?.payloadFormats.map(\.payloadType) == [8])
    try Self.end(road)
  }

  @Test func anOfferThatCannotBeHadChangesNothing() throws {
    let road = Road()
    road.roomAnswers(media: roomMedia(6_000, [.g711Ulaw64k(20)]))
    try road.dial()
    road.wait(.seconds(1))
    try Self.reinvite(road, Descriptions.audio("97", version: 2, extra: ["a=rtpmap:97 opus/48000/2"]))
    #expect(road.phone.heard.contains("488 INVITE"))
    #expect(road.room.media?.outgoing?.audio.codec == .g711Ulaw64k)
    try Self.end(road)
  }

  @Test func theSameOfferAgainIsAnsweredAtOnce() throws {
    let road = Road()
    try road.establish()
    let before = road.room.events.count
    try Self.reinvite(road, Descriptions.audio())
    #expect(road.phone.heard.filter { $0 == "200 INVITE" }.count == 2)
    #expect(road.room.events.count == before)
    try Self.end(road)
  }

  @Test(arguments: Options.all) func theRoomHoldsAndResumes(_ options: Options) throws {
    let road = Road(gateway: options)
    try road.establish()
    Self.accepts(road, Descriptions.audio("0 101", direction: "recvonly", version: 3))
    road.withRoom { endpoint, now, sink in
      if let call = road.room.call { endpoint.setMedia(call, nil, now: now, into: &sink) }
    }
    road.wait(.seconds(3))
    #expect(road.phone.heard.contains("INVITE"))
    #expect(road.phone.description?.media.first?.direction == .sendonly)
    Self.accepts(road)
    road.withRoom { endpoint, now, sink in
      if let call = road.room.call { endpoint.setMedia(call, roomMedia(), now: now, into: &sink) }
    }
    road.wait(.seconds(5))
    #expect(road.phone.description?.media.first?.direction == .sendrecv)
    #expect(road.phone.description?.media.first?.port == 6_000)
    try Self.end(road)
  }

  @Test func theRoomMoves() throws {
    let road = Road()
    try road.establish()
    Self.accepts(road)
    road.withRoom { endpoint, now, sink in
      if let call = road.room.call { endpoint.setMedia(call, roomMedia(6_600), now: now, into: &sink) }
    }
    road.wait(.seconds(6))
    #expect(road.phone.description?.media.first?.port == 6_600)
    try Self.end(road)
  }

  @Test func aPhoneThatWillNotFollowEndsTheCall() throws {
    let road = Road()
    try road.establish()
    road.phone.react = { phone, event, now in
      guard case .sessionRequested(_, let request, _, _) = event else { return }
      try? phone.agent.refuse(request, status: 488, now: now, into: &phone.sink)
    }
    road.withRoom { endpoint, now, sink in
      if let call = road.room.call { endpoint.setMedia(call, roomMedia(6_600), now: now, into: &sink) }
    }
    road.wait(.seconds(10))
    #expect(road.phone.heard.contains("BYE"))
    #expect(road.room.release?.cause == 88)
    road.expectNothingLeft()
  }

  /// Phone and room change something at once: both changes come about.
  @Test(arguments: UInt64(1)...8) func bothChangeAtOnce(seed: UInt64) throws {
    let road = Road(seed: seed)
    try road.establish()
    Self.accepts(road, Descriptions.audio("0 101", port: 4_400, version: 3))
    road.withRoom { endpoint, now, sink in
      if let call = road.room.call { endpoint.setMedia(call, roomMedia(6_600), now: now, into: &sink) }
    }
    road.wait(.milliseconds(Int64(seed) * 20))
    let dialog = try #require(road.phone.dialog)
    road.withPhone { agent, now, sink in
      try? agent.reinvite(
        dialog, offer: SessionBody(Descriptions.audio("0 101", port: 4_400, version: 2)), now: now, into: &sink)
    }
    road.wait(.seconds(20))
    #expect(road.phone.description?.media.first?.port == 6_600)
    #expect(road.room.media?.outgoing?.media.port == 4_400)
    try Self.end(road)
  }

  @Test func aReinviteWithoutAnOfferIsOfferedWhatThereIs() throws {
    let road = Road()
    try road.establish()
    road.phone.react = { phone, event, now in
      guard case .sessionAccepted(let dialog, _, .offer) = event else { return }
      try? phone.agent.acknowledge(
        dialog, answer: SessionBody(Descriptions.audio("0 101", port: 4_400, version: 2)), now: now, into: &phone.sink)
    }
    let dialog = try #require(road.phone.dialog)
    try road.withPhone { agent, now, sink in try agent.reinvite(dialog, offer: nil, now: now, into: &sink) }
    road.wait(.seconds(8))
    #expect(road.room.media?.outgoing?.media.port == 4_400)
    try Self.end(road)
  }

  @Test func aTransferIsDeclined() throws {
    let road = Road()
    try road.establish()
    let dialog = try #require(road.phone.dialog)
    try road.withPhone { agent, now, sink in
      try agent.refer(dialog, to: ReferToHeader("<sip:carol@example.net>"), now: now, into: &sink)
    }
    road.wait(.seconds(1))
    #expect(road.phone.heard.contains("603 REFER"))
    try Self.end(road)
  }

  // MARK: Keys

  @Test func keysGoBothWays() throws {
    let road = Road()
    try road.establish()
    var heard: [DTMFInfo] = []
    road.phone.react = { phone, event, now in
      guard case .request(_, let request, let message) = event else { return }
      let view = message.view
      if let info = try? DTMFInfo(parsing: view.slice(view.body), as: .relay) { heard.append(info) }
      try? phone.agent.accept(request, now: now, into: &phone.sink)
    }
    let dialog = try #require(road.phone.dialog)
    for (type, body) in [("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"), ("application/dtmf", "#")] {
      try road.withPhone { agent, now, sink in
        try agent.send(.info, in: dialog, body: SessionBody(body, contentType: type), now: now, into: &sink)
      }
      road.wait(.seconds(3))
    }
    #expect(road.room.digits == "5#")
    #expect(road.phone.heard.filter { $0 == "200 INFO" }.count == 2)
    road.withRoom { endpoint, now, sink in
      guard let call = road.room.call else { return }
      for digit in "12*".utf8 { endpoint.send(digit: digit, milliseconds: 120, to: call, now: now, into: &sink) }
    }
    road.wait(.seconds(3))
    #expect(heard.map(\.digit.character) == Array("12*".utf8))
    #expect(heard.allSatisfy { $0.form == .relay })
    try Self.end(road)
  }

  @Test(arguments: [
    ("application/dtmf-relay", "Signal=Z\r\n", "400 INFO"), ("text/plain", "hello", "415 INFO"),
  ])
  func otherInformationIsRefused(type: String, body: String, answer: String) throws {
    let road = Road()
    try road.establish()
    let dialog = try #require(road.phone.dialog)
    try road.withPhone { agent, now, sink in
      try agent.send(.info, in: dialog, body: SessionBody(body, contentType: type), now: now, into: &sink)
    }
    road.wait(.seconds(1))
    #expect(road.phone.heard.contains(answer))
    #expect(road.room.digits.isEmpty)
    try Self.end(road)
  }

  // MARK: Time

  @Test func aCallEndsAtLast() throws {
    let road = Road { $0.longestCall = .seconds(600) }
    try road.establish()
    road.wait(.seconds(605))
    #expect(road.phone.heard.contains("BYE"))
    #expect(road.room.release != nil)
    road.expectNothingLeft()
  }

  @Test func changesWithoutEndEndTheCall() throws {
    let road = Road { $0.limits.changes = 3 }
    try road.establish()
    for version in 2..<6 {
      try? Self.reinvite(road, Descriptions.audio("0 101", port: UInt16(4_000 + version * 2), version: version))
    }
    #expect(road.room.release?.cause == 88)
    road.expectNothingLeft()
  }
}
