import Proxy
import Testing
import Wire

/// What happens when more comes than can be carried, and what is written down of it (DOMAIN §5).
@Suite struct OverloadTests {
  private func proxy() -> Harness {
    let proxy = Harness { $0.authenticatesInvite = false }
    return proxy
  }

  @Test(arguments: ["INVITE", "SUBSCRIBE", "MESSAGE", "OPTIONS", "PUBLISH", "X-NEW"])
  func whatIsNewIsRefusedAtOnce(method: String) {
    let proxy = proxy()
    proxy.change { $0.isShedding = true }
    let sent = proxy.receive(Phone.request(method, from: "sip:a@b.test"))
    #expect(sent.map(\.startLine) == ["SIP/2.0 503 Service Unavailable"])
    #expect(sent.first?.header("Retry-After") != nil)
    #expect(proxy.isIdle)
  }

  @Test func whatRunsGoesOn() throws {
    let proxy = proxy()
    let invite = try #require(
      proxy.receive(Phone.request("INVITE", from: "sip:a@b.test")).first { $0.startLine.hasPrefix("INVITE") })
    proxy.change { $0.isShedding = true }
    // A copy of what is being worked on is no new call.
    #expect(proxy.receive(Phone.request("INVITE", from: "sip:a@b.test")).map(\.startLine) == ["SIP/2.0 100 Trying"])
    let answer = proxy.receive(Phone.response(200, "OK", to: invite), from: "127.0.0.1:7000")
    #expect(answer.map(\.startLine) == ["SIP/2.0 200 OK"])
    let route = try #require(invite.header("Record-Route"))
    for (method, cseq) in [("ACK", 1), ("INFO", 2), ("BYE", 3)] {
      let sent = proxy.receive(
        Phone.request(
          method, to: "sip:bob@127.0.0.1:7000", from: "sip:a@b.test", toURI: "sip:bob@callee.test", toTag: "b1",
          cseq: cseq, branch: "z9hG4bK\(method)", headers: ["Route: \(route)"]))
      #expect(sent.contains { $0.startLine.hasPrefix(method) }, "\(method)")
    }
    let register = proxy.receive(
      Phone.request("REGISTER", to: "sip:if.internal", from: "sip:alice@if.internal", branch: "z9hG4bKr"))
    #expect(register.map(\.startLine) == ["SIP/2.0 401 Unauthorized"])
  }

  /// DOMAIN §8: while the log takes no records new calls get 503 and the reason can be read; what runs goes on.
  @Test func whatCannotBeRecordedDoesNotBegin() throws {
    let proxy = proxy()
    let invite = try #require(
      proxy.receive(Phone.request("INVITE", from: "sip:a@b.test")).first { $0.startLine.hasPrefix("INVITE") })
    proxy.change { $0.unrecordable = "Audit Log Not Writable" }
    let answer = proxy.receive(Phone.response(200, "OK", to: invite), from: "127.0.0.1:7000")
    #expect(answer.map(\.startLine) == ["SIP/2.0 200 OK"])
    let refused = proxy.receive(
      Phone.request("INVITE", from: "sip:a@b.test", callID: "another", branch: "z9hG4bKanother"))
    #expect(refused.map(\.startLine) == ["SIP/2.0 503 Audit Log Not Writable"])
    #expect(refused.first?.header("Retry-After") == "30")
    #expect(refused.first?.header("Reason") == #"Q.850;cause=42;text="witness: audit log not writable""#)
    #expect(proxy.counters.limitCount(NodeLimit.witness.rawValue) == 1)
    #expect(proxy.activeCalls == 1)
    proxy.change { $0.unrecordable = nil }
    let taken = proxy.receive(Phone.request("INVITE", from: "sip:a@b.test", callID: "third", branch: "z9hG4bKthird"))
    #expect(taken.contains { $0.startLine.hasPrefix("INVITE") })
  }

  @Test func aRefusedCallersAckEndsThere() {
    let proxy = proxy()
    proxy.change { $0.isShedding = true }
    let refused = proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"))
    let tag = refused.first?.header("To")?.split(separator: "tag=").last.map(String.init)
    #expect(proxy.receive(Phone.request("ACK", from: "sip:a@b.test", toTag: tag)).isEmpty)
  }

  /// The caller has its 503 and is gone: a copy that waited in the socket is no new call.
  @Test func aCopyOfWhatWasRefusedIsRefusedAgain() {
    let proxy = proxy()
    proxy.change { $0.isShedding = true }
    proxy.receive(Phone.request("INVITE", from: "sip:a@b.test"))
    proxy.change { $0.isShedding = false }
    #expect(
      proxy.receive(Phone.request("INVITE", from: "sip:a@b.test")).map(\.startLine)
        == ["SIP/2.0 503 Service Unavailable"])
    // Who tries again, as Retry-After says, comes with a branch of its own.
    let again = proxy.receive(Phone.request("INVITE", from: "sip:a@b.test", cseq: 2, branch: "z9hG4bKagain"))
    #expect(again.contains { $0.startLine.hasPrefix("INVITE") })
    proxy.wait(.seconds(70))
    let late = proxy.receive(
      Phone.request("INVITE", from: "sip:a@b.test", fromTag: "late", callID: "late", branch: "z9hG4bKbranch1"))
    #expect(late.contains { $0.startLine.hasPrefix("INVITE") })
  }

  // MARK: Records

  @Test func strangersCannotFillTheLog() {
    let proxy = Harness()
    for number in 0..<200 {
      proxy.receive(
        Phone.request(
          "INVITE", fromTag: "t\(number)", callID: "flood-\(number)", branch: "z9hG4bK\(number)"))
    }
    // Ten challenges, each with its request and its response.
    #expect(proxy.events(.sipRequest).count == 10)
    #expect(proxy.events(.sipResponse).count == 10)
    _ = proxy.wait(.seconds(1))
    let sums = proxy.events(.securityRejected)
    #expect(sums.count == 1)
    #expect(sums.first?.details.contains { $0.key == "count" && $0.value == .integer(190) } == true)
    // The next second has ten of its own.
    proxy.clear()
    proxy.receive(Phone.request("INVITE", fromTag: "n", callID: "next", branch: "z9hG4bKnext"))
    #expect(proxy.events(.sipRequest).count == 1)
  }
}
