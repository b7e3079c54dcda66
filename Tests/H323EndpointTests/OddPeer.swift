import H225
import H245
import H323Endpoint
import PER
import Testing
import Wire

/// One endpoint, and a peer whose every message is written by a test.
final class OddPeer {
  var endpoint: H323Endpoint
  var now = beginning
  var events: [H323EndpointEvent] = []
  /// Call signalling that the endpoint has sent, oldest first.
  var sent: [CallSignallingMessage] = []
  /// H.245 that it has sent, in a tunnel or not.
  var control: [MultimediaSystemControlMessage] = []
  /// Where it wants to connect to, and on which link.
  var connects: [(link: H323Link, address: SocketAddress)] = []
  var listens: [H323Link] = []
  var closed: [H323Link] = []
  var link = H323Link?.none
  var call: H323CallHandle?
  var callReference: UInt16 = 77
  /// Whether the peer is the one that calls.
  private(set) var isCaller = false
  var controlLinks: Set<H323Link> = []

  init(
    _ options: Options = Options(), limits: H323EndpointLimits = .default,
    _ change: (inout H323EndpointConfiguration) -> Void = { _ in }
  ) {
    var configuration = options.configuration
    change(&configuration)
    endpoint = H323Endpoint(configuration: configuration, limits: limits, seed: 11)
  }

  func with(_ body: (inout H323Endpoint, inout H323EndpointSink, Instant) -> Void) {
    var sink = H323EndpointSink()
    body(&endpoint, &sink, now)
    for action in sink.take() {
      switch action {
      case .connect(let link, let address): connects.append((link, address))
      case .send(let octets, let on):
        if controlLinks.contains(on) {
          if let message = try? MultimediaSystemControlMessage(decoding: octets.span) { control.append(message) }
        } else if let message = try? CallSignallingMessage(decoding: octets.span) {
          sent.append(message)
          for element in message.userInformation.h323UUPDU.h245Control ?? [] {
            let octets = element.octets
            if let message = try? MultimediaSystemControlMessage(decoding: octets.span) { control.append(message) }
          }
        }
      case .close(let link): closed.append(link)
      case .listen(let link): listens.append(link)
      case .event(let event):
        events.append(event)
        if case .incoming(let handle, _) = event { call = handle }
      }
    }
  }

  func advance(_ duration: Duration) {
    now = now + duration
    with { $0.advance(now: $2, into: &$1) }
  }

  // MARK: The endpoint calls

  /// The endpoint calls, and its Setup is here.
  func isCalled(_ media: H323LocalMedia? = localMedia(4000, host: callerHost)) {
    with { call = $0.call(calling(media: media), now: $2, into: &$1) }
    link = connects.first?.link
    guard let link else { return }
    with { $0.opened(link, local: address(50_000, host: callerHost), now: $2, into: &$1) }
    callReference = sent.first?.q931.callReference ?? 0
  }

  var setup: SetupUUIE? {
    if case .setup(let setup)? = sent.first?.userInformation.h323UUPDU.h323MessageBody { setup } else { nil }
  }

  // MARK: The peer calls

  func calls(
    _ media: H323LocalMedia? = nil, fastStart: [[UInt8]]? = nil, tunnelling: Bool? = true,
    control: [MultimediaSystemControlMessage] = [],
    _ change: (inout Q931Message, inout H323UUPDU, inout SetupUUIE) -> Void = { _, _, _ in }
  ) {
    isCaller = true
    with {
      link = $0.accepted(
        from: address(40_000, host: calleeHost), local: address(1720, host: callerHost), now: $2, into: &$1)
    }
    var setup = SetupUUIE(
      protocolIdentifier: ProtocolIdentifier.ours, sourceInfo: terminal, activeMC: false,
      conferenceID: GloballyUniqueID(high: 5, low: 6), conferenceGoal: .create, callType: .pointToPoint)
    setup.destinationAddress = [.h323ID("council")]
    setup.callIdentifier = CallIdentifier(guid: GloballyUniqueID(high: 7, low: 8))
    setup.fastStart = fastStart.map { $0.map { OctetString($0) } }
    var message = Q931Message(.setup, callReference: callReference, isFromDestination: false)
    var unit = H323UUPDU(h323MessageBody: .empty)
    unit.h245Tunnelling = tunnelling
    unit.h245Control = control.isEmpty ? nil : control.compactMap { try? OctetString($0.encoded()) }
    change(&message, &unit, &setup)
    unit.h323MessageBody = .setup(setup)
    deliver(CallSignallingMessage(message, H323UserInformation(h323UUPDU: unit)))
  }

  func answers(_ media: H323LocalMedia = localMedia(4000, host: callerHost)) {
    guard let call else { return }
    with { $0.answer(call, media: media, now: $2, into: &$1) }
  }

  // MARK: What the peer says

  func says(
    _ type: Q931MessageType, _ body: H323MessageBody, tunnelling: Bool? = true,
    control: [MultimediaSystemControlMessage] = [],
    _ change: (inout Q931Message, inout H323UUPDU) -> Void = { _, _ in }
  ) {
    var message = Q931Message(type, callReference: callReference, isFromDestination: !isCaller)
    var unit = H323UUPDU(h323MessageBody: body)
    unit.h245Tunnelling = tunnelling
    unit.h245Control = control.isEmpty ? nil : control.compactMap { try? OctetString($0.encoded()) }
    change(&message, &unit)
    deliver(CallSignallingMessage(message, H323UserInformation(h323UUPDU: unit)))
  }

  func deliver(_ message: CallSignallingMessage) {
    guard let octets = try? message.encoded() else { return }
    deliver(octets)
  }

  func deliver(_ octets: [UInt8]) {
    guard let link else { return }
    with { $0.received(octets.span, on: link, now: $2, into: &$1) }
  }

  func sayControl(_ message: MultimediaSystemControlMessage, on link: H323Link) {
    guard let octets = try? message.encoded() else { return }
    with { $0.received(octets.span, on: link, now: $2, into: &$1) }
  }

  func connect(
    fastStart: [[UInt8]]? = nil, h245Address: SocketAddress? = nil, tunnelling: Bool? = true,
    control: [MultimediaSystemControlMessage] = []
  ) {
    var body = ConnectUUIE(
      protocolIdentifier: ProtocolIdentifier.ours, destinationInfo: terminal,
      conferenceID: GloballyUniqueID(high: 3, low: 4))
    body.fastStart = fastStart.map { $0.map { OctetString($0) } }
    body.h245Address = h245Address.map { .ipAddress($0.ip, port: $0.port) }
    says(.connect, .connect(body), tunnelling: tunnelling, control: control)
  }

  static func alerting(fastStart: [[UInt8]]? = nil, h245Address: SocketAddress? = nil) -> H323MessageBody {
    var body = AlertingUUIE(protocolIdentifier: ProtocolIdentifier.ours, destinationInfo: terminal)
    body.fastStart = fastStart.map { $0.map { OctetString($0) } }
    body.h245Address = h245Address.map { .ipAddress($0.ip, port: $0.port) }
    return .alerting(body)
  }

  static func callProceeding(fastStart: [[UInt8]]? = nil) -> H323MessageBody {
    var body = CallProceedingUUIE(protocolIdentifier: ProtocolIdentifier.ours, destinationInfo: terminal)
    body.fastStart = fastStart.map { $0.map { OctetString($0) } }
    return .callProceeding(body)
  }

  static func facility(_ reason: FacilityReason, h245Address: SocketAddress? = nil) -> H323MessageBody {
    var body = FacilityUUIE(protocolIdentifier: ProtocolIdentifier.ours, reason: reason)
    body.h245Address = h245Address.map { .ipAddress($0.ip, port: $0.port) }
    return .facility(body)
  }

  /// The answer to the endpoint's fastStart, with the peer's addresses.
  func fastStartAnswer(incoming: Bool = true, outgoing: Bool = true) -> [[UInt8]] {
    let elements = setup?.fastStart?.map { $0.octets } ?? []
    let choice = FastStartProposal.choose(from: elements, capabilities: LocalCapabilities())
    let (media, control) = (address(6000, host: calleeHost), address(6001, host: calleeHost))
    var answer: [[UInt8]] = []
    if incoming, let octets = try? choice.incoming?.answer(media: media, mediaControl: control) {
      answer.append(octets)
    }
    if outgoing, let octets = try? choice.outgoing?.answer(media: media, mediaControl: control) {
      answer.append(octets)
    }
    return answer
  }

  /// A fastStart of the peer's.
  static func fastStartOffer(_ audio: [AudioCapability] = [.g711Ulaw64k(20)]) -> [[UInt8]] {
    let offer = FastStartOffer(
      audio: audio, media: address(6000, host: calleeHost), mediaControl: address(6001, host: calleeHost))
    return (try? offer.elements()) ?? []
  }

  var media: H323Media? { call.flatMap { endpoint.media(of: $0) } }

  var releases: [H323Release] {
    events.compactMap { if case .released(_, let release) = $0 { release } else { nil } }
  }

  var others: [String] { events.compactMap { if case .other(_, let name) = $0 { name } else { nil } } }

  var sentTypes: [Q931MessageType] { sent.map { $0.q931.messageType } }

  var isEmpty: Bool { endpoint.callCount == 0 && endpoint.linkCount == 0 && endpoint.nextDeadline == nil }
}

/// What a peer's H.245 says to get ready, in an odd order if need be.
enum Odd {
  static func capabilities(
    _ audio: [AudioCapability] = [.g711Ulaw64k(20)], multiplex: Bool = true
  ) -> MultimediaSystemControlMessage {
    var set = LocalCapabilities(audio: audio).terminalCapabilitySet(sequenceNumber: 1)
    if !multiplex { set.multiplexCapability = nil }
    return .request(.terminalCapabilitySet(set))
  }

  static let determination = MultimediaSystemControlMessage.request(
    .masterSlaveDetermination(MasterSlaveDetermination(terminalType: 240, statusDeterminationNumber: 9)))

  /// The acknowledgements to what an endpoint sends first.
  static let acks: [MultimediaSystemControlMessage] = [
    .response(.terminalCapabilitySetAck(TerminalCapabilitySetAck(sequenceNumber: 1))),
    .response(.masterSlaveDeterminationAck(MasterSlaveDeterminationAck(decision: .slave))),
  ]

  static func channelAck(_ number: LogicalChannelNumber) -> MultimediaSystemControlMessage {
    .response(
      .openLogicalChannelAck(
        OpenLogicalChannelAck(
          number,
          H2250LogicalChannelAckParameters(
            sessionID: 1, mediaChannel: .unicast(address(6000, host: calleeHost)),
            mediaControlChannel: .unicast(address(6001, host: calleeHost))))))
  }

  static func channel(_ number: LogicalChannelNumber, _ audio: AudioCapability = .g711Ulaw64k(20))
    -> MultimediaSystemControlMessage
  {
    .request(
      .openLogicalChannel(
        OpenLogicalChannel(
          number, audio: audio,
          H2250LogicalChannelParameters(
            sessionID: 1, mediaControlChannel: .unicast(address(6001, host: calleeHost))))))
  }
}

extension [MultimediaSystemControlMessage] {
  /// The numbers of the channels that are being opened.
  var openedChannels: [LogicalChannelNumber] {
    compactMap {
      if case .request(.openLogicalChannel(let request)) = $0 { request.forwardLogicalChannelNumber } else { nil }
    }
  }

  var hasEndSession: Bool {
    contains { if case .command(.endSessionCommand) = $0 { true } else { false } }
  }
}
