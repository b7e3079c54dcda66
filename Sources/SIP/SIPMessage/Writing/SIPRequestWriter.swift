import Wire

/// Writes a request of our own, line by line.
///
/// CANCEL and the ACK for a failure belong to a request that was sent and are made from it; everything else is put
/// together from headers, Content-Length coming by itself.
public struct SIPRequestWriter: Sendable {
  private var lines: [UInt8] = []
  /// The type of the body.
  public var contentType: String?
  /// The body.
  public var body: [UInt8] = []

  /// A request with its start line and nothing else.
  public init(_ method: SIPMethod, requestURI: String) {
    let utf8 = requestURI.utf8
    self.init(method, requestURI: utf8.span)
  }

  /// A request with its start line and nothing else.
  public init(_ method: SIPMethod, requestURI: Span<UInt8>) {
    lines.appendText(method.name)
    lines.append(UInt8(ascii: " "))
    lines.appendText(requestURI)
    lines.append(contentsOf: " SIP/2.0\r\n")
  }

  /// Adds a header.
  public mutating func add(_ name: StaticString, _ value: String) { lines.appendHeader(name, value) }

  /// Adds a header.
  public mutating func add(_ name: StaticString, _ value: Span<UInt8>) { lines.appendHeader(name, value) }

  /// Adds a header whose value is a number.
  public mutating func add(_ name: StaticString, _ value: Int) { lines.appendHeader(name, value) }

  /// Appends the request.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(contentsOf: lines)
    bytes.appendBody(body, type: contentType)
  }
}

// MARK: - Requests that follow from others

extension SIPRequestWriter {
  /// Appends the CANCEL for a request that was sent (§9.1): its Request-URI, topmost Via, From, To, Call-ID, Routes, and
  /// its CSeq number.
  ///
  /// - Throws: what is wrong with the sent request's topmost Via or CSeq.
  public static func writeCancel(
    of request: borrowing SIPMessageView, into bytes: inout [UInt8]
  ) throws(SIPParseError) {
    try write("CANCEL", following: request, to: request, into: &bytes)
  }

  /// Appends the ACK for a response of 300 or more to an INVITE that was sent (§17.1.1.3): as a CANCEL, but with the
  /// response's To, which has a tag.
  ///
  /// - Throws: what is wrong with the sent request's topmost Via or CSeq.
  public static func writeACK(
    of request: borrowing SIPMessageView, for response: borrowing SIPMessageView, into bytes: inout [UInt8]
  ) throws(SIPParseError) {
    try write("ACK", following: request, to: response, into: &bytes)
  }

  private static func write(
    _ method: StaticString, following request: borrowing SIPMessageView, to: borrowing SIPMessageView,
    into bytes: inout [UInt8]
  ) throws(SIPParseError) {
    let via = try request.topmostVia()
    let cseq = try request.cseq()
    bytes.append(contentsOf: method)
    bytes.append(UInt8(ascii: " "))
    request.append(request.requestURI, to: &bytes)
    bytes.append(contentsOf: " SIP/2.0\r\nVia: ")
    request.append(via.value, to: &bytes)
    bytes.appendLineEnd()
    for place in 0..<request.headerCount {
      let entry = request.header(at: place)
      switch entry.name {
      case .to:
        if let line = to.first(.to)?.line { to.append(line, to: &bytes) }
      case .from, .callID, .route:
        request.append(entry.line, to: &bytes)
      default:
        break
      }
    }
    bytes.append(contentsOf: "CSeq: ")
    Decimal.append(UInt64(cseq.number), to: &bytes)
    bytes.append(UInt8(ascii: " "))
    bytes.append(contentsOf: method)
    bytes.append(contentsOf: "\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
  }
}
