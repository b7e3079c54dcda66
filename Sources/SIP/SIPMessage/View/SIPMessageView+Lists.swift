import Wire

// Headers that are lists: values in one line or over several, which is the same (§7.3.1). A value is reached from the
// first one on, or behind the one before it; nobody pays for those that are not looked at.

extension SIPMessageView {
  /// The topmost Via (§18.2.1); a message without one is an error.
  public func topmostVia() throws(SIPParseError) -> ViaField {
    guard let place = place(of: .via) else { throw missing(.via) }
    return try via(place, at: entries[place].valueRange.lowerBound)
  }

  /// The Via behind `via`, on the same line or a later one; nil behind the last.
  public func via(after via: ViaField) throws(SIPParseError) -> ViaField? {
    guard let next = try next(.via, after: via.value, place: via.place) else { return nil }
    return try self.via(next.place, at: next.start)
  }

  /// The topmost Route (§16.4); nil without a Route.
  public func topmostRoute() throws(SIPParseError) -> RouteField? { try firstRoute(.route) }

  /// The first value of Route, Record-Route, Path or Service-Route; nil without one.
  public func firstRoute(_ name: SIPHeaderName) throws(SIPParseError) -> RouteField? {
    guard let place = place(of: name) else { return nil }
    return try route(name, place, at: entries[place].valueRange.lowerBound)
  }

  /// The value behind `route` in the same set; nil behind the last.
  public func route(after route: RouteField, of name: SIPHeaderName = .route) throws(SIPParseError) -> RouteField? {
    guard let next = try next(name, after: route.value, place: route.address.place) else { return nil }
    return try self.route(name, next.place, at: next.start)
  }

  /// The first Contact; nil without one.
  public func firstContact() throws(SIPParseError) -> ContactField? {
    guard let place = place(of: .contact) else { return nil }
    return try contact(place, at: entries[place].valueRange.lowerBound)
  }

  /// The Contact behind `address`; nil behind the last.
  public func contact(after address: AddressField) throws(SIPParseError) -> ContactField? {
    guard let next = try next(.contact, after: address.value, place: address.place) else { return nil }
    return try contact(next.place, at: next.start)
  }

  /// Calls `body` with every element of a comma-separated header, over all its lines: `Require`, `Supported`, `Allow`
  /// and their kin. Elements are trimmed; commas in quoted strings, comments and angle brackets do not count; empty
  /// elements are passed over.
  public func forEachElement<Failure: Error>(
    of name: SIPHeaderName, _ body: (ByteRange) throws(Failure) -> Void
  ) throws(Failure) {
    var next = place(of: name)
    while let place = next {
      var elements = ListElements(bytes, entries[place].valueRange.range)
      while let element = elements.next() { try body(ByteRange(within: element)) }
      next = self.place(of: name, from: place + 1)
    }
  }

  /// Whether a comma-separated header has that token, letters without case: an option tag, a method.
  public func hasElement(_ text: StaticString, in name: SIPHeaderName) -> Bool {
    var found = false
    forEachElement(of: name) { element in
      if bytes.isEqualIgnoringCase(element.range, text) { found = true }
    }
    return found
  }
}

extension SIPMessageView {
  func via(_ place: Int, at start: Int) throws(SIPParseError) -> ViaField {
    var via = ViaField()
    var scanner = FieldScanner(bytes, start..<entries[place].valueRange.upperBound, header: .via)
    try read(&via, &scanner, place)
    return via
  }

  func route(_ name: SIPHeaderName, _ place: Int, at start: Int) throws(SIPParseError) -> RouteField {
    var route = RouteField()
    var scanner = FieldScanner(bytes, start..<entries[place].valueRange.upperBound, header: name)
    try read(&route, &scanner, place)
    return route
  }

  func contact(_ place: Int, at start: Int) throws(SIPParseError) -> ContactField {
    let value = entries[place].valueRange
    if value.count == 1, bytes[value.lowerBound] == UInt8(ascii: "*") { return .all }
    var address = AddressField()
    var scanner = FieldScanner(bytes, start..<value.upperBound, header: .contact)
    try read(&address, &scanner, place)
    return .address(address)
  }

  @inline(__always)
  func read(_ via: inout ViaField, _ scanner: inout FieldScanner, _ place: Int) throws(SIPParseError) {
    scanner.position = try via.read(bytes, scanner.position, scanner.end, maxParameters: head.maxParameters)
    try scanner.expectSeparatorOrEnd()
    via.place = place
  }

  @inline(__always)
  func read(_ route: inout RouteField, _ scanner: inout FieldScanner, _ place: Int) throws(SIPParseError) {
    scanner.position = try route.address.read(
      bytes, scanner.position, scanner.end, entries[place].name, uri: &route.uri, maxParameters: head.maxParameters,
      bracketsRequired: true)
    try scanner.expectSeparatorOrEnd()
    route.address.place = place
  }

  @inline(__always)
  func read(_ contact: inout AddressField, _ scanner: inout FieldScanner, _ place: Int) throws(SIPParseError) {
    var uri = SIPURIField()
    scanner.position = try contact.read(
      bytes, scanner.position, scanner.end, .contact, uri: &uri, maxParameters: head.maxParameters)
    try scanner.expectSeparatorOrEnd()
    contact.place = place
  }

  /// Where the value behind `value` starts: behind the comma, or in the next line of that name.
  private func next(
    _ name: SIPHeaderName, after value: ByteRange, place: Int
  ) throws(SIPParseError) -> (place: Int, start: Int)? {
    var scanner = FieldScanner(bytes, value.upperBound..<entries[place].valueRange.upperBound, header: name)
    if scanner.skipSeparator(UInt8(ascii: ",")) { return (place, scanner.position) }
    guard let next = self.place(of: name, from: place + 1) else { return nil }
    return (next, entries[next].valueRange.lowerBound)
  }
}

extension FieldScanner {
  /// Behind a list's value: a comma, which stays unread, or the end.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func expectSeparatorOrEnd() throws(SIPParseError) {
    if isAtEnd { return }
    skipWhiteSpace()
    guard isAtEnd || next == UInt8(ascii: ",") else { throw error(.unexpectedByte) }
  }
}
