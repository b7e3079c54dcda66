import Wire

// CSeq, Call-ID, RAck, Replaces: what ties messages to transactions and dialogs.

/// CSeq (RFC 3261 §20.16): a number below 2³¹ (§8.1.1.5) and the method.
public struct CSeqHeader: SIPValue {
  /// `CSeq`
  public static var headerName: SIPHeaderName? { .cseq }
  /// The number.
  public let number: UInt32
  /// The method.
  public let method: SIPMethod

  /// The highest number.
  public static let maxNumber: UInt32 = 0x7FFF_FFFF

  /// A number and a method.
  ///
  /// - Throws: `numberOutOfRange` above 2³¹−1, `malformedMethod` when an unknown method's name is no token.
  public init(number: UInt32, method: SIPMethod) throws(SIPParseError) {
    guard number <= CSeqHeader.maxNumber else { throw SIPParseError(.numberOutOfRange, at: 0, in: .cseq) }
    guard method.name.consists(of: .token) else { throw SIPParseError(.malformedMethod, at: 0, in: .cseq) }
    self.number = number
    self.method = method.canonical
  }

  /// Reads number and method.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    number = UInt32(try scanner.number(upTo: UInt64(CSeqHeader.maxNumber)))
    try scanner.expectWhiteSpace()
    method = try scanner.method()
  }

  /// Appends number and method.
  public func write(into bytes: inout [UInt8]) {
    Decimal.append(UInt64(number), to: &bytes)
    bytes.append(UInt8(ascii: " "))
    bytes.append(ascii: method.name)
  }
}

/// Call-ID (RFC 3261 §20.8): `word [ "@" word ]`, compared byte for byte.
public struct CallIDHeader: SIPValue {
  /// `Call-ID`
  public static var headerName: SIPHeaderName? { .callID }
  /// The identifier.
  public let value: String

  /// Reads an identifier.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    value = try scanner.string(try scanner.callID())
  }

  /// Appends the identifier.
  public func write(into bytes: inout [UInt8]) { bytes.append(ascii: value) }
}

/// RAck (RFC 3262 §7.2): the reliable provisional response that a PRACK acknowledges.
public struct RAckHeader: SIPValue {
  /// `RAck`
  public static var headerName: SIPHeaderName? { .rAck }
  /// The response's RSeq.
  public let responseNumber: UInt32
  /// Number and method of the response's CSeq.
  public let cseq: CSeqHeader

  /// An acknowledgement of this RSeq within this transaction.
  public init(_ response: RSeqHeader, _ cseq: CSeqHeader) {
    responseNumber = response.number
    self.cseq = cseq
  }

  /// Reads the three parts.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    responseNumber = try scanner.responseNumber()
    try scanner.expectWhiteSpace()
    cseq = try CSeqHeader(scanning: &scanner)
  }

  /// Appends the three parts.
  public func write(into bytes: inout [UInt8]) {
    Decimal.append(UInt64(responseNumber), to: &bytes)
    bytes.append(UInt8(ascii: " "))
    cseq.write(into: &bytes)
  }
}

/// Replaces (RFC 3891 §6.1): the dialog that this INVITE takes the place of.
public struct ReplacesHeader: SIPValue {
  /// `Replaces`
  public static var headerName: SIPHeaderName? { .replaces }
  /// The dialog's Call-ID.
  public let callID: CallIDHeader
  /// `to-tag`, `from-tag`, `early-only` and others.
  public let parameters: HeaderParameters

  /// A dialog, as the recipient of this header knows it.
  public init(callID: CallIDHeader, toTag: String, fromTag: String, earlyOnly: Bool = false) throws(SIPParseError) {
    var parameters = HeaderParameters()
    try parameters.set("to-tag", to: toTag)
    try parameters.set("from-tag", to: fromTag)
    if earlyOnly { try parameters.set("early-only") }
    try ReplacesHeader.check(parameters)
    self.callID = callID
    self.parameters = parameters
  }

  /// Reads the identifier and its parameters; both tags must be there, once.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    callID = try CallIDHeader(scanning: &scanner)
    let behind = scanner.position
    parameters = try HeaderParameters(scanning: &scanner)
    do throws(SIPParseError) {
      try ReplacesHeader.check(parameters)
    } catch {
      throw scanner.error(error.reason, at: behind)
    }
  }

  /// Appends identifier and parameters.
  public func write(into bytes: inout [UInt8]) {
    callID.write(into: &bytes)
    parameters.write(into: &bytes)
  }

  /// The dialog's tag on the recipient's side; `0` stands for an absent tag of RFC 2543.
  public var toTag: String { parameters.value(of: "to-tag") ?? "" }

  /// The dialog's tag on the other side; `0` stands for an absent tag of RFC 2543.
  public var fromTag: String { parameters.value(of: "from-tag") ?? "" }

  /// Whether only a dialog that is not confirmed yet may be replaced.
  public var isEarlyOnly: Bool { parameters.contains("early-only") }

  private static func check(_ parameters: HeaderParameters) throws(SIPParseError) {
    for name in ["to-tag", "from-tag"] {
      guard let tag = parameters[name] else { throw SIPParseError(.missingParameter, at: 0) }
      guard tag.rawValue?.consists(of: .token) == true else { throw SIPParseError(.malformedParameter, at: 0) }
    }
    if let flag = parameters["early-only"], flag.rawValue != nil { throw SIPParseError(.malformedParameter, at: 0) }
  }
}

extension FieldScanner {
  /// `callid`: `word [ "@" word ]`
  @_lifetime(self: copy self)
  fileprivate mutating func callID() throws(SIPParseError) -> Range<Int> {
    let start = position
    guard !run(of: .word).isEmpty else { throw unexpected() }
    if skip(UInt8(ascii: "@")) {
      guard !run(of: .word).isEmpty else { throw unexpected() }
    }
    return start..<position
  }

  /// `Method`
  @_lifetime(self: copy self)
  mutating func method() throws(SIPParseError) -> SIPMethod {
    let range = run(of: .token)
    guard !range.isEmpty else { throw error(.malformedMethod) }
    return SIPMethod(token: bytes, range)
  }
}

extension SIPMethod {
  /// The same method by its own case: `other("INVITE")`, which no parser makes, is `invite`.
  var canonical: SIPMethod {
    guard case .other(let name) = self else { return self }
    let utf8 = name.utf8
    return SIPMethod(parsing: utf8.span) ?? self
  }
}
