import H225
import H245
import H323Endpoint
import PER
import Testing
import Wire

/// Every limit at its value and one beyond.
@Suite("Limits of an endpoint")
struct LimitTests {
  @Test("calls")
  func calls() {
    var limits = H323EndpointLimits.default
    limits.maxCalls = 2
    let peer = OddPeer(limits: limits)
    for _ in 0..<2 { peer.calls() }
    #expect(peer.endpoint.callCount == 2 && peer.sent.isEmpty)
    peer.calls()
    #expect(peer.endpoint.callCount == 2 && peer.sent.last?.q931.cause?.value == 42)
    var handle: H323CallHandle?
    peer.with { handle = $0.call(calling(media: nil), now: $2, into: &$1) }
    #expect(handle == nil)
  }

  @Test("connections without a Setup")
  func waiting() {
    var limits = H323EndpointLimits.default
    limits.maxWaitingLinks = 2
    let peer = OddPeer(limits: limits)
    var links: [H323Link?] = []
    for _ in 0..<3 {
      peer.with {
        links.append(
          $0.accepted(from: address(1, host: calleeHost), local: address(1720, host: callerHost), now: $2, into: &$1))
      }
    }
    #expect(links[0] != nil && links[1] != nil && links[2] == nil)
    // One that has brought its Setup waits no more.
    peer.advance(.seconds(10))
    #expect(peer.closed.count == 2 && peer.isEmpty)
  }

  @Test("octets of a message")
  func octets() {
    for extra in 0...1 {
      let peer = OddPeer()
      peer.isCalled()
      var message = Q931Message(.callProceeding, callReference: peer.callReference, isFromDestination: true)
      guard
        let information = try? H323UserInformation(h323UUPDU: H323UUPDU(h323MessageBody: OddPeer.callProceeding()))
          .encoded()
      else { return }
      // What follows the value is passed over.
      let rest = peer.endpoint.limits.maxMessageOctets - 9 - information.count + extra
      message.userUser = information + [UInt8](repeating: 0, count: rest)
      let octets = (try? message.encoded()) ?? []
      #expect(octets.count == peer.endpoint.limits.maxMessageOctets + extra)
      peer.deliver(octets)
      #expect(peer.events.isEmpty == (extra == 1))
    }
  }

  @Test("messages that cannot be read")
  func faults() {
    let peer = OddPeer()
    peer.isCalled()
    for _ in 0..<peer.endpoint.limits.maxFaults { peer.deliver([8, 2, 0]) }
    #expect(peer.releases.isEmpty)
    peer.deliver([8, 2, 0])
    #expect(peer.releases == [H323Release(side: .fault, cause: 111)] && peer.isEmpty)
  }

  @Test("H.245 messages in one tunnel")
  func tunnelled() {
    for extra in 0...1 {
      let peer = OddPeer()
      peer.isCalled()
      peer.connect(fastStart: peer.fastStartAnswer())
      let before = peer.control.count
      let count = peer.endpoint.limits.maxTunnelledMessages + extra
      peer.says(
        .facility, .empty,
        control: (0..<count).map { .request(.roundTripDelayRequest(RoundTripDelayRequest(sequenceNumber: UInt8($0)))) })
      #expect(peer.control.count - before == peer.endpoint.limits.maxTunnelledMessages)
    }
  }

  @Test("answers that wait because nothing may be said yet")
  func queued() {
    let peer = OddPeer()
    peer.calls()
    let request = MultimediaSystemControlMessage.request(
      .roundTripDelayRequest(RoundTripDelayRequest(sequenceNumber: 1)))
    for _ in 0..<peer.endpoint.limits.maxQueuedMessages { peer.says(.facility, .empty, control: [request]) }
    #expect(peer.releases.isEmpty && peer.sent.isEmpty)
    peer.says(.facility, .empty, control: [request])
    #expect(peer.releases == [H323Release(side: .fault, cause: 111)] && peer.isEmpty)
  }

  @Test("elements of a fastStart")
  func fastStart() {
    let offer = OddPeer.fastStartOffer()
    for extra in 0...1 {
      let peer = OddPeer()
      let junk = [[UInt8]](repeating: [0], count: peer.endpoint.limits.maxFastStartElements - offer.count + extra)
      peer.calls(fastStart: junk + offer)
      peer.answers()
      // The last element, our own way, is beyond the limit.
      #expect((peer.media?.incoming == nil) == false)
      #expect((peer.media?.outgoing == nil) == (extra == 1))
    }
  }

  @Test("addresses of a Setup, digits of a number")
  func addresses() {
    for extra in 0...1 {
      let peer = OddPeer()
      let count = peer.endpoint.limits.maxAliases
      peer.calls { _, _, setup in
        setup.destinationAddress = (0..<(count + extra)).map { .dialledDigits("\($0)") }
      }
      guard case .incoming(_, let invitation)? = peer.events.first else {
        Issue.record("no call")
        return
      }
      #expect(invitation.destination.count == count)
      let other = OddPeer()
      let digits = String(repeating: "1", count: other.endpoint.limits.maxNumberDigits + extra)
      other.calls { message, _, _ in message.setContents(of: Q931Element.calledPartyNumber, [0x81] + Array(digits.utf8))
      }
      #expect(other.endpoint.callCount == 1 - extra)
      if extra == 1 { #expect(other.sent.last?.q931.cause?.value == 28) }
    }
  }

  @Test("digits that wait")
  func digits() throws {
    let peer = OddPeer()
    peer.isCalled()
    let call = try #require(peer.call)
    for _ in 0...peer.endpoint.limits.maxQueuedDigits {
      peer.with { $0.send(digit: UInt8(ascii: "7"), to: call, now: $2, into: &$1) }
    }
    peer.connect(fastStart: peer.fastStartAnswer(), control: [Odd.capabilities()])
    let sent = peer.control.filter { if case .indication(.userInput) = $0 { true } else { false } }
    #expect(sent.count == peer.endpoint.limits.maxQueuedDigits)
  }

  @Test("connections of one call", arguments: Options.all)
  func links(options: Options) {
    let network = Network(options, options)
    network.answers()
    network.call()
    while network.step() {
      for host in network.hosts {
        #expect(host.endpoint.linkCount <= H323EndpointLimits.maxLinksPerCall * max(1, host.endpoint.callCount))
      }
    }
    #expect(network.caller.endpoint.callCount == 1)
  }
}
