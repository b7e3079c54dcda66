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
    var fields = SIPMandatoryFields()
    do throws(SIPParseError) {
      try check(&fields)
    } catch {
      throw error.answerable(canBeAnswered)
    }
    return fields
  }

  private func check(_ fields: inout SIPMandatoryFields) throws(SIPParseError) {
    try checkHeaderSet()
    for place in 0..<entries.count {
      switch entries[place].name {
      case .via: try checkVias(place, &fields)
      case .from: try read(&fields.from, place)
      case .to: try read(&fields.to, place)
      case .callID: fields.callID = try callID(in: entries[place].valueRange)
      case .cseq: (fields.cseqNumber, fields.cseqMethod) = try cseqParts(in: entries[place].valueRange)
      case .maxForwards: fields.maxForwards = UInt8(truncatingIfNeeded: try number(in: place, upTo: 255))
      case .expires: fields.expires = UInt32(truncatingIfNeeded: try number(in: place, upTo: UInt64(UInt32.max)))
      case .route: try checkRoutes(place, &fields)
      case .contact: try checkContacts(place, &fields)
      case .recordRoute, .path, .serviceRoute: try checkRoutes(place, &fields)
      case .minExpires: _ = try number(in: place, upTo: UInt64(UInt32.max))
      case .retryAfter: try checkRetryAfter(entries[place])
      case .warning: try checkWarning(entries[place])
      case .require, .proxyRequire: try checkOptionTags(entries[place])
      default: break
      }
    }
    if isRequest { try checkStartLine(&fields) }
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

  private static let mandatory = SIPHeaderSet(.via, .from, .to, .callID, .cseq)

  @inline(__always)
  private func checkHeaderSet() throws(SIPParseError) {
    if !head.present.isSuperset(of: SIPMessageView.mandatory) {
      for name in [SIPHeaderName.via, .from, .to, .callID, .cseq] where !head.present.mayContain(name) {
        throw missing(name)
      }
    }
    if !head.repeated.isEmpty { try refuseDuplicates() }
  }

  private func refuseDuplicates() throws(SIPParseError) {
    let duplicates = head.repeated.intersection(SIPMessageView.singleValued)
    if duplicates.isEmpty { return }
    var seen = SIPHeaderSet()
    var again = SIPHeaderSet()
    for place in 0..<entries.count where duplicates.mayContain(entries[place].name) {
      seen.insert(entries[place].name, repeated: &again)
      if !again.isEmpty {
        throw SIPParseError(.duplicateHeader, at: entries[place].line.lowerBound, in: entries[place].name)
      }
    }
  }
}

// MARK: - The start line

extension SIPMessageView {
  /// The Request-URI, and whether CSeq agrees with the method.
  @inline(__always)
  private func checkStartLine(_ fields: inout SIPMandatoryFields) throws(SIPParseError) {
    guard slice(head.method).isEqual(to: slice(fields.cseqMethod)) else {
      throw SIPParseError(.methodMismatch, at: fields.cseqMethod.lowerBound, in: .cseq)
    }
    do throws(SIPParseError) {
      let target = head.target.range
      let end = try fields.requestURI.read(bytes, target.lowerBound, target.upperBound, nil, bare: false)
      if end < target.upperBound { throw SIPParseError(.malformedURI, at: end) }
    } catch {
      throw SIPParseError(.malformedRequestURI, at: error.offset)
    }
    if let headers = fields.requestURI.headers {
      throw SIPParseError(.headersInRequestURI, at: headers.lowerBound - 1)
    }
    if fields.requestURI.scheme == .other {
      throw SIPParseError(.unsupportedURIScheme, at: fields.requestURI.whole.lowerBound)
    }
  }
}

// MARK: - Lists

extension SIPMessageView {
  /// Checks every Via value of a line; the very first one is kept.
  @inline(__always)
  private func checkVias(_ place: Int, _ fields: inout SIPMandatoryFields) throws(SIPParseError) {
    var scanner = scanner(entries[place].valueRange, .via)
    var count: UInt16 = 0
    repeat {
      if fields.topmostVia.value.isEmpty {
        try read(&fields.topmostVia, &scanner, place)
      } else {
        var via = ViaField()
        try read(&via, &scanner, place)
      }
      count &+= 1
      if count > head.maxValues { throw scanner.error(.tooManyValues) }
    } while scanner.skipSeparator(UInt8(ascii: ","))
    fields.viaCount = fields.viaCount.addingReportingOverflow(count).partialValue
  }

  /// Checks every value of a line of Route or one of its kin; the very first Route is kept.
  private func checkRoutes(_ place: Int, _ fields: inout SIPMandatoryFields) throws(SIPParseError) {
    let name = entries[place].name
    var scanner = scanner(entries[place].valueRange, name)
    var count: UInt16 = 0
    repeat {
      var route = RouteField()
      try read(&route, &scanner, place)
      if name == .route, fields.topmostRoute == nil { fields.topmostRoute = route }
      count &+= 1
      if count > head.maxValues { throw scanner.error(.tooManyValues) }
    } while scanner.skipSeparator(UInt8(ascii: ","))
  }

  /// Checks every Contact of a line; the very first one is kept.
  @inline(__always)
  private func checkContacts(_ place: Int, _ fields: inout SIPMandatoryFields) throws(SIPParseError) {
    let range = entries[place].valueRange
    if range.count == 1, bytes[range.lowerBound] == UInt8(ascii: "*") {
      if fields.contact == nil { fields.contact = .all }
      return
    }
    var scanner = scanner(range, .contact)
    var count: UInt16 = 0
    repeat {
      var address = AddressField()
      try read(&address, &scanner, place)
      if fields.contact == nil { fields.contact = .address(address) }
      count &+= 1
      if count > head.maxValues { throw scanner.error(.tooManyValues) }
    } while scanner.skipSeparator(UInt8(ascii: ","))
  }
}

// MARK: - Rare headers

extension SIPMessageView {
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
