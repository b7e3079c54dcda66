import PER
import Wire

/// An endpoint's side of RAS: it finds a gatekeeper, registers, keeps the registration alive, asks for admission, and goes
/// over to an alternate gatekeeper when its own falls silent. Calls go on meanwhile: only the registration changes.
///
///     idle ── start ──▶ discovering ── GCF ──▶ registering ── RCF ──▶ registered ─┐
///                        │  ▲  │ GRJ, silence      │ RRJ, silence        │   ▲       │ time to live: RRQ keepAlive
///                        │  └──┘ next candidate    ▼                     │   └───────┘
///                        └──────────────────▶ waiting ◀── none left ─────┘ URQ, RRJ, silence: next candidate
///     any ── stop ──▶ unregistering ── UCF, URJ, silence ──▶ idle
///
/// Requests are repeated after a time, and given up after some times (H.225.0 §7.19); RIP puts the time off. An answer
/// counts when its number is that of a request that is open and it comes from where the request went. Tokens are put into
/// messages, and checked, by whoever sends and receives them.
public struct RASClient: Sendable {
  /// What has to be done.
  public enum Action: Sendable, Equatable {
    /// A message goes to an address.
    case send(RasMessage, to: SocketAddress)
    /// The endpoint is registered, anew or with another gatekeeper; keep-alives do not say so again.
    case registered(RegistrationConfirm, by: SocketAddress)
    /// The endpoint is not registered any more; unless it was stopped, it goes on trying.
    case unregistered
    /// A gatekeeper wants nothing to do with us (GRJ); the next one is asked.
    case discoveryRejected(GatekeeperRejectReason, by: SocketAddress)
    /// A gatekeeper refused the registration.
    case registrationRejected(RegistrationRejectReason)
    /// The answer to a request that was made with a tag; nil when there was none.
    case answered(tag: Int, RasMessage?)
    /// The gatekeeper wants to know about calls.
    case informationRequested(InfoRequest, from: SocketAddress)
    /// The gatekeeper ends a call; it is confirmed already.
    case callEnded(DisengageRequest)
    /// The gatekeeper wants another bandwidth for a call: `answerBandwidth` has to be called.
    case bandwidthRequested(BandwidthRequest)
  }

  enum State: Sendable, Equatable {
    case idle
    case discovering
    case registering
    case registered(refreshAt: Instant)
    case waiting(until: Instant)
    case unregistering
  }

  struct Candidate: Sendable, Equatable {
    var address: SocketAddress
    var identifier: BMPString?
  }

  enum Purpose: Sendable, Equatable {
    case discovery
    case registration(isKeepAlive: Bool)
    case unregistration
    case tagged(Int)
    case report
    case resources
  }

  struct Pending: Sendable {
    var number: Int
    var message: RasMessage
    var address: SocketAddress
    var purpose: Purpose
    var deadline: Instant
    var sendingsLeft: Int
    /// How often refusals have sent it to another gatekeeper.
    var redirections = 0
  }

  let configuration: RASClientConfiguration
  var state = State.idle
  /// The gatekeepers to try: alternates first, then those of the configuration.
  var candidates: [Candidate] = []
  var current = 0
  var pending: [Pending] = []
  var lastNumber = 0
  /// How often refusals named other gatekeepers since the last registration or pause.
  var redirections = 0
  /// Whether the gatekeeper answers IRRs that want an answer.
  var respondsToIRR = false
  /// What the gatekeeper calls this endpoint.
  public internal(set) var endpointIdentifier: BMPString?
  /// What it allows without being asked.
  public internal(set) var preGrantedARQ: PreGrantedARQ?

  /// A client that has not begun.
  public init(_ configuration: RASClientConfiguration) {
    self.configuration = configuration
    lastNumber = Int(configuration.firstNumber)
  }

  /// Whether a gatekeeper has this endpoint on its list.
  public var isRegistered: Bool {
    if case .registered = state { return true }
    return false
  }

  /// Where the present gatekeeper is.
  public var gatekeeper: SocketAddress? {
    isRegistered && current < candidates.count ? candidates[current].address : nil
  }

  /// What the gatekeeper calls itself that is being spoken to; nil where that is not known.
  public var gatekeeperIdentifier: BMPString? { current < candidates.count ? candidates[current].identifier : nil }

  /// When `timerFired` has to be called.
  public var nextDeadline: Instant? {
    var next: Instant? =
      switch state {
      case .registered(let refreshAt): refreshAt
      case .waiting(let until): until
      case .idle, .discovering, .registering, .unregistering: nil
      }
    for request in pending { next = Instant.earlier(next, request.deadline) }
    return next
  }

  /// Begins with the first gatekeeper of the configuration.
  public mutating func start(now: Instant, _ actions: inout [Action]) {
    guard state == .idle else { return }
    candidates = configuration.gatekeepers.map {
      Candidate(address: $0, identifier: configuration.gatekeeperIdentifier)
    }
    current = 0
    approach(now: now, &actions)
  }

  /// Unregisters; the client can be started again once it is idle.
  public mutating func stop(now: Instant, _ actions: inout [Action]) {
    let wasRegistered = gatekeeper
    abandonRegistration()
    guard let address = wasRegistered else {
      state = .idle
      return
    }
    state = .unregistering
    var request = UnregistrationRequest(requestSeqNum: nextNumber(), callSignalAddress: configuration.callSignalAddress)
    request.endpointIdentifier = endpointIdentifier
    open(.unregistrationRequest(request), request.requestSeqNum, to: address, .unregistration, now: now, &actions)
  }

  /// Asks for admission; the answer comes with the tag. False when not registered or when too much is open.
  public mutating func admit(_ request: AdmissionRequest, tag: Int, now: Instant, _ actions: inout [Action]) -> Bool {
    guard let address = gatekeeper, let endpointIdentifier, pending.count < RASClientLimits.maxPending else {
      return false
    }
    var request = request
    request.requestSeqNum = nextNumber()
    request.endpointIdentifier = endpointIdentifier
    open(.admissionRequest(request), request.requestSeqNum, to: address, .tagged(tag), now: now, &actions)
    return true
  }

  /// Says that a call is over; the answer comes with the tag. False when not registered or when too much is open.
  public mutating func disengage(_ request: DisengageRequest, tag: Int, now: Instant, _ actions: inout [Action]) -> Bool
  {
    guard let address = gatekeeper, let endpointIdentifier, pending.count < RASClientLimits.maxPending else {
      return false
    }
    var request = request
    request.requestSeqNum = nextNumber()
    request.endpointIdentifier = endpointIdentifier
    open(.disengageRequest(request), request.requestSeqNum, to: address, .tagged(tag), now: now, &actions)
    return true
  }

  /// Asks for another bandwidth; the answer comes with the tag. False when not registered or when too much is open.
  public mutating func changeBandwidth(
    _ request: BandwidthRequest, tag: Int, now: Instant, _ actions: inout [Action]
  ) -> Bool {
    guard let address = gatekeeper, let endpointIdentifier, pending.count < RASClientLimits.maxPending else {
      return false
    }
    var request = request
    request.requestSeqNum = nextNumber()
    request.endpointIdentifier = endpointIdentifier
    open(.bandwidthRequest(request), request.requestSeqNum, to: address, .tagged(tag), now: now, &actions)
    return true
  }

  /// Time has passed: requests are repeated or given up, the registration is refreshed.
  public mutating func timerFired(now: Instant, _ actions: inout [Action]) {
    for number in pending.filter({ $0.deadline <= now }).map(\.number) {
      guard let place = pending.firstIndex(where: { $0.number == number }) else { continue }
      if pending[place].sendingsLeft > 0 {
        pending[place].sendingsLeft -= 1
        pending[place].deadline = now + configuration.timeout
        actions.append(.send(pending[place].message, to: pending[place].address))
      } else {
        let request = pending.remove(at: place)
        gaveUp(request, now: now, &actions)
      }
    }
    switch state {
    case .registered(let refreshAt) where refreshAt <= now: register(isKeepAlive: true, now: now, &actions)
    case .waiting(let until) where until <= now:
      state = .idle
      start(now: now, &actions)
    case .idle, .discovering, .registering, .registered, .waiting, .unregistering: break
    }
  }

  private mutating func gaveUp(_ request: Pending, now: Instant, _ actions: inout [Action]) {
    switch request.purpose {
    case .tagged(let tag):
      actions.append(.answered(tag: tag, nil))
      // Who leaves a request unanswered is gone, whatever was asked; others that wait for it are not told so one by one.
      if isRegistered, request.address == gatekeeper { tryNext(now: now, &actions) }
    case .report: if isRegistered, request.address == gatekeeper { tryNext(now: now, &actions) }
    // There are some that do not know the message.
    case .resources: break
    case .unregistration:
      state = .idle
      actions.append(.unregistered)
    case .discovery, .registration: tryNext(now: now, &actions)
    }
  }
}
