import SIPDialog
import SIPMessage
import Testing
import Wire

@Suite("Reliable provisional responses (RFC 3262)")
struct ProvisionalTests {
  @Test("the answer in a reliable 183, PRACK, then a 2xx without description")
  func answerEarly() throws {
    let pair = Pair()
    try pair.dial()
    pair.run(for: 50)
    try pair.bob.ring(183, "b1", reliable: true)
    pair.run(for: 50)
    #expect(pair.alice.log == ["progress 183 answer b1"])
    #expect(pair.alice.sent == ["INVITE", "PRACK"])
    let rseq = try #require(try pair.bob.header(.rSeq, of: "183 INVITE"))
    #expect(try pair.alice.header(.rAck, of: "PRACK") == "\(rseq) 1 INVITE")
    #expect(try pair.bob.header(.require, of: "183 INVITE") == "100rel")
    #expect(pair.bob.sent == ["183 INVITE", "200 PRACK"])
    #expect(throws: UserAgentError.session(.unexpectedDescription)) { try pair.bob.answer("b2") }
    try pair.bob.answer(nil)
    pair.run(for: 50)
    #expect(pair.alice.log.last == "answered")
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }

  @Test("a caller that requires it gets every provisional response reliably")
  func required() throws {
    let pair = Pair { $0.reliability = .required }
    try pair.dial()
    pair.run(for: 50)
    try pair.bob.ring()
    pair.run(for: 50)
    #expect(pair.alice.sent == ["INVITE", "PRACK"])
    #expect(pair.bob.log == ["incoming offer a1", "provisional acknowledged"])
    try pair.bob.reject(486)
    pair.expectNothingLeft()
  }

  @Test("an unacknowledged one is repeated, T1 doubling, and its PRACK sent once")
  func lost() throws {
    let pair = Pair()
    var lost = 3
    pair.passes = { _, summary in
      guard summary == "183 INVITE", lost > 0 else { return true }
      lost -= 1
      return false
    }
    try pair.dial()
    pair.run(for: 50)
    try pair.bob.ring()
    pair.run(for: 50)
    try pair.bob.ring(183, "b1", reliable: true)
    pair.run(for: 3400)
    #expect(pair.bob.sent.count { $0 == "183 INVITE" } == 3)
    pair.run(for: 200)
    #expect(pair.bob.sent.count { $0 == "183 INVITE" } == 4)
    #expect(pair.alice.sent == ["INVITE", "PRACK"])
    try pair.bob.reject(486)
    pair.expectNothingLeft()
  }

  @Test("the 2xx waits for the PRACK of a description")
  func heldSuccess() throws {
    let pair = Pair()
    var isBlocked = true
    pair.passes = { _, summary in !(summary == "PRACK" && isBlocked) }
    try pair.dial()
    pair.run(for: 50)
    try pair.bob.ring(183, "b1", reliable: true)
    pair.run(for: 50)
    try pair.bob.answer(nil)
    #expect(throws: UserAgentError.wrongState) { try pair.bob.answer(nil) }
    #expect(throws: UserAgentError.wrongState) { try pair.bob.ring(180) }
    pair.run(for: 300)
    #expect(!pair.bob.sent.contains("200 INVITE"))
    isBlocked = false
    pair.run(for: 2000)
    #expect(pair.alice.log.last == "answered")
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }

  @Test("a reliable 180 without description holds nothing, and its late PRACK is welcome")
  func bareRing() throws {
    let pair = Pair()
    try pair.dial()
    pair.run(for: 50)
    try pair.bob.ring(180, reliable: true)
    #expect(throws: UserAgentError.provisionalPending) { try pair.bob.ring(180, reliable: true) }
    try pair.bob.answer("b1")
    pair.run(for: 50)
    #expect(pair.bob.sent.contains("200 PRACK"))
    #expect(pair.alice.log.last == "answered answer b1")
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }

  @Test("an offer in the 1xx, its answer in the PRACK")
  func offerEarly() throws {
    let pair = Pair()
    try pair.dial(offer: nil)
    pair.run(for: 50)
    try pair.bob.ring(183, "b1", reliable: true)
    pair.run(for: 50)
    #expect(pair.alice.log == ["progress 183 offer b1"])
    #expect(pair.alice.sent == ["INVITE"])
    try pair.alice.acknowledgeProvisional("a1")
    pair.run(for: 50)
    #expect(pair.bob.log == ["incoming", "provisional acknowledged answer a1"])
    try pair.bob.answer(nil)
    pair.run(for: 50)
    #expect(pair.alice.log.last == "answered")
    try pair.bob.hangUp()
    pair.expectNothingLeft()
  }

  /// Bob has answered in a reliable 183 whose PRACK, with this body, is written by hand.
  private func prack(_ body: String, offer: String?) throws -> Pair {
    let pair = Pair()
    pair.passes = { phone, summary in !(phone === pair.alice && summary == "PRACK") }
    try pair.dial(offer: offer)
    pair.run(for: 50)
    try pair.bob.ring(183, "b1", reliable: true)
    let id = try pair.bob.currentDialog().id
    let rseq = try #require(try pair.bob.header(.rSeq, of: "183 INVITE"))
    pair.bob.receive(
      Raw.request(
        "PRACK", branch: "p", from: "<sip:alice@192.0.2.1>;tag=\(id.remoteTag)", toTag: id.localTag, callID: id.callID,
        cseq: 2, lines: ["RAck: \(rseq) 1 INVITE"], body: body), from: Pair.hop(pair.alice))
    return pair
  }

  @Test("a further offer in the PRACK: the 2xx to the INVITE waits for its answer", arguments: [true, false])
  func offerInPrack(isAccepted: Bool) throws {
    let pair = try prack("a2", offer: "a1")
    #expect(pair.bob.log.last == "requested PRACK offer a2")
    try pair.bob.answer(nil)
    #expect(!pair.bob.sent.contains("200 INVITE"))
    if isAccepted { try pair.bob.accept("b2") } else { try pair.bob.refuse(488) }
    #expect(pair.bob.sent.suffix(2) == [isAccepted ? "200 PRACK" : "488 PRACK", "200 INVITE"])
    #expect(try pair.bob.currentSession().isStable)
    pair.run(for: 50)
    try pair.bob.hangUp()
    pair.expectNothingLeft()
  }

  @Test("a PRACK without the answer it owes is 400, and so is the INVITE")
  func missingAnswer() throws {
    let pair = try prack("", offer: nil)
    #expect(pair.bob.sent.suffix(2) == ["400 PRACK", "400 INVITE"])
    #expect(pair.bob.log.last == "ended rules of offer and answer broken: answerMissing")
    pair.run(for: 50)
    #expect(pair.alice.log.last == "ended refused with 400")
    pair.expectNothingLeft()
  }

  @Test("no PRACK in 64·T1: the INVITE is refused")
  func noPrack() throws {
    let pair = Pair()
    pair.passes = { _, summary in summary != "PRACK" }
    try pair.dial()
    pair.run(for: 50)
    try pair.bob.ring(183, "b1", reliable: true)
    pair.run(for: 33_000)
    #expect(pair.bob.log.last == "ended not acknowledged")
    #expect(pair.alice.log.last == "ended refused with 504")
    pair.expectNothingLeft()
  }

  @Test("a PRACK for nothing is 481")
  func stray() throws {
    let pair = Pair()
    try pair.dial()
    pair.run(for: 50)
    try pair.bob.ring()
    let tag = try pair.bob.currentDialog()
    let prack = Raw.request(
      "PRACK", branch: "p", from: "<sip:alice@192.0.2.1>;tag=\(tag.id.remoteTag)", toTag: tag.id.localTag,
      callID: tag.id.callID, cseq: 2, lines: ["RAck: 1 1 INVITE"])
    pair.bob.receive(prack, from: Pair.hop(pair.alice))
    #expect(pair.bob.sent.last == "481 PRACK")
    try pair.bob.reject(486)
    pair.expectNothingLeft()
  }

  @Test("switched off it is not supported: 420 when demanded, an error when asked for")
  func off() throws {
    let pair = Pair({ $0.reliability = .required }, bobs: { $0.reliability = .off })
    try pair.dial()
    pair.run(for: 50)
    #expect(pair.alice.log == ["ended refused with 420"])
    #expect(try pair.bob.header(.unsupported, of: "420 INVITE") == "100rel")
    let other = Pair({ $0.reliability = .supported }, bobs: { $0.reliability = .off })
    try other.dial()
    other.run(for: 50)
    #expect(throws: UserAgentError.notSupported) { try other.bob.ring(180, reliable: true) }
    try other.bob.reject(486)
    other.expectNothingLeft()
    pair.expectNothingLeft()
  }

  @Test("demanded of a caller that does not support it: 421")
  func demanded() throws {
    let pair = Pair({ $0.reliability = .off }, bobs: { $0.reliability = .required })
    try pair.dial()
    pair.run(for: 50)
    #expect(pair.alice.log == ["ended refused with 421"])
    #expect(try pair.bob.header(.require, of: "421 INVITE") == "100rel")
    pair.expectNothingLeft()
  }

  @Test("numbers: one outstanding, the right one acknowledged, in order at the other end")
  func numbers() {
    let repeater = ResponseRepeater(first: .milliseconds(500), cap: nil, patience: .seconds(32), now: .zero)
    for random in [0, 1, 0x7fff_ffff, UInt32.max] {
      var responses = ReliableResponses(random: random)
      let first = responses.send(repeater: repeater, hasDescription: false)
      #expect(first.map { (1...ReliableResponses.maximumFirst).contains($0) } == true)
      #expect(responses.send(repeater: repeater, hasDescription: false) == nil)
      #expect(responses.acknowledged((first ?? 0) + 1) == false)
      #expect(responses.acknowledged(first ?? 0) == true)
      #expect(responses.acknowledged(first ?? 0) == false)
      #expect(responses.send(repeater: repeater, hasDescription: true) == first.map { $0 + 1 })
      #expect(responses.holdsSuccess)
    }
    var receipt = ReliableReceipt()
    #expect(receipt.received(7) == true)
    #expect(receipt.received(7) == false)
    #expect(receipt.received(9) == false)
    #expect(receipt.received(8) == true)
    #expect(receipt.received(6) == false)
    var last = ReliableReceipt()
    #expect(last.received(.max) == true)
    #expect(last.received(0) == false)
  }
}
