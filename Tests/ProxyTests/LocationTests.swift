import Guard
import Proxy
import SIPLocation
import SIPMessage
import SIPTransaction
import Testing
import Wire

/// Names, several addresses for one target, and hops that are down (RFC 3263; RFC 3261 §16.6 items 7 and 10).
@Suite struct LocationTests {
  private static func hop(_ port: UInt16, _ transport: SIPTransportKind = .udp) -> LocatedHop {
    LocatedHop(transport: transport, address: Harness.address("127.0.0.1:\(port)"))
  }

  /// A proxy with a route to hops, names or addresses.
  private func routed(to hops: [String], health: Duration? = nil, _ change: (inout ProxyPolicy) -> Void = { _ in })
    throws
    -> Harness
  {
    let targets = try hops.map { try #require(LocationTarget(try SIPURI($0))) }
    let pattern = try #require(RoutePattern("sip:*@callee.test"))
    return Harness {
      $0.authenticatesInvite = false
      $0.routes = [.init(pattern: pattern, hops: targets, healthCheck: health)]
      change(&$0)
    }
  }

  private func invites(_ sent: [Harness.Sent]) -> [Harness.Sent] { sent.filter { $0.startLine.hasPrefix("INVITE") } }
  private func finals(_ sent: [Harness.Sent]) -> [String] {
    sent.filter { $0.hop.remote.port == 5080 }.map(\.startLine).filter { !$0.contains(" 100 ") }
  }

  @Test func aNameIsLocatedAndItsAddressesAreTriedInOrder() throws {
    let proxy = try routed(to: ["sip:pbx.test"])
    proxy.names["pbx.test"] = [Self.hop(7001), Self.hop(7002, .tcp), Self.hop(7003)]
    let first = proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"))
    #expect(first.first?.startLine == "SIP/2.0 100 Trying")
    #expect(invites(first).map(\.hop.remote.port) == [7001])
    // Nobody answers: the next one after the time a neighbour has.
    let second = invites(proxy.wait(.seconds(5))).filter { $0.hop.remote.port != 7001 }
    #expect(second.map(\.hop.transport) == [.tcp])
    // An overloaded one leads on; its 503 is not the caller's business.
    let third = proxy.receive(Phone.response(503, to: try #require(second.first)), from: "127.0.0.1:7002", .tcp)
    #expect(invites(third).map(\.hop.remote.port) == [7003])
    #expect(finals(third).isEmpty)
    let end = proxy.receive(Phone.response(200, "OK", to: invites(third)[0]), from: "127.0.0.1:7003")
    #expect(finals(end) == ["SIP/2.0 200 OK"])
    #expect(proxy.counted(.through, .answered) == 1)
  }

  @Test func anAddressMayHaveANameToProve() throws {
    let listener = ProxyPolicy.Listener(transport: .tls, address: Harness.address("127.0.0.1:5061"))
    for (verified, wanted) in [("hop.test", "hop.test"), (nil, "127.0.0.1")] {
      let proxy = try routed(to: ["sips:127.0.0.1:7001", "sips:pbx.test"]) {
        $0.listeners.append(listener)
        $0.routes[0].verifiedName = verified
      }
      proxy.names["pbx.test"] = [Self.hop(7002, .tls)]
      let invite = try #require(invites(proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"))).first)
      #expect(invite.hop.security?.peer == wanted)
      // A name that DNS led to as well.
      let second = try #require(invites(proxy.wait(.seconds(5))).first { $0.hop.remote.port == 7002 })
      #expect(second.hop.security?.peer == verified ?? "pbx.test")
      let ok = Phone.response(200, to: invite, headers: ["Contact: <sip:b@127.0.0.1:7001;transport=tls>"])
      proxy.receive(ok, from: "127.0.0.1:7001", .tcp)
      // Inside the call the Contact is the address, and what stands there proves the same.
      let ack = proxy.receive(
        Phone.request(
          "ACK", to: "sip:b@127.0.0.1:7001;transport=tls", from: "sip:a@b.test", toURI: "sip:bob@callee.test",
          toTag: "b1", branch: "z9hG4bKack", headers: ["Route: \(try #require(invite.header("Record-Route")))"]))
      #expect(ack.first?.hop.remote.port == 7001 && ack.first?.hop.security?.peer == wanted)
    }
  }

  @Test func aRefusalIsNoReasonToTryTheNext() throws {
    let proxy = try routed(to: ["sip:127.0.0.1:7001", "sip:127.0.0.1:7002"])
    let invite = try #require(invites(proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"))).first)
    let end = proxy.receive(Phone.response(500, to: invite), from: "127.0.0.1:7001")
    #expect(invites(end).isEmpty && finals(end) == ["SIP/2.0 500 X"])
  }

  @Test func whoHasSaidAnythingIsWaitedFor() throws {
    let proxy = try routed(to: ["sip:127.0.0.1:7001", "sip:127.0.0.1:7002"])
    let invite = try #require(invites(proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"))).first)
    proxy.receive(Phone.response(100, to: invite), from: "127.0.0.1:7001")
    #expect(invites(proxy.wait(.seconds(60))).isEmpty)
  }

  @Test func whenNobodyAnswersTheCallerHearsSo() throws {
    let proxy = try routed(to: ["sip:127.0.0.1:7001", "sip:127.0.0.1:7002"])
    proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"))
    #expect(finals(proxy.wait(.seconds(120))).first == "SIP/2.0 408 Request Timeout")
    #expect(proxy.isIdle)
  }

  @Test func aNameThatDoesNotExistIsA502() throws {
    let proxy = try routed(to: ["sip:nobody.test"])
    let sent = proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"))
    #expect(finals(sent) == ["SIP/2.0 502 Bad Gateway"])
    #expect(proxy.counted(.through, .failed) == 1)
  }

  @Test func aNameAfterAnAddressIsLocatedBeforeAnythingIsSent() throws {
    let proxy = try routed(to: ["sip:127.0.0.1:7001", "sip:pbx.test", "sip:127.0.0.1:7009"])
    let invite = try #require(invites(proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"))).first)
    #expect(proxy.located.map(\.host.text) == ["pbx.test"])
    let end = proxy.receive(Phone.response(503, to: invite), from: "127.0.0.1:7001")
    // Nothing was found: the hop behind it is next.
    #expect(invites(end).map(\.hop.remote.port) == [7009])
  }

  @Test func aCancelWhileDNSIsAskedEndsTheCall() throws {
    let proxy = try routed(to: ["sip:pbx.test"])
    proxy.holdsAnswers = true
    proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"))
    let cancelled = proxy.receive(Phone.request("CANCEL", from: "sip:a@b.test", cseq: 1))
    #expect(finals(cancelled).sorted() == ["SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"])
    proxy.names["pbx.test"] = [Self.hop(7001)]
    #expect(proxy.releaseAnswers().isEmpty)
    #expect(proxy.counted(.through, .cancelled) == 1)
  }

  @Test func othersDomainsAreReachedOnlyWhenTheyAreListed() throws {
    let change = { (policy: inout ProxyPolicy) in policy.relayDomains = ["partner.test", "*.group.test"] }
    for (uri, isReached) in [
      ("sip:x@partner.test", true), ("sip:x@a.group.test", true), ("sip:x@PARTNER.test.", true),
      ("sip:x@group.test", false), ("sip:x@agroup.test", false), ("sip:x@sub.partner.test", false),
    ] {
      let proxy = try routed(to: [], change)
      for name in ["partner.test", "a.group.test"] { proxy.names[name] = [Self.hop(7001)] }
      let sent = proxy.receive(Phone.request("INVITE", to: uri, from: "sip:a@b.test"))
      #expect(invites(sent).count == (isReached ? 1 : 0), "\(uri)")
      if isReached { #expect(proxy.located.first?.acceptsLocalAddresses == false) }
    }
  }

  @Test func insideADialogNamesAreLocatedToo() throws {
    let proxy = try routed(to: ["sip:127.0.0.1:7001"])
    let invite = try #require(invites(proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"))).first)
    proxy.receive(Phone.response(200, "OK", to: invite), from: "127.0.0.1:7001")
    let route = try #require(invite.header("Record-Route"))
    proxy.names["phone.test"] = [Self.hop(7005)]
    for (method, cseq) in [("ACK", 1), ("BYE", 2)] {
      let sent = proxy.receive(
        Phone.request(
          method, to: "sip:bob@phone.test", from: "sip:a@b.test", toURI: "sip:bob@callee.test", toTag: "b1", cseq: cseq,
          branch: "z9hG4bK\(method)", headers: ["Route: \(route)"]))
      #expect(sent.first { $0.startLine.hasPrefix(method) }?.hop.remote.port == 7005, "\(method)")
    }
  }

  // MARK: Health

  private func probes(_ sent: [Harness.Sent]) -> [Harness.Sent] { sent.filter { $0.startLine.hasPrefix("OPTIONS") } }

  @Test func aHopThatIsDownIsTriedLast() throws {
    let proxy = try routed(to: ["sip:127.0.0.1:7001", "sip:127.0.0.1:7002"], health: .seconds(10))
    // 7001 is silent, 7002 answers.
    for _ in 0..<3 {
      for probe in probes(proxy.wait(.seconds(10))) where probe.hop.remote.port == 7002 {
        proxy.receive(Phone.response(404, to: probe), from: "127.0.0.1:7002")
      }
    }
    let call = proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"))
    #expect(invites(call).map(\.hop.remote.port) == [7002])
    // It comes back with its first answer.
    var late: Harness.Sent?
    for _ in 0..<300 where late == nil {
      late = probes(proxy.wait(.milliseconds(100))).first { $0.hop.remote.port == 7001 }
    }
    let probe = try #require(late)
    proxy.receive(Phone.response(200, to: probe), from: "127.0.0.1:7001")
    let next = proxy.receive(
      Phone.request("INVITE", from: "sip:a@b.test", fromTag: "a2", callID: "call-2", branch: "z9hG4bK2"))
    #expect(invites(next).map(\.hop.remote.port) == [7001])
  }

  @Test func withoutHealthChecksNothingIsProbed() throws {
    let proxy = try routed(to: ["sip:127.0.0.1:7001", "sip:127.0.0.1:7002"])
    #expect(proxy.wait(.seconds(600)).isEmpty)
  }

  @Test func aReloadStopsProbing() throws {
    let proxy = try routed(to: ["sip:127.0.0.1:7001"], health: .seconds(1))
    #expect(!probes(proxy.wait(.seconds(1))).isEmpty)
    proxy.change { $0.policy.routes = [] }
    _ = proxy.wait(.seconds(60))
    #expect(probes(proxy.wait(.seconds(60))).isEmpty)
  }
}
