import PER
import Wire

extension ControlSession {
  // MARK: Ours

  /// Opens an audio channel. `channelOpened` or `channelRefused` follows, or `channelReplaced`.
  ///
  /// - Parameters:
  ///   - audio: the codec, such as `remoteCapabilities.choose(from:)` gives.
  ///   - mediaControl: where we take RTCP.
  ///   - silenceSuppression: whether nothing is sent while nobody speaks.
  /// - Returns: its number; nil when no channel can be opened now: not `isReady`, or too many.
  public mutating func openChannel(
    audio: AudioCapability, sessionID: UInt8 = 1, mediaControl: SocketAddress, silenceSuppression: Bool = false,
    dynamicRTPPayloadType: UInt8? = nil, now: Instant, into actions: inout [ControlAction]
  ) -> LogicalChannelNumber? {
    let parameters = H2250LogicalChannelParameters(
      sessionID: sessionID, mediaControlChannel: .unicast(mediaControl), silenceSuppression: silenceSuppression,
      dynamicRTPPayloadType: dynamicRTPPayloadType)
    return open(audio, parameters, isReplacement: false, now: now, into: &actions)
  }

  private mutating func open(
    _ audio: AudioCapability, _ parameters: H2250LogicalChannelParameters, isReplacement: Bool, now: Instant,
    into actions: inout [ControlAction]
  ) -> LogicalChannelNumber? {
    guard isReady, let number = freeNumber() else { return nil }
    let request = OpenLogicalChannel(number, audio: audio, parameters)
    let channel = ControlChannel(
      .outgoing, number, sessionID: parameters.sessionID, dataType: .audioData(audio),
      dynamicRTPPayloadType: parameters.dynamicRTPPayloadType)
    outgoing[number] = Outgoing(
      machine: OutgoingChannelMachine(patience: configuration.patience, now: now), channel: channel, request: request,
      isReplacement: isReplacement)
    actions.append(.send(.request(.openLogicalChannel(request))))
    return number
  }

  /// A number that no channel of ours has, not even one that is being closed.
  private mutating func freeNumber() -> LogicalChannelNumber? {
    guard outgoing.count < H245Limits.maxChannels else { return nil }
    repeat {
      lastNumber = lastNumber == .max ? 1 : lastNumber + 1
    } while outgoing[lastNumber] != nil
    return lastNumber
  }

  /// Takes over a channel that fast connect has opened; `channelOpened` does not follow, `channelClosed` one day does.
  ///
  /// - Returns: false when the number is taken, or there are too many.
  @discardableResult
  public mutating func adopt(_ channel: ControlChannel, from request: OpenLogicalChannel) -> Bool {
    guard state != .ended, channel.number > 0 else { return false }
    if case .ending = state { return false }
    switch channel.direction {
    case .outgoing:
      guard outgoing[channel.number] == nil, outgoing.count < H245Limits.maxChannels else { return false }
      outgoing[channel.number] = Outgoing(
        machine: OutgoingChannelMachine(establishedWithPatience: configuration.patience), channel: channel,
        request: request, isReplacement: false, isAnnounced: true)
    case .incoming:
      guard incoming[channel.number] == nil, incoming.count < H245Limits.maxChannels else { return false }
      incoming[channel.number] = Incoming(channel: channel, request: request)
    }
    return true
  }

  /// Closes a channel of ours, open or not yet: `channelClosed` follows at once. Nothing happens when it is not there.
  public mutating func close(
    _ number: LogicalChannelNumber, now: Instant, into actions: inout [ControlAction]
  ) {
    guard var channel = outgoing.removeValue(forKey: number) else { return }
    let action = channel.machine.close(now: now)
    // From here on nothing may be sent on it, whatever the peer says to it.
    channel.isAnnounced = false
    outgoing[number] = channel
    guard action == .sendClose else { return }
    actions.append(.send(.request(.closeLogicalChannel(CloseLogicalChannel(number)))))
    actions.append(.event(.channelClosed(.outgoing, number)))
  }

  mutating func receive(_ message: OpenLogicalChannelAck, now: Instant, into actions: inout [ControlAction]) {
    let number = message.forwardLogicalChannelNumber
    guard var channel = outgoing[number], channel.machine.receivedAck() == .opened else { return }
    let parameters = message.h2250
    channel.channel.mediaChannel = parameters?.mediaChannel?.socketAddress
    channel.channel.mediaControlChannel =
      parameters?.mediaControlChannel?.socketAddress
      ?? channel.channel.mediaChannel.flatMap { media in
        media.port < .max ? SocketAddress(ip: media.ip, port: media.port + 1) : nil
      }
    if let sessionID = parameters?.sessionID, channel.channel.sessionID == 0 { channel.channel.sessionID = sessionID }
    channel.channel.dynamicRTPPayloadType = parameters?.dynamicRTPPayloadType ?? channel.channel.dynamicRTPPayloadType
    channel.isAnnounced = true
    outgoing[number] = channel
    actions.append(.event(.channelOpened(channel.channel)))
    // An Ack that says nowhere to send to opens nothing.
    if channel.channel.mediaChannel == nil { close(number, now: now, into: &actions) }
  }

  mutating func receive(_ message: OpenLogicalChannelReject, now: Instant, into actions: inout [ControlAction]) {
    let number = message.forwardLogicalChannelNumber
    guard var channel = outgoing[number] else { return }
    let action = channel.machine.receivedReject(message.cause)
    outgoing[number] = channel.machine.isReleased ? nil : channel
    switch action {
    case .refused(let cause):
      if cause.known == .masterSlaveConflict, let new = replace(channel, now: now, into: &actions) {
        actions.append(.event(.channelReplaced(old: number, new: new)))
      } else {
        actions.append(.event(.channelRefused(number, cause.known ?? .unspecified)))
      }
    case .closed: if channel.isAnnounced { actions.append(.event(.channelClosed(.outgoing, number))) }
    case .none, .opened, .timedOut, .sendClose: return
    }
  }

  /// The master's codec in place of ours, once (H.245 §C.4): nil when it has none that it can also receive.
  private mutating func replace(
    _ channel: Outgoing, now: Instant, into actions: inout [ControlAction]
  ) -> LogicalChannelNumber? {
    guard !channel.isReplacement, case .h2250LogicalChannelParameters(let parameters) = channel.request.parameters
    else { return nil }
    for number in incoming.keys.sorted() {
      guard let other = incoming[number]?.request, let audio = other.audio, let session = other.parameters.h2250,
        session.sessionID == parameters.sessionID, audio.codec != channel.request.audio?.codec,
        let chosen = remoteCapabilities.choose(from: [audio])
      else { continue }
      return open(chosen, parameters, isReplacement: true, now: now, into: &actions)
    }
    return nil
  }

  mutating func receive(_ message: CloseLogicalChannelAck, into actions: inout [ControlAction]) {
    let number = message.forwardLogicalChannelNumber
    guard var channel = outgoing[number] else { return }
    guard channel.machine.receivedCloseAck() == .closed else { return }
    outgoing[number] = nil
    if channel.isAnnounced { actions.append(.event(.channelClosed(.outgoing, number))) }
  }

  /// The receiver of one of our channels wants it closed: it is.
  mutating func receive(_ message: RequestChannelClose, now: Instant, into actions: inout [ControlAction]) {
    let number = message.forwardLogicalChannelNumber
    guard outgoing[number] != nil else {
      actions.append(.send(.response(.requestChannelCloseReject(RequestChannelCloseReject(number)))))
      return
    }
    actions.append(.send(.response(.requestChannelCloseAck(RequestChannelCloseAck(number)))))
    close(number, now: now, into: &actions)
  }

  // MARK: The peer's

  mutating func receive(_ request: OpenLogicalChannel, into actions: inout [ControlAction]) {
    let number = request.forwardLogicalChannelNumber
    // The same number once more takes the place of the old one (H.245 §C.4).
    drop(incoming: number, into: &actions)
    if let cause = objection(to: request) {
      refuse(number, cause, into: &actions)
      return
    }
    incoming[number] = Incoming(request: request)
    actions.append(.event(.channelProposed(request)))
  }

  /// Why a channel cannot be taken, whatever the owner says.
  private func objection(to request: OpenLogicalChannel) -> OpenLogicalChannelReject.Cause? {
    if request.reverseLogicalChannelParameters != nil { return .unsuitableReverseParameters }
    guard incoming.count < H245Limits.maxChannels else { return .unspecified }
    switch request.forwardLogicalChannelParameters.dataType {
    case .audioData(let audio):
      guard let parameters = request.parameters.h2250 else { return .dataTypeALCombinationNotSupported }
      guard let codec = audio.codec, configuration.capabilities.audio.contains(where: { $0.codec == codec }) else {
        return .dataTypeNotSupported
      }
      return conflicts(codec, sessionID: parameters.sessionID) ? .masterSlaveConflict : nil
    case .unknown: return .unknownDataType
    case .nonStandard, .nullData, .videoData, .data, .encryptionData: return .dataTypeNotSupported
    }
  }

  /// Whether we, the master, send something else in the session and cannot do both.
  private func conflicts(_ codec: AudioCapability.Codec, sessionID: UInt8) -> Bool {
    guard !configuration.acceptsAsymmetry, status == .master else { return false }
    return outgoing.values.contains { other in
      guard other.channel.sessionID == sessionID, let audio = other.channel.audio else { return false }
      return audio.codec != codec && other.machine.isInUse
    }
  }

  /// Takes a channel that the peer has proposed.
  ///
  /// - Parameters:
  ///   - media: where we take its media.
  ///   - mediaControl: where we take its RTCP.
  /// - Returns: false when there is no such proposal.
  @discardableResult
  public mutating func accept(
    _ number: LogicalChannelNumber, media: SocketAddress, mediaControl: SocketAddress?,
    into actions: inout [ControlAction]
  ) -> Bool {
    guard isOpen, var proposal = incoming[number], proposal.channel == nil,
      let parameters = proposal.request.parameters.h2250
    else { return false }
    // A slave asks for a session's number by 0.
    let sessionID = parameters.sessionID == 0 ? 1 : parameters.sessionID
    let channel = ControlChannel(
      .incoming, number, sessionID: sessionID, dataType: proposal.request.forwardLogicalChannelParameters.dataType,
      mediaChannel: media, mediaControlChannel: parameters.mediaControlChannel?.socketAddress,
      dynamicRTPPayloadType: parameters.dynamicRTPPayloadType)
    proposal.channel = channel
    incoming[number] = proposal
    let answer = H2250LogicalChannelAckParameters(
      sessionID: sessionID, mediaChannel: .unicast(media), mediaControlChannel: mediaControl.map { .unicast($0) },
      dynamicRTPPayloadType: parameters.dynamicRTPPayloadType)
    actions.append(.send(.response(.openLogicalChannelAck(OpenLogicalChannelAck(number, answer)))))
    actions.append(.event(.channelOpened(channel)))
    return true
  }

  /// Does not take a channel that the peer has proposed.
  ///
  /// - Returns: false when there is no such proposal.
  @discardableResult
  public mutating func refuse(
    _ number: LogicalChannelNumber, cause: OpenLogicalChannelReject.Cause, into actions: inout [ControlAction]
  ) -> Bool {
    guard isOpen, let proposal = incoming[number], proposal.channel == nil else { return false }
    incoming[number] = nil
    refuse(number, cause, into: &actions)
    return true
  }

  private func refuse(
    _ number: LogicalChannelNumber, _ cause: OpenLogicalChannelReject.Cause, into actions: inout [ControlAction]
  ) {
    actions.append(.send(.response(.openLogicalChannelReject(OpenLogicalChannelReject(number, cause: cause)))))
  }

  /// Asks the peer to close a channel of its own (H.245 §C.6).
  ///
  /// - Returns: false when there is no such channel, or it has been asked already.
  @discardableResult
  public mutating func requestClose(
    _ number: LogicalChannelNumber, now: Instant, into actions: inout [ControlAction]
  ) -> Bool {
    guard state == .running, let channel = incoming[number], channel.channel != nil, channel.closeDeadline == nil else {
      return false
    }
    incoming[number]?.closeDeadline = now + configuration.patience
    actions.append(.send(.request(.requestChannelClose(RequestChannelClose(number)))))
    return true
  }

  /// The peer closes a channel of its own. One that is not there is closed as well.
  mutating func receive(_ message: CloseLogicalChannel, into actions: inout [ControlAction]) {
    let number = message.forwardLogicalChannelNumber
    drop(incoming: number, into: &actions)
    actions.append(.send(.response(.closeLogicalChannelAck(CloseLogicalChannelAck(number)))))
  }

  // MARK: All

  private var isOpen: Bool { state == .new || state == .running }

  private mutating func drop(incoming number: LogicalChannelNumber, into actions: inout [ControlAction]) {
    guard incoming.removeValue(forKey: number) != nil else { return }
    actions.append(.event(.channelClosed(.incoming, number)))
  }

  mutating func dropChannels(into actions: inout [ControlAction]) {
    for number in outgoing.keys.sorted() {
      guard let channel = outgoing[number] else { continue }
      if channel.isAnnounced {
        actions.append(.event(.channelClosed(.outgoing, number)))
      } else if channel.machine.isAwaitingEstablishment {
        actions.append(.event(.channelRefused(number, nil)))
      }
    }
    outgoing.removeAll()
    for number in incoming.keys.sorted() { drop(incoming: number, into: &actions) }
  }

  mutating func advanceChannels(now: Instant, into actions: inout [ControlAction]) {
    for number in outgoing.keys.sorted() {
      guard var channel = outgoing[number] else { continue }
      let action = channel.machine.advance(now: now)
      outgoing[number] = channel.machine.isReleased ? nil : channel
      switch action {
      case .timedOut:
        actions.append(.send(.request(.closeLogicalChannel(CloseLogicalChannel(number, source: .lcse)))))
        actions.append(.event(.channelRefused(number, nil)))
      case .closed, .none, .opened, .refused, .sendClose: continue
      }
    }
    for number in incoming.keys.sorted() {
      guard let deadline = incoming[number]?.closeDeadline, deadline <= now else { continue }
      incoming[number]?.closeDeadline = nil
      actions.append(.send(.indication(.requestChannelCloseRelease(RequestChannelCloseRelease(number)))))
      actions.append(.event(.closeRefused(number)))
    }
  }
}

extension OpenLogicalChannel {
  /// What is sent, when it is audio.
  var audio: AudioCapability? {
    if case .audioData(let audio) = forwardLogicalChannelParameters.dataType { audio } else { nil }
  }

  /// How it is sent.
  var parameters: MultiplexParameters { forwardLogicalChannelParameters.multiplexParameters }
}
