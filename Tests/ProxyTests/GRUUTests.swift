import Guard
import Proxy
import SIPTransaction
import Testing

/// Addresses of single phones (RFC 5627).
@Suite struct GRUUTests {
  private let desk = "<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"
  private let other = "<urn:uuid:00000000-0000-1000-8000-000A95A0E129>"

  @discardableResult
  private func register(
    _ proxy: Harness, _ instance: String, port: Int, callID: String = "reg", cseq: Int = 1, expires: Int = 600,
    supported: String = "gruu"
  ) throws -> Harness.Sent {
    try Phone.register(
      proxy, contact: "<sip:bob@127.0.0.1:\(port)>;+sip.instance=\"\(instance)\";expires=\(expires)",
      headers: ["Supported: \(supported)"], user: "bob", password: "hunter2", to: "sip:bob@if.internal",
      callID: callID, cseq: cseq)
  }

  private func parameter(_ name: String, _ answer: Harness.Sent, of instance: String) throws -> String {
    let contact = try #require(answer.headers("Contact").first { $0.contains(instance) })
    let start = try #require(contact.firstRange(of: ";\(name)=\"")).upperBound
    return String(contact[start...].prefix { $0 != "\"" })
  }

  private func called(_ proxy: Harness, _ uri: String, _ callID: String) throws -> [String] {
    try Phone.call(proxy, uri, callID: callID).map(\.startLine).filter { !$0.contains(" 100 ") }
  }

  @Test func aPublicOneLeadsToItsPhoneOnly() throws {
    let proxy = Harness()
    try register(proxy, desk, port: 7001, callID: "desk")
    let answer = try register(proxy, other, port: 7002, callID: "other")
    #expect(answer.header("Supported")?.contains("gruu") == false)
    let gruu = try parameter("pub-gruu", answer, of: desk)
    #expect(gruu == "sip:bob@if.internal;gr=urn:uuid:00000000-0000-1000-8000-000A95A0E128")
    #expect(try called(proxy, gruu, "1") == ["INVITE sip:bob@127.0.0.1:7001 SIP/2.0"])
    #expect(try called(proxy, gruu.lowercased(), "2") == ["INVITE sip:bob@127.0.0.1:7001 SIP/2.0"])
    #expect(try called(proxy, "sip:bob@if.internal", "3").count == 2)
    // Away: the name still holds. Never there: it could be, one day.
    try register(proxy, desk, port: 7001, callID: "desk", cseq: 3, expires: 0)
    #expect(try called(proxy, gruu, "4") == ["SIP/2.0 480 Temporarily Unavailable"])
  }

  @Test func aTemporaryOneEndsWithItsCallID() throws {
    let proxy = Harness()
    let first = try parameter("temp-gruu", try register(proxy, desk, port: 7001), of: desk)
    let second = try parameter("temp-gruu", try register(proxy, desk, port: 7001, cseq: 3), of: desk)
    #expect(first != second)
    #expect(!first.contains("bob") && first.hasPrefix("sip:tgruu.") && first.hasSuffix("@if.internal;gr"))
    #expect(first.utf8.count == second.utf8.count)
    for (number, gruu) in [first, second].enumerated() {
      #expect(try called(proxy, gruu, "\(number)") == ["INVITE sip:bob@127.0.0.1:7001 SIP/2.0"])
    }
    // The phone has restarted.
    let third = try parameter("temp-gruu", try register(proxy, desk, port: 7001, callID: "new"), of: desk)
    #expect(try called(proxy, first, "a") == ["SIP/2.0 404 Not Found"])
    #expect(try called(proxy, third, "b") == ["INVITE sip:bob@127.0.0.1:7001 SIP/2.0"])
    try register(proxy, desk, port: 7001, callID: "new", cseq: 3, expires: 0)
    #expect(try called(proxy, third, "c") == ["SIP/2.0 404 Not Found"])
  }

  @Test func whatWeHaveNotMadeIsNotFound() throws {
    let proxy = Harness()
    let gruu = try parameter("temp-gruu", try register(proxy, desk, port: 7001), of: desk)
    let place = try #require(gruu.firstIndex(of: "."))
    for offset in [1, 20, 60, 100] {
      var bent = Array(gruu)
      let index = gruu.distance(from: gruu.startIndex, to: place) + offset
      bent[index] = bent[index] == "A" ? "B" : "A"
      #expect(try called(proxy, String(bent), "bent\(offset)") == ["SIP/2.0 404 Not Found"])
    }
    for user in ["tgruu.", "tgruu.AAAA", "bob", "tgruu.\(String(repeating: "A", count: 600))"] {
      #expect(try called(proxy, "sip:\(user)@if.internal;gr", "u\(user.utf8.count)") == ["SIP/2.0 404 Not Found"])
    }
  }

  @Test func withoutSupportOrInstanceThereIsNone() throws {
    let proxy = Harness()
    #expect(try register(proxy, desk, port: 7001, supported: "path").header("Contact")?.contains("gruu") == false)
    let plain = try Phone.register(
      proxy, contact: "<sip:alice@127.0.0.1:7005>", headers: ["Supported: gruu"])
    #expect(plain.header("Contact")?.contains("gruu") == false)
  }

  @Test func aGRUUIsNoContactOfItsOwnAddress() throws {
    let proxy = Harness()
    let answer = try register(proxy, desk, port: 7001)
    for (number, name) in ["pub-gruu", "temp-gruu"].enumerated() {
      let gruu = try parameter(name, answer, of: desk)
      let refused = try Phone.register(
        proxy, contact: "<\(gruu)>", user: "bob", password: "hunter2", to: "sip:bob@if.internal",
        callID: "loop\(number)")
      #expect(refused.startLine == "SIP/2.0 403 Contact Leads Back")
    }
  }

  @Test func ofSeveralContactsTheLastRefreshedIsTriedFirst() throws {
    let proxy = Harness()
    let gruu = try parameter("pub-gruu", try register(proxy, desk, port: 7001, callID: "old"), of: desk)
    proxy.wait(.seconds(1))
    try register(proxy, desk, port: 7002, callID: "new")
    let sent = try Phone.call(proxy, gruu)
    let invite = try #require(sent.first { $0.startLine.hasPrefix("INVITE") })
    #expect(sent.filter { $0.startLine.hasPrefix("INVITE") }.count == 1)
    #expect(invite.startLine == "INVITE sip:bob@127.0.0.1:7002 SIP/2.0")
    let next = proxy.receive(Phone.response(408, to: invite), from: "127.0.0.1:7002")
    #expect(next.contains { $0.startLine == "INVITE sip:bob@127.0.0.1:7001 SIP/2.0" })
  }

  @Test func aDialogWhoseTargetIsAGRUUFindsItsPhone() throws {
    let proxy = Harness()
    let gruu = try parameter("pub-gruu", try register(proxy, desk, port: 7001), of: desk)
    let invite = try #require(try Phone.call(proxy, "sip:bob@if.internal").first { $0.startLine.hasPrefix("INVITE") })
    _ = proxy.receive(Phone.response(200, to: invite, headers: ["Contact: <\(gruu)>"]), from: "127.0.0.1:7001")
    let routes = invite.headers("Record-Route").map { "Route: \($0)" }
    for method in ["ACK", "INFO"] {
      let sent = proxy.receive(
        Phone.request(
          method, to: gruu, toURI: "sip:bob@if.internal", toTag: "b1", cseq: 3, branch: "z9hG4bK\(method)",
          contact: nil, headers: routes))
      let request = try #require(sent.first)
      #expect(request.startLine == "\(method) sip:bob@127.0.0.1:7001 SIP/2.0")
      #expect(request.hop.remote == Harness.address("127.0.0.1:7001"))
      #expect(request.header("Route") == nil)
    }
    try register(proxy, desk, port: 7001, cseq: 3, expires: 0)
    let late = proxy.receive(
      Phone.request(
        "INFO", to: gruu, toURI: "sip:bob@if.internal", toTag: "b1", cseq: 4, branch: "z9hG4bKlate", contact: nil,
        headers: routes))
    #expect(late.map(\.startLine) == ["SIP/2.0 480 Temporarily Unavailable"])
  }

  @Test func anEscalationTargetIsFoundBehindATemporaryOne() throws {
    var targets = EscalationTargets()
    try targets.add("sip:bob@if.internal")
    let proxy = Harness { policy in
      policy.escalationTargets = targets
      policy.tlsRequirement = .none
    }
    let gruu = try parameter("temp-gruu", try register(proxy, desk, port: 7001), of: desk)
    #expect(try called(proxy, gruu, "1").allSatisfy { !$0.hasPrefix("INVITE") })
  }
}
