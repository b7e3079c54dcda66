import Wire

/// `t=` with the `r=` lines behind it (RFC 8866 §5.9, §5.10): when the session takes place. `0 0` is always.
public struct TimeDescription: Sendable, Hashable {
  /// Seconds since 1900 (NTP); 0 is the beginning of time.
  public let start: UInt64
  /// Seconds since 1900; 0 is never.
  public let stop: UInt64
  /// The repetitions.
  public internal(set) var repeats: [RepeatTimes] = []

  /// Whether the session has no bounds, as all calls have none.
  public var isUnbounded: Bool { start == 0 && stop == 0 }

  @_lifetime(scanner: copy scanner)
  init(scanning scanner: inout SDPScanner) throws(SDPError) {
    start = try scanner.number()
    try scanner.expectBlank()
    stop = try scanner.number()
    try scanner.expectEnd()
  }
}

/// `r=` (RFC 8866 §5.10): how often a session of so many seconds takes place. All values in seconds.
public struct RepeatTimes: Sendable, Hashable {
  /// From one to the next.
  public let interval: Int64
  /// How long it lasts.
  public let duration: Int64
  /// Starts, counted from the start of `t=`.
  public let offsets: [Int64]

  @_lifetime(scanner: copy scanner)
  init(scanning scanner: inout SDPScanner) throws(SDPError) {
    interval = try scanner.typedTime()
    try scanner.expectBlank()
    duration = try scanner.typedTime()
    var offsets: [Int64] = []
    while scanner.skipBlanks(), !scanner.isAtEnd { offsets.append(try scanner.typedTime()) }
    try scanner.expectEnd()
    self.offsets = offsets
  }
}

/// One pair of `z=` (RFC 8866 §5.11): from when on clocks differ by how much.
public struct TimeZoneAdjustment: Sendable, Hashable {
  /// Seconds since 1900 (NTP).
  public let time: UInt64
  /// Seconds, forwards or back.
  public let offset: Int64

  @_lifetime(scanner: copy scanner)
  static func scanList(_ scanner: inout SDPScanner) throws(SDPError) -> [TimeZoneAdjustment] {
    var list: [TimeZoneAdjustment] = []
    repeat {
      let time = try scanner.number()
      try scanner.expectBlank()
      let isNegative = scanner.skip(UInt8(ascii: "-"))
      let offset = try scanner.typedTime()
      list.append(TimeZoneAdjustment(time: time, offset: isNegative ? -offset : offset))
    } while scanner.skipBlanks() && !scanner.isAtEnd
    try scanner.expectEnd()
    return list
  }
}

extension SDPScanner {
  /// `typed-time`: a number of seconds, or of days, hours, minutes or seconds with their letter.
  @_lifetime(self: copy self)
  fileprivate mutating func typedTime() throws(SDPError) -> Int64 {
    let start = position
    let number = try number(upTo: UInt64(Int64.max / 86_400))
    guard let unit = peek(), !unit.isBlank else { return Int64(number) }
    let seconds: Int64 =
      switch unit {
      case UInt8(ascii: "d"): 86_400
      case UInt8(ascii: "h"): 3_600
      case UInt8(ascii: "m"): 60
      case UInt8(ascii: "s"): 1
      default: 0
      }
    guard seconds > 0 else { throw error(.malformedTime, at: start) }
    _ = skip(unit)
    return Int64(number) * seconds
  }
}
