import DigestAuth
import SIPMessage
import Testing

/// Challenges and credentials as texts.
@Suite struct HeaderTests {
  static let minimal =
    "Digest username=\"bob\", realm=\"r\", nonce=\"n\", uri=\"sip:x\", response=\"0123456789abcdef0123456789abcdef\""

  @Test func readsCredentials() throws {
    let credentials = try DigestCredentials(
      Self.minimal + ", algorithm=SHA-256, cnonce=\"c\", qop=auth, nc=0000000A, opaque=\"o\", future=\"x\"")
    #expect(credentials.username == "bob")
    #expect(credentials.realm == "r")
    #expect(credentials.uri == "sip:x")
    #expect(credentials.variant == DigestVariant(.sha256))
    #expect(credentials.qop == .auth)
    #expect(credentials.nonceCount == 10)
    #expect(!credentials.isUsernameHashed)
  }

  @Test(arguments: [
    // The scheme and the names have no case; order and white space do not matter, and a fold is white space.
    "digest USERNAME=\"bob\", realm=\"r\", Nonce=\"n\", uri=\"sip:x\", response=\"0123456789abcdef0123456789abcdef\"",
    """
    Digest response="0123456789abcdef0123456789abcdef" ,uri = "sip:x",\r\n\tnonce="n",realm="r"  ,  username="bob"
    """,
    "  " + minimal + "  ",
    // Quotes or none, whatever the grammar says.
    "Digest username=bob, realm=r, nonce=n, uri=\"sip:x\", response=0123456789abcdef0123456789abcdef, algorithm=\"MD5\"",
    // A quoted pair stands for its character.
    "Digest username=\"b\\ob\", realm=\"\\r\", nonce=\"n\", uri=\"sip:x\", response=\"0123456789abcdef0123456789abcdef\"",
    "Digest username*=UTF-8'en'%62ob, realm=\"r\", nonce=\"n\", uri=\"sip:x\", "
      + "response=\"0123456789abcdef0123456789abcdef\"",
  ])
  func saysTheSame(_ text: String) throws {
    #expect(try DigestCredentials(text) == DigestCredentials(Self.minimal))
  }

  static func with(_ addition: String) -> String { minimal + addition }
  static func without(_ part: String) -> String { minimal.replacing(part, with: "") }
  static func named(_ name: String) -> String { minimal.replacing("username=\"bob\"", with: name) }

  static let malformed: [(String, DigestError)] = [
    ("Basic dXNlcg==", DigestError.otherScheme),
    ("", .otherScheme),
    ("Digestive username=\"bob\"", .otherScheme),
    (without("username=\"bob\", "), .missing(.username)),
    (without("realm=\"r\", "), .missing(.realm)),
    (without("nonce=\"n\", "), .missing(.nonce)),
    (without("uri=\"sip:x\", "), .missing(.uri)),
    (without(", response=\"0123456789abcdef0123456789abcdef\""), .missing(.response)),
    (with(", username=\"eve\""), .duplicate(.username)),
    (with(", Realm=\"eve\""), .duplicate(.realm)),
    (with(", username*=UTF-8''eve"), .duplicate(.username)),
    (named("username*=UTF-8''eve, username=bob"), .duplicate(.username)),
    (with(", algorithm=MD5, algorithm=SHA-256"), .duplicate(.algorithm)),
    (with(", qop=auth"), .missing(.clientNonce)),
    (with(", qop=auth, cnonce=\"c\""), .missing(.nonceCount)),
    (with(", qop=auth, cnonce=\"c\", nc=1"), .invalid(.nonceCount)),
    (with(", qop=auth, cnonce=\"c\", nc=000000001"), .invalid(.nonceCount)),
    (with(", qop=auth, cnonce=\"c\", nc=0000000g"), .invalid(.nonceCount)),
    (with(", qop=auth-conf, cnonce=\"c\", nc=00000001"), .invalid(.qop)),
    (with(", opaque"), .invalid(.opaque)),
    (named("username*=ISO-8859-1''bob"), .invalid(.extendedUsername)),
    (named("username*=UTF-8''%ff"), .invalid(.extendedUsername)),
    (named("username*=UTF-8''%0a"), .invalid(.extendedUsername)),
    (named("username*=UTF-8''%4"), .invalid(.extendedUsername)),
    (named("username*=UTF-8bob"), .invalid(.extendedUsername)),
    ("Digest", .syntax(SIPParseError(.unexpectedEnd, at: 6))),
    ("Digest ", .syntax(SIPParseError(.unexpectedEnd, at: 7))),
    (with(","), .syntax(SIPParseError(.unexpectedEnd, at: 102))),
    (with(",,a=b"), .syntax(SIPParseError(.malformedParameter, at: 102))),
    (with(" a=b"), .syntax(SIPParseError(.trailingBytes, at: 102))),
    // Two on one line: SIP wants a line for each (RFC 3261 §7.3.1).
    (with(", Digest realm=\"r\""), .syntax(SIPParseError(.trailingBytes, at: 110))),
    ("Digest username=\"bob", .syntax(SIPParseError(.unterminatedQuotedString, at: 16))),
  ]

  @Test(arguments: malformed)
  func refuses(_ text: String, _ expected: DigestError) {
    #expect(throws: expected) { try DigestCredentials(text) }
  }

  @Test func refusesWhatIsNotUTF8() {
    var text = bytes(Self.minimal)
    text[17] = 0xFF  // the o of bob
    #expect(throws: DigestError.invalidText) { try DigestCredentials(parsing: text.span) }
  }

  @Test func limitOfLength() throws {
    let room = DigestLimits.maxValueBytes - Self.minimal.utf8.count - ", x=".utf8.count
    _ = try DigestCredentials(Self.minimal + ", x=" + String(repeating: "a", count: room))
    #expect(throws: DigestError.tooLong) {
      try DigestCredentials(Self.minimal + ", x=" + String(repeating: "a", count: room + 1))
    }
  }

  @Test func limitOfParameters() throws {
    let others = (0..<DigestLimits.maxParameters - 5).map { ", p\($0)=1" }.joined()
    _ = try DigestCredentials(Self.minimal + others)
    #expect(throws: DigestError.tooManyParameters) { try DigestCredentials(Self.minimal + others + ", one=more") }
  }

  @Test(arguments: [
    minimal,
    minimal + ", algorithm=SHA-512-256-sess, cnonce=\"c\", qop=auth-int, nc=FFFFFFFF, opaque=\"\", userhash=true",
    minimal.replacing("bob", with: "b\\\"o\\\\b\u{e9}"),
    minimal + ", algorithm=SHA-3",
    minimal.replacing("sip:x", with: ""),
  ])
  func survivesWriting(_ text: String) throws {
    let first = try DigestCredentials(text)
    let second = try DigestCredentials(first.headerValue)
    #expect(first == second)
    #expect(first.headerValue == second.headerValue)
  }

  /// Found by fuzzing: the count was dropped on writing, and the two were no longer equal.
  @Test func aCountWithoutQOPMeansNothing() throws {
    let credentials = try DigestCredentials(Self.minimal + ", nc=00000001")
    #expect(credentials.nonceCount == nil)
    #expect(try DigestCredentials(credentials.headerValue) == credentials)
    #expect(try credentials == DigestCredentials(Self.minimal))
  }

  @Test func unequalWhereAnythingDiffers() throws {
    let one = try DigestCredentials(Self.minimal)
    for (old, new) in [("bob", "bo"), ("\"r\"", "\"\""), ("\"n\"", "\"m\""), ("sip:x", "sip:y"), ("0123", "1123")] {
      #expect(try DigestCredentials(Self.minimal.replacing(old, with: new)) != one)
    }
    for extra in ["algorithm=SHA-256", "algorithm=x", "userhash=true", "opaque=\"\"", "cnonce=\"\""] {
      #expect(try DigestCredentials(Self.minimal + ", " + extra) != one)
    }
  }

  // MARK: Challenges

  @Test func writesChallenges() {
    let verifier = DigestVerifier(realm: "if.internal", algorithms: [.sha256, .md5, .sha256])
    #expect(
      verifier.challenges(nonce: "abc") == [
        "Digest realm=\"if.internal\", nonce=\"abc\", qop=\"auth\", algorithm=SHA-256",
        "Digest realm=\"if.internal\", nonce=\"abc\", qop=\"auth\", algorithm=MD5",
      ])
    #expect(
      verifier.challenges(nonce: "abc", isStale: true)[1]
        == "Digest realm=\"if.internal\", nonce=\"abc\", qop=\"auth\", algorithm=MD5, stale=true")
  }

  @Test func readsChallenges() throws {
    let challenge = try DigestChallenge(
      "Digest realm=\"a \\\"b\\\"\", domain=\"sip:x\", nonce=\"n\", opaque=\"\", STALE=TRUE, algorithm=sha-256, "
        + "qop=\"future, auth-int ,auth\", charset=UTF-8")
    #expect(
      challenge
        == DigestChallenge(
          realm: "a \"b\"", nonce: "n", variant: DigestVariant(.sha256), qop: [.authInt, .auth], opaque: "",
          isStale: true))
    #expect(try DigestChallenge(challenge.headerValue) == challenge)
  }

  @Test(arguments: [
    ("Digest nonce=\"n\"", DigestError.missing(.realm)),
    ("Digest realm=\"r\"", .missing(.nonce)),
    ("Digest realm=\"r\", nonce=\"n\", qop=\"future\"", .nothingSupported),
    ("Digest realm=\"r\", nonce=\"n\", nonce=\"m\"", .duplicate(.nonce)),
    ("NTLM realm=\"r\"", .otherScheme),
  ])
  func refusesChallenges(_ text: String, _ expected: DigestError) {
    #expect(throws: expected) { try DigestChallenge(text) }
  }

  @Test func clientTakesTheFirstItKnows() throws {
    let challenges = try ["SHA-3", "SHA-256", "MD5"].map {
      try DigestChallenge("Digest realm=r, nonce=n, algorithm=\($0)")
    }
    #expect(DigestClient.preferred(challenges)?.variant == DigestVariant(.sha256))
    #expect(DigestClient.preferred([challenges[0]]) == nil)
    var phone = Phone()
    #expect(throws: DigestError.nothingSupported) { try phone.answer(challenges[0]) }
  }

  @Test func clientPrefersAuth() throws {
    var phone = Phone()
    let both = DigestChallenge(realm: "r", nonce: "n", qop: [.authInt, .auth])
    #expect(try phone.answer(both).qop == .auth)
    let bodyOnly = DigestChallenge(realm: "r", nonce: "n", qop: [.authInt])
    #expect(try phone.answer(bodyOnly).qop == .authInt)
    let old = DigestChallenge(realm: "r", nonce: "n", qop: [])
    let answer = try phone.answer(old)
    #expect(answer.qop == nil && answer.nonceCount == nil)
    #expect(!answer.headerValue.contains("cnonce"))
  }

  // MARK: Secrets

  @Test func nothingSecretIsDescribed() throws {
    let credentials = try DigestCredentials(Self.minimal)
    let ha1 = HA1(.sha256, username: "bob", realm: "r", password: "hunter2")
    var dumped = ""
    dump(credentials, to: &dumped)
    dump(ha1, to: &dumped)
    let shown = "\(credentials) \(String(reflecting: credentials)) \(ha1) \(String(reflecting: ha1)) \(dumped)"
    for secret in ["0123456789abcdef", "bob", "hunter2", String(ha1.storedHex.prefix(8))] {
      #expect(!shown.contains(secret))
    }
    #expect(shown.contains("MD5") && shown.contains("SHA-256"))
  }

  @Test func storedForm() throws {
    let ha1 = HA1(.md5, username: "Mufasa", realm: "testrealm@host.com", password: "Circle Of Life")
    #expect(ha1.storedHex == "939e7578ed9e3c518a452acee763bce9")
    #expect(HA1(.md5, storedHex: "939E7578ED9E3C518A452ACEE763BCE9") == ha1)
    #expect(HA1(.sha256, storedHex: ha1.storedHex) == nil)
    #expect(HA1(.md5, storedHex: "939e7578ed9e3c518a452acee763bce") == nil)
    #expect(HA1(.md5, storedHex: "939e7578ed9e3c518a452acee763bceg") == nil)
    #expect(ha1 != HA1(.md5, username: "mufasa", realm: "testrealm@host.com", password: "Circle Of Life"))
  }

  @Test(arguments: [
    ("MD5", DigestHash.md5), ("sha-256", .sha256), ("SHA-512-256", .sha512_256), ("MD5-sess", nil), ("SHA1", nil),
  ])
  func namesOfHashes(_ name: String, _ hash: DigestHash?) {
    #expect(DigestHash(name: name) == hash)
  }
}
