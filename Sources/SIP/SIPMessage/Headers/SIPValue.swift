/// A value with a text on the wire: a URI, an address, what stands behind a header's colon.
///
/// Reading is strict (RFC 3261 §25.1, and RFC 4475 for where that hurts), and every value of such a type can be written:
/// `text` parses to an equal value. So there is nothing to check before sending, and no initialiser lets in a CR, a
/// stray quote or a comma. Equality is that of the canonical text, parameter names and order included; where a
/// standard defines another equivalence the type has a method for it.
///
/// To add a header: a struct with these two requirements, an accessor in `View+Headers.swift`, a table of valid and
/// invalid values in its test.
public protocol SIPValue: Sendable, Hashable, CustomStringConvertible {
  /// The header that errors name; nil for what stands in several.
  static var headerName: SIPHeaderName? { get }

  /// Reads one value at the cursor and leaves the cursor behind it: at the comma, the end, or what does not belong.
  init(scanning scanner: inout FieldScanner) throws(SIPParseError)

  /// Reads a whole value and nothing else.
  ///
  /// - Throws: the first fault and its offset in `value`; `trailingBytes` when a comma and another value follow.
  init(parsing value: Span<UInt8>) throws(SIPParseError)

  /// Appends the canonical text: no folds, one space where the grammar has white space, quotes where they are needed.
  func write(into bytes: inout [UInt8])
}

extension SIPValue {
  /// Errors name no header.
  public static var headerName: SIPHeaderName? { nil }

  /// Reads a whole header value: one value with white space and folds around and within it.
  public init(parsing value: Span<UInt8>) throws(SIPParseError) {
    var scanner = FieldScanner(value, header: Self.headerName)
    self = try Self.whole(&scanner)
  }

  /// Reads a value from text, as `init(parsing:)` does.
  public init(_ text: String) throws(SIPParseError) {
    let utf8 = text.utf8
    try self.init(parsing: utf8.span)
  }

  /// Reads a comma-separated list of one or more values, at most `SIPLimits.maxValues` of them.
  ///
  /// The grammar knows no empty elements: `a,,b` is an error (RFC 4475 §3.1.2.1).
  public static func parseList(_ value: Span<UInt8>) throws(SIPParseError) -> [Self] {
    var values: [Self] = []
    var scanner = FieldScanner(value, header: headerName)
    try appendList(&scanner, to: &values)
    return values
  }

  /// Reads a list from text, as `parseList(_:)` of bytes does.
  public static func parseList(_ text: String) throws(SIPParseError) -> [Self] {
    let utf8 = text.utf8
    return try parseList(utf8.span)
  }

  /// The canonical text.
  public var text: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(128)
    write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The canonical text.
  public var description: String { text }
}

extension SIPValue {
  /// One value and white space: everything up to the scanner's end.
  package static func whole(_ scanner: inout FieldScanner) throws(SIPParseError) -> Self {
    scanner.skipWhiteSpace()
    if scanner.isAtEnd { throw scanner.error(.emptyValue) }
    let result = try Self(scanning: &scanner)
    try scanner.expectEnd()
    return result
  }

  /// One header line's list, appended to those of the lines before it: together they may not exceed the limit.
  package static func appendList(
    _ scanner: inout FieldScanner, to values: inout [Self]
  ) throws(SIPParseError) {
    scanner.skipWhiteSpace()
    if scanner.isAtEnd { throw scanner.error(.emptyValue) }
    repeat {
      guard values.count < SIPLimits.default.maxValues else { throw scanner.error(.tooManyValues) }
      values.append(try Self(scanning: &scanner))
    } while scanner.skipSeparator(UInt8(ascii: ","))
    try scanner.expectEnd()
  }
}

extension Array where Element: SIPValue {
  /// The values as one header value: their texts with `, ` between them.
  public var listText: String {
    var bytes: [UInt8] = []
    writeList(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  func writeList(into bytes: inout [UInt8]) {
    for (index, value) in enumerated() {
      if index > 0 { bytes.append(ascii: ", ") }
      value.write(into: &bytes)
    }
  }
}
