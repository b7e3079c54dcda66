// RFC 3339 §5.6, both ways.
//
// Read: `T`, `t` or a space between date and time (§5.6 permits all three), `Z`, `z` or a numeric offset, 0 to 9
// fraction digits of which those below the microsecond are cut off, never rounded, so that reading cannot move a
// timestamp into the next second.
//
// Leap second: `:60` is accepted only where one can be (23:59:60 UTC on the last day of a month, §5.7) and is read
// as the last microsecond before the next day, fraction ignored. POSIX time has no other name for it, and this way
// order is kept: 23:59:59.9… ≤ 23:59:60 < 00:00:00.
//
// Written: always six fraction digits and `Z`, so that every time has one text and texts sort as times do.

extension UTCTimestamp {
  /// Reads an RFC 3339 date-time; nil when it is none, or lies outside the years 0001 to 9999 in UTC.
  public init?(rfc3339 text: some StringProtocol) {
    guard text.utf8.count <= UTCTimestamp.maximumTextBytes else { return nil }
    let bytes = [UInt8](text.utf8)
    self.init(rfc3339: bytes.span)
  }

  /// Reads an RFC 3339 date-time from ASCII bytes; nil when it is none, or lies outside the years 0001 to 9999.
  public init?(rfc3339 bytes: Span<UInt8>) {
    guard bytes.count >= 20, bytes.count <= UTCTimestamp.maximumTextBytes else { return nil }
    func number(_ offset: Int, _ count: Int) -> Int? {
      guard offset + count <= bytes.count else { return nil }
      var value = 0
      for index in offset..<(offset + count) {
        let digit = bytes[index] &- 0x30
        guard digit <= 9 else { return nil }
        value = value * 10 + Int(digit)
      }
      return value
    }
    func isByte(_ offset: Int, _ byte: Unicode.Scalar) -> Bool { bytes[offset] == UInt8(ascii: byte) }
    guard let year = number(0, 4), isByte(4, "-"), let month = number(5, 2), isByte(7, "-"), let day = number(8, 2),
      isByte(10, "T") || isByte(10, "t") || isByte(10, " "), let hour = number(11, 2), isByte(13, ":"),
      let minute = number(14, 2),
      isByte(16, ":"), var second = number(17, 2),
      let date = CivilDate(year: year, month: month, day: day), hour <= 23, minute <= 59, second <= 60
    else { return nil }

    var position = 19
    var microsecond = 0
    if isByte(position, ".") {
      position += 1
      let start = position
      var weight = 100_000
      while position < bytes.count, bytes[position] &- 0x30 <= 9 {
        microsecond += Int(bytes[position] &- 0x30) * weight
        weight /= 10
        position += 1
      }
      guard (1...9).contains(position - start) else { return nil }
    }

    guard position < bytes.count else { return nil }
    var offsetMinutes = 0
    if isByte(position, "Z") || isByte(position, "z") {
      position += 1
    } else {
      guard isByte(position, "+") || isByte(position, "-"), let offsetHour = number(position + 1, 2),
        position + 5 < bytes.count,
        isByte(position + 3, ":"), let offsetMinute = number(position + 4, 2), offsetHour <= 23, offsetMinute <= 59
      else { return nil }
      offsetMinutes = (offsetHour * 60 + offsetMinute) * (isByte(position, "-") ? -1 : 1)
      position += 6
    }
    guard position == bytes.count else { return nil }

    let isLeapSecond = second == 60
    if isLeapSecond {
      second = 59
      microsecond = 999_999
    }
    let minutes = date.daysSinceEpoch * 1440 + hour * 60 + minute - offsetMinutes
    if isLeapSecond {
      let nextDay = (minutes + 1) / 1440
      guard (minutes + 1) % 1440 == 0, CivilDate(daysSinceEpoch: nextDay).day == 1 else { return nil }
    }
    self.init(microseconds: (Int64(minutes) * 60 + Int64(second)) * 1_000_000 + Int64(microsecond))
    guard self >= .earliest, self <= .latest else { return nil }
  }

  /// Whether a text is an RFC 3339 date-time in the form that ``rfc3339`` writes: 27 bytes, UTC, six fraction digits.
  public static func isWrittenForm(_ text: Span<UInt8>) -> Bool {
    guard text.count == 27 else { return false }
    // Eight bytes at a time, the first in the lowest byte of its word: `2026-01-`, `02T03:04`, `:05.0000`, `.000006Z`.
    let (first, second) = (text.littleEndianUInt64(at: 0), text.littleEndianUInt64(at: 8))
    let (third, fourth) = (text.littleEndianUInt64(at: 16), text.littleEndianUInt64(at: 19))
    guard hasDigits(first, 0x00ff_ff00_ffff_ffff, others: 0x2d00_002d_0000_0000),
      hasDigits(second, 0xffff_00ff_ff00_ffff, others: 0x0000_3a00_0054_0000),
      hasDigits(third, 0xffff_ffff_00ff_ff00, others: 0x0000_0000_2e00_003a),
      hasDigits(fourth, 0x00ff_ffff_ffff_ff00, others: 0x5a00_0000_0000_002e)
    else { return false }
    func pair(_ word: UInt64, _ shift: UInt64) -> Int {
      Int(word >> shift & 0xf) * 10 + Int(word >> (shift + 8) & 0xf)
    }
    let seconds = pair(third, 8)
    guard
      CivilDate(year: pair(first, 0) * 100 + pair(first, 16), month: pair(first, 40), day: pair(second, 0)) != nil,
      pair(second, 24) <= 23, pair(second, 48) <= 59, seconds <= 60
    else { return false }
    return seconds < 60 || UTCTimestamp(rfc3339: text) != nil
  }

  /// Whether the bytes of a word that are set in `mask` are digits, and the others are these.
  @inline(__always)
  private static func hasDigits(_ word: UInt64, _ mask: UInt64, others: UInt64) -> Bool {
    let high = mask & 0xf0f0_f0f0_f0f0_f0f0
    let digits = mask & 0x3030_3030_3030_3030
    // Adding 6 carries a low nibble beyond 9 into the high one.
    let carried = (word & mask) &+ (mask & 0x0606_0606_0606_0606)
    return word & ~mask == others && word & high == digits && carried & high == digits
  }

  /// The text `2026-01-02T03:04:05.000006Z`: UTC, always six fraction digits.
  ///
  /// Times outside the years 0001 to 9999, which no RFC 3339 text can express, are written as the nearest that can.
  public var rfc3339: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(27)
    appendRFC3339(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the 27 bytes of `rfc3339`.
  public func appendRFC3339(to bytes: inout [UInt8]) {
    let held = min(max(self, .earliest), .latest).microseconds
    var days = held / 86_400_000_000
    var rest = held % 86_400_000_000
    if rest < 0 {
      days -= 1
      rest += 86_400_000_000
    }
    let date = CivilDate(daysSinceEpoch: Int(days))
    let seconds = UInt32(truncatingIfNeeded: rest / 1_000_000)
    let fraction = UInt32(truncatingIfNeeded: rest % 1_000_000)
    let year = UInt32(truncatingIfNeeded: date.year)
    bytes.append(addingCapacity: 27) { (text: inout OutputSpan<UInt8>) in
      @inline(__always)
      func append(_ value: UInt32, _ separator: Unicode.Scalar?) {
        text.append(UInt8(truncatingIfNeeded: 0x30 + value / 10))
        text.append(UInt8(truncatingIfNeeded: 0x30 + value % 10))
        if let separator { text.append(UInt8(ascii: separator)) }
      }
      append(year / 100, nil)
      append(year % 100, "-")
      append(UInt32(truncatingIfNeeded: date.month), "-")
      append(UInt32(truncatingIfNeeded: date.day), "T")
      append(seconds / 3600, ":")
      append(seconds / 60 % 60, ":")
      append(seconds % 60, ".")
      append(fraction / 10_000, nil)
      append(fraction / 100 % 100, nil)
      append(fraction % 100, "Z")
    }
  }

  /// No RFC 3339 text with up to nine fraction digits and an offset is longer.
  static let maximumTextBytes = 35
}

extension UTCTimestamp: CustomStringConvertible {
  /// The RFC 3339 text.
  public var description: String { rfc3339 }
}
