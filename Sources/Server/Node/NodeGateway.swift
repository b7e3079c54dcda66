import Admissions
import Gateway
import Guard
import H225
import H245
import H323Endpoint
import OpenSSLCrypto
import PER
import Proxy
import Resolver
import SIPMessage
import Settings
import Transport
import Wire
import Witness

/// The gateway of one reactor: between its proxy core, by a hop that no socket has, and its connections of H.323.
struct NodeGateway: ~Copyable {
  private var gateway: Gateway
  private var sink = GatewaySink()
  private let plan: H323Plan
  private let resolver: Resolver
  private let reactor: Int
  /// Calls from H.323 that an external gatekeeper is being asked about.
  private var answering: Set<UInt64> = []

  init(_ plan: H323Plan, _ shared: NodeShared, reactor: Int) {
    self.plan = plan
    self.reactor = reactor
    resolver = shared.resolver
    var endpoint = H323EndpointConfiguration(endpointType: .ourGateway, terminalType: 60)
    endpoint.h245Networks = plan.settings.h245Networks
    var configuration = GatewayConfiguration(domain: plan.domains.first ?? "if.internal", endpoint: endpoint)
    configuration.traceIdentifier = CouncilData.identifier
    let random = SecureRandom.uint64
    gateway = Gateway(
      configuration, seed: (random(), random(), random(), random(), random(), random())
    ) { callID in
      let bytes = Array(callID.utf8)
      return shared.owner(of: bytes.span) == reactor
    }
  }

  // MARK: What comes

  /// The core has sent a message to the gateway's hop.
  mutating func receive(_ bytes: [UInt8], now: Instant) {
    // The core's own words; what is none is nobody's.
    guard let message = try? SIPMessage(parsing: bytes) else { return }
    gateway.receive(message, now: now, into: &sink)
  }

  /// A call that comes in, by its first message.
  mutating func take(_ call: H323Streams.Call, _ streams: inout H323Streams, now: Instant) {
    streams.give(call, to: .gateway, &gateway, now: now, into: &sink)
  }

  /// Something about a connection of ours.
  mutating func tell(_ happening: H323Streams.Happening, _ streams: inout H323Streams, now: Instant) {
    streams.tell(happening, to: .gateway, &gateway, now: now, into: &sink)
  }

  /// An external gatekeeper has said something.
  mutating func received(_ answer: RASAnswer, now: Instant) {
    switch answer {
    case .admission(let tag, let admission):
      var admission = gatewayAdmission(admission)
      // It says who may call, and nothing of users of ours: they are called in the name of the gateway.
      if answering.remove(tag) != nil, case .call = admission { admission = .invite(caller) }
      gateway.admitted(GatewayCallHandle(number: tag), admission, now: now, into: &sink)
    case .redirection(let tag, let admission):
      gateway.redirected(GatewayCallHandle(number: tag), gatewayAdmission(admission), now: now, into: &sink)
    case .callEnded(let identifier?, _): gateway.end(callIdentifier: identifier, now: now, into: &sink)
    case .callEnded(nil, _): break
    }
  }

  var nextDeadline: Instant? { gateway.nextDeadline }

  mutating func advance(now: Instant) {
    guard let deadline = gateway.nextDeadline, deadline <= now else { return }
    gateway.advance(now: now, into: &sink)
  }

  var counters: GatewayCounters { gateway.counters }

  // MARK: What it wants

  /// Whether there is anything to perform.
  var isIdle: Bool { sink.actions.isEmpty }

  /// Performs what the gateway wants until it wants nothing more. Its messages for the core are appended, and so is what
  /// has happened.
  mutating func perform(
    _ streams: inout H323Streams, _ registry: Registry, now: Instant, messages: inout [[UInt8]],
    events: inout [GatewayEvent]
  ) {
    while !sink.actions.isEmpty {
      for action in sink.take() {
        switch action {
        case .sip(let bytes): messages.append(bytes)
        case .h323(let wanted):
          if case .failed(let happening) = streams.perform(wanted, of: .gateway) {
            streams.tell(happening, to: .gateway, &gateway, now: now, into: &sink)
          }
        case .admit(let inquiry): admit(inquiry, registry, now: now)
        case .redirect(let inquiry, let redirection): redirect(inquiry, redirection, now: now)
        case .disengage(_, let identifier):
          _ = plan.shared.admissions.withLock { $0.release(identifier) }
          if case .external = plan.settings.mode { plan.disengage(identifier) }
        case .event(let event): events.append(event)
        }
      }
    }
  }

  // MARK: Who may call

  /// As whom calls of an external gatekeeper are made: the name that it knows us by.
  private var caller: GatewayCaller { GatewayCaller(user: plan.settings.aliases.first ?? "ifsip-proxy") }

  private mutating func admit(_ inquiry: GatewayInquiry, _ registry: Registry, now: Instant) {
    switch plan.settings.mode {
    case .off: answer(inquiry, .refused(cause: 21, reason: .noPermission), now: now)
    case .builtin:
      switch inquiry.direction {
      case .toRoom(let room): answer(inquiry, enter(inquiry, room, now: now), now: now)
      case .toSIP(let invitation): answer(inquiry, take(inquiry, invitation, registry, now: now), now: now)
      }
    case .external(let external):
      guard let identifier = inquiry.callIdentifier else {
        return answer(inquiry, .refused(cause: 21, reason: .securityDenied), now: now)
      }
      let isAnswering = if case .toSIP = inquiry.direction { true } else { false }
      // Without a gatekeeper there is nobody to say who may call from there.
      guard !isAnswering || !external.gatekeepers.isEmpty else {
        return answer(inquiry, .refused(cause: 21, reason: .noPermission), now: now)
      }
      if isAnswering { answering.insert(inquiry.call.number) }
      let call = ExternalCall(inquiry, identifier, isAnswering: isAnswering)
      plan.admit(call, reactor: reactor, tag: inquiry.call.number, resolver)
    }
  }

  /// The far side of a call wants it led elsewhere. What it names has to be a gatekeeper's own address, or somebody to whom
  /// that one lets the call go; without either, the host that the call is with, or one of the configuration's networks.
  private mutating func redirect(_ inquiry: GatewayInquiry, _ redirection: H323Redirection, now: Instant) {
    guard case .external(let external) = plan.settings.mode, let identifier = inquiry.callIdentifier else {
      // Our own MCU leads no call elsewhere.
      return gateway.redirected(inquiry.call, .refused(cause: 21, reason: .noPermission), now: now, into: &sink)
    }
    if !external.gatekeepers.isEmpty, redirection.kind == .gatekeeper || !redirection.aliases.isEmpty {
      let call = ExternalCall(inquiry, identifier, isAnswering: false)
      return plan.shared.desk.put(.redirect(call, redirection, reactor: reactor, tag: inquiry.call.number))
    }
    let place = redirection.kind == .gatekeeper ? nil : redirection.place(within: external.redirectNetworks)
    gateway.redirected(
      inquiry.call,
      place.map { .call(GatewayRoute(to: $0)) } ?? .refused(cause: 21, reason: .noPermission), now: now,
      into: &sink)
  }

  /// What an external gatekeeper says. Whom it lets call from H.323 is called in the name of the gateway.
  private func gatewayAdmission(_ admission: ExternalAdmission) -> GatewayAdmission {
    switch admission {
    case .admitted(let external):
      var route = GatewayRoute(to: external.address)
      route.tokens = external.tokens
      route.endpointIdentifier = external.endpointIdentifier
      route.seal = seal(external)
      return .call(route)
    case .refused(let reason): return .refused(cause: reason.cause, reason: nil)
    // 27: destination out of order, as what cannot be reached.
    case .unavailable: return .refused(cause: 27, reason: .unreachableGatekeeper)
    }
  }

  /// What is said to a gatekeeper that routes a call is sealed as RAS is, where it has a password for us (H.235.1 §9.2).
  private func seal(_ route: ExternalRoute) -> H323Seal? {
    guard let password = plan.gatekeeperPassword, let gatekeeper = route.routedBy else { return nil }
    let external = plan.settings.external?.endpointID.map { BMPString($0) }
    let name = route.endpointIdentifier ?? external ?? BMPString(plan.settings.aliases.first ?? "")
    let receiver = gatekeeper.text.isEmpty ? nil : gatekeeper
    return H323Seal(
      token: { [shared = plan.shared] in
        let placeholder = SecureRandom.bytes(H2351.hashOctets)
        return H2351Password.token(
          sendersID: name, generalID: receiver, time: SystemClock.now(), random: shared.nextSealNumber(),
          placeholder: placeholder
        ).map { ($0, placeholder) }
      }, hmacSHA1: { password.hmacSHA1($0) })
  }

  private mutating func answer(_ inquiry: GatewayInquiry, _ admission: GatewayAdmission, now: Instant) {
    gateway.admitted(inquiry.call, admission, now: now, into: &sink)
  }

  /// A call that IF.guard has let in goes into the account of the council, which takes no other.
  private func enter(_ inquiry: GatewayInquiry, _ room: String, now: Instant) -> GatewayAdmission {
    guard let identifier = inquiry.callIdentifier, RoomName.isRoom(room) else {
      return .refused(cause: 1, reason: .unreachableDestination)
    }
    let admission = Admission(
      callIdentifier: identifier, party: .gateway(callID: inquiry.callID ?? ""), destination: .room(room),
      bandwidthBitsPerSecond: inquiry.bandwidthBitsPerSecond, traceID: inquiry.traceID, user: inquiry.user)
    switch plan.shared.admissions.withLock({ $0.enter(admission, now: now) }) {
    case .entered:
      let address = SocketAddress(ip: plan.signalling.ip.asReachedHere, port: plan.signalling.port)
      return .call(GatewayRoute(to: address))
    // 42: as a room that is full is refused elsewhere.
    case .roomFull, .tableFull: return .refused(cause: 42, reason: .gatewayResources)
    case .taken: return .refused(cause: 41, reason: nil)
    }
  }

  /// A terminal calls somebody: by leave of the gatekeeper, and for the user of its entry.
  private func take(
    _ inquiry: GatewayInquiry, _ invitation: H323Invitation, _ registry: Registry, now: Instant
  ) -> GatewayAdmission {
    guard let identifier = inquiry.callIdentifier else { return .refused(cause: 21, reason: .securityDenied) }
    let alias = invitation.destination.lazy.compactMap(Self.text).first
    let admission = plan.shared.admissions.withLock {
      $0.take(
        identifier, endpointIdentifier: invitation.setup.endpointIdentifier?.text,
        destination: alias.map { .gateway($0) }, from: invitation.remote.ip, now: now)
    }
    guard let admission, case .gateway = admission.destination, case .guardian(let id) = admission.party else {
      return .refused(cause: 21, reason: .securityDenied)
    }
    let user = registry.guardian(id: id)?.user ?? id.split(separator: "/").last.map(String.init) ?? id
    return .invite(GatewayCaller(user: user, traceID: admission.traceID))
  }

  private static func text(_ alias: AliasAddress) -> String? {
    switch alias {
    case .dialledDigits(let digits): digits
    case .h323ID(let name): name.text
    case .urlID(let text), .emailID(let text): text
    case .partyNumber(.e164Number(let number)): number.publicNumberDigits
    case .transportID, .partyNumber, .other: nil
    }
  }
}

extension ExternalCall {
  fileprivate init(_ inquiry: GatewayInquiry, _ callIdentifier: GloballyUniqueID, isAnswering: Bool) {
    self.init(
      callIdentifier: callIdentifier, conferenceID: inquiry.conferenceID ?? callIdentifier,
      destination: inquiry.destination, source: inquiry.source,
      bandwidthBitsPerSecond: inquiry.bandwidthBitsPerSecond, isAnswering: isAnswering)
  }
}

extension EndpointType {
  /// The gateway, as its calls and an external gatekeeper are told of it.
  static var ourGateway: EndpointType {
    var type = EndpointType(mc: false, undefinedNode: false)
    type.gateway = GatewayInfo()
    type.vendor = VendorIdentifier(product: "ifsip-proxy")
    return type
  }
}

extension AdmissionRejectReason {
  /// In Q.850.
  fileprivate var cause: UInt8 {
    switch self {
    case .calledPartyNotRegistered, .unallocatedNumber, .aliasesInconsistent: 1
    case .noRouteToDestination: 3
    case .incompleteAddress: 28
    case .resourceUnavailable, .exceedsCallCapacity: 42
    case .invalidPermission, .requestDenied, .callerNotRegistered, .securityDenial, .securityError, .securityDHmismatch:
      21
    case .undefinedReason, .routeCallToGatekeeper, .invalidEndpointIdentifier, .qosControlNotSupported, .routeCallToSCN,
      .collectDestination, .collectPIN, .genericDataReason, .neededFeatureNotSupported, .registerWithAssignedGK, .other:
      31
    }
  }
}
