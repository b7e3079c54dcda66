import Wire

// Retry-After, Session-Expires, Min-SE: seconds with parameters.

/// Retry-After (RFC 3261 §20.33): when to try again.
public struct RetryAfterHeader: SIPValue {
  /// `Retry-After`
  public static var headerName: SIPHeaderName? { .retryAfter }
  /// Not before so many seconds.
  public let seconds: UInt32
  /// A remark for people, without its outer parentheses and with the quoted pairs resolved.
  public let comment: String?
  /// The parameters, `duration` among them.
  public let parameters: HeaderParameters

  /// So many seconds. CR and LF in the comment become spaces.
  ///
  /// - Throws: `malformedParameter` when `duration` is no number of seconds.
  public init(
    seconds: UInt32, comment: String? = nil, parameters: HeaderParameters = HeaderParameters()
  ) throws(SIPParseError) {
    try RetryAfterHeader.check(parameters)
    self.seconds = seconds
    self.comment = comment?.withoutLineBreaks
    self.parameters = parameters
  }

  /// So many seconds and nothing else.
  public init(seconds: UInt32) {
    self.seconds = seconds
    comment = nil
    parameters = HeaderParameters()
  }

  /// How long the callee will then be reachable, in seconds; nil when it does not say.
  public var duration: UInt32? { parameters.value(of: "duration").flatMap { UInt32($0) } }

  /// Reads seconds, comment and parameters.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    seconds = try scanner.deltaSeconds()
    let behindSeconds = scanner.position
    scanner.skipWhiteSpace()
    if scanner.peek() == UInt8(ascii: "(") {
      comment = try scanner.commentText()
    } else {
      comment = nil
      scanner.position = behindSeconds
    }
    let behind = scanner.position
    parameters = try HeaderParameters(scanning: &scanner)
    do throws(SIPParseError) {
      try RetryAfterHeader.check(parameters)
    } catch {
      throw scanner.error(error.reason, at: behind)
    }
  }

  /// Appends seconds, comment and parameters.
  public func write(into bytes: inout [UInt8]) {
    Decimal.append(UInt64(seconds), to: &bytes)
    if let comment {
      bytes.append(UInt8(ascii: " "))
      bytes.append(commenting: comment)
    }
    parameters.write(into: &bytes)
  }

  private static func check(_ parameters: HeaderParameters) throws(SIPParseError) {
    guard let duration = parameters["duration"] else { return }
    guard let text = duration.rawValue, text.consists(of: .digit), UInt32(text) != nil else {
      throw SIPParseError(.malformedParameter, at: 0)
    }
  }
}

/// Session-Expires (RFC 4028 §4): when the session ends unless it is refreshed, and who refreshes.
public struct SessionExpiresHeader: SIPValue {
  /// Which side refreshes the session.
  public enum Refresher: String, Sendable, Hashable {
    /// The client of this transaction.
    case uac
    /// The server of this transaction.
    case uas
  }

  /// `Session-Expires`
  public static var headerName: SIPHeaderName? { .sessionExpires }
  /// The interval in seconds.
  public let seconds: UInt32
  /// The parameters.
  public let parameters: HeaderParameters

  /// The shortest interval that any element may ask for or insist on, in seconds (§5).
  public static let absoluteMinimum: UInt32 = 90

  /// An interval and who refreshes.
  public init(seconds: UInt32, refresher: Refresher? = nil) {
    self.seconds = seconds
    var parameters = HeaderParameters()
    // Cannot throw: the name is a token and the list was empty.
    if let refresher { try? parameters.set("refresher", to: refresher.rawValue) }
    self.parameters = parameters
  }

  /// Who refreshes; nil when that is open.
  public var refresher: Refresher? {
    parameters.value(of: "refresher").flatMap { Refresher(rawValue: $0.asciiLowercased) }
  }

  /// Reads interval and parameters; a `refresher` must be `uac` or `uas`.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    seconds = try scanner.deltaSeconds()
    let behind = scanner.position
    parameters = try HeaderParameters(scanning: &scanner)
    guard !parameters.contains("refresher") || refresher != nil else {
      throw scanner.error(.malformedParameter, at: behind)
    }
  }

  /// Appends interval and parameters.
  public func write(into bytes: inout [UInt8]) {
    Decimal.append(UInt64(seconds), to: &bytes)
    parameters.write(into: &bytes)
  }
}

/// Min-SE (RFC 4028 §5): the shortest session interval that an element on the path accepts.
public struct MinSEHeader: SIPValue {
  /// `Min-SE`
  public static var headerName: SIPHeaderName? { .minSE }
  /// The interval in seconds; never counted as less than `SessionExpiresHeader.absoluteMinimum`.
  public let seconds: UInt32
  /// The parameters.
  public let parameters: HeaderParameters

  /// An interval.
  public init(seconds: UInt32) {
    self.seconds = seconds
    parameters = HeaderParameters()
  }

  /// Reads interval and parameters.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    seconds = try scanner.deltaSeconds()
    parameters = try HeaderParameters(scanning: &scanner)
  }

  /// Appends interval and parameters.
  public func write(into bytes: inout [UInt8]) {
    Decimal.append(UInt64(seconds), to: &bytes)
    parameters.write(into: &bytes)
  }
}

// MARK: - Comments

extension FieldScanner {
  /// `comment`, decoded: outer parentheses gone, quoted pairs resolved, a fold read as one space.
  @_lifetime(self: copy self)
  fileprivate mutating func commentText() throws(SIPParseError) -> String {
    // Both are delimited by one byte at each end and escaped alike.
    try unquote(try comment())
  }
}

extension [UInt8] {
  /// Appends a `comment`; parentheses, backslashes and control characters become quoted pairs.
  fileprivate mutating func append(commenting text: String) {
    append(UInt8(ascii: "("))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\\"), 0x7F: append(UInt8(ascii: "\\"))
      case UInt8(ascii: "\t"): break
      case 0..<0x20: append(UInt8(ascii: "\\"))
      default: break
      }
      append(byte)
    }
    append(UInt8(ascii: ")"))
  }
}
