import Admissions
import Gatekeeper
import Guard
import H225
import PER
import Testing
import Wire

/// H.235.1 of an entry with a password.
@Suite struct SecurityTests {
  private static let address = Bench.host(14)

  /// What the terminal `bastion` makes of a message.
  private struct Sealer {
    var password = "correct horse"
    var sender: BMPString = "bastion"
    var receiver: BMPString = "council"
    var late = Duration.zero
    var count: UInt8 = 0

    mutating func seal(_ message: RasMessage, at clock: UTCTimestamp) throws -> [UInt8] {
      count += 1
      var placeholder = [UInt8](160..<172)
      placeholder[0] = count
      return try #require(
        H2351Password(password).seal(
          message, sendersID: sender, generalID: receiver, time: clock + late, random: Int(count),
          placeholder: placeholder))
    }
  }

  private func isSealed(_ sent: [Bench.Sent]) -> Bool {
    guard let sent = sent.first, let token = H2351.hashedToken(in: sent.message.cryptoTokens) else { return false }
    return token.hashedVals.sendersID == "council"
      && H2351Password("correct horse").isAuthentic(sent.octets.span, token: token)
  }

  private func begun() throws -> (Bench, Sealer, BMPString) {
    var bench = try Bench()
    var sealer = Sealer()
    bench.now += .seconds(1)
    let request = bench.registration([.h323ID("bastion")], ras: Self.address)
    let octets = try sealer.seal(.registrationRequest(request), at: bench.moment.clock)
    let sent = try bench.receive(octets: octets, from: Self.address)
    guard case .registrationConfirm(let confirm)? = sent.first?.message else {
      Issue.record("\(bench.outcome)")
      throw PERError(.unknownValue, at: 0)
    }
    #expect(isSealed(sent))
    sealer.sender = confirm.endpointIdentifier
    return (bench, sealer, confirm.endpointIdentifier)
  }

  @Test func aCallFromBeginningToEnd() throws {
    var (bench, sealer, identifier) = try begun()
    let request = bench.admission(identifier)
    let admission = try bench.receive(
      octets: sealer.seal(.admissionRequest(request), at: bench.moment.clock), from: Self.address)
    #expect(bench.outcome == "confirmed" && isSealed(admission))
    // A hash of its own makes it no other request.
    let again = try bench.receive(
      octets: sealer.seal(.admissionRequest(request), at: bench.moment.clock), from: Self.address)
    #expect(bench.outcome == "repeated" && again.map(\.octets) == admission.map(\.octets))
    let question = bench.pass(.seconds(60))
    #expect(isSealed(question))
    let ending = bench.disengage(request)
    let end = try bench.receive(
      octets: sealer.seal(.disengageRequest(ending), at: bench.moment.clock), from: Self.address)
    #expect(bench.outcome == "confirmed" && isSealed(end))
  }

  @Test func everyMessageHasToBeSealed() throws {
    var (bench, _, identifier) = try begun()
    let request = bench.admission(identifier)
    #expect(try bench.ask(request, from: Self.address) == "securityDenial: h235Missing")
    var keepAlive = bench.registration([], ras: Self.address)
    keepAlive.keepAlive = true
    keepAlive.endpointIdentifier = identifier
    let ending = bench.disengage(request)
    var change = BandwidthRequest(
      requestSeqNum: bench.nextNumber(), endpointIdentifier: identifier, conferenceID: request.conferenceID,
      callReferenceValue: 7, bandWidth: 1)
    change.callIdentifier = request.callIdentifier
    var leaving = UnregistrationRequest(requestSeqNum: bench.nextNumber(), callSignalAddress: [])
    leaving.endpointIdentifier = identifier
    var location = LocationRequest(
      requestSeqNum: bench.nextNumber(), destinationInfo: [.h323ID("council")],
      replyAddress: Bench.transport(Self.address))
    location.endpointIdentifier = identifier
    let registration = bench.registration([.h323ID("bastion")], ras: Self.address)
    for message: RasMessage in [
      .registrationRequest(keepAlive), .disengageRequest(ending), .bandwidthRequest(change),
      .locationRequest(location), .unregistrationRequest(leaving), .registrationRequest(registration),
    ] {
      try bench.receive(message, from: Self.address)
      #expect(bench.outcome == "securityDenial: h235Missing", "\(message.shortName)")
    }
    #expect(bench.gatekeeper.endpoints.count == 1)
  }

  @Test(arguments: [
    ("as it should be", "confirmed"), ("password", "securityDenial: h235Hash"),
    ("sender", "securityDenial: h235Sender"), ("receiver", "securityDenial: h235Receiver"),
    ("late", "securityDenial: h235Time"), ("early", "securityDenial: h235Time"), ("bit", "securityDenial: h235Hash"),
    ("replay", "securityDenial: h235Replay"),
  ])
  func whatIsWrongWithASeal(_ change: String, _ outcome: String) throws {
    var (bench, sealer, identifier) = try begun()
    bench.now += .seconds(400)
    let request = bench.admission(identifier)
    switch change {
    case "password": sealer.password = "correct horse "
    case "sender": sealer.sender = "technical"
    case "receiver": sealer.receiver = "another"
    case "late": sealer.late = .seconds(301)
    case "early": sealer.late = .seconds(-301)
    default: break
    }
    var octets = try sealer.seal(.admissionRequest(request), at: bench.moment.clock)
    // The room is another: the encoding stays sound.
    if change == "bit" {
      let place = try #require(octets.indices.dropLast(3).first { Array(octets[$0..<($0 + 3)]) == [0x2D, 0, 0x31] })
      octets[place + 2] ^= 2
    }
    if change == "replay" {
      try bench.receive(octets: octets, from: Self.address)
      // The answer to it is forgotten by then.
      bench.now += .seconds(30)
    }
    try bench.receive(octets: octets, from: Self.address)
    #expect(bench.outcome == outcome)
  }

  @Test func anAnswerHasToBeSealedToo() throws {
    var (bench, sealer, identifier) = try begun()
    bench.operate { $0.unregister(identifier.text, at: $1, admissions: &$2, into: &$3) }
    #expect(isSealed(bench.sent))
    let number = try #require(bench.sent.first?.message.requestSeqNum)
    let confirm = RasMessage.unregistrationConfirm(UnregistrationConfirm(requestSeqNum: number))
    try bench.receive(confirm, from: Self.address)
    #expect(bench.outcome == "ignored" && bench.record?.detail == "h235Missing")
    try bench.receive(octets: sealer.seal(confirm, at: bench.moment.clock), from: Self.address)
    #expect(bench.outcome == "confirmed")
  }

  @Test func thePasswordReplacesWhoHasTheName() throws {
    var (bench, sealer, identifier) = try begun()
    sealer.sender = "bastion"
    let elsewhere = Bench.stranger
    let request = bench.registration([.h323ID("bastion")], ras: elsewhere)
    let octets = try sealer.seal(.registrationRequest(request), at: bench.moment.clock)
    try bench.receive(octets: octets, from: elsewhere)
    #expect(bench.outcome == "confirmed" && bench.unregistered == [.replaced])
    #expect(bench.gatekeeper.endpoints.map(\.source) == [elsewhere])
    #expect(bench.gatekeeper.endpoints.first?.identifier != identifier.text)
  }
}
