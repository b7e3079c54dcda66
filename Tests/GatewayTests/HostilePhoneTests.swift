import Gateway
import H225
import H323Endpoint
import PER
import SDP
import SIPDialog
import SIPMessage
import Testing
import Wire

/// What phones do that is odd, rude or meant to harm.
@Suite struct HostilePhoneTests {
  private static func end(_ road: Road) {
    road.end(.phone)
    road.wait(.seconds(1))
    road.cut()
    road.expectNothingLeft()
  }

  // MARK: At the wrong time

  /// The phone's INVITE written again as a request of the dialog that rings: its agent would not send that.
  private static func tooEarly(_ method: String, _ road: Road, after response: String) throws -> String {
    let tag = try #require(road.phone.header(.to, of: response)?.firstMatch(of: /;tag=(\w+)/)).1
    return try #require(road.phone.said.first).replacing("INVITE sip:", with: "\(method) sip:")
      .replacing("To: <sip:council@if.internal>", with: "To: <sip:council@if.internal>;tag=\(tag)")
      .replacing(/CSeq: \d+ INVITE/, with: "CSeq: 77 \(method)")
      .replacing(/branch=z9hG4bK\w+/, with: "branch=z9hG4bKsecond")
  }

  @Test func aReinviteBeforeTheAnswerIsPutOff() throws {
    let road = Road()
    road.roomAnswers(answers: false)
    try road.dial()
    road.say(try Self.tooEarly("INVITE", road, after: "180 INVITE"))
    #expect(road.phone.heard.contains("500 INVITE"))
    #expect(road.phone.header(.retryAfter, of: "500 INVITE") != nil)
    road.withRoom { endpoint, now, sink in
      if let call = road.room.call { endpoint.answer(call, media: roomMedia(), now: now, into: &sink) }
    }
    road.wait(.seconds(1))
    #expect(road.gateway.counters[.answered] == 1)
    Self.end(road)
  }

  @Test func anUpdateBeforeTheAnswerIsPutOff() throws {
    let road = Road(reliability: .supported)
    road.roomAnswers(early: true, answers: false)
    try road.dial()
    road.wait(.seconds(1))
    road.say(try Self.tooEarly("UPDATE", road, after: "183 INVITE"))
    #expect(road.phone.heard.contains("491 UPDATE"))
    Self.end(road)
  }

  /// CANCEL and 200 cross: the call is up, and the phone hangs up as it has to.
  @Test func aCANCELThatComesTooLate() throws {
    let road = Road()
    try road.establish()
    let invite = try #require(road.phone.said.first { $0.hasPrefix("INVITE") })
    let head = invite.components(upTo: "\r\n\r\n") ?? invite
    road.say(
      head.replacing("INVITE sip", with: "CANCEL sip").replacing(/CSeq: (\d+) INVITE/) { "CSeq: \($0.1) CANCEL" }
        .replacing(/Content-Length: +\d+/, with: "Content-Length: 0") + "\r\n\r\n")
    road.wait(.seconds(1))
    #expect(road.phone.heard.contains("200 CANCEL") || road.phone.heard.contains("481 CANCEL"))
    let counts = road.gateway.legCounts
    #expect(counts.sip == 1 && counts.h323 == 1)
    Self.end(road)
  }

  // MARK: Replaces

  private static func replaces(_ road: Road, early: Bool = false) throws -> ExtraHeader {
    let dialog = try #require(road.phone.dialog.flatMap { road.phone.agent.dialog($0) })
    return ExtraHeader(
      "Replaces", "\(dialog.id.callID);to-tag=\(dialog.id.remoteTag);from-tag=\(dialog.id.localTag)")
  }

  /// A phone moves its user's call to another phone of theirs (RFC 3891): the old leg goes when the new one is there.
  @Test func oneMayReplaceOnesOwnCall() throws {
    let road = Road()
    try road.establish()
    try road.dial(headers: Road.facts + [Self.replaces(road)])
    road.wait(.seconds(2))
    #expect(road.phone.heard.count { $0 == "200 INVITE" } == 2)
    #expect(road.phone.heard.contains("BYE"))
    let counts = road.gateway.legCounts
    #expect(counts.calls == 1 && counts.sip == 1 && counts.h323 == 1)
    Self.end(road)
  }

  /// Nobody ends somebody else's call by its names, nor takes their own into another room.
  @Test(arguments: [("expert-ethics", "sip:council@if.internal"), ("expert-safety", "sip:council-other@if.internal")])
  func nobodyReplacesAnothersCall(user: String, target: String) throws {
    let road = Road()
    try road.establish()
    let header = try Self.replaces(road)
    try road.dial(
      target,
      headers: [ExtraHeader("X-IF-Trace-ID", "trace-7"), ExtraHeader("X-IF-Authenticated-User", user), header])
    road.wait(.seconds(2))
    #expect(road.phone.heard.contains("403 INVITE"))
    #expect(!road.phone.heard.contains("BYE"))
    let counts = road.gateway.legCounts
    #expect(counts.calls == 1 && counts.sip == 1 && counts.h323 == 1)
    road.cut()
    road.wait(.seconds(2))
    #expect(road.phone.heard.contains("BYE"))
    road.expectNothingLeft()
  }

  @Test func whatIsReplacedHasToBeThere() throws {
    let road = Road()
    try road.dial(headers: Road.facts + [ExtraHeader("Replaces", "nobody@host;to-tag=a;from-tag=b")])
    #expect(road.phone.heard.contains("481 INVITE"))
    road.expectNothingLeft()
  }

  // MARK: Bodies

  private static func multipart(_ parts: [(type: String, text: String)]) -> String {
    parts.map { "--part\r\nContent-Type: \($0.type)\r\n\r\n\($0.text)\r\n" }.joined() + "--part--\r\n"
  }

  @Test func aDescriptionAmongOtherPartsIsTaken() throws {
    let road = Road()
    road.roomAnswers()
    let body = Self.multipart([("application/pidf+xml", "<presence/>"), ("application/sdp", Descriptions.plain)])
    try road.dial(offer: body, type: "multipart/mixed;boundary=part")
    road.wait(.seconds(1))
    #expect(road.phone.heard.contains("200 INVITE"))
    #expect(road.room.media?.outgoing?.media == address(4_000, host: 0xC000_0201))
    Self.end(road)
  }

  /// Parts without a description are an INVITE without an offer.
  @Test func partsWithoutADescriptionAreNoOffer() throws {
    let road = Road()
    road.roomAnswers()
    try road.dial(
      offer: Self.multipart([("application/pidf+xml", "<presence/>")]), type: "multipart/mixed;boundary=part")
    road.wait(.milliseconds(100))
    #expect(road.phone.hasBody("200 INVITE") == true)
    road.cut()
    road.expectNothingLeft()
  }

  @Test(arguments: ["text/plain", "application/sdp2", "multipart/mixed;boundary=absent"])
  func anotherBodyIsRefused(type: String) throws {
    let road = Road()
    try road.dial(type: type)
    #expect(road.phone.heard.contains("415 INVITE"))
    #expect(road.phone.header(.accept, of: "415 INVITE") == "application/sdp, multipart/mixed")
    #expect(road.inquiries.isEmpty)
    road.expectNothingLeft()
  }

  @Test func aPackedBodyIsRefused() throws {
    let road = Road()
    try road.dial(headers: Road.facts + [ExtraHeader("Content-Encoding", "gzip")])
    #expect(road.phone.heard.contains("415 INVITE"))
    #expect(road.phone.header(.acceptEncoding, of: "415 INVITE") == "identity")
    road.expectNothingLeft()
  }

  // MARK: Descriptions

  @Test(arguments: [
    // Two lines of audio: one is served, the other refused.
    (Descriptions.audio(more: ["m=audio 4200 RTP/AVP 0"]), [6_000, 0]),
    // The first is nothing that H.323 could have.
    (
      Descriptions.plain.replacing("m=audio", with: "m=audio 4300 RTP/AVP 97\r\na=rtpmap:97 opus/48000/2\r\nm=audio"),
      [0, 6_000]
    ),
    // The first is out of use.
    (Descriptions.plain.replacing("m=audio", with: "m=audio 0 RTP/AVP 0\r\nm=audio"), [0, 6_000]),
    (
      Descriptions.plain.replacing("m=audio", with: "m=video 4100 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio"),
      [0, 6_000]
    ),
  ])
  func everyStreamHasItsAnswer(offer: String, ports: [UInt16]) throws {
    let road = Road()
    try road.establish(offer: offer)
    let answer = try #require(road.phone.description)
    #expect(answer.media.map(\.port) == ports)
    #expect(road.room.media?.outgoing?.media == address(4_000, host: 0xC000_0201))
    Self.end(road)
  }

  @Test(arguments: [(8, "200 INVITE"), (9, "488 INVITE")])
  func soManyStreamsAndNoMore(count: Int, answer: String) throws {
    let road = Road()
    let more = (1..<count).map { "m=audio \(4_100 + 2 * $0) RTP/AVP 0" }
    try road.establish(offer: Descriptions.audio(more: more))
    #expect(road.phone.heard.contains(answer))
    Self.end(road)
  }

  /// Held from the first moment on.
  @Test(arguments: ["sendonly", "inactive", "0.0.0.0"]) func aCallThatBeginsOnHold(how: String) throws {
    let road = Road()
    let isOld = how == "0.0.0.0"
    try road.establish(
      offer: Descriptions.audio(direction: isOld ? "sendrecv" : how, address: isOld ? how : "192.0.2.1"))
    road.wait(.seconds(3))
    let held = try #require(road.phone.description?.media.first)
    #expect(held.direction == (how == "inactive" ? .inactive : .recvonly))
    #expect(road.room.media?.outgoing == nil)
    let dialog = try #require(road.phone.dialog)
    try road.withPhone { agent, now, sink in
      try agent.reinvite(dialog, offer: SessionBody(Descriptions.audio(version: 2)), now: now, into: &sink)
    }
    road.wait(.seconds(8))
    #expect(road.phone.description?.media.first?.direction == .sendrecv)
    #expect(road.room.media?.outgoing?.media == address(4_000, host: 0xC000_0201))
    Self.end(road)
  }

  // MARK: Session timers (RFC 4028)

  @Test func aPhoneThatRefreshesStays() throws {
    let road = Road(sessionSeconds: 90)
    try road.establish()
    let expires = try #require(road.phone.header(.sessionExpires, of: "200 INVITE"))
    #expect(expires.hasPrefix("90"))
    road.wait(.seconds(1_000))
    let counts = road.gateway.legCounts
    #expect(counts.sip == 1 && counts.h323 == 1)
    Self.end(road)
  }

  @Test func aPhoneThatVanishesIsMissed() throws {
    let road = Road(sessionSeconds: 90)
    try road.establish()
    road.isPhoneHeard = false
    road.wait(.seconds(200))
    #expect(road.room.release?.cause == 102)
    let counts = road.gateway.legCounts
    #expect(counts.calls == 0 && counts.h323 == 0)
    road.isPhoneHeard = true
    road.expectNothingLeft()
  }

  @Test func anIntervalThatIsTooShortIsRefused() throws {
    let road = Road()
    try road.dial(
      headers: Road.facts + [ExtraHeader("Supported", "timer"), ExtraHeader("Session-Expires", "30;refresher=uac")])
    #expect(road.phone.heard.contains("422 INVITE"))
    #expect(road.phone.header(.minSE, of: "422 INVITE") == "90")
    road.expectNothingLeft()
  }

  // MARK: Names

  @Test(arguments: [
    ("Jürgen Größe", "Jürgen Größe"), ("岡本 太郎", "岡本 太郎"), ("a\u{202E}b", "a\u{FFFD}b"),
    (String(repeating: "é", count: 300), String(repeating: "é", count: 126) + "…"),
    // Characters of two units in UTF-16, cut at a limit that is odd in it.
    ("x" + String(repeating: "🜁", count: 300), "x" + String(repeating: "🜁", count: 63) + "…"),
  ])
  func aNameIsTold(name: String, told: String) throws {
    let road = Road()
    try road.dial(from: "\"\(name)\" <sip:expert-safety@external.advisor>")
    let invitation = try #require(road.room.invitation)
    #expect(invitation.source.contains(.h323ID(BMPString(told))))
    // What Display has room for.
    let display = try #require(invitation.display)
    #expect(told.hasPrefix(display) && display.utf8.count <= 82 && !display.isEmpty)
    road.cut()
    road.expectNothingLeft()
  }

  /// Without a name the user is one, whatever its bytes are.
  @Test func aUserIsAName() throws {
    let road = Road()
    try road.dial("sip:council-a@if.internal", headers: [], from: "<sip:J%C3%BCrgen%00%FF@external.advisor>")
    let invitation = try #require(road.room.invitation)
    #expect(invitation.source.contains(.h323ID("Jürgen\u{FFFD}\u{FFFD}")))
    road.cut()
    road.expectNothingLeft()
  }

  @Test(arguments: [
    ([AliasAddress.h323ID("Jürgen")], "sip:J%C3%BCrgen@if.internal"),
    ([.h323ID("岡本")], "sip:%E5%B2%A1%E6%9C%AC@if.internal"),
    ([.h323ID(BMPString("🜁"))], "sip:%F0%9F%9C%81@if.internal"),
    ([.urlID("sip:J%C3%BCrgen@example.net")], "sip:J%C3%BCrgen@example.net"),
    ([.dialledDigits("*99#")], "sip:*99%23@if.internal"),
    // Half a character is none.
    ([.h323ID(BMPString(units: [0x41, 0xD83D]))], "sip:A%EF%BF%BD@if.internal"),
  ])
  func namesOfOtherScriptsAreURIs(aliases: [AliasAddress], uri: String) throws {
    let road = Road()
    road.roomCalls(aliases)
    let invite = try #require(road.phone.messages.first)
    let text = invite.view.string(invite.view.requestURI)
    #expect(text == uri)
    road.cut()
    road.expectNothingLeft()
  }

  // MARK: Privacy

  @Test(arguments: ["id", "user", "header;id;critical", "\u{1}"])
  func whoDoesNotWantToBeNamedIsNot(privacy: String) throws {
    let road = Road()
    try road.dial(
      headers: Road.facts + [
        ExtraHeader("Privacy", privacy),
        ExtraHeader("P-Asserted-Identity", "\"Safety Expert\" <sip:expert-safety@if.internal>"),
      ])
    let invitation = try #require(road.room.invitation)
    #expect(invitation.source == [.h323ID("Anonymous")])
    #expect(invitation.display == "Anonymous")
    #expect(invitation.setup.presentationIndicator == .presentationRestricted)
    // Two octets a character in some places.
    let wire = String(decoding: road.toRoom.filter { $0 != 0 }, as: UTF8.self)
    #expect(!wire.contains("expert-safety") && !wire.contains("Safety Expert"))
    // Within the node it is known who it is.
    #expect(road.inquiries.first?.user == "expert-safety")
    road.cut()
    road.expectNothingLeft()
  }

  @Test func whoNamesNobodyIsNobody() throws {
    let road = Road()
    try road.dial(from: "\"Anonymous\" <sip:anonymous@anonymous.invalid>")
    let invitation = try #require(road.room.invitation)
    #expect(invitation.source == [.h323ID("Anonymous")])
    #expect(invitation.setup.presentationIndicator == .presentationRestricted)
    road.cut()
    road.expectNothingLeft()
  }

  @Test(arguments: ["none", "header"]) func whoDoesNotMindIsNamed(privacy: String) throws {
    let road = Road()
    try road.dial(headers: Road.facts + [ExtraHeader("Privacy", privacy)])
    let invitation = try #require(road.room.invitation)
    #expect(invitation.source.first == .urlID("sip:expert-safety@external.advisor"))
    #expect(invitation.setup.presentationIndicator == nil)
    road.cut()
    road.expectNothingLeft()
  }

  @Test func aCallerOfH323ThatDoesNotWantToBeNamedIsNot() throws {
    let road = Road()
    road.roomCalls {
      $0.display = "Technical"
      $0.isPresentationRestricted = true
    }
    #expect(
      road.phone.header(.from, of: "INVITE")?.hasPrefix("\"Anonymous\" <sip:anonymous@anonymous.invalid>") == true)
    #expect(road.phone.header(.privacy, of: "INVITE") == "id")
    // The proxy is told whose call it is, and tells nobody.
    #expect(road.phone.header(.xIFAuthenticatedUser, of: "INVITE") == "guardian-technical")
    road.cut()
    road.expectNothingLeft()
  }

  /// Where a call was before, and who was asked, is nothing that the H.323 side hears of.
  @Test func historyIsNotTold() throws {
    let road = Road()
    try road.dial(
      headers: Road.facts + [
        ExtraHeader("History-Info", "<sip:secret-desk@if.internal>;index=1"),
        ExtraHeader("Diversion", "<sip:secret-desk@if.internal>;reason=unconditional"),
        ExtraHeader("Referred-By", "<sip:secret-desk@if.internal>"),
        ExtraHeader("Subject", "secret-desk"),
      ])
    #expect(road.room.invitation != nil)
    // Two octets a character in some places.
    let wire = String(decoding: road.toRoom.filter { $0 != 0 }, as: UTF8.self)
    #expect(!wire.contains("secret-desk"))
    road.cut()
    road.expectNothingLeft()
  }
}

extension String {
  fileprivate func components(upTo mark: String) -> String? {
    ranges(of: mark).first.map { String(self[..<$0.lowerBound]) }
  }
}
