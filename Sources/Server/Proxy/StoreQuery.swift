import DigestAuth
import Guard
import SIPLocation
import SIPTransaction
import Wire

/// What the core wants to know of the state that outlives a call, or wants changed there. The driver answers with
/// ``ProxyCore/answer(_:_:at:into:)``, at once or later.
public enum StoreQuery: Sendable {
  /// The password hashes of digest users, and which of them are locked out at this address.
  case users([String], source: IPAddress)
  /// Uses one count of a nonce.
  case useNonce(NonceIdentity, count: UInt32?)
  /// The contacts of an address of record.
  case bindings(aor: String)
  /// Where somebody is to be reached, by DNS (RFC 3263).
  case locate(LocationTarget)
  /// A REGISTER that passed its checks (RFC 3261 §10.3). The answer comes when the store will not forget it.
  case register(Registration)
  /// A registered flow is gone (RFC 5626 §7): what it is bound by is to be forgotten.
  case flowFailed(FlowReference)
  /// May this expert have one more call now? A call counts once (DOMAIN §5 step 7). The answer must come at once, since
  /// it takes a place that somebody has to give back.
  case admit(expert: String, call: CallKey, quota: CallQuota)
  /// A call that ``admit(expert:call:quota:)`` counted was refused by a later rule: it shall consume nothing.
  case release(expert: String, call: CallKey)
  /// A call that ``admit(expert:call:quota:)`` let in is over: its place is free.
  case callEnded(expert: String, call: CallKey)
  /// Whether a signed Call-ID may be used.
  case spent(SpentCallIDs.Attempt)
  /// Guard let a signed call in: its Call-ID is in use.
  case admitSigned(SpentCallIDs.Attempt)
  /// A signed call had its first 2xx.
  case spend(user: String, callID: String)
}

/// What the store knows.
public enum StoreAnswer: Sendable {
  /// The hashes of those users that exist.
  case users([String: UserSecret], lockedOut: Set<String>)
  /// Whether the nonce's count was new.
  case nonce(NonceUse)
  /// The contacts that are alive, best first, and the state they are of.
  case bindings([Contact], version: UInt64)
  /// What the REGISTER came to.
  case registered(RegistrationResult)
  /// Where to try, in this order; nothing when DNS knows no such place, or did not answer.
  case located([LocatedHop])
  /// Whether the expert may have one more call.
  case admitted(QuotaAnswer)
  /// Whether the signed Call-ID may be used.
  case spent(SpentAnswer)
  /// Whether the signed call is still the first.
  case signedAdmitted(Bool)
  /// Noted.
  case done
}

/// What an expert's quota says of one more call.
public enum QuotaAnswer: Sendable, Equatable {
  /// It is counted, and has a place.
  case admitted
  /// There were too many in the window; the next may come in so many seconds.
  case tooOften(retryAfter: Int)
  /// Too many are going on.
  case tooMany
}

/// A user's digest secrets: HA1 per algorithm.
public struct UserSecret: Sendable {
  private var md5: HA1?
  private var sha256: HA1?
  private var sha512t256: HA1?

  /// The secrets of one user, as far as there are any.
  public init(_ ha1: (DigestHash) -> HA1?) {
    md5 = ha1(.md5)
    sha256 = ha1(.sha256)
    sha512t256 = ha1(.sha512_256)
  }

  /// HA1 by one algorithm.
  public subscript(hash: DigestHash) -> HA1? {
    switch hash {
    case .md5: md5
    case .sha256: sha256
    case .sha512_256: sha512t256
    }
  }
}

/// Where a registered phone can be reached.
public struct Contact: Sendable, Equatable {
  /// Its Contact URI as it wrote it.
  public var uri: String
  /// What tells it from the others of its address of record.
  public var key: String
  /// Its priority among several, in thousandths (RFC 3261 §20.10).
  public var q: Int
  /// Seconds until it expires; 0 in a registration: remove it.
  public var expiresIn: UInt32
  /// How it came to us, so that it can be reached the same way.
  public var hop: Hop
  /// The Path it registered with (RFC 3327), topmost first.
  public var path: [String]
  /// Which phone it is: the value of `+sip.instance` (RFC 5626 §4.1).
  public var instance: String?
  /// Which of the phone's flows it is; with one, the contact is reachable over its flow only (RFC 5626 §6).
  public var regID: UInt32?
  /// Its further parameters as they were written, each with its `;`.
  public var parameters: String
  /// Of the REGISTER that wrote it last.
  public var callID: String
  /// Of the REGISTER that wrote it last.
  public var sequence: UInt32
  /// When that came.
  public var updatedAt: UTCTimestamp

  /// A contact.
  public init(
    uri: String, key: String, q: Int = 1000, expiresIn: UInt32, hop: Hop, path: [String] = [],
    instance: String? = nil, regID: UInt32? = nil, parameters: String = "", callID: String = "", sequence: UInt32 = 0,
    updatedAt: UTCTimestamp = .epoch
  ) {
    self.uri = uri
    self.key = key
    self.q = q
    self.expiresIn = expiresIn
    self.hop = hop
    self.path = path
    self.instance = instance
    self.regID = regID
    self.parameters = parameters
    self.callID = callID
    self.sequence = sequence
    self.updatedAt = updatedAt
  }
}

/// A contact as one REGISTER wrote it: a later one makes it another.
public struct FlowReference: Sendable, Hashable {
  /// Whose contact.
  public var aor: String
  /// Which of them.
  public var key: String
  /// Of the REGISTER that wrote it.
  public var callID: String
  /// Of the REGISTER that wrote it.
  public var sequence: UInt32

  /// A reference.
  public init(aor: String, key: String, callID: String, sequence: UInt32) {
    self.aor = aor
    self.key = key
    self.callID = callID
    self.sequence = sequence
  }
}

/// A REGISTER that passed its checks.
public struct Registration: Sendable, Equatable {
  /// Whose contacts.
  public var aor: String
  /// Orders REGISTERs of one phone.
  public var callID: String
  /// Orders REGISTERs of one Call-ID.
  public var sequence: UInt32
  /// What changes.
  public var contacts: [Contact]
  /// `Contact: *` with `Expires: 0`: all go.
  public var removesAll: Bool
  /// The state that the contacts' keys were chosen by.
  public var version: UInt64

  /// A registration.
  public init(
    aor: String, callID: String, sequence: UInt32, contacts: [Contact], removesAll: Bool, version: UInt64
  ) {
    self.aor = aor
    self.callID = callID
    self.sequence = sequence
    self.contacts = contacts
    self.removesAll = removesAll
    self.version = version
  }
}

/// What a REGISTER came to.
public enum RegistrationResult: Sendable, Equatable {
  /// The contacts that are bound now.
  case bound([Contact])
  /// An older REGISTER of the same Call-ID came late (RFC 3261 §10.3 step 7).
  case outOfOrder
  /// Somebody else changed the contacts meanwhile: look again.
  case conflict
  /// The store cannot take more.
  case full
  /// The store could not write it down, so that it may be forgotten.
  case notWritten
}
