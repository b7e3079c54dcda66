import Admissions
import Guard
public import H225
import PER
import Wire

/// A request of ours that waits for its answer.
struct OwnRequest: Sendable {
  enum Purpose: Sendable, Hashable {
    case unregistration
    case disengagement
    case status(Gatekeeper.CallKey)
    case bandwidth(Gatekeeper.CallKey, Int64)
  }

  var message: RasMessage
  var octets: [UInt8]
  var to: SocketAddress
  var purpose: Purpose
  var terminal: String
  /// Its endpointIdentifier when it was asked.
  var identifier: String
  var sendingsLeft: Int
}

extension Gatekeeper {
  /// Gives a call another bandwidth: BRQ goes to its terminals, and what they confirm holds.
  ///
  /// - Returns: false when nobody is in such a call.
  @discardableResult
  public mutating func changeBandwidth(
    _ bitsPerSecond: Int64, of callIdentifier: GloballyUniqueID, at moment: Moment, into sink: inout GatekeeperSink
  ) -> Bool {
    let changed = calls.filter { $0.value.callIdentifier == callIdentifier }
    for (key, call) in changed {
      var request = BandwidthRequest(
        requestSeqNum: nextNumber(), endpointIdentifier: BMPString(call.endpoint), conferenceID: call.conferenceID,
        callReferenceValue: call.callReferenceValue,
        bandWidth: Int(clamping: min(4_294_967_295, max(0, bitsPerSecond / 100))))
      request.callIdentifier = CallIdentifier(guid: call.callIdentifier)
      request.gatekeeperIdentifier = configuration.identifier
      request.answeredCall = call.isAnswering
      ask(.bandwidthRequest(request), .bandwidth(key, bitsPerSecond), of: call, moment, &sink)
    }
    return !changed.isEmpty
  }

  /// 1...65,535, and around; never one that is still open.
  mutating func nextNumber() -> Int {
    repeat {
      lastNumber = lastNumber >= 65_535 ? 1 : lastNumber + 1
    } while pending[lastNumber] != nil
    return lastNumber
  }

  mutating func ask(
    _ message: RasMessage, _ purpose: OwnRequest.Purpose, of endpoint: GatekeeperEndpoint, _ moment: Moment,
    _ sink: inout GatekeeperSink
  ) {
    ask(
      message, purpose, terminal: endpoint.terminal, identifier: endpoint.identifier, to: endpoint.rasAddress, moment,
      &sink)
  }

  mutating func ask(
    _ message: RasMessage, _ purpose: OwnRequest.Purpose, of call: GatekeeperCall, _ moment: Moment,
    _ sink: inout GatekeeperSink
  ) {
    ask(message, purpose, terminal: call.terminal, identifier: call.endpoint, to: call.rasAddress, moment, &sink) {
      $0.callIdentifier = call.callIdentifier
      $0.traceID = call.admission.traceID
      $0.room = call.admission.room
    }
  }

  private mutating func ask(
    _ message: RasMessage, _ purpose: OwnRequest.Purpose, terminal: String, identifier: String, to: SocketAddress,
    _ moment: Moment, _ sink: inout GatekeeperSink, _ describe: (inout RASRecord) -> Void = { _ in }
  ) {
    let entry = registry.guardian(id: terminal)
    guard let number = message.requestSeqNum,
      let octets = encoded(message, sealedFor: entry, to: identifier, moment)
    else { return }
    sink.actions.append(.send(octets, to: to))
    var record = RASRecord(.sent, message.shortName, peer: to)
    record.terminal = terminal
    describe(&record)
    sink.actions.append(.record(record))
    // What finds no room is sent once.
    guard pending.count < limits.maxPending else { return }
    pending[number] = OwnRequest(
      message: message, octets: octets, to: to, purpose: purpose, terminal: terminal,
      identifier: identifier, sendingsLeft: configuration.repetitions)
    setTimer(.pending(number), at: moment.now + configuration.timeout)
  }

  mutating func forget(_ number: Int) {
    pending.removeValue(forKey: number)
    clearTimer(.pending(number))
  }

  mutating func repeatOrGiveUp(
    _ number: Int, _ moment: Moment, _ admissions: inout AdmissionTable, _ sink: inout GatekeeperSink
  ) {
    guard var own = pending[number] else { return }
    if own.sendingsLeft > 0 {
      own.sendingsLeft -= 1
      pending[number] = own
      setTimer(.pending(number), at: moment.now + configuration.timeout)
      sink.actions.append(.send(own.octets, to: own.to))
      return
    }
    pending.removeValue(forKey: number)
    guard case .status(let key) = own.purpose, var call = calls[key] else { return }
    call.unanswered += 1
    calls[key] = call
    if call.unanswered >= limits.maxUnanswered, !admissions.isInCall(key.callIdentifier) {
      end(call, .unknown, &admissions, &sink)
    }
  }

  /// UCF, URJ, DCF, DRJ, BCF, BRJ: counts when its number is open and it comes from where the request went.
  mutating func answered(_ incoming: Incoming, _ admissions: inout AdmissionTable, _ sink: inout GatekeeperSink) {
    var record = RASRecord(.received, incoming.message.shortName, peer: incoming.source)
    record.result = .ignored
    defer { sink.actions.append(.record(record)) }
    guard let number = incoming.message.requestSeqNum, let own = pending[number], own.to == incoming.source,
      own.isAnswered(by: incoming.message)
    else { return }
    if let entry = registry.guardian(id: own.terminal),
      case .failed(let fault) = integrity(of: incoming, entry, knownAs: own.identifier)
    {
      record.detail = fault
      return
    }
    forget(number)
    record.terminal = own.terminal
    record.result = .confirmed
    switch incoming.message {
    case .bandwidthConfirm(let confirm):
      guard case .bandwidth(let key, let asked) = own.purpose, let call = calls[key] else { return }
      record.callIdentifier = key.callIdentifier
      setBandwidth(min(asked, Int64(clamping: confirm.bandWidth) * 100), of: call, &admissions)
    case .unregistrationReject, .disengageReject, .bandwidthReject: record.result = .rejected
    default: break
    }
  }
}

extension OwnRequest {
  /// Whether a message is an answer to this request, of its kind.
  func isAnswered(by message: RasMessage) -> Bool {
    switch (purpose, message) {
    case (.unregistration, .unregistrationConfirm), (.unregistration, .unregistrationReject),
      (.disengagement, .disengageConfirm), (.disengagement, .disengageReject), (.bandwidth, .bandwidthConfirm),
      (.bandwidth, .bandwidthReject):
      true
    default: false
    }
  }
}
