import Admissions
import Codecs
import H225
import H323Endpoint
import PER
public import Wire

/// A small H.323 terminal that calls one room: for operators' checks and for demonstrations.
///
///     idle ── start ──▶ registering ── RCF ──▶ admitting ── ACF ──▶ calling ── Connect ──▶ inside
///               │  (without a gatekeeper) ──────────────────────────▶ │                     │
///               └──── RRJ, ARJ, ReleaseComplete, silence: a failure ──┴──▶ leaving ◀────────┘ hang up, time over
///                                                                           │ DCF, UCF, or patience
///                                                                           ▼
///                                                                          over
///
/// An ``H323Endpoint``, a `RASClient` and an ``AudioLeg`` in one machine without sockets and clocks: the driver gives it
/// what arrives and the time, and does what it says.
public struct GuardianTerminal: H323EndpointOwner, ~Copyable {
  enum Phase: Equatable {
    case idle
    case registering(since: Instant)
    case admitting(since: Instant)
    case calling(H323CallHandle, since: Instant)
    case inside(H323CallHandle, since: Instant)
    /// It has hung up and waits for the endpoint to be done with the call.
    case hangingUp(H323CallHandle, since: Instant?, until: Instant)
    case leaving(until: Instant)
    case over
  }

  /// Tags of requests to the gatekeeper.
  enum Tag {
    static let admission = 1
    static let disengagement = 2
    static let redirection = 3
  }

  /// How long DCF and UCF are waited for.
  static let leavingPatience = Duration.seconds(3)
  /// The most ticks that are made up for at once.
  static let maxLateTicks = 10
  /// What lies between two digits of user input.
  static let digitInterval = Duration.milliseconds(250)

  /// Who it is.
  public let configuration: GuardianConfiguration
  var endpoint: H323Endpoint
  var endpointSink = H323EndpointSink()
  /// Nil where no gatekeeper is asked.
  var ras: RASClient?
  var rasActions: [RASClient.Action] = []
  var leg: AudioLeg
  var phase = Phase.idle
  var report: GuardianReport
  var random: SplitMix64
  let callIdentifier: GloballyUniqueID
  let conferenceID: GloballyUniqueID
  let callReference: Int
  /// Where the gatekeeper takes calls, as it has said.
  var gatekeeperSignalling: [SocketAddress] = []
  /// Where the other side wants the call led, while the gatekeeper is asked.
  var redirection: H323Redirection?
  /// The name that the gatekeeper gives itself.
  var gatekeeperIdentifier: BMPString?
  /// Seals and checks; nil without a password.
  var association: H2351Association?
  /// When the next 20 ms of sound are due; nil while there is no media.
  var nextTick: Instant?
  /// Digits that are still to be sent, and when.
  var digits: [UInt8]
  var nextDigit: Instant?
  /// How often the gatekeeper wants to hear of the call, and when next.
  var reports: (every: Duration, next: Instant)?
  /// When Setup left.
  var calledAt: Instant?
  private let started: Moment

  /// A guardian that has not begun.
  ///
  /// - Parameters:
  ///   - moment: the present: civil time goes on from there.
  ///   - random: random and secret.
  public init(_ configuration: GuardianConfiguration, at moment: Moment, random seed: UInt64) {
    var random = SplitMix64(seed: seed)
    self.configuration = configuration
    var endpoint = H323EndpointConfiguration(
      endpointType: GuardianConfiguration.endpointType, terminalType: 50, display: configuration.terminalID)
    endpoint.usesFastStart = configuration.usesFastStart
    endpoint.tunnelsH245 = configuration.tunnelsH245
    self.endpoint = H323Endpoint(configuration: endpoint, seed: random.next())
    callIdentifier = GloballyUniqueID(high: random.next(), low: random.next())
    conferenceID = GloballyUniqueID(high: random.next(), low: random.next())
    callReference = Int(random.next() % 32_767) + 1
    leg = AudioLeg(
      configuration.source, cname: configuration.terminalID, keyPayloadType: GuardianConfiguration.keyPayloadType,
      now: moment.now, random: random.next())
    report = GuardianReport(room: configuration.room)
    digits = Array(configuration.digits.prefix(GuardianConfiguration.maxDigits))
    if case .gatekeepers(let addresses) = configuration.way {
      ras = RASClient(Self.rasConfiguration(configuration, addresses))
    }
    association = configuration.password.map {
      H2351Association(password: $0, names: [configuration.terminalID] + configuration.aliases)
    }
    self.random = random
    started = moment
  }

  private static func rasConfiguration(
    _ configuration: GuardianConfiguration, _ gatekeepers: [SocketAddress]
  ) -> RASClientConfiguration {
    RASClientConfiguration(
      gatekeepers: gatekeepers, rasAddress: configuration.ras.transport,
      callSignalAddress: [configuration.signalling.transport],
      terminalType: GuardianConfiguration.endpointType, terminalAlias: configuration.aliasAddresses,
      endpointVendor: GuardianConfiguration.vendor)
  }

  /// Civil time.
  func clock(at now: Instant) -> UTCTimestamp { started.clock + (now - started.now) }

  /// The gatekeepers that are asked.
  var gatekeepers: [SocketAddress] {
    if case .gatekeepers(let addresses) = configuration.way { addresses } else { [] }
  }

  private var gatekeeperNames: String { gatekeepers.map(\.description).joined(separator: ", ") }

  /// Whether it is over.
  public var isOver: Bool { phase == .over }

  // MARK: Time

  /// When `advance` has to be called next.
  public var nextDeadline: Instant? {
    if isOver { return nil }
    var next = endpoint.nextDeadline
    func note(_ other: Instant?) { next = Instant.earlier(next, other) }
    note(ras?.nextDeadline)
    note(reports?.next)
    note(phaseDeadline)
    note(nextTick)
    note(nextDigit)
    if nextTick != nil { note(leg.nextReport) }
    return next
  }

  private var phaseDeadline: Instant? {
    switch phase {
    case .idle, .over: nil
    case .registering(let since), .admitting(let since), .calling(_, let since): since + configuration.patience
    case .inside(_, let since): configuration.stay.map { since + $0 }
    case .hangingUp(_, _, let until), .leaving(let until): until
    }
  }

  /// Does what is due.
  public mutating func advance(now: Instant, into sink: inout GuardianSink) {
    endpoint.advance(now: now, into: &endpointSink)
    ras?.timerFired(now: now, &rasActions)
    reportCall(now)
    settle(now, &sink)
    if let deadline = phaseDeadline, deadline <= now { patienceEnded(now, &sink) }
    playSound(now, &sink)
    sendDigit(now, &sink)
    settle(now, &sink)
  }

  private mutating func patienceEnded(_ now: Instant, _ sink: inout GuardianSink) {
    switch phase {
    case .registering:
      fail(
        "no gatekeeper has answered at \(gatekeeperNames): is one running there, and does it take RAS from here?", now,
        &sink)
    case .admitting: fail("the gatekeeper has not said whether the call is admitted", now, &sink)
    case .calling: fail("the call was not answered in time", now, &sink)
    case .inside: hangUp(now: now, into: &sink)
    case .hangingUp: leave(now, &sink)
    case .leaving: end(now, &sink)
    case .idle, .over: break
    }
  }

  // MARK: Beginning and end

  /// Begins: registers, or calls at once.
  public mutating func start(now: Instant, into sink: inout GuardianSink) {
    guard phase == .idle else { return }
    switch configuration.way {
    case .gatekeepers:
      phase = .registering(since: now)
      ras?.start(now: now, &rasActions)
    case .direct(let address): call(address, now, &sink)
    }
    settle(now, &sink)
  }

  /// Goes: hangs up, tells the gatekeeper, unregisters.
  public mutating func hangUp(now: Instant, into sink: inout GuardianSink) {
    switch phase {
    case .idle: end(now, &sink)
    case .hangingUp, .leaving, .over: return
    case .registering, .admitting: fail("it was told to go before it was in the room", now, &sink)
    case .calling(let call, _):
      report.failure = "it was told to go before it was in the room"
      release(call, since: nil, now)
    case .inside(let call, let since): release(call, since: since, now)
    }
    settle(now, &sink)
  }

  mutating func release(_ call: H323CallHandle, since: Instant?, _ now: Instant) {
    phase = .hangingUp(call, since: since, until: now + Self.leavingPatience)
    endpoint.release(call, cause: 16, now: now, into: &endpointSink)
  }

  /// Something has gone wrong that nobody can mend here.
  mutating func fail(_ reason: String, _ now: Instant, _ sink: inout GuardianSink) {
    if report.failure == nil { report.failure = reason }
    if case .calling(let call, _) = phase {
      endpoint.release(call, cause: 102, now: now, into: &endpointSink)
      settle(now, &sink)
    }
    if case .leaving = phase { return }
    if phase != .over { leave(now, &sink) }
  }

  /// The call is over, or never was: what the gatekeeper has to know.
  mutating func leave(_ now: Instant, _ sink: inout GuardianSink) {
    if let last = leg.leave(now: now, clock: clock(at: now), random: random.next()), let outgoing = leg.outgoing {
      sink.actions.append(.rtcp(last, to: outgoing.control))
    }
    nextTick = nil
    nextDigit = nil
    sink.actions.append(.progress(.leaving))
    let wasAdmitted = report.admission != nil
    phase = .leaving(until: now + Self.leavingPatience)
    guard ras?.isRegistered == true else {
      ras?.stop(now: now, &rasActions)
      return end(now, &sink)
    }
    guard wasAdmitted, disengage(now) else { return unregister(now) }
  }

  mutating func unregister(_ now: Instant) { ras?.stop(now: now, &rasActions) }

  mutating func end(_ now: Instant, _ sink: inout GuardianSink) {
    guard phase != .over else { return }
    phase = .over
    report.statistics = leg.counted()
    report.outgoing = leg.outgoing ?? report.outgoing
    report.incoming = leg.incoming ?? report.incoming
    if let calledAt, let heard = leg.firstHeard { report.media = heard - calledAt }
    sink.actions.append(.ended(report))
  }

  // MARK: Sound

  private mutating func playSound(_ now: Instant, _ sink: inout GuardianSink) {
    guard var due = nextTick else { return }
    // What a sleeping machine has missed is not sent all at once.
    if now - due > AudioLeg.tickTime * Self.maxLateTicks { due = now }
    var packets: [[UInt8]] = []
    while due <= now {
      let heard = leg.tick(now: due, packets: &packets)
      if heard.isSpeech { report.sound.hear(heard.samples) }
      sink.actions.append(.heard(heard.samples))
      due = due + AudioLeg.tickTime
    }
    nextTick = due
    guard let outgoing = leg.outgoing else { return }
    for packet in packets { sink.actions.append(.rtp(packet, to: outgoing.media)) }
    if let report = leg.report(now: now, clock: clock(at: now), random: random.next()) {
      sink.actions.append(.rtcp(report, to: outgoing.control))
    }
  }

  private mutating func sendDigit(_ now: Instant, _ sink: inout GuardianSink) {
    guard let due = nextDigit, due <= now, case .inside(let call, _) = phase, let digit = digits.first else { return }
    digits.removeFirst()
    nextDigit = digits.isEmpty ? nil : now + Self.digitInterval
    if configuration.sendsDigitsInRTP, let key = DTMFDigit(digit), leg.press(key) { return }
    endpoint.send(digit: digit, milliseconds: 100, to: call, now: now, into: &endpointSink)
  }

  /// A datagram on the RTP port.
  public mutating func received(
    rtp packet: Span<UInt8>, from address: SocketAddress, now: Instant, into sink: inout GuardianSink
  ) {
    if let digit = leg.received(packet, from: address, now: now) { note(digit: digit.character, &sink) }
  }

  /// A datagram on the RTCP port.
  public mutating func received(
    rtcp packet: Span<UInt8>, from address: SocketAddress, now: Instant, into sink: inout GuardianSink
  ) {
    leg.received(control: packet, from: address, now: now)
  }

  mutating func note(digit: UInt8, _ sink: inout GuardianSink) {
    if report.digits.utf8.count < GuardianConfiguration.maxDigits {
      report.digits.append(String(UnicodeScalar(digit)))
    }
    sink.actions.append(.progress(.digit(digit)))
  }
}
