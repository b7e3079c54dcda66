import Guard
import Proxy
import SIPTransaction
import Testing
import Wire

/// Holes that other SIP servers have had, as far as they can be shown without a socket; the others are in
/// `Tests/EndToEnd/test_known_holes.py`, and what is shown elsewhere is named in SECURITY.md.
@Suite struct KnownHolesTests {
  /// "SIP digest leak": who is called challenges a request of the caller's side, and a phone answers with its password's
  /// digest. Requests of our own are challenged in vain.
  @Test(arguments: [401, 407]) func aChallengeToOurOwnByeIsNotAnswered(status: Int) throws {
    let proxy = Harness()
    let invite = try #require(CallTests.invite(proxy))
    proxy.receive(
      Phone.response(200, "OK", to: invite, headers: ["Contact: <sip:bob@127.0.0.1:7000>"]), from: "127.0.0.1:7000")
    let call = try #require(proxy.calls().first)
    let byes = proxy.hangUp(call.key).sent.filter { $0.startLine.hasPrefix("BYE") }
    #expect(byes.count == 2)
    let name = status == 401 ? "WWW-Authenticate" : "Proxy-Authenticate"
    let challenge = "\(name): Digest realm=\"if.internal\", nonce=\"x\", algorithm=MD5, qop=\"auth\""
    for bye in byes {
      let sent = proxy.receive(
        Phone.response(status, to: bye, headers: [challenge]), from: "\(bye.hop.remote)")
      #expect(sent.isEmpty)
    }
    proxy.wait(.seconds(60))
    #expect(!proxy.sent.contains { $0.text.lowercased().contains("authorization:") })
  }

  /// A challenge of the callee goes back to the caller as it is: ours is told from it by its realm, and no answer of ours
  /// is put into it.
  @Test func theCalleesChallengeIsTheCallersBusiness() throws {
    let proxy = Harness()
    let invite = try #require(CallTests.invite(proxy))
    let challenge = "Proxy-Authenticate: Digest realm=\"callee.test\", nonce=\"x\", algorithm=MD5"
    let back = proxy.receive(
      Phone.response(407, "Proxy Authentication Required", to: invite, headers: [challenge]), from: "127.0.0.1:7000")
    let answer = try #require(back.first { $0.startLine.hasPrefix("SIP/2.0 407") })
    #expect(answer.headers("Proxy-Authenticate") == ["Digest realm=\"callee.test\", nonce=\"x\", algorithm=MD5"])
    // Credentials for that realm pass through, ours do not.
    let first = try #require(proxy.receive(Phone.request("INVITE", callID: "n", branch: "z9hG4bKn")).first)
    let theirs = "Digest username=\"a\", realm=\"callee.test\", nonce=\"x\", uri=\"sip:b\", response=\"0\""
    let sent = proxy.receive(
      Phone.request(
        "INVITE", callID: "n", cseq: 2, branch: "z9hG4bKo",
        headers: ["Proxy-Authorization : \(theirs)", Phone.credentials(for: first)]))
    let forwarded = try #require(sent.first { $0.startLine.hasPrefix("INVITE") })
    #expect(forwarded.headers("Proxy-Authorization").count + forwarded.headers("Proxy-Authorization ").count == 1)
    #expect(forwarded.text.contains("callee.test"))
    #expect(!forwarded.text.contains("realm=\"if.internal\""))
  }

  /// An INVITE with the To-tag of nobody's dialog is no way around authentication (a re-INVITE is not challenged).
  @Test(arguments: ["INVITE", "REFER", "SUBSCRIBE", "MESSAGE", "UPDATE", "INFO", "NOTIFY", "PRACK"])
  func aToTagIsNoPassword(method: String) throws {
    let proxy = try EscalationTests.proxy()
    for target in ["sip:bob@callee.test", "sip:council@if.internal"] {
      let sent = proxy.receive(
        Phone.request(method, to: target, toTag: "x", callID: target, branch: "z9hG4bK\(target.utf8.count)"))
      #expect(sent.map(\.startLine) == ["SIP/2.0 481 Call/Transaction Does Not Exist"])
    }
    #expect(!proxy.sent.contains { $0.hop.remote == Harness.address("127.0.0.1:7000") })
  }

  /// X-IF headers inside a dialog are a stranger's there, too: the call's own are of its beginning (DOMAIN §4).
  @Test func contextIsNotSmuggledInsideACall() throws {
    let proxy = try EscalationTests.proxy()
    #expect(try EscalationTests.call(proxy, headers: EscalationTests.good) == nil)
    let invite = try #require(proxy.sent.last { $0.startLine.hasPrefix("INVITE") })
    proxy.receive(Phone.response(200, "OK", to: invite), from: "127.0.0.1:7000")
    for method in ["INVITE", "INFO", "UPDATE", "BYE"] {
      let sent = proxy.receive(
        Phone.request(
          method, to: "sip:b@127.0.0.1:7000", from: "sip:expert-safety@external.advisor", toTag: "b1", callID: "esc-1",
          cseq: 9, branch: "z9hG4bK\(method)",
          headers: [
            "Route: \(try #require(invite.header("Record-Route")))", "X-IF-Hazard: privacy", "X-IF-Trace-ID : other",
            "x-if-signature\t: x", "X-IF-Authenticated-User: root",
          ]))
      let forwarded = try #require(sent.first { $0.startLine.hasPrefix(method) })
      #expect(!forwarded.text.lowercased().contains("x-if-"))
    }
    // Nor in ACK, which no transaction holds.
    let ack = proxy.receive(
      Phone.request(
        "ACK", to: "sip:b@127.0.0.1:7000", toTag: "b1", callID: "esc-1", cseq: 2, branch: "z9hG4bKack",
        headers: ["Route: \(try #require(invite.header("Record-Route")))", "X-IF-Hazard: privacy"]))
    #expect(ack.first?.text.lowercased().contains("x-if-") == false)
  }

  /// What one target may hear is no licence for the next: a redirection away from an escalation takes no headers along.
  @Test func theFourHeadersGoToEscalationTargetsOnly() throws {
    let proxy = Harness()
    let invite = try #require(CallTests.invite(proxy, headers: EscalationTests.good))
    #expect(!invite.text.lowercased().contains("x-if-"))
    // Over and over in the answers.
    let answer = proxy.receive(
      Phone.response(200, "OK", to: invite, headers: ["X-IF-Hazard : a", "x-if-source\t:b", "X-IF-NEW: c"]),
      from: "127.0.0.1:7000")
    #expect(answer.first?.text.lowercased().contains("x-if-") == false)
  }
}
