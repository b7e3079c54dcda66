/// Base 64 (RFC 4648 §4, §5), strict: padded, canonical, no white space, so that every value has exactly one text.
public enum Base64 {
  /// The alphabets of RFC 4648.
  public enum Variant: Sendable, Hashable {
    /// §4: `+` and `/`, padded with `=`.
    case standard
    /// §5: `-` and `_`, written without padding; read with or without.
    case urlSafe
  }

  /// The text of these bytes.
  public static func encode(_ bytes: Span<UInt8>, _ variant: Variant = .standard) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    append(bytes, variant, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// The text of these bytes.
  public static func encode(_ bytes: [UInt8], _ variant: Variant = .standard) -> String {
    encode(bytes.span, variant)
  }

  /// Appends the text of these bytes.
  public static func append(_ bytes: Span<UInt8>, _ variant: Variant = .standard, to text: inout [UInt8]) {
    // Adding nothing to an empty array would write its count, which all empty arrays of the process share.
    guard !bytes.isEmpty else { return }
    text.append(addingCapacity: (bytes.count + 2) / 3 * 4) { (output: inout OutputSpan<UInt8>) in
      @inline(__always)
      func append(_ group: UInt32, characters: UInt32) {
        var shift: UInt32 = 18
        for _ in 0..<characters {
          output.append(character(group >> shift & 63, variant))
          shift &-= 6
        }
      }
      var index = 0
      while bytes.count - index >= 3 {
        append(
          UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]), characters: 4)
        index += 3
      }
      let rest = bytes.count - index
      guard rest > 0 else { return }
      append(UInt32(bytes[index]) << 16 | (rest == 2 ? UInt32(bytes[index + 1]) << 8 : 0), characters: UInt32(rest) + 1)
      if variant == .standard {
        for _ in rest..<3 { output.append(UInt8(ascii: "=")) }
      }
    }
  }

  /// Reads base 64; any character outside the alphabet, wrong padding or set unused bits are errors.
  public static func decode(_ text: String, _ variant: Variant = .standard) throws(WireError) -> [UInt8] {
    let utf8 = text.utf8
    return try decode(utf8.span, variant)
  }

  /// Reads base 64; any character outside the alphabet, wrong padding or set unused bits are errors.
  public static func decode(_ text: Span<UInt8>, _ variant: Variant = .standard) throws(WireError) -> [UInt8] {
    var end = text.count
    if end > 0, text[end - 1] == UInt8(ascii: "=") {
      guard end % 4 == 0 else { throw WireError(.invalidPadding, at: end - 1) }
      end -= text[end - 2] == UInt8(ascii: "=") ? 2 : 1
    } else if variant == .standard, end % 4 != 0 {
      throw WireError(end % 4 == 1 ? .invalidLength : .invalidPadding, at: end)
    }
    guard end % 4 != 1 else { throw WireError(.invalidLength, at: end) }

    var bytes: [UInt8] = []
    bytes.reserveCapacity(end / 4 * 3 + 2)
    var group: UInt32 = 0
    var bits: UInt32 = 0
    for index in 0..<end {
      guard let value = value(of: text[index], variant) else { throw WireError(.invalidCharacter, at: index) }
      group = group << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: group >> bits))
      }
    }
    guard group & (1 << bits - 1) == 0 else { throw WireError(.notCanonical, at: end - 1) }
    return bytes
  }

  private static func character(_ value: UInt32, _ variant: Variant) -> UInt8 {
    let byte = UInt8(truncatingIfNeeded: value)
    return switch byte {
    case 0..<26: 0x41 + byte
    case 26..<52: 0x61 + (byte - 26)
    case 52..<62: 0x30 + (byte - 52)
    case 62: variant == .standard ? UInt8(ascii: "+") : UInt8(ascii: "-")
    default: variant == .standard ? UInt8(ascii: "/") : UInt8(ascii: "_")
    }
  }

  private static func value(of character: UInt8, _ variant: Variant) -> UInt8? {
    switch character {
    case 0x41...0x5a: character - 0x41
    case 0x61...0x7a: character - 0x61 + 26
    case 0x30...0x39: character - 0x30 + 52
    case UInt8(ascii: "+"): variant == .standard ? 62 : nil
    case UInt8(ascii: "/"): variant == .standard ? 63 : nil
    case UInt8(ascii: "-"): variant == .urlSafe ? 62 : nil
    case UInt8(ascii: "_"): variant == .urlSafe ? 63 : nil
    default: nil
    }
  }
}
