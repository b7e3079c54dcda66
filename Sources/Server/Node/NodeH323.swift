import Admissions
import Council
import Guard
import H225
import H323Endpoint
import Proxy
import Reactor
import Resolver
import SIPTransaction
import Settings
import Synchronization
import Transport
import Wire

/// What all reactors share of H.323: who may call, and whose a call is.
final class H323Shared: Sendable {
  /// The calls that may enter. Held for one look-up.
  let admissions: Mutex<AdmissionTable>
  private let registration = Atomic(false)
  private let sealed = Atomic(0)
  /// What the reactor that has RAS is told.
  let desk: ReactorInbox<RASQuestion>
  /// What each reactor hears of it.
  let answers: [ReactorInbox<RASAnswer>]
  private let key: (UInt64, UInt64)

  init(_ settings: Settings.Council, key: (UInt64, UInt64), mailboxes: [Mailbox]) {
    admissions = Mutex(AdmissionTable(roomCapacity: settings.capacity))
    desk = ReactorInbox(mailbox: mailboxes[0]) { $0.questionsHaveCome() }
    answers = mailboxes.map { ReactorInbox(mailbox: $0) { $0.admissionsHaveCome() } }
    self.key = key
  }

  /// With an external gatekeeper: whether we are registered with it.
  var isRegistered: Bool {
    get { registration.load(ordering: .relaxed) }
    set { registration.store(newValue, ordering: .relaxed) }
  }

  /// Counts what is sealed with H.235.1, on all reactors: 31 bits, and around.
  func nextSealNumber() -> Int { (sealed.wrappingAdd(1, ordering: .relaxed).newValue) & 0x7FFF_FFFF }

  /// The reactor on which a call lives that comes in, by its first message; nil for what is no Setup.
  func owner(of message: Span<UInt8>) -> Int? {
    guard let arrival = H323Arrival(message) else { return nil }
    return owner(ofKey: arrival.ownerKey(admission(of: arrival)))
  }

  /// The reactor on which a room is.
  func owner(ofRoom room: String) -> Int { owner(ofKey: Array(room.utf8)) }

  /// Whose a call is that comes in; nil for what is no Setup.
  func side(of message: Span<UInt8>) -> H323Arrival.Side? {
    guard let arrival = H323Arrival(message) else { return nil }
    return arrival.side(admission(of: arrival))
  }

  /// Ends a call that may enter or has, whose the gatekeeper is not; false when there is none.
  func end(_ callIdentifier: GloballyUniqueID) -> Bool {
    guard admissions.withLock({ $0.holds(callIdentifier) }) else { return false }
    tellAll(.callEnded(callIdentifier, conferenceID: callIdentifier))
    return true
  }

  /// Every reactor hears it.
  func tellAll(_ answer: RASAnswer) {
    for box in answers { box.put(answer) }
  }

  private func owner(ofKey bytes: [UInt8]) -> Int { NodeShared.owner(of: bytes.span, key: key, count: answers.count) }

  private func admission(of arrival: H323Arrival) -> Admission? {
    guard let identifier = arrival.callIdentifier else { return nil }
    return admissions.withLock { $0.admission(of: identifier) }
  }
}

/// Where the node speaks H.323, and how. A reload does not change it.
struct H323Plan: Sendable {
  let settings: Settings.Council
  /// Whose council and gateway it is.
  let domains: [String]
  /// Who may register, as long as no other was read.
  let registry: Registry
  let shared: H323Shared
  /// H.235.1 towards a gatekeeper of others; nil: messages are not sealed.
  let gatekeeperPassword: H2351Password?
  /// The socket of RAS, which the first reactor alone has.
  let rasSocket: Int
  /// A transport by which the resolver looks for hosts of the family that H.323 is spoken over here.
  let transport: SIPTransportKind
  /// Where RAS was bound.
  let ras: SocketAddress
  /// Where call signalling was bound.
  let signalling: SocketAddress
  /// How many calls there may be.
  let maxCalls: Int
  /// What others are told in place of the address of our media.
  let advertised: IPAddress?

  /// - Parameters:
  ///   - rasSocket: the index of the socket.
  ///   - ras, signalling: the addresses with the ports that were bound.
  init(
    _ settings: Settings, _ registry: Registry, _ shared: H323Shared, gatekeeperPassword: H2351Password?,
    rasSocket: Int, ras: SocketAddress, signalling: SocketAddress
  ) {
    self.settings = settings.council
    self.registry = registry
    domains = settings.domains
    advertised = settings.advertise.media
    maxCalls = settings.calls.maxActive
    self.shared = shared
    self.gatekeeperPassword = gatekeeperPassword
    self.rasSocket = rasSocket
    self.ras = ras
    self.signalling = signalling
    let listener = settings.listeners.first { $0.address.ip.isIPv4 == ras.ip.isIPv4 } ?? settings.listeners.first
    transport = listener.map { SIPTransportKind($0.transport) } ?? .udp
  }
}

extension H323Plan {
  /// Asks a council of others to let a call in: its gatekeeper, or where there is none, DNS where its MCU is. The answer
  /// comes through ``H323Shared/answers``, with the tag, once.
  func admit(_ call: ExternalCall, reactor: Int, tag: UInt64, _ resolver: Resolver) {
    guard let external = settings.external, external.gatekeepers.isEmpty else {
      return shared.desk.put(.admit(call, reactor: reactor, tag: tag))
    }
    let lookup = HostLookup(
      external.mcu.map { [$0] } ?? [], .h323CallSignalling, isIPv4: signalling.ip.isIPv4, transport: transport)
    lookup.run(resolver) { [answer = shared.answers[reactor]] found in
      answer.put(
        .admission(
          tag: tag, found.first.map { .admitted(ExternalRoute(address: $0)) } ?? .unavailable))
    }
  }

  /// A call that was admitted so is over.
  func disengage(_ callIdentifier: GloballyUniqueID) {
    if settings.external?.gatekeepers.isEmpty == false { shared.desk.put(.disengage(callIdentifier)) }
  }
}

extension StreamListener {
  /// The listener for call signalling. Its number is none of those of the configuration's `listen`.
  init(h323 settings: Settings) {
    self.init(
      address: settings.council.signalling, transport: .tpkt,
      number: UInt16(truncatingIfNeeded: settings.listeners.count))
  }
}

extension H323Streams.User {
  /// The council's endpoint.
  static let council = Self(0)
  /// The gateway's endpoint.
  static let gateway = Self(1)

  init(_ side: H323Arrival.Side) {
    self =
      switch side {
      case .council: .council
      case .gateway: .gateway
      }
  }
}

/// The H.323 of one reactor: its connections, and what each of them brings to whom.
///
/// Council and gateway have an endpoint each, and share this reactor's part of the listener. A Setup decides which of them
/// has a connection; from then on the connection's messages go there.
struct NodeH323 {
  let plan: H323Plan
  var streams: H323Streams

  init(_ plan: H323Plan, hub: StreamHub, reactor: Int) {
    self.plan = plan
    streams = H323Streams(
      hub: hub, reactor: reactor, address: plan.signalling.ip, ports: plan.settings.h245Ports,
      networks: plan.settings.h245Networks)
  }
}

// The council's connections.
extension NodeH323 {
  mutating func take(_ call: H323Streams.Call, to council: inout NodeCouncil, at moment: Moment) {
    council.take(call, &streams, at: moment)
  }

  mutating func tell(_ happening: H323Streams.Happening, to council: inout NodeCouncil, at moment: Moment) {
    council.tell(happening, &streams, at: moment)
  }

  mutating func perform(
    _ council: inout NodeCouncil, _ media: inout NodeMedia, at moment: Moment, io: inout ReactorIO,
    into events: inout [CouncilEvent]
  ) {
    council.perform(&streams, &media, at: moment, io: &io, into: &events)
  }
}
