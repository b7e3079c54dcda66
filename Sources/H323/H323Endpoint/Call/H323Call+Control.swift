import H225
import H245
import PER
import Wire

// H.245: the ways to the peer (H.323 §8.2), and what the session wants.
extension H323Call {
  /// Does something to the session, and what it wants.
  mutating func withSession(
    _ turn: inout Turn, _ body: (inout ControlSession, inout [ControlAction]) -> Void
  ) {
    var actions: [ControlAction] = []
    body(&session, &actions)
    for action in actions {
      switch action {
      case .send(let message):
        guard let octets = try? message.encoded() else { continue }
        guard controlQueue.count < turn.limits.maxQueuedMessages else {
          end(.fault, 111, &turn)
          continue
        }
        controlQueue.append(octets)
      case .event(let event): received(event, &turn)
      }
    }
  }

  // MARK: The way to the peer

  /// The peer's H.245 messages out of a call signalling message.
  mutating func receivedTunnel(_ messages: [OctetString], _ turn: inout Turn) {
    guard !messages.isEmpty, tunnelling != .refused else { return }
    if route == .undecided, tunnelling == .agreed { route = .tunnel }
    guard route == .tunnel else { return }
    for message in messages.prefix(turn.limits.maxTunnelledMessages) {
      let octets = message.octets
      receivedControl(octets.span, &turn)
    }
  }

  /// One H.245 message.
  mutating func receivedControl(_ bytes: Span<UInt8>, _ turn: inout Turn) {
    guard !isGone, bytes.count > 0 else { return }
    let (now, random) = (turn.now, turn.randomWord())
    do throws(PERError) {
      guard bytes.count <= turn.limits.maxMessageOctets else { return fault(&turn) }
      let message = try MultimediaSystemControlMessage(decoding: bytes)
      withSession(&turn) { session, actions in
        session.receive(message, random: random, now: now, into: &actions)
      }
    } catch {
      let octets = [UInt8](copying: bytes)
      withSession(&turn) { session, actions in session.receivedUnreadable(octets, into: &actions) }
      fault(&turn)
    }
  }

  /// Whether H.245 is to begin by us, so far as that can be said without knowing the way.
  var wantsControl: Bool {
    guard localMedia != nil || isHeld else { return false }
    switch fastConnect {
    case .offered, .proposed: return false
    case .none, .refused: return isAnswered
    case .open: return isActive && (tunnelling == .agreed || peerControlAddress != nil || isControlNeeded)
    }
  }

  /// Decides on a way once there has to be one.
  mutating func chooseRoute(_ turn: inout Turn) {
    guard wantsControl else { return }
    guard route == .undecided else { return }
    if tunnelling == .agreed {
      route = .tunnel
    } else if tunnelling == .offered, !isActive {
      return
    } else if let address = peerControlAddress {
      connectControl(to: address, &turn)
    } else if !isOutgoing || isActive {
      let listener = turn.newLink(.listener(handle.number))
      route = .waiting(listener)
      turn.actions.append(.listen(listener))
    }
  }

  private mutating func connectControl(to address: SocketAddress, _ turn: inout Turn) {
    route = .connecting(connection(to: address, &turn))
  }

  /// The peer has asked us to connect to it, as we have asked it, and our address is the greater one: it is for us to do
  /// it (H.323 §8.2.3).
  mutating func contend(for address: SocketAddress, _ turn: inout Turn) {
    guard case .listening(let listener, let ours) = route, ours.isGreater(than: address) else { return }
    route = .contending(connection(to: address, &turn), listener: listener, ours)
  }

  private func connection(to address: SocketAddress, _ turn: inout Turn) -> H323Link {
    let link = turn.newLink(.control(handle.number))
    turn.actions.append(.connect(link, to: address))
    return link
  }

  /// The H.245 connection that we wanted is there.
  mutating func controlOpened(_ link: H323Link, _ turn: inout Turn) {
    switch route {
    case .connecting(link): break
    case .contending(link, let listener, _): turn.close(listener)
    default: return
    }
    route = .connected(link)
  }

  /// The listener is there, or cannot be.
  mutating func listening(_ link: H323Link, at address: SocketAddress?, _ turn: inout Turn) {
    guard route == .waiting(link) else { return }
    guard let address else {
      turn.links[link] = nil
      route = .failed
      if fastConnect == .open {
        connectWhenReady(&turn)
      } else {
        end(.fault, 47, reason: .gatewayResources, &turn)
      }
      return
    }
    if let peer = peerControlAddress {
      // The peer has asked us meanwhile: then nobody need ask it.
      turn.close(link)
      connectControl(to: peer, &turn)
      connectWhenReady(&turn)
      return
    }
    route = .listening(link, address)
    if case .incoming(let machine) = role, machine.phase == .answering {
      connectWhenReady(&turn)
    } else {
      sendStartH245(address, &turn)
    }
  }

  /// Somebody has connected to our listener; nil for a stranger.
  mutating func controlAccepted(from address: SocketAddress, _ turn: inout Turn) -> H323Link? {
    guard case .running = phase,
      address.ip == remote.ip || turn.configuration.h245Networks.contains(where: { $0.contains(address.ip) })
    else { return nil }
    switch route {
    case .listening, .contending: break
    case .undecided, .tunnel, .connecting, .waiting, .connected, .failed: return nil
    }
    for link in route.links { turn.close(link) }
    let link = turn.newLink(.control(handle.number))
    route = .connected(link)
    return link
  }

  /// The H.245 connection is gone, or could not be opened, or the listener is gone.
  mutating func controlClosed(_ link: H323Link, _ turn: inout Turn) {
    switch route {
    case .contending(link, let listener, let address):
      route = .listening(listener, address)
      return
    case .contending(let connection, link, _):
      route = .connecting(connection)
      return
    default: guard route.links == [link] else { return }
    }
    let wasConnected = route == .connected(link)
    route = .failed
    controlQueue = []
    if wasConnected {
      withSession(&turn) { session, actions in session.connectionClosed(into: &actions) }
    } else if fastConnect != .open {
      // The peer may be ending the call, and its ReleaseComplete be on its way.
      controlEnded(.connectionLost, &turn)
    }
  }

  /// Sends what waits, where there is a way.
  mutating func flushControl(_ turn: inout Turn) {
    guard !controlQueue.isEmpty else { return }
    switch route {
    case .tunnel: if isAnswered, !isGone { sendTunnel(&turn) }
    case .connected(let link):
      for octets in controlQueue { turn.send(octets, on: link) }
      controlQueue = []
    case .undecided, .connecting, .waiting, .listening, .contending, .failed: break
    }
  }

  // MARK: What has come about

  private mutating func received(_ event: ControlEvent, _ turn: inout Turn) {
    switch event {
    case .channelProposed(let request): receivedProposal(request.forwardLogicalChannelNumber, &turn)
    case .channelOpened(let channel):
      if channel.direction == .outgoing, channel.number == openingChannel { openingChannel = nil }
    case .channelRefused(let number, let cause):
      guard number == openingChannel else { return }
      openingChannel = nil
      if cause != nil, let codec = openingCodec { refusedCodecs.insert(codec) }
    case .channelReplaced(let old, let new): if old == openingChannel { openingChannel = new }
    case .channelClosed(.outgoing, let number): if number == openingChannel { openingChannel = nil }
    case .channelClosed(.incoming, let number): proposals.removeAll { $0 == number }
    case .userInput(let input):
      var duration: UInt16?
      if case .signal(let signal) = input { duration = signal.duration }
      for digit in input.digits.prefix(turn.limits.maxQueuedDigits) {
        turn.tell(.digit(handle, digit, milliseconds: duration))
      }
    case .flowControl: tellOther("command.flowControlCommand", &turn)
    case .other(let message): tellOther(message.name, &turn)
    case .ended(let end): controlEnded(end, &turn)
    case .masterSlaveDetermined, .masterSlaveFailed, .capabilitiesAccepted, .capabilitiesRefused, .capabilitiesReceived,
      .ready, .paused, .resumed, .closeRefused, .roundTrip, .roundTripLost:
      // `settle` looks at what the session has become.
      return
    }
  }

  private mutating func receivedProposal(_ number: LogicalChannelNumber, _ turn: inout Turn) {
    proposals.append(number)
    if isHeld {
      refuseProposals(&turn)
    } else {
      answerProposals(&turn)
    }
  }

  private mutating func refuseProposals(_ turn: inout Turn) {
    let numbers = proposals
    proposals = []
    for number in numbers {
      withSession(&turn) { session, actions in
        _ = session.refuse(number, cause: .dataTypeNotAvailable, into: &actions)
      }
    }
  }

  /// Takes the channels that have waited for our address.
  mutating func answerProposals(_ turn: inout Turn) {
    guard let media = localMedia, !isHeld else { return }
    let numbers = proposals
    proposals = []
    for number in numbers {
      withSession(&turn) { session, actions in
        _ = session.accept(number, media: media.media, mediaControl: media.mediaControl, into: &actions)
      }
    }
  }
}
