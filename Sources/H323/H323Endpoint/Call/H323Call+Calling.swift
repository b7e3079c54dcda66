import H225
import H245
import PER
import Wire

// What the user of the endpoint does to a call.
extension H323Call {
  /// The call signalling connection of an outgoing call is there.
  mutating func signallingOpened(local: SocketAddress, _ turn: inout Turn) {
    guard case .outgoing(var machine, let calling) = role, case .running = phase else { return }
    let action = machine.opened(now: turn.now)
    role = .outgoing(machine, calling)
    guard action == .sendSetup else { return }
    self.local = local
    sendSetup(calling, &turn)
  }

  mutating func proceed(_ turn: inout Turn) {
    guard case .incoming(var machine) = role, case .running = phase, machine.proceed() else { return }
    role = .incoming(machine)
    sendCallProceeding(&turn)
  }

  mutating func alert(_ media: H323LocalMedia?, _ turn: inout Turn) {
    guard case .incoming(var machine) = role, case .running = phase, machine.alert() else { return }
    role = .incoming(machine)
    if let media { provide(media, &turn) }
    sendAlerting(hasMedia: media != nil, &turn)
  }

  mutating func answer(_ media: H323LocalMedia, _ turn: inout Turn) {
    guard case .incoming(var machine) = role, case .running = phase, machine.answer() else { return }
    role = .incoming(machine)
    if let early = localMedia, early != media {
      setMedia(media, &turn)
    } else {
      provide(media, &turn)
    }
    guard case .running = phase else { return }
    chooseRoute(&turn)
    connectWhenReady(&turn)
  }

  /// Connect, unless the address for it is still being waited for.
  mutating func connectWhenReady(_ turn: inout Turn) {
    if case .waiting = route { return }
    guard case .incoming(var machine) = role, machine.connected() else { return }
    role = .incoming(machine)
    sendConnect(&turn)
  }

  /// Our media is known for the first time.
  mutating func provide(_ media: H323LocalMedia, _ turn: inout Turn) {
    localMedia = media
    isHeld = false
    if case .proposed(let elements) = fastConnect { answerFastStart(elements, media) }
    // Nothing is said yet, but proposals may be here already.
    if !isSessionStarted { changeCapabilities(media, &turn) }
    answerProposals(&turn)
  }

  /// Takes of the caller's fastStart what we can (H.323 §8.1.7).
  private mutating func answerFastStart(_ elements: [[UInt8]], _ media: H323LocalMedia) {
    let choice = FastStartProposal.choose(from: elements, capabilities: media.capabilities)
    var answer: [[UInt8]] = []
    for proposal in [choice.incoming, choice.outgoing] {
      guard let proposal, let octets = try? proposal.answer(media: media.media, mediaControl: media.mediaControl),
        session.adopt(proposal.channel(media: media.media), from: proposal.request)
      else { continue }
      answer.append(octets)
    }
    if answer.isEmpty {
      fastConnect = .refused
      refusesFastConnect = true
    } else {
      fastConnect = .open
      fastStartAnswer = answer
    }
  }

  /// Another address, other codecs, or (nil) nothing wanted (H.323 §8.4.6).
  mutating func setMedia(_ media: H323LocalMedia?, _ turn: inout Turn) {
    guard case .running = phase else { return }
    let now = turn.now
    guard let media else {
      guard !isHeld else { return }
      isHeld = true
      isControlNeeded = true
      reopeningDeadline = nil
      isReopeningDue = false
      withSession(&turn) { session, actions in session.pausePeer(now: now, into: &actions) }
      return
    }
    let wasHeld = isHeld
    let old = localMedia
    localMedia = media
    isHeld = false
    refusedCodecs = []
    guard old != media || wasHeld else { return }
    guard let old, isSessionStarted else {
      if case .proposed = fastConnect { return }
      // What fast connect has opened leads to the old address until there is H.245 to change it.
      if old != nil, fastConnect == .open { (isControlNeeded, isReopeningDue) = (true, true) }
      if old == nil { provide(media, &turn) }
      return
    }
    closeOutgoing(unless: media, old, &turn)
    let hasMoved = old.media != media.media || old.mediaControl != media.mediaControl
    if !wasHeld, hasMoved, hasIncomingChannel {
      reopen(&turn)
    } else {
      changeCapabilities(media, &turn)
      // A peer that did not close its channel while it was held sends to where we were.
      if hasMoved { askToClose(&turn) }
    }
    answerProposals(&turn)
  }

  /// Tells the peer what we take, and lets it send where it was asked not to.
  mutating func changeCapabilities(_ media: H323LocalMedia, _ turn: inout Turn) {
    let (now, random) = (turn.now, turn.randomWord())
    withSession(&turn) { session, actions in
      session.changeCapabilities(media.capabilities, random: random, now: now, into: &actions)
    }
  }

  /// Closes our channel when it is in a codec we no longer have, or its RTCP would go astray; `settle` opens another.
  private mutating func closeOutgoing(unless media: H323LocalMedia, _ old: H323LocalMedia, _ turn: inout Turn) {
    let now = turn.now
    for channel in session.openChannels where channel.direction == .outgoing {
      let isKnown = media.capabilities.audio.contains { $0.codec == channel.audio?.codec }
      guard !isKnown || media.mediaControl != old.mediaControl else { continue }
      withSession(&turn) { session, actions in session.close(channel.number, now: now, into: &actions) }
    }
  }

  /// Has the peer close its channel and open another, by the empty capability set and the whole one after it.
  mutating func reopen(_ turn: inout Turn) {
    let now = turn.now
    reopeningDeadline = now + turn.limits.reopenPatience
    withSession(&turn) { session, actions in session.pausePeer(now: now, into: &actions) }
  }

  mutating func askToClose(_ turn: inout Turn) {
    let now = turn.now
    for channel in session.openChannels where channel.direction == .incoming {
      withSession(&turn) { session, actions in _ = session.requestClose(channel.number, now: now, into: &actions) }
    }
  }

  var hasIncomingChannel: Bool { session.openChannels.contains { $0.direction == .incoming } }

  mutating func send(_ digit: UInt8, _ milliseconds: UInt16?, _ turn: inout Turn) {
    guard case .running = phase, digits.count < turn.limits.maxQueuedDigits else { return }
    digits.append((digit, milliseconds))
    isControlNeeded = true
  }
}
