import Testing
import Wire

/// RFC 3339 §5.6 and §5.7, both ways.
@Suite struct UTCTimestampTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000000Z"),
      // The examples of §5.8.
      ("1985-04-12T23:20:50.52Z", 482_196_050_520_000, "1985-04-12T23:20:50.520000Z"),
      ("1996-12-19T16:39:57-08:00", 851_042_397_000_000, "1996-12-20T00:39:57.000000Z"),
      ("1937-01-01T12:00:27.87+00:20", -1_041_337_172_130_000, "1937-01-01T11:40:27.870000Z"),
      ("1990-12-31T23:59:60Z", 662_687_999_999_999, "1990-12-31T23:59:59.999999Z"),
      ("1990-12-31T15:59:60-08:00", 662_687_999_999_999, "1990-12-31T23:59:59.999999Z"),
      // Case and the space are permitted by §5.6; -00:00 is UTC (§4.3).
      ("2026-01-02t03:04:05z", 1_767_323_045_000_000, "2026-01-02T03:04:05.000000Z"),
      ("2026-01-02 03:04:05.1-00:00", 1_767_323_045_100_000, "2026-01-02T03:04:05.100000Z"),
      // Fractions of one to nine digits, cut to the microsecond and never rounded.
      ("2026-01-02T03:04:05.123456Z", 1_767_323_045_123_456, "2026-01-02T03:04:05.123456Z"),
      ("2026-01-02T03:04:05.1234567Z", 1_767_323_045_123_456, "2026-01-02T03:04:05.123456Z"),
      ("2026-01-02T03:04:05.999999999Z", 1_767_323_045_999_999, "2026-01-02T03:04:05.999999Z"),
      ("2026-01-02T03:04:05.000000001Z", 1_767_323_045_000_000, "2026-01-02T03:04:05.000000Z"),
      ("1969-12-31T23:59:59.9999995Z", -1, "1969-12-31T23:59:59.999999Z"),
      // Leap days, also across an offset.
      ("2024-02-29T00:00:00Z", 1_709_164_800_000_000, "2024-02-29T00:00:00.000000Z"),
      ("2000-02-29T23:30:00-01:00", 951_870_600_000_000, "2000-03-01T00:30:00.000000Z"),
      ("2023-03-01T00:30:00+01:00", 1_677_627_000_000_000, "2023-02-28T23:30:00.000000Z"),
      ("2025-01-01T00:00:00+23:59", 1_735_603_260_000_000, "2024-12-31T00:01:00.000000Z"),
      // The ends.
      ("0001-01-01T00:00:00Z", -62_135_596_800_000_000, "0001-01-01T00:00:00.000000Z"),
      ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
    ] as [(String, Int64, String)])
  func readsAndWrites(_ text: String, _ microseconds: Int64, _ written: String) throws {
    let timestamp = try #require(UTCTimestamp(rfc3339: text))
    #expect(timestamp.microseconds == microseconds)
    #expect(timestamp.rfc3339 == written)
    #expect(UTCTimestamp(rfc3339: written) == timestamp)
    #expect(UTCTimestamp(rfc3339: Array(text.utf8).span) == timestamp)
    #expect(UTCTimestamp(rfc3339: "x\(text)x".dropFirst().dropLast()) == timestamp)
  }

  @Test(arguments: [
    "", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02T03:04Z", "2026-01-02X03:04:05Z", "2026-1-02T03:04:05Z",
    "2026-01-02T3:04:05Z", "2026/01/02T03:04:05Z", "2026-01-02T03.04.05Z", "20260102T030405Z", "2026-01-02T03:04:05ZZ",
    " 2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z ", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05,5Z",
    "2026-01-02T03:04:05.1234567890Z", "2026-01-02T03:04:05.1", "2026-01-02T03:04:05+", "2026-01-02T03:04:05+1",
    "2026-01-02T03:04:05+0100", "2026-01-02T03:04:05+01", "2026-01-02T03:04:05+01:0", "2026-01-02T03:04:05+24:00",
    "2026-01-02T03:04:05+01:60", "2026-01-02T03:04:05 01:00", "+2026-01-02T03:04:05Z", "-026-01-02T03:04:05Z",
    "2026-00-02T03:04:05Z", "2026-13-02T03:04:05Z", "2026-01-00T03:04:05Z", "2026-01-32T03:04:05Z",
    "2026-04-31T03:04:05Z", "2026-02-29T03:04:05Z", "1900-02-29T03:04:05Z", "2100-02-29T03:04:05Z",
    "2026-01-02T24:00:00Z", "2026-01-02T03:60:05Z", "2026-01-02T03:04:61Z", "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "２026-01-02T03:04:05Z", "2026-01-02T03:04:0é",
    // A leap second can only be the last of a month in UTC.
    "2026-01-02T03:04:60Z", "1990-12-30T23:59:60Z", "1990-12-31T23:58:60Z", "1990-12-31T23:59:60-08:00",
    "1990-12-31T23:59:60+00:01",
  ])
  func refuses(_ text: String) {
    #expect(UTCTimestamp(rfc3339: text) == nil)
  }

  @Test func keepsOrderAcrossALeapSecond() throws {
    let texts = ["2016-12-31T23:59:59.999Z", "2016-12-31T23:59:60Z", "2016-12-31T23:59:60.9Z", "2017-01-01T00:00:00Z"]
    let times = texts.compactMap { UTCTimestamp(rfc3339: $0) }
    #expect(times.count == 4)
    #expect(times[0] < times[1])
    #expect(times[1] == times[2])
    #expect(times[2] < times[3])
  }

  @Test func readsWhatItWrites() {
    var random = SplitMix64(seed: 3339)
    let span = UInt64(UTCTimestamp.latest.microseconds - UTCTimestamp.earliest.microseconds)
    for _ in 0..<5000 {
      let time = UTCTimestamp(microseconds: UTCTimestamp.earliest.microseconds + Int64(random.next() % (span + 1)))
      #expect(UTCTimestamp(rfc3339: time.rfc3339) == time)
    }
  }

  @Test func holdsTextWithinTheYearsItCanExpress() {
    #expect(UTCTimestamp(microseconds: .max).rfc3339 == "9999-12-31T23:59:59.999999Z")
    #expect(UTCTimestamp(microseconds: .min).rfc3339 == "0001-01-01T00:00:00.000000Z")
  }

  @Test func calculatesWithDurations() {
    let start = UTCTimestamp(seconds: 1000)
    #expect(start + .milliseconds(1) == UTCTimestamp(microseconds: 1_000_001_000))
    #expect(start - UTCTimestamp(seconds: 700) == .seconds(300))
    #expect(start.distance(from: UTCTimestamp(seconds: 1300)) == .seconds(300))
    #expect(UTCTimestamp(seconds: 1300).distance(from: start) == .seconds(300))
    #expect(UTCTimestamp(microseconds: -1).seconds == -1)
    #expect(UTCTimestamp(seconds: .max).microseconds == .max)
    #expect(UTCTimestamp(microseconds: .max).advanced(by: .seconds(1)).microseconds == .max)
    #expect(
      UTCTimestamp(microseconds: .min).distance(from: UTCTimestamp(microseconds: .max)) == .microseconds(Int64.max))
  }
}

@Suite struct CivilDateTests {
  @Test func countsEveryDayOfFourCenturies() {
    // A plain calendar, turned day by day, beside the formulas.
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    var (year, month, day) = (1901, 1, 1)
    let first = CivilDate(year: 1901, month: 1, day: 1)?.daysSinceEpoch
    #expect(first == -25_202)
    for days in -25_202..<(-25_202 + 146_097) {
      let date = CivilDate(daysSinceEpoch: days)
      guard date == CivilDate(year: year, month: month, day: day), date.daysSinceEpoch == days,
        date.weekday == (days + 25_202 + 2) % 7
      else {
        Issue.record("day \(days) is not \(year)-\(month)-\(day) but \(date)")
        return
      }
      let isLeap = year % 400 == 0 || year % 4 == 0 && year % 100 != 0
      day += 1
      if day > (month == 2 && isLeap ? 29 : lengths[month - 1]) {
        day = 1
        month += 1
        if month > 12 {
          month = 1
          year += 1
        }
      }
    }
    #expect(year == 2301 && month == 1 && day == 1)
  }

  @Test func knowsTheEnds() {
    #expect(CivilDate(daysSinceEpoch: -719_162) == CivilDate(year: 1, month: 1, day: 1))
    #expect(CivilDate(daysSinceEpoch: 2_932_896) == CivilDate(year: 9999, month: 12, day: 31))
    #expect(CivilDate(year: 0, month: 1, day: 1) == nil)
    #expect(CivilDate(year: 10_000, month: 1, day: 1) == nil)
    #expect(CivilDate(year: 2023, month: 2, day: 29) == nil)
    #expect(CivilDate(daysSinceEpoch: 0).weekday == 4)
    #expect(CivilDate(daysSinceEpoch: -1).weekday == 3)
    #expect(CivilDate(daysSinceEpoch: -5).weekday == 6)
  }

  @Test("the written form: what reading takes, in 27 bytes and with six digits, and nothing else")
  func writtenForm() {
    func expected(_ text: [UInt8]) -> Bool {
      guard text.count == 27, text[10] == UInt8(ascii: "T"), text[19] == UInt8(ascii: "."),
        text[26] == UInt8(ascii: "Z")
      else { return false }
      return UTCTimestamp(rfc3339: text.span) != nil
    }
    for good in [
      "2026-01-02T03:04:05.000006Z", "0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z",
      "2024-02-29T12:00:00.123456Z", "2016-12-31T23:59:60.000000Z",
    ] {
      let text = Array(good.utf8)
      let isRight = UTCTimestamp.isWrittenForm(text.span)
      #expect(isRight)
      for place in text.indices {
        for byte in UInt8.min...UInt8.max {
          var altered = text
          altered[place] = byte
          let isRight = UTCTimestamp.isWrittenForm(altered.span)
          if isRight != expected(altered) { Issue.record("byte \(place) of \(good): \(byte)") }
        }
      }
      for other in [Array(text.dropLast()), text + [0], []] {
        let isRight = UTCTimestamp.isWrittenForm(other.span)
        #expect(!isRight)
      }
    }
    for bad in ["2026-02-29T00:00:00.000000Z", "2026-13-01T00:00:00.000000Z", "2026-01-01T24:00:00.000000Z"] {
      let text = Array(bad.utf8)
      let isRight = UTCTimestamp.isWrittenForm(text.span)
      #expect(!isRight)
    }
  }
}
