import Wire

/// One `name-addr` or `addr-spec` with its parameters, as places of its parts: From, To, Contact, Route and their kin
/// (§20.10, §20.20, §20.39).
public struct AddressField: Sendable, Hashable {
  /// This value within its line, from the display name to the end of the last parameter.
  public var value = ByteRange.zero
  /// The display name, with its quotes if it has quotes.
  public var displayName: ByteRange?
  /// The URI, without its brackets.
  public var uri = ByteRange.zero
  /// The URI's scheme.
  public var scheme = SIPURIScheme.other
  /// Whether the URI stands in angle brackets.
  public var isBracketed = false
  /// The value of `tag`.
  public var tag: ByteRange?
  /// The value of `expires`, in a Contact.
  public var expires: ByteRange?
  /// The value of `q`, in a Contact.
  public var q: ByteRange?
  /// The parameters behind the URI from the first `;` on; empty when there are none.
  public var parameters = ByteRange.zero
  /// The header field this value is in: a place for `SIPMessageView.header(at:)`.
  public var place: Int = 0
}

extension AddressField {
  /// The address at the scanner's position, up to the comma or the end behind it, and its URI taken apart.
  static func scan(
    _ scanner: inout FieldScanner, maxParameters: UInt16, bracketsRequired: Bool = false
  ) throws(SIPParseError) -> (AddressField, SIPURIField) {
    var field = AddressField()
    let start = scanner.position
    try field.scanDisplayName(&scanner)
    let uri: SIPURIField
    if scanner.skip(UInt8(ascii: "<")) {
      field.isBracketed = true
      uri = try SIPURIField(&scanner)
      guard scanner.skip(UInt8(ascii: ">")) else { throw scanner.error(.malformedURI) }
    } else {
      if bracketsRequired { throw scanner.error(.bracketsRequired) }
      uri = try SIPURIField(&scanner, bare: true)
    }
    field.uri = uri.whole
    field.scheme = uri.scheme
    var end = scanner.position
    field.parameters = ByteRange(at: end, to: end)
    if !scanner.isAtEnd {
      var count: UInt16 = 0
      while scanner.skipSeparator(UInt8(ascii: ";")) {
        if count == 0 { field.parameters.lower = UInt32(truncatingIfNeeded: end) }
        count &+= 1
        if count > maxParameters { throw scanner.error(.tooManyParameters) }
        try field.scanParameter(&scanner)
        end = scanner.position
      }
      field.parameters.upper = UInt32(truncatingIfNeeded: end)
    }
    field.value = ByteRange(at: start, to: end)
    return (field, uri)
  }

  /// `[ display-name ]`: a quoted string, or tokens that an angle bracket follows.
  @inline(__always)
  private mutating func scanDisplayName(_ scanner: inout FieldScanner) throws(SIPParseError) {
    switch scanner.peek() {
    case UInt8(ascii: "<")?:
      return
    case UInt8(ascii: "\"")?:
      displayName = ByteRange(within: try scanner.quotedString())
      scanner.skipWhiteSpace()
      guard scanner.peek() == UInt8(ascii: "<") else { throw scanner.unexpected() }
    case nil:
      throw scanner.error(.emptyValue)
    default:
      scanTokens(&scanner)
    }
  }

  private mutating func scanTokens(_ scanner: inout FieldScanner) {
    let start = scanner.position
    var end = start
    repeat {
      let word = scanner.run(of: .token)
      if word.isEmpty { break }
      end = scanner.position
      scanner.skipWhiteSpace()
    } while true
    if scanner.peek() == UInt8(ascii: "<") {
      if end > start { displayName = ByteRange(at: start, to: end) }
    } else {
      scanner.position = start
    }
  }

  private mutating func scanParameter(_ scanner: inout FieldScanner) throws(SIPParseError) {
    let start = scanner.position
    let key = try scanner.parameterName()
    guard scanner.skipSeparator(UInt8(ascii: "=")) else {
      if key == .tag { throw scanner.error(.malformedParameter, at: start) }
      return
    }
    switch key {
    case .tag:
      if tag != nil { throw scanner.error(.duplicateParameter, at: start) }
      tag = ByteRange(within: try scanner.token())
    case .expires:
      if expires != nil { throw scanner.error(.duplicateParameter, at: start) }
      expires = ByteRange(within: try scanner.parameterValue())
    case .q:
      if q != nil { throw scanner.error(.duplicateParameter, at: start) }
      q = ByteRange(within: try scanner.parameterValue())
    default:
      _ = try scanner.parameterValue()
    }
  }
}
