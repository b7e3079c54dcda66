import H225
import H323Endpoint
import PER
import Settings
import Wire

/// A call that has to do with a council of others: what its gatekeeper is asked.
struct ExternalCall: Sendable {
  var callIdentifier: GloballyUniqueID
  var conferenceID: GloballyUniqueID
  /// Whom it wants.
  var destination: [AliasAddress]
  /// Who calls.
  var source: [AliasAddress]
  /// Both directions together, in bits per second.
  var bandwidthBitsPerSecond: Int64
  /// Whether it came in: we ask whether we may answer.
  var isAnswering: Bool
  /// How often the gatekeeper wants to hear of it, once it has let it in, and when next; nil: only when it asks.
  var reports: (every: Duration, next: Instant)?
}

/// Where a call goes that a gatekeeper, or the configuration, lets go.
struct ExternalRoute: Sendable {
  var address: SocketAddress
  var tokens: [ClearToken] = []
  /// What the gatekeeper calls us.
  var endpointIdentifier: BMPString?
  /// What the gatekeeper calls itself, where it routes the call's signalling; nil: it does not.
  var routedBy: BMPString?
}

/// What becomes of such a call.
enum ExternalAdmission: Sendable {
  /// Its Setup goes there, with what the gatekeeper gave for it. One that came in may be answered.
  case admitted(ExternalRoute)
  /// The gatekeeper refuses it.
  case refused(AdmissionRejectReason)
  /// There is no gatekeeper that has us registered, it says nothing, or the MCU's name leads nowhere.
  case unavailable
}

/// What the first reactor, which has RAS, is told by others.
enum RASQuestion: Sendable {
  /// Where the gatekeepers of the configuration are.
  case located([SocketAddress])
  /// A call of that reactor wants to be let in; the tag is that reactor's own.
  case admit(ExternalCall, reactor: Int, tag: UInt64)
  /// A call of that reactor that was let in is to be led elsewhere, by the word of its far side.
  case redirect(ExternalCall, H323Redirection, reactor: Int, tag: UInt64)
  /// A call that was let in is over.
  case disengage(GloballyUniqueID)
}

/// What a reactor hears of RAS.
enum RASAnswer: Sendable {
  /// To `admit`.
  case admission(tag: UInt64, ExternalAdmission)
  /// To `redirect`.
  case redirection(tag: UInt64, ExternalAdmission)
  /// A gatekeeper, our own or another, ends a call, whosever it is.
  case callEnded(GloballyUniqueID?, conferenceID: GloballyUniqueID)
}

extension AdmissionRequest {
  /// - Parameter endpointIdentifier: put in by the client that sends it.
  init(_ call: ExternalCall) {
    self.init(
      requestSeqNum: 1, callType: .pointToPoint, endpointIdentifier: "", srcInfo: call.source,
      bandWidth: Int(clamping: min(max(call.bandwidthBitsPerSecond, 0) / 100, Int64(UInt32.max))),
      callReferenceValue: call.callReferenceValue, conferenceID: call.conferenceID, activeMC: false,
      answerCall: call.isAnswering)
    destinationInfo = call.destination.isEmpty ? nil : call.destination
    callIdentifier = CallIdentifier(guid: call.callIdentifier)
    canMapAlias = false
    willSupplyUUIEs = false
  }
}

extension DisengageRequest {
  init(_ call: ExternalCall) {
    self.init(
      requestSeqNum: 1, endpointIdentifier: "", conferenceID: call.conferenceID,
      callReferenceValue: call.callReferenceValue, disengageReason: .normalDrop)
    callIdentifier = CallIdentifier(guid: call.callIdentifier)
    answeredCall = call.isAnswering
  }
}

extension PerCallInfo {
  init(_ call: ExternalCall) {
    self.init(
      callReferenceValue: call.callReferenceValue, conferenceID: call.conferenceID, h245: TransportChannelInfo(),
      callSignalling: TransportChannelInfo(), callType: .pointToPoint,
      bandWidth: Int(clamping: min(max(call.bandwidthBitsPerSecond, 0) / 100, Int64(UInt32.max))), callModel: .direct)
    callIdentifier = CallIdentifier(guid: call.callIdentifier)
    originator = !call.isAnswering
  }
}

extension ExternalCall {
  /// By which RAS of versions before 2 knows a call. The endpoint takes another for its Setup: the identifier of the call is
  /// what both have.
  fileprivate var callReferenceValue: Int {
    Int(truncatingIfNeeded: (callIdentifier.high ^ callIdentifier.low) % 0x7FFF) + 1
  }
}

extension ExternalAdmission {
  /// What a gatekeeper has answered; nil: nothing.
  init(_ message: RasMessage?, endpointIdentifier: BMPString?, gatekeeperIdentifier: BMPString?) {
    switch message {
    case .admissionConfirm(let confirm):
      guard let address = confirm.destCallSignalAddress.socketAddress, address.port != 0, !address.ip.isUnspecified
      else {
        self = .unavailable
        return
      }
      var route = ExternalRoute(
        address: address, tokens: confirm.tokens ?? [], endpointIdentifier: endpointIdentifier)
      if case .gatekeeperRouted = confirm.callModel { route.routedBy = gatekeeperIdentifier ?? "" }
      self = .admitted(route)
    case .admissionReject(let reject): self = .refused(reject.rejectReason)
    default: self = .unavailable
    }
  }
}
