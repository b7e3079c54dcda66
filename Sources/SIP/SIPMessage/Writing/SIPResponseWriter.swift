import Wire

/// Writes a response to a request (§8.2.6): Via, From, To, Call-ID and CSeq as they came, and what is added to them.
///
/// A request that is faulty but `isAnswerable` can be answered, too: what is missing stays missing, what is malformed is
/// copied as it stands.
public struct SIPResponseWriter: Sendable {
  /// The status, 100 to 699.
  public var status: Int
  /// The reason phrase; the standard's own when nil.
  public var phrase: String?
  /// The tag that To gets when it has none and the status is not 100 (§8.2.6.2).
  public var toTag: String?
  /// The address the topmost Via's `received` gets (§18.2.1).
  public var received: IPAddress?
  /// The port that an `rport` in the topmost Via gets (RFC 3581 §4).
  public var port: UInt16?
  /// Whether Record-Route is copied: due in 2xx, and in reliable or tagged 1xx, to a request that makes a dialog
  /// (§12.1.1).
  public var copiesRecordRoute = false
  /// The type of the body.
  public var contentType: String?
  /// The body.
  public var body: [UInt8] = []
  private var lines: [UInt8] = []

  /// Room for what is usually added, a challenge for one.
  private static var usualLines: Int { 240 }

  /// A response of that status without anything added.
  public init(_ status: Int, phrase: String? = nil) {
    self.status = status
    self.phrase = phrase
  }

  /// The response to a faulty request: its status, and a phrase that says what is wrong.
  public init(answering error: SIPParseError) {
    self.init(error.statusCode, phrase: error.phrase)
  }

  /// Adds a header.
  public mutating func add(_ name: StaticString, _ value: String) {
    if lines.isEmpty { lines.reserveCapacity(Self.usualLines) }
    lines.appendHeader(name, value)
  }

  /// Adds a header.
  public mutating func add(_ name: StaticString, _ value: Span<UInt8>) {
    lines.appendHeader(name, value)
  }

  /// Appends the response to the request in `view`.
  public func write(answering view: borrowing SIPMessageView, into bytes: inout [UInt8]) {
    bytes.append(contentsOf: "SIP/2.0 ")
    Decimal.append(UInt64(clamping: min(max(status, 100), 699)), to: &bytes)
    bytes.append(UInt8(ascii: " "))
    bytes.appendText(phrase ?? SIPStatusPhrase.text(for: status))
    bytes.appendLineEnd()

    var isTopmost = true
    for place in 0..<view.headerCount {
      let entry = view.header(at: place)
      switch entry.name {
      case .via:
        if isTopmost { writeTopmostVia(view, entry, into: &bytes) } else { view.append(entry.line, to: &bytes) }
        isTopmost = false
      case .from, .callID, .cseq:
        view.append(entry.line, to: &bytes)
      case .to:
        writeTo(view, entry, into: &bytes)
      case .recordRoute where copiesRecordRoute:
        view.append(entry.line, to: &bytes)
      case .timestamp where status == 100:
        view.append(entry.line, to: &bytes)
      default:
        break
      }
    }
    bytes.append(contentsOf: lines)
    bytes.appendBody(body, type: contentType)
  }

  private func writeTopmostVia(
    _ view: borrowing SIPMessageView, _ entry: SIPHeaderEntry, into bytes: inout [UInt8]
  ) {
    guard received != nil || port != nil, let via = try? view.topmostVia() else {
      return view.append(entry.line, to: &bytes)
    }
    view.append(entry.line, stamping: via, received: received, port: port, to: &bytes)
  }

  private func writeTo(_ view: borrowing SIPMessageView, _ entry: SIPHeaderEntry, into bytes: inout [UInt8]) {
    guard let toTag, status != 100, let to = try? view.to(), to.tag == nil else {
      return view.append(entry.line, to: &bytes)
    }
    view.append(ByteRange(at: entry.line.lower, to: entry.valueRange.upper), to: &bytes)
    bytes.append(contentsOf: ";tag=")
    bytes.appendText(toTag)
    bytes.appendLineEnd()
  }
}

extension SIPMessageView {
  /// Appends the bytes at `range`.
  func append(_ range: ByteRange, to bytes: inout [UInt8]) { bytes.append(copying: slice(range)) }

  /// Appends the bytes at `range`, in which the topmost Via stands, and writes into it what the socket saw (§18.2.1,
  /// RFC 3581 §4): `received` when it is given, and the port where `rport` asks for it.
  package func append(
    _ range: ByteRange, stamping via: ViaField, received: IPAddress?, port: UInt16?, to bytes: inout [UInt8]
  ) {
    let stamp = ViaStamp(via, received: received, port: port)
    var cursor = range.lower
    for edit in [stamp.first, stamp.second] {
      guard let edit else { continue }
      append(ByteRange(at: cursor, to: edit.range.lower), to: &bytes)
      edit.text.write(into: &bytes)
      cursor = edit.range.upper
    }
    append(ByteRange(at: cursor, to: range.upper), to: &bytes)
  }
}
