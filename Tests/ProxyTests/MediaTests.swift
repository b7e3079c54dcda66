import Guard
import MediaAnchor
import Proxy
import Relay
import SIPTransaction
import Testing
import Wire

/// Calls whose media is relayed: when ports open, what goes on, and that they close however the call ends.
@Suite struct MediaTests {
  static let offer =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"
  static let answer = offer.replacing("192.0.2.1", with: "192.0.2.9").replacing("6000", with: "7000")
  static let sdp = ["Content-Type: application/sdp"]

  static func proxy(_ scope: MediaPolicy.Scope = .all, limits: ProxyLimits = ProxyLimits()) -> Harness {
    Harness(limits: limits) { policy in
      policy.authenticatesInvite = false
      policy.media = MediaPolicy(scope, encryption: .off, addresses: [IPAddress(v4: 0x7F00_0001)])
    }
  }

  /// The INVITE as it reaches the callee.
  static func invite(_ proxy: Harness, body: String = offer, headers: [String] = sdp) -> Harness.Sent? {
    proxy.receive(Phone.request("INVITE", headers: headers, body: body)).first { $0.startLine.hasPrefix("INVITE") }
  }

  private func body(_ sent: Harness.Sent) -> String {
    sent.text.firstRange(of: "\r\n\r\n").map { String(sent.text[$0.upperBound...]) } ?? ""
  }

  @Test func bothDescriptionsNameUsAndTheRelayKnowsBoth() throws {
    let proxy = Self.proxy()
    let invite = try #require(Self.invite(proxy))
    #expect(body(invite) == Self.offer.replacing("192.0.2.1", with: "127.0.0.1").replacing("6000", with: "40002"))
    #expect(invite.header("Content-Length") == "\(body(invite).utf8.count)")
    #expect(proxy.relayed.count == 1)
    #expect(proxy.told.isEmpty)
    let sent = proxy.receive(
      Phone.response(200, to: invite, headers: Self.sdp + ["Contact: <sip:bob@127.0.0.1:7000>"], body: Self.answer),
      from: "127.0.0.1:7000")
    let ok = try #require(sent.first)
    #expect(body(ok) == Self.answer.replacing("192.0.2.9", with: "127.0.0.1").replacing("7000", with: "40000"))
    #expect(proxy.told.count == 1)
    #expect(proxy.told.first?.caller.media == Harness.address("192.0.2.1:6000"))
    #expect(proxy.told.first?.callee.media == Harness.address("192.0.2.9:7000"))
    #expect(proxy.events(.bridgeEstablished).count == 1)
    #expect(proxy.calls().first?.streams.first?.caller.codec == "PCMU/8000")
    _ = proxy.hangUp(try HangUpTests.key(proxy))
    #expect(proxy.relayed.isEmpty)
    #expect(proxy.events(.bridgeTerminated).count == 1)
    #expect(proxy.wait(.seconds(200)).allSatisfy { $0.startLine.hasPrefix("BYE") })
  }

  @Test func aBodyWithoutContentLengthIsFramedAnew() throws {
    let proxy = Self.proxy()
    let text = Phone.request("INVITE", headers: Self.sdp, body: Self.offer)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("Content-Length") }
    let sent = proxy.receive(lines.joined(separator: "\n")).first { $0.startLine.hasPrefix("INVITE") }
    let invite = try #require(sent)
    #expect(invite.header("Content-Length") == "\(body(invite).utf8.count)")
  }

  @Test func aDescriptionInAMultipartBodyIsChangedInItsPlace() throws {
    let proxy = Self.proxy()
    let parts =
      "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: application/sdp\r\n\r\n\(Self.offer)\r\n--b--\r\n"
    let invite = try #require(
      Self.invite(proxy, body: parts, headers: ["Content-Type: multipart/mixed;boundary=b"]))
    #expect(body(invite).contains("m=audio 40002 "))
    #expect(body(invite).hasPrefix("--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\n"))
    #expect(body(invite).hasSuffix("\r\n--b--\r\n"))
    #expect(invite.header("Content-Length") == "\(body(invite).utf8.count)")
  }

  @Test func aBodyOfAnotherKindIsLeftAlone() throws {
    let proxy = Self.proxy()
    let invite = try #require(Self.invite(proxy, headers: ["Content-Type: text/plain"]))
    #expect(body(invite) == Self.offer)
    #expect(proxy.relayed.isEmpty)
  }

  @Test func aBrokenOfferIsRefusedAndOpensNothing() {
    let proxy = Self.proxy()
    let sent = proxy.receive(Phone.request("INVITE", headers: Self.sdp, body: "v=1\r\n"))
    #expect(sent.map(\.startLine) == ["SIP/2.0 400 Bad Session Description"])
    #expect(proxy.relayed.isEmpty)
    #expect(proxy.calls().isEmpty)
  }

  @Test func withoutPortsThereIsNoCall() {
    let proxy = Self.proxy()
    proxy.mediaPorts = 0
    let sent = proxy.receive(Phone.request("INVITE", headers: Self.sdp, body: Self.offer))
    #expect(sent.last?.startLine == "SIP/2.0 503 No Media Ports")
    #expect(sent.last?.header("Reason")?.contains("media-ports") == true)
    #expect(!sent.contains { $0.startLine.hasPrefix("INVITE") })
    #expect(proxy.counters.limitCount("media-ports") == 1)
    #expect(proxy.counted(.through, .failed) == 1)
  }

  @Test(arguments: ["busy", "cancelled", "silent", "drained"])
  func portsCloseHoweverACallEndsBeforeItsAnswer(_ how: String) throws {
    let proxy = Self.proxy()
    let invite = try #require(Self.invite(proxy))
    #expect(proxy.relayed.count == 1)
    switch how {
    case "busy": proxy.receive(Phone.response(486, to: invite), from: "127.0.0.1:7000")
    case "cancelled":
      proxy.receive(Phone.response(180, to: invite), from: "127.0.0.1:7000")
      proxy.receive(Phone.request("CANCEL"))
      proxy.receive(Phone.response(487, to: invite), from: "127.0.0.1:7000")
    case "silent": proxy.wait(.seconds(40))
    default: _ = proxy.drain()
    }
    #expect(proxy.relayed.isEmpty)
    #expect(proxy.told.allSatisfy { $0.caller.media == nil && $0.callee.media == nil })
    #expect(proxy.events(.bridgeTerminated).isEmpty)
  }

  @Test func aCallWithoutMediaIsEndedOnBothSides() throws {
    let proxy = Self.proxy()
    let invite = try #require(Self.invite(proxy))
    proxy.receive(
      Phone.response(200, to: invite, headers: Self.sdp + ["Contact: <sip:bob@127.0.0.1:7000>"], body: Self.answer),
      from: "127.0.0.1:7000")
    let byes = proxy.fallSilent()
    #expect(byes.count == 2)
    #expect(byes.allSatisfy { $0.header("Reason") == #"Q.850;cause=102;text="no media""# })
    #expect(proxy.relayed.isEmpty)
    #expect(proxy.fallSilent().isEmpty)
  }

  @Test func aLateOfferWithoutPortsEndsTheCall() throws {
    let proxy = Self.proxy()
    proxy.mediaPorts = 0
    let invite = try #require(Self.invite(proxy, body: "", headers: []))
    let sent = proxy.receive(
      Phone.response(200, to: invite, headers: Self.sdp + ["Contact: <sip:bob@127.0.0.1:7000>"], body: Self.answer),
      from: "127.0.0.1:7000")
    #expect(sent.contains { $0.startLine == "SIP/2.0 502 Bad Gateway" })
    #expect(sent.contains { $0.startLine.hasPrefix("ACK sip:bob@127.0.0.1:7000") })
    #expect(sent.contains { $0.startLine.hasPrefix("BYE sip:bob@127.0.0.1:7000") })
    #expect(!sent.contains { $0.startLine.hasPrefix("SIP/2.0 200") })
  }

  @Test func aCallThatIsNoEscalationIsNotLookedAt() throws {
    let proxy = Self.proxy(.escalations)
    let invite = try #require(Self.invite(proxy))
    #expect(body(invite) == Self.offer)
    #expect(proxy.relayed.isEmpty)
  }
}
