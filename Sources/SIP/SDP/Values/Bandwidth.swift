/// `b=` (RFC 8866 §5.8): what the session or one media description may take.
public struct Bandwidth: Sendable, Hashable {
  /// `AS` and `CT` count in kilobits per second; `TIAS` (RFC 3890), `RS` and `RR` (RFC 3556) in bits per second.
  public let type: String
  /// The value in the type's own unit.
  public let value: UInt64

  /// A bandwidth; nil when the type is no token.
  public init?(_ type: String, _ value: UInt64) {
    guard type.consists(of: \.isSDPToken) else { return nil }
    self.type = type
    self.value = value
  }

  /// Bits per second of `AS`, `CT` and `TIAS`; nil for any other type, and beyond 64 bits.
  public var bitsPerSecond: UInt64? {
    switch type {
    case "TIAS": return value
    case "AS", "CT":
      let (bits, overflow) = value.multipliedReportingOverflow(by: 1_000)
      return overflow ? nil : bits
    default: return nil
    }
  }

  /// Appends `AS:64`.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(text: type)
    bytes.append(UInt8(ascii: ":"))
    bytes.append(number: value)
  }

  @_lifetime(scanner: copy scanner)
  init(scanning scanner: inout SDPScanner) throws(SDPError) {
    type = try scanner.tokenText()
    try scanner.expect(UInt8(ascii: ":"))
    scanner.skipBlanks()
    value = try scanner.number()
    try scanner.expectEnd()
  }
}
