import SIPMessage
import Testing
import Wire

@Suite("Numbers: ranges at the edge and one beyond, nothing wraps (RFC 4475 §3.1.2.4)")
struct NumberHeaderTests {
  @Test("CSeq (§20.16): below 2³¹")
  func cseq() throws {
    check(
      CSeqHeader.self,
      valid: [
        ("4711 INVITE", nil),
        ("0009\r\n  INVITE", "9 INVITE"),
        ("2147483647 OPTIONS", nil),
        ("0 ACK", nil),
        ("139122385 !interesting-Method0123456789_*+`.%indeed'~", nil),
        ("29344 RE%47IST%45R", nil),
      ],
      invalid: [
        ("2147483648 INVITE", .numberOutOfRange, 0),
        ("36893488147419103232 REGISTER", .numberOutOfRange, 0),
        ("9292394834772304023312 OPTIONS", .numberOutOfRange, 0),
        ("-1 INVITE", .malformedNumber, 0),
        ("INVITE", .malformedNumber, 0),
        ("1", .unexpectedEnd, 1),
        ("1INVITE", .unexpectedByte, 1),
        ("1 ", .malformedMethod, 2),
        ("1 IN VITE", .trailingBytes, 5),
        ("1 INVITE, 2 INVITE", .trailingBytes, 8),
      ])
    #expect(try CSeqHeader(number: 1, method: .other("INVITE")) == CSeqHeader("1 INVITE"))
    #expect(
      reason { () throws(SIPParseError) in _ = try CSeqHeader(number: 0x8000_0000, method: .bye) } == .numberOutOfRange)
    #expect(
      reason { () throws(SIPParseError) in _ = try CSeqHeader(number: 1, method: .other("A B")) } == .malformedMethod)
  }

  @Test("Max-Forwards (§20.22): 0 to 255")
  func maxForwards() {
    check(
      MaxForwardsHeader.self,
      valid: [("70", nil), ("0", nil), ("255", nil), ("0068", "68"), (" \r\n 6", "6")],
      invalid: [
        ("256", .numberOutOfRange, 0), ("300", .numberOutOfRange, 0), ("99999999999999999999", .numberOutOfRange, 0),
        ("-1", .malformedNumber, 0), ("", .emptyValue, 0), ("7 0", .trailingBytes, 2), ("70;x", .trailingBytes, 2),
      ])
    #expect(MaxForwardsHeader.initial.text == "70")
  }

  @Test("Expires, Min-Expires (§20.19, §20.23): 0 to 2³²−1")
  func seconds() {
    let valid: [Valid] = [("0", nil), ("4294967295", nil), ("007", "7")]
    let invalid: [Invalid] = [
      ("4294967296", .numberOutOfRange, 0),
      (String(repeating: "1", count: 100), .numberOutOfRange, 0),
      ("3600s", .trailingBytes, 4),
      ("Thu, 01 Dec 1994 16:00:00 GMT", .malformedNumber, 0),
    ]
    check(ExpiresHeader.self, valid: valid, invalid: invalid)
    check(MinExpiresHeader.self, valid: valid, invalid: invalid)
    #expect(MinExpiresHeader(seconds: 60).text == "60")
    #expect(ExpiresHeader(seconds: .max).text == "4294967295")
  }

  @Test("RSeq and RAck (RFC 3262 §7.1, §7.2): 1 to 2³²−1")
  func reliability() throws {
    check(
      RSeqHeader.self, valid: [("1", nil), ("4294967295", nil)],
      invalid: [("0", .numberOutOfRange, 0), ("4294967296", .numberOutOfRange, 0)])
    #expect(RSeqHeader(0) == nil)
    check(
      RAckHeader.self,
      valid: [("776656 1 INVITE", nil), ("1\r\n 2\t3", "1 2 3"), ("4294967295 2147483647 INVITE", nil)],
      invalid: [
        ("0 1 INVITE", .numberOutOfRange, 0), ("1 2147483648 INVITE", .numberOutOfRange, 2), ("1 1", .unexpectedEnd, 3),
        ("1", .unexpectedEnd, 1), ("1 INVITE", .malformedNumber, 2),
      ])
    let response = try #require(RSeqHeader(7))
    #expect(try RAckHeader(response, CSeqHeader("1 INVITE")).text == "7 1 INVITE")
  }

  @Test("Retry-After (§20.33)")
  func retryAfter() throws {
    check(
      RetryAfterHeader.self,
      valid: [
        ("18000;duration=3600", nil),
        ("120 (I'm in a meeting)", nil),
        ("0", nil),
        ("4294967295 ( a (nested (comment)) \\) )\r\n ;x=y", "4294967295 ( a \\(nested \\(comment\\)\\) \\) );x=y"),
        ("5 ()", nil),
        ("5 (ü\r\n\tb)", "5 (ü b)"),
      ],
      invalid: [
        ("949302838503028349304023988", .numberOutOfRange, 0),
        ("5 (a", .unterminatedComment, 2),
        ("5 (a\\", .unterminatedComment, nil),
        ("5 (a))", .trailingBytes, 5),
        ("5 a", .trailingBytes, 2),
        ("5;duration=x", .malformedParameter, 1),
        ("5;duration=4294967296", .malformedParameter, 1),
        ("-5", .malformedNumber, 0),
      ])
    let limit = SIPLimits.default.maxCommentDepth
    func nested(_ depth: Int) -> String {
      "5 " + String(repeating: "(", count: depth) + String(repeating: ")", count: depth)
    }
    #expect(try RetryAfterHeader(nested(limit)).seconds == 5)
    #expect(reason { () throws(SIPParseError) in _ = try RetryAfterHeader(nested(limit + 1)) } == .nestingTooDeep)
    let built = try RetryAfterHeader(seconds: 9, comment: "a)\r\nVia: (b")
    #expect(built.text == "9 (a\\)  Via: \\(b)")
    #expect(try RetryAfterHeader(built.text) == built)
    #expect(try RetryAfterHeader("1;Duration=7").duration == 7)
  }

  @Test("Session-Expires, Min-SE (RFC 4028 §4, §5)")
  func sessionTimers() throws {
    check(
      SessionExpiresHeader.self,
      valid: [("1800", nil), ("1800;refresher=uac", nil), ("90 ; Refresher = UAS;x", "90;Refresher=UAS;x")],
      invalid: [
        ("1800;refresher=me", .malformedParameter, 4), ("1800;refresher", .malformedParameter, 4),
        ("4294967296", .numberOutOfRange, 0), ("", .emptyValue, 0),
      ])
    #expect(try SessionExpiresHeader("90;refresher=UAS").refresher == .uas)
    #expect(SessionExpiresHeader(seconds: 1800, refresher: .uac).text == "1800;refresher=uac")
    #expect(SessionExpiresHeader(seconds: 1800).refresher == nil)
    check(MinSEHeader.self, valid: [("90", nil), ("3600;x=y", nil)], invalid: [("4294967296", .numberOutOfRange, 0)])
    #expect(MinSEHeader(seconds: SessionExpiresHeader.absoluteMinimum).text == "90")
  }
}
