import SIPMessage
import Wire

/// Either server machine, with the INVITE machine's actions for both: the other one's are a subset.
enum ServerMachine: Sendable {
  case invite(InviteServerTransaction)
  case nonInvite(NonInviteServerTransaction)

  typealias Action = InviteServerTransaction.Action

  init(method: SIPMethod, transport: SIPTransportKind, timers: SIPTimers, now: Instant) {
    self =
      method == .invite
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
struct ServerSlot: SlabElement, Sendable {
  var machine: ServerMachine
  var key: TransactionKey
  /// Where the request came from.
  var source: Hop
  /// The port that responses over UDP go to (§18.2.2, RFC 3581 §4).
  var responsePort: UInt16
  /// Whether `legacyAcks` or `merges` of the layer hold an entry of this transaction.
  var hasLegacyAck = false
  var hasMergeKey = false
  /// Whether the request had no RFC 3261 branch.
  var isLegacy: Bool
  var context: UInt64 = 0
  /// Kept until the final response.
  var request: SIPMessage?
  /// Kept while it may have to be sent again; empty before the first.
  var lastResponse: [UInt8] = []
  /// What this transaction counts for in `retainedBytes`.
  var retainedBytes = 0
  var timer: TimerEntry = .none
  var generation: UInt32 = 0
  var nextFree: UInt32 = 0

  init(
    machine: ServerMachine, key: TransactionKey, source: Hop, responsePort: UInt16, isLegacy: Bool, request: SIPMessage
  ) {
    self.machine = machine
    self.key = key
    self.source = source
    self.responsePort = responsePort
    self.isLegacy = isLegacy
    self.request = request
  }

  /// Where responses go: back over the stream, or to the source address and the port that Via asks for.
  var responseHop: Hop {
    var hop = source
    hop.remote.port = responsePort
    return hop
  }

  mutating func vacate() {
    request = nil
    lastResponse = []
  }
}
