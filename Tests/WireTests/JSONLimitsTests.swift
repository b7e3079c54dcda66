import Testing
import Wire

/// Every limit at its edge and one beyond.
@Suite struct JSONLimitsTests {
  private func nested(_ depth: Int) -> String {
    String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
  }

  @Test func boundsTheBytes() throws {
    let limits = JSONLimits(maxBytes: 4)
    #expect(try JSONValue(parsing: "1234", limits: limits) == 1234)
    #expect(throws: JSONError(.tooLong, at: 4)) { try JSONValue(parsing: "12345", limits: limits) }
  }

  @Test func boundsTheDepthOfArraysAndObjects() throws {
    let limits = JSONLimits(maxDepth: 3)
    _ = try JSONValue(parsing: nested(3), limits: limits)
    #expect(throws: JSONError(.tooDeep, at: 3)) { try JSONValue(parsing: nested(4), limits: limits) }
    _ = try JSONValue(parsing: #"{"a":[{}]}"#, limits: limits)
    #expect(throws: JSONError(.tooDeep, at: 6)) {
      try JSONValue(parsing: #"{"a":[{}]}"#, limits: JSONLimits(maxDepth: 2))
    }
    #expect(throws: JSONError(.tooDeep, at: 0)) { try JSONValue(parsing: "[]", limits: JSONLimits(maxDepth: 0)) }
    #expect(try JSONValue(parsing: "1", limits: JSONLimits(maxDepth: 0)) == 1)
  }

  @Test func boundsTheDepthByDefault() throws {
    _ = try JSONValue(parsing: nested(64))
    #expect(throws: JSONError(.tooDeep, at: 64)) { try JSONValue(parsing: nested(65)) }
  }

  @Test func neverNestsBeyondTheStack() throws {
    let limits = JSONLimits(maxDepth: .max)
    _ = try JSONValue(parsing: nested(JSONLimits.deepest), limits: limits)
    #expect(throws: JSONError(.tooDeep, at: 512)) {
      try JSONValue(parsing: nested(JSONLimits.deepest + 1), limits: limits)
    }
    #expect(throws: JSONError(.tooDeep, at: 512)) { try JSONValue(parsing: nested(400_000), limits: limits) }
  }

  @Test func countsEveryValue() throws {
    let limits = JSONLimits(maxValues: 4)
    _ = try JSONValue(parsing: #"[1,{"a":2}]"#, limits: limits)
    #expect(throws: JSONError(.tooManyValues, at: 9)) { try JSONValue(parsing: #"[1,2,3,  4]"#, limits: limits) }
    #expect(throws: JSONError(.tooManyValues, at: 0)) { try JSONValue(parsing: "1", limits: JSONLimits(maxValues: 0)) }
  }

  @Test func boundsStringsAfterUnescaping() throws {
    let limits = JSONLimits(maxStringBytes: 4)
    for text in [#""abcd""#, #""\u0061\u0062\u0063\u0064""#, #""😀""#, #""ab\u00e9""#, #""\ud83d\ude00""#] {
      _ = try JSONValue(parsing: text, limits: limits)
    }
    for text in [#""abcde""#, #""\u0061bcde""#, #""abcd\n""#, #""😀x""#, #""abc\u00e9""#, #""x\ud83d\ude00""#] {
      #expect(throws: JSONError(.stringTooLong, at: 1)) { try JSONValue(parsing: text, limits: limits) }
    }
    #expect(throws: JSONError(.stringTooLong, at: 2)) { try JSONValue(parsing: #"{"abcde":1}"#, limits: limits) }
    #expect(throws: JSONError(.stringTooLong, at: 1)) {
      try JSONValue(parsing: #""a""#, limits: JSONLimits(maxStringBytes: 0))
    }
    #expect(try JSONValue(parsing: #""a""#, limits: JSONLimits(maxStringBytes: .max)) == "a")
  }

  @Test func boundsNumbers() throws {
    let limits = JSONLimits(maxNumberBytes: 5)
    #expect(try JSONValue(parsing: "12345", limits: limits) == 12345)
    #expect(throws: JSONError(.numberTooLong, at: 1)) { try JSONValue(parsing: "[-12345]", limits: limits) }
    #expect(throws: JSONError(.numberTooLong, at: 0)) { try JSONValue(parsing: "1.2345", limits: limits) }
    let long = String(repeating: "9", count: 1024)
    #expect(throws: JSONError(.numberOutOfRange, at: 0)) { try JSONValue(parsing: long) }
    #expect(throws: JSONError(.numberTooLong, at: 0)) { try JSONValue(parsing: long + "9") }
  }
}
