import OpenSSLCrypto
import SIPMessage
public import Wire

/// The credentials of one request that are meant for our realm.
///
/// Collected header by header while the message is in hand; then it can go, these hold their own bytes.
public struct DigestCandidates: Sendable {
  /// The realm that is ours, compared byte by byte.
  public let realm: String
  /// In the order of the message, at most `DigestLimits.maxCredentials`.
  public private(set) var credentials: [DigestCredentials] = []
  /// What was wrong with the first header that could not be read.
  public private(set) var fault: DigestError?

  /// No credentials for a realm.
  public init(realm: String) {
    self.realm = realm
  }

  /// Adds the value of one `Authorization` or `Proxy-Authorization` header.
  ///
  /// - Returns: true when it is for our realm, and so has to be removed before the request goes on.
  public mutating func add(_ value: Span<UInt8>) -> Bool {
    do {
      let candidate = try DigestCredentials(parsing: value)
      guard candidate.isFor(realm: realm) else { return false }
      if credentials.count < DigestLimits.maxCredentials {
        credentials.append(candidate)
      } else {
        fault = fault ?? .tooManyCredentials
      }
      return true
    } catch {
      if error != .otherScheme { fault = fault ?? error }
      return false
    }
  }
}

/// Who was found behind credentials that hold.
public struct DigestIdentity: Sendable, Equatable {
  /// The digest user.
  public let username: String
  /// The function that was used.
  public let hash: DigestHash
  /// The nonce, for `NonceWindow.use`.
  public let nonce: NonceIdentity
  /// Its count, likewise.
  public let nonceCount: UInt32?
  /// Which of the candidates it was.
  public let index: Int
}

/// What the credentials of a request amount to.
public struct DigestOutcome: Sendable, Equatable {
  /// The verdict on a request.
  public enum Verdict: Sendable, Equatable {
    /// One of the credentials holds. The nonce's count is still to be used.
    case accepted(DigestIdentity)
    /// There are none for our realm: challenge.
    case absent
    /// The nonce is too old, or none of ours for this source: challenge with `stale=true`, so that the phone tries
    /// again without asking its owner. The response was not even computed: a nonce that lets nobody in must not tell
    /// whether a password was right either.
    case stale
    /// The nonce is fresh and the response wrong: challenge again, and count.
    case refused
    /// A header that could not be read: 400.
    case malformed(DigestError)
  }

  /// The verdict.
  public let verdict: Verdict
  /// The users for whom a failure is to be counted, with repetitions. A wrong password answered in two algorithms is
  /// one failure; two different answers in one algorithm are two. It can be non-empty beside `accepted`: credentials of
  /// one's own do not buy a free guess at somebody else's.
  public let failedUsernames: [String]

  /// An outcome.
  public init(verdict: Verdict, failedUsernames: [String] = []) {
    self.verdict = verdict
    self.failedUsernames = failedUsernames
  }
}

/// The server's side of digest authentication for one realm (RFC 7616, RFC 8760, RFC 3261 §22).
///
/// Owns live hash contexts, one owner each (a reactor). It knows no users: HA1 is looked up by the driver. For an unknown
/// user the same computation is made with a stand-in and its result thrown away, so that the time taken here does not
/// tell who exists.
public struct DigestVerifier: ~Copyable {
  /// Whose passwords.
  public let realm: String
  /// What is offered, in that order. Nothing else is accepted.
  public let algorithms: [DigestHash]
  /// Whether answers without qop (RFC 2069) are accepted although qop is offered.
  public let acceptsMissingQOP: Bool

  // One for each function that is offered: an engine for a function that this machine lacks must not be made.
  private var md5: DigestEngine?
  private var sha256: DigestEngine?
  // swift-format-ignore: AlwaysUseLowerCamelCase
  private var sha512_256: DigestEngine?
  private var expected: [UInt8] = []
  /// Everything of the challenges but the nonce, since most requests of a busy proxy are challenged first.
  private let templates: [Template]

  private struct Template {
    var head: [UInt8] = []
    var tail: [UInt8] = []
    var staleTail: [UInt8] = []

    init(_ hash: DigestHash, realm: String) {
      var challenge = DigestChallenge(realm: realm, nonce: "", variant: DigestVariant(hash))
      challenge.writeHead(into: &head)
      challenge.writeTail(into: &tail)
      challenge.isStale = true
      challenge.writeTail(into: &staleTail)
    }
  }

  /// A verifier that offers these algorithms in this order; repetitions count once.
  public init(realm: String, algorithms: [DigestHash], acceptsMissingQOP: Bool = true) {
    self.realm = realm
    self.algorithms = algorithms.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    self.acceptsMissingQOP = acceptsMissingQOP
    md5 = algorithms.contains(.md5) ? DigestEngine(.md5) : nil
    sha256 = algorithms.contains(.sha256) ? DigestEngine(.sha256) : nil
    sha512_256 = algorithms.contains(.sha512_256) ? DigestEngine(.sha512_256) : nil
    templates = self.algorithms.map { Template($0, realm: realm) }
    expected.reserveCapacity(64)
  }

  /// One header value for each algorithm, in order (RFC 8760 §2.3), all with the same nonce.
  ///
  /// - Parameter offered: fewer algorithms, or another order; those among them that the verifier does not have are left
  ///   out. Nil for all.
  public func challenges(nonce: String, isStale: Bool = false, offered: [DigestHash]? = nil) -> [String] {
    let wanted = offered.map { $0.compactMap(algorithms.firstIndex(of:)) } ?? Array(algorithms.indices)
    return wanted.map { index in
      let template = templates[index]
      var bytes: [UInt8] = []
      bytes.reserveCapacity(template.head.count + nonce.utf8.count + template.staleTail.count + 2)
      bytes.append(contentsOf: template.head)
      bytes.append(quoting: nonce)
      bytes.append(contentsOf: isStale ? template.staleTail : template.tail)
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// Judges the credentials of a request: the first that holds decides.
  ///
  /// - Parameters:
  ///   - method: the request's method. The URI is the one in the credentials: proxies on the way may have changed the
  ///     Request-URI.
  ///   - body: for auth-int.
  ///   - source: where the request comes from; nonces are good for one source only.
  ///   - offered: the algorithms that were offered there, of those the verifier has; nil for all. An answer in another is
  ///     passed over, so that nobody can make a phone use a weaker one.
  ///   - lookup: HA1 of a user for a function, or nil; it should take the same time for both.
  public mutating func judge(
    _ candidates: DigestCandidates, method: Span<UInt8>, body: Span<UInt8>, source: IPAddress, now: UTCTimestamp,
    nonces: borrowing NonceFactory, offered: [DigestHash]? = nil,
    lookup: (_ username: String, _ hash: DigestHash) -> HA1?
  ) -> DigestOutcome {
    var failures = FailureCount()
    var isStale = false
    for (index, credentials) in candidates.credentials.enumerated() {
      guard let hash = accepted(credentials), offered?.contains(hash) ?? true else { continue }
      guard case .fresh(let nonce) = nonces.check(credentials.nonce, now: now, source: source) else {
        isStale = true
        continue
      }
      let username = credentials.username
      if verify(credentials, method: method, body: body, ha1: lookup(username, hash)) {
        let identity = DigestIdentity(
          username: username, hash: hash, nonce: nonce, nonceCount: credentials.nonceCount, index: index)
        return DigestOutcome(
          verdict: .accepted(identity), failedUsernames: failures.usernames.filter { $0 != username })
      }
      failures.add(username, hash)
    }
    let verdict: DigestOutcome.Verdict =
      if !failures.usernames.isEmpty {
        .refused
      } else if let fault = candidates.fault {
        .malformed(fault)
      } else {
        isStale ? .stale : .absent
      }
    return DigestOutcome(verdict: verdict, failedUsernames: failures.usernames)
  }

  /// Whether the response is the right one. `ha1` is nil for a user who does not exist.
  ///
  /// The nonce is not looked at: that is `NonceFactory.check`.
  public mutating func verify(
    _ credentials: DigestCredentials, method: Span<UInt8>, body: Span<UInt8>, ha1: HA1?
  ) -> Bool {
    guard credentials.isFor(realm: realm), let hash = accepted(credentials) else { return false }
    let isKnown = ha1?.hash == hash
    let hex = isKnown ? ha1?.hex ?? [] : Self.standIn(hash)
    expected.removeAll(keepingCapacity: true)
    appendResponse(hash, hex, credentials, method: method, body: body)
    return constantTimeEquals(expected.span, credentials.response) && isKnown
  }

  /// The value of `Authentication-Info` (or `Proxy-Authentication-Info`) for a request that was accepted: proof that we
  /// know the password, too (RFC 7616 §3.5). Empty without qop, which has no such proof.
  ///
  /// - Parameter body: that of the response.
  public mutating func authenticationInfo(
    for credentials: DigestCredentials, body: Span<UInt8>, ha1: HA1, nextNonce: String? = nil
  ) -> String {
    guard let qop = credentials.qop, let hash = accepted(credentials), ha1.hash == hash else { return "" }
    expected.removeAll(keepingCapacity: true)
    appendResponse(hash, ha1.hex, credentials, method: Span(), body: body)
    let proof = String(decoding: expected, as: UTF8.self)
    let next = nextNonce.map { "nextnonce=\"\($0)\", " } ?? ""
    return "\(next)rspauth=\"\(proof)\", \(credentials.echo(qop))"
  }

  /// How many times a hash function was run, so that a test can see that nobody's existence shows in the work done.
  package var hashCount: Int { Self.hashes(of: md5) + Self.hashes(of: sha256) + Self.hashes(of: sha512_256) }

  private static func hashes(of engine: borrowing DigestEngine?) -> Int {
    switch engine {
    case .some(let engine): engine.hashCount
    case .none: 0
    }
  }

  /// The function to check with, or nil for credentials that answer none of our challenges.
  private func accepted(_ credentials: DigestCredentials) -> DigestHash? {
    guard let variant = credentials.variant, !variant.isSession, algorithms.contains(variant.hash),
      !credentials.isUsernameHashed, credentials.qop != nil || acceptsMissingQOP
    else { return nil }
    return variant.hash
  }

  private mutating func appendResponse(
    _ hash: DigestHash, _ ha1: [UInt8], _ credentials: DigestCredentials, method: Span<UInt8>, body: Span<UInt8>
  ) {
    switch hash {
    case .md5: md5?.appendResponse(ha1: ha1, credentials.input, method: method, body: body, to: &expected)
    case .sha256: sha256?.appendResponse(ha1: ha1, credentials.input, method: method, body: body, to: &expected)
    case .sha512_256:
      sha512_256?.appendResponse(ha1: ha1, credentials.input, method: method, body: body, to: &expected)
    }
  }

  /// Digits to compute with when there is no HA1. They need not be secret: whatever comes out is not accepted.
  private static func standIn(_ hash: DigestHash) -> [UInt8] {
    switch hash {
    case .md5: standIn32
    case .sha256, .sha512_256: standIn64
    }
  }

  private static let standIn32 = [UInt8](repeating: UInt8(ascii: "0"), count: 32)
  private static let standIn64 = [UInt8](repeating: UInt8(ascii: "0"), count: 64)
}

/// Failed answers of one request, counted so that several algorithms are one attempt.
private struct FailureCount {
  private var answers: [(username: String, hash: DigestHash)] = []

  mutating func add(_ username: String, _ hash: DigestHash) {
    answers.append((username, hash))
  }

  /// Every user as often as the function has answers that was answered most.
  var usernames: [String] {
    var usernames: [String] = []
    for (index, answer) in answers.enumerated() {
      let earlier = answers[..<index]
      let same = earlier.count { $0.username == answer.username && $0.hash == answer.hash }
      let counted = usernames.count { $0 == answer.username }
      if same >= counted { usernames.append(answer.username) }
    }
    return usernames
  }
}
