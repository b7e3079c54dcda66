/// The two companding laws of ITU-T G.711: one octet per sample at 8 kHz, logarithmic in eight segments of sixteen steps
/// on each side of zero.
///
/// Everything is by table: decoding 256 entries, encoding 16,384 (µ-law sees 14 bits of a sample, A-law 13), from one law
/// to the other 256. The tables are computed once from the definition (G.711 tables 1a to 2b).
public enum G711Law: Sendable, Hashable, CaseIterable {
  /// Static payload type 0, `PCMU` (RFC 3551 §4.5.14).
  case mu
  /// Static payload type 8, `PCMA`.
  case a

  /// The octet that stands for silence.
  public var silence: UInt8 { self == .mu ? 0xFF : 0xD5 }

  /// The linear value of an octet, 16 bits: those of G.711 scaled to full range.
  @inlinable
  public func decode(_ octet: UInt8) -> Int16 {
    (self == .mu ? G711Tables.shared.fromMu : G711Tables.shared.fromA)[Int(octet)]
  }

  /// The octet whose value is nearest by the law's decision levels.
  @inlinable
  public func encode(_ sample: Int16) -> UInt8 {
    (self == .mu ? G711Tables.shared.toMu : G711Tables.shared.toA)[Int(UInt16(bitPattern: sample) >> 2)]
  }

  /// The octet of the other law for an octet of this one.
  @inlinable
  public func transcode(_ octet: UInt8) -> UInt8 {
    (self == .mu ? G711Tables.shared.muToA : G711Tables.shared.aToMu)[Int(octet)]
  }

  /// Decodes as many octets as both hold; returns how many.
  @discardableResult
  public func decode(_ octets: Span<UInt8>, into samples: inout MutableSpan<Int16>) -> Int {
    let count = min(octets.count, samples.count)
    let table = self == .mu ? G711Tables.shared.fromMu : G711Tables.shared.fromA
    for index in 0..<count { samples[index] = table[Int(octets[index])] }
    return count
  }

  /// Encodes as many samples as both hold; returns how many.
  @discardableResult
  public func encode(_ samples: Span<Int16>, into octets: inout MutableSpan<UInt8>) -> Int {
    let count = min(octets.count, samples.count)
    let table = self == .mu ? G711Tables.shared.toMu : G711Tables.shared.toA
    for index in 0..<count { octets[index] = table[Int(UInt16(bitPattern: samples[index]) >> 2)] }
    return count
  }

  /// Turns octets of this law into those of the other, in place.
  public func transcode(_ octets: inout MutableSpan<UInt8>) {
    let table = self == .mu ? G711Tables.shared.muToA : G711Tables.shared.aToMu
    for index in octets.indices { octets[index] = table[Int(octets[index])] }
  }
}

/// The tables, computed when they are first needed.
@usableFromInline
struct G711Tables: Sendable {
  @usableFromInline static let shared = G711Tables()

  @usableFromInline let fromMu: [Int16]
  @usableFromInline let fromA: [Int16]
  /// By the upper 14 bits of a sample.
  @usableFromInline let toMu: [UInt8]
  @usableFromInline let toA: [UInt8]
  @usableFromInline let muToA: [UInt8]
  @usableFromInline let aToMu: [UInt8]

  private init() {
    let fromMu = (0..<256).map { Self.muValue(UInt8($0)) }
    let fromA = (0..<256).map { Self.aValue(UInt8($0)) }
    let toMu = (0..<16_384).map { Self.muOctet(Int16(bitPattern: UInt16($0) << 2)) }
    let toA = (0..<16_384).map { Self.aOctet(Int16(bitPattern: UInt16($0) << 2)) }
    self.fromMu = fromMu
    self.fromA = fromA
    self.toMu = toMu
    self.toA = toA
    muToA = fromMu.map { toA[Int(UInt16(bitPattern: $0) >> 2)] }
    aToMu = fromA.map { toMu[Int(UInt16(bitPattern: $0) >> 2)] }
  }

  /// µ-law: every bit inverted; sign, three bits of segment, four of step (table 2a). Scaled by four to 16 bits.
  private static func muValue(_ octet: UInt8) -> Int16 {
    let bits = Int(~octet)
    let (segment, step) = (bits >> 4 & 7, bits & 15)
    let magnitude = ((step * 2 + 33) << segment) - 33
    return Int16((bits & 0x80 != 0 ? -magnitude : magnitude) * 4)
  }

  /// A-law: every second bit inverted, the sign bit set for positive values (table 1a). Scaled by eight to 16 bits.
  private static func aValue(_ octet: UInt8) -> Int16 {
    let bits = Int(octet ^ 0x55)
    let (segment, step) = (bits >> 4 & 7, bits & 15)
    let magnitude = segment == 0 ? step * 2 + 1 : (step * 2 + 33) << (segment - 1)
    return Int16((bits & 0x80 != 0 ? magnitude : -magnitude) * 8)
  }

  private static func muOctet(_ sample: Int16) -> UInt8 {
    // 14 bits of magnitude and sign; the largest decision level is 8,159.
    let value = Int(sample) >> 2
    let magnitude = min(value < 0 ? -value : value, 8_158) + 33
    let segment = max(0, (Int.bitWidth - 1 - magnitude.leadingZeroBitCount) - 5)
    let step = (magnitude >> (segment + 1)) & 15
    return ~UInt8((value < 0 ? 0x80 : 0) | segment << 4 | step)
  }

  private static func aOctet(_ sample: Int16) -> UInt8 {
    // 13 bits. A negative value is one's complement: the levels lie between the codes, none at zero.
    let value = Int(sample) >> 3
    let magnitude = min(value < 0 ? ~value : value, 4_095)
    let segment = max(0, (Int.bitWidth - 1 - magnitude.leadingZeroBitCount) - 4)
    let step = segment < 2 ? magnitude >> 1 & 15 : magnitude >> segment & 15
    return UInt8((value < 0 ? 0 : 0x80) | segment << 4 | step) ^ 0x55
  }
}
