import SIPMessage
import SIPTransaction
import Wire

/// A SIP user agent: makes and takes calls, keeps their dialogs, and runs the transactions below them (RFC 3261 §8, §12
/// to §15, with RFC 3262, 3311, 3515 and 4028).
///
/// It owns no socket and no clock. A driver gives it what arrives and the time, and does what it says:
///
///     let call = try agent.invite("sip:bob@192.0.2.7", from: "<sip:alice@example.net>", via: hop, offer: sdp, …)
///     agent.receive(datagram, from: hop, now: now, into: &sink)
///     agent.advance(now: now, into: &sink)   // when agent.nextDeadline has come
///     for action in sink.take() {
///       switch action {
///       case .send(let bytes, let hop, _): …
///       case .event(.answered(let call, let dialog, let message, let session)): …
///       …
///     }
///
/// ACK, PRACK without an answer in it, CANCEL after a late answer, BYE for forks that nobody wants, session refreshes and
/// retries after glare go by themselves. Session descriptions are bytes that the agent does not read; who has offered
/// what it knows (`OfferAnswer`), and what is against the rules is an error here and a fault of the peer there.
///
/// Where a request within a dialog goes: to the address in the next hop's URI (§8.1.2) if there is one; a name is not
/// resolved here, the request then goes where the dialog's messages went so far. Nothing a peer sends makes the agent
/// trap or grow beyond its limits, and everything it keeps ends by itself, except an answered call without a timer.
public struct UserAgent: ~Copyable {
  /// Who we are.
  public let configuration: UserAgentConfiguration
  /// What may be held.
  public let limits: UserAgentLimits

  var layer: TransactionLayer
  var index = SIPMessageIndex()
  var random: RandomSource
  let timing: UsageTiming
  /// What the transaction layer wants done, before it has gone into the driver's sink.
  var below = TransactionSink()

  var lastNumber: UInt64 = 0
  var calls: [UInt64: CallSlot] = [:]
  var dialogs: [UInt64: DialogSlot] = [:]
  var dialogIndex: [DialogID: UInt64] = [:]
  var incoming: [UInt64: IncomingRequest] = [:]
  var incomingIndex: [ServerTransactionID: UInt64] = [:]
  var outgoing: [UInt64: OutgoingRequest] = [:]
  var wheel = TimerWheel<AlarmKey>()

  /// An agent without calls.
  ///
  /// - Parameters:
  ///   - seed: 256 random bits that no peer knows; tags, branches and Call-IDs come of them.
  public init(
    configuration: UserAgentConfiguration, timers: SIPTimers = .rfc3261, limits: UserAgentLimits = .default,
    transactionLimits: TransactionLimits = .default, seed: (UInt64, UInt64, UInt64, UInt64)
  ) {
    self.configuration = configuration
    self.limits = limits
    layer = TransactionLayer(timers: timers, limits: transactionLimits, hashKey: (seed.0, seed.1))
    random = RandomSource(key: (seed.2, seed.3))
    timing = UsageTiming(
      t1: timers.t1, t2: timers.t2, timeout: timers.transactionTimeout, patience: limits.patience)
  }

  /// Calls held.
  public var callCount: Int { calls.count }

  /// Dialogs held, those that a BYE is under way for among them.
  public var dialogCount: Int { dialogs.count }

  /// Requests held in both directions, those of calls that are over among them.
  public var requestCount: Int { incoming.count + outgoing.count }

  /// Whether nothing is held, not even a transaction.
  public var isEmpty: Bool {
    calls.isEmpty && dialogs.isEmpty && dialogIndex.isEmpty && incoming.isEmpty && incomingIndex.isEmpty
      && outgoing.isEmpty && layer.isEmpty
  }

  /// The dialog behind a handle: its identifier, targets, routes; nil when it is gone.
  public func dialog(_ handle: DialogHandle) -> Dialog? { dialogs[handle.number]?.dialog }

  /// Who has offered what in a dialog; nil when it is gone.
  public func session(_ handle: DialogHandle) -> OfferAnswer? { dialogs[handle.number]?.session }

  /// When `advance` has to be called next.
  public var nextDeadline: Instant? { Instant.earlier(layer.nextDeadline, wheel.nextDeadline) }

  /// Fires every timer whose time has come.
  public mutating func advance(now: Instant, into sink: inout UserAgentSink) {
    layer.advance(now: now, into: &below)
    drain(now: now, into: &sink)
    while let key = wheel.popExpired(now: now) {
      switch key {
      case .dialog(let number): advanceDialog(number, now: now, into: &sink)
      case .incoming(let number): advanceIncoming(number, now: now, into: &sink)
      case .outgoing(let number): advanceOutgoing(number, now: now, into: &sink)
      }
      drain(now: now, into: &sink)
    }
  }

  /// A message came. What is no SIP message, and a response to nothing, is dropped.
  public mutating func receive(
    _ bytes: Span<UInt8>, from hop: Hop, now: Instant, into sink: inout UserAgentSink
  ) {
    do throws(SIPParseError) {
      try index.index(bytes, framing: hop.transport.isReliable ? .stream : .datagram)
    } catch {
      return
    }
    let message = SIPMessage(copying: index.view(of: bytes))
    receive(message, from: hop, now: now, into: &sink)
  }

  /// The same for a message that is held already.
  public mutating func receive(_ message: SIPMessage, from hop: Hop, now: Instant, into sink: inout UserAgentSink) {
    if message.view.isRequest {
      receiveRequest(message, from: hop, now: now, into: &sink)
    } else {
      receiveResponse(message, from: hop, now: now, into: &sink)
    }
    drain(now: now, into: &sink)
  }

  /// The transport could not deliver what was sent with this origin.
  public mutating func transportFailed(
    _ origin: TransactionOrigin, now: Instant, into sink: inout UserAgentSink
  ) {
    switch origin {
    case .client(let id): layer.transportFailed(client: id, into: &below)
    case .server(let id): layer.transportFailed(server: id, into: &below)
    }
    drain(now: now, into: &sink)
  }

  /// A stream was closed.
  public mutating func transportFailed(
    connection: ConnectionID, now: Instant, into sink: inout UserAgentSink
  ) {
    layer.transportFailed(connection: connection, into: &below)
    drain(now: now, into: &sink)
  }

  /// Hands on what the transaction layer wants done, until it wants nothing more.
  mutating func drain(now: Instant, into sink: inout UserAgentSink) {
    while !below.actions.isEmpty {
      var actions: [TransactionAction] = []
      swap(&actions, &below.actions)
      for action in actions {
        switch action {
        case .send(let bytes, let hop, let origin):
          sink.actions.append(.send(bytes, to: hop, origin: origin))
        case .timeout(let id, let context):
          outgoingFailed(context, id, isTimeout: true, now: now, into: &sink)
        case .clientTransportError(let id, let context):
          outgoingFailed(context, id, isTimeout: false, now: now, into: &sink)
        case .clientTerminated(let id, let context):
          outgoingTerminated(context, id, into: &sink)
        case .serverTerminated(let id, _):
          incomingTerminated(id, now: now, into: &sink)
        case .timerC, .serverTransportError, .serverTimeout:
          // No timer C is asked for; a response that is lost is repeated or its request ends by itself.
          break
        }
      }
    }
  }

  mutating func newNumber() -> UInt64 {
    lastNumber += 1
    return lastNumber
  }

  func emit(_ event: UserAgentEvent, into sink: inout UserAgentSink) {
    sink.actions.append(.event(event))
  }
}
