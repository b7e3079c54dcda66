import DigestAuth
import Guard
import SIPMessage
import SIPTransaction
import Wire

// Who sends it (RFC 3261 §22, RFC 8760; DOMAIN §5 step 6).
extension ProxyCore {
  /// Looks for credentials of our realm; without usable ones, challenges.
  mutating func authenticate(
    _ inbound: Inbound, vouched: String?, at moment: Moment, into sink: inout ProxySink
  ) {
    if policy.trusts(inbound.hop) {
      // The neighbour has done the digest; whom it does not name is nobody (DOMAIN §4).
      proceedAuthenticated(inbound, user: vouched, at: moment, into: &sink)
      return
    }
    let request = inbound.request
    let view = request.view
    var candidates = DigestCandidates(realm: policy.realm)
    let name: SIPHeaderName = inbound.method == .register ? .authorization : .proxyAuthorization
    var areAllOurs = true
    view.forEach(name) { entry in
      if !candidates.add(view.slice(entry.valueRange)) { areAllOurs = false }
    }
    inbound.hasOwnCredentialsOnly = areAllOurs
    if candidates.credentials.isEmpty {
      if let fault = candidates.fault {
        refuse(inbound, .plain(400, "\(credentialsHeader(inbound.method)): \(fault.phrase)"), at: moment, into: &sink)
      } else {
        challenge(inbound, isStale: false, at: moment, into: &sink)
      }
      return
    }
    var names: [String] = []
    for credentials in candidates.credentials where !names.contains(credentials.username) {
      names.append(credentials.username)
    }
    let context = ResponseContext(inbound, .authenticating(candidates))
    ask(.users(names, source: inbound.source.ip), context, inbound, at: moment, into: &sink)
  }

  /// The users are known: do the credentials hold?
  mutating func judge(
    _ id: ContextID, _ inbound: Inbound, _ candidates: DigestCandidates, users: [String: UserSecret],
    lockedOut: Set<String>, at moment: Moment, into sink: inout ProxySink
  ) {
    guard lockedOut.isEmpty else {
      contexts.remove(id)
      refuse(inbound, .rule(.lockout, "too many wrong passwords; try again later"), at: moment, into: &sink)
      return
    }
    let request = inbound.request
    let view = request.view
    let outcome = verifier.judge(
      candidates, method: view.slice(view.methodRange), body: view.slice(view.body), source: inbound.source.ip,
      now: moment.clock, nonces: nonces, offered: policy.algorithms(of: inbound.hop.listener)
    ) { name, hash in users[name]?[hash] }
    counts.authenticationFailures += UInt64(outcome.failedUsernames.count)
    for user in outcome.failedUsernames {
      sink.actions.append(.authenticationFailed(user: user, source: inbound.source.ip))
    }
    switch outcome.verdict {
    case .accepted(let identity):
      contexts[id]?.user = identity.username
      contexts[id]?.phase = .spendingNonce
      if inbound.method == .register { proveOurselves(inbound, candidates, identity, users, at: moment) }
      sink.actions.append(.ask(.useNonce(identity.nonce, count: identity.nonceCount), id))
    case .absent, .refused:
      contexts.remove(id)
      if case .refused = outcome.verdict {
        counts.rejection(AdmissionRule.authentication.rawValue)
        securityRecord(
          rule: AdmissionRule.authentication.rawValue, text: "wrong digest response", source: inbound.hop,
          message: inbound.request, at: moment, into: &sink)
      }
      challenge(inbound, isStale: false, at: moment, into: &sink)
    case .stale:
      contexts.remove(id)
      challenge(inbound, isStale: true, at: moment, into: &sink)
    case .malformed(let fault):
      contexts.remove(id)
      refuse(inbound, .plain(400, "\(credentialsHeader(inbound.method)): \(fault.phrase)"), at: moment, into: &sink)
    }
  }

  /// The value of `Authentication-Info` for the 200 of a REGISTER, which has no body. A phone whose nonce is half used up
  /// gets the next one with it, and need not be challenged again (RFC 7616 §3.5). The 2xx of other methods are not ours.
  private mutating func proveOurselves(
    _ inbound: Inbound, _ candidates: DigestCandidates, _ identity: DigestIdentity, _ users: [String: UserSecret],
    at moment: Moment
  ) {
    guard let ha1 = users[identity.username]?[identity.hash] else { return }
    var next: String?
    if (moment.clock - identity.nonce.issued) * 2 > policy.nonceLifetime {
      next = nonces.make(now: moment.clock, random: unguessable().0, source: inbound.source.ip)
    }
    let info = verifier.authenticationInfo(
      for: candidates.credentials[identity.index], body: Span(), ha1: ha1, nextNonce: next)
    inbound.authenticationInfo = info.isEmpty ? nil : info
  }

  /// The nonce's count has been used, or had been before.
  mutating func nonceUsed(
    _ id: ContextID, _ inbound: Inbound, _ use: NonceUse, at moment: Moment, into sink: inout ProxySink
  ) {
    let user = contexts[id]?.user
    contexts.remove(id)
    if use == .tableFull { counts.limitReached(NodeLimit.nonces.rawValue) }
    guard use == .accepted, let user else {
      challenge(inbound, isStale: true, at: moment, into: &sink)
      return
    }
    proceedAuthenticated(inbound, user: user, at: moment, into: &sink)
  }

  /// The caller is known (or vouched for, or nobody): the From and To it claims must be its own.
  private mutating func proceedAuthenticated(
    _ inbound: Inbound, user: String?, at moment: Moment, into sink: inout ProxySink
  ) {
    inbound.isAuthenticated = user != nil
    let request = inbound.request
    let view = request.view
    if inbound.method == .register {
      guard let aor = addressOfRecord(view, inbound.fields.to.uri), let user, owns(user, aor) else {
        refuse(inbound, .rule(.identity, "this address of record belongs to somebody else"), at: moment, into: &sink)
        return
      }
      register(inbound, user: user, at: moment, into: &sink)
      return
    }
    if let from = addressOfRecord(view, inbound.fields.from.uri), isOurs(from), user.map({ owns($0, from) }) != true {
      refuse(inbound, .rule(.identity, "the From address belongs to somebody else"), at: moment, into: &sink)
      return
    }
    admit(inbound, user: user, at: moment, into: &sink)
  }

  /// Whether an address of record is that user's: the same name in one of our domains, or the registry says so.
  func owns(_ user: String, _ aor: String) -> Bool {
    if let expert = policy.registry.expert(user: user), expert.owns(aor) { return true }
    let (address, name) = (aor.utf8, user.utf8)
    guard let at = Self.lastAt(address.span) else { return false }
    return address.span.extracting(0..<at).isEqual(to: name.span) && isOurs(aor)
  }

  /// Whether an address of record is in one of our domains.
  func isOurs(_ aor: String) -> Bool {
    let address = aor.utf8
    guard let at = Self.lastAt(address.span) else { return false }
    let host = address.span.extracting((at + 1)...)
    for domain in policy.domains {
      // Byte by byte: String takes different spellings of one character for the same.
      let ours = domain.utf8
      if host.isEqual(to: ours.span) { return true }
    }
    return false
  }

  /// Where the host of an address of record begins, less one.
  private static func lastAt(_ address: Span<UInt8>) -> Int? {
    address.indices.last { address[$0] == UInt8(ascii: "@") }
  }

  /// 401 from the registrar, 407 from the proxy, with one challenge per algorithm (RFC 8760 §2.3).
  private mutating func challenge(
    _ inbound: Inbound, isStale: Bool, at moment: Moment, into sink: inout ProxySink
  ) {
    let nonce = nonces.make(now: moment.clock, random: unguessable().0, source: inbound.source.ip)
    let isRegister = inbound.method == .register
    let name: StaticString = isRegister ? "WWW-Authenticate" : "Proxy-Authenticate"
    refuse(
      inbound,
      .plain(
        isRegister ? 401 : 407, isRegister ? "Unauthorized" : "Proxy Authentication Required",
        headers: verifier.challenges(
          nonce: nonce, isStale: isStale, offered: policy.algorithms(of: inbound.hop.listener)
        ).map { (name, $0) }),
      at: moment, into: &sink)
  }

  private func credentialsHeader(_ method: SIPMethod) -> String {
    method == .register ? "Authorization" : "Proxy-Authorization"
  }
}
