import Guard
import Proxy
import SIPTransaction
import Testing
import Wire

/// Several branches, several ways to one target, and what the caller hears of it (RFC 3261 §16.5 to §16.7, RFC 3263 §4.3).
@Suite struct ForkingTests {
  /// A proxy without authentication of calls, and phones behind one address of record.
  private func forking(
    _ count: Int, over transport: SIPTransportKind = .udp, _ change: (inout ProxyPolicy) -> Void = { _ in }
  ) -> Harness {
    let proxy = Harness {
      $0.authenticatesInvite = false
      change(&$0)
    }
    proxy.bindings["team@if.internal"] = (0..<count).map { phone($0, over: transport) }
    return proxy
  }

  private func phone(_ index: Int, over transport: SIPTransportKind = .udp) -> Contact {
    let port = 7100 + index
    return Contact(
      uri: "sip:team@127.0.0.1:\(port)", key: "\(index)", expiresIn: 60,
      hop: Harness.hop("127.0.0.1:\(port)", transport))
  }

  private func invites(_ sent: [Harness.Sent]) -> [Harness.Sent] { sent.filter { $0.startLine.hasPrefix("INVITE") } }
  private func finals(_ sent: [Harness.Sent]) -> [Harness.Sent] {
    sent.filter { $0.hop.remote.port == 5080 && $0.startLine.hasPrefix("SIP/2.0") && !$0.startLine.contains(" 100 ") }
  }

  private func call(_ proxy: Harness, headers: [String] = [], body: String = "") -> [Harness.Sent] {
    proxy.receive(
      Phone.request("INVITE", to: "sip:team@if.internal", from: "sip:a@b.test", headers: headers, body: body))
  }

  @Test func theChallengesOfAllBranchesGoBackTogether() throws {
    let proxy = forking(3)
    let branches = invites(call(proxy))
    var sent = proxy.receive(
      Phone.response(401, to: branches[0], headers: ["WWW-Authenticate: Digest realm=\"one\", nonce=\"1\""]),
      from: "127.0.0.1:7100")
    sent += proxy.receive(Phone.response(486, to: branches[1]), from: "127.0.0.1:7101")
    sent += proxy.receive(
      Phone.response(
        407, to: branches[2],
        headers: [
          "Proxy-Authenticate: Digest realm=\"two\", nonce=\"2\"",
          "Proxy-Authenticate: Digest realm=\"three\", nonce=\"3\"",
        ]), from: "127.0.0.1:7102")
    let final = try #require(finals(sent).first)
    #expect(final.startLine.hasPrefix("SIP/2.0 401") || final.startLine.hasPrefix("SIP/2.0 407"))
    #expect(final.headers("WWW-Authenticate") == ["Digest realm=\"one\", nonce=\"1\""])
    #expect(
      final.headers("Proxy-Authenticate") == [
        "Digest realm=\"two\", nonce=\"2\"", "Digest realm=\"three\", nonce=\"3\"",
      ])
  }

  @Test func whoeverStopsRingingHearsWhy() throws {
    let proxy = forking(2)
    let branches = invites(call(proxy))
    proxy.receive(Phone.response(180, to: branches[0]), from: "127.0.0.1:7100")
    let sent = proxy.receive(Phone.response(200, "OK", to: branches[1]), from: "127.0.0.1:7101")
    let cancel = try #require(sent.first { $0.startLine.hasPrefix("CANCEL") })
    #expect(cancel.header("Reason") == "SIP;cause=200;text=\"Call completed elsewhere\"")
  }

  @Test func theCallersReasonForCancellingGoesOn() throws {
    let proxy = forking(1)
    let branches = invites(call(proxy))
    proxy.receive(Phone.response(180, to: branches[0]), from: "127.0.0.1:7100")
    let sent = proxy.receive(
      Phone.request(
        "CANCEL", to: "sip:team@if.internal", from: "sip:a@b.test", headers: ["Reason: Q.850;cause=16;text=\"x\""]))
    #expect(sent.first { $0.startLine.hasPrefix("CANCEL") }?.header("Reason") == "Q.850;cause=16;text=\"x\"")
  }

  // MARK: Ways

  @Test func aLongRequestGoesOverTCPAndComesBackToUDP() throws {
    let proxy = Harness { $0.authenticatesInvite = false }
    let sent = proxy.receive(
      Phone.request("INVITE", from: "sip:a@b.test", body: String(repeating: "x", count: 1300)))
    let overTCP = try #require(invites(sent).first)
    #expect(overTCP.hop.transport == .tcp && overTCP.hop.remote.port == 7000)
    #expect(overTCP.header("Via")?.hasPrefix("SIP/2.0/TCP") == true)
    #expect(overTCP.header("Record-Route")?.contains("transport=tcp") == true)
    // Nobody listens there: §18.1.1 sends it as a datagram after all.
    let again = try #require(invites(proxy.transportFails()).first)
    #expect(again.hop.transport == .udp && again.hop.remote.port == 7000)
    #expect(again.header("Via") != overTCP.header("Via"))
    let end = proxy.receive(Phone.response(200, "OK", to: again), from: "127.0.0.1:7000")
    #expect(finals(end).map(\.startLine) == ["SIP/2.0 200 OK"])
  }

  @Test(arguments: [(1300, SIPTransportKind.udp), (1301, .tcp)])
  func onlyWhatIsLongGoesOverTCP(size: Int, transport: SIPTransportKind) throws {
    let proxy = Harness { $0.authenticatesInvite = false }
    let plain = proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"))
    let length = try #require(invites(plain).first).text.utf8.count
    let other = Harness { $0.authenticatesInvite = false }
    // Content-Length has three digits then.
    let body = String(repeating: "x", count: size - length - 2)
    let sent = other.receive(Phone.request("INVITE", from: "sip:a@b.test", body: body))
    let invite = try #require(invites(sent).first)
    #expect(invite.hop.transport == transport)
    if transport == .udp { #expect(invite.text.utf8.count == size) }
  }

  @Test func whatRegisteredOverUDPIsCalledOverUDP() throws {
    let proxy = forking(1)
    let sent = call(proxy, body: String(repeating: "x", count: 3000))
    #expect(invites(sent).map(\.hop.transport) == [.udp])
  }

  // MARK: Redirections

  @Test func aRedirectionIsFollowedWhenWeAreAskedTo() throws {
    let proxy = forking(1) { $0.followsRedirects = true }
    proxy.bindings["other@if.internal"] = [
      Contact(uri: "sip:other@127.0.0.1:7200", key: "o", expiresIn: 60, hop: Harness.hop("127.0.0.1:7200"))
    ]
    let first = try #require(invites(call(proxy)).first)
    let second = invites(
      proxy.receive(
        Phone.response(302, to: first, headers: ["Contact: <sip:other@if.internal>;q=0.5, <sip:x@callee.test?a=b>"]),
        from: "127.0.0.1:7100"))
    // The static route first, since its contact has the higher q.
    #expect(second.map(\.startLine) == ["INVITE sip:x@callee.test SIP/2.0"])
    let third = invites(proxy.receive(Phone.response(404, to: second[0]), from: "127.0.0.1:7000"))
    #expect(third.map(\.hop.remote.port) == [7200])
    let end = proxy.receive(Phone.response(200, "OK", to: third[0]), from: "127.0.0.1:7200")
    #expect(finals(end).map(\.startLine) == ["SIP/2.0 200 OK"])
  }

  @Test(arguments: [
    "sip:stranger@192.0.2.1", "sip:stranger@elsewhere.test", "sip:council@if.internal", "sip:team@if.internal",
    "sip:x@callee.test;maddr=192.0.2.1",
  ])
  func aRedirectionLeadsNowhereTheCallerMayNotGo(contact: String) throws {
    var targets = EscalationTargets()
    try targets.add("sip:council@if.internal")
    let proxy = forking(1) {
      $0.followsRedirects = true
      $0.escalationTargets = targets
      $0.tlsRequirement = .none
    }
    let first = try #require(invites(call(proxy)).first)
    let sent = proxy.receive(
      Phone.response(302, to: first, headers: ["Contact: <\(contact)>"]), from: "127.0.0.1:7100")
    #expect(invites(sent).isEmpty)
    #expect(finals(sent).map { $0.startLine.prefix(11) } == ["SIP/2.0 302"])
  }

  @Test func redirectionsEnd() throws {
    let proxy = forking(1) { $0.followsRedirects = true }
    var pending = invites(call(proxy))
    var count = 0
    while let invite = pending.first, count < 100 {
      count += 1
      pending = invites(
        proxy.receive(
          Phone.response(302, to: invite, headers: ["Contact: <sip:x\(count)@callee.test>"]),
          from: "\(invite.hop.remote)"))
    }
    #expect(count == ProxyLimits().targets)
  }

  // MARK: Extensions and dialogs

  @Test func anUnknownExtensionOfProxiesIsRefused() throws {
    let proxy = forking(1)
    let sent = call(proxy, headers: ["Proxy-Require: privacy, x-new"])
    #expect(sent.map(\.startLine) == ["SIP/2.0 420 Bad Extension"])
    #expect(sent.first?.header("Unsupported") == "privacy, x-new")
    // Refused before it was admitted: no failure (DOMAIN §12).
    #expect(proxy.counted(.through, .rejected) == 1 && proxy.counted(.through, .failed) == 0)
  }

  @Test func aSubscriptionStaysOnOurWay() throws {
    let proxy = forking(1)
    let sent = proxy.receive(
      Phone.request("SUBSCRIBE", to: "sip:team@if.internal", from: "sip:a@b.test", headers: ["Event: dialog"]))
    let subscribe = try #require(sent.first { $0.startLine.hasPrefix("SUBSCRIBE") })
    let route = try #require(subscribe.header("Record-Route"))
    proxy.receive(Phone.response(200, "OK", to: subscribe), from: "127.0.0.1:7100")
    let notify = Phone.request(
      "NOTIFY", to: "sip:alice@127.0.0.1:5080", from: "sip:team@if.internal", fromTag: "b1", toURI: "sip:a@b.test",
      toTag: "a1", branch: "z9hG4bKn", via: "SIP/2.0/UDP 127.0.0.1:7100",
      headers: ["Route: \(route)", "Event: dialog", "Subscription-State: active"])
    let out = proxy.receive(notify, from: "127.0.0.1:7100")
    #expect(out.first { $0.startLine.hasPrefix("NOTIFY") }?.hop.remote.port == 5080)
  }
}
