import DTMF
import H225
import H245
import H323Endpoint
import PER
import SDP
import SIPDialog
import SIPMessage
import Wire

// What the SIP side tells.
extension Gateway {
  mutating func handle(_ event: UserAgentEvent, now: Instant, into sink: inout GatewaySink) {
    switch event {
    case .incoming(let call, let dialog, let message, let session, _):
      received(call, dialog, message, session, now: now, into: &sink)
    case .progress(let call, let dialog, let message, let session):
      guard let number = bySIP[call] else { return }
      if let dialog { note(dialog, of: number) }
      phoneRings(number, message, session, now: now, into: &sink)
    case .answered(let call, let dialog, let message, let session):
      guard let number = bySIP[call] else { return }
      note(dialog, of: number)
      phoneAnswered(number, message, session, now: now, into: &sink)
    case .acknowledged(let dialog, let session):
      guard let number = byDialog[dialog] else { return }
      phoneAcknowledged(number, session, now: now, into: &sink)
    case .sessionRequested(let dialog, let request, let message, let session):
      guard let number = byDialog[dialog] else {
        try? agent.refuse(request, status: 481, now: now, into: &sipSink)
        return
      }
      phoneChanges(number, request, message, session, now: now, into: &sink)
    case .requestCancelled(let dialog, let request):
      guard let number = byDialog[dialog], calls[number]?.pending?.request == request else { return }
      takeBack(number, now: now)
    case .sessionAccepted(let dialog, _, let session):
      guard let number = byDialog[dialog] else { return }
      phoneAccepted(number, session, now: now, into: &sink)
    case .sessionRefused(let dialog, _):
      guard let number = byDialog[dialog] else { return }
      phoneRefused(number, now: now, into: &sink)
    case .challenged(_, let call, let dialog, _):
      // We have no password for anybody: who asks for one has refused the call.
      guard let number = call.flatMap({ bySIP[$0] }) ?? dialog.flatMap({ byDialog[$0] }) else { return }
      end(number, cause: CauseTable.cause(status: 401), now: now, into: &sink)
    case .referred(_, let request, _, _):
      // A call into a room is not handed over to somebody else.
      try? agent.refuse(request, status: 603, now: now, into: &sipSink)
    case .request(let dialog, let request, let message):
      guard let number = byDialog[dialog] else {
        try? agent.refuse(request, status: 481, now: now, into: &sipSink)
        return
      }
      received(number, request, message, now: now)
    case .ended(let call, let reason):
      guard let number = bySIP[call] else { return }
      sipLegOver(number, reason, now: now, into: &sink)
    case .provisionalAcknowledged, .referAnswered, .referProgress:
      // Nothing of this was asked for.
      break
    }
  }

  private mutating func note(_ dialog: DialogHandle, of number: UInt64) {
    if let former = calls[number]?.dialog, former != dialog { byDialog[former] = nil }
    calls[number]?.dialog = dialog
    byDialog[dialog] = number
  }

  // MARK: A call into a room

  private mutating func received(
    _ handle: CallHandle, _ dialog: DialogHandle, _ message: SIPMessage, _ session: SessionPart, now: Instant,
    into sink: inout GatewaySink
  ) {
    guard let number = open(.sip, now: now), var call = calls[number] else {
      let headers = [ExtraHeader("Retry-After", "10")]
      try? agent.reject(handle, status: 503, headers: headers, now: now, into: &sipSink)
      return
    }
    let view = message.view
    call.sip = handle
    call.dialog = dialog
    bySIP[handle] = number
    byDialog[dialog] = number
    call.callID = (try? view.callID()).map { view.string($0) }
    call.traceID = view.first(.xIFTraceID).map { view.string($0.valueRange) }
    let user = view.first(.xIFAuthenticatedUser).map { view.string($0.valueRange) }
    let caller = Self.caller(view)
    call.display = caller.display
    call.source = rule.source(uri: caller.uri, display: caller.display ?? user)
    call.callIdentifier = unguessable()
    call.conferenceID = unguessable()
    guard let room = room(view, traceID: call.traceID) else {
      calls[number] = call
      return end(number, cause: 1, result: .rejected, now: now, into: &sink)
    }
    call.destination = room
    var isAcceptable = true
    if case .offer(let body) = session { isAcceptable = Self.takeOffer(body, in: &call, configuration.codecs) }
    calls[number] = call
    guard isAcceptable else { return end(number, cause: 65, result: .failed, now: now, into: &sink) }
    sink.actions.append(
      .admit(
        GatewayInquiry(
          call: GatewayCallHandle(number: number), direction: .toRoom(room), callIdentifier: call.callIdentifier,
          conferenceID: call.conferenceID, destination: [.h323ID(BMPString(room))], source: call.source,
          callID: call.callID, traceID: call.traceID,
          user: user, bandwidthBitsPerSecond: Self.bandwidth)))
  }

  /// 64 kbit/s each way.
  static var bandwidth: Int64 { 128_000 }

  /// Takes a phone's first offer; false when H.323 can have nothing of it.
  static func takeOffer(_ body: SessionBody, in call: inout GatewayCall, _ codecs: [AudioCapability.Codec]) -> Bool {
    guard let description = try? SessionDescription(parsing: body.bytes),
      let phone = PhoneMedia(description, codecs: codecs),
      (try? call.negotiation.receivedOffer(description)) != nil
    else { return false }
    call.phone = phone
    return true
  }

  /// The room that a Request-URI names: `council-<id>` by its own name, `council` by the call's trace_id (DOMAIN §6).
  private func room(_ view: SIPMessageView, traceID: String?) -> String? {
    guard let user = (try? SIPURI(parsing: view.slice(view.requestURI)))?.user else { return nil }
    let name = String(decoding: URIEscape.decode(user).prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
    guard name.utf8.count <= configuration.limits.aliasBytes else { return nil }
    let stem = "council-"
    if name.lowercased() == "council" { return traceID.map { stem + $0 } }
    return name.lowercased().hasPrefix(stem) && name.count > stem.count ? stem + name.dropFirst(stem.count) : nil
  }

  /// Who calls: the identity that the proxy lets through, which it does only where somebody stands for it, else From,
  /// which it has held against the credentials.
  private static func caller(_ view: SIPMessageView) -> (uri: String, display: String?) {
    if let asserted = (try? view.assertedIdentities())?.first(where: { $0.address.uri.sip != nil })?.address {
      return (asserted.uri.text, asserted.displayName)
    }
    guard let from = try? view.fromHeader() else { return ("", nil) }
    return (from.address.uri.text, from.address.displayName)
  }

  mutating func admit(
    _ number: UInt64, _ admission: GatewayAdmission, now: Instant, into sink: inout GatewaySink
  ) {
    guard var call = calls[number], call.phase == .admitting else { return }
    switch (admission, call.origin) {
    case (.refused(let cause, let reason), _):
      end(number, cause: cause, reason: reason, result: .rejected, now: now, into: &sink)
    case (.call(let route), .sip):
      guard call.admitted() == .call else { return }
      calls[number] = call
      setUp(number, route, now: now, into: &sink)
    case (.invite(let caller), .h323):
      guard call.admitted() == .invite else { return }
      call.traceID = caller.traceID
      calls[number] = call
      invite(number, caller, now: now, into: &sink)
    case (.call, .h323), (.invite, .sip):
      // An answer to another question.
      end(number, cause: 41, now: now, into: &sink)
    }
  }

  private mutating func setUp(
    _ number: UInt64, _ route: GatewayRoute, now: Instant, into sink: inout GatewaySink
  ) {
    guard var call = calls[number], let identifier = call.callIdentifier else { return }
    let local = call.phone?.local()
    var calling = H323Calling(
      to: route.address, destination: call.called, source: call.source,
      callIdentifier: identifier, conferenceID: call.conferenceID ?? identifier, media: local)
    calling.display = call.display
    calling.endpointIdentifier = route.endpointIdentifier
    calling.tokens = route.tokens
    calling.seal = route.seal
    if let identifier = configuration.traceIdentifier, let traceID = call.traceID {
      calling.nonStandardData = H225.NonStandardParameter(
        nonStandardIdentifier: .object(identifier), data: Array(traceID.utf8))
    }
    emit(.setupSent(to: route.address, destination: call.destination), of: call, into: &sink)
    guard let handle = endpoint.call(calling, now: now, into: &h323Sink) else {
      return end(number, cause: 42, status: 502, now: now, into: &sink)
    }
    call.h323 = handle
    call.local = local
    byH323[handle] = number
    calls[number] = call
  }

  // MARK: A call to a phone

  private mutating func invite(
    _ number: UInt64, _ caller: GatewayCaller, now: Instant, into sink: inout GatewaySink
  ) {
    guard var call = calls[number], let target = call.target, let h323 = call.h323,
      let host = SIPHost(configuration.domain),
      let from = try? SIPURI(user: URIEscape.encodeUser(caller.user), host: host)
    else { return end(number, cause: 1, now: now, into: &sink) }
    endpoint.proceed(h323, now: now, into: &h323Sink)
    var headers = [ExtraHeader("X-IF-Authenticated-User", caller.user)]
    if let traceID = caller.traceID { headers.append(ExtraHeader("X-IF-Trace-ID", traceID)) }
    var offer: SessionBody?
    if let told = call.told,
      let description = told.description(among: nil, at: 0, direction: .sendrecv, events: told.telephoneEvent),
      let stamped = try? call.negotiation.offer(description)
    {
      offer = SessionBody(stamped.bytes)
    }
    do throws(UserAgentError) {
      let handle = try agent.invite(
        target, from: NameAddress(displayName: call.display, sip: from).text, via: Self.proxy, offer: offer,
        headers: headers, callIDSuits: suits, now: now, into: &sipSink)
      call.sip = handle
      bySIP[handle] = number
      calls[number] = call
    } catch {
      end(number, cause: error == .malformedAddress ? 28 : 42, now: now, into: &sink)
    }
  }

  /// 18x: Alerting, with media where the phone has said which (RFC 4123 §9.3.1).
  private mutating func phoneRings(
    _ number: UInt64, _ message: SIPMessage, _ session: SessionPart, now: Instant, into sink: inout GatewaySink
  ) {
    guard var call = calls[number], call.phase == .inviting, let h323 = call.h323 else { return }
    let view = message.view
    if call.callID == nil { call.callID = (try? view.callID()).map { view.string($0) } }
    defer { calls[number] = call }
    if !call.hasEarlyMedia, call.negotiation.localOffer != nil, let phone = phone(in: session.body) {
      call.hasEarlyMedia = true
      call.hasRung = true
      call.local = phone.local(only: phone.audio.first?.codec)
      endpoint.alert(h323, media: call.local, now: now, into: &h323Sink)
    } else if view.statusCode == 180, !call.hasRung {
      call.hasRung = true
      endpoint.alert(h323, now: now, into: &h323Sink)
    }
  }

  private func phone(in body: SessionBody?) -> PhoneMedia? {
    guard let body, let description = try? SessionDescription(parsing: body.bytes) else { return nil }
    return PhoneMedia(description, codecs: configuration.codecs)
  }

  /// 2xx: Connect.
  private mutating func phoneAnswered(
    _ number: UInt64, _ message: SIPMessage, _ session: SessionPart, now: Instant, into sink: inout GatewaySink
  ) {
    guard var call = calls[number], call.phase == .inviting else { return }
    let view = message.view
    if call.callID == nil { call.callID = (try? view.callID()).map { view.string($0) } }
    var isAcceptable = false
    switch session {
    case .answer(let body):
      if let description = try? SessionDescription(parsing: body.bytes),
        (try? call.negotiation.receivedAnswer(description)) != nil,
        let phone = PhoneMedia(description, codecs: configuration.codecs)
      {
        call.phone = phone
        isAcceptable = true
      }
    case .offer(let body):
      call.owesAnswer = true
      isAcceptable = Self.takeOffer(body, in: &call, configuration.codecs)
    case .none, .preview: break
    }
    guard isAcceptable, call.answered() == .connect, let phone = call.phone, let h323 = call.h323 else {
      calls[number] = call
      return end(number, cause: 65, now: now, into: &sink)
    }
    // Of several codecs in an answer the phone sends the first.
    let local = phone.local(only: call.owesAnswer ? nil : phone.audio.first?.codec)
    call.local = local
    call.limit = now + configuration.mediaPatience
    calls[number] = call
    arm(number)
    emit(.connect(isOurs: true), of: call, into: &sink)
    endpoint.answer(h323, media: local, now: now, into: &h323Sink)
    considerMedia(number, now: now, into: &sink)
  }

  // MARK: ACK

  private mutating func phoneAcknowledged(
    _ number: UInt64, _ session: SessionPart, now: Instant, into sink: inout GatewaySink
  ) {
    guard let call = calls[number] else { return }
    if call.phase != .blind, case .answer(let body) = session {
      // The answer to an offer of ours in the 2xx of a re-INVITE without one.
      return take(answer: body, number, now: now, into: &sink)
    }
    if call.phase == .blind {
      guard case .answer(let body) = session, let description = try? SessionDescription(parsing: body.bytes),
        (try? calls[number]?.negotiation.receivedAnswer(description)) != nil,
        let phone = PhoneMedia(description, codecs: configuration.codecs)
      else { return end(number, cause: 65, now: now, into: &sink) }
      calls[number]?.phone = phone
    }
    switch calls[number]?.acknowledged() {
    case .connect:
      guard let phone = calls[number]?.phone, let h323 = call.h323 else { return }
      let local = phone.local(only: phone.audio.first?.codec)
      calls[number]?.local = local
      calls[number]?.limit = now + configuration.mediaPatience
      arm(number)
      endpoint.setMedia(h323, local, now: now, into: &h323Sink)
      considerMedia(number, now: now, into: &sink)
    case .compare: compare(number, now: now)
    case .none?, .call, .invite, .offerBlind, .considerMedia, .complete, nil: break
    }
  }
}
