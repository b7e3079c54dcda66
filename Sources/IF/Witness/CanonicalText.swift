import Wire

/// Texts as RFC 8785 §3.2.2.2 writes them.
enum CanonicalText {
  /// Appends a text in quotes; with a limit, cut before that many UTF-8 bytes, never inside a character, and marked.
  static func append(_ text: String, limit: Int?, to output: inout [UInt8]) {
    let utf8 = text.utf8
    let bytes = utf8.span
    var end = bytes.count
    if limit.map({ end <= $0 }) ?? true, plainEnd(bytes, from: 0, to: end) == end {
      output.append(addingCapacity: end + 2) { (output: inout OutputSpan<UInt8>) in
        output.append(UInt8(ascii: "\""))
        output.append(copying: bytes)
        output.append(UInt8(ascii: "\""))
      }
      return
    }
    var isCut = false
    if let limit, end > limit {
      end = limit
      while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
      isCut = true
    }
    output.append(UInt8(ascii: "\""))
    let plain = plainEnd(bytes, from: 0, to: end)
    output.append(copying: bytes.extracting(0..<plain))
    appendEscaped(bytes, from: plain, to: end, &output)
    if isCut { output.append(contentsOf: RecordWriter.ellipsis) }
    output.append(UInt8(ascii: "\""))
  }

  /// The offset of the first byte that does not stand for itself as plain ASCII (a control character, the quotation
  /// mark, the backslash, a byte of a longer character), or `end`.
  ///
  /// Eight bytes at a time: subtracting 0x20 sets the top bit of the bytes below it, a match with a character is a byte
  /// that is below 1 after an exclusive or, and longer characters have the top bit set anyway. A borrow can only disturb
  /// bytes above the first one found, and the first is all that is asked for.
  @inline(__always)
  static func plainEnd(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    var index = start
    while end - index >= 8 {
      let word = bytes.littleEndianUInt64(at: index)
      let quote = (word ^ (ones &* 0x22)) &- ones
      let backslash = (word ^ (ones &* 0x5C)) &- ones
      let found = ((word &- ones &* 0x20) | quote | backslash | word) & tops
      if found != 0 { return index + found.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < end {
      let byte = bytes[index]
      if byte < 0x20 || byte >= 0x80 || byte == 0x22 || byte == 0x5C { return index }
      index += 1
    }
    return end
  }

  private static func appendEscaped(_ bytes: Span<UInt8>, from start: Int, to end: Int, _ output: inout [UInt8]) {
    for index in start..<end {
      let byte = bytes[index]
      switch byte {
      case 0x22, 0x5C:
        output.append(0x5C)
        output.append(byte)
      case 0x08: appendShort("b", to: &output)
      case 0x09: appendShort("t", to: &output)
      case 0x0A: appendShort("n", to: &output)
      case 0x0C: appendShort("f", to: &output)
      case 0x0D: appendShort("r", to: &output)
      case 0x00...0x1F:
        appendShort("u", to: &output)
        output.append(0x30)
        output.append(0x30)
        output.append(Hex.digit(byte >> 4))
        output.append(Hex.digit(byte & 0xF))
      default: output.append(byte)
      }
    }
  }

  private static func appendShort(_ letter: Unicode.Scalar, to output: inout [UInt8]) {
    output.append(0x5C)
    output.append(UInt8(ascii: letter))
  }
}

extension CanonicalText {
  /// The bytes of a canonical escape that begins here; nil: it is none, or one that RFC 8785 writes otherwise.
  static func escapeLength(_ bytes: Span<UInt8>, at index: Int) -> Int? {
    guard index + 1 < bytes.count else { return nil }
    switch bytes[index + 1] {
    case 0x22, 0x5C, UInt8(ascii: "b"), UInt8(ascii: "t"), UInt8(ascii: "n"), UInt8(ascii: "f"), UInt8(ascii: "r"):
      return 2
    case UInt8(ascii: "u"):
      guard index + 5 < bytes.count, bytes[index + 2] == 0x30, bytes[index + 3] == 0x30,
        bytes[index + 4] == 0x30 || bytes[index + 4] == 0x31
      else { return nil }
      switch bytes[index + 5] {
      case 0x30...0x39, 0x61...0x66: break
      default: return nil
      }
      let isLow = bytes[index + 4] == 0x30
      switch bytes[index + 5] {
      case UInt8(ascii: "8"), UInt8(ascii: "9"), UInt8(ascii: "a"), UInt8(ascii: "c"), UInt8(ascii: "d"):
        return isLow ? nil : 6
      default: return 6
      }
    default: return nil
    }
  }

  /// The bytes of the UTF-8 character beyond ASCII that begins here; nil: it is not valid (RFC 3629 §4).
  static func scalarLength(_ bytes: Span<UInt8>, at index: Int) -> Int? {
    let lead = bytes[index]
    func isTrail(_ offset: Int, _ lower: UInt8 = 0x80, _ upper: UInt8 = 0xBF) -> Bool {
      index + offset < bytes.count && bytes[index + offset] >= lower && bytes[index + offset] <= upper
    }
    switch lead {
    case 0xC2...0xDF: return isTrail(1) ? 2 : nil
    case 0xE0: return isTrail(1, 0xA0) && isTrail(2) ? 3 : nil
    case 0xED: return isTrail(1, 0x80, 0x9F) && isTrail(2) ? 3 : nil
    case 0xE1...0xEC, 0xEE, 0xEF: return isTrail(1) && isTrail(2) ? 3 : nil
    case 0xF0: return isTrail(1, 0x90) && isTrail(2) && isTrail(3) ? 4 : nil
    case 0xF1...0xF3: return isTrail(1) && isTrail(2) && isTrail(3) ? 4 : nil
    case 0xF4: return isTrail(1, 0x80, 0x8F) && isTrail(2) && isTrail(3) ? 4 : nil
    default: return nil
    }
  }

  /// The bytes that a canonical string stands for.
  static func unescaped(_ text: Span<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < text.count {
      let byte = text[index]
      guard byte == 0x5C, let length = escapeLength(text, at: index) else {
        result.append(byte)
        index += 1
        continue
      }
      switch text[index + 1] {
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "f"): result.append(0x0C)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "u"):
        result.append((Hex.value(of: text[index + 4]) ?? 0) << 4 | (Hex.value(of: text[index + 5]) ?? 0))
      default: result.append(text[index + 1])
      }
      index += length
    }
    return result
  }
}
