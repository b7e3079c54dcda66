import Codecs
import DTMF
import Testing

struct InfoTests {
  /// Bodies as phones and gateways write them.
  @Test(arguments: [
    ("Signal=5\r\nDuration=160\r\n", "5", 160), ("Signal= 5\r\nDuration= 160", "5", 160),
    ("Signal=*\nDuration=250\n", "*", 250),
    ("signal=#\r\nduration=90\r\n", "#", 90), ("Duration=100\r\nSignal=d\r\n", "D", 100), ("Signal:7\r\n", "7", nil),
    ("Signal=10\r\nDuration=40\r\n", "*", 40), ("Signal=11\r\n", "#", nil), ("Signal=15\r\n", "D", nil),
    ("Signal=16\r\n", "!", nil), ("Signal=hf\r\n", "!", nil), ("Signal=Flash\r\n", "!", nil),
    ("Signal=!\r\n", "!", nil),
    ("Signal=1\r\nDuration=0\r\n", "1", nil), ("Signal=1\r\nDuration=long\r\n", "1", nil),
    ("Signal=1\r\nDuration=160 ms\r\n", "1", 160), ("Signal=1\r\nDuration=99999999999999999999999\r\n", "1", 65_535),
    ("Signal=2\r\nSignal=3\r\n", "2", nil), ("d=4\r\nDuration=70", "4", 70), ("5", "5", nil), ("5\r\n", "5", nil),
    ("\r\n 9 \r\n", "9", nil), ("11", "#", nil), ("X-Strange: yes\r\nSignal=8\r\n", "8", nil), ("0\0", "0", nil),
  ])
  func reads(body: String, digit: String, milliseconds: UInt16?) throws {
    for form in DTMFInfo.Form.allCases {
      let info = try parse(body, form)
      #expect(info.digit.description == digit)
      #expect(info.milliseconds == milliseconds)
      #expect(info.form == form)
    }
  }

  @Test(arguments: [
    ("", DTMFInfoError.noSignal), (" \r\n", .noSignal), ("Signal=\r\n", .notAKey), ("Signal=17\r\n", .notAKey),
    ("Signal=E\r\n", .notAKey), ("Duration=160\r\n", .notAKey), ("hello", .notAKey), ("Signal=\r\n5", .notAKey),
    ("09", .notAKey), ("=5", .notAKey),
  ])
  func refuses(body: String, error: DTMFInfoError) {
    #expect(throws: error) { try parse(body, .relay) }
  }

  @Test func atTheLimitAndBeyond() throws {
    let body = "5\r\n" + String(repeating: " ", count: DTMFLimits.maxInfoBytes - 3)
    #expect(try parse(body, .plain).digit.description == "5")
    #expect(throws: DTMFInfoError.tooLong) { try parse(body + " ", .plain) }
  }

  @Test func writes() throws {
    let five = try #require(DTMFDigit(code: 5))
    #expect(written(DTMFInfo(five, milliseconds: 160)) == "Signal=5\r\nDuration=160\r\n")
    #expect(written(DTMFInfo(five)) == "Signal=5\r\n")
    #expect(written(DTMFInfo(five, milliseconds: 160, form: .plain)) == "5")
    #expect(written(DTMFInfo(.flash, milliseconds: 0)) == "Signal=!\r\n")
  }

  @Test(arguments: [
    ("application/dtmf-relay", DTMFInfo.Form.relay), ("Application/DTMF-Relay ; charset=utf-8", .relay),
    ("application/dtmf", .plain), (" application/dtmf;x", .plain), ("application/sdp", nil), ("", nil),
    ("application/dtmf-relayed", nil),
  ])
  func contentTypes(text: String, form: DTMFInfo.Form?) {
    let bytes = Array(text.utf8)
    #expect(DTMFInfo.Form(contentType: bytes.span) == form)
  }

  private func parse(_ body: String, _ form: DTMFInfo.Form) throws(DTMFInfoError) -> DTMFInfo {
    let bytes = Array(body.utf8)
    return try DTMFInfo(parsing: bytes.span, as: form)
  }

  private func written(_ info: DTMFInfo) -> String {
    var bytes: [UInt8] = []
    info.write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
