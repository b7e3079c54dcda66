// Content-Type, Accept, Content-Disposition: what a body is and what it is for.

/// `type/subtype;parameters`: the value of Content-Type (RFC 3261 §20.15), and one value of Accept (§20.1), where `*`
/// stands for any.
public struct MediaType: SIPValue {
  /// `Content-Type`
  public static var headerName: SIPHeaderName? { .contentType }
  /// The type in lower case; `*` in Accept.
  public let type: String
  /// The subtype in lower case; `*` in Accept.
  public let subtype: String
  /// The parameters.
  public let parameters: HeaderParameters

  /// `application/sdp`
  public static let sdp = MediaType(known: "application", "sdp")

  /// `text/plain`, what a body part is when it does not say (RFC 2046 §5.1).
  public static let plainText = MediaType(known: "text", "plain")

  private init(known type: String, _ subtype: String) {
    self.type = type
    self.subtype = subtype
    parameters = HeaderParameters()
  }

  /// A type of these parts; both names must be tokens.
  public init(
    _ type: String, _ subtype: String, parameters: HeaderParameters = HeaderParameters()
  ) throws(SIPParseError) {
    guard type.consists(of: .token), subtype.consists(of: .token) else { throw SIPParseError(.malformedToken, at: 0) }
    self.type = type.asciiLowercased
    self.subtype = subtype.asciiLowercased
    self.parameters = parameters
  }

  /// Reads a type.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    type = try scanner.lowercasedString(try scanner.token())
    try scanner.expectSeparator(UInt8(ascii: "/"))
    subtype = try scanner.lowercasedString(try scanner.token())
    parameters = try HeaderParameters(scanning: &scanner)
  }

  /// Appends the type.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(ascii: type)
    bytes.append(UInt8(ascii: "/"))
    bytes.append(ascii: subtype)
    parameters.write(into: &bytes)
  }

  /// Whether this is a composite of parts (RFC 2046 §5.1).
  public var isMultipart: Bool { type == "multipart" }

  /// `boundary=` of a multipart type.
  public var boundary: String? { parameters.value(of: "boundary") }

  /// The preference of this value in Accept; 1 when there is no valid `q`.
  public var q: QValue { parameters.value(of: "q").flatMap(QValue.init) ?? .one }

  /// Whether this value of Accept covers a body of the other type; parameters do not count.
  public func accepts(_ other: MediaType) -> Bool {
    type == "*" || type == other.type && (subtype == "*" || subtype == other.subtype)
  }
}

/// Accept (RFC 3261 §20.1): the body types that the sender understands.
public struct AcceptHeader: Sendable, Hashable {
  /// The types in order; empty when the header was there without value, which means none.
  public private(set) var types: [MediaType]

  /// These types.
  public init(_ types: [MediaType]) { self.types = types }

  /// Reads a line; it may be empty.
  public init(parsing value: Span<UInt8>) throws(SIPParseError) {
    types = []
    var scanner = FieldScanner(value, header: .accept)
    try append(scanning: &scanner)
  }

  /// Reads a line from text; it may be empty.
  public init(_ text: String) throws(SIPParseError) {
    let utf8 = text.utf8
    try self.init(parsing: utf8.span)
  }

  /// Adds a further line.
  @_lifetime(scanner: copy scanner)
  package mutating func append(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    scanner.skipWhiteSpace()
    if !scanner.isAtEnd { try MediaType.appendList(&scanner, to: &types) }
  }

  /// Whether a body of this type may be sent: the most specific value that covers it has a preference above 0.
  public func accepts(_ type: MediaType) -> Bool {
    func precision(_ value: MediaType) -> Int { value.type == "*" ? 0 : value.subtype == "*" ? 1 : 2 }
    let best = types.filter { $0.accepts(type) }.max { precision($0) < precision($1) }
    return best.map { $0.q.thousandths > 0 } ?? false
  }

  /// The types as one header value.
  public var text: String { types.listText }
}

/// Content-Disposition (RFC 3261 §20.11): what a body is for.
public struct ContentDispositionHeader: SIPValue {
  /// `Content-Disposition`
  public static var headerName: SIPHeaderName? { .contentDisposition }
  /// `session`, `render`, `icon`, `alert`, `early-session` or another token, in lower case.
  public let type: String
  /// The parameters.
  public let parameters: HeaderParameters

  /// A purpose; `type` must be a token.
  public init(type: String, parameters: HeaderParameters = HeaderParameters()) throws(SIPParseError) {
    guard type.consists(of: .token) else { throw SIPParseError(.malformedToken, at: 0, in: .contentDisposition) }
    self.type = type.asciiLowercased
    self.parameters = parameters
  }

  /// Reads a purpose.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    type = try scanner.lowercasedString(try scanner.token())
    parameters = try HeaderParameters(scanning: &scanner)
  }

  /// Appends the purpose.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(ascii: type)
    parameters.write(into: &bytes)
  }

  /// Whether a recipient that does not understand the body must refuse the request: unless `handling=optional` (§20.11).
  public var isRequired: Bool {
    parameters.value(of: "handling")?.equalsIgnoringCase("optional") != true
  }
}
