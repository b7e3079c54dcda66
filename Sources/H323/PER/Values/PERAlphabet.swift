/// The permitted alphabet of a known-multiplier string, and how its characters are encoded (X.691 §30.5).
///
/// A character has the smallest power of two of bits that numbers the alphabet. Its encoding is its own code where that
/// fits, otherwise its place in the alphabet in order of codes.
public struct PERAlphabet: Sendable {
  /// 4 for digits, 8 for ASCII.
  public let bitsPerCharacter: Int

  /// The characters of the encodings below 16, the first in the lowest octet; 0 where there is none.
  private let characters: (UInt64, UInt64)
  /// The encoding of each ASCII character; 0xFF for those that are not permitted.
  private let codes: InlineArray<128, UInt8>

  /// The alphabet of these characters, which are ASCII, at least one, and not NUL.
  public init(_ text: StaticString) {
    let sorted = Set(text.description.utf8.filter { $0 > 0 && $0 < 0x80 }).sorted()
    var width = 1
    while 1 << width < sorted.count { width *= 2 }
    let isOwnCode = Int(sorted.last ?? 0) < 1 << width
    var characters: (UInt64, UInt64) = (0, 0)
    var codes = InlineArray<128, UInt8>(repeating: 0xFF)
    for (place, character) in sorted.enumerated() {
      let code = isOwnCode ? character : UInt8(truncatingIfNeeded: place)
      codes[Int(character)] = code
      if code < 8 { characters.0 |= UInt64(character) << UInt64(code * 8) }
      if code >= 8, code < 16 { characters.1 |= UInt64(character) << UInt64((code - 8) * 8) }
    }
    bitsPerCharacter = width
    self.characters = characters
    self.codes = codes
  }

  /// The character of an encoding.
  func character(_ code: UInt64) -> UInt8? {
    if bitsPerCharacter <= 4 {
      let word = code < 8 ? characters.0 : characters.1
      let character = UInt8(truncatingIfNeeded: word >> ((code & 7) &* 8))
      return character == 0 ? nil : character
    }
    // Eight bits hold every character's own code.
    return code < 0x80 && codes[Int(code)] != 0xFF ? UInt8(truncatingIfNeeded: code) : nil
  }

  /// The encoding of a character.
  func code(_ character: UInt8) -> UInt8? {
    guard character < 0x80 else { return nil }
    let code = codes[Int(character)]
    return code == 0xFF ? nil : code
  }

  /// Whether a string of such a size begins at an octet boundary (§30.5.6 and 7).
  func isAligned(_ bounds: ClosedRange<Int>) -> Bool {
    let most = bounds.upperBound * bitsPerCharacter
    return bounds.lowerBound == bounds.upperBound ? most > 16 : most >= 16
  }
}

extension PERAlphabet {
  /// `dialledDigits` and `NumberDigits` of H.225.0.
  public static let dialledDigits = PERAlphabet("0123456789#*,")

  /// NumericString.
  public static let numeric = PERAlphabet(" 0123456789")
}
