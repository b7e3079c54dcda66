import Admissions
import Gatekeeper
import Guard
import H225
import PER
import Testing
import Wire

@Suite struct CallTests {
  private static let hall = Bench.host(12)

  private func begun() throws -> (Bench, BMPString, AdmissionRequest) {
    var bench = try Bench()
    let confirm = try bench.register("hall", at: Self.hall)
    let request = try bench.admitted(confirm.endpointIdentifier, at: Self.hall)
    return (bench, confirm.endpointIdentifier, request)
  }

  // MARK: DRQ

  @Test func theTerminalEndsItsCall() throws {
    var (bench, _, request) = try begun()
    let ending = bench.disengage(request)
    let sent = try bench.receive(.disengageRequest(ending), from: Self.hall)
    guard case .disengageConfirm? = sent.first?.message else {
      Issue.record("\(bench.outcome)")
      return
    }
    #expect(bench.disengaged == [.terminal] && bench.gatekeeper.admittedCalls.isEmpty && bench.table.count == 0)
    // Once.
    let again = bench.disengage(request)
    try bench.receive(.disengageRequest(again), from: Self.hall)
    #expect(bench.outcome == "confirmed" && bench.disengaged.isEmpty)
  }

  @Test func aForgedDRQEndsNothing() throws {
    var (bench, identifier, request) = try begun()
    let other = try bench.register("technical", at: Bench.host(11))
    let forged: [(DisengageRequest, SocketAddress, String)] = [
      (bench.disengage(request), Bench.stranger, "notRegistered: notRegistered"),
      (bench.disengage(request), Bench.host(12, port: 1_718), "notRegistered: notRegistered"),
      (bench.disengage(request), Bench.host(11), "notRegistered: notRegistered"),
      (bench.disengage(request, identifier: other.endpointIdentifier), Self.hall, "notRegistered: notRegistered"),
      (
        bench.disengage(request, identifier: other.endpointIdentifier), Bench.host(11),
        "requestToDropOther: otherCall"
      ),
    ]
    for (message, source, outcome) in forged {
      try bench.receive(.disengageRequest(message), from: source)
      #expect(bench.outcome == outcome && bench.disengaged.isEmpty)
    }
    #expect(bench.gatekeeper.admittedCalls.count == 1 && identifier == request.endpointIdentifier)
  }

  @Test func theOperatorEndsACall() throws {
    var (bench, identifier, request) = try begun()
    let callIdentifier = try #require(request.callIdentifier?.guid)
    // Its leg runs: whoever ends that frees its place.
    _ = bench.table.take(callIdentifier, from: Self.hall.ip, now: bench.now)
    let isEnded = bench.operate { $0.endCall(callIdentifier, at: $1, admissions: &$2, into: &$3) }
    #expect(isEnded)
    #expect(bench.disengaged == [.command] && bench.table.occupancy(of: "council-1") == 1)
    guard case .disengageRequest(let drop)? = bench.sent.first?.message else {
      Issue.record("no DRQ")
      return
    }
    #expect(drop.endpointIdentifier == identifier && drop.callIdentifier?.guid == callIdentifier)
    #expect(drop.disengageReason == .forcedDrop && drop.callReferenceValue == 7)
    #expect(bench.pass(.seconds(2)).count == 1 && bench.pass(.seconds(2)).count == 1)
    #expect(bench.pass(.seconds(60)).isEmpty, "given up")
    let isEndedAgain = bench.operate { $0.endCall(callIdentifier, at: $1, admissions: &$2, into: &$3) }
    #expect(!isEndedAgain)
  }

  @Test func whoLeavesEndsItsCalls() throws {
    var (bench, identifier, _) = try begun()
    var request = UnregistrationRequest(requestSeqNum: bench.nextNumber(), callSignalAddress: [])
    request.endpointIdentifier = identifier
    try bench.receive(.unregistrationRequest(request), from: Self.hall)
    #expect(bench.disengaged == [.terminal] && bench.unregistered == [.request] && bench.table.count == 0)
  }

  // MARK: BRQ

  @Test(arguments: [
    (1, "confirmed"), (1_280, "confirmed"), (2_560, "confirmed"), (2_561, "insufficientResources: bandwidth"),
    (4_294_967_295, "insufficientResources: bandwidth"),
  ])
  func anotherBandwidth(_ wanted: Int, _ outcome: String) throws {
    var (bench, identifier, request) = try begun()
    var change = BandwidthRequest(
      requestSeqNum: bench.nextNumber(), endpointIdentifier: identifier, conferenceID: request.conferenceID,
      callReferenceValue: request.callReferenceValue, bandWidth: wanted)
    change.callIdentifier = request.callIdentifier
    let sent = try bench.receive(.bandwidthRequest(change), from: Self.hall)
    #expect(bench.outcome == outcome)
    let holds = outcome == "confirmed" ? Int64(wanted) * 100 : 128_000
    #expect(bench.gatekeeper.admittedCalls.map(\.admission.bandwidthBitsPerSecond) == [holds])
    #expect(bench.table.bandwidth(of: .guardian("if://guardian/hall")) == holds)
    if case .bandwidthReject(let reject)? = sent.first?.message { #expect(reject.allowedBandWidth == 2_560) }
    // Of no call, and from elsewhere.
    change.requestSeqNum = bench.nextNumber()
    try bench.receive(.bandwidthRequest(change), from: Bench.host(13))
    #expect(bench.outcome == "notBound: notRegistered")
    change.callIdentifier = CallIdentifier(guid: GloballyUniqueID(high: 0, low: 0))
    try bench.receive(.bandwidthRequest(change), from: Self.hall)
    #expect(bench.outcome == "invalidConferenceID: unknownCall")
  }

  @Test func theOperatorGivesLess() throws {
    var (bench, _, request) = try begun()
    let callIdentifier = try #require(request.callIdentifier?.guid)
    bench.operate { $0.changeBandwidth(64_000, of: callIdentifier, at: $1, into: &$3) }
    guard case .bandwidthRequest(let change)? = bench.sent.first?.message else {
      Issue.record("no BRQ")
      return
    }
    #expect(change.bandWidth == 640)
    #expect(bench.gatekeeper.admittedCalls.first?.admission.bandwidthBitsPerSecond == 128_000)
    // A terminal that confirms more than it was asked for has no more.
    try bench.receive(
      .bandwidthConfirm(BandwidthConfirm(requestSeqNum: change.requestSeqNum, bandWidth: 100_000)), from: Self.hall)
    #expect(bench.gatekeeper.admittedCalls.first?.admission.bandwidthBitsPerSecond == 64_000)
  }

  // MARK: IRQ

  private func told(_ number: Int, _ identifier: BMPString, _ calls: [GloballyUniqueID]) -> InfoRequestResponse {
    var response = InfoRequestResponse(
      requestSeqNum: number, endpointType: EndpointType(mc: false, undefinedNode: false),
      endpointIdentifier: identifier, rasAddress: Bench.transport(Self.hall), callSignalAddress: [])
    response.perCallInfo = calls.map { call in
      var told = PerCallInfo(
        callReferenceValue: 7, conferenceID: GloballyUniqueID(high: 0, low: 0), h245: TransportChannelInfo(),
        callSignalling: TransportChannelInfo(), callType: .pointToPoint, bandWidth: 1_280, callModel: .direct)
      told.callIdentifier = CallIdentifier(guid: call)
      return told
    }
    return response
  }

  private func asked(_ sent: [Bench.Sent]) throws -> InfoRequest {
    for case .infoRequest(let request) in sent.map(\.message) { return request }
    throw PERError(.unknownValue, at: 0)
  }

  @Test func aCallThatTheTerminalDoesNotKnowIsFreed() throws {
    var (bench, identifier, request) = try begun()
    let callIdentifier = try #require(request.callIdentifier?.guid)
    #expect(bench.pass(.milliseconds(59_999)).isEmpty)
    let first = try asked(bench.pass(.milliseconds(1)))
    #expect(first.callIdentifier?.guid == callIdentifier && first.callReferenceValue == 7)
    let known = told(first.requestSeqNum, identifier, [callIdentifier])
    try bench.receive(.infoRequestResponse(known), from: Self.hall)
    #expect(bench.gatekeeper.admittedCalls.count == 1 && bench.outcome == "confirmed")
    let second = try asked(bench.pass(.seconds(60)))
    let unknown = told(second.requestSeqNum, identifier, [])
    // A stranger does not free it.
    try bench.receive(.infoRequestResponse(unknown), from: Bench.stranger)
    #expect(bench.gatekeeper.admittedCalls.count == 1 && bench.outcome == "ignored")
    try bench.receive(.infoRequestResponse(unknown), from: Self.hall)
    #expect(bench.gatekeeper.admittedCalls.isEmpty && bench.disengaged == [.unknown] && bench.table.count == 0)
  }

  @Test func whoTellsByItselfIsNotAsked() throws {
    var (bench, identifier, request) = try begun()
    let callIdentifier = try #require(request.callIdentifier?.guid)
    for number in 1...4 {
      #expect(bench.pass(.seconds(45)).isEmpty)
      var known = told(number, identifier, [callIdentifier])
      known.unsolicited = true
      known.needResponse = true
      let sent = try bench.receive(.infoRequestResponse(known), from: Self.hall)
      #expect(sent.map(\.message) == [.infoRequestAck(InfoRequestAck(requestSeqNum: number))])
    }
    // Once it has vanished it is asked, and then its call is freed.
    #expect(bench.pass(.seconds(60)).count == 1)
    bench.pass(.seconds(240))
    #expect(bench.gatekeeper.admittedCalls.isEmpty && bench.disengaged == [.unknown])
  }

  @Test func whoIsNotRegisteredIsToldSo() throws {
    var (bench, identifier, request) = try begun()
    let callIdentifier = try #require(request.callIdentifier?.guid)
    var report = told(77, identifier, [callIdentifier])
    try bench.receive(.infoRequestResponse(report), from: Bench.stranger)
    #expect(bench.outcome == "ignored" && bench.sent.isEmpty)
    report.needResponse = true
    let sent = try bench.receive(.infoRequestResponse(report), from: Bench.stranger)
    guard case .infoRequestNak(let refusal)? = sent.first?.message else {
      Issue.record("no INAK")
      return
    }
    #expect(refusal.requestSeqNum == 77 && refusal.nakReason == .notRegistered)
  }

  @Test func aCallWhoseLegRunsIsKnown() throws {
    var (bench, identifier, request) = try begun()
    let callIdentifier = try #require(request.callIdentifier?.guid)
    _ = bench.table.take(callIdentifier, from: Self.hall.ip, now: bench.now)
    let question = try asked(bench.pass(.seconds(60)))
    let unknown = told(question.requestSeqNum, identifier, [])
    try bench.receive(.infoRequestResponse(unknown), from: Self.hall)
    #expect(bench.gatekeeper.admittedCalls.count == 1)
    bench.table.release(callIdentifier)
    let next = try asked(bench.pass(.seconds(60)))
    let still = told(next.requestSeqNum, identifier, [])
    try bench.receive(.infoRequestResponse(still), from: Self.hall)
    #expect(bench.gatekeeper.admittedCalls.isEmpty)
  }

  @Test func aSilentTerminalsCallIsFreedAfterThreeQuestions() throws {
    var (bench, _, _) = try begun()
    #expect(bench.pass(.seconds(185)).count == 9, "three questions, each three times")
    #expect(bench.gatekeeper.admittedCalls.count == 1)
    bench.pass(.seconds(1))
    #expect(bench.gatekeeper.admittedCalls.isEmpty && bench.disengaged == [.unknown])
  }

  @Test func theOperatorAsks() throws {
    var (bench, identifier, request) = try begun()
    let callIdentifier = try #require(request.callIdentifier?.guid)
    bench.operate { $0.askStatus(of: callIdentifier, at: $1, into: &$3) }
    let question = try asked(bench.sent)
    var answer = told(question.requestSeqNum, identifier, [callIdentifier])
    answer.needResponse = true
    let sent = try bench.receive(.infoRequestResponse(answer), from: Self.hall)
    #expect(sent.map(\.message.shortName) == ["IACK"])
  }

  @Test func aCallGoesOnWhenItsTerminalRegistersAnew() throws {
    var (bench, identifier, request) = try begun()
    _ = bench.table.take(try #require(request.callIdentifier?.guid), from: Self.hall.ip, now: bench.now)
    bench.pass(.seconds(310))
    #expect(bench.gatekeeper.endpoints.isEmpty && bench.gatekeeper.admittedCalls.count == 1)
    let elsewhere = Bench.host(12, port: 4_000)
    let again = try bench.register("hall", at: elsewhere)
    #expect(again.endpointIdentifier != identifier)
    let ending = bench.disengage(request, identifier: again.endpointIdentifier)
    try bench.receive(.disengageRequest(ending), from: elsewhere)
    #expect(bench.disengaged == [.terminal])
  }

  // MARK: The rest

  @Test func whatIsNotKnownIsSaidSo() throws {
    var bench = try Bench()
    let message = NonStandardMessage(requestSeqNum: 9, nonStandardData: CouncilData.traceID("trace"))
    let sent = try bench.receive(.nonStandardMessage(message), from: Bench.stranger)
    guard case .unknownMessageResponse(let answer)? = sent.first?.message else {
      Issue.record("no XRS")
      return
    }
    #expect(answer.requestSeqNum == 9 && bench.outcome == "unsupported")
    try bench.receive(.other(H225Alternative(index: 40, octets: [1, 2])), from: Bench.stranger)
    #expect(bench.sent.map(\.message.shortName) == ["XRS"] && bench.record?.label == "other")
    // Answers to what nobody asked, and what is no message.
    #expect(try bench.receive(.disengageConfirm(DisengageConfirm(requestSeqNum: 1)), from: Bench.stranger).isEmpty)
    #expect(bench.outcome == "ignored")
    #expect(try bench.receive(octets: [0xFF, 0xFF], from: Bench.stranger).isEmpty && bench.outcome == "malformed")
    let tooLong = [UInt8](repeating: 0, count: 8_193)
    #expect(try bench.receive(octets: tooLong, from: Bench.stranger).isEmpty && bench.outcome == "malformed")
  }

  @Test func recordsHoldWhatTheWitnessWants() throws {
    let (bench, _, request) = try begun()
    let event = try #require(bench.record).witnessEvent(at: Bench.start)
    var text: [UInt8] = []
    event.appendJSON(to: &text)
    let json = String(decoding: text, as: UTF8.self)
    for part in [
      #""event":"h323.ras""#, #""component":"h323""#, #""method":"ARQ""#, #""direction":"in""#,
      #""result":"confirmed""#,
      #""terminal":"if://guardian/hall""#, #""room":"council-1""#, #""address":"192.0.2.12:1719""#,
      "\"call_id\":\"\(request.callIdentifier?.guid.hex ?? "")\"",
    ] {
      #expect(json.contains(part), "\(part) in \(json)")
    }
  }
}
