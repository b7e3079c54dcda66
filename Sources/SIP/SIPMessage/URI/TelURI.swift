/// A `tel:` URI (RFC 3966): a telephone number, global (`+…`) or local with its `phone-context`.
public struct TelURI: SIPValue {
  /// The number as it is written, with its visual separators `- . ( )`.
  public let number: String

  /// The parameters, `phone-context`, `ext` and `isub` among them.
  public let parameters: URIParameters

  /// A number and its parameters.
  ///
  /// - Throws: `malformedURI` when the number is none; `malformedParameter` when a local number has no
  ///   `phone-context` or a parameter is not what RFC 3966 §3 makes of it.
  public init(number: String, parameters: URIParameters = URIParameters()) throws(SIPParseError) {
    guard TelURI.isNumber(number) else { throw SIPParseError(.malformedURI, at: 0) }
    guard TelURI.areWellFormed(parameters, isGlobal: number.utf8.first == UInt8(ascii: "+")),
      parameters.entries.allSatisfy({ $0.name.consists(of: .telephoneParameterName) })
    else { throw SIPParseError(.malformedParameter, at: 0) }
    self.number = number
    self.parameters = parameters
  }

  /// Whether the number is global: it starts with `+` (§5.1.4).
  public var isGlobal: Bool { number.utf8.first == UInt8(ascii: "+") }

  /// The number without visual separators, hexadecimal digits in lower case: what is compared and dialled.
  public var digits: String { TelURI.digits(of: number) }

  /// Reads a tel URI: everything up to the scanner's end.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    let start = scanner.position
    let scheme = scanner.run(of: .alpha)
    guard scanner.matches(scheme, "tel") else { throw scanner.error(.unsupportedURIScheme, at: start) }
    guard scanner.skip(UInt8(ascii: ":")) else { throw scanner.error(.malformedURI) }
    let digits = scanner.position
    _ = scanner.skip(UInt8(ascii: "+"))
    _ = scanner.run(of: .telephoneDigit)
    let text = try scanner.string(digits..<scanner.position)
    guard TelURI.isNumber(text) else { throw scanner.error(.malformedURI, at: digits) }
    number = text
    let behind = scanner.position
    parameters = try URIParameters(scanning: &scanner, plainNames: .telephoneParameterName)
    guard scanner.isAtEnd else { throw scanner.error(.malformedURI) }
    guard TelURI.areWellFormed(parameters, isGlobal: isGlobal) else {
      throw scanner.error(.malformedParameter, at: behind)
    }
  }

  /// Reads a tel URI and nothing else: no white space around it either.
  public init(parsing value: Span<UInt8>) throws(SIPParseError) {
    var scanner = FieldScanner(value)
    try self.init(scanning: &scanner)
  }

  /// Appends the URI.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(ascii: "tel:")
    bytes.append(ascii: number)
    parameters.write(into: &bytes)
  }

  /// Whether the two URIs are equivalent (§4): both global or both local, the same digits without separators, the same
  /// parameters in any order and no other; nothing has case.
  public func isEquivalent(to other: TelURI) -> Bool {
    guard isGlobal == other.isGlobal, digits == other.digits,
      parameters.entries.count == other.parameters.entries.count
    else { return false }
    for parameter in parameters.entries {
      guard let counterpart = other.parameters[parameter.name] else { return false }
      switch (parameter.rawValue, counterpart.rawValue) {
      case (nil, nil): continue
      case (let left?, let right?):
        guard TelURI.comparable(left, of: parameter.name) == TelURI.comparable(right, of: parameter.name) else {
          return false
        }
      default: return false
      }
    }
    return true
  }

  /// What registrar and guard look this number up by: `tel:` and the digits, for a local number with its context.
  public var normalizedAOR: String {
    guard !isGlobal, let context = parameters.value(of: "phone-context") else { return "tel:\(digits)" }
    let comparable = TelURI.comparable(context, of: "phone-context")
    return "tel:\(digits);phone-context=\(String(decoding: comparable, as: UTF8.self))"
  }

  private static func isNumber(_ text: String) -> Bool {
    guard let first = text.utf8.first else { return false }
    if first == UInt8(ascii: "+") {
      let rest = text.utf8.dropFirst()
      return rest.allSatisfy { ByteSet.digit.contains($0) || ByteSet.visualSeparator.contains($0) }
        && rest.contains(where: ByteSet.digit.contains)
    }
    return text.consists(of: .telephoneDigit) && text.utf8.contains { !ByteSet.visualSeparator.contains($0) }
  }

  /// §3: `ext` digits, `phone-context` a domain or a global prefix (and always there behind a local number).
  private static func areWellFormed(_ parameters: URIParameters, isGlobal: Bool) -> Bool {
    if parameters.contains("ext") {
      guard let digits = parameters.value(of: "ext"),
        digits.utf8.allSatisfy({ ByteSet.digit.contains($0) || ByteSet.visualSeparator.contains($0) })
      else { return false }
    }
    guard parameters.contains("phone-context") else { return isGlobal }
    guard let context = parameters.value(of: "phone-context") else { return false }
    return context.utf8.first == UInt8(ascii: "+") ? isNumber(context) : HostName(context) != nil
  }

  private static func digits(of text: String) -> String {
    String(
      decoding: text.utf8.lazy.filter { !ByteSet.visualSeparator.contains($0) }.map(\.asciiLowercased), as: UTF8.self)
  }

  /// What is compared of a value: numbers without separators, everything without case and with escapes resolved.
  private static func comparable(_ value: String, of name: String) -> [UInt8] {
    let isNumber =
      name.equalsIgnoringCase("ext")
      || name.equalsIgnoringCase("phone-context") && value.utf8.first == UInt8(ascii: "+")
    if isNumber { return Array(digits(of: value).utf8) }
    var bytes: [UInt8] = []
    let utf8 = value.utf8
    var reader = EscapeReader(utf8.span, keeping: .neverUnescaped)
    while let character = reader.next() { character.lowercased.append(to: &bytes) }
    return bytes
  }
}

extension ByteSet {
  /// `phonedigit-hex` of RFC 3966 §3: hexadecimal digits, `*`, `#` and visual separators.
  static var telephoneDigit: ByteSet { ByteSet(low: 0x03ff_6708_0000_0000, high: 0x0000_007e_0000_007e) }

  /// `visual-separator`: `- . ( )`
  static var visualSeparator: ByteSet { ByteSet(low: 0x0000_6300_0000_0000, high: 0) }

  /// What a parameter's name consists of: letters, digits and `-`.
  static var telephoneParameterName: ByteSet { ByteSet(low: 0x03ff_2000_0000_0000, high: 0x07ff_fffe_07ff_fffe) }
}
