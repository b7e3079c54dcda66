import Wire

/// One `name-addr` or `addr-spec` with its parameters, as places of its parts: From, To, Contact, Route and their kin
/// (§20.10, §20.20, §20.39).
public struct AddressField: Sendable, Hashable {
  /// This value within its line, from the display name to the end of the last parameter.
  public internal(set) var value = ByteRange.zero
  /// The URI, without its brackets.
  public internal(set) var uri = ByteRange.zero
  /// The parameters behind the URI from the first `;` on; empty when there are none.
  public internal(set) var parameters = ByteRange.zero
  private var displayPlace = OptionalRange.none
  private var tagPlace = OptionalRange.none
  private var storedPlace: UInt32 = 0
  /// The URI's scheme.
  public internal(set) var scheme = SIPURIScheme.other
  /// Whether the URI stands in angle brackets.
  public internal(set) var isBracketed = false

  /// The display name, with its quotes if it has quotes.
  public var displayName: ByteRange? { displayPlace.range }

  /// The value of `tag`.
  public var tag: ByteRange? { tagPlace.range }

  /// The header field this value is in: a place for `SIPMessageView.header(at:)`.
  public internal(set) var place: Int {
    get { Int(storedPlace) }
    set { storedPlace = UInt32(truncatingIfNeeded: newValue) }
  }

  init() {}
}

extension AddressField {
  /// Reads the address that starts at `start`, up to the comma behind it or `end`, and takes its URI apart; once only.
  /// Where it ends.
  mutating func read(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ header: SIPHeaderName, uri: inout SIPURIField,
    maxParameters: UInt16, bracketsRequired: Bool = false
  ) throws(SIPParseError) -> Int {
    var scanner = FieldScanner(bytes, start..<end, header: header)
    try scanDisplayName(&scanner)
    if scanner.skip(UInt8(ascii: "<")) {
      isBracketed = true
      scanner.position = try uri.read(bytes, scanner.position, end, header, bare: false)
      guard scanner.skip(UInt8(ascii: ">")) else { throw scanner.error(.malformedURI) }
    } else {
      if bracketsRequired { throw scanner.error(.bracketsRequired) }
      scanner.position = try uri.read(bytes, scanner.position, end, header, bare: true)
    }
    self.uri = uri.whole
    scheme = uri.scheme
    parameters = ByteRange(at: scanner.position, to: scanner.position)
    if !scanner.isAtEnd {
      var count: UInt16 = 0
      while scanner.skipSeparator(UInt8(ascii: ";")) {
        count &+= 1
        if count > maxParameters { throw scanner.error(.tooManyParameters) }
        if tagPlace.isNil, scanner.skip("tag=") {
          scanner.skipWhiteSpace()
          tagPlace = OptionalRange(within: try scanner.token())
        } else {
          var copy = scanner
          try scanOtherParameter(&copy)
          scanner.position = copy.position
        }
      }
      parameters.upper = UInt32(truncatingIfNeeded: scanner.position)
    }
    value = ByteRange(at: start, to: scanner.position)
    return scanner.position
  }

  /// `[ display-name ]`: a quoted string, or tokens that an angle bracket follows.
  @inline(__always)
  private mutating func scanDisplayName(_ scanner: inout FieldScanner) throws(SIPParseError) {
    switch scanner.next {
    case UInt8(ascii: "<"):
      return
    case UInt8(ascii: "\""):
      let start = scanner.position
      scanner.position = try FieldScanner.endOfQuotedString(scanner.bytes, start, scanner.end, scanner.header)
      displayPlace = OptionalRange(at: start, to: scanner.position)
      scanner.skipWhiteSpace()
      guard scanner.next == UInt8(ascii: "<") else { throw scanner.unexpected() }
    default:
      if scanner.isAtEnd { throw scanner.error(.emptyValue) }
      scanTokens(&scanner)
    }
  }

  @inline(__always)
  private mutating func scanTokens(_ scanner: inout FieldScanner) {
    let start = scanner.position
    var end = start
    repeat {
      if scanner.run(while: .token).isEmpty { break }
      end = scanner.position
      scanner.skipWhiteSpace()
    } while true
    if end > start, scanner.next == UInt8(ascii: "<") {
      displayPlace = OptionalRange(at: start, to: end)
    } else {
      scanner.position = start
    }
  }

  @inline(never)
  private mutating func scanOtherParameter(_ scanner: inout FieldScanner) throws(SIPParseError) {
    let start = scanner.position
    let key = try scanner.parameterName()
    let hasValue = scanner.skipSeparator(UInt8(ascii: "="))
    if key == .tag {
      guard tagPlace.isNil, hasValue else {
        throw scanner.error(hasValue ? .duplicateParameter : .malformedParameter, at: start)
      }
      tagPlace = OptionalRange(within: try scanner.token())
    } else if hasValue {
      _ = try scanner.parameterValue()
    }
  }
}
