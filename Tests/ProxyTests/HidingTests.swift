import Guard
import Proxy
import SIPTransaction
import Testing
import Wire

/// A network as operators hide one: we stand between 10.0.0.0/8, by TCP at 10.0.0.1, and everybody else, by UDP at
/// 203.0.113.1. Callers and callees inside are behind a proxy of theirs, 10.0.0.2.
enum HiddenNetwork {
  static let inner = "10.0.0.2:5060"
  static let outer = "198.51.100.5:5060"

  static func proxy(
    contact: Bool = true, limits: ProxyLimits = ProxyLimits(), _ change: (inout ProxyPolicy) -> Void = { _ in }
  ) -> Harness {
    Harness(limits: limits) { policy in
      policy.listeners = [
        .init(transport: .udp, address: Harness.address("203.0.113.1:5060")),
        .init(transport: .tcp, address: Harness.address("10.0.0.1:5060")),
      ]
      policy.hiding = CIDR("10.0.0.0/8").map { TopologyHiding(inside: [$0], hidesContacts: contact) }
      policy.authenticatesInvite = false
      policy.allowlist = SourceAllowlist(
        allow: ["0.0.0.0/0"].compactMap { CIDR($0) }, registry: Registry(), trustedFrom: [])
      policy.routes = [
        ("sip:*@outer.test", SIPTransportKind.udp, outer), ("sip:*@inner.test", .tcp, inner),
      ].compactMap { pattern, transport, address in
        RoutePattern(pattern).map { .init(pattern: $0, transport: transport, address: Harness.address(address)) }
      }
      change(&policy)
    }
  }

  /// What comes from a phone inside, over its proxy.
  static func fromInside(
    _ method: String, to uri: String = "sip:bob@outer.test", tags: (String, String?) = ("a1", nil), cseq: Int = 1,
    headers: [String] = []
  ) -> String {
    Phone.request(
      method, to: uri, from: "sip:alice@inner.test", fromTag: tags.0, toURI: "sip:bob@outer.test", toTag: tags.1,
      cseq: cseq, branch: "z9hG4bKproxy\(method)\(cseq)", via: "SIP/2.0/TCP 10.0.0.2:5060",
      contact: "sip:alice@10.0.0.7:5080;transport=udp",
      headers: ["Via: SIP/2.0/UDP 10.0.0.7:5080;rport=5080;received=10.0.0.7;branch=z9hG4bKphone\(cseq)"] + headers)
  }

  /// What comes from a phone outside, over its proxy.
  static func fromOutside(
    _ method: String, to uri: String = "sip:bob@inner.test", tags: (String, String?) = ("a1", nil), cseq: Int = 1,
    headers: [String] = []
  ) -> String {
    Phone.request(
      method, to: uri, from: "sip:carol@outer.test", fromTag: tags.0, toURI: "sip:bob@inner.test", toTag: tags.1,
      cseq: cseq, branch: "z9hG4bKout\(method)\(cseq)", via: "SIP/2.0/UDP 198.51.100.5:5060",
      contact: "sip:carol@198.51.100.77", headers: headers)
  }

  /// Whether a message says anything of 10.0.0.0/8, in the clear or in base 64.
  static func tellsOfInside(_ message: Harness.Sent) -> Bool {
    if message.text.contains("10.0.0.") { return true }
    let words = message.text.split { !($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    return words.contains { word in
      guard word.utf8.count >= 16, let bytes = try? Base64.decode(String(word), .urlSafe) else { return false }
      return bytes.indices.contains { bytes[$0...].starts(with: [10, 0, 0]) || bytes[$0...].starts(with: "10.0".utf8) }
    }
  }

  /// All values of a list header, over its lines.
  static func values(_ name: String, of message: Harness.Sent) -> [String] {
    message.headers(name).flatMap { $0.split(separator: ", ").map { String($0) } }
  }

  /// The URI in angle brackets.
  static func uri(_ value: String?) -> String {
    guard let value, let open = value.firstIndex(of: "<"), let close = value.firstIndex(of: ">") else { return "" }
    return String(value[value.index(after: open)..<close])
  }
}

/// `hide_topology`: nobody outside learns of a hop inside, and whatever belongs to the call arrives all the same.
@Suite struct HidingTests {
  typealias Net = HiddenNetwork

  /// A call from inside that has been answered: what the callee got, and what the caller heard.
  private struct Outgoing {
    let proxy: Harness
    let invite: Harness.Sent
    let answer: Harness.Sent
    /// What the callee writes into its requests.
    var target: String { Net.uri(invite.header("Contact")) }
    var routes: [String] { Net.values("Record-Route", of: invite) }

    init(_ proxy: Harness = HiddenNetwork.proxy(), status: Int = 200) throws {
      self.proxy = proxy
      let sent = proxy.receive(
        Net.fromInside("INVITE", headers: ["Record-Route: <sip:10.0.0.2;transport=tcp;lr;ftag=a1>, <sip:10.0.0.3;lr>"]),
        from: Net.inner, .tcp, connection: 1)
      invite = try #require(sent.first { $0.startLine.hasPrefix("INVITE") }, "\(sent.map(\.startLine))")
      answer = try Self.answer(proxy, invite, status)
    }

    static func answer(_ proxy: Harness, _ invite: Harness.Sent, _ status: Int) throws -> Harness.Sent {
      let contact = ["Contact: <sip:bob@198.51.100.77>"]
      let text = Phone.response(status, to: invite, headers: contact)
        .replacing("Record-Route: ", with: "Record-Route: <sip:198.51.100.9;lr>\nRecord-Route: ")
      return try #require(proxy.receive(text, from: Net.outer).first { $0.startLine.contains(" \(status) ") })
    }

    /// A request of the callee's inside the dialog; what the phone inside gets.
    func fromCallee(_ method: String, cseq: Int = 1, headers: [String] = []) throws -> Harness.Sent {
      let sent = proxy.receive(request(method, cseq: cseq, headers: headers), from: Net.outer)
      return try #require(sent.first { $0.startLine.hasPrefix(method) }, "\(sent.map(\.text))")
    }

    func request(_ method: String, cseq: Int = 1, to: String? = nil, headers: [String] = []) -> String {
      Net.fromOutside(
        method, to: to ?? target, tags: ("b1", "a1"), cseq: cseq,
        headers: routes.map { "Route: \($0)" } + headers)
    }

    /// A request of the caller's; what goes out.
    func fromCaller(_ method: String, cseq: Int, headers: [String] = []) throws -> Harness.Sent {
      // Its own proxy has taken its Routes off.
      let route = Net.values("Record-Route", of: answer).reversed().drop { $0.contains("10.0.0.3") }
        .drop { $0.contains("10.0.0.2") }
      let sent = proxy.receive(
        Net.fromInside(
          method, to: Net.uri(answer.header("Contact")), tags: ("a1", "b1"), cseq: cseq,
          headers: route.map { "Route: \($0)" } + headers), from: Net.inner, .tcp, connection: 1)
      return try #require(sent.first { $0.startLine.hasPrefix(method) }, "\(sent.map(\.text))")
    }
  }

  // MARK: From inside to outside

  @Test func theCalleeSeesUsAlone() throws {
    let call = try Outgoing()
    #expect(!Net.tellsOfInside(call.invite))
    #expect(call.invite.headers("Via").count == 1)
    #expect(call.invite.header("Via")?.hasPrefix("SIP/2.0/UDP 203.0.113.1:5060;branch=z9hG4bK") == true)
    #expect(call.routes.count == 1 && call.routes[0].hasPrefix("<sip:203.0.113.1:5060;lr;ifc="))
    #expect(call.target.hasPrefix("sip:ifh.") && call.target.hasSuffix("@203.0.113.1:5060"))
    // What dialogs and signatures live by stays.
    #expect(call.invite.header("From") == "<sip:alice@inner.test>;tag=a1")
    #expect(call.invite.header("Call-ID") == "call-1@host")
  }

  @Test(arguments: [180, 183, 200])
  func theCallerHearsWhatItWouldHaveHeard(status: Int) throws {
    let call = try Outgoing(status: status)
    #expect(
      call.answer.headers("Via") == [
        "SIP/2.0/TCP 10.0.0.2:5060;branch=z9hG4bKproxyINVITE1",
        "SIP/2.0/UDP 10.0.0.7:5080;rport=5080;received=10.0.0.7;branch=z9hG4bKphone1",
      ])
    let routes = Net.values("Record-Route", of: call.answer)
    #expect(routes.count == 5 && routes[0] == "<sip:198.51.100.9;lr>")
    #expect(routes[1].hasPrefix("<sip:203.0.113.1:5060;lr;ifc=") && !routes[1].contains("ifh"))
    #expect(routes[2].hasPrefix("<sip:10.0.0.1:5060;transport=tcp;lr;ifc="))
    #expect(routes[3...].elementsEqual(["<sip:10.0.0.2;transport=tcp;lr;ftag=a1>", "<sip:10.0.0.3;lr>"]))
    #expect(call.answer.header("Contact") == "<sip:bob@198.51.100.77>")
    // A second answer, and a retransmission after the first has been passed on, too.
    let again = try Outgoing.answer(call.proxy, call.invite, status)
    #expect(again.text == call.answer.text)
  }

  @Test func aRefusalFindsItsWayBack() throws {
    let call = try Outgoing(status: 486)
    #expect(call.answer.headers("Via").count == 2)
    #expect(call.answer.headers("Via")[0].hasPrefix("SIP/2.0/TCP 10.0.0.2:5060;branch=z9hG4bKproxyINVITE1"))
    #expect(call.proxy.counted(.through, .failed) == 1)
  }

  @Test(arguments: ["PRACK", "UPDATE", "INVITE", "INFO", "BYE"])
  func whatTheCalleeSendsArrives(method: String) throws {
    let call = try Outgoing()
    let request = try call.fromCallee(method)
    #expect(request.startLine == "\(method) sip:alice@10.0.0.7:5080;transport=udp SIP/2.0")
    #expect(Net.values("Route", of: request) == ["<sip:10.0.0.2;transport=tcp;lr;ftag=a1>", "<sip:10.0.0.3;lr>"])
    #expect(request.hop.remote == Harness.address(Net.inner) && request.hop.transport == .tcp)
    // It comes from outside: nothing of it is hidden.
    #expect(request.headers("Via").count == 2)
    let answer = try #require(
      call.proxy.receive(
        Phone.response(
          200, to: request, headers: ["Contact: <sip:alice@10.0.0.7:5080>", "Record-Route: <sip:10.0.0.2;lr>"]),
        from: Net.inner, .tcp, connection: 1
      ).first { $0.startLine.hasPrefix("SIP/2.0 200") })
    #expect(!Net.tellsOfInside(answer))
    #expect(answer.hop.remote == Harness.address(Net.outer))
    #expect(answer.headers("Via").count == 1 && answer.header("Via")?.contains("198.51.100.5") == true)
    #expect(answer.header("Record-Route") == nil)
    // The same Contact is hidden in the same way, so the callee sees no new target.
    let again = try call.fromCaller("UPDATE", cseq: 9)
    #expect(Net.uri(again.header("Contact")) == call.target)
  }

  @Test(arguments: ["ACK", "PRACK", "UPDATE", "INVITE", "INFO", "BYE"])
  func whatTheCallerSendsSaysNothing(method: String) throws {
    let call = try Outgoing()
    let request = try call.fromCaller(
      method, cseq: method == "ACK" ? 1 : 2, headers: ["Record-Route: <sip:10.0.0.2;lr>"])
    #expect(!Net.tellsOfInside(request), "\(request.text)")
    #expect(request.headers("Via").count == 1)
    #expect(request.startLine == "\(method) sip:bob@198.51.100.77 SIP/2.0")
    #expect(Net.values("Route", of: request) == ["<sip:198.51.100.9;lr>"])
    guard method != "ACK" else { return }
    let answer = try #require(
      call.proxy.receive(Phone.response(200, to: request), from: "198.51.100.9:5060")
        .first { $0.startLine.hasPrefix("SIP/2.0 200") })
    #expect(answer.headers("Via").count == 2 && answer.headers("Via")[1].contains("10.0.0.7"))
  }

  @Test func aCancelledCallIsCancelled() throws {
    let proxy = Net.proxy()
    let invite = try #require(
      proxy.receive(Net.fromInside("INVITE"), from: Net.inner, .tcp, connection: 1)
        .first { $0.startLine.hasPrefix("INVITE") })
    proxy.receive(Phone.response(180, to: invite), from: Net.outer)
    let sent = proxy.receive(
      Net.fromInside("CANCEL").replacing("z9hG4bKproxyCANCEL1", with: "z9hG4bKproxyINVITE1"), from: Net.inner, .tcp,
      connection: 1)
    let cancel = try #require(sent.first { $0.startLine.hasPrefix("CANCEL") })
    #expect(!Net.tellsOfInside(cancel) && cancel.header("Via") == invite.header("Via"))
    let end = proxy.receive(Phone.response(487, to: invite), from: Net.outer)
    #expect(end.contains { $0.startLine.hasPrefix("ACK") && !Net.tellsOfInside($0) })
    #expect(end.contains { $0.startLine.hasPrefix("SIP/2.0 487") && $0.headers("Via").count == 2 })
  }

  @Test func aDialogOutlivesARestart() throws {
    let before = try Outgoing()
    let after = Net.proxy()
    let sent = after.receive(before.request("BYE"), from: Net.outer)
    let bye = try #require(sent.first { $0.startLine.hasPrefix("BYE") }, "\(sent.map(\.text))")
    #expect(bye.startLine == "BYE sip:alice@10.0.0.7:5080;transport=udp SIP/2.0")
    #expect(bye.hop.remote == Harness.address(Net.inner))
    // And the end of the wish to hide anything.
    let open = Net.proxy { $0.hiding = nil }
    #expect(
      open.receive(before.request("BYE"), from: Net.outer).contains { $0.startLine.hasPrefix("BYE sip:alice@10.") })
  }

  @Test func withoutTheContactTheRoutesAreHiddenAllTheSame() throws {
    let call = try Outgoing(Net.proxy(contact: false))
    #expect(call.target == "sip:alice@10.0.0.7:5080;transport=udp")
    #expect(!call.invite.text.contains("10.0.0.2") && !call.invite.text.contains("10.0.0.3"))
    let bye = try call.fromCallee("BYE")
    #expect(bye.startLine == "BYE sip:alice@10.0.0.7:5080;transport=udp SIP/2.0")
    #expect(Net.values("Route", of: bye).count == 2)
  }

  @Test func thePhonesFlowIsHiddenToo() throws {
    let proxy = Net.proxy()
    // It is not where its Contact says, so what is for it goes over its connection.
    let invite = try #require(
      proxy.receive(
        Phone.request(
          "INVITE", to: "sip:bob@outer.test", from: "sip:alice@inner.test", via: "SIP/2.0/TCP 10.0.0.7:5080",
          contact: "sip:alice@192.168.1.1:5080"), from: "10.0.0.7:40000", .tcp, connection: 7
      ).first { $0.startLine.hasPrefix("INVITE") })
    #expect(!Net.tellsOfInside(invite) && !invite.text.contains("ifa="))
    proxy.receive(Phone.response(200, to: invite, headers: ["Contact: <sip:bob@198.51.100.77>"]), from: Net.outer)
    let bye = try #require(
      proxy.receive(
        Net.fromOutside(
          "BYE", to: Net.uri(invite.header("Contact")), tags: ("b1", "a1"),
          headers: ["Route: \(invite.header("Record-Route") ?? "")"]), from: Net.outer
      ).first { $0.startLine.hasPrefix("BYE") })
    #expect(bye.startLine == "BYE sip:alice@192.168.1.1:5080 SIP/2.0")
    #expect(bye.hop.isFlow && bye.hop.connection == ConnectionID(7))
  }

  @Test func aStrictRouterBringsEverythingBackToo() throws {
    let call = try Outgoing()
    // RFC 3261 §16.4: our value stands in the Request-URI, the target in the last Route.
    let sent = call.proxy.receive(
      Net.fromOutside(
        "BYE", to: Net.uri(call.routes[0]), tags: ("b1", "a1"), headers: ["Route: <\(call.target)>"]), from: Net.outer)
    let bye = try #require(sent.first { $0.startLine.hasPrefix("BYE") }, "\(sent.map(\.text))")
    #expect(bye.startLine == "BYE sip:alice@10.0.0.7:5080;transport=udp SIP/2.0")
    #expect(Net.values("Route", of: bye) == ["<sip:10.0.0.2;transport=tcp;lr;ftag=a1>", "<sip:10.0.0.3;lr>"])
    #expect(bye.hop.remote == Harness.address(Net.inner))
  }

  @Test(arguments: ["MESSAGE", "OPTIONS", "SUBSCRIBE", "REGISTER"])
  func otherRequestsSayNothingEither(method: String) throws {
    let proxy = Net.proxy()
    let sent = proxy.receive(
      Net.fromInside(method, headers: ["Record-Route: <sip:10.0.0.2;lr>"]), from: Net.inner, .tcp, connection: 1)
    let request = try #require(sent.first { $0.startLine.hasPrefix(method) }, "\(sent.map(\.text))")
    // A registrar needs to know where the phone is: what a REGISTER says of that is what it is for.
    if method == "REGISTER" {
      #expect(request.header("Contact") == "<sip:alice@10.0.0.7:5080;transport=udp>")
      #expect(request.headers("Via").count == 1)
    } else {
      #expect(!Net.tellsOfInside(request))
    }
    let answer = try #require(
      proxy.receive(Phone.response(200, to: request), from: Net.outer).first { $0.startLine.hasPrefix("SIP/2.0 200") })
    #expect(answer.headers("Via").count == 2)
  }

  @Test func aNotificationInsideASubscriptionArrives() throws {
    let proxy = Net.proxy()
    let subscribe = try #require(
      proxy.receive(
        Net.fromInside("SUBSCRIBE", headers: ["Event: presence", "Record-Route: <sip:10.0.0.2;transport=tcp;lr>"]),
        from: Net.inner, .tcp, connection: 1
      ).first { $0.startLine.hasPrefix("SUBSCRIBE") })
    // It may overtake the answer.
    let notify = try #require(
      proxy.receive(
        Net.fromOutside(
          "NOTIFY", to: Net.uri(subscribe.header("Contact")), tags: ("b1", "a1"),
          headers: ["Route: \(subscribe.header("Record-Route") ?? "")", "Event: presence"]), from: Net.outer
      ).first { $0.startLine.hasPrefix("NOTIFY") })
    #expect(notify.startLine == "NOTIFY sip:alice@10.0.0.7:5080;transport=udp SIP/2.0")
    #expect(notify.hop.remote == Harness.address(Net.inner))
  }

  // MARK: From outside to inside

  /// A call from outside that has been answered: what the callee got, and what the caller heard.
  private func incoming(
    _ proxy: Harness, status: Int = 200, headers: [String] = []
  ) throws -> (invite: Harness.Sent, answer: Harness.Sent) {
    let sent = proxy.receive(
      Net.fromOutside("INVITE", headers: ["Record-Route: <sip:198.51.100.5;lr>"]), from: Net.outer)
    let invite = try #require(sent.first { $0.startLine.hasPrefix("INVITE") })
    var text = Phone.response(
      status, to: invite, headers: ["Contact: \"Bob\" <sip:bob@10.0.0.9:5080;ob>;+sip.ice"] + headers)
    // Two proxies inside; Record-Route may be a list or several lines.
    let place = try #require(text.firstRange(of: "Record-Route: "))
    text.insert(
      contentsOf: "Record-Route: <sip:10.0.0.3;lr>, <sip:10.0.0.2;transport=tcp;lr>\n", at: place.lowerBound)
    let answers = proxy.receive(text, from: Net.inner, .tcp, connection: 1)
    return (invite, try #require(answers.first { $0.startLine.contains(" \(status) ") }))
  }

  @Test(arguments: [183, 200])
  func theCallerSeesUsAlone(status: Int) throws {
    let proxy = Net.proxy()
    let (invite, answer) = try incoming(proxy, status: status, headers: ["Warning: 399 10.0.0.3 \"no video\""])
    // Towards the inside nothing is hidden.
    #expect(invite.headers("Via").count == 2 && Net.values("Record-Route", of: invite).count == 3)
    #expect(!Net.tellsOfInside(answer), "\(answer.text)")
    let routes = Net.values("Record-Route", of: answer)
    #expect(routes.count == 2 && routes[0].hasPrefix("<sip:203.0.113.1:5060;lr;ifc=") && routes[0].contains(";ifh="))
    #expect(routes[1] == "<sip:198.51.100.5;lr>")
    #expect(answer.header("Contact")?.hasPrefix("\"Bob\" <sip:ifh.") == true)
    #expect(answer.header("Contact")?.hasSuffix("@203.0.113.1:5060>;+sip.ice") == true)
    #expect(answer.header("Warning") == "399 203.0.113.1:5060 \"no video\"")
  }

  @Test(arguments: ["ACK", "PRACK", "UPDATE", "INVITE", "BYE"])
  func whatTheCallerOutsideSendsArrives(method: String) throws {
    let proxy = Net.proxy()
    let (_, answer) = try incoming(proxy)
    // Its own proxy has taken its Route off.
    let route = try #require(Net.values("Record-Route", of: answer).first)
    let target = Net.uri(answer.header("Contact"))
    let sent = proxy.receive(
      Net.fromOutside(
        method, to: target, tags: ("a1", "b1"), cseq: method == "ACK" ? 1 : 2, headers: ["Route: \(route)"]),
      from: Net.outer)
    let request = try #require(sent.first { $0.startLine.hasPrefix(method) }, "\(sent.map(\.text))")
    #expect(request.startLine == "\(method) sip:bob@10.0.0.9:5080;ob SIP/2.0")
    #expect(Net.values("Route", of: request) == ["<sip:10.0.0.2;transport=tcp;lr>", "<sip:10.0.0.3;lr>"])
    #expect(request.hop.remote == Harness.address(Net.inner))
  }

  @Test func whatTheCalleeInsideSendsSaysNothing() throws {
    let proxy = Net.proxy()
    let (invite, _) = try incoming(proxy)
    let routes = Net.values("Record-Route", of: invite)
    let sent = proxy.receive(
      Net.fromInside(
        "BYE", to: "sip:carol@198.51.100.77", tags: ("b1", "a1"), headers: routes.map { "Route: \($0)" }),
      from: Net.inner, .tcp, connection: 1)
    let bye = try #require(sent.first { $0.startLine.hasPrefix("BYE") }, "\(sent.map(\.text))")
    #expect(!Net.tellsOfInside(bye) && bye.headers("Via").count == 1)
    #expect(Net.values("Route", of: bye) == ["<sip:198.51.100.5;lr>"])
  }

  @Test func aRedirectionShowsNoAddress() throws {
    for (contact, isKept) in [("<sip:bob@10.0.0.9>", false), ("<sip:bob@if.internal>", true)] {
      let proxy = Net.proxy()
      let invite = try #require(
        proxy.receive(Net.fromOutside("INVITE"), from: Net.outer).first { $0.startLine.hasPrefix("INVITE") })
      let moved = try #require(
        proxy.receive(
          Phone.response(302, to: invite, headers: ["Contact: <sip:x@10.0.0.8>, \(contact);q=0.5"]), from: Net.inner,
          .tcp, connection: 1
        ).first { $0.startLine.contains(" 302 ") })
      #expect(!Net.tellsOfInside(moved))
      #expect(moved.headers("Contact") == (isKept ? ["\(contact);q=0.5"] : []))
    }
  }

  // MARK: Who is hidden from whom

  @Test func betweenTwoInsideOrTwoOutsideNothingIsHidden() throws {
    let proxy = Net.proxy {
      $0.routes = [RoutePattern("sip:*@outer.test")].compactMap { $0 }
        .map { .init(pattern: $0, transport: .tcp, address: Harness.address("10.0.0.20:5060")) }
    }
    let invite = try #require(
      proxy.receive(
        Net.fromInside("INVITE", headers: ["Record-Route: <sip:10.0.0.2;lr>"]), from: Net.inner, .tcp, connection: 1
      ).first { $0.startLine.hasPrefix("INVITE") })
    #expect(invite.headers("Via").count == 3 && invite.header("Contact")?.contains("10.0.0.7") == true)
    let other = Net.proxy()
    let through = try #require(
      other.receive(Net.fromOutside("INVITE", to: "sip:x@outer.test"), from: "192.0.2.9:5060")
        .first { $0.startLine.hasPrefix("INVITE") })
    #expect(through.headers("Via").count == 2 && !through.text.contains("ifh"))
  }

  @Test func nobodyChoosesAnAddressInside() throws {
    let first = try Outgoing()
    let other = try Outgoing(Net.proxy())
    func refused(_ request: String) -> String? {
      first.proxy.receive(request, from: Net.outer).first?.startLine
    }
    // A character changed, the Contact of another dialog, and the caller's own in its own request.
    let spoilt = first.target.replacing("sip:ifh.", with: "sip:ifh.A")
    #expect(refused(first.request("BYE", cseq: 21, to: spoilt)) == "SIP/2.0 403 Forbidden")
    #expect(first.proxy.rejected("foreign-route") == 1)
    #expect(first.proxy.events(.securityRejected).count == 1)
    let foreign = other.proxy.receive(
      Net.fromInside("INVITE", cseq: 5).replacing("call-1@host", with: "call-2@host"), from: Net.inner, .tcp,
      connection: 1)
    let target = Net.uri(try #require(foreign.first { $0.startLine.hasPrefix("INVITE") }).header("Contact"))
    #expect(target != first.target)
    #expect(refused(first.request("BYE", cseq: 22, to: target)) == "SIP/2.0 403 Forbidden")
    let back = first.proxy.receive(
      Net.fromInside(
        "BYE", to: first.target, tags: ("a1", "b1"), cseq: 23, headers: ["Route: \(first.routes[0])"]), from: Net.inner,
      .tcp, connection: 1)
    #expect(back.map(\.startLine) == ["SIP/2.0 403 Forbidden"])
    // Without the cookie it is nobody's dialog; an ACK of that kind is dropped.
    let bare = Net.fromOutside("BYE", to: first.target, tags: ("b1", "a1"), cseq: 24)
    #expect(refused(bare)?.hasPrefix("SIP/2.0 481") == true)
    #expect(first.proxy.receive(first.request("ACK", to: spoilt), from: Net.outer).isEmpty)
    // Outside its dialog it leads nowhere.
    #expect(refused(Net.fromOutside("INVITE", to: first.target, cseq: 25))?.contains(" 404 ") == true)
  }

  @Test func asMuchIsHiddenAsFitsAndNotAByteMore() throws {
    var limits = ProxyLimits()
    // The text is one zero and the value.
    let route = "<sip:10.0.0.2;transport=tcp;lr>"
    limits.hiddenBytes = route.utf8.count + 1
    let proxy = Net.proxy(contact: false, limits: limits)
    func invite(_ proxy: Harness, _ route: String, branch: String) -> [Harness.Sent] {
      proxy.receive(
        Net.fromInside("INVITE", headers: ["Record-Route: \(route)"]).replacing("z9hG4bKproxy", with: branch),
        from: Net.inner, .tcp, connection: 1)
    }
    #expect(invite(proxy, route, branch: "z9hG4bKa").contains { $0.startLine.hasPrefix("INVITE") })
    let long = Net.proxy(contact: false, limits: limits)
    let sent = invite(long, "<sip:10.0.0.22;transport=tcp;lr>", branch: "z9hG4bKb")
    #expect(sent.map(\.startLine) == ["SIP/2.0 100 Trying", "SIP/2.0 513 Message Too Large"])
    #expect(long.counters.limitCount("hidden-routes") == 1)
    // An answer goes on, without what is too long.
    let answers = Net.proxy(contact: false, limits: limits)
    let (_, answer) = try incoming(answers)
    #expect(!answer.text.contains("10.0.0.2") && !answer.text.contains("10.0.0.3") && !answer.text.contains("ifh"))
    #expect(Net.values("Record-Route", of: answer).count == 2)
    #expect(answers.counters.limitCount("hidden-routes") == 1)
  }

  @Test func theSignedPartsOfAnEscalationAreNotTouched() throws {
    let headers = ["X-IF-Trace-ID: t-1", "X-IF-Hazard: safety"]
    let call = Net.proxy()
    let invite = try #require(
      call.receive(Net.fromInside("INVITE", headers: headers), from: Net.inner, .tcp, connection: 1)
        .first { $0.startLine.hasPrefix("INVITE") })
    for name in ["From", "To", "Call-ID", "CSeq"] { #expect(invite.headers(name).count == 1) }
    #expect(invite.header("To") == "<sip:bob@outer.test>")
  }
}
