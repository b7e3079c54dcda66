import Admissions
import Gatekeeper
import Guard
import H225
import OpenSSLCrypto
import PER
import Proxy
import Reactor
import Resolver
import Settings
import Synchronization
import Telemetry
import Wire
import Witness

/// RAS of a node, on the reactor that has its socket: as the gatekeeper of its own council, or as an endpoint of another
/// gatekeeper.
struct NodeRAS {
  private let plan: H323Plan
  private var gatekeeper: Gatekeeper?
  private var client: NodeRASClient?
  private var sink = GatekeeperSink()
  private var outgoing: [(octets: [UInt8], to: SocketAddress)] = []
  private var records: [RASRecord] = []
  /// Requests of RAS by what became of them.
  private(set) var counters = H323Counters()

  init(_ plan: H323Plan, _ resolver: Resolver, at moment: Moment) {
    self.plan = plan
    switch plan.settings.mode {
    case .builtin:
      gatekeeper = Gatekeeper(
        configuration: GatekeeperConfiguration(plan), registry: plan.registry,
        seed: (SecureRandom.uint64(), SecureRandom.uint64()), rememberingSince: moment.clock)
    case .external(let external):
      if !external.gatekeepers.isEmpty {
        client = NodeRASClient(plan, external.gatekeepers, resolver, at: moment)
      }
    case .off: break
    }
  }

  mutating func start(at moment: Moment) { client?.start(now: moment.now) }

  /// Nobody is registered any more: neither we, nor anybody with us.
  mutating func stop(at moment: Moment) {
    client?.stop(now: moment.now)
    withAdmissions(moment) { gatekeeper, moment, admissions, sink in
      for endpoint in gatekeeper.endpoints {
        gatekeeper.unregister(endpoint.identifier, at: moment, admissions: &admissions, into: &sink)
      }
    }
  }

  var nextDeadline: Instant? {
    Instant.earlier(gatekeeper?.nextDeadline, client?.nextDeadline)
  }

  mutating func received(_ datagram: Span<UInt8>, from source: SocketAddress, at moment: Moment) {
    client?.received(datagram, from: source, now: moment.now)
    guard gatekeeper != nil else { return }
    let octets = [UInt8](copying: datagram)
    withAdmissions(moment) { $0.received(octets.span, from: source, at: $1, admissions: &$2, into: &$3) }
  }

  /// What other reactors and the resolver have left on the desk.
  mutating func receivedQuestions(at moment: Moment) {
    for question in plan.shared.desk.take() {
      if client != nil {
        client?.received(question, now: moment.now)
      } else {
        switch question {
        case .admit(_, let reactor, let tag):
          plan.shared.answers[reactor].put(.admission(tag: tag, .unavailable))
        case .redirect(_, _, let reactor, let tag):
          plan.shared.answers[reactor].put(.redirection(tag: tag, .unavailable))
        case .located, .disengage: break
        }
      }
    }
  }

  mutating func advance(at moment: Moment) {
    guard let deadline = nextDeadline, deadline <= moment.now else { return }
    client?.advance(now: moment.now)
    withAdmissions(moment) { $0.advance(at: $1, admissions: &$2, into: &$3) }
  }

  /// The registry was read again.
  mutating func setRegistry(_ registry: Registry, at moment: Moment) {
    withAdmissions(moment) { $0.setRegistry(registry, at: $1, admissions: &$2, into: &$3) }
  }

  // MARK: What the operator sees and does

  /// Who is registered with us.
  var endpoints: [GatekeeperEndpoint] { gatekeeper?.endpoints ?? [] }

  /// The calls that we have let in.
  var calls: [GatekeeperCall] { gatekeeper?.admittedCalls ?? [] }

  /// Unregisters an endpoint; false when there is none of that identifier.
  mutating func unregister(_ identifier: String, at moment: Moment) -> Bool {
    withAdmissions(moment) { $0.unregister(identifier, at: $1, admissions: &$2, into: &$3) } ?? false
  }

  /// Ends a call for everybody in it; false when there is none of that identifier.
  mutating func endCall(_ identifier: GloballyUniqueID, at moment: Moment) -> Bool {
    withAdmissions(moment) { $0.endCall(identifier, at: $1, admissions: &$2, into: &$3) } ?? false
  }

  // MARK: Actions

  @discardableResult
  private mutating func withAdmissions<Answer>(
    _ moment: Moment,
    _ body: (inout Gatekeeper, Moment, inout AdmissionTable, inout GatekeeperSink) -> Answer
  ) -> Answer? {
    guard var gatekeeper = gatekeeper.take() else { return nil }
    let answer = plan.shared.admissions.withLock { body(&gatekeeper, moment, &$0, &sink) }
    self.gatekeeper = gatekeeper
    perform()
    return answer
  }

  private mutating func perform() {
    for action in sink.take() {
      switch action {
      case .send(let octets, let address): outgoing.append((octets, address))
      case .record(let record): records.append(record)
      case .disengaged(let call, _):
        plan.shared.tellAll(.callEnded(call.callIdentifier, conferenceID: call.conferenceID))
      case .registered, .unregistered, .admitted: break
      }
    }
  }

  /// The records of messages that came and went since it was asked last; they are counted, too.
  mutating func takeRecords(at time: UTCTimestamp) -> [WitnessEvent] {
    guard !records.isEmpty || client != nil else { return [] }
    var events: [WitnessEvent] = []
    for record in records {
      counters.count(record)
      events.append(record.witnessEvent(at: time))
    }
    records.removeAll(keepingCapacity: true)
    for note in client?.takeNotes() ?? [] {
      counters.count(note)
      events.append(note.witnessEvent(at: time))
    }
    return events
  }

  /// Sends what there is to send.
  mutating func flush(_ io: inout ReactorIO) {
    outgoing += client?.takeOutgoing() ?? []
    for (octets, address) in outgoing { io.send(bytes: octets.span, to: address, socket: plan.rasSocket) }
    outgoing.removeAll(keepingCapacity: true)
  }
}

extension GatekeeperConfiguration {
  fileprivate init(_ plan: H323Plan) {
    self.init(
      identifier: BMPString(plan.settings.identifier ?? plan.domains.first ?? "ifsip-proxy"), rasAddress: plan.ras,
      callSignalAddress: plan.signalling)
    domains = plan.domains
    gatewayAliases = plan.settings.gatewayAliases.map(WildcardPattern.init)
    alternates = plan.settings.alternates
    neighbours = plan.settings.neighbours
    preGrants = plan.settings.preGranted
    timeToLive = Int(plan.settings.timeToLive.components.seconds)
  }
}
