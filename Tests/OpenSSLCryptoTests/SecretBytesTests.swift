import OpenSSLCrypto
import Testing
import Wire

@Suite struct SecretBytesTests {
  @Test func holdsACopy() {
    var source: [UInt8] = [1, 2, 3]
    let secret = SecretBytes(source.span)
    source[0] = 9
    #expect(secret.count == 3)
    #expect([UInt8](copying: secret.span) == [1, 2, 3])
  }

  @Test func holdsNothing() {
    let nothing: [UInt8] = []
    #expect(SecretBytes(nothing.span).count == 0)
    #expect(SecretBytes(randomCount: 0).span.isEmpty == true)
  }

  @Test func showsNobodyWhatItHolds() {
    let secret = SecretBytes(Array("hunter2".utf8).span)
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), dumped] {
      #expect(!text.contains("hunter2"))
      #expect(!text.contains("104"))
    }
    #expect("\(secret)" == "SecretBytes(7 bytes)")
  }
}

@Suite struct SecureRandomTests {
  @Test func givesAsManyBytesAsAsked() {
    for count in [0, 1, 16, 32, 1000, 100_000] { #expect(SecureRandom.bytes(count).count == count) }
  }

  @Test func doesNotRepeatItself() {
    var seen: Set<UInt64> = []
    for _ in 0..<10_000 { seen.insert(SecureRandom.uint64()) }
    #expect(seen.count == 10_000)  // a repetition has a chance of 3 in a trillion
    #expect(SecureRandom.bytes(32) != SecureRandom.bytes(32))
    #expect([UInt8](copying: SecretBytes(randomCount: 32).span) != [UInt8](copying: SecretBytes(randomCount: 32).span))
  }

  @Test func setsEveryBitHalfOfTheTime() {
    var counts = [Int](repeating: 0, count: 64)
    for _ in 0..<4096 {
      let value = SecureRandom.uint64()
      for bit in 0..<64 { counts[bit] += Int(value >> UInt64(bit) & 1) }
    }
    for count in counts { #expect((1700...2400).contains(count)) }  // ten standard deviations
  }
}
