// What typed values need of the scanner beyond offsets: Strings, decoded quoted strings.

extension FieldScanner {
  /// The bytes at `range` as text; they must be UTF-8.
  package func string(_ range: Range<Int>) throws(SIPParseError) -> String {
    do {
      return String(copying: try UTF8Span(validating: bytes.extracting(range)))
    } catch {
      throw self.error(.malformedUTF8, at: range.lowerBound)
    }
  }

  /// The bytes at `range` as lower-case text; they must be UTF-8, and only ASCII letters change.
  package func lowercasedString(_ range: Range<Int>) throws(SIPParseError) -> String {
    var hasUpperCase = false
    for index in range where bytes[index] &- UInt8(ascii: "A") < 26 { hasUpperCase = true }
    guard hasUpperCase else { return try string(range) }
    var copy: [UInt8] = []
    copy.reserveCapacity(range.count)
    for index in range { copy.append(bytes[index].asciiLowercased) }
    guard let text = String(validating: copy, as: UTF8.self) else { throw error(.malformedUTF8, at: range.lowerBound) }
    return text
  }

  /// `token`, as text.
  @_lifetime(self: copy self)
  package mutating func tokenString() throws(SIPParseError) -> String {
    try string(try token())
  }

  /// `quoted-string`, decoded: quoted pairs resolved, a fold read as one space.
  @_lifetime(self: copy self)
  package mutating func quotedText() throws(SIPParseError) -> String {
    try unquote(try quotedString())
  }

  /// Whether the inside of a quoted string or comment has neither quoted pairs nor folds.
  private func isPlain(_ inner: Range<Int>) -> Bool {
    for index in inner where bytes[index] == UInt8(ascii: "\\") || bytes[index] == UInt8(ascii: "\r") { return false }
    return true
  }

  /// What the quoted string at `range`, quotes included, stands for.
  package func unquote(_ range: Range<Int>) throws(SIPParseError) -> String {
    let inner = range.lowerBound + 1..<range.upperBound - 1
    if isPlain(inner) { return try string(inner) }
    var copy: [UInt8] = []
    copy.reserveCapacity(inner.count)
    var index = inner.lowerBound
    while index < inner.upperBound {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\\") {
        copy.append(bytes[index + 1])
        index += 2
      } else if byte == UInt8(ascii: "\r") {
        // The scanner let a CR pass only as the start of a fold, and CRLF and blanks are one space (§7.3.1).
        index += 2
        while index < inner.upperBound, ByteSet.blank.contains(bytes[index]) { index += 1 }
        copy.append(UInt8(ascii: " "))
      } else {
        copy.append(byte)
        index += 1
      }
    }
    guard let text = String(validating: copy, as: UTF8.self) else { throw error(.malformedUTF8, at: range.lowerBound) }
    return text
  }

  /// `gen-value` as `HeaderParameters` keeps it: tokens and hosts as they are, quoted strings quoted anew.
  @_lifetime(self: copy self)
  package mutating func rawParameterValue(_ range: Range<Int>) throws(SIPParseError) -> String {
    // Without quoted pairs and folds a quoted string is written as it was read.
    guard bytes[range.lowerBound] == UInt8(ascii: "\""), !isPlain(range) else { return try string(range) }
    var quoted: [UInt8] = []
    quoted.append(quoting: try unquote(range))
    return String(decoding: quoted, as: UTF8.self)
  }
}

// MARK: - Writing

extension [UInt8] {
  /// Appends text that is known to be ASCII or at least fit to be sent.
  @inline(__always)
  package mutating func append(ascii text: String) {
    append(contentsOf: text.utf8)
  }

  /// Appends a `quoted-string`. Quotes, backslashes and control characters become quoted pairs; CR and LF, which no
  /// quoted string can hold, become spaces.
  package mutating func append(quoting text: String) {
    append(UInt8(ascii: "\""))
    let utf8 = text.utf8
    // Nearly all text has nothing to be quoted.
    if utf8.span.isPlainInQuotes {
      append(copying: utf8.span)
      append(UInt8(ascii: "\""))
      return
    }
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "\r"), UInt8(ascii: "\n"):
        append(UInt8(ascii: " "))
        continue
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x7F:
        append(UInt8(ascii: "\\"))
      case UInt8(ascii: "\t"):
        break
      case 0..<0x20:
        append(UInt8(ascii: "\\"))
      default:
        break
      }
      append(byte)
    }
    append(UInt8(ascii: "\""))
  }
}

extension Span<UInt8> {
  /// Whether a quoted string holds these bytes as they are.
  fileprivate var isPlainInQuotes: Bool {
    for index in 0..<count {
      let byte = self[index]
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F { return false }
    }
    return true
  }
}

// MARK: - ASCII case

extension UInt8 {
  /// The lower-case letter when this is an upper-case one of ASCII.
  @inline(__always)
  package var asciiLowercased: UInt8 { self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self }
}

extension String {
  /// Whether both texts are equal when ASCII letters have no case: tokens, host names, parameter names (§7.3.1).
  package func equalsIgnoringCase(_ other: String) -> Bool {
    let (leftBytes, rightBytes) = (utf8, other.utf8)
    let (left, right) = (leftBytes.span, rightBytes.span)
    guard left.count == right.count else { return false }
    for index in 0..<left.count where left[index].asciiLowercased != right[index].asciiLowercased { return false }
    return true
  }

  /// The same text with ASCII letters in lower case.
  package var asciiLowercased: String {
    let bytes = utf8
    let span = bytes.span
    var index = 0
    while index < span.count, span[index] &- UInt8(ascii: "A") >= 26 { index += 1 }
    guard index < span.count else { return self }
    return String(decoding: utf8.map(\.asciiLowercased), as: UTF8.self)
  }

  /// Whether this is one or more characters of `set`.
  package func consists(of set: ByteSet) -> Bool {
    let bytes = utf8
    let span = bytes.span
    for index in 0..<span.count where !set.contains(span[index]) { return false }
    return span.count > 0
  }
}
