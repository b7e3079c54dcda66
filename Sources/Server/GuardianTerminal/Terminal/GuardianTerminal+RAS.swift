import Admissions
import H225
import PER
public import Wire

// What is said to the gatekeeper: signed with the key, sealed with the password.
extension GuardianTerminal {
  /// A datagram on the RAS port.
  public mutating func received(
    ras datagram: Span<UInt8>, from source: SocketAddress, now: Instant, into sink: inout GuardianSink
  ) {
    guard let message = try? RasMessage(decoding: datagram), isAuthentic(message, datagram, source, now) else { return }
    if case .gatekeeperConfirm(let confirm) = message, let name = confirm.gatekeeperIdentifier {
      gatekeeperIdentifier = name
    }
    ras?.received(message, from: source, now: now, &rasActions)
    settle(now, &sink)
  }

  /// With a password, a message that is sealed counts only when the seal is right; gatekeepers need not seal all.
  private mutating func isAuthentic(
    _ message: RasMessage, _ datagram: Span<UInt8>, _ source: SocketAddress, _ now: Instant
  ) -> Bool {
    let (endpoint, gatekeeper, time) = (ras?.endpointIdentifier, gatekeeperIdentifier, clock(at: now))
    let fault = association?.fault(
      of: message, datagram, from: source, endpointIdentifier: endpoint, gatekeeperIdentifier: gatekeeper, time: time)
    return fault == nil || fault == .missing
  }

  mutating func perform(_ action: RASClient.Action, _ now: Instant, _ sink: inout GuardianSink) {
    switch action {
    case .send(let message, let address):
      guard let octets = octets(of: signed(message, now), now) else { return }
      sink.actions.append(.ras(octets, to: address))
    case .registered(let confirm, let address):
      if let name = confirm.gatekeeperIdentifier { gatekeeperIdentifier = name }
      report.gatekeeper = address
      gatekeeperSignalling = confirm.callSignalAddress.compactMap(\.socketAddress)
      sink.actions.append(.progress(.registered(by: address)))
      guard case .registering(let since) = phase else { return }
      report.registration = now - since
      admit(now, &sink)
    case .unregistered:
      // On the way out that is what was wanted; otherwise the client registers anew by itself, and the call goes on.
      if case .leaving = phase { end(now, &sink) }
    case .discoveryRejected(let reason, let address):
      refused(GuardianWords.discovery(reason, by: "\(address)"), now, &sink)
    case .registrationRejected(let reason):
      let gatekeeper = gatekeepers.count == 1 ? "\(gatekeepers[0])" : "that was asked"
      refused(GuardianWords.registration(reason, by: gatekeeper), now, &sink)
    case .answered(Tag.redirection, let answer): redirectionAnswered(answer, now, &sink)
    case .answered(Tag.admission, let answer): admissionAnswered(answer, now, &sink)
    case .answered: if case .leaving = phase { unregister(now) }
    case .informationRequested(let request, let address): tell(request, address, now, &sink)
    case .callEnded(let request):
      guard request.callIdentifier?.guid == callIdentifier || request.callIdentifier == nil else { return }
      report.failure = report.failure ?? "the gatekeeper ended the call"
      switch phase {
      case .inside(let call, let since): release(call, since: since, now)
      case .calling(let call, _): release(call, since: nil, now)
      case .idle, .registering, .admitting, .hangingUp, .leaving, .over: break
      }
    case .bandwidthRequested(let request): ras?.answerBandwidth(request, accepts: true, &rasActions)
    }
  }

  /// A gatekeeper does not take us. Where there is another one, that one is asked before it is said.
  private mutating func refused(_ words: String, _ now: Instant, _ sink: inout GuardianSink) {
    guard case .registering = phase else { return }
    sink.actions.append(.progress(.refused(words)))
    if report.failure == nil, gatekeepers.count <= 1 { fail(words, now, &sink) }
  }

  // MARK: Admission

  private mutating func admit(_ now: Instant, _ sink: inout GuardianSink) {
    phase = .admitting(since: now)
    report.stage = .admission
    guard ask([.h323ID(BMPString(configuration.room))], Tag.admission, now) else {
      return fail("the gatekeeper could not be asked whether the call is admitted", now, &sink)
    }
  }

  /// ARQ; false when it cannot be sent.
  mutating func ask(_ destination: [AliasAddress], _ tag: Int, _ now: Instant) -> Bool {
    var request = AdmissionRequest(
      requestSeqNum: 1, callType: .pointToPoint, endpointIdentifier: ras?.endpointIdentifier ?? "",
      srcInfo: configuration.aliasAddresses, bandWidth: Int(configuration.bandwidthBitsPerSecond / 100),
      callReferenceValue: callReference, conferenceID: conferenceID, activeMC: false, answerCall: false)
    request.destinationInfo = destination
    request.srcCallSignalAddress = configuration.signalling.transport
    request.callIdentifier = CallIdentifier(guid: callIdentifier)
    request.canMapAlias = true
    request.gatekeeperIdentifier = gatekeeperIdentifier
    request.willSupplyUUIEs = false
    request.nonStandardData = configuration.traceID.map { CouncilData.traceID($0) }
    // Signed once: a request that is sent again is the same to the octet.
    request.tokens = admissionToken(at: now).map { [$0] }
    return ras?.admit(request, tag: tag, now: now, &rasActions) ?? false
  }

  private mutating func admissionAnswered(_ answer: RasMessage?, _ now: Instant, _ sink: inout GuardianSink) {
    guard case .admitting(let since) = phase else { return }
    switch answer {
    case .admissionConfirm(let confirm)?:
      report.admission = now - since
      // So often the gatekeeper wants to hear of the call.
      if let seconds = confirm.irrFrequency, seconds > 0 { reports = (.seconds(seconds), now + .seconds(seconds)) }
      guard let address = confirm.destCallSignalAddress.socketAddress else {
        return fail("the gatekeeper admitted the call and did not say where to", now, &sink)
      }
      sink.actions.append(.progress(.admitted(to: address)))
      call(address, now, &sink)
    case .admissionReject(let reject)?: fail(GuardianWords.admission(reject.rejectReason), now, &sink)
    default: fail("the gatekeeper has not said whether the call is admitted", now, &sink)
    }
  }

  /// Tells the gatekeeper that the call is over; false when it cannot be told.
  mutating func disengage(_ now: Instant) -> Bool {
    var request = DisengageRequest(
      requestSeqNum: 1, endpointIdentifier: ras?.endpointIdentifier ?? "", conferenceID: conferenceID,
      callReferenceValue: callReference, disengageReason: .normalDrop)
    request.callIdentifier = CallIdentifier(guid: callIdentifier)
    request.gatekeeperIdentifier = gatekeeperIdentifier
    request.answeredCall = false
    return ras?.disengage(request, tag: Tag.disengagement, now: now, &rasActions) ?? false
  }

  // MARK: Status

  /// Says which calls there are: the one, or none (H.225.0 §7.15).
  private mutating func tell(
    _ request: InfoRequest, _ address: SocketAddress, _ now: Instant, _ sink: inout GuardianSink
  ) {
    var response = InfoRequestResponse(
      requestSeqNum: request.requestSeqNum, endpointType: GuardianConfiguration.endpointType,
      endpointIdentifier: ras?.endpointIdentifier ?? "", rasAddress: configuration.ras.transport,
      callSignalAddress: [configuration.signalling.transport])
    response.endpointAlias = configuration.aliasAddresses
    response.unsolicited = false
    response.needResponse = false
    response.perCallInfo = callInfo.map { [$0] }
    guard let octets = octets(of: .infoRequestResponse(response), now) else { return }
    sink.actions.append(.ras(octets, to: address))
  }

  /// Tells of the call unasked, when its time has come.
  mutating func reportCall(_ now: Instant) {
    guard let due = reports, due.next <= now else { return }
    guard let call = callInfo else {
      reports = nil
      return
    }
    reports = (due.every, now + due.every)
    ras?.report([call], now: now, &rasActions)
  }

  /// The one call, while it is there.
  private var callInfo: PerCallInfo? {
    switch phase {
    case .calling, .inside, .hangingUp:
      var call = PerCallInfo(
        callReferenceValue: callReference, conferenceID: conferenceID, h245: TransportChannelInfo(),
        callSignalling: TransportChannelInfo(), callType: .pointToPoint,
        bandWidth: Int(configuration.bandwidthBitsPerSecond / 100), callModel: .direct)
      call.originator = true
      call.callIdentifier = CallIdentifier(guid: callIdentifier)
      return call
    case .idle, .registering, .admitting, .leaving, .over: return nil
    }
  }

  // MARK: Tokens

  /// The token for the call (DOMAIN §9); nil without a key.
  func admissionToken(at now: Instant) -> ClearToken? { token(configuration.callType, now) }

  private func token(_ callType: String, _ now: Instant) -> ClearToken? {
    guard let key = configuration.key else { return nil }
    var token = AdmissionToken(
      terminalID: configuration.terminalID, callIdentifier: callIdentifier, callType: callType,
      bandwidthBitsPerSecond: configuration.bandwidthBitsPerSecond, hasPII: configuration.hasPII,
      timestamp: clock(at: now))
    token.publicKey = key.key.publicKey
    return token.signed(by: key.key)
  }

  /// A registration is signed whenever it is sent: the client makes it, and keeps it alive, by itself.
  private func signed(_ message: RasMessage, _ now: Instant) -> RasMessage {
    guard case .registrationRequest(var request) = message, let token = token(AdmissionToken.register, now) else {
      return message
    }
    request.tokens = [token]
    return .registrationRequest(request)
  }

  private mutating func octets(of message: RasMessage, _ now: Instant) -> [UInt8]? {
    guard association != nil else { return try? message.encoded() }
    var placeholder: [UInt8] = []
    for _ in 0..<2 {
      let word = random.next()
      for place in 0..<6 { placeholder.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * place))) }
    }
    let (endpoint, gatekeeper, time) = (ras?.endpointIdentifier, gatekeeperIdentifier, clock(at: now))
    return association?.seal(
      message, endpointIdentifier: endpoint, gatekeeperIdentifier: gatekeeper, time: time, placeholder: placeholder)
  }
}
