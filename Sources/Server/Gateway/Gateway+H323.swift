import H225
import H323Endpoint
import SDP
import SIPDialog
import Wire

// What the H.323 side tells.
extension Gateway {
  mutating func handle(_ event: H323EndpointEvent, now: Instant, into sink: inout GatewaySink) {
    switch event {
    case .incoming(let handle, let invitation): received(handle, invitation, now: now, into: &sink)
    case .proceeding:
      // The proxy has said 100 already.
      break
    case .alerting(let handle):
      guard let number = byH323[handle] else { return }
      if let call = calls[number] { emit(.alerting, of: call, into: &sink) }
      calls[number]?.isAlerting = true
      // Fast connect may have opened channels with this very message; that is told next.
      if let media = endpoint.media(of: handle) { calls[number]?.agreed = media }
      ring(number, now: now)
    case .connected(let handle, _):
      guard let number = byH323[handle] else { return }
      roomConnected(number, now: now, into: &sink)
    case .media(let handle, let media):
      guard let number = byH323[handle] else { return }
      calls[number]?.agreed = media
      mediaChanged(number, now: now, into: &sink)
    case .digit(let handle, let digit, let milliseconds):
      guard let number = byH323[handle] else { return }
      received(number, digit: digit, milliseconds: milliseconds, now: now)
    case .redirected(let handle, let redirection):
      guard let number = byH323[handle] else { return }
      considerRedirection(number, redirection, into: &sink)
    case .other: break
    case .released(let handle, let release):
      guard let number = byH323.removeValue(forKey: handle) else { return }
      h323LegOver(number, release, now: now, into: &sink)
    }
  }

  // MARK: A call to a phone

  /// The number that nearly everybody has for telephone events.
  static var usualEvents: UInt8 { 101 }

  private mutating func received(
    _ handle: H323CallHandle, _ invitation: H323Invitation, now: Instant, into sink: inout GatewaySink
  ) {
    guard let number = open(.h323, now: now), var call = calls[number] else {
      endpoint.release(handle, cause: 42, reason: .gatewayResources, now: now, into: &h323Sink)
      return
    }
    call.h323 = handle
    byH323[handle] = number
    call.callIdentifier = invitation.setup.callIdentifier?.guid
    call.display = invitation.display.map { HarmlessText.of($0, maxBytes: configuration.limits.aliasBytes) }
    call.source = invitation.source
    call.isAnonymous = invitation.setup.presentationIndicator == .presentationRestricted
    call.target = rule.target(of: invitation.destination)
    call.destination = call.target ?? ""
    call.told = invitation.setup.fastStart.flatMap {
      CouncilMedia(fastStart: $0.map(\.octets), codecs: configuration.codecs)
    }
    call.told?.telephoneEvent = Self.usualEvents
    calls[number] = call
    emit(.setupReceived(from: invitation.remote, destination: call.destination), of: call, into: &sink)
    guard call.target != nil else {
      return end(number, cause: 1, reason: .unreachableDestination, result: .rejected, now: now, into: &sink)
    }
    sink.actions.append(
      .admit(
        GatewayInquiry(
          call: GatewayCallHandle(number: number), direction: .toSIP(invitation), callIdentifier: call.callIdentifier,
          conferenceID: invitation.setup.conferenceID, destination: invitation.destination, source: invitation.source,
          callID: nil, traceID: nil, user: nil,
          bandwidthBitsPerSecond: Self.bandwidth)))
  }

  // MARK: A call into a room

  private mutating func roomConnected(_ number: UInt64, now: Instant, into sink: inout GatewaySink) {
    guard let call = calls[number] else { return }
    emit(.connect(isOurs: false), of: call, into: &sink)
    calls[number]?.limit = now + configuration.mediaPatience
    let action = calls[number]?.connected()
    arm(number)
    switch action {
    case .considerMedia: considerMedia(number, now: now, into: &sink)
    case .offerBlind: offerBlind(number, now: now, into: &sink)
    case .none?, .call, .invite, .connect, .complete, .compare, nil: break
    }
  }

  /// The call is answered with an offer of nobody, or with nothing where a reliable 180 has made it: its PRACK is on its
  /// way, and the 200 waits for it (RFC 3262 §3).
  private mutating func offerBlind(_ number: UInt64, now: Instant, into sink: inout GatewaySink) {
    guard var call = calls[number], let sip = call.sip else { return }
    let offer = call.negotiation.localOffer == nil ? offerOfNobody(in: &call) : nil
    call.isAnswered = true
    calls[number] = call
    do throws(UserAgentError) {
      try agent.answer(sip, session: offer, now: now, into: &sipSink)
    } catch {
      end(number, cause: 41, now: now, into: &sink)
    }
  }

  /// An INVITE without an offer gets one of ours, although the H.323 side cannot say where it takes media before it has
  /// heard where the phone does: nobody is there yet, and a re-INVITE follows (RFC 3725 §4.3).
  func offerOfNobody(in call: inout GatewayCall) -> SessionBody? {
    let council = CouncilMedia.unknown(configuration.codecs)
    guard let description = council.description(among: nil, at: 0, direction: .inactive, events: Self.usualEvents),
      let offer = try? call.negotiation.offer(description)
    else { return nil }
    call.told = council
    return SessionBody(offer.bytes)
  }

  // MARK: Media

  private mutating func mediaChanged(_ number: UInt64, now: Instant, into sink: inout GatewaySink) {
    if let call = calls[number], call.reopening != nil, call.agreed.incoming == nil {
      finishReopening(number, now: now)
    }
    if calls[number]?.pending != nil { changeMayBeReady(number, now: now, into: &sink) }
    switch calls[number]?.mediaChanged() {
    case .considerMedia: considerMedia(number, now: now, into: &sink)
    case .compare: compare(number, now: now)
    case .none?, .call, .invite, .offerBlind, .connect, .complete, nil: break
    }
  }

  /// Whether the channels are what the call needs to go on.
  mutating func considerMedia(_ number: UInt64, now: Instant, into sink: inout GatewaySink) {
    guard let call = calls[number], let phone = call.phone, call.reopening == nil,
      let outgoing = call.agreed.outgoing, let incoming = call.agreed.incoming
    else { return }
    if call.phase == .calling {
      if call.isAlerting || call.agreed.isHeardEarly { ring(number, now: now) }
      return
    }
    guard call.phase == .opening, phone.has(outgoing.audio), phone.has(incoming.audio) else { return }
    if outgoing.audio.codec != incoming.audio.codec {
      // A phone sends in one codec and hears in the same: the H.323 side is asked to send in ours. If it does not, the
      // phone is told of both.
      guard call.isAlignmentOver else {
        guard call.alignUntil == nil else { return }
        calls[number]?.alignUntil = now + configuration.alignPatience
        tellRoom(number, phone.local(only: outgoing.audio.codec), now: now)
        return
      }
    }
    complete(number, now: now, into: &sink)
  }

  /// What the channels come to, with telephone events where they are to be expected.
  func council(for call: inout GatewayCall, now: Instant) -> CouncilMedia? {
    guard var council = CouncilMedia(call.agreed, former: call.told) else { return nil }
    let isAnswer = call.negotiation.remoteOffer != nil
    if council.telephoneEvent == nil, let events = isAnswer ? call.phone?.telephoneEvent : call.told?.telephoneEvent {
      council.telephoneEvent = events
      call.eventsAssumedUntil = now + configuration.eventsPatience
    }
    return council
  }

  /// The media is open: the phone gets its answer, where it has not had it in a provisional response.
  private mutating func complete(_ number: UInt64, now: Instant, into sink: inout GatewaySink) {
    guard var call = calls[number], let council = council(for: &call, now: now) else { return }
    let (isUnanswered, needsAnswer) = (call.isUnanswered, call.negotiation.remoteOffer != nil)
    guard call.opened() == .complete else { return }
    call.isAnswered = true
    var body: SessionBody?
    if needsAnswer {
      body = Self.answer(in: &call.negotiation, for: call, council)
      call.told = council
    } else if let told = call.told, told.media == council.media, told.isListening,
      council.formats.allSatisfy({ told.formats.contains($0) })
    {
      // It has been offered these, and has chosen.
      call.told = council
    }
    call.limit = now + configuration.longestCall
    calls[number] = call
    arm(number)
    guard !needsAnswer || body != nil else { return end(number, cause: 65, now: now, into: &sink) }
    do throws(UserAgentError) {
      if call.owesAnswer, let dialog = call.dialog, let body {
        calls[number]?.owesAnswer = false
        try agent.acknowledge(dialog, answer: body, now: now, into: &sipSink)
      } else if isUnanswered, let sip = call.sip {
        try agent.answer(sip, session: body, now: now, into: &sipSink)
      }
    } catch {
      return end(number, cause: 41, now: now, into: &sink)
    }
    counts[.answered] &+= 1
    emit(.bridgeEstablished(media(of: call)), of: call, into: &sink)
    if call.phone?.isListening == false { hold(number, now: now) }
    if call.phase == .established { compare(number, now: now) }
  }

  /// As records have it.
  func media(of call: GatewayCall) -> GatewayMedia {
    GatewayMedia(
      codec: call.agreed.outgoing.flatMap { AudioFormat.of($0.audio)?.name }, address: call.agreed.outgoing?.media,
      receivedCodec: call.agreed.incoming.flatMap { AudioFormat.of($0.audio)?.name },
      isHeld: call.phone?.isListening == false)
  }
}
