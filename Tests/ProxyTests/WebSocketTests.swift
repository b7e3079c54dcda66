import Proxy
import SIPTransaction
import Testing
import Wire

/// Browsers' phones, to which nothing leads but what they opened (RFC 7118 §5).
@Suite struct WebSocketTests {
  /// Registers bob's browser; without outbound, as many programs do.
  @discardableResult
  private func browser(
    _ proxy: Harness, connection: UInt64, contact: String = "<sip:bob@df7jal23ls0d.invalid;transport=ws>"
  ) throws -> Harness.Sent {
    try Phone.register(
      proxy, contact: contact, user: "bob", password: "hunter2", to: "sip:bob@if.internal", callID: "reg-\(connection)",
      from: "127.0.0.1:\(40_000 + connection)", via: "SIP/2.0/WS df7jal23ls0d.invalid", .ws, connection: connection)
  }

  private func invite(_ sent: [Harness.Sent]) throws -> Harness.Sent {
    try #require(sent.first { $0.startLine.hasPrefix("INVITE") })
  }

  @Test(
    "whatever its contact says, a browser is reached over its connection only",
    arguments: [
      "<sip:bob@df7jal23ls0d.invalid;transport=ws>", "<sip:bob@127.0.0.1:40007;transport=ws>",
      "<sip:bob@192.0.2.1;transport=ws>", "<sip:bob@browser.example;transport=wss>",
    ])
  func contacts(contact: String) throws {
    let proxy = Harness()
    #expect(try browser(proxy, connection: 7, contact: contact).startLine == "SIP/2.0 200 OK")
    let sent = try invite(try Phone.call(proxy, "sip:bob@if.internal"))
    #expect(sent.hop.transport == .ws && sent.hop.connection == ConnectionID(7) && sent.hop.isFlow)
    #expect(sent.hop.listener == 3)
    #expect(sent.headers("Via").first?.hasPrefix("SIP/2.0/WS 127.0.0.1:8080;") == true)
    // One Record-Route for each side, of its own kind (RFC 5658), and the browser's flow in it.
    let routes = sent.headers("Record-Route")
    #expect(routes.count == 2)
    #expect(routes.first?.hasPrefix("<sip:127.0.0.1:8080;transport=ws;lr;ifc=") == true)
    #expect(routes.first?.contains(";ifb=") == true)
    #expect(routes.last?.hasPrefix("<sip:127.0.0.1:5060;lr;ifc=") == true)
  }

  @Test("a connection that is gone is not opened anew: the caller hears 480")
  func gone() throws {
    let proxy = Harness()
    try browser(proxy, connection: 7)
    proxy.deadConnections = [7]
    let sent = try Phone.call(proxy, "sip:bob@if.internal")
    #expect(!sent.contains { $0.startLine.hasPrefix("INVITE") })
    #expect(sent.last?.startLine == "SIP/2.0 480 Temporarily Unavailable")
  }

  @Test("a browser that goes while it rings ends the call's branch at once")
  func goesWhileRinging() throws {
    let proxy = Harness()
    try browser(proxy, connection: 7)
    let ringing = try invite(try Phone.call(proxy, "sip:bob@if.internal"))
    proxy.receive(Phone.response(180, to: ringing), from: "127.0.0.1:40007", .ws, connection: 7)
    let sent = proxy.connectionClosed(7)
    #expect(sent.map(\.startLine) == ["SIP/2.0 480 Temporarily Unavailable"])
    #expect(proxy.counted(.through, .failed) == 1)
  }

  @Test("a browser that calls is reached inside the dialog over its connection, although its contact is an address")
  func calls() throws {
    let proxy = Harness()
    let request = Phone.request(
      "INVITE", via: "SIP/2.0/WS a.invalid", contact: "sip:alice@127.0.0.1:40009;transport=ws")
    let challenge = try #require(proxy.receive(request, from: "127.0.0.1:40009", .ws, connection: 9).first)
    let answer = Phone.credentials(for: challenge)
    let again = Phone.request(
      "INVITE", cseq: 2, branch: "z9hG4bKbranch2", via: "SIP/2.0/WS a.invalid",
      contact: "sip:alice@127.0.0.1:40009;transport=ws", headers: [answer])
    let sent = try invite(proxy.receive(again, from: "127.0.0.1:40009", .ws, connection: 9))
    #expect(sent.hop.transport == .udp)
    let routes = sent.headers("Record-Route")
    #expect(routes.count == 2)
    #expect(routes.first?.hasPrefix("<sip:127.0.0.1:5060;lr;ifc=") == true && routes.first?.contains(";ifa=") == true)
    #expect(routes.last?.hasPrefix("<sip:127.0.0.1:8080;transport=ws;lr;ifc=") == true)
    proxy.receive(
      Phone.response(200, to: sent, headers: ["Contact: <sip:bob@127.0.0.1:7000>"]), from: "127.0.0.1:7000")
    // The callee hangs up along the recorded routes.
    let bye = Phone.request(
      "BYE", to: "sip:alice@127.0.0.1:40009;transport=ws", from: "sip:bob@callee.test", fromTag: "b1",
      toURI: "sip:alice@if.internal", toTag: "a1", branch: "z9hG4bKbye", via: "SIP/2.0/UDP 127.0.0.1:7000",
      contact: nil, headers: routes.map { "Route: \($0)" })
    let forwarded = proxy.receive(bye, from: "127.0.0.1:7000")
    #expect(forwarded.first?.startLine.hasPrefix("BYE ") == true)
    #expect(forwarded.first?.hop.connection == ConnectionID(9) && forwarded.first?.hop.transport == .ws)
    #expect(forwarded.first?.hop.isFlow == true && forwarded.first?.headers("Route").isEmpty == true)
  }
}
