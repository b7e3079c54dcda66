/// One value of Reason (RFC 3326): why the request was sent, or (RFC 6432) why the call failed.
public struct ReasonHeader: SIPValue {
  /// `Reason`
  public static var headerName: SIPHeaderName? { .reason }
  /// `SIP`, `Q.850` or another token, as it is written.
  public let protocolName: String
  /// `cause`, `text` and others.
  public let parameters: HeaderParameters

  /// The protocol of Q.850 causes.
  public static let q850 = "Q.850"

  /// The protocol of SIP status codes.
  public static let sip = "SIP"

  /// A cause within a protocol, with a text for people. CR and LF in the text become spaces.
  ///
  /// - Throws: `malformedToken` when the protocol is no token.
  public init(_ protocolName: String, cause: UInt32, text: String? = nil) throws(SIPParseError) {
    guard protocolName.consists(of: .token) else { throw SIPParseError(.malformedToken, at: 0, in: .reason) }
    var parameters = HeaderParameters()
    try parameters.set("cause", to: String(cause))
    if let text { try parameters.set("text", toQuoted: text) }
    self.protocolName = protocolName
    self.parameters = parameters
  }

  /// Whether this is a reason of that protocol; names have no case.
  public func isOf(_ protocolName: String) -> Bool { self.protocolName.equalsIgnoringCase(protocolName) }

  /// The cause: a status code for SIP, 1 to 127 for Q.850; nil when there is none.
  public var cause: UInt32? { parameters.value(of: "cause").flatMap { UInt32($0) } }

  /// The text for people.
  public var explanation: String? { parameters.value(of: "text") }

  /// Reads one value; a `cause` must be a number that 32 bits hold.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    protocolName = try scanner.tokenString()
    let behind = scanner.position
    parameters = try HeaderParameters(scanning: &scanner)
    guard let cause = parameters["cause"] else { return }
    guard let text = cause.rawValue, text.consists(of: .digit) else {
      throw scanner.error(.malformedNumber, at: behind)
    }
    guard UInt32(text) != nil else { throw scanner.error(.numberOutOfRange, at: behind) }
  }

  /// Appends the value.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(ascii: protocolName)
    parameters.write(into: &bytes)
  }
}
