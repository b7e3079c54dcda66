import Wire

/// The scheme of a URI, as far as SIP elements treat it specially.
public enum SIPURIScheme: UInt8, Sendable, Hashable {
  /// `sip` (§19.1)
  case sip
  /// `sips` (§19.1)
  case sips
  /// `tel` (RFC 3966)
  case tel
  /// Any other absolute URI: legal in most places, opaque to us.
  case other
}

/// A URI in a message as places of its parts (§19.1.1): the form for the hot path, nothing copied, nothing unescaped.
///
/// The places hold for every copy of the same bytes. `SIPURI` is the owned form with comparison and normalisation.
public struct SIPURIField: Sendable, Hashable {
  /// The whole URI, without angle brackets.
  public var whole = ByteRange.zero
  /// Its scheme.
  public var scheme = SIPURIScheme.other
  /// The user part as written, escapes and all; the number of a `tel` URI.
  public var user: ByteRange?
  /// The password, as written. It should not be there.
  public var password: ByteRange?
  /// The host as written, IPv6 with its brackets; empty unless the scheme is sip or sips.
  public var host = ByteRange.zero
  /// The port, where one is written.
  public var port: UInt16?
  /// The parameters from the first `;` on; empty when there are none.
  public var parameters = ByteRange.zero
  /// The headers behind the `?`, without it.
  public var headers: ByteRange?
  /// The value of `transport`.
  public var transport: ByteRange?
  /// The value of `maddr`.
  public var maddr: ByteRange?
  /// The value of `user`: `phone`, `ip` or another.
  public var userType: ByteRange?
  /// Whether `lr` is there: a loose router (§16.12).
  public var isLooseRouter = false

  /// The URI at `range` of `bytes`; all of the range must be one URI.
  package init(_ bytes: Span<UInt8>, _ range: Range<Int>, header: SIPHeaderName? = nil) throws(SIPParseError) {
    var scanner = FieldScanner(bytes, range, header: header)
    try self.init(&scanner)
    guard scanner.isAtEnd else { throw scanner.error(.malformedURI) }
  }

  /// The URI at the scanner's position, up to the first byte that cannot belong to it.
  ///
  /// `bare` is the form outside angle brackets: there a semicolon, a comma and a question mark end the URI (§20).
  package init(_ scanner: inout FieldScanner, bare: Bool = false) throws(SIPParseError) {
    let start = scanner.position
    scheme = try SIPURIField.scanScheme(&scanner)
    switch scheme {
    case .sip, .sips:
      try scanUserInfo(&scanner, bare: bare)
      host = ByteRange(within: try scanner.host())
      if scanner.skip(UInt8(ascii: ":")) { port = try scanner.port() }
      parameters = ByteRange(at: scanner.position, to: scanner.position)
      if !bare {
        try scanParameters(&scanner)
        if scanner.skip(UInt8(ascii: "?")) { headers = try SIPURIField.scanHeaders(&scanner) }
      } else if scanner.peek() == UInt8(ascii: "?") {
        throw scanner.error(.bracketsRequired)
      }
    case .tel:
      let number = try scanner.escapedRun(of: .telephone)
      if number.isEmpty { throw scanner.error(.malformedURI) }
      user = ByteRange(within: number)
      parameters = ByteRange(at: scanner.position, to: scanner.position)
      if !bare { try scanParameters(&scanner) }
    case .other:
      let rest = try scanner.escapedRun(of: bare ? .bareURI : .opaqueURI)
      if rest.isEmpty { throw scanner.error(.malformedURI) }
      if bare, scanner.peek() == UInt8(ascii: "?") { throw scanner.error(.bracketsRequired) }
    }
    whole = ByteRange(at: start, to: scanner.position)
  }
}

extension SIPURIField {
  @inline(__always)
  private static func scanScheme(_ scanner: inout FieldScanner) throws(SIPParseError) -> SIPURIScheme {
    let word = scanner.bytes.word(at: scanner.position)
    if word & 0xFFFF_FFFF | 0x0020_2020 == 0x3A70_6973, scanner.end &- scanner.position >= 4 {
      scanner.position &+= 4
      return .sip
    }
    if word & 0xFF_FFFF_FFFF | 0x2020_2020 == 0x3A_7370_6973, scanner.end &- scanner.position >= 5 {
      scanner.position &+= 5
      return .sips
    }
    return try scanOtherScheme(&scanner)
  }

  private static func scanOtherScheme(_ scanner: inout FieldScanner) throws(SIPParseError) -> SIPURIScheme {
    let start = scanner.position
    guard let first = scanner.peek(), ByteSet.alpha.contains(first) else { throw scanner.error(.malformedURI) }
    let name = scanner.run(of: .schemeTail)
    guard scanner.skip(UInt8(ascii: ":")) else { throw scanner.error(.malformedURI, at: start) }
    return scanner.matches(name, "tel") ? .tel : .other
  }

  /// `[ user [ ":" password ] "@" ]`. No `@` may stand unescaped in any other part, so the first one ends this part.
  @inline(__always)
  private mutating func scanUserInfo(_ scanner: inout FieldScanner, bare: Bool) throws(SIPParseError) {
    let start = scanner.position
    let set: ByteSet = bare ? .bareUserInfo : .userInfo
    var colon: Int?
    var cursor = start
    var hasEscapes = false
    while cursor < scanner.end, set.contains(scanner.bytes[cursor]) {
      let byte = scanner.bytes[cursor]
      if byte == UInt8(ascii: ":") {
        if colon == nil { colon = cursor }
      } else if byte == UInt8(ascii: "%") {
        hasEscapes = true
      }
      cursor &+= 1
    }
    guard cursor < scanner.end, scanner.bytes[cursor] == UInt8(ascii: "@") else { return }
    let userEnd = colon ?? cursor
    if userEnd == start { throw scanner.error(.malformedURI) }
    user = ByteRange(at: start, to: userEnd)
    if let colon { try scanPassword(scanner, colon &+ 1..<cursor) }
    if hasEscapes { try scanner.checkEscapes(start..<cursor) }
    scanner.position = cursor &+ 1
  }

  private mutating func scanPassword(_ scanner: borrowing FieldScanner, _ range: Range<Int>) throws(SIPParseError) {
    for place in range {
      let byte = scanner.bytes[place]
      guard ByteSet.password.contains(byte) || byte == UInt8(ascii: "%") else {
        throw scanner.error(.malformedURI, at: place)
      }
    }
    password = ByteRange(within: range)
  }

  /// `*( ";" pname [ "=" pvalue ] )`; the parameters this library knows may be there once only (§19.1.1).
  @inline(__always)
  private mutating func scanParameters(_ scanner: inout FieldScanner) throws(SIPParseError) {
    let start = scanner.position
    while scanner.skip(UInt8(ascii: ";")) { try scanParameter(&scanner) }
    parameters = ByteRange(at: start, to: scanner.position)
  }

  private mutating func scanParameter(_ scanner: inout FieldScanner) throws(SIPParseError) {
    let start = scanner.position
    let key = try scanner.uriParameterName()
    var value: ByteRange?
    if scanner.skip(UInt8(ascii: "=")) {
      let range = try scanner.escapedRun(of: .uriParameter)
      if range.isEmpty { throw scanner.error(.malformedParameter) }
      value = ByteRange(within: range)
    }
    var isDuplicate = false
    switch key {
    case .lr:
      isDuplicate = isLooseRouter
      isLooseRouter = true
    case .transport:
      isDuplicate = transport != nil
      transport = try SIPURIField.required(value, scanner)
    case .maddr:
      isDuplicate = maddr != nil
      maddr = try SIPURIField.required(value, scanner)
    case .user:
      isDuplicate = userType != nil
      userType = try SIPURIField.required(value, scanner)
    default: break
    }
    if isDuplicate { throw scanner.error(.duplicateParameter, at: start) }
  }

  private static func required(
    _ value: ByteRange?, _ scanner: borrowing FieldScanner
  ) throws(SIPParseError) -> ByteRange {
    guard let value else { throw scanner.error(.malformedParameter) }
    return value
  }

  /// `header *( "&" header )`, each `hname "=" hvalue`; a value may be empty.
  private static func scanHeaders(_ scanner: inout FieldScanner) throws(SIPParseError) -> ByteRange {
    let start = scanner.position
    repeat {
      if try scanner.escapedRun(of: .uriHeader).isEmpty { throw scanner.error(.malformedURI) }
      guard scanner.skip(UInt8(ascii: "=")) else { throw scanner.error(.malformedURI) }
      _ = try scanner.escapedRun(of: .uriHeader)
    } while scanner.skip(UInt8(ascii: "&"))
    return ByteRange(at: start, to: scanner.position)
  }
}
