import SIPTransaction
import Testing
import Wire

/// The registrar (RFC 3261 §10.3).
@Suite struct RegistrarTests {
  private func register(
    _ proxy: Harness, contact: String?, headers: [String] = [], user: String = "alice", password: String = "secret",
    to: String = "sip:alice@if.internal", callID: String = "reg", cseq: Int = 1, from: String = "127.0.0.1:5080"
  ) throws -> Harness.Sent {
    let lines = headers + (contact.map { ["Contact: \($0)"] } ?? [])
    let mark = "\(callID)\(cseq)\(to.utf8.count)\(lines.joined().utf8.count)"
    let challenge = try #require(
      proxy.receive(
        Phone.request(
          "REGISTER", to: "sip:if.internal", from: to, toURI: to, callID: callID, cseq: cseq, branch: "z9hG4bKa\(mark)",
          contact: nil, headers: lines), from: from
      ).first)
    guard challenge.startLine == "SIP/2.0 401 Unauthorized" else { return challenge }
    let credentials = Phone.credentials(
      for: challenge, user: user, password: password, method: "REGISTER", uri: "sip:if.internal")
    return try #require(
      proxy.receive(
        Phone.request(
          "REGISTER", to: "sip:if.internal", from: to, toURI: to, callID: callID, cseq: cseq + 1,
          branch: "z9hG4bKb\(mark)", contact: nil, headers: lines + [credentials]), from: from
      ).first)
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
    ("<sip:a@127.0.0.1>", ["Require: gruu"], "SIP/2.0 420 Bad Extension"),
  ])
  func whatCannotBeGrantedSaysWhy(contact: String, headers: [String], line: String) throws {
    let proxy = Harness()
    let answer = try register(proxy, contact: contact, headers: headers)
    #expect(answer.startLine == line)
    #expect(line.contains("423") == (answer.header("Min-Expires") == "30"))
    #expect(line.contains("420") == (answer.header("Unsupported") == "gruu"))
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
}
