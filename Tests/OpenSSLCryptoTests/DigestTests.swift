import OpenSSLCrypto
import Testing
import Wire

@Suite struct DigestTests {
  private static let abc = "abc"
  private static let twoBlocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

  /// RFC 1321 appendix A.5, FIPS 180-4's examples, and the empty message.
  @Test(
    arguments: [
      (.md5, "", "d41d8cd98f00b204e9800998ecf8427e"), (.md5, "a", "0cc175b9c0f1b6a831c399e269772661"),
      (.md5, "abc", "900150983cd24fb0d6963f7d28e17f72"), (.md5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
      (.md5, "abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
      (.sha1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
      (.sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
      (.sha1, twoBlocks, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
      (.sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      (.sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (.sha256, twoBlocks, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
      (.sha512_256, "", "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a"),
      (.sha512_256, "abc", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"),
      (
        .sha512, "abc",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
          + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
      ),
    ] as [(DigestAlgorithm, String, String)])
  func matchesPublishedVectors(_ algorithm: DigestAlgorithm, _ text: String, _ expected: String) {
    let bytes = Array(text.utf8)
    #expect(algorithm.isAvailable)
    #expect(Hex.encode(Digest.hash(algorithm, bytes)) == expected)
    #expect(expected.count == algorithm.byteCount * 2)
    var context = DigestContext(algorithm)
    for byte in bytes { context.update(byte: byte) }
    #expect(Hex.encode(context.finalize()) == expected)
    context.update(text)
    #expect(Hex.encode(context.finalize()) == expected)
  }

  @Test func hashesAMillionBytes() {
    // FIPS 180-4's long message, in pieces of every length from 0 on.
    var hash = SHA256()
    var left = 1_000_000
    let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 1500)
    var length = 0
    while left > 0 {
      let count = min(length, left)
      hash.update(piece.span.extracting(0..<count))
      left -= count
      length = (length + 1) % 1500
    }
    #expect(hash.finalize().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func isReadyForTheNextDigestAfterEach() {
    var context = DigestContext(.md5)
    var digests: [UInt8] = []
    for _ in 0..<3 {
      context.update("abc")
      context.finalize(into: &digests)
    }
    #expect(Hex.encode(digests) == String(repeating: "900150983cd24fb0d6963f7d28e17f72", count: 3))
  }

  @Test func keepsTheStateWhenFinalized() {
    var hash = SHA256()
    hash.update(Array("ab".utf8).span)
    let copy = hash
    let early = hash.finalize()
    hash.update(Array("c".utf8).span)
    #expect(hash.finalize().hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(copy.finalize() == early)
    #expect(early == SHA256.hash(Array("ab".utf8).span))
  }

  @Test func givesItsBytes() {
    let digest = SHA256.hash(Array("abc".utf8).span)
    #expect(digest.array == Digest.hash(.sha256, Array("abc".utf8)))
    #expect(digest.prefix64 == 0xba78_16bf_8f01_cfea)
    #expect(Digest32(digest.array.span) == digest)
    #expect(Digest32(digest.array.span.extracting(0..<31)) == nil)
    var changed = digest.array
    changed[31] ^= 1
    let other = Digest32(changed.span)
    #expect(other != nil && other != digest)
    #expect(Set([digest, digest]).count == 1)
  }
}

@Suite struct HMACTests {
  private func mac(_ key: [UInt8], _ message: [UInt8]) -> String {
    HMACKey(key.span).authenticate(message.span).hex
  }

  /// RFC 4231 §4, the cases of SHA-256 (case 5 is a truncation and appears as its first half).
  @Test func matchesRFC4231() {
    #expect(
      mac([UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8))
        == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    #expect(
      mac(Array("Jefe".utf8), Array("what do ya want for nothing?".utf8))
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    #expect(
      mac([UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50))
        == "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe")
    #expect(
      mac((1...25).map { UInt8($0) }, [UInt8](repeating: 0xcd, count: 50))
        == "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b")
    #expect(
      mac([UInt8](repeating: 0x0c, count: 20), Array("Test With Truncation".utf8))
        .hasPrefix("a3b6167473100ee06e0c796c2955552b"))
    #expect(
      mac([UInt8](repeating: 0xaa, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8))
        == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    let long =
      "This is a test using a larger than block-size key and a larger than block-size data. The key needs"
      + " to be hashed before being used by the HMAC algorithm."
    #expect(
      mac([UInt8](repeating: 0xaa, count: 131), Array(long.utf8))
        == "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2")
  }

  @Test func agreesWithTheDefinitionForEveryKeyLength() {
    // RFC 2104 §2: H(K xor opad, H(K xor ipad, text)).
    var random = SystemRandomNumberGenerator()
    for length in 0...140 {
      let key = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      let message = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
      var block = length > 64 ? Digest.hash(.sha256, key) : key
      block += [UInt8](repeating: 0, count: 64 - block.count)
      let inner = Digest.hash(.sha256, block.map { $0 ^ 0x36 } + message)
      let outer = Digest.hash(.sha256, block.map { $0 ^ 0x5c } + inner)
      #expect(HMACKey(key.span).authenticate(message.span).array == outer)
      #expect(HMACKey(SecretBytes(key.span)).authenticate(message.span).array == outer)
    }
  }

  @Test func authenticatesParts() {
    let key = HMACKey(Array("key".utf8).span)
    let whole = key.authenticate(Array("abcdef".utf8).span)
    #expect(key.authenticate(Array("abc".utf8).span, Array("def".utf8).span) == whole)
    var state = key.begin()
    for byte in "abcdef".utf8 { state.update(byte: byte) }
    #expect(key.finish(state) == whole)
  }

  @Test func checksMACsOfTheRightLengthOnly() {
    let key = HMACKey(Array("key".utf8).span)
    let message = Array("message".utf8)
    let mac = key.authenticate(message.span).array
    func isValid(_ mac: [UInt8]) -> Bool { key.isValid(mac.span, for: message.span) }
    #expect(isValid(mac))
    #expect(!isValid(Array(mac[..<31])))
    #expect(!isValid(mac + [0]))
    #expect(!isValid([]))
    for index in 0..<32 {
      var other = mac
      other[index] ^= 0x80
      #expect(!isValid(other))
    }
  }

  @Test func servesSeveralThreadsAtOnce() async {
    let key = SharedKey()
    let expected = key.key.authenticate([1, 2, 3].span)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask { (0..<500).allSatisfy { _ in key.key.authenticate([1, 2, 3].span) == expected } }
      }
      for await isRight in group { #expect(isRight) }
    }
  }

  private final class SharedKey: Sendable {
    let key = HMACKey(Array("shared".utf8).span)
  }
}
