import Wire

/// One H.245 control channel, from its connection or the first tunnelled message to its end: master and slave, capabilities,
/// channels, user input (H.245 Annex C, H.323 §8.2 to §8.5).
///
/// ```
///   +------+ start: TCS, MSD +---------+   end: endSession   +--------+
///   | New  | --------------> | Running | ------------------> | Ending |
///   +------+                 +---------+                     +--------+
///     |  end, closed              | endSession, closed            | endSession, closed, time
///     |                           v                               |
///     |                       +-------+                           |
///     +---------------------> | Ended | <-------------------------+
///                             +-------+
/// ```
///
/// In New, messages are taken as in Running, as a peer's first messages may be here before `start`. In Ending and Ended
/// nothing but the peer's endSessionCommand counts. Messages come in by `receive` and go out as actions; addresses and
/// consent to channels are the owner's.
///
/// It is patient with what peers do: an Ack that names no mediaControlChannel, a capability set without
/// multiplexCapability, descriptors with numbers that no table has, a second determination at any time, an end without
/// endSessionCommand.
public struct ControlSession: Sendable {
  enum State: Sendable, Hashable {
    /// To `running`, `ended`.
    case new
    /// To `ending`, `ended`.
    case running
    /// To `ended`.
    case ending(deadline: Instant)
    /// To nowhere.
    case ended
  }

  /// A channel that we open or have opened.
  struct Outgoing: Sendable {
    var machine: OutgoingChannelMachine
    var channel: ControlChannel
    let request: OpenLogicalChannel
    /// Whether it stands for one that the master has refused.
    let isReplacement: Bool
    /// Whether the owner has been told that it is open.
    var isAnnounced = false
  }

  /// A channel of the peer's: the incoming LCSE of H.245 §C.4, whose Released is its absence.
  struct Incoming: Sendable {
    /// nil while the owner has not answered.
    var channel: ControlChannel?
    let request: OpenLogicalChannel
    /// T108, after our requestChannelClose.
    var closeDeadline: Instant?
  }

  /// As given at the start; the capabilities are the present ones.
  public internal(set) var configuration: ControlConfiguration

  var state = State.new
  var masterSlave: MasterSlaveMachine
  var exchange: CapabilityExchangeMachine
  var roundTrip: RoundTripMachine
  var outgoing: [LogicalChannelNumber: Outgoing] = [:]
  var incoming: [LogicalChannelNumber: Incoming] = [:]
  var lastNumber: LogicalChannelNumber = 0
  var isAccepted = false
  var hasRemoteSet = false
  var isReadyAnnounced = false
  /// Whether the set we sent last was the empty one.
  var isPausing = false

  /// What the peer can do, as far as it has said so.
  public internal(set) var remoteCapabilities = CapabilityTable()

  /// Whether the peer wants nothing sent.
  public internal(set) var isPaused = false

  /// A session that has not begun.
  public init(_ configuration: ControlConfiguration = ControlConfiguration()) {
    self.configuration = configuration
    masterSlave = MasterSlaveMachine(
      terminalType: configuration.terminalType, maxAttempts: configuration.maxDeterminations,
      patience: configuration.patience)
    exchange = CapabilityExchangeMachine(patience: configuration.patience)
    roundTrip = RoundTripMachine(patience: configuration.roundTripPatience)
  }

  /// What we are, once it is known.
  public var status: MasterSlaveStatus? { masterSlave.status }

  /// Whether channels can be opened by us.
  public var isReady: Bool {
    state == .running && masterSlave.status != nil && isAccepted && hasRemoteSet && !isPaused
  }

  /// Whether nothing more will come of it.
  public var isEnded: Bool { state == .ended }

  /// The channels that are open, in order of their numbers.
  public var openChannels: [ControlChannel] {
    let ours = outgoing.values.filter { $0.isAnnounced && $0.machine.isEstablished }.map { $0.channel }
    let theirs = incoming.values.compactMap { $0.channel }
    return ours.sorted { $0.number < $1.number } + theirs.sorted { $0.number < $1.number }
  }

  /// How many channels are open or on the way, in each direction.
  package var channelCounts: (outgoing: Int, incoming: Int) { (outgoing.count, incoming.count) }

  // MARK: Beginning

  /// Sends our capabilities and begins the determination. Of `random` 24 bits are taken.
  public mutating func start(random: UInt32, now: Instant, into actions: inout [ControlAction]) {
    guard case .new = state else { return }
    state = .running
    sendCapabilities(now: now, into: &actions)
    perform(masterSlave.start(random: random, now: now), into: &actions)
  }

  /// Tells the peer other capabilities; its channels stay as they are. It may send again where it was asked not to, as
  /// after `resumePeer`.
  public mutating func changeCapabilities(
    _ capabilities: LocalCapabilities, random: UInt32, now: Instant, into actions: inout [ControlAction]
  ) {
    configuration.capabilities = capabilities
    guard state == .running, !isPausing else { return resumePeer(random: random, now: now, into: &actions) }
    sendCapabilities(now: now, into: &actions)
  }

  /// Asks the peer to send nothing, by the empty capability set (H.323 §8.4.6); `resumePeer` ends it.
  public mutating func pausePeer(now: Instant, into actions: inout [ControlAction]) {
    guard state == .running, !isPausing else { return }
    isPausing = true
    sendCapabilities(now: now, into: &actions)
  }

  /// Lets the peer send again: it opens its channels anew. The determination that comes before is begun by us too, as at
  /// the start: some endpoints wait for it. Of `random` 24 bits are taken.
  public mutating func resumePeer(random: UInt32, now: Instant, into actions: inout [ControlAction]) {
    guard isPausing else { return }
    isPausing = false
    guard state == .running else { return }
    sendCapabilities(now: now, into: &actions)
    perform(masterSlave.start(random: random, now: now), into: &actions)
  }

  mutating func sendCapabilities(now: Instant, into actions: inout [ControlAction]) {
    let number = exchange.send(now: now)
    let set =
      isPausing
      ? TerminalCapabilitySet(sequenceNumber: number)
      : configuration.capabilities.terminalCapabilitySet(sequenceNumber: number)
    actions.append(.send(.request(.terminalCapabilitySet(set))))
  }

  /// Measures the way to the peer and back: `roundTrip` or `roundTripLost` follows.
  public mutating func measureRoundTrip(now: Instant, into actions: inout [ControlAction]) {
    guard state == .running else { return }
    actions.append(.send(.request(.roundTripDelayRequest(roundTrip.start(now: now)))))
  }

  // MARK: User input

  /// Sends a digit of `0123456789#*ABCD!` in the way the peer takes: as a signal, or else as a character; a hookflash only
  /// as a signal.
  ///
  /// - Returns: whether it was sent.
  @discardableResult
  public mutating func send(
    digit: UInt8, duration: UInt16? = nil, into actions: inout [ControlAction]
  ) -> Bool {
    guard state == .running, let signal = UserInputIndication.Signal(digit, duration: duration) else { return false }
    if remoteCapabilities.takes(.dtmf) || digit == UInt8(ascii: "!") && remoteCapabilities.takes(.hookflash) {
      actions.append(.send(.indication(.userInput(.signal(signal)))))
    } else if digit != UInt8(ascii: "!") {
      actions.append(.send(.indication(.userInput(.alphanumeric([digit])))))
    } else {
      return false
    }
    return true
  }

  /// Sends a message of the owner's own: an indication, a command, an answer to what came as `other`. The messages that the
  /// session answers for itself are not sent.
  ///
  /// - Returns: whether it was sent.
  @discardableResult
  public mutating func send(
    _ message: MultimediaSystemControlMessage, into actions: inout [ControlAction]
  ) -> Bool {
    guard state == .running, !message.isOfSession else { return false }
    actions.append(.send(message))
    return true
  }

  // MARK: Time

  /// When `advance(now:into:)` has something to do next.
  public var nextDeadline: Instant? {
    var deadline: Instant?
    func take(_ other: Instant?) { deadline = Instant.earlier(deadline, other) }
    switch state {
    case .ended: return nil
    case .ending(let end): return end
    case .new, .running: break
    }
    take(masterSlave.nextDeadline)
    take(exchange.nextDeadline)
    take(roundTrip.nextDeadline)
    for channel in outgoing.values { take(channel.machine.nextDeadline) }
    for channel in incoming.values { take(channel.closeDeadline) }
    return deadline
  }

  /// Fires what is due.
  public mutating func advance(now: Instant, into actions: inout [ControlAction]) {
    switch state {
    case .ended: return
    case .ending(let deadline):
      if deadline <= now { finish(.byUs, into: &actions) }
      return
    case .new, .running: break
    }
    perform(masterSlave.advance(now: now), into: &actions)
    perform(exchange.advance(now: now), into: &actions)
    perform(roundTrip.advance(now: now), into: &actions)
    advanceChannels(now: now, into: &actions)
  }

  // MARK: Ending

  /// Ends the session: every channel is gone at once, the peer's endSessionCommand is waited for.
  public mutating func end(now: Instant, into actions: inout [ControlAction]) {
    switch state {
    case .new: finish(.byUs, into: &actions)
    case .running:
      dropChannels(into: &actions)
      actions.append(.send(.command(.endSessionCommand(.disconnect))))
      state = .ending(deadline: now + configuration.endPatience)
    case .ending, .ended: return
    }
  }

  /// The connection is gone, or the call: some peers end so and send no endSessionCommand.
  public mutating func connectionClosed(into actions: inout [ControlAction]) {
    if case .ending = state { return finish(.byUs, into: &actions) }
    finish(.connectionLost, into: &actions)
  }

  mutating func finish(_ end: ControlEnd, into actions: inout [ControlAction]) {
    guard state != .ended else { return }
    dropChannels(into: &actions)
    state = .ended
    actions.append(.event(.ended(end)))
  }

  // MARK: What the machines want

  mutating func perform(_ action: MasterSlaveMachine.Action, into actions: inout [ControlAction]) {
    switch action {
    case .none: return
    case .send(let message): actions.append(.send(message))
    case .determined(let status, let acknowledgement):
      if let acknowledgement { actions.append(.send(acknowledgement)) }
      actions.append(.event(.masterSlaveDetermined(status)))
      announceReady(into: &actions)
    case .failed(let release):
      if let release { actions.append(.send(release)) }
      actions.append(.event(.masterSlaveFailed))
    }
  }

  mutating func perform(_ action: CapabilityExchangeMachine.Action, into actions: inout [ControlAction]) {
    switch action {
    case .none: return
    case .accepted:
      isAccepted = true
      actions.append(.event(.capabilitiesAccepted))
      announceReady(into: &actions)
    case .refused(let cause): actions.append(.event(.capabilitiesRefused(cause)))
    case .timedOut:
      actions.append(.send(.indication(.terminalCapabilitySetRelease(TerminalCapabilitySetRelease()))))
      actions.append(.event(.capabilitiesRefused(nil)))
    }
  }

  mutating func perform(_ action: RoundTripMachine.Action, into actions: inout [ControlAction]) {
    switch action {
    case .none: return
    case .measured(let duration): actions.append(.event(.roundTrip(duration)))
    case .lost: actions.append(.event(.roundTripLost))
    }
  }

  mutating func announceReady(into actions: inout [ControlAction]) {
    guard isReady, !isReadyAnnounced else { return }
    isReadyAnnounced = true
    actions.append(.event(.ready))
  }
}

extension MultimediaSystemControlMessage {
  /// Whether the session itself sends such messages, by the state of its machines.
  var isOfSession: Bool {
    switch self {
    case .request(let message):
      switch message {
      case .masterSlaveDetermination, .terminalCapabilitySet, .openLogicalChannel, .closeLogicalChannel,
        .requestChannelClose, .roundTripDelayRequest:
        true
      case .nonStandard, .requestMode, .conferenceRequest, .genericRequest, .other, .unknown: false
      }
    case .response(let message):
      switch message {
      case .masterSlaveDeterminationAck, .masterSlaveDeterminationReject, .terminalCapabilitySetAck,
        .terminalCapabilitySetReject, .openLogicalChannelAck, .openLogicalChannelReject, .closeLogicalChannelAck,
        .requestChannelCloseAck, .requestChannelCloseReject, .roundTripDelayResponse, .requestModeAck,
        .requestModeReject:
        true
      case .nonStandard, .genericResponse, .other, .unknown: false
      }
    case .command(let message):
      if case .endSessionCommand = message { true } else { false }
    case .indication(let message):
      switch message {
      case .masterSlaveDeterminationRelease, .terminalCapabilitySetRelease, .openLogicalChannelConfirm,
        .requestChannelCloseRelease:
        true
      default: false
      }
    case .unknown: false
    }
  }
}
