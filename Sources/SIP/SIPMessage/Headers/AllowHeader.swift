/// Allow (RFC 3261 §20.5): methods that the sender understands. Empty means none.
public struct AllowHeader: SIPValue {
  /// `Allow`
  public static var headerName: SIPHeaderName? { .allow }
  /// The methods, in order.
  public private(set) var methods: [SIPMethod]

  /// These methods.
  ///
  /// - Throws: `malformedMethod` when an unknown one's name is no token, `tooManyValues` beyond `SIPLimits.maxValues`.
  public init(_ methods: [SIPMethod]) throws(SIPParseError) {
    guard methods.count <= SIPLimits.default.maxValues else { throw SIPParseError(.tooManyValues, at: 0, in: .allow) }
    guard methods.allSatisfy({ $0.name.consists(of: .token) }) else {
      throw SIPParseError(.malformedMethod, at: 0, in: .allow)
    }
    self.methods = methods.map(\.canonical)
  }

  /// Whether the method is among them.
  public func contains(_ method: SIPMethod) -> Bool { methods.contains(method) }

  /// Reads a line.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    methods = []
    try append(scanning: &scanner)
  }

  /// Reads a line; it may be empty.
  public init(parsing value: Span<UInt8>) throws(SIPParseError) {
    methods = []
    var scanner = FieldScanner(value, header: Self.headerName)
    try append(line: &scanner)
  }

  /// Adds a further line.
  @_lifetime(scanner: copy scanner)
  package mutating func append(line scanner: inout FieldScanner) throws(SIPParseError) {
    scanner.skipWhiteSpace()
    if !scanner.isAtEnd { try append(scanning: &scanner) }
    try scanner.expectEnd()
  }

  @_lifetime(scanner: copy scanner)
  private mutating func append(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    repeat {
      guard methods.count < SIPLimits.default.maxValues else { throw scanner.error(.tooManyValues) }
      methods.append(try scanner.method())
    } while scanner.skipSeparator(UInt8(ascii: ","))
  }

  /// Appends the methods.
  public func write(into bytes: inout [UInt8]) {
    for (index, method) in methods.enumerated() {
      if index > 0 { bytes.append(ascii: ", ") }
      bytes.append(ascii: method.name)
    }
  }
}
