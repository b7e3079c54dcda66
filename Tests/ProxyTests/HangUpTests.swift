import Guard
import Proxy
import SIPTransaction
import Telemetry
import Testing
import Wire

/// Calls that the operator, or the end of the node, ends (RFC 3261 §12.2, §16.10).
@Suite struct HangUpTests {
  /// A call that is up; returns the INVITE as it reached the callee.
  static func connect(
    _ proxy: Harness, headers: [String] = [], answer: [String] = ["Contact: <sip:bob@127.0.0.1:7000>"],
    seenByCallee: (String) -> String = { $0 }
  ) -> Harness.Sent? {
    guard let invite = CallTests.invite(proxy, headers: headers) else { return nil }
    let seen = Harness.Sent(text: seenByCallee(invite.text), hop: invite.hop)
    proxy.receive(Phone.response(200, "OK", to: seen, headers: answer), from: "127.0.0.1:7000")
    proxy.receive(
      Phone.request(
        "ACK", to: "sip:bob@127.0.0.1:7000", toURI: "sip:bob@callee.test", toTag: "b1", cseq: 2,
        branch: "z9hG4bKack", headers: ["Route: \(invite.header("Record-Route") ?? "")"]))
    return invite
  }

  /// The only call's key.
  static func key(_ proxy: Harness) throws -> CallKey { try #require(proxy.calls().first).key }

  private func byes(_ sent: [Harness.Sent]) -> (callee: Harness.Sent?, caller: Harness.Sent?) {
    let byes = sent.filter { $0.startLine.hasPrefix("BYE") }
    return (
      byes.first { $0.header("From")?.contains("alice") == true },
      byes.first { $0.header("From")?.contains("bob") == true }
    )
  }

  private func inDialog(
    _ method: String, fromCallee: Bool = false, route: String, cseq: Int, contact: String? = nil
  ) -> String {
    fromCallee
      ? Phone.request(
        method, to: "sip:alice@127.0.0.1:5080", from: "sip:bob@callee.test", fromTag: "b1",
        toURI: "sip:alice@if.internal", toTag: "a1", cseq: cseq, branch: "z9hG4bK\(method)\(cseq)b",
        via: "SIP/2.0/UDP 127.0.0.1:7000", contact: contact ?? "sip:bob@127.0.0.1:7000",
        headers: ["Route: \(route)"])
      : Phone.request(
        method, to: "sip:bob@127.0.0.1:7000", toURI: "sip:bob@callee.test", toTag: "b1", cseq: cseq,
        branch: "z9hG4bK\(method)\(cseq)a", contact: contact ?? "sip:alice@127.0.0.1:5080",
        headers: ["Route: \(route)"])
  }

  @Test func bothPartiesGetABye() throws {
    let proxy = Harness()
    _ = try #require(Self.connect(proxy))
    proxy.wait(.seconds(60))
    proxy.clear()
    let (outcome, sent) = proxy.hangUp(try Self.key(proxy))
    #expect(outcome == .ended(byes: 2))
    #expect(sent.count == 2)
    let (callee, caller) = byes(sent)
    let toCallee = try #require(callee)
    #expect(toCallee.startLine == "BYE sip:bob@127.0.0.1:7000 SIP/2.0")
    #expect(toCallee.hop.remote == Harness.address("127.0.0.1:7000"))
    #expect(toCallee.header("From") == "<sip:alice@if.internal>;tag=a1")
    #expect(toCallee.header("To") == "<sip:bob@callee.test>;tag=b1")
    #expect(toCallee.header("CSeq") == "3 BYE")
    #expect(toCallee.header("Call-ID") == "call-1@host")
    #expect(toCallee.header("Route") == nil)
    #expect(toCallee.header("Reason") == #"Q.850;cause=31;text="ended by the operator""#)
    #expect(toCallee.header("Via")?.hasPrefix("SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK03") == true)
    #expect(toCallee.text.hasSuffix("Content-Length: 0\r\n\r\n"))
    let toCaller = try #require(caller)
    #expect(toCaller.startLine == "BYE sip:alice@127.0.0.1:5080 SIP/2.0")
    #expect(toCaller.hop.remote == Harness.address("127.0.0.1:5080"))
    #expect(toCaller.header("From") == "<sip:bob@callee.test>;tag=b1")
    #expect(toCaller.header("To") == "<sip:alice@if.internal>;tag=a1")
    #expect(toCaller.header("CSeq") == "1 BYE")
    #expect(toCaller.header("Via") != toCallee.header("Via"))

    #expect(proxy.activeCalls == 0)
    #expect(proxy.calls().isEmpty)
    #expect(proxy.counted(.through, .answered) == 1)
    #expect(proxy.counters.duration.count == 1)
    let ended = try #require(proxy.events(.callTerminated).first)
    #expect(ended.details.contains { $0.key == "reason" && $0.value == "operator" })
    #expect(ended.details.contains { $0.key == "by" && $0.value == "admin" })
    #expect(ended.details.contains { $0.key == "duration_ms" && $0.value == 60_000 })
    #expect(proxy.events(.sipRequest).filter { $0.method == "BYE" }.count == 2)

    #expect(proxy.pendingHangUps == 2)
    #expect(proxy.receive(Phone.response(200, "OK", to: toCallee), from: "127.0.0.1:7000").isEmpty)
    #expect(proxy.receive(Phone.response(200, "OK", to: toCaller)).isEmpty)
    #expect(proxy.pendingHangUps == 0)
    #expect(proxy.events(.sipResponse).filter { $0.method == "BYE" }.count == 2)
    #expect(proxy.wait(.seconds(200)).isEmpty)
    #expect(proxy.isIdle)
  }

  @Test func aPartyThatIsSilentIsAskedAgainAndThenLeft() throws {
    let proxy = Harness()
    _ = try #require(Self.connect(proxy))
    let key = try Self.key(proxy)
    _ = proxy.hangUp(key)
    #expect(proxy.hangUp(key).outcome == .unknown)
    let again = proxy.wait(.seconds(200))
    #expect(again.filter { $0.startLine.hasPrefix("BYE") }.count == 20)
    #expect(again.allSatisfy { $0.startLine.hasPrefix("BYE") })
    #expect(proxy.pendingHangUps == 0)
    #expect(proxy.events(.callTerminated).count == 1)
    #expect(proxy.isIdle)
  }

  @Test func aByeThatCrossesOursIsForwardedAndCountsNothing() throws {
    let proxy = Harness()
    let invite = try #require(Self.connect(proxy))
    let route = try #require(invite.header("Record-Route"))
    _ = proxy.hangUp(try Self.key(proxy))
    let sent = proxy.receive(inDialog("BYE", route: route, cseq: 3))
    let bye = try #require(sent.first { $0.startLine.hasPrefix("BYE") })
    #expect(bye.hop.remote == Harness.address("127.0.0.1:7000"))
    let answer = proxy.receive(
      Phone.response(481, "Call/Transaction Does Not Exist", to: bye), from: "127.0.0.1:7000")
    #expect(answer.map(\.startLine) == ["SIP/2.0 481 Call/Transaction Does Not Exist"])
    #expect(proxy.events(.callTerminated).count == 1)
    #expect(proxy.counters.duration.count == 1)
  }

  @Test func byesGoAlongTheRouteSets() throws {
    let proxy = Harness()
    _ = try #require(
      Self.connect(
        proxy,
        headers: ["Record-Route: <sip:127.0.0.31;lr>, <sip:127.0.0.32:5099;lr>", "Record-Route: <sip:edge.test;lr>"],
        seenByCallee: {
          // Two more proxies on the way to the callee: the later one stands above the earlier.
          $0.replacing(
            "Record-Route: <sip:127.0.0.1:5060",
            with: "Record-Route: <sip:127.0.0.42;lr>\r\nRecord-Route: <sip:127.0.0.41;lr>\r\n"
              + "Record-Route: <sip:127.0.0.1:5060")
        }))
    let shown = try #require(proxy.calls().first)
    #expect(shown.caller?.routes == "<sip:127.0.0.31;lr>, <sip:127.0.0.32:5099;lr>, <sip:edge.test;lr>")
    #expect(shown.callee?.routes == "<sip:127.0.0.41;lr>, <sip:127.0.0.42;lr>")
    let (callee, caller) = byes(proxy.hangUp(shown.key).sent)
    #expect(callee?.header("Route") == "<sip:127.0.0.41;lr>, <sip:127.0.0.42;lr>")
    #expect(callee?.hop.remote == Harness.address("127.0.0.41:5060"))
    #expect(callee?.startLine == "BYE sip:bob@127.0.0.1:7000 SIP/2.0")
    #expect(caller?.header("Route") == "<sip:127.0.0.31;lr>, <sip:127.0.0.32:5099;lr>, <sip:edge.test;lr>")
    #expect(caller?.hop.remote == Harness.address("127.0.0.31:5060"))
  }

  @Test func numbersGoOnWhereThePartiesAre() throws {
    let proxy = Harness()
    let invite = try #require(Self.connect(proxy))
    let route = try #require(invite.header("Record-Route"))
    proxy.receive(inDialog("INFO", route: route, cseq: 41))
    proxy.receive(inDialog("INFO", route: route, cseq: 12))
    proxy.receive(inDialog("INFO", fromCallee: true, route: route, cseq: 7), from: "127.0.0.1:7000")
    let (callee, caller) = byes(proxy.hangUp(try Self.key(proxy)).sent)
    #expect(callee?.header("CSeq") == "42 BYE")
    #expect(caller?.header("CSeq") == "8 BYE")
  }

  @Test(arguments: [(2_147_483_646, "2147483647 BYE"), (2_147_483_647, "2147483647 BYE")])
  func numbersEndAtTheirLimit(last: Int, expected: String) throws {
    let proxy = Harness()
    let invite = try #require(Self.connect(proxy))
    proxy.receive(inDialog("INFO", route: try #require(invite.header("Record-Route")), cseq: last))
    #expect(byes(proxy.hangUp(try Self.key(proxy)).sent).callee?.header("CSeq") == expected)
  }

  @Test(arguments: ["INVITE", "UPDATE"])
  func aRefreshMovesTheTargets(method: String) throws {
    let proxy = Harness()
    let invite = try #require(Self.connect(proxy))
    let route = try #require(invite.header("Record-Route"))
    // Refused: nobody has moved.
    var again = try #require(
      proxy.receive(inDialog(method, route: route, cseq: 5, contact: "sip:alice@127.0.0.51:5081")).first {
        $0.startLine.hasPrefix(method)
      })
    proxy.receive(Phone.response(488, to: again), from: "127.0.0.1:7000")
    #expect(proxy.calls().first?.caller?.target == "sip:alice@127.0.0.1:5080")
    // Accepted: both have.
    again = try #require(
      proxy.receive(inDialog(method, route: route, cseq: 6, contact: "sip:alice@127.0.0.51:5081")).first {
        $0.startLine.hasPrefix(method)
      })
    proxy.receive(
      Phone.response(200, "OK", to: again, headers: ["Contact: <sip:bob@127.0.0.52:7002>"]), from: "127.0.0.1:7000")
    let shown = try #require(proxy.calls().first)
    #expect(shown.caller?.target == "sip:alice@127.0.0.51:5081")
    #expect(shown.callee?.target == "sip:bob@127.0.0.52:7002")
    // The callee moves again on its own.
    let back = try #require(
      proxy.receive(
        inDialog(method, fromCallee: true, route: route, cseq: 1, contact: "sip:b@127.0.0.53"), from: "127.0.0.1:7000"
      ).first { $0.startLine.hasPrefix(method) })
    proxy.receive(Phone.response(200, "OK", to: back, headers: ["Contact: <sip:alice@127.0.0.51:5081>"]))
    let (callee, caller) = byes(proxy.hangUp(shown.key).sent)
    #expect(callee?.startLine == "BYE sip:b@127.0.0.53 SIP/2.0")
    #expect(callee?.hop.remote == Harness.address("127.0.0.53:5060"))
    #expect(caller?.startLine == "BYE sip:alice@127.0.0.51:5081 SIP/2.0")
    #expect(caller?.hop.remote == Harness.address("127.0.0.51:5081"))
  }

  @Test func aNamedContactIsReachedWhereItsMessagesComeFrom() throws {
    let proxy = Harness()
    _ = try #require(Self.connect(proxy, answer: ["Contact: <sip:bob@phone.callee.test>"]))
    let callee = try #require(byes(proxy.hangUp(try Self.key(proxy)).sent).callee)
    #expect(callee.startLine == "BYE sip:bob@phone.callee.test SIP/2.0")
    #expect(callee.hop.remote == Harness.address("127.0.0.1:7000"))
  }

  @Test func aPartyWithoutContactCannotBeReached() throws {
    let proxy = Harness()
    _ = try #require(Self.connect(proxy, answer: []))
    let (outcome, sent) = proxy.hangUp(try Self.key(proxy))
    #expect(outcome == .ended(byes: 1))
    #expect(byes(sent).callee == nil)
    #expect(byes(sent).caller != nil)
    #expect(proxy.activeCalls == 0)
  }

  @Test func theStreamACallerOpenedIsUsed() throws {
    let proxy = Harness { $0.authenticatesInvite = false }
    let invite = try #require(
      proxy.receive(
        Phone.request(
          "INVITE", via: "SIP/2.0/TCP 127.0.0.1:5080", contact: "sip:alice@127.0.0.1:5080;transport=tcp"),
        from: "127.0.0.1:34567", .tcp, connection: 77
      ).first { $0.startLine.hasPrefix("INVITE") })
    proxy.receive(
      Phone.response(200, "OK", to: invite, headers: ["Contact: <sip:bob@127.0.0.1:7000>"]), from: "127.0.0.1:7000")
    let caller = try #require(byes(proxy.hangUp(try Self.key(proxy)).sent).caller)
    #expect(caller.hop.connection == ConnectionID(77))
    #expect(caller.hop.transport == .tcp)
    #expect(caller.header("Via")?.hasPrefix("SIP/2.0/TCP 127.0.0.1:5060;branch=") == true)
  }

  /// What is kept of a caller is at most `partyBytes`; one beyond, and the call cannot be hung up on.
  @Test(arguments: [(0, HangUpOutcome.ended(byes: 2)), (1, .ended(byes: 0))])
  func aPartyIsRememberedUpToItsLimit(excess: Int, expected: HangUpOutcome) throws {
    let kept = "<sip:alice@if.internal>;tag=a1" + "sip:bob@callee.test" + "sip:alice@127.0.0.1:5080"
    let route = "<sip:127.0.0.31;lr;x=>"
    var limits = ProxyLimits()
    limits.partyBytes = 300
    let proxy = Harness(limits: limits)
    let filler = String(repeating: "y", count: 300 + excess - kept.utf8.count - route.utf8.count)
    _ = try #require(Self.connect(proxy, headers: ["Record-Route: <sip:127.0.0.31;lr;x=\(filler)>"]))
    #expect(proxy.hangUp(try Self.key(proxy)).outcome == expected)
    #expect(proxy.activeCalls == 0)
  }

  // MARK: Before the answer

  @Test func aRingingCallIsCancelledAndItsCallerTold() throws {
    let proxy = Harness()
    let invite = try #require(CallTests.invite(proxy))
    #expect(proxy.calls().map(\.state) == [.attempted])
    proxy.receive(Phone.response(180, "Ringing", to: invite), from: "127.0.0.1:7000")
    let shown = try #require(proxy.calls().first)
    #expect(shown.state == .ringing)
    #expect(shown.callee?.uri == "sip:bob@callee.test")
    proxy.clear()
    let (outcome, sent) = proxy.hangUp(shown.key)
    #expect(outcome == .cancelled)
    let cancel = try #require(sent.first { $0.startLine.hasPrefix("CANCEL") })
    #expect(cancel.header("Reason") == #"Q.850;cause=31;text="ended by the operator""#)
    #expect(cancel.header("Via") == invite.header("Via"))
    let answer = try #require(sent.first { $0.startLine.hasPrefix("SIP/2.0") })
    #expect(answer.startLine == "SIP/2.0 487 Request Terminated")
    #expect(answer.header("Reason") == #"Q.850;cause=31;text="ended by the operator""#)
    #expect(answer.hop.remote == Harness.address("127.0.0.1:5080"))
    let rejected = try #require(proxy.events(.callRejected).first)
    #expect(rejected.status == 487)
    #expect(rejected.details.contains { $0.key == "by" && $0.value == "admin" })
    // The callee's own 487 has nobody to go to.
    proxy.receive(Phone.response(200, "OK", to: cancel), from: "127.0.0.1:7000")
    let end = proxy.receive(Phone.response(487, "Request Terminated", to: invite), from: "127.0.0.1:7000")
    #expect(end.map(\.startLine) == ["ACK sip:bob@callee.test SIP/2.0"])
    #expect(proxy.counted(.through, .cancelled) == 1)
    #expect(proxy.counted(.through, .failed) == 0)
    #expect(proxy.calls().isEmpty)
    #expect(proxy.hangUp(shown.key).outcome == .unknown)
    proxy.wait(.seconds(200))
    #expect(proxy.isIdle)
  }

  @Test func aSilentCalleeIsCancelledWithItsFirstResponse() throws {
    let proxy = Harness()
    let invite = try #require(CallTests.invite(proxy))
    let (_, sent) = proxy.hangUp(try Self.key(proxy))
    #expect(sent.map(\.startLine) == ["SIP/2.0 487 Request Terminated"])
    let late = proxy.receive(Phone.response(180, "Ringing", to: invite), from: "127.0.0.1:7000")
    #expect(late.map(\.startLine) == ["CANCEL sip:bob@callee.test SIP/2.0"])
  }

  @Test func anAnswerThatCrossesTheCancelIsEnded() throws {
    let proxy = Harness()
    let invite = try #require(CallTests.invite(proxy))
    proxy.receive(Phone.response(180, "Ringing", to: invite), from: "127.0.0.1:7000")
    _ = proxy.hangUp(try Self.key(proxy))
    proxy.receive(Phone.request("ACK", toTag: "x", cseq: 2, branch: "z9hG4bKbranch2", contact: nil))
    let ok = Phone.response(200, "OK", to: invite, headers: ["Contact: <sip:bob@127.0.0.1:7000>"])
    let sent = proxy.receive(ok, from: "127.0.0.1:7000")
    #expect(sent.map(\.startLine) == ["ACK sip:bob@127.0.0.1:7000 SIP/2.0", "BYE sip:bob@127.0.0.1:7000 SIP/2.0"])
    #expect(sent.first?.header("CSeq") == "2 ACK")
    #expect(sent.last?.header("CSeq") == "3 BYE")
    #expect(sent.last?.header("To") == "<sip:bob@callee.test>;tag=b1")
    #expect(sent.allSatisfy { $0.hop.remote == Harness.address("127.0.0.1:7000") })
    // It repeats itself until it hears the ACK.
    let again = proxy.receive(ok, from: "127.0.0.1:7000")
    #expect(again.map(\.startLine) == ["ACK sip:bob@127.0.0.1:7000 SIP/2.0"])
    #expect(proxy.activeCalls == 0)
    #expect(proxy.counted(.through, .answered) == 0)
    #expect(proxy.counted(.through, .cancelled) == 1)
  }

  // MARK: The end of the node

  @Test func theEndOfDrainingEndsEverything() throws {
    let proxy = Harness { $0.authenticatesInvite = false }
    var invites: [Harness.Sent] = []
    for number in 1...3 {
      let sent = proxy.receive(
        Phone.request("INVITE", fromTag: "a1", callID: "call-\(number)", branch: "z9hG4bKcall\(number)"))
      invites.append(try #require(sent.first { $0.startLine.hasPrefix("INVITE") }))
    }
    for invite in invites.prefix(2) {
      proxy.receive(
        Phone.response(200, "OK", to: invite, headers: ["Contact: <sip:bob@127.0.0.1:7000>"]), from: "127.0.0.1:7000")
    }
    proxy.receive(Phone.response(180, "Ringing", to: invites[2]), from: "127.0.0.1:7000")
    #expect(proxy.activeCalls == 2)
    let (ended, sent) = proxy.drain(upTo: 1)
    #expect(ended == 2)
    #expect(sent.contains { $0.startLine.hasPrefix("CANCEL") })
    let refusal = try #require(sent.first { $0.startLine == "SIP/2.0 503 Shutting Down" })
    #expect(refusal.header("Retry-After") == "30")
    #expect(refusal.header("Reason") == #"Q.850;cause=41;text="the server stops""#)
    #expect(sent.filter { $0.startLine.hasPrefix("BYE") }.count == 2)
    #expect(proxy.activeCalls == 1)
    #expect(proxy.drain().ended == 1)
    #expect(proxy.drain().ended == 0)
    #expect(proxy.pendingHangUps == 4)
    #expect(
      proxy.events(.callTerminated).allSatisfy { $0.details.contains { $0.key == "reason" && $0.value == "drain" } })
    proxy.wait(.seconds(300))
    #expect(proxy.pendingHangUps == 0)
    #expect(proxy.isIdle)
  }

  @Test func anInviteThatWaitsForTheStoreIsAnsweredToo() throws {
    let proxy = Harness()
    let challenge = try #require(proxy.receive(Phone.request("INVITE")).first)
    proxy.holdsAnswers = true
    proxy.receive(Phone.request("INVITE", cseq: 2, branch: "z9hG4bKb", headers: [Phone.credentials(for: challenge)]))
    let (ended, sent) = proxy.drain()
    #expect(ended == 1)
    #expect(sent.map(\.startLine) == ["SIP/2.0 503 Shutting Down"])
    #expect(proxy.releaseAnswers().isEmpty)
  }
}

/// What a listing shows.
@Suite struct CallListingTests {
  private func start(_ proxy: Harness, _ number: Int, traceID: String? = nil, isAnswered: Bool) throws {
    var headers: [String] = []
    if let traceID { headers.append("X-IF-Trace-ID: \(traceID)") }
    let sent = proxy.receive(
      Phone.request(
        "INVITE", callID: "call-\(number)", branch: "z9hG4bKcall\(number)", headers: headers))
    let invite = try #require(sent.first { $0.startLine.hasPrefix("INVITE") })
    proxy.wait(.seconds(1))
    guard isAnswered else { return }
    proxy.receive(
      Phone.response(200, "OK", to: invite, headers: ["Contact: <sip:bob@127.0.0.1:7000>"]), from: "127.0.0.1:7000")
  }

  @Test func itShowsWhoTalksAndSinceWhen() throws {
    let proxy = Harness()
    let began = proxy.moment.clock
    _ = try #require(CallTests.invite(proxy))
    proxy.wait(.seconds(3))
    let invite = try #require(proxy.sent.first { $0.startLine.hasPrefix("INVITE") })
    proxy.receive(
      Phone.response(200, "OK", to: invite, headers: ["Contact: <sip:bob@127.0.0.1:7000>"]), from: "127.0.0.1:7000")
    proxy.wait(.seconds(5))
    let call = try #require(proxy.calls().first)
    #expect(call.callID == "call-1@host")
    #expect(call.traceID.utf8.count == 32)
    #expect(call.state == .connected)
    #expect(call.user == "alice")
    #expect(call.startedAt == began)
    #expect(call.answeredAt == began + .seconds(3))
    let caller = try #require(call.caller)
    #expect(caller.uri == "sip:alice@if.internal")
    #expect(caller.tag == "a1")
    #expect(caller.target == "sip:alice@127.0.0.1:5080")
    #expect(caller.routes == nil)
    #expect(caller.sequence == 2)
    #expect(caller.address == Harness.address("127.0.0.1:5080"))
    #expect(call.callee?.tag == "b1")
    #expect(call.callee?.sequence == 0)
    #expect(proxy.call(call.key)?.callID == "call-1@host")
    #expect(CallKey(call.key.description) == call.key)
  }

  @Test func itComesInPagesTheOldestFirst() throws {
    let proxy = Harness { $0.authenticatesInvite = false }
    for number in 1...5 { try start(proxy, number, isAnswered: true) }
    var filter = CallFilter(limit: 2)
    var seen: [String] = []
    while true {
      let page = proxy.calls(filter)
      #expect(page.count <= 2)
      guard let last = page.last else { break }
      seen += page.map(\.callID)
      filter.after = last.position
    }
    #expect(seen == (1...5).map { "call-\($0)" })
    #expect(proxy.calls(CallFilter(limit: 0)).isEmpty)
  }

  /// More calls than are held while sorting.
  @Test func aSmallPageOfManyCallsHoldsTheOldest() throws {
    let proxy = Harness { $0.authenticatesInvite = false }
    for number in 1...200 { try start(proxy, number, isAnswered: true) }
    #expect(proxy.calls(CallFilter(limit: 3)).map(\.callID) == ["call-1", "call-2", "call-3"])
    #expect(proxy.calls(CallFilter(limit: 1000)).count == 200)
  }

  @Test func itFilters() throws {
    let proxy = Harness {
      $0.authenticatesInvite = false
      $0.trustedFrom = CIDR("127.0.0.1/32").map { [.init(network: $0)] } ?? []
    }
    try start(proxy, 1, traceID: "t-1", isAnswered: true)
    try start(proxy, 2, traceID: "t-2", isAnswered: false)
    try start(proxy, 3, traceID: "t-1", isAnswered: false)
    func ids(_ change: (inout CallFilter) -> Void) -> [String] {
      var filter = CallFilter(limit: 10)
      change(&filter)
      return proxy.calls(filter).map(\.callID)
    }
    #expect(ids { $0.traceID = "t-1" } == ["call-1", "call-3"])
    #expect(ids { $0.state = .connected } == ["call-1"])
    #expect(ids { $0.state = .attempted } == ["call-2", "call-3"])
    #expect(ids { $0.state = .ringing } == [])
    #expect(ids { $0.callID = "call-2" } == ["call-2"])
    #expect(ids { $0.traceID = "t-3" } == [])
  }

  @Test(arguments: [
    "", "0123456789abcdef0123456789abcde", "0123456789abcdef0123456789abcdefa", "+123456789abcdef0123456789abcdef",
  ])
  func whatIsNoKeyIsNone(text: String) { #expect(CallKey(text) == nil) }
}
