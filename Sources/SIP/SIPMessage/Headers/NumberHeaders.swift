import Wire

// Headers that are one number: Max-Forwards, Expires, Min-Expires, RSeq. Leading zeros are read (RFC 4475 §3.1.1.1),
// nothing wraps: what is beyond the range is `numberOutOfRange` (§3.1.2.4).

/// Max-Forwards (RFC 3261 §20.22): how many more hops, 0 to 255.
public struct MaxForwardsHeader: SIPValue {
  /// `Max-Forwards`
  public static var headerName: SIPHeaderName? { .maxForwards }
  /// The hops left.
  public let hops: UInt8

  /// What a client starts with (§8.1.1.6), and a proxy adds when there is none (§16.6).
  public static let initial = MaxForwardsHeader(70)

  /// So many hops.
  public init(_ hops: UInt8) { self.hops = hops }

  /// Reads the number.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    hops = UInt8(try scanner.number(upTo: 255))
  }

  /// Appends the number.
  public func write(into bytes: inout [UInt8]) { Decimal.append(UInt64(hops), to: &bytes) }
}

/// Expires (RFC 3261 §20.19): a lifetime in seconds, 0 to 2³²−1.
///
/// A registrar may take a malformed one as absent (RFC 4475 §3.1.2.4).
public struct ExpiresHeader: SIPValue {
  /// `Expires`
  public static var headerName: SIPHeaderName? { .expires }
  /// The lifetime.
  public let seconds: UInt32

  /// So many seconds.
  public init(seconds: UInt32) { self.seconds = seconds }

  /// Reads the number.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    seconds = try scanner.deltaSeconds()
  }

  /// Appends the number.
  public func write(into bytes: inout [UInt8]) { Decimal.append(UInt64(seconds), to: &bytes) }
}

/// Min-Expires (RFC 3261 §20.23): the shortest lifetime that a 423 accepts.
public struct MinExpiresHeader: SIPValue {
  /// `Min-Expires`
  public static var headerName: SIPHeaderName? { .minExpires }
  /// The lifetime.
  public let seconds: UInt32

  /// So many seconds.
  public init(seconds: UInt32) { self.seconds = seconds }

  /// Reads the number.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    seconds = try scanner.deltaSeconds()
  }

  /// Appends the number.
  public func write(into bytes: inout [UInt8]) { Decimal.append(UInt64(seconds), to: &bytes) }
}

/// RSeq (RFC 3262 §7.1): the number of a reliable provisional response, 1 to 2³²−1.
public struct RSeqHeader: SIPValue {
  /// `RSeq`
  public static var headerName: SIPHeaderName? { .rSeq }
  /// The number.
  public let number: UInt32

  /// This number; nil for 0.
  public init?(_ number: UInt32) {
    guard number > 0 else { return nil }
    self.number = number
  }

  /// Reads the number.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    number = try scanner.responseNumber()
  }

  /// Appends the number.
  public func write(into bytes: inout [UInt8]) { Decimal.append(UInt64(number), to: &bytes) }
}

extension FieldScanner {
  /// `delta-seconds`, 0 to 2³²−1.
  @_lifetime(self: copy self)
  package mutating func deltaSeconds() throws(SIPParseError) -> UInt32 {
    UInt32(try number(upTo: UInt64(UInt32.max)))
  }

  /// `response-num` (RFC 3262 §7.1), 1 to 2³²−1.
  @_lifetime(self: copy self)
  package mutating func responseNumber() throws(SIPParseError) -> UInt32 {
    let start = position
    let number = try number(upTo: UInt64(UInt32.max))
    guard number > 0 else { throw error(.numberOutOfRange, at: start) }
    return UInt32(number)
  }

  /// LWS that must be there.
  @_lifetime(self: copy self)
  package mutating func expectWhiteSpace() throws(SIPParseError) {
    let start = position
    skipWhiteSpace()
    guard position > start else { throw unexpected() }
  }
}
