import Admissions
import Gatekeeper
import Guard
import H225
import OpenSSLCrypto
import PER
import Testing
import Wire

/// The gates of DOMAIN §9, one by one and in their order.
@Suite struct AdmissionTests {
  private static let address = Bench.host(11)

  @Test func aSignedCallEntersARoom() throws {
    var bench = try Bench()
    let confirm = try bench.register("technical", at: Self.address)
    var request = bench.admission(confirm.endpointIdentifier)
    request.tokens = [try bench.token(for: request)]
    request.nonStandardData = CouncilData.traceID("trace-9")
    let sent = try bench.receive(.admissionRequest(request), from: Self.address)
    guard case .admissionConfirm(let answer)? = sent.first?.message else {
      Issue.record("\(bench.outcome)")
      return
    }
    #expect(sent.count == 1 && sent[0].to == Self.address)
    #expect(answer.bandWidth == 1_280 && answer.callModel == .direct && answer.requestSeqNum == request.requestSeqNum)
    #expect(answer.destCallSignalAddress.socketAddress == Bench.council)
    let call = try #require(bench.gatekeeper.admittedCalls.first)
    let expected = Admission(
      callIdentifier: GloballyUniqueID(high: 2, low: bench.call), party: .guardian("if://guardian/technical"),
      destination: .room("council-1"), bandwidthBitsPerSecond: 128_000, traceID: "trace-9", source: Self.address.ip)
    #expect(call.admission == expected && call.terminal == "if://guardian/technical")
    #expect(bench.table.take(expected.callIdentifier, from: Bench.stranger.ip, now: bench.now) == nil)
    #expect(bench.table.take(expected.callIdentifier, from: Self.address.ip, now: bench.now) == expected)
    let record = try #require(bench.record)
    #expect(record.message == "ARQ" && record.room == "council-1" && record.traceID == "trace-9")
    #expect(record.terminal == "if://guardian/technical" && record.callIdentifier == expected.callIdentifier)
  }

  struct Gate: Sendable, CustomTestStringConvertible {
    var name: String
    var outcome: String
    var arrange: @Sendable (inout Bench, inout AdmissionRequest) throws -> Void
    var source = AdmissionTests.address
    var testDescription: String { name }
  }

  private static func token(
    _ name: String, _ outcome: String, _ change: @escaping @Sendable (inout AdmissionToken) -> Void
  ) -> Gate {
    Gate(name: name, outcome: outcome) { bench, request in
      request.tokens = [try bench.token(for: request, change)]
    }
  }

  /// What one thing does that is wrong with an ARQ of `technical`, which would be confirmed.
  static let gates: [Gate] = [
    Gate(name: "nothing is wrong", outcome: "confirmed") { _, _ in },
    // 1: signature or token.
    Gate(name: "no token", outcome: "securityDenial: tokenMissing") { $1.tokens = nil },
    Gate(name: "no token under our identifier", outcome: "securityDenial: token: malformed") { bench, request in
      var token = ClearToken(tokenOID: CouncilData.identifier)
      token.nonStandard = H235NonStandardParameter(nonStandardIdentifier: CouncilData.identifier, data: [1, 2])
      request.tokens = [token]
    },
    Gate(name: "another's signature", outcome: "securityDenial: tokenSignature") { bench, request in
      request.tokens = [try bench.token(for: request, seed: Keys.stranger)]
    },
    Gate(name: "a bit is another", outcome: "securityDenial: tokenSignature") { bench, request in
      var token = try bench.token(for: request)
      guard var data = token.nonStandard?.data, let place = data.firstIndex(of: UInt8(ascii: "8")) else { return }
      data[place] = UInt8(ascii: "9")
      token.nonStandard?.data = data
      request.tokens = [token]
    },
    token("too old", "securityDenial: tokenTime") { $0.timestamp = $0.timestamp + .seconds(-301) },
    token("too new", "securityDenial: tokenTime") { $0.timestamp = $0.timestamp + .seconds(301) },
    token("just new enough", "confirmed") { $0.timestamp = $0.timestamp + .seconds(300) },
    token("another call", "securityDenial: tokenCall") { $0.callIdentifier = GloballyUniqueID(high: 9, low: 9) },
    token("a token to register", "securityDenial: tokenCall") { $0.callType = AdmissionToken.register },
    token("nobody's terminal", "securityDenial: tokenTerminal") { $0.terminalID = "if://guardian/nobody" },
    // 2: registered.
    Gate(name: "another identifier", outcome: "callerNotRegistered: notRegistered") { _, request in
      request.endpointIdentifier = "00000000000000000000000000000000"
    },
    Gate(
      name: "from another port", outcome: "callerNotRegistered: notRegistered", arrange: { _, _ in },
      source: Bench.host(11, port: 1_718)),
    Gate(
      name: "from another host", outcome: "callerNotRegistered: notRegistered", arrange: { _, _ in },
      source: Bench.stranger),
    Gate(name: "a stranger, nothing shown", outcome: "callerNotRegistered: stranger") { _, request in
      request.endpointIdentifier = "00000000000000000000000000000000"
      request.tokens = nil
    },
    Gate(name: "a stranger with a guardian's name", outcome: "securityDenial: tokenMissing") { _, request in
      request.endpointIdentifier = "00000000000000000000000000000000"
      request.srcInfo = [.h323ID("technical")]
      request.tokens = nil
    },
    // 3: the registry's key.
    Gate(name: "another guardian's token", outcome: "securityDenial: tokenTerminal") { bench, request in
      request.tokens = [try bench.token(for: request, of: "ethics", seed: Keys.ethics)]
    },
    token("it names another key", "securityDenial: tokenKey") {
      $0.publicKey = try? Ed25519PublicKey(text: Keys.text(Keys.ethics))
    },
    token("it names its key", "confirmed") { $0.publicKey = try? Ed25519PublicKey(text: Keys.text(Keys.technical)) },
    // 4: personal data.
    token("personal data", "requestDenied: personalData") { $0.hasPII = true },
    token("personal data, but no escalation", "confirmed") {
      $0.hasPII = true
      $0.callType = "ROUTINE"
    },
    // 5: bandwidth.
    Gate(name: "as much as there is", outcome: "confirmed") { bench, request in
      request.bandWidth = 100_000
      request.tokens = [try bench.token(for: request)]
    },
    Gate(name: "100 bit/s more", outcome: "requestDenied: bandwidth") { bench, request in
      request.bandWidth = 100_001
      request.tokens = [try bench.token(for: request)]
    },
    token("the token declares more", "requestDenied: bandwidth") { $0.bandwidthBitsPerSecond = 10_000_001 },
    // Where to.
    Gate(name: "nobody", outcome: "calledPartyNotRegistered: destination") { _, request in
      request.destinationInfo = [.h323ID("nobody")]
    },
    Gate(name: "nowhere", outcome: "calledPartyNotRegistered: destination") { $1.destinationInfo = nil },
    Gate(name: "no room's name", outcome: "calledPartyNotRegistered: destination") { _, request in
      request.destinationInfo = [.h323ID("council-")]
    },
    Gate(name: "a guardian who is not there", outcome: "calledPartyNotRegistered: destination") { _, request in
      request.destinationInfo = [.h323ID("ethics")]
    },
    Gate(name: "the council", outcome: "confirmed") { $1.destinationInfo = [.h323ID("council")] },
    Gate(name: "a room by URL", outcome: "confirmed") { $1.destinationInfo = [.urlID("h323:council-9@IF.internal")] },
    Gate(name: "a room elsewhere", outcome: "calledPartyNotRegistered: destination") { _, request in
      request.destinationInfo = [.urlID("h323:council-9@example.net")]
    },
    Gate(name: "an expert", outcome: "confirmed") { $1.destinationInfo = [.h323ID("expert-safety")] },
    // 6: capacity.
    Gate(name: "the room is full", outcome: "exceedsCallCapacity: room") { bench, _ in
      for number in 0..<25 { bench.enter(UInt64(number)) }
    },
    Gate(name: "the last place", outcome: "confirmed") { bench, _ in
      for number in 0..<24 { bench.enter(UInt64(number)) }
    },
    Gate(name: "the call identifier is another's", outcome: "requestDenied: callIdentifier") { bench, request in
      bench.enter(0, identifier: request.callIdentifier?.guid)
    },
    // The first that fails decides.
    Gate(name: "signature before registration", outcome: "securityDenial: tokenSignature") { bench, request in
      request.endpointIdentifier = "00000000000000000000000000000000"
      request.tokens = [try bench.token(for: request, seed: Keys.stranger)]
    },
    Gate(name: "registration before personal data", outcome: "callerNotRegistered: notRegistered") { bench, request in
      request.endpointIdentifier = "00000000000000000000000000000000"
      request.tokens = [try bench.token(for: request) { $0.hasPII = true }]
    },
    Gate(name: "key before personal data", outcome: "securityDenial: tokenTerminal") { bench, request in
      request.tokens = [try bench.token(for: request, of: "ethics", seed: Keys.ethics) { $0.hasPII = true }]
    },
    Gate(name: "personal data before bandwidth", outcome: "requestDenied: personalData") { bench, request in
      request.bandWidth = 200_000
      request.tokens = [try bench.token(for: request) { $0.hasPII = true }]
    },
    Gate(name: "bandwidth before destination and capacity", outcome: "requestDenied: bandwidth") { bench, request in
      for number in 0..<25 { bench.enter(UInt64(number)) }
      request.bandWidth = 200_000
      request.tokens = [try bench.token(for: request)]
    },
  ]

  @Test(arguments: gates)
  func gate(_ gate: Gate) throws {
    var bench = try Bench()
    let confirm = try bench.register("technical", at: Self.address)
    bench.now += .seconds(10)
    var request = bench.admission(confirm.endpointIdentifier)
    request.tokens = [try bench.token(for: request)]
    try gate.arrange(&bench, &request)
    let before = bench.table.count
    #expect(try bench.ask(request, from: gate.source) == gate.outcome)
    let isConfirmed = gate.outcome == "confirmed"
    #expect(bench.gatekeeper.admittedCalls.count == (isConfirmed ? 1 : 0))
    #expect(bench.table.count == before + (isConfirmed ? 1 : 0))
    if !isConfirmed {
      let sent = bench.sent
      guard case .admissionReject(let reject)? = sent.first?.message, sent.count == 1 else {
        Issue.record("no ARJ")
        return
      }
      #expect(gate.outcome.hasPrefix("\(reject.rejectReason): "))
    }
  }

  @Test func aTokenIsUsedOnce() throws {
    var bench = try Bench()
    let confirm = try bench.register("technical", at: Self.address)
    var request = bench.admission(confirm.endpointIdentifier)
    request.tokens = [try bench.token(for: request)]
    #expect(try bench.ask(request, from: Self.address) == "confirmed")
    request.requestSeqNum = bench.nextNumber()
    #expect(try bench.ask(request, from: Self.address) == "securityDenial: tokenReplay")
    // Until it is too old anyway.
    bench.pass(.seconds(299))
    request.requestSeqNum = bench.nextNumber()
    #expect(try bench.ask(request, from: Self.address) == "securityDenial: tokenReplay")
    bench.pass(.seconds(2))
    request.requestSeqNum = bench.nextNumber()
    #expect(try bench.ask(request, from: Self.address) == "securityDenial: tokenTime")
  }

  @Test func aRefusedCallSpendsNothing() throws {
    var bench = try Bench()
    let confirm = try bench.register("technical", at: Self.address)
    for number in 0..<25 { bench.enter(UInt64(number)) }
    var request = bench.admission(confirm.endpointIdentifier)
    request.tokens = [try bench.token(for: request)]
    #expect(try bench.ask(request, from: Self.address) == "exceedsCallCapacity: room")
    bench.table.release(GloballyUniqueID(high: 77, low: 3))
    request.requestSeqNum = bench.nextNumber()
    #expect(try bench.ask(request, from: Self.address) == "confirmed")
  }

  @Test func tokensFromBeforeTheStartAreRefused() throws {
    var bench = try Bench()
    let confirm = try bench.register("technical", at: Self.address)
    var request = bench.admission(confirm.endpointIdentifier)
    request.tokens = [try bench.token(for: request) { $0.timestamp = Bench.start + .seconds(-1) }]
    #expect(try bench.ask(request, from: Self.address) == "securityDenial: tokenTime")
    request.requestSeqNum = bench.nextNumber()
    request.tokens = [try bench.token(for: request) { $0.timestamp = Bench.start }]
    #expect(try bench.ask(request, from: Self.address) == "confirmed")
  }

  @Test func aRequestThatComesAgainHasItsAnswerAgain() throws {
    var bench = try Bench()
    let confirm = try bench.register("technical", at: Self.address)
    var request = bench.admission(confirm.endpointIdentifier)
    request.tokens = [try bench.token(for: request)]
    let first = try bench.receive(.admissionRequest(request), from: Self.address)
    let second = try bench.receive(.admissionRequest(request), from: Self.address)
    #expect(first.map(\.octets) == second.map(\.octets) && second.count == 1)
    #expect(bench.outcome == "repeated" && bench.gatekeeper.admittedCalls.count == 1)
    // From elsewhere it is another request.
    #expect(try bench.ask(request, from: Bench.host(12)) == "securityDenial: tokenReplay")
    // So it is when it says something else under the same number.
    request.bandWidth = 2
    #expect(try bench.ask(request, from: Self.address) == "securityDenial: tokenReplay")
  }

  @Test func bandwidthIsAccountedWhileTheCallRuns() throws {
    var bench = try Bench()
    let address = Bench.host(12)
    let confirm = try bench.register("hall", at: address)
    let first = try bench.admitted(confirm.endpointIdentifier, at: address)
    let second = try bench.admitted(confirm.endpointIdentifier, at: address)
    let third = bench.admission(confirm.endpointIdentifier, bandWidth: 1)
    #expect(try bench.ask(third, from: address) == "requestDenied: bandwidth")
    let ending = bench.disengage(second)
    try bench.receive(.disengageRequest(ending), from: address)
    let fourth = bench.admission(confirm.endpointIdentifier, bandWidth: 1)
    #expect(try bench.ask(fourth, from: address) == "confirmed")
    #expect(first.bandWidth == 1_280)
  }

  @Test func withoutATokenTheNetworkDecides() throws {
    var bench = try Bench()
    let loopback = SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 4_000)
    let confirm = try bench.register("loopback", at: loopback)
    let call = bench.admission(confirm.endpointIdentifier)
    #expect(try bench.ask(call, from: loopback) == "confirmed")
    // Without networks it is loopback only.
    let request = bench.registration([.h323ID("loopback")], ras: Bench.host(13))
    try bench.receive(.registrationRequest(request), from: Bench.host(13))
    #expect(bench.outcome == "securityDenial: network")
  }

  @Test func aGuardianCallsAnother() throws {
    var bench = try Bench()
    let (hall, ethics) = (Bench.host(12), Bench.host(13))
    let caller = try bench.register("hall", at: hall)
    let called = try bench.register("ethics", at: ethics)
    let request = bench.admission(caller.endpointIdentifier, to: "ethics")
    let sent = try bench.receive(.admissionRequest(request), from: hall)
    guard case .admissionConfirm(let answer)? = sent.first?.message else {
      Issue.record("\(bench.outcome)")
      return
    }
    #expect(answer.destCallSignalAddress.socketAddress == SocketAddress(ip: ethics.ip, port: 1720))
    #expect(bench.table.count == 0, "it does not pass through us")
    func answering(_ change: (inout AdmissionRequest) -> Void = { _ in }) throws -> String {
      var answering = request
      answering.requestSeqNum = bench.nextNumber()
      answering.endpointIdentifier = called.endpointIdentifier
      answering.answerCall = true
      change(&answering)
      answering.tokens = [try bench.token(for: answering, of: "ethics", seed: Keys.ethics)]
      return try bench.ask(answering, from: ethics)
    }
    #expect(
      try answering { $0.callIdentifier = CallIdentifier(guid: GloballyUniqueID(high: 5, low: 5)) }
        == "requestDenied: unknownCall")
    #expect(try answering() == "confirmed")
    #expect(bench.gatekeeper.admittedCalls.count == 2)
    // Either end of it ends for itself.
    let ending = bench.disengage(request)
    try bench.receive(.disengageRequest(ending), from: hall)
    #expect(bench.outcome == "confirmed" && bench.gatekeeper.admittedCalls.map(\.isAnswering) == [true])
  }
}

extension Bench {
  /// Somebody else's call in the room `council-1`.
  mutating func enter(_ number: UInt64, identifier: GloballyUniqueID? = nil) {
    let admission = Admission(
      callIdentifier: identifier ?? GloballyUniqueID(high: 77, low: number), party: .gateway(callID: "\(number)"),
      destination: .room("council-1"), bandwidthBitsPerSecond: 128_000)
    #expect(table.enter(admission, now: now) == .entered)
  }
}
