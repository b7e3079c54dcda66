import H225
import H245
import PER
import Wire

extension H323Call {
  /// A call signalling message of the peer's.
  mutating func received(_ bytes: Span<UInt8>, _ turn: inout Turn) {
    guard !isGone else { return }
    let message: Q931Message
    do throws(Q931Error) {
      guard bytes.count <= turn.limits.maxMessageOctets else { throw .tooLong }
      message = try Q931Message(decoding: bytes)
    } catch {
      return fault(&turn)
    }
    guard message.callReference == callReference else { return receivedForeign(message, &turn) }
    var unit: H323UUPDU?
    if let octets = message.userUser {
      unit = (try? H323UserInformation(decoding: octets))?.h323UUPDU
      if unit == nil { fault(&turn) }
    } else {
      fault(&turn)
    }
    // A ReleaseComplete ends the call whatever else is wrong with it.
    if message.messageType == .releaseComplete { return receivedReleaseComplete(message, unit, &turn) }
    guard let unit, !isGone else { return }
    if !unit.provisionalRespToH245Tunnelling {
      tunnelling.received(unit.h245Tunnelling, isConnect: message.messageType == .connect)
    }
    if case .running = phase { receivedBody(message, unit, &turn) }
    receivedTunnel(unit.h245Control ?? [], &turn)
  }

  /// A message of another call: connections have one each (multipleCalls is off).
  private mutating func receivedForeign(_ message: Q931Message, _ turn: inout Turn) {
    guard message.messageType == .setup else { return fault(&turn) }
    if let refusal = Self.refusal(of: message, nil, cause: 47, reason: .newConnectionNeeded) {
      turn.send(refusal, on: link)
    }
    fault(&turn)
  }

  private mutating func receivedReleaseComplete(_ message: Q931Message, _ unit: H323UUPDU?, _ turn: inout Turn) {
    var reason: ReleaseCompleteReason?
    if case .releaseComplete(let body)? = unit?.h323MessageBody { reason = body.reason }
    // Some endpoints send 0, which is no cause (Q.850), beside a reason.
    let carried = message.cause.flatMap { $0.value == 0 ? nil : $0.value }
    var release = H323Release(side: .peer, cause: carried ?? reason?.q931Cause ?? 31, reason: reason)
    release.isCauseCarried = carried != nil
    ended(release, &turn)
  }

  private mutating func receivedBody(_ message: Q931Message, _ unit: H323UUPDU, _ turn: inout Turn) {
    let answer = PeerAnswer(unit.h323MessageBody)
    switch message.messageType {
    case .callProceeding, .setupAcknowledge, .progress, .alerting, .connect:
      guard case .outgoing(var machine, let calling) = role else { return fault(&turn) }
      let now = turn.now
      let action =
        switch message.messageType {
        case .progress: machine.receivedProgress(now: now)
        case .alerting: machine.receivedAlerting(now: now)
        case .connect: machine.receivedConnect()
        default: machine.receivedCallProceeding(now: now)
        }
      role = .outgoing(machine, calling)
      // In-band information may be there, or is (Q.931 §4.5.23).
      if let description = message.progressDescription, !isActive {
        isHeardEarly = isHeardEarly || description == 1 || description == 8
      }
      take(answer, isConnect: message.messageType == .connect, &turn)
      switch action {
      case .none, .sendSetup, .timedOut: break
      case .proceeding: turn.tell(.proceeding(handle))
      case .alerting: turn.tell(.alerting(handle))
      case .connected:
        redirectionDeadline = nil
        turn.tell(.connected(handle, H323Answer(display: message.display, address: answer.connectedAddress)))
      }
    case .facility: receivedFacility(unit.h323MessageBody, answer, &turn)
    case .statusEnquiry: sendStatus(cause: 30, &turn)
    case .status:
      // The peer has no such call (Q.931 §5.8.11).
      if message.callState == 0 { end(.peer, 101, &turn) }
    case .information:
      take(answer, isConnect: false, &turn)
      for digit in (message.keypad ?? "").utf8 where UserInputIndication.Signal.alphabet.contains(digit) {
        turn.tell(.digit(handle, digit, milliseconds: nil))
      }
    case .notify: tellOther("notify", &turn)
    case .setup:
      // The same Setup again.
      fault(&turn)
    default: tellOther("messageType \(message.messageType.rawValue)", &turn)
    }
  }

  private mutating func receivedFacility(_ body: H323MessageBody, _ answer: PeerAnswer, _ turn: inout Turn) {
    guard case .facility(let facility) = body else {
      // `empty` bears nothing but what is in the tunnel.
      if case .empty = body { return }
      return fault(&turn)
    }
    take(answer, isConnect: false, &turn)
    switch facility.reason {
    case .startH245: startH245(&turn)
    case .transportedInformation, .noH245, .forwardedElements, .newTokens, .featureSetUpdate: break
    case .routeCallToGatekeeper: receivedRedirection(facility, .gatekeeper, "facility.routeCallToGatekeeper", &turn)
    case .callForwarded: receivedRedirection(facility, .forwarded, "facility.callForwarded", &turn)
    case .routeCallToMC: receivedRedirection(facility, .mc, "facility.routeCallToMC", &turn)
    default: tellOther("facility", &turn)
    }
  }

  /// The peer wants us to connect to it for H.245.
  private mutating func startH245(_ turn: inout Turn) {
    guard let address = peerControlAddress else { return }
    isControlNeeded = true
    contend(for: address, &turn)
  }

  /// What any message of the called side may bear: an H.245 address, an answer to our fastStart.
  private mutating func take(_ answer: PeerAnswer, isConnect: Bool, _ turn: inout Turn) {
    if let address = answer.h245Address { takeControlAddress(address, &turn) }
    guard case .offered(let offer) = fastConnect else { return }
    if let elements = answer.fastStart {
      open(offer, elements.prefix(turn.limits.maxFastStartElements).map { $0.octets })
    }
    guard case .offered = fastConnect else { return }
    if answer.fastConnectRefused || isConnect { fastConnect = .refused }
  }

  mutating func takeControlAddress(_ address: H225.TransportAddress, _ turn: inout Turn) {
    guard let socket = address.socketAddress, socket.port != 0 else { return }
    // Whoever can name any address makes us connect to anybody.
    guard socket.ip == remote.ip || turn.configuration.h245Networks.contains(where: { $0.contains(socket.ip) }) else {
      return tellOther("h245Address \(socket) is not at \(remote.ip)", &turn)
    }
    peerControlAddress = socket
  }

  /// Takes the channels that the called side has chosen of our offer.
  private mutating func open(_ offer: FastStartOffer, _ answer: [[UInt8]]) {
    let channels = offer.accept(answer)
    var isOpen = false
    if let channel = channels.outgoing { isOpen = adopt(channel) || isOpen }
    if var channel = channels.incoming {
      // Ours, whatever the answer says.
      channel.mediaChannel = localMedia?.media
      isOpen = adopt(channel) || isOpen
    }
    if isOpen { fastConnect = .open }
  }

  mutating func adopt(_ channel: ControlChannel) -> Bool {
    guard let audio = channel.audio else { return false }
    let parameters = H2250LogicalChannelParameters(
      sessionID: channel.sessionID, mediaControlChannel: localMedia.map { .unicast($0.mediaControl) },
      dynamicRTPPayloadType: channel.dynamicRTPPayloadType)
    return session.adopt(channel, from: OpenLogicalChannel(channel.number, audio: audio, parameters))
  }
}

/// What the messages of the called side have in common.
private struct PeerAnswer {
  var h245Address: H225.TransportAddress?
  var fastStart: [OctetString]?
  var fastConnectRefused = false
  var connectedAddress: [AliasAddress] = []

  init(_ body: H323MessageBody) {
    switch body {
    case .callProceeding(let body):
      (h245Address, fastStart, fastConnectRefused) = (body.h245Address, body.fastStart, body.fastConnectRefused)
    case .alerting(let body):
      (h245Address, fastStart, fastConnectRefused) = (body.h245Address, body.fastStart, body.fastConnectRefused)
    case .progress(let body):
      (h245Address, fastStart, fastConnectRefused) = (body.h245Address, body.fastStart, body.fastConnectRefused)
    case .connect(let body):
      (h245Address, fastStart, fastConnectRefused) = (body.h245Address, body.fastStart, body.fastConnectRefused)
      connectedAddress = body.connectedAddress ?? []
    case .facility(let body):
      (h245Address, fastStart, fastConnectRefused) = (body.h245Address, body.fastStart, body.fastConnectRefused)
    case .information(let body): (fastStart, fastConnectRefused) = (body.fastStart, body.fastConnectRefused)
    case .setup, .releaseComplete, .empty, .status, .statusInquiry, .setupAcknowledge, .notify, .other: break
    }
  }
}

extension SocketAddress {
  /// As numbers: the host first, then the port.
  func isGreater(than other: SocketAddress) -> Bool {
    (ip.high, ip.low, UInt64(port)) > (other.ip.high, other.ip.low, UInt64(other.port))
  }
}
