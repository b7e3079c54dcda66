import H245
import H323Endpoint
import SDP
import SIPDialog
import SIPMessage
import Wire

// Changes of a running call: the phone's re-INVITE and UPDATE become channels, the channels' changes a re-INVITE.
//
//     phone sendonly, inactive, 0.0.0.0 ─▶ empty capability set: the room sends nothing (H.323 §8.4.6)
//     phone with another codec, address ─▶ our capabilities anew: the room's channel is opened again, then the 200
//     room with an empty capability set ─▶ re-INVITE sendonly: the phone sends nothing
//     room with another channel         ─▶ re-INVITE with its codec and address
extension Gateway {
  // MARK: The phone's wishes

  mutating func phoneChanges(
    _ number: UInt64, _ request: RequestHandle, _ message: SIPMessage, _ session: SessionPart, now: Instant,
    into sink: inout GatewaySink
  ) {
    guard var call = calls[number], call.isUp, call.pending == nil, call.h323 != nil else {
      // Before the call is up there is nothing to change; and one change at a time. What a PRACK offers is not to be
      // repeated as it is.
      let status = message.view.method == .prack ? 488 : 491
      try? agent.refuse(request, status: status, now: now, into: &sipSink)
      return
    }
    if let headers = Self.unreadable(message, session) {
      try? agent.refuse(request, status: 415, headers: headers, now: now, into: &sipSink)
      return
    }
    guard case .offer(let body) = session else { return offerAgain(number, request, now: now, into: &sink) }
    // An offer of ours that was met by 491 is made again by the user agent later; the phone's goes first.
    if call.negotiation.localOffer != nil { call.negotiation.rollBack() }
    guard let description = try? SessionDescription(parsing: body.bytes),
      description.media.count <= configuration.limits.streams,
      let phone = PhoneMedia(description, codecs: configuration.codecs),
      (try? call.negotiation.receivedOffer(description)) != nil
    else {
      try? agent.refuse(request, status: 488, now: now, into: &sipSink)
      return
    }
    guard call.changes < configuration.limits.changes else {
      return end(number, cause: 88, now: now, into: &sink)
    }
    call.changes += 1
    let former = call.local
    call.pending = GatewayCall.PendingChange(
      request: request, phone: phone, until: now + configuration.changePatience, former: former)
    let local = phone.isListening ? phone.local() : nil
    let isSame = Self.isSame(local, former, agreed: call.agreed)
    calls[number] = call
    if !isSame { tellRoom(number, local, now: now) }
    arm(number)
    changeMayBeReady(number, now: now, into: &sink)
  }

  /// Whether what the H.323 side is to be told is what it knows: the same place, and the codec that is in use among those
  /// there are. What was narrowed to one codec stays so.
  private static func isSame(_ local: H323LocalMedia?, _ former: H323LocalMedia?, agreed: H323Media) -> Bool {
    guard let local, let former else { return local == nil && former == nil }
    guard local.media == former.media, local.mediaControl == former.mediaControl,
      local.capabilities.telephoneEventPayloadType == former.capabilities.telephoneEventPayloadType
    else { return false }
    let codecs = local.capabilities.audio.map(\.codec)
    return [agreed.outgoing, agreed.incoming].allSatisfy { stream in
      stream.map { stream in codecs.contains { $0 == stream.audio.codec } } ?? false
    }
  }

  /// Answers the phone's change when the channels are as it wants them.
  mutating func changeMayBeReady(_ number: UInt64, now: Instant, into sink: inout GatewaySink) {
    guard var call = calls[number], let pending = call.pending else { return }
    let isReady = pending.phone.isListening ? pending.phone.suits(call.agreed) : true
    guard isReady, let council = CouncilMedia(call.agreed, former: call.told) else { return }
    call.pending = nil
    call.phone = pending.phone
    guard let body = Self.answer(in: &call.negotiation, for: call, council) else {
      calls[number] = call
      try? agent.refuse(pending.request, status: 488, now: now, into: &sipSink)
      return
    }
    call.told = council
    call.refused = nil
    calls[number] = call
    arm(number)
    do throws(UserAgentError) {
      try agent.accept(pending.request, session: body, now: now, into: &sipSink)
    } catch {
      return end(number, cause: 41, now: now, into: &sink)
    }
    emit(.bridgeChanged(media(of: call)), of: call, into: &sink)
  }

  /// The channels did not come about: the phone's change is refused, and what was before holds.
  mutating func changeTimedOut(_ number: UInt64, now: Instant, into sink: inout GatewaySink) {
    guard let pending = calls[number]?.pending else { return }
    takeBack(number, now: now)
    try? agent.refuse(pending.request, status: 488, now: now, into: &sipSink)
    compare(number, now: now)
  }

  /// Forgets a change of the phone's.
  mutating func takeBack(_ number: UInt64, now: Instant) {
    guard var call = calls[number], let pending = call.pending else { return }
    call.pending = nil
    call.negotiation.rollBack()
    calls[number] = call
    arm(number)
    if call.local != pending.former { tellRoom(number, pending.former, now: now) }
  }

  /// A re-INVITE without an offer: what is agreed is offered anew (RFC 3261 §14.2).
  private mutating func offerAgain(
    _ number: UInt64, _ request: RequestHandle, now: Instant, into sink: inout GatewaySink
  ) {
    guard var call = calls[number], let council = CouncilMedia(call.agreed, former: call.told) else {
      try? agent.refuse(request, status: 488, now: now, into: &sipSink)
      return
    }
    if call.negotiation.localOffer != nil { call.negotiation.rollBack() }
    guard let description = Self.description(of: council, for: call),
      let offer = try? call.negotiation.offer(description)
    else {
      try? agent.refuse(request, status: 500, now: now, into: &sipSink)
      return
    }
    call.proposal = GatewayCall.Proposal(media: council, description: description)
    calls[number] = call
    do throws(UserAgentError) {
      try agent.accept(request, session: SessionBody(offer.bytes), now: now, into: &sipSink)
    } catch {
      end(number, cause: 41, now: now, into: &sink)
    }
  }

  /// The phone listens no more: the room is asked to send nothing.
  mutating func hold(_ number: UInt64, now: Instant) {
    if calls[number]?.local != nil { tellRoom(number, nil, now: now) }
  }

  /// Tells the H.323 side what the phone takes; nil: nothing.
  ///
  /// A capability set adds to those before it, and closes no channel. Where the room's channel is of a codec that goes, the
  /// room is first asked to send nothing, and told the rest when it has closed it (H.323 §8.4.6).
  mutating func tellRoom(_ number: UInt64, _ local: H323LocalMedia?, now: Instant) {
    guard var call = calls[number], let h323 = call.h323 else { return }
    let former = call.local
    call.local = local
    call.reopening = nil
    var told = local
    if let local, local.media == former?.media, let codec = call.agreed.incoming?.audio.codec,
      !local.capabilities.audio.contains(where: { $0.codec == codec })
    {
      call.reopening = GatewayCall.Reopening(local: local, until: now + configuration.reopenPatience)
      told = nil
    }
    calls[number] = call
    arm(number)
    endpoint.setMedia(h323, told, now: now, into: &h323Sink)
  }

  /// The room has closed its channel, or will not.
  mutating func finishReopening(_ number: UInt64, now: Instant) {
    guard let reopening = calls[number]?.reopening, let h323 = calls[number]?.h323 else { return }
    calls[number]?.reopening = nil
    arm(number)
    endpoint.setMedia(h323, reopening.local, now: now, into: &h323Sink)
  }

  // MARK: The room's wishes

  /// Something may have changed that the phone has to hear of; it hears when it has settled.
  mutating func compare(_ number: UInt64, now: Instant) {
    guard let call = calls[number], call.phase == .established, call.pending == nil, call.settlesAt == nil,
      call.proposal == nil, Self.news(for: call) != nil
    else { return }
    calls[number]?.settlesAt = now + configuration.settling
    arm(number)
  }

  /// What the phone has to be told; nil when it knows. Whether the room sends is no news: a phone hears that.
  private static func news(for call: GatewayCall) -> CouncilMedia? {
    guard var council = CouncilMedia(call.agreed, former: call.told), let told = call.told else { return nil }
    if council.telephoneEvent == nil, call.eventsAssumedUntil != nil { council.telephoneEvent = told.telephoneEvent }
    // Of events that the phone knows nothing of there is no news.
    if told.telephoneEvent != council.telephoneEvent, call.phone?.telephoneEvent == nil {
      council.telephoneEvent = told.telephoneEvent
    }
    guard council != told, council != call.refused else { return nil }
    // While the phone holds the call, channels come and go.
    guard call.phone?.isListening == true || council.isListening != told.isListening || council.media != told.media
    else { return nil }
    return council
  }

  mutating func tellPhone(_ number: UInt64, now: Instant, into sink: inout GatewaySink) {
    guard var call = calls[number], call.phase == .established, call.pending == nil, call.proposal == nil,
      let dialog = call.dialog, let council = Self.news(for: call)
    else { return }
    guard call.changes < configuration.limits.changes else { return end(number, cause: 88, now: now, into: &sink) }
    guard let description = Self.description(of: council, for: call),
      let offer = try? call.negotiation.offer(description)
    else { return }
    do throws(UserAgentError) {
      try agent.reinvite(dialog, offer: SessionBody(offer.bytes), now: now, into: &sipSink)
      call.changes += 1
      call.proposal = GatewayCall.Proposal(media: council, description: description)
    } catch {
      // The phone is changing something itself; afterwards.
      call.negotiation.rollBack()
      call.settlesAt = now + .seconds(1)
    }
    calls[number] = call
    arm(number)
  }

  /// Our re-INVITE was accepted.
  mutating func phoneAccepted(_ number: UInt64, _ session: SessionPart, now: Instant, into sink: inout GatewaySink) {
    guard case .answer(let body) = session else { return }
    take(answer: body, number, now: now, into: &sink)
  }

  /// The phone's answer to an offer of ours within the call.
  mutating func take(answer body: SessionBody, _ number: UInt64, now: Instant, into sink: inout GatewaySink) {
    guard var call = calls[number], call.isUp, let proposal = call.proposal else { return }
    call.proposal = nil
    // After 491 the user agent has made the offer once more.
    if call.negotiation.localOffer == nil { _ = try? call.negotiation.offer(proposal.description) }
    guard let description = try? SessionDescription(parsing: body.bytes),
      (try? call.negotiation.receivedAnswer(description)) != nil,
      let phone = PhoneMedia(description, codecs: configuration.codecs)
    else {
      calls[number] = call
      return end(number, cause: 88, now: now, into: &sink)
    }
    call.told = proposal.media
    call.refused = nil
    call.phone = phone
    let local = phone.isListening ? phone.first : nil
    // The room has asked for silence, or it is told what the phone has become.
    let isSame = Self.isSame(local, call.local, agreed: call.agreed) || (local != nil && call.agreed.outgoing == nil)
    calls[number] = call
    if !isSame { tellRoom(number, local, now: now) }
    emit(.bridgeChanged(media(of: call)), of: call, into: &sink)
    compare(number, now: now)
  }

  /// Our re-INVITE was refused. A hold that the phone does not want to hear of harms nobody; anything else would leave it
  /// sending to where nobody is.
  mutating func phoneRefused(_ number: UInt64, now: Instant, into sink: inout GatewaySink) {
    guard var call = calls[number], call.phase != .ending, let proposal = call.proposal else { return }
    call.proposal = nil
    if call.negotiation.localOffer != nil { call.negotiation.rollBack() }
    call.refused = proposal.media
    calls[number] = call
    guard let told = call.told, told.media == proposal.media.media, told.formats.first == proposal.media.formats.first
    else { return end(number, cause: 88, now: now, into: &sink) }
    compare(number, now: now)
  }

  // MARK: Descriptions

  /// The answer to the phone's offer; nil when it cannot be.
  static func answer(
    in negotiation: inout SessionNegotiation, for call: GatewayCall, _ council: CouncilMedia
  ) -> SessionBody? {
    guard let offer = negotiation.remoteOffer, let phone = call.phone else { return nil }
    var council = council
    council.formats.removeAll { format in !phone.audio.contains { $0.codec == format.codec } }
    guard !council.formats.isEmpty else { return nil }
    let direction = MediaDirection(
      sends: phone.direction.receives, receives: phone.direction.sends && council.isListening)
    let events = phone.telephoneEvent == nil ? nil : council.telephoneEvent
    guard
      let description = council.description(among: offer, at: phone.index, direction: direction, events: events),
      let agreement = try? negotiation.answer(description)
    else { return nil }
    return SessionBody(agreement.local.bytes)
  }

  /// An offer of ours within the call.
  private static func description(of council: CouncilMedia, for call: GatewayCall) -> SessionDescription? {
    council.description(
      among: call.negotiation.agreement?.local, at: call.phone?.index ?? 0,
      direction: MediaDirection(sends: true, receives: council.isListening), events: council.telephoneEvent)
  }
}
