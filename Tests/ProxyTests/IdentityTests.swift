import Guard
import Proxy
import SIPTransaction
import Testing
import Wire

/// Who says who somebody is, and who may hear it (DOMAIN §4, RFC 3325).
@Suite struct IdentityTests {
  private static let edge = "10.0.0.5:5060"
  private static let asserted = "P-Asserted-Identity: <sip:carol@if.internal>"

  /// A proxy whose edge, at 10.0.0.5, is trusted; its callee too, if wanted.
  private static func proxy(calleeIsTrusted: Bool) -> Harness {
    Harness {
      $0.trustedFrom = [CIDR("10.0.0.5/32")].compactMap { $0 }.map { .init(network: $0) }
      $0.trustedTo = (calleeIsTrusted ? ["127.0.0.1/32", "10.0.0.5/32"] : []).compactMap { CIDR($0) }
      $0.allowlist = SourceAllowlist(allow: [], registry: Registry(), trustedFrom: $0.trustedFrom.map(\.network))
    }
  }

  private static func call(_ proxy: Harness, fromEdge: Bool, _ headers: [String]) throws -> Harness.Sent {
    if fromEdge {
      let facts = ["X-IF-Source: 127.0.0.9:5061;transport=tls", "X-IF-Authenticated-User: alice"]
      let sent = proxy.receive(
        Phone.request("INVITE", via: "SIP/2.0/UDP 10.0.0.5:5060", headers: facts + headers), from: edge)
      return try #require(sent.first { $0.startLine.hasPrefix("INVITE") }, "\(sent.map(\.startLine))")
    }
    return try #require(CallTests.invite(proxy, headers: headers))
  }

  @Test(
    arguments: [
      // From whom, to whom, what it asks for, whether the identity stays.
      (false, false, nil, false), (false, true, nil, false), (false, true, "none", false),
      (false, false, "none", false), (true, true, nil, true), (true, true, "id", true),
      (true, true, "header;user;id", true), (true, false, nil, false),
      (true, false, "id", false), (true, false, "none", true), (true, false, "none;id", false),
    ] as [(Bool, Bool, String?, Bool)])
  func anAssertedIdentityStaysAmongThoseWhoAreTrusted(
    fromEdge: Bool, calleeIsTrusted: Bool, privacy: String?, stays: Bool
  ) throws {
    let proxy = Self.proxy(calleeIsTrusted: calleeIsTrusted)
    let headers = [Self.asserted, "P-Preferred-Identity: <sip:x@y>"] + (privacy.map { ["Privacy: \($0)"] } ?? [])
    let invite = try Self.call(proxy, fromEdge: fromEdge, headers)
    #expect(invite.headers("P-Asserted-Identity").contains("<sip:carol@if.internal>") == stays)
    #expect((invite.header("P-Preferred-Identity") != nil) == fromEdge)
    // The callee's own, on its way back; an untrusted callee's is worth nothing.
    let answer = proxy.receive(
      Phone.response(200, "OK", to: invite, headers: ["p-asserted-identity : <sip:root@if.internal>"]),
      from: "127.0.0.1:7000")
    #expect(answer.first?.text.lowercased().contains("asserted") == false)
  }

  @Test func anAnswerOfATrustedNeighbourKeepsItsIdentityTowardsAnother() throws {
    for mayHear in [true, false] {
      let proxy = Self.proxy(calleeIsTrusted: mayHear)
      proxy.change { $0.policy.trustedFrom += [CIDR("127.0.0.1/32")].compactMap { $0 }.map { .init(network: $0) } }
      let invite = try Self.call(proxy, fromEdge: true, [])
      let answer = proxy.receive(
        Phone.response(200, "OK", to: invite, headers: [Self.asserted]), from: "127.0.0.1:7000")
      #expect((answer.first?.header("P-Asserted-Identity") != nil) == mayHear)
    }
  }

  @Test func aTrustedNeighbourHearsWhoTheUserIsAndNobodyElse() throws {
    for mayHear in [true, false] {
      let proxy = Self.proxy(calleeIsTrusted: mayHear)
      let invite = try Self.call(
        proxy, fromEdge: false, ["X-IF-Authenticated-User: root", Self.asserted, "X-IF-Authenticated-User\t: root"])
      #expect(invite.headers("X-IF-Authenticated-User") == (mayHear ? ["alice"] : []))
      #expect(invite.headers("P-Asserted-Identity") == (mayHear ? ["<sip:alice@if.internal>"] : []))
      let relayed = try Self.call(Self.proxy(calleeIsTrusted: mayHear), fromEdge: true, [])
      #expect(relayed.headers("X-IF-Authenticated-User") == (mayHear ? ["alice"] : []))
      #expect(relayed.header("X-IF-Source") == nil)
    }
  }

  @Test func whoWeAreIsTheOperatorsToSay() throws {
    let named = Harness { $0.serverName = "front desk" }
    #expect(named.receive(Phone.request("INVITE")).first?.header("Server") == "front desk")
    let silent = Harness { $0.serverName = "" }
    let answers =
      silent.receive(Phone.request("INVITE")) + silent.receive(Phone.request("BYE", toTag: "x", branch: "z9hG4bKy"))
    #expect(answers.count == 2)
    #expect(answers.allSatisfy { $0.header("Server") == nil && $0.header("User-Agent") == nil })
  }
}
