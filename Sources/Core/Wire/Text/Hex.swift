/// Base 16 (RFC 4648 §8): lower case out, either case in, nothing else accepted.
public enum Hex {
  /// Two lower-case digits for every byte.
  public static func encode(_ bytes: Span<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    append(bytes, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Two lower-case digits for every byte.
  public static func encode(_ bytes: [UInt8]) -> String {
    encode(bytes.span)
  }

  /// Sixteen lower-case digits, most significant first.
  public static func encode(_ value: UInt64) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(16)
    append(value, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads pairs of digits; an odd count or any other character is an error with its offset.
  public static func decode(_ text: String) throws(WireError) -> [UInt8] {
    let utf8 = text.utf8
    return try decode(utf8.span)
  }

  /// Reads pairs of digits; an odd count or any other character is an error with its offset.
  public static func decode(_ text: Span<UInt8>) throws(WireError) -> [UInt8] {
    let bytes = try [UInt8](capacity: text.count / 2) { (output: inout OutputSpan<UInt8>) throws(WireError) in
      var index = 0
      while index < text.count {
        guard let high = value(of: text[index]) else { throw WireError(.invalidCharacter, at: index) }
        guard index + 1 < text.count else { throw WireError(.invalidLength, at: text.count) }
        guard let low = value(of: text[index + 1]) else { throw WireError(.invalidCharacter, at: index + 1) }
        output.append(high << 4 | low)
        index += 2
      }
    }
    return bytes
  }

  /// Reads eight lower-case digits at once: those of a little-endian word, the first in its lowest byte. The four bytes
  /// come back likewise; nil when there is any other character.
  @inlinable
  public static func decode(lowerCase digits: UInt64) -> UInt32? {
    let ones: UInt64 = 0x0101_0101_0101_0101
    // Bit 6 tells letters from digits; a letter's low nibble is 9 less than its value.
    let letters = digits >> 6 & ones
    let nibbles = (digits & 0x0f0f_0f0f_0f0f_0f0f) &+ letters &* 9
    // What is not spelt as these values are is no digit; a value beyond 15 has its own spelling too.
    let tens = (nibbles &+ ones &* 6) >> 4 & ones
    guard nibbles & 0xf0f0_f0f0_f0f0_f0f0 == 0, nibbles &+ ones &* 0x30 &+ tens &* 0x27 == digits else { return nil }
    let pairs = (nibbles << 4 | nibbles >> 8) & 0x00ff_00ff_00ff_00ff
    let halves = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff
    return UInt32(truncatingIfNeeded: halves | halves >> 16)
  }

  /// Appends two lower-case digits for every byte.
  public static func append(_ bytes: Span<UInt8>, to text: inout [UInt8]) {
    // Adding nothing to an empty array would write its count, which all empty arrays of the process share.
    guard !bytes.isEmpty else { return }
    text.append(addingCapacity: bytes.count * 2) { (output: inout OutputSpan<UInt8>) in
      var index = 0
      while bytes.count &- index >= 8 {
        let word = bytes.bigEndianUInt64(at: index)
        output.append(littleEndian: digits(lanes(UInt32(truncatingIfNeeded: word >> 32))))
        output.append(littleEndian: digits(lanes(UInt32(truncatingIfNeeded: word))))
        index &+= 8
      }
      for index in index..<bytes.count {
        output.append(digit(bytes[index] >> 4))
        output.append(digit(bytes[index] & 0xf))
      }
    }
  }

  /// Appends sixteen lower-case digits, most significant first.
  public static func append(_ value: UInt64, to text: inout [UInt8]) {
    text.append(addingCapacity: 16) { (output: inout OutputSpan<UInt8>) in
      output.append(littleEndian: digits(lanes(UInt32(truncatingIfNeeded: value >> 32))))
      output.append(littleEndian: digits(lanes(UInt32(truncatingIfNeeded: value))))
    }
  }

  /// The four bytes of a number in 16-bit lanes, the most significant in the lowest.
  private static func lanes(_ word: UInt32) -> UInt64 {
    let spread = UInt64(word.byteSwapped)
    let halves = (spread | spread << 16) & 0x0000_ffff_0000_ffff
    return (halves | halves << 8) & 0x00ff_00ff_00ff_00ff
  }

  /// Eight digits at once from four bytes that stand in the low halves of four 16-bit lanes.
  private static func digits(_ lanes: UInt64) -> UInt64 {
    // The high nibble's digit comes first, so it goes to the lower byte of its lane.
    let nibbles = (lanes >> 4 | lanes << 8) & 0x0f0f_0f0f_0f0f_0f0f
    // Adding 6 carries into bit 4 exactly for 10 to 15, which need 0x57 instead of 0x30.
    let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
  }

  /// Appends the lower-case digits without leading zeros; `0` for zero.
  public static func appendTrimmed(_ value: UInt64, to text: inout [UInt8]) {
    var shift = UInt64(max(0, 60 - value.leadingZeroBitCount / 4 * 4))
    while true {
      text.append(digit(UInt8(truncatingIfNeeded: value >> shift & 0xf)))
      if shift == 0 { return }
      shift -= 4
    }
  }

  /// The lower-case digit of a value from 0 to 15.
  @inlinable
  public static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? 0x30 &+ value : 0x57 &+ value
  }

  /// The value of a digit of either case; nil for any other byte.
  @inlinable
  public static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit &- 0x30
    case 0x41...0x46: digit &- 0x37
    case 0x61...0x66: digit &- 0x57
    default: nil
    }
  }
}
