import Admissions
import GuardianTerminal
import H225
import OpenSSLCrypto
import PER
import Testing
import Wire

/// A guardian on virtual time, and a gatekeeper that answers as each test tells it.
final class TerminalBench {
  static let host = IPAddress(v4: 0x7F00_0001)
  static let gatekeeper = SocketAddress(ip: host, port: 1_719)
  static let mcu = SocketAddress(ip: host, port: 1_720)
  static let clock = UTCTimestamp(seconds: 1_760_000_000)

  var terminal: GuardianTerminal
  var now = Instant(milliseconds: 5_000)
  var sink = GuardianSink()
  var progress: [GuardianProgress] = []
  var report: GuardianReport?
  /// What was sent to the gatekeeper and is not looked at yet.
  var sent: [[UInt8]] = []
  var connections: [SocketAddress] = []

  static func configuration(_ way: GuardianConfiguration.Way = .gatekeepers([gatekeeper])) -> GuardianConfiguration {
    func address(_ port: UInt16) -> SocketAddress { SocketAddress(ip: host, port: port) }
    return GuardianConfiguration(
      room: "council-safety", way: way, terminalID: "if://guardian/technical", aliases: ["technical", "1001"],
      ras: address(3_000), signalling: address(3_001), media: address(4_000), control: address(4_001))
  }

  init(_ configuration: GuardianConfiguration) {
    terminal = GuardianTerminal(configuration, at: Moment(now: now, clock: Self.clock), random: 42)
  }

  func start() {
    terminal.start(now: now, into: &sink)
    settle()
  }

  func settle() {
    for action in sink.take() {
      switch action {
      case .ras(let bytes, _): sent.append(bytes)
      case .progress(let step): progress.append(step)
      case .ended(let report): self.report = report
      case .link(.connect(_, let address)): connections.append(address)
      case .link, .rtp, .rtcp, .heard: break
      }
    }
  }

  func pass(_ duration: Duration) {
    let end = now + duration
    while let next = terminal.nextDeadline, next <= end {
      now = max(now, next)
      terminal.advance(now: now, into: &sink)
      settle()
    }
    now = end
  }

  /// The one message to the gatekeeper.
  func request() throws -> RasMessage {
    defer { sent = [] }
    #expect(sent.count == 1)
    return try RasMessage(decoding: try #require(sent.last))
  }

  func answer(_ message: RasMessage, from source: SocketAddress = gatekeeper) throws {
    // Bound, or 6.3.1 makes a broken module of it.
    let bytes = try message.encoded()
    terminal.received(ras: bytes.span, from: source, now: now, into: &sink)
    settle()
  }

  /// From GRQ to RCF.
  func register() throws -> RegistrationRequest {
    start()
    let message1 = try request()
    guard case .gatekeeperRequest(let discovery) = message1 else { throw Unexpected() }
    var found = GatekeeperConfirm(
      requestSeqNum: discovery.requestSeqNum, protocolIdentifier: ProtocolIdentifier.ours,
      rasAddress: .ipAddress(Self.host, port: 1_719))
    found.gatekeeperIdentifier = "gk"
    try answer(.gatekeeperConfirm(found))
    let message2 = try request()
    guard case .registrationRequest(let registration) = message2 else { throw Unexpected() }
    var confirm = RegistrationConfirm(
      requestSeqNum: registration.requestSeqNum, protocolIdentifier: ProtocolIdentifier.ours,
      callSignalAddress: [.ipAddress(Self.host, port: 1_720)], endpointIdentifier: "ep1")
    confirm.timeToLive = 60
    now += .milliseconds(7)
    try answer(.registrationConfirm(confirm))
    return registration
  }

  func admission() throws -> AdmissionRequest {
    let message3 = try request()
    guard case .admissionRequest(let request) = message3 else { throw Unexpected() }
    return request
  }

  static func token(_ tokens: [ClearToken]?) throws -> SignedAdmissionToken {
    guard case .success(let token)? = SignedAdmissionToken.find(in: tokens) else { throw Unexpected() }
    return token
  }

  struct Unexpected: Error {}
}

@Suite struct TerminalTests {
  @Test func aSignedRequestIsAdmittedAndItCalls() throws {
    let key = Ed25519PrivateKey.generate()
    let publicKey = key.publicKey
    var configuration = TerminalBench.configuration()
    configuration.key = GuardianKey(key)
    configuration.traceID = "trace-1"
    let bench = TerminalBench(configuration)
    let registration = try bench.register()
    #expect(registration.terminalAlias == [.h323ID("technical"), .dialledDigits("1001")])
    #expect(registration.rasAddress == [.ipAddress(TerminalBench.host, port: 3_000)])
    let registered = try TerminalBench.token(registration.tokens)
    #expect(registered.isSigned(by: publicKey) && registered.token.callType == AdmissionToken.register)
    let request = try bench.admission()
    #expect(request.destinationInfo == [.h323ID("council-safety")])
    #expect(request.endpointIdentifier == "ep1" && request.bandWidth == 1_280)
    #expect(CouncilData.traceID(in: request.nonStandardData) == "trace-1")
    let signed = try TerminalBench.token(request.tokens)
    #expect(signed.isSigned(by: publicKey) && signed.isFresh(at: TerminalBench.clock))
    #expect(signed.token.terminalID == "if://guardian/technical" && signed.token.callType == AdmissionToken.escalate)
    #expect(signed.token.callIdentifier == request.callIdentifier?.guid)
    #expect(signed.token.bandwidthBitsPerSecond == 128_000 && !signed.token.hasPII)
    bench.now += .milliseconds(3)
    try bench.answer(
      .admissionConfirm(
        AdmissionConfirm(
          requestSeqNum: request.requestSeqNum, bandWidth: 1_280, callModel: .direct,
          destCallSignalAddress: .ipAddress(TerminalBench.host, port: 1_720))))
    let (connections, progress) = (bench.connections, bench.progress)
    #expect(connections == [TerminalBench.mcu])
    #expect(progress == [.registered(by: TerminalBench.gatekeeper), .admitted(to: TerminalBench.mcu)])
  }

  @Test func aRequestThatIsSentAgainIsTheSame() throws {
    var configuration = TerminalBench.configuration()
    configuration.key = GuardianKey(Ed25519PrivateKey.generate())
    let bench = TerminalBench(configuration)
    _ = try bench.register()
    let first = try bench.admission()
    bench.pass(.milliseconds(1_100))
    let second = try bench.admission()
    #expect(second == first)
  }

  @Test func theCallIsToldOfAsOftenAsTheGatekeeperWants() throws {
    let bench = TerminalBench(TerminalBench.configuration())
    _ = try bench.register()
    let request = try bench.admission()
    var confirm = AdmissionConfirm(
      requestSeqNum: request.requestSeqNum, bandWidth: request.bandWidth, callModel: .direct,
      destCallSignalAddress: .ipAddress(TerminalBench.host, port: 1_720))
    confirm.irrFrequency = 1
    try bench.answer(.admissionConfirm(confirm))
    #expect(bench.connections == [TerminalBench.mcu] && bench.sent.isEmpty)
    bench.pass(.milliseconds(999))
    #expect(bench.sent.isEmpty)
    for _ in 0..<2 {
      bench.pass(.seconds(1))
      let message = try bench.request()
      guard case .infoRequestResponse(let response) = message else { throw TerminalBench.Unexpected() }
      #expect(response.unsolicited == true)
      #expect(response.perCallInfo?.map { $0.callIdentifier } == [request.callIdentifier])
    }
  }

  @Test func withAPasswordEverythingIsSealed() throws {
    var configuration = TerminalBench.configuration()
    let password = H2351Password("guardians")
    configuration.password = password
    let bench = TerminalBench(configuration)
    bench.start()
    let last = bench.sent.last
    let octets = try #require(last)
    let message = try RasMessage(decoding: octets)
    let token = try #require(H2351.hashedToken(in: message.cryptoTokens))
    let isRight = password.isAuthentic(octets.span, token: token)
    let isWrong = H2351Password("strangers").isAuthentic(octets.span, token: token)
    #expect(isRight && !isWrong)
    #expect(token.hashedVals.sendersID == "if://guardian/technical")
  }

  @Test(arguments: [
    (AdmissionRejectReason.securityDenial, "--key"), (.callerNotRegistered, "not registered"),
    (.requestDenied, "bandwidth"), (.exceedsCallCapacity, "full"), (.calledPartyNotRegistered, "no such room"),
  ])
  func aRefusalSaysWhatToDo(reason: AdmissionRejectReason, words: String) throws {
    let bench = TerminalBench(TerminalBench.configuration())
    _ = try bench.register()
    let request = try bench.admission()
    try bench.answer(
      .admissionReject(AdmissionReject(requestSeqNum: request.requestSeqNum, rejectReason: reason)))
    let message4 = try bench.request()
    guard case .unregistrationRequest(let goodbye) = message4 else { throw TerminalBench.Unexpected() }
    try bench.answer(.unregistrationConfirm(UnregistrationConfirm(requestSeqNum: goodbye.requestSeqNum)))
    let found = bench.report
    let report = try #require(found)
    #expect(!report.isGood && report.stage == .admission)
    #expect(report.failure?.contains(words) == true)
    #expect(report.failure?.contains("\(reason)") == true)
    let (isOver, deadline) = (bench.terminal.isOver, bench.terminal.nextDeadline)
    #expect(isOver && deadline == nil)
  }

  @Test func aRefusedRegistrationIsTheEnd() throws {
    let bench = TerminalBench(TerminalBench.configuration())
    bench.start()
    let message5 = try bench.request()
    guard case .gatekeeperRequest(let discovery) = message5 else { throw TerminalBench.Unexpected() }
    try bench.answer(
      .gatekeeperConfirm(
        GatekeeperConfirm(
          requestSeqNum: discovery.requestSeqNum, protocolIdentifier: ProtocolIdentifier.ours,
          rasAddress: .ipAddress(TerminalBench.host, port: 1_719))))
    let message6 = try bench.request()
    guard case .registrationRequest(let registration) = message6 else { throw TerminalBench.Unexpected() }
    try bench.answer(
      .registrationReject(
        RegistrationReject(
          requestSeqNum: registration.requestSeqNum, protocolIdentifier: ProtocolIdentifier.ours,
          rejectReason: .securityDenial)))
    let found = bench.report
    let report = try #require(found)
    #expect(report.stage == .registration && report.failure?.contains("(securityDenial)") == true)
    #expect(report.json["result"] == "failed" && report.json["failure"]?.string == report.failure)
  }

  @Test func silenceIsSaidToBeSilence() throws {
    var configuration = TerminalBench.configuration()
    configuration.patience = .seconds(5)
    let bench = TerminalBench(configuration)
    bench.start()
    bench.pass(.milliseconds(4_900))
    let isEarly = bench.report == nil
    #expect(isEarly)
    bench.pass(.milliseconds(200))
    let found = bench.report
    let report = try #require(found)
    #expect(report.failure?.contains("no gatekeeper has answered at 127.0.0.1:1719") == true)
    // Nothing is done any more.
    let deadline = bench.terminal.nextDeadline
    #expect(deadline == nil)
    bench.sent = []
    bench.pass(.seconds(60))
    let isQuiet = bench.sent.isEmpty
    #expect(isQuiet)
  }

  @Test func strangersAreNotBelieved() throws {
    let bench = TerminalBench(TerminalBench.configuration())
    bench.start()
    let message7 = try bench.request()
    guard case .gatekeeperRequest(let discovery) = message7 else { throw TerminalBench.Unexpected() }
    let confirm = GatekeeperConfirm(
      requestSeqNum: discovery.requestSeqNum, protocolIdentifier: ProtocolIdentifier.ours,
      rasAddress: .ipAddress(TerminalBench.host, port: 1_719))
    try bench.answer(.gatekeeperConfirm(confirm), from: TerminalBench.mcu)
    bench.terminal.received(ras: [0xFF, 0xFF].span, from: TerminalBench.gatekeeper, now: bench.now, into: &bench.sink)
    bench.settle()
    let isQuiet = bench.sent.isEmpty && bench.report == nil
    #expect(isQuiet)
  }

  @Test func itGoesWhenItIsTold() throws {
    let bench = TerminalBench(TerminalBench.configuration())
    _ = try bench.register()
    _ = try bench.admission()
    bench.terminal.hangUp(now: bench.now, into: &bench.sink)
    bench.settle()
    let message8 = try bench.request()
    guard case .unregistrationRequest = message8 else { throw TerminalBench.Unexpected() }
    // Nobody confirms.
    bench.pass(.seconds(10))
    let failure = bench.report?.failure
    #expect(failure == "it was told to go before it was in the room")
  }
}
