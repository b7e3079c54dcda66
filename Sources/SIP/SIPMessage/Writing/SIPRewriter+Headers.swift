import Wire

// What a proxy changes (§16.6, §16.7, §18.2.1), in its own words.

extension SIPRewriter {
  /// Puts `uri` in the place of the Request-URI.
  public mutating func replaceRequestURI(of view: borrowing SIPMessageView, with uri: Span<UInt8>) {
    replace(view.requestURI, with: uri)
  }

  /// Sets Max-Forwards, and adds it to a message without (§16.6 step 3).
  public mutating func setMaxForwards(_ hops: UInt8, of view: borrowing SIPMessageView) {
    setHeader(.maxForwards, "Max-Forwards", of: view) { Decimal.append(UInt64(hops), to: &$0) }
  }

  /// Sets Max-Breadth, and adds it to a message without (RFC 5393 §5.3.3).
  public mutating func setMaxBreadth(_ branches: UInt8, of view: borrowing SIPMessageView) {
    setHeader(.maxBreadth, "Max-Breadth", of: view) { Decimal.append(UInt64(branches), to: &$0) }
  }

  /// Adds `Content-Length` to a message that came without one, for a hop that needs it (§18.3).
  public mutating func ensureContentLength(of view: borrowing SIPMessageView) {
    guard !view.contains(.contentLength) else { return }
    let length = view.body.count
    setHeader(.contentLength, "Content-Length", of: view) { Decimal.append(UInt64(length), to: &$0) }
  }

  /// Puts another body in the place of the body and corrects Content-Length.
  public mutating func replaceBody(of view: borrowing SIPMessageView, with body: Span<UInt8>) {
    let length = body.count
    setHeader(.contentLength, "Content-Length", of: view) { Decimal.append(UInt64(length), to: &$0) }
    edit(view.body) { $0.append(copying: body) }
  }

  private mutating func setHeader(
    _ name: SIPHeaderName, _ text: StaticString, of view: borrowing SIPMessageView, _ value: (inout [UInt8]) -> Void
  ) {
    if let entry = view.first(name) { return edit(entry.valueRange, value) }
    edit(view.endOfHeaders) { bytes in
      bytes.append(contentsOf: text)
      bytes.append(contentsOf: ": ")
      value(&bytes)
      bytes.appendLineEnd()
    }
  }
}

// MARK: - Header lines

extension SIPRewriter {
  /// Adds a header line before all others of that name; before every header when there is none.
  public mutating func insertFirst(
    _ name: SIPHeaderName, _ text: StaticString, value: Span<UInt8>, in view: borrowing SIPMessageView
  ) {
    let place = view.first(name)?.line.lower ?? view.startOfHeaders.lower
    edit(ByteRange(at: place, to: place)) { $0.appendHeader(text, value) }
  }

  /// Adds a header line behind all others.
  public mutating func append(_ text: StaticString, value: Span<UInt8>, to view: borrowing SIPMessageView) {
    edit(view.endOfHeaders) { $0.appendHeader(text, value) }
  }

  /// Adds a header line behind all others.
  public mutating func append(_ text: StaticString, value: String, to view: borrowing SIPMessageView) {
    edit(view.endOfHeaders) { $0.appendHeader(text, value) }
  }

  /// Takes out the header line at `place`.
  public mutating func removeHeader(at place: Int, of view: borrowing SIPMessageView) {
    remove(view.header(at: place).line)
  }

  /// Takes out every header line of which `isUnwanted` holds; how many there were.
  @discardableResult
  public mutating func removeHeaders(
    of view: borrowing SIPMessageView, where isUnwanted: (SIPHeaderEntry) -> Bool
  ) -> Int {
    var count = 0
    for place in 0..<view.headerCount where isUnwanted(view.header(at: place)) {
      removeHeader(at: place, of: view)
      count += 1
    }
    return count
  }
}

// MARK: - Via, Route, Record-Route

extension SIPRewriter {
  /// Puts a Via on top (§16.6 step 8).
  public mutating func pushVia(_ value: Span<UInt8>, onto view: borrowing SIPMessageView) {
    insertFirst(.via, "Via", value: value, in: view)
  }

  /// Puts a Record-Route value on top (§16.6 step 4).
  public mutating func pushRecordRoute(_ value: Span<UInt8>, onto view: borrowing SIPMessageView) {
    insertFirst(.recordRoute, "Record-Route", value: value, in: view)
  }

  /// Puts a Route value on top.
  public mutating func pushRoute(_ value: Span<UInt8>, onto view: borrowing SIPMessageView) {
    insertFirst(.route, "Route", value: value, in: view)
  }

  /// Takes the topmost Via off (§16.7 step 3); it must be the view's `topmostVia()`.
  public mutating func popVia(_ via: ViaField, of view: borrowing SIPMessageView) {
    removeValue(via.value, place: via.place, of: view)
  }

  /// Takes a Route value off (§16.4, §16.6 step 6).
  public mutating func popRoute(_ route: RouteField, of view: borrowing SIPMessageView) {
    removeValue(route.value, place: route.address.place, of: view)
  }

  /// Takes one value out of a list header, with its comma, and the whole line with its last value.
  public mutating func removeValue(_ value: ByteRange, place: Int, of view: borrowing SIPMessageView) {
    let entry = view.header(at: place)
    var scanner = FieldScanner(view.bytes, value.upperBound..<entry.valueRange.upperBound)
    if scanner.skipSeparator(UInt8(ascii: ",")) {
      remove(ByteRange(at: value.lowerBound, to: scanner.position))
    } else if value.lower > entry.valueRange.lower {
      var comma = value.lowerBound
      while comma > entry.valueRange.lowerBound, view.bytes[comma] != UInt8(ascii: ",") { comma -= 1 }
      remove(ByteRange(at: comma, to: value.upperBound))
    } else {
      remove(entry.line)
    }
  }

  /// Writes into the topmost Via what the socket saw (§18.2.1, RFC 3581 §4): `received` when it is given, and the port
  /// where `rport` asks for it.
  public mutating func stampVia(_ via: ViaField, received: IPAddress?, port: UInt16) {
    let stamp = ViaStamp(via, received: received, port: port)
    if let first = stamp.first { edit(first.range, first.text.write) }
    if let second = stamp.second { edit(second.range, second.text.write) }
  }
}

extension SIPMessageView {
  /// The empty place before the first header.
  var startOfHeaders: ByteRange { ByteRange(at: head.headersStart, to: head.headersStart) }

  /// The empty place behind the last header.
  var endOfHeaders: ByteRange { ByteRange(at: head.emptyLine.lower, to: head.emptyLine.lower) }
}
