/// What is wrong with a message, where, and what to answer: thrown by every parser of this target.
///
/// It is eight bytes, so that the failing path costs no more than the other one; the words are made when asked for.
public struct SIPParseError: Error, Equatable, Sendable {
  /// The kind of fault.
  public let reason: Reason
  /// The header the fault is in; nil for the start line, the body and the message as a whole.
  public var header: SIPHeaderName?
  /// Whether this is a request that a 400 can reach: not an ACK, and its topmost Via says where the answer goes.
  ///
  /// Only the index and `validate()` can know; a typed header alone always says `false`.
  public var isAnswerable: Bool
  private let storedOffset: UInt32

  /// Makes an error of `reason` at `offset`, counted in bytes from the start of what was parsed.
  public init(_ reason: Reason, at offset: Int, in header: SIPHeaderName? = nil, isAnswerable: Bool = false) {
    self.reason = reason
    self.header = header
    self.isAnswerable = isAnswerable
    self.storedOffset = UInt32(clamping: offset)
  }

  /// Where the fault is: bytes from the start of the message, or of the value when only a value was parsed.
  public var offset: Int { Int(storedOffset) }

  /// The same error, answerable or not.
  func answerable(_ flag: Bool) -> SIPParseError {
    var copy = self
    copy.isAnswerable = flag
    return copy
  }

  /// The same error, said of `header`, unless it already names one.
  func named(_ header: SIPHeaderName) -> SIPParseError {
    var copy = self
    if copy.header == nil { copy.header = header }
    return copy
  }

  /// What kind of fault it is. `SIPParseError.phrase` has the words for each.
  public enum Reason: UInt8, Sendable, Hashable, CaseIterable {
    // The message as a whole
    case emptyMessage
    case keepAlive
    case messageTooLarge
    case tooManyHeaders
    case startLineTooLong
    case headerLineTooLong
    case missingEmptyLine
    case bodyTooShort

    // The start line (§7.1, §7.2)
    case malformedStartLine
    case malformedMethod
    case malformedRequestURI
    case whiteSpaceInRequestURI
    case angleBracketsAroundRequestURI
    case headersInRequestURI
    case malformedVersion
    case unsupportedVersion
    case unsupportedURIScheme
    case malformedStatusCode
    case foldedStartLine

    // Lines (§7.3.1)
    case missingColon
    case malformedHeaderName
    case bareCarriageReturn
    case bareLineFeed
    case nul
    case controlCharacter

    // The set of headers (§8.1.1, §16.3)
    case missingHeader
    case duplicateHeader
    case conflictingContentLength
    case missingContentLength
    case methodMismatch

    // Values (§20, §25)
    case emptyValue
    case unexpectedEnd
    case unexpectedByte
    case trailingBytes
    case unterminatedQuotedString
    case unterminatedComment
    case malformedToken
    case malformedNumber
    case numberOutOfRange
    case malformedHost
    case malformedPort
    case malformedParameter
    case duplicateParameter
    case missingParameter
    case malformedURI
    case malformedEscape
    case malformedUTF8
    case bracketsRequired
    case malformedDate
    case unknownValue
    case tooManyValues
    case tooManyParameters
    case nestingTooDeep
  }
}

extension SIPParseError {
  /// The status that answers this fault: 505 for another SIP version, 416 for a Request-URI scheme that is not ours,
  /// 513 for a message beyond the limit, 414 for an overlong start line, 400 for everything else.
  public var statusCode: Int {
    switch reason {
    case .unsupportedVersion: 505
    case .unsupportedURIScheme: 416
    case .messageTooLarge: 513
    case .startLineTooLong: 414
    default: 400
    }
  }

  /// The reason phrase for the answer, in plain ASCII and naming the header: `Duplicate Call-ID`,
  /// `To: quoted string without end`.
  public var phrase: String {
    let name = header?.canonicalName
    switch (reason, name) {
    case (.unsupportedVersion, _): return "Version Not Supported"
    case (.unsupportedURIScheme, nil): return "Unsupported URI Scheme"
    case (.messageTooLarge, _): return "Message Too Large"
    case (.startLineTooLong, _): return "Request-URI Too Long"
    case (.missingHeader, let name?): return "Missing \(name)"
    case (.duplicateHeader, let name?): return "Duplicate \(name)"
    case (_, let name?): return "\(name): \(reason.words)"
    case (_, nil): return "Bad Request: \(reason.words)"
    }
  }
}

extension SIPParseError: CustomStringConvertible {
  /// `To: quoted string without end at byte 41`
  public var description: String { "\(phrase) at byte \(offset)" }
}

extension SIPParseError.Reason {
  /// What is wrong, in a few words that fit behind a header's name.
  public var words: String {
    switch self {
    case .emptyMessage: "nothing there"
    case .keepAlive: "keep-alive only"
    case .messageTooLarge: "message too large"
    case .tooManyHeaders: "too many headers"
    case .startLineTooLong: "start line too long"
    case .headerLineTooLong: "header line too long"
    case .missingEmptyLine: "no empty line after the headers"
    case .bodyTooShort: "body shorter than Content-Length"
    case .malformedStartLine: "malformed start line"
    case .malformedMethod: "malformed method"
    case .malformedRequestURI: "malformed Request-URI"
    case .whiteSpaceInRequestURI: "white space in or around the Request-URI"
    case .angleBracketsAroundRequestURI: "angle brackets around the Request-URI"
    case .headersInRequestURI: "headers in the Request-URI"
    case .malformedVersion: "malformed SIP-Version"
    case .unsupportedVersion: "version not supported"
    case .unsupportedURIScheme: "unsupported URI scheme"
    case .malformedStatusCode: "malformed Status-Code"
    case .foldedStartLine: "folded start line"
    case .missingColon: "header without colon"
    case .malformedHeaderName: "malformed header name"
    case .bareCarriageReturn: "CR without LF"
    case .bareLineFeed: "LF without CR"
    case .nul: "NUL outside a quoted pair"
    case .controlCharacter: "control character"
    case .missingHeader: "missing header"
    case .duplicateHeader: "duplicate header"
    case .conflictingContentLength: "several different values"
    case .missingContentLength: "missing on a stream"
    case .methodMismatch: "method differs from the start line"
    case .emptyValue: "empty value"
    case .unexpectedEnd: "value ends too early"
    case .unexpectedByte: "unexpected character"
    case .trailingBytes: "more than one value"
    case .unterminatedQuotedString: "quoted string without end"
    case .unterminatedComment: "comment without end"
    case .malformedToken: "malformed token"
    case .malformedNumber: "malformed number"
    case .numberOutOfRange: "number out of range"
    case .malformedHost: "malformed host"
    case .malformedPort: "malformed port"
    case .malformedParameter: "malformed parameter"
    case .duplicateParameter: "duplicate parameter"
    case .missingParameter: "missing parameter"
    case .malformedURI: "malformed URI"
    case .malformedEscape: "malformed escape"
    case .malformedUTF8: "text that is not UTF-8"
    case .bracketsRequired: "angle brackets required"
    case .malformedDate: "malformed date"
    case .unknownValue: "unknown value"
    case .tooManyValues: "too many values"
    case .tooManyParameters: "too many parameters"
    case .nestingTooDeep: "nested too deeply"
    }
  }
}
