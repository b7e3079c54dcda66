import Testing
import Wire

/// The grammar of RFC 8259 and the refusals of RFC 7493 that RFC 8785 §3.1 relies on.
@Suite struct JSONParserTests {
  @Test(
    arguments: [
      ("null", .null), (" true\n", .bool(true)), ("\tfalse\r", .bool(false)), ("0", .integer(0)), ("-0", .integer(0)),
      ("-0.0", .integer(0)), ("12", .integer(12)), ("-7", .integer(-7)), ("1.0", .integer(1)), ("1e2", .integer(100)),
      ("100e-2", .integer(1)), ("1E+2", .integer(100)), ("0.5", .number(0.5)), ("-2.5e-1", .number(-0.25)),
      ("9007199254740991", .integer(9_007_199_254_740_991)), ("-9007199254740991", .integer(-9_007_199_254_740_991)),
      ("9007199254740992", .number(9_007_199_254_740_992)), ("9007199254740993", .number(9_007_199_254_740_992)),
      ("123456789012345678901234567890", .number(1.2345678901234568e29)),
      ("1e-400", .integer(0)), ("-1e-400", .integer(0)), ("5e-324", .number(.leastNonzeroMagnitude)),
      ("1e308", .number(1e308)),
      ("\"\"", .string("")), (#""\u0041\"\\\/\b\f\n\r\t""#, .string("A\"\\/\u{8}\u{c}\n\r\t")),
      (#""\ud83d\ude00""#, .string("😀")), (#""\uDBFF\uDFFF""#, .string("\u{10ffff}")),
      ("\"😀é\u{7f}\"", .string("😀é\u{7f}")),
      (#""\u0000\u007f\u0080\u07ff\u0800\uffff""#, .string("\0\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}")),
      ("[]", .array([])), ("[ ]", .array([])), ("[1 , [ ] , \"a\"]", .array([1, [], "a"])), ("{}", .object([:])),
      (" { \"b\" : 1 , \"a\" : { } } ", .object(["a": [:], "b": 1])),
    ] as [(String, JSONValue)])
  func reads(_ text: String, _ expected: JSONValue) throws {
    #expect(try JSONValue(parsing: text) == expected)
  }

  @Test func makesWholeNumbersIntegers() throws {
    for text in ["1", "1.0", "10e-1", "0.1e1"] {
      guard case .integer(1) = try JSONValue(parsing: text) else {
        Issue.record("\(text) is not .integer(1)")
        continue
      }
    }
    guard case .number = try JSONValue(parsing: "9007199254740992") else {
      Issue.record("2^53 became an integer")
      return
    }
  }

  @Test(
    arguments: [
      ("", .truncated, 0), ("  ", .truncated, 2), ("[", .truncated, 1), ("[1", .truncated, 2), ("[1,", .truncated, 3),
      ("{", .truncated, 1), ("{\"a\"", .truncated, 4), ("{\"a\":", .truncated, 5), ("{\"a\":1", .truncated, 6),
      ("\"a", .truncated, 2), ("\"\\", .truncated, 2), ("\"\\u12", .truncated, 5), ("tru", .truncated, 3),
      ("-", .truncated, 1), ("1.", .truncated, 2), ("1e", .truncated, 2), ("1e+", .truncated, 3),
      ("[1,]", .unexpectedCharacter, 3), ("[,1]", .unexpectedCharacter, 1), ("[1 2]", .unexpectedCharacter, 3),
      ("{\"a\" 1}", .unexpectedCharacter, 5), ("{\"a\":1,}", .unexpectedCharacter, 7),
      ("{a:1}", .unexpectedCharacter, 1),
      ("{1:1}", .unexpectedCharacter, 1), ("nul", .truncated, 3), ("nule", .unexpectedCharacter, 3),
      ("True", .unexpectedCharacter, 0), ("+1", .unexpectedCharacter, 0), (".5", .unexpectedCharacter, 0),
      ("NaN", .unexpectedCharacter, 0), ("Infinity", .unexpectedCharacter, 0), ("-Infinity", .invalidNumber, 0),
      ("'a'", .unexpectedCharacter, 0), ("\u{feff}1", .unexpectedCharacter, 0), ("\u{a0}1", .unexpectedCharacter, 0),
      ("[1]]", .trailingCharacters, 3), ("1 2", .trailingCharacters, 2), ("{} x", .trailingCharacters, 3),
      ("01", .invalidNumber, 0), ("-01", .invalidNumber, 0), ("00", .invalidNumber, 0), ("[1.x]", .invalidNumber, 1),
      ("[1ex]", .invalidNumber, 1), ("0x10", .trailingCharacters, 1), ("1_000", .trailingCharacters, 1),
      ("1e309", .numberOutOfRange, 0), ("-1e400", .numberOutOfRange, 0), ("[1.8e308]", .numberOutOfRange, 1),
      ("\"\u{1f}\"", .controlCharacter, 1), ("\"a\nb\"", .controlCharacter, 2), ("\"\0\"", .controlCharacter, 1),
      (#""\x""#, .invalidEscape, 1), (#""\U0041""#, .invalidEscape, 1), (#""a\u00g0""#, .invalidEscape, 2),
      (#""\ud800""#, .loneSurrogate, 1), (#""\udc00""#, .loneSurrogate, 1), (#""a\ud800x""#, .loneSurrogate, 2),
      (#""\ud800\u0041""#, .loneSurrogate, 1), (#""\ud800\ud800""#, .loneSurrogate, 1),
      (#""\ud83d\n""#, .loneSurrogate, 1),
      (#"{"\udead":1}"#, .loneSurrogate, 2),
      (#"{"a":1,"a":1}"#, .duplicateKey, 7), (#"{"a":1,"b":2,"\u0061":3}"#, .duplicateKey, 13),
      (#"{"b":1,"a":2,"b":3}"#, .duplicateKey, 13), (#"[{"":1,"":1}]"#, .duplicateKey, 7),
    ] as [(String, JSONError.Reason, Int)])
  func refuses(_ text: String, _ reason: JSONError.Reason, _ offset: Int) {
    #expect(throws: JSONError(reason, at: offset)) { try JSONValue(parsing: text) }
  }

  @Test(
    arguments: [
      [0x22, 0xff, 0x22], [0x22, 0xc3, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0x22, 0xf5, 0x80, 0x80, 0x80, 0x22], [0x22, 0x80, 0x22], [0x22, 0xe2, 0x82, 0x22],
      [0x22, 0xc3, 0x5c, 0x6e, 0xa9, 0x22],
    ] as [[UInt8]])
  func refusesBytesThatAreNotUTF8(_ bytes: [UInt8]) {
    #expect(throws: JSONError(.invalidUTF8, at: 1)) { try JSONValue(parsing: bytes) }
  }

  @Test func keepsNormalisationFormsApart() throws {
    // Swift calls "é" and "e" + U+0301 equal; for JSON they are two names and two strings (RFC 8785 §3.1).
    let value = try JSONValue(parsing: #"{"\u00e9":1,"e\u0301":2}"#)
    #expect(value.object?.count == 2)
    #expect(value["\u{e9}"] == 1)
    #expect(value["e\u{301}"] == 2)
    #expect(JSONValue.string("\u{e9}") != .string("e\u{301}"))
    #expect(JSONObject(["\u{e9}": 1]) != JSONObject(["e\u{301}": 1]))
  }

  @Test func acceptsNoncharacters() throws {
    // RFC 7493 §2.1 advises against them; RFC 8785 keeps them as they are, and so do we.
    #expect(try JSONValue(parsing: #""\uffff\ufffe""#) == .string("\u{ffff}\u{fffe}"))
  }

  @Test func neverTrapsOnCutOrDamagedText() throws {
    let text = Array(#"{"a":[1,2.5e-3,"\ud83d\ude00\n"],"b":{"c":null,"d":true},"é":-12.0}"#.utf8)
    for end in 0..<text.count {
      #expect(throws: JSONError.self) { try JSONValue(parsing: text.span.extracting(0..<end)) }
    }
    var random = SplitMix64(seed: 8259)
    for _ in 0..<20_000 {
      var damaged = text
      for _ in 0..<(random.next() % 3 + 1) {
        damaged[Int(random.next() % UInt64(damaged.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      guard let value = try? JSONValue(parsing: damaged) else { continue }
      #expect(try JSONValue(parsing: value.canonicalBytes()) == value)
    }
  }
}
