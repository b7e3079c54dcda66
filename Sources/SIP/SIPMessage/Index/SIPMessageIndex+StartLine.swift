import Wire

extension SIPMessageIndex {
  /// Indexes the request line or the status line (§7.1, §7.2, §25.1); the start of the next line.
  mutating func indexStartLine(_ bytes: Span<UInt8>, from start: Int, fault: inout SIPParseError?) -> Int {
    let line = LineEnd(bytes, from: start)
    let isResponse = bytes.word(at: start) & 0xFFFF_FFFF | 0x20_2020 == 0x2F70_6973
    head.isRequest = !isResponse
    do throws(SIPParseError) {
      if let reason = line.reason { throw SIPParseError(reason, at: line.reasonOffset) }
      guard line.next - start <= limits.maxStartLineBytes else { throw SIPParseError(.startLineTooLong, at: start) }
      if line.isFolded { throw SIPParseError(.foldedStartLine, at: start) }
      if isResponse {
        try indexStatusLine(bytes, start..<line.end)
      } else {
        try indexRequestLine(bytes, start..<line.end)
      }
    } catch {
      fault = error
    }
    return line.next
  }

  /// `Method SP Request-URI SP SIP-Version`, with exactly one space each.
  private mutating func indexRequestLine(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(SIPParseError) {
    let space = UInt8(ascii: " ")
    var scanner = FieldScanner(bytes, line)
    let method = scanner.run(of: .token)
    if method.isEmpty { throw scanner.error(.malformedMethod) }
    head.method = ByteRange(within: method)
    guard scanner.skip(space) else { throw scanner.error(scanner.isAtEnd ? .malformedStartLine : .malformedMethod) }

    let uriStart = scanner.position
    let end = min(bytes.blank(from: uriStart), line.upperBound)
    let version = end &+ 1
    guard end > uriStart, end < line.upperBound, bytes[end] == space else {
      throw requestLineError(bytes, uriStart, end, line.upperBound)
    }
    head.target = ByteRange(at: uriStart, to: end)
    guard line.upperBound &- version == 7, bytes.isSIP20(at: version) else {
      let isOther = isVersion(bytes, version, line.upperBound)
      throw isOther
        ? SIPParseError(.unsupportedVersion, at: version) : requestLineError(bytes, uriStart, end, line.upperBound)
    }
    if bytes[uriStart] == UInt8(ascii: "<") { throw SIPParseError(.angleBracketsAroundRequestURI, at: uriStart) }
  }

  /// `"SIP" "/" 1*DIGIT "." 1*DIGIT` and nothing behind it.
  private func isVersion(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    guard end &- start >= 7, bytes.matchesIgnoringCase(start..<start &+ 4, "sip/") else { return false }
    var scanner = FieldScanner(bytes, start &+ 4..<end)
    guard !scanner.run(of: .digit).isEmpty, scanner.skip(UInt8(ascii: ".")) else { return false }
    return !scanner.run(of: .digit).isEmpty && scanner.isAtEnd
  }

  /// Says what is wrong with a request line that is not three words: white space too much, or the version.
  private func requestLineError(_ bytes: Span<UInt8>, _ uri: Int, _ end: Int, _ lineEnd: Int) -> SIPParseError {
    if end == uri { return SIPParseError(.whiteSpaceInRequestURI, at: uri) }
    if end == lineEnd { return SIPParseError(.malformedStartLine, at: end) }
    var last = lineEnd
    while last > uri, ByteSet.blank.contains(bytes[last - 1]) { last -= 1 }
    var word = last
    while word > uri, !ByteSet.blank.contains(bytes[word - 1]) { word -= 1 }
    guard isVersion(bytes, word, last) else { return SIPParseError(.malformedVersion, at: word) }
    return word > end + 1 || bytes[end] != UInt8(ascii: " ")
      ? SIPParseError(.whiteSpaceInRequestURI, at: end) : SIPParseError(.malformedStartLine, at: last)
  }

  /// `SIP-Version SP Status-Code SP Reason-Phrase`; the phrase may be empty, its space may not.
  private mutating func indexStatusLine(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(SIPParseError) {
    let space = UInt8(ascii: " ")
    let end = min(bytes.blank(from: line.lowerBound), line.upperBound)
    guard end &- line.lowerBound == 7, bytes.isSIP20(at: line.lowerBound) else {
      let isOther = isVersion(bytes, line.lowerBound, end)
      throw SIPParseError(isOther ? .unsupportedVersion : .malformedVersion, at: line.lowerBound)
    }
    var scanner = FieldScanner(bytes, end..<line.upperBound)
    guard scanner.skip(space) else { throw scanner.error(.malformedStartLine) }
    let first = scanner.position
    guard let code = scanner.digits(upTo: 699), code >= 100, scanner.position &- first == 3 else {
      throw SIPParseError(.malformedStatusCode, at: first)
    }
    guard scanner.skip(space) else { throw scanner.error(.malformedStartLine) }
    head.statusCode = UInt16(truncatingIfNeeded: code)
    head.target = ByteRange(at: scanner.position, to: line.upperBound)
  }
}

extension Span where Element == UInt8 {
  /// Where the first byte up to and including 0x20 stands from `position` on; `count` when there is none.
  func blank(from position: Int) -> Int {
    var cursor = position
    while cursor < count {
      let word = word(at: cursor)
      let marks = (word &- .everyByte(0x21)) & ~word & .everyByte(0x80)
      if marks != 0 { return min(cursor &+ marks.firstMark, count) }
      cursor &+= 8
    }
    return count
  }

  /// Whether `SIP/2.0` stands at `position`, letters without case.
  @inline(__always)
  func isSIP20(at position: Int) -> Bool {
    word(at: position) & 0x00FF_FFFF_FFFF_FFFF | 0x20_2020 == 0x0030_2E32_2F70_6973
  }
}
