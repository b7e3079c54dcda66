import SIPMessage
import Wire

/// Walks the parameters of a digest challenge or of digest credentials (RFC 3261 §25.1 `dig-cln`, `dig-resp`).
///
/// Whether a value stands in quotes is not insisted upon, in either direction: phones disagree about `qop`, `nc` and
/// `algorithm`, and a value means the same with quotes and without.
struct DigestScanner: ~Escapable {
  private var scanner: FieldScanner
  private var seen: Set<DigestParameter> = []
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
      guard seen.insert(parameter).inserted else { throw .duplicate(parameter) }
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

  /// Appends what the value at `range` stands for: quotes gone, quoted pairs resolved, a fold as one space; UTF-8.
  func appendValue(_ range: Range<Int>, to bytes: inout [UInt8]) throws(DigestError) {
    let inner = token(range)
    let isQuoted = inner.count < range.count
    var isPlain = true
    for index in inner where isQuoted && (self.bytes[index] == UInt8(ascii: "\\") || self.bytes[index] < 0x20) {
      isPlain = false
    }
    do throws(SIPParseError) {
      guard isPlain else {
        bytes.append(contentsOf: try scanner.unquote(range).utf8)
        return
      }
      let start = bytes.count
      for index in inner { bytes.append(self.bytes[index]) }
      if (try? UTF8Span(validating: bytes.span.extracting(start..<bytes.count))) == nil {
        throw scanner.error(.malformedUTF8, at: range.lowerBound)
      }
    } catch {
      throw .syntax(error)
    }
  }

  /// What the value at `range` stands for, as text.
  func text(_ range: Range<Int>) throws(DigestError) -> String {
    var value: [UInt8] = []
    try appendValue(range, to: &value)
    return String(decoding: value, as: UTF8.self)
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
  /// The parameter whose name stands at `range`, letters in either case.
  fileprivate init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    switch () {
    case _ where bytes.matchesIgnoringCase(range, "username"): self = .username
    case _ where bytes.matchesIgnoringCase(range, "realm"): self = .realm
    case _ where bytes.matchesIgnoringCase(range, "nonce"): self = .nonce
    case _ where bytes.matchesIgnoringCase(range, "uri"): self = .uri
    case _ where bytes.matchesIgnoringCase(range, "response"): self = .response
    case _ where bytes.matchesIgnoringCase(range, "algorithm"): self = .algorithm
    case _ where bytes.matchesIgnoringCase(range, "cnonce"): self = .clientNonce
    case _ where bytes.matchesIgnoringCase(range, "qop"): self = .qop
    case _ where bytes.matchesIgnoringCase(range, "nc"): self = .nonceCount
    case _ where bytes.matchesIgnoringCase(range, "opaque"): self = .opaque
    case _ where bytes.matchesIgnoringCase(range, "stale"): self = .stale
    case _ where bytes.matchesIgnoringCase(range, "userhash"): self = .userHash
    case _ where bytes.matchesIgnoringCase(range, "username*"): self = .extendedUsername
    default: return nil
    }
  }
}
