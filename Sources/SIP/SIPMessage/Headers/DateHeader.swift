import Wire

/// Date (RFC 3261 §20.17): a moment in whole seconds, `Sat, 13 Nov 2010 23:29:00 GMT`.
///
/// Only the fixed-length form of RFC 1123 and only GMT (RFC 4475 §3.1.2.12). A date that the calendar does not have, or
/// whose day of the week is another one, is refused. Names of days and months have no case when read.
public struct DateHeader: SIPValue {
  /// `Date`
  public static var headerName: SIPHeaderName? { .date }
  /// The moment, in whole seconds, years 1 to 9999.
  public let timestamp: UTCTimestamp

  /// A moment, cut to whole seconds and to the years that the form can show.
  public init(_ timestamp: UTCTimestamp) {
    let clamped = min(max(timestamp, .earliest), .latest)
    self.timestamp = UTCTimestamp(seconds: clamped.seconds)
  }

  /// Reads a date.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    let start = scanner.position
    let weekday = scanner.name(DateHeader.weekdays)
    guard let weekday, scanner.skip(UInt8(ascii: ",")), scanner.skip(UInt8(ascii: " ")),
      let day = scanner.digits(2), scanner.skip(UInt8(ascii: " ")),
      let month = scanner.name(DateHeader.months), scanner.skip(UInt8(ascii: " ")),
      let year = scanner.digits(4), scanner.skip(UInt8(ascii: " ")),
      let hour = scanner.digits(2), hour < 24, scanner.skip(UInt8(ascii: ":")),
      let minute = scanner.digits(2), minute < 60, scanner.skip(UInt8(ascii: ":")),
      let second = scanner.digits(2), second < 60, scanner.skip(UInt8(ascii: " ")),
      scanner.matches(scanner.run(of: .token), "gmt")
    else { throw scanner.error(.malformedDate) }
    guard let date = CivilDate(year: year, month: month + 1, day: day), date.weekday == weekday else {
      throw scanner.error(.malformedDate, at: start)
    }
    timestamp = UTCTimestamp(seconds: Int64(((date.daysSinceEpoch * 24 + hour) * 60 + minute) * 60 + second))
  }

  /// Appends the date.
  public func write(into bytes: inout [UInt8]) {
    let (days, second) = UTCTimestamp.split(timestamp.seconds)
    let date = CivilDate(daysSinceEpoch: days)
    bytes.append(ascii: DateHeader.weekdays[date.weekday])
    bytes.append(ascii: ", ")
    bytes.append(date.day, digits: 2)
    bytes.append(UInt8(ascii: " "))
    bytes.append(ascii: DateHeader.months[date.month - 1])
    bytes.append(UInt8(ascii: " "))
    bytes.append(date.year, digits: 4)
    bytes.append(UInt8(ascii: " "))
    bytes.append(second / 3600, digits: 2)
    bytes.append(UInt8(ascii: ":"))
    bytes.append(second / 60 % 60, digits: 2)
    bytes.append(UInt8(ascii: ":"))
    bytes.append(second % 60, digits: 2)
    bytes.append(ascii: " GMT")
  }

  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}

extension UTCTimestamp {
  fileprivate static func split(_ seconds: Int64) -> (days: Int, second: Int) {
    let days = Int(seconds / 86_400)
    let rest = Int(seconds % 86_400)
    return rest < 0 ? (days - 1, rest + 86_400) : (days, rest)
  }
}

extension FieldScanner {
  /// Exactly so many digits.
  @_lifetime(self: copy self)
  fileprivate mutating func digits(_ count: Int) -> Int? {
    guard end - position >= count else { return nil }
    var value = 0
    for index in position..<position + count {
      guard ByteSet.digit.contains(bytes[index]) else { return nil }
      value = value * 10 + Int(bytes[index] - UInt8(ascii: "0"))
    }
    position += count
    return value
  }

  /// One of these names of three letters; its index.
  @_lifetime(self: copy self)
  fileprivate mutating func name(_ names: [String]) -> Int? {
    let start = position
    let word = run(of: .alpha)
    guard word.count == 3 else {
      position = start
      return nil
    }
    return names.firstIndex { name in
      zip(name.utf8, word).allSatisfy { $0.asciiLowercased == bytes[$1].asciiLowercased }
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ value: Int, digits: Int) {
    var divisor = 1
    for _ in 1..<digits { divisor *= 10 }
    while divisor > 0 {
      append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
      divisor /= 10
    }
  }
}
