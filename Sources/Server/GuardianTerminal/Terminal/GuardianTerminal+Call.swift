import Admissions
import H225
import H245
public import H323Endpoint
import PER
public import Wire

// The call: what the endpoint wants, and what it says.
extension GuardianTerminal {
  // MARK: Connections

  /// See ``H323EndpointOwner``. Calls that come in are refused as by somebody who is busy.
  public mutating func withEndpoint<Result>(
    now: Instant, into sink: inout GuardianSink, _ body: (inout H323Endpoint, inout H323EndpointSink) -> Result
  ) -> Result {
    let result = body(&endpoint, &endpointSink)
    settle(now, &sink)
    return result
  }

  // MARK: Calling

  mutating func call(_ address: SocketAddress, _ now: Instant, _ sink: inout GuardianSink) {
    report.called = address
    report.stage = .call
    var calling = H323Calling(
      to: address, destination: [.h323ID(BMPString(configuration.room))], source: configuration.aliasAddresses,
      callIdentifier: callIdentifier, conferenceID: conferenceID, media: localMedia)
    calling.display = configuration.aliases.first ?? configuration.terminalID
    calling.endpointIdentifier = ras?.endpointIdentifier
    if let token = admissionToken(at: now) { calling.tokens = [token] }
    calling.nonStandardData = configuration.traceID.map { CouncilData.traceID($0) }
    calledAt = now
    guard let call = endpoint.call(calling, now: now, into: &endpointSink) else {
      return fail("the call to \(address) could not be made", now, &sink)
    }
    phase = .calling(call, since: now)
  }

  private var localMedia: H323LocalMedia {
    H323LocalMedia(
      media: configuration.media, mediaControl: configuration.control,
      capabilities: LocalCapabilities(
        audio: configuration.codecs, telephoneEventPayloadType: GuardianConfiguration.keyPayloadType))
  }

  // MARK: What was said

  /// Hands on what endpoint and client want until they want nothing more.
  mutating func settle(_ now: Instant, _ sink: inout GuardianSink) {
    // Bounded by what a message can cause; the number keeps a mistake from going round for ever.
    for _ in 0..<64 {
      guard !endpointSink.actions.isEmpty || !rasActions.isEmpty else { return }
      for action in endpointSink.take() {
        if case .event(let event) = action { happened(event, now, &sink) } else { sink.actions.append(.link(action)) }
      }
      let actions = rasActions
      rasActions = []
      for action in actions { perform(action, now, &sink) }
    }
  }

  private mutating func happened(_ event: H323EndpointEvent, _ now: Instant, _ sink: inout GuardianSink) {
    switch event {
    case .incoming(let call, _): endpoint.release(call, cause: 17, now: now, into: &endpointSink)
    case .proceeding, .other: break
    case .redirected(let call, let redirection): if isOurs(call) { consider(redirection, now, &sink) }
    case .alerting(let call):
      if isOurs(call) { sink.actions.append(.progress(.ringing)) }
    case .connected(let call, _):
      guard case .calling(let ours, let since) = phase, ours == call else { return }
      phase = .inside(call, since: now)
      report.stage = .room
      report.setup = now - since
      if !digits.isEmpty { nextDigit = now + Self.digitInterval * 2 }
      sink.actions.append(.progress(.connected))
    case .media(let call, let media): if isOurs(call) { agreed(media, now, &sink) }
    case .digit(let call, let digit, _): if isOurs(call) { note(digit: digit, &sink) }
    case .released(let call, let release): if isOurs(call) { released(release, now, &sink) }
    }
  }

  // MARK: Led elsewhere

  /// The other side wants the call led elsewhere: to the gatekeeper where that one takes calls, to somebody else by its leave;
  /// without one to the same host.
  private mutating func consider(_ wish: H323Redirection, _ now: Instant, _ sink: inout GuardianSink) {
    if ras?.isRegistered == true, wish.kind != .gatekeeper, !wish.aliases.isEmpty {
      redirection = wish
      if ask(wish.aliases, Tag.redirection, now) { return }
    }
    redirection = nil
    let place =
      wish.kind == .gatekeeper ? wish.place(amongGatekeepers: gatekeeperSignalling) : wish.place(within: [])
    lead(wish, to: place, now, &sink)
  }

  mutating func redirectionAnswered(_ answer: RasMessage?, _ now: Instant, _ sink: inout GuardianSink) {
    guard let wish = redirection else { return }
    redirection = nil
    guard case .admissionConfirm(let confirm)? = answer else { return lead(wish, to: nil, now, &sink) }
    lead(wish, to: confirm.destCallSignalAddress.socketAddress, now, &sink)
  }

  private mutating func lead(
    _ wish: H323Redirection, to place: SocketAddress?, _ now: Instant, _ sink: inout GuardianSink
  ) {
    guard case .calling(let call, _) = phase else { return }
    guard let place else {
      let named = wish.address.map { "\($0)" } ?? "somebody else"
      return fail("the call was to be led to \(named), where nobody lets it go (\(wish.kind.rawValue))", now, &sink)
    }
    report.called = place
    endpoint.redirect(call, to: wish.rerouting(to: place), now: now, into: &endpointSink)
  }

  private func isOurs(_ call: H323CallHandle) -> Bool {
    switch phase {
    case .calling(let ours, _), .inside(let ours, _), .hangingUp(let ours, _, _): ours == call
    case .idle, .registering, .admitting, .leaving, .over: false
    }
  }

  private mutating func agreed(_ media: H323Media, _ now: Instant, _ sink: inout GuardianSink) {
    let (outgoing, incoming) = (media.outgoing.flatMap(LegStream.init), media.incoming.flatMap(LegStream.init))
    leg.set(outgoing: outgoing, incoming: incoming, peersKeys: media.telephoneEventPayloadType)
    if let outgoing { report.outgoing = outgoing }
    if let incoming { report.incoming = incoming }
    if nextTick == nil { nextTick = now }
    sink.actions.append(.progress(.media(sent: outgoing?.name, received: incoming?.name)))
  }

  private mutating func released(_ release: H323Release, _ now: Instant, _ sink: inout GuardianSink) {
    report.release = release
    switch phase {
    case .calling:
      if report.failure == nil {
        report.failure = GuardianWords.release(
          release, to: report.called ?? SocketAddress(ip: IPAddress(v4: 0), port: 0))
      }
    case .hangingUp(_, let since, _): report.duration = since.map { now - $0 }
    case .inside(_, let since):
      report.duration = now - since
      // Who ends a room ends it in order; all else was not wished.
      if release.side != .us, release.side != .peer || release.cause != 16, report.failure == nil {
        report.failure = GuardianWords.loss(release)
      }
    case .idle, .registering, .admitting, .leaving, .over: break
    }
    leave(now, &sink)
  }
}
