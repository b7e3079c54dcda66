import H225
import PER
import Resolver
import SIPLocation
import SIPMessage
import SIPTransaction
import Settings
import Synchronization
import Wire

/// Our side of RAS with an external gatekeeper (H.225.0 §7.8 to §7.20): finds it by name, keeps us registered, asks it for
/// admission on behalf of every reactor, and goes to the next one when it falls silent.
///
///     names to addresses ── none ──▶ again after a pause
///        │
///        ▼
///     RASClient: discovers, registers, keeps alive … ── not registered for a pause: names anew
struct NodeRASClient {
  private let plan: H323Plan
  private let gatekeepers: [Settings.HostPort]
  private let resolver: Resolver
  /// Nil until a gatekeeper's address is known.
  private var client: RASClient?
  private var addresses: [SocketAddress] = []
  private var isLocating = false
  /// When names are looked up again, unless we are registered by then.
  private var lookAgainAt: Instant?
  private var isStopping = false

  /// Who waits for the answer to a request of the client's.
  private var waiting: [Int: (reactor: Int, tag: UInt64)] = [:]
  private var lastTag = 0
  private var actions: [RASClient.Action] = []
  /// What is to be sent.
  private(set) var outgoing: [(octets: [UInt8], to: SocketAddress)] = []

  /// How long names are believed while nobody registers us.
  private static let pause = Duration.seconds(15)

  init(_ plan: H323Plan, _ gatekeepers: [Settings.HostPort], _ resolver: Resolver) {
    self.plan = plan
    self.gatekeepers = gatekeepers
    self.resolver = resolver
  }

  /// Begins.
  mutating func start(now: Instant) { look(now: now) }

  /// Unregisters.
  mutating func stop(now: Instant) {
    isStopping = true
    client?.stop(now: now, &actions)
    perform(now: now)
  }

  var nextDeadline: Instant? {
    guard let deadline = client?.nextDeadline else { return lookAgainAt }
    return min(deadline, lookAgainAt ?? deadline)
  }

  mutating func advance(now: Instant) {
    if let lookAgainAt, lookAgainAt <= now {
      self.lookAgainAt = nil
      if client?.isRegistered != true { look(now: now) }
    }
    client?.timerFired(now: now, &actions)
    perform(now: now)
  }

  mutating func received(_ datagram: Span<UInt8>, from source: SocketAddress, now: Instant) {
    guard client != nil, let message = try? RasMessage(decoding: datagram) else { return }
    client?.received(message, from: source, now: now, &actions)
    perform(now: now)
  }

  mutating func received(_ question: RASQuestion, now: Instant) {
    switch question {
    case .located(let found): located(found, now: now)
    case .admit(let request, let reactor, let tag):
      lastTag &+= 1
      if client?.admit(request, tag: lastTag, now: now, &actions) == true {
        waiting[lastTag] = (reactor, tag)
      } else {
        plan.shared.answers[reactor].put(.admission(tag: tag, nil))
      }
    case .disengage(let request):
      lastTag &+= 1
      // Its answer changes nothing: the call is over.
      _ = client?.disengage(request, tag: lastTag, now: now, &actions)
    }
    perform(now: now)
  }

  mutating func sent() { outgoing.removeAll(keepingCapacity: true) }

  // MARK: Where gatekeepers are

  private mutating func look(now: Instant) {
    guard !isStopping else { return }
    lookAgainAt = now + Self.pause
    if gatekeepers.allSatisfy({ $0.address != nil }) { return located(gatekeepers.compactMap(\.address), now: now) }
    guard !isLocating else { return }
    isLocating = true
    let lookup = GatekeeperLookup(gatekeepers, isIPv4: plan.ras.ip.isIPv4)
    lookup.run(resolver, transport: plan.transport) { [shared = plan.shared] found in shared.desk.put(.located(found)) }
  }

  private mutating func located(_ found: [SocketAddress], now: Instant) {
    isLocating = false
    guard !isStopping, !found.isEmpty, found != addresses || client == nil else { return }
    guard client?.isRegistered != true else { return }
    addresses = found
    client = RASClient(RASClientConfiguration(plan, gatekeepers: found))
    // Who waits for the client that was there waits for nobody.
    for (reactor, tag) in waiting.values { plan.shared.answers[reactor].put(.admission(tag: tag, nil)) }
    waiting = [:]
    client?.start(now: now, &actions)
    perform(now: now)
  }

  // MARK: Actions

  private mutating func perform(now: Instant) {
    var performed = 0
    // Answers to what the gatekeeper asks may add some.
    while performed < actions.count {
      let action = actions[performed]
      performed += 1
      switch action {
      case .send(let message, let address):
        if let octets = try? message.encoded() { outgoing.append((octets, address)) }
      case .registered: plan.shared.isRegistered = true
      case .unregistered: plan.shared.isRegistered = false
      case .registrationRejected: break
      case .answered(let tag, let message):
        guard let (reactor, own) = waiting.removeValue(forKey: tag) else { continue }
        let admission = message.map { RASAdmission(message: $0, endpointIdentifier: client?.endpointIdentifier) }
        plan.shared.answers[reactor].put(.admission(tag: own, admission))
      case .informationRequested(let request, let source): tellStatus(request, to: source)
      case .callEnded(let request):
        for box in plan.shared.answers {
          box.put(.callEnded(request.callIdentifier?.guid, conferenceID: request.conferenceID))
        }
      case .bandwidthRequested(let request):
        client?.answerBandwidth(request, accepts: request.bandWidth >= Self.leastBandwidth, &actions)
      }
    }
    actions.removeAll(keepingCapacity: true)
    if client?.isRegistered != true, lookAgainAt == nil, !isStopping { lookAgainAt = now + Self.pause }
  }

  /// Audio at 64 kbit/s there and back, in units of 100 bit/s: what a call cannot do without.
  private static let leastBandwidth = 1_280

  /// IRR without calls, by which a gatekeeper sees that we are there. A gatekeeper that asks for a call does not hear of it.
  private mutating func tellStatus(_ request: InfoRequest, to source: SocketAddress) {
    guard let identifier = client?.endpointIdentifier else { return }
    let configuration = RASClientConfiguration(plan, gatekeepers: [])
    var response = InfoRequestResponse(
      requestSeqNum: request.requestSeqNum, endpointType: configuration.terminalType, endpointIdentifier: identifier,
      rasAddress: configuration.rasAddress, callSignalAddress: configuration.callSignalAddress)
    response.endpointAlias = configuration.terminalAlias
    response.irrStatus = .incomplete
    if let octets = try? RasMessage.infoRequestResponse(response).encoded() { outgoing.append((octets, source)) }
  }
}

extension RASClientConfiguration {
  /// The gateway, as an external gatekeeper is told of it.
  init(_ plan: H323Plan, gatekeepers: [SocketAddress]) {
    var type = EndpointType(mc: false, undefinedNode: false)
    type.gateway = GatewayInfo()
    var vendor = VendorIdentifier(
      vendor: H221NonStandard(t35CountryCode: 0, t35Extension: 0, manufacturerCode: 0))
    vendor.productId = Array("ifsip-proxy".utf8)
    type.vendor = vendor
    self.init(
      gatekeepers: gatekeepers, rasAddress: .ipAddress(plan.ras.ip, port: plan.ras.port),
      callSignalAddress: [.ipAddress(plan.signalling.ip, port: plan.signalling.port)], terminalType: type,
      terminalAlias: plan.settings.aliases.map { .h323ID(BMPString($0)) }, endpointVendor: vendor)
    gatekeeperIdentifier = plan.settings.identifier.map { BMPString($0) }
    timeToLive = Int(plan.settings.timeToLive.components.seconds)
  }
}

/// Finds the addresses of all gatekeepers of a list; those that have none are left out.
private struct GatekeeperLookup {
  private let gatekeepers: [Settings.HostPort]
  private let isIPv4: Bool

  init(_ gatekeepers: [Settings.HostPort], isIPv4: Bool) {
    self.gatekeepers = gatekeepers
    self.isIPv4 = isIPv4
  }

  /// - Parameter completion: called once, on some thread.
  func run(
    _ resolver: Resolver, transport: SIPTransportKind, completion: @escaping @Sendable ([SocketAddress]) -> Void
  ) {
    let progress = Progress(count: gatekeepers.count)
    for (place, gatekeeper) in gatekeepers.enumerated() {
      if let address = gatekeeper.address {
        if let all = progress.note([address], at: place) { completion(all) }
        continue
      }
      guard let host = SIPHost(gatekeeper.host) else {
        if let all = progress.note([], at: place) { completion(all) }
        continue
      }
      // With its port written, a host's addresses are all that is asked for (RFC 3263 §4.2).
      resolver.locate(LocationTarget(host: host, port: gatekeeper.port, transport: transport)) { [isIPv4] result in
        let found = ((try? result.get()) ?? []).map(\.address).filter { $0.ip.isIPv4 == isIPv4 }
        if let all = progress.note(found, at: place) { completion(all) }
      }
    }
  }

  private final class Progress: Sendable {
    private let state: Mutex<(found: [[SocketAddress]], left: Int)>

    init(count: Int) { state = Mutex((Array(repeating: [], count: count), count)) }

    /// What was found for one of them; when it was the last one, all there is, in the order of the list.
    func note(_ addresses: [SocketAddress], at place: Int) -> [SocketAddress]? {
      state.withLock { state in
        state.found[place] = addresses
        state.left -= 1
        return state.left == 0 ? state.found.flatMap { $0 } : nil
      }
    }
  }
}
