import Testing
import Wire

/// RFC 8785 §3.2.2.3: numbers exactly as ECMAScript writes them.
///
/// The oracle is V8. The checksums were made by this program under node, and `ecmaScriptNumberVectors` by the same
/// generator with the seed 3339:
///
///     const mask = (1n << 64n) - 1n, view = new DataView(new ArrayBuffer(8))
///     const double = bits => (view.setBigUint64(0, bits), view.getFloat64(0))
///     function* splitMix(state) { for (;;) {
///       let z = state = (state + 0x9e3779b97f4a7c15n) & mask
///       z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask
///       z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask
///       yield z ^ (z >> 31n) } }
///     const near = (bits, r) => double((bits + BigInt.asIntN(3, r >> 32n)) & mask)
///     const families = {
///       anyBits: r => double(r),
///       millionths: r => Number(BigInt.asIntN(64, r) % 10n ** 15n) / 1e6,
///       nearPowerOfTwo: r => near((r % 2047n) << 52n, r),
///       nearPowerOfTen: r => { view.setFloat64(0, Number(`1e${r % 632n - 323n}`)); return near(view.getBigUint64(0), r) },
///     }
///     for (const [name, make] of Object.entries(families)) {
///       let hash = 0xcbf29ce484222325n, random = splitMix(8785n), lines = 0
///       while (lines < 50000) {
///         const number = make(random.next().value)
///         if (!Number.isFinite(number)) continue
///         for (const byte of Buffer.from(JSON.stringify(number) + '\n'))
///           hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & mask
///         lines += 1 }
///       console.log(name, hash.toString(16)) }
@Suite struct ECMAScriptNumberTests {
  private static func text(_ number: Double) -> String {
    var bytes: [UInt8] = []
    CanonicalJSON.append(number, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The table of RFC 8785 appendix B, without its two rows that are errors.
  @Test(
    arguments: [
      (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
      (0x8000_0000_0000_0001, "-5e-324"), (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
      (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
      (0xc340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
      (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"), (0x44b5_2d02_c7e1_4af6, "1e+23"),
      (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"), (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
      (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"), (0x444b_1ae4_d6e2_ef50, "1e+21"),
      (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"), (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
      (0x41b3_de43_5555_5553, "333333333.3333332"), (0x41b3_de43_5555_5554, "333333333.33333325"),
      (0x41b3_de43_5555_5555, "333333333.3333333"), (0x41b3_de43_5555_5556, "333333333.3333334"),
      (0x41b3_de43_5555_5557, "333333333.33333343"), (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
      (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] as [(UInt64, String)])
  func writesTheTableOfAppendixB(_ bits: UInt64, _ expected: String) {
    #expect(Self.text(Double(bitPattern: bits)) == expected)
  }

  @Test func writesWhatV8Writes() throws {
    let vectors = ecmaScriptNumberVectors.split { $0 == "," || $0 == "\n" }.map { $0.split(separator: " ") }
    #expect(vectors.count == 300)
    for vector in vectors {
      let bits = try #require(UInt64(vector[0], radix: 16))
      #expect(Self.text(Double(bitPattern: bits)) == String(vector[1]))
    }
  }

  @Test(
    arguments: [
      (Family.anyBits, 0xaefd_0f2f_c32e_21ad), (.millionths, 0x0221_b616_573e_b4ed),
      (.nearPowerOfTwo, 0xe554_8a73_a3d2_b253), (.nearPowerOfTen, 0x18f0_ccea_3f55_4f75),
    ] as [(Family, UInt64)])
  func writesFiftyThousandRandomNumbersAsV8Does(_ family: Family, _ checksum: UInt64) {
    var random = SplitMix64(seed: 8785)
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a
    var bytes: [UInt8] = []
    var lines = 0
    while lines < 50_000 {
      let number = family.make(random.next())
      guard number.isFinite else { continue }
      bytes.removeAll(keepingCapacity: true)
      CanonicalJSON.append(number, to: &bytes)
      bytes.append(UInt8(ascii: "\n"))
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      lines += 1
    }
    #expect(hash == checksum)
  }

  @Test(arguments: Family.allCases)
  func readsBackWhatItWrites(_ family: Family) throws {
    var random = SplitMix64(seed: 59)
    for _ in 0..<20_000 {
      let number = family.make(random.next())
      guard number.isFinite else { continue }
      let value = try JSONValue(parsing: Self.text(number))
      #expect(value.number?.bitPattern == (number == 0 ? 0 : number.bitPattern))
    }
  }

  enum Family: Sendable, CaseIterable {
    case anyBits, millionths, nearPowerOfTwo, nearPowerOfTen

    func make(_ random: UInt64) -> Double {
      let step = UInt64(bitPattern: Int64(bitPattern: (random >> 32) << 61) >> 61)  // −4 to 3
      switch self {
      case .anyBits: return Double(bitPattern: random)
      case .millionths: return Double(Int64(bitPattern: random) % 1_000_000_000_000_000) / 1e6
      case .nearPowerOfTwo: return Double(bitPattern: (random % 2047) << 52 &+ step)
      case .nearPowerOfTen:
        return Double(bitPattern: (Double("1e\(Int(random % 632) - 323)") ?? .nan).bitPattern &+ step)
      }
    }
  }
}
