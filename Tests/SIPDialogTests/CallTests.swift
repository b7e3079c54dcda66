import SIPDialog
import SIPMessage
import Testing
import Wire

@Suite("Calls")
struct CallTests {
  @Test("a call: ringing, answer, acknowledgement, and BYE from either side", arguments: [true, false])
  func call(callerHangsUp: Bool) throws {
    let pair = Pair()
    try pair.dial()
    pair.run(for: 50)
    try pair.bob.ring()
    pair.run(for: 50)
    try pair.bob.answer("b1")
    pair.run(for: 50)
    #expect(pair.bob.log == ["incoming offer a1", "acknowledged"])
    #expect(pair.alice.log == ["progress 180", "answered answer b1"])
    #expect(pair.alice.sent == ["INVITE", "ACK"])
    #expect(pair.bob.sent == ["180 INVITE", "200 INVITE"])
    try (callerHangsUp ? pair.alice : pair.bob).hangUp()
    pair.run(for: 50)
    #expect(pair.alice.log.last == (callerHangsUp ? "ended hung up" : "ended hung up by the other side"))
    #expect(pair.bob.log.last == (callerHangsUp ? "ended hung up by the other side" : "ended hung up"))
    #expect(pair.alice.agent.callCount == 0)
    pair.expectNothingLeft()
  }

  @Test("an INVITE without offer: the offer comes in the 2xx, the answer in the ACK")
  func lateOffer() throws {
    let pair = Pair()
    try pair.establish(offer: nil, answer: "b1")
    #expect(pair.alice.log == ["answered offer b1"])
    #expect(pair.alice.sent == ["INVITE"])
    try pair.alice.acknowledge("a1")
    pair.run(for: 50)
    #expect(pair.bob.log == ["incoming", "acknowledged answer a1"])
    #expect(throws: UserAgentError.wrongState) { try pair.alice.acknowledge("a1") }
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }

  @Test("every 2xx that comes again is acknowledged again, until the ACK arrives")
  func lostAck() throws {
    let pair = Pair()
    var lost = 3
    pair.passes = { _, summary in
      guard summary == "ACK", lost > 0 else { return true }
      lost -= 1
      return false
    }
    try pair.establish()
    pair.run(for: 10_000)
    #expect(pair.alice.sent == ["INVITE", "ACK", "ACK", "ACK", "ACK"])
    #expect(pair.bob.sent == ["200 INVITE", "200 INVITE", "200 INVITE", "200 INVITE"])
    #expect(pair.bob.log.last == "acknowledged")
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }

  @Test("without any ACK the callee hangs up after 64·T1")
  func noAck() throws {
    let pair = Pair()
    pair.passes = { _, summary in summary != "ACK" }
    try pair.establish()
    pair.run(for: 31_800)
    #expect(pair.bob.log.last == "incoming offer a1")
    // T1, doubling to T2, within 32 s.
    #expect(pair.bob.sent.count { $0 == "200 INVITE" } == 11)
    pair.run(for: 400)
    #expect(pair.bob.log.last == "ended not acknowledged")
    #expect(pair.alice.log.last == "ended hung up by the other side")
    pair.expectNothingLeft()
  }

  @Test("a callee who hangs up before the ACK sends BYE when it has come")
  func earlyBye() throws {
    let pair = Pair()
    try pair.dial()
    pair.run(for: 50)
    try pair.bob.answer("b1")
    try pair.bob.hangUp(headers: [ExtraHeader("Reason", "Q.850;cause=16")])
    #expect(!pair.bob.sent.contains("BYE"))
    pair.run(for: 50)
    let bye = try #require(pair.bob.sent.firstIndex(of: "BYE"))
    #expect(String(decoding: pair.bob.messages[bye], as: UTF8.self).contains("Reason: Q.850;cause=16\r\n"))
    #expect(pair.bob.log == ["incoming offer a1", "ended hung up"])
    #expect(pair.alice.log == ["answered answer b1", "ended hung up by the other side"])
    pair.expectNothingLeft()
  }

  @Test("CANCEL: 200 to it, 487 to the INVITE")
  func cancel() throws {
    let pair = Pair()
    let call = try pair.dial()
    pair.run(for: 50)
    try pair.bob.ring()
    pair.run(for: 50)
    try pair.alice.hangUp(call)
    pair.run(for: 50)
    #expect(pair.alice.log == ["progress 180", "ended cancelled"])
    #expect(pair.bob.log == ["incoming offer a1", "ended cancelled"])
    #expect(pair.bob.sent == ["180 INVITE", "200 CANCEL", "487 INVITE"])
    pair.expectNothingLeft()
  }

  @Test("CANCEL that crosses the 2xx: ACK and BYE")
  func cancelCrossesAnswer() throws {
    let pair = Pair()
    let call = try pair.dial()
    pair.run(for: 50)
    try pair.bob.ring()
    pair.run(for: 50)
    try pair.bob.answer("b1")
    try pair.alice.hangUp(call)
    pair.run(for: 50)
    #expect(pair.alice.sent == ["INVITE", "CANCEL", "ACK", "BYE"])
    #expect(pair.alice.log.last == "ended cancelled")
    #expect(pair.bob.log.last == "ended hung up by the other side")
    pair.expectNothingLeft()
  }

  @Test("CANCEL before any response waits for the first one")
  func earlyCancel() throws {
    let pair = Pair()
    let call = try pair.dial()
    try pair.alice.hangUp(call)
    pair.run(for: 50)
    #expect(!pair.alice.sent.contains("CANCEL"))
    pair.run(for: 300)
    #expect(pair.alice.sent.contains("CANCEL"))
    #expect(pair.alice.log == ["ended cancelled"])
    pair.expectNothingLeft()
  }

  @Test("a refusal ends the call", arguments: [302, 404, 486, 503, 603])
  func refusal(status: Int) throws {
    let pair = Pair()
    try pair.dial()
    pair.run(for: 50)
    try pair.bob.reject(status)
    pair.run(for: 50)
    #expect(pair.alice.log == ["ended refused with \(status)"])
    #expect(pair.bob.log == ["incoming offer a1", "ended rejected with \(status)"])
    #expect(pair.alice.sent == ["INVITE", "ACK"])
    pair.expectNothingLeft()
  }

  @Test("nobody there: timeout after 64·T1")
  func nobody() throws {
    let pair = Pair()
    pair.passes = { _, _ in false }
    try pair.dial()
    pair.run(for: 33_000)
    #expect(pair.alice.log == ["ended timed out"])
    pair.expectNothingLeft()
  }

  @Test("a call that nobody answers: 480 from the callee when its patience is over, a 1xx every minute until then")
  func patienceOfCallee() throws {
    let pair = Pair(bob: UserAgentLimits(patience: .seconds(150)))
    try pair.dial()
    pair.run(for: 50)
    try pair.bob.ring()
    pair.run(for: 149_000)
    #expect(pair.bob.sent == ["180 INVITE", "180 INVITE", "180 INVITE"])
    pair.run(for: 2000)
    #expect(pair.bob.log.last == "ended timed out")
    #expect(pair.alice.log.last == "ended refused with 480")
    pair.expectNothingLeft()
  }

  @Test("a call that nobody answers: CANCEL from the caller when its patience is over")
  func patienceOfCaller() throws {
    let pair = Pair(alice: UserAgentLimits(patience: .seconds(30)))
    try pair.dial()
    pair.run(for: 50)
    try pair.bob.ring()
    pair.run(for: 29_000)
    #expect(!pair.alice.sent.contains("CANCEL"))
    pair.run(for: 2000)
    #expect(pair.alice.log.last == "ended timed out")
    #expect(pair.bob.log.last == "ended cancelled")
    pair.expectNothingLeft()
  }

  @Test("401: the INVITE goes again with credentials, a higher CSeq and the same Call-ID; so does its ACK")
  func challenge() throws {
    let pair = Pair()
    try pair.dial()
    pair.run(for: 50)
    try pair.bob.reject(401)
    pair.run(for: 50)
    #expect(pair.alice.log == ["challenged 401"])
    let callID = try pair.alice.header(.callID, of: "INVITE")
    #expect(try pair.alice.header(.cseq, of: "INVITE") == "1 INVITE")
    try pair.alice.authenticate("Digest one")
    #expect(try pair.alice.header(.cseq, of: "INVITE") == "2 INVITE")
    #expect(try pair.alice.header(.callID, of: "INVITE") == callID)
    #expect(try pair.alice.header(.authorization, of: "INVITE") == "Digest one")
    pair.run(for: 50)
    try pair.bob.answer("b1")
    pair.run(for: 50)
    #expect(pair.alice.log.last == "answered answer b1")
    #expect(try pair.alice.header(.authorization, of: "ACK") == "Digest one")
    #expect(throws: UserAgentError.self) { try pair.alice.authenticate("Digest two") }
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }

  @Test("a challenge that nobody meets ends the call, and one too many is a refusal")
  func challengeLimits() throws {
    let pair = Pair(alice: UserAgentLimits(maxAttempts: 2))
    try pair.dial()
    for _ in 0..<2 {
      pair.run(for: 50)
      try pair.bob.reject(407)
      pair.run(for: 50)
      try pair.alice.authenticate("Digest again")
    }
    pair.run(for: 50)
    try pair.bob.reject(407)
    pair.run(for: 50)
    #expect(pair.alice.log == ["challenged 407", "challenged 407", "ended refused with 407"])
    try pair.dial()
    pair.run(for: 50)
    try pair.bob.reject(401)
    pair.run(for: 33_000)
    #expect(pair.alice.log.last == "ended timed out")
    pair.expectNothingLeft()
  }

  @Test("what the other side's description has to be and is not ends the call with BYE")
  func missingAnswer() throws {
    let pair = Pair()
    try pair.dial()
    pair.run(for: 50)
    #expect(throws: UserAgentError.session(.answerMissing)) { try pair.bob.answer(nil) }
    let invite = try pair.alice.lastSent("INVITE")
    let response = Raw.response(200, to: invite, tag: "t1", contact: "sip:bob@192.0.2.2")
    pair.alice.receive(response, from: Pair.hop(pair.bob))
    #expect(pair.alice.log == ["ended rules of offer and answer broken: answerMissing"])
    #expect(pair.alice.sent == ["INVITE", "ACK", "BYE"])
    try pair.bob.reject(486)
    pair.expectNothingLeft()
  }

  @Test("handles of what is over are harmless")
  func stale() throws {
    let pair = Pair()
    try pair.establish()
    let call = try #require(pair.alice.call)
    try pair.alice.hangUp()
    #expect(throws: UserAgentError.unknownHandle) { try pair.alice.hangUp(call) }
    #expect(throws: UserAgentError.unknownHandle) { try pair.alice.reinvite("a2") }
    #expect(throws: UserAgentError.unknownHandle) { try pair.alice.update("a2") }
    pair.expectNothingLeft()
  }
}

/// Messages written by hand.
enum Raw {
  /// A response to a request, with further header lines.
  static func response(
    _ status: Int, to request: SIPMessage, tag: String, contact: String? = nil, lines: [String] = [],
    body: String = ""
  ) -> String {
    var writer = SIPResponseWriter(status)
    writer.toTag = tag
    if let contact { writer.add("Contact", "<\(contact)>") }
    writer.contentType = "application/sdp"
    writer.body = Array(body.utf8)
    var bytes: [UInt8] = []
    let view = request.view
    writer.write(answering: view, into: &bytes)
    var text = String(decoding: bytes, as: UTF8.self)
    if let end = text.range(of: "Content-"), !lines.isEmpty {
      text.insert(contentsOf: lines.map { $0 + "\r\n" }.joined(), at: end.lowerBound)
    }
    return text
  }

  /// A request, within a dialog when there is a To tag.
  static func request(
    _ method: String, branch: String, from: String = "<sip:alice@192.0.2.1>;tag=a", toTag: String? = nil,
    callID: String = "raw@192.0.2.1", cseq: Int = 1, lines: [String] = [], body: String = ""
  ) -> String {
    let head = [
      "\(method) sip:bob@192.0.2.2 SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK\(branch);rport",
      "Max-Forwards: 70", "From: \(from)", "To: <sip:bob@192.0.2.2>\(toTag.map { ";tag=\($0)" } ?? "")",
      "Call-ID: \(callID)", "CSeq: \(cseq) \(method)",
    ]
    let tail = body.isEmpty ? [] : ["Content-Type: application/sdp"]
    return (head + lines + tail + ["Content-Length: \(body.utf8.count)", "", ""]).joined(separator: "\r\n") + body
  }
}

extension String {
  fileprivate func range(of text: String) -> Range<String.Index>? { self.firstRange(of: text) }
}
