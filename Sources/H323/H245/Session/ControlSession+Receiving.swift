import PER
import Wire

extension ControlSession {
  /// Takes one message of the peer's. Of `random` 24 bits are taken, should a number have to be drawn.
  public mutating func receive(
    _ message: MultimediaSystemControlMessage, random: UInt32, now: Instant, into actions: inout [ControlAction]
  ) {
    switch state {
    case .ended: return
    case .ending:
      if case .command(.endSessionCommand) = message { finish(.byUs, into: &actions) }
      return
    case .new, .running: break
    }
    switch message {
    case .request(let request): receive(request, random: random, now: now, into: &actions)
    case .response(let response): receive(response, random: random, now: now, into: &actions)
    case .command(let command): receive(command, now: now, into: &actions)
    case .indication(let indication): receive(indication, into: &actions)
    case .unknown: actions.append(.event(.other(message)))
    }
  }

  /// Takes bytes that could not be read as a message: the peer is told so.
  public mutating func receivedUnreadable(_ octets: [UInt8], into actions: inout [ControlAction]) {
    guard state == .running else { return }
    let returned = octets.count <= H245Limits.maxReturnedOctets ? octets : nil
    actions.append(
      .send(.indication(.functionNotSupported(FunctionNotSupported(cause: .syntaxError, returnedFunction: returned)))))
  }

  private mutating func receive(
    _ request: RequestMessage, random: UInt32, now: Instant, into actions: inout [ControlAction]
  ) {
    switch request {
    case .masterSlaveDetermination(let message):
      perform(masterSlave.received(message, random: random, now: now), into: &actions)
    case .terminalCapabilitySet(let set): receive(set, random: random, now: now, into: &actions)
    case .openLogicalChannel(let message): receive(message, into: &actions)
    case .closeLogicalChannel(let message): receive(message, into: &actions)
    case .requestChannelClose(let message): receive(message, now: now, into: &actions)
    case .roundTripDelayRequest(let message):
      let response = RoundTripDelayResponse(sequenceNumber: message.sequenceNumber)
      actions.append(.send(.response(.roundTripDelayResponse(response))))
    case .requestMode(let message):
      let reject = RequestModeReject(sequenceNumber: message.sequenceNumber, cause: .modeUnavailable)
      actions.append(.send(.response(.requestModeReject(reject))))
    case .conferenceRequest, .genericRequest:
      // The owner may know what to say; silence is an answer too.
      actions.append(.event(.other(.request(request))))
    case .nonStandard, .other, .unknown:
      actions.append(.event(.other(.request(request))))
      actions.append(.send(.indication(.functionNotUnderstood(.request(request)))))
    }
  }

  private mutating func receive(
    _ response: ResponseMessage, random: UInt32, now: Instant, into actions: inout [ControlAction]
  ) {
    switch response {
    case .masterSlaveDeterminationAck(let message): perform(masterSlave.received(message), into: &actions)
    case .masterSlaveDeterminationReject:
      perform(masterSlave.receivedReject(random: random, now: now), into: &actions)
    case .terminalCapabilitySetAck(let message): perform(exchange.received(message), into: &actions)
    case .terminalCapabilitySetReject(let message): perform(exchange.received(message), into: &actions)
    case .openLogicalChannelAck(let message): receive(message, now: now, into: &actions)
    case .openLogicalChannelReject(let message): receive(message, now: now, into: &actions)
    case .closeLogicalChannelAck(let message): receive(message, into: &actions)
    case .requestChannelCloseAck(let message):
      incoming[message.forwardLogicalChannelNumber]?.closeDeadline = nil
    case .requestChannelCloseReject(let message):
      let number = message.forwardLogicalChannelNumber
      guard incoming[number]?.closeDeadline != nil else { return }
      incoming[number]?.closeDeadline = nil
      actions.append(.event(.closeRefused(number)))
    case .roundTripDelayResponse(let message): perform(roundTrip.received(message, now: now), into: &actions)
    case .nonStandard, .requestModeAck, .requestModeReject, .genericResponse, .other, .unknown:
      actions.append(.event(.other(.response(response))))
    }
  }

  private mutating func receive(_ command: CommandMessage, now: Instant, into actions: inout [ControlAction]) {
    switch command {
    case .sendTerminalCapabilitySet:
      guard state == .running else { return }
      sendCapabilities(now: now, into: &actions)
    case .endSessionCommand:
      dropChannels(into: &actions)
      actions.append(.send(.command(.endSessionCommand(.disconnect))))
      finish(.byPeer, into: &actions)
    case .flowControlCommand(let message): actions.append(.event(.flowControl(message)))
    case .miscellaneousCommand, .genericCommand: actions.append(.event(.other(.command(command))))
    case .nonStandard, .other, .unknown:
      actions.append(.event(.other(.command(command))))
      actions.append(.send(.indication(.functionNotUnderstood(.command(command)))))
    }
  }

  private mutating func receive(_ indication: IndicationMessage, into actions: inout [ControlAction]) {
    switch indication {
    case .masterSlaveDeterminationRelease: perform(masterSlave.receivedRelease(), into: &actions)
    case .userInput(let input): actions.append(.event(.userInput(input)))
    case .terminalCapabilitySetRelease, .openLogicalChannelConfirm, .requestChannelCloseRelease, .requestModeRelease:
      // They end what we never leave unanswered.
      return
    case .nonStandard, .functionNotUnderstood, .miscellaneousIndication, .jitterIndication,
      .h2250MaximumSkewIndication, .conferenceIndication, .vendorIdentification, .functionNotSupported,
      .genericIndication, .other, .unknown:
      actions.append(.event(.other(.indication(indication))))
    }
  }

  // MARK: Capabilities

  private mutating func receive(
    _ set: TerminalCapabilitySet, random: UInt32, now: Instant, into actions: inout [ControlAction]
  ) {
    let number = set.sequenceNumber
    if set.isEmpty {
      acknowledge(number, into: &actions)
      pause(now: now, into: &actions)
      return
    }
    // Behind a pause there may be another endpoint, of which nothing is known.
    var table = isPaused ? CapabilityTable() : remoteCapabilities
    if let cause = table.apply(set) {
      let reject = TerminalCapabilitySetReject(sequenceNumber: number, cause: cause)
      actions.append(.send(.response(.terminalCapabilitySetReject(reject))))
      return
    }
    remoteCapabilities = table
    hasRemoteSet = true
    acknowledge(number, into: &actions)
    if isPaused {
      resume(random: random, now: now, into: &actions)
    }
    actions.append(.event(.capabilitiesReceived))
    announceReady(into: &actions)
  }

  private func acknowledge(_ number: UInt8, into actions: inout [ControlAction]) {
    actions.append(.send(.response(.terminalCapabilitySetAck(TerminalCapabilitySetAck(sequenceNumber: number)))))
  }

  private mutating func pause(now: Instant, into actions: inout [ControlAction]) {
    guard !isPaused else { return }
    isPaused = true
    isReadyAnnounced = false
    actions.append(.event(.paused))
    for number in outgoing.keys.sorted() { close(number, now: now, into: &actions) }
  }

  /// As after the control channel was connected, except that channels stay (H.323 §8.4.6).
  private mutating func resume(random: UInt32, now: Instant, into actions: inout [ControlAction]) {
    isPaused = false
    actions.append(.event(.resumed))
    guard state == .running else { return }
    isAccepted = false
    sendCapabilities(now: now, into: &actions)
    perform(masterSlave.start(random: random, now: now), into: &actions)
  }
}
