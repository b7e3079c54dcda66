import H225
import PER
import Testing
import Wire

/// A client on virtual time, and gatekeepers that answer as each test tells them.
private struct Bench {
  static let first = SocketAddress(ip: IPAddress(v4: 0xC000_0201), port: 1719)
  static let second = SocketAddress(ip: IPAddress(v4: 0xC000_0202), port: 1719)
  static let stranger = SocketAddress(ip: IPAddress(v4: 0xC633_6401), port: 1719)
  static let own = TransportAddress.ipAddress(IPAddress(v4: 0xC000_0209), port: 1719)

  var client: RASClient
  var now = Instant(milliseconds: 1_000)
  var actions: [RASClient.Action] = []

  init(_ gatekeepers: [SocketAddress] = [first], discovers: Bool = true, firstNumber: UInt16 = 0) {
    let vendor = VendorIdentifier(
      vendor: H221NonStandard(t35CountryCode: 181, t35Extension: 0, manufacturerCode: 21_324))
    var configuration = RASClientConfiguration(
      gatekeepers: gatekeepers, rasAddress: Self.own, callSignalAddress: [Self.own],
      terminalType: EndpointType(mc: false, undefinedNode: false), terminalAlias: [.h323ID("gw")],
      endpointVendor: vendor)
    configuration.discovers = discovers
    configuration.firstNumber = firstNumber
    configuration.authenticationCapability = [.pwdHash]
    configuration.algorithmOIDs = H2351.hmacSHA1With96Bits.map { [$0] } ?? []
    client = RASClient(configuration)
  }

  /// What is to be done since the last time it was asked.
  mutating func taken() -> [RASClient.Action] {
    defer { actions = [] }
    return actions
  }

  mutating func start() { client.start(now: now, &actions) }

  mutating func receive(_ message: RasMessage, from source: SocketAddress = first) {
    client.received(message, from: source, now: now, &actions)
  }

  /// Fires every timer until so much later.
  mutating func pass(_ duration: Duration) {
    let end = now + duration
    while let next = client.nextDeadline, next <= end {
      now = max(now, next)
      client.timerFired(now: now, &actions)
    }
    now = end
  }

  /// The one request that was sent, and where to.
  mutating func request() throws -> (message: RasMessage, to: SocketAddress) {
    let sent = taken().compactMap { action in
      if case .send(let message, let address) = action { return (message: message, to: address) }
      return nil
    }
    #expect(sent.count == 1)
    return try #require(sent.first)
  }

  mutating func registrationRequest() throws -> (RegistrationRequest, to: SocketAddress) {
    let (message, address) = try request()
    guard case .registrationRequest(let request) = message else { throw PERError(.unknownValue, at: 0) }
    return (request, to: address)
  }

  mutating func confirmRegistration(
    _ number: Int, timeToLive: Int? = 60, alternates: [AlternateGK]? = nil, from source: SocketAddress = first,
    respondsToIRR: Bool? = nil
  ) {
    var confirm = RegistrationConfirm(
      requestSeqNum: number, protocolIdentifier: ProtocolIdentifier.ours, callSignalAddress: [Self.own],
      endpointIdentifier: "ep")
    confirm.timeToLive = timeToLive
    confirm.alternateGatekeeper = alternates
    confirm.willRespondToIRR = respondsToIRR
    receive(.registrationConfirm(confirm), from: source)
  }

  static func alternate(_ address: SocketAddress, priority: Int = 1, registers: Bool = true) -> AlternateGK {
    AlternateGK(
      rasAddress: .ipAddress(address.ip, port: address.port), needToRegister: registers, priority: priority)
  }

  /// Registered with the first gatekeeper, without discovery.
  static func registered(alternates: [AlternateGK]? = nil, respondsToIRR: Bool? = nil) throws -> Bench {
    var bench = Bench(discovers: false)
    bench.start()
    let (request, _) = try bench.registrationRequest()
    bench.confirmRegistration(request.requestSeqNum, alternates: alternates, respondsToIRR: respondsToIRR)
    guard case .registered(_, by: first)? = bench.taken().first else { throw PERError(.unknownValue, at: 0) }
    return bench
  }

  static var admission: AdmissionRequest {
    AdmissionRequest(
      requestSeqNum: 1, callType: .pointToPoint, endpointIdentifier: "", srcInfo: [.h323ID("gw")], bandWidth: 1_280,
      callReferenceValue: 7, conferenceID: GloballyUniqueID(high: 1, low: 2), activeMC: false, answerCall: false)
  }
}

@Suite struct RASClientTests {
  @Test func discoversAndRegisters() throws {
    var bench = Bench()
    bench.start()
    let (message, address) = try bench.request()
    guard case .gatekeeperRequest(let request) = message else {
      Issue.record("no GRQ")
      return
    }
    #expect(address == Bench.first && request.endpointAlias == [.h323ID("gw")])
    bench.receive(
      .gatekeeperConfirm(
        GatekeeperConfirm(
          requestSeqNum: request.requestSeqNum, protocolIdentifier: ProtocolIdentifier.ours,
          rasAddress: .ipAddress(Bench.second.ip, port: Bench.second.port))))
    let (registration, to) = try bench.registrationRequest()
    #expect(to == Bench.second && registration.discoveryComplete && registration.keepAlive == false)
    bench.confirmRegistration(registration.requestSeqNum, from: Bench.second)
    #expect(bench.client.isRegistered && bench.client.endpointIdentifier == "ep")
    #expect(bench.client.gatekeeper == Bench.second)
  }

  @Test(arguments: [
    (mode: AuthenticationMechanism?.none, isTaken: true), (mode: .pwdHash, isTaken: true),
    (mode: .pwdSymEnc, isTaken: false),
  ])
  func whatIsAgreedOnWasOffered(mode: AuthenticationMechanism?, isTaken: Bool) throws {
    var bench = Bench([Bench.first, Bench.second], firstNumber: 65_535)
    bench.start()
    let (message, _) = try bench.request()
    guard case .gatekeeperRequest(let request) = message else {
      Issue.record("no GRQ")
      return
    }
    #expect(request.requestSeqNum == 1)
    #expect(request.authenticationCapability == [.pwdHash])
    #expect(request.algorithmOIDs == H2351.hmacSHA1With96Bits.map { [$0] })
    var confirm = GatekeeperConfirm(
      requestSeqNum: request.requestSeqNum, protocolIdentifier: ProtocolIdentifier.ours,
      rasAddress: .ipAddress(Bench.first.ip, port: Bench.first.port))
    confirm.authenticationMode = mode
    confirm.algorithmOID = mode == .pwdHash ? H2351.hmacSHA1With96Bits : nil
    bench.receive(.gatekeeperConfirm(confirm))
    if isTaken {
      #expect(try bench.registrationRequest().to == Bench.first)
    } else {
      #expect(
        bench.actions.first == .discoveryRejected(.securityDenial, by: Bench.first) && bench.actions.count == 2)
      guard case .send(.gatekeeperRequest, to: Bench.second)? = bench.taken().last else {
        Issue.record("the next one is not asked")
        return
      }
    }
  }

  // MARK: What is told unasked

  private func report(_ bench: inout Bench) throws -> InfoRequestResponse {
    let call = PerCallInfo(
      callReferenceValue: 7, conferenceID: GloballyUniqueID(high: 1, low: 2), h245: TransportChannelInfo(),
      callSignalling: TransportChannelInfo(), callType: .pointToPoint, bandWidth: 1_280, callModel: .direct)
    #expect(bench.client.report([call], now: bench.now, &bench.actions))
    guard case .infoRequestResponse(let response) = try bench.request().message else {
      throw PERError(.unknownValue, at: 0)
    }
    #expect(response.unsolicited == true && response.perCallInfo?.count == 1 && response.endpointIdentifier == "ep")
    return response
  }

  @Test func reportsAreAnsweredWhereThatWasSaid() throws {
    var quiet = try Bench.registered()
    #expect(try report(&quiet).needResponse == false)
    quiet.pass(.seconds(5))
    #expect(quiet.taken().isEmpty && quiet.client.isRegistered)
    var bench = try Bench.registered(respondsToIRR: true)
    let first = try report(&bench)
    #expect(first.needResponse == true)
    bench.pass(.seconds(1))
    #expect(try bench.request().message == .infoRequestResponse(first))
    bench.receive(.infoRequestAck(InfoRequestAck(requestSeqNum: first.requestSeqNum)))
    bench.pass(.seconds(5))
    #expect(bench.taken().isEmpty && bench.client.isRegistered)
    // Who said that it answers, and does not, is gone.
    _ = try report(&bench)
    bench.pass(.milliseconds(2_999))
    #expect(bench.client.isRegistered)
    bench.pass(.milliseconds(1))
    #expect(!bench.client.isRegistered)
  }

  @Test func whoIsNotKnownAnyMoreRegistersAnew() throws {
    var bench = try Bench.registered(respondsToIRR: true)
    let response = try report(&bench)
    let refusal = InfoRequestNak(requestSeqNum: response.requestSeqNum, nakReason: .notRegistered)
    bench.receive(.infoRequestNak(refusal), from: Bench.stranger)
    #expect(bench.client.isRegistered)
    bench.receive(.infoRequestNak(refusal))
    #expect(bench.actions.first == .unregistered)
    let (request, address) = try bench.registrationRequest()
    #expect(address == Bench.first && request.keepAlive == false && request.terminalAlias == [.h323ID("gw")])
  }

  @Test(arguments: [true, false])
  func resourcesAreTold(isKnown: Bool) throws {
    var bench = try Bench.registered()
    #expect(bench.client.indicateResources(almostOut: true, now: bench.now, &bench.actions))
    guard case .resourcesAvailableIndicate(let indication) = try bench.request().message else {
      Issue.record("no RAI")
      return
    }
    #expect(indication.almostOutOfResources && indication.endpointIdentifier == "ep")
    let number = indication.requestSeqNum
    bench.receive(
      isKnown
        ? .resourcesAvailableConfirm(
          ResourcesAvailableConfirm(requestSeqNum: number, protocolIdentifier: ProtocolIdentifier.ours))
        : .unknownMessageResponse(UnknownMessageResponse(requestSeqNum: number)))
    bench.pass(.seconds(5))
    #expect(bench.taken().isEmpty)
    // A gatekeeper that does not know the message at all is none that has fallen silent.
    #expect(bench.client.indicateResources(almostOut: false, now: bench.now, &bench.actions))
    bench.pass(.seconds(5))
    #expect(bench.taken().count == 3 && bench.client.isRegistered)
  }

  // MARK: Refusals that name others

  private func refused(_ bench: inout Bench, isPermanent: Bool, registers: Bool) throws -> AdmissionRequest {
    #expect(bench.client.admit(Bench.admission, tag: 9, now: bench.now, &bench.actions))
    guard case .admissionRequest(let request) = try bench.request().message else {
      throw PERError(.unknownValue, at: 0)
    }
    refuse(&bench, request, isPermanent: isPermanent, registers: registers)
    return request
  }

  private func refuse(
    _ bench: inout Bench, _ request: AdmissionRequest, isPermanent: Bool, registers: Bool,
    from source: SocketAddress = Bench.first
  ) {
    var reject = AdmissionReject(requestSeqNum: request.requestSeqNum, rejectReason: .resourceUnavailable)
    reject.altGKInfo = AltGKInfo(
      alternateGatekeeper: [Bench.alternate(Bench.second, registers: registers)], altGKisPermanent: isPermanent)
    bench.receive(.admissionReject(reject), from: source)
  }

  @Test func oneRequestGoesToAnother() throws {
    var bench = try Bench.registered()
    _ = try refused(&bench, isPermanent: false, registers: false)
    let (message, address) = try bench.request()
    guard case .admissionRequest(let request) = message else {
      Issue.record("no ARQ")
      return
    }
    #expect(address == Bench.second && bench.client.gatekeeper == Bench.first)
    let confirm = AdmissionConfirm(
      requestSeqNum: request.requestSeqNum, bandWidth: 1_280, callModel: .direct, destCallSignalAddress: Bench.own)
    bench.receive(.admissionConfirm(confirm), from: Bench.second)
    #expect(bench.taken() == [.answered(tag: 9, .admissionConfirm(confirm))])
  }

  @Test func itIsNotSentRoundForEver() throws {
    var bench = try Bench.registered()
    _ = try refused(&bench, isPermanent: false, registers: false)
    for _ in 0..<(RASClientLimits.maxRedirections - 1) {
      guard case .admissionRequest(let request) = try bench.request().message else { return }
      refuse(&bench, request, isPermanent: false, registers: false, from: Bench.second)
    }
    guard case .admissionRequest(let last) = try bench.request().message else { return }
    refuse(&bench, last, isPermanent: false, registers: false, from: Bench.second)
    // The limit is reached: it goes over, as from a gatekeeper for good.
    #expect(bench.actions.first == .answered(tag: 9, nil))
    #expect(!bench.client.isRegistered)
  }

  @Test(arguments: [(true, false), (true, true), (false, true)])
  func whoIsSentAwayGoesOver(isPermanent: Bool, registers: Bool) throws {
    var bench = try Bench.registered()
    _ = try refused(&bench, isPermanent: isPermanent, registers: registers)
    #expect(bench.actions.prefix(2) == [.answered(tag: 9, nil), .unregistered])
    bench.actions.removeFirst(2)
    #expect(try bench.registrationRequest().to == Bench.second)
  }

  @Test func repeatsAndGivesUp() throws {
    var bench = Bench(discovers: false)
    bench.start()
    bench.pass(.milliseconds(2_999))
    #expect(bench.taken().count == 3)
    bench.pass(.milliseconds(1))
    #expect(bench.taken().isEmpty && !bench.client.isRegistered)
    // After a pause it begins again.
    bench.pass(.seconds(10))
    _ = try bench.registrationRequest()
  }

  @Test func keepsTheRegistrationAlive() throws {
    var bench = try Bench.registered()
    bench.pass(.milliseconds(56_999))
    #expect(bench.taken().isEmpty)
    bench.pass(.milliseconds(1))
    let (request, _) = try bench.registrationRequest()
    #expect(request.keepAlive == true && request.endpointIdentifier == "ep" && request.terminalAlias == nil)
    bench.confirmRegistration(request.requestSeqNum, timeToLive: 1)
    // Nothing to tell, and no flood.
    #expect(bench.taken().isEmpty)
    bench.pass(.milliseconds(6_999))
    #expect(bench.taken().isEmpty)
  }

  @Test func goesOverToAnAlternateWithinFiveSeconds() throws {
    var bench = try Bench.registered(alternates: [Bench.alternate(Bench.second)])
    bench.pass(.seconds(57))
    _ = try bench.registrationRequest()
    let silence = bench.now
    #expect(bench.client.admit(Bench.admission, tag: 4, now: bench.now, &bench.actions))
    bench.pass(.milliseconds(3_000))
    let actions = bench.taken()
    #expect(actions.contains(.unregistered) && actions.contains(.answered(tag: 4, nil)))
    guard
      case .send(.registrationRequest(let request), to: Bench.second)? = actions.last(where: { action in
        if case .send(.registrationRequest, to: Bench.second) = action { return true }
        return false
      })
    else {
      Issue.record("no RRQ to the alternate")
      return
    }
    bench.confirmRegistration(request.requestSeqNum, from: Bench.second)
    #expect(bench.client.gatekeeper == Bench.second && bench.now - silence < .seconds(5))
  }

  @Test func putsOffWhenToldSo() throws {
    var bench = try Bench.registered()
    #expect(bench.client.admit(Bench.admission, tag: 9, now: bench.now, &bench.actions))
    guard case .admissionRequest(let request) = try bench.request().message else {
      Issue.record("no ARQ")
      return
    }
    #expect(request.endpointIdentifier == "ep" && request.requestSeqNum == 2)
    bench.receive(.requestInProgress(RequestInProgress(requestSeqNum: 2, delay: 5_000)))
    bench.pass(.milliseconds(4_999))
    #expect(bench.taken().isEmpty)
    let confirm = AdmissionConfirm(
      requestSeqNum: 2, bandWidth: 1_280, callModel: .direct,
      destCallSignalAddress: .ipAddress(Bench.second.ip, port: 1720))
    bench.receive(.admissionConfirm(confirm), from: Bench.stranger)
    #expect(bench.taken().isEmpty)
    bench.receive(.disengageConfirm(DisengageConfirm(requestSeqNum: 2)))
    #expect(bench.taken().isEmpty)
    bench.receive(.admissionConfirm(confirm))
    #expect(bench.taken() == [.answered(tag: 9, .admissionConfirm(confirm))])
    // Once.
    bench.receive(.admissionConfirm(confirm))
    #expect(bench.taken().isEmpty)
  }

  @Test func strangersAreNotHeard() throws {
    var bench = try Bench.registered()
    let disengage = DisengageRequest(
      requestSeqNum: 9, endpointIdentifier: "ep", conferenceID: GloballyUniqueID(high: 1, low: 2),
      callReferenceValue: 7, disengageReason: .forcedDrop)
    let unregister = UnregistrationRequest(requestSeqNum: 9, callSignalAddress: [Bench.own])
    bench.receive(.disengageRequest(disengage), from: Bench.stranger)
    bench.receive(.unregistrationRequest(unregister), from: Bench.stranger)
    bench.confirmRegistration(1, from: Bench.stranger)
    #expect(bench.taken().isEmpty && bench.client.isRegistered)
    bench.receive(.disengageRequest(disengage))
    #expect(
      bench.taken() == [
        .send(.disengageConfirm(DisengageConfirm(requestSeqNum: 9)), to: Bench.first), .callEnded(disengage),
      ])
    bench.receive(.unregistrationRequest(unregister))
    let actions = bench.taken()
    #expect(actions.count == 3 && actions[1] == .unregistered && !bench.client.isRegistered)
  }

  @Test func refusedAndSentInCircles() throws {
    var bench = Bench(discovers: false)
    bench.start()
    var rounds = 0
    while rounds < 50 {
      let requests = bench.taken().compactMap { action -> (Int, SocketAddress)? in
        if case .send(.registrationRequest(let request), let address) = action {
          return (request.requestSeqNum, address)
        }
        return nil
      }
      guard let (number, address) = requests.last else { break }
      rounds += 1
      let other = address == Bench.first ? Bench.second : Bench.first
      var reject = RegistrationReject(
        requestSeqNum: number, protocolIdentifier: ProtocolIdentifier.ours, rejectReason: .resourceUnavailable)
      reject.altGKInfo = AltGKInfo(alternateGatekeeper: [Bench.alternate(other)], altGKisPermanent: false)
      bench.receive(.registrationReject(reject), from: address)
    }
    #expect(rounds == RASClientLimits.maxRedirections + 1 && !bench.client.isRegistered)
  }

  @Test func stops() throws {
    var bench = try Bench.registered()
    bench.client.stop(now: bench.now, &bench.actions)
    guard case .unregistrationRequest(let request) = try bench.request().message else {
      Issue.record("no URQ")
      return
    }
    #expect(request.endpointIdentifier == "ep" && !bench.client.isRegistered)
    bench.receive(.unregistrationConfirm(UnregistrationConfirm(requestSeqNum: request.requestSeqNum)))
    #expect(bench.taken() == [.unregistered] && bench.client.nextDeadline == nil)
  }

  @Test func openRequestsAreLimited() throws {
    var bench = try Bench.registered()
    for tag in 0..<RASClientLimits.maxPending {
      #expect(bench.client.admit(Bench.admission, tag: tag, now: bench.now, &bench.actions))
    }
    #expect(!bench.client.admit(Bench.admission, tag: -1, now: bench.now, &bench.actions))
  }
}
