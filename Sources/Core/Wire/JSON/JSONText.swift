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
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    var index = start
    while end - index >= 8 {
      let word = bytes.littleEndianUInt64(at: index)
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5c)
      let found =
        ((word &- ones &* 0x20) & ~word | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash) & tops
      if found != 0 { return index + found.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < end {
      let byte = bytes[index]
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return index }
      index += 1
    }
    return end
  }
}
