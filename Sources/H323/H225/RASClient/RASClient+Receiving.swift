import PER
import Wire

extension RASClient {
  /// Takes a message that came from an address. What nobody asked for, and what a stranger sends, does nothing.
  public mutating func received(
    _ message: RasMessage, from source: SocketAddress, now: Instant, _ actions: inout [Action]
  ) {
    switch message {
    case .gatekeeperConfirm(let confirm):
      guard take(confirm.requestSeqNum, source, { $0 == .discovery }) != nil else { return }
      confirmed(confirm, now: now, &actions)
    case .gatekeeperReject(let reject):
      guard take(reject.requestSeqNum, source, { $0 == .discovery }) != nil else { return }
      actions.append(.discoveryRejected(reject.rejectReason, by: source))
      follow(reject.altGKInfo)
      tryNext(now: now, &actions)
    case .registrationConfirm(let confirm):
      guard let isKeepAlive = takeRegistration(confirm.requestSeqNum, source) else { return }
      confirmed(confirm, isKeepAlive: isKeepAlive, now: now, &actions)
    case .registrationReject(let reject):
      guard let isKeepAlive = takeRegistration(reject.requestSeqNum, source) else { return }
      rejected(reject, isKeepAlive: isKeepAlive, now: now, &actions)
    case .unregistrationConfirm(let confirm): unregistered(confirm.requestSeqNum, source, &actions)
    case .unregistrationReject(let reject): unregistered(reject.requestSeqNum, source, &actions)
    case .admissionConfirm, .admissionReject, .bandwidthConfirm, .bandwidthReject, .disengageConfirm, .disengageReject:
      answered(message, source, now: now, &actions)
    case .infoRequestAck(let answer): _ = take(answer.requestSeqNum, source) { $0 == .report }
    case .infoRequestNak(let answer):
      guard take(answer.requestSeqNum, source, { $0 == .report }) != nil else { return }
      refusedReport(answer, now: now, &actions)
    case .resourcesAvailableConfirm(let answer): _ = take(answer.requestSeqNum, source) { $0 == .resources }
    case .unknownMessageResponse(let answer): _ = take(answer.requestSeqNum, source) { $0 == .resources }
    case .requestInProgress(let progress): putOff(progress, source, now: now)
    case .unregistrationRequest(let request):
      guard source == gatekeeper, request.endpointIdentifier == nil || request.endpointIdentifier == endpointIdentifier
      else { return }
      actions.append(
        .send(.unregistrationConfirm(UnregistrationConfirm(requestSeqNum: request.requestSeqNum)), to: source))
      actions.append(.unregistered)
      abandonRegistration()
      approach(now: now, &actions)
    case .disengageRequest(let request):
      guard source == gatekeeper, request.endpointIdentifier == endpointIdentifier else { return }
      actions.append(.send(.disengageConfirm(DisengageConfirm(requestSeqNum: request.requestSeqNum)), to: source))
      actions.append(.callEnded(request))
    case .bandwidthRequest(let request):
      guard source == gatekeeper, request.endpointIdentifier == endpointIdentifier else { return }
      actions.append(.bandwidthRequested(request))
    case .infoRequest(let request):
      guard source == gatekeeper else { return }
      actions.append(.informationRequested(request, from: source))
    case .gatekeeperRequest, .registrationRequest, .admissionRequest, .locationRequest, .locationConfirm,
      .locationReject,
      .infoRequestResponse, .nonStandardMessage, .resourcesAvailableIndicate, .serviceControlIndication,
      .serviceControlResponse,
      .admissionConfirmSequence, .other:
      break
    }
  }

  /// Confirms, or refuses, a bandwidth that the gatekeeper asked for.
  public mutating func answerBandwidth(_ request: BandwidthRequest, accepts: Bool, _ actions: inout [Action]) {
    guard let address = gatekeeper else { return }
    let answer: RasMessage =
      accepts
      ? .bandwidthConfirm(BandwidthConfirm(requestSeqNum: request.requestSeqNum, bandWidth: request.bandWidth))
      : .bandwidthReject(
        BandwidthReject(
          requestSeqNum: request.requestSeqNum, rejectReason: .insufficientResources,
          allowedBandWidth: request.bandWidth))
    actions.append(.send(answer, to: address))
  }

  private mutating func take(_ number: Int, _ source: SocketAddress, _ isMeant: (Purpose) -> Bool) -> Pending? {
    guard let place = pending.firstIndex(where: { $0.number == number && $0.address == source && isMeant($0.purpose) })
    else { return nil }
    return pending.remove(at: place)
  }

  private mutating func takeRegistration(_ number: Int, _ source: SocketAddress) -> Bool? {
    let request = take(number, source) { purpose in
      if case .registration = purpose { return true }
      return false
    }
    guard case .registration(let isKeepAlive)? = request?.purpose else { return nil }
    return isKeepAlive
  }

  private mutating func unregistered(_ number: Int, _ source: SocketAddress, _ actions: inout [Action]) {
    guard take(number, source, { $0 == .unregistration }) != nil else { return }
    state = .idle
    actions.append(.unregistered)
  }

  private mutating func answered(
    _ message: RasMessage, _ source: SocketAddress, now: Instant, _ actions: inout [Action]
  ) {
    guard let number = message.requestSeqNum,
      let place = pending.firstIndex(where: { $0.number == number && $0.address == source })
    else { return }
    // An answer of another kind than the request is none.
    let isMeant =
      switch (pending[place].message, message) {
      case (.admissionRequest, .admissionConfirm), (.admissionRequest, .admissionReject),
        (.bandwidthRequest, .bandwidthConfirm), (.bandwidthRequest, .bandwidthReject),
        (.disengageRequest, .disengageConfirm), (.disengageRequest, .disengageReject):
        true
      default: false
      }
    guard isMeant, case .tagged(let tag) = pending[place].purpose else { return }
    if case .admissionReject(let reject) = message, sentOn(reject, place, now: now, &actions) { return }
    pending.remove(at: place)
    actions.append(.answered(tag: tag, message))
  }

  private mutating func putOff(_ progress: RequestInProgress, _ source: SocketAddress, now: Instant) {
    let number = progress.requestSeqNum
    guard let place = pending.firstIndex(where: { $0.number == number && $0.address == source }) else { return }
    pending[place].deadline = now + min(.milliseconds(progress.delay), RASClientLimits.maxDelay)
  }
}
