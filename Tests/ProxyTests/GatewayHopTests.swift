import Guard
import Proxy
import SIPLocation
import SIPTransaction
import Testing
import Wire
import Witness

/// Calls into the council and out of it: what goes to the gateway's hop, and what comes from there.
@Suite struct GatewayHopTests {
  /// A node with a gateway, whose rooms no route leads to.
  private static func proxy(
    clientSANs: [String] = [], _ change: (inout ProxyPolicy) -> Void = { _ in }
  ) throws -> Harness {
    try EscalationTests.proxy(policy: { policy in
      policy.gatewayHost = "gateway.invalid"
      policy.routes = []
      change(&policy)
    })
  }

  private static func invite(_ proxy: Harness, to: String = "sip:council@if.internal") throws -> Harness.Sent {
    #expect(try EscalationTests.call(proxy, headers: EscalationTests.good, to: to) == nil)
    return try #require(proxy.sent.last { $0.startLine.hasPrefix("INVITE") })
  }

  /// A request of the gateway's, of its own.
  private static func own(
    _ to: String, method: String = "INVITE", callID: String = "out-1@gateway.invalid", headers: [String] = []
  ) -> String {
    Phone.request(
      method, to: to, from: "sip:guardian-technical@if.internal", callID: callID,
      via: "SIP/2.0/TCP gateway.invalid", contact: "sip:gateway.invalid",
      headers: ["X-IF-Authenticated-User: guardian-technical", "X-IF-Trace-ID: trace-9"] + headers)
  }

  @Test func anAdmittedCallGoesToTheGateway() throws {
    let proxy = try Self.proxy()
    let invite = try Self.invite(proxy)
    #expect(invite.hop == .gateway)
    #expect(invite.header("X-IF-Trace-ID") == "trace-7")
    #expect(invite.headers("X-IF-Trace-ID").count == 1)
    #expect(invite.header("X-IF-Authenticated-User") == "expert-safety")
    #expect(invite.header("X-IF-Hazard") == "safety")
    // The phone comes back by the listener that it called.
    #expect(invite.headers("Record-Route").count == 1)
    #expect(invite.header("Record-Route")?.hasPrefix("<sip:127.0.0.1:5060;lr;ifc=") == true)
    let rings = proxy.receive(Phone.response(180, "Ringing", to: invite), over: .gateway)
    #expect(rings.first?.startLine == "SIP/2.0 180 Ringing")
    let answer = proxy.receive(
      Phone.response(200, "OK", to: invite, headers: ["Contact: <sip:gateway.invalid>"]), over: .gateway)
    #expect(answer.first?.startLine == "SIP/2.0 200 OK")
    let route = try #require(answer.first?.header("Record-Route"))
    // What the phone sends within the call goes there as well.
    for method in ["ACK", "INFO", "BYE"] {
      let sent = proxy.receive(
        Phone.request(
          method, to: "sip:gateway.invalid", from: "sip:expert-safety@external.advisor",
          toURI: "sip:council@if.internal", toTag: "b1", callID: "esc-1", cseq: method == "ACK" ? 2 : 3,
          branch: "z9hG4bK\(method)", headers: ["Route: \(route)"]))
      #expect(sent.first?.hop == .gateway, "\(method)")
      #expect(sent.first?.startLine == "\(method) sip:gateway.invalid SIP/2.0")
    }
    #expect(proxy.counted(.through, .answered) == 1)
  }

  @Test func theGatewayHangsUp() throws {
    let proxy = try Self.proxy()
    let invite = try Self.invite(proxy)
    proxy.receive(
      Phone.response(200, "OK", to: invite, headers: ["Contact: <sip:gateway.invalid>"]), over: .gateway)
    let route = try #require(invite.header("Record-Route"))
    let bye = proxy.receive(
      Phone.request(
        "BYE", to: "sip:alice@127.0.0.1:5080", from: "sip:council@if.internal", fromTag: "b1",
        toURI: "sip:expert-safety@external.advisor", toTag: "a1", callID: "esc-1", cseq: 1, branch: "z9hG4bKown",
        via: "SIP/2.0/TCP gateway.invalid", contact: nil, headers: ["Route: \(route)"]), over: .gateway)
    #expect(bye.first?.startLine == "BYE sip:alice@127.0.0.1:5080 SIP/2.0")
    #expect(bye.first?.hop.remote == Harness.address("127.0.0.1:5080"))
  }

  @Test func theOperatorHangsUp() throws {
    let proxy = try Self.proxy()
    let invite = try Self.invite(proxy)
    proxy.receive(
      Phone.response(200, "OK", to: invite, headers: ["Contact: <sip:gateway.invalid>"]), over: .gateway)
    let call = try #require(proxy.calls().first)
    let byes = proxy.hangUp(call.key).sent.filter { $0.startLine.hasPrefix("BYE") }
    #expect(byes.contains { $0.hop == .gateway && $0.startLine == "BYE sip:gateway.invalid SIP/2.0" })
    #expect(byes.contains { $0.hop.remote == Harness.address("127.0.0.1:5080") })
  }

  @Test func theGatewaysStatusIsTold() throws {
    let proxy = try Self.proxy()
    let invite = try Self.invite(proxy)
    let answer = proxy.receive(
      Phone.response(503, "Service Unavailable", to: invite, headers: ["Reason: Q.850;cause=34"]), over: .gateway)
    let refusal = try #require(answer.first { $0.startLine.hasPrefix("SIP/2.0") })
    #expect(refusal.startLine == "SIP/2.0 503 Service Unavailable")
    #expect(refusal.header("Reason") == "Q.850;cause=34")
  }

  @Test func aCallThatGuardRefusesGoesNowhere() throws {
    let proxy = try Self.proxy()
    let answer = try EscalationTests.call(proxy, headers: ["X-IF-Trace-ID: t", "X-IF-Hazard: ethics"])
    #expect(answer?.startLine == "SIP/2.0 403 Forbidden")
    #expect(!proxy.sent.contains { $0.hop.isGateway })
  }

  @Test func onlyRoomsOfOursLeadThere() throws {
    for target in ["sip:council@elsewhere.test", "sip:councillor@if.internal", "sip:council-@if.internal"] {
      let proxy = try Self.proxy()
      _ = try EscalationTests.call(proxy, headers: EscalationTests.good, to: target)
      #expect(!proxy.sent.contains { $0.hop.isGateway }, "\(target)")
    }
  }

  @Test func aRouteForTheRoomComesFirst() throws {
    let proxy = try EscalationTests.proxy(policy: { $0.gatewayHost = "gateway.invalid" })
    #expect(try EscalationTests.call(proxy, headers: EscalationTests.good) == nil)
    let invite = try #require(proxy.sent.last { $0.startLine.hasPrefix("INVITE") })
    #expect(invite.hop.remote == Harness.address("127.0.0.1:7000"))
  }

  @Test func withoutAGatewayARoomIsNobody() throws {
    let proxy = try Self.proxy { $0.gatewayHost = nil }
    let answer = try EscalationTests.call(proxy, headers: EscalationTests.good)
    #expect(answer?.startLine == "SIP/2.0 404 Not Found")
  }

  // MARK: SIPS

  /// A call to a SIPS URI over TLS: what was sent for it, with the hop it came from.
  private static func secureCall(
    isCouncilHere: Bool, to: String = "sips:council@if.internal"
  ) throws -> (proxy: Harness, hop: Hop, sent: [Harness.Sent]) {
    var listener: UInt16 = 0
    let proxy = try Self.proxy { policy in
      listener = UInt16(policy.listeners.count)
      policy.listeners.append(.init(transport: .tls, address: Harness.address("127.0.0.1:5061")))
      policy.isCouncilHere = isCouncilHere
    }
    let hop = Hop(
      transport: .tls, remote: Harness.address("127.0.0.1:5090"), connection: ConnectionID(rawValue: 5),
      listener: listener)
    func invite(_ cseq: Int, _ headers: [String]) -> String {
      Phone.request(
        "INVITE", to: to, from: "sip:expert-safety@external.advisor", callID: "sips-1", cseq: cseq,
        branch: "z9hG4bKs\(cseq)", via: "SIP/2.0/TLS 127.0.0.1:5090", contact: "sips:alice@127.0.0.1:5090",
        headers: EscalationTests.good + headers)
    }
    let challenge = try #require(proxy.receive(invite(1, []), over: hop).first)
    let credentials = Phone.credentials(for: challenge, user: "expert-safety", password: "expert", uri: to)
    return (proxy, hop, proxy.receive(invite(2, [credentials]), over: hop))
  }

  /// Into a council of this process a call to a SIPS URI goes: nothing of it leaves the machine (RFC 3261 §26.2.2).
  @Test func aSIPSCallReachesTheCouncilOfThisNode() throws {
    let (proxy, hop, sent) = try Self.secureCall(isCouncilHere: true)
    let invite = try #require(sent.last { $0.startLine.hasPrefix("INVITE") })
    #expect(invite.hop == .gateway)
    #expect(invite.startLine == "INVITE sips:council@if.internal SIP/2.0")
    let route = try #require(invite.header("Record-Route"))
    #expect(route.hasPrefix("<sips:127.0.0.1:5061;transport=tcp;lr;ifc="))
    let answer = proxy.receive(
      Phone.response(200, "OK", to: invite, headers: ["Contact: <sips:gateway.invalid>"]), over: .gateway)
    #expect(answer.first?.hop.transport == .tls)
    // What is sent within the call goes by its Routes, which are SIPS URIs: there and back.
    let info = proxy.receive(
      Phone.request(
        "INFO", to: "sips:gateway.invalid", from: "sip:expert-safety@external.advisor",
        toURI: "sips:council@if.internal", toTag: "b1", callID: "sips-1", cseq: 3, branch: "z9hG4bKi",
        via: "SIP/2.0/TLS 127.0.0.1:5090", contact: nil, headers: ["Route: \(route)"]), over: hop)
    #expect(info.first?.startLine == "INFO sips:gateway.invalid SIP/2.0")
    #expect(info.first?.hop == .gateway)
    let bye = proxy.receive(
      Phone.request(
        "BYE", to: "sips:alice@127.0.0.1:5090", from: "sips:council@if.internal", fromTag: "b1",
        toURI: "sip:expert-safety@external.advisor", toTag: "a1", callID: "sips-1", cseq: 1, branch: "z9hG4bKown",
        via: "SIP/2.0/TCP gateway.invalid", contact: nil, headers: ["Route: \(route)"]), over: .gateway)
    #expect(bye.first?.startLine == "BYE sips:alice@127.0.0.1:5090 SIP/2.0")
    #expect(bye.first?.hop.transport == .tls)
  }

  /// To a council of others H.323 goes over TCP: a SIPS URI does not lead there (RFC 5630 §5.3).
  @Test func aSIPSCallDoesNotReachACouncilOfOthers() throws {
    let (proxy, _, sent) = try Self.secureCall(isCouncilHere: false)
    #expect(!proxy.sent.contains { $0.hop.isGateway })
    let refusal = try #require(sent.last)
    #expect(refusal.startLine == "SIP/2.0 480 Temporarily Unavailable")
    #expect(refusal.header("Warning")?.hasPrefix("380 if.internal \"SIPS Not Allowed") == true)
    // A SIP URI does, over whatever it came.
    let plain = try Self.secureCall(isCouncilHere: false, to: "sip:council@if.internal")
    #expect(plain.sent.contains { $0.hop.isGateway })
  }

  // MARK: From outside

  /// Nobody on a network is the gateway, whatever a message says of itself, and nobody reaches it past guard.
  @Test func nobodyOutsideIsTheGateway() throws {
    let proxy = try Self.proxy()
    let forged = proxy.receive(Self.own("sip:bob@if.internal"), from: "127.0.0.1:5090", .tcp, connection: 9)
    #expect(forged.first?.startLine.hasPrefix("SIP/2.0 407") == true)
    #expect(proxy.events(.guardDecision).isEmpty)
    for target in ["sip:gateway.invalid", "sip:council@gateway.invalid"] {
      proxy.receive(
        Phone.request("INVITE", to: target, callID: "x\(target.utf8.count)", branch: "z9hG4bKx\(target.utf8.count)"))
      proxy.receive(Phone.request("BYE", to: target, toTag: "t", callID: "y", branch: "z9hG4bKy\(target.utf8.count)"))
      proxy.receive(
        Phone.request(
          "BYE", to: target, toTag: "t", callID: "z", branch: "z9hG4bKz\(target.utf8.count)",
          headers: ["Route: <sip:127.0.0.1:5060;lr;ifc=0123456789abcdef>"]))
    }
    #expect(!proxy.sent.contains { $0.hop.isGateway })
    var hop = Hop.gateway
    hop.listener = 3
    #expect(!hop.isGateway)
    hop = .gateway
    hop.connection = ConnectionID(rawValue: 9)
    #expect(!hop.isGateway)
  }

  // MARK: Out of the council

  @Test func theCouncilCallsAnExpertByTheRulesOfOurOwnCalls() throws {
    let proxy = try Self.proxy {
      $0.routes = [RoutePattern("sip:*@external.advisor")].compactMap { $0 }
        .map { .init(pattern: $0, transport: .udp, address: Harness.address("127.0.0.1:7000")) }
    }
    let sent = proxy.receive(Self.own("sip:expert-safety@external.advisor"), over: .gateway)
    let invite = try #require(sent.last { $0.startLine.hasPrefix("INVITE") })
    #expect(invite.hop.remote == Harness.address("127.0.0.1:7000"))
    #expect(invite.header("X-IF-Trace-ID") == "trace-9")
    #expect(invite.header("X-IF-Hazard") == "safety")
    #expect(invite.header("X-IF-Authenticated-User") == nil)
    #expect(proxy.events(.guardDecision).count == 1)
    let answer = proxy.receive(Phone.response(180, "Ringing", to: invite), from: "127.0.0.1:7000")
    #expect(answer.first?.hop.isGateway == true)
    // The answer's own requests find the way back.
    proxy.receive(
      Phone.response(200, "OK", to: invite, headers: ["Contact: <sip:expert-safety@127.0.0.1:7000>"]),
      from: "127.0.0.1:7000")
    let route = try #require(invite.header("Record-Route"))
    let bye = proxy.receive(
      Phone.request(
        "BYE", to: "sip:gateway.invalid", from: "sip:expert-safety@external.advisor", fromTag: "b1",
        toURI: "sip:guardian-technical@if.internal", toTag: "a1", callID: "out-1@gateway.invalid", cseq: 1,
        branch: "z9hG4bKback", headers: ["Route: \(route)"]), from: "127.0.0.1:7000")
    #expect(bye.first?.hop.isGateway == true)
  }

  @Test func anExpertsRateHoldsForCallsOutOfTheCouncil() throws {
    let proxy = try Self.proxy {
      $0.callQuota = CallQuota(perWindow: 1, atOnce: 9)
      $0.routes = [RoutePattern("sip:*@external.advisor")].compactMap { $0 }
        .map { .init(pattern: $0, transport: .udp, address: Harness.address("127.0.0.1:7000")) }
    }
    proxy.receive(Self.own("sip:expert-safety@external.advisor"), over: .gateway)
    let second = proxy.receive(
      Self.own("sip:expert-safety@external.advisor", callID: "out-2@gateway.invalid").replacing("branch1", with: "2"),
      over: .gateway)
    #expect(second.first?.startLine == "SIP/2.0 480 Temporarily Unavailable")
    #expect(second.first?.hop.isGateway == true)
  }

  @Test(arguments: [
    ("sip:expert-unknown@external.advisor", 403), ("sip:council@if.internal", 482), ("sip:nobody@if.internal", 404),
    ("sip:anybody@elsewhere.test", 403),
  ])
  func othersAreNotCalled(target: String, status: Int) throws {
    let proxy = try Self.proxy()
    let answer = proxy.receive(Self.own(target), over: .gateway)
    let final = try #require(answer.first { !$0.startLine.hasPrefix("SIP/2.0 100") })
    #expect(final.startLine.hasPrefix("SIP/2.0 \(status)"))
    #expect(final.hop.isGateway)
  }
}
