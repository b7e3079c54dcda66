import H225
import H245
import H323Endpoint
import PER
import Testing
import Wire

/// Peers that answer in orders and shapes that real ones have.
@Suite("Odd peers")
struct OddPeerTests {
  private static let slow = Options(usesFastStart: false, tunnelsH245: true)
  private static let apart = Options(usesFastStart: false, tunnelsH245: false)
  private let control = H323EndpointTests.address(7777, host: calleeHost)

  @Test("Connect is the first and only answer")
  func connectOnly() {
    let peer = OddPeer()
    peer.isCalled()
    peer.connect(fastStart: peer.fastStartAnswer())
    #expect(peer.media?.isBothWays == true && peer.media?.outgoing?.media == address(6000, host: calleeHost))
    guard case .connected? = peer.events.first else {
      Issue.record("\(peer.events)")
      return
    }
  }

  @Test("fast connect is answered in CallProceeding, and again in Connect")
  func fastStartTwice() {
    let peer = OddPeer()
    peer.isCalled()
    let answer = peer.fastStartAnswer()
    peer.says(.callProceeding, OddPeer.callProceeding(fastStart: answer))
    #expect(peer.media?.isBothWays == true)
    let early = peer.media
    peer.says(.alerting, OddPeer.alerting(fastStart: answer))
    peer.connect(fastStart: answer)
    #expect(peer.media == early)
    #expect(peer.events.filter { if case .media = $0 { true } else { false } }.count == 1)
  }

  @Test("an answer that names our address wrongly does not change it")
  func wrongEcho() throws {
    let peer = OddPeer()
    peer.isCalled()
    let octets = try #require(peer.fastStartAnswer(incoming: false).first)
    var element = try OpenLogicalChannel(decoding: octets.span)
    var parameters = try #require(element.reverseLogicalChannelParameters?.multiplexParameters?.h2250)
    parameters.mediaChannel = .unicast(address(9, host: strangerHost))
    element.reverseLogicalChannelParameters?.multiplexParameters = .h2250LogicalChannelParameters(parameters)
    peer.connect(fastStart: [try element.encoded()])
    #expect(peer.media?.incoming?.media == address(4000, host: callerHost))
  }

  @Test("fast connect opens one way, H.245 the other")
  func oneWay() {
    let peer = OddPeer()
    peer.isCalled()
    // Only what the peer sends.
    peer.connect(fastStart: peer.fastStartAnswer(incoming: false))
    #expect(peer.media?.incoming != nil && peer.media?.outgoing == nil)
    peer.says(.facility, .empty, control: Odd.acks + [Odd.capabilities()])
    let number = peer.control.openedChannels.first ?? 0
    #expect(peer.control.openedChannels.count == 1)
    peer.says(.facility, .empty, control: [Odd.channelAck(number)])
    #expect(peer.media?.isBothWays == true)
  }

  @Test("fast connect is not answered: slow start follows, whatever the refusal looks like", arguments: [true, false])
  func refused(isSaid: Bool) {
    let peer = OddPeer()
    peer.isCalled()
    if isSaid {
      var body = CallProceedingUUIE(protocolIdentifier: ProtocolIdentifier.ours, destinationInfo: terminal)
      body.fastConnectRefused = true
      peer.says(.callProceeding, .callProceeding(body))
    } else {
      peer.connect(fastStart: [[1, 2, 3], []])
    }
    // Our set and our determination, in the tunnel.
    #expect(peer.control.count == 2)
  }

  @Test(
    "H.245 in the tunnel of any message",
    arguments: [
      Q931MessageType.facility, .alerting, .progress, .information, .notify, .status, .connect,
    ])
  func tunnel(type: Q931MessageType) {
    let peer = OddPeer(Self.slow)
    peer.isCalled()
    let identifier = CallIdentifier(guid: GloballyUniqueID(high: 1, low: 2))
    let body: H323MessageBody =
      switch type {
      case .alerting: OddPeer.alerting()
      case .progress:
        .progress(
          ProgressUUIE(
            protocolIdentifier: ProtocolIdentifier.ours, destinationInfo: terminal, callIdentifier: identifier))
      case .information: .information(InformationUUIE(protocolIdentifier: ProtocolIdentifier.ours))
      case .notify: .notify(NotifyUUIE(protocolIdentifier: ProtocolIdentifier.ours, callIdentifier: identifier))
      case .status: .status(StatusUUIE(protocolIdentifier: ProtocolIdentifier.ours, callIdentifier: identifier))
      default: .empty
      }
    peer.says(.callProceeding, OddPeer.callProceeding())
    peer.says(type, body, control: [Odd.capabilities()])
    #expect(peer.control.contains { if case .response(.terminalCapabilitySetAck) = $0 { true } else { false } })
  }

  @Test("Progress says that something is to be heard, and Alerting may never come", arguments: [1, 2, 8] as [UInt8])
  func heardEarly(description: UInt8) {
    let peer = OddPeer()
    peer.isCalled()
    var body = ProgressUUIE(
      protocolIdentifier: ProtocolIdentifier.ours, destinationInfo: terminal,
      callIdentifier: CallIdentifier(guid: GloballyUniqueID(high: 1, low: 2)))
    body.fastStart = peer.fastStartAnswer().map { OctetString($0) }
    peer.says(.progress, .progress(body)) { message, _ in message.progressDescription = description }
    #expect(peer.media?.isBothWays == true && peer.media?.isHeardEarly == (description != 2))
  }

  @Test("both bodies of a Facility bear a tunnel", arguments: [true, false])
  func facilityBodies(isEmpty: Bool) {
    let peer = OddPeer(Self.slow)
    peer.isCalled()
    peer.connect()
    let body = isEmpty ? H323MessageBody.empty : OddPeer.facility(.transportedInformation)
    // Everything at once, the determination last, and a set without multiplexCapability.
    peer.says(.facility, body, control: Odd.acks + [Odd.capabilities(multiplex: false), Odd.channel(4)])
    let number = peer.control.openedChannels.first ?? 0
    peer.says(.facility, body, control: [Odd.channelAck(number)])
    #expect(peer.media?.isBothWays == true)
    #expect(peer.media?.telephoneEventPayloadType == 101)
    // Ours is `facility` with a reason, and names the call.
    let bodies = peer.sent.filter { $0.q931.messageType == .facility }.map {
      $0.userInformation.h323UUPDU.h323MessageBody
    }
    #expect(!bodies.isEmpty)
    for case .facility(let facility) in bodies {
      #expect(facility.reason == .transportedInformation && facility.callIdentifier?.guid.high == 1)
    }
  }

  @Test("H.245 comes with the Setup, beside fastStart and in parallelH245Control", arguments: [true, false])
  func parallel(isInField: Bool) {
    let peer = OddPeer()
    peer.calls(
      fastStart: OddPeer.fastStartOffer(), control: isInField ? [] : [Odd.capabilities(), Odd.determination]
    ) { _, _, setup in
      guard isInField else { return }
      setup.parallelH245Control = [Odd.capabilities(), Odd.determination].compactMap { try? OctetString($0.encoded()) }
    }
    peer.answers()
    #expect(peer.media?.isBothWays == true)
    #expect(peer.sentTypes.first == .connect)
    // The answers to both, and our own set, in Connect or behind it.
    #expect(peer.control.count >= 3)
  }

  @Test("an answer echoes the offer, frames and all")
  func echo() throws {
    let peer = OddPeer()
    let offer = OddPeer.fastStartOffer([.g729(2), .g711Alaw64k(30), .g711Ulaw64k(30)])
    peer.calls(fastStart: offer)
    peer.answers()
    guard case .connect(let connect)? = peer.sent.first?.userInformation.h323UUPDU.h323MessageBody else {
      Issue.record("no Connect")
      return
    }
    let answer = try #require(connect.fastStart)
    #expect(answer.count == 2)
    for element in answer {
      let octets = element.octets
      let proposal = try #require(try FastStartProposal(octets))
      #expect(proposal.audio == .g711Alaw64k(30))
      // The numbers are the offer's.
      let numbers = try offer.map { try OpenLogicalChannel(decoding: $0.span).forwardLogicalChannelNumber }
      #expect(numbers.contains(proposal.request.forwardLogicalChannelNumber))
    }
  }

  @Test("H.245 on a connection to the address in Alerting, Connect or a Facility", arguments: [0, 1, 2])
  func controlAddress(place: Int) throws {
    let peer = OddPeer(Self.apart)
    peer.isCalled()
    switch place {
    case 0: peer.says(.alerting, OddPeer.alerting(h245Address: control), tunnelling: false)
    case 1: peer.connect(h245Address: control, tunnelling: false)
    default:
      peer.says(.alerting, OddPeer.alerting(), tunnelling: false)
      peer.says(.facility, OddPeer.facility(.startH245, h245Address: control), tunnelling: false)
    }
    #expect(peer.connects.count == 2 && peer.connects.last?.address == control)
    let link = try #require(peer.connects.last?.link)
    peer.controlLinks.insert(link)
    let local = H323EndpointTests.address(50_001, host: callerHost)
    peer.with { $0.opened(link, local: local, now: $2, into: &$1) }
    #expect(peer.control.count == 2)
    for message in Odd.acks + [Odd.capabilities(), Odd.channel(1)] { peer.sayControl(message, on: link) }
    peer.sayControl(Odd.channelAck(peer.control.openedChannels.first ?? 0), on: link)
    #expect(peer.media?.isBothWays == true)
    if place != 1 { peer.connect(tunnelling: false) }
    // The end: endSessionCommand, the peer's, ReleaseComplete.
    let call = try #require(peer.call)
    peer.with { $0.release(call, cause: 16, now: $2, into: &$1) }
    #expect(peer.control.hasEndSession && !peer.sentTypes.contains(.releaseComplete))
    #expect(peer.endpoint.callCount == 1 && peer.releases.count == 1)
    peer.sayControl(.command(.endSessionCommand(.disconnect)), on: link)
    #expect(peer.sentTypes.last == .releaseComplete && peer.isEmpty)
  }

  @Test("an h245Address at a third host is not connected to, unless that is allowed", arguments: [true, false])
  func thirdHost(isAllowed: Bool) {
    let peer = OddPeer(Self.apart) { configuration in
      if isAllowed, let network = CIDR("198.51.100.0/24") { configuration.h245Networks = [network] }
    }
    peer.isCalled()
    let third = H323EndpointTests.address(7777, host: strangerHost)
    peer.connect(h245Address: third, tunnelling: false)
    #expect(peer.connects.contains { $0.address == third } == isAllowed)
    #expect(peer.others.isEmpty == isAllowed)
    // Without it we ask the peer to come to us.
    #expect(peer.listens.isEmpty == isAllowed)
    peer.advance(.seconds(11))
    #expect(peer.releases == [H323Release(side: .timer, cause: 102)])
    #expect(peer.isEmpty)
  }

  @Test("a listener takes the peer and no stranger")
  func listener() throws {
    let peer = OddPeer(Self.apart)
    peer.calls(tunnelling: false)
    peer.answers()
    let listener = try #require(peer.listens.first)
    // Connect waits for the address.
    #expect(peer.sent.isEmpty)
    peer.with { $0.listening(listener, at: address(30_000, host: callerHost), now: $2, into: &$1) }
    guard case .connect(let connect)? = peer.sent.last?.userInformation.h323UUPDU.h323MessageBody else {
      Issue.record("no Connect")
      return
    }
    #expect(connect.h245Address?.socketAddress == H323EndpointTests.address(30_000, host: callerHost))
    var link: H323Link?
    peer.with {
      link = $0.accepted(
        from: H323EndpointTests.address(1, host: strangerHost), local: address(30_000, host: callerHost),
        to: listener, now: $2, into: &$1)
    }
    #expect(link == nil && peer.closed.isEmpty)
    peer.with {
      link = $0.accepted(
        from: H323EndpointTests.address(1, host: calleeHost), local: address(30_000, host: callerHost), to: listener,
        now: $2, into: &$1)
    }
    #expect(link != nil && peer.closed == [listener])
    // And no second one.
    peer.with {
      link = $0.accepted(
        from: H323EndpointTests.address(2, host: calleeHost), local: address(30_000, host: callerHost), to: listener,
        now: $2, into: &$1)
    }
    #expect(link == nil)
  }

  private func address(_ port: UInt16, host: UInt32) -> SocketAddress { H323EndpointTests.address(port, host: host) }

  @Test("a channel that the peer closes and does not open again is half a call: it ends")
  func halfACall() {
    let peer = OddPeer()
    peer.isCalled()
    peer.connect(fastStart: peer.fastStartAnswer())
    peer.says(.facility, .empty, control: Odd.acks + [Odd.capabilities()])
    let number = peer.setup?.fastStart?.compactMap { element -> LogicalChannelNumber? in
      let octets = element.octets
      guard let proposal = try? FastStartProposal(octets), proposal.direction == .outgoing,
        proposal.audio == .g711Ulaw64k(20)
      else { return nil }
      return proposal.request.forwardLogicalChannelNumber
    }
    peer.says(.facility, .empty, control: [.request(.closeLogicalChannel(CloseLogicalChannel(number?.first ?? 0)))])
    #expect(peer.media?.incoming == nil && peer.media?.outgoing != nil)
    peer.advance(.milliseconds(9_999))
    #expect(peer.releases.isEmpty)
    peer.advance(.milliseconds(1))
    #expect(peer.releases == [H323Release(side: .timer, cause: 102)] && peer.isEmpty)
  }

  @Test("the peer goes without endSessionCommand, or with it and without ReleaseComplete")
  func abruptEnds() throws {
    for kind in 0..<4 {
      let peer = OddPeer()
      peer.isCalled()
      peer.connect(fastStart: peer.fastStartAnswer())
      let link = try #require(peer.link)
      switch kind {
      case 0:
        peer.says(.releaseComplete, .releaseComplete(ReleaseCompleteUUIE(protocolIdentifier: ProtocolIdentifier.ours)))
      case 1: peer.with { $0.closed(link, now: $2, into: &$1) }
      case 2:
        peer.says(.facility, .empty, control: [.command(.endSessionCommand(.disconnect))])
        #expect(peer.control.hasEndSession && peer.releases.isEmpty)
        peer.advance(.seconds(3))
      default:
        // A cause and no UUIE at all.
        var message = Q931Message(.releaseComplete, callReference: peer.callReference, isFromDestination: true)
        message.cause = Q931Cause(17)
        if let octets = try? message.encoded() { peer.deliver(octets) }
      }
      let causes: [UInt8] = [31, 41, 16, 17]
      #expect(peer.releases.map { $0.cause } == [causes[kind]])
      #expect(peer.releases.first?.isCauseCarried == (kind == 3))
      #expect(peer.releases.first?.side == (kind == 1 ? .connection : .peer))
      #expect(peer.isEmpty)
    }
  }

  @Test("cause 0 is none: the reason beside it counts")
  func noCause() {
    let peer = OddPeer()
    peer.isCalled()
    var body = ReleaseCompleteUUIE(protocolIdentifier: ProtocolIdentifier.ours)
    body.reason = .noBandwidth
    peer.says(.releaseComplete, .releaseComplete(body)) { message, _ in message.cause = Q931Cause(0) }
    #expect(peer.releases == [H323Release(side: .peer, cause: 34, reason: .noBandwidth)])
    #expect(peer.releases.first?.isCauseCarried == false && peer.isEmpty)
  }

  @Test("endSessionCommand before Connect does not hide why the call failed")
  func causeAfterEndSession() {
    let peer = OddPeer(Self.slow)
    peer.isCalled()
    peer.says(.alerting, OddPeer.alerting(), control: [.command(.endSessionCommand(.disconnect))])
    var body = ReleaseCompleteUUIE(protocolIdentifier: ProtocolIdentifier.ours)
    body.reason = .inConf
    peer.says(.releaseComplete, .releaseComplete(body))
    #expect(peer.releases == [H323Release(side: .peer, cause: 17, reason: .inConf)])
    #expect(peer.isEmpty)
  }

  @Test("a release in the tunnel bears endSessionCommand")
  func releaseInTunnel() throws {
    let peer = OddPeer()
    peer.isCalled()
    peer.connect(fastStart: peer.fastStartAnswer())
    let call = try #require(peer.call)
    peer.with { $0.release(call, cause: 16, now: $2, into: &$1) }
    #expect(peer.sentTypes.last == .releaseComplete && peer.control.hasEndSession)
    #expect(peer.sent.last?.userInformation.h323UUPDU.h245Control?.count == 1)
    #expect(peer.isEmpty)
  }

  @Test("answers in any order, and late ones")
  func orders() {
    let peer = OddPeer()
    peer.isCalled()
    peer.says(.alerting, OddPeer.alerting())
    peer.says(.callProceeding, OddPeer.callProceeding())
    peer.says(.alerting, OddPeer.alerting())
    peer.connect(fastStart: peer.fastStartAnswer())
    peer.says(.callProceeding, OddPeer.callProceeding())
    peer.says(.alerting, OddPeer.alerting())
    peer.connect()
    let names = peer.events.map { event -> String in
      switch event {
      case .alerting: "alerting"
      case .connected: "connected"
      case .media: "media"
      default: "another"
      }
    }
    #expect(names == ["alerting", "connected", "media"])
  }

  @Test("the caller sends what only the called side may")
  func wrongSide() {
    let peer = OddPeer()
    peer.calls(fastStart: OddPeer.fastStartOffer())
    peer.connect(fastStart: OddPeer.fastStartOffer())
    peer.says(.alerting, OddPeer.alerting())
    peer.says(.callProceeding, OddPeer.callProceeding())
    #expect(peer.releases.isEmpty && peer.media == H323Media())
    peer.answers()
    #expect(peer.media?.isBothWays == true)
  }

  @Test("tunnelling is what the called endpoint says, not a gatekeeper on the way")
  func provisional() {
    let peer = OddPeer(Self.slow)
    peer.isCalled()
    peer.says(.callProceeding, OddPeer.callProceeding(), tunnelling: false) {
      $1.provisionalRespToH245Tunnelling = true
    }
    peer.connect(tunnelling: true)
    #expect(peer.control.count == 2 && peer.listens.isEmpty)
  }

  @Test("StatusEnquiry, Status, Information, Notify")
  func status() {
    let peer = OddPeer()
    peer.isCalled()
    let identifier = CallIdentifier(guid: GloballyUniqueID(high: 1, low: 2))
    peer.says(
      .statusEnquiry,
      .statusInquiry(StatusUUIE(protocolIdentifier: ProtocolIdentifier.ours, callIdentifier: identifier)))
    #expect(peer.sentTypes.last == .status && peer.sent.last?.q931.callState == 1)
    #expect(peer.sent.last?.q931.cause?.value == 30)
    peer.connect(fastStart: peer.fastStartAnswer())
    peer.says(.information, .information(InformationUUIE(protocolIdentifier: ProtocolIdentifier.ours))) { message, _ in
      message.keypad = "4x#"
    }
    let digits = peer.events.compactMap { if case .digit(_, let digit, _) = $0 { digit } else { nil } }
    #expect(digits == Array("4#".utf8))
    peer.says(.notify, .notify(NotifyUUIE(protocolIdentifier: ProtocolIdentifier.ours, callIdentifier: identifier)))
    #expect(peer.others == ["notify"])
    peer.says(.status, .status(StatusUUIE(protocolIdentifier: ProtocolIdentifier.ours, callIdentifier: identifier))) {
      message, _ in message.callState = 10
    }
    #expect(peer.releases.isEmpty)
    peer.says(.status, .status(StatusUUIE(protocolIdentifier: ProtocolIdentifier.ours, callIdentifier: identifier))) {
      message, _ in message.callState = 0
    }
    #expect(peer.releases.map { $0.cause } == [101])
  }

  @Test("round trip is answered, flow control is told, a mode is refused")
  func control245() {
    let peer = OddPeer()
    peer.isCalled()
    peer.connect(fastStart: peer.fastStartAnswer())
    let before = peer.control.count
    peer.says(
      .facility, .empty,
      control: [
        .request(.roundTripDelayRequest(RoundTripDelayRequest(sequenceNumber: 9))),
        .command(.flowControlCommand(FlowControlCommand(scope: .wholeMultiplex, restriction: .noRestriction))),
      ])
    #expect(
      peer.control.dropFirst(before).first
        == .response(.roundTripDelayResponse(RoundTripDelayResponse(sequenceNumber: 9))))
    #expect(peer.others == ["command.flowControlCommand"])
  }

  @Test("a codec that is in the peer's set and refused all the same: another one")
  func refusedCodec() {
    let peer = OddPeer(Self.slow)
    peer.isCalled()
    peer.connect(control: [Odd.capabilities([.g711Ulaw64k(20), .g711Alaw64k(20)])])
    peer.says(.facility, .empty, control: Odd.acks)
    let first = peer.control.openedChannels.first ?? 0
    peer.says(
      .facility, .empty,
      control: [
        .response(.openLogicalChannelReject(OpenLogicalChannelReject(first, cause: .dataTypeNotSupported)))
      ])
    let second = peer.control.openedChannels.last ?? 0
    #expect(second != first)
    peer.says(.facility, .empty, control: [Odd.channelAck(second)])
    #expect(peer.media?.outgoing?.audio == .g711Alaw64k(20) && peer.media?.outgoing?.payloadType == 8)
    // And when none is left, the call is over.
    let other = OddPeer(Self.slow)
    other.isCalled()
    other.connect(control: [Odd.capabilities([.g711Ulaw64k(20)])])
    other.says(.facility, .empty, control: Odd.acks)
    let number = other.control.openedChannels.first ?? 0
    other.says(
      .facility, .empty,
      control: [
        .response(.openLogicalChannelReject(OpenLogicalChannelReject(number, cause: .dataTypeNotSupported)))
      ])
    #expect(other.releases == [H323Release(side: .fault, cause: 65)])
  }

  @Test("a called number and no alias; Display ends with a zero")
  func identity() {
    let peer = OddPeer()
    peer.calls { message, _, setup in
      setup.destinationAddress = nil
      message.setContents(of: Q931Element.display, Array("Bob".utf8) + [0])
      try? message.setCalledPartyNumber(Q931Number("1001"))
      try? message.setCallingPartyNumber(Q931Number("2002"))
    }
    guard case .incoming(_, let invitation)? = peer.events.first else {
      Issue.record("no call")
      return
    }
    #expect(invitation.destination == [.dialledDigits("1001")] && invitation.source == [.dialledDigits("2002")])
    #expect(invitation.display == "Bob")
  }

  @Test("Setups that make no call are answered with a reason", arguments: [true, false])
  func refusals(isService: Bool) {
    let peer = OddPeer()
    peer.calls { _, _, setup in
      if isService {
        setup.conferenceGoal = .callIndependentSupplementaryService
      } else {
        setup.neededFeatures = [FeatureDescriptor(id: .standard(18))]
      }
    }
    #expect(peer.sentTypes == [.releaseComplete] && peer.isEmpty && peer.events.isEmpty)
    #expect(peer.sent.first?.q931.cause?.value == (isService ? 29 : 31))
  }

  @Test("a second call on the connection of the first is refused, the first stays")
  func secondCall() {
    let peer = OddPeer()
    peer.calls()
    let first = peer.callReference
    peer.callReference = 78
    peer.says(.setup, .empty)
    #expect(peer.sentTypes == [.releaseComplete] && peer.sent.first?.q931.callReference == 78)
    guard case .releaseComplete(let body)? = peer.sent.first?.userInformation.h323UUPDU.h323MessageBody else { return }
    #expect(body.reason == .newConnectionNeeded)
    #expect(peer.endpoint.callCount == 1)
    // Of a call that is not there nothing is believed.
    peer.says(.releaseComplete, .releaseComplete(ReleaseCompleteUUIE(protocolIdentifier: ProtocolIdentifier.ours)))
    #expect(peer.endpoint.callCount == 1)
    peer.callReference = first
    peer.answers()
    #expect(peer.sentTypes.contains(.connect))
  }

  @Test("a connection that brings something else, or nothing, is closed")
  func noSetup() {
    for octets in [[1, 2, 3], [8, 2, 0, 1, 0x62], [8, 2, 0, 1, 5]] as [[UInt8]] {
      let peer = OddPeer()
      peer.with {
        peer.link = $0.accepted(
          from: address(1, host: calleeHost), local: address(1720, host: callerHost), now: $2, into: &$1)
      }
      peer.deliver([])
      #expect(peer.closed.isEmpty)
      peer.deliver(octets)
      #expect(peer.closed == [peer.link].compactMap { $0 } && peer.isEmpty)
      // A Setup that cannot be read is answered.
      #expect(peer.sentTypes == (octets.last == 5 ? [.releaseComplete] : []))
    }
    let peer = OddPeer()
    peer.with {
      peer.link = $0.accepted(
        from: address(1, host: calleeHost), local: address(1720, host: callerHost), now: $2, into: &$1)
    }
    peer.advance(.milliseconds(9_999))
    #expect(peer.closed.isEmpty)
    peer.advance(.milliseconds(1))
    #expect(peer.closed.count == 1 && peer.isEmpty)
  }
}
