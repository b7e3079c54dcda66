import SIPMessage
import Wire

/// Walks the parameters of a digest challenge or of digest credentials (RFC 3261 §25.1 `dig-cln`, `dig-resp`).
///
/// Whether a value stands in quotes is not insisted upon, in either direction: phones disagree about `qop`, `nc` and
/// `algorithm`, and a value means the same with quotes and without.
struct DigestScanner: ~Escapable {
  private var scanner: FieldScanner
  /// One bit per parameter.
  private var seen: UInt16 = 0
  private var count = 0

  /// Reads the scheme.
  @_lifetime(copy value)
  init(_ value: Span<UInt8>) throws(DigestError) {
    guard value.count <= DigestLimits.maxValueBytes else { throw .tooLong }
    scanner = FieldScanner(value)
    scanner.skipWhiteSpace()
    let scheme = scanner.run(of: .token)
    guard scanner.matches(scheme, "digest") else { throw .otherScheme }
    let end = scanner.position
    scanner.skipWhiteSpace()
    guard scanner.position > end, !scanner.isAtEnd else { throw .syntax(scanner.unexpected()) }
  }

  /// The next parameter that means something to us, with the place of its value, quotes and all; nil at the end.
  @_lifetime(self: copy self)
  mutating func next() throws(DigestError) -> (parameter: DigestParameter, value: Range<Int>)? {
    while !scanner.isAtEnd {
      let scanned = try advance()
      guard let parameter = DigestParameter(scanner.bytes, scanned.name) else { continue }
      guard let value = scanned.value else { throw .invalid(parameter) }
      guard seen & parameter.bit == 0 else { throw .duplicate(parameter) }
      seen |= parameter.bit
      return (parameter, value)
    }
    return nil
  }

  /// One parameter and the comma behind it; a comma at the very end is an error.
  @_lifetime(self: copy self)
  private mutating func advance() throws(DigestError) -> ScannedParameter {
    count += 1
    guard count <= DigestLimits.maxParameters else { throw .tooManyParameters }
    do throws(SIPParseError) {
      let scanned = try scanner.parameter()
      if scanner.skipSeparator(UInt8(ascii: ",")) {
        if scanner.isAtEnd { throw scanner.unexpected() }
      } else {
        try scanner.expectEnd()
      }
      return scanned
    } catch {
      throw .syntax(error)
    }
  }

  /// Appends what the value at `range` stands for: quotes gone, quoted pairs resolved, a fold as one space. Whether that
  /// is UTF-8 is for the caller to check.
  func appendValue(_ range: Range<Int>, to value: inout [UInt8]) throws(DigestError) {
    let inner = token(range)
    // Whatever is no plain text needs the slow way; a token has nothing else.
    var plain = FieldScanner(bytes, inner)
    guard plain.run(of: .quotedText).count == inner.count else {
      do throws(SIPParseError) {
        value.append(contentsOf: try scanner.unquote(range).utf8)
        return
      } catch {
        throw .syntax(error)
      }
    }
    value.append(copying: bytes.extracting(inner))
  }

  /// What the value at `range` stands for, as text.
  func text(_ range: Range<Int>, _ parameter: DigestParameter) throws(DigestError) -> String {
    var value: [UInt8] = []
    try appendValue(range, to: &value)
    guard let text = String(utf8: value.span) else { throw .invalid(parameter) }
    return text
  }

  /// The value at `range` without its quotes, where no quoted pair can matter: tokens.
  func token(_ range: Range<Int>) -> Range<Int> {
    guard range.count >= 2, scanner.bytes[range.lowerBound] == UInt8(ascii: "\"") else { return range }
    return range.lowerBound + 1..<range.upperBound - 1
  }

  /// What is scanned.
  var bytes: Span<UInt8> {
    @_lifetime(copy self)
    get { scanner.bytes }
  }

  /// `true` or `false` (RFC 7616 §3.3), letters in either case; everything else is false, as it says.
  func flag(_ range: Range<Int>) -> Bool {
    scanner.matches(token(range), "true")
  }
}

extension DigestParameter {
  /// The parameter whose name stands at `range`, letters in either case. The lengths differ so much that hardly more
  /// than one comparison is made.
  fileprivate init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    switch range.count {
    case 2:
      if bytes.matchesIgnoringCase(range, "nc") {
        self = .nonceCount
      } else {
        return nil
      }
    case 3:
      if bytes.matchesIgnoringCase(range, "uri") {
        self = .uri
      } else if bytes.matchesIgnoringCase(range, "qop") {
        self = .qop
      } else {
        return nil
      }
    case 5:
      if bytes.matchesIgnoringCase(range, "realm") {
        self = .realm
      } else if bytes.matchesIgnoringCase(range, "nonce") {
        self = .nonce
      } else if bytes.matchesIgnoringCase(range, "stale") {
        self = .stale
      } else {
        return nil
      }
    case 6:
      if bytes.matchesIgnoringCase(range, "cnonce") {
        self = .clientNonce
      } else if bytes.matchesIgnoringCase(range, "opaque") {
        self = .opaque
      } else {
        return nil
      }
    case 8:
      if bytes.matchesIgnoringCase(range, "username") {
        self = .username
      } else if bytes.matchesIgnoringCase(range, "response") {
        self = .response
      } else if bytes.matchesIgnoringCase(range, "userhash") {
        self = .userHash
      } else {
        return nil
      }
    case 9:
      if bytes.matchesIgnoringCase(range, "algorithm") {
        self = .algorithm
      } else if bytes.matchesIgnoringCase(range, "username*") {
        self = .extendedUsername
      } else {
        return nil
      }
    default: return nil
    }
  }

  /// Its place in a set of parameters.
  fileprivate var bit: UInt16 {
    switch self {
    case .username: 1 << 0
    case .realm: 1 << 1
    case .nonce: 1 << 2
    case .uri: 1 << 3
    case .response: 1 << 4
    case .algorithm: 1 << 5
    case .clientNonce: 1 << 6
    case .qop: 1 << 7
    case .nonceCount: 1 << 8
    case .opaque: 1 << 9
    case .stale: 1 << 10
    case .userHash: 1 << 11
    case .extendedUsername: 1 << 12
    }
  }
}
