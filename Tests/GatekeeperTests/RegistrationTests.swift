import Admissions
import Gatekeeper
import Guard
import H225
import OpenSSLCrypto
import PER
import Testing
import Wire

@Suite struct DiscoveryTests {
  private func request(_ bench: inout Bench, _ aliases: [AliasAddress]?) -> GatekeeperRequest {
    var request = GatekeeperRequest(
      requestSeqNum: bench.nextNumber(), protocolIdentifier: ProtocolIdentifier.ours,
      rasAddress: Bench.transport(Bench.host(11)), endpointType: EndpointType(mc: false, undefinedNode: false))
    request.endpointAlias = aliases
    return request
  }

  @Test func confirmedWithEverythingATerminalNeeds() throws {
    var bench = try Bench { $0.alternates = [Bench.host(2), Bench.host(3)] }
    let request = request(&bench, [.h323ID("technical")])
    let sent = try bench.receive(.gatekeeperRequest(request), from: Bench.host(11, port: 5_000))
    guard case .gatekeeperConfirm(let confirm)? = sent.first?.message else {
      Issue.record("\(bench.outcome)")
      return
    }
    #expect(confirm.gatekeeperIdentifier == "council" && confirm.rasAddress.socketAddress == Bench.gatekeeper)
    #expect(confirm.alternateGatekeeper?.compactMap(\.rasAddress.socketAddress) == [Bench.host(2), Bench.host(3)])
    #expect(confirm.alternateGatekeeper?.map(\.priority) == [0, 1])
    // Its rasAddress is on the host that the datagram came from.
    #expect(sent.map(\.to) == [Bench.host(11)])
  }

  @Test func aThirdPartyIsSentNothing() throws {
    var bench = try Bench()
    var request = request(&bench, [.h323ID("technical")])
    request.rasAddress = Bench.transport(Bench.stranger)
    #expect(try bench.receive(.gatekeeperRequest(request), from: Bench.host(11)).map(\.to) == [Bench.host(11)])
  }

  @Test(arguments: [
    ("technical", "confirmed"), ("1001", "confirmed"), ("if://guardian/technical", "confirmed"),
    ("technical@if.internal", "confirmed"), ("technical@example.net", "terminalExcluded: alias"),
    ("nobody", "terminalExcluded: alias"), ("resting", "terminalExcluded: alias"),
    ("expert-safety", "terminalExcluded: alias"), ("bastion", "securityDenial: h235Missing"),
  ])
  func byAlias(_ alias: String, _ outcome: String) throws {
    var bench = try Bench()
    let request = request(&bench, [.h323ID(BMPString(alias))])
    try bench.receive(.gatekeeperRequest(request), from: Bench.host(11))
    #expect(bench.outcome == outcome)
  }

  @Test func withoutAnAliasTheNetworkDecides() throws {
    var bench = try Bench()
    let first = request(&bench, nil)
    try bench.receive(.gatekeeperRequest(first), from: Bench.host(11))
    #expect(bench.outcome == "confirmed")
    let second = request(&bench, [])
    try bench.receive(.gatekeeperRequest(second), from: Bench.stranger)
    #expect(bench.outcome == "terminalExcluded: network")
  }

  @Test func anotherGatekeeperOrProtocolIsNotThisOne() throws {
    var bench = try Bench()
    var first = request(&bench, [.h323ID("technical")])
    first.gatekeeperIdentifier = "another"
    try bench.receive(.gatekeeperRequest(first), from: Bench.host(11))
    #expect(bench.outcome == "terminalExcluded: gatekeeperIdentifier")
    var second = request(&bench, [.h323ID("technical")])
    second.protocolIdentifier = CouncilData.identifier
    try bench.receive(.gatekeeperRequest(second), from: Bench.host(11))
    #expect(bench.outcome == "invalidRevision: protocol")
  }

  @Test func whoCanMakeAHashIsToldWhich() throws {
    var bench = try Bench()
    var request = request(&bench, [.h323ID("bastion")])
    request.authenticationCapability = [.pwdHash]
    request.algorithmOIDs = [try #require(H2351.hmacSHA1With96Bits)]
    let sent = try bench.receive(.gatekeeperRequest(request), from: Bench.host(11))
    guard case .gatekeeperConfirm(let confirm)? = sent.first?.message else {
      Issue.record("\(bench.outcome)")
      return
    }
    #expect(confirm.authenticationMode == .pwdHash && confirm.algorithmOID == H2351.hmacSHA1With96Bits)
    #expect(H2351.hashedToken(in: confirm.cryptoTokens) != nil)
  }

  @Test func whereSomebodyIs() throws {
    var bench = try Bench { $0.neighbours = [CIDR("198.51.100.0/24")].compactMap { $0 } }
    let confirm = try bench.register("technical", at: Bench.host(11))
    func locate(_ name: String, from source: SocketAddress, _ identifier: BMPString? = nil) throws -> RasMessage? {
      var request = LocationRequest(
        requestSeqNum: bench.nextNumber(), destinationInfo: [.h323ID(BMPString(name))],
        replyAddress: Bench.transport(source))
      request.endpointIdentifier = identifier
      return try bench.receive(.locationRequest(request), from: source).first?.message
    }
    let neighbour = Bench.stranger
    guard case .locationConfirm(let room)? = try locate("council-1", from: neighbour) else {
      Issue.record("\(bench.outcome)")
      return
    }
    #expect(room.callSignalAddress.socketAddress == Bench.council)
    guard case .locationConfirm(let terminal)? = try locate("technical", from: neighbour) else {
      Issue.record("\(bench.outcome)")
      return
    }
    #expect(terminal.callSignalAddress.socketAddress == Bench.host(11, port: 1720))
    _ = try locate("ethics", from: neighbour)
    #expect(bench.outcome == "notRegistered: destination")
    _ = try locate("council-1", from: Bench.host(40))
    #expect(bench.outcome == "invalidPermission: stranger")
    _ = try locate("council-1", from: Bench.host(11), confirm.endpointIdentifier)
    #expect(bench.outcome == "confirmed")
  }
}

@Suite struct RegistrationTests {
  private static let address = Bench.host(11)

  @Test func registeredAndListed() throws {
    var bench = try Bench { $0.alternates = [Bench.host(2)] }
    let confirm = try bench.register("technical", at: Self.address, timeToLive: 60)
    #expect(confirm.timeToLive == 60 && confirm.gatekeeperIdentifier == "council" && confirm.preGrantedARQ == nil)
    #expect(confirm.alternateGatekeeper?.count == 1 && confirm.terminalAlias == [.h323ID("technical")])
    #expect(confirm.endpointIdentifier.text.utf8.count == 32)
    let endpoint = try #require(bench.gatekeeper.endpoints.first)
    #expect(endpoint.terminal == "if://guardian/technical" && endpoint.aliases == ["technical"])
    #expect(endpoint.rasAddress == Self.address && endpoint.callSignalAddress == Bench.host(11, port: 1720))
    #expect(
      bench.gatekeeper.endpoint(alias: "technical") == endpoint && bench.gatekeeper.endpoint(alias: "1001") == nil)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var outcome: String
    var source = RegistrationTests.address
    var change: @Sendable (inout RegistrationRequest) -> Void
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "as it should be", outcome: "confirmed") { _ in },
    Case(name: "all its names", outcome: "confirmed") {
      $0.terminalAlias = [.h323ID("technical"), .dialledDigits("1001"), .urlID("h323:technical@if.internal")]
    },
    Case(name: "no name", outcome: "invalidAlias: aliases") { $0.terminalAlias = nil },
    Case(name: "as many names as there may be", outcome: "confirmed") {
      $0.terminalAlias = [AliasAddress](repeating: .h323ID("technical"), count: 16)
    },
    Case(name: "one name more", outcome: "invalidAlias: aliases") {
      $0.terminalAlias = [AliasAddress](repeating: .h323ID("technical"), count: 17)
    },
    Case(name: "another's name beside its own", outcome: "invalidAlias: alias") {
      $0.terminalAlias = [.h323ID("technical"), .h323ID("ethics")]
    },
    Case(name: "nobody's name beside its own", outcome: "invalidAlias: alias") {
      $0.terminalAlias = [.h323ID("technical"), .h323ID("council-1")]
    },
    Case(name: "nobody", outcome: "securityDenial: stranger") { $0.terminalAlias = [.h323ID("nobody")] },
    Case(name: "a room", outcome: "securityDenial: stranger") { $0.terminalAlias = [.h323ID("council")] },
    Case(name: "suspended", outcome: "securityDenial: stranger") { $0.terminalAlias = [.h323ID("resting")] },
    Case(name: "another network", outcome: "securityDenial: network", source: Bench.stranger) { _ in },
    Case(name: "another gatekeeper", outcome: "discoveryRequired: gatekeeperIdentifier") {
      $0.gatekeeperIdentifier = "another"
    },
    Case(name: "another protocol", outcome: "invalidRevision: protocol") {
      $0.protocolIdentifier = CouncilData.identifier
    },
    Case(name: "no RAS address", outcome: "invalidRASAddress: rasAddress") { $0.rasAddress = [] },
    Case(name: "an RAS address that is none", outcome: "invalidRASAddress: rasAddress") {
      $0.rasAddress = [.netBios([UInt8](repeating: 65, count: 16))]
    },
    Case(name: "nine RAS addresses", outcome: "invalidRASAddress: rasAddress") {
      $0.rasAddress = [TransportAddress](repeating: Bench.transport(RegistrationTests.address), count: 9)
    },
    Case(name: "no address for calls", outcome: "invalidCallSignalAddress: callSignalAddress") {
      $0.callSignalAddress = []
    },
    Case(name: "a third party's address for calls", outcome: "invalidCallSignalAddress: callSignalAddress") {
      $0.callSignalAddress = [Bench.transport(Bench.stranger)]
    },
    Case(name: "any address of its own", outcome: "confirmed") {
      $0.callSignalAddress = [.ipAddress(.anyIPv4, port: 1720)]
    },
    Case(name: "more names, added to nothing", outcome: "fullRegistrationRequired: notRegistered") {
      $0.additiveRegistration = true
    },
    Case(name: "a name of a later version before its own", outcome: "confirmed") {
      $0.terminalAlias?.insert(.other(H225Alternative(index: 42, octets: [1, 2])), at: 0)
    },
    Case(name: "names of a later version alone", outcome: "invalidAlias: aliases") {
      $0.terminalAlias = [.other(H225Alternative(index: 42, octets: [1, 2]))]
    },
    Case(name: "an RAS address of a later version before its own", outcome: "confirmed") {
      $0.rasAddress.insert(.netBios([UInt8](repeating: 65, count: 16)), at: 0)
    },
    Case(name: "kept alive before it began", outcome: "fullRegistrationRequired: notRegistered") {
      $0.keepAlive = true
      $0.endpointIdentifier = "00000000000000000000000000000000"
    },
  ]

  @Test(arguments: cases)
  func refusals(_ refusal: Case) throws {
    var bench = try Bench()
    var request = bench.registration([.h323ID("technical")], ras: Self.address)
    refusal.change(&request)
    let sent = try bench.receive(.registrationRequest(request), from: refusal.source)
    #expect(bench.outcome == refusal.outcome && sent.count == 1)
    #expect(bench.gatekeeper.endpoints.count == (refusal.outcome == "confirmed" ? 1 : 0))
    if refusal.source == Bench.stranger { #expect(sent.map(\.to) == [Bench.stranger]) }
  }

  @Test func namesComeAndGo() throws {
    var bench = try Bench()
    let confirm = try bench.register("technical", at: Self.address)
    #expect(confirm.supportsAdditiveRegistration)
    func add(_ names: [AliasAddress], to identifier: BMPString?) -> RasMessage {
      var request = bench.registration(names, ras: Self.address)
      request.additiveRegistration = true
      request.endpointIdentifier = identifier
      return .registrationRequest(request)
    }
    func drop(_ names: [AliasAddress]) -> RasMessage {
      var request = UnregistrationRequest(requestSeqNum: bench.nextNumber(), callSignalAddress: [])
      request.endpointIdentifier = confirm.endpointIdentifier
      request.endpointAlias = names
      return .unregistrationRequest(request)
    }
    let more = add([.dialledDigits("1001")], to: confirm.endpointIdentifier)
    try bench.receive(more, from: Bench.host(12))
    #expect(bench.outcome == "fullRegistrationRequired: notRegistered")
    let anothers = add([.h323ID("ethics")], to: confirm.endpointIdentifier)
    try bench.receive(anothers, from: Self.address)
    #expect(bench.outcome != "confirmed")
    let again = add([.dialledDigits("1001")], to: confirm.endpointIdentifier)
    let sent = try bench.receive(again, from: Self.address)
    guard case .registrationConfirm(let both)? = sent.first?.message else {
      Issue.record("\(bench.outcome)")
      return
    }
    #expect(both.terminalAlias == [.h323ID("technical"), .dialledDigits("1001")])
    #expect(bench.gatekeeper.endpoint(alias: "1001")?.identifier == confirm.endpointIdentifier.text)
    // One of them goes, the endpoint stays.
    let nobodys = drop([.h323ID("ethics")])
    try bench.receive(nobodys, from: Self.address)
    #expect(bench.outcome == "notCurrentlyRegistered: alias")
    let one = drop([.h323ID("technical")])
    try bench.receive(one, from: Self.address)
    #expect(bench.outcome == "confirmed" && bench.unregistered.isEmpty)
    #expect(bench.gatekeeper.endpoints.map(\.aliases) == [["1001"]])
    #expect(bench.gatekeeper.endpoint(alias: "technical") == nil)
    let last = drop([.dialledDigits("1001")])
    try bench.receive(last, from: Self.address)
    #expect(bench.gatekeeper.endpoints.isEmpty && bench.unregistered == [.request])
  }

  @Test func oneNameOneEndpoint() throws {
    var bench = try Bench()
    try bench.register("technical", at: Self.address)
    let request = bench.registration([.h323ID("technical")], ras: Bench.host(12))
    let sent = try bench.receive(.registrationRequest(request), from: Bench.host(12))
    guard case .registrationReject(let reject)? = sent.first?.message else {
      Issue.record("\(bench.outcome)")
      return
    }
    #expect(reject.rejectReason == .duplicateAlias([.h323ID("technical")]))
    #expect(bench.gatekeeper.endpoints.map(\.source) == [Self.address])
    // From where it is, it may say it again, and is the same endpoint.
    let before = try #require(bench.gatekeeper.endpoints.first)
    let again = try bench.register("technical", at: Self.address)
    #expect(again.endpointIdentifier.text == before.identifier && bench.unregistered.isEmpty)
    // Under another of its names it is a second endpoint.
    try bench.register("1001", at: Bench.host(12))
    #expect(bench.gatekeeper.endpoints.count == 2)
  }

  @Test func whoSignsRegistersFromAnywhere() throws {
    var bench = try Bench()
    try bench.register("technical", at: Self.address)
    var request = bench.registration([.h323ID("technical")], ras: Bench.stranger)
    func token(_ callType: String, _ seed: [UInt8] = Keys.technical) throws -> ClearToken {
      AdmissionToken(
        terminalID: "if://guardian/technical", callIdentifier: GloballyUniqueID(high: 0, low: 0), callType: callType,
        bandwidthBitsPerSecond: 0, timestamp: bench.moment.clock
      ).signed(by: try Ed25519PrivateKey(seed: seed.span))
    }
    request.tokens = [try token(AdmissionToken.escalate)]
    try bench.receive(.registrationRequest(request), from: Bench.stranger)
    #expect(bench.outcome == "securityDenial: tokenType")
    request.tokens = [try token(AdmissionToken.register, Keys.ethics)]
    try bench.receive(.registrationRequest(request), from: Bench.stranger)
    #expect(bench.outcome == "securityDenial: tokenSignature")
    request.tokens = [try token(AdmissionToken.register)]
    try bench.receive(.registrationRequest(request), from: Bench.stranger)
    #expect(bench.outcome == "confirmed" && bench.unregistered == [.replaced])
    #expect(bench.gatekeeper.endpoints.map(\.source) == [Bench.stranger])
    // Nobody does with what he has overheard.
    request.requestSeqNum = bench.nextNumber()
    try bench.receive(.registrationRequest(request), from: Bench.host(99))
    #expect(bench.outcome == "securityDenial: tokenReplay")
  }

  @Test func aRegistrationEndsUnlessItIsKeptAlive() throws {
    var bench = try Bench()
    let confirm = try bench.register("technical", at: Self.address, timeToLive: 60)
    func keepAlive(_ source: SocketAddress = Self.address) -> RegistrationRequest {
      var request = bench.registration([], ras: Self.address)
      request.terminalAlias = nil
      request.keepAlive = true
      request.endpointIdentifier = confirm.endpointIdentifier
      return request
    }
    bench.pass(.seconds(50))
    let first = keepAlive()
    try bench.receive(.registrationRequest(first), from: Self.address)
    #expect(bench.outcome == "confirmed")
    // From elsewhere nobody keeps it alive.
    bench.pass(.seconds(50))
    let second = keepAlive()
    try bench.receive(.registrationRequest(second), from: Bench.host(12))
    #expect(bench.outcome == "fullRegistrationRequired: notRegistered")
    bench.pass(.milliseconds(11_999))
    #expect(bench.gatekeeper.endpoints.count == 1)
    let sent = bench.pass(.milliseconds(1))
    #expect(bench.gatekeeper.endpoints.isEmpty && bench.unregistered == [.expired])
    guard case .unregistrationRequest(let request)? = sent.first?.message else {
      Issue.record("no URQ")
      return
    }
    #expect(request.reason == .ttlExpired && request.endpointIdentifier == confirm.endpointIdentifier)
    let third = keepAlive()
    try bench.receive(.registrationRequest(third), from: Self.address)
    #expect(bench.outcome == "fullRegistrationRequired: notRegistered")
    // The name is free.
    try bench.register("technical", at: Bench.host(12))
  }

  @Test(arguments: [(1, 10), (10, 10), (299, 299), (300, 300), (100_000, 300), (nil, 300)])
  func timesToLive(_ wanted: Int?, _ given: Int) throws {
    var bench = try Bench()
    #expect(try bench.register("technical", at: Self.address, timeToLive: wanted).timeToLive == given)
  }

  @Test func eitherSideUnregisters() throws {
    var bench = try Bench()
    let confirm = try bench.register("technical", at: Self.address)
    func leave(_ identifier: BMPString?) -> RasMessage {
      var request = UnregistrationRequest(requestSeqNum: bench.nextNumber(), callSignalAddress: [])
      request.endpointIdentifier = identifier
      return .unregistrationRequest(request)
    }
    let forged = leave(confirm.endpointIdentifier)
    try bench.receive(forged, from: Bench.host(12))
    #expect(bench.outcome == "notCurrentlyRegistered: notRegistered" && bench.gatekeeper.endpoints.count == 1)
    let real = leave(confirm.endpointIdentifier)
    let sent = try bench.receive(real, from: Self.address)
    #expect(bench.gatekeeper.endpoints.isEmpty && bench.unregistered == [.request])
    guard case .unregistrationConfirm? = sent.first?.message else {
      Issue.record("no UCF")
      return
    }
    // And by our own word, until it is answered.
    let again = try bench.register("technical", at: Self.address)
    let isPutOut = bench.operate { $0.unregister(again.endpointIdentifier.text, at: $1, admissions: &$2, into: &$3) }
    #expect(isPutOut)
    guard case .unregistrationRequest(let request)? = bench.sent.first?.message else {
      Issue.record("no URQ")
      return
    }
    #expect(request.reason == .maintenance && bench.gatekeeper.endpoints.isEmpty)
    #expect(bench.pass(.seconds(3)).count == 1, "repeated")
    try bench.receive(
      .unregistrationConfirm(UnregistrationConfirm(requestSeqNum: request.requestSeqNum)), from: Bench.host(12))
    #expect(bench.outcome == "ignored")
    try bench.receive(
      .unregistrationConfirm(UnregistrationConfirm(requestSeqNum: request.requestSeqNum)), from: Self.address)
    #expect(bench.outcome == "confirmed" && bench.pass(.seconds(60)).isEmpty)
  }

  @Test func anotherRegistryPutsOut() throws {
    var bench = try Bench()
    let hall = Bench.host(12)
    try bench.register("technical", at: Self.address)
    let confirm = try bench.register("hall", at: hall)
    _ = try bench.admitted(confirm.endpointIdentifier, at: hall)
    var draft = RegistryDraft.council
    draft.guardians[2].status = "suspended"
    let registry = try Registry(draft)
    bench.operate { $0.setRegistry(registry, at: $1, admissions: &$2, into: &$3) }
    #expect(bench.gatekeeper.endpoints.map(\.terminal) == ["if://guardian/technical"])
    #expect(bench.unregistered == [.registry] && bench.disengaged == [.command] && bench.table.count == 0)
    #expect(bench.sent.map(\.message.shortName) == ["DRQ", "URQ"])
    let again = bench.registration([.h323ID("hall")], ras: hall)
    try bench.receive(.registrationRequest(again), from: hall)
    #expect(bench.outcome == "securityDenial: stranger")
  }

  @Test func preGrantedCallsNeedNoQuestion() throws {
    var bench = try Bench { $0.preGrants = true }
    let hall = Bench.host(12)
    let confirm = try bench.register("hall", at: hall)
    let granted = try #require(confirm.preGrantedARQ)
    #expect(granted.makeCall && !granted.answerCall && granted.totalBandwidthRestriction == 2_560)
    let identifier = GloballyUniqueID(high: 3, low: 3)
    func take() -> Admission? {
      bench.table.take(
        identifier, endpointIdentifier: confirm.endpointIdentifier.text, destination: .room("council-1"), from: hall.ip,
        now: bench.now)
    }
    #expect(take()?.party == .guardian("if://guardian/hall"))
    bench.table.release(identifier)
    // Who has to sign has to ask.
    #expect(try bench.register("technical", at: Self.address).preGrantedARQ == nil)
    bench.pass(.seconds(400))
    #expect(bench.gatekeeper.endpoints.isEmpty && take() == nil)
  }
}
