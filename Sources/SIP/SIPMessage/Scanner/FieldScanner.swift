// The rules of RFC 3261 §25.1 on top of the scanner's own reads.

extension FieldScanner {
  /// An error of `reason` at the cursor, or at `offset`.
  @inline(__always)
  package func error(_ reason: SIPParseError.Reason, at offset: Int? = nil) -> SIPParseError {
    SIPParseError(reason, at: offset ?? position, in: header)
  }
}

// MARK: - White space and separators

extension FieldScanner {
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
  @inline(__always)
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
    let range = run(while: .token)
    if range.isEmpty { throw error(isAtEnd ? .unexpectedEnd : .malformedToken) }
    return range
  }

  /// `1*DIGIT`, at most `limit`; leading zeros are allowed, overflow is an error and never wraps.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func number(upTo limit: UInt64 = .max) throws(SIPParseError) -> UInt64 {
    let start = position
    let value = digits(upTo: limit)
    if position == start { throw error(.malformedNumber) }
    guard let value else { throw error(.numberOutOfRange, at: start) }
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
      _ = run(while: .quotedText)
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

  /// The same by value, so that the scanner itself may live in registers.
  static func endOfQuotedString(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ header: SIPHeaderName?
  ) throws(SIPParseError) -> Int {
    var scanner = FieldScanner(bytes, start..<end, header: header)
    return try scanner.quotedString().upperBound
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
    let name = run(while: .token)
    if name.isEmpty { throw error(.malformedParameter) }
    guard skipSeparator(UInt8(ascii: "=")) else { return ScannedParameter(name: name, value: nil) }
    return ScannedParameter(name: name, value: try parameterValue())
  }

  /// `gen-value`
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func parameterValue() throws(SIPParseError) -> Range<Int> {
    if next == UInt8(ascii: "\"") {
      let start = position
      position = try FieldScanner.endOfQuotedString(bytes, start, end, header)
      return start..<position
    }
    let value = run(while: .parameterValue)
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
    let name = run(while: .token)
    if name.isEmpty { throw error(.malformedParameter) }
    return ParameterKey(bytes, name)
  }

  /// A `gen-value` that may not be quoted.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func plainValue() throws(SIPParseError) -> Range<Int> {
    let value = run(while: .parameterValue)
    if value.isEmpty { throw error(.malformedParameter) }
    return value
  }
}
