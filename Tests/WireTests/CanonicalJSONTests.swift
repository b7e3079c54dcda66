import Testing
import Wire

/// RFC 8785: the document's own examples, and what follows from its rules.
@Suite struct CanonicalJSONTests {
  private func canonical(_ text: String) throws -> String {
    String(decoding: try JSONValue(parsing: text).canonicalBytes(), as: UTF8.self)
  }

  @Test func writesTheExampleOfSection322() throws {
    let input = #"""
      {
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
      }
      """#
    let expected =
      #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
      + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#
    #expect(try canonical(input) == expected)
    // §3.2.4 gives the bytes: the euro sign is the only character that is not ASCII.
    let bytes = try JSONValue(parsing: input).canonicalBytes()
    #expect(Hex.encode(bytes).hasPrefix("7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c"))
    #expect(Hex.encode(bytes).hasSuffix("22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d"))
  }

  @Test func sortsTheNamesOfSection323() throws {
    let input = #"""
      {"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
       "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}
      """#
    let names = try JSONValue(parsing: input).object.map(\.keys)
    #expect(names == ["\r", "1", "\u{80}", "\u{f6}", "\u{20ac}", "\u{1f600}", "\u{fb33}"])
  }

  @Test func sortsByUTF16CodeUnits() throws {
    // The order of code units, from which that of code points (and of UTF-8) differs in the last five.
    let names = [
      "", "\0", "A", "AA", "AAA", "B", "a", "\u{7f}", "\u{80}", "\u{7ff}", "\u{800}", "\u{d7ff}", "\u{10000}",
      "\u{10ffff}", "\u{e000}", "\u{fb33}", "\u{ffff}",
    ]
    for (first, second) in zip(names, names.dropFirst()) {
      #expect(Array(first.utf16).lexicographicallyPrecedes(Array(second.utf16)))
    }
    var random = SplitMix64(seed: 16)
    for _ in 0..<50 {
      var object = JSONObject()
      for name in names.shuffled(using: &random) { object[name] = .string(name) }
      #expect(object.keys == names)
      for name in names { #expect(object[name] == .string(name)) }
      let parsed = try JSONValue(parsing: JSONValue.object(object).canonicalBytes())
      #expect(parsed == .object(object))
      #expect(parsed.object?.keys == names)
    }
  }

  @Test func sortsRandomNamesAsTheirCodeUnits() {
    var random = SplitMix64(seed: 23)
    let alphabet: [Character] = ["a", "b", "é", "\u{7ff}", "\u{d7ff}", "\u{e000}", "\u{ffff}", "\u{10000}", "😀"]
    for _ in 0..<300 {
      var names: Set<[UInt16]> = []
      var object = JSONObject()
      for _ in 0..<20 {
        let name = String((0..<(random.next() % 5)).map { _ in alphabet.randomElement(using: &random) ?? "a" })
        names.insert(Array(name.utf16))
        object[name] = true
      }
      #expect(object.keys.map { Array($0.utf16) } == names.sorted { $0.lexicographicallyPrecedes($1) })
    }
  }

  @Test func escapesOnlyWhatItMust() throws {
    var every = ""
    for scalar in 0..<0x80 as Range<UInt8> { every.unicodeScalars.append(Unicode.Scalar(scalar)) }
    let expected =
      #""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f"#
      + #"\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f"#
      + ##" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"##
      + "\u{7f}\""
    #expect(JSONValue.string(every).description == expected)
    #expect(JSONValue.string("\u{80}\u{2028}\u{feff}😀").description == "\"\u{80}\u{2028}\u{feff}😀\"")
  }

  @Test func findsTheEscapeAtEveryPlace() throws {
    // The search goes eight bytes at a time; neighbours with the same low bits must not confuse it.
    for special in ["\"", "\\", "\n", "\0", "\u{1f}"] {
      for plain in ["a", " ", "!", "#", "[", "]", "\u{7f}", "é", "\u{20}", "\u{7fff}"] {
        for count in 0..<20 {
          for place in 0...count {
            var text = String(repeating: plain, count: count)
            text.insert(contentsOf: special, at: text.index(text.startIndex, offsetBy: place))
            let written = JSONValue.string(text).canonicalBytes()
            #expect(try JSONValue(parsing: written) == .string(text))
          }
        }
      }
    }
  }

  @Test func isItsOwnCanonicalForm() throws {
    for text in [
      "{}", "[]", "null", #"{"a":{"a":[]},"b":[{},[[]],"",0]}"#, "[56,{\"1\":[],\"10\":null,\"d\":true}]", "-1.5e-9",
    ] {
      #expect(try canonical(text) == text)
    }
    #expect(try canonical(#"[56,{"d":true,"10":null,"1":[ ]}]"#) == #"[56,{"1":[],"10":null,"d":true}]"#)
  }

  @Test func keepsNestedKeys() throws {
    // A canonical form that drops nested members would let them be changed under a signature.
    let inner = try JSONValue(parsing: #"{"payload":{"deep":{"er":[{"x":1}]}}}"#)
    let other = try JSONValue(parsing: #"{"payload":{"deep":{"er":[{"x":2}]}}}"#)
    #expect(inner != other)
    #expect(inner.canonicalBytes() != other.canonicalBytes())
  }

  @Test func passesLargeIntegersThroughDoublePrecision() throws {
    #expect(JSONValue.integer(9_007_199_254_740_991).description == "9007199254740991")
    #expect(JSONValue.integer(9_007_199_254_740_993).description == "9007199254740992")
    #expect(JSONValue.integer(.max).description == "9223372036854776000")
    #expect(JSONValue.integer(.min).description == "-9223372036854776000")
    #expect(try JSONValue(parsing: "9223372036854775807").description == "9223372036854776000")
  }

  @Test func comparesAsTheCanonicalFormDoes() {
    #expect(JSONValue.integer(1) == .number(1))
    #expect(JSONValue.integer(0) == .number(-0.0))
    #expect(JSONValue.integer(1) != .number(1.5))
    #expect(JSONValue.integer(1) != .string("1"))
    #expect(JSONValue.null != .bool(false))
    #expect(JSONValue.integer(9_007_199_254_740_993) == .integer(9_007_199_254_740_992))
    #expect(([1, "a", nil as JSONValue?].compactMap { $0 }) == [1, "a"])
  }
}

@Suite struct JSONValueTests {
  private let value: JSONValue = [
    "text": "a", "whole": 3, "half": .number(0.5), "flag": true, "list": [1], "none": .null,
  ]

  @Test func givesTypedAccess() {
    #expect(value["text"]?.string == "a")
    #expect(value["whole"]?.integer == 3)
    #expect(value["whole"]?.number == 3)
    #expect(value["half"]?.number == 0.5)
    #expect(value["half"]?.integer == nil)
    #expect(JSONValue.number(4).integer == 4)
    #expect(JSONValue.number(1e300).integer == nil)
    #expect(value["flag"]?.bool == true)
    #expect(value["list"]?.array == [1])
    #expect(value.object?.count == 6)
    #expect(value["none"] == .null)
    #expect(value["absent"] == nil)
    #expect(value["text"]?.bool == nil)
    #expect(JSONValue.array([])["text"] == nil)
  }

  @Test func changesMembers() {
    var object: JSONObject = ["b": 2, "a": 1]
    object["c"] = 3
    object["a"] = "new"
    #expect(object.keys == ["a", "b", "c"])
    #expect(object["a"] == "new")
    #expect(object.removeValue(forKey: "b") == 2)
    #expect(object.removeValue(forKey: "b") == nil)
    object["c"] = nil
    object["d"] = nil
    #expect(object.map(\.name) == ["a"])
    #expect(JSONObject(["z": 1, "y": 2]).keys == ["y", "z"])
  }
}
