import Admissions
import H225
import PER
import Testing
import Wire

/// What an endpoint and its gatekeeper say to each other, and what a third one makes of it.
@Suite struct H2351AssociationTests {
  private static let gatekeeper = SocketAddress(ip: IPAddress(v4: 0xC000_0201), port: 1719)
  private static let password = H2351Password("second opinion")
  private let time = UTCTimestamp(seconds: 1_900_000_000)

  /// A DCF, as the gatekeeper seals it.
  private func answer(
    _ number: Int, random: Int, by password: H2351Password = password, from sender: BMPString = "gk",
    to receiver: BMPString? = "ep-1", secondsLater: Int64 = 0
  ) throws -> (RasMessage, [UInt8]) {
    let octets = try #require(
      password.seal(
        .disengageConfirm(DisengageConfirm(requestSeqNum: number)), sendersID: sender, generalID: receiver,
        time: UTCTimestamp(seconds: time.seconds + secondsLater), random: random,
        placeholder: [UInt8](repeating: 0xA7, count: 12)))
    return (try RasMessage(decoding: octets.span), octets)
  }

  private func fault(
    _ message: (RasMessage, [UInt8]), _ association: inout H2351Association, from source: SocketAddress = gatekeeper,
    endpointIdentifier: BMPString? = "ep-1", gatekeeperIdentifier: BMPString? = "gk"
  ) -> H2351Association.Fault? {
    association.fault(
      of: message.0, message.1.span, from: source, endpointIdentifier: endpointIdentifier,
      gatekeeperIdentifier: gatekeeperIdentifier, time: time)
  }

  @Test func whatIsSealedNamesBothSidesAndCountsUp() throws {
    var association = H2351Association(password: Self.password, names: ["edge", "4711"])
    var numbers: [Int] = []
    let disengagement = RasMessage.disengageConfirm(DisengageConfirm(requestSeqNum: 7))
    for place in 0..<3 {
      let sealed = association.seal(
        disengagement, endpointIdentifier: place == 0 ? nil : "ep-1", gatekeeperIdentifier: "gk", time: time,
        placeholder: [UInt8](repeating: 0x5A, count: 12))
      let octets = try #require(sealed)
      let token = try #require(H2351.hashedToken(in: RasMessage(decoding: octets.span).cryptoTokens))
      let isAuthentic = Self.password.isAuthentic(octets.span, token: token)
      #expect(isAuthentic)
      #expect(token.hashedVals.sendersID == (place == 0 ? "edge" : "ep-1") && token.hashedVals.generalID == "gk")
      #expect(token.hashedVals.timeStamp == Int(time.seconds))
      numbers.append(try #require(token.hashedVals.random))
    }
    #expect(numbers == numbers.sorted() && Set(numbers).count == 3)
  }

  @Test func anotherGatekeeperIsNotToldTheOldIdentifier() throws {
    var association = H2351Association(password: Self.password, names: ["edge"])
    let request = RasMessage.gatekeeperRequest(
      GatekeeperRequest(
        requestSeqNum: 1, protocolIdentifier: ProtocolIdentifier.ours,
        rasAddress: .ipAddress(IPAddress(v4: 0xC000_0209), port: 1719),
        endpointType: EndpointType(mc: false, undefinedNode: false)))
    let sealed = association.seal(
      request, endpointIdentifier: "ep-1", gatekeeperIdentifier: nil, time: time,
      placeholder: [UInt8](repeating: 0x5A, count: 12))
    let octets = try #require(sealed)
    let values = try #require(H2351.hashedToken(in: RasMessage(decoding: octets.span).cryptoTokens)).hashedVals
    #expect(values.sendersID == "edge" && values.generalID == nil)
  }

  @Test func whatIsWrongIsSaid() throws {
    var association = H2351Association(password: Self.password, names: ["edge"])
    let plain = RasMessage.disengageConfirm(DisengageConfirm(requestSeqNum: 1))
    #expect(fault((plain, try plain.encoded()), &association) == .missing)
    // Discovery may be plain.
    let found = RasMessage.gatekeeperConfirm(
      GatekeeperConfirm(
        requestSeqNum: 1, protocolIdentifier: ProtocolIdentifier.ours,
        rasAddress: .ipAddress(IPAddress(v4: 0xC000_0209), port: 1719)))
    #expect(fault((found, try found.encoded()), &association) == nil)
    #expect(fault(try answer(1, random: 1, from: "other"), &association) == .sender)
    // What we said ourselves, played back to us.
    #expect(fault(try answer(1, random: 1, from: "ep-1"), &association, gatekeeperIdentifier: nil) == .sender)
    #expect(fault(try answer(1, random: 1, to: "ep-2"), &association) == .receiver)
    #expect(fault(try answer(1, random: 1, by: H2351Password("first")), &association) == .hash)
    var changed = try answer(1, random: 1)
    changed.1[1] ^= 1
    #expect(fault(changed, &association) == .hash)
    for seconds: Int64 in [-301, 301] {
      #expect(fault(try answer(1, random: 1, secondsLater: seconds), &association) == .time)
    }
    for seconds: Int64 in [-300, 0, 300] {
      #expect(fault(try answer(1, random: 1, secondsLater: seconds), &association) == nil)
    }
  }

  @Test func nothingCountsTwice() throws {
    var association = H2351Association(password: Self.password, names: ["edge"])
    let (first, second) = (try answer(1, random: 1), try answer(2, random: 2))
    // Datagrams may overtake each other.
    #expect(fault(second, &association) == nil && fault(first, &association) == nil)
    #expect(fault(second, &association) == .replay && fault(first, &association) == .replay)
  }

  @Test func whatIsForgottenIsRefused() throws {
    var limits = H2351Association.Limits()
    limits.maxMessages = 2
    var association = H2351Association(password: Self.password, names: ["edge"], limits: limits)
    let first = try answer(1, random: 1, secondsLater: -2)
    #expect(fault(first, &association) == nil)
    #expect(fault(try answer(2, random: 2, secondsLater: -1), &association) == nil)
    #expect(fault(try answer(3, random: 3), &association) == nil)
    #expect(fault(first, &association) == .replay)
    #expect(fault(try answer(4, random: 4, secondsLater: -2), &association) == .replay)
    #expect(fault(try answer(5, random: 5, secondsLater: -1), &association) == nil)
  }

  @Test func gatekeepersAreToldApart() throws {
    var limits = H2351Association.Limits()
    limits.maxGatekeepers = 2
    var association = H2351Association(password: Self.password, names: ["edge"], limits: limits)
    for (place, expected) in [nil, nil, H2351Association.Fault.replay].enumerated() {
      let source = SocketAddress(ip: Self.gatekeeper.ip, port: 1_719 + UInt16(place))
      #expect(fault(try answer(1, random: 1), &association, from: source) == expected)
    }
  }
}
