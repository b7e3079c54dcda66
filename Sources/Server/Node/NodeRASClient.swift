import Admissions
import H225
import H323Endpoint
import OpenSSLCrypto
import PER
import Resolver
import Settings
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
  /// Seals and checks; nil where the configuration has no password.
  private var association: H2351Association?
  private let started: Moment
  /// Nil until a gatekeeper's address is known.
  private var client: RASClient?
  private var addresses: [SocketAddress] = []
  private var isLocating = false
  /// When names are looked up again, unless we are registered by then.
  private var lookAgainAt: Instant?
  private var isStopping = false

  /// Who waits for the answer to a request of the client's.
  private var waiting: [Int: Asked] = [:]
  /// Who waits until a gatekeeper has us on its list again: the one that was asked has fallen silent.
  private var postponed: [Asked] = []
  /// Calls that the gatekeeper has let in.
  private var calls: [GloballyUniqueID: ExternalCall] = [:]
  /// Where the gatekeeper takes calls, as it said in RCF.
  private var signallingAddresses: [SocketAddress] = []
  /// When the next of them is to be reported.
  private var nextReport: Instant?
  /// Whether the gatekeeper has been told that there is room for few more.
  private var isAlmostOut = false
  /// Calls that are over, in order of when the gatekeeper is told.
  private var leaving: [(call: ExternalCall, at: Instant)] = []
  private var lastTag = 0
  private var actions: [RASClient.Action] = []
  /// What is to be sent.
  private var notes: [RASNote] = []
  private var outgoing: [(octets: [UInt8], to: SocketAddress)] = []

  /// A call that wants to be let in.
  private struct Asked {
    var call: ExternalCall
    var reactor: Int
    var tag: UInt64
    /// Whether it was let in already, and is to be led elsewhere.
    var isRedirection = false
    /// Until when it may wait for another gatekeeper.
    var until: Instant
  }

  /// How long a call may wait for its admission: a silent gatekeeper is left after 3 s, and the next one has to register us.
  private static let patience = Duration.seconds(5)
  /// The most calls that wait for another gatekeeper.
  private static let maxPostponed = 1_024

  /// DRQ follows ReleaseComplete (H.323 §8.5), which another thread sends: a gatekeeper that routes the call and hears of its
  /// end by DRQ first may not pass the other on.
  private static let disengageDelay = Duration.milliseconds(100)

  /// How long names are believed while nobody registers us.
  private static let pause = Duration.seconds(15)

  init(
    _ plan: H323Plan, _ gatekeepers: [Settings.HostPort], _ resolver: Resolver, at moment: Moment
  ) {
    started = moment
    let names = (plan.settings.external?.endpointID.map { [$0] } ?? []) + plan.settings.aliases
    association = plan.gatekeeperPassword.map { H2351Association(password: $0, names: names) }
    self.plan = plan
    self.gatekeepers = gatekeepers
    self.resolver = resolver
  }

  /// Begins.
  mutating func start(now: Instant) { look(now: now) }

  /// Unregisters.
  mutating func stop(now: Instant) {
    isStopping = true
    disengage(until: .distantFuture, now: now)
    client?.stop(now: now, &actions)
    perform(now: now)
  }

  var nextDeadline: Instant? {
    let next = Instant.earlier(.earlier(client?.nextDeadline, lookAgainAt), nextReport)
    let waits: Instant? = .earlier(postponed.lazy.map(\.until).min(), leaving.first?.at)
    return Instant.earlier(next, waits)
  }

  mutating func advance(now: Instant) {
    if let lookAgainAt, lookAgainAt <= now {
      self.lookAgainAt = nil
      if client?.isRegistered != true { look(now: now) }
    }
    disengage(until: now, now: now)
    client?.timerFired(now: now, &actions)
    report(now: now)
    perform(now: now)
    for asked in postponed where asked.until <= now { answer(asked, .unavailable) }
    postponed.removeAll { $0.until <= now }
  }

  mutating func received(_ datagram: Span<UInt8>, from source: SocketAddress, now: Instant) {
    guard let client, let message = try? RasMessage(decoding: datagram) else { return }
    let isKnown = addresses.contains(source) || client.gatekeeper == source
    let time = clock(at: now)
    let fault = association?.fault(
      of: message, datagram, from: source, endpointIdentifier: client.endpointIdentifier,
      gatekeeperIdentifier: client.gatekeeperIdentifier, time: time)
    if isKnown { notes.append(RASNote(.received, message, peer: source, fault: fault?.rawValue)) }
    // Without a right seal it may be anybody's: the request is open still.
    guard fault == nil else { return }
    self.client?.received(message, from: source, now: now, &actions)
    perform(now: now)
  }

  /// Civil time.
  private func clock(at now: Instant) -> UTCTimestamp { started.clock + (now - started.now) }

  mutating func received(_ question: RASQuestion, now: Instant) {
    switch question {
    case .located(let found): located(found, now: now)
    case .admit(let call, let reactor, let tag):
      ask(Asked(call: call, reactor: reactor, tag: tag, until: now + Self.patience), now: now)
    case .redirect(let call, let redirection, let reactor, let tag):
      var asked = Asked(call: call, reactor: reactor, tag: tag, until: now + Self.patience)
      asked.isRedirection = true
      redirect(asked, redirection, now: now)
    case .disengage(let identifier):
      guard let call = calls.removeValue(forKey: identifier) else { break }
      leaving.append((call, now + Self.disengageDelay))
      weighResources(now: now)
    }
    perform(now: now)
  }

  private mutating func disengage(until due: Instant, now: Instant) {
    let count = leaving.prefix { $0.at <= due }.count
    for (call, _) in leaving.prefix(count) {
      lastTag &+= 1
      // Its answer changes nothing: the call is over.
      _ = client?.disengage(DisengageRequest(call), tag: lastTag, now: now, &actions)
    }
    leaving.removeFirst(count)
  }

  mutating func takeOutgoing() -> [(octets: [UInt8], to: SocketAddress)] {
    defer { outgoing.removeAll(keepingCapacity: true) }
    return outgoing
  }

  // MARK: Where gatekeepers are

  private mutating func look(now: Instant) {
    guard !isStopping else { return }
    lookAgainAt = now + Self.pause
    if gatekeepers.allSatisfy({ $0.address != nil }) { return located(gatekeepers.compactMap(\.address), now: now) }
    guard !isLocating else { return }
    isLocating = true
    let lookup = HostLookup(
      gatekeepers, .h323Registration, isIPv4: plan.ras.ip.isIPv4, transport: plan.transport)
    lookup.run(resolver) { [shared = plan.shared] found in shared.desk.put(.located(found)) }
  }

  private mutating func located(_ found: [SocketAddress], now: Instant) {
    isLocating = false
    guard !isStopping, !found.isEmpty, found != addresses || client == nil else { return }
    guard client?.isRegistered != true else { return }
    addresses = found
    client = RASClient(RASClientConfiguration(plan, gatekeepers: found))
    // Who waits for the client that was there waits for nobody.
    for asked in waiting.values { answer(asked, .unavailable) }
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
        send(message, to: address, now: now)
      case .registered(let confirm, _):
        signallingAddresses = confirm.callSignalAddress.compactMap(\.socketAddress)
        plan.shared.isRegistered = true
        isAlmostOut = false
        weighResources(now: now)
        let again = postponed
        postponed = []
        for asked in again { ask(asked, now: now) }
      case .unregistered: plan.shared.isRegistered = false
      case .discoveryRejected, .registrationRejected: break
      case .answered(let tag, let message):
        guard let asked = waiting.removeValue(forKey: tag) else { continue }
        if message == nil {
          postpone(asked, now: now)
          continue
        }
        let admission = ExternalAdmission(
          message, endpointIdentifier: client?.endpointIdentifier, gatekeeperIdentifier: client?.gatekeeperIdentifier)
        if case .admitted = admission { note(asked.call, message, now: now) }
        answer(asked, admission)
      case .informationRequested(let request, let source): tellStatus(request, to: source, now: now)
      case .callEnded(let request):
        if let identifier = request.callIdentifier?.guid { calls[identifier] = nil }
        weighResources(now: now)
        plan.shared.tellAll(.callEnded(request.callIdentifier?.guid, conferenceID: request.conferenceID))
      case .bandwidthRequested(let request):
        client?.answerBandwidth(request, accepts: request.bandWidth >= Self.leastBandwidth, &actions)
      }
    }
    actions.removeAll(keepingCapacity: true)
    if client?.isRegistered != true, lookAgainAt == nil, !isStopping { lookAgainAt = now + Self.pause }
  }

  // MARK: What the gatekeeper is told unasked

  /// A call that the gatekeeper has let in, with how often it wants to hear of it.
  private mutating func note(_ call: ExternalCall, _ answer: RasMessage?, now: Instant) {
    var call = call
    call.reports = nil
    if case .admissionConfirm(let confirm)? = answer, let seconds = confirm.irrFrequency, seconds > 0 {
      let next = now + .seconds(seconds)
      call.reports = (.seconds(seconds), next)
      nextReport = .earlier(nextReport, next)
    }
    calls[call.callIdentifier] = call
    weighResources(now: now)
  }

  /// IRR about every call whose time has come.
  private mutating func report(now: Instant) {
    guard let due = nextReport, due <= now else { return }
    nextReport = nil
    var told: [PerCallInfo] = []
    for (identifier, call) in calls {
      guard let reports = call.reports else { continue }
      var next = reports.next
      if next <= now {
        told.append(PerCallInfo(call))
        next = now + reports.every
        calls[identifier]?.reports?.next = next
      }
      nextReport = .earlier(nextReport, next)
    }
    var rest = told[...]
    while !rest.isEmpty {
      client?.report(Array(rest.prefix(Self.maxCallsTold)), now: now, &actions)
      rest = rest.dropFirst(Self.maxCallsTold)
    }
  }

  /// RAI when nine tenths of the calls that may be are there, and again when it is fewer than eight.
  private mutating func weighResources(now: Instant) {
    let tenths = calls.count * 10 / max(plan.maxCalls, 1)
    let isOut = isAlmostOut ? tenths >= 8 : tenths >= 9
    guard isOut != isAlmostOut, client?.indicateResources(almostOut: isOut, now: now, &actions) == true else { return }
    isAlmostOut = isOut
  }

  /// The calls that fit one IRR, and one datagram.
  private static let maxCallsTold = 16

  private mutating func ask(_ asked: Asked, now: Instant) {
    lastTag &+= 1
    if client?.admit(AdmissionRequest(asked.call), tag: lastTag, now: now, &actions) == true {
      waiting[lastTag] = asked
    } else {
      postpone(asked, now: now)
    }
  }

  private mutating func postpone(_ asked: Asked, now: Instant) {
    guard client != nil, !isStopping, now < asked.until, postponed.count < Self.maxPostponed else {
      return answer(asked, .unavailable)
    }
    postponed.append(asked)
  }

  private func answer(_ asked: Asked, _ admission: ExternalAdmission) {
    let tag = asked.tag
    plan.shared.answers[asked.reactor].put(
      asked.isRedirection ? .redirection(tag: tag, admission) : .admission(tag: tag, admission))
  }

  /// To the gatekeeper itself a call goes only where that one has said, when it registered us, that it takes calls. To
  /// somebody else it goes by the gatekeeper's leave and to where that one says.
  private mutating func redirect(_ asked: Asked, _ redirection: H323Redirection, now: Instant) {
    guard redirection.kind == .gatekeeper else { return ask(asked, now: now) }
    answer(
      asked,
      redirection.place(amongGatekeepers: signallingAddresses).map { place in
        .admitted(
          ExternalRoute(
            address: place, endpointIdentifier: client?.endpointIdentifier,
            routedBy: client?.gatekeeperIdentifier ?? ""))
      } ?? .refused(.invalidPermission))
  }

  /// Audio at 64 kbit/s there and back, in units of 100 bit/s: what a call cannot do without.
  private static let leastBandwidth = 1_280

  /// IRR with the calls that the gatekeeper has let in, or with the one that it asks for.
  private mutating func tellStatus(_ request: InfoRequest, to source: SocketAddress, now: Instant) {
    guard let identifier = client?.endpointIdentifier else { return }
    let configuration = RASClientConfiguration(plan, gatekeepers: [])
    var response = InfoRequestResponse(
      requestSeqNum: request.requestSeqNum, endpointType: configuration.terminalType, endpointIdentifier: identifier,
      rasAddress: configuration.rasAddress, callSignalAddress: configuration.callSignalAddress)
    response.endpointAlias = configuration.terminalAlias
    let wanted = request.callIdentifier?.guid
    let asked = calls.values.filter { wanted == nil || $0.callIdentifier == wanted }
    if wanted != nil, asked.isEmpty {
      response.irrStatus = .invalidCall
    } else {
      if !asked.isEmpty { response.perCallInfo = asked.prefix(Self.maxCallsTold).map(PerCallInfo.init) }
      response.irrStatus = asked.count > Self.maxCallsTold ? .incomplete : .complete
    }
    send(.infoRequestResponse(response), to: source, now: now)
  }

  private mutating func send(_ message: RasMessage, to address: SocketAddress, now: Instant) {
    guard let octets = octets(of: message, now: now) else { return }
    outgoing.append((octets, address))
    notes.append(RASNote(.sent, message, peer: address))
  }

  private mutating func octets(of message: RasMessage, now: Instant) -> [UInt8]? {
    guard association != nil else { return try? message.encoded() }
    let (endpoint, gatekeeper) = (client?.endpointIdentifier, client?.gatekeeperIdentifier)
    let time = clock(at: now)
    return association?.seal(
      message, endpointIdentifier: endpoint, gatekeeperIdentifier: gatekeeper, time: time,
      number: plan.shared.nextSealNumber(), placeholder: SecureRandom.bytes(H2351.hashOctets))
  }

  mutating func takeNotes() -> [RASNote] {
    var taken: [RASNote] = []
    swap(&taken, &notes)
    return taken
  }
}

extension RASClientConfiguration {
  /// The gateway, as an external gatekeeper is told of it.
  init(_ plan: H323Plan, gatekeepers: [SocketAddress]) {
    self.init(
      gatekeepers: gatekeepers, rasAddress: .ipAddress(plan.ras.ip, port: plan.ras.port),
      callSignalAddress: [.ipAddress(plan.signalling.ip, port: plan.signalling.port)],
      terminalType: .ourGateway, terminalAlias: plan.settings.aliases.map { .h323ID(BMPString($0)) },
      endpointVendor: VendorIdentifier(product: "ifsip-proxy"))
    gatekeeperIdentifier = plan.settings.identifier.map { BMPString($0) }
    timeToLive = Int(plan.settings.timeToLive.components.seconds)
    firstNumber = UInt16(truncatingIfNeeded: SecureRandom.uint64())
    guard plan.gatekeeperPassword != nil, let algorithm = H2351.hmacSHA1With96Bits else { return }
    authenticationCapability = [.pwdHash]
    algorithmOIDs = [algorithm]
  }
}
