import Wire

/// A multipart body split into its parts (RFC 2046 §5.1), without copying: parts are places in the body.
///
/// ```
/// --boundary CRLF
/// headers CRLF          Content-Type, Content-Disposition, others; perhaps none
/// CRLF
/// content               any bytes, NUL included (RFC 4475 §3.1.1.11)
/// CRLF --boundary--     the end; what comes before the first and behind the last delimiter is ignored
/// ```
/// Parts that are multipart themselves are split too, down to a limit.
public struct MultipartBody: Sendable, Hashable {
  /// How much is split.
  public struct Limits: Sendable, Hashable {
    /// Parts of one body, nested ones counted: beyond that, `tooManyValues`.
    public var maxParts = 32
    /// Multipart bodies within each other, the outermost counted: beyond that, `nestingTooDeep`.
    public var maxDepth = 4
    /// Header lines of one part: beyond that, `tooManyHeaders`.
    public var maxHeaders = 16

    /// The default limits, to be changed one by one.
    public init() {}
  }

  /// One part.
  public struct Part: Sendable, Hashable {
    /// Its header lines, without the empty line behind them.
    public let headers: ByteRange
    /// Its content.
    public let content: ByteRange
    /// What it is; `text/plain` when it does not say (RFC 2046 §5.1).
    public let type: MediaType
    /// What it is for, when it says.
    public let disposition: ContentDispositionHeader?
    /// Its own parts, when it is multipart.
    public let parts: [Part]
  }

  /// The parts in order, never empty.
  public let parts: [Part]

  /// Splits a body of this type.
  ///
  /// - Throws: `unknownValue` when the type is not multipart, `missingParameter` without `boundary`,
  ///   `malformedParameter` when the boundary is not what RFC 2046 allows, `unexpectedEnd` when the closing delimiter is
  ///   missing; faults of a part's headers; the limits. Offsets count from the body's start.
  public init(parsing body: Span<UInt8>, as type: MediaType, limits: Limits = Limits()) throws(SIPParseError) {
    try self.init(body, 0..<body.count, as: type, limits: limits)
  }

  /// Splits the body at `range`; places and offsets count from the start of `bytes`.
  package init(
    _ bytes: Span<UInt8>, _ range: Range<Int>, as type: MediaType, limits: Limits
  ) throws(SIPParseError) {
    var splitter = MultipartSplitter(limits: limits)
    parts = try splitter.split(bytes, range, as: type, depth: 1)
  }

  /// The first part of that type, those within parts looked at in their place (RFC 5621 §3.1).
  public func first(_ type: MediaType) -> Part? { Self.first(type, in: parts) }

  private static func first(_ type: MediaType, in parts: [Part]) -> Part? {
    for part in parts {
      if type.accepts(part.type) { return part }
      if let inner = first(type, in: part.parts) { return inner }
    }
    return nil
  }

  /// The longest boundary (RFC 2046 §5.1.1).
  public static let maxBoundaryBytes = 70
}

private struct MultipartSplitter {
  let limits: MultipartBody.Limits
  var partCount = 0

  mutating func split(
    _ body: Span<UInt8>, _ range: Range<Int>, as type: MediaType, depth: Int
  ) throws(SIPParseError) -> [MultipartBody.Part] {
    func error(_ reason: SIPParseError.Reason, _ offset: Int) -> SIPParseError {
      SIPParseError(reason, at: offset, in: .contentType)
    }
    guard type.isMultipart else { throw error(.unknownValue, range.lowerBound) }
    guard depth <= limits.maxDepth else { throw error(.nestingTooDeep, range.lowerBound) }
    guard let boundary = type.boundary else { throw error(.missingParameter, range.lowerBound) }
    guard MultipartSplitter.isBoundary(boundary) else { throw error(.malformedParameter, range.lowerBound) }

    let delimiter = Array("--\(boundary)".utf8)
    guard var current = Delimiter.next(delimiter, in: body, range) else {
      throw error(.unexpectedEnd, range.upperBound)
    }
    var parts: [MultipartBody.Part] = []
    while !current.isClosing {
      let start = current.end
      guard let next = Delimiter.next(delimiter, in: body, start..<range.upperBound) else {
        throw error(.unexpectedEnd, range.upperBound)
      }
      partCount += 1
      guard partCount <= limits.maxParts else { throw error(.tooManyValues, start) }
      // The CRLF before a delimiter belongs to the delimiter; an empty part has none left for itself.
      parts.append(try part(body, start..<max(start, next.start), depth: depth))
      current = next
    }
    guard !parts.isEmpty else { throw error(.emptyValue, current.start) }
    return parts
  }

  private mutating func part(
    _ body: Span<UInt8>, _ range: Range<Int>, depth: Int
  ) throws(SIPParseError) -> MultipartBody.Part {
    var type: MediaType?
    var disposition: ContentDispositionHeader?
    var lines = 0
    var cursor = range.lowerBound
    var headersEnd = cursor
    while true {
      guard cursor < range.upperBound else {
        headersEnd = range.upperBound
        cursor = range.upperBound
        break
      }
      let line = MultipartSplitter.headerLine(body, cursor..<range.upperBound)
      if line.text.isEmpty {
        headersEnd = cursor
        cursor = line.next
        break
      }
      lines += 1
      guard lines <= limits.maxHeaders else { throw SIPParseError(.tooManyHeaders, at: cursor, in: .contentType) }
      var scanner = FieldScanner(body, line.text)
      let name = try scanner.token()
      try scanner.expectSeparator(UInt8(ascii: ":"))
      if scanner.matches(name, "content-type") {
        guard type == nil else { throw SIPParseError(.duplicateHeader, at: cursor, in: .contentType) }
        type = try MediaType(scanning: &scanner)
        try scanner.expectEnd()
      } else if scanner.matches(name, "content-disposition") {
        guard disposition == nil else { throw SIPParseError(.duplicateHeader, at: cursor, in: .contentDisposition) }
        disposition = try ContentDispositionHeader(scanning: &scanner)
        try scanner.expectEnd()
      }
      cursor = line.next
    }
    let content = cursor..<range.upperBound
    let partType = type ?? .plainText
    return MultipartBody.Part(
      headers: ByteRange(range.lowerBound..<headersEnd), content: ByteRange(content), type: partType,
      disposition: disposition,
      parts: partType.isMultipart ? try split(body, content, as: partType, depth: depth + 1) : [])
  }

  /// One header line with its folds, and where the next begins.
  private static func headerLine(_ body: Span<UInt8>, _ range: Range<Int>) -> (text: Range<Int>, next: Int) {
    var cursor = range.lowerBound
    while cursor + 1 < range.upperBound {
      guard body[cursor] == UInt8(ascii: "\r"), body[cursor + 1] == UInt8(ascii: "\n") else {
        cursor += 1
        continue
      }
      let isEmpty = cursor == range.lowerBound
      if !isEmpty, cursor + 2 < range.upperBound, ByteSet.blank.contains(body[cursor + 2]) {
        cursor += 2
        continue
      }
      return (range.lowerBound..<cursor, cursor + 2)
    }
    return (range, range.upperBound)
  }

  /// `boundary` (RFC 2046 §5.1.1): up to 70 of these characters, the last no space.
  private static func isBoundary(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= MultipartBody.maxBoundaryBytes && text.utf8.last != UInt8(ascii: " ")
      && text.utf8.allSatisfy { byte in
        ByteSet.alphanumeric.contains(byte) || "'()+_,-./:=? ".utf8.contains(byte)
      }
  }
}

/// A line `--boundary` or `--boundary--`, with the CRLF before it.
private struct Delimiter {
  /// Where the content before it ends: at the CRLF, or at the delimiter when it opens the body.
  var start: Int
  /// Where the part behind it begins.
  var end: Int
  var isClosing: Bool

  /// The first delimiter in `range` that stands at a line's start and has nothing but white space behind it.
  static func next(_ delimiter: [UInt8], in body: Span<UInt8>, _ range: Range<Int>) -> Delimiter? {
    let dash = UInt8(ascii: "-")
    var line = range.lowerBound
    while line + delimiter.count <= range.upperBound {
      var cursor = line
      while cursor < range.upperBound, cursor - line < delimiter.count, body[cursor] == delimiter[cursor - line] {
        cursor += 1
      }
      if cursor - line == delimiter.count {
        var isClosing = false
        if cursor + 1 < range.upperBound, body[cursor] == dash, body[cursor + 1] == dash {
          isClosing = true
          cursor += 2
        }
        while cursor < range.upperBound, ByteSet.blank.contains(body[cursor]) { cursor += 1 }
        let isLineEnd =
          cursor + 1 < range.upperBound && body[cursor] == UInt8(ascii: "\r") && body[cursor + 1] == UInt8(ascii: "\n")
        if isLineEnd || isClosing && cursor == range.upperBound {
          return Delimiter(
            start: line == range.lowerBound ? line : line - 2, end: min(cursor + 2, range.upperBound),
            isClosing: isClosing)
        }
      }
      // The next line starts behind the next CRLF.
      cursor = line
      while cursor + 1 < range.upperBound,
        body[cursor] != UInt8(ascii: "\r") || body[cursor + 1] != UInt8(ascii: "\n")
      {
        cursor += 1
      }
      line = cursor + 2
    }
    return nil
  }
}
