import Guard
import Proxy
import SIPTransaction
import Testing
import Wire
import Witness

/// What a neighbour in `trusted_from` vouches for stands in the records where the socket's facts would (DOMAIN §4, §8).
@Suite struct TrustedNeighbourTests {
  static let edge = WitnessPeer(address: Harness.address("127.0.0.1:5080"), transport: "udp")
  static let phone = WitnessPeer(address: Harness.address("192.0.2.7:40000"), transport: "tls")
  static let facts = ["X-IF-Source: 192.0.2.7:40000;transport=tls", "X-IF-Authenticated-User: alice"]

  static func proxy(isTrusted: Bool = true) -> Harness {
    Harness { policy in
      if isTrusted { policy.trustedFrom = CIDR("127.0.0.1/32").map { [.init(network: $0)] } ?? [] }
      policy.allowlist = SourceAllowlist(
        allow: ["127.0.0.0/8", "192.0.2.0/24"].compactMap { CIDR($0) }, registry: Registry(), trustedFrom: [])
    }
  }

  private func vouchedBy(_ event: WitnessEvent) -> WitnessValue? {
    event.details.first { $0.key == "vouched_by" }?.value
  }

  @Test func aCallIsRecordedAsThePhones() throws {
    let proxy = Self.proxy()
    proxy.receive(Phone.request("INVITE", headers: Self.facts))
    let invite = try #require(proxy.sent.first { $0.startLine.hasPrefix("INVITE") })
    #expect(invite.header("X-IF-Source") == nil)
    let record = try #require(proxy.events(.sipRequest).first)
    #expect(record.peer == Self.phone)
    #expect(vouchedBy(record) == .peer(Self.edge))
    proxy.receive(Phone.response(180, "Ringing", to: invite), from: "127.0.0.1:7000")
    #expect(proxy.events(.callRinging).map(\.peer) == [Self.phone])
  }

  @Test func aRefusalIsRecordedAsThePhones() {
    let proxy = Self.proxy()
    let answer = proxy.receive(Phone.request("INVITE", from: "sip:bob@if.internal", headers: Self.facts))
    #expect(answer.first?.startLine == "SIP/2.0 403 Forbidden")
    // The answer itself goes to the neighbour, whatever it says.
    #expect(answer.first?.hop.remote == Self.edge.address)
    #expect(proxy.events(.securityRejected).map(\.peer) == [Self.phone])
    #expect(proxy.events(.callRejected).map(\.peer) == [Self.phone])
  }

  @Test func aStrangersWordChangesNothing() {
    let proxy = Self.proxy(isTrusted: false)
    proxy.receive(Phone.request("INVITE", headers: Self.facts))
    #expect(proxy.events(.sipRequest).allSatisfy { $0.peer == Self.edge && vouchedBy($0) == nil })
  }

  @Test(arguments: [
    ["X-IF-Source: 192.0.2.7:40000;transport=tls", "X-IF-Source: 192.0.2.8:40000;transport=tls"],
    ["X-IF-Source: 192.0.2.7;transport=tls"], ["X-IF-Source: 192.0.2.7:40000;transport=smoke"], [],
  ])
  func noWordOrTwoAreNone(facts: [String]) {
    let proxy = Self.proxy()
    proxy.receive(Phone.request("INVITE", headers: facts + ["X-IF-Authenticated-User: alice"]))
    #expect(!proxy.events(.sipRequest).isEmpty)
    #expect(proxy.events(.sipRequest).allSatisfy { $0.peer == Self.edge && vouchedBy($0) == nil })
  }
}
