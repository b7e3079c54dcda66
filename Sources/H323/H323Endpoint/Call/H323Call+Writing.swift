import H225
import PER
import Wire

extension H323Call {
  /// What every answer can bear besides its own.
  struct AnswerParts {
    var h245Address: H225.TransportAddress?
    var fastStart: [OctetString]?
    var fastConnectRefused = false
  }

  private mutating func takeAnswerParts() -> AnswerParts {
    let parts = AnswerParts(
      h245Address: route.address.map { .ipAddress($0.ip, port: $0.port) },
      fastStart: fastStartAnswer?.map { OctetString($0) }, fastConnectRefused: refusesFastConnect)
    fastStartAnswer = nil
    return parts
  }

  mutating func sendSetup(_ calling: H323Calling, _ turn: inout Turn) {
    var setup = SetupUUIE(
      protocolIdentifier: ProtocolIdentifier.ours, sourceInfo: turn.configuration.endpointType, activeMC: false,
      conferenceID: calling.conferenceID, conferenceGoal: calling.conferenceGoal, callType: .pointToPoint)
    setup.sourceAddress = calling.source.isEmpty ? nil : calling.source
    setup.destinationAddress = calling.destination.isEmpty ? nil : calling.destination
    setup.destCallSignalAddress = .ipAddress(calling.address.ip, port: calling.address.port)
    setup.sourceCallSignalAddress = local.map { .ipAddress($0.ip, port: $0.port) }
    setup.callIdentifier = CallIdentifier(guid: calling.callIdentifier)
    setup.tokens = calling.tokens.isEmpty ? nil : calling.tokens
    setup.endpointIdentifier = calling.endpointIdentifier
    if calling.isPresentationRestricted { setup.presentationIndicator = .presentationRestricted }
    setup.mediaWaitForConnect = false
    setup.canOverlapSend = false
    setup.multipleCalls = false
    setup.maintainConnection = false
    if case .offered(let offer) = fastConnect {
      if let elements = try? offer.elements(), !elements.isEmpty {
        setup.fastStart = elements.map { OctetString($0) }
      } else {
        fastConnect = .none
      }
    }
    let display = calling.display ?? turn.configuration.display
    let isSent = send(.setup, .setup(setup), nonStandardData: calling.nonStandardData, &turn) { message in
      message.bearerCapability = .speech
      if !display.isEmpty { message.display = display }
      if let digits = calling.source.firstDialledDigits {
        try? message.setCallingPartyNumber(Q931Number(digits))
      }
      if let digits = calling.destination.firstDialledDigits {
        try? message.setCalledPartyNumber(Q931Number(digits))
      }
    }
    // An alias that the standard's type does not allow.
    if !isSent { ended(H323Release(side: .fault, cause: 28, reason: .badFormatAddress), &turn) }
  }

  mutating func sendCallProceeding(_ turn: inout Turn) {
    let parts = takeAnswerParts()
    var body = CallProceedingUUIE(
      protocolIdentifier: ProtocolIdentifier.ours, destinationInfo: turn.configuration.endpointType)
    body.h245Address = parts.h245Address
    body.callIdentifier = callIdentifier
    body.fastStart = parts.fastStart
    body.fastConnectRefused = parts.fastConnectRefused
    body.multipleCalls = false
    body.maintainConnection = false
    send(.callProceeding, .callProceeding(body), &turn)
  }

  mutating func sendAlerting(hasMedia: Bool, _ turn: inout Turn) {
    let parts = takeAnswerParts()
    var body = AlertingUUIE(
      protocolIdentifier: ProtocolIdentifier.ours, destinationInfo: turn.configuration.endpointType)
    body.h245Address = parts.h245Address
    body.callIdentifier = callIdentifier
    body.fastStart = parts.fastStart
    body.fastConnectRefused = parts.fastConnectRefused
    body.multipleCalls = false
    body.maintainConnection = false
    send(.alerting, .alerting(body), &turn) { message in
      // 8: in-band information is there to be heard.
      if hasMedia { message.progressDescription = 8 }
    }
  }

  mutating func sendConnect(_ turn: inout Turn) {
    let parts = takeAnswerParts()
    var body = ConnectUUIE(
      protocolIdentifier: ProtocolIdentifier.ours, destinationInfo: turn.configuration.endpointType,
      conferenceID: conferenceID)
    body.h245Address = parts.h245Address
    body.callIdentifier = callIdentifier
    body.fastStart = parts.fastStart
    body.fastConnectRefused = parts.fastConnectRefused
    body.multipleCalls = false
    body.maintainConnection = false
    let display = turn.configuration.display
    send(.connect, .connect(body), &turn) { message in
      if !display.isEmpty { message.display = display }
    }
  }

  /// A Facility that bears nothing but what waits for the tunnel.
  mutating func sendTunnel(_ turn: inout Turn) {
    send(.facility, .facility(facility(.transportedInformation)), &turn)
  }

  /// Asks the peer to connect to our H.245 listener (H.323 §8.2.3).
  mutating func sendStartH245(_ address: SocketAddress, _ turn: inout Turn) {
    var body = facility(.startH245)
    body.h245Address = .ipAddress(address.ip, port: address.port)
    send(.facility, .facility(body), &turn)
  }

  private func facility(_ reason: FacilityReason) -> FacilityUUIE {
    var body = FacilityUUIE(protocolIdentifier: ProtocolIdentifier.ours, reason: reason)
    body.conferenceID = conferenceID
    body.callIdentifier = callIdentifier
    return body
  }

  mutating func sendReleaseComplete(cause: UInt8, reason: ReleaseCompleteReason?, _ turn: inout Turn) {
    var body = ReleaseCompleteUUIE(protocolIdentifier: ProtocolIdentifier.ours)
    body.reason = reason
    body.callIdentifier = callIdentifier
    send(.releaseComplete, .releaseComplete(body), &turn) { message in message.cause = Q931Cause(cause) }
  }

  /// The answer to a StatusEnquiry, or to what the state does not allow.
  mutating func sendStatus(cause: UInt8, _ turn: inout Turn) {
    let identifier = callIdentifier ?? CallIdentifier(guid: conferenceID)
    let state = callState
    send(
      .status, .status(StatusUUIE(protocolIdentifier: ProtocolIdentifier.ours, callIdentifier: identifier)), &turn
    ) { message in
      message.cause = Q931Cause(cause)
      message.callState = state
    }
  }

  /// Writes a message and everything that waits for the tunnel with it; false when it cannot be written.
  @discardableResult
  private mutating func send(
    _ type: Q931MessageType, _ body: H323MessageBody, nonStandardData: H225.NonStandardParameter? = nil,
    _ turn: inout Turn, elements: (inout Q931Message) -> Void = { _ in }
  ) -> Bool {
    var message = Q931Message(type, callReference: callReference, isFromDestination: !isOutgoing)
    elements(&message)
    var unit = H323UUPDU(h323MessageBody: body)
    unit.nonStandardData = nonStandardData
    unit.h245Tunnelling = tunnelling != .refused
    let hasTunnel = route == .tunnel && !controlQueue.isEmpty
    if hasTunnel { unit.h245Control = controlQueue.map { OctetString($0) } }
    var sealing: (seal: H323Seal, placeholder: [UInt8])?
    if case .outgoing(_, let calling) = role, let seal = calling.seal, let made = seal.token(),
      unit.h323MessageBody.set(cryptoTokens: [made.token])
    {
      sealing = (seal, made.placeholder)
    }
    let whole = CallSignallingMessage(message, H323UserInformation(h323UUPDU: unit))
    guard var octets = try? whole.encoded() else { return false }
    if let (seal, placeholder) = sealing,
      !H2351.seal(&octets, placeholder: placeholder, hmacSHA1: { seal.hmacSHA1($0) })
    {
      return false
    }
    if hasTunnel { controlQueue = [] }
    turn.send(octets, on: link)
    return true
  }

  /// The answer to a Setup that makes no call.
  static func refusal(
    of setup: Q931Message, _ callIdentifier: CallIdentifier?, cause: UInt8, reason: ReleaseCompleteReason?
  ) -> [UInt8]? {
    var message = Q931Message(.releaseComplete, callReference: setup.callReference, isFromDestination: true)
    message.cause = Q931Cause(cause)
    var body = ReleaseCompleteUUIE(protocolIdentifier: ProtocolIdentifier.ours)
    body.reason = reason
    body.callIdentifier = callIdentifier
    var unit = H323UUPDU(h323MessageBody: .releaseComplete(body))
    unit.h245Tunnelling = false
    return try? CallSignallingMessage(message, H323UserInformation(h323UUPDU: unit)).encoded()
  }
}

extension [AliasAddress] {
  /// The first number among the addresses.
  var firstDialledDigits: String? {
    for alias in self {
      if case .dialledDigits(let digits) = alias { return digits }
    }
    return nil
  }
}
