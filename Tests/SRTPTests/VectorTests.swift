import OpenSSLCrypto
import RTP
import SRTP
import Testing
import Wire

/// RFC 3711 appendix B and RFC 6188 §7: key streams and key derivation.
@Suite struct CounterModeVectorTests {
  /// RFC 3711 B.2, RFC 6188 §7.1: the first three blocks and those at 0xFEFF to 0xFF01.
  @Test(
    arguments: [
      (
        "2B7E151628AED2A6ABF7158809CF4F3C",
        "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0",
        "EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE 6A2CC3787889374FBEB4C81B17BA6C44"
      ),
      (
        "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
        "92bdd28a93c3f52511c677d08b5515a4 9da71b2378a854f67050756ded165bac 63c4868b7096d88421b563b8c94c9a31",
        "cea518c90fd91ced9cbb18c078a54711 3dbc4814f4da5f00a08772b63c6a046d 6eb246913062a16891433e97dd01a57f"
      ),
    ])
  func keyStream(_ key: String, _ first: String, _ last: String) {
    var stream = [UInt8](repeating: 0, count: 16 * 0xFF02)
    let count = stream.count
    var span = stream.mutableSpan
    AESCounterKey(bytes(key).span).apply(
      from: (0xF0F1_F2F3_F4F5_F6F7, 0xF8F9_FAFB_FCFD_0000), to: &span, in: 0..<count)
    #expect(Array(stream.prefix(48)) == bytes(first))
    #expect(Array(stream.suffix(48)) == bytes(last))
  }

  /// RFC 3711 B.3 with an authentication key of 94 bytes, RFC 6188 §7.2 with one of 20.
  @Test(
    arguments: [
      (
        SRTPSuite.aesCM128HMACSHA1Tag80, "E1F97A0D3E018BE0D64FA32C06DE4139", "0EC675AD498AFEEBB6960B3AABE6",
        "C61E7A93744F39EE10734AFE3FF7A087", "30CBBC08863D8C85D49DB34A9AE1",
        "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF7227098"
          + "6371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2"
      ),
      (
        SRTPSuite.aesCM256HMACSHA1Tag80, "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
        "3b04803de51ee7c96423ab5b78d2", "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
        "fa31791685ca444a9e07c6c64e93", "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"
      ),
    ])
  func keyDerivation(
    _ suite: SRTPSuite, _ key: String, _ salt: String, _ cipherKey: String, _ cipherSalt: String,
    _ authentication: String
  ) throws {
    let authentication = bytes(authentication)
    let master = try SRTPMasterKey(suite, bytes: (bytes(key) + bytes(salt)).span)
    let keys = SRTPSessionKeys(master, authenticationBytes: authentication.count)
    #expect([UInt8](copying: keys.rtp.key.span) == bytes(cipherKey))
    #expect([UInt8](copying: keys.rtp.salt.span) == bytes(cipherSalt))
    #expect([UInt8](copying: keys.rtp.authentication.span) == authentication)
    // The labels of RTCP give others.
    #expect([UInt8](copying: keys.rtcp.key.span) != bytes(cipherKey))
  }
}

/// RFC 7714 §16 and §17: packets under session keys.
@Suite struct GCMVectorTests {
  static let salt = "51756964 2070726f 2071756f"
  static let keys: [SRTPSuite: String] = [
    .aeadAES128GCM: "000102030405060708090a0b0c0d0e0f",
    .aeadAES256GCM: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
  ]

  static func sessionKeys(_ suite: SRTPSuite) -> SRTPSessionKeys {
    SRTPSessionKeys(
      key: SecretBytes(bytes(keys[suite] ?? "").span), authentication: SecretBytes(count: 0) { _ in },
      salt: SecretBytes(bytes(salt).span))
  }

  static let rtp =
    "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573"

  /// §16.1.1 and §16.1.2, §16.2.1 and §16.2.2.
  @Test(
    arguments: [
      (
        SRTPSuite.aeadAES128GCM,
        "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf"
          + "8833899d 7f27beb1 6a9152cf 765ee439 0cce"
      ),
      (
        SRTPSuite.aeadAES256GCM,
        "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799"
          + "b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13"
      ),
    ])
  func rtpPacket(_ suite: SRTPSuite, _ expected: String) throws {
    var sender = SRTPSender(try key(suite), sessionKeys: Self.sessionKeys(suite))
    #expect(try sender.protected(bytes(Self.rtp)) == bytes(expected))
    var receiver = SRTPReceiver(try key(suite), sessionKeys: Self.sessionKeys(suite))
    #expect(try receiver.unprotected(bytes(expected)) == bytes(Self.rtp))
  }

  /// §16.1.3 and §16.1.4, §16.2.3 and §16.2.4: everything authenticated, nothing encrypted.
  @Test(
    arguments: [
      (SRTPSuite.aeadAES128GCM, "22493f82 d2bce397 e9d79e3b 19aa4216"),
      (SRTPSuite.aeadAES256GCM, "a866d591 0f887463 067ceefe c45215d4"),
    ])
  func rtpTag(_ suite: SRTPSuite, _ tag: String) {
    let key = AESGCMKey(bytes(Self.keys[suite] ?? "").span)
    var packet = bytes(Self.rtp)
    let count = packet.count
    packet += [UInt8](repeating: 0, count: 16)
    var span = packet.mutableSpan
    let nonce: (UInt64, UInt32) = (0x5175_3c65_80c2_726f, 0x2071_8414)
    key.seal(&span, authenticating: 0..<count, encrypting: count..<count, nonce: nonce)
    #expect(Array(packet.suffix(16)) == bytes(tag))
    var again = packet.mutableSpan
    #expect(key.open(&again, authenticating: 0..<count, decrypting: count..<count, nonce: nonce))
  }

  static let rtcp =
    "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef"

  /// §17.1 to §17.4: index 0x5d4, encrypted and not.
  @Test(
    arguments: [
      (
        SRTPSuite.aeadAES128GCM, true,
        "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded"
          + "0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4"
      ),
      (
        SRTPSuite.aeadAES256GCM, true,
        "81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be 8415f658 c61de047"
          + "6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4"
      ),
      (SRTPSuite.aeadAES128GCM, false, Self.rtcp + "841dd968 3dd78ec9 2ae58790 125f62b3 000005d4"),
      (SRTPSuite.aeadAES256GCM, false, Self.rtcp + "91db4afb feee5a97 8fab4393 ed2615fe 000005d4"),
    ])
  func rtcpPacket(_ suite: SRTPSuite, _ encrypts: Bool, _ expected: String) throws {
    var sender = SRTPSender(try key(suite), sessionKeys: Self.sessionKeys(suite), encryptsRTCP: encrypts)
    try sender.skipRTCP(0x4d61_7273, to: 0x5d3)
    #expect(try sender.protectedRTCP(bytes(Self.rtcp)) == bytes(expected))
    var receiver = SRTPReceiver(try key(suite), sessionKeys: Self.sessionKeys(suite))
    #expect(try receiver.unprotectedRTCP(bytes(expected)) == bytes(Self.rtcp))
  }
}
