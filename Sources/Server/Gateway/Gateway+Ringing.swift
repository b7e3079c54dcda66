import H323Endpoint
import SDP
import SIPDialog
import SIPMessage
import Wire

// Before the answer: Alerting and early media as provisional responses and the other way round (RFC 4123 §9.3), reliable
// ones wherever the phone knows of them (RFC 3262).
//
//     room's Alerting            ─▶ 180, to an INVITE without offer with one of nobody, answered in PRACK
//     Alerting and open channels ─▶ 183 with the answer: once and for all where it is reliable, else as a preview
//     phone's 18x with media     ─▶ Alerting, channels to the phone; PRACK by the user agent, with our answer if it offered
extension Gateway {
  // MARK: A call into a room

  /// Tells the phone what it has not heard yet. One reliable response at a time: what comes meanwhile waits for the PRACK.
  mutating func ring(_ number: UInt64, now: Instant) {
    guard let call = calls[number], call.phase == .calling, call.isAlerting || call.agreed.isHeardEarly else { return }
    let isAudible = call.agreed.outgoing != nil && call.agreed.incoming != nil
    if isAudible, !call.hasEarlyMedia, ringAudibly(number, now: now) { return }
    guard call.isAlerting, !call.hasRung else { return }
    ringSilently(number, now: now)
  }

  /// 180. The first reliable response to an INVITE without an offer has to make it (RFC 3261 §13.2.1).
  private mutating func ringSilently(_ number: UInt64, now: Instant) {
    guard var call = calls[number], let sip = call.sip else { return }
    let isReliable = agent.supportsReliable(sip)
    let offer = isReliable && call.phone == nil && call.told == nil ? offerOfNobody(in: &call) : nil
    do throws(UserAgentError) {
      try agent.ring(sip, session: offer, isReliable: isReliable, now: now, into: &sipSink)
      call.hasRung = true
      calls[number] = call
    } catch {
      // Another one waits for its PRACK.
    }
  }

  /// 183 with what the answer says; false when there is nothing to tell.
  private mutating func ringAudibly(_ number: UInt64, now: Instant) -> Bool {
    guard var call = calls[number], let sip = call.sip, call.negotiation.remoteOffer != nil,
      let council = council(for: &call, now: now)
    else { return false }
    let isReliable = agent.supportsReliable(sip)
    let offered = call.negotiation
    guard let body = Self.answer(in: &call.negotiation, for: call, council) else { return false }
    if isReliable {
      call.told = council
    } else {
      // What the answer will say; it is not the answer (RFC 6337 §3.1).
      call.negotiation = offered
      call.eventsAssumedUntil = nil
    }
    do throws(UserAgentError) {
      try agent.ring(sip, status: 183, session: body, isReliable: isReliable, now: now, into: &sipSink)
      (call.hasRung, call.hasEarlyMedia) = (true, true)
      calls[number] = call
      arm(number)
    } catch {
      // Another one waits for its PRACK.
    }
    return true
  }

  /// The PRACK of a response of ours, perhaps with the answer to its offer.
  mutating func provisionalAcknowledged(
    _ number: UInt64, _ session: SessionPart, now: Instant, into sink: inout GatewaySink
  ) {
    if case .answer(let body) = session {
      guard let description = try? SessionDescription(parsing: body.bytes),
        (try? calls[number]?.negotiation.receivedAnswer(description)) != nil,
        let phone = PhoneMedia(description, codecs: configuration.codecs)
      else { return end(number, cause: 65, now: now, into: &sink) }
      calls[number]?.phone = phone
      if let call = calls[number], call.phase == .calling { tellRoom(number, phone.first, now: now) }
    }
    ring(number, now: now)
  }

  // MARK: A call to a phone

  /// 18x: Alerting, with media where the phone has said which (RFC 4123 §9.3.1).
  mutating func phoneRings(
    _ number: UInt64, _ dialog: DialogHandle?, _ message: SIPMessage, _ session: SessionPart, now: Instant,
    into sink: inout GatewaySink
  ) {
    guard var call = calls[number], call.phase == .inviting, let h323 = call.h323 else { return }
    let view = message.view
    if call.callID == nil { call.callID = (try? view.callID()).map { view.string($0) } }
    var local = call.negotiation.localOffer == nil ? nil : phone(in: session.body)?.first
    switch session {
    case .answer(let body):
      guard let dialog, let early = takeEarly(answer: body, of: call) else { break }
      call.early[dialog] = early
      local = early.local
    case .offer(let body):
      // The PRACK has to bring an answer, and at once: what waits for it is sent again and again.
      guard let dialog, let (early, answer) = takeEarly(offer: body, of: call) else {
        return end(number, cause: 65, now: now, into: &sink)
      }
      call.early[dialog] = early
      local = early.local
      try? agent.acknowledgeProvisional(dialog, answer: answer, now: now, into: &sipSink)
    case .none, .preview: break
    }
    if !call.hasEarlyMedia, let local {
      (call.hasEarlyMedia, call.hasRung, call.local) = (true, true, local)
      endpoint.alert(h323, media: local, now: now, into: &h323Sink)
    } else if view.statusCode == 180, !call.hasRung {
      call.hasRung = true
      endpoint.alert(h323, now: now, into: &h323Sink)
    }
    calls[number] = call
  }

  /// The answer to our offer, in a reliable response; nil when it is none that can be used.
  private func takeEarly(answer body: SessionBody, of call: GatewayCall) -> GatewayCall.EarlySession? {
    var negotiation = call.negotiation
    guard let description = try? SessionDescription(parsing: body.bytes),
      (try? negotiation.receivedAnswer(description)) != nil,
      let phone = PhoneMedia(description, codecs: configuration.codecs)
    else { return nil }
    return GatewayCall.EarlySession(negotiation: negotiation, phone: phone, local: phone.first, told: nil)
  }

  /// An offer in a reliable response, and our answer to it: the H.323 side cannot say where it takes media before it has
  /// heard where the phone does, so nobody is there yet, and a re-INVITE follows.
  private func takeEarly(
    offer body: SessionBody, of call: GatewayCall
  ) -> (early: GatewayCall.EarlySession, answer: SessionBody)? {
    var call = call
    let council = CouncilMedia.unknown(configuration.codecs)
    guard takeOffer(body, in: &call), let phone = call.phone,
      let answer = Self.answer(in: &call.negotiation, for: call, council)
    else { return nil }
    let early = GatewayCall.EarlySession(
      negotiation: call.negotiation, phone: phone, local: phone.first, told: council)
    return (early, answer)
  }
}
