import SIPMessage

/// The value of a `WWW-Authenticate` or `Proxy-Authenticate` header with scheme Digest (RFC 7616 §3.3).
public struct DigestChallenge: Sendable, Equatable {
  /// Which set of passwords is asked for.
  public var realm: String
  /// What the answer is to be good for.
  public var nonce: String
  /// The function; nil when the server names one that is not known.
  public var variant: DigestVariant?
  /// What an answer may cover, as offered; empty for the form of RFC 2069.
  public var qop: [DigestQOP]
  /// To be handed back as it is.
  public var opaque: String?
  /// Whether a former answer failed only because its nonce was too old.
  public var isStale: Bool

  /// A challenge as we make them: qop `auth` and nothing that an old phone would stumble over.
  public init(
    realm: String, nonce: String, variant: DigestVariant? = DigestVariant(.sha256), qop: [DigestQOP] = [.auth],
    opaque: String? = nil, isStale: Bool = false
  ) {
    self.realm = realm
    self.nonce = nonce
    self.variant = variant
    self.qop = qop
    self.opaque = opaque
    self.isStale = isStale
  }

  /// Reads a header's value. Unknown parameters are passed over (§3.3 `auth-param`), an unknown algorithm too, since
  /// another challenge beside it may have a known one; a qop with nothing known in it makes the challenge unanswerable.
  public init(parsing value: Span<UInt8>) throws(DigestError) {
    var realm: String?
    var nonce: String?
    variant = DigestVariant(.md5)
    qop = []
    isStale = false
    var scanner = try DigestScanner(value)
    while let (parameter, place) = try scanner.next() {
      switch parameter {
      case .realm: realm = try scanner.text(place, .realm)
      case .nonce: nonce = try scanner.text(place, .nonce)
      case .opaque: opaque = try scanner.text(place, .opaque)
      case .algorithm: variant = DigestVariant(scanner.bytes, scanner.token(place))
      case .stale: isStale = scanner.flag(place)
      case .qop: qop = try Self.options(scanner.bytes, scanner.token(place))
      case .username, .extendedUsername, .uri, .response, .clientNonce, .nonceCount, .userHash: break
      }
    }
    guard let realm else { throw .missing(.realm) }
    guard let nonce else { throw .missing(.nonce) }
    self.realm = realm
    self.nonce = nonce
  }

  /// Reads a header's value from text.
  public init(_ text: String) throws(DigestError) {
    let utf8 = text.utf8
    try self.init(parsing: utf8.span)
  }

  /// The header's value.
  public var headerValue: String {
    var bytes: [UInt8] = []
    write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the header's value. Realm, nonce and qop come first and in that order: there are phones that look for
  /// them there.
  public func write(into bytes: inout [UInt8]) {
    writeHead(into: &bytes)
    bytes.append(quoting: nonce)
    writeTail(into: &bytes)
  }

  /// What stands before the nonce.
  func writeHead(into bytes: inout [UInt8]) {
    bytes.append(ascii: "Digest realm=")
    bytes.append(quoting: realm)
    bytes.append(ascii: ", nonce=")
  }

  /// What stands behind the nonce.
  func writeTail(into bytes: inout [UInt8]) {
    if !qop.isEmpty {
      bytes.append(ascii: ", qop=")
      bytes.append(quoting: qop.map(\.rawValue).joined(separator: ","))
    }
    bytes.append(ascii: ", algorithm=")
    bytes.append(ascii: variant?.name ?? "unknown")
    if let opaque {
      bytes.append(ascii: ", opaque=")
      bytes.append(quoting: opaque)
    }
    if isStale { bytes.append(ascii: ", stale=true") }
  }

  /// The known ones of a comma-separated list.
  private static func options(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(DigestError) -> [DigestQOP] {
    var options: [DigestQOP] = []
    var scanner = FieldScanner(bytes, range)
    repeat {
      scanner.skipWhiteSpace()
      let name = scanner.run(of: .token)
      if let option = DigestQOP(bytes, name), !options.contains(option) { options.append(option) }
    } while scanner.skipSeparator(UInt8(ascii: ","))
    guard !options.isEmpty else { throw .nothingSupported }
    return options
  }
}
