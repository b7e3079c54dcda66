import Admissions
import Gatekeeper
import Guard
import H225
import OpenSSLCrypto
import PER
import Testing
import Wire

/// Seeds of the guardians' keys.
enum Keys {
  static let technical = [UInt8](repeating: 1, count: 32)
  static let ethics = [UInt8](repeating: 2, count: 32)
  static let stranger = [UInt8](repeating: 3, count: 32)

  static func text(_ seed: [UInt8]) -> String { (try? Ed25519PrivateKey(seed: seed.span).publicKey.text) ?? "" }
}

extension RegistryDraft {
  /// `technical` signs; `hall` comes from its network; `bastion` has a password; `resting` is suspended.
  static var council: RegistryDraft {
    RegistryDraft(
      guardians: [
        Guardian(
          id: "if://guardian/technical", aliases: ["technical", "1001"], key: Keys.text(Keys.technical),
          networks: ["192.0.2.0/24"]),
        Guardian(
          id: "if://guardian/ethics", aliases: ["ethics"], key: Keys.text(Keys.ethics), networks: ["192.0.2.0/24"]),
        Guardian(
          id: "if://guardian/hall", aliases: ["hall", "1002"], token: "none", networks: ["192.0.2.0/24"],
          bandwidthBitsPerSecond: 256_000),
        Guardian(
          id: "if://guardian/bastion", aliases: ["bastion"], token: "none", networks: ["192.0.2.0/24"],
          h235Password: RegistrySecret("correct horse")),
        Guardian(
          id: "if://guardian/resting", aliases: ["resting"], key: Keys.text(Keys.stranger), networks: ["192.0.2.0/24"],
          status: "suspended"),
        Guardian(id: "if://guardian/loopback", aliases: ["loopback"], token: "none"),
      ])
  }
}

/// A gatekeeper on virtual time, and messages to it.
struct Bench {
  static let gatekeeper = SocketAddress(ip: IPAddress(v4: 0xC000_0201), port: 1719)
  static let council = SocketAddress(ip: IPAddress(v4: 0xC000_0201), port: 1720)
  static let start = UTCTimestamp(seconds: 1_767_225_600)

  /// 192.0.2.N and a port.
  static func host(_ number: UInt32, port: UInt16 = 1719) -> SocketAddress {
    SocketAddress(ip: IPAddress(v4: 0xC000_0200 | number), port: port)
  }

  static let stranger = SocketAddress(ip: IPAddress(v4: 0xC633_6409), port: 1719)

  var gatekeeper: Gatekeeper
  var table = AdmissionTable()
  var sink = GatekeeperSink()
  var now = Instant(milliseconds: 1_000)
  var number = 0
  var call: UInt64 = 100

  init(
    _ draft: RegistryDraft = .council, limits: GatekeeperLimits = GatekeeperLimits(),
    _ change: (inout GatekeeperConfiguration) -> Void = { _ in }
  ) throws {
    var configuration = GatekeeperConfiguration(
      identifier: "council", rasAddress: Self.gatekeeper, callSignalAddress: Self.council)
    configuration.domains = ["if.internal"]
    configuration.gatewayAliases = [WildcardPattern("expert-*")]
    change(&configuration)
    gatekeeper = Gatekeeper(
      configuration: configuration, registry: try Registry(draft), limits: limits, seed: (1, 2),
      rememberingSince: Self.start)
  }

  var moment: Moment {
    Moment(now: now, clock: Self.start + (now - .zero))
  }

  mutating func nextNumber() -> Int {
    number += 1
    return number
  }

  /// Sends a message, and gives the answers that went out.
  @discardableResult
  mutating func receive(_ message: RasMessage, from source: SocketAddress) throws -> [Sent] {
    try receive(octets: message.encoded(), from: source)
  }

  @discardableResult
  mutating func receive(octets: [UInt8], from source: SocketAddress) throws -> [Sent] {
    sink.actions = []
    gatekeeper.received(octets.span, from: source, at: moment, admissions: &table, into: &sink)
    return sent
  }

  /// Does something as the operator does.
  @discardableResult
  mutating func operate<Result>(
    _ body: (inout Gatekeeper, Moment, inout AdmissionTable, inout GatekeeperSink) -> Result
  ) -> Result {
    sink.actions = []
    let moment = moment
    return body(&gatekeeper, moment, &table, &sink)
  }

  /// Lets time pass, and gives what went out meanwhile.
  @discardableResult
  mutating func pass(_ duration: Duration) -> [Sent] {
    sink.actions = []
    let end = now + duration
    while let next = gatekeeper.nextDeadline, next <= end {
      now = max(now, next)
      gatekeeper.advance(at: moment, admissions: &table, into: &sink)
    }
    now = end
    gatekeeper.advance(at: moment, admissions: &table, into: &sink)
    return sent
  }

  struct Sent {
    var message: RasMessage
    var octets: [UInt8]
    var to: SocketAddress
  }

  var sent: [Sent] {
    sink.actions.compactMap { action in
      guard case .send(let octets, let to) = action, let message = try? RasMessage(decoding: octets) else { return nil }
      return Sent(message: message, octets: octets, to: to)
    }
  }

  var record: RASRecord? {
    for case .record(let record) in sink.actions where record.direction == .received { return record }
    return nil
  }

  /// Why the last request was refused: the name of the reason, a colon, what was the matter; or `confirmed`.
  var outcome: String {
    guard let record else { return "nothing" }
    guard record.result == .rejected else { return record.result?.rawValue ?? "nothing" }
    return "\(record.reason ?? ""): \(record.detail ?? "")"
  }

  var disengaged: [GatekeeperDisengagement] {
    sink.actions.compactMap { action in
      if case .disengaged(_, let why) = action { return why }
      return nil
    }
  }

  var unregistered: [GatekeeperUnregistration] {
    sink.actions.compactMap { action in
      if case .unregistered(_, let why) = action { return why }
      return nil
    }
  }

  // MARK: Messages

  static func transport(_ address: SocketAddress) -> TransportAddress { .ipAddress(address.ip, port: address.port) }

  static let vendor = VendorIdentifier(
    vendor: H221NonStandard(t35CountryCode: 181, t35Extension: 0, manufacturerCode: 21_324))

  mutating func registration(
    _ aliases: [AliasAddress], ras: SocketAddress, signalling: SocketAddress? = nil, timeToLive: Int? = nil
  ) -> RegistrationRequest {
    var request = RegistrationRequest(
      requestSeqNum: nextNumber(), protocolIdentifier: ProtocolIdentifier.ours, discoveryComplete: false,
      callSignalAddress: [Self.transport(signalling ?? SocketAddress(ip: ras.ip, port: 1720))],
      rasAddress: [Self.transport(ras)], terminalType: EndpointType(mc: false, undefinedNode: false),
      endpointVendor: Self.vendor)
    request.terminalAlias = aliases
    request.timeToLive = timeToLive
    return request
  }

  /// Registers, and gives the RCF.
  @discardableResult
  mutating func register(
    _ alias: String, at address: SocketAddress, timeToLive: Int? = nil
  ) throws -> RegistrationConfirm {
    let request = registration([.h323ID(BMPString(alias))], ras: address, timeToLive: timeToLive)
    let sent = try receive(.registrationRequest(request), from: address)
    guard case .registrationConfirm(let confirm)? = sent.first?.message, sent.count == 1 else {
      Issue.record("not registered: \(outcome)")
      throw PERError(.unknownValue, at: 0)
    }
    return confirm
  }

  /// An ARQ to a room, of a new call.
  mutating func admission(
    _ identifier: BMPString, to destination: String = "council-1", bandWidth: Int = 1_280, source: String = "x"
  ) -> AdmissionRequest {
    call += 1
    var request = AdmissionRequest(
      requestSeqNum: nextNumber(), callType: .pointToPoint, endpointIdentifier: identifier,
      srcInfo: [.h323ID(BMPString(source))], bandWidth: bandWidth, callReferenceValue: 7,
      conferenceID: GloballyUniqueID(high: 1, low: call), activeMC: false, answerCall: false)
    request.destinationInfo = [.h323ID(BMPString(destination))]
    request.callIdentifier = CallIdentifier(guid: GloballyUniqueID(high: 2, low: call))
    return request
  }

  /// A token for an ARQ.
  func token(
    for request: AdmissionRequest, of name: String = "technical", seed: [UInt8] = Keys.technical,
    _ change: (inout AdmissionToken) -> Void = { _ in }
  ) throws -> ClearToken {
    var token = AdmissionToken(
      terminalID: "if://guardian/\(name)",
      callIdentifier: request.callIdentifier?.guid ?? request.conferenceID,
      bandwidthBitsPerSecond: Int64(request.bandWidth) * 100, timestamp: moment.clock)
    change(&token)
    return token.signed(by: try Ed25519PrivateKey(seed: seed.span))
  }

  mutating func ask(_ request: AdmissionRequest, from source: SocketAddress) throws -> String {
    let sent = try receive(.admissionRequest(request), from: source)
    if outcome == "confirmed" {
      guard case .admissionConfirm? = sent.first?.message else { return "no ACF" }
    }
    return outcome
  }

  /// An admitted call of a terminal without a token.
  mutating func admitted(_ identifier: BMPString, at address: SocketAddress, to room: String = "council-1") throws
    -> AdmissionRequest
  {
    let request = admission(identifier, to: room)
    #expect(try ask(request, from: address) == "confirmed")
    return request
  }

  mutating func disengage(_ request: AdmissionRequest, identifier: BMPString? = nil) -> DisengageRequest {
    var disengage = DisengageRequest(
      requestSeqNum: nextNumber(), endpointIdentifier: identifier ?? request.endpointIdentifier,
      conferenceID: request.conferenceID, callReferenceValue: request.callReferenceValue, disengageReason: .normalDrop)
    disengage.callIdentifier = request.callIdentifier
    return disengage
  }
}
