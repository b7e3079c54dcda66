import SIPMessage
import SIPTransaction
import Testing
import Wire

@Suite("Client transactions in the layer")
struct ClientLayerTests {
  let invite = TestMessage(routes: ["<sip:p1.example;lr>", "<sip:p2.example;lr>, <sip:p3.example;lr>"])

  @Test("an INVITE is sent, repeated by timer A, and times out by timer B")
  func silence() throws {
    let harness = Harness()
    let id = try #require(harness.send(invite, context: 77))
    harness.advance(to: .milliseconds(31_999))
    let sent = harness.take()
    #expect(sent.map(\.sentText) == Array(repeating: invite.text, count: 7))
    #expect(sent.allSatisfy { $0.sentTo == Harness.peer })
    harness.advance(to: .seconds(32))
    let actions = harness.take()
    #expect(actions.map(\.kind) == ["timeout", "client terminated"])
    guard case .timeout(id, context: 77)? = actions.first, case .clientTerminated(id, context: 77)? = actions.last
    else { throw Harness.Unexpected() }
    #expect(harness.isEmpty)
    #expect(harness.retainedBytes == 0)
    #expect(harness.nextDeadline == nil)
  }

  @Test("a refusal is acknowledged by the layer, each time it comes, and reaches the user once (§17.1.1.3)")
  func refusal() throws {
    let harness = Harness()
    let id = try #require(harness.send(invite, context: 77))
    #expect(try harness.receive(response: invite.response(100)) == .client(id))
    #expect(harness.isProceeding(id))
    _ = harness.take()
    #expect(try harness.receive(response: invite.response(486)) == .client(id))
    #expect(!harness.isPending(id))
    let ack = [
      "ACK sip:bob@biloxi.example SIP/2.0",
      "Via: \(invite.via)",
      "Route: <sip:p1.example;lr>",
      "Route: <sip:p2.example;lr>, <sip:p3.example;lr>",
      "Max-Forwards: 70",
      "From: Alice <sip:alice@atlanta.example>;tag=1928301774",
      "To: Bob <sip:bob@biloxi.example>;tag=8321234356",
      "Call-ID: a84b4c76e66710",
      "CSeq: 314159 ACK",
      "Content-Length: 0",
      "", "",
    ]
    #expect(harness.take().map(\.sentLines) == [ack.sorted()])
    #expect(try harness.receive(response: invite.response(486)) == .absorbed)
    #expect(try harness.receive(response: invite.response(404)) == .absorbed)
    #expect(harness.take().map(\.sentLines) == [ack.sorted(), ack.sorted()])
    #expect(try harness.receive(response: invite.response(180)) == .absorbed)
    #expect(try harness.receive(response: invite.response(200)) == .absorbed)
    harness.advance(to: .milliseconds(31_999))
    #expect(harness.take().isEmpty)
    harness.advance(to: .seconds(32))
    #expect(harness.take().map(\.kind) == ["client terminated"])
    #expect(try harness.receive(response: invite.response(486)) == .stray)
  }

  @Test("every 2xx reaches the user for 64·T1, and none is acknowledged here (RFC 6026)")
  func accepted() throws {
    let harness = Harness()
    let id = try #require(harness.send(invite))
    _ = harness.take()
    #expect(try harness.receive(response: invite.response(200)) == .client(id))
    #expect(try harness.receive(response: invite.response(200)) == .client(id))
    #expect(try harness.receive(response: invite.response(200, toTag: "fork")) == .client(id))
    #expect(try harness.receive(response: invite.response(486)) == .absorbed)
    #expect(harness.take().isEmpty)
    harness.advance(to: .seconds(32))
    #expect(harness.take().map(\.kind) == ["client terminated"])
    #expect(try harness.receive(response: invite.response(200)) == .stray)
  }

  @Test("a request over a stream is sent once and kept only if it is an INVITE")
  func reliable() throws {
    let harness = Harness()
    let options = invite.under("OPTIONS")
    let id = try #require(harness.send(options, to: Harness.stream))
    #expect(harness.retainedBytes == TransactionLimits.overheadPerTransaction)
    #expect(try harness.receive(response: options.response(200)) == .client(id))
    #expect(harness.hop(of: id) == Harness.stream)
    harness.advance(to: .zero)
    #expect(harness.take().map(\.kind) == ["OPTIONS sip:bob@biloxi.example SIP/2.0", "client terminated"])

    let call = try #require(harness.send(invite, to: Harness.stream))
    #expect(harness.retainedBytes == TransactionLimits.overheadPerTransaction + invite.bytes.count)
    #expect(try harness.receive(response: invite.response(603)) == .client(call))
    harness.advance(to: .milliseconds(1))
    #expect(
      harness.take().map(\.kind) == [
        "INVITE sip:bob@biloxi.example SIP/2.0", "ACK sip:bob@biloxi.example SIP/2.0", "client terminated",
      ])
    #expect(harness.isEmpty)
  }

  @Test("a response matches by branch and the method of CSeq, whatever else it says (§17.1.3)")
  func matching() throws {
    let harness = Harness()
    let id = try #require(harness.send(invite))
    let other = try #require(harness.send(invite.under("OPTIONS")))
    #expect(try harness.receive(response: invite.response(180).with { $0.sentBy = "elsewhere.example" }) == .client(id))
    #expect(try harness.receive(response: invite.under("OPTIONS").response(200)) == .client(other))
    #expect(try harness.receive(response: invite.under("BYE").response(200)) == .stray)
    #expect(try harness.receive(response: invite.under("ACK").response(200)) == .stray)
    #expect(try harness.receive(response: invite.response(180).with { $0.branch = "z9hG4bKelse" }) == .stray)
    #expect(try harness.receive(response: invite.response(180).with { $0.branch = nil }) == .stray)
  }

  @Test("a branch in use, and ACK, begin no transaction")
  func refused() throws {
    let harness = Harness()
    let id = try #require(harness.send(invite))
    _ = harness.take()
    #expect(harness.send(invite) == nil)
    #expect(harness.send(invite.under("ACK").with { $0.branch = "z9hG4bKack" }) == nil)
    #expect(harness.take().isEmpty)
    #expect(harness.clientCount == 1)
    #expect(harness.isPending(id))
  }

  @Test("timer C: started anew by every provisional response but 100, told once, ended by the final one (§16.6–16.8)")
  func timerC() throws {
    let harness = Harness()
    let id = try #require(harness.send(invite, context: 3, timerC: true))
    harness.advance(to: .seconds(1))
    #expect(try harness.receive(response: invite.response(180)) == .client(id))
    harness.advance(to: .seconds(100))
    #expect(try harness.receive(response: invite.response(100)) == .client(id))
    _ = harness.take()
    harness.advance(to: .milliseconds(181_999))
    #expect(harness.take().isEmpty)
    harness.advance(to: .seconds(182))
    let actions = harness.take()
    guard case .timerC(id, context: 3)? = actions.first, actions.count == 1 else { throw Harness.Unexpected() }
    #expect(harness.isProceeding(id))
    harness.advance(to: .seconds(1000))
    #expect(harness.take().isEmpty)

    let answered = invite.with { $0.branch = "z9hG4bKsecond" }
    _ = try #require(harness.send(answered, timerC: true))
    _ = try harness.receive(response: answered.response(200))
    _ = harness.take()
    harness.advance(to: .seconds(2000))
    #expect(harness.take().map(\.kind) == ["client terminated"])
    // Not for anything but INVITE.
    let options = invite.under("OPTIONS").with { $0.branch = "z9hG4bKthird" }
    _ = try #require(harness.send(options, timerC: true))
    harness.advance(to: .seconds(3000))
    #expect(!harness.take().contains { $0.kind == "timer C" })
  }

  @Test("timer C runs for INVITEs that asked for it, is off with the final response, and silent after the end")
  func shortTimerC() throws {
    let harness = Harness(timers: SIPTimers(timerC: .seconds(32)))
    func begin(_ branch: String, _ method: String = "INVITE", timerC: Bool = true) throws -> TestMessage {
      let message = invite.under(method).with { $0.branch = branch }
      _ = try #require(harness.send(message, timerC: timerC))
      return message
    }
    let answered = try begin("z9hG4bKanswered")
    let plain = try begin("z9hG4bKplain", timerC: false)
    harness.advance(to: .seconds(10))
    _ = try begin("z9hG4bKsilent")
    _ = try begin("z9hG4bKoptions", "OPTIONS")
    _ = try harness.receive(response: answered.response(200))
    _ = try harness.receive(response: plain.response(180))
    // Timer B and timer C of the silent one fall together.
    harness.advance(to: .seconds(600))
    let news = harness.take().map(\.kind).filter { !$0.hasSuffix("SIP/2.0") }
    #expect(news.sorted() == Array(repeating: "client terminated", count: 3) + ["timeout", "timeout"])
    #expect(harness.clientCount == 1)

    let quick = Harness(timers: SIPTimers(timerC: .seconds(5)))
    _ = try #require(quick.send(invite.under("OPTIONS"), timerC: true))
    quick.drain()
    #expect(!quick.take().contains { $0.kind == "timer C" })
  }

  @Test("the final response moves the timer at once: no early wake-up on its way")
  func wakeUps() throws {
    let harness = Harness()
    let options = invite.under("OPTIONS")
    _ = try #require(harness.send(options))
    #expect(harness.nextDeadline == .milliseconds(500))
    _ = try harness.receive(response: options.response(200))
    #expect(harness.nextDeadline == .seconds(5))
  }

  @Test("a request that cannot be delivered ends its transaction")
  func transportError() throws {
    let harness = Harness()
    let id = try #require(harness.send(invite, context: 5))
    _ = harness.take()
    harness.transportFailed(client: id)
    let actions = harness.take()
    #expect(actions.map(\.kind) == ["client transport error", "client terminated"])
    guard case .clientTransportError(id, context: 5)? = actions.first else { throw Harness.Unexpected() }
    #expect(harness.isEmpty)
    #expect(harness.nextDeadline == nil)
  }

  @Test("the end of a WebSocket ends what rings over it, since nothing else leads to its client; that of TCP does not")
  func closedFlow() throws {
    for (transport, kinds) in [
      (SIPTransportKind.ws, ["client transport error", "client terminated"]),
      (.wss, ["client transport error", "client terminated"]), (.tcp, []),
    ] {
      let harness = Harness()
      var flow = Harness.stream
      flow.transport = transport
      let id = try #require(harness.send(invite, to: flow))
      #expect(try harness.receive(response: invite.response(180)) == .client(id))
      _ = harness.take()
      harness.transportFailed(connection: flow.connection)
      #expect(harness.take().map(\.kind) == kinds)
    }
  }

  @Test("the end of a stream ends what is still to be answered on it, and nothing else")
  func closedStream() throws {
    let harness = Harness()
    var ids: [ClientTransactionID] = []
    for number in 0..<5 {
      ids.append(try #require(harness.send(invite.with { $0.branch = "z9hG4bK\(number)" }, to: Harness.stream)))
    }
    let datagram = try #require(harness.send(invite.with { $0.branch = "z9hG4bKudp" }))
    var unopened = Harness.stream
    unopened.connection = .none
    let later = try #require(harness.send(invite.with { $0.branch = "z9hG4bKlater" }, to: unopened))
    harness.setConnection(ConnectionID(9), of: later)
    let moved = ids[3]
    harness.setConnection(ConnectionID(9), of: moved)
    // A provisional response has come: the final one may come over another stream (§18.1.1).
    #expect(try harness.receive(response: invite.response(180).with { $0.branch = "z9hG4bK1" }) == .client(ids[1]))
    _ = harness.take()
    harness.transportFailed(connection: .none)
    harness.transportFailed(connection: ConnectionID(1234))
    #expect(harness.take().isEmpty)
    harness.transportFailed(connection: ConnectionID(7))
    let failed = harness.take().filter { $0.kind == "client transport error" }
    #expect(failed.count == 3)
    #expect(ids.map { harness.isPending($0) } == [false, true, false, true, false])
    #expect(harness.isPending(datagram))
    harness.transportFailed(connection: ConnectionID(9))
    #expect(harness.take().filter { $0.kind == "client transport error" }.count == 2)
    #expect(!harness.isPending(later))
    #expect(harness.clientCount == 2)
  }

  @Test("names of transactions that are gone are harmless")
  func stale() throws {
    let harness = Harness()
    let old = try #require(harness.send(invite))
    harness.drain()
    let new = try #require(harness.send(invite, context: 1))
    _ = harness.take()
    #expect(old != new)
    harness.setContext(5, of: old)
    harness.setConnection(ConnectionID(5), of: old)
    harness.transportFailed(client: old)
    #expect(harness.cancel(old) == .pointless)
    #expect(harness.take().isEmpty)
    #expect(harness.context(of: old) == nil)
    #expect(harness.hop(of: old) == nil)
    #expect(!harness.isPending(old))
    #expect(!harness.isProceeding(old))
    #expect(harness.context(of: new) == 1)
    #expect(harness.hop(of: new) == Harness.peer)
  }
}

@Suite("CANCEL of a client INVITE (§9.1)")
struct CancelTests {
  let invite = TestMessage(routes: ["<sip:p1.example;lr>"])

  @Test("after a provisional response it goes out at once, under the INVITE's branch, and is repeated")
  func proceeding() throws {
    let harness = Harness()
    let id = try #require(harness.send(invite))
    _ = try harness.receive(response: invite.response(180))
    _ = harness.take()
    let headers = Array("Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n".utf8)
    guard
      case .sent(let cancel) = harness.cancel(id, headers: headers)
    else { throw Harness.Unexpected() }
    let text = [
      "CANCEL sip:bob@biloxi.example SIP/2.0",
      "Via: \(invite.via)",
      "Route: <sip:p1.example;lr>",
      "Max-Forwards: 70",
      "From: Alice <sip:alice@atlanta.example>;tag=1928301774",
      "To: Bob <sip:bob@biloxi.example>",
      "Call-ID: a84b4c76e66710",
      "CSeq: 314159 CANCEL",
      "Reason: SIP;cause=200;text=\"Call completed elsewhere\"",
      "Content-Length: 0",
      "", "",
    ]
    harness.advance(to: .milliseconds(1500))
    #expect(harness.take().map(\.sentLines) == Array(repeating: text.sorted(), count: 3))
    #expect(harness.cancel(id) == .pointless)
    #expect(harness.cancel(cancel) == .pointless)

    #expect(try harness.receive(response: invite.under("CANCEL").response(100)) == .absorbed)
    #expect(try harness.receive(response: invite.under("CANCEL").response(200)) == .cancelResponse(cancel))
    #expect(try harness.receive(response: invite.under("CANCEL").response(200)) == .absorbed)
    #expect(try harness.receive(response: invite.response(487)) == .client(id))
    #expect(harness.take().map(\.kind) == ["ACK sip:bob@biloxi.example SIP/2.0"])
    harness.drain()
    // The CANCEL's own end is not the user's business.
    #expect(harness.take().map(\.kind) == ["client terminated"])
    #expect(harness.isEmpty)
    #expect(harness.retainedBytes == 0)
  }

  @Test("before any response it waits for the first provisional one")
  func calling() throws {
    let harness = Harness()
    let id = try #require(harness.send(invite))
    let headers = Array("Reason: SIP;cause=600\r\n".utf8)
    #expect(harness.cancel(id, headers: headers) == .deferred)
    #expect(harness.cancel(id) == .pointless)
    harness.advance(to: .milliseconds(600))
    #expect(harness.take().map(\.kind) == Array(repeating: "INVITE sip:bob@biloxi.example SIP/2.0", count: 2))
    #expect(try harness.receive(response: invite.response(100)) == .client(id))
    let sent = harness.take()
    #expect(sent.map(\.kind) == ["CANCEL sip:bob@biloxi.example SIP/2.0"])
    #expect(sent.first?.sentText?.contains("Reason: SIP;cause=600\r\n") == true)
  }

  @Test("a final response first: no CANCEL at all")
  func overtaken() throws {
    let harness = Harness()
    let id = try #require(harness.send(invite))
    #expect(harness.cancel(id) == .deferred)
    _ = try harness.receive(response: invite.response(200))
    #expect(harness.cancel(id) == .pointless)
    harness.drain()
    #expect(!harness.take().contains { $0.kind.hasPrefix("CANCEL") })
  }

  @Test("64·T1 after the CANCEL the INVITE ends with a timeout, answered CANCEL or not", arguments: [true, false])
  func giveUp(answered: Bool) throws {
    let harness = Harness()
    let id = try #require(harness.send(invite, context: 8, timerC: true))
    _ = try harness.receive(response: invite.response(180))
    harness.advance(to: .seconds(10))
    _ = harness.cancel(id)
    if answered { _ = try harness.receive(response: invite.under("CANCEL").response(200)) }
    harness.advance(to: .milliseconds(41_999))
    #expect(!harness.take().contains { $0.sentText == nil })
    harness.advance(to: .seconds(42))
    let actions = harness.take()
    #expect(actions.map(\.kind) == ["timeout", "client terminated"])
    guard case .timeout(id, context: 8)? = actions.first else { throw Harness.Unexpected() }
    #expect(harness.isEmpty)
  }

  @Test("nothing but an INVITE is cancelled")
  func nonInvite() throws {
    let harness = Harness()
    let id = try #require(harness.send(invite.under("OPTIONS")))
    #expect(harness.cancel(id) == .pointless)
  }

  @Test("a CANCEL that cannot be delivered ends without a word; the INVITE goes on")
  func transportError() throws {
    let harness = Harness()
    let id = try #require(harness.send(invite, to: Harness.stream))
    _ = try harness.receive(response: invite.response(180))
    guard case .sent(let cancel) = harness.cancel(id) else {
      throw Harness.Unexpected()
    }
    _ = harness.take()
    harness.transportFailed(client: cancel)
    #expect(harness.take().isEmpty)
    #expect(harness.isProceeding(id))
    #expect(harness.clientCount == 1)
  }
}
