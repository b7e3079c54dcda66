import Admissions
import GuardianTerminal
import H225
import OpenSSLCrypto
import PER
import Testing
import Wire

/// A guardian on virtual time, and a gatekeeper that answers as each test tells it.
struct TerminalBench: ~Copyable {
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
    terminal = GuardianTerminal(configuration, at: GuardianMoment(now: now, clock: Self.clock), random: 42)
  }

  mutating func start() {
    terminal.start(now: now, into: &sink)
    settle()
  }

  mutating func settle() {
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

  mutating func pass(_ duration: Duration) {
    let end = now + duration
    while let next = terminal.nextDeadline, next <= end {
      now = max(now, next)
      terminal.advance(now: now, into: &sink)
      settle()
    }
    now = end
  }

  /// The one message to the gatekeeper.
  mutating func request() throws -> RasMessage {
    defer { sent = [] }
    #expect(sent.count == 1)
    return try RasMessage(decoding: try #require(sent.last))
  }

  mutating func answer(_ message: RasMessage, from source: SocketAddress = gatekeeper) throws {
    terminal.received(ras: try message.encoded().span, from: source, now: now, into: &sink)
    settle()
  }

  /// From GRQ to RCF.
  mutating func register() throws -> RegistrationRequest {
    start()
    guard case .gatekeeperRequest(let discovery) = try request() else { throw Unexpected() }
    var found = GatekeeperConfirm(
      requestSeqNum: discovery.requestSeqNum, protocolIdentifier: ProtocolIdentifier.ours,
      rasAddress: .ipAddress(Self.host, port: 1_719))
    found.gatekeeperIdentifier = "gk"
    try answer(.gatekeeperConfirm(found))
    guard case .registrationRequest(let registration) = try request() else { throw Unexpected() }
    var confirm = RegistrationConfirm(
      requestSeqNum: registration.requestSeqNum, protocolIdentifier: ProtocolIdentifier.ours,
      callSignalAddress: [.ipAddress(Self.host, port: 1_720)], endpointIdentifier: "ep1")
    confirm.timeToLive = 60
    now += .milliseconds(7)
    try answer(.registrationConfirm(confirm))
    return registration
  }

  mutating func admission() throws -> AdmissionRequest {
    guard case .admissionRequest(let request) = try request() else { throw Unexpected() }
    return request
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
    var bench = TerminalBench(configuration)
    let registration = try bench.register()
    #expect(registration.terminalAlias == [.h323ID("technical"), .dialledDigits("1001")])
    #expect(registration.rasAddress == [.ipAddress(TerminalBench.host, port: 3_000)])
    let registered = try #require(try SignedAdmissionToken.find(in: registration.tokens)?.get())
    #expect(registered.isSigned(by: publicKey) && registered.token.callType == AdmissionToken.register)
    let request = try bench.admission()
    #expect(request.destinationInfo == [.h323ID("council-safety")])
    #expect(request.endpointIdentifier == "ep1" && request.bandWidth == 1_280)
    #expect(CouncilData.traceID(in: request.nonStandardData) == "trace-1")
    let signed = try #require(try SignedAdmissionToken.find(in: request.tokens)?.get())
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
    #expect(bench.connections == [TerminalBench.mcu])
    #expect(bench.progress == [.registered(by: TerminalBench.gatekeeper), .admitted(to: TerminalBench.mcu)])
  }

  @Test func aRequestThatIsSentAgainIsTheSame() throws {
    var configuration = TerminalBench.configuration()
    configuration.key = GuardianKey(Ed25519PrivateKey.generate())
    var bench = TerminalBench(configuration)
    _ = try bench.register()
    let first = try bench.admission()
    bench.pass(.milliseconds(1_100))
    #expect(try bench.admission() == first)
  }

  @Test func withAPasswordEverythingIsSealed() throws {
    var configuration = TerminalBench.configuration()
    let password = H2351Password("guardians")
    configuration.password = password
    var bench = TerminalBench(configuration)
    bench.start()
    let octets = try #require(bench.sent.last)
    let message = try RasMessage(decoding: octets)
    let token = try #require(H2351.hashedToken(in: message.cryptoTokens))
    #expect(password.isAuthentic(octets.span, token: token))
    #expect(!H2351Password("strangers").isAuthentic(octets.span, token: token))
    #expect(token.hashedVals.sendersID == "if://guardian/technical")
  }

  @Test(arguments: [
    (AdmissionRejectReason.securityDenial, "--key"), (.callerNotRegistered, "not registered"),
    (.requestDenied, "bandwidth"), (.exceedsCallCapacity, "full"), (.calledPartyNotRegistered, "no such room"),
  ])
  func aRefusalSaysWhatToDo(reason: AdmissionRejectReason, words: String) throws {
    var bench = TerminalBench(TerminalBench.configuration())
    _ = try bench.register()
    let request = try bench.admission()
    try bench.answer(
      .admissionReject(AdmissionReject(requestSeqNum: request.requestSeqNum, rejectReason: reason)))
    guard case .unregistrationRequest(let goodbye) = try bench.request() else { throw TerminalBench.Unexpected() }
    try bench.answer(.unregistrationConfirm(UnregistrationConfirm(requestSeqNum: goodbye.requestSeqNum)))
    let report = try #require(bench.report)
    #expect(!report.isGood && report.stage == .admission)
    #expect(report.failure?.contains(words) == true)
    #expect(report.failure?.contains("\(reason)") == true)
    #expect(bench.terminal.isOver && bench.terminal.nextDeadline == nil)
  }

  @Test func aRefusedRegistrationIsTheEnd() throws {
    var bench = TerminalBench(TerminalBench.configuration())
    bench.start()
    guard case .gatekeeperRequest(let discovery) = try bench.request() else { throw TerminalBench.Unexpected() }
    try bench.answer(
      .gatekeeperConfirm(
        GatekeeperConfirm(
          requestSeqNum: discovery.requestSeqNum, protocolIdentifier: ProtocolIdentifier.ours,
          rasAddress: .ipAddress(TerminalBench.host, port: 1_719))))
    guard case .registrationRequest(let registration) = try bench.request() else { throw TerminalBench.Unexpected() }
    try bench.answer(
      .registrationReject(
        RegistrationReject(
          requestSeqNum: registration.requestSeqNum, protocolIdentifier: ProtocolIdentifier.ours,
          rejectReason: .securityDenial)))
    let report = try #require(bench.report)
    #expect(report.stage == .registration && report.failure?.contains("(securityDenial)") == true)
    #expect(report.json["result"] == "failed" && report.json["failure"]?.string == report.failure)
  }

  @Test func silenceIsSaidToBeSilence() throws {
    var configuration = TerminalBench.configuration()
    configuration.patience = .seconds(5)
    var bench = TerminalBench(configuration)
    bench.start()
    bench.pass(.milliseconds(4_900))
    #expect(bench.report == nil)
    bench.pass(.milliseconds(200))
    let report = try #require(bench.report)
    #expect(report.failure?.contains("no gatekeeper has answered at 127.0.0.1:1719") == true)
    // Nothing is done any more.
    #expect(bench.terminal.nextDeadline == nil)
    bench.sent = []
    bench.pass(.seconds(60))
    #expect(bench.sent.isEmpty)
  }

  @Test func strangersAreNotBelieved() throws {
    var bench = TerminalBench(TerminalBench.configuration())
    bench.start()
    guard case .gatekeeperRequest(let discovery) = try bench.request() else { throw TerminalBench.Unexpected() }
    let confirm = GatekeeperConfirm(
      requestSeqNum: discovery.requestSeqNum, protocolIdentifier: ProtocolIdentifier.ours,
      rasAddress: .ipAddress(TerminalBench.host, port: 1_719))
    try bench.answer(.gatekeeperConfirm(confirm), from: TerminalBench.mcu)
    bench.terminal.received(ras: [0xFF, 0xFF].span, from: TerminalBench.gatekeeper, now: bench.now, into: &bench.sink)
    bench.settle()
    #expect(bench.sent.isEmpty && bench.report == nil)
  }

  @Test func itGoesWhenItIsTold() throws {
    var bench = TerminalBench(TerminalBench.configuration())
    _ = try bench.register()
    _ = try bench.admission()
    bench.terminal.hangUp(now: bench.now, into: &bench.sink)
    bench.settle()
    guard case .unregistrationRequest = try bench.request() else { throw TerminalBench.Unexpected() }
    // Nobody confirms.
    bench.pass(.seconds(10))
    #expect(bench.report?.failure == "it was told to go before it was in the room")
  }
}
