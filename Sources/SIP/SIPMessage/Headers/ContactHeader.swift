/// One value of Contact (RFC 3261 §20.10): where to reach somebody. The `*` of a REGISTER is `ContactList.all`.
public struct ContactHeader: AddressHeader {
  /// `Contact`
  public static var headerName: SIPHeaderName? { .contact }
  /// The address.
  public let address: NameAddress
  /// The parameters: `q`, `expires`, and those of extensions such as `+sip.instance` and `reg-id` (RFC 5626).
  public let parameters: HeaderParameters

  /// A value of these parts; a `q` must be a number from 0 to 1.
  public init(_ address: NameAddress, parameters: HeaderParameters = HeaderParameters()) throws(SIPParseError) {
    if let q = parameters["q"] {
      guard q.rawValue.flatMap(QValue.init) != nil else { throw SIPParseError(.malformedParameter, at: 0) }
    }
    self.address = address
    self.parameters = parameters
  }

  /// An address with an expiry in seconds.
  public init(_ address: NameAddress, expires: UInt32) throws(SIPParseError) {
    var parameters = HeaderParameters()
    try parameters.set("expires", to: String(expires))
    try self.init(address, parameters: parameters)
  }

  /// The preference among several contacts; nil when none is given.
  public var q: QValue? { parameters.value(of: "q").flatMap(QValue.init) }

  /// The lifetime in seconds that this contact asks for; nil when it asks for none.
  ///
  /// A value that is malformed or above 2³²−1 counts as 3600 (§20.10, RFC 4475 §3.1.2.4).
  public var expires: UInt32? {
    guard let parameter = parameters["expires"] else { return nil }
    guard let text = parameter.rawValue, text.consists(of: .digit), let seconds = UInt32(text) else {
      return ContactHeader.defaultExpires
    }
    return seconds
  }

  /// What a malformed expiry counts as, in seconds.
  public static let defaultExpires: UInt32 = 3600
}

/// All Contact values of a message.
public enum ContactList: Sendable, Hashable {
  /// `*`: all bindings, to be removed (§10.2.2).
  case all
  /// The addresses, in order; empty when there is no Contact.
  case contacts([ContactHeader])

  /// Reads one header line.
  public init(parsing value: Span<UInt8>) throws(SIPParseError) {
    self = .contacts([])
    var scanner = FieldScanner(value, header: .contact)
    try append(scanning: &scanner)
  }

  /// Reads one header line from text.
  public init(_ text: String) throws(SIPParseError) {
    let utf8 = text.utf8
    try self.init(parsing: utf8.span)
  }

  /// Adds the values of a further header line; `*` stands alone or is a fault.
  @_lifetime(scanner: copy scanner)
  package mutating func append(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    scanner.skipWhiteSpace()
    let star = scanner.position
    if scanner.skip(UInt8(ascii: "*")) {
      scanner.skipWhiteSpace()
      if scanner.isAtEnd {
        guard case .contacts(let others) = self, others.isEmpty else { throw scanner.error(.unknownValue, at: star) }
        self = .all
        return
      }
    }
    guard case .contacts(var contacts) = self else { throw scanner.error(.unknownValue, at: star) }
    scanner.position = star
    try ContactHeader.appendList(&scanner, to: &contacts)
    self = .contacts(contacts)
  }

  /// The values as one header value.
  public var text: String {
    switch self {
    case .all: "*"
    case .contacts(let contacts): contacts.listText
    }
  }
}

/// `qvalue` (RFC 3261 §25.1): a preference from 0 to 1 in thousandths.
public struct QValue: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// 0 to 1000.
  public let thousandths: UInt16

  /// The highest preference, which is also that of an absent `q`.
  public static let one = QValue(clamping: 1000)

  /// A preference of so many thousandths, at most 1000.
  public init(clamping thousandths: Int) {
    self.thousandths = UInt16(min(max(thousandths, 0), 1000))
  }

  /// Reads `0`, `1`, `0.7`, `0.333`, `1.000`; nil for anything else.
  public init?(_ text: String) {
    var digits = Array(text.utf8)
    guard let whole = digits.first, whole == UInt8(ascii: "0") || whole == UInt8(ascii: "1") else { return nil }
    digits.removeFirst()
    var value = whole == UInt8(ascii: "1") ? 1000 : 0
    if !digits.isEmpty {
      guard digits.removeFirst() == UInt8(ascii: "."), digits.count <= 3, digits.allSatisfy(ByteSet.digit.contains)
      else { return nil }
      var place = 100
      for digit in digits {
        value += Int(digit - UInt8(ascii: "0")) * place
        place /= 10
      }
      guard value <= 1000 else { return nil }
    }
    thousandths = UInt16(value)
  }

  /// `0.333`, without final zeros.
  public var description: String {
    guard thousandths < 1000 else { return "1" }
    guard thousandths > 0 else { return "0" }
    var digits = String(Int(thousandths) + 1000).dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return "0.\(digits)"
  }

  /// Whether the left is preferred less.
  public static func < (left: QValue, right: QValue) -> Bool { left.thousandths < right.thousandths }
}
