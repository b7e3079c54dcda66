import Admissions
import FuzzSupport
import Gatekeeper
import Guard
import H225
import PER
import Wire

/// A gatekeeper, three hosts that say anything under any name, the operator, and time; one step for every few bytes.
///
/// What has to hold: every request has at most one answer, to the host it came from; nobody is registered from a network that
/// its entry does not have; a call is told of once when it begins and once when it ends, and only `hall` and `attic`, who need
/// no token, ever have one; what the gatekeeper and the account hold stays within their limits, and when everybody has gone,
/// both are empty.
struct Script {
  private static let hosts = [0xC000_020B, 0xC000_020C, 0xC633_6409].map {
    SocketAddress(ip: IPAddress(v4: $0), port: 1719)
  }
  private static let names = ["hall", "attic", "vault", "nobody", "council", "council-1", "expert-x", "1002"]

  private var bytes: FuzzScript
  private var gatekeeper: Gatekeeper
  private var table = AdmissionTable(roomCapacity: 3, capacity: 8)
  private var now = Instant(milliseconds: 1_000)
  private var steps = 0
  private var identifiers: [BMPString] = ["x"]
  private var asked: [Int] = [1]
  private var running: Set<GatekeeperCall.Key> = []

  init(_ bytes: FuzzScript) {
    self.bytes = bytes
    var limits = GatekeeperLimits()
    limits.maxEndpoints = 3
    limits.maxCalls = 6
    limits.maxCallsOfTerminal = 4
    limits.maxPending = 4
    limits.maxAnswers = 8
    limits.maxSpent = 8
    let address = SocketAddress(ip: IPAddress(v4: 0xC000_0201), port: 1719)
    var configuration = GatekeeperConfiguration(
      identifier: "council", rasAddress: address, callSignalAddress: address)
    configuration.gatewayAliases = [WildcardPattern("expert-*")]
    configuration.alternates = [address]
    configuration.preGrants = self.bytes.once(in: 2)
    gatekeeper = Gatekeeper(
      configuration: configuration, registry: Self.registry(without: nil), limits: limits, seed: (3, 4),
      rememberingSince: Self.start)
  }

  private static let start = UTCTimestamp(seconds: 1_767_225_600)

  private static func registry(without suspended: Int?) -> Registry {
    var draft = RegistryDraft(
      guardians: [
        RegistryDraft.Guardian(
          id: "if://guardian/hall", aliases: ["hall", "1002"], token: "none", networks: ["192.0.2.0/24"],
          bandwidthBitsPerSecond: 300_000),
        RegistryDraft.Guardian(
          id: "if://guardian/attic", aliases: ["attic"], token: "none", networks: ["192.0.2.0/24"]),
        RegistryDraft.Guardian(
          id: "if://guardian/vault", aliases: ["vault"], networks: ["192.0.2.0/24"],
          h235Password: RegistrySecret("secret")),
      ])
    if let suspended { draft.guardians[suspended].status = "suspended" }
    return (try? Registry(draft)) ?? Registry()
  }

  /// One step; false at the input's end.
  mutating func step() -> Bool {
    guard !bytes.isAtEnd, steps < 2_000 else { return false }
    steps += 1
    switch bytes.below(16) {
    case 0, 1: receive(.registrationRequest(registration()))
    case 2, 3, 4: receive(.admissionRequest(admission()))
    case 5: receive(.disengageRequest(disengagement()))
    case 6: receive(.bandwidthRequest(bandwidth()))
    case 7: receive(status())
    case 8: pass(.milliseconds(Int(bytes.byte()) * 100))
    case 9: pass(.seconds(Int(bytes.byte())))
    case 10: raw()
    case 11: answer()
    case 12: operate()
    case 13: arrive()
    case 14: locate()
    default: leave()
    }
    return true
  }

  /// Everybody goes away, and nothing is left.
  mutating func finish() {
    for admission in table.admissions where table.isInCall(admission.callIdentifier) {
      table.release(admission.callIdentifier)
    }
    pass(.seconds(1_000))
    table.forgetOverdue(now: now)
    require(gatekeeper.endpoints.isEmpty, "an endpoint is left")
    require(gatekeeper.admittedCalls.isEmpty && running.isEmpty, "a call is left")
    require(table.count == 0, "a place is left")
    require(gatekeeper.nextDeadline == nil, "a timer is left")
  }

  // MARK: Messages

  private mutating func name() -> AliasAddress { .h323ID(BMPString(bytes.pick(Self.names))) }

  private mutating func number() -> Int { 1 + bytes.below(8) }

  private mutating func callIdentifier() -> GloballyUniqueID {
    GloballyUniqueID(high: 0, low: UInt64(bytes.below(8)))
  }

  private mutating func transport() -> TransportAddress {
    let address = bytes.pick(Self.hosts)
    return .ipAddress(address.ip, port: address.port)
  }

  private mutating func registration() -> RegistrationRequest {
    var request = RegistrationRequest(
      requestSeqNum: number(), protocolIdentifier: ProtocolIdentifier.ours, discoveryComplete: false,
      callSignalAddress: [transport()], rasAddress: [transport()],
      terminalType: EndpointType(mc: false, undefinedNode: false),
      endpointVendor: VendorIdentifier(
        vendor: H221NonStandard(t35CountryCode: 181, t35Extension: 0, manufacturerCode: 1)))
    if bytes.once(in: 4) {
      request.keepAlive = true
      request.endpointIdentifier = bytes.pick(identifiers)
    } else {
      request.terminalAlias = [name()]
      if bytes.once(in: 4) { request.terminalAlias?.append(name()) }
    }
    request.timeToLive = Int(bytes.byte()) + 1
    return request
  }

  private mutating func admission() -> AdmissionRequest {
    let call = callIdentifier()
    var request = AdmissionRequest(
      requestSeqNum: number(), callType: .pointToPoint, endpointIdentifier: bytes.pick(identifiers), srcInfo: [name()],
      bandWidth: Int(bytes.byte()) * 100, callReferenceValue: Int(call.low), conferenceID: call, activeMC: false,
      answerCall: bytes.once(in: 4))
    request.destinationInfo = [name()]
    if !bytes.once(in: 8) { request.callIdentifier = CallIdentifier(guid: call) }
    return request
  }

  private mutating func disengagement() -> DisengageRequest {
    let call = callIdentifier()
    var request = DisengageRequest(
      requestSeqNum: number(), endpointIdentifier: bytes.pick(identifiers), conferenceID: call,
      callReferenceValue: Int(call.low), disengageReason: .normalDrop)
    if bytes.once(in: 2) { request.callIdentifier = CallIdentifier(guid: call) }
    return request
  }

  private mutating func bandwidth() -> BandwidthRequest {
    let call = callIdentifier()
    var request = BandwidthRequest(
      requestSeqNum: number(), endpointIdentifier: bytes.pick(identifiers), conferenceID: call,
      callReferenceValue: Int(call.low), bandWidth: Int(bytes.byte()) * 100)
    request.callIdentifier = CallIdentifier(guid: call)
    return request
  }

  private mutating func status() -> RasMessage {
    var response = InfoRequestResponse(
      requestSeqNum: bytes.pick(asked), endpointType: EndpointType(mc: false, undefinedNode: false),
      endpointIdentifier: bytes.pick(identifiers), rasAddress: transport(), callSignalAddress: [])
    if bytes.once(in: 2) {
      let call = callIdentifier()
      var told = PerCallInfo(
        callReferenceValue: Int(call.low), conferenceID: call, h245: TransportChannelInfo(),
        callSignalling: TransportChannelInfo(), callType: .pointToPoint, bandWidth: 0, callModel: .direct)
      told.callIdentifier = CallIdentifier(guid: call)
      response.perCallInfo = [told]
    }
    response.needResponse = bytes.once(in: 2)
    return .infoRequestResponse(response)
  }

  private mutating func leave() {
    var request = UnregistrationRequest(requestSeqNum: number(), callSignalAddress: [])
    if !bytes.once(in: 4) { request.endpointIdentifier = bytes.pick(identifiers) }
    receive(.unregistrationRequest(request))
  }

  private mutating func locate() {
    var request = LocationRequest(requestSeqNum: number(), destinationInfo: [name()], replyAddress: transport())
    request.endpointIdentifier = bytes.pick(identifiers)
    receive(.locationRequest(request))
  }

  private mutating func answer() {
    let number = bytes.pick(asked)
    switch bytes.below(3) {
    case 0: receive(.unregistrationConfirm(UnregistrationConfirm(requestSeqNum: number)))
    case 1: receive(.disengageConfirm(DisengageConfirm(requestSeqNum: number)))
    default: receive(.bandwidthConfirm(BandwidthConfirm(requestSeqNum: number, bandWidth: Int(bytes.byte()) * 100)))
    }
  }

  // MARK: Events

  private mutating func receive(_ message: RasMessage) {
    guard let octets = try? message.encoded() else { return }
    receive(octets)
  }

  private mutating func raw() {
    var octets: [UInt8] = []
    for _ in 0..<bytes.below(64) { octets.append(bytes.byte()) }
    receive(octets)
  }

  private mutating func receive(_ octets: [UInt8]) {
    let source = bytes.pick(Self.hosts)
    var answers = 0
    with { gatekeeper, table, moment, sink in
      gatekeeper.received(octets.span, from: source, at: moment, admissions: &table, into: &sink)
      for case .send(_, let to) in sink.actions {
        answers += 1
        require(to.ip == source.ip, "an answer to another host")
      }
    }
    require(answers <= 1, "\(answers) answers")
  }

  private mutating func pass(_ duration: Duration) {
    let end = now + duration
    while let next = gatekeeper.nextDeadline, next <= end {
      now = max(now, next)
      with { $0.advance(at: $2, admissions: &$1, into: &$3) }
    }
    now = end
  }

  private mutating func operate() {
    let call = callIdentifier()
    let identifier = bytes.pick(identifiers).text
    let suspended = bytes.below(4)
    let choice = bytes.below(5)
    with { gatekeeper, table, moment, sink in
      switch choice {
      case 0: gatekeeper.endCall(call, at: moment, admissions: &table, into: &sink)
      case 1: gatekeeper.unregister(identifier, at: moment, admissions: &table, into: &sink)
      case 2: gatekeeper.askStatus(of: call, at: moment, into: &sink)
      case 3: gatekeeper.changeBandwidth(64_000, of: call, at: moment, into: &sink)
      default:
        gatekeeper.setRegistry(
          Self.registry(without: suspended < 3 ? suspended : nil), at: moment, admissions: &table, into: &sink)
      }
    }
  }

  /// A Setup comes, or a leg ends.
  private mutating func arrive() {
    let call = callIdentifier()
    if bytes.once(in: 2) {
      table.release(call)
    } else {
      _ = table.take(
        call, endpointIdentifier: bytes.pick(identifiers).text, destination: .room("council-1"),
        from: bytes.pick(Self.hosts).ip, now: now)
    }
  }

  private mutating func with(
    _ body: (inout Gatekeeper, inout AdmissionTable, Moment, inout GatekeeperSink) -> Void
  ) {
    var sink = GatekeeperSink()
    let moment = Moment(now: now, clock: Self.start + (now - .zero))
    body(&gatekeeper, &table, moment, &sink)
    for action in sink.take() { told(action) }
    require(gatekeeper.endpoints.count <= gatekeeper.limits.maxEndpoints, "too many endpoints")
    require(gatekeeper.admittedCalls.count <= gatekeeper.limits.maxCalls, "too many calls")
    require(table.occupancy(of: "council-1") <= table.roomCapacity && table.count <= table.capacity, "too many places")
    require(Set(gatekeeper.admittedCalls.map(\.key)) == running, "calls that were not told of")
  }

  private mutating func told(_ action: GatekeeperAction) {
    switch action {
    case .registered(let endpoint):
      require(endpoint.source.ip != Self.hosts[2].ip, "registered from a stranger's network")
      require(endpoint.terminal != "if://guardian/vault", "registered without its password")
      require(endpoint.callSignalAddress.ip == endpoint.source.ip, "calls go to a third party")
      if identifiers.count < 8 { identifiers.append(BMPString(endpoint.identifier)) }
    case .admitted(let call):
      require(["if://guardian/hall", "if://guardian/attic"].contains(call.terminal), "a call of \(call.terminal)")
      // A call that is asked for again is told of again, with what it may use now.
      running.insert(call.key)
    case .disengaged(let call, _): require(running.remove(call.key) != nil, "the end of no call")
    case .send(let octets, _):
      guard let message = try? RasMessage(decoding: octets) else {
        return require(false, "it sends what is no message")
      }
      if let number = message.requestSeqNum, asked.count < 16 { asked.append(number) }
    case .unregistered, .record: break
    }
  }
}

extension GatekeeperCall {
  struct Key: Hashable {
    var callIdentifier: GloballyUniqueID
    var terminal: String
  }

  var key: Key { Key(callIdentifier: callIdentifier, terminal: terminal) }
}
