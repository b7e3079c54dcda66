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
  public internal(set) var whole = ByteRange.zero
  /// The host as written, IPv6 with its brackets; empty unless the scheme is sip or sips.
  public internal(set) var host = ByteRange.zero
  /// The parameters from the first `;` on; empty when there are none.
  public internal(set) var parameters = ByteRange.zero
  private var userPlace = OptionalRange.none
  private var transportPlace = OptionalRange.none
  private var maddrPlace = OptionalRange.none
  /// The port, where one is written.
  public internal(set) var port: UInt16?
  /// Its scheme.
  public internal(set) var scheme = SIPURIScheme.other
  /// Whether `lr` is there: a loose router (§16.12).
  public internal(set) var isLooseRouter = false

  /// The user part as written, escapes and all and without the password; the number of a `tel` URI.
  public var user: ByteRange? { userPlace.range }

  /// The value of `transport`.
  public var transport: ByteRange? { transportPlace.range }

  /// The value of `maddr`.
  public var maddr: ByteRange? { maddrPlace.range }

  /// The headers behind the `?`, without it; nil when there are none.
  public var headers: ByteRange? {
    parameters.upper < whole.upper ? ByteRange(at: parameters.upper + 1, to: whole.upper) : nil
  }

  @inline(__always)
  init() {}

  /// The URI at `range` of `bytes`; all of the range must be one URI.
  package init(_ bytes: Span<UInt8>, _ range: Range<Int>, header: SIPHeaderName? = nil) throws(SIPParseError) {
    let end = try read(bytes, range.lowerBound, range.upperBound, header, bare: false)
    guard end == range.upperBound else { throw SIPParseError(.malformedURI, at: end, in: header) }
  }

  /// Reads the URI that starts at `start`, up to the first byte that cannot belong to it or `end`; once only. Where it
  /// ends.
  ///
  /// `bare` is the form outside angle brackets: there a semicolon, a comma and a question mark end the URI (§20).
  mutating func read(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ header: SIPHeaderName?, bare: Bool
  ) throws(SIPParseError) -> Int {
    var scanner = FieldScanner(bytes, start..<end, header: header)
    scheme = try SIPURIField.scanScheme(&scanner)
    if scheme == .sip || scheme == .sips {
      try scanUserInfo(&scanner, bare: bare)
      host = ByteRange(within: try scanner.host())
      if scanner.skip(UInt8(ascii: ":")) { port = try scanner.port() }
    } else {
      var copy = scanner
      try scanOpaquePart(&copy, bare: bare)
      scanner.position = copy.position
    }
    parameters = ByteRange(at: scanner.position, to: scanner.position)
    if !bare, scanner.next == UInt8(ascii: ";") {
      repeat { try scanParameter(&scanner) } while scanner.next == UInt8(ascii: ";")
      parameters.upper = UInt32(truncatingIfNeeded: scanner.position)
    }
    if scanner.next == UInt8(ascii: "?") {
      if bare { throw scanner.error(.bracketsRequired) }
      var copy = scanner
      try SIPURIField.scanHeaders(&copy)
      scanner.position = copy.position
    }
    whole = ByteRange(at: start, to: scanner.position)
    return scanner.position
  }
}

// MARK: - Scheme and userinfo

extension SIPURIField {
  @inline(__always)
  private static func scanScheme(_ scanner: inout FieldScanner) throws(SIPParseError) -> SIPURIScheme {
    let word = scanner.bytes.word(at: scanner.position)
    if word & 0xFFFF_FFFF | 0x0020_2020 == 0x3A70_6973, scanner.end &- scanner.position >= 4 {
      scanner.position &+= 4
      return .sip
    }
    var copy = scanner
    let scheme = try scanOtherScheme(&copy)
    scanner.position = copy.position
    return scheme
  }

  private static func scanOtherScheme(_ scanner: inout FieldScanner) throws(SIPParseError) -> SIPURIScheme {
    let start = scanner.position
    guard let first = scanner.peek(), ByteSet.alpha.contains(first) else { throw scanner.error(.malformedURI) }
    let name = scanner.run(of: .schemeTail)
    guard scanner.skip(UInt8(ascii: ":")) else { throw scanner.error(.malformedURI, at: start) }
    if scanner.matches(name, "sips") { return .sips }
    return scanner.matches(name, "tel") ? .tel : .other
  }

  /// `[ user [ ":" password ] "@" ]`. No `@` may stand unescaped in any other part, so the first one ends this part.
  @inline(__always)
  private mutating func scanUserInfo(_ scanner: inout FieldScanner, bare: Bool) throws(SIPParseError) {
    let start = scanner.position
    let user = scanner.run(while: bare ? .bareUser : .user)
    switch scanner.next {
    case UInt8(ascii: "@"):
      if user.isEmpty { throw scanner.error(.malformedURI) }
      userPlace = OptionalRange(within: user)
      _ = scanner.skip(UInt8(ascii: "@"))
    case UInt8(ascii: ":") where SIPURIField.isPort(scanner):
      scanner.position = start
    case UInt8(ascii: ":"), UInt8(ascii: "%"):
      var copy = scanner
      copy.position = start
      try scanUserInfoSlowly(&copy, from: user.upperBound, bare: bare)
      scanner.position = copy.position
    default:
      scanner.position = start
    }
  }

  /// Whether what follows a colon is a port and nothing but: it ends with a byte that no password has, and an `@` behind
  /// that would stand in a part where none may stand.
  @inline(__always)
  private static func isPort(_ scanner: borrowing FieldScanner) -> Bool {
    var place = scanner.position &+ 1
    while place < scanner.end, ByteSet.digit.contains(scanner.bytes[place]) { place &+= 1 }
    guard place < scanner.end else { return true }
    let byte = scanner.bytes[place]
    return byte != UInt8(ascii: "@") && byte != UInt8(ascii: "%") && !ByteSet.password.contains(byte)
  }

  /// The same with a password or escapes.
  private mutating func scanUserInfoSlowly(
    _ scanner: inout FieldScanner, from position: Int, bare: Bool
  ) throws(SIPParseError) {
    let set: ByteSet = bare ? .bareUserInfo : .userInfo
    let start = scanner.position
    var colon: Int?
    var cursor = position
    while cursor < scanner.end, set.contains(scanner.bytes[cursor]) {
      if colon == nil, scanner.bytes[cursor] == UInt8(ascii: ":") { colon = cursor }
      cursor &+= 1
    }
    guard cursor < scanner.end, scanner.bytes[cursor] == UInt8(ascii: "@") else { return }
    let userEnd = colon ?? cursor
    if userEnd == start { throw scanner.error(.malformedURI) }
    if let colon {
      for place in colon &+ 1..<cursor {
        let byte = scanner.bytes[place]
        guard ByteSet.password.contains(byte) || byte == UInt8(ascii: "%") else {
          throw scanner.error(.malformedURI, at: place)
        }
      }
    }
    try scanner.checkEscapes(start..<cursor)
    userPlace = OptionalRange(at: start, to: userEnd)
    scanner.position = cursor &+ 1
  }
}

// MARK: - Parameters and headers

extension SIPURIField {
  /// `";" pname [ "=" pvalue ]`. The parameters this library knows may be there once only (§19.1.1).
  @inline(__always)
  private mutating func scanParameter(_ scanner: inout FieldScanner) throws(SIPParseError) {
    _ = scanner.skip(UInt8(ascii: ";"))
    let start = scanner.position
    let key = try scanner.uriParameterName()
    var value = OptionalRange.none
    if scanner.skip(UInt8(ascii: "=")) {
      let range = try scanner.uriParameterValue()
      if range.isEmpty { throw scanner.error(.malformedParameter) }
      value = OptionalRange(within: range)
    }
    switch key {
    case .lr:
      if isLooseRouter { throw scanner.error(.duplicateParameter, at: start) }
      isLooseRouter = true
    case .transport:
      try SIPURIField.set(&transportPlace, value, scanner, start)
    case .maddr:
      try SIPURIField.set(&maddrPlace, value, scanner, start)
    default: break
    }
  }

  @inline(__always)
  private static func set(
    _ place: inout OptionalRange, _ value: OptionalRange, _ scanner: borrowing FieldScanner, _ start: Int
  ) throws(SIPParseError) {
    if !place.isNil { throw scanner.error(.duplicateParameter, at: start) }
    if value.isNil { throw scanner.error(.malformedParameter, at: start) }
    place = value
  }

  /// The rest of a `tel` URI up to its parameters, or all of one we do not take apart.
  private mutating func scanOpaquePart(_ scanner: inout FieldScanner, bare: Bool) throws(SIPParseError) {
    let rest = try scanner.escapedRun(of: scheme == .tel ? .telephone : bare ? .bareURI : .opaqueURI)
    if rest.isEmpty { throw scanner.error(.malformedURI) }
    if scheme == .tel { userPlace = OptionalRange(within: rest) }
  }

  /// `[ "?" ] header *( "&" header )`, each `hname "=" hvalue`; a value may be empty.
  private static func scanHeaders(_ scanner: inout FieldScanner) throws(SIPParseError) {
    _ = scanner.skip(UInt8(ascii: "?"))
    repeat {
      if try scanner.escapedRun(of: .uriHeader).isEmpty { throw scanner.error(.malformedURI) }
      guard scanner.skip(UInt8(ascii: "=")) else { throw scanner.error(.malformedURI) }
      _ = try scanner.escapedRun(of: .uriHeader)
    } while scanner.skip(UInt8(ascii: "&"))
  }
}
