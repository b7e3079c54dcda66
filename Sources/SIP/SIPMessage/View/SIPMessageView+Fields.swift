import Wire

// Typed access to the headers a proxy works with. Each parses its header anew and returns places; keep the result if it
// is needed twice. A header that may be there once is an error when it is there twice.

extension SIPMessageView {
  /// The single header of that name; nil when there is none, an error when there are several.
  package func single(_ name: SIPHeaderName) throws(SIPParseError) -> SIPHeaderEntry? {
    guard let place = try singlePlace(name) else { return nil }
    return entries[place]
  }

  /// Its place.
  func singlePlace(_ name: SIPHeaderName) throws(SIPParseError) -> Int? {
    guard let place = place(of: name) else { return nil }
    if head.repeated.mayContain(name), let second = self.place(of: name, from: place + 1) {
      throw SIPParseError(.duplicateHeader, at: entries[second].line.lowerBound, in: name)
    }
    return place
  }

  /// The same, and an error when there is none.
  package func required(_ name: SIPHeaderName) throws(SIPParseError) -> SIPHeaderEntry {
    guard let place = try singlePlace(name) else { throw missing(name) }
    return entries[place]
  }

  func missing(_ name: SIPHeaderName) -> SIPParseError {
    SIPParseError(.missingHeader, at: head.emptyLine.lowerBound, in: name)
  }

  /// `CSeq` (§20.16).
  public func cseq() throws(SIPParseError) -> CSeqField { try cseq(in: try required(.cseq).valueRange) }

  /// `Call-ID` (§20.8).
  public func callID() throws(SIPParseError) -> ByteRange { try callID(in: try required(.callID).valueRange) }

  /// `From` (§20.20).
  public func from() throws(SIPParseError) -> AddressField { try address(.from) }

  /// `To` (§20.39).
  public func to() throws(SIPParseError) -> AddressField { try address(.to) }

  /// `Max-Forwards` (§20.22), 0 to 255; nil when it is missing, which RFC 2543 allows.
  public func maxForwards() throws(SIPParseError) -> UInt8? {
    guard let place = try singlePlace(.maxForwards) else { return nil }
    return UInt8(truncatingIfNeeded: try number(in: place, upTo: 255))
  }

  /// `Max-Breadth` (RFC 5393 §5.3.2), 0 to 255; nil when it is missing.
  public func maxBreadth() throws(SIPParseError) -> UInt8? {
    guard let place = try singlePlace(.maxBreadth) else { return nil }
    return UInt8(truncatingIfNeeded: try number(in: place, upTo: 255))
  }

  /// `Content-Length` (§20.14); nil when it is missing. The index has already compared it with the body.
  public func contentLength() throws(SIPParseError) -> Int? {
    guard let place = try singlePlace(.contentLength) else { return nil }
    return Int(truncatingIfNeeded: try number(in: place, upTo: UInt64(Int32.max)))
  }

  /// `Expires` (§20.19), seconds below 2³²; nil when it is missing.
  public func expires() throws(SIPParseError) -> UInt32? {
    guard let place = try singlePlace(.expires) else { return nil }
    return UInt32(truncatingIfNeeded: try number(in: place, upTo: UInt64(UInt32.max)))
  }

  /// The Request-URI taken apart (§7.1, §19.1).
  public func requestURIField() throws(SIPParseError) -> SIPURIField { try uriField(requestURI) }

  /// The URI at `range` taken apart; the range must hold a URI and nothing else.
  public func uriField(_ range: ByteRange, in header: SIPHeaderName? = nil) throws(SIPParseError) -> SIPURIField {
    try SIPURIField(bytes, range.range, header: header)
  }
}

// MARK: - Values

extension SIPMessageView {
  /// `1*DIGIT LWS Method`
  func cseq(in value: ByteRange) throws(SIPParseError) -> CSeqField {
    let (number, method) = try cseqParts(in: value)
    return CSeqField(number: number, method: SIPMethod(token: bytes, method.range), methodRange: method)
  }

  /// The same without making a method of the bytes.
  @inline(__always)
  func cseqParts(in value: ByteRange) throws(SIPParseError) -> (number: UInt32, method: ByteRange) {
    var scanner = scanner(value, .cseq)
    let number = try scanner.number(upTo: UInt64(Int32.max))
    let gap = scanner.position
    scanner.skipWhiteSpace()
    guard scanner.position > gap else { throw scanner.unexpected() }
    let method = try scanner.token()
    if !scanner.isAtEnd { throw scanner.error(.trailingBytes) }
    return (UInt32(truncatingIfNeeded: number), ByteRange(within: method))
  }

  /// `word [ "@" word ]`
  @inline(__always)
  func callID(in value: ByteRange) throws(SIPParseError) -> ByteRange {
    var scanner = scanner(value, .callID)
    if scanner.run(while: .word).isEmpty { throw scanner.error(scanner.isAtEnd ? .emptyValue : .unexpectedByte) }
    if scanner.skip(UInt8(ascii: "@")), scanner.run(while: .word).isEmpty { throw scanner.unexpected() }
    if !scanner.isAtEnd { throw scanner.error(.trailingBytes) }
    return value
  }

  /// The single address of a header that must be there.
  package func address(_ name: SIPHeaderName) throws(SIPParseError) -> AddressField {
    guard let place = place(of: name) else { throw missing(name) }
    _ = try singlePlace(name)
    var field = AddressField()
    try read(&field, place)
    return field
  }

  /// One address with its parameters and nothing behind it.
  @inline(__always)
  func read(_ field: inout AddressField, _ place: Int) throws(SIPParseError) {
    var uri = SIPURIField()
    let name = entries[place].name
    let range = entries[place].valueRange
    let end = try field.read(
      bytes, range.lowerBound, range.upperBound, name, uri: &uri, maxParameters: head.maxParameters)
    if end < range.upperBound { throw SIPParseError(.trailingBytes, at: end, in: name) }
    field.place = place
  }

  /// `1*DIGIT` and nothing else.
  func number(in place: Int, upTo limit: UInt64) throws(SIPParseError) -> UInt64 {
    var scanner = scanner(entries[place].valueRange, entries[place].name)
    let value = try scanner.number(upTo: limit)
    if !scanner.isAtEnd { throw scanner.error(.trailingBytes) }
    return value
  }
}
