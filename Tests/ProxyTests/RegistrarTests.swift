import Proxy
import SIPTransaction
import Testing
import Wire

/// The registrar (RFC 3261 §10.3).
@Suite struct RegistrarTests {
  private func register(
    _ proxy: Harness, contact: String?, headers: [String] = [], user: String = "alice", password: String = "secret",
    to: String = "sip:alice@if.internal", callID: String = "reg", cseq: Int = 1, from: String = "127.0.0.1:5080"
  ) throws -> Harness.Sent {
    try Phone.register(
      proxy, contact: contact, headers: headers, user: user, password: password, to: to, callID: callID, cseq: cseq,
      from: from)
  }

  @Test func aPhoneRegistersAndIsCalled() throws {
    let proxy = Harness()
    let answer = try register(
      proxy, contact: "<sip:bob@127.0.0.1:7777>;expires=600;q=0.5", user: "bob", password: "hunter2",
      to: "sip:bob@if.internal")
    #expect(answer.startLine == "SIP/2.0 200 OK")
    #expect(answer.header("Contact") == "<sip:bob@127.0.0.1:7777>;expires=600;q=0.5")
    #expect(answer.header("Date")?.hasSuffix("GMT") == true)
    let challenge = try #require(proxy.receive(Phone.request("INVITE", to: "sip:bob@if.internal")).first)
    let sent = proxy.receive(
      Phone.request(
        "INVITE", to: "sip:bob@if.internal", cseq: 2, branch: "z9hG4bKx",
        headers: [Phone.credentials(for: challenge, uri: "sip:bob@if.internal")]))
    let invite = try #require(sent.first { $0.startLine.hasPrefix("INVITE") })
    #expect(invite.startLine == "INVITE sip:bob@127.0.0.1:7777 SIP/2.0")
    #expect(invite.hop.remote == Harness.address("127.0.0.1:7777"))
  }

  @Test func anotherUsersAddressIsRefused() throws {
    let proxy = Harness()
    let answer = try register(proxy, contact: "<sip:x@127.0.0.1:7777>", to: "sip:bob@if.internal")
    #expect(answer.startLine == "SIP/2.0 403 Forbidden")
    #expect(proxy.bindings.isEmpty)
    #expect(proxy.rejected("identity") == 1)
  }

  @Test func bindingsAreFetchedRefreshedAndRemoved() throws {
    let proxy = Harness()
    _ = try register(proxy, contact: "<sip:alice@127.0.0.1:7001>, <sip:alice@127.0.0.1:7002>", cseq: 1)
    #expect(try register(proxy, contact: nil, cseq: 3).headers("Contact").count == 2)
    // An equivalent URI takes the place of the one that is there (§19.1.4: the host without case, the same port).
    _ = try register(proxy, contact: "<sip:%61lice@127.0.0.1:7001>;expires=90", cseq: 5)
    #expect(proxy.bindings["alice@if.internal"]?.count == 2)
    _ = try register(proxy, contact: "<sip:alice@127.0.0.1:7002>;expires=0", cseq: 7)
    #expect(proxy.bindings["alice@if.internal"]?.count == 1)
    let star = try register(proxy, contact: "*", headers: ["Expires: 0"], cseq: 9)
    #expect(star.startLine == "SIP/2.0 200 OK")
    #expect(star.header("Contact") == nil)
    #expect(proxy.bindings["alice@if.internal"] == [])
  }

  @Test(arguments: [
    ("*", [], "SIP/2.0 400 Contact: * needs Expires: 0"),
    ("*", ["Expires: 60"], "SIP/2.0 400 Contact: * needs Expires: 0"),
    ("<sip:a@127.0.0.1>;expires=5", [], "SIP/2.0 423 Interval Too Brief"),
    ("<tel:+1555>", [], "SIP/2.0 400 Contact: unsupported URI scheme"),
    ("<sip:a@127.0.0.1>", ["Require: gruu, 100rel"], "SIP/2.0 420 Bad Extension"),
    ("<sip:a@127.0.0.1>;expires=29", [], "SIP/2.0 423 Interval Too Brief"),
    ("<sip:alice@if.internal>", [], "SIP/2.0 403 Contact Leads Back"),
    ("<sip:alice@IF.internal.;gr=urn:uuid:1>", [], "SIP/2.0 403 Contact Leads Back"),
    ("<tel:+1555>;+sip.instance=\"<urn:uuid:1>\"", [], "SIP/2.0 403 Contact: unsupported URI scheme"),
    ("<sip:a@127.0.0.1>;+sip.instance=\"urn:uuid:1\"", [], "SIP/2.0 400 Contact: malformed +sip.instance"),
    ("<sip:a@127.0.0.1>", ["Path: <sip:192.0.2.1;lr>"], "SIP/2.0 420 Bad Extension"),
  ])
  func whatCannotBeGrantedSaysWhy(contact: String, headers: [String], line: String) throws {
    let proxy = Harness()
    let answer = try register(proxy, contact: contact, headers: headers)
    #expect(answer.startLine == line)
    #expect(line.contains("423") == (answer.header("Min-Expires") == "30"))
    let unsupported = headers.contains { $0.contains("Path") } ? "path" : "100rel"
    #expect(line.contains("420") == (answer.header("Unsupported") == unsupported))
    #expect(proxy.bindings["alice@if.internal", default: []].isEmpty)
  }

  @Test func longWishesAreCutAndContactsCounted() throws {
    let proxy = Harness()
    let answer = try register(proxy, contact: "<sip:alice@127.0.0.1:7001>;expires=4294967295")
    #expect(answer.header("Contact")?.contains("expires=7200") == true)
    let edge = (0..<10).map { "<sip:alice@127.0.0.1:\(8000 + $0)>" }.joined(separator: ", ")
    #expect(try register(proxy, contact: edge, callID: "edge").startLine == "SIP/2.0 200 OK")
    let beyond = (0..<11).map { "<sip:alice@127.0.0.1:\(9000 + $0)>" }.joined(separator: ", ")
    #expect(try register(proxy, contact: beyond, callID: "beyond").startLine == "SIP/2.0 403 Too Many Contacts")
  }

  @Test func aPhoneBehindATranslatorIsReachedWhereItsRegisterCameFrom() throws {
    let proxy = Harness { $0.allowlist = .init(allow: [], registry: .init(), trustedFrom: []) }
    _ = try register(
      proxy, contact: "<sip:bob@192.168.7.7:5060>", user: "bob", password: "hunter2", to: "sip:bob@if.internal",
      from: "127.0.0.1:40000")
    let challenge = try #require(proxy.receive(Phone.request("INVITE", to: "sip:bob@if.internal")).first)
    let sent = proxy.receive(
      Phone.request(
        "INVITE", to: "sip:bob@if.internal", cseq: 2, branch: "z9hG4bKx",
        headers: [Phone.credentials(for: challenge, uri: "sip:bob@if.internal")]))
    let invite = try #require(sent.first { $0.startLine.hasPrefix("INVITE") })
    #expect(invite.startLine == "INVITE sip:bob@192.168.7.7:5060 SIP/2.0")
    #expect(invite.hop.remote == Harness.address("127.0.0.1:40000"))
  }

  @Test func theBoundsAreThePolicys() throws {
    let proxy = Harness { $0.expiry = RegistrationExpiry(minimum: 100, maximum: 200, standard: 150) }
    func granted(_ parameters: String, _ call: String, _ headers: [String] = []) throws -> String? {
      let answer = try register(
        proxy, contact: "<sip:alice@127.0.0.1:7001>\(parameters)", headers: headers, callID: call)
      return answer.header("Contact") ?? answer.header("Min-Expires").map { "at least \($0)" }
    }
    #expect(try granted("", "a") == "<sip:alice@127.0.0.1:7001>;expires=150")
    #expect(try granted(";expires=99", "b") == "at least 100")
    #expect(try granted(";expires=100", "c") == "<sip:alice@127.0.0.1:7001>;expires=100")
    #expect(try granted(";expires=200", "d") == "<sip:alice@127.0.0.1:7001>;expires=200")
    #expect(try granted(";expires=201", "e") == "<sip:alice@127.0.0.1:7001>;expires=200")
    // The Contact's own time goes before the header's.
    #expect(try granted(";expires=110", "f", ["Expires: 120"]) == "<sip:alice@127.0.0.1:7001>;expires=110")
    #expect(try granted("", "g", ["Expires: 120"]) == "<sip:alice@127.0.0.1:7001>;expires=120")
  }

  @Test func parametersOfAContactAreKeptAndReturned() throws {
    let proxy = Harness()
    let answer = try register(
      proxy,
      contact:
        "<sip:alice@127.0.0.1:7001>;methods=\"INVITE, BYE\";q=0.5;+sip.video;expires=60;pub-gruu=\"sip:x@y;gr=1\"")
    #expect(
      answer.header("Contact") == "<sip:alice@127.0.0.1:7001>;expires=60;q=0.5;methods=\"INVITE, BYE\";+sip.video")
    func long(_ count: Int) -> String { "<sip:alice@127.0.0.1:7001>;x=" + String(repeating: "a", count: count) }
    #expect(try register(proxy, contact: long(1_021), callID: "edge").startLine == "SIP/2.0 200 OK")
    #expect(try register(proxy, contact: long(1_022), callID: "beyond").startLine == "SIP/2.0 403 Contact Too Long")
  }

  @Test func ofEquivalentContactsInOneRegisterTheLastCounts() throws {
    let proxy = Harness()
    _ = try register(proxy, contact: "<sip:alice@127.0.0.1:7001>;q=0.1, <sip:%61lice@127.0.0.1:7001>;q=0.7")
    #expect(proxy.bindings["alice@if.internal"]?.map(\.q) == [700])
  }

  @Test func whatMayNotStandInARequestURIIsLeftOut() throws {
    let proxy = Harness()
    _ = try register(
      proxy, contact: "<sip:bob@127.0.0.1:7777;method=INVITE;x=1?Subject=hello&Priority=urgent>", user: "bob",
      password: "hunter2", to: "sip:bob@if.internal")
    let invite = try #require(try Phone.call(proxy, "sip:bob@if.internal").first { $0.startLine.hasPrefix("INVITE") })
    #expect(invite.startLine == "INVITE sip:bob@127.0.0.1:7777;x=1 SIP/2.0")
  }

  @Test func theAnswerWaitsForTheStore() throws {
    let proxy = Harness()
    let lines = ["Contact: <sip:alice@127.0.0.1:7001>"]
    let request = Phone.request(
      "REGISTER", to: "sip:if.internal", from: "sip:alice@if.internal", toURI: "sip:alice@if.internal", contact: nil,
      headers: lines)
    let challenge = try #require(proxy.receive(request).first)
    proxy.holdsAnswers = true
    let credentials = Phone.credentials(for: challenge, method: "REGISTER", uri: "sip:if.internal")
    let second = Phone.request(
      "REGISTER", to: "sip:if.internal", from: "sip:alice@if.internal", toURI: "sip:alice@if.internal", cseq: 2,
      branch: "z9hG4bKsecond", contact: nil, headers: lines + [credentials])
    #expect(proxy.receive(second).isEmpty)
    // The phone gets impatient.
    #expect(proxy.receive(second).isEmpty)
    #expect(proxy.releaseAnswers().map(\.startLine) == ["SIP/2.0 200 OK"])
    #expect(proxy.receive(second).map(\.startLine) == ["SIP/2.0 200 OK"])
    proxy.writesNothing = true
    let refused = try register(proxy, contact: "<sip:alice@127.0.0.1:7002>", callID: "other")
    #expect(refused.startLine == "SIP/2.0 503 Service Unavailable")
    #expect(refused.header("Retry-After") == "5")
  }

  @Test func pathAndServiceRoute() throws {
    let proxy = Harness { $0.serviceRoute = ["<sip:edge.if.internal;lr>", "<sip:core.if.internal;lr>"] }
    let answer = try register(
      proxy, contact: "<sip:bob@10.0.0.9:5060>",
      headers: ["Supported: path", "Path: <sip:127.0.0.1:5099;lr;x=1>, <sip:10.0.0.1;lr>"], user: "bob",
      password: "hunter2", to: "sip:bob@if.internal")
    #expect(answer.headers("Path") == ["<sip:127.0.0.1:5099;lr;x=1>, <sip:10.0.0.1;lr>"])
    #expect(answer.headers("Service-Route") == ["<sip:edge.if.internal;lr>", "<sip:core.if.internal;lr>"])
    let invite = try #require(try Phone.call(proxy, "sip:bob@if.internal").first { $0.startLine.hasPrefix("INVITE") })
    // The Path's first proxy is where the REGISTER came from, at the port that it names.
    #expect(invite.hop.remote == Harness.address("127.0.0.1:5099"))
    #expect(invite.headers("Route") == ["<sip:127.0.0.1:5099;lr;x=1>", "<sip:10.0.0.1;lr>"])
    func paths(_ count: Int) -> [String] {
      ["Supported: path", "Path: " + (0..<count).map { "<sip:10.0.0.\($0);lr>" }.joined(separator: ", ")]
    }
    let contact = "<sip:alice@127.0.0.1:7001>"
    #expect(try register(proxy, contact: contact, headers: paths(8), callID: "8").startLine == "SIP/2.0 200 OK")
    #expect(
      try register(proxy, contact: contact, headers: paths(9), callID: "9").startLine
        == "SIP/2.0 403 Too Many Path Values")
  }
}
