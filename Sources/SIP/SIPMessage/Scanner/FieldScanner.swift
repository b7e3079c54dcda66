/// A cursor over a header's value, or a piece of one, with the low-level rules of RFC 3261 §25.1 as methods.
///
/// Positions are offsets into `bytes`, so a scanner over a message's bytes yields places in the message and one over a
/// value alone yields places in the value. A method that throws leaves the cursor somewhere in the faulty part; one that
/// answers `false` or nil leaves it where it was. Nothing here trusts its input: any bytes end in a value or an error.
public struct FieldScanner: ~Escapable {
  /// What is scanned.
  package let bytes: Span<UInt8>
  /// The next byte to read.
  package var position: Int
  /// The end of the piece: never beyond `bytes`.
  package let end: Int
  /// The header that errors name.
  package let header: SIPHeaderName?

  /// A scanner over all of `bytes`.
  @_lifetime(copy bytes)
  @inline(__always)
  package init(_ bytes: Span<UInt8>, header: SIPHeaderName? = nil) {
    self.bytes = bytes
    self.position = 0
    self.end = bytes.count
    self.header = header
  }

  /// A scanner over `range` of `bytes`; a range beyond them is cut.
  @_lifetime(copy bytes)
  @inline(__always)
  package init(_ bytes: Span<UInt8>, _ range: Range<Int>, header: SIPHeaderName? = nil) {
    self.bytes = bytes
    self.end = min(max(range.upperBound, 0), bytes.count)
    self.position = min(max(range.lowerBound, 0), self.end)
    self.header = header
  }

  /// Whether everything was read.
  package var isAtEnd: Bool {
    @inline(__always) get { position >= end }
  }

  /// The next byte, unread.
  @inline(__always)
  package func peek() -> UInt8? { position < end ? bytes[position] : nil }

  /// An error of `reason` at the cursor, or at `offset`.
  package func error(_ reason: SIPParseError.Reason, at offset: Int? = nil) -> SIPParseError {
    SIPParseError(reason, at: offset ?? position, in: header)
  }
}

// MARK: - White space and separators

extension FieldScanner {
  /// `SWS`: blanks and folds (CRLF and a blank), as many as there are.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func skipWhiteSpace() {
    guard position < end, bytes[position] <= 0x20 else { return }
    skipWhiteSpaceSlowly()
  }

  @_lifetime(self: copy self)
  @inline(never)
  private mutating func skipWhiteSpaceSlowly() {
    while position < end {
      switch bytes[position] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"):
        position += 1
      case UInt8(ascii: "\r"):
        guard end - position > 2, bytes[position + 1] == UInt8(ascii: "\n"), ByteSet.blank.contains(bytes[position + 2])
        else { return }
        position += 3
      default:
        return
      }
    }
  }

  /// Reads `byte` if it is next.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func skip(_ byte: UInt8) -> Bool {
    guard position < end, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// `SWS byte SWS`: SEMI, COMMA, EQUAL, SLASH, COLON and the like.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func skipSeparator(_ byte: UInt8) -> Bool {
    let start = position
    skipWhiteSpace()
    guard skip(byte) else {
      position = start
      return false
    }
    skipWhiteSpace()
    return true
  }

  /// The same, and an error when `byte` is not there.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func expectSeparator(_ byte: UInt8) throws(SIPParseError) {
    guard skipSeparator(byte) else { throw unexpected() }
  }

  /// Ends the value: nothing but white space may be left.
  @_lifetime(self: copy self)
  package mutating func expectEnd() throws(SIPParseError) {
    skipWhiteSpace()
    guard isAtEnd else { throw error(.trailingBytes) }
  }

  /// The error for a value that goes on otherwise than it must.
  package func unexpected() -> SIPParseError { error(isAtEnd ? .unexpectedEnd : .unexpectedByte) }
}

// MARK: - Runs, tokens, numbers

extension FieldScanner {
  /// The longest run of bytes of `set`, perhaps empty.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func run(of set: ByteSet) -> Range<Int> {
    let start = position
    var cursor = start
    while cursor < end, set.contains(bytes[cursor]) { cursor += 1 }
    position = cursor
    return start..<cursor
  }

  /// `token`
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func token() throws(SIPParseError) -> Range<Int> {
    let range = run(of: .token)
    if range.isEmpty { throw error(isAtEnd ? .unexpectedEnd : .malformedToken) }
    return range
  }

  /// `1*DIGIT`, at most `limit`; leading zeros are allowed, overflow is an error and never wraps.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func number(upTo limit: UInt64 = .max) throws(SIPParseError) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    var overflow = false
    while position < end {
      let digit = bytes[position] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      let (product, high) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      overflow = overflow || high || carry
      value = sum
      position += 1
    }
    if position == start { throw error(.malformedNumber) }
    if overflow || value > limit { throw error(.numberOutOfRange, at: start) }
    return value
  }
}

// MARK: - Quoted strings and comments

extension FieldScanner {
  /// `quoted-string`, from quote to quote; a fold inside is white space (§25.1).
  @_lifetime(self: copy self)
  package mutating func quotedString() throws(SIPParseError) -> Range<Int> {
    let start = position
    guard skip(UInt8(ascii: "\"")) else { throw unexpected() }
    while true {
      _ = run(of: .quotedText)
      guard position < end else { throw error(.unterminatedQuotedString, at: start) }
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return start..<position
      case UInt8(ascii: "\\"):
        try quotedPair(.unterminatedQuotedString)
      default:
        try fold()
      }
    }
  }

  /// `comment`, from `(` to its `)`, nested at most `depth` deep.
  @_lifetime(self: copy self)
  package mutating func comment(depth limit: Int = SIPLimits().maxCommentDepth) throws(SIPParseError) -> Range<Int> {
    let start = position
    guard skip(UInt8(ascii: "(")) else { throw unexpected() }
    var depth = 1
    while true {
      _ = run(of: .commentText)
      guard position < end else { throw error(.unterminatedComment, at: start) }
      switch bytes[position] {
      case UInt8(ascii: ")"):
        position += 1
        depth -= 1
        if depth == 0 { return start..<position }
      case UInt8(ascii: "("):
        guard depth < limit else { throw error(.nestingTooDeep) }
        position += 1
        depth += 1
      case UInt8(ascii: "\\"):
        try quotedPair(.unterminatedComment)
      default:
        try fold()
      }
    }
  }

  /// `quoted-pair`: a backslash and any ASCII byte but CR and LF.
  @_lifetime(self: copy self)
  private mutating func quotedPair(_ atEnd: SIPParseError.Reason) throws(SIPParseError) {
    guard end - position > 1 else { throw error(atEnd) }
    let escaped = bytes[position + 1]
    guard escaped < 0x80, escaped != UInt8(ascii: "\r"), escaped != UInt8(ascii: "\n") else {
      throw error(.malformedEscape)
    }
    position += 2
  }

  /// A fold where only white space may stand; every other control character is refused by name.
  @_lifetime(self: copy self)
  private mutating func fold() throws(SIPParseError) {
    let start = position
    skipWhiteSpace()
    guard position > start else { throw error(bytes[position] == 0 ? .nul : .controlCharacter) }
  }
}

// MARK: - Parameters

/// One `generic-param`: a name, and its value where it has one (with its quotes, if it has quotes).
package struct ScannedParameter: Sendable, Equatable {
  /// The token before the `=`.
  package var name: Range<Int>
  /// The token, host or quoted string behind it.
  package var value: Range<Int>?
}

extension FieldScanner {
  /// `generic-param`: `token [ EQUAL gen-value ]`, the value a token, a host or a quoted string.
  @_lifetime(self: copy self)
  package mutating func parameter() throws(SIPParseError) -> ScannedParameter {
    let name = run(of: .token)
    if name.isEmpty { throw error(.malformedParameter) }
    guard skipSeparator(UInt8(ascii: "=")) else { return ScannedParameter(name: name, value: nil) }
    return ScannedParameter(name: name, value: try parameterValue())
  }

  /// `gen-value`
  @_lifetime(self: copy self)
  package mutating func parameterValue() throws(SIPParseError) -> Range<Int> {
    if position < end, bytes[position] == UInt8(ascii: "\"") { return try quotedString() }
    let value = run(of: .parameterValue)
    if value.isEmpty { throw error(.malformedParameter) }
    return value
  }
}

// MARK: - Comparing

extension FieldScanner {
  /// Whether the bytes at `range` are `text`, letters without case. `text` must be lower case ASCII.
  package func matches(_ range: Range<Int>, _ text: StaticString) -> Bool {
    bytes.matchesIgnoringCase(range, text)
  }
}

extension FieldScanner {
  /// The name of a `generic-param`, as its key.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func parameterName() throws(SIPParseError) -> ParameterKey {
    var key = ParameterKey()
    var cursor = position
    while cursor < end, ByteSet.token.contains(bytes[cursor]) {
      key.append(bytes[cursor])
      cursor &+= 1
    }
    if cursor == position { throw error(.malformedParameter) }
    position = cursor
    return key
  }

  /// A `gen-value` that may not be quoted.
  @_lifetime(self: copy self)
  mutating func plainValue() throws(SIPParseError) -> Range<Int> {
    let value = run(of: .parameterValue)
    if value.isEmpty { throw error(.malformedParameter) }
    return value
  }
}
