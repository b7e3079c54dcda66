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
    case .incoming(let call, let dialog, let message, let session, let replaced):
      received(call, dialog, message, session, replacing: replaced, now: now, into: &sink)
    case .progress(let call, let dialog, let message, let session):
      guard let number = bySIP[call] else { return }
      if let dialog { note(dialog, of: number) }
      phoneRings(number, dialog, message, session, now: now, into: &sink)
    case .answered(let call, let dialog, let message, let session):
      guard let number = bySIP[call] else { return }
      note(dialog, of: number)
      phoneAnswered(number, dialog, message, session, now: now, into: &sink)
    case .provisionalAcknowledged(let dialog, let session):
      guard let number = byDialog[dialog] else { return }
      provisionalAcknowledged(number, session, now: now, into: &sink)
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
    case .referAnswered, .referProgress:
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
    _ handle: CallHandle, _ dialog: DialogHandle, _ message: SIPMessage, _ session: SessionPart,
    replacing replaced: DialogHandle?, now: Instant, into sink: inout GatewaySink
  ) {
    if let headers = Self.unreadable(message, session) {
      counts[.failed] &+= 1
      try? agent.reject(handle, status: 415, headers: headers, now: now, into: &sipSink)
      return
    }
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
    call.user = user
    call.isAnonymous = caller == nil
    let display = caller?.display.map { HarmlessText.of($0, maxBytes: configuration.limits.aliasBytes) }
    call.display = caller == nil ? Self.anonymous : display
    call.source =
      caller.map { rule.source(uri: $0.uri, display: display ?? user) } ?? [.h323ID(BMPString(Self.anonymous))]
    call.callIdentifier = unguessable()
    call.conferenceID = unguessable()
    guard let room = room(view, traceID: call.traceID) else {
      calls[number] = call
      return end(number, cause: 1, result: .rejected, now: now, into: &sink)
    }
    call.destination = room
    if let replaced, !mayReplace(replaced, call) {
      calls[number] = call
      return end(number, cause: 21, result: .rejected, now: now, into: &sink)
    }
    var isAcceptable = true
    if case .offer(let body) = session { isAcceptable = takeOffer(body, in: &call) }
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
  func takeOffer(_ body: SessionBody, in call: inout GatewayCall) -> Bool {
    guard let description = try? SessionDescription(parsing: body.bytes),
      description.media.count <= configuration.limits.streams,
      let phone = PhoneMedia(description, codecs: configuration.codecs),
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

  /// What a phone is told whose body is nothing that we can read (RFC 3261 §8.2.3); nil when it is.
  static func unreadable(_ message: SIPMessage, _ session: SessionPart) -> [ExtraHeader]? {
    guard let body = session.body else { return nil }
    if message.view.contains(.contentEncoding) { return [ExtraHeader("Accept-Encoding", "identity")] }
    guard let type = try? MediaType(body.contentType), MediaType.sdp.accepts(type) else {
      return [ExtraHeader("Accept", "application/sdp, multipart/mixed")]
    }
    return nil
  }

  /// Whether a call may take the place of another one (RFC 3891 §3): its own user's, in the same room. Whoever has heard of
  /// the names of somebody's dialog could end their call otherwise.
  private func mayReplace(_ dialog: DialogHandle, _ call: GatewayCall) -> Bool {
    guard let former = byDialog[dialog].flatMap({ calls[$0] }), let user = call.user else { return false }
    return former.origin == .sip && former.user == user && former.destination == call.destination
  }

  /// The name of those who do not want to be named.
  static let anonymous = "Anonymous"

  /// Who calls: the identity that the proxy lets through, which it does only where somebody stands for it, else From,
  /// which it has held against the credentials. Nil for who does not want to be named to those who are called (RFC 3323,
  /// RFC 3325 §7): what is within the node still knows.
  private static func caller(_ view: SIPMessageView) -> (uri: String, display: String?)? {
    if view.contains(.privacy) {
      // What cannot be read is taken for a wish.
      guard let privacy = (try? view.privacy()) ?? nil, !privacy.contains("id"), !privacy.contains("user") else {
        return nil
      }
    }
    if let asserted = (try? view.assertedIdentities())?.first(where: { $0.address.uri.sip != nil })?.address {
      return (asserted.uri.text, asserted.displayName)
    }
    guard let from = try? view.fromHeader() else { return ("", nil) }
    if from.address.uri.sip?.host.text.lowercased() == Self.anonymousHost { return nil }
    return (from.address.uri.text, from.address.displayName)
  }

  /// The host of an address that is none (RFC 3323 §4.1.1.3).
  private static let anonymousHost = "anonymous.invalid"

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
    calling.isPresentationRestricted = call.isAnonymous
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
    var address = NameAddress(displayName: call.display, sip: from).text
    if call.isAnonymous {
      headers.append(ExtraHeader("Privacy", "id"))
      address = "\"\(Self.anonymous)\" <sip:anonymous@\(Self.anonymousHost)>"
    }
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
        target, from: address, via: Self.proxy, offer: offer,
        headers: headers, callIDSuits: suits, now: now, into: &sipSink)
      call.sip = handle
      bySIP[handle] = number
      calls[number] = call
    } catch {
      end(number, cause: error == .malformedAddress ? 28 : 42, now: now, into: &sink)
    }
  }

  func phone(in body: SessionBody?) -> PhoneMedia? {
    guard let body, let description = try? SessionDescription(parsing: body.bytes) else { return nil }
    return PhoneMedia(description, codecs: configuration.codecs)
  }

  /// 2xx: Connect.
  private mutating func phoneAnswered(
    _ number: UInt64, _ dialog: DialogHandle, _ message: SIPMessage, _ session: SessionPart, now: Instant,
    into sink: inout GatewaySink
  ) {
    guard var call = calls[number], call.phase == .inviting else { return }
    let view = message.view
    if call.callID == nil { call.callID = (try? view.callID()).map { view.string($0) } }
    var isAcceptable = false
    let early = call.early[dialog]
    call.early = [:]
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
      isAcceptable = takeOffer(body, in: &call)
    case .none, .preview:
      // It was said in a reliable provisional response of this phone's.
      guard let early else { break }
      (call.negotiation, call.phone, call.told) = (early.negotiation, early.phone, early.told ?? call.told)
      isAcceptable = true
    }
    guard isAcceptable, call.answered() == .connect, let phone = call.phone, let h323 = call.h323 else {
      calls[number] = call
      return end(number, cause: 65, now: now, into: &sink)
    }
    // Of several codecs in an answer the phone sends the first.
    let local = early?.local ?? phone.local(only: call.owesAnswer ? nil : phone.audio.first?.codec)
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
    if call.phase == .blind, call.phone == nil {
      guard case .answer(let body) = session, let description = try? SessionDescription(parsing: body.bytes),
        (try? calls[number]?.negotiation.receivedAnswer(description)) != nil,
        let phone = PhoneMedia(description, codecs: configuration.codecs)
      else { return end(number, cause: 65, now: now, into: &sink) }
      calls[number]?.phone = phone
    }
    switch calls[number]?.acknowledged() {
    case .connect:
      guard let phone = calls[number]?.phone, let h323 = call.h323 else { return }
      let local = phone.first
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
