public import Admissions
import Guard
public import H225
import PER
import Wire

extension Gatekeeper {
  // MARK: BRQ

  /// BRQ (H.225.0 §7.12): another bandwidth, within what is left of the quota.
  mutating func bandwidth(
    _ request: BandwidthRequest, _ incoming: Incoming, _ admissions: inout AdmissionTable
  ) -> Verdict {
    let asking = endpoint(request.endpointIdentifier, from: incoming.source)
    let entry = asking.flatMap { registry.guardian(id: $0.terminal) }
    func reject(_ reason: BandRejectReason, _ detail: String, allowed: Int64 = 0) -> Verdict {
      let answer = BandwidthReject(
        requestSeqNum: request.requestSeqNum, rejectReason: reason, allowedBandWidth: Int(clamping: allowed / 100))
      return .rejected(.bandwidthReject(answer), to: asking?.rasAddress ?? incoming.source, reason, detail)
    }
    var verdict: Verdict
    var call: GatekeeperCall?
    if let asking, let entry {
      call = self.call(request.callIdentifier, request.conferenceID, request.callReferenceValue, of: asking)
      if case .failed(let fault) = integrity(of: incoming, entry, knownAs: asking.identifier) {
        verdict = reject(.securityDenial, fault)
      } else if let call {
        let wanted = Int64(clamping: request.bandWidth) * 100
        let quota = entry.bandwidthBitsPerSecond
        let left = quota - min(quota, used(by: entry.id, except: call.callIdentifier, admissions))
        if wanted <= left {
          setBandwidth(wanted, of: call, &admissions)
          verdict = Verdict(
            .bandwidthConfirm(
              BandwidthConfirm(requestSeqNum: request.requestSeqNum, bandWidth: request.bandWidth)),
            to: asking.rasAddress, .confirmed)
        } else {
          verdict = reject(.insufficientResources, "bandwidth", allowed: left)
        }
      } else {
        verdict = reject(.invalidConferenceID, "unknownCall")
      }
    } else {
      verdict = reject(.notBound, "notRegistered")
    }
    verdict.concerns(asking, entry)
    verdict.callIdentifier = request.callIdentifier?.guid
    verdict.traceID = call?.admission.traceID
    verdict.room = call?.admission.room
    return verdict
  }

  mutating func setBandwidth(_ bitsPerSecond: Int64, of call: GatekeeperCall, _ admissions: inout AdmissionTable) {
    calls[CallKey(callIdentifier: call.callIdentifier, terminal: call.terminal)]?.admission.bandwidthBitsPerSecond =
      bitsPerSecond
    if admissions.admission(of: call.callIdentifier)?.party == call.admission.party {
      admissions.setBandwidth(bitsPerSecond, of: call.callIdentifier)
    }
  }

  // MARK: DRQ

  /// DRQ (§7.14): the terminal says that its call is over. Another's call it cannot end.
  mutating func disengagement(
    _ request: DisengageRequest, _ incoming: Incoming, _ admissions: inout AdmissionTable,
    _ sink: inout GatekeeperSink
  ) -> Verdict {
    let asking = endpoint(request.endpointIdentifier, from: incoming.source)
    let entry = asking.flatMap { registry.guardian(id: $0.terminal) }
    func reject(_ reason: DisengageRejectReason, _ detail: String) -> Verdict {
      let answer = DisengageReject(requestSeqNum: request.requestSeqNum, rejectReason: reason)
      return .rejected(.disengageReject(answer), to: asking?.rasAddress ?? incoming.source, reason, detail)
    }
    var verdict: Verdict
    var ended: GatekeeperCall?
    if let asking, let entry {
      if case .failed(let fault) = integrity(of: incoming, entry, knownAs: asking.identifier) {
        verdict = reject(.securityDenial, fault)
      } else {
        ended = call(request.callIdentifier, request.conferenceID, request.callReferenceValue, of: asking)
        if ended == nil, let identifier = request.callIdentifier?.guid,
          calls.values.contains(where: { $0.callIdentifier == identifier })
        {
          verdict = reject(.requestToDropOther, "otherCall")
        } else {
          // Of a call that nobody knows the terminal may think what it says.
          if let ended { end(ended, .terminal, &admissions, &sink) }
          verdict = Verdict(
            .disengageConfirm(DisengageConfirm(requestSeqNum: request.requestSeqNum)), to: asking.rasAddress,
            .confirmed)
        }
      }
    } else {
      verdict = reject(.notRegistered, "notRegistered")
    }
    verdict.concerns(asking, entry)
    verdict.callIdentifier = request.callIdentifier?.guid
    verdict.traceID = ended?.admission.traceID
    verdict.room = ended?.admission.room
    return verdict
  }

  /// Ends a call for everybody who was admitted to it: DRQ goes to each.
  ///
  /// - Returns: false when nobody is in such a call.
  @discardableResult
  public mutating func endCall(
    _ callIdentifier: GloballyUniqueID, at moment: Moment, admissions: inout AdmissionTable,
    into sink: inout GatekeeperSink
  ) -> Bool {
    let ending = calls.values.filter { $0.callIdentifier == callIdentifier }
    for call in ending { drop(call, .command, moment, &admissions, &sink) }
    return !ending.isEmpty
  }

  mutating func endCalls(
    of endpoint: GatekeeperEndpoint, _ why: GatekeeperDisengagement, _ moment: Moment,
    _ admissions: inout AdmissionTable, _ sink: inout GatekeeperSink
  ) {
    for call in admittedCalls where call.endpoint == endpoint.identifier {
      if why == .terminal {
        end(call, why, &admissions, &sink)
      } else {
        drop(call, why, moment, &admissions, &sink)
      }
    }
  }

  /// Ends it here and tells the terminal.
  mutating func drop(
    _ call: GatekeeperCall, _ why: GatekeeperDisengagement, _ moment: Moment, _ admissions: inout AdmissionTable,
    _ sink: inout GatekeeperSink
  ) {
    var request = DisengageRequest(
      requestSeqNum: nextNumber(), endpointIdentifier: BMPString(call.endpoint), conferenceID: call.conferenceID,
      callReferenceValue: call.callReferenceValue, disengageReason: .forcedDrop)
    request.callIdentifier = CallIdentifier(guid: call.callIdentifier)
    request.gatekeeperIdentifier = configuration.identifier
    request.answeredCall = call.isAnswering
    ask(.disengageRequest(request), .disengagement, of: call, moment, &sink)
    end(call, why, &admissions, &sink)
  }

  /// Ends it here. The place of a call whose leg is running is freed by whoever ends the leg.
  mutating func end(
    _ call: GatekeeperCall, _ why: GatekeeperDisengagement, _ admissions: inout AdmissionTable,
    _ sink: inout GatekeeperSink
  ) {
    let key = CallKey(callIdentifier: call.callIdentifier, terminal: call.terminal)
    guard calls.removeValue(forKey: key) != nil else { return }
    clearTimer(.call(key))
    if !call.isAnswering, admissions.admission(of: call.callIdentifier)?.party == call.admission.party,
      !admissions.isInCall(call.callIdentifier)
    {
      admissions.release(call.callIdentifier)
    }
    sink.actions.append(.disengaged(call, why))
  }

  /// The call of an endpoint that a message is about; by conference and reference where it has no identifier.
  func call(
    _ identifier: CallIdentifier?, _ conferenceID: GloballyUniqueID, _ callReferenceValue: Int,
    of endpoint: GatekeeperEndpoint
  ) -> GatekeeperCall? {
    if let identifier {
      return calls[CallKey(callIdentifier: identifier.guid, terminal: endpoint.terminal)]
    }
    return calls.values.first {
      $0.terminal == endpoint.terminal && $0.conferenceID == conferenceID
        && $0.callReferenceValue == callReferenceValue
    }
  }

  // MARK: IRQ and IRR

  /// Asks the terminals of a call for its status now.
  ///
  /// - Returns: false when nobody is in such a call.
  @discardableResult
  public mutating func askStatus(
    of callIdentifier: GloballyUniqueID, at moment: Moment, into sink: inout GatekeeperSink
  ) -> Bool {
    let asked = calls.filter { $0.value.callIdentifier == callIdentifier }.map(\.key)
    for key in asked { askStatus(of: key, moment, &sink) }
    return !asked.isEmpty
  }

  mutating func askStatus(of key: CallKey, _ moment: Moment, _ sink: inout GatekeeperSink) {
    guard let call = calls[key] else { return }
    var request = InfoRequest(requestSeqNum: nextNumber(), callReferenceValue: call.callReferenceValue)
    request.callIdentifier = CallIdentifier(guid: call.callIdentifier)
    // The terminal answers where we are heard; a replyAddress could only lead elsewhere.
    ask(.infoRequest(request), .status(key), of: call, moment, &sink)
    setTimer(.call(key), at: moment.now + configuration.statusInterval)
  }

  /// IRR (§7.15): which calls the terminal knows.
  mutating func statusTold(
    _ incoming: Incoming, _ response: InfoRequestResponse, _ admissions: inout AdmissionTable,
    _ sink: inout GatekeeperSink
  ) {
    var record = RASRecord(.received, "IRR", peer: incoming.source)
    record.result = .ignored
    let asked = pending[response.requestSeqNum].flatMap { own -> CallKey? in
      guard own.to == incoming.source, case .status(let key) = own.purpose else { return nil }
      return key
    }
    let telling = endpoint(response.endpointIdentifier, from: incoming.source)
    let terminal = asked?.terminal ?? telling?.terminal
    guard let terminal, let entry = registry.guardian(id: terminal),
      telling == nil || telling?.terminal == terminal,
      !integrity(of: incoming, entry, knownAs: telling?.identifier).isFailed
    else {
      sink.actions.append(.record(record))
      if response.needResponse == true { refuse(response, asked?.terminal ?? telling?.terminal, incoming, &sink) }
      return
    }
    record.result = .confirmed
    record.terminal = terminal
    for told in response.perCallInfo ?? [] {
      for (key, call) in calls where call.terminal == terminal && call.isTold(by: told) {
        calls[key]?.unanswered = 0
        setTimer(.call(key), at: incoming.moment.now + configuration.statusInterval)
      }
    }
    if let asked {
      forget(response.requestSeqNum)
      record.callIdentifier = asked.callIdentifier
      if let call = calls[asked] {
        record.traceID = call.admission.traceID
        record.room = call.admission.room
        let isPartial: Bool =
          switch response.irrStatus {
          case .incomplete, .segment: true
          case .complete, .invalidCall, .other, nil: false
          }
        let isKnown = (response.perCallInfo ?? []).contains { call.isTold(by: $0) } || isPartial
        calls[asked]?.unanswered = 0
        if !isKnown, !admissions.isInCall(asked.callIdentifier) { end(call, .unknown, &admissions, &sink) }
      }
    }
    sink.actions.append(.record(record))
    if response.needResponse == true {
      acknowledge(response.requestSeqNum, entry, telling, to: telling?.rasAddress ?? incoming.source, incoming, &sink)
    }
  }

  /// INAK: whoever tells it is not registered, or has not proven who it is.
  private mutating func refuse(
    _ response: InfoRequestResponse, _ terminal: String?, _ incoming: Incoming, _ sink: inout GatekeeperSink
  ) {
    let reason: InfoRequestNakReason = terminal == nil ? .notRegistered : .securityDenial
    let answer = RasMessage.infoRequestNak(
      InfoRequestNak(requestSeqNum: response.requestSeqNum, nakReason: reason))
    guard let octets = try? answer.encoded() else { return }
    sink.actions.append(.send(octets, to: incoming.source))
    var record = RASRecord(.sent, "INAK", peer: incoming.source)
    record.terminal = terminal
    sink.actions.append(.record(record))
  }

  private mutating func acknowledge(
    _ number: Int, _ entry: Guardian, _ endpoint: GatekeeperEndpoint?, to: SocketAddress, _ incoming: Incoming,
    _ sink: inout GatekeeperSink
  ) {
    let answer = RasMessage.infoRequestAck(InfoRequestAck(requestSeqNum: number))
    guard let octets = encoded(answer, sealedFor: entry, to: endpoint?.identifier, incoming.moment) else { return }
    sink.actions.append(.send(octets, to: to))
    var record = RASRecord(.sent, "IACK", peer: to)
    record.terminal = entry.id
    sink.actions.append(.record(record))
  }
}

extension GatekeeperCall {
  /// Whether an IRR's entry is about this call.
  func isTold(by told: PerCallInfo) -> Bool {
    if let identifier = told.callIdentifier { return identifier.guid == callIdentifier }
    return told.conferenceID == conferenceID && told.callReferenceValue == callReferenceValue
  }
}
