import SIPMessage
import Wire

/// Either client machine, with the INVITE machine's actions for both: the other one's are a subset.
enum ClientMachine: Sendable {
  case invite(InviteClientTransaction)
  case nonInvite(NonInviteClientTransaction)

  typealias Action = InviteClientTransaction.Action

  init(isInvite: Bool, transport: SIPTransportKind, timers: SIPTimers, now: Instant) {
    self =
      isInvite
      ? .invite(InviteClientTransaction(transport: transport, timers: timers, now: now))
      : .nonInvite(NonInviteClientTransaction(transport: transport, timers: timers, now: now))
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

  /// Whether no final response has come yet.
  var awaitsFinalResponse: Bool {
    switch self {
    case .invite(let machine): machine.phase == .calling || machine.phase == .proceeding
    case .nonInvite(let machine): machine.phase == .trying || machine.phase == .proceeding
    }
  }

  /// Whether an ACK may have to be sent again.
  var keepsAck: Bool {
    switch self {
    case .invite(let machine): machine.phase == .completed
    case .nonInvite: false
    }
  }

  /// Whether no response at all has come yet.
  var isUnanswered: Bool {
    switch self {
    case .invite(let machine): machine.phase == .calling
    case .nonInvite(let machine): machine.phase == .trying
    }
  }

  mutating func receivedResponse(status: Int, now: Instant) -> Action {
    switch self {
    case .invite(var machine):
      defer { self = .invite(machine) }
      return machine.receivedResponse(status: status, now: now)
    case .nonInvite(var machine):
      defer { self = .nonInvite(machine) }
      return Self.widen(machine.receivedResponse(status: status, now: now))
    }
  }

  mutating func cancel(now: Instant) -> Action {
    switch self {
    case .invite(var machine):
      defer { self = .invite(machine) }
      return machine.cancel(now: now)
    case .nonInvite:
      return .none
    }
  }

  var isCancelWaiting: Bool {
    switch self {
    case .invite(let machine): machine.isCancelWaiting
    case .nonInvite: false
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

  mutating func flowFailed() -> Action {
    guard case .invite(var machine) = self else { return transportFailed() }
    defer { self = .invite(machine) }
    return machine.flowFailed()
  }

  private static func widen(_ action: NonInviteClientTransaction.Action) -> Action {
    switch action {
    case .none: .none
    case .retransmit: .retransmit
    case .passToUser: .passToUser
    case .reportTimeout: .reportTimeout
    case .reportTransportError: .reportTransportError
    }
  }
}

/// What the layer keeps of one client transaction.
struct ClientSlot: Sendable {
  var machine: ClientMachine
  let key: TransactionKey
  var hop: Hop
  /// Whether the layer itself began it, to cancel an INVITE: the user hears nothing of its end.
  let isCancel: Bool
  var context: UInt64
  /// The request while it may have to be sent, acknowledged or cancelled; then the ACK.
  var bytes: [UInt8]
  /// Header lines for a CANCEL that waits for the first provisional response.
  var cancelHeaders: [UInt8] = []
  /// When timer C fires; `.distantFuture` when it does not run.
  var timerC = Instant.distantFuture
  /// When the user's patience with a peer that says nothing at all ends; `.distantFuture` when there is none to end.
  var patience = Instant.distantFuture
  /// What this transaction counts for in the layer's `retainedBytes`.
  private(set) var retainedBytes = 0
  var timer = TimerEntry.none
  /// Neighbours in the list of client transactions on the same stream.
  var nextOnConnection: UInt32 = .max
  var previousOnConnection: UInt32 = .max

  init(
    machine: ClientMachine, key: TransactionKey, hop: Hop, isCancel: Bool, context: UInt64, bytes: consuming [UInt8]
  ) {
    self.machine = machine
    self.key = key
    self.hop = hop
    self.isCancel = isCancel
    self.context = context
    self.bytes = bytes
  }

  /// When the machine, timer C or the user's patience has something to do.
  private var nextDeadline: Instant? {
    let watch = min(timerC, patience)
    guard let deadline = machine.nextDeadline else { return watch == .distantFuture ? nil : watch }
    return min(deadline, watch)
  }

  func transmit(as id: ClientTransactionID, into sink: inout TransactionSink) {
    // Nothing to send: an ACK for an INVITE of the user's that could not be read. The peer gives up by timer H.
    if !bytes.isEmpty { sink.append(.send(bytes, to: hop, from: .client(id))) }
  }

  /// After a response has gone to the user: timer C starts anew with every provisional one but 100 (§16.7 item 2), and
  /// after a final one nothing is kept but what may have to be sent again.
  mutating func passed(status: Int, timers: SIPTimers, now: Instant) {
    patience = .distantFuture
    if machine.awaitsFinalResponse {
      if timerC != .distantFuture, status > 100 { timerC = now.after(timers.timerCInterval) }
    } else {
      timerC = .distantFuture
      cancelHeaders = []
      if !machine.keepsAck { bytes = [] }
    }
  }

  /// Fires what is due.
  mutating func advance(as id: ClientTransactionID, now: Instant, into sink: inout TransactionSink) {
    while let deadline = machine.nextDeadline, deadline <= now {
      switch machine.advance(now: now) {
      case .retransmit:
        transmit(as: id, into: &sink)
      case .reportTimeout:
        if !isCancel { sink.append(.timeout(id, context: context)) }
      case .none, .passToUser, .passToUserAndCancel, .passToUserAndAcknowledge, .acknowledgeAgain, .sendCancel,
        .reportTransportError:
        break
      }
    }
    if patience <= now, !machine.isTerminated {
      patience = .distantFuture
      _ = machine.transportFailed()
      sink.append(.timeout(id, context: context))
    }
    if timerC <= now, !machine.isTerminated {
      timerC = .distantFuture
      sink.append(.timerC(id, context: context))
    }
  }

  /// After every event: sees to the timer and says by how much `retainedBytes` has changed.
  mutating func settle(_ wheel: inout TimerWheel<UInt32>, key: UInt32) -> Int {
    timer.arm(&wheel, key: key, at: nextDeadline, exactly: !machine.awaitsFinalResponse)
    let kept = TransactionLimits.overheadPerTransaction + bytes.count
    defer { retainedBytes = kept }
    return kept - retainedBytes
  }
}
