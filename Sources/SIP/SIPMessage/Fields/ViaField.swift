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
  public internal(set) var value = ByteRange.zero
  /// The transport as written.
  public internal(set) var transportRange = ByteRange.zero
  /// The host of `sent-by`, IPv6 with its brackets.
  public internal(set) var host = ByteRange.zero
  private var branchPlace = OptionalRange.none
  private var receivedPlace = OptionalRange.none
  private var maddrPlace = OptionalRange.none
  private var rportPlace = OptionalRange.none
  /// The port of `sent-by`, where one is written.
  public internal(set) var port: UInt16?
  /// `rport`.
  public internal(set) var rport = RPort.absent
  /// The transport, if it is one we know.
  public internal(set) var transport = SIPTransportToken.other
  /// Whether `branch` starts with the magic cookie and goes on behind it (§8.1.1.7): only then is it unique.
  public internal(set) var hasRFC3261Branch = false
  /// Whether `alias` (RFC 5923) is there.
  public internal(set) var hasAlias = false
  private var hasTTL = false
  private var storedPlace: UInt32 = 0

  init() {}

  /// The value of `branch`.
  public var branch: ByteRange? { branchPlace.range }

  /// The value of `received`, as written: an address, IPv6 with or without brackets (RFC 5118 §4.5).
  public var received: ByteRange? { receivedPlace.range }

  /// The value of `maddr`.
  public var maddr: ByteRange? { maddrPlace.range }

  /// The place of the whole `rport` parameter, without the semicolon before it.
  public var rportParameter: ByteRange? { rportPlace.range }

  /// The header field this value is in: a place for `SIPMessageView.header(at:)`.
  public internal(set) var place: Int {
    get { Int(storedPlace) }
    set { storedPlace = UInt32(truncatingIfNeeded: newValue) }
  }
}

extension ViaField {
  /// Reads the `via-parm` that starts at `start`, up to the comma behind it or `end`; once only. Where it ends.
  mutating func read(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, maxParameters: UInt16
  ) throws(SIPParseError) -> Int {
    var scanner = FieldScanner(bytes, start..<end, header: .via)
    try readSentBy(&scanner)
    var count: UInt16 = 0
    while scanner.skipSeparator(UInt8(ascii: ";")) {
      count &+= 1
      if count > maxParameters { throw scanner.error(.tooManyParameters) }
      // What nearly every Via has, by its bytes; everything else, and these in other spellings, by its name.
      if branchPlace.isNil, scanner.skip("branch=") {
        try scanBranch(&scanner)
      } else if receivedPlace.isNil, scanner.skip("received=") {
        scanner.skipWhiteSpace()
        receivedPlace = OptionalRange(within: try scanner.plainValue())
      } else if rportPlace.isNil, scanner.skip("rport=") {
        let start = scanner.position &- 6
        scanner.skipWhiteSpace()
        rport = .value(try scanner.port())
        rportPlace = OptionalRange(at: start, to: scanner.position)
      } else {
        var copy = scanner
        try scanOtherParameter(&copy)
        scanner.position = copy.position
      }
    }
    value.upper = UInt32(truncatingIfNeeded: scanner.position)
    return scanner.position
  }

  /// Reads `sent-protocol LWS sent-by` alone: enough to say where an answer goes.
  @inline(__always)
  mutating func readSentBy(_ scanner: inout FieldScanner) throws(SIPParseError) {
    let start = scanner.position
    let slash = UInt8(ascii: "/")
    // "SIP/2.0/", the first byte lowest; everything else the grammar allows goes the long way.
    if scanner.bytes.word(at: start) == 0x2F30_2E32_2F50_4953, scanner.end &- start > 8 {
      scanner.position &+= 8
      scanner.skipWhiteSpace()
    } else {
      _ = try scanner.token()
      try scanner.expectSeparator(slash)
      _ = try scanner.token()
      try scanner.expectSeparator(slash)
    }
    let token = try scanner.token()
    transport = SIPTransportToken(scanner.bytes, token)
    transportRange = ByteRange(within: token)
    scanner.skipWhiteSpace()
    guard scanner.position > token.upperBound else { throw scanner.unexpected() }
    let name = try scanner.host()
    host = ByteRange(within: name)
    if scanner.skipSeparator(UInt8(ascii: ":")) { port = try scanner.port() }
    value = ByteRange(at: start, to: scanner.position)
  }

  @inline(__always)
  private mutating func scanBranch(_ scanner: inout FieldScanner) throws(SIPParseError) {
    scanner.skipWhiteSpace()
    let token = try scanner.token()
    branchPlace = OptionalRange(within: token)
    hasRFC3261Branch = token.count > 7 && ViaField.hasCookie(scanner.bytes, token.lowerBound)
  }

  @inline(never)
  private mutating func scanOtherParameter(_ scanner: inout FieldScanner) throws(SIPParseError) {
    let start = scanner.position
    let key = try scanner.parameterName()
    let hasValue = scanner.skipSeparator(UInt8(ascii: "="))
    switch key {
    case .rport:
      try ViaField.check(scanner, start, isFirst: rportPlace.isNil, true)
      rport = hasValue ? .value(try scanner.port()) : .empty
      rportPlace = OptionalRange(at: start, to: scanner.position)
    case .branch:
      try ViaField.check(scanner, start, isFirst: branchPlace.isNil, hasValue)
      try scanBranch(&scanner)
    case .received:
      try ViaField.check(scanner, start, isFirst: receivedPlace.isNil, hasValue)
      receivedPlace = OptionalRange(within: try scanner.plainValue())
    case .maddr:
      try ViaField.check(scanner, start, isFirst: maddrPlace.isNil, hasValue)
      maddrPlace = OptionalRange(within: try scanner.host())
    case .ttl:
      try ViaField.check(scanner, start, isFirst: !hasTTL, hasValue)
      _ = try scanner.number(upTo: 255)
      hasTTL = true
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

  @inline(__always)
  private static func check(
    _ scanner: borrowing FieldScanner, _ start: Int, isFirst: Bool, _ hasValue: Bool
  ) throws(SIPParseError) {
    guard isFirst, hasValue else {
      throw scanner.error(isFirst ? .malformedParameter : .duplicateParameter, at: start)
    }
  }
}
