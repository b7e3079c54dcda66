import Testing
import Wire

/// RFC 4648 §8.
@Suite struct HexTests {
  @Test("eight lower-case digits at once: what one at a time says, for every byte in every place")
  func eightDigits() {
    func word(_ digits: [UInt8]) -> UInt64 { digits.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    let good = Array("0a9f1b2c".utf8)
    #expect(Hex.decode(lowerCase: word(good)) == 0x2c1b_9f0a)
    for place in good.indices {
      for byte in UInt8.min...UInt8.max {
        var digits = good
        digits[place] = byte
        let isDigit = 0x30...0x39 ~= byte || 0x61...0x66 ~= byte
        let expected = isDigit ? (try? Hex.decode(digits.span)).map { word($0) } : nil
        #expect(Hex.decode(lowerCase: word(digits)).map { UInt64($0) } == expected, "\(digits)")
      }
    }
  }

  @Test("spans are equal when all their bytes are, whatever their length")
  func spans() {
    for count in 0...20 {
      let bytes = (0..<count).map { UInt8($0) }
      let (same, longer) = (Array(bytes), bytes + [0])
      let (isSame, isLonger) = (bytes.span.isEqual(to: same.span), bytes.span.isEqual(to: longer.span))
      #expect(isSame && !isLonger)
      for place in bytes.indices {
        var other = bytes
        other[place] ^= 0x80
        let isOther = bytes.span.isEqual(to: other.span)
        #expect(!isOther, "\(count), \(place)")
      }
    }
  }

  @Test(arguments: [
    ("", ""), ("f", "66"), ("fo", "666f"), ("foo", "666f6f"), ("foob", "666f6f62"), ("fooba", "666f6f6261"),
    ("foobar", "666f6f626172"),
  ])
  func matchesTheVectorsOfSection10(_ text: String, _ hex: String) throws {
    #expect(Hex.encode(Array(text.utf8)) == hex)
    #expect(try Hex.decode(hex) == Array(text.utf8))
    #expect(try Hex.decode(hex.uppercased()) == Array(text.utf8))
  }

  @Test func writesEveryByteAtEveryPlace() throws {
    let digits = Array("0123456789abcdef")
    let bytes = (0...255).map { UInt8($0) }
    for start in 0..<8 {
      let part = Array(bytes[start...])
      #expect(Hex.encode(part) == part.map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined())
      #expect(try Hex.decode(Hex.encode(part)) == part)
    }
  }

  @Test(
    arguments: [
      ("a", .invalidLength, 1), ("abc", .invalidLength, 3), ("0g", .invalidCharacter, 1), ("g0", .invalidCharacter, 0),
      ("00 00", .invalidCharacter, 2), ("0x00", .invalidCharacter, 1), ("/0", .invalidCharacter, 0),
      (":0", .invalidCharacter, 0),
      ("@0", .invalidCharacter, 0), ("G0", .invalidCharacter, 0), ("`0", .invalidCharacter, 0),
      ("00\n", .invalidCharacter, 2),
      ("é0", .invalidCharacter, 0), ("x", .invalidCharacter, 0),
    ] as [(String, WireError.Reason, Int)])
  func refuses(_ text: String, _ reason: WireError.Reason, _ offset: Int) {
    #expect(throws: WireError(reason, at: offset)) { try Hex.decode(text) }
  }

  @Test(
    arguments: [
      (0, "0"), (9, "9"), (10, "a"), (0x10, "10"), (0xfff, "fff"), (0x1_0000_0000, "100000000"),
      (.max, "ffffffffffffffff"),
    ] as [(UInt64, String)])
  func writesNumbers(_ value: UInt64, _ text: String) {
    var bytes: [UInt8] = []
    Hex.appendTrimmed(value, to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == text)
    #expect(Hex.encode(value) == String(repeating: "0", count: 16 - text.count) + text)
  }
}

/// RFC 4648 §4 and §5, with the strictness that §3.5 and §12 permit.
@Suite struct Base64Tests {
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ])
  func matchesTheVectorsOfSection10(_ text: String, _ base64: String) throws {
    #expect(Base64.encode(Array(text.utf8)) == base64)
    #expect(try Base64.decode(base64) == Array(text.utf8))
    let unpadded = base64.filter { $0 != "=" }
    #expect(Base64.encode(Array(text.utf8), .urlSafe) == unpadded)
    #expect(try Base64.decode(unpadded, .urlSafe) == Array(text.utf8))
    #expect(try Base64.decode(base64, .urlSafe) == Array(text.utf8))
  }

  @Test func usesTheTwoAlphabets() throws {
    let bytes: [UInt8] = [0xfb, 0xef, 0xff, 0x00, 0x10, 0x83]
    #expect(Base64.encode(bytes) == "++//ABCD")
    #expect(Base64.encode(bytes, .urlSafe) == "--__ABCD")
    #expect(try Base64.decode("++//ABCD") == bytes)
    #expect(try Base64.decode("--__ABCD", .urlSafe) == bytes)
    #expect(throws: WireError(.invalidCharacter, at: 0)) { try Base64.decode("--__ABCD") }
    #expect(throws: WireError(.invalidCharacter, at: 0)) { try Base64.decode("++//ABCD", .urlSafe) }
    // All 64 characters in order.
    let order = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    let decoded = try Base64.decode(order)
    #expect(decoded.count == 48)
    for index in 0..<64 {
      let bit = index * 6
      let pair = UInt16(decoded[bit / 8]) << 8 | (bit / 8 + 1 < 48 ? UInt16(decoded[bit / 8 + 1]) : 0)
      #expect(Int(pair >> UInt16(10 - bit % 8) & 63) == index)
    }
    #expect(Base64.encode(decoded) == order)
  }

  @Test(
    arguments: [
      ("A", .standard, .invalidLength, 1), ("AAAAA", .standard, .invalidLength, 5), ("A", .urlSafe, .invalidLength, 1),
      ("Zg", .standard, .invalidPadding, 2), ("Zm8", .standard, .invalidPadding, 3),
      ("Zg=", .standard, .invalidPadding, 2),
      ("Zg=", .urlSafe, .invalidPadding, 2), ("=", .standard, .invalidPadding, 0),
      ("====", .standard, .invalidCharacter, 0),
      ("A===", .standard, .invalidCharacter, 1), ("Zg==Zg==", .standard, .invalidCharacter, 2),
      ("Z=g=", .standard, .invalidCharacter, 1),
      ("Zm9v====", .standard, .invalidCharacter, 4), ("Zm 9", .standard, .invalidCharacter, 2),
      ("Zm9v\n", .standard, .invalidLength, 5),
      ("Zm9v\r\n\r\n", .standard, .invalidCharacter, 4), ("Zh==", .standard, .notCanonical, 1),
      ("Zm9=", .standard, .notCanonical, 2),
      ("Zh", .urlSafe, .notCanonical, 1), ("Zm9", .urlSafe, .notCanonical, 2), ("Zm9é", .standard, .invalidLength, 5),
      ("Zmé", .standard, .invalidCharacter, 2),
    ] as [(String, Base64.Variant, WireError.Reason, Int)])
  func refuses(_ text: String, _ variant: Base64.Variant, _ reason: WireError.Reason, _ offset: Int) {
    #expect(throws: WireError(reason, at: offset)) { try Base64.decode(text, variant) }
  }

  @Test(arguments: [Base64.Variant.standard, .urlSafe])
  func hasOneTextForEveryValue(_ variant: Base64.Variant) {
    // Whatever is accepted is what would be written (but for the padding that §5 leaves open).
    var random = SplitMix64(seed: 4648)
    let alphabet = Array("ABCwxyz0129+/-_==== \n".utf8)
    var accepted = 0
    for _ in 0..<100_000 {
      let text = (0..<Int(random.next() % 9)).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
      guard let bytes = try? Base64.decode(text.span, variant) else { continue }
      accepted += 1
      let written = Base64.encode(bytes, variant)
      let unpadded = String(decoding: text, as: UTF8.self).filter { $0 != "=" }
      #expect(written.filter { $0 != "=" } == unpadded)
      if variant == .standard { #expect(written.utf8.elementsEqual(text)) }
    }
    #expect(accepted > 10_000)
  }

  @Test func readsWhatItWrites() throws {
    var random = SplitMix64(seed: 64)
    for count in 0..<100 {
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      for variant in [Base64.Variant.standard, .urlSafe] {
        #expect(try Base64.decode(Base64.encode(bytes, variant), variant) == bytes)
      }
    }
  }
}

@Suite struct DecimalTests {
  @Test(
    arguments: [("0", 0), ("7", 7), ("007", 7), ("65535", 65_535), ("18446744073709551615", .max)] as [(String, UInt64)]
  )
  func reads(_ text: String, _ value: UInt64) {
    #expect(Decimal.parse(Array(text.utf8).span) == value)
  }

  @Test(arguments: ["", " 1", "1 ", "+1", "-1", "1a", "18446744073709551616", "99999999999999999999", "1.0", "٤"])
  func refuses(_ text: String) {
    #expect(Decimal.parse(Array(text.utf8).span) == nil)
  }

  @Test func boundsTheValue() {
    #expect(Decimal.parse(Array("65535".utf8).span, maximum: 65_535) == 65_535)
    #expect(Decimal.parse(Array("65536".utf8).span, maximum: 65_535) == nil)
  }

  @Test(arguments: [0, 1, 9, 10, 99, 100, 12_345, .max, -1, -10, .min] as [Int64])
  func writes(_ value: Int64) {
    var bytes: [UInt8] = []
    Decimal.append(value, to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == "\(value)")
  }

  @Test func writesTheLargest() {
    var bytes: [UInt8] = []
    Decimal.append(UInt64.max, to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == "18446744073709551615")
  }
}

/// RFC 9562 §4 and §5.4.
@Suite struct UUIDTextTests {
  @Test func writesAndReads() throws {
    let text = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
    let halves = try #require(UUIDText.decode(text))
    #expect(halves == (0xf81d_4fae_7dec_11d0, 0xa765_00a0_c91e_6bf6))
    #expect(UUIDText.encode(halves.high, halves.low) == text)
    #expect(try #require(UUIDText.decode(text.uppercased())) == halves)
  }

  @Test func marksVersionAndVariant() {
    #expect(UUIDText.version4(random: .max, .max) == "ffffffff-ffff-4fff-bfff-ffffffffffff")
    #expect(UUIDText.version4(random: 0, 0) == "00000000-0000-4000-8000-000000000000")
  }

  @Test(arguments: [
    "", "f81d4fae7dec11d0a76500a0c91e6bf6", "f81d4fae-7dec-11d0-a765-00a0c91e6bf",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf66",
    "f81d4fae-7dec-11d0-a76500-a0c91e6bf6", "g81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "{81d4fae-7dec-11d0-a765-00a0c91e6bf}",
  ])
  func refuses(_ text: String) {
    #expect(UUIDText.decode(text) == nil)
  }
}

@Suite struct ConstantTimeTests {
  @Test func comparesLikeEqualityDoes() {
    for count in 0..<40 {
      let bytes = (0..<count).map { UInt8($0) }
      #expect(constantTimeEquals(bytes, bytes))
      for index in 0..<count {
        for bit in 0..<8 as Range<UInt8> {
          var other = bytes
          other[index] ^= 1 << bit
          #expect(!constantTimeEquals(bytes, other))
        }
      }
      #expect(!constantTimeEquals(bytes, bytes + [0]))
    }
  }
}

@Suite struct PercentEncodingTests {
  @Test(arguments: [
    ("", ""), ("alice@if.internal", "alice%40if.internal"), ("a/b?c&d=e+f%", "a%2Fb%3Fc%26d%3De%2Bf%25"),
    ("~-._", "~-._"), ("\u{e9} \u{1F600}", "%C3%A9%20%F0%9F%98%80"),
  ])
  func bothWays(plain: String, encoded: String) {
    #expect(PercentEncoding.encode(plain) == encoded)
    #expect(PercentEncoding.decode(encoded) == plain)
    #expect(PercentEncoding.decode(encoded.lowercased())?.lowercased() == plain.lowercased())
  }

  @Test(arguments: ["%", "%4", "%4g", "a%", "%ff", "%C3", "%00%"])
  func whatIsBrokenIsNone(text: String) { #expect(PercentEncoding.decode(text) == nil) }

  @Test func aPlusIsItself() { #expect(PercentEncoding.decode("a+b") == "a+b") }
}
