public import Admissions
public import Guard
import H225
import OpenSSLCrypto
import PER
public import Wire

/// The gatekeeper's side of RAS (H.225.0 §7.8 to §7.20), with the gates of DOMAIN §9: who may register, which call may enter.
///
///     stranger ── GRQ ──▶ GCF, GRJ
///        │ RRQ: entry of the registry, its network, its H.235.1, its aliases free
///        ▼                                   ┌── RRQ keepAlive: time to live anew
///     registered ────────────────────────────┘
///        │  │ ARQ: six gates ──▶ call ── IRQ/IRR, BRQ ──▶ DRQ of either side, or nobody knows it: gone
///        │  └ LRQ, RAI, BRQ …
///        ▼ URQ of either side, time to live over, another registry
///     gone
///
/// It owns no socket and no clock. A driver gives it datagrams and the time, and does what it says. Everything is denied that
/// is not allowed: an endpoint is an entry of the registry, comes from where that says or proves that it knows its password,
/// and its messages count only from the address it registered from. A request that comes again has its answer again, and
/// does nothing a second time.
public struct Gatekeeper: Sendable {
  enum Timer: Sendable, Hashable {
    case endpoint(String)
    case call(CallKey)
    case pending(Int)
  }

  struct CallKey: Sendable, Hashable {
    var callIdentifier: GloballyUniqueID
    var terminal: String
  }

  struct AnswerKey: Sendable, Hashable {
    var source: SocketAddress
    var number: Int
    var message: String
  }

  struct Answer: Sendable {
    var content: Digest32
    var octets: [UInt8]
    var to: SocketAddress
  }

  /// What it is.
  public let configuration: GatekeeperConfiguration
  /// How much it holds.
  public let limits: GatekeeperLimits

  var registry: Registry
  var endpointsByIdentifier: [String: GatekeeperEndpoint] = [:]
  var identifiersByAlias: [String: String] = [:]
  var calls: [CallKey: GatekeeperCall] = [:]
  var pending: [Int: OwnRequest] = [:]
  var answers: AgingTable<AnswerKey, Answer>
  var spent: AgingTable<Digest32, Bool>
  var timers = TimerWheel<Timer>()
  var tokens: [Timer: TimerWheel<Timer>.Token] = [:]
  var lastNumber = 0
  /// From when on every use of a token is known.
  let rememberingSince: UTCTimestamp
  private let seed: (UInt64, UInt64)
  private var drawn: UInt64 = 0

  /// A gatekeeper that knows nobody yet.
  ///
  /// - Parameters:
  ///   - seed: random and secret: endpoint identifiers come of it.
  ///   - rememberingSince: the start of the process; tokens from before are refused.
  public init(
    configuration: GatekeeperConfiguration, registry: Registry, limits: GatekeeperLimits = GatekeeperLimits(),
    seed: (UInt64, UInt64), rememberingSince: UTCTimestamp
  ) {
    self.configuration = configuration
    self.registry = registry
    self.limits = limits
    self.seed = seed
    self.rememberingSince = rememberingSince
    answers = AgingTable(capacity: max(2, limits.maxAnswers), period: limits.answerLifetime)
    spent = AgingTable(capacity: max(2, limits.maxSpent), period: AdmissionToken.tolerance * 2 + .seconds(1))
  }

  // MARK: Queries

  /// Everybody who is registered, in the order of their identifiers.
  public var endpoints: [GatekeeperEndpoint] { endpointsByIdentifier.values.sorted { $0.identifier < $1.identifier } }

  /// Every admitted call, the oldest first.
  public var admittedCalls: [GatekeeperCall] { calls.values.sorted { $0.admittedAt < $1.admittedAt } }

  /// Who is registered with that alias: where the gateway finds a guardian.
  public func endpoint(alias: String) -> GatekeeperEndpoint? {
    identifiersByAlias[alias].flatMap { endpointsByIdentifier[$0] }
  }

  /// When `advance` has to be called next.
  public var nextDeadline: Instant? { timers.nextDeadline }

  // MARK: Events

  /// A datagram has come.
  ///
  /// - Parameter admissions: the node's account; a call that is confirmed is entered there.
  public mutating func received(
    _ bytes: Span<UInt8>, from source: SocketAddress, at moment: Moment, admissions: inout AdmissionTable,
    into sink: inout GatekeeperSink
  ) {
    guard bytes.count <= limits.maxMessageBytes, let message = try? RasMessage(decoding: bytes) else {
      var record = RASRecord(.received, "other", peer: source)
      record.result = .malformed
      sink.actions.append(.record(record))
      return
    }
    let incoming = Incoming(message: message, octets: [UInt8](copying: bytes), source: source, moment: moment)
    switch message {
    case .unregistrationConfirm, .unregistrationReject, .bandwidthConfirm, .bandwidthReject, .disengageConfirm,
      .disengageReject:
      answered(incoming, &admissions, &sink)
    case .infoRequestResponse(let response): statusTold(incoming, response, &admissions, &sink)
    case .gatekeeperConfirm, .gatekeeperReject, .registrationConfirm, .registrationReject, .admissionConfirm,
      .admissionReject, .locationConfirm, .locationReject, .unknownMessageResponse, .requestInProgress,
      .resourcesAvailableConfirm, .infoRequestAck, .infoRequestNak, .serviceControlResponse,
      .admissionConfirmSequence:
      // Answers to what a gatekeeper never asks.
      var record = RASRecord(.received, message.shortName, peer: source)
      record.result = .ignored
      sink.actions.append(.record(record))
    case .gatekeeperRequest, .registrationRequest, .unregistrationRequest, .admissionRequest, .bandwidthRequest,
      .disengageRequest, .locationRequest, .infoRequest, .nonStandardMessage, .resourcesAvailableIndicate,
      .serviceControlIndication, .other:
      requested(incoming, &admissions, &sink)
    }
  }

  /// Time has passed: registrations end, calls are asked for, requests are repeated.
  public mutating func advance(
    at moment: Moment, admissions: inout AdmissionTable, into sink: inout GatekeeperSink
  ) {
    while let timer = timers.popExpired(now: moment.now) {
      tokens.removeValue(forKey: timer)
      switch timer {
      case .endpoint(let identifier): expired(identifier, moment, &admissions, &sink)
      case .call(let key): askStatus(of: key, moment, &sink)
      case .pending(let number): repeatOrGiveUp(number, moment, &admissions, &sink)
      }
    }
  }

  /// Other entries are allowed from now on: whoever is not among them is unregistered, and its calls end.
  public mutating func setRegistry(
    _ registry: Registry, at moment: Moment, admissions: inout AdmissionTable, into sink: inout GatekeeperSink
  ) {
    self.registry = registry
    for endpoint in endpoints {
      let entry = registry.guardian(id: endpoint.terminal)
      let keeps = entry.map { entry in
        entry.status == .active && endpoint.aliases.allSatisfy { registry.guardian(named: $0)?.id == entry.id }
      }
      if keeps != true { unregister(endpoint, .registry, moment, &admissions, &sink) }
    }
  }

  // MARK: Requests

  private mutating func requested(
    _ incoming: Incoming, _ admissions: inout AdmissionTable, _ sink: inout GatekeeperSink
  ) {
    let number = incoming.message.requestSeqNum ?? 1
    let key = AnswerKey(source: incoming.source, number: number, message: incoming.message.shortName)
    let content = incoming.contentDigest
    answers.turn(now: incoming.moment.now)
    if let answer = answers.value(for: key), answer.content == content {
      sink.actions.append(.send(answer.octets, to: answer.to))
      var record = RASRecord(.received, incoming.message.shortName, peer: incoming.source)
      record.result = .repeated
      sink.actions.append(.record(record))
      return
    }
    let verdict = decide(incoming, number, &admissions, &sink)
    var record = verdict.record(incoming.message.shortName, peer: incoming.source)
    sink.actions.append(.record(record))
    guard let answer = verdict.answer,
      let octets = encoded(
        answer, sealedFor: verdict.seal, to: verdict.endpoint ?? incoming.name(of: verdict.seal), incoming.moment)
    else { return }
    sink.actions.append(.send(octets, to: verdict.to))
    if answers.count >= answers.capacity { answers.forgetOldGeneration(now: incoming.moment.now) }
    _ = answers.update(key, now: incoming.moment.now) {
      $0 = Answer(content: content, octets: octets, to: verdict.to)
    }
    record.direction = .sent
    record.message = answer.shortName
    record.result = nil
    record.detail = nil
    record.peer = verdict.to
    sink.actions.append(.record(record))
  }

  private mutating func decide(
    _ incoming: Incoming, _ number: Int, _ admissions: inout AdmissionTable, _ sink: inout GatekeeperSink
  ) -> Verdict {
    switch incoming.message {
    case .gatekeeperRequest(let request): discovery(request, incoming)
    case .registrationRequest(let request): registration(request, incoming, &admissions, &sink)
    case .unregistrationRequest(let request): unregistration(request, incoming, &admissions, &sink)
    case .admissionRequest(let request): admission(request, incoming, &admissions, &sink)
    case .bandwidthRequest(let request): bandwidth(request, incoming, &admissions)
    case .disengageRequest(let request): disengagement(request, incoming, &admissions, &sink)
    case .locationRequest(let request): location(request, incoming)
    case .resourcesAvailableIndicate(let request): resources(request, incoming)
    default: Verdict.unsupported(number, to: incoming.source)
    }
  }

  // MARK: Small things

  /// 128 bits that nobody else can know.
  mutating func draw() -> (UInt64, UInt64) {
    drawn &+= 1
    var hash = SipHash(key: seed)
    hash.combine(drawn)
    return hash.finalize128()
  }

  /// Numbers that count up, for H.235.1.
  var drawnCount: Int { Int(truncatingIfNeeded: drawn & 0x7FFF_FFFF) }

  mutating func setTimer(_ timer: Timer, at deadline: Instant) {
    clearTimer(timer)
    tokens[timer] = timers.schedule(timer, at: deadline)
  }

  mutating func clearTimer(_ timer: Timer) {
    if let token = tokens.removeValue(forKey: timer) { timers.cancel(token) }
  }
}

/// A request, or an answer, and where it came from.
struct Incoming: Sendable {
  let message: RasMessage
  let octets: [UInt8]
  let source: SocketAddress
  let moment: Moment

  /// By which of its entry's names its sender has sealed it; nil where it has not.
  func name(of entry: Guardian?) -> String? {
    guard let entry, let name = H2351.hashedToken(in: message.cryptoTokens)?.hashedVals.sendersID?.text else {
      return nil
    }
    return name == entry.id || entry.aliases.contains(name) ? name : nil
  }

  /// What a repeated request has in common with the first: everything but its `cryptoTokens`, which a sender may make anew.
  var contentDigest: Digest32 {
    guard message.cryptoTokens != nil else { return Digest.sha256(octets.span) }
    var plain = message
    plain.cryptoTokens = nil
    guard let octets = try? plain.encoded() else { return Digest.sha256(octets.span) }
    return Digest.sha256(octets.span)
  }
}

/// What was decided about a request.
struct Verdict: Sendable {
  var answer: RasMessage?
  var to: SocketAddress
  var result: RASRecord.Result
  var reason: String?
  var detail: String?
  var terminal: String?
  /// Whose password seals the answer, and by what name it knows itself.
  var seal: Guardian?
  var endpoint: String?
  var callIdentifier: GloballyUniqueID?
  var traceID: String?
  var room: String?

  init(_ answer: RasMessage?, to: SocketAddress, _ result: RASRecord.Result) {
    self.answer = answer
    self.to = to
    self.result = result
  }

  static func rejected<Reason>(_ answer: RasMessage, to: SocketAddress, _ reason: Reason, _ detail: String) -> Verdict {
    var verdict = Verdict(answer, to: to, .rejected)
    verdict.reason = Self.name(of: reason)
    verdict.detail = detail
    return verdict
  }

  static func unsupported(_ number: Int, to: SocketAddress) -> Verdict {
    Verdict(.unknownMessageResponse(UnknownMessageResponse(requestSeqNum: number)), to: to, .unsupported)
  }

  /// Whose request it was, and whose entry of the registry that is.
  mutating func concerns(_ endpoint: GatekeeperEndpoint?, _ entry: Guardian?) {
    terminal = endpoint?.terminal
    self.endpoint = endpoint?.identifier
    seal = entry
  }

  /// The name of an alternative, without its value.
  static func name<Reason>(of reason: Reason) -> String {
    String("\(reason)".prefix { $0 != "(" })
  }

  func record(_ message: String, peer: SocketAddress) -> RASRecord {
    var record = RASRecord(.received, message, peer: peer)
    record.result = result
    record.reason = reason
    record.detail = detail
    record.terminal = terminal
    record.callIdentifier = callIdentifier
    record.traceID = traceID
    record.room = room
    return record
  }
}
