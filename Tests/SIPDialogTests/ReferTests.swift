import SIPDialog
import SIPMessage
import Testing
import Wire

@Suite("REFER (RFC 3515) and Replaces (RFC 3891)")
struct ReferTests {
  static func refer(_ pair: Pair) throws {
    let dialog = try #require(pair.alice.dialog)
    let target = try ReferToHeader("<sip:carol@192.0.2.3>")
    try pair.alice.run { (agent, now, sink) throws(UserAgentError) in
      try agent.refer(dialog, to: target, now: now, into: &sink)
    }
    pair.run(for: 50)
  }

  static func notify(_ pair: Pair, _ status: Int) throws {
    let (dialog, request) = (try #require(pair.bob.dialog), try #require(pair.bob.request))
    try pair.bob.run { (agent, now, sink) throws(UserAgentError) in
      try agent.notify(request, of: dialog, status: status, now: now, into: &sink)
    }
    pair.run(for: 50)
  }

  @Test("accepted: 202, a NOTIFY at once, one with the outcome, and no more")
  func accepted() throws {
    let pair = Pair()
    try pair.establish()
    try Self.refer(pair)
    #expect(pair.bob.log.last == "referred sip:carol@192.0.2.3")
    try pair.bob.accept()
    pair.run(for: 50)
    #expect(pair.bob.sent.suffix(2) == ["202 REFER", "NOTIFY"])
    #expect(try pair.bob.header(.subscriptionState, of: "NOTIFY") == "active;expires=180")
    try Self.notify(pair, 200)
    #expect(try pair.bob.header(.subscriptionState, of: "NOTIFY") == "terminated;reason=noresource")
    #expect(try pair.bob.header(.contentType, of: "NOTIFY") == "message/sipfrag;version=2.0")
    #expect(
      pair.alice.log == ["answered answer b1", "refer 202", "notified SIP/2.0 100", "notified SIP/2.0 200"])
    #expect(throws: UserAgentError.unknownHandle) { try Self.notify(pair, 200) }
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }

  @Test("refused, and beyond the limit")
  func refused() throws {
    let pair = Pair(bob: UserAgentLimits(maxSubscriptions: 1))
    try pair.establish()
    try Self.refer(pair)
    try pair.bob.refuse(603)
    pair.run(for: 50)
    #expect(pair.alice.log.last == "refer 603")
    try Self.refer(pair)
    try Self.refer(pair)
    #expect(pair.alice.log.last == "refer 486")
    try pair.bob.refuse(603)
    pair.run(for: 50)
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }

  @Test("a subscription that nobody serves ends with its time")
  func expiry() throws {
    let pair = Pair(bob: UserAgentLimits(subscriptionSeconds: 60))
    try pair.establish()
    try Self.refer(pair)
    try pair.bob.accept()
    pair.run(for: 61_000)
    #expect(try pair.bob.header(.subscriptionState, of: "NOTIFY") == "terminated;reason=timeout")
    #expect(throws: UserAgentError.unknownHandle) { try Self.notify(pair, 200) }
    try pair.bob.hangUp()
    pair.expectNothingLeft()
  }

  @Test("Replaces: answering hangs up on the call that it names")
  func replaces() throws {
    let pair = Pair()
    try pair.establish()
    let dialog = try pair.bob.currentDialog()
    let line = "\(dialog.id.callID);to-tag=\(dialog.id.localTag);from-tag=\(dialog.id.remoteTag)"
    func dial(_ replaces: String) throws {
      try pair.alice.run { (agent, now, sink) throws(UserAgentError) in
        _ = try agent.invite(
          "sip:bob@192.0.2.2", from: "<sip:carol@192.0.2.1>", via: Pair.hop(pair.bob), offer: SessionBody("c1"),
          headers: [ExtraHeader("Replaces", replaces)], now: now, into: &sink)
      }
      pair.run(for: 50)
    }
    try dial(line + "x")
    #expect(pair.alice.log.last == "ended refused with 481")
    try dial(line + ";early-only")
    #expect(pair.alice.log.last == "ended refused with 486")
    try dial(line)
    #expect(pair.bob.log.last == "incoming offer c1 replacing")
    try pair.bob.answer("b2")
    pair.run(for: 50)
    #expect(pair.bob.log.contains("ended replaced by another call"))
    #expect(pair.alice.log.contains("ended hung up by the other side"))
    #expect(pair.bob.agent.callCount == 1)
    try pair.alice.hangUp()
    pair.expectNothingLeft()
  }
}
