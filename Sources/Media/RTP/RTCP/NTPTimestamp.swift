import Wire

/// A point in civil time as RTCP writes it (RFC 3550 §4): seconds since 1900 in the upper 32 bits, fractions of a second in
/// the lower ones. It begins anew in 2036; only differences count.
public struct NTPTimestamp: Sendable, Hashable {
  /// From 1900 to 1970, in seconds.
  private static let epochSeconds: Int64 = 2_208_988_800

  /// The 64 bits.
  public let bits: UInt64

  /// The timestamp of these bits.
  public init(bits: UInt64) {
    self.bits = bits
  }

  /// The same point in time, to the microsecond.
  public init(_ timestamp: UTCTimestamp) {
    let seconds = timestamp.seconds
    let microseconds = UInt64(truncatingIfNeeded: timestamp.microseconds &- seconds &* 1_000_000)
    bits =
      UInt64(truncatingIfNeeded: seconds &+ Self.epochSeconds) << 32
      | ((microseconds << 32) / 1_000_000) & 0xFFFF_FFFF
  }

  /// The middle 32 bits, in units of 1/65,536 s: what reports carry.
  public var middle: UInt32 { UInt32(truncatingIfNeeded: bits >> 16) }
}

extension Duration {
  /// A time in units of 1/65,536 s, as reports carry it.
  init(rtcpUnits units: UInt32) {
    self = .nanoseconds(Int64(units) * 1_000_000_000 / 65_536)
  }

  /// This time in units of 1/65,536 s, held within 32 bits and never negative.
  var rtcpUnits: UInt32 {
    let nanoseconds = max(0, saturatingNanoseconds)
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    guard seconds < 65_536 else { return .max }
    return UInt32(truncatingIfNeeded: seconds << 16 | rest * 65_536 / 1_000_000_000)
  }
}
