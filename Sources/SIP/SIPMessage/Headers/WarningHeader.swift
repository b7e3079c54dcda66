import Wire

/// One value of Warning (RFC 3261 §20.43): a three-digit code, who warns, and a text.
public struct WarningHeader: SIPValue {
  /// `Warning`
  public static var headerName: SIPHeaderName? { .warning }
  /// 300 to 399 in SIP; any three digits are read.
  public let code: UInt16
  /// A host with or without port, or a pseudonym.
  public let agent: String
  /// The text.
  public let message: String

  /// A warning. CR and LF in the text become spaces.
  ///
  /// - Throws: `numberOutOfRange` unless the code is 100 to 999, `malformedHost` when the agent is neither host nor token.
  public init(code: UInt16, agent: String, message: String) throws(SIPParseError) {
    guard (100...999).contains(code) else { throw SIPParseError(.numberOutOfRange, at: 0, in: .warning) }
    let utf8 = agent.utf8
    var scanner = FieldScanner(utf8.span, header: .warning)
    _ = try scanner.warningAgent()
    guard scanner.isAtEnd else { throw scanner.error(.malformedHost) }
    self.code = code
    self.agent = agent
    self.message = message.withoutLineBreaks
  }

  /// Reads one value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    let digits = scanner.run(of: .digit)
    guard digits.count == 3, let code = Decimal.parse(scanner.bytes.extracting(digits)) else {
      throw scanner.error(.malformedNumber, at: digits.lowerBound)
    }
    self.code = UInt16(code)
    try scanner.expectWhiteSpace()
    agent = try scanner.string(try scanner.warningAgent())
    try scanner.expectWhiteSpace()
    message = try scanner.quotedText()
  }

  /// Appends the value.
  public func write(into bytes: inout [UInt8]) {
    if code < 100 { bytes.append(ascii: code < 10 ? "00" : "0") }
    Decimal.append(UInt64(code), to: &bytes)
    bytes.append(UInt8(ascii: " "))
    bytes.append(ascii: agent)
    bytes.append(UInt8(ascii: " "))
    bytes.append(quoting: message)
  }
}

extension FieldScanner {
  /// `warn-agent`: `hostport / pseudonym`
  @_lifetime(self: copy self)
  fileprivate mutating func warningAgent() throws(SIPParseError) -> Range<Int> {
    let range = run(of: .parameterValue)
    if isToken(range) { return range }
    var inner = FieldScanner(bytes, range, header: header)
    _ = try inner.hostPort()
    guard inner.isAtEnd else { throw error(.malformedHost, at: inner.position) }
    return range
  }
}
