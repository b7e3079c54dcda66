import Admissions
import H225
import OpenSSLCrypto
import PER
import Testing
import Wire

@Suite struct AdmissionTokenTests {
  /// Made by another implementation of Ed25519 and of RFC 8785, with the seed of 32 nines.
  static let vector =
    #"{"bandwidth_bps":128000,"call_identifier":"00000000000000010000000000000002","call_type":"ESCALATE","has_pii":false,"#
    + #""signature":"ApGIPyUUt3QvahbvtNDoltKQhZKljbf0d9eYog3pGbOgrjhzTYvDfpTz92yLV1ke1lpZgxKYcAqaYhF+HgnCCg==","#
    + #""terminal_id":"if://guardian/technical","timestamp":"2026-01-01T00:00:00.000000Z","v":1}"#
  static let key = "ed25519:/RckOFqgx1tk+3jNYC+h2ZH96/drE8WO1wLqyDXp9hg="

  static let token = AdmissionToken(
    terminalID: "if://guardian/technical", callIdentifier: GloballyUniqueID(high: 1, low: 2),
    bandwidthBitsPerSecond: 128_000, timestamp: UTCTimestamp(seconds: 1_767_225_600))

  @Test func aTokenOfAnotherImplementation() throws {
    let signed = try SignedAdmissionToken(parsing: Array(Self.vector.utf8))
    #expect(signed.token == Self.token)
    #expect(signed.isSigned(by: try Ed25519PublicKey(text: Self.key)))
    let seed = [UInt8](repeating: 9, count: 32)
    let own = Self.token.signed(by: try Ed25519PrivateKey(seed: seed.span))
    #expect(own.nonStandard?.data == Array(Self.vector.utf8))
  }

  @Test(arguments: [
    ("128000", "128001"), ("ESCALATE", "ESCALATF"), ("false", "true"), ("technical", "ethics"),
    ("0002\"", "0003\""), ("00.000000Z", "01.000000Z"),
  ])
  func everyMemberIsSigned(_ change: (from: String, to: String)) throws {
    let signed = try SignedAdmissionToken(parsing: Array(replaced(change.from, change.to).utf8))
    #expect(!signed.isSigned(by: try Ed25519PublicKey(text: Self.key)))
  }

  @Test(arguments: [
    ("{", " {", SignedAdmissionToken.Fault.notCanonical),
    ("\"v\":1}", "\"v\":1,\"w\":1}", .unknownMember),
    ("\"v\":1", "\"v\":2", .version),
    (",\"v\":1", "", .version),
    ("128000", "\"128000\"", .member("bandwidth_bps")),
    ("128000", "-1", .member("bandwidth_bps")),
    ("false", "0", .member("has_pii")),
    ("false", "{}", .malformed),
    ("false", "[[]]", .malformed),
    ("2026-01-01T", "2026-13-01T", .member("timestamp")),
    ("00000000000000010000000000000002", "1", .member("call_identifier")),
    ("\"ESCALATE\"", "\"\"", .member("call_type")),
    ("ESCALATE", String(repeating: "E", count: 33), .member("call_type")),
    ("ApGI", "!pGI", .member("signature")),
    ("ESCALATE", "\\ud800", .malformed),
    ("\"v\":1}", "\"v\":1", .malformed),
  ])
  func whatIsNoToken(_ from: String, _ to: String, _ fault: SignedAdmissionToken.Fault) {
    #expect(throws: fault) { try SignedAdmissionToken(parsing: Array(replaced(from, to).utf8)) }
  }

  @Test func aTokenHasALength() throws {
    func text(_ count: Int) -> [UInt8] {
      Array(replaced("if://guardian/technical", String(repeating: "a", count: count)).utf8)
    }
    let fixed = text(0).count
    #expect(throws: SignedAdmissionToken.Fault.malformed) { try SignedAdmissionToken(parsing: text(513)) }
    #expect(try SignedAdmissionToken(parsing: text(512)).token.terminalID.utf8.count == 512)
    #expect(fixed + 512 < AdmissionToken.maxBytes)
    let tooLong = [UInt8](repeating: UInt8(ascii: " "), count: AdmissionToken.maxBytes + 1)
    #expect(throws: SignedAdmissionToken.Fault.malformed) { try SignedAdmissionToken(parsing: tooLong) }
  }

  @Test(arguments: [(-300.0, true), (300, true), (-300.001, false), (300.001, false)])
  func aTokenIsFreshForFiveMinutes(_ seconds: Double, _ isFresh: Bool) throws {
    let signed = try SignedAdmissionToken(parsing: Array(Self.vector.utf8))
    #expect(signed.isFresh(at: Self.token.timestamp + .seconds(seconds)) == isFresh)
  }

  @Test func theTokenIsFoundAmongOthers() throws {
    let other = try #require(ObjectIdentifier(arcs: [1, 3, 6, 1, 4, 1, 99]))
    func clear(_ identifier: ObjectIdentifier, _ data: String) -> ClearToken {
      var token = ClearToken(tokenOID: identifier)
      token.nonStandard = H235NonStandardParameter(nonStandardIdentifier: identifier, data: Array(data.utf8))
      return token
    }
    let ours = CouncilData.identifier
    #expect(SignedAdmissionToken.find(in: nil) == nil)
    #expect(SignedAdmissionToken.find(in: [ClearToken(tokenOID: ours), clear(other, "{}")]) == nil)
    let found = try SignedAdmissionToken.find(in: [clear(other, "{}"), clear(other, Self.vector)])?.get()
    #expect(found?.token == Self.token)
    // What stands under our identifier is the token, right or wrong.
    #expect(throws: SignedAdmissionToken.Fault.malformed) {
      try SignedAdmissionToken.find(in: [clear(other, Self.vector), clear(ours, "nothing")])?.get()
    }
  }

  @Test func numbersForTimes() throws {
    let signed = try SignedAdmissionToken(
      parsing: Array(replaced("\"2026-01-01T00:00:00.000000Z\"", "1767225600").utf8))
    #expect(signed.token.timestamp == Self.token.timestamp)
  }

  private func replaced(_ from: String, _ to: String) -> String {
    guard let range = Self.vector.firstRange(of: from) else { return "" }
    return Self.vector.replacingCharacters(in: range, with: to)
  }
}

extension String {
  fileprivate func firstRange(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<(index(start, offsetBy: text.count)) }
      start = index(after: start)
    }
    return nil
  }

  fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
    String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
  }
}

@Suite struct CouncilDataTests {
  @Test func theObjectIdentifier() {
    #expect(CouncilData.identifier.description == "1.3.6.1.4.1.32473.9")
  }

  @Test(arguments: [
    ("trace-1", true), (String(repeating: "t", count: 64), true), (String(repeating: "t", count: 65), false),
    ("", false),
    ("a b", false), ("a\n", false),
  ])
  func traceIDs(_ text: String, isTraceID: Bool) {
    let read = CouncilData.traceID(in: CouncilData.traceID(text))
    #expect(read == (isTraceID ? text : nil))
  }

  @Test func otherData() throws {
    var parameter = CouncilData.traceID("trace")
    parameter.nonStandardIdentifier = .object(ProtocolIdentifier.ours)
    #expect(CouncilData.traceID(in: parameter) == nil && CouncilData.traceID(in: nil) == nil)
  }

  @Test func identifiersOfCalls() {
    let identifier = GloballyUniqueID(high: 0x0011_2233_4455_6677, low: 0x8899_AABB_CCDD_EEFF)
    #expect(identifier.hex == "00112233445566778899aabbccddeeff")
    #expect(GloballyUniqueID(text: identifier.hex) == identifier)
    #expect(GloballyUniqueID(text: "00112233-4455-6677-8899-AABBCCDDEEFF") == identifier)
    #expect(GloballyUniqueID(text: "00112233-4455-6677-8899-AABBCCDDEEF") == nil)
    #expect(GloballyUniqueID(text: "001122334455-6677-8899-AABB-CCDDEEFF") == nil)
    #expect(GloballyUniqueID(text: "g0112233445566778899aabbccddeeff") == nil)
  }
}

@Suite struct H2351PasswordTests {
  @Test func sealedAndKnownAgain() throws {
    let message = RasMessage.disengageConfirm(DisengageConfirm(requestSeqNum: 5))
    let password = H2351Password("guardians")
    let sealed = try #require(
      password.seal(
        message, sendersID: "gk", generalID: "ep", time: UTCTimestamp(seconds: 1_767_225_600), random: 1,
        placeholder: [UInt8](100..<112)))
    let token = try #require(H2351.hashedToken(in: try RasMessage(decoding: sealed).cryptoTokens))
    #expect(token.hashedVals.sendersID == "gk" && token.hashedVals.generalID == "ep")
    func isAuthentic(_ password: H2351Password) -> Bool { password.isAuthentic(sealed.span, token: token) }
    #expect(isAuthentic(password) && !isAuthentic(H2351Password("guardian")))
  }
}
