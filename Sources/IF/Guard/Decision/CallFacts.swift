public import Wire

/// Everything IF.guard is told about an INVITE that has passed steps 1 to 7 of DOMAIN §5.
///
/// Facts about the connection come from the socket (or a trusted neighbour's `X-IF-Source`), never from the message.
public struct CallFacts: Sendable, Equatable {
  /// Where the call comes from.
  public var source: IPAddress
  /// Whether it came over TLS or WSS.
  public var isSecure: Bool
  /// What the connection proves of the caller's organisation.
  public var certificate: CallerCertificate
  /// The digest user, or nil when nobody authenticated.
  public var authenticatedUser: String?
  /// The From URI as a normalised address of record (`user@host`); it is also the From line of the signed text.
  public var from: String
  /// The To URI, likewise.
  public var to: String
  /// The Call-ID, verbatim.
  public var callID: String
  /// The entry of `escalation_targets` that the request's target falls under.
  public var target: EscalationTarget
  /// The target itself as a normalised address of record.
  public var targetAddress: String
  /// The X-IF headers of the message.
  public var headers: IFHeaderFields
  /// The hazard of an escalation already open for this caller, for a phone that cannot say one.
  public var openHazard: Hazard?
  /// What the memory of spent Call-IDs answered; nil when it was not asked, which a signed call does not survive.
  public var spent: SpentAnswer?
  /// The room the call would enter; nil when it goes to no room.
  public var room: RoomState?

  /// Facts of a call; what is not given is absent.
  public init(
    source: IPAddress, isSecure: Bool, certificate: CallerCertificate = .absent, authenticatedUser: String?,
    from: String, to: String, callID: String, target: EscalationTarget, targetAddress: String,
    headers: IFHeaderFields, openHazard: Hazard? = nil, spent: SpentAnswer? = nil, room: RoomState? = nil
  ) {
    self.source = source
    self.isSecure = isSecure
    self.certificate = certificate
    self.authenticatedUser = authenticatedUser
    self.from = from
    self.to = to
    self.callID = callID
    self.target = target
    self.targetAddress = targetAddress
    self.headers = headers
    self.openHazard = openHazard
    self.spent = spent
    self.room = room
  }

  /// Whether the target is a room of the council, `council@…` or `council-<id>@…`.
  public var targetIsCouncil: Bool {
    let user = targetAddress.prefix { $0 != "@" && $0 != ";" }.lowercased()
    return user == "council" || user.hasPrefix("council-")
  }
}

/// What is known of the certificate that a caller's connection showed.
public enum CallerCertificate: Sendable, Hashable {
  /// There was no TLS, so there is none.
  case absent
  /// A trusted neighbour stands for the connection; whom it lets in is its business.
  case vouched
  /// What the handshake found out, a certificate or not.
  case shown(TLSFacts)
}

/// Everything IF.guard is told when we are about to call an expert.
public struct CalloutFacts: Sendable, Equatable {
  /// The digest user of the expert, which is the registry's name for it.
  public var expert: String
  /// What the escalation is about.
  public var hazard: Hazard
  /// The room the expert would enter.
  public var room: RoomState?

  /// Facts of a call to be made.
  public init(expert: String, hazard: Hazard, room: RoomState? = nil) {
    self.expert = expert
    self.hazard = hazard
    self.room = room
  }
}

/// What the council says about a room.
public struct RoomState: Sendable, Hashable {
  /// Whether newcomers are let in at all. A room that does not exist yet and may be created is open.
  public var isOpen: Bool
  /// How many are inside.
  public var participants: Int
  /// How many there is space for.
  public var capacity: Int

  /// A room with so many inside.
  public init(isOpen: Bool = true, participants: Int = 0, capacity: Int = 25) {
    self.isOpen = isOpen
    self.participants = participants
    self.capacity = capacity
  }
}

/// How careful the guard is right now.
public enum Posture: String, Sendable, Hashable, CaseIterable {
  /// The registry decides.
  case normal
  /// Signatures are required from all, and rates are halved.
  case elevated
  /// No new escalations.
  case closed

  /// Whether it lets less in than another.
  public func isMoreCareful(than other: Posture) -> Bool { rank > other.rank }

  private var rank: Int {
    switch self {
    case .normal: 0
    case .elevated: 1
    case .closed: 2
    }
  }

  /// The number of calls per window in this posture: the configured one, halved when elevated, but never 0 unless the
  /// configuration says so.
  public func callsPerWindow(_ configured: Int) -> Int {
    switch self {
    case .normal, .closed: configured
    case .elevated: configured <= 0 ? 0 : max(1, configured / 2)
    }
  }
}

/// What the operator may set about decisions.
public struct GuardPolicy: Sendable, Equatable {
  /// How careful to be.
  public var posture = Posture.normal
  /// How far a timestamp may be from our clock, either way.
  public var timestampTolerance = Duration.seconds(300)
  /// Whether a phone without headers has to call over TLS; false only where the operator has given up TLS for
  /// escalations altogether (`tls_required_for: none`).
  public var derivedNeedsSecureTransport = true

  /// The policy that holds unless somebody sets another.
  public static let `default` = GuardPolicy()

  /// The default policy, to be changed field by field.
  public init() {}
}
