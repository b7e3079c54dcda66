import H225
import H245
import H323Endpoint
import PER
import Testing
import Wire

/// H.245 on a connection of its own, when both sides ask the other to connect (H.323 §8.2.3).
@Suite("Glare")
struct GlareTests {
  private static let apart = Options(usesFastStart: false, tunnelsH245: false)

  @Test("both sides ask the other to connect: the greater address does", arguments: [true, false])
  func glare(isGreater: Bool) throws {
    let peer = OddPeer(Self.apart)
    peer.isCalled()
    peer.connect(tunnelling: false)
    let listener = try #require(peer.listens.first)
    let ours = address(isGreater ? 40_000 : 30_000, host: calleeHost)
    peer.with { $0.listening(listener, at: ours, now: $2, into: &$1) }
    guard case .facility(let facility)? = peer.sent.last?.userInformation.h323UUPDU.h323MessageBody else {
      Issue.record("no Facility")
      return
    }
    #expect(facility.reason == .startH245 && facility.h245Address?.socketAddress == ours)
    let theirs = address(35_000, host: calleeHost)
    peer.says(.facility, OddPeer.facility(.startH245, h245Address: theirs), tunnelling: false)
    let connection = peer.connects.first { $0.address == theirs }
    #expect((connection != nil) == isGreater)
    // It stays, as there are peers that connect all the same.
    #expect(!peer.closed.contains(listener))
    guard let connection else { return }
    peer.with { $0.opened(connection.link, local: ours, now: $2, into: &$1) }
    #expect(peer.closed == [listener])
  }

  @Test("the peer's request to connect is here before our own listener is")
  func earlyGlare() throws {
    let peer = OddPeer(Self.apart)
    peer.isCalled()
    peer.connect(tunnelling: false)
    let listener = try #require(peer.listens.first)
    let theirs = address(35_000, host: calleeHost)
    peer.says(.facility, OddPeer.facility(.startH245, h245Address: theirs), tunnelling: false)
    #expect(peer.connects.count == 1)
    peer.with { $0.listening(listener, at: address(30_000, host: callerHost), now: $2, into: &$1) }
    #expect(peer.connects.last?.address == theirs && peer.closed == [listener])
    #expect(!peer.sentTypes.contains(.facility))
  }

  @Test(
    "both want the other to connect, and the peer connects although it is for us to do it", arguments: [false, true])
  func bothConnect(failsFirst: Bool) throws {
    let peer = OddPeer(Self.apart)
    peer.isCalled()
    peer.connect(tunnelling: false)
    let listener = try #require(peer.listens.first)
    peer.with { $0.listening(listener, at: address(40_000, host: calleeHost), now: $2, into: &$1) }
    let theirs = address(35_000, host: calleeHost)
    peer.says(.facility, OddPeer.facility(.startH245, h245Address: theirs), tunnelling: false)
    let connection = try #require(peer.connects.last)
    // It is no longer there for us.
    if failsFirst { peer.with { $0.closed(connection.link, now: $2, into: &$1) } }
    #expect(peer.releases.isEmpty)
    var accepted: H323Link?
    peer.with {
      accepted = $0.accepted(
        from: address(36_000, host: calleeHost), local: address(40_000, host: callerHost), to: listener, now: $2,
        into: &$1)
    }
    #expect(accepted != nil && peer.closed.contains(listener))
    #expect(peer.closed.contains(connection.link) == !failsFirst)
    if !failsFirst { peer.with { $0.closed(connection.link, now: $2, into: &$1) } }
    #expect(peer.releases.isEmpty)
  }
}
