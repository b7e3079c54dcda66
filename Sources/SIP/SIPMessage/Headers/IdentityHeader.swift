/// Identity (RFC 8224 §4): a signature over who calls, and where its certificate is.
///
/// Kept and typed, so that a proxy can pass it on and a policy can look at it; verifying it is not implemented.
public struct IdentityHeader: SIPValue {
  /// `Identity`
  public static var headerName: SIPHeaderName? { .identity }
  /// The PASSporT, in full or compact form: base64url text and dots.
  public let digest: String
  /// Where the credential is (`info`).
  public let info: AddrSpec
  /// `alg`, `ppt` and others.
  public let parameters: HeaderParameters

  /// A signature and its certificate's place.
  ///
  /// - Throws: `malformedToken` when the digest is not what the grammar allows; `duplicateParameter` when `info` stands
  ///   among the parameters too.
  public init(
    digest: String, info: AddrSpec, parameters: HeaderParameters = HeaderParameters()
  ) throws(SIPParseError) {
    guard digest.consists(of: .identityDigest) else { throw SIPParseError(.malformedToken, at: 0, in: .identity) }
    guard !parameters.contains("info") else { throw SIPParseError(.duplicateParameter, at: 0, in: .identity) }
    self.digest = digest
    self.info = info
    self.parameters = parameters
  }

  /// `alg`, the signature's algorithm; `ES256` when absent.
  public var algorithm: String { parameters.value(of: "alg") ?? "ES256" }

  /// `ppt`, the kind of PASSporT, such as `shaken`.
  public var passportType: String? { parameters.value(of: "ppt") }

  /// Reads one value. `info` must be there once, its URI in angle brackets; its place among the parameters is free.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    let digest = scanner.run(of: .identityDigest)
    guard !digest.isEmpty else { throw scanner.unexpected() }
    self.digest = try scanner.string(digest)
    var info: AddrSpec?
    var parameters = HeaderParameters()
    while scanner.skipSeparator(UInt8(ascii: ";")) {
      let start = scanner.position
      let name = try scanner.token()
      guard scanner.matches(name, "info") else {
        scanner.position = start
        try parameters.append(scanning: &scanner)
        continue
      }
      guard info == nil else { throw scanner.error(.duplicateParameter, at: start) }
      try scanner.expectSeparator(UInt8(ascii: "="))
      info = try scanner.bracketedURI()
    }
    guard let info else { throw scanner.error(.missingParameter) }
    self.info = info
    self.parameters = parameters
  }

  /// Appends digest, `info` and the other parameters.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(ascii: digest)
    bytes.append(ascii: ";info=<")
    info.write(into: &bytes)
    bytes.append(UInt8(ascii: ">"))
    parameters.write(into: &bytes)
  }
}

extension ByteSet {
  /// `signed-identity-digest`: base64 of either alphabet, its padding, and the dots between a PASSporT's parts.
  fileprivate static var identityDigest: ByteSet {
    ByteSet(low: 0x23ff_e800_0000_0000, high: 0x07ff_fffe_87ff_fffe)
  }
}
