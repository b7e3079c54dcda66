import SIPTransaction
import Telemetry
import Testing
import Wire
import Witness

/// Whole calls through the core, as DOMAIN §5 and RFC 3261 §16 want them.
@Suite struct CallTests {
  /// Brings a call to the callee; returns the INVITE that arrived there.
  static func invite(_ proxy: Harness, headers: [String] = []) -> Harness.Sent? {
    let challenge = proxy.receive(Phone.request("INVITE"))
    guard let challenge = challenge.first, challenge.startLine == "SIP/2.0 407 Proxy Authentication Required" else {
      return nil
    }
    proxy.receive(Phone.request("ACK", branch: "z9hG4bKbranch1"))
    let sent = proxy.receive(
      Phone.request(
        "INVITE", cseq: 2, branch: "z9hG4bKbranch2", headers: headers + [Phone.credentials(for: challenge)]))
    return sent.first { $0.startLine.hasPrefix("INVITE") }
  }

  /// Found by FuzzProxy (corpus/refused-beside-the-first-call): a request that was refused ended and took the first
  /// call's context with it, so that its caller never heard of it again.
  @Test func aRefusedRequestBesideTheFirstCallLeavesItAlone() throws {
    let proxy = Harness { $0.authenticatesInvite = false }
    let invite = try #require(
      proxy.receive(Phone.request("INVITE", from: "sip:a@b.test")).first { $0.startLine.hasPrefix("INVITE") })
    // Over a stream, so that its transaction is over at once.
    let refusal = proxy.receive(
      Phone.request("OPTIONS", to: "sip:x@else.test", from: "sip:a@b.test", callID: "other", branch: "z9hG4bKother"),
      from: "127.0.0.1:6000", .tcp, connection: 1)
    #expect(refusal.first?.startLine == "SIP/2.0 403 Forbidden")
    _ = proxy.wait(.milliseconds(1))
    let answer = proxy.receive(Phone.response(200, to: invite), from: "127.0.0.1:7000")
    #expect(answer.map(\.startLine) == ["SIP/2.0 200 X"])
  }

  @Test func aCallFromInviteToBye() throws {
    let proxy = Harness()
    let invite = try #require(Self.invite(proxy))
    #expect(invite.hop.remote == Harness.address("127.0.0.1:7000"))
    #expect(proxy.sent.contains { $0.startLine == "SIP/2.0 100 Trying" })
    #expect(invite.headers("Via").count == 2)
    #expect(invite.header("Via")?.hasPrefix("SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK03") == true)
    #expect(invite.header("Max-Forwards") == "69")
    #expect(invite.header("Proxy-Authorization") == nil)
    let recordRoute = try #require(invite.header("Record-Route"))
    #expect(recordRoute.hasPrefix("<sip:127.0.0.1:5060;lr;ifc="))

    let ringing = proxy.receive(Phone.response(180, "Ringing", to: invite), from: "127.0.0.1:7000")
    #expect(ringing.map(\.startLine) == ["SIP/2.0 180 Ringing"])
    #expect(ringing.first?.headers("Via").count == 1)
    #expect(ringing.first?.hop.remote == Harness.address("127.0.0.1:5080"))
    let answer = proxy.receive(
      Phone.response(200, "OK", to: invite, headers: ["Contact: <sip:bob@127.0.0.1:7000>"]), from: "127.0.0.1:7000")
    #expect(answer.map(\.startLine) == ["SIP/2.0 200 OK"])
    #expect(proxy.activeCalls == 1)
    #expect(proxy.counted(.through, .answered) == 1)

    let ack = proxy.receive(
      Phone.request(
        "ACK", to: "sip:bob@127.0.0.1:7000", toURI: "sip:bob@callee.test", toTag: "b1", cseq: 2,
        branch: "z9hG4bKack", headers: ["Route: \(recordRoute)"]))
    #expect(ack.map(\.startLine) == ["ACK sip:bob@127.0.0.1:7000 SIP/2.0"])
    #expect(ack.first?.header("Route") == nil)

    // The callee hangs up: From and To the other way round.
    let bye = proxy.receive(
      Phone.request(
        "BYE", to: "sip:alice@127.0.0.1:5080", from: "sip:bob@callee.test", fromTag: "b1",
        toURI: "sip:alice@if.internal", toTag: "a1", cseq: 1, branch: "z9hG4bKbye",
        via: "SIP/2.0/UDP 127.0.0.1:7000", contact: nil, headers: ["Route: \(recordRoute)"]),
      from: "127.0.0.1:7000")
    let forwarded = try #require(bye.first { $0.startLine.hasPrefix("BYE") })
    #expect(forwarded.hop.remote == Harness.address("127.0.0.1:5080"))
    let done = proxy.receive(Phone.response(200, "OK", to: forwarded), from: "127.0.0.1:5080")
    #expect(done.map(\.startLine) == ["SIP/2.0 200 OK"])
    #expect(done.first?.hop.remote == Harness.address("127.0.0.1:7000"))
    #expect(proxy.activeCalls == 0)
    #expect(proxy.counters.duration.count == 1)
    // Not the one of a call that nobody ends besides: it would stay for a day.
    #expect(proxy.callTimers == 1)

    let names = proxy.records.map(\.name.text)
    #expect(names.contains("call.ringing"))
    #expect(names.contains("call.connected"))
    #expect(names.contains("call.terminated"))
    let traces = Set(proxy.records.filter { $0.name.text.hasPrefix("call.") }.compactMap(\.traceID))
    #expect(traces.count == 1)
    #expect(traces.first?.utf8.count == 32)

    proxy.wait(.seconds(200))
    #expect(proxy.isIdle)
  }

  @Test func withoutCredentialsNothingReachesTheCallee() {
    let proxy = Harness()
    let answer = proxy.receive(Phone.request("INVITE"))
    #expect(answer.map(\.startLine) == ["SIP/2.0 407 Proxy Authentication Required"])
    #expect(answer.first?.headers("Proxy-Authenticate").count == 2)
    #expect(proxy.sent.allSatisfy { $0.hop.remote == Harness.address("127.0.0.1:5080") })
    for result in CallResult.allCases { #expect(proxy.counted(.through, result) == 0) }
  }

  @Test(arguments: [("alice", "wrong"), ("nobody", "secret"), ("alice", "")])
  func aWrongPasswordNeverPasses(user: String, password: String) throws {
    let proxy = Harness()
    let challenge = try #require(proxy.receive(Phone.request("INVITE")).first)
    let answer = proxy.receive(
      Phone.request(
        "INVITE", cseq: 2, branch: "z9hG4bKb",
        headers: [Phone.credentials(for: challenge, user: user, password: password)]))
    #expect(answer.map(\.startLine) == ["SIP/2.0 407 Proxy Authentication Required"])
    #expect(proxy.failures == [user])
    #expect(proxy.counters.authenticationFailures == 1)
    #expect(proxy.rejected("authentication") == 1)
  }

  @Test func credentialsAreGoodForOneSourceAndOnce() throws {
    let proxy = Harness()
    let challenge = try #require(proxy.receive(Phone.request("INVITE")).first)
    let credentials = Phone.credentials(for: challenge)
    let elsewhere = proxy.receive(
      Phone.request("INVITE", cseq: 2, branch: "z9hG4bKb", headers: [credentials]), from: "127.0.0.2:5080")
    #expect(elsewhere.first?.startLine == "SIP/2.0 407 Proxy Authentication Required")
    #expect(proxy.failures.isEmpty)
    let first = proxy.receive(Phone.request("INVITE", cseq: 2, branch: "z9hG4bKc", headers: [credentials]))
    #expect(first.contains { $0.startLine.hasPrefix("INVITE") })
    let replayed = proxy.receive(
      Phone.request("INVITE", callID: "another", cseq: 2, branch: "z9hG4bKd", headers: [credentials]))
    #expect(replayed.first?.startLine == "SIP/2.0 407 Proxy Authentication Required")
    #expect(replayed.first?.header("Proxy-Authenticate")?.contains("stale=true") == true)
  }

  @Test func aLockedOutUserIsRefusedWithAReason() throws {
    let proxy = Harness()
    let challenge = try #require(proxy.receive(Phone.request("INVITE")).first)
    proxy.lockedOut = ["alice"]
    let answer = proxy.receive(
      Phone.request("INVITE", cseq: 2, branch: "z9hG4bKb", headers: [Phone.credentials(for: challenge)]))
    #expect(answer.first?.startLine == "SIP/2.0 403 Forbidden")
    #expect(answer.first?.header("Reason")?.hasPrefix("Q.850;cause=21;text=\"lockout") == true)
    #expect(proxy.counted(.through, .rejected) == 1)
  }

  @Test func aFromOfOursMustBelongToTheUser() throws {
    let proxy = Harness()
    let challenge = try #require(proxy.receive(Phone.request("INVITE")).first)
    let answer = proxy.receive(
      Phone.request(
        "INVITE", from: "sip:bob@if.internal", cseq: 2, branch: "z9hG4bKb",
        headers: [Phone.credentials(for: challenge)]))
    #expect(answer.first?.startLine == "SIP/2.0 403 Forbidden")
    #expect(proxy.rejected("identity") == 1)
  }

  @Test(arguments: [(486, "Busy Here"), (480, "Temporarily Unavailable"), (603, "Decline"), (404, "Not Found")])
  func aRefusalOfTheCalleeReachesTheCaller(status: Int, phrase: String) throws {
    let proxy = Harness()
    let invite = try #require(Self.invite(proxy))
    proxy.clear()
    proxy.receive(Phone.response(status, phrase, to: invite), from: "127.0.0.1:7000")
    #expect(proxy.sent.contains { $0.startLine == "SIP/2.0 \(status) \(phrase)" })
    #expect(proxy.sent.contains { $0.startLine.hasPrefix("ACK") && $0.hop.remote == invite.hop.remote })
    #expect(proxy.counted(.through, .failed) == 1)
    #expect(proxy.activeCalls == 0)
    #expect(proxy.events(.callRejected).map(\.status) == [status])
  }

  @Test func aNeighboursOverloadIsNotOurs() throws {
    let proxy = Harness()
    let invite = try #require(Self.invite(proxy))
    let sent = proxy.receive(Phone.response(503, to: invite), from: "127.0.0.1:7000")
    #expect(sent.contains { $0.startLine.hasPrefix("SIP/2.0 500") })
  }

  @Test func aDeadCalleeEndsIn408() throws {
    let proxy = Harness()
    _ = try #require(Self.invite(proxy))
    let sent = proxy.wait(.seconds(40))
    #expect(sent.filter { $0.startLine.hasPrefix("INVITE") }.count == 6)
    #expect(sent.contains { $0.startLine == "SIP/2.0 408 Request Timeout" })
    #expect(proxy.counted(.through, .failed) == 1)
  }

  @Test func anUnreachableCalleeEndsIn503AtOnce() throws {
    let proxy = Harness()
    let invite = try #require(Self.invite(proxy))
    #expect(proxy.datagramLost(invite.text.replacing("z9hG4bK", with: "z9hG4bL")).isEmpty)
    #expect(proxy.datagramLost(String(invite.text.prefix(60))).isEmpty)
    let sent = proxy.datagramLost(String(invite.text.prefix(400)))
    #expect(sent.map(\.startLine) == ["SIP/2.0 503 Service Unavailable"])
    #expect(proxy.counted(.through, .failed) == 1)
  }

  @Test func aStrangersCancelIsRefused() throws {
    let proxy = Harness()
    let invite = try #require(Self.invite(proxy))
    proxy.receive(Phone.response(180, "Ringing", to: invite), from: "127.0.0.1:7000")
    let cancel = Phone.request("CANCEL", cseq: 2, branch: "z9hG4bKbranch2", contact: nil)
    let stranger = proxy.receive(cancel, from: "127.0.0.1:6666")
    #expect(stranger.map(\.startLine) == ["SIP/2.0 481 Call/Transaction Does Not Exist"])
  }

  @Test func cancelOfARingingCall() throws {
    let proxy = Harness()
    let invite = try #require(Self.invite(proxy))
    proxy.receive(Phone.response(180, "Ringing", to: invite), from: "127.0.0.1:7000")
    let sent = proxy.receive(Phone.request("CANCEL", cseq: 2, branch: "z9hG4bKbranch2", contact: nil))
    #expect(sent.contains { $0.startLine == "SIP/2.0 200 OK" })
    let cancel = try #require(sent.first { $0.startLine.hasPrefix("CANCEL") })
    #expect(cancel.header("Via") == invite.header("Via"))
    proxy.receive(Phone.response(200, "OK", to: cancel), from: "127.0.0.1:7000")
    let end = proxy.receive(Phone.response(487, "Request Terminated", to: invite), from: "127.0.0.1:7000")
    #expect(end.contains { $0.startLine == "SIP/2.0 487 Request Terminated" })
    #expect(proxy.counted(.through, .cancelled) == 1)
  }

  @Test func aCancelBeforeTheStoreHasAnsweredEndsTheCall() throws {
    let proxy = Harness()
    let challenge = try #require(proxy.receive(Phone.request("INVITE")).first)
    proxy.holdsAnswers = true
    proxy.receive(Phone.request("INVITE", cseq: 2, branch: "z9hG4bKb", headers: [Phone.credentials(for: challenge)]))
    let sent = proxy.receive(Phone.request("CANCEL", cseq: 2, branch: "z9hG4bKb", contact: nil))
    #expect(sent.map(\.startLine) == ["SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"])
    #expect(proxy.releaseAnswers().isEmpty)
  }

  @Test func retransmissionsAreAbsorbed() throws {
    let proxy = Harness()
    let challenge = try #require(proxy.receive(Phone.request("INVITE")).first)
    let text = Phone.request("INVITE", cseq: 2, branch: "z9hG4bKb", headers: [Phone.credentials(for: challenge)])
    proxy.receive(text)
    let again = proxy.receive(text)
    #expect(again.map(\.startLine) == ["SIP/2.0 100 Trying"])
    #expect(proxy.events(.sipRequest).filter { $0.method == "INVITE" }.count == 2)
  }
}

/// What holds inside a dialog: the cookie.
@Suite struct DialogTests {
  private func inDialog(_ proxy: Harness, _ method: String, route: String?, toTag: String = "b1") -> [Harness.Sent] {
    proxy.receive(
      Phone.request(
        method, to: "sip:bob@127.0.0.1:7000", toURI: "sip:bob@callee.test", toTag: toTag, cseq: 9,
        branch: "z9hG4bK\(method)9", headers: route.map { ["Route: \($0)"] } ?? []))
  }

  @Test func aRequestWithoutCookieIsRefused() {
    let proxy = Harness()
    for route in [nil, "<sip:127.0.0.1:5060;lr>", "<sip:127.0.0.1:5060;lr;ifc=0123456789abcdef>"] {
      let sent = inDialog(proxy, "BYE\(route?.utf8.count ?? 0)", route: route)
      #expect(sent.first?.startLine == "SIP/2.0 481 Call/Transaction Does Not Exist")
    }
    #expect(proxy.rejected("unknown-dialog") == 3)
    #expect(inDialog(proxy, "ACK", route: nil).isEmpty)
    #expect(proxy.sent.allSatisfy { $0.hop.remote == Harness.address("127.0.0.1:5080") })
  }

  @Test func theCookieOutlivesTheState() throws {
    let proxy = Harness()
    let invite = try #require(CallTests.invite(proxy))
    let route = try #require(invite.header("Record-Route"))
    let restarted = Harness()
    let sent = inDialog(restarted, "BYE", route: route)
    #expect(sent.contains { $0.startLine.hasPrefix("BYE") && $0.hop.remote == Harness.address("127.0.0.1:7000") })
    // The cookie belongs to the call, not to whoever has seen one.
    let stolen = restarted.receive(
      Phone.request(
        "BYE", to: "sip:bob@127.0.0.1:7000", toTag: "b1", callID: "another", cseq: 9, branch: "z9hG4bKs",
        headers: ["Route: \(route)"]))
    #expect(stolen.first?.startLine == "SIP/2.0 481 Call/Transaction Does Not Exist")
  }

  @Test func aReInviteIsNoNewCall() throws {
    let proxy = Harness()
    let invite = try #require(CallTests.invite(proxy))
    proxy.receive(Phone.response(200, "OK", to: invite), from: "127.0.0.1:7000")
    let route = try #require(invite.header("Record-Route"))
    let sent = inDialog(proxy, "INVITE", route: route)
    let again = try #require(sent.first { $0.startLine.hasPrefix("INVITE") })
    proxy.receive(Phone.response(200, "OK", to: again), from: "127.0.0.1:7000")
    #expect(proxy.counted(.through, .answered) == 1)
    #expect(proxy.activeCalls == 1)
    #expect(proxy.counters.setup.count == 1)
  }

  @Test func otherRoutesOfTheDialogStay() throws {
    let proxy = Harness()
    let invite = try #require(CallTests.invite(proxy))
    let own = try #require(invite.header("Record-Route"))
    let other = "<sip:127.0.0.9:5999;lr>"
    for (number, routes) in [["Route: \(own), \(other)"], ["Route: \(own)", "Route: \(other)"]].enumerated() {
      let sent = proxy.receive(
        Phone.request(
          "INFO", to: "sip:bob@127.0.0.1:7000", toTag: "b1", cseq: 9, branch: "z9hG4bKinfo\(number)", headers: routes))
      let info = try #require(sent.first { $0.startLine.hasPrefix("INFO") })
      #expect(info.headers("Route") == [other])
      #expect(info.hop.remote == Harness.address("127.0.0.9:5999"))
    }
  }
}
