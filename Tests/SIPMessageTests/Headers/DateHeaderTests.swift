import SIPMessage
import Testing
import Wire

@Suite("Date: RFC 3261 §20.17, RFC 1123 in GMT only")
struct DateHeaderTests {
  @Test("Valid and invalid")
  func table() {
    check(
      DateHeader.self,
      valid: [
        ("Sat, 13 Nov 2010 23:29:00 GMT", nil),
        ("Thu, 21 Feb 2002 13:02:03 GMT", nil),
        ("Thu, 01 Jan 1970 00:00:00 GMT", nil),
        ("Thu, 29 Feb 2024 23:59:59 GMT", nil),
        ("Mon, 01 Jan 0001 00:00:00 GMT", nil),
        ("Fri, 31 Dec 9999 23:59:59 GMT", nil),
        ("SAT, 13 nov 2010 23:29:00 gmt", "Sat, 13 Nov 2010 23:29:00 GMT"),
      ],
      invalid: [
        // RFC 4475 §3.1.2.12
        ("Fri, 01 Jan 2010 16:00:00 EST", .malformedDate, 29),
        ("Fri, 01 Jan 2010 16:00:00 UTC", .malformedDate, nil),
        ("Fri, 01 Jan 2010 16:00:00 +0000", .malformedDate, nil),
        ("Fri, 01 Jan 2010 16:00:00", .malformedDate, nil),
        ("Fri, 01 Jan 2010 16:00:00 GMT+1", .malformedDate, nil),
        ("Fri, 01 Jan 2010 16:00:00 GMT x", .trailingBytes, 30),
        ("Sun, 13 Nov 2010 23:29:00 GMT", .malformedDate, 0),
        ("Thu, 29 Feb 2023 00:00:00 GMT", .malformedDate, 0),
        ("Fri, 00 Jan 2010 16:00:00 GMT", .malformedDate, 0),
        ("Fri, 1 Jan 2010 16:00:00 GMT", .malformedDate, nil),
        ("Fri, 01 Jan 10 16:00:00 GMT", .malformedDate, nil),
        ("Fri, 01 Foo 2010 16:00:00 GMT", .malformedDate, nil),
        ("Fri, 01 Jan 2010 24:00:00 GMT", .malformedDate, nil),
        ("Fri, 01 Jan 2010 16:60:00 GMT", .malformedDate, nil),
        ("Fri, 01 Jan 2010 16:00:60 GMT", .malformedDate, nil),
        ("Friday, 01-Jan-10 16:00:00 GMT", .malformedDate, nil),
        ("Fri Jan  1 16:00:00 2010", .malformedDate, nil),
        ("Fri,  01 Jan 2010 16:00:00 GMT", .malformedDate, nil),
        ("", .emptyValue, nil),
      ])
  }

  @Test("Both ways")
  func timestamps() throws {
    let text = "Sun, 06 Nov 1994 08:49:37 GMT"
    #expect(try DateHeader(text).timestamp == UTCTimestamp(seconds: 784_111_777))
    #expect(DateHeader(UTCTimestamp(microseconds: 784_111_777_999_999)).text == text)
    #expect(DateHeader(UTCTimestamp(microseconds: -1)).text == "Wed, 31 Dec 1969 23:59:59 GMT")
    #expect(DateHeader(UTCTimestamp(microseconds: .min)).text == "Mon, 01 Jan 0001 00:00:00 GMT")
    #expect(DateHeader(UTCTimestamp(microseconds: .max)).text == "Fri, 31 Dec 9999 23:59:59 GMT")
    // Every day of 400 years, so that no month, leap day or weekday is left out.
    for day in 0..<146_097 {
      let date = DateHeader(UTCTimestamp(seconds: Int64(day) * 86_400 - 6_000_000_000))
      #expect(try DateHeader(date.text) == date)
    }
  }
}
