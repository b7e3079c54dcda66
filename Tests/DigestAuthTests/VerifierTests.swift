import DigestAuth
import SIPMessage
import Testing
import Wire

/// One proxy with two users, and phones that call it.
@Suite struct VerifierTests {
  static let realm = "if.internal"
  static let home = IPAddress(v4: 0xCB00_7107)
  static let passwords = ["bob": "zanzibar", "alice": "wonderland"]

  let nonces = Nonces(realm: realm)

  func challenge(_ hash: DigestHash = .sha256, at time: Int64 = 0, random: UInt64 = 1) -> DigestChallenge {
    DigestChallenge(
      realm: Self.realm, nonce: nonces.make(now: .at(time), random: random, source: Self.home),
      variant: DigestVariant(hash))
  }

  func judge(
    _ headers: [String], offering algorithms: [DigestHash] = [.sha256, .md5], acceptsMissingQOP: Bool = true,
    method: String = "INVITE", body: String = "", source: IPAddress = home, at time: Int64 = 1
  ) -> DigestOutcome {
    var candidates = DigestCandidates(realm: Self.realm)
    for header in headers { _ = add(header, to: &candidates) }
    var verifier = DigestVerifier(
      realm: Self.realm, algorithms: algorithms, acceptsMissingQOP: acceptsMissingQOP)
    let method = bytes(method)
    let body = bytes(body)
    return verifier.judge(
      candidates, method: method.span, body: body.span, source: source, now: .at(time), nonces: nonces.factory
    ) { username, hash in
      Self.passwords[username].map { HA1(hash, username: username, realm: Self.realm, password: $0) }
    }
  }

  func user(_ outcome: DigestOutcome) -> String? {
    if case .accepted(let identity) = outcome.verdict { identity.username } else { nil }
  }

  @Test(arguments: [DigestHash.sha256, .md5]) func rightPassword(_ hash: DigestHash) throws {
    var phone = Phone()
    let header = try phone.answer(challenge(hash)).headerValue
    let outcome = judge([header])
    guard case .accepted(let identity) = outcome.verdict else {
      Issue.record("refused")
      return
    }
    #expect(identity.username == "bob")
    #expect(identity.hash == hash)
    #expect(identity.nonce == NonceIdentity(issued: .at(0), random: 1))
    #expect(identity.nonceCount == 1)
    #expect(outcome.failedUsernames.isEmpty)
  }

  @Test func wrongPasswordAndUnknownUserLookTheSame() throws {
    var wrong = Phone(password: "Zanzibar")
    var unknown = Phone(username: "eve")
    #expect(judge([try wrong.answer(challenge()).headerValue]) == refused(["bob"]))
    #expect(judge([try unknown.answer(challenge()).headerValue]) == refused(["eve"]))
  }

  /// No work is left out, so no time is saved, for a user who does not exist or a password that is wrong.
  @Test(arguments: [DigestHash.sha256, .md5]) func theSameWorkIsDoneForEveryAnswer(_ hash: DigestHash) throws {
    var phone = Phone()
    let right = try phone.answer(challenge(hash))
    var counts: [Int] = []
    for ha1 in [
      HA1(hash, username: "bob", realm: Self.realm, password: "zanzibar"),
      HA1(hash, username: "bob", realm: Self.realm, password: "other"),
      // Of another function, as in a database that has lost one; and none at all.
      HA1(hash == .md5 ? .sha256 : .md5, username: "bob", realm: Self.realm, password: "zanzibar"), nil,
    ] {
      var verifier = DigestVerifier(realm: Self.realm, algorithms: [.sha256, .md5])
      let method = bytes("INVITE")
      let isRight = verifier.verify(right, method: method.span, body: Span(), ha1: ha1)
      #expect(isRight == counts.isEmpty)
      counts.append(verifier.hashCount)
    }
    #expect(counts == [2, 2, 2, 2])
  }

  /// The "digest leak" of phones that answer whoever challenges them.
  @Test func aClientAnswersItsOwnRealmOnly() {
    let own = challenge()
    var other = own
    other.realm = "attacker.example"
    var looksAlike = own
    looksAlike.realm = "If.internal"
    #expect(DigestClient.preferred([other, looksAlike], realm: Self.realm) == nil)
    #expect(DigestClient.preferred([other, own], realm: Self.realm) == own)
    var unknown = own
    unknown.variant = nil
    #expect(DigestClient.preferred([unknown], realm: Self.realm) == nil)
  }

  @Test func aListenerMayOfferLess() throws {
    var phone = Phone()
    var candidates = DigestCandidates(realm: Self.realm)
    _ = add(try phone.answer(challenge(.md5)).headerValue, to: &candidates)
    var verifier = DigestVerifier(realm: Self.realm, algorithms: [.sha256, .md5])
    let method = bytes("INVITE")
    for (offered, isAccepted) in [([DigestHash.sha256], false), ([.md5], true), ([.sha256, .md5], true)] {
      let outcome = verifier.judge(
        candidates, method: method.span, body: Span(), source: Self.home, now: .at(1), nonces: nonces.factory,
        offered: offered
      ) { username, hash in
        Self.passwords[username].map { HA1(hash, username: username, realm: Self.realm, password: $0) }
      }
      #expect((user(outcome) == "bob") == isAccepted)
      #expect(
        verifier.challenges(nonce: "n", offered: offered).count == offered.count)
    }
    #expect(verifier.challenges(nonce: "n", offered: [.md5, .sha512_256]).count == 1)
  }

  /// The stand-in for unknown users is no password: an answer computed with its very digits is refused.
  @Test(arguments: DigestHash.allCases) func theStandInLetsNobodyIn(_ hash: DigestHash) throws {
    var phone = Phone(username: "eve")
    let credentials = try phone.answer(challenge(hash))
    let standIn = try #require(HA1(hash, storedHex: String(repeating: "0", count: hash.hexCount)))
    var attacker = DigestVerifier(realm: Self.realm, algorithms: [hash])
    // What the stand-in yields, taken from Authentication-Info's arithmetic: the same with an empty method.
    let proof = attacker.authenticationInfo(for: credentials, body: Span(), ha1: standIn)
    let response = try #require(proof.split(separator: "\"").dropFirst().first)
    let forged = try DigestCredentials(
      credentials.headerValue.replacing(/response="[^"]*"/, with: "response=\"\(response)\""))
    #expect(verify(forged, realm: Self.realm, hash, ha1: standIn, method: ""))
    #expect(!verify(forged, realm: Self.realm, hash, ha1: nil, method: ""))
  }

  @Test func everyPartOfTheAnswerCounts() throws {
    var phone = Phone()
    let header = try phone.answer(challenge()).headerValue
    #expect(user(judge([header])) == "bob")
    #expect(user(judge([header], method: "REGISTER")) == nil)
    for (part, other) in [
      ("username=\"bob\"", "username=\"alice\""), ("username=\"bob\"", "username=\"Bob\""),
      ("council@", "Council@"), ("cnonce=\"0a4f113b\"", "cnonce=\"0a4f113c\""), ("nc=00000001", "nc=00000002"),
      ("qop=auth", "qop=auth-int"), (", qop=auth, nc=00000001", ""), ("algorithm=SHA-256", "algorithm=MD5"),
      ("response=\"", "response=\"0"),
    ] {
      let changed = header.replacing(part, with: other)
      #expect(changed != header)
      #expect(user(judge([changed])) == nil, "\(other)")
    }
  }

  /// A proxy on the way may have changed the Request-URI: the URI that was hashed is the one that counts.
  @Test func theURIIsThatOfTheCredentials() throws {
    var phone = Phone()
    #expect(user(judge([try phone.answer(challenge(), uri: "sip:somebody@else.where").headerValue])) == "bob")
  }

  @Test func bodyIsCoveredByAuthInt() throws {
    var phone = Phone()
    var challenge = challenge()
    challenge.qop = [.authInt]
    let header = try phone.answer(challenge, body: "v=0\r\n").headerValue
    #expect(user(judge([header], body: "v=0\r\n")) == "bob")
    #expect(user(judge([header], body: "v=1\r\n")) == nil)
    #expect(user(judge([header], body: "")) == nil)
  }

  @Test func theFormOfRFC2069() throws {
    var phone = Phone()
    var challenge = challenge(.md5)
    challenge.qop = []
    let header = try phone.answer(challenge).headerValue
    let outcome = judge([header])
    guard case .accepted(let identity) = outcome.verdict else {
      Issue.record("refused")
      return
    }
    #expect(identity.nonceCount == nil)
    #expect(judge([header], acceptsMissingQOP: false).verdict == .absent)
  }

  @Test func whatWasNotOfferedIsNotAccepted() throws {
    var phone = Phone()
    let header = try phone.answer(challenge(.md5)).headerValue
    #expect(judge([header], offering: [.sha256]).verdict == .absent)
    var session = challenge()
    session.variant = DigestVariant(.sha256, isSession: true)
    #expect(judge([try phone.answer(session).headerValue]).verdict == .absent)
    var unknown = try phone.answer(challenge()).headerValue
    unknown.replace("algorithm=SHA-256", with: "algorithm=SHA-3")
    #expect(judge([unknown]).verdict == .absent)
    #expect(judge([try phone.answer(challenge()).headerValue + ", userhash=true"]).verdict == .absent)
  }

  @Test func realmIsExact() throws {
    var phone = Phone()
    let header = try phone.answer(challenge()).headerValue
    for realm in ["IF.internal", "if.internal ", "if.interna", "if.internal."] {
      let other = header.replacing("realm=\"if.internal\"", with: "realm=\"\(realm)\"")
      #expect(judge([other]).verdict == .absent, "\(realm)")
      var candidates = DigestCandidates(realm: Self.realm)
      let isOurs = add(other, to: &candidates)
      #expect(!isOurs)
    }
  }

  /// No oracle: with a nonce that lets nobody in, right and wrong answers are one.
  @Test func staleNoncesTellNothing() throws {
    var right = Phone()
    var wrong = Phone(password: "guess")
    let stale = DigestOutcome(verdict: .stale, failedUsernames: [])
    for header in [try right.answer(challenge()).headerValue, try wrong.answer(challenge()).headerValue] {
      #expect(judge([header], at: 301) == stale)
      #expect(judge([header], source: IPAddress(v4: 1)) == stale)
    }
    let own = DigestChallenge(realm: Self.realm, nonce: "of-my-own")
    #expect(judge([try right.answer(own).headerValue]) == stale)
    #expect(judge([try wrong.answer(own).headerValue]) == stale)
  }

  @Test func nothingOrNothingOfOurs() {
    #expect(judge([]).verdict == .absent)
    #expect(judge(["Basic dXNlcjpwYXNz"]).verdict == .absent)
  }

  @Test func malformedIsSaid() throws {
    var phone = Phone()
    #expect(judge(["Digest realm=\"if.internal\""]).verdict == .malformed(.missing(.username)))
    // Beside one that holds it does no harm.
    let right = try phone.answer(challenge()).headerValue
    #expect(user(judge(["Digest realm=\"if.internal\"", right])) == "bob")
  }

  @Test func anyValidOneOfSeveralPasses() throws {
    var bob = Phone()
    var wrong = Phone(password: "old")
    let right = try bob.answer(challenge()).headerValue
    let old = try bob.answer(challenge(at: -1_000)).headerValue
    let elsewhere = right.replacing("realm=\"if.internal\"", with: "realm=\"elsewhere\"")
    let bad = try wrong.answer(challenge()).headerValue
    for headers in [
      [right], [old, right], [right, old], [elsewhere, right], [bad, right], [right, bad],
      [elsewhere, old, bad, right],
    ] {
      let outcome = judge(headers)
      #expect(user(outcome) == "bob")
      #expect(outcome.failedUsernames.isEmpty)
    }
    #expect(judge([bad, old]).verdict == .refused)
    #expect(judge([old, elsewhere]).verdict == .stale)
  }

  @Test func failuresAreCountedByAttempt() throws {
    var bob = Phone(password: "wrong")
    var alice = Phone(username: "alice", password: "wrong")
    let sha = try bob.answer(challenge(.sha256)).headerValue
    let md5 = try bob.answer(challenge(.md5)).headerValue
    let other = try alice.answer(challenge()).headerValue
    #expect(judge([sha, md5]) == refused(["bob"]))
    #expect(judge([sha, sha]) == refused(["bob", "bob"]))
    #expect(judge([sha, other]) == refused(["bob", "alice"]))
    #expect(judge([sha, md5, md5, other]) == refused(["bob", "bob", "alice"]))
  }

  /// Somebody with an account of his own tries a password of another's beside it: he gets in, and it counts.
  @Test func ownCredentialsBuyNoGuesses() throws {
    var guess = Phone(username: "alice", password: "guess")
    var own = Phone()
    let outcome = judge([try guess.answer(challenge()).headerValue, try own.answer(challenge()).headerValue])
    #expect(user(outcome) == "bob")
    #expect(outcome.failedUsernames == ["alice"])
  }

  @Test func noMoreThanTheLimit() throws {
    var wrong = Phone(password: "wrong")
    var right = Phone()
    let bad = try wrong.answer(challenge()).headerValue
    let good = try right.answer(challenge()).headerValue
    let full = Array(repeating: bad, count: DigestLimits.maxCredentials - 1)
    #expect(user(judge(full + [good])) == "bob")
    #expect(judge(full + [bad, good]) == refused(Array(repeating: "bob", count: DigestLimits.maxCredentials)))
    var candidates = DigestCandidates(realm: Self.realm)
    for _ in 0...DigestLimits.maxCredentials {
      let isOurs = add(bad, to: &candidates)
      #expect(isOurs)
    }
    #expect(candidates.credentials.count == DigestLimits.maxCredentials)
    #expect(candidates.fault == .tooManyCredentials)
  }

  private func refused(_ usernames: [String]) -> DigestOutcome {
    DigestOutcome(verdict: .refused, failedUsernames: usernames)
  }
}
