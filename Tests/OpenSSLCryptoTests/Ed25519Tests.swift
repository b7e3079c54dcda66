import OpenSSLCrypto
import Testing
import Wire

/// RFC 8032 §7.1, and what a verifier must refuse.
@Suite struct Ed25519Tests {
  struct Vector: Sendable {
    var seed: String
    var key: String
    var message: String
    var signature: String
  }

  static let vectors = [
    Vector(
      seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      key: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", message: "",
      signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    Vector(
      seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", message: "72",
      signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    Vector(
      seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      key: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", message: "af82",
      signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    Vector(
      seed: "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
      key: "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
      message: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
      signature: "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
        + "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
  ]

  private static let spki = "302a300506032b6570032100"

  private func isValid(_ key: Ed25519PublicKey, _ signature: [UInt8], _ message: [UInt8]) -> Bool {
    key.isValid(signature: signature.span, for: message.span)
  }

  @Test(arguments: vectors.indices)
  func matchesRFC8032(_ index: Int) throws {
    let vector = Self.vectors[index]
    let signer = try Ed25519PrivateKey(seedText: vector.seed)
    let message = try Hex.decode(vector.message)
    let signature = try parseSignature(vector.signature)
    #expect(Hex.encode(signer.publicKey.bytes) == vector.key)
    #expect(Hex.encode(signer.sign(message.span)) == vector.signature)
    let key = try Ed25519PublicKey(text: vector.key)
    #expect(key == signer.publicKey)
    #expect(isValid(key, signature, message))
    #expect(!isValid(key, signature, message + [0]))
    for other in Self.vectors where other.seed != vector.seed {
      #expect(!isValid(try Ed25519PublicKey(text: other.key), signature, message))
    }
  }

  @Test func refusesEveryFlippedBit() throws {
    let vector = Self.vectors[2]
    let key = try Ed25519PublicKey(text: vector.key)
    let message = try Hex.decode(vector.message)
    let signature = try parseSignature(vector.signature)
    for bit in 0..<512 {
      var changed = signature
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!isValid(key, changed, message))
    }
    for bit in 0..<16 {
      var changed = message
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!isValid(key, signature, changed))
    }
    #expect(OpenSSLErrorQueue.isEmpty)
  }

  @Test func refusesASecondSignatureMadeFromTheFirst() throws {
    // S + L, where L is the group's order, satisfies the same equation; RFC 8032 §5.1.7 has S checked against L.
    let key = try Ed25519PublicKey(text: Self.vectors[0].key)
    let first = try parseSignature(Self.vectors[0].signature)
    let second =
      Array(first[..<32]) + (try Hex.decode("4c8c7872aa064e049dbb3013fbf29380d25bf5f0595bbe24655141438e7a101b"))
    #expect(isValid(key, first, []))
    #expect(!isValid(key, second, []))
  }

  @Test func refusesSignaturesOfAnotherLength() throws {
    let key = try Ed25519PublicKey(text: Self.vectors[0].key)
    let signature = try parseSignature(Self.vectors[0].signature)
    for count in [0, 1, 32, 63] { #expect(!isValid(key, Array(signature[..<count]), [])) }
    #expect(!isValid(key, signature + [0], []))
  }

  @Test func takesAKeyThatIsNoPointAndFindsNothingValid() throws {
    // y = 2 has no x on the curve.
    let key = try Ed25519PublicKey(raw: [2] + [UInt8](repeating: 0, count: 31))
    #expect(!isValid(key, try parseSignature(Self.vectors[0].signature), []))
    #expect(OpenSSLErrorQueue.isEmpty)
  }

  @Test func signsAndVerifiesWithNewKeys() throws {
    let signer = Ed25519PrivateKey.generate()
    let message = Array("IF-ESCALATE-v1".utf8)
    let signature = signer.sign(message.span)
    #expect(isValid(signer.publicKey, signature, message))
    let other = Ed25519PrivateKey.generate()
    #expect(other.publicKey != signer.publicKey)
    #expect(!isValid(other.publicKey, signature, message))
    let again = try Ed25519PrivateKey(seed: signer.seed.span)
    #expect(again.publicKey == signer.publicKey)
    #expect(again.sign(message.span) == signature)
  }

  // MARK: Spellings (DOMAIN: identifiers)

  private static let spellings: [String] = {
    let hex = vectors[2].key
    let raw = (try? Hex.decode(hex)) ?? []
    let der = ((try? Hex.decode(spki)) ?? []) + raw
    let plain = [hex, hex.uppercased(), Base64.encode(raw), Hex.encode(der), Base64.encode(der)]
    return plain + plain.map { "ed25519:" + $0 }
  }()

  @Test(arguments: spellings)
  func readsEverySpellingAndWritesOne(_ text: String) throws {
    let key = try Ed25519PublicKey(text: text)
    #expect(Hex.encode(key.bytes) == Self.vectors[2].key)
    #expect(key.text == "ed25519:/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU=")
    #expect("\(key)" == key.text)
    #expect(try Ed25519PublicKey(text: key.text) == key)
    #expect(Set([key, try Ed25519PublicKey(text: key.text)]).count == 1)
  }

  @Test(
    arguments: [
      ("", .length(0)), ("ed25519:", .length(0)), ("ed25519", .length(7)), ("abc", .length(3)),
      (String(vectors[2].key.dropLast()), .length(63)), (vectors[2].key + "0", .length(65)),
      (" " + vectors[2].key, .length(65)), ("ED25519:" + vectors[2].key, .length(72)),
      ("ed25519:ed25519:" + vectors[2].key, .length(72)), ("rsa:" + vectors[2].key, .length(68)),
      (String(vectors[2].key.dropLast()) + "g", .notHex(offset: 63)),
      ("x" + vectors[2].key.dropFirst(), .notHex(offset: 0)),
      ("/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU", .length(43)),
      ("/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCV=", .notBase64(offset: 42)),
      ("_FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU=", .notBase64(offset: 0)),
      ("/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgA==", .byteCount(31)),
      (Base64.encode([UInt8](repeating: 7, count: 33)), .byteCount(33)),
      // The same structure for X25519, one with another length, and a key of the old kind.
      ("302a300506032b656e032100" + vectors[2].key, .notEd25519SPKI),
      ("302b300506032b6570032100" + vectors[2].key, .notEd25519SPKI),
      (Base64.encode([UInt8](repeating: 0x30, count: 44)), .notEd25519SPKI),
      (String(repeating: "A", count: 60), .notEd25519SPKI),
      (String(repeating: "0", count: 64), .smallOrder),
      ("01" + String(repeating: "0", count: 62), .smallOrder),
      ("01" + String(repeating: "0", count: 60) + "80", .smallOrder),
      ("ec" + String(repeating: "f", count: 60) + "7f", .smallOrder),
      ("ec" + String(repeating: "f", count: 62), .smallOrder),
      ("ee" + String(repeating: "f", count: 62), .smallOrder),
      ("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", .smallOrder),
      ("302a300506032b6570032100" + String(repeating: "0", count: 64), .smallOrder),
    ] as [(String, KeyError.Reason)])
  func refusesEverythingElse(_ text: String, _ reason: KeyError.Reason) {
    #expect(throws: KeyError(.publicKey, reason)) { try Ed25519PublicKey(text: text) }
  }

  @Test func readsSignaturesInHexAndBase64() throws {
    let hex = Self.vectors[1].signature
    let bytes = try Hex.decode(hex)
    #expect(try parseSignature(hex) == bytes)
    #expect(try parseSignature(hex.uppercased()) == bytes)
    #expect(try parseSignature(Base64.encode(bytes)) == bytes)
    #expect(throws: KeyError(.signature, .length(136))) { try parseSignature("ed25519:" + hex) }
    #expect(throws: KeyError(.signature, .length(0))) { try parseSignature("") }
    #expect(throws: KeyError(.signature, .length(86))) { try parseSignature(Base64.encode(bytes, .urlSafe)) }
    #expect(throws: KeyError(.signature, .notHex(offset: 127))) { try parseSignature(hex.dropLast() + "z") }
    #expect(throws: KeyError(.signature, .notBase64(offset: 0))) {
      try parseSignature("!" + Base64.encode(bytes).dropFirst())
    }
    #expect(throws: KeyError(.signature, .byteCount(65))) {
      try parseSignature(Base64.encode([UInt8](repeating: 1, count: 65)))
    }
  }

  @Test func readsSeeds() throws {
    let seed = Self.vectors[0].seed
    let base64 = Base64.encode(try Hex.decode(seed))
    #expect(try Ed25519PrivateKey(seedText: base64).publicKey == Ed25519PrivateKey(seedText: seed).publicKey)
    #expect(throws: KeyError(.privateKey, .length(63))) { _ = try Ed25519PrivateKey(seedText: String(seed.dropLast())) }
    #expect(throws: KeyError(.privateKey, .notHex(offset: 63))) {
      _ = try Ed25519PrivateKey(seedText: seed.dropLast() + "-")
    }
    #expect(throws: KeyError(.privateKey, .byteCount(31))) {
      _ = try Ed25519PrivateKey(seed: [UInt8](repeating: 0, count: 31).span)
    }
    #expect(throws: KeyError(.privateKey, .byteCount(33))) {
      _ = try Ed25519PrivateKey(seedText: Base64.encode([UInt8](repeating: 0, count: 33)))
    }
  }

  @Test(
    arguments: [
      (KeyError(.publicKey, .length(3)), "of 3 characters; accepted are the 32 bytes in hex (64) or base64 (44)"),
      (KeyError(.privateKey, .length(3)), "the 32-byte seed in hex (64) or base64 (44)"),
      (KeyError(.signature, .length(3)), "the 64 bytes in hex (128) or base64 (88)"),
      (KeyError(.publicKey, .notHex(offset: 63)), "character 64 is no hex digit"),
      (KeyError(.signature, .notBase64(offset: 0)), "Ed25519 signature: by its length base64"),
      (KeyError(.publicKey, .notEd25519SPKI), "not the SubjectPublicKeyInfo of an Ed25519 key"),
      (KeyError(.signature, .byteCount(65)), "of 65 bytes instead of 64"),
      (KeyError(.publicKey, .byteCount(31)), "of 31 bytes instead of 32"),
      (KeyError(.publicKey, .smallOrder), "small order"),
    ])
  func saysWhatIsWrong(_ error: KeyError, _ phrase: String) {
    #expect(error.description.contains(phrase))
  }
}
