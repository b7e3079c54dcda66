import Wire

/// One Via value as places of its parts (§20.42, §18.2; RFC 3581, RFC 5923).
public struct ViaField: Sendable, Hashable {
  /// `rport` (RFC 3581): absent, asked for, or filled in.
  public enum RPort: Sendable, Hashable {
    /// No `rport`.
    case absent
    /// `rport` without a value: the client asks for the answer to come to the port it sent from.
    case empty
    /// The port a server saw.
    case value(UInt16)
  }

  /// This value within its line, from the protocol to the end of the last parameter.
  public var value = ByteRange.zero
  /// The transport, if it is one we know.
  public var transport = SIPTransportToken.other
  /// The transport as written.
  public var transportRange = ByteRange.zero
  /// The host of `sent-by`, IPv6 with its brackets.
  public var host = ByteRange.zero
  /// The port of `sent-by`, where one is written.
  public var port: UInt16?
  /// Where `sent-by` ends and parameters start, or the value ends.
  public var sentByEnd: UInt32 = 0
  /// The value of `branch`.
  public var branch: ByteRange?
  /// Whether `branch` starts with the magic cookie and goes on behind it (§8.1.1.7): only then is it unique.
  public var hasRFC3261Branch = false
  /// `rport`.
  public var rport = RPort.absent
  /// The place of the whole `rport` parameter, without the semicolon before it.
  public var rportParameter: ByteRange?
  /// The value of `received`, as written: an address, IPv6 with or without brackets (RFC 5118 §4.5).
  public var received: ByteRange?
  /// The value of `maddr`.
  public var maddr: ByteRange?
  /// The value of `ttl`.
  public var ttl: UInt8?
  /// Whether `alias` (RFC 5923) is there.
  public var hasAlias = false
  /// The header field this value is in: a place for `SIPMessageView.header(at:)`.
  public var place: Int = 0
}

extension ViaField {
  /// `via-parm` at the scanner's position, up to the comma or the end behind it.
  init(_ scanner: inout FieldScanner, maxParameters: UInt16) throws(SIPParseError) {
    try self.init(sentTo: &scanner)
    var count: UInt16 = 0
    while scanner.skipSeparator(UInt8(ascii: ";")) {
      count &+= 1
      if count > maxParameters { throw scanner.error(.tooManyParameters) }
      try scanParameter(&scanner)
      value.upper = UInt32(truncatingIfNeeded: scanner.position)
    }
  }

  /// `sent-protocol LWS sent-by` alone: enough to say where an answer goes.
  init(sentTo scanner: inout FieldScanner) throws(SIPParseError) {
    let start = scanner.position
    let slash = UInt8(ascii: "/")
    // "SIP/2.0/", the first byte lowest; everything else the grammar allows goes the long way.
    if scanner.bytes.word(at: start) == 0x2F30_2E32_2F50_4953, scanner.end &- start > 8,
      scanner.bytes[start &+ 8] > UInt8(ascii: " ")
    {
      scanner.position &+= 8
    } else {
      _ = try scanner.token()
      try scanner.expectSeparator(slash)
      _ = try scanner.token()
      try scanner.expectSeparator(slash)
    }
    let token = try scanner.token()
    transport = SIPTransportToken(scanner.bytes, token)
    transportRange = ByteRange(within: token)
    let gap = scanner.position
    scanner.skipWhiteSpace()
    guard scanner.position > gap else { throw scanner.unexpected() }
    host = ByteRange(within: try scanner.host())
    var end = scanner.position
    if scanner.skipSeparator(UInt8(ascii: ":")) {
      port = try scanner.port()
      end = scanner.position
    }
    sentByEnd = UInt32(truncatingIfNeeded: end)
    value = ByteRange(at: start, to: end)
  }

  private mutating func scanParameter(_ scanner: inout FieldScanner) throws(SIPParseError) {
    let start = scanner.position
    let key = try scanner.parameterName()
    let hasValue = scanner.skipSeparator(UInt8(ascii: "="))
    switch key {
    case .branch:
      guard hasValue, branch == nil else { throw ViaField.misuse(scanner, start, branch != nil) }
      let token = try scanner.token()
      branch = ByteRange(within: token)
      hasRFC3261Branch = token.count > 7 && ViaField.hasCookie(scanner.bytes, token.lowerBound)
    case .rport:
      guard rport == .absent else { throw ViaField.misuse(scanner, start, true) }
      rport = hasValue ? .value(try scanner.port()) : .empty
      rportParameter = ByteRange(at: start, to: scanner.position)
    case .received:
      guard hasValue, received == nil else { throw ViaField.misuse(scanner, start, received != nil) }
      received = ByteRange(within: try scanner.plainValue())
    case .maddr:
      guard hasValue, maddr == nil else { throw ViaField.misuse(scanner, start, maddr != nil) }
      maddr = ByteRange(within: try scanner.host())
    case .ttl:
      guard hasValue, ttl == nil else { throw ViaField.misuse(scanner, start, ttl != nil) }
      ttl = UInt8(truncatingIfNeeded: try scanner.number(upTo: 255))
    default:
      if key == .alias { hasAlias = true }
      if hasValue { _ = try scanner.parameterValue() }
    }
  }

  /// The magic cookie, which is compared as written.
  @inline(__always)
  private static func hasCookie(_ bytes: Span<UInt8>, _ start: Int) -> Bool {
    bytes.word(at: start) & 0x00FF_FFFF_FFFF_FFFF == 0x004B_6234_4768_397A
  }

  private static func misuse(_ scanner: borrowing FieldScanner, _ start: Int, _ isDuplicate: Bool) -> SIPParseError {
    scanner.error(isDuplicate ? .duplicateParameter : .malformedParameter, at: start)
  }
}
