import SIPDialog
import SIPMessage
import Testing
import Wire

@Suite("Changing a session: re-INVITE (RFC 3261 §14) and UPDATE (RFC 3311)")
struct SessionTests {
  @Test("hold: a re-INVITE is offered, answered, acknowledged; either side may", arguments: [true, false])
  func hold(callerHolds: Bool) throws {
    let pair = Pair()
    try pair.establish()
    let (one, other) = callerHolds ? (pair.alice, pair.bob) : (pair.bob, pair.alice)
    try one.reinvite("hold")
    pair.run(for: 50)
    #expect(other.log.last == "requested INVITE offer hold")
    try other.accept("held")
    pair.run(for: 50)
    #expect(one.log.last == "accepted answer held")
    #expect(other.log.last == "acknowledged")
    try one.hangUp()
    pair.expectNothingLeft()
  }

  @Test("a refused re-INVITE leaves everything as it was")
  func refused() throws {
    let pair = Pair()
    try pair.establish()
    try pair.alice.reinvite("a2")
    pair.run(for: 50)
    try pair.bob.refuse(488)
    pair.run(for: 50)
    #expect(pair.alice.log.last == "refused 488")
    for phone in [pair.alice, pair.bob] {
      let session = try phone.currentSession()
      #expect(session.isStable)
    }
    try pair.bob.reinvite("b2")
    pair.run(for: 50)
    #expect(pair.alice.log.last == "requested INVITE offer b2")
    try pair.alice.accept("a2")
    pair.run(for: 50)
    try pair.bob.hangUp()
    pair.expectNothingLeft()
  }

  @Test("a re-INVITE without offer: offer in the 2xx, answer in the ACK")
  func offerless() throws {
    let pair = Pair()
    try pair.establish()
    try pair.alice.reinvite(nil)
    pair.run(for: 50)
    #expect(throws: UserAgentError.session(.offerMissing)) { try pair.bob.accept() }
    try pair.bob.accept("b2")
    pair.run(for: 50)
    #expect(pair.alice.log.last == "accepted offer b2")
    #expect(throws: UserAgentError.requestPending) { try pair.alice.reinvite("a3") }
    try pair.alice.acknowledge("a2")
    pair.run(for: 50)
    #expect(pair.bob.log.last == "acknowledged answer a2")
    try pair.bob.hangUp()
    pair.expectNothingLeft()
  }

  @Test(
    "glare of two re-INVITEs: both get 491, the one without the Call-ID's ownership comes again first",
    arguments: 1...8 as ClosedRange<UInt64>)
  func glare(seed: UInt64) throws {
    let pair = Pair(seed: seed)
    try pair.establish()
    for phone in [pair.alice, pair.bob] {
      phone.react = { phone, event in
        if case .sessionRequested = event { pair.at(phone.now + 10) { try? phone.accept("yes") } }
      }
    }
    try pair.alice.reinvite("a2")
    try pair.bob.reinvite("b2")
    pair.run(for: 50)
    #expect(pair.alice.sent.contains("491 INVITE"))
    #expect(pair.bob.sent.contains("491 INVITE"))
    pair.run(for: 2050)
    #expect(pair.bob.log.contains("accepted answer yes"))
    #expect(!pair.alice.log.contains("accepted answer yes"))
    pair.run(for: 2000)
    #expect(pair.alice.log.contains("accepted answer yes"))
    #expect(!pair.alice.log.contains("refused 491"))
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }

  @Test("delays after glare are those of §14.1, at both ends of the random numbers")
  func delays() {
    for random in [0, 1, 190, 191, 200, 201, UInt64.max] {
      let owner = GlareRetry.delay(ownsCallID: true, random: random)
      let other = GlareRetry.delay(ownsCallID: false, random: random)
      #expect((Duration.milliseconds(2100)...Duration.seconds(4)).contains(owner))
      #expect((Duration.zero...Duration.seconds(2)).contains(other))
      #expect(GlareRetry.retryAfterSeconds(random: random) <= 10)
    }
    #expect(GlareRetry.delay(ownsCallID: true, random: 190) == .seconds(4))
    #expect(GlareRetry.delay(ownsCallID: false, random: 200) == .seconds(2))
    #expect(GlareRetry.retryAfterSeconds(random: 10) == 10)
  }

  @Test("a second re-INVITE before the first is answered: 500 with Retry-After; a re-INVITE before our ACK: 491")
  func pending() throws {
    let pair = Pair()
    try pair.establish()
    let dialog = try pair.bob.currentDialog()
    func raw(_ method: String, _ branch: String, _ cseq: Int) -> String {
      Raw.request(
        method, branch: branch, from: "<sip:alice@192.0.2.1>;tag=\(dialog.id.remoteTag)", toTag: dialog.id.localTag,
        callID: dialog.id.callID, cseq: cseq, lines: ["Contact: <sip:alice@192.0.2.1>"], body: "offer")
    }
    pair.bob.receive(raw("INVITE", "r1", 10), from: Pair.hop(pair.alice))
    #expect(pair.bob.log.last == "requested INVITE offer offer")
    pair.bob.receive(raw("INVITE", "r2", 11), from: Pair.hop(pair.alice))
    #expect(pair.bob.sent.last == "500 INVITE")
    let seconds = try pair.bob.header(.retryAfter, of: "500 INVITE").flatMap { Int($0) }
    #expect(seconds.map { (0...10).contains($0) } == true)
    pair.bob.receive(raw("UPDATE", "u1", 12), from: Pair.hop(pair.alice))
    #expect(pair.bob.sent.last == "500 UPDATE")
    try pair.bob.accept("answer")
    pair.bob.receive(raw("INVITE", "r3", 13), from: Pair.hop(pair.alice))
    #expect(pair.bob.sent.last == "491 INVITE")
    // Out of order (§12.2.2).
    pair.bob.receive(raw("UPDATE", "u2", 12), from: Pair.hop(pair.alice))
    #expect(pair.bob.sent.last == "500 UPDATE")
    #expect(try pair.bob.header(.retryAfter, of: "500 UPDATE") == nil)
    pair.bob.receive(raw("BYE", "b1", 14), from: Pair.hop(pair.alice))
    #expect(pair.bob.log.last == "ended hung up by the other side")
    pair.bob.receive(raw("UPDATE", "u3", 15), from: Pair.hop(pair.alice))
    #expect(pair.bob.sent.last == "481 UPDATE")
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }

  @Test("BYE while requests wait: they are answered 487")
  func byeWithPending() throws {
    let pair = Pair()
    try pair.establish()
    try pair.alice.reinvite("a2")
    pair.run(for: 50)
    try pair.alice.hangUp()
    pair.run(for: 50)
    #expect(pair.bob.sent.contains("487 INVITE"))
    #expect(pair.bob.log.last == "ended hung up by the other side")
    pair.expectNothingLeft()
  }

  @Test("UPDATE changes the session, in a confirmed dialog and, after the first exchange, in an early one")
  func update() throws {
    let pair = Pair()
    try pair.dial()
    pair.run(for: 50)
    try pair.bob.ring(183, "b1", reliable: true)
    #expect(throws: UserAgentError.self) { try pair.bob.update("b2") }
    pair.run(for: 50)
    try pair.bob.update("b2")
    pair.run(for: 50)
    #expect(pair.alice.log.last == "requested UPDATE offer b2")
    try pair.alice.accept("a2")
    pair.run(for: 50)
    #expect(pair.bob.log.last == "accepted answer a2")
    try pair.bob.answer(nil)
    pair.run(for: 50)
    try pair.alice.update("a3")
    pair.run(for: 50)
    try pair.bob.refuse(488)
    pair.run(for: 50)
    #expect(pair.alice.log.last == "refused 488")
    try pair.alice.update(nil)
    pair.run(for: 50)
    #expect(pair.alice.log.last == "accepted")
    #expect(!pair.bob.log.contains("requested UPDATE"))
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }

  @Test("glare of two UPDATEs: 491 for both, and both come again")
  func updateGlare() throws {
    let pair = Pair()
    try pair.establish()
    for phone in [pair.alice, pair.bob] {
      phone.react = { phone, event in if case .sessionRequested = event { try? phone.accept("yes") } }
    }
    try pair.alice.update("a2")
    try pair.bob.update("b2")
    #expect(throws: UserAgentError.requestPending) { try pair.alice.update("a3") }
    pair.run(for: 50)
    #expect(pair.alice.sent.contains("491 UPDATE"))
    #expect(pair.bob.sent.contains("491 UPDATE"))
    pair.run(for: 5000)
    #expect(pair.alice.log.last == "accepted answer yes")
    #expect(pair.bob.log.contains("accepted answer yes"))
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }

  @Test("an unanswered UPDATE or a 481 ends the call", arguments: [true, false])
  func lost(isSilent: Bool) throws {
    let pair = Pair()
    try pair.establish()
    if !isSilent {
      pair.passes = { phone, summary in phone !== pair.bob || summary != "BYE" }
      try pair.bob.hangUp()
      pair.run(for: 50)
    } else {
      pair.passes = { _, summary in summary != "UPDATE" }
    }
    try pair.alice.update("a2")
    pair.run(for: 33_000)
    #expect(pair.alice.log.last == "ended unknown to the other side")
    #expect(pair.alice.sent.contains("BYE"))
    pair.expectNothingLeft()
  }

  @Test("a re-INVITE that was accepted before its CANCEL came holds")
  func acceptedBeforeCancel() throws {
    let pair = Pair(alice: UserAgentLimits(patience: .seconds(10)))
    try pair.establish()
    try pair.alice.reinvite("a2")
    pair.run(for: 10_003)
    #expect(pair.alice.sent.contains("CANCEL"))
    #expect(!pair.bob.log.contains("request cancelled"))
    try pair.bob.accept("b2")
    pair.run(for: 1000)
    #expect(pair.alice.log.last == "accepted answer b2")
    #expect(pair.bob.log.last == "acknowledged")
    #expect(pair.alice.agent.callCount == 1)
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }

  @Test("hanging up while a re-INVITE waits after glare, or for credentials, ends the waiting", arguments: [491, 401])
  func hungUpWhileWaiting(status: Int) throws {
    let pair = Pair()
    try pair.establish()
    try pair.alice.reinvite("a2")
    pair.run(for: 50)
    try pair.bob.refuse(status)
    pair.run(for: 50)
    try pair.alice.hangUp()
    pair.run(for: 5000)
    #expect(pair.alice.sent.suffix(2) == ["ACK", "BYE"])
    let requests = pair.alice.agent.requestCount
    // The first INVITE's ACKs are kept for a while.
    #expect(requests == 1)
    pair.expectNothingLeft()
  }

  @Test("a challenged re-INVITE makes its offer again, with credentials")
  func challenged() throws {
    let pair = Pair()
    try pair.establish()
    try pair.alice.reinvite("a2")
    pair.run(for: 50)
    try pair.bob.refuse(401)
    pair.run(for: 50)
    #expect(pair.alice.log.last == "challenged 401")
    #expect(try pair.alice.currentSession().isStable)
    try pair.alice.authenticate("Digest one")
    pair.run(for: 50)
    #expect(pair.bob.log.last == "requested INVITE offer a2")
    try pair.bob.accept("b2")
    pair.run(for: 50)
    #expect(pair.alice.log.last == "accepted answer b2")
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }

  @Test("a re-INVITE taken back, by the end of the caller's patience")
  func cancelled() throws {
    let pair = Pair(alice: UserAgentLimits(patience: .seconds(10)))
    try pair.establish()
    try pair.alice.reinvite("a2")
    pair.run(for: 11_000)
    #expect(pair.bob.log.last == "request cancelled")
    #expect(pair.alice.log.last == "refused 487")
    #expect(throws: UserAgentError.unknownHandle) { try pair.bob.accept("b2") }
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }
}

@Suite("Session timers (RFC 4028)")
struct SessionTimerTests {
  @Test("the refresher sends UPDATE at half time, for as long as the call lives")
  func refresh() throws {
    let pair = Pair { $0.sessionSeconds = 100 }
    try pair.establish()
    pair.run(for: 49_000)
    #expect(pair.alice.sent.filter { $0 == "UPDATE" }.isEmpty)
    pair.run(for: 951_000)
    #expect(pair.alice.sent.count { $0 == "UPDATE" } == 20 || pair.alice.sent.count { $0 == "UPDATE" } == 19)
    #expect(pair.bob.sent.count { $0 == "200 UPDATE" } >= 19)
    #expect(!pair.bob.sent.contains("UPDATE"))
    #expect(pair.alice.log == ["answered answer b1"])
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }

  @Test("a side that does not allow UPDATE is refreshed by re-INVITE with the description of before")
  func refreshByInvite() throws {
    let pair = Pair { $0.sessionSeconds = 100 }
    try pair.establish()
    pair.bob.react = { phone, event in if case .sessionRequested = event { try? phone.accept("b1") } }
    // What takes UPDATE away is an Allow without it.
    let dialog = try pair.alice.currentDialog()
    let options = Raw.request(
      "UPDATE", branch: "x", from: "<sip:bob@192.0.2.2>;tag=\(dialog.id.remoteTag)", toTag: dialog.id.localTag,
      callID: dialog.id.callID, cseq: 1,
      lines: [
        "Contact: <sip:bob@192.0.2.2:5060>", "Allow: INVITE, ACK, BYE", "Supported: timer",
        "Session-Expires: 100;refresher=uas",
      ])
    pair.alice.receive(options, from: Pair.hop(pair.bob))
    #expect(pair.alice.sent.last == "200 UPDATE")
    pair.run(for: 60_000)
    #expect(pair.alice.sent.count { $0 == "INVITE" } == 2)
    #expect(pair.bob.log.last == "acknowledged")
    #expect(pair.bob.log.contains("requested INVITE offer a1"))
    #expect(pair.alice.log == ["answered answer b1"])
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }

  @Test("when nobody refreshes, BYE comes the lesser of 32 s and a third before the end")
  func expiry() throws {
    #expect(SessionTimer.patience(seconds: 90) == .seconds(60))
    #expect(SessionTimer.patience(seconds: 96) == .seconds(64))
    #expect(SessionTimer.patience(seconds: 1800) == .seconds(1768))
    let pair = Pair { $0.sessionSeconds = 90 }
    try pair.establish()
    pair.passes = { _, _ in false }
    pair.run(for: 59_000)
    #expect(pair.bob.log.last == "acknowledged")
    pair.run(for: 2000)
    #expect(pair.bob.log.last == "ended session expired")
    #expect(pair.bob.sent.last == "BYE")
    pair.run(for: 40_000)
    #expect(pair.alice.log.last == "ended session expired" || pair.alice.log.last == "ended unknown to the other side")
    pair.expectNothingLeft()
  }

  @Test("an interval below the minimum is 422 with Min-SE, and asked for again with that")
  func tooSmall() throws {
    let pair = Pair({ $0.sessionSeconds = 90 }, bobs: { $0.minimumSessionSeconds = 200 })
    try pair.dial()
    pair.run(for: 100)
    #expect(pair.bob.sent.first == "422 INVITE")
    #expect(try pair.bob.header(.minSE, of: "422 INVITE") == "200")
    #expect(try pair.alice.header(.sessionExpires, of: "INVITE") == "200")
    #expect(try pair.alice.header(.minSE, of: "INVITE") == "200")
    try pair.bob.answer("b1")
    pair.run(for: 50)
    #expect(pair.alice.log == ["answered answer b1"])
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }

  struct Negotiation: Sendable {
    var asked: SessionExpiresHeader?
    var wanted: UInt32?
    var minimum: UInt32 = 90
    var peerSupports = true
    var result: SessionExpiresHeader?
  }

  @Test(
    "what the UAS answers (§9, table 2)",
    arguments: [
      Negotiation(asked: nil, wanted: nil, result: nil),
      Negotiation(
        asked: SessionExpiresHeader(seconds: 1800), wanted: nil,
        result: SessionExpiresHeader(seconds: 1800, refresher: .uac)),
      Negotiation(
        asked: SessionExpiresHeader(seconds: 1800, refresher: .uas), wanted: nil,
        result: SessionExpiresHeader(seconds: 1800, refresher: .uas)),
      Negotiation(
        asked: SessionExpiresHeader(seconds: 1800, refresher: .uac), wanted: 100,
        result: SessionExpiresHeader(seconds: 100, refresher: .uac)),
      Negotiation(
        asked: SessionExpiresHeader(seconds: 1800), wanted: 100, minimum: 300,
        result: SessionExpiresHeader(seconds: 300, refresher: .uac)),
      Negotiation(
        asked: nil, wanted: 100, peerSupports: false, result: SessionExpiresHeader(seconds: 100, refresher: .uas)),
      Negotiation(
        asked: SessionExpiresHeader(seconds: 200), wanted: 1800, peerSupports: false,
        result: SessionExpiresHeader(seconds: 200, refresher: .uas)),
    ])
  func negotiation(_ case: Negotiation) {
    let answer = SessionTimer.answer(
      asked: `case`.asked, wanted: `case`.wanted, minimum: `case`.minimum, peerSupports: `case`.peerSupports)
    #expect(answer == `case`.result)
  }

  @Test("the machine: refresh at half time once, postponed if it failed, off when negotiated away")
  func machine() {
    var timer = SessionTimer()
    #expect(timer.nextDeadline == nil)
    timer.negotiated(seconds: 100, refreshes: true, now: .zero)
    #expect(timer.nextDeadline == Instant(milliseconds: 50_000))
    #expect(timer.advance(now: Instant(milliseconds: 49_999)) == .none)
    #expect(timer.advance(now: Instant(milliseconds: 50_000)) == .refresh)
    #expect(timer.advance(now: Instant(milliseconds: 50_000)) == .none)
    timer.postponed(by: .seconds(4), now: Instant(milliseconds: 50_000))
    #expect(timer.nextDeadline == Instant(milliseconds: 54_000))
    #expect(timer.advance(now: Instant(milliseconds: 54_000)) == .refresh)
    #expect(timer.advance(now: Instant(milliseconds: 68_000)) == .expire)
    #expect(timer.nextDeadline == nil)
    timer.negotiated(seconds: 100, refreshes: false, now: .zero)
    #expect(timer.nextDeadline == Instant.zero + SessionTimer.patience(seconds: 100))
    timer.negotiated(seconds: nil, refreshes: false, now: .zero)
    #expect(timer.nextDeadline == nil && timer.seconds == nil)
  }
}
