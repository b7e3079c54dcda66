import H225
import H323Endpoint
import SDP
import SIPDialog
import SIPMessage
import SIPTransaction
import Wire

/// The gateway between SIP and H.323 (RFC 4123): a SIP user agent and an H.323 endpoint, and calls with a leg on each.
///
/// It carries no media: descriptions and channels name the addresses of the two sides to each other. It owns no socket
/// and no clock. A driver gives it what the proxy sends to the gateway's hop, what the endpoint's connections bring, and
/// the time, and does what it says:
///
///     phone ── proxy core ── Gateway ── H.323 connections ── the council's MCU
///         INVITE                 │ admit?
///                                │────────────▶ Setup, fast start of the offer's codecs and address
///         180                    │◀──────────── Alerting          183 with a description for early media
///         200 with the answer    │◀──────────── Connect, and channels open both ways
///         ACK, …, BYE            │────────────▶ ReleaseComplete, by ``CauseTable``
///
/// No call has one leg only: whichever goes takes the other with it, and a call in any state ends by a timer at last.
public struct Gateway: H323EndpointOwner, ~Copyable {
  /// Who we are.
  public let configuration: GatewayConfiguration

  var agent: UserAgent
  var endpoint: H323Endpoint
  var sipSink = UserAgentSink()
  var h323Sink = H323EndpointSink()

  var calls: [UInt64: GatewayCall] = [:]
  var bySIP: [CallHandle: UInt64] = [:]
  var byDialog: [DialogHandle: UInt64] = [:]
  var byH323: [H323CallHandle: UInt64] = [:]
  /// Calls with keys that wait for an INFO request to be answered.
  var withDigits: Set<UInt64> = []
  var wheel = TimerWheel<UInt64>()
  var counts = GatewayCounters()

  let rule: AddressRule
  let suits: @Sendable (_ callID: String) -> Bool
  private let key: (UInt64, UInt64)
  private var serial: UInt64 = 0

  /// The proxy, as the user agent sees it.
  static let proxy = Hop(
    transport: .tcp, remote: SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 5060), connection: ConnectionID(1))

  /// A gateway without calls.
  ///
  /// - Parameters:
  ///   - seed: 384 random bits that no peer knows.
  ///   - callIDSuits: whether a call of that Call-ID lives on this reactor.
  public init(
    _ configuration: GatewayConfiguration,
    seed: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64),
    callIDSuits: @escaping @Sendable (_ callID: String) -> Bool = { _ in true }
  ) {
    self.configuration = configuration
    var identity = UserAgentConfiguration(
      contact: "sip:\(GatewayConfiguration.host)", sentBy: GatewayConfiguration.host, product: configuration.product,
      sessionSeconds: configuration.sessionSeconds)
    identity.hasOneHop = true
    agent = UserAgent(
      configuration: identity,
      limits: UserAgentLimits(maxCalls: configuration.limits.calls, patience: configuration.setupPatience),
      seed: (seed.0, seed.1, seed.2, seed.3))
    endpoint = H323Endpoint(configuration: configuration.endpoint, seed: seed.4)
    rule = AddressRule(domain: configuration.domain, maxBytes: configuration.limits.aliasBytes)
    suits = callIDSuits
    key = (seed.4 ^ seed.5, seed.5)
  }

  /// Calls held.
  public var callCount: Int { calls.count }

  /// Whether nothing is held: no call, no leg of one, no transaction.
  public var isEmpty: Bool { calls.isEmpty && agent.isEmpty && endpoint.callCount == 0 }

  /// Calls, and legs of either kind; for tests.
  package var legCounts: (calls: Int, sip: Int, h323: Int) { (calls.count, agent.callCount, endpoint.callCount) }

  /// What has been counted.
  public var counters: GatewayCounters {
    var counters = counts
    counters.activeCalls = UInt64(calls.count)
    return counters
  }

  /// When ``advance(now:into:)`` has to be called next.
  public var nextDeadline: Instant? {
    Instant.earlier(.earlier(agent.nextDeadline, endpoint.nextDeadline), wheel.nextDeadline)
  }

  /// Fires every timer whose time has come.
  public mutating func advance(now: Instant, into sink: inout GatewaySink) {
    agent.advance(now: now, into: &sipSink)
    endpoint.advance(now: now, into: &h323Sink)
    drain(now: now, into: &sink)
    while let number = wheel.popExpired(now: now) {
      calls[number]?.timer = nil
      calls[number]?.armedAt = nil
      timerFired(number, now: now, into: &sink)
      drain(now: now, into: &sink)
    }
  }

  // MARK: What comes in

  /// The proxy has sent a message to the gateway's hop.
  public mutating func receive(_ message: SIPMessage, now: Instant, into sink: inout GatewaySink) {
    agent.receive(message, from: Self.proxy, now: now, into: &sipSink)
    drain(now: now, into: &sink)
  }

  /// Whether a call may be, and where it goes.
  public mutating func admitted(
    _ call: GatewayCallHandle, _ admission: GatewayAdmission, now: Instant, into sink: inout GatewaySink
  ) {
    admit(call.number, admission, now: now, into: &sink)
    drain(now: now, into: &sink)
  }

  /// Where a call goes whose far side wants it led elsewhere; refused, it ends.
  public mutating func redirected(
    _ call: GatewayCallHandle, _ admission: GatewayAdmission, now: Instant, into sink: inout GatewaySink
  ) {
    redirect(call.number, admission, now: now, into: &sink)
    drain(now: now, into: &sink)
  }

  /// Ends a call: the operator wants it, or its admission is over (DRQ).
  public mutating func end(_ call: GatewayCallHandle, cause: UInt8 = 16, now: Instant, into sink: inout GatewaySink) {
    end(call.number, cause: cause, now: now, into: &sink)
    drain(now: now, into: &sink)
  }

  /// Ends the calls of that name in H.323 (DRQ of a gatekeeper).
  public mutating func end(
    callIdentifier: GloballyUniqueID, cause: UInt8 = 16, now: Instant, into sink: inout GatewaySink
  ) {
    for call in calls.values where call.callIdentifier == callIdentifier {
      end(call.number, cause: cause, now: now, into: &sink)
    }
    drain(now: now, into: &sink)
  }

  /// See `H323EndpointOwner`.
  public mutating func withEndpoint<Result>(
    now: Instant, into sink: inout GatewaySink, _ body: (inout H323Endpoint, inout H323EndpointSink) -> Result
  ) -> Result {
    let result = body(&endpoint, &h323Sink)
    drain(now: now, into: &sink)
    return result
  }

  // MARK: Within

  /// Hands on what the two sides want done, and lets each hear of the other, until there is nothing more.
  mutating func drain(now: Instant, into sink: inout GatewaySink) {
    while true {
      if !sipSink.actions.isEmpty {
        for action in sipSink.take() {
          switch action {
          case .send(let bytes, _, _): sink.actions.append(.sip(bytes))
          case .event(let event): handle(event, now: now, into: &sink)
          }
        }
      } else if !h323Sink.actions.isEmpty {
        for action in h323Sink.take() {
          switch action {
          case .event(let event): handle(event, now: now, into: &sink)
          case .connect, .send, .close, .listen: sink.actions.append(.h323(action))
          }
        }
      } else if !withDigits.isEmpty {
        sendDigits(now: now)
        if sipSink.actions.isEmpty, h323Sink.actions.isEmpty { return }
      } else {
        return
      }
    }
  }

  /// 128 bits that nobody outside can guess.
  mutating func unguessable() -> GloballyUniqueID {
    serial &+= 1
    var hash = SipHash(key: key)
    hash.combine(serial)
    let (high, low) = hash.finalize128()
    return GloballyUniqueID(high: high, low: low)
  }

  /// Enters a call; nil when there are too many.
  mutating func open(_ origin: GatewayCall.Origin, now: Instant) -> UInt64? {
    guard calls.count < configuration.limits.calls else { return nil }
    let name = unguessable()
    let number = serial
    let session = Origin(
      username: "gateway", sessionID: name.low >> 2, address: IPAddress(v4: 0x7F00_0001))
    calls[number] = GatewayCall(
      number: number, origin: origin, negotiation: SessionNegotiation(origin: session),
      limit: now + configuration.setupPatience)
    arm(number)
    return number
  }

  /// Sets the one timer of a call.
  mutating func arm(_ number: UInt64) {
    guard var call = calls[number] else { return }
    let deadline = call.nextDeadline
    guard deadline != call.armedAt else { return }
    call.armedAt = deadline
    if call.timer.map({ wheel.reschedule($0, at: deadline) }) != true {
      call.timer = wheel.schedule(number, at: deadline)
    }
    calls[number] = call
  }

  func emit(_ kind: GatewayEvent.Kind, of call: GatewayCall, into sink: inout GatewaySink) {
    sink.actions.append(
      .event(
        GatewayEvent(
          kind: kind, callID: call.callID, callIdentifier: call.callIdentifier, traceID: call.traceID)))
  }

  private mutating func timerFired(_ number: UInt64, now: Instant, into sink: inout GatewaySink) {
    guard let call = calls[number] else { return }
    if call.limit <= now {
      if call.phase == .ending {
        // Both sides end by themselves; this is for the day when one does not.
        remove(number, into: &sink)
      } else {
        // 102: recovery on timer expiry; 31 for a call that has lasted long enough.
        end(number, cause: call.isUp ? 31 : 102, now: now, into: &sink)
      }
      return
    }
    if let until = call.alignUntil, until <= now {
      calls[number]?.alignUntil = nil
      calls[number]?.isAlignmentOver = true
      considerMedia(number, now: now, into: &sink)
    }
    if let reopening = calls[number]?.reopening, reopening.until <= now { finishReopening(number, now: now) }
    if let until = calls[number]?.eventsAssumedUntil, until <= now {
      calls[number]?.eventsAssumedUntil = nil
      compare(number, now: now)
    }
    if let pending = calls[number]?.pending, pending.until <= now { changeTimedOut(number, now: now, into: &sink) }
    if let settles = calls[number]?.settlesAt, settles <= now {
      calls[number]?.settlesAt = nil
      tellPhone(number, now: now, into: &sink)
    }
    arm(number)
  }
}
