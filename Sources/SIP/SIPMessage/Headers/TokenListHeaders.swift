// Lists of tokens: Supported, Require, Proxy-Require, Unsupported; Privacy. The lines of one name add up, and a line may
// be empty where the grammar says so.

/// The option tags of Supported, Require, Proxy-Require or Unsupported (RFC 3261 §20.29, §20.32, §20.37, §20.40).
///
/// An empty line is legal for Supported only; read as any of the others it says nothing and does no harm.
public struct OptionTags: SIPValue {
  /// The tags, in order.
  public private(set) var tags: [String]

  /// These tags.
  ///
  /// - Throws: `malformedToken` when one is no token, `tooManyValues` beyond `SIPLimits.maxValues`.
  public init(_ tags: [String]) throws(SIPParseError) {
    guard tags.count <= SIPLimits.default.maxValues else { throw SIPParseError(.tooManyValues, at: 0) }
    guard tags.allSatisfy({ $0.consists(of: .token) }) else { throw SIPParseError(.malformedToken, at: 0) }
    self.tags = tags
  }

  /// Whether the tag is among them; tags have no case (§7.3.1).
  public func contains(_ tag: String) -> Bool { tags.contains { $0.equalsIgnoringCase(tag) } }

  /// The tags that are not in `known`: what an Unsupported header lists (§8.2.2.3, §16.3).
  public func unknown(to known: [String]) -> [String] {
    tags.filter { tag in !known.contains { $0.equalsIgnoringCase(tag) } }
  }

  /// Reads a line.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    tags = []
    try append(scanning: &scanner)
  }

  /// Reads a line; it may be empty.
  public init(parsing value: Span<UInt8>) throws(SIPParseError) {
    tags = []
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
      guard tags.count < SIPLimits.default.maxValues else { throw scanner.error(.tooManyValues) }
      tags.append(try scanner.tokenString())
    } while scanner.skipSeparator(UInt8(ascii: ","))
  }

  /// Appends the tags.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(ascii: tags.joined(separator: ", "))
  }
}

/// Privacy (RFC 3323 §4.2): what the sender wants hidden, `header;user;id`.
public struct PrivacyHeader: SIPValue {
  /// `Privacy`
  public static var headerName: SIPHeaderName? { .privacy }
  /// The values in lower case, in order: `header`, `session`, `user`, `none`, `critical`, `id` (RFC 3325 §9.3), others.
  public let values: [String]

  /// These values.
  ///
  /// - Throws: `emptyValue` for none, `malformedToken` when one is no token, `unknownValue` when `none` is not alone.
  public init(_ values: [String]) throws(SIPParseError) {
    guard !values.isEmpty else { throw SIPParseError(.emptyValue, at: 0, in: .privacy) }
    guard values.count <= SIPLimits.default.maxParameters else {
      throw SIPParseError(.tooManyValues, at: 0, in: .privacy)
    }
    guard values.allSatisfy({ $0.consists(of: .token) }) else {
      throw SIPParseError(.malformedToken, at: 0, in: .privacy)
    }
    self.values = values.map(\.asciiLowercased)
    guard !contains("none") || values.count == 1 else { throw SIPParseError(.unknownValue, at: 0, in: .privacy) }
  }

  /// Whether this kind of privacy is asked for.
  public func contains(_ value: String) -> Bool { values.contains { $0.equalsIgnoringCase(value) } }

  /// Reads the values, separated by `;`.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    let start = scanner.position
    var values: [String] = []
    repeat {
      guard values.count < SIPLimits.default.maxParameters else { throw scanner.error(.tooManyValues) }
      values.append(try scanner.tokenString())
    } while scanner.skipSeparator(UInt8(ascii: ";"))
    do throws(SIPParseError) {
      try self.init(values)
    } catch {
      throw scanner.error(error.reason, at: start)
    }
  }

  /// Appends the values.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(ascii: values.joined(separator: ";"))
  }
}
