import OpenSSLCrypto
import Wire

// How a SHA-256 value stands in a record: 64 lower-case hex digits.
extension Digest32 {
  /// What stands before the first record: 32 zero bytes.
  public static let witnessStart = Digest32(InlineArray(repeating: 0))

  /// How many digits the text has.
  static let textBytes = 64

  /// Reads exactly 64 lower-case digits, since a record has one spelling; nil when that is not what the bytes are.
  init?(recordText text: Span<UInt8>) {
    guard text.count == Digest32.textBytes else { return nil }
    var bytes = InlineArray<32, UInt8>(repeating: 0)
    for index in 0..<8 {
      guard let word = Hex.decode(lowerCase: text.littleEndianUInt64(at: 8 * index)) else { return nil }
      bytes[4 * index] = UInt8(truncatingIfNeeded: word)
      bytes[4 * index + 1] = UInt8(truncatingIfNeeded: word >> 8)
      bytes[4 * index + 2] = UInt8(truncatingIfNeeded: word >> 16)
      bytes[4 * index + 3] = UInt8(truncatingIfNeeded: word >> 24)
    }
    self.init(bytes)
  }

  /// Whether both are the same. What stands in a log is no secret, so this may end early.
  @inline(__always)
  func isSame(as other: Digest32) -> Bool { span.isEqual(to: other.span) }

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
