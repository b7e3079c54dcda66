/// What parser and writer share about strings.
enum JSONText {
  /// The offset of the first byte from `start` on that cannot stand for itself in a string (a control character, the
  /// quotation mark, the backslash; RFC 8259 §7), or `end` when there is none before it.
  ///
  /// Eight bytes at a time: subtracting the bound from every byte of a word sets the top bit of those below it, a
  /// match with a character is a byte that is below 1 after an exclusive or. A borrow can only disturb bytes above
  /// the first one found, and the first one is all that is asked for.
  @inline(__always)
  static func plainEnd(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
    var index = start
    while end - index >= 8 {
      let found = firstSpecial(bytes.littleEndianUInt64(at: index))
      if found < 8 { return index + found }
      index += 8
    }
    if end - start >= 8, index < end {
      // The last bytes once more with those before them, which are known to be plain.
      let found = firstSpecial(bytes.littleEndianUInt64(at: end - 8))
      return found < 8 ? end - 8 + found : end
    }
    while index < end {
      let byte = bytes[index]
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return index }
      index += 1
    }
    return end
  }

  /// The place, 0 to 7, of the first byte of a little-endian word that must be escaped; 8 when there is none.
  @inline(__always)
  private static func firstSpecial(_ word: UInt64) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    let quote = word ^ (ones &* 0x22)
    let backslash = word ^ (ones &* 0x5c)
    let found = ((word &- ones &* 0x20) & ~word | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash) & tops
    return found.trailingZeroBitCount / 8
  }
}
