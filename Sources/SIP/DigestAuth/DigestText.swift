import SIPMessage
import Wire

/// `nc`: eight hex digits (RFC 7616 §3.4). They are hashed as they stand, so nothing shorter or longer will do.
enum NonceCount {
  static func parse(_ text: Span<UInt8>) -> UInt32? {
    guard text.count == 8 else { return nil }
    var count: UInt32 = 0
    for index in text.indices {
      guard let digit = Hex.value(of: text[index]) else { return nil }
      count = count << 4 | UInt32(digit)
    }
    return count
  }

  static func text(_ count: UInt32) -> [UInt8] {
    (0..<8).map { Hex.digit(UInt8(truncatingIfNeeded: count >> (28 - UInt32($0) * 4) & 0xF)) }
  }
}

/// `username*`: `UTF-8'language'` and percent-encoded bytes (RFC 8187 §3.2).
enum ExtendedValue {
  static func append(_ bytes: Span<UInt8>, _ range: Range<Int>, to value: inout [UInt8]) throws(DigestError) {
    guard range.count >= 7, bytes.matchesIgnoringCase(range.lowerBound..<range.lowerBound + 6, "utf-8'") else {
      throw .invalid(.extendedUsername)
    }
    let start = value.count
    var index = range.lowerBound + 6
    while index < range.upperBound, bytes[index] != UInt8(ascii: "'") { index += 1 }
    guard index < range.upperBound else { throw .invalid(.extendedUsername) }
    index += 1
    while index < range.upperBound {
      guard bytes[index] == UInt8(ascii: "%") else {
        value.append(bytes[index])
        index += 1
        continue
      }
      guard range.upperBound - index >= 3, let high = Hex.value(of: bytes[index + 1]),
        let low = Hex.value(of: bytes[index + 2]), case let byte = high << 4 | low, byte >= 0x20, byte != 0x7F
      else { throw .invalid(.extendedUsername) }
      value.append(byte)
      index += 3
    }
    if (try? UTF8Span(validating: value.span.extracting(start..<value.count))) == nil {
      throw .invalid(.extendedUsername)
    }
  }
}
