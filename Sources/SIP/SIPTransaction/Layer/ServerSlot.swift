import SIPMessage
import Wire

/// Either server machine, with the INVITE machine's actions for both: the other one's are a subset.
enum ServerMachine: Sendable {
  case invite(InviteServerTransaction)
  case nonInvite(NonInviteServerTransaction)

  typealias Action = InviteServerTransaction.Action

  init(isInvite: Bool, transport: SIPTransportKind, timers: SIPTimers, now: Instant) {
    self =
      isInvite
      ? .invite(InviteServerTransaction(transport: transport, timers: timers, now: now))
      : .nonInvite(NonInviteServerTransaction(transport: transport, timers: timers, now: now))
  }

  var isInvite: Bool {
    switch self {
    case .invite: true
    case .nonInvite: false
    }
  }

  var isTerminated: Bool {
    switch self {
    case .invite(let machine): machine.isTerminated
    case .nonInvite(let machine): machine.isTerminated
    }
  }

  var nextDeadline: Instant? {
    switch self {
    case .invite(let machine): machine.nextDeadline
    case .nonInvite(let machine): machine.nextDeadline
    }
  }

  /// Whether a response can still come from the user, for which it may need the request.
  var awaitsFinalResponse: Bool {
    switch self {
    case .invite(let machine): machine.phase == .proceeding
    case .nonInvite(let machine): machine.phase == .trying || machine.phase == .proceeding
    }
  }

  /// Whether a repeated request is answered with the last response.
  var mayRetransmit: Bool {
    switch self {
    case .invite(let machine): machine.phase == .proceeding || machine.phase == .completed
    case .nonInvite(let machine): machine.phase == .proceeding || machine.phase == .completed
    }
  }

  mutating func receivedRequest(now: Instant) -> Action {
    switch self {
    case .invite(var machine):
      defer { self = .invite(machine) }
      return machine.receivedInvite(now: now)
    case .nonInvite(var machine):
      defer { self = .nonInvite(machine) }
      return Self.widen(machine.receivedRequest(now: now))
    }
  }

  mutating func receivedAck(now: Instant) -> Action {
    switch self {
    case .invite(var machine):
      defer { self = .invite(machine) }
      return machine.receivedAck(now: now)
    case .nonInvite:
      return .none
    }
  }

  mutating func respond(status: Int, now: Instant) -> Action {
    switch self {
    case .invite(var machine):
      defer { self = .invite(machine) }
      return machine.respond(status: status, now: now)
    case .nonInvite(var machine):
      defer { self = .nonInvite(machine) }
      return Self.widen(machine.respond(status: status, now: now))
    }
  }

  mutating func advance(now: Instant) -> Action {
    switch self {
    case .invite(var machine):
      defer { self = .invite(machine) }
      return machine.advance(now: now)
    case .nonInvite(var machine):
      defer { self = .nonInvite(machine) }
      return Self.widen(machine.advance(now: now))
    }
  }

  mutating func transportFailed() -> Action {
    switch self {
    case .invite(var machine):
      defer { self = .invite(machine) }
      return machine.transportFailed()
    case .nonInvite(var machine):
      defer { self = .nonInvite(machine) }
      return Self.widen(machine.transportFailed())
    }
  }

  private static func widen(_ action: NonInviteServerTransaction.Action) -> Action {
    switch action {
    case .none: .none
    case .send: .send
    case .retransmit: .retransmit
    case .sendTrying: .sendTrying
    case .reportTimeout: .reportTimeout
    case .reportTransportError: .reportTransportError
    }
  }
}

/// What the layer keeps of one server transaction.
struct ServerSlot: Sendable {
  var machine: ServerMachine
  let key: TransactionKey
  /// Where the request came from.
  var source: Hop
  /// The port that responses over UDP go to (§18.2.2, RFC 3581 §4).
  let responsePort: UInt16
  /// Whether the request had no RFC 3261 branch.
  let isLegacy: Bool
  /// Whether `legacyAcks` and `merges` of the layer hold an entry of this transaction.
  var hasLegacyAck = false
  var hasMergeKey = false
  var context: UInt64 = 0
  /// Kept until the final response.
  var request: SIPMessage?
  /// Kept while it may have to be sent again; empty before the first.
  var lastResponse: [UInt8] = []
  private var requestBytes: Int
  /// What this transaction counts for in the layer's `retainedBytes`.
  private(set) var retainedBytes = 0
  var timer = TimerEntry.none

  init(
    _ request: SIPMessage, isInvite: Bool, key: TransactionKey, source: Hop, responsePort: UInt16, isLegacy: Bool,
    timers: SIPTimers, now: Instant
  ) {
    machine = ServerMachine(isInvite: isInvite, transport: source.transport, timers: timers, now: now)
    self.key = key
    self.source = source
    self.responsePort = responsePort
    self.isLegacy = isLegacy
    self.request = request
    requestBytes = request.byteCount
  }

  /// Where responses go: back over the stream, or to the source address and the port that Via asks for.
  var responseHop: Hop {
    var hop = source
    hop.remote.port = responsePort
    return hop
  }

  /// The user's response; false when the machine does not take it.
  mutating func respond(
    _ bytes: consuming [UInt8], status: Int, as id: ServerTransactionID, now: Instant, into sink: inout TransactionSink
  ) -> Bool {
    guard case .send = machine.respond(status: status, now: now) else { return false }
    sink.append(.send(bytes, to: responseHop, from: .server(id)))
    if !machine.awaitsFinalResponse { dropRequest() }
    lastResponse = machine.mayRetransmit ? bytes : []
    return true
  }

  /// The request came again.
  mutating func repeatResponse(as id: ServerTransactionID, now: Instant, into sink: inout TransactionSink) {
    if case .retransmit = machine.receivedRequest(now: now) {
      sink.append(.send(lastResponse, to: responseHop, from: .server(id)))
    }
  }

  /// Fires what is due.
  mutating func advance(as id: ServerTransactionID, now: Instant, into sink: inout TransactionSink) {
    while let deadline = machine.nextDeadline, deadline <= now {
      switch machine.advance(now: now) {
      case .retransmit:
        sink.append(.send(lastResponse, to: responseHop, from: .server(id)))
      case .sendTrying:
        guard let request else { break }
        lastResponse = MessageBuilder.trying(for: request, from: source)
        sink.append(.send(lastResponse, to: responseHop, from: .server(id)))
      case .reportTimeout:
        sink.append(.serverTimeout(id, context: context))
      case .none, .send, .confirm, .passAckToUser, .reportTransportError:
        break
      }
    }
  }

  /// After every event: sees to the timer and says by how much `retainedBytes` has changed.
  mutating func settle(_ wheel: inout TimerWheel<UInt32>, key: UInt32) -> Int {
    timer.arm(&wheel, key: key, at: machine.nextDeadline, exactly: !machine.awaitsFinalResponse)
    let bytes = TransactionLimits.overheadPerTransaction + requestBytes + lastResponse.count
    defer { retainedBytes = bytes }
    return bytes - retainedBytes
  }

  private mutating func dropRequest() {
    request = nil
    requestBytes = 0
  }
}
