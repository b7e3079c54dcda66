import Proxy
import Testing

/// Neighbours that route as RFC 2543 had it (RFC 3261 §16.4, §16.6 item 6, §16.12.1).
@Suite struct StrictRoutingTests {
  /// A call through the proxy; the Record-Route it put in.
  private func call(_ proxy: Harness) throws -> String {
    let sent = proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"))
    let invite = try #require(sent.first { $0.startLine.hasPrefix("INVITE") })
    proxy.receive(Phone.response(200, "OK", to: invite), from: "127.0.0.1:7000")
    proxy.clear()
    return try #require(invite.header("Record-Route"))
  }

  private func bye(to uri: String, routes: [String]) -> String {
    Phone.request(
      "BYE", to: uri, from: "sip:a@b.test", toURI: "sip:bob@callee.test", toTag: "b1", cseq: 2,
      branch: "z9hG4bKbye", headers: routes.map { "Route: \($0)" })
  }

  @Test func ourRecordRouteInTheRequestURIIsUndone() throws {
    let proxy = Harness { $0.authenticatesInvite = false }
    let own = try call(proxy).dropFirst().dropLast()
    let sent = proxy.receive(bye(to: String(own), routes: ["<sip:bob@127.0.0.1:7001>"]))
    let out = try #require(sent.first { $0.startLine.hasPrefix("BYE") })
    #expect(out.startLine == "BYE sip:bob@127.0.0.1:7001 SIP/2.0")
    #expect(out.headers("Route").isEmpty)
    #expect(out.hop.remote.port == 7001)
  }

  @Test func routesBeforeTheDisplacedOneStay() throws {
    let proxy = Harness { $0.authenticatesInvite = false }
    let own = try call(proxy).dropFirst().dropLast()
    let sent = proxy.receive(
      bye(to: String(own), routes: ["<sip:127.0.0.1:7002;lr>, <sip:127.0.0.1:7003;lr>", "<sip:bob@127.0.0.1:7001>"]))
    let out = try #require(sent.first { $0.startLine.hasPrefix("BYE") })
    #expect(out.startLine == "BYE sip:bob@127.0.0.1:7001 SIP/2.0")
    #expect(out.headers("Route") == ["<sip:127.0.0.1:7002;lr>", "<sip:127.0.0.1:7003;lr>"])
    #expect(out.hop.remote.port == 7002)
  }

  @Test func aStrictNextHopFindsItselfInTheRequestURI() throws {
    let proxy = Harness { $0.authenticatesInvite = false }
    let own = try call(proxy)
    let sent = proxy.receive(
      bye(to: "sip:bob@127.0.0.1:7001", routes: ["\(own), <sip:127.0.0.1:7002>, <sip:127.0.0.1:7003;lr>"]))
    let out = try #require(sent.first { $0.startLine.hasPrefix("BYE") })
    #expect(out.startLine == "BYE sip:127.0.0.1:7002 SIP/2.0")
    #expect(out.headers("Route") == ["<sip:127.0.0.1:7003;lr>", "<sip:bob@127.0.0.1:7001>"])
    #expect(out.hop.remote.port == 7002)
  }

  @Test func aForgedCookieInTheRequestURIIsNoWayIn() throws {
    let proxy = Harness { $0.authenticatesInvite = false }
    _ = try call(proxy)
    let forged = "sip:127.0.0.1:5060;lr;ifc=0123456789abcdef"
    let sent = proxy.receive(bye(to: forged, routes: ["<sip:bob@127.0.0.1:7001>"]))
    #expect(sent.map(\.startLine) == ["SIP/2.0 481 Call/Transaction Does Not Exist"])
  }

  @Test func outsideADialogNothingIsUndone() throws {
    let proxy = Harness { $0.authenticatesInvite = false }
    let own = try call(proxy).dropFirst().dropLast()
    let sent = proxy.receive(
      Phone.request(
        "MESSAGE", to: String(own), from: "sip:a@b.test", callID: "other", branch: "z9hG4bKm",
        headers: ["Route: <sip:bob@127.0.0.1:7001>"]))
    #expect(sent.map(\.startLine) == ["SIP/2.0 403 Forbidden"])
  }
}
