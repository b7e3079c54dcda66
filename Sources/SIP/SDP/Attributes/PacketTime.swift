/// `a=ptime` and `a=maxptime` (RFC 8866 §6.4, §6.5): milliseconds of media in a packet, with fractions.
public struct PacketTime: SDPAttributeValue {
  /// `ptime`; `maxptime` has the same form.
  public static var attribute: AttributeName { .ptime }
  /// Microseconds, above 0 and at most a minute.
  public let microseconds: UInt32

  /// A minute: more is a mistake.
  public static let maxMicroseconds: UInt32 = 60_000_000

  /// So many milliseconds; nil when out of range.
  public init?(milliseconds: UInt32) {
    guard milliseconds > 0, milliseconds <= Self.maxMicroseconds / 1_000 else { return nil }
    microseconds = milliseconds * 1_000
  }

  /// The time.
  public var duration: Duration { .microseconds(Int64(microseconds)) }

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    let start = scanner.position
    let value = try scanner.thousandths(upTo: UInt64(Self.maxMicroseconds))
    guard value > 0 else { throw scanner.error(.numberOutOfRange, at: start) }
    microseconds = UInt32(truncatingIfNeeded: value)
  }

  /// Appends `20` or `2.5`.
  public func write(into bytes: inout [UInt8]) { bytes.append(thousandths: UInt64(microseconds)) }
}

/// `a=maxprate` (RFC 3890 §6.3): packets per second at most, with fractions.
public struct PacketRate: SDPAttributeValue {
  /// `maxprate`
  public static var attribute: AttributeName { .maxprate }
  /// Packets in a thousand seconds.
  public let thousandths: UInt64

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    thousandths = try scanner.thousandths(upTo: 1 << 53)
  }

  /// Appends `50` or `33.333`.
  public func write(into bytes: inout [UInt8]) { bytes.append(thousandths: thousandths) }
}

extension SDPScanner {
  /// A decimal number, perhaps with a fraction, in thousandths; digits beyond the third are dropped.
  @_lifetime(self: copy self)
  fileprivate mutating func thousandths(upTo limit: UInt64) throws(SDPError) -> UInt64 {
    let start = position
    var value = try number(upTo: limit / 1_000) * 1_000
    if skip(UInt8(ascii: ".")) {
      let digits = run { $0.isDigit }
      if digits.isEmpty { throw unexpected() }
      var unit: UInt64 = 100
      for place in digits.prefix(3) {
        value += UInt64(bytes[place] &- 0x30) * unit
        unit /= 10
      }
    }
    guard value <= limit else { throw error(.numberOutOfRange, at: start) }
    return value
  }
}

extension [UInt8] {
  fileprivate mutating func append(thousandths value: UInt64) {
    append(number: value / 1_000)
    var rest = value % 1_000
    if rest > 0 { append(UInt8(ascii: ".")) }
    while rest > 0 {
      append(UInt8(truncatingIfNeeded: 0x30 + rest / 100))
      rest = rest % 100 * 10
    }
  }
}
