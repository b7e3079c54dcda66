import FuzzSupport
import SIPMessage
import Wire

/// Asks everything that can be asked; nothing traps, places lie in the message, errors too.
func checkAccessors(_ view: SIPMessageView) {
  _ = (view.method, view.statusCode, view.canBeAnswered)
  for range in [view.startLine, view.requestURI, view.reasonPhrase, view.methodRange, view.body, view.extent] {
    _ = view.slice(range).count
  }
  for name in SIPHeaderName.allCases { checkLookup(view, name) }
  for place in 0..<view.headerCount { _ = try? view.uriField(view.header(at: place).valueRange) }
  _ = (try? view.maxForwards(), try? view.contentLength(), try? view.expires(), try? view.requestURIField())
  _ = (try? view.cseq(), try? view.callID(), try? view.from(), try? view.to())
  _ = (try? view.firstContact(), try? view.validate())
  walkVias(view)
  for name in [SIPHeaderName.route, .recordRoute, .path, .serviceRoute] { walkRoutes(view, name) }
  walkContacts(view)
  askOwned(view)
}

private func checkLookup(_ view: SIPMessageView, _ name: SIPHeaderName) {
  var count = 0
  var first: SIPHeaderEntry?
  for place in 0..<view.headerCount where view.header(at: place).name == name {
    if first == nil { first = view.header(at: place) }
    count += 1
  }
  require(view.first(name) == first, "the first \(name) is not found")
  require(view.count(name) == count, "the count of \(name) is wrong")
  require(view.contains(name) == (count > 0), "\(name) is there and is not")
  var seen = 0
  view.forEach(name) { _ in seen += 1 }
  require(seen == count, "not every \(name) is visited")
  var end = 0
  view.forEachElement(of: name) { element in
    require(element.lowerBound >= end && element.upperBound <= view.extent.upperBound, "elements of \(name) overlap")
    end = element.upperBound
  }
}

private func walkVias(_ view: SIPMessageView) {
  var via = try? view.topmostVia()
  var end = 0
  while let current = via {
    require(current.value.lowerBound >= end, "Via walks backwards")
    end = current.value.upperBound
    for range in [current.branch, current.received, current.maddr, current.rportParameter, current.host] {
      if let range { require(current.value.encloses(range), "a part of Via outside it") }
    }
    via = try? view.via(after: current)
  }
}

private func walkRoutes(_ view: SIPMessageView, _ name: SIPHeaderName) {
  var route = try? view.firstRoute(name)
  var end = 0
  while let current = route {
    require(current.value.lowerBound >= end, "\(name) walks backwards")
    end = current.value.upperBound
    require(current.value.encloses(current.uri.whole), "a URI outside its \(name)")
    route = try? view.route(after: current, of: name)
  }
}

private func walkContacts(_ view: SIPMessageView) {
  var contact = try? view.firstContact()
  var end = 0
  while case .address(let current)? = contact {
    require(current.value.lowerBound >= end, "Contact walks backwards")
    end = current.value.upperBound
    for range in [current.displayName, current.tag, current.uri, current.parameters] {
      if let range { require(current.value.encloses(range), "a part of Contact outside it") }
    }
    contact = try? view.contact(after: current)
  }
}

private func askOwned(_ view: SIPMessageView) {
  _ = (try? view.vias(), try? view.fromHeader(), try? view.toHeader(), try? view.contacts(), try? view.routes())
  _ = (try? view.recordRoutes(), try? view.paths(), try? view.serviceRoutes(), try? view.cseqHeader())
  _ = (try? view.callIDHeader(), try? view.allow(), try? view.supported(), try? view.require())
  _ = (try? view.proxyRequire(), try? view.unsupported(), try? view.contentType(), try? view.contentDisposition())
  _ = (try? view.multipartBody(), try? view.accept(), try? view.date(), try? view.minExpires(), try? view.retryAfter())
  _ = (try? view.sessionExpires(), try? view.minSE(), try? view.reasons(), try? view.warnings())
  for name in [SIPHeaderName.authorization, .proxyAuthorization, .wwwAuthenticate, .proxyAuthenticate] {
    _ = try? view.authentication(name)
  }
  _ = (try? view.authenticationInfo(), try? view.assertedIdentities(), try? view.privacy(), try? view.identities())
  _ = (try? view.event(), try? view.referTo(), try? view.replaces(), try? view.rSeq(), try? view.rAck())
}

extension ByteRange {
  /// Whether `other` lies within this place.
  fileprivate func encloses(_ other: ByteRange) -> Bool { other.lower >= lower && other.upper <= upper }
}

// MARK: - Accepted messages

/// The start line, the headers, the empty line and the body follow on one another without a gap.
func checkPlaces(_ view: SIPMessageView) {
  var end = view.startLine.upper
  require(view.startLine.lower == view.extent.lower, "the message does not start with its start line")
  for place in 0..<view.headerCount {
    let entry = view.header(at: place)
    require(entry.line.lower == end, "a gap before header \(place)")
    require(entry.nameRange.upper < entry.valueRange.lower, "no colon in header \(place)")
    require(entry.line.encloses(entry.valueRange), "a value outside its line")
    end = entry.line.upper
  }
  require(end + 2 == view.body.lower && view.body.upper == view.extent.upper, "a gap before the body")
}

/// What `validate()` found is what the accessors find.
func checkFields(_ view: SIPMessageView, _ fields: SIPMandatoryFields) {
  do throws(SIPParseError) {
    let topmost = try view.topmostVia()
    require(topmost == fields.topmostVia, "two topmost Vias")
    let (from, to) = (try view.from(), try view.to())
    require(from == fields.from && to == fields.to, "two kinds of From or To")
    let callID = try view.callID()
    require(callID == fields.callID, "two Call-IDs")
    let cseq = try view.cseq()
    require(cseq.number == fields.cseqNumber && cseq.methodRange == fields.cseqMethod, "two kinds of CSeq")
    require(cseq.method == fields.method(in: view), "two methods in CSeq")
    require(!view.isRequest || view.method == cseq.method, "the start line has another method than CSeq")
    let (hops, expires) = (try view.maxForwards(), try view.expires())
    require(hops == fields.maxForwards && expires == fields.expires, "two kinds of Max-Forwards or Expires")
    let (route, contact) = (try view.topmostRoute(), try view.firstContact())
    require(route == fields.topmostRoute && contact == fields.contact, "two kinds of Route or Contact")
    if view.isRequest {
      let uri = try view.requestURIField()
      require(uri == fields.requestURI, "two Request-URIs")
    }
    // Every Via was looked at, so walking them ends without an error.
    var via: ViaField? = try view.topmostVia()
    while let current = via { via = try view.via(after: current) }
  } catch {
    require(false, "validated, and yet \(error)")
  }
}

/// A kept message is the one it was made of.
func checkCopy(_ view: SIPMessageView, _ fields: SIPMandatoryFields) {
  let message = SIPMessage(copying: view)
  let copy = message.view
  require(isEqual(copy.bytes, view.bytes) && message.byteCount == view.bytes.count, "a copy has other bytes")
  require(copy.isRequest == view.isRequest && copy.statusCode == view.statusCode, "a copy has another start line")
  require(copy.methodRange == view.methodRange && copy.requestURI == view.requestURI, "a copy has another request line")
  require(copy.reasonPhrase == view.reasonPhrase && copy.startLine == view.startLine, "a copy has another phrase")
  require(copy.body == view.body && copy.extent == view.extent, "a copy has another body")
  require(copy.headerCount == view.headerCount, "a copy has other headers")
  for place in 0..<view.headerCount {
    require(copy.header(at: place) == view.header(at: place), "a copy has another header \(place)")
  }
  let again = try? copy.validate()
  require(again == fields, "a copy validates otherwise")
}

// MARK: - Spelling

private enum Spelling: CaseIterable {
  case swappedCase, canonical, compact
}

/// Names in other case, in their long or short form and with white space before the colon are the same headers.
func checkSpellings(_ view: SIPMessageView) {
  for spelling in Spelling.allCases {
    guard let message = parsed(respell(view, spelling), "a message with its names spelled otherwise (\(spelling))")
    else { continue }
    let other = message.view
    require(other.headerCount == view.headerCount, "\(spelling): another count of headers")
    for place in 0..<view.headerCount {
      let (entry, again) = (view.header(at: place), other.header(at: place))
      require(entry.name == again.name, "\(spelling): \(entry.name) became \(again.name)")
      require(isEqual(view, entry.valueRange, other, again.valueRange), "\(spelling): a value changed")
      require(entry.isFolded == again.isFolded, "\(spelling): a fold came or went")
    }
    for name in SIPHeaderName.allCases { require(other.count(name) == view.count(name), "\(spelling): lost a \(name)") }
    require(isEqual(view, view.body, other, other.body), "\(spelling): the body changed")
  }
}

private func respell(_ view: SIPMessageView, _ spelling: Spelling) -> [UInt8] {
  var bytes = [UInt8](copying: view.slice(view.startLine))
  var end = view.startLine.upper
  for place in 0..<view.headerCount {
    let entry = view.header(at: place)
    let isKnown = entry.name != .other && entry.name != .otherXIF
    switch spelling {
    case .compact where entry.name.compactForm != nil:
      bytes.append(entry.name.compactForm?.asciiValue ?? 0)
    case .canonical where isKnown:
      bytes.append(contentsOf: entry.name.canonicalName.utf8)
    default:
      for byte in [UInt8](copying: view.slice(entry.nameRange)) {
        let isLetter = (0x41...0x5A).contains(byte & ~0x20)
        bytes.append(isLetter ? byte ^ 0x20 : byte)
      }
    }
    bytes.append(contentsOf: " \t".utf8)
    var rest = entry.line
    rest.lower = entry.nameRange.upper
    bytes.append(contentsOf: [UInt8](copying: view.slice(rest)))
    end = entry.line.upper
  }
  var rest = view.extent
  rest.lower = end
  bytes.append(contentsOf: [UInt8](copying: view.slice(rest)))
  return bytes
}
