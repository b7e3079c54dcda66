/// `name-addr` or `addr-spec` (RFC 3261 §20.10, §25.1): a URI and perhaps a name for people.
public struct NameAddress: SIPValue {
  /// The name as people should read it: quotes gone, quoted pairs resolved, folds and runs of blanks between unquoted
  /// words one space. May hold any character but CR and LF.
  public let displayName: String?

  /// The URI.
  public let uri: AddrSpec

  /// An address. CR and LF, which no display name can hold, become spaces.
  public init(displayName: String? = nil, uri: AddrSpec) {
    self.displayName = displayName?.withoutLineBreaks
    self.uri = uri
  }

  /// An address of a SIP URI.
  public init(displayName: String? = nil, sip uri: SIPURI) {
    self.init(displayName: displayName, uri: .sip(uri))
  }

  /// Reads an address and stops behind it: at the `;` of the header's parameters, a comma, or the end.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    try self.init(scanning: &scanner, requiresBrackets: false)
  }

  /// As `init(scanning:)`; Route, Record-Route, Path and Service-Route want the brackets even without a name.
  @_lifetime(scanner: copy scanner)
  package init(scanning scanner: inout FieldScanner, requiresBrackets: Bool) throws(SIPParseError) {
    switch scanner.peek() {
    case UInt8(ascii: "\""):
      displayName = try scanner.quotedText()
      scanner.skipWhiteSpace()
      uri = try scanner.bracketedURI()
    case UInt8(ascii: "<"):
      displayName = nil
      uri = try scanner.bracketedURI()
    default:
      let start = scanner.position
      let firstWord = scanner.run(of: .token)
      if scanner.peek() == UInt8(ascii: ":") {
        guard !requiresBrackets else { throw scanner.error(.bracketsRequired, at: start) }
        scanner.position = start
        displayName = nil
        uri = try scanner.bareURI()
      } else {
        displayName = try scanner.words(after: firstWord)
        uri = try scanner.bracketedURI()
      }
    }
  }

  /// Appends the address: the name quoted, the URI in brackets.
  public func write(into bytes: inout [UInt8]) {
    if let displayName {
      bytes.append(quoting: displayName)
      bytes.append(UInt8(ascii: " "))
    }
    bytes.append(UInt8(ascii: "<"))
    uri.write(into: &bytes)
    bytes.append(UInt8(ascii: ">"))
  }
}

extension String {
  /// The text with a space for every CR and LF: no line of a message can be ended from inside it.
  package var withoutLineBreaks: String {
    guard utf8.contains(where: { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }) else { return self }
    return String(
      decoding: utf8.map { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 },
      as: UTF8.self)
  }
}

extension FieldScanner {
  /// `LAQUOT addr-spec RAQUOT`; white space inside the brackets is a fault (RFC 4475 §3.1.2.14).
  @_lifetime(self: copy self)
  mutating func bracketedURI() throws(SIPParseError) -> AddrSpec {
    guard skip(UInt8(ascii: "<")) else { throw unexpected() }
    let start = position
    while position < end, bytes[position] != UInt8(ascii: ">") { position += 1 }
    guard position < end else { throw error(.unexpectedEnd) }
    var inner = FieldScanner(bytes, start..<position, header: header)
    let uri = try AddrSpec(scanning: &inner)
    position += 1
    return uri
  }

  /// `addr-spec` without brackets. It ends at white space, `;` or `,`: parameters belong to the header, and a URI with
  /// a `?`, `;` or `,` of its own needs the brackets (§20.10, RFC 4475 §3.1.2.13).
  @_lifetime(self: copy self)
  fileprivate mutating func bareURI() throws(SIPParseError) -> AddrSpec {
    let start = position
    loop: while position < end {
      switch bytes[position] {
      case UInt8(ascii: ";"), UInt8(ascii: ","), UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break loop
      case UInt8(ascii: "?"): throw error(.bracketsRequired)
      default: position += 1
      }
    }
    var inner = FieldScanner(bytes, start..<position, header: header)
    return try AddrSpec(scanning: &inner)
  }

  /// `*(token LWS)`, with `first` read already: words up to the bracket. A comma among them is a fault
  /// (RFC 4475 §3.1.2.15), and so is every other character that wants quotes.
  @_lifetime(self: copy self)
  fileprivate mutating func words(after first: Range<Int>) throws(SIPParseError) -> String {
    guard !first.isEmpty else { throw unexpected() }
    var name = try string(first)
    skipWhiteSpace()
    while peek() != UInt8(ascii: "<") {
      let word = run(of: .token)
      guard !word.isEmpty else { throw unexpected() }
      name += " "
      name += try string(word)
      skipWhiteSpace()
    }
    return name
  }
}
