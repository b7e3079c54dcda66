import Admissions
import Guard
import H225
import PER
import Wire

extension Gatekeeper {
  /// Why an ARQ is refused.
  private struct Refusal: Error {
    var reason: AdmissionRejectReason
    var detail: String

    init(_ reason: AdmissionRejectReason, _ detail: String) {
      self.reason = reason
      self.detail = detail
    }
  }

  /// Who asks, as far as anything shows it.
  private struct Asking {
    var endpoint: GatekeeperEndpoint?
    var entry: Guardian?
    var token: SignedAdmissionToken?
  }

  /// ARQ (H.225.0 §7.11), through the gates of DOMAIN §9 in their order; the first that does not open says the reason.
  mutating func admission(
    _ request: AdmissionRequest, _ incoming: Incoming, _ admissions: inout AdmissionTable,
    _ sink: inout GatekeeperSink
  ) -> Verdict {
    var asking = Asking(endpoint: endpoint(request.endpointIdentifier, from: incoming.source))
    let to = asking.endpoint?.rasAddress ?? incoming.source
    let callIdentifier = request.callIdentifier?.guid ?? request.conferenceID
    let traceID = CouncilData.traceID(in: request.nonStandardData)
    var verdict: Verdict
    do throws(Refusal) {
      try proveIdentity(&asking, request, callIdentifier, incoming)
      let (endpoint, entry) = try registeredAndActive(asking)
      try compareKeys(asking, entry)
      try refusePersonalData(asking.token)
      let bandwidth = try withinQuota(request, entry, callIdentifier, asking.token, admissions)
      let destination = try reachable(request, entry, callIdentifier, admissions)
      let admission = Admission(
        callIdentifier: callIdentifier, party: .guardian(entry.id), destination: destination,
        bandwidthBitsPerSecond: bandwidth, traceID: traceID, source: endpoint.callSignalAddress.ip)
      try takePlace(admission, asking.token, isAnswering: request.answerCall, incoming.moment, &admissions)
      let call = GatekeeperCall(
        admission: admission, terminal: entry.id, conferenceID: request.conferenceID,
        callReferenceValue: request.callReferenceValue, isAnswering: request.answerCall,
        admittedAt: incoming.moment.clock, endpoint: endpoint.identifier, rasAddress: endpoint.rasAddress)
      let key = CallKey(callIdentifier: callIdentifier, terminal: entry.id)
      calls[key] = call
      setTimer(.call(key), at: incoming.moment.now + configuration.statusInterval)
      sink.actions.append(.admitted(call))
      verdict = Verdict(
        .admissionConfirm(confirm(request, admission, endpoint)), to: endpoint.rasAddress, .confirmed)
      verdict.room = admission.room
    } catch {
      var answer = AdmissionReject(requestSeqNum: request.requestSeqNum, rejectReason: error.reason)
      if case .resourceUnavailable = error.reason, let alternates {
        answer.altGKInfo = AltGKInfo(alternateGatekeeper: alternates, altGKisPermanent: false)
      }
      verdict = .rejected(.admissionReject(answer), to: to, error.reason, error.detail)
    }
    verdict.terminal = asking.endpoint?.terminal ?? asking.token?.token.terminalID
    verdict.seal = asking.entry
    verdict.endpoint = asking.endpoint?.identifier
    verdict.callIdentifier = callIdentifier
    verdict.traceID = traceID
    return verdict
  }

  // MARK: The gates

  /// Gate 1: signature or H.235 token valid. Without any, the source network is enough where the entry says `token: none`.
  private mutating func proveIdentity(
    _ asking: inout Asking, _ request: AdmissionRequest, _ callIdentifier: GloballyUniqueID, _ incoming: Incoming
  ) throws(Refusal) {
    let found = SignedAdmissionToken.find(in: request.tokens)
    if case .failure(let fault)? = found { throw Refusal(.securityDenial, "token: \(fault)") }
    if case .success(let token)? = found { asking.token = token }
    // Whoever it says it is: by its registration, by its token, by its aliases.
    asking.entry =
      asking.endpoint.flatMap { registry.guardian(id: $0.terminal) }
      ?? asking.token.flatMap { registry.guardian(id: $0.token.terminalID) }
      ?? firstEntry(of: request.srcInfo)
    guard let entry = asking.entry else {
      if asking.token != nil { throw Refusal(.securityDenial, "tokenTerminal") }
      // Nobody the registry knows, and nothing to check: the next gate has the reason.
      throw Refusal(.callerNotRegistered, "stranger")
    }
    let integrity = integrity(of: incoming, entry, knownAs: asking.endpoint?.identifier)
    if case .failed(let fault) = integrity { throw Refusal(.securityDenial, fault) }
    if let token = asking.token {
      guard let signer = registry.guardian(id: token.token.terminalID) else {
        throw Refusal(.securityDenial, "tokenTerminal")
      }
      if let fault = fault(of: token, signer, at: incoming.moment) { throw Refusal(.securityDenial, fault) }
      guard token.token.callIdentifier == callIdentifier, token.token.callType != AdmissionToken.register else {
        throw Refusal(.securityDenial, "tokenCall")
      }
      return
    }
    if integrity == .authentic, entry.token == .none || entry.key == nil { return }
    guard entry.token == .none else { throw Refusal(.securityDenial, "tokenMissing") }
    guard entry.mayCome(from: incoming.source.ip) else { throw Refusal(.securityDenial, "network") }
  }

  /// Gate 2: terminal registered and active.
  private func registeredAndActive(_ asking: Asking) throws(Refusal) -> (GatekeeperEndpoint, Guardian) {
    guard let endpoint = asking.endpoint else { throw Refusal(.callerNotRegistered, "notRegistered") }
    guard let entry = asking.entry, entry.status == .active else { throw Refusal(.callerNotRegistered, "status") }
    return (endpoint, entry)
  }

  /// Gate 3: the key is the registry's, for this terminal.
  private func compareKeys(_ asking: Asking, _ entry: Guardian) throws(Refusal) {
    guard let token = asking.token?.token else { return }
    guard token.terminalID == entry.id else { throw Refusal(.securityDenial, "tokenTerminal") }
    guard let named = token.publicKey else { return }
    guard let key = entry.key, constantTimeEquals(named.span, key.span) else {
      throw Refusal(.securityDenial, "tokenKey")
    }
  }

  /// Gate 4: no personal data in an escalation, as the terminal declares. Names and numbers are not looked into.
  private func refusePersonalData(_ token: SignedAdmissionToken?) throws(Refusal) {
    guard let token = token?.token, token.hasPII, token.callType.uppercased() == AdmissionToken.escalate else { return }
    throw Refusal(.requestDenied, "personalData")
  }

  /// Gate 5: what it wants, with what its calls use already, is within the terminal's quota.
  private func withinQuota(
    _ request: AdmissionRequest, _ entry: Guardian, _ callIdentifier: GloballyUniqueID,
    _ token: SignedAdmissionToken?, _ admissions: AdmissionTable
  ) throws(Refusal) -> Int64 {
    var wanted = Int64(clamping: request.bandWidth) * 100
    if wanted == 0 { wanted = AdmissionTable.leastBandwidth }
    let declared = max(wanted, token?.token.bandwidthBitsPerSecond ?? 0)
    let quota = entry.bandwidthBitsPerSecond
    guard declared <= quota, wanted <= quota - min(quota, used(by: entry.id, except: callIdentifier, admissions)) else {
      throw Refusal(.requestDenied, "bandwidth")
    }
    return wanted
  }

  /// Where it goes is a room, registered, or what the gateway calls. Whoever answers a call answers one that was let in.
  private func reachable(
    _ request: AdmissionRequest, _ entry: Guardian, _ callIdentifier: GloballyUniqueID, _ admissions: AdmissionTable
  ) throws(Refusal) -> Admission.Destination {
    guard !request.answerCall else {
      let own = Admission.Destination.terminal(entry.id)
      let isLetIn =
        admissions.admission(of: callIdentifier)?.destination == own
        || calls.values.contains {
          $0.callIdentifier == callIdentifier && !$0.isAnswering && $0.admission.destination == own
        }
      guard isLetIn else { throw Refusal(.requestDenied, "unknownCall") }
      return own
    }
    guard let destination = resolve(request.destinationInfo) else {
      throw Refusal(.calledPartyNotRegistered, "destination")
    }
    return destination
  }

  /// Gate 6: a place in the room. Nothing is spent or taken before.
  private mutating func takePlace(
    _ admission: Admission, _ token: SignedAdmissionToken?, isAnswering: Bool, _ moment: Moment,
    _ admissions: inout AdmissionTable
  ) throws(Refusal) {
    guard case .guardian(let terminal) = admission.party else { return }
    let isNew = calls[CallKey(callIdentifier: admission.callIdentifier, terminal: terminal)] == nil
    if isNew {
      guard calls.count < limits.maxCalls,
        calls.values.reduce(0, { $1.terminal == terminal ? $0 + 1 : $0 }) < limits.maxCallsOfTerminal
      else { throw Refusal(.resourceUnavailable, "calls") }
    }
    var passesThroughUs = !isAnswering
    if case .terminal = admission.destination { passesThroughUs = false }
    if passesThroughUs {
      switch admissions.enter(admission, now: moment.now) {
      case .entered: break
      case .roomFull: throw Refusal(.exceedsCallCapacity, "room")
      case .tableFull: throw Refusal(.resourceUnavailable, "table")
      case .taken: throw Refusal(.requestDenied, "callIdentifier")
      }
    }
    if let token, !spend(token.digest, now: moment.now) {
      if passesThroughUs, isNew { admissions.release(admission.callIdentifier) }
      throw Refusal(.resourceUnavailable, "memoryFull")
    }
  }

  // MARK: The account

  /// What a terminal's calls may use, in bits per second, but for one call.
  func used(by terminal: String, except callIdentifier: GloballyUniqueID?, _ admissions: AdmissionTable) -> Int64 {
    var total: Int64 = 0
    for call in calls.values where call.terminal == terminal && call.callIdentifier != callIdentifier {
      total += call.admission.bandwidthBitsPerSecond
    }
    // Calls that were let in without asking stand in the node's account only.
    for admission in admissions.admissions where admission.party == .guardian(terminal) {
      let key = CallKey(callIdentifier: admission.callIdentifier, terminal: terminal)
      if admission.callIdentifier != callIdentifier, calls[key] == nil { total += admission.bandwidthBitsPerSecond }
    }
    return total
  }

  private func confirm(
    _ request: AdmissionRequest, _ admission: Admission, _ endpoint: GatekeeperEndpoint
  ) -> AdmissionConfirm {
    let address =
      request.answerCall ? endpoint.callSignalAddress : callSignalAddress(of: admission.destination)
    var answer = AdmissionConfirm(
      requestSeqNum: request.requestSeqNum, bandWidth: Int(clamping: admission.bandwidthBitsPerSecond / 100),
      callModel: .direct, destCallSignalAddress: .ipAddress(address.ip, port: address.port))
    if !request.answerCall { answer.destinationInfo = request.destinationInfo }
    answer.willRespondToIRR = true
    // Who keeps to it is not asked.
    answer.irrFrequency = configuration.reportSeconds
    answer.uuiesRequested = UUIEsRequested(
      setup: false, callProceeding: false, connect: false, alerting: false, information: false, releaseComplete: false,
      facility: false, progress: false, empty: false)
    return answer
  }
}
