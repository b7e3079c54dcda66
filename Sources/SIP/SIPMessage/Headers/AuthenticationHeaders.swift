// WWW-Authenticate, Proxy-Authenticate, Authorization, Proxy-Authorization, Authentication-Info: a scheme and its
// parameters, whatever the scheme. What Digest makes of them is DigestAuth's.

/// A challenge or credentials: a scheme and comma-separated parameters, or one opaque word (RFC 3261 §20.7, §20.27,
/// §20.28, §20.44; RFC 7235 §2.1).
///
/// The one type for all four headers: `Digest realm="if.internal", nonce="…"`. A scheme that nobody knows is read like
/// any other (RFC 4475 §3.3.7). Each stands on a line of its own in SIP (§7.3.1); several on one line are read as a list,
/// since HTTP allows that and the comma rule is clear: a new one begins where a word is followed by a word.
public struct AuthenticationHeader: SIPValue {
  /// The scheme as it is written.
  public let scheme: String
  /// The parameters; values keep their quotes in `rawValue`.
  public private(set) var parameters: HeaderParameters
  /// The opaque word of schemes like Basic and Bearer (`token68`); then there are no parameters.
  public let token68: String?

  /// A scheme with parameters.
  ///
  /// - Throws: `malformedToken` when the scheme is no token; `malformedParameter` when a parameter has no value.
  public init(_ scheme: String, parameters: HeaderParameters) throws(SIPParseError) {
    guard scheme.consists(of: .token) else { throw SIPParseError(.malformedToken, at: 0) }
    guard parameters.entries.allSatisfy({ AuthenticationHeader.isParameter($0) }) else {
      throw SIPParseError(.malformedParameter, at: 0)
    }
    self.scheme = scheme
    self.parameters = parameters
    token68 = nil
  }

  /// Whether the scheme is this one; schemes have no case.
  public func isOf(_ scheme: String) -> Bool { self.scheme.equalsIgnoringCase(scheme) }

  /// A parameter's value, unquoted.
  public func value(of name: String) -> String? { parameters.value(of: name) }

  /// `realm`
  public var realm: String? { value(of: "realm") }

  /// Reads one challenge or one set of credentials.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    scheme = try scanner.tokenString()
    parameters = HeaderParameters()
    let behindScheme = scanner.position
    scanner.skipWhiteSpace()
    guard scanner.position > behindScheme, !scanner.isAtEnd else {
      scanner.position = behindScheme
      token68 = nil
      return
    }
    if let word = scanner.token68() {
      token68 = try scanner.string(word)
      return
    }
    token68 = nil
    parameters = try HeaderParameters(commaSeparated: &scanner)
  }

  /// Appends scheme and parameters.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(ascii: scheme)
    if let token68 {
      bytes.append(UInt8(ascii: " "))
      bytes.append(ascii: token68)
    }
    parameters.writeCommaSeparated(into: &bytes, first: " ")
  }

  fileprivate static func isParameter(_ parameter: SIPParameter) -> Bool {
    guard let value = parameter.rawValue else { return false }
    return value.utf8.first == UInt8(ascii: "\"") || value.consists(of: .token)
  }
}

/// Authentication-Info (RFC 3261 §20.6, RFC 7615): `nextnonce`, `rspauth`, `qop`, `cnonce`, `nc`.
public struct AuthenticationInfoHeader: SIPValue {
  /// `Authentication-Info`
  public static var headerName: SIPHeaderName? { .authenticationInfo }
  /// The parameters; never empty.
  public let parameters: HeaderParameters

  /// These parameters.
  ///
  /// - Throws: `emptyValue` when there are none, `malformedParameter` when one has no value.
  public init(parameters: HeaderParameters) throws(SIPParseError) {
    guard !parameters.isEmpty else { throw SIPParseError(.emptyValue, at: 0, in: .authenticationInfo) }
    guard parameters.entries.allSatisfy({ AuthenticationHeader.isParameter($0) }) else {
      throw SIPParseError(.malformedParameter, at: 0, in: .authenticationInfo)
    }
    self.parameters = parameters
  }

  /// A parameter's value, unquoted.
  public func value(of name: String) -> String? { parameters.value(of: name) }

  /// Reads the parameters.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    parameters = try HeaderParameters(commaSeparated: &scanner)
  }

  /// Appends the parameters.
  public func write(into bytes: inout [UInt8]) { parameters.writeCommaSeparated(into: &bytes, first: "") }
}

extension HeaderParameters {
  /// `auth-param *(COMMA auth-param)`; stops before a comma that no `name =` follows.
  @_lifetime(scanner: copy scanner)
  fileprivate init(commaSeparated scanner: inout FieldScanner) throws(SIPParseError) {
    self.init()
    while true {
      let start = scanner.position
      try append(scanning: &scanner)
      guard let last = entries.last, AuthenticationHeader.isParameter(last) else {
        throw scanner.error(.malformedParameter, at: start)
      }
      let behind = scanner.position
      guard scanner.skipSeparator(UInt8(ascii: ",")) else { return }
      let ahead = scanner.position
      let isParameter = !scanner.run(of: .token).isEmpty && scanner.skipSeparator(UInt8(ascii: "="))
      // A word and then no `=`: the scheme of the next challenge. No word at all: let the next round say what is wrong.
      let isScheme = !isParameter && scanner.position > ahead
      scanner.position = isScheme ? behind : ahead
      if isScheme { return }
    }
  }

  fileprivate func writeCommaSeparated(into bytes: inout [UInt8], first: String) {
    for (index, parameter) in entries.enumerated() {
      bytes.append(ascii: index == 0 ? first : ", ")
      parameter.write(into: &bytes)
    }
  }
}

extension FieldScanner {
  /// `token68` (RFC 7235 §2.1), when one stands here and nothing but a comma or the end behind it; nil, and the cursor
  /// where it was, when what stands here is a parameter.
  @_lifetime(self: copy self)
  fileprivate mutating func token68() -> Range<Int>? {
    let start = position
    guard !run(of: .token68).isEmpty else {
      position = start
      return nil
    }
    while skip(UInt8(ascii: "=")) {}
    let word = start..<position
    skipWhiteSpace()
    let isAlone = isAtEnd || peek() == UInt8(ascii: ",")
    position = isAlone ? word.upperBound : start
    return isAlone ? word : nil
  }
}

extension ByteSet {
  /// `token68` without its `=` padding: letters, digits and `- . _ ~ + /`
  fileprivate static var token68: ByteSet { ByteSet(low: 0x03ff_e800_0000_0000, high: 0x47ff_fffe_87ff_fffe) }
}
