import Wire

extension SIPMessageView {
  /// Checks what a proxy or registrar relies on before it does anything else (§16.3 steps 1 and 2, DOMAIN §5 step 2), and
  /// answers with what it found.
  ///
  /// Start line, lines and Content-Length are the index's work. This looks at every value of
  /// Via, Route, Record-Route, Path, Service-Route and Contact, at From, To, Call-ID, CSeq, Max-Forwards, Expires,
  /// Min-Expires, Retry-After, Warning, Require and Proxy-Require, and at the Request-URI; it refuses a missing
  /// mandatory header, a second one of a header that is no list, and a CSeq of another method. A Request-URI with
  /// a scheme other than sip, sips and tel is 416, and found last. Headers a proxy has no use for (Date, Content-Type and
  /// so on) are left to whoever asks for them.
  ///
  /// Of a request the error says whether it can be answered; a response with an error is dropped.
  @discardableResult
  public func validate() throws(SIPParseError) -> SIPMandatoryFields {
    do throws(SIPParseError) {
      return try mandatoryFields()
    } catch {
      throw error.answerable(canBeAnswered)
    }
  }

  private func mandatoryFields() throws(SIPParseError) -> SIPMandatoryFields {
    try refuseDuplicates()
    guard let via = place(of: .via) else { throw missing(.via) }
    let topmostVia = try checkVias(from: via)
    guard let from = first(.from) else { throw missing(.from) }
    guard let to = first(.to) else { throw missing(.to) }
    guard let callID = first(.callID) else { throw missing(.callID) }
    guard let cseq = first(.cseq) else { throw missing(.cseq) }
    var fields = SIPMandatoryFields(
      topmostVia: topmostVia, from: try address(in: from, .from), to: try address(in: to, .to),
      callID: try self.callID(in: callID), cseq: try self.cseq(in: cseq))
    if isRequest { fields.requestURI = try checkRequestURI(fields.cseq) }
    if let entry = first(.maxForwards) {
      fields.maxForwards = UInt8(truncatingIfNeeded: try number(in: entry, upTo: 255))
    }
    if let entry = first(.expires) {
      fields.expires = UInt32(truncatingIfNeeded: try number(in: entry, upTo: UInt64(UInt32.max)))
    }
    fields.topmostRoute = try checkRoutes(.route)
    fields.contact = try checkContacts()
    _ = try checkRoutes(.recordRoute)
    try checkRareHeaders()
    if let uri = fields.requestURI, uri.scheme == .other {
      throw SIPParseError(.unsupportedURIScheme, at: uri.whole.lowerBound)
    }
    return fields
  }
}

// MARK: - The set of headers

extension SIPMessageView {
  /// The headers that are no comma-separated lists: §7.3.1 allows one line each.
  static let singleValued = SIPHeaderSet(
    .callID, .contentDisposition, .contentLength, .contentType, .cseq, .date, .event, .expires, .flowTimer, .from,
    .join,
    .maxForwards, .mimeVersion, .minExpires, .minSE, .organization, .priority, .rAck, .rSeq, .referSub, .referTo,
    .referredBy, .replaces, .replyTo, .retryAfter, .server, .sessionExpires, .sipETag, .sipIfMatch, .subject,
    .subscriptionState, .timestamp, .to, .userAgent)

  @inline(__always)
  private func refuseDuplicates() throws(SIPParseError) {
    if head.repeated.isEmpty { return }
    let duplicates = head.repeated.intersection(SIPMessageView.singleValued)
    if duplicates.isEmpty { return }
    var seen = SIPHeaderSet()
    for place in 0..<entries.count where duplicates.contains(entries[place].name) {
      if seen.insert(entries[place].name) {
        throw SIPParseError(.duplicateHeader, at: entries[place].line.lowerBound, in: entries[place].name)
      }
    }
  }
}

// MARK: - Start line and lists

extension SIPMessageView {
  @inline(__always)
  private func checkRequestURI(_ cseq: CSeqField) throws(SIPParseError) -> SIPURIField {
    guard areEqual(head.method, cseq.methodRange) else {
      throw SIPParseError(.methodMismatch, at: cseq.methodRange.lowerBound, in: .cseq)
    }
    let uri: SIPURIField
    do throws(SIPParseError) {
      uri = try requestURIField()
    } catch {
      throw SIPParseError(.malformedRequestURI, at: error.offset)
    }
    if let headers = uri.headers { throw SIPParseError(.headersInRequestURI, at: headers.lowerBound - 1) }
    return uri
  }

  @inline(__always)
  private func areEqual(_ left: ByteRange, _ right: ByteRange) -> Bool {
    guard left.count == right.count else { return false }
    let (first, second) = (left.lowerBound, right.lowerBound)
    for offset in 0..<left.count where bytes[first &+ offset] != bytes[second &+ offset] { return false }
    return true
  }

  /// Checks every Via value; the first one.
  @inline(__always)
  private func checkVias(from start: Int) throws(SIPParseError) -> ViaField {
    let topmost = try via(start, at: entries[start].valueRange.lowerBound)
    var last = topmost
    var count: UInt16 = 1
    while let following = try via(after: last) {
      last = following
      count &+= 1
      if count > head.maxValues { throw SIPParseError(.tooManyValues, at: last.value.lowerBound, in: .via) }
    }
    return topmost
  }

  /// Checks every value of Route or one of its kin; the first one.
  @inline(__always)
  private func checkRoutes(_ name: SIPHeaderName) throws(SIPParseError) -> RouteField? {
    guard let topmost = try firstRoute(name) else { return nil }
    var last = topmost
    var count: UInt16 = 1
    while let following = try route(after: last, of: name) {
      last = following
      count &+= 1
      if count > head.maxValues { throw SIPParseError(.tooManyValues, at: last.value.lowerBound, in: name) }
    }
    return topmost
  }

  /// Checks every Contact; the first one.
  @inline(__always)
  private func checkContacts() throws(SIPParseError) -> ContactField? {
    guard let first = try firstContact() else { return nil }
    guard case .address(var last) = first else { return first }
    var count: UInt16 = 1
    while case .address(let following)? = try contact(after: last) {
      last = following
      count &+= 1
      if count > head.maxValues { throw SIPParseError(.tooManyValues, at: last.value.lowerBound, in: .contact) }
    }
    return first
  }
}

// MARK: - Rare headers

extension SIPMessageView {
  private static let rare = SIPHeaderSet(
    .path, .serviceRoute, .minExpires, .retryAfter, .warning, .require, .proxyRequire)

  @inline(__always)
  private func checkRareHeaders() throws(SIPParseError) {
    if !head.present.intersection(SIPMessageView.rare).isEmpty { try checkRareHeadersSlowly() }
  }

  @inline(never)
  private func checkRareHeadersSlowly() throws(SIPParseError) {
    _ = try checkRoutes(.path)
    _ = try checkRoutes(.serviceRoute)
    for place in 0..<entries.count {
      let entry = entries[place]
      switch entry.name {
      case .minExpires: _ = try number(in: entry, upTo: UInt64(UInt32.max))
      case .retryAfter: try checkRetryAfter(entry)
      case .warning: try checkWarning(entry)
      case .require, .proxyRequire: try checkOptionTags(entry)
      default: break
      }
    }
  }

  /// `delta-seconds [ comment ] *( ";" retry-param )` (§20.33)
  private func checkRetryAfter(_ entry: SIPHeaderEntry) throws(SIPParseError) {
    var scanner = scanner(entry.valueRange, .retryAfter)
    _ = try scanner.number(upTo: UInt64(UInt32.max))
    scanner.skipWhiteSpace()
    if scanner.peek() == UInt8(ascii: "(") { _ = try scanner.comment() }
    while scanner.skipSeparator(UInt8(ascii: ";")) { _ = try scanner.parameter() }
    try scanner.expectEnd()
  }

  /// `1#( 3DIGIT SP warn-agent SP quoted-string )` (§20.43)
  private func checkWarning(_ entry: SIPHeaderEntry) throws(SIPParseError) {
    var scanner = scanner(entry.valueRange, .warning)
    repeat {
      let code = scanner.run(of: .digit)
      guard code.count == 3 else { throw scanner.error(.malformedNumber, at: code.lowerBound) }
      scanner.skipWhiteSpace()
      _ = try scanner.plainValue()
      scanner.skipWhiteSpace()
      _ = try scanner.quotedString()
    } while scanner.skipSeparator(UInt8(ascii: ","))
    try scanner.expectEnd()
  }

  /// `1#option-tag` (§20.29, §20.32)
  private func checkOptionTags(_ entry: SIPHeaderEntry) throws(SIPParseError) {
    var scanner = scanner(entry.valueRange, entry.name)
    repeat { _ = try scanner.token() } while scanner.skipSeparator(UInt8(ascii: ","))
    try scanner.expectEnd()
  }
}
