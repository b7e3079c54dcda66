import Gateway
import H225
import H245
import H323Endpoint
import PER
import SDP
import SIPDialog
import SIPMessage
import SIPTransaction
import Testing
import Wire

/// The proxy's side of the gateway: a phone that talks to it without anything between.
final class Caller {
  var agent: UserAgent
  var sink = UserAgentSink()
  var events: [UserAgentEvent] = []
  /// Start lines that it has received, as `180 INVITE` and `BYE`.
  var heard: [String] = []
  /// What it has sent.
  var said: [String] = []
  var messages: [SIPMessage] = []
  var react: (Caller, UserAgentEvent, Instant) -> Void = { _, _, _ in }
  var call: CallHandle?
  var dialog: DialogHandle?

  init(seed: UInt64, reliability: UserAgentConfiguration.Reliability, sessionSeconds: UInt32? = nil) {
    let configuration = UserAgentConfiguration(
      contact: "sip:expert@192.0.2.1:5060", sentBy: "192.0.2.1:5060", reliability: reliability,
      sessionSeconds: sessionSeconds)
    agent = UserAgent(configuration: configuration, seed: (seed, 2, 3, seed))
  }

  static let hop = Hop(transport: .tcp, remote: address(5060, host: 0xC000_0201), connection: ConnectionID(7))

  /// The last description that came, in any message.
  var description: SessionDescription? {
    for message in messages.reversed() {
      let view = message.view
      guard view.body.count > 0 else { continue }
      if let description = try? SessionDescription(parsing: view.slice(view.body)) { return description }
    }
    return nil
  }

  func header(_ name: SIPHeaderName, of summary: String) -> String? {
    guard let place = heard.lastIndex(of: summary) else { return nil }
    let message = messages[place]
    let view = message.view
    return view.first(name).map { view.string($0.valueRange) }
  }

  /// Whether the last of these has a body; nil: none has come.
  func hasBody(_ summary: String) -> Bool? {
    guard let place = heard.lastIndex(of: summary) else { return nil }
    let message = messages[place]
    return !message.view.body.isEmpty
  }

  var end: EndReason? {
    for case .ended(_, let reason) in events { return reason }
    return nil
  }
}

/// A room, or an endpoint that calls: the far end of the H.323 side.
final class Room {
  var endpoint: H323Endpoint
  var sink = H323EndpointSink()
  var events: [H323EndpointEvent] = []
  var react: (Room, H323EndpointEvent, Instant) -> Void = { _, _, _ in }
  var call: H323CallHandle?
  var invitation: H323Invitation?

  init(_ configuration: H323EndpointConfiguration, seed: UInt64) {
    endpoint = H323Endpoint(configuration: configuration, seed: seed)
  }

  var media: H323Media? { call.flatMap { endpoint.media(of: $0) } }
  var release: H323Release? {
    for case .released(_, let release) in events { return release }
    return nil
  }
  var digits: String {
    String(
      decoding: events.compactMap { event -> UInt8? in
        if case .digit(_, let digit, _) = event { digit } else { nil }
      }, as: UTF8.self)
  }
}

/// Phone, gateway and room on virtual time; what is between them is in order and never lost.
final class Road {
  let phone: Caller
  let room: Room
  var gateway: Gateway
  private var sink = GatewaySink()
  private(set) var events: [GatewayEvent] = []
  private(set) var inquiries: [GatewayInquiry] = []
  private(set) var disengaged: [GloballyUniqueID] = []
  /// What is said to calls that want to be let in; nil: nothing yet.
  var admission: (GatewayInquiry) -> GatewayAdmission? = { inquiry in
    switch inquiry.direction {
    case .toRoom: .call(GatewayRoute(to: address(1720, host: roomHost)))
    case .toSIP: .invite(GatewayCaller(user: "guardian-technical", traceID: "trace-9"))
    }
  }
  /// Every byte that the gateway has sent to the room's side.
  private(set) var toRoom: [UInt8] = []
  /// Whether what the phone sends arrives.
  var isPhoneHeard = true
  /// Whether the room can be reached.
  var isReachable = true
  private(set) var now = Instant(milliseconds: 1_000)
  private var queue: [() -> Void] = []
  private var random: SplitMix64
  /// Connections: an end of the gateway's, an end of the room's.
  private var links: [(ours: H323Link?, theirs: H323Link?)] = []
  private var listeners: [UInt16: (isGateways: Bool, link: H323Link)] = [:]
  private var nextPort: UInt16 = 30_000
  /// Of the gateway's last Setup.
  private var lastReference: UInt16 = 0
  /// What is said when the room wants a call led elsewhere; nil: nothing yet.
  var rerouting: (H323Redirection) -> GatewayAdmission? = { _ in .refused(cause: 21, reason: .noPermission) }
  private(set) var redirections: [H323Redirection] = []

  init(
    seed: UInt64 = 1, gateway options: Options = Options(), room roomOptions: Options = Options(),
    reliability: UserAgentConfiguration.Reliability = .off, sessionSeconds: UInt32? = nil,
    _ change: (inout GatewayConfiguration) -> Void = { _ in }
  ) {
    random = SplitMix64(seed: seed)
    phone = Caller(seed: seed, reliability: reliability, sessionSeconds: sessionSeconds)
    room = Room(roomOptions.configuration(60), seed: seed &+ 3)
    var configuration = GatewayConfiguration(domain: "if.internal", endpoint: options.configuration(60))
    configuration.traceIdentifier = ObjectIdentifier(arcs: [1, 3, 6, 1, 4, 1, 99_999])
    change(&configuration)
    gateway = Gateway(configuration, seed: (seed, 1, 2, 3, seed &+ 4, 5))
  }

  // MARK: Doing

  func withPhone(_ body: (inout UserAgent, Instant, inout UserAgentSink) throws -> Void) rethrows {
    defer { flushPhone() }
    try body(&phone.agent, now, &phone.sink)
  }

  func withRoom(_ body: (inout H323Endpoint, Instant, inout H323EndpointSink) -> Void) {
    body(&room.endpoint, now, &room.sink)
    flushRoom()
  }

  private func flushPhone() {
    for action in phone.sink.take() {
      switch action {
      case .send(let bytes, _, _):
        phone.said.append(String(decoding: bytes, as: UTF8.self))
        queue.append { [unowned self] in
          guard isPhoneHeard, let message = try? SIPMessage(parsing: bytes) else { return }
          gateway.receive(message, now: now, into: &sink)
          flushGateway()
        }
      case .event(let event):
        phone.events.append(event)
        switch event {
        case .incoming(let call, let dialog, _, _, _), .answered(let call, let dialog, _, _):
          (phone.call, phone.dialog) = (call, dialog)
        default: break
        }
        phone.react(phone, event, now)
      }
    }
    if !phone.sink.actions.isEmpty { flushPhone() }
  }

  private func flushGateway() {
    for action in sink.take() {
      switch action {
      case .sip(let bytes):
        queue.append { [unowned self] in
          guard let message = try? SIPMessage(parsing: bytes) else {
            Issue.record("the gateway has sent what is no SIP message")
            return
          }
          let view = message.view
          phone.heard.append(
            view.isRequest ? view.method.name : "\(view.statusCode) \((try? view.cseq().method.name) ?? "?")")
          phone.messages.append(message)
          phone.agent.receive(message, from: Caller.hop, now: now, into: &phone.sink)
          flushPhone()
        }
      case .h323(let action): perform(action, isGateways: true)
      case .admit(let inquiry):
        inquiries.append(inquiry)
        if let admission = admission(inquiry) { gateway.admitted(inquiry.call, admission, now: now, into: &sink) }
      case .redirect(let inquiry, let redirection):
        redirections.append(redirection)
        if let answer = rerouting(redirection) { gateway.redirected(inquiry.call, answer, now: now, into: &sink) }
      case .disengage(_, let identifier): disengaged.append(identifier)
      case .event(let event): events.append(event)
      }
    }
    if !sink.actions.isEmpty { flushGateway() }
  }

  private func flushRoom() {
    for action in room.sink.take() {
      if case .event(let event) = action {
        room.events.append(event)
        if case .incoming(let call, let invitation) = event { (room.call, room.invitation) = (call, invitation) }
        room.react(room, event, now)
      } else {
        perform(action, isGateways: false)
      }
    }
    if !room.sink.actions.isEmpty { flushRoom() }
  }

  // MARK: H.323 connections

  private func perform(_ action: H323EndpointAction, isGateways: Bool) {
    switch action {
    case .event: Issue.record("an event is no action of a connection")
    case .connect(let link, let to):
      links.append(isGateways ? (link, nil) : (nil, link))
      let number = links.count - 1
      queue.append { [unowned self] in connect(number, isGateways: isGateways, to) }
    case .send(let bytes, let link):
      if isGateways { toRoom += bytes }
      guard let number = place(of: link, isGateways) else { return }
      queue.append { [unowned self] in
        if isGateways, let message = try? Q931Message(decoding: bytes.span), message.messageType == .setup {
          lastReference = message.callReference
        }
        if isGateways {
          guard let theirs = links[number].theirs else { return }
          withRoom { $0.received(bytes.span, on: theirs, now: $1, into: &$2) }
        } else {
          guard let ours = links[number].ours else { return }
          gateway.received(bytes.span, on: ours, now: now, into: &sink)
          flushGateway()
        }
      }
    case .close(let link):
      listeners = listeners.filter { $0.value.isGateways != isGateways || $0.value.link != link }
      guard let number = place(of: link, isGateways) else { return }
      if isGateways { links[number].ours = nil } else { links[number].theirs = nil }
      queue.append { [unowned self] in close(number, isGateways: !isGateways) }
    case .listen(let link):
      nextPort += 1
      listeners[nextPort] = (isGateways, link)
      let at = address(nextPort, host: isGateways ? gatewayHost : roomHost)
      if isGateways {
        gateway.listening(link, at: at, now: now, into: &sink)
        flushGateway()
      } else {
        withRoom { $0.listening(link, at: at, now: $1, into: &$2) }
      }
    }
  }

  private func place(of link: H323Link, _ isGateways: Bool) -> Int? {
    links.firstIndex { (isGateways ? $0.ours : $0.theirs) == link }
  }

  private func connect(_ number: Int, isGateways: Bool, _ to: SocketAddress) {
    let listening = listeners[to.port].flatMap { $0.isGateways != isGateways ? $0.link : nil }
    let isOpen = isReachable && (to.port == 1720 || listening != nil)
    if isGateways {
      guard let ours = links[number].ours else { return }
      if isOpen {
        withRoom {
          links[number].theirs = $0.accepted(
            from: address(50_000, host: gatewayHost), local: to, to: listening, now: $1, into: &$2)
        }
      }
      if links[number].theirs == nil {
        links[number].ours = nil
        gateway.closed(ours, now: now, into: &sink)
      } else {
        gateway.opened(ours, local: address(50_000, host: gatewayHost), now: now, into: &sink)
      }
      flushGateway()
    } else {
      guard let theirs = links[number].theirs else { return }
      if isOpen {
        links[number].ours = gateway.accepted(
          from: address(50_001, host: roomHost), local: to, to: listening, now: now, into: &sink)
        flushGateway()
      }
      if links[number].ours == nil {
        links[number].theirs = nil
        withRoom { $0.closed(theirs, now: $1, into: &$2) }
      } else {
        withRoom { $0.opened(theirs, local: address(50_001, host: roomHost), now: $1, into: &$2) }
      }
    }
  }

  private func close(_ number: Int, isGateways: Bool) {
    if isGateways {
      guard let ours = links[number].ours else { return }
      links[number].ours = nil
      gateway.closed(ours, now: now, into: &sink)
      flushGateway()
    } else {
      guard let theirs = links[number].theirs else { return }
      links[number].theirs = nil
      withRoom { $0.closed(theirs, now: $1, into: &$2) }
    }
  }

  /// Loses every connection of the H.323 side.
  func cut() {
    for number in links.indices {
      close(number, isGateways: true)
      close(number, isGateways: false)
    }
  }

  /// The room wants the call led elsewhere; its endpoint has no word for that.
  func wish(_ reason: FacilityReason, to address: SocketAddress?, aliases: [AliasAddress] = []) throws {
    var body = FacilityUUIE(protocolIdentifier: ProtocolIdentifier.ours, reason: reason)
    body.alternativeAddress = address.map { .ipAddress($0.ip, port: $0.port) }
    body.alternativeAliasAddress = aliases.isEmpty ? nil : aliases
    let message = Q931Message(.facility, callReference: lastReference, isFromDestination: true)
    let unit = H323UserInformation(h323UUPDU: H323UUPDU(h323MessageBody: .facility(body)))
    let octets = try CallSignallingMessage(message, unit).encoded()
    guard let ours = links.last(where: { $0.ours != nil })?.ours else { return }
    gateway.received(octets.span, on: ours, now: now, into: &sink)
    flushGateway()
    run()
  }

  // MARK: Time

  /// Lets one thing arrive; false when nothing is under way.
  @discardableResult
  func step() -> Bool {
    guard !queue.isEmpty else { return false }
    queue.removeFirst()()
    return true
  }

  func run() {
    var steps = 0
    while step() {
      steps += 1
      guard steps < 20_000 else {
        Issue.record("no end in sight")
        return
      }
    }
  }

  func wait(_ duration: Duration) {
    let end = now + duration
    run()
    var steps = 0
    while let next = nextDeadline, next <= end {
      steps += 1
      guard steps < 20_000 else {
        Issue.record("no end of timers in sight")
        return
      }
      now = max(now, next)
      gateway.advance(now: now, into: &sink)
      flushGateway()
      phone.agent.advance(now: now, into: &phone.sink)
      flushPhone()
      withRoom { $0.advance(now: $1, into: &$2) }
      run()
    }
    now = end
  }

  private var nextDeadline: Instant? {
    [gateway.nextDeadline, phone.agent.nextDeadline, room.endpoint.nextDeadline].compactMap { $0 }.min()
  }

  func admit(_ call: GatewayCallHandle, _ admission: GatewayAdmission) {
    gateway.admitted(call, admission, now: now, into: &sink)
    flushGateway()
  }

  func answerRedirection(_ call: GatewayCallHandle, _ answer: GatewayAdmission) {
    gateway.redirected(call, answer, now: now, into: &sink)
    flushGateway()
  }

  func endCall(_ call: GatewayCallHandle) {
    gateway.end(call, now: now, into: &sink)
    flushGateway()
  }

  // MARK: A call in a few words

  static let facts = [
    ExtraHeader("X-IF-Trace-ID", "trace-7"), ExtraHeader("X-IF-Authenticated-User", "expert-safety"),
  ]

  func dial(
    _ target: String = "sip:council@if.internal", offer: String? = Descriptions.plain,
    type: String = "application/sdp", headers: [ExtraHeader] = Road.facts,
    from: String = "\"Safety Expert\" <sip:expert-safety@external.advisor>"
  ) throws {
    try withPhone { agent, now, sink in
      phone.call = try agent.invite(
        target, from: from, via: Caller.hop, offer: offer.map { SessionBody($0, contentType: type) }, headers: headers,
        now: now, into: &sink)
    }
    run()
  }

  /// What the room does about a Setup: proceeds, rings, answers.
  func roomAnswers(rings: Bool = true, early: Bool = false, answers: Bool = true, media: H323LocalMedia = roomMedia()) {
    room.react = { room, event, now in
      guard case .incoming(let call, _) = event else { return }
      room.endpoint.proceed(call, now: now, into: &room.sink)
      if rings { room.endpoint.alert(call, media: early ? media : nil, now: now, into: &room.sink) }
      if answers { room.endpoint.answer(call, media: media, now: now, into: &room.sink) }
    }
  }

  /// A call with media both ways.
  func establish(offer: String = Descriptions.plain) throws {
    roomAnswers()
    try dial(offer: offer)
    wait(.seconds(1))
  }

  /// The H.323 side calls a phone.
  func roomCalls(
    _ destination: [AliasAddress] = [.urlID("sip:expert-safety@external.advisor")],
    media: H323LocalMedia? = roomMedia(), _ change: (inout H323Calling) -> Void = { _ in }
  ) {
    var calling = H323Calling(
      to: address(1720, host: gatewayHost), destination: destination, source: [.h323ID("technical")],
      callIdentifier: GloballyUniqueID(high: 11, low: 12), conferenceID: GloballyUniqueID(high: 13, low: 14),
      media: media)
    change(&calling)
    withRoom { room.call = $0.call(calling, now: $1, into: &$2) }
    run()
  }

  /// Who ends a call.
  enum Ending: Sendable, CaseIterable {
    case phone, room, connection
  }

  /// Ends the call as it stands.
  func end(_ how: Ending) {
    switch how {
    case .phone:
      withPhone { agent, now, sink in
        if let call = phone.call { try? agent.hangUp(call, now: now, into: &sink) }
      }
    case .room:
      withRoom { endpoint, now, sink in
        if let call = room.call { endpoint.release(call, cause: 17, now: now, into: &sink) }
      }
    case .connection: cut()
    }
  }

  /// Gives the gateway a message that the phone's agent would not send.
  func say(_ text: String) {
    guard let message = try? SIPMessage(parsing: Array(text.utf8)) else {
      Issue.record("no SIP message")
      return
    }
    gateway.receive(message, now: now, into: &sink)
    flushGateway()
    run()
  }

  /// Lets everything end that ends by itself, and sees that nothing is left.
  func expectNothingLeft(_ comment: Comment? = nil, location: SourceLocation = #_sourceLocation) {
    wait(.seconds(700))
    let counts = gateway.legCounts
    #expect(counts.calls == 0 && counts.sip == 0 && counts.h323 == 0, comment, sourceLocation: location)
    let isEmpty = gateway.isEmpty
    #expect(isEmpty, comment, sourceLocation: location)
    let (calls, legs) = (room.endpoint.callCount, phone.agent.callCount)
    #expect(calls == 0 && legs == 0, comment, sourceLocation: location)
    #expect(inquiries.count == 0 || disengaged.count <= inquiries.count, comment, sourceLocation: location)
  }
}

let gatewayHost: UInt32 = 0xC000_020A
let roomHost: UInt32 = 0xC000_0214

func address(_ port: UInt16, host: UInt32) -> SocketAddress { SocketAddress(ip: IPAddress(v4: host), port: port) }

func roomMedia(
  _ port: UInt16 = 6_000, _ audio: [AudioCapability] = [.g711Ulaw64k(20), .g711Alaw64k(20)], events: UInt8? = 101
) -> H323LocalMedia {
  H323LocalMedia(
    media: address(port, host: roomHost), mediaControl: address(port + 1, host: roomHost),
    capabilities: LocalCapabilities(audio: audio, telephoneEventPayloadType: events))
}

/// How an H.323 end is set up.
struct Options: Sendable, Hashable, CustomStringConvertible {
  var usesFastStart = true
  var tunnelsH245 = true

  static let all = [true, false].flatMap { fast in
    [true, false].map { Options(usesFastStart: fast, tunnelsH245: $0) }
  }

  func configuration(_ terminalType: UInt8) -> H323EndpointConfiguration {
    var type = EndpointType(mc: false, undefinedNode: false)
    type.gateway = GatewayInfo()
    var configuration = H323EndpointConfiguration(endpointType: type, terminalType: terminalType, display: "end")
    configuration.usesFastStart = usesFastStart
    configuration.tunnelsH245 = tunnelsH245
    return configuration
  }

  var description: String { "\(usesFastStart ? "fast" : "slow")\(tunnelsH245 ? ", tunnelled" : "")" }
}

/// Descriptions as phones write them.
enum Descriptions {
  static func audio(
    _ formats: String = "0 8 101", port: UInt16 = 4_000, direction: String = "sendrecv", address: String = "192.0.2.1",
    version: Int = 1, extra: [String] = ["a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15"], more: [String] = []
  ) -> String {
    let lines =
      [
        "v=0", "o=- 7 \(version) IN IP4 192.0.2.1", "s=-", "c=IN IP4 \(address)", "t=0 0",
        "m=audio \(port) RTP/AVP \(formats)",
      ] + extra + ["a=\(direction)"] + more
    return lines.joined(separator: "\r\n") + "\r\n"
  }

  static let plain = audio()
}
