import Wire

/// A SIP message seen through its index: every part in its place, nothing copied (RFC 3261 §7).
///
/// It is two spans and the start line's places, cannot outlive the bytes and the index it looks at, and costs nothing to
/// pass around. Places (`ByteRange`, and the typed fields made of them) may be kept: they hold for every copy of the same
/// bytes. Typed accessors parse their header each time they are asked, and throw a `SIPParseError` that names it.
///
/// A part that is kept beyond the bytes is a `SIPMessage`, one that is changed on its way out a `SIPRewriter`.
public struct SIPMessageView: ~Escapable {
  /// The whole message as it came.
  public let bytes: Span<UInt8>
  package let entries: Span<SIPHeaderEntry>
  package let head: SIPMessageHead

  @_lifetime(copy bytes, copy entries)
  @inline(__always)
  init(bytes: Span<UInt8>, entries: Span<SIPHeaderEntry>, head: SIPMessageHead) {
    self.bytes = bytes
    self.entries = entries
    self.head = head
  }
}

// MARK: - Start line and body

extension SIPMessageView {
  /// Whether this is a request.
  public var isRequest: Bool { head.isRequest }

  /// The method of a request; a response has it in `cseq()`.
  public var method: SIPMethod { SIPMethod(token: bytes, head.method.range) }

  /// The method's place in a request; empty in a response.
  public var methodRange: ByteRange { head.method }

  /// The status of a response, 100 to 699; 0 in a request.
  public var statusCode: Int { Int(head.statusCode) }

  /// The Request-URI's place in a request; empty in a response.
  public var requestURI: ByteRange { head.isRequest ? head.target : .zero }

  /// The reason phrase's place in a response, perhaps empty; empty in a request.
  public var reasonPhrase: ByteRange { head.isRequest ? .zero : head.target }

  /// The start line with its CRLF.
  public var startLine: ByteRange { ByteRange(at: head.start, to: head.headersStart) }

  /// The body: as many bytes as Content-Length says, or the rest of the datagram without one.
  public var body: ByteRange { head.body }

  /// The message's own bytes: without empty lines before it and without what follows the body.
  public var extent: ByteRange { ByteRange(at: head.start, to: head.body.upper) }

  /// Whether the method is `name`, which must be spelled as the standard does.
  public func isMethod(_ name: StaticString) -> Bool { bytes.matches(head.method.range, name) }
}

// MARK: - Headers

extension SIPMessageView {
  /// How many header fields there are.
  public var headerCount: Int { entries.count }

  /// The header field at `place`, from 0 up to `headerCount`, in the message's order.
  public func header(at place: Int) -> SIPHeaderEntry { entries[place] }

  /// The place of the first `name` header at or after `start`; nil when there is none.
  @inline(__always)
  public func place(of name: SIPHeaderName, from start: Int = 0) -> Int? {
    guard head.present.mayContain(name) else { return nil }
    var place = start
    while place < entries.count {
      if entries[place].name == name { return place }
      place &+= 1
    }
    return nil
  }

  /// The first header field of that name.
  public func first(_ name: SIPHeaderName) -> SIPHeaderEntry? {
    guard let place = place(of: name) else { return nil }
    return entries[place]
  }

  /// The first header field whose name is `name`, letters without case; for names this library does not know.
  public func first(named name: StaticString) -> SIPHeaderEntry? {
    for place in 0..<entries.count where bytes.isEqualIgnoringCase(entries[place].nameRange.range, name) {
      return entries[place]
    }
    return nil
  }

  /// Whether there is a header field of that name.
  public func contains(_ name: SIPHeaderName) -> Bool { place(of: name) != nil }

  /// How many header fields (lines, not values) there are of that name.
  public func count(_ name: SIPHeaderName) -> Int {
    guard head.present.mayContain(name) else { return 0 }
    var count = 0
    for place in 0..<entries.count where entries[place].name == name { count += 1 }
    return count
  }

  /// Calls `body` with every header field of that name, in order.
  @inlinable
  public func forEach<Failure: Error>(
    _ name: SIPHeaderName, _ body: (SIPHeaderEntry) throws(Failure) -> Void
  ) throws(Failure) {
    var next = place(of: name)
    while let place = next {
      try body(header(at: place))
      next = self.place(of: name, from: place + 1)
    }
  }
}

// MARK: - Bytes and text

extension SIPMessageView {
  /// The bytes at `range`.
  @_lifetime(copy self)
  @inline(__always)
  public func slice(_ range: ByteRange) -> Span<UInt8> { bytes.extracting(range.range) }

  /// The bytes at `range` as text, a copy; what is not UTF-8 becomes U+FFFD.
  public func string(_ range: ByteRange) -> String { String(copying: slice(range)) }

  /// Whether the bytes at `range` are exactly `text`.
  public func equals(_ range: ByteRange, _ text: StaticString) -> Bool { bytes.matches(range.range, text) }

  /// Whether the bytes at `range` are `text` but for the case of letters.
  public func equalsIgnoringCase(_ range: ByteRange, _ text: StaticString) -> Bool {
    bytes.isEqualIgnoringCase(range.range, text)
  }

  /// A scanner over `range`, whose errors name `header`.
  @_lifetime(copy self)
  @inline(__always)
  package func scanner(_ range: ByteRange, _ header: SIPHeaderName?) -> FieldScanner {
    FieldScanner(bytes, range.range, header: header)
  }
}
