/// The text form of a UUID (RFC 9562 §4): `f81d4fae-7dec-11d0-a765-00a0c91e6bf6`.
public enum UUIDText {
  /// The 36 characters of a random UUID, version 4 (RFC 9562 §5.4), made from 128 random bits, of which the six that
  /// name version and variant are overwritten.
  public static func version4(random high: UInt64, _ low: UInt64) -> String {
    encode(high & ~0xf000 | 0x4000, low & ~(0b11 << 62) | 0b10 << 62)
  }

  /// The 36 characters of a UUID's 128 bits, lower case.
  public static func encode(_ high: UInt64, _ low: UInt64) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for index in 0..<32 {
      if index == 8 || index == 12 || index == 16 || index == 20 { text.append(UInt8(ascii: "-")) }
      let half = index < 16 ? high : low
      text.append(Hex.digit(UInt8(truncatingIfNeeded: half >> UInt64((15 - (index & 15)) * 4) & 0xf)))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The 128 bits of a UUID's text, either case; nil when it is none.
  public static func decode(_ text: String) -> (high: UInt64, low: UInt64)? {
    let utf8 = text.utf8
    let bytes = utf8.span
    guard bytes.count == 36 else { return nil }
    var halves: (UInt64, UInt64) = (0, 0)
    var digits = 0
    for index in 0..<36 {
      if index == 8 || index == 13 || index == 18 || index == 23 {
        guard bytes[index] == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let value = Hex.value(of: bytes[index]) else { return nil }
      if digits < 16 { halves.0 = halves.0 << 4 | UInt64(value) } else { halves.1 = halves.1 << 4 | UInt64(value) }
      digits += 1
    }
    return (halves.0, halves.1)
  }
}
