import Guard
import Proxy
import SIPTransaction
import Testing
import Wire

/// Where requests go, and where not (RFC 3261 §16.3 to §16.6).
@Suite struct RoutingTests {
  /// A proxy without authentication of calls and three phones behind one address of record.
  private func forking(_ qs: [Int]) -> Harness {
    let proxy = Harness { $0.authenticatesInvite = false }
    proxy.bindings["team@if.internal"] = qs.enumerated().map { index, q in
      .init(
        uri: "sip:team@127.0.0.1:\(7100 + index)", key: "\(index)", q: q, expiresIn: 60,
        hop: Harness.hop("127.0.0.1:\(7100 + index)"))
    }
    return proxy
  }

  private func invites(_ sent: [Harness.Sent]) -> [Harness.Sent] { sent.filter { $0.startLine.hasPrefix("INVITE") } }

  @Test func theFirstAnswerWinsAndTheOthersAreCancelled() throws {
    let proxy = forking([1000, 1000, 1000])
    let branches = invites(proxy.receive(Phone.request("INVITE", to: "sip:team@if.internal", from: "sip:a@b.test")))
    #expect(branches.count == 3)
    #expect(Set(branches.compactMap { $0.header("Via") }).count == 3)
    for branch in branches {
      proxy.receive(Phone.response(180, to: branch, toTag: "t\(branch.hop.remote.port)"), from: "\(branch.hop.remote)")
    }
    let sent = proxy.receive(Phone.response(200, "OK", to: branches[1]), from: "127.0.0.1:7101")
    #expect(sent.contains { $0.startLine == "SIP/2.0 200 OK" })
    let cancelled = sent.filter { $0.startLine.hasPrefix("CANCEL") }.map(\.hop.remote.port).sorted()
    #expect(cancelled == [7100, 7102])
    // What the cancelled ones say goes nowhere.
    let late = proxy.receive(Phone.response(487, to: branches[0]), from: "127.0.0.1:7100")
    #expect(late.allSatisfy { $0.startLine.hasPrefix("ACK") })
    #expect(proxy.counted(.through, .answered) == 1)
  }

  @Test func lowerPrioritiesWaitForTheHigher() throws {
    let proxy = forking([500, 1000])
    let first = invites(proxy.receive(Phone.request("INVITE", to: "sip:team@if.internal", from: "sip:a@b.test")))
    #expect(first.map(\.hop.remote.port) == [7101])
    let second = invites(proxy.receive(Phone.response(486, to: first[0]), from: "127.0.0.1:7101"))
    #expect(second.map(\.hop.remote.port) == [7100])
    let end = proxy.receive(Phone.response(404, to: second[0]), from: "127.0.0.1:7100")
    #expect(end.contains { $0.startLine.hasPrefix("SIP/2.0 486") || $0.startLine.hasPrefix("SIP/2.0 404") })
  }

  /// RFC 5393 §5.3.3: what is sent at the same time shares it, what it does not suffice for waits.
  @Test(
    arguments: [(nil, ["20", "20", "20"]), (7, ["3", "2", "2"]), (2, ["1", "1"]), (1, ["1"])] as [(Int?, [String])])
  func maxBreadthIsDivided(breadth: Int?, parts: [String]) throws {
    let proxy = forking([1000, 1000, 1000])
    let request = Phone.request(
      "INVITE", to: "sip:team@if.internal", from: "sip:a@b.test", headers: breadth.map { ["Max-Breadth: \($0)"] } ?? [])
    let first = invites(proxy.receive(request))
    #expect(first.map { $0.header("Max-Breadth") } == parts)
    guard parts.count < 3 else { return }
    var next: [Harness.Sent] = []
    for branch in first {
      next += invites(proxy.receive(Phone.response(486, to: branch), from: "\(branch.hop.remote)"))
    }
    #expect(next.count == min(3 - parts.count, parts.count))
    #expect(next.allSatisfy { $0.header("Max-Breadth").flatMap { Int($0) } == (breadth ?? 0) / next.count })
  }

  @Test(arguments: [("0", "440 Max-Breadth Exceeded"), ("256", "400 Bad Max-Breadth"), ("x", "400 Bad Max-Breadth")])
  func brokenOrSpentMaxBreadthEndsTheRequest(value: String, answer: String) {
    let proxy = forking([1000, 1000])
    let request = Phone.request(
      "INVITE", to: "sip:team@if.internal", from: "sip:a@b.test", headers: ["Max-Breadth: \(value)"])
    let sent = proxy.receive(request)
    #expect(invites(sent).isEmpty)
    #expect(sent.map(\.startLine) == ["SIP/2.0 \(answer)"])
  }

  @Test(arguments: [([486, 404, 603], 603), ([486, 302, 500], 302), ([408, 486, 500], 486), ([503, 500, 500], 500)])
  func theBestAnswerIsChosen(statuses: [Int], best: Int) throws {
    let proxy = forking([1000, 1000, 1000])
    let branches = invites(proxy.receive(Phone.request("INVITE", to: "sip:team@if.internal", from: "sip:a@b.test")))
    var sent: [Harness.Sent] = []
    for (branch, status) in zip(branches, statuses) {
      sent += proxy.receive(Phone.response(status, to: branch), from: "\(branch.hop.remote)")
    }
    let finals = sent.filter { $0.hop.remote.port == 5080 && $0.startLine.hasPrefix("SIP/2.0") }
    #expect(finals.map { $0.startLine.prefix(11) } == ["SIP/2.0 \(best)"])
  }

  /// Found by FuzzProxy (corpus/response-without-the-callers-via).
  @Test(arguments: [180, 200, 486])
  func aResponseWithoutTheCallersViaIsNotPassedOn(status: Int) throws {
    let proxy = Harness { $0.authenticatesInvite = false }
    let invite = try #require(
      invites(proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"))).first)
    let vias = invite.headers("Via")
    #expect(vias.count == 2)
    let response = Phone.response(status, to: invite).replacing("Via: \(vias[1])\n", with: "")
    let sent = proxy.receive(response, from: "127.0.0.1:7000").filter { $0.startLine.hasPrefix("SIP/2.0") }
    #expect(sent.map(\.startLine) == (status < 200 ? [] : ["SIP/2.0 502 Bad Gateway"]))
    #expect(sent.allSatisfy { $0.header("Via")?.contains("z9hG4bKbranch1") == true })
  }

  @Test func aCancelledBranchMayCopyOneViaOnly() throws {
    let proxy = Harness { $0.authenticatesInvite = false }
    let invite = try #require(
      invites(proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"))).first)
    proxy.receive(Phone.response(180, to: invite), from: "127.0.0.1:7000")
    proxy.receive(Phone.request("CANCEL", from: "sip:a@b.test"))
    let response = Phone.response(487, to: invite).replacing("Via: \(invite.headers("Via")[1])\n", with: "")
    let sent = proxy.receive(response, from: "127.0.0.1:7000").filter { $0.startLine.hasPrefix("SIP/2.0") }
    #expect(sent.map(\.startLine) == ["SIP/2.0 487 Request Terminated"])
    #expect(sent.first?.header("Via")?.contains("z9hG4bKbranch1") == true)
  }

  @Test func aLoopIsFoundAndASpiralIsNot() throws {
    let proxy = Harness { $0.authenticatesInvite = false }
    let first = try #require(
      invites(proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"))).first)
    // The neighbour sends it back, as it is or to somebody else.
    func returned(_ branch: String) -> String {
      first.text.replacing(
        "SIP/2.0\r\nVia:", with: "SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:7000;branch=\(branch)\r\nVia:",
        maxReplacements: 1)
    }
    let loop = proxy.receive(returned("z9hG4bKloop"), from: "127.0.0.1:7000")
    #expect(loop.first?.startLine == "SIP/2.0 482 Loop Detected")
    let spiral = proxy.receive(
      returned("z9hG4bKspiral").replacing("INVITE sip:bob@callee.test", with: "INVITE sip:carol@callee.test"),
      from: "127.0.0.1:7000")
    #expect(invites(spiral).count == 1)
  }

  @Test(arguments: [(0, "SIP/2.0 483 Too Many Hops"), (1, "INVITE sip:bob@callee.test SIP/2.0")])
  func maxForwardsIsCountedDown(hops: Int, line: String) {
    let proxy = Harness { $0.authenticatesInvite = false }
    let sent = proxy.receive(Phone.request("INVITE", from: "sip:a@b.test", maxForwards: hops))
    #expect(sent.contains { $0.startLine == line })
    #expect(invites(sent).allSatisfy { $0.header("Max-Forwards") == "0" })
  }

  @Test(arguments: [
    ("OPTIONS", "SIP/2.0 200 OK"), ("REGISTER", "SIP/2.0 401 Unauthorized"), ("MESSAGE", "SIP/2.0 483 Too Many Hops"),
    ("INVITE", "SIP/2.0 483 Too Many Hops"),
  ])
  func atZeroHopsOnlyWeAnswer(method: String, line: String) {
    let proxy = Harness { policy in
      policy.authenticatesInvite = false
      policy.routes = ["sip:*@if.internal"].compactMap(RoutePattern.init)
        .map { .init(pattern: $0, transport: .udp, address: Harness.address("127.0.0.1:7000")) }
    }
    let sent = proxy.receive(Phone.request(method, to: "sip:if.internal", from: "sip:a@b.test", maxForwards: 0))
    #expect(sent.map(\.startLine) == [line])
  }

  @Test func withoutMaxForwardsItIsAdded() {
    let proxy = Harness { $0.authenticatesInvite = false }
    let sent = proxy.receive(Phone.request("INVITE", from: "sip:a@b.test", maxForwards: nil))
    #expect(invites(sent).first?.header("Max-Forwards") == "70")
  }

  @Test(arguments: ["sip:bob@elsewhere.test", "sip:bob@127.0.0.1:9999", "sip:bob@[::1]:9999"])
  func weRelayForNobody(uri: String) {
    let proxy = Harness { $0.authenticatesInvite = false }
    let sent = proxy.receive(Phone.request("INVITE", to: uri, from: "sip:a@b.test"))
    #expect(sent.map(\.startLine) == ["SIP/2.0 403 Forbidden"])
    #expect(sent.first?.header("Reason")?.contains("no-relay") == true)
  }

  @Test(arguments: [
    ("sip:bob@callee.test;maddr=127.0.0.9", []), ("sip:bob@callee.test", ["Route: <sip:127.0.0.9:5060;lr>"]),
  ])
  func foreignWaysAreRefused(uri: String, headers: [String]) {
    let proxy = Harness { $0.authenticatesInvite = false }
    let sent = proxy.receive(Phone.request("INVITE", to: uri, from: "sip:a@b.test", headers: headers))
    #expect(sent.map(\.startLine) == ["SIP/2.0 403 Forbidden"])
    #expect(proxy.rejected("foreign-route") == 1)
  }

  @Test func aSourceThatIsNotAllowedIsRefused() {
    let proxy = Harness { $0.authenticatesInvite = false }
    let sent = proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"), from: "192.0.2.1:5080")
    #expect(sent.map(\.startLine) == ["SIP/2.0 403 Forbidden"])
    #expect(proxy.rejected("source-allowed") == 1)
  }

  @Test func betweenTransportsBothSidesGetARecordRoute() throws {
    let proxy = Harness { $0.authenticatesInvite = false }
    let sent = proxy.receive(
      Phone.request("INVITE", from: "sip:a@b.test", via: "SIP/2.0/TCP 127.0.0.1:5080"), .tcp, connection: 9)
    let invite = try #require(invites(sent).first)
    let routes = invite.headers("Record-Route")
    #expect(routes.count == 2)
    #expect(routes.first?.hasPrefix("<sip:127.0.0.1:5060;lr;") == true)
    #expect(routes.last?.hasPrefix("<sip:127.0.0.1:5060;transport=tcp;lr;") == true)
    let trying = try #require(sent.first { $0.startLine.hasPrefix("SIP/2.0 100") })
    #expect(trying.hop.connection == ConnectionID(rawValue: 9))
    // The caller's BYE comes over TCP with both routes, and leaves over UDP.
    proxy.receive(Phone.response(200, "OK", to: invite), from: "127.0.0.1:7000")
    let bye = proxy.receive(
      Phone.request(
        "BYE", to: "sip:bob@127.0.0.1:7000", toTag: "b1", cseq: 2, branch: "z9hG4bKbye",
        via: "SIP/2.0/TCP 127.0.0.1:5080", headers: routes.reversed().map { "Route: \($0)" }), .tcp, connection: 9)
    let out = try #require(bye.first { $0.startLine.hasPrefix("BYE") })
    #expect(out.hop.transport == .udp)
    #expect(out.headers("Route").isEmpty)
  }

  @Test func optionsToUsAreAnswered() {
    let proxy = Harness()
    let sent = proxy.receive(Phone.request("OPTIONS", to: "sip:if.internal"))
    #expect(sent.map(\.startLine) == ["SIP/2.0 200 OK"])
    #expect(sent.first?.header("Allow")?.contains("INVITE") == true)
  }

  @Test func whileDrainingNewCallsAreRefusedAndOthersGoOn() throws {
    let proxy = Harness()
    let invite = try #require(CallTests.invite(proxy))
    proxy.receive(Phone.response(200, "OK", to: invite), from: "127.0.0.1:7000")
    proxy.change { $0.isDraining = true }
    let refused = proxy.receive(Phone.request("INVITE", callID: "new", branch: "z9hG4bKnew"))
    #expect(refused.first?.startLine == "SIP/2.0 503 Shutting Down")
    #expect(refused.first?.header("Retry-After") == "30")
    let bye = proxy.receive(
      Phone.request(
        "BYE", to: "sip:bob@127.0.0.1:7000", toTag: "b1", cseq: 3, branch: "z9hG4bKbye",
        headers: ["Route: \(invite.header("Record-Route") ?? "")"]))
    #expect(bye.contains { $0.startLine.hasPrefix("BYE") })
  }

  @Test func limitsHoldAtTheirEdge() throws {
    var limits = ProxyLimits()
    limits.calls = 2
    let proxy = Harness(limits: limits) { $0.authenticatesInvite = false }
    for number in 0..<3 {
      let sent = proxy.receive(
        Phone.request("INVITE", from: "sip:a@b.test", callID: "c\(number)", branch: "z9hG4bK\(number)"))
      #expect(invites(sent).isEmpty == (number == 2))
      if number == 2 { #expect(sent.contains { $0.startLine == "SIP/2.0 503 Too Many Calls" }) }
    }
    limits = ProxyLimits()
    limits.contexts = 1
    let narrow = Harness(limits: limits) { $0.authenticatesInvite = false }
    for number in 0..<2 {
      let sent = narrow.receive(
        Phone.request("INVITE", from: "sip:a@b.test", callID: "c\(number)", branch: "z9hG4bK\(number)"))
      #expect(invites(sent).isEmpty == (number == 1))
      if number == 1 { #expect(sent.contains { $0.startLine == "SIP/2.0 503 Service Unavailable" }) }
    }
  }

  @Test func aCallWhoseSessionTimerRunsOutIsGivenUp() throws {
    let proxy = Harness()
    let invite = try #require(CallTests.invite(proxy))
    proxy.receive(
      Phone.response(200, "OK", to: invite, headers: ["Session-Expires: 90;refresher=uac"]), from: "127.0.0.1:7000")
    proxy.wait(.seconds(100))
    #expect(proxy.activeCalls == 1)
    proxy.wait(.seconds(60))
    #expect(proxy.activeCalls == 0)
  }

  /// §12.2.1.2: the far side knows of no such call, or is not there any more.
  @Test(arguments: [("INFO", 481), ("BYE", 481), ("BYE", 0), ("INVITE", 408)])
  func aCallThatOneSideHasForgottenIsOver(method: String, status: Int) throws {
    let proxy = Harness()
    let invite = try #require(CallTests.invite(proxy))
    proxy.receive(Phone.response(200, "OK", to: invite), from: "127.0.0.1:7000")
    #expect(proxy.activeCalls == 1)
    let route = try #require(invite.header("Record-Route"))
    let sent = proxy.receive(
      Phone.request(
        method, to: "sip:bob@127.0.0.1:7000", toURI: "sip:bob@callee.test", toTag: "b1", cseq: 3, branch: "z9hG4bKin",
        headers: ["Route: \(route)"]))
    let request = try #require(sent.first { $0.startLine.hasPrefix(method) })
    if status > 0 {
      proxy.receive(Phone.response(status, to: request), from: "127.0.0.1:7000")
    } else {
      proxy.wait(.seconds(33))
    }
    #expect(proxy.activeCalls == 0)
    #expect(proxy.events(.callTerminated).count == 1)
  }

  @Test func aLostCallIsGivenUp() throws {
    var limits = ProxyLimits()
    limits.callSeconds = 600
    let proxy = Harness(limits: limits)
    let invite = try #require(CallTests.invite(proxy))
    proxy.receive(Phone.response(200, "OK", to: invite), from: "127.0.0.1:7000")
    proxy.wait(.seconds(599))
    #expect(proxy.activeCalls == 1)
    proxy.wait(.seconds(60))
    #expect(proxy.activeCalls == 0)
    #expect(proxy.events(.callTerminated).count == 1)
  }
}
