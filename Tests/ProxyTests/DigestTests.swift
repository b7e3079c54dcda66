import Guard
import Proxy
import SIPTransaction
import Testing
import Wire
import Witness

/// Who calls (DOMAIN §5 step 6), beyond what CallTests shows.
@Suite struct DigestTests {
  private static func challenge(_ proxy: Harness, callID: String = "c", from: String = "127.0.0.1:5080") throws
    -> Harness.Sent
  {
    try #require(
      proxy.receive(Phone.request("INVITE", callID: callID, branch: "z9hG4bKa\(callID)"), from: from).first)
  }

  private static func attempt(
    _ proxy: Harness, _ credentials: String, callID: String, cseq: Int = 2, body: String = ""
  ) -> Harness.Sent? {
    proxy.receive(
      Phone.request(
        "INVITE", callID: callID, cseq: cseq, branch: "z9hG4bKb\(callID)\(cseq)", headers: [credentials], body: body)
    ).last { $0.startLine.hasPrefix("SIP/2.0") || $0.startLine.hasPrefix("INVITE") }
  }

  @Test func aListenerOffersItsOwnAlgorithmsAndTakesNoOthers() throws {
    let proxy = Harness {
      $0.listeners[1].algorithms = [.md5]
      $0.algorithms = [.sha512_256, .sha256]
    }
    let udp = try Self.challenge(proxy)
    #expect(
      udp.headers("Proxy-Authenticate").map { $0.contains("SHA-512-256") ? 512 : $0.contains("SHA-256") ? 256 : 5 }
        == [512, 256])
    let tcp = try #require(
      proxy.receive(Phone.request("INVITE", callID: "t", branch: "z9hG4bKt"), .tcp, connection: 1).first)
    #expect(tcp.headers("Proxy-Authenticate").count == 1)
    #expect(tcp.header("Proxy-Authenticate")?.contains("algorithm=MD5") == true)
    // The nonce is good for the source, so the weaker answer would hold; but it was not offered on this listener.
    let down = Self.attempt(proxy, Phone.credentials(for: tcp), callID: "d")
    #expect(down?.startLine == "SIP/2.0 407 Proxy Authentication Required")
    #expect(proxy.failures.isEmpty)
    let up = proxy.receive(
      Phone.request("INVITE", callID: "t", cseq: 2, branch: "z9hG4bKu", headers: [Phone.credentials(for: tcp)]), .tcp,
      connection: 1)
    #expect(up.contains { $0.startLine.hasPrefix("INVITE") })
  }

  @Test func authIntCoversTheBody() throws {
    let proxy = Harness()
    let challenge = try Self.challenge(proxy)
    let credentials = Phone.credentials(for: challenge, body: "v=0")
    let changed = Self.attempt(proxy, credentials, callID: "c", body: "v=1")
    #expect(changed?.startLine == "SIP/2.0 407 Proxy Authentication Required")
    #expect(proxy.failures == ["alice"])
    let right = Self.attempt(proxy, credentials, callID: "c", cseq: 3, body: "v=0")
    #expect(right?.startLine.hasPrefix("INVITE") == true)
  }

  @Test func aCountIsGoodOnceWhicheverReactorItReaches() throws {
    let shared = SharedStore()
    let reactors = (0..<2).map { Harness(reactor: UInt8($0), shared: shared) }
    let challenge = try Self.challenge(reactors[0])
    let first = Phone.credentials(for: challenge)
    #expect(Self.attempt(reactors[0], first, callID: "one")?.startLine.hasPrefix("INVITE") == true)
    for (number, proxy) in reactors.enumerated() {
      let replayed = Self.attempt(proxy, first, callID: "replay\(number)")
      #expect(replayed?.startLine == "SIP/2.0 407 Proxy Authentication Required")
      #expect(replayed?.header("Proxy-Authenticate")?.contains("stale=true") == true)
      #expect(proxy.failures.isEmpty)
    }
    // The next count passes at the other reactor, and only once.
    let second = Phone.credentials(for: challenge, nonceCount: 2)
    #expect(Self.attempt(reactors[1], second, callID: "two")?.startLine.hasPrefix("INVITE") == true)
    #expect(Self.attempt(reactors[0], second, callID: "two-b")?.startLine.hasPrefix("SIP/2.0 407") == true)
  }

  @Test func aNonceLivesAsLongAsConfigured() throws {
    let proxy = Harness { $0.nonceLifetime = .seconds(20) }
    let young = try Self.challenge(proxy, callID: "y")
    proxy.wait(.seconds(19))
    #expect(
      Self.attempt(proxy, Phone.credentials(for: young), callID: "y")?.startLine.hasPrefix("INVITE") == true)
    let old = try Self.challenge(proxy, callID: "o")
    proxy.wait(.seconds(21))
    let late = Self.attempt(proxy, Phone.credentials(for: old), callID: "o")
    #expect(late?.header("Proxy-Authenticate")?.contains("stale=true") == true)
    #expect(proxy.failures.isEmpty)
  }

  @Test func aReloadOfTheRealmMakesOldNoncesWorthless() throws {
    let proxy = Harness()
    let challenge = try Self.challenge(proxy)
    proxy.change { $0.policy.realm = "other.test" }
    let answer = Self.attempt(proxy, Phone.credentials(for: challenge), callID: "c")
    #expect(answer?.startLine.hasPrefix("SIP/2.0 407") == true)
    #expect(answer?.header("Proxy-Authenticate")?.contains("realm=\"other.test\"") == true)
  }

  @Test func fiveWrongPasswordsLockOutUserAndAddressOnly() throws {
    let proxy = Harness()
    for number in 0..<5 {
      let challenge = try Self.challenge(proxy, callID: "w\(number)")
      let wrong = Phone.credentials(for: challenge, password: "guess")
      #expect(Self.attempt(proxy, wrong, callID: "w\(number)")?.startLine.hasPrefix("SIP/2.0 407") == true)
    }
    func call(_ callID: String, user: String, password: String, from: String) throws -> String? {
      let challenge = try Self.challenge(proxy, callID: callID, from: from)
      let credentials = Phone.credentials(for: challenge, user: user, password: password)
      return proxy.receive(
        Phone.request(
          "INVITE", from: "sip:\(user)@if.internal", callID: callID, cseq: 2, branch: "z9hG4bKl\(callID)",
          headers: [credentials]), from: from
      ).last?.startLine
    }
    #expect(try call("l1", user: "alice", password: "secret", from: "127.0.0.1:5080") == "SIP/2.0 403 Forbidden")
    #expect(try call("l2", user: "bob", password: "hunter2", from: "127.0.0.1:5080")?.hasPrefix("INVITE") == true)
    #expect(try call("l3", user: "alice", password: "secret", from: "127.0.0.2:5080")?.hasPrefix("INVITE") == true)
    proxy.wait(.seconds(301))
    #expect(try call("l4", user: "alice", password: "secret", from: "127.0.0.1:5080")?.hasPrefix("INVITE") == true)
  }

  @Test func theRegistrarProvesThatItKnowsThePassword() throws {
    let proxy = Harness()
    let answer = try Phone.register(proxy, contact: "<sip:alice@127.0.0.1:5080>")
    #expect(answer.startLine == "SIP/2.0 200 OK")
    let info = try #require(answer.header("Authentication-Info"))
    #expect(info.hasPrefix("rspauth=\""))
    #expect(info.hasSuffix("cnonce=\"c0ffee\", nc=00000001") || info.contains("nc=00000001"))
    #expect(!info.contains("nextnonce"))
    // Half a lifetime later the next nonce comes with it, and is good.
    let challenge = try #require(
      proxy.receive(
        Phone.request(
          "REGISTER", to: "sip:if.internal", toURI: "sip:alice@if.internal", callID: "r2", branch: "z9hG4bKr2",
          contact: nil)
      ).first)
    proxy.wait(.seconds(200))
    let late = try #require(
      proxy.receive(
        Phone.request(
          "REGISTER", to: "sip:if.internal", toURI: "sip:alice@if.internal", callID: "r2", cseq: 2,
          branch: "z9hG4bKr3", contact: nil,
          headers: [Phone.credentials(for: challenge, method: "REGISTER", uri: "sip:if.internal")])
      ).first)
    let next = try #require(late.header("Authentication-Info")?.split(separator: "\"").dropFirst().first)
    #expect(late.header("Authentication-Info")?.hasPrefix("nextnonce=") == true)
    var renewed = challenge.text
    let nonce = try #require(renewed.firstRange(of: "nonce=\""))
    let end = try #require(renewed[nonce.upperBound...].firstIndex(of: "\""))
    let old = String(renewed[nonce.upperBound..<end])
    renewed = renewed.replacing(old, with: String(next))
    let again = try #require(
      proxy.receive(
        Phone.request(
          "REGISTER", to: "sip:if.internal", toURI: "sip:alice@if.internal", callID: "r2", cseq: 3,
          branch: "z9hG4bKr4", contact: nil,
          headers: [
            Phone.credentials(
              for: Harness.Sent(text: renewed, hop: challenge.hop), method: "REGISTER", uri: "sip:if.internal")
          ])
      ).first)
    #expect(again.startLine == "SIP/2.0 200 OK")
  }
}
