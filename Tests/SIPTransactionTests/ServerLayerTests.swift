import SIPMessage
import SIPTransaction
import Testing
import Wire

@Suite("Server transactions in the layer")
struct ServerLayerTests {
  let invite = TestMessage()

  @Test("a repeated INVITE gets the last response again, once there is one")
  func repetition() throws {
    let harness = Harness()
    let id = try harness.begin(invite)
    #expect(try harness.receive(request: invite) == .retransmission)
    #expect(harness.take().isEmpty)
    let ringing = invite.response(180)
    #expect(harness.respond(id, ringing))
    #expect(try harness.receive(request: invite) == .retransmission)
    #expect(harness.take().map(\.sentText) == [ringing.text, ringing.text])
    #expect(harness.serverCount == 1)
  }

  @Test("an INVITE is answered 100 after 200 ms, without a To tag (§17.2.1)")
  func trying() throws {
    let harness = Harness()
    let id = try harness.begin(invite)
    harness.advance(to: .milliseconds(199))
    #expect(harness.take().isEmpty)
    harness.advance(to: .milliseconds(200))
    let sent = try #require(harness.take().first?.sentText)
    #expect(sent.hasPrefix("SIP/2.0 100 Trying\r\n"))
    #expect(sent.contains("Via: \(invite.via)=61000;received=192.0.2.1\r\n"))
    #expect(sent.contains("Via: SIP/2.0/UDP upstream.example;branch=z9hG4bKolder\r\n"))
    #expect(sent.contains("To: Bob <sip:bob@biloxi.example>\r\n"))
    #expect(sent.contains("CSeq: 314159 INVITE\r\n"))
    #expect(try harness.receive(request: invite) == .retransmission)
    #expect(harness.take().map(\.sentText) == [sent])
    #expect(harness.request(of: id) != nil)
  }

  @Test("a refusal is repeated until the ACK, which is absorbed; then everything is given back")
  func refusal() throws {
    let harness = Harness(timers: SIPTimers(trying: nil))
    let id = try harness.begin(invite)
    harness.setContext(42, of: id)
    let busy = invite.response(486)
    harness.respond(id, busy)
    #expect(harness.request(of: id) == nil)
    harness.advance(to: .milliseconds(1500))
    #expect(harness.take().map(\.sentText) == [busy.text, busy.text, busy.text])
    #expect(try harness.receive(request: invite.under("ACK")) == .ackAbsorbed(id))
    #expect(try harness.receive(request: invite.under("ACK")) == .retransmission)
    harness.advance(to: .milliseconds(6499))
    #expect(harness.take().isEmpty)
    #expect(harness.context(of: id) == 42)
    harness.advance(to: .milliseconds(6500))
    #expect(harness.take().map(\.kind) == ["server terminated"])
    #expect(harness.isEmpty)
    #expect(harness.retainedBytes == 0)
    #expect(harness.nextDeadline == nil)
  }

  @Test("without an ACK the user hears of it after 64·T1 (timer H)")
  func unacknowledged() throws {
    let harness = Harness()
    let id = try harness.begin(invite)
    harness.setContext(9, of: id)
    harness.respond(id, invite.response(503))
    harness.advance(to: .milliseconds(31_999))
    #expect(harness.take().allSatisfy { $0.sentText != nil })
    harness.advance(to: .seconds(32))
    let actions = harness.take()
    #expect(actions.map(\.kind) == ["server timeout", "server terminated"])
    guard case .serverTimeout(id, context: 9)? = actions.first else { throw Harness.Unexpected() }
    #expect(harness.isEmpty)
  }

  @Test("after a 2xx: INVITEs are absorbed, ACKs go to the user, further 2xx are sent (RFC 6026)")
  func accepted() throws {
    let harness = Harness()
    let id = try harness.begin(invite)
    let ok = invite.response(200)
    harness.respond(id, ok)
    #expect(harness.take().map(\.sentText) == [ok.text])
    #expect(try harness.receive(request: invite) == .retransmission)
    #expect(harness.take().isEmpty)
    // The ACK for a 2xx has a branch of its own; some old phones keep that of the INVITE.
    #expect(try harness.receive(request: invite.under("ACK").with { $0.branch = "z9hG4bKack" }) == .ackForSuccess)
    #expect(try harness.receive(request: invite.under("ACK")) == .ackForSuccess)
    #expect(harness.respond(id, invite.response(200, toTag: "fork")))
    #expect(!harness.respond(id, invite.response(486)))
    #expect(!harness.respond(id, invite.response(180)))
    #expect(harness.take().count == 1)
    harness.advance(to: .seconds(32))
    #expect(harness.take().map(\.kind) == ["server terminated"])
    #expect(!harness.respond(id, ok))
    #expect(harness.take().isEmpty)
    #expect(harness.isEmpty)
  }

  @Test("an ACK before any final response is ignored; one that matches nothing is the user's")
  func strayAck() throws {
    let harness = Harness()
    let id = try harness.begin(invite)
    #expect(try harness.receive(request: invite.under("ACK")) == .retransmission)
    #expect(harness.invitePhase(of: id) == .proceeding)
    #expect(try harness.receive(request: invite.under("ACK").with { $0.branch = "z9hG4bKx" }) == .ackForSuccess)
    #expect(harness.serverCount == 1)
  }

  @Test("over a stream a response to anything but INVITE ends the transaction at once")
  func reliable() throws {
    let harness = Harness()
    let options = invite.under("OPTIONS")
    let id = try harness.begin(options, from: Harness.stream)
    harness.respond(id, options.response(200))
    // The user may still ask until time moves on.
    #expect(harness.context(of: id) == 0)
    #expect(harness.nextDeadline == .zero)
    harness.advance(to: .zero)
    let actions = harness.take()
    #expect(actions.map(\.kind) == ["SIP/2.0 200 Whatever", "server terminated"])
    #expect(actions.first?.sentTo == Harness.stream)
    #expect(harness.isEmpty)
  }

  @Test("RFC 4320: no provisional response but a late 100, no 408, nothing after 64·T1")
  func nonInvite() throws {
    let harness = Harness()
    let message = invite.under("MESSAGE")
    let id = try harness.begin(message)
    #expect(!harness.respond(id, message.response(180)))
    #expect(!harness.respond(id, message.response(100)))
    #expect(!harness.respond(id, message.response(408)))
    #expect(harness.take().isEmpty)
    harness.advance(to: .milliseconds(3500))
    #expect(harness.take().map(\.kind) == ["SIP/2.0 100 Trying"])
    #expect(try harness.receive(request: message) == .retransmission)
    #expect(harness.take().map(\.kind) == ["SIP/2.0 100 Trying"])
    harness.advance(to: .seconds(32))
    #expect(harness.take().map(\.kind) == ["server timeout", "server terminated"])
    #expect(!harness.respond(id, message.response(200)))
    #expect(harness.take().isEmpty)
  }

  @Test("a response that cannot be delivered is reported and changes nothing (RFC 6026)")
  func transportError() throws {
    let harness = Harness()
    let id = try harness.begin(invite)
    harness.respond(id, invite.response(486))
    _ = harness.take()
    harness.transportFailed(server: id)
    #expect(harness.take().map(\.kind) == ["server transport error"])
    #expect(harness.invitePhase(of: id) == .completed)
  }

  @Test("names of transactions that are gone are harmless")
  func stale() throws {
    let harness = Harness(timers: SIPTimers(trying: nil))
    let old = try harness.begin(invite)
    harness.respond(old, invite.response(200))
    harness.drain()
    let new = try harness.begin(invite)
    #expect(new != old)
    _ = harness.take()
    harness.setContext(5, of: old)
    harness.setConnection(ConnectionID(3), of: old)
    harness.transportFailed(server: old)
    #expect(!harness.respond(old, invite.response(200)))
    #expect(harness.take().isEmpty)
    #expect(harness.context(of: old) == nil)
    #expect(harness.request(of: old) == nil)
    #expect(harness.source(of: old) == nil)
    #expect(harness.responseHop(of: old) == nil)
    #expect(harness.invitePhase(of: old) == nil)
    #expect(harness.context(of: new) == 0)
    #expect(harness.source(of: new)?.connection == ConnectionID.none)
    let never = ServerTransactionID(index: 1_000_000, generation: 1)
    #expect(harness.context(of: never) == nil)
    #expect(harness.context(of: ServerTransactionID(index: new.index, generation: 0)) == nil)
  }

  @Test("responses go to the source: its port with rport, otherwise that of sent-by (§18.2.2, RFC 3581)")
  func responseHop() throws {
    let harness = Harness()
    func port(_ change: (inout TestMessage) -> Void, from hop: Hop = Harness.peer) throws -> UInt16? {
      let id = try harness.begin(invite.with(change), from: hop)
      #expect(harness.source(of: id) == hop)
      #expect(harness.responseHop(of: id)?.remote.ip == hop.remote.ip)
      return harness.responseHop(of: id)?.remote.port
    }
    #expect(try port { $0.branch = "z9hG4bK1" } == 61000)
    #expect(
      try port {
        $0.branch = "z9hG4bK2"
        $0.rport = false
        $0.sentBy = "10.0.0.1:5070"
      } == 5070)
    #expect(
      try port {
        $0.branch = "z9hG4bK3"
        $0.rport = false
        $0.sentBy = "10.0.0.1"
      } == 5060)
    #expect(
      try port(
        {
          $0.branch = "z9hG4bK4"
          $0.rport = false
          $0.sentBy = "10.0.0.1:9"
        }, from: Harness.stream) == 5060)
  }

  @Test("responses follow to another stream when told so")
  func reconnected() throws {
    let harness = Harness()
    let id = try harness.begin(invite, from: Harness.stream)
    harness.setConnection(ConnectionID(8), of: id)
    harness.respond(id, invite.response(180))
    #expect(harness.take().first?.sentTo?.connection == ConnectionID(8))
  }
}
