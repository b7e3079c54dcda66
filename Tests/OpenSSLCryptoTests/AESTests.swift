import OpenSSLCrypto
import Testing
import Wire

private func bytes(_ hex: String) -> [UInt8] { (try? Hex.decode(hex)) ?? [] }

@Suite struct HMACSHA1Tests {
  private func mac(_ key: [UInt8], _ message: [UInt8]) -> String {
    let mac = HMACSHA1Key(key.span).authenticate(message.span)
    return Hex.encode(mac.span)
  }

  /// RFC 2202 §3.
  @Test(
    arguments: [
      ([UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8), "b617318655057264e28bc0b6fb378c8ef146be00"),
      (Array("Jefe".utf8), Array("what do ya want for nothing?".utf8), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
      (
        [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
        "125d7342b9ac11cd91a39af48aa17b4f63f175d3"
      ),
      (Array(1...25), [UInt8](repeating: 0xcd, count: 50), "4c9007f4026250c6bc8414f9bf50c86c2d7235da"),
      (
        [UInt8](repeating: 0x0c, count: 20), Array("Test With Truncation".utf8),
        "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"
      ),
      (
        [UInt8](repeating: 0xaa, count: 80), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
        "aa4ae5e15272d00e95705637ce8a3b55ed402112"
      ),
      (
        [UInt8](repeating: 0xaa, count: 80),
        Array("Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data".utf8),
        "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"
      ),
    ] as [([UInt8], [UInt8], String)])
  func matchesRFC2202(_ key: [UInt8], _ message: [UInt8], _ expected: String) {
    #expect(mac(key, message) == expected)
  }

  @Test func agreesWithTheDefinitionForEveryKeyLength() {
    // RFC 2104 §2: H(K xor opad, H(K xor ipad, text)).
    for length in 0...140 {
      let key = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) }
      let message = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
      var block = length > 64 ? Digest.hash(.sha1, key) : key
      block += [UInt8](repeating: 0, count: 64 - block.count)
      let inner = Digest.hash(.sha1, block.map { $0 ^ 0x36 } + message)
      #expect(mac(key, message) == Hex.encode(Digest.hash(.sha1, block.map { $0 ^ 0x5c } + inner)))
    }
  }

  @Test func authenticatesParts() {
    let key = HMACSHA1Key(Array("key".utf8).span)
    let whole = key.authenticate(Array("abcdef".utf8).span)
    let parts = key.authenticate(Array("abc".utf8).span, Array("def".utf8).span)
    #expect(Hex.encode(whole.span) == Hex.encode(parts.span))
  }
}

@Suite struct AESCounterTests {
  private func apply(_ key: [UInt8], _ counter: [UInt8], _ text: [UInt8], at start: Int = 0) -> [UInt8] {
    var text = text
    let high = counter.span.bigEndianUInt64(at: 0)
    let low = counter.span.bigEndianUInt64(at: 8)
    let count = text.count
    var span = text.mutableSpan
    AESCounterKey(key.span).apply(from: (high, low), to: &span, in: start..<count)
    return text
  }

  /// NIST SP 800-38A, F.5.1 and F.5.5.
  @Test(
    arguments: [
      (
        "2b7e151628aed2a6abf7158809cf4f3c",
        "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff5ae4df3edbd5d35e5b4f09020db03eab"
          + "1e031dda2fbe03d1792170a0f3009cee"
      ),
      (
        "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
        "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c52b0930daa23de94ce87017ba2d84988d"
          + "dfc9c58db67aada613c2dd08457941a6"
      ),
    ])
  func matchesSP80038A(_ key: String, _ expected: String) {
    let text = bytes(
      "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52ef"
        + "f69f2445df4f9b17ad2b417be66c3710")
    let counter = bytes("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
    #expect(Hex.encode(apply(bytes(key), counter, text)) == expected)
  }

  @Test func touchesItsRangeOnlyAndIsItsOwnInverse() {
    let key = [UInt8](0..<16)
    let counter = [UInt8](repeating: 1, count: 16)
    // Around the borders of words, blocks and of what is encrypted at once.
    for count in [0, 1, 7, 8, 9, 15, 16, 17, 160, 511, 512, 513, 1500] {
      let text = (0..<(12 + count)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let encrypted = apply(key, counter, text, at: 12)
      #expect(encrypted.prefix(12) == text.prefix(12))
      // A key stream does not depend on how much of it is wanted.
      let long = apply(key, counter, [UInt8](repeating: 0, count: 2000))
      #expect(Array(encrypted.dropFirst(12)) == zip(text.dropFirst(12), long).map { $0 ^ $1 })
      #expect(apply(key, counter, encrypted, at: 12) == text)
    }
  }
}

@Suite struct AESGCMTests {
  private func seal(_ key: [UInt8], _ nonce: [UInt8], _ authenticated: [UInt8], _ text: [UInt8]) -> [UInt8] {
    var packet = authenticated + text + [UInt8](repeating: 0, count: 16)
    let count = packet.count
    var span = packet.mutableSpan
    AESGCMKey(key.span).seal(
      &span, authenticating: 0..<authenticated.count, encrypting: authenticated.count..<(count - 16),
      nonce: (nonce.span.bigEndianUInt64(at: 0), nonce.span.bigEndianUInt32(at: 8)))
    return Array(packet.dropFirst(authenticated.count))
  }

  /// The GCM specification (McGrew and Viega), test cases 2, 4 and 16.
  @Test(
    arguments: [
      (
        "00000000000000000000000000000000", "000000000000000000000000", "", "00000000000000000000000000000000",
        "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"
      ),
      (
        "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
          + "ba637b39",
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac97"
          + "3d58e0915bc94fbc3221a5db94fae95ae7121a47"
      ),
      (
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
          + "ba637b39",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
          + "bcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
      ),
    ])
  func matchesTheSpecification(
    _ key: String, _ nonce: String, _ authenticated: String, _ text: String, _ expected: String
  ) {
    #expect(Hex.encode(seal(bytes(key), bytes(nonce), bytes(authenticated), bytes(text))) == expected)
  }

  @Test func opensWhatItSealed() {
    let key = AESGCMKey([UInt8](0..<32).span)
    for count in [0, 1, 15, 16, 17, 160, 1400] {
      let text = (0..<(12 + count)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      var packet = text + [UInt8](repeating: 0, count: 16)
      var span = packet.mutableSpan
      key.seal(
        &span, authenticating: 0..<12, then: 0x8000_0001, encrypting: 12..<(12 + count), nonce: (1, UInt32(count)))
      func opens(_ packet: [UInt8], word: UInt32 = 0x8000_0001, nonce: UInt64 = 1) -> [UInt8]? {
        var packet = packet
        var span = packet.mutableSpan
        let isGenuine = key.open(
          &span, authenticating: 0..<12, then: word, decrypting: 12..<(12 + count), nonce: (nonce, UInt32(count)))
        return isGenuine ? Array(packet.prefix(12 + count)) : nil
      }
      #expect(opens(packet) == text)
      #expect(opens(packet, word: 1) == nil)
      #expect(opens(packet, nonce: 2) == nil)
      for place in packet.indices {
        var other = packet
        other[place] ^= 0x10
        #expect(opens(other) == nil)
      }
      #expect(OpenSSLErrorQueue.isEmpty)
    }
  }
}
