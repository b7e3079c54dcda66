/// The permitted alphabet of a known-multiplier string, and how its characters are encoded (X.691 §30.5).
///
/// A character has the smallest power of two of bits that numbers the alphabet. Its encoding is its own code where that
/// fits, otherwise its place in the alphabet in order of codes.
public struct PERAlphabet: Sendable {
  /// 4 for digits, 8 for ASCII.
  public let bitsPerCharacter: Int

  /// The characters in order of their codes.
  private let characters: [UInt8]
  private let isOwnCode: Bool
  /// The encoding of each ASCII character; 0xFF for those that are not permitted.
  private let codes: [UInt8]

  /// The alphabet of these characters, which are ASCII and at least one.
  public init(_ text: StaticString) {
    let sorted = Set(text.description.utf8.filter { $0 < 0x80 }).sorted()
    var width = 1
    while 1 << width < sorted.count { width *= 2 }
    bitsPerCharacter = width
    let isOwnCode = Int(sorted.last ?? 0) < 1 << width
    self.isOwnCode = isOwnCode
    var codes = [UInt8](repeating: 0xFF, count: 128)
    for (place, character) in sorted.enumerated() {
      codes[Int(character)] = isOwnCode ? character : UInt8(truncatingIfNeeded: place)
    }
    characters = sorted
    self.codes = codes
  }

  /// The character of an encoding.
  func character(_ code: UInt64) -> UInt8? {
    if isOwnCode {
      guard code < 0x80, codes[Int(code)] != 0xFF else { return nil }
      return UInt8(truncatingIfNeeded: code)
    }
    return code < UInt64(characters.count) ? characters[Int(code)] : nil
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
