import H245
import Wire

// What a call has to do after whatever has happened: begin H.245, open our channel, tell the user, watch the time.
extension H323Call {
  /// Brings everything into line; called once at the end of every event.
  mutating func settle(_ turn: inout Turn) {
    if case .running = phase {
      chooseRoute(&turn)
      startSession(&turn)
      finishReopening(&turn)
      openOutgoing(&turn)
      sendDigits(&turn)
    }
    if case .running = phase {
      announceMedia(&turn)
      watchMedia(&turn)
    }
    if !isGone { flushControl(&turn) }
  }

  private mutating func startSession(_ turn: inout Turn) {
    guard !isSessionStarted, route.isOpen, wantsControl else { return }
    isSessionStarted = true
    let (now, random) = (turn.now, turn.randomWord())
    let (capabilities, isHeld) = (localMedia?.capabilities, isHeld)
    withSession(&turn) { session, actions in
      if let capabilities { session.changeCapabilities(capabilities, random: random, now: now, into: &actions) }
      session.start(random: random, now: now, into: &actions)
      if isHeld { session.pausePeer(now: now, into: &actions) }
    }
    if isReopeningDue {
      isReopeningDue = false
      for channel in session.openChannels where channel.direction == .outgoing {
        withSession(&turn) { session, actions in session.close(channel.number, now: now, into: &actions) }
      }
      reopen(&turn)
    }
  }

  private mutating func finishReopening(_ turn: inout Turn) {
    guard let deadline = reopeningDeadline, let media = localMedia, !hasIncomingChannel || deadline <= turn.now else {
      return
    }
    reopeningDeadline = nil
    askToClose(&turn)
    changeCapabilities(media, &turn)
  }

  private mutating func openOutgoing(_ turn: inout Turn) {
    guard session.isReady, openingChannel == nil, fastConnect.isSettled, let media = localMedia else { return }
    let channels = session.openChannels
    guard !channels.contains(where: { $0.direction == .outgoing && $0.audio != nil }) else { return }
    var preferences = media.capabilities.audio.filter { audio in
      audio.codec.map { !refusedCodecs.contains($0) } ?? false
    }
    // One codec both ways where that can be had.
    if let theirs = channels.last(where: { $0.direction == .incoming })?.audio?.codec,
      let place = preferences.firstIndex(where: { $0.codec == theirs })
    {
      preferences.insert(preferences.remove(at: place), at: 0)
    }
    guard let audio = session.remoteCapabilities.choose(from: preferences) else {
      // Nothing that both have: no half a call.
      return end(.fault, 65, &turn)
    }
    let now = turn.now
    var number: LogicalChannelNumber?
    withSession(&turn) { session, actions in
      number = session.openChannel(audio: audio, mediaControl: media.mediaControl, now: now, into: &actions)
    }
    openingChannel = number
    openingCodec = audio.codec
  }

  private mutating func sendDigits(_ turn: inout Turn) {
    guard isSessionStarted, !digits.isEmpty, !session.remoteCapabilities.entries.isEmpty else { return }
    let waiting = digits
    digits = []
    for (digit, milliseconds) in waiting {
      // They are ours, so that the limit on what a peer makes us say is not theirs.
      if controlQueue.count >= turn.limits.maxQueuedMessages / 2 { flushControl(&turn) }
      withSession(&turn) { session, actions in session.send(digit: digit, duration: milliseconds, into: &actions) }
    }
  }

  private mutating func announceMedia(_ turn: inout Turn) {
    var found = H323Media(telephoneEventPayloadType: session.remoteCapabilities.telephoneEventPayloadType)
    found.isHeardEarly = isHeardEarly
    for channel in session.openChannels {
      guard let audio = channel.audio, let address = channel.mediaChannel else { continue }
      let payloadType = channel.dynamicRTPPayloadType ?? audio.staticPayloadType ?? 127
      switch channel.direction {
      case .outgoing:
        found.outgoing = H323Media.Stream(
          audio: audio, media: address, mediaControl: channel.mediaControlChannel, payloadType: payloadType)
      case .incoming:
        found.incoming = H323Media.Stream(
          audio: audio, media: address, mediaControl: localMedia?.mediaControl, payloadType: payloadType)
      }
    }
    guard found != media else { return }
    media = found
    turn.tell(.media(handle, found))
  }

  /// A call that is connected has media both ways, or soon, or somebody holds it; otherwise it ends.
  private mutating func watchMedia(_ turn: inout Turn) {
    let isSent = media.outgoing != nil || session.isPaused
    let isReceived = media.incoming != nil || isHeld
    guard isActive, !(isSent && isReceived) else {
      mediaDeadline = nil
      return
    }
    if mediaDeadline == nil { mediaDeadline = turn.now + turn.configuration.mediaPatience }
  }
}

extension AudioCapability {
  /// The payload type that RFC 3551 gives the codec; nil where there is none.
  var staticPayloadType: UInt8? {
    switch self {
    case .g711Ulaw64k: 0
    case .g7231: 4
    case .g711Alaw64k: 8
    case .g722At64k: 9
    case .g728: 15
    case .g729, .g729AnnexA, .g729wAnnexB, .g729AnnexAwAnnexB: 18
    case .nonStandard, .g711Alaw56k, .g711Ulaw56k, .g722At56k, .g722At48k, .other, .genericAudioCapability, .unknown:
      nil
    }
  }
}
