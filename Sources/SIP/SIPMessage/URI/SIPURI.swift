/// A SIP or SIPS URI (RFC 3261 §19.1), owned.
///
/// Components keep the escapes they came with, because an escaped reserved character is not the character; only the
/// host changes, to lower case or the canonical address. `==` compares that text. Whether two URIs mean the same is
/// `isEquivalent(to:)` (§19.1.4, not transitive, hence no `==`), and what registrar and guard look up is
/// `normalizedAOR`. Other schemes are `AddrSpec`'s.
public struct SIPURI: SIPValue {
  /// `sip` or `sips`.
  public enum Scheme: Sendable, Hashable {
    /// `sip:`
    case sip
    /// `sips:`, every hop over TLS (§26.2.2).
    case sips
  }

  /// The scheme.
  public var scheme: Scheme

  /// The user part with its escapes; nil when there is none, never empty.
  public private(set) var user: String?

  /// The password with its escapes; may be empty.
  public private(set) var password: String?

  /// The host.
  public var host: SIPHost

  /// The port, 1 to 65,535; nil when none is written, which is not the same as the default port (§19.1.4).
  public private(set) var port: UInt16?

  /// The parameters.
  public var parameters: URIParameters

  /// The headers part, `?name=value&…`, in its order.
  public private(set) var headers: [URIHeader]

  /// A URI of these components. User and password are written as they stand, so they must be escaped already
  /// (`URIEscape.encodeUser`).
  ///
  /// - Throws: `malformedURI` for a user or password that the grammar does not allow, `malformedPort` for port 0,
  ///   `tooManyParameters` for more than `SIPLimits.maxParameters` headers.
  public init(
    _ scheme: Scheme = .sip, user: String? = nil, password: String? = nil, host: SIPHost, port: UInt16? = nil,
    parameters: URIParameters = URIParameters(), headers: [URIHeader] = []
  ) throws(SIPParseError) {
    if let user {
      guard !user.isEmpty, URIEscape.isValid(user, .user) else { throw SIPParseError(.malformedURI, at: 0) }
    }
    if let password {
      guard user != nil, URIEscape.isValid(password, .password) else { throw SIPParseError(.malformedURI, at: 0) }
    }
    guard port != 0 else { throw SIPParseError(.malformedPort, at: 0) }
    guard headers.count <= SIPLimits.default.maxParameters else { throw SIPParseError(.tooManyParameters, at: 0) }
    self.scheme = scheme
    self.user = user
    self.password = password
    self.host = host
    self.port = port
    self.parameters = parameters
    self.headers = headers
  }
}

/// One `name=value` of a URI's headers part, with its escapes.
public struct URIHeader: Sendable, Hashable {
  /// The name with its escapes.
  public let name: String
  /// The value with its escapes; may be empty.
  public let value: String

  /// A header from plain text; both parts are escaped as needed. Nil when the name is empty.
  public init?(name: String, value: String) {
    guard !name.isEmpty else { return nil }
    self.name = URIEscape.encodeHeader(name)
    self.value = URIEscape.encodeHeader(value)
  }

  init(rawName: String, rawValue: String) {
    name = rawName
    value = rawValue
  }
}

// MARK: - What parameters say

extension SIPURI {
  /// `transport=` in lower case, `udp`, `tcp`, `tls`, `ws` or something else.
  public var transport: String? { decoded("transport")?.asciiLowercased }

  /// Whether `lr` is there, with whatever value: the hop routes loosely (§16.12, §19.1.1).
  public var isLooseRouter: Bool { parameters.contains("lr") }

  /// `maddr=`: where to send instead of the host.
  public var maddr: SIPHost? { parameters.value(of: "maddr").flatMap { SIPHost($0) } }

  /// `ttl=`, for multicast.
  public var ttl: UInt8? { parameters.value(of: "ttl").flatMap(URIParameters.ttl) }

  /// `method=`, letters with case.
  public var method: String? { decoded("method") }

  /// Whether `user=phone` says that the user part is a telephone number.
  public var isPhoneNumber: Bool { decoded("user")?.equalsIgnoringCase("phone") ?? false }

  private func decoded(_ name: String) -> String? {
    parameters.value(of: name).map { String(decoding: URIEscape.decode($0), as: UTF8.self) }
  }

  /// The URI as it may stand in a Request-URI: without headers and `method` (§16.5, §19.1.5, table 1).
  public var asRequestURI: SIPURI {
    var copy = self
    copy.headers = []
    copy.parameters.remove("method")
    return copy
  }
}

// MARK: - Reading

extension SIPURI {
  /// Reads a URI: everything up to the scanner's end.
  ///
  /// - Throws: `unsupportedURIScheme` (416) for any other scheme; otherwise where and why it is malformed.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    let start = scanner.position
    let schemeRange = scanner.run(of: .schemeTail)
    guard !schemeRange.isEmpty, ByteSet.alpha.contains(scanner.bytes[start]), scanner.skip(UInt8(ascii: ":")) else {
      throw scanner.error(.malformedURI, at: start)
    }
    if scanner.matches(schemeRange, "sip") {
      scheme = .sip
    } else if scanner.matches(schemeRange, "sips") {
      scheme = .sips
    } else {
      throw scanner.error(.unsupportedURIScheme, at: start)
    }

    user = nil
    password = nil
    // An `@` can only end the userinfo: no component behind it may hold one unescaped.
    if scanner.restContains(UInt8(ascii: "@")) {
      let userRange = try scanner.escapedRun(of: .user)
      guard !userRange.isEmpty else { throw scanner.error(.malformedURI) }
      user = try scanner.string(userRange)
      if scanner.skip(UInt8(ascii: ":")) {
        password = try scanner.string(try scanner.escapedRun(of: .password))
      }
      guard scanner.skip(UInt8(ascii: "@")) else { throw scanner.error(.malformedURI) }
    }

    (host, port) = try scanner.hostPort()
    parameters = try URIParameters(scanning: &scanner)
    headers = []
    if scanner.skip(UInt8(ascii: "?")) {
      repeat {
        guard headers.count < SIPLimits.default.maxParameters else { throw scanner.error(.tooManyParameters) }
        let name = try scanner.escapedRun(of: .uriHeader)
        guard !name.isEmpty, scanner.skip(UInt8(ascii: "=")) else { throw scanner.error(.malformedURI) }
        let value = try scanner.escapedRun(of: .uriHeader)
        headers.append(URIHeader(rawName: try scanner.string(name), rawValue: try scanner.string(value)))
      } while scanner.skip(UInt8(ascii: "&"))
    }
    guard scanner.isAtEnd else { throw scanner.error(.malformedURI) }
  }

  /// Reads a URI and nothing else: no white space around it either.
  public init(parsing value: Span<UInt8>) throws(SIPParseError) {
    var scanner = FieldScanner(value)
    try self.init(scanning: &scanner)
  }
}

extension FieldScanner {
  /// Whether `byte` comes before the end.
  func restContains(_ byte: UInt8) -> Bool {
    var cursor = position
    while cursor < end {
      if bytes[cursor] == byte { return true }
      cursor += 1
    }
    return false
  }
}

// MARK: - Writing

extension SIPURI {
  /// Appends the URI.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(ascii: scheme == .sip ? "sip:" : "sips:")
    if let user {
      bytes.append(ascii: user)
      if let password {
        bytes.append(UInt8(ascii: ":"))
        bytes.append(ascii: password)
      }
      bytes.append(UInt8(ascii: "@"))
    }
    bytes.append(host, port: port)
    parameters.write(into: &bytes)
    for (index, header) in headers.enumerated() {
      bytes.append(UInt8(ascii: index == 0 ? "?" : "&"))
      bytes.append(ascii: header.name)
      bytes.append(UInt8(ascii: "="))
      bytes.append(ascii: header.value)
    }
  }
}
