import OpenSSLCrypto
import Wire

// How a SHA-256 value stands in a record: 64 lower-case hex digits.
extension Digest32 {
  /// What stands before the first record: 32 zero bytes.
  public static let witnessStart = Digest32(InlineArray(repeating: 0))

  /// How many digits the text has.
  static let textBytes = 64

  /// Reads exactly 64 lower-case digits; nil when that is not what the bytes are.
  init?(recordText text: Span<UInt8>) {
    guard text.count == Digest32.textBytes else { return nil }
    var bytes = InlineArray<32, UInt8>(repeating: 0)
    for index in 0..<32 {
      guard let high = Self.lowerCaseValue(text[2 * index]), let low = Self.lowerCaseValue(text[2 * index + 1]) else {
        return nil
      }
      bytes[index] = high << 4 | low
    }
    self.init(bytes)
  }

  /// A record has one spelling, so upper case is none.
  private static func lowerCaseValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit &- 0x30
    case 0x61...0x66: digit &- 0x57
    default: nil
    }
  }

  func appendRecordText(to output: inout [UInt8]) {
    Hex.append(span, to: &output)
  }

  /// The digest of a record without its `hash`: of what stands before that member and what stands after it.
  static func ofRecord(_ head: Span<UInt8>, _ tail: Span<UInt8>) -> Digest32 {
    var hash = SHA256()
    hash.update(head)
    hash.update(tail)
    return hash.finalize()
  }
}
