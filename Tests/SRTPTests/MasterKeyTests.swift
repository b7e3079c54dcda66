import OpenSSLCrypto
import RTP
import SRTP
import Testing
import Wire

@Suite struct MasterKeyTests {
  @Test(arguments: SRTPSuite.allCases)
  func takesTheSuitesBytesOnly(_ suite: SRTPSuite) throws {
    #expect([UInt8](copying: try key(suite).bytes.span) == (1...suite.masterBytes).map { UInt8($0) })
    for count in [0, suite.masterBytes - 1, suite.masterBytes + 1] {
      let bytes = [UInt8](repeating: 1, count: count)
      #expect(throws: SRTPKeyError.byteCount(count)) { try SRTPMasterKey(suite, bytes: bytes.span) }
    }
  }

  @Test func hasLimits() throws {
    let suite = SRTPSuite.aesCM128HMACSHA1Tag80
    let longest = [UInt8](repeating: 1, count: SRTPLimits.maxMKIBytes)
    #expect(try key(suite, identifier: longest).identifier == longest)
    #expect(throws: SRTPKeyError.identifier) { try key(suite, identifier: longest + [1]) }
    #expect(try key(suite, lifetime: 1 << 48).lifetime == 1 << 48)
    #expect(throws: SRTPKeyError.lifetime) { try key(suite, lifetime: 1 << 48 + 1) }
    #expect(throws: SRTPKeyError.lifetime) { try key(suite, lifetime: 0) }
  }

  /// RFC 5764 §4.2: client key, server key, client salt, server salt.
  @Test(arguments: SRTPSuite.allCases)
  func comesFromDTLS(_ suite: SRTPSuite) throws {
    let keys = suite.keyBytes
    let salts = suite.saltBytes
    let material =
      [UInt8](repeating: 0xC1, count: keys) + [UInt8](repeating: 0x51, count: keys)
      + [UInt8](repeating: 0xC2, count: salts) + [UInt8](repeating: 0x52, count: salts)
    let client = try SRTPMasterKey(suite, dtlsExportedKeyingMaterial: material.span, of: .client)
    let server = try SRTPMasterKey(suite, dtlsExportedKeyingMaterial: material.span, of: .server)
    #expect(
      [UInt8](copying: client.bytes.span)
        == [UInt8](repeating: 0xC1, count: keys) + [UInt8](repeating: 0xC2, count: salts))
    #expect(
      [UInt8](copying: server.bytes.span)
        == [UInt8](repeating: 0x51, count: keys) + [UInt8](repeating: 0x52, count: salts))
    let short = Array(material.dropLast())
    #expect(throws: SRTPKeyError.byteCount(short.count)) {
      try SRTPMasterKey(suite, dtlsExportedKeyingMaterial: short.span, of: .client)
    }
  }

  @Test func showsNobodyWhatItHolds() throws {
    let key = try key(.aeadAES256GCM)
    var dumped = ""
    dump(key, to: &dumped)
    for text in ["\(key)", String(reflecting: key), dumped] {
      #expect(text.contains("AEAD_AES_256_GCM"))
      #expect(!text.contains("44") && !text.contains("secret") && !text.contains("["))
    }
  }

  @Test func isRandomWhenAsked() {
    let first = SRTPMasterKey.random(.aeadAES128GCM)
    #expect(first.bytes.count == 28)
    #expect([UInt8](copying: first.bytes.span) != [UInt8](copying: SRTPMasterKey.random(.aeadAES128GCM).bytes.span))
  }
}

@Suite struct SuiteTests {
  /// Sizes of RFC 4568 §6.2, RFC 6188 §5, RFC 7714 §12; numbers of RFC 5764 §4.1.2 and RFC 7714 §14.2.
  @Test(
    arguments: [
      (.aesCM128HMACSHA1Tag80, "AES_CM_128_HMAC_SHA1_80", 16, 14, 10, 10, 0x0001),
      (.aesCM128HMACSHA1Tag32, "AES_CM_128_HMAC_SHA1_32", 16, 14, 4, 10, 0x0002),
      (.aesCM256HMACSHA1Tag80, "AES_256_CM_HMAC_SHA1_80", 32, 14, 10, 10, nil),
      (.aesCM256HMACSHA1Tag32, "AES_256_CM_HMAC_SHA1_32", 32, 14, 4, 10, nil),
      (.aeadAES128GCM, "AEAD_AES_128_GCM", 16, 12, 16, 16, 0x0007),
      (.aeadAES256GCM, "AEAD_AES_256_GCM", 32, 12, 16, 16, 0x0008),
    ] as [(SRTPSuite, String, Int, Int, Int, Int, UInt16?)])
  func isTheStandards(
    _ suite: SRTPSuite, _ name: String, _ key: Int, _ salt: Int, _ tag: Int, _ rtcpTag: Int, _ profile: UInt16?
  ) {
    #expect(suite.name == name)
    #expect(SRTPSuite(name: name) == suite)
    #expect((suite.keyBytes, suite.saltBytes) == (key, salt))
    #expect((suite.rtpTagBytes, suite.rtcpTagBytes) == (tag, rtcpTag))
    #expect(suite.dtlsProfile == profile)
    if let profile { #expect(SRTPSuite(dtlsProfile: profile) == suite) }
  }

  /// NULL cipher and NULL authentication are not offered: RFC 4568 has no name for them, RFC 5764 has numbers.
  @Test func doesNotOfferNull() {
    #expect(SRTPSuite(dtlsProfile: 0x0005) == nil)
    #expect(SRTPSuite(dtlsProfile: 0x0006) == nil)
    #expect(SRTPSuite(name: "F8_128_HMAC_SHA1_80") == nil)
    #expect(SRTPSuite(name: "aes_cm_128_hmac_sha1_80") == nil)
  }
}
