import SIPMessage
import SIPTransaction
import Testing
import Wire

@Suite("Matching requests (§17.2.3, §9.2, §8.2.2.2)")
struct MatchingTests {
  let invite = TestMessage()

  @Test("branch, sent-by and method make the transaction; sent-by without case, 5060 is what a missing port means")
  func modern() throws {
    let harness = Harness()
    _ = try harness.begin(invite)
    #expect(try harness.receive(request: invite.with { $0.sentBy = "PC33.Atlanta.example" }) == .retransmission)
    #expect(try harness.receive(request: invite.with { $0.uri = "sip:other@biloxi.example" }) == .retransmission)
    #expect(try harness.receive(request: invite.with { $0.rport = false }) == .retransmission)
    _ = try harness.begin(invite.with { $0.sentBy = "pc33.atlanta.example:5061" })
    _ = try harness.begin(invite.with { $0.sentBy = "pc34.atlanta.example" })
    _ = try harness.begin(invite.with { $0.branch = "z9hG4bK776asdhdt" })
    for method in ["OPTIONS", "BYE", "REGISTER", "INFO", "PRACK", "UPDATE", "REFER", "SUBSCRIBE", "NOTIFY", "MESSAGE"] {
      _ = try harness.begin(invite.under(method))
      #expect(try harness.receive(request: invite.under(method)) == .retransmission)
    }
    _ = try harness.begin(invite.under("FOO"))
    _ = try harness.begin(invite.under("BAR"))
    #expect(try harness.receive(request: invite.under("FOO")) == .retransmission)
  }

  @Test(
    "host names of every length compare without case",
    arguments: [
      "Z", "a", "AZaz09-", "ABCDEFGZ", "ABCDEFGHIJKLMNOPQRSTUVWXYZ.example", "host.EXAMPLE", "[2001:DB8::AF]",
    ])
  func hostCase(host: String) throws {
    let harness = Harness()
    _ = try harness.begin(invite.with { $0.sentBy = host.uppercased() })
    #expect(try harness.receive(request: invite.with { $0.sentBy = host.lowercased() }) == .retransmission)
  }

  @Test("the boundary between branch and sent-by cannot be moved")
  func boundary() throws {
    let harness = Harness()
    _ = try harness.begin(
      invite.with {
        $0.branch = "z9hG4bKaa"
        $0.sentBy = "bc.example"
      })
    _ = try harness.begin(
      invite.with {
        $0.branch = "z9hG4bKaab"
        $0.sentBy = "c.example"
      })
  }

  @Test("CANCEL is a transaction of its own and finds its INVITE by branch and sent-by")
  func cancel() throws {
    let harness = Harness()
    let id = try harness.begin(invite)
    guard case .cancel(let cancel, invite: id) = try harness.receive(request: invite.under("CANCEL")) else {
      throw Harness.Unexpected()
    }
    #expect(try harness.receive(request: invite.under("CANCEL")) == .retransmission)
    harness.respond(cancel, invite.under("CANCEL").response(200))
    #expect(try harness.receive(request: invite.under("CANCEL")) == .retransmission)
    #expect(harness.take().count == 2)
    // The user compares where both came from.
    #expect(harness.source(of: cancel) == harness.source(of: id))

    let elsewhere = invite.under("CANCEL").with { $0.sentBy = "evil.example" }
    guard case .cancel(_, invite: nil) = try harness.receive(request: elsewhere) else { throw Harness.Unexpected() }
    let unknown = invite.under("CANCEL").with { $0.branch = "z9hG4bKnone" }
    guard case .cancel(_, invite: nil) = try harness.receive(request: unknown) else { throw Harness.Unexpected() }
  }

  @Test("an INVITE of an RFC 2543 client is known by what it repeats", arguments: [nil, "12", "z9hG4bK", "Z9HG4BK"])
  func legacy(branch: String?) throws {
    let harness = Harness()
    let invite = invite.with { $0.branch = branch }
    let id = try harness.begin(invite)
    #expect(try harness.receive(request: invite) == .retransmission)
    let changes: [(inout TestMessage) -> Void] = [
      { $0.uri = "sip:other@biloxi.example" }, { $0.fromTag = "else" }, { $0.fromTag = nil }, { $0.toTag = "some" },
      { $0.callID = "other" }, { $0.cseq += 1 }, { $0.sentBy = "pc34.atlanta.example" },
    ]
    for change in changes { _ = try harness.begin(invite.with(change)) }
    guard case .cancel(_, invite: id) = try harness.receive(request: invite.under("CANCEL")) else {
      throw Harness.Unexpected()
    }
  }

  @Test("the ACK of an RFC 2543 client is known by the To tag of the response")
  func legacyAck() throws {
    let harness = Harness()
    let invite = invite.with { $0.branch = nil }
    let id = try harness.begin(invite)
    let ack = invite.under("ACK").with { $0.toTag = "refused" }
    #expect(try harness.receive(request: ack) == .ackForSuccess)
    harness.respond(id, invite.response(486, toTag: "refused"))
    // An ACK for a 2xx that came by another way.
    #expect(try harness.receive(request: ack.with { $0.toTag = "accepted" }) == .ackForSuccess)
    #expect(harness.invitePhase(of: id) == .completed)
    #expect(try harness.receive(request: ack) == .ackAbsorbed(id))
    #expect(try harness.receive(request: ack) == .retransmission)
    harness.drain()
    #expect(harness.isEmpty)
    #expect(try harness.receive(request: ack) == .ackForSuccess)
  }

  @Test("the ACK for a 2xx of an RFC 2543 client is the user's")
  func legacySuccess() throws {
    let harness = Harness()
    let invite = invite.with { $0.branch = nil }
    let id = try harness.begin(invite)
    harness.respond(id, invite.response(200, toTag: "accepted"))
    #expect(try harness.receive(request: invite.under("ACK").with { $0.toTag = "accepted" }) == .ackForSuccess)
    harness.drain()
    #expect(harness.isEmpty)
  }

  @Test("legacy requests other than INVITE are repetitions by the same rule, To tag included")
  func legacyOther() throws {
    let harness = Harness()
    let bye = invite.under("BYE").with {
      $0.branch = nil
      $0.toTag = "dialog"
    }
    let id = try harness.begin(bye)
    harness.respond(id, bye.response(200))
    _ = harness.take()
    #expect(try harness.receive(request: bye) == .retransmission)
    #expect(harness.take().count == 1)
    _ = try harness.begin(bye.with { $0.toTag = "other" })
  }

  @Test("a request without a readable Via is malformed, never a trap")
  func malformed() throws {
    let harness = Harness()
    let text = invite.text.replacing("Via: \(invite.via)\r\n", with: "").replacing(
      "Via: SIP/2.0/UDP upstream.example;branch=z9hG4bKolder\r\n", with: "")
    let bytes = Array(text.utf8)
    var index = SIPMessageIndex()
    try index.index(bytes.span, framing: .datagram)
    let match = harness.layer.receiveRequest(
      index.view(of: bytes.span), hop: Harness.peer, now: .zero, into: &harness.sink)
    guard case .malformed(let error) = match else { throw Harness.Unexpected() }
    #expect(error.header == .via)
    #expect(harness.isEmpty)
  }

  @Test("the same request by two ways is merged; a repetition, a new CSeq or a request in a dialog is not")
  func merged() throws {
    let harness = Harness()
    func check(_ message: TestMessage) throws -> (ServerTransactionID, ServerTransactionID?) {
      let id = try harness.begin(message)
      return (id, try harness.mergedRequest(id, message))
    }
    let (first, none) = try check(invite)
    #expect(none == nil)
    #expect(try harness.mergedRequest(first, invite) == nil)
    #expect(try check(invite.with { $0.branch = "z9hG4bKfork" }).1 == first)
    let changes: [(inout TestMessage) -> Void] = [
      { $0.cseq += 1 }, { $0.callID = "other" }, { $0.fromTag = "other" }, { $0.toTag = "dialog" },
      { $0.method = "OPTIONS" },
    ]
    for (number, change) in changes.enumerated() {
      let other = invite.with {
        change(&$0)
        $0.branch = "z9hG4bKmerge\(number)"
      }
      #expect(try check(other).1 == nil)
    }
    // What is remembered goes with its transaction.
    harness.respond(first, invite.response(200))
    harness.drain()
    #expect(harness.context(of: first) == nil)
    #expect(try check(invite.with { $0.branch = "z9hG4bKlater" }).1 == nil)
  }
}
