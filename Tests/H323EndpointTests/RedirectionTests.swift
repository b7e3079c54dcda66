import H225
import H245
import H323Endpoint
import PER
import Testing
import Wire

/// The called side wants the call led elsewhere before it has answered.
@Suite("Redirections")
struct RedirectionTests {
  private static let elsewhere = address(1720, host: strangerHost)

  private static func facility(
    _ reason: FacilityReason, to address: SocketAddress? = elsewhere, aliases: [AliasAddress] = [],
    conferenceID: GloballyUniqueID? = nil
  ) -> H323MessageBody {
    var body = FacilityUUIE(protocolIdentifier: ProtocolIdentifier.ours, reason: reason)
    body.alternativeAddress = address.map { .ipAddress($0.ip, port: $0.port) }
    body.alternativeAliasAddress = aliases.isEmpty ? nil : aliases
    body.conferenceID = conferenceID
    return .facility(body)
  }

  private func wishes(_ peer: OddPeer) -> [H323Redirection] {
    peer.events.compactMap { if case .redirected(_, let wish) = $0 { wish } else { nil } }
  }

  /// Leads the call on; the new connection is open, and its Setup is here.
  private func redirect(_ peer: OddPeer, to route: H323Rerouting = H323Rerouting(to: elsewhere)) -> Bool {
    guard let call = peer.call else { return false }
    var isRedirected = false
    peer.with { isRedirected = $0.redirect(call, to: route, now: $2, into: &$1) }
    guard isRedirected, let link = peer.connects.last?.link else { return false }
    peer.link = link
    peer.with { $0.opened(link, local: address(50_001, host: callerHost), now: $2, into: &$1) }
    peer.callReference = peer.sent.last?.q931.callReference ?? 0
    return true
  }

  private func lastSetup(_ peer: OddPeer) -> SetupUUIE? {
    if case .setup(let setup)? = peer.sent.last?.userInformation.h323UUPDU.h323MessageBody { setup } else { nil }
  }

  @Test(
    "the user is told, and leads the call on: same call, new Setup",
    arguments: [
      (FacilityReason.callForwarded, H323Redirection.Kind.forwarded), (.routeCallToGatekeeper, .gatekeeper),
      (.routeCallToMC, .mc),
    ])
  func walk(reason: FacilityReason, kind: H323Redirection.Kind) throws {
    let peer = OddPeer()
    peer.isCalled()
    let first = try #require(peer.setup)
    let old = try #require(peer.link)
    peer.says(.alerting, OddPeer.alerting(fastStart: peer.fastStartAnswer()))
    #expect(peer.media?.isBothWays == true)
    let conference = GloballyUniqueID(high: 9, low: 9)
    peer.says(.facility, Self.facility(reason, aliases: [.h323ID("other")], conferenceID: conference))
    let wish = try #require(wishes(peer).first)
    #expect(wish.kind == kind && wish.address == Self.elsewhere && wish.aliases == [.h323ID("other")])
    #expect(wish.conferenceID == (kind == .mc ? conference : nil) && wish.from == peer.connects.first?.address)
    // Nothing happens before the user wants it.
    #expect(peer.connects.count == 1 && peer.releases.isEmpty)
    var route = H323Rerouting(to: Self.elsewhere)
    route.destination = wish.aliases
    route.conferenceID = wish.conferenceID
    #expect(redirect(peer, to: route))
    #expect(peer.sentTypes.contains(.releaseComplete) && peer.closed.contains(old))
    #expect(peer.connects.last?.address == Self.elsewhere)
    let second = try #require(lastSetup(peer))
    #expect(second.callIdentifier == first.callIdentifier && second.destinationAddress == [.h323ID("other")])
    #expect(second.conferenceGoal == (kind == .mc ? .join : .create))
    #expect(second.conferenceID == (kind == .mc ? conference : first.conferenceID))
    #expect(second.fastStart?.count == first.fastStart?.count)
    // What was open with the first is no more.
    #expect(peer.media?.outgoing == nil && peer.media?.incoming == nil)
    peer.connect(fastStart: peer.fastStartAnswer())
    #expect(peer.media?.isBothWays == true && peer.releases.isEmpty)
    peer.with { if let call = peer.call { $0.release(call, cause: 16, now: $2, into: &$1) } }
    peer.advance(.seconds(5))
    #expect(peer.releases.count == 1 && peer.isEmpty)
  }

  @Test("who has said where to may go at once", arguments: [true, false])
  func peerGoes(isClosed: Bool) {
    let peer = OddPeer()
    peer.isCalled()
    peer.says(.facility, Self.facility(.callForwarded))
    if isClosed {
      peer.with { if let link = peer.link { $0.closed(link, now: $2, into: &$1) } }
    } else {
      let body = ReleaseCompleteUUIE(protocolIdentifier: ProtocolIdentifier.ours)
      peer.says(.releaseComplete, .releaseComplete(body))
    }
    #expect(peer.releases.isEmpty)
    #expect(redirect(peer))
    peer.connect(fastStart: peer.fastStartAnswer())
    #expect(peer.media?.isBothWays == true)
  }

  @Test("a user that says nothing loses the call")
  func patience() {
    let peer = OddPeer()
    peer.isCalled()
    peer.says(.facility, Self.facility(.callForwarded))
    peer.advance(.milliseconds(9_999))
    #expect(peer.releases.isEmpty)
    peer.advance(.milliseconds(1))
    #expect(peer.releases.map(\.cause) == [102] && peer.isEmpty)
    #expect(!redirect(peer))
  }

  @Test("a call that is answered, or that came in, goes nowhere")
  func tooLate() {
    let peer = OddPeer()
    peer.isCalled()
    peer.says(.facility, Self.facility(.callForwarded))
    peer.connect(fastStart: peer.fastStartAnswer())
    #expect(!redirect(peer))
    peer.says(.facility, Self.facility(.callForwarded))
    #expect(wishes(peer).count == 1 && peer.others == ["facility.callForwarded"])
    let caller = OddPeer()
    caller.calls()
    caller.says(.facility, Self.facility(.routeCallToMC))
    #expect(wishes(caller).isEmpty && caller.others == ["facility.routeCallToMC"])
  }

  @Test("a wish without anybody's name is none, a second one before the first is answered neither")
  func vague() {
    let peer = OddPeer()
    peer.isCalled()
    peer.says(.facility, Self.facility(.callForwarded, to: nil))
    #expect(wishes(peer).isEmpty)
    // The gatekeeper need not be named: it is known.
    peer.says(.facility, Self.facility(.routeCallToGatekeeper, to: nil))
    peer.says(.facility, Self.facility(.callForwarded))
    #expect(wishes(peer).count == 1 && peer.others.count == 2)
  }

  @Test("so often, and once more is the end")
  func limit() {
    let peer = OddPeer()
    peer.isCalled()
    for step in 0..<H323EndpointLimits.default.maxRedirections {
      peer.says(.facility, Self.facility(.callForwarded))
      #expect(redirect(peer, to: H323Rerouting(to: address(1_800 + UInt16(step), host: strangerHost))))
    }
    peer.says(.facility, Self.facility(.callForwarded))
    #expect(peer.releases.map(\.cause) == [25] && peer.releases.first?.reason == .hopCountExceeded)
    peer.advance(.seconds(5))
    #expect(peer.isEmpty)
  }

  @Test("a call does not go in circles")
  func circle() {
    let peer = OddPeer()
    peer.isCalled()
    peer.says(.facility, Self.facility(.callForwarded))
    #expect(redirect(peer))
    peer.says(.facility, Self.facility(.callForwarded))
    #expect(!redirect(peer))
    #expect(peer.releases.map(\.reason) == [.hopCountExceeded])
    peer.advance(.seconds(5))
    #expect(peer.isEmpty)
  }

  @Test("where a call may go without a gatekeeper's word")
  func places() {
    let from = address(1720, host: calleeHost)
    func place(_ address: SocketAddress?, _ aliases: [AliasAddress] = [], within: [CIDR] = []) -> SocketAddress? {
      H323Redirection(kind: .forwarded, address: address, aliases: aliases, conferenceID: nil, from: from)
        .place(within: within)
    }
    #expect(place(address(1_721, host: calleeHost)) == address(1_721, host: calleeHost))
    #expect(place(address(0, host: calleeHost)) == nil && place(Self.elsewhere) == nil)
    #expect(place(Self.elsewhere, within: [CIDR("0.0.0.0/0")].compactMap { $0 }) == Self.elsewhere)
    #expect(place(nil, [.h323ID("other")]) == from && place(nil) == nil)
  }
}
