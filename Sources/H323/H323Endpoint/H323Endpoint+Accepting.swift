import H225
import H245
import PER
import Wire

// A connection comes in and brings a Setup.
extension H323Endpoint {
  mutating func acceptedSignalling(from remote: SocketAddress, local: SocketAddress, now: Instant) -> H323Link? {
    guard waitingCount < limits.maxWaitingLinks else { return nil }
    let link = H323Link(number: turn.newNumber())
    let alarm = wheel.schedule(.link(link), at: now + limits.setupPatience)
    turn.links[link] = .waiting(remote: remote, local: local, alarm)
    waitingCount += 1
    return link
  }

  /// The first message of a connection: a Setup that can be read makes a call, everything else ends the connection.
  mutating func receivedFirst(
    _ bytes: Span<UInt8>, on link: H323Link, from remote: SocketAddress, local: SocketAddress, now: Instant,
    into sink: inout H323EndpointSink
  ) {
    begin(now, &sink)
    guard bytes.count <= limits.maxMessageOctets, let message = try? Q931Message(decoding: bytes),
      message.messageType == .setup
    else {
      return drop(link, into: &sink)
    }
    // 100: invalid information element contents.
    guard let octets = message.userUser,
      let unit = (try? H323UserInformation(decoding: octets))?.h323UUPDU, case .setup(let setup) = unit.h323MessageBody
    else {
      return refuse(message, nil, on: link, cause: 100, reason: nil, into: &sink)
    }
    if let (cause, reason) = objection(to: setup, message) {
      return refuse(message, setup.callIdentifier, on: link, cause: cause, reason: reason, into: &sink)
    }
    let number = turn.newNumber()
    turn.links[link] = .signalling(number)
    var call = H323Call(
      handle: H323CallHandle(number: number), link: link, remote: remote, local: local,
      callReference: message.callReference, callIdentifier: setup.callIdentifier, conferenceID: setup.conferenceID,
      role: .incoming(IncomingCallMachine(patience: configuration.t301, now: now)),
      tunnelling: configuration.tunnelsH245 && unit.h245Tunnelling == true ? .agreed : .refused, localMedia: nil,
      configuration: configuration)
    if let elements = setup.fastStart, !elements.isEmpty {
      if configuration.usesFastStart {
        call.fastConnect = .proposed(elements.prefix(limits.maxFastStartElements).map { $0.octets })
      } else {
        call.fastConnect = .refused
        call.refusesFastConnect = true
      }
    }
    turn.tell(.incoming(call.handle, invitation(setup, message, unit, remote: remote, local: local)))
    if let address = setup.h245Address { call.takeControlAddress(address, &turn) }
    call.receivedTunnel(setup.parallelH245Control ?? [], &turn)
    call.receivedTunnel(unit.h245Control ?? [], &turn)
    finish(&call, into: &sink)
  }

  /// Why a Setup makes no call.
  private func objection(to setup: SetupUUIE, _ message: Q931Message) -> (UInt8, ReleaseCompleteReason?)? {
    // 42: switching equipment congestion.
    if calls.count >= limits.maxCalls { return (42, .gatewayResources) }
    if setup.conferenceGoal == .callIndependentSupplementaryService { return (29, nil) }
    if let features = setup.neededFeatures, !features.isEmpty { return (31, .neededFeatureNotSupported) }
    for number in [message.calledPartyNumber, message.callingPartyNumber] {
      if let number, number.digits.utf8.count > limits.maxNumberDigits { return (28, .badFormatAddress) }
    }
    return nil
  }

  private func invitation(
    _ setup: SetupUUIE, _ message: Q931Message, _ unit: H323UUPDU, remote: SocketAddress, local: SocketAddress
  ) -> H323Invitation {
    H323Invitation(
      remote: remote, local: local, destination: aliases(setup.destinationAddress, message.calledPartyNumber),
      source: aliases(setup.sourceAddress, message.callingPartyNumber), display: message.display, setup: setup,
      nonStandardData: unit.nonStandardData)
  }

  private func aliases(_ aliases: [AliasAddress]?, _ number: Q931Number?) -> [AliasAddress] {
    if let aliases, !aliases.isEmpty { return Array(aliases.prefix(limits.maxAliases)) }
    guard let number, !number.digits.isEmpty else { return [] }
    return [.dialledDigits(number.digits)]
  }

  private mutating func refuse(
    _ message: Q931Message, _ callIdentifier: CallIdentifier?, on link: H323Link, cause: UInt8,
    reason: ReleaseCompleteReason?, into sink: inout H323EndpointSink
  ) {
    if let octets = H323Call.refusal(of: message, callIdentifier, cause: cause, reason: reason) {
      turn.send(octets, on: link)
    }
    drop(link, into: &sink)
  }

  private mutating func drop(_ link: H323Link, into sink: inout H323EndpointSink) {
    turn.close(link)
    swap(&turn.actions, &sink.actions)
  }
}
