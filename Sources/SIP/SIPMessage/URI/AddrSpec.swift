/// `addr-spec` (RFC 3261 §25.1): a SIP or SIPS URI, a tel URI, or the URI of any other scheme.
public enum AddrSpec: SIPValue {
  /// `sip:` or `sips:`
  case sip(SIPURI)
  /// `tel:`
  case tel(TelURI)
  /// Any other scheme.
  case other(AbsoluteURI)

  /// The SIP URI, when it is one.
  public var sip: SIPURI? {
    if case .sip(let uri) = self { uri } else { nil }
  }

  /// The scheme in lower case.
  public var scheme: String {
    switch self {
    case .sip(let uri): uri.scheme == .sip ? "sip" : "sips"
    case .tel: "tel"
    case .other(let uri): uri.scheme
    }
  }

  /// What registrar and guard look this address up by: see `SIPURI.normalizedAOR` and `TelURI.normalizedAOR`; the text
  /// itself for other schemes.
  public var normalizedAOR: String {
    switch self {
    case .sip(let uri): uri.normalizedAOR
    case .tel(let uri): uri.normalizedAOR
    case .other(let uri): uri.text
    }
  }

  /// Whether the two mean the same: by RFC 3261 §19.1.4, RFC 3966 §4, or to the letter for other schemes.
  public func isEquivalent(to other: AddrSpec) -> Bool {
    isEquivalent(to: other, depth: 0)
  }

  func isEquivalent(to other: AddrSpec, depth: Int) -> Bool {
    switch (self, other) {
    case (.sip(let left), .sip(let right)): left.isEquivalent(to: right, depth: depth)
    case (.tel(let left), .tel(let right)): left.isEquivalent(to: right)
    case (.other(let left), .other(let right)): left == right
    case (.sip, _), (.tel, _), (.other, _): false
    }
  }

  /// Reads a URI of any scheme: everything up to the scanner's end.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    let start = scanner.position
    let scheme = scanner.run(of: .schemeTail)
    scanner.position = start
    if scanner.matches(scheme, "sip") || scanner.matches(scheme, "sips") {
      self = .sip(try SIPURI(scanning: &scanner))
    } else if scanner.matches(scheme, "tel") {
      self = .tel(try TelURI(scanning: &scanner))
    } else {
      self = .other(try AbsoluteURI(scanning: &scanner))
    }
  }

  /// Reads a URI and nothing else: no white space around it either.
  public init(parsing value: Span<UInt8>) throws(SIPParseError) {
    var scanner = FieldScanner(value)
    try self.init(scanning: &scanner)
  }

  /// Appends the URI.
  public func write(into bytes: inout [UInt8]) {
    switch self {
    case .sip(let uri): uri.write(into: &bytes)
    case .tel(let uri): uri.write(into: &bytes)
    case .other(let uri): uri.write(into: &bytes)
    }
  }
}

/// A URI of a scheme other than sip, sips and tel (RFC 2396 `absoluteURI`), kept to the letter.
public struct AbsoluteURI: SIPValue {
  /// The scheme in lower case.
  public let scheme: String

  /// Everything behind the first colon, with its escapes.
  public let rest: String

  /// Reads a URI: everything up to the scanner's end.
  ///
  /// - Throws: `unsupportedURIScheme` for sip, sips and tel, which have types of their own.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    let start = scanner.position
    let name = scanner.run(of: .schemeTail)
    guard !name.isEmpty, ByteSet.alpha.contains(scanner.bytes[start]), scanner.skip(UInt8(ascii: ":")) else {
      throw scanner.error(.malformedURI, at: start)
    }
    scheme = try scanner.lowercasedString(name)
    guard !["sip", "sips", "tel"].contains(scheme) else { throw scanner.error(.unsupportedURIScheme, at: start) }
    let body = try scanner.escapedRun(of: .uricAndBrackets)
    guard !body.isEmpty, scanner.isAtEnd else { throw scanner.error(.malformedURI) }
    rest = try scanner.string(body)
  }

  /// Reads a URI and nothing else: no white space around it either.
  public init(parsing value: Span<UInt8>) throws(SIPParseError) {
    var scanner = FieldScanner(value)
    try self.init(scanning: &scanner)
  }

  /// Appends the URI.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(ascii: scheme)
    bytes.append(UInt8(ascii: ":"))
    bytes.append(ascii: rest)
  }
}

extension ByteSet {
  /// `uric`, and the brackets that RFC 2732 added for IPv6.
  fileprivate static var uricAndBrackets: ByteSet { ByteSet(low: uric.low, high: uric.high | 1 << 27 | 1 << 29) }
}
