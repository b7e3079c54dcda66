import PER
import Wire

// What a gatekeeper is told without being asked: calls (IRR, H.225.0 §7.15), and that there will soon be room for no more
// (RAI, §7.18).
extension RASClient {
  /// Tells of calls. A gatekeeper that has said that it answers IRRs is left when it does not.
  ///
  /// - Returns: false when not registered or when too much is open.
  @discardableResult
  public mutating func report(_ calls: [PerCallInfo], now: Instant, _ actions: inout [Action]) -> Bool {
    guard let address = gatekeeper, let endpointIdentifier, pending.count < RASClientLimits.maxPending else {
      return false
    }
    var response = InfoRequestResponse(
      requestSeqNum: nextNumber(), endpointType: configuration.terminalType, endpointIdentifier: endpointIdentifier,
      rasAddress: configuration.rasAddress, callSignalAddress: configuration.callSignalAddress)
    response.endpointAlias = configuration.terminalAlias
    response.perCallInfo = calls.isEmpty ? nil : calls
    response.irrStatus = .complete
    response.unsolicited = true
    response.needResponse = respondsToIRR
    let message = RasMessage.infoRequestResponse(response)
    guard respondsToIRR else {
      actions.append(.send(message, to: address))
      return true
    }
    open(message, response.requestSeqNum, to: address, .report, now: now, &actions)
    return true
  }

  /// Says whether there will soon be no room for more calls.
  ///
  /// - Returns: false when not registered or when too much is open.
  @discardableResult
  public mutating func indicateResources(
    almostOut: Bool, protocols: [SupportedProtocols] = [], now: Instant, _ actions: inout [Action]
  ) -> Bool {
    guard let address = gatekeeper, let endpointIdentifier, pending.count < RASClientLimits.maxPending else {
      return false
    }
    // The last word counts.
    pending.removeAll { $0.purpose == .resources }
    let indication = ResourcesAvailableIndicate(
      requestSeqNum: nextNumber(), protocolIdentifier: ProtocolIdentifier.ours, endpointIdentifier: endpointIdentifier,
      protocols: protocols, almostOutOfResources: almostOut)
    open(
      .resourcesAvailableIndicate(indication), indication.requestSeqNum, to: address, .resources, now: now, &actions)
    return true
  }

  /// INAK: the gatekeeper does not know us any more, or has another reason.
  mutating func refusedReport(_ refusal: InfoRequestNak, now: Instant, _ actions: inout [Action]) {
    guard isRegistered else { return }
    if case .notRegistered = refusal.nakReason {
      actions.append(.unregistered)
      return register(isKeepAlive: false, now: now, &actions)
    }
    if refusal.altGKInfo?.alternateGatekeeper.isEmpty == false {
      follow(refusal.altGKInfo)
      tryNext(now: now, &actions)
    }
  }

  /// ARJ that names other gatekeepers: the request goes to one of them where that one needs no registration and the change
  /// is for this request alone; otherwise we go over, and whoever asked asks again.
  ///
  /// - Returns: false when the refusal is the answer.
  mutating func sentOn(_ reject: AdmissionReject, _ place: Int, now: Instant, _ actions: inout [Action]) -> Bool {
    guard let information = reject.altGKInfo, case .tagged(let tag) = pending[place].purpose,
      case .admissionRequest(var request) = pending[place].message
    else { return false }
    let alternates = information.alternateGatekeeper.sorted { $0.priority < $1.priority }
    let sendings = pending[place].redirections
    if !information.altGKisPermanent, sendings < RASClientLimits.maxRedirections,
      let alternate = alternates.first(where: { !$0.needToRegister && $0.rasAddress.socketAddress != nil }),
      let address = alternate.rasAddress.socketAddress
    {
      pending.remove(at: place)
      request.requestSeqNum = nextNumber()
      if let identifier = alternate.gatekeeperIdentifier { request.gatekeeperIdentifier = identifier }
      open(.admissionRequest(request), request.requestSeqNum, to: address, .tagged(tag), now: now, &actions)
      pending[pending.count - 1].redirections = sendings + 1
      return true
    }
    guard isRegistered, redirections < RASClientLimits.maxRedirections,
      alternates.contains(where: { $0.rasAddress.socketAddress != nil })
    else { return false }
    pending.remove(at: place)
    actions.append(.answered(tag: tag, nil))
    follow(information)
    tryNext(now: now, &actions)
    return true
  }
}
