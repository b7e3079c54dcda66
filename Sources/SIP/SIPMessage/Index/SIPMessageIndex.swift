import Wire

/// How a message came: it decides where the body ends (§18.3).
public enum SIPFraming: Sendable, Hashable {
  /// One datagram, one message: without Content-Length the body is the rest, bytes beyond it are ignored.
  case datagram
  /// A message cut out of a stream: Content-Length must be there.
  case stream
}

/// The places of a message's parts, found in one pass over its bytes; made once and used for message after message.
///
/// `index(_:framing:)` looks at every byte of the start line and the headers, eight at a time, and copies none. What it
/// checks is structure: lines, names, control characters, the start line, Content-Length. What a header says is looked at
/// when it is asked for (`SIPMessageView`), or by `SIPMessageView.validate()` for all that a proxy relies on.
///
/// A line ends with CRLF (§7): CR without LF, LF without CR and NUL are refused. A CRLF before a blank is a fold and counts
/// as white space (§7.3.1); white space between a name and its colon is legal and not part of the name.
public struct SIPMessageIndex: ~Copyable {
  /// What a message may hold.
  public let limits: SIPLimits

  var entries: [SIPHeaderEntry]
  var entryCount = 0
  var head = SIPMessageHead()
  let names = SIPHeaderNameTable.shared

  /// An empty index; room for 32 headers to start with, more when a message has more.
  public init(limits: SIPLimits = .default) {
    self.limits = limits
    entries = [SIPHeaderEntry](repeating: SIPHeaderEntry(), count: 32)
  }

  /// Indexes one message; what was indexed before is forgotten.
  ///
  /// The first fault is thrown, but the rest of the message is indexed nevertheless, without the faulty lines, so that
  /// `view(of:)` serves to answer a request whose fault says `isAnswerable`.
  public mutating func index(_ bytes: Span<UInt8>, framing: SIPFraming) throws(SIPParseError) {
    var fault: SIPParseError?
    try indexLines(bytes, fault: &fault)
    indexBody(bytes, framing: framing, fault: &fault)
    if let fault { throw fault.answerable(view(of: bytes).canBeAnswered) }
  }

  /// A view of the message indexed last; `bytes` must be the ones that were indexed, or a copy of them.
  @_lifetime(borrow self, copy bytes)
  @inline(__always)
  public func view(of bytes: Span<UInt8>) -> SIPMessageView {
    precondition(bytes.count == Int(head.byteCount), "an index is of one message only")
    return SIPMessageView(bytes: bytes, entries: entries.span.extracting(first: entryCount), head: head)
  }

  /// The start line and the headers: everything up to the body. Throws only where nothing can be indexed.
  mutating func indexLines(_ bytes: Span<UInt8>, fault: inout SIPParseError?) throws(SIPParseError) {
    entryCount = 0
    head = SIPMessageHead()
    guard bytes.count <= limits.maxMessageBytes, bytes.count < Int(UInt32.max) else {
      throw SIPParseError(.messageTooLarge, at: limits.maxMessageBytes)
    }
    head.byteCount = UInt32(truncatingIfNeeded: bytes.count)
    head.maxValues = UInt16(clamping: limits.maxValues)
    head.maxParameters = UInt16(clamping: limits.maxParameters)
    let start = try SIPMessageIndex.startOfMessage(bytes)
    head.start = UInt32(truncatingIfNeeded: start)
    let headers = indexStartLine(bytes, from: start, fault: &fault)
    head.headersStart = UInt32(truncatingIfNeeded: headers)
    let body = indexHeaders(bytes, from: headers, fault: &fault)
    head.body = ByteRange(at: body, to: bytes.count)
  }

  /// Skips empty lines before the start line (§7.5 asks for it on streams; datagrams are read the same way).
  private static func startOfMessage(_ bytes: Span<UInt8>) throws(SIPParseError) -> Int {
    guard bytes.count > 0 else { throw SIPParseError(.emptyMessage, at: 0) }
    if bytes[0] > UInt8(ascii: "\r") { return 0 }
    var start = 0
    while bytes.word(at: start) & 0xFFFF == 0x0A0D { start += 2 }
    if start < bytes.count { return start }
    throw SIPParseError(.keepAlive, at: 0)
  }
}

// MARK: - The body

extension SIPMessageIndex {
  /// What Content-Length says, in bytes; nil without one. A value that cannot be believed is an error (§20.14).
  func declaredLength(_ bytes: Span<UInt8>) throws(SIPParseError) -> Int? {
    guard head.present.mayContain(.contentLength) else { return nil }
    var length: Int?
    let slots = entries.span
    // From the end, where it usually stands.
    var place = entryCount
    while place > 0 {
      place &-= 1
      if slots[place].name != .contentLength { continue }
      var scanner = FieldScanner(bytes, slots[place].valueRange.range, header: .contentLength)
      let value = Int(truncatingIfNeeded: try scanner.number(upTo: UInt64(Int32.max)))
      if !scanner.isAtEnd { throw scanner.error(.trailingBytes) }
      if let length {
        let reason: SIPParseError.Reason = length == value ? .duplicateHeader : .conflictingContentLength
        throw SIPParseError(reason, at: slots[place].valueRange.lowerBound, in: .contentLength)
      }
      length = value
      if !head.repeated.mayContain(.contentLength) { break }
    }
    return length
  }

  /// Cuts the body to what Content-Length says.
  private mutating func indexBody(_ bytes: Span<UInt8>, framing: SIPFraming, fault: inout SIPParseError?) {
    do throws(SIPParseError) {
      let body = head.body
      if let length = try declaredLength(bytes) {
        guard length <= body.count else { throw SIPParseError(.bodyTooShort, at: bytes.count) }
        head.body = ByteRange(at: body.lower, to: body.lower + UInt32(truncatingIfNeeded: length))
      } else if framing == .stream {
        throw SIPParseError(.missingContentLength, at: body.lowerBound, in: .contentLength)
      }
    } catch {
      if fault == nil { fault = error }
    }
  }
}
