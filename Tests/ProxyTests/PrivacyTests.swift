import Proxy
import SIPTransaction
import Testing
import Wire

/// `privacy_service`: phones that ask to be hidden (RFC 3323).
@Suite struct PrivacyTests {
  typealias Net = HiddenNetwork

  /// Nobody is hidden but those who ask.
  private static func proxy(_ change: (inout ProxyPolicy) -> Void = { _ in }) -> Harness {
    Net.proxy {
      $0.hiding = nil
      $0.isPrivacyService = true
      change(&$0)
    }
  }

  /// An INVITE from 10.0.0.7 with these headers: the request that goes on, or the answer.
  private func call(_ proxy: Harness, _ headers: [String]) throws -> Harness.Sent {
    let sent = proxy.receive(Net.fromInside("INVITE", headers: headers), from: Net.inner, .tcp, connection: 1)
    return try #require(sent.first { !$0.startLine.contains(" 100 ") }, "\(sent.map(\.text))")
  }

  @Test(
    arguments: [
      // What is asked, whether the sender is hidden, what is left of the header.
      ("header", true, nil), ("Header", true, nil), ("header;critical", true, nil), ("header;id", true, "id"),
      ("header;user", true, "user"), ("header;id;critical", true, "id;critical"), ("none", false, "none"),
      ("id", false, "id"), ("user", false, "user"), ("session", false, "session"),
    ] as [(String, Bool, String?)])
  func whoAsksIsHidden(privacy: String, isHidden: Bool, left: String?) throws {
    let invite = try call(Self.proxy(), ["Privacy: \(privacy)", "Proxy-Require: privacy"])
    #expect(invite.startLine.hasPrefix("INVITE"))
    #expect(Net.tellsOfInside(invite) != isHidden)
    #expect(invite.header("Privacy") == left)
    // The demand for a service goes with the last wish.
    #expect((invite.header("Proxy-Require") == nil) == (left == nil))
    #expect(invite.header("From") == "<sip:alice@inner.test>;tag=a1")
  }

  @Test(
    arguments: [
      ("critical;session", 500, "Privacy Failure: session"),
      ("header;user;critical;history", 500, "Privacy Failure: user, history"),
      ("none;header", 400, "Bad Privacy"),
    ])
  func whatCannotBeDoneIsRefusedWhereItIsCritical(privacy: String, status: Int, phrase: String) throws {
    let proxy = Self.proxy()
    let answer = try call(proxy, ["Privacy: \(privacy)"])
    #expect(answer.startLine == "SIP/2.0 \(status) \(phrase)")
    #expect(!proxy.sent.contains { $0.startLine.hasPrefix("INVITE") })
  }

  @Test func whoeverIsNoServicePassesTheWishOn() throws {
    let proxy = Self.proxy { $0.isPrivacyService = false }
    let invite = try call(proxy, ["Privacy: header;critical"])
    #expect(invite.header("Privacy") == "header;critical" && invite.headers("Via").count == 3)
    let demand = try call(Self.proxy { $0.isPrivacyService = false }, ["Proxy-Require: privacy"])
    #expect(demand.startLine == "SIP/2.0 420 Bad Extension" && demand.header("Unsupported") == "privacy")
    let other = try call(Self.proxy(), ["Proxy-Require: privacy, foo"])
    #expect(other.header("Unsupported") == "foo")
  }

  @Test func noneDoesNotShowTheOperatorsNetwork() throws {
    let proxy = Net.proxy { $0.isPrivacyService = true }
    let invite = try call(proxy, ["Privacy: none"])
    #expect(!Net.tellsOfInside(invite) && invite.header("Privacy") == "none")
  }

  @Test func theCallerStaysHiddenForAsLongAsTheCallLasts() throws {
    let proxy = Self.proxy()
    let invite = try call(proxy, ["Privacy: header", "Record-Route: <sip:10.0.0.2;transport=tcp;lr>"])
    let answer = try #require(
      proxy.receive(
        Phone.response(200, to: invite, headers: ["Contact: <sip:bob@198.51.100.77>"]), from: Net.outer
      ).first { $0.startLine.hasPrefix("SIP/2.0 200") })
    let routes = Net.values("Record-Route", of: answer)
    #expect(routes.count == 3 && routes[0].contains(";ifp"))
    // Its later requests do not say it again.
    for (core, method) in [(proxy, "UPDATE"), (Self.proxy(), "BYE")] {
      let sent = core.receive(
        Net.fromInside(
          method, to: "sip:bob@198.51.100.77", tags: ("a1", "b1"), cseq: 2,
          headers: routes.dropLast().reversed().map { "Route: \($0)" }), from: Net.inner, .tcp, connection: 1)
      let request = try #require(sent.first { $0.startLine.hasPrefix(method) }, "\(sent.map(\.text))")
      #expect(!Net.tellsOfInside(request) && request.headers("Via").count == 1)
    }
    let bye = try #require(
      proxy.receive(
        Net.fromOutside(
          "BYE", to: Net.uri(invite.header("Contact")), tags: ("b1", "a1"),
          headers: Net.values("Record-Route", of: invite).map { "Route: \($0)" }), from: Net.outer
      ).first { $0.startLine.hasPrefix("BYE") })
    #expect(bye.startLine == "BYE sip:alice@10.0.0.7:5080;transport=udp SIP/2.0")
    #expect(bye.hop.remote == Harness.address(Net.inner))
  }

  @Test func aCalleeMayAskForItInItsAnswer() throws {
    let proxy = Self.proxy()
    let invite = try #require(
      proxy.receive(Net.fromOutside("INVITE"), from: Net.outer).first { $0.startLine.hasPrefix("INVITE") })
    let answer = try #require(
      proxy.receive(
        Phone.response(200, to: invite, headers: ["Contact: <sip:bob@10.0.0.9>", "Privacy: header"]), from: Net.inner,
        .tcp, connection: 1
      ).first { $0.startLine.hasPrefix("SIP/2.0 200") })
    #expect(!Net.tellsOfInside(answer) && answer.header("Privacy") == nil)
    let ack = try #require(
      proxy.receive(
        Net.fromOutside(
          "ACK", to: Net.uri(answer.header("Contact")), tags: ("a1", "b1"),
          headers: Net.values("Record-Route", of: answer).map { "Route: \($0)" }), from: Net.outer
      ).first)
    #expect(ack.startLine == "ACK sip:bob@10.0.0.9 SIP/2.0")
  }

  @Test func bothSidesMayBeHiddenFromEachOther() throws {
    // A caller outside who asks for it, and a network that hides itself.
    let proxy = Net.proxy { $0.isPrivacyService = true }
    let sent = proxy.receive(
      Net.fromOutside(
        "INVITE", headers: ["Privacy: header", "Record-Route: <sip:198.51.100.5;lr>, <sip:198.51.100.6;lr>"]),
      from: Net.outer)
    let invite = try #require(sent.first { $0.startLine.hasPrefix("INVITE") })
    #expect(!invite.text.contains("198.51.100."))
    let answer = try #require(
      proxy.receive(
        Phone.response(200, to: invite, headers: ["Contact: <sip:bob@10.0.0.9>"])
          .replacing("Record-Route: ", with: "Record-Route: <sip:10.0.0.2;transport=tcp;lr>, "), from: Net.inner, .tcp,
        connection: 1
      ).first { $0.startLine.hasPrefix("SIP/2.0 200") })
    #expect(!Net.tellsOfInside(answer))
    let routes = Net.values("Record-Route", of: answer)
    #expect(routes.count == 3 && routes[0].contains(";ifh=") && routes[0].contains(";ifp"))
    #expect(routes[1...].elementsEqual(["<sip:198.51.100.5;lr>", "<sip:198.51.100.6;lr>"]))
    #expect(answer.headers("Via").count == 1 && answer.header("Via")?.contains("198.51.100.5") == true)
    // Each hangs up, and stays what it is.
    let byCaller = try #require(
      proxy.receive(
        Net.fromOutside(
          "BYE", to: Net.uri(answer.header("Contact")), tags: ("a1", "b1"), cseq: 2, headers: ["Route: \(routes[0])"]),
        from: Net.outer
      ).first { $0.startLine.hasPrefix("BYE") })
    #expect(byCaller.startLine == "BYE sip:bob@10.0.0.9 SIP/2.0")
    #expect(Net.values("Route", of: byCaller) == ["<sip:10.0.0.2;transport=tcp;lr>"])
    #expect(!byCaller.text.contains("198.51.100."))
    let byCallee = try #require(
      proxy.receive(
        Net.fromInside(
          "BYE", to: Net.uri(invite.header("Contact")), tags: ("b1", "a1"), cseq: 3,
          headers: Net.values("Record-Route", of: invite).map { "Route: \($0)" }), from: Net.inner, .tcp, connection: 1
      ).first { $0.startLine.hasPrefix("BYE") })
    #expect(byCallee.startLine == "BYE sip:carol@198.51.100.77 SIP/2.0")
    #expect(Net.values("Route", of: byCallee) == ["<sip:198.51.100.5;lr>", "<sip:198.51.100.6;lr>"])
    #expect(!Net.tellsOfInside(byCallee))
  }
}
