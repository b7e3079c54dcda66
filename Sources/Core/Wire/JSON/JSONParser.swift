// RFC 8259's grammar with RFC 7493's (I-JSON) refusals, as RFC 8785 §3.1 demands of what is to be canonicalised:
// no duplicate names, no lone surrogates, numbers within double precision. A byte order mark is refused.

extension JSONValue {
  /// Parses a JSON text.
  public init(parsing bytes: Span<UInt8>, limits: JSONLimits = .default) throws(JSONError) {
    guard bytes.count <= limits.maxBytes else { throw JSONError(.tooLong, at: limits.maxBytes) }
    var parser = JSONParser(bytes, limits: limits)
    self = try parser.parseText()
  }

  /// Parses a JSON text.
  public init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
    try self.init(parsing: bytes.span, limits: limits)
  }

  /// Parses a JSON text.
  public init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
    let utf8 = text.utf8
    try self.init(parsing: utf8.span, limits: limits)
  }
}

struct JSONParser: ~Escapable {
  private let bytes: Span<UInt8>
  private let limits: JSONLimits
  private let maxDepth: Int
  private var offset = 0
  private var values = 0

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, limits: JSONLimits) {
    self.bytes = bytes
    self.limits = limits
    maxDepth = min(limits.maxDepth, JSONLimits.deepest)
  }

  @_lifetime(self: copy self)
  mutating func parseText() throws(JSONError) -> JSONValue {
    let value = try parseValue(depth: 0)
    skipWhiteSpace()
    guard offset == bytes.count else { throw JSONError(.trailingCharacters, at: offset) }
    return value
  }

  @_lifetime(self: copy self)
  private mutating func parseValue(depth: Int) throws(JSONError) -> JSONValue {
    skipWhiteSpace()
    guard offset < bytes.count else { throw JSONError(.truncated, at: offset) }
    values += 1
    guard values <= limits.maxValues else { throw JSONError(.tooManyValues, at: offset) }
    switch bytes[offset] {
    case UInt8(ascii: "{"): return try parseObject(depth: depth + 1)
    case UInt8(ascii: "["): return try parseArray(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
    case UInt8(ascii: "t"):
      try parseLiteral("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try parseLiteral("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try parseLiteral("null")
      return .null
    default: throw JSONError(.unexpectedCharacter, at: offset)
    }
  }

  @_lifetime(self: copy self)
  private mutating func parseObject(depth: Int) throws(JSONError) -> JSONValue {
    guard depth <= maxDepth else { throw JSONError(.tooDeep, at: offset) }
    offset += 1
    var object = JSONObject()
    if try next(isOneOf: "}", or: "\"") == UInt8(ascii: "}") {
      offset += 1
      return .object(object)
    }
    while true {
      let start = offset
      let name = try parseString()
      _ = try next(isOneOf: ":", or: ":")
      offset += 1
      let value = try parseValue(depth: depth)
      guard object.insertNew(name, value) else { throw JSONError(.duplicateKey, at: start) }
      let separator = try next(isOneOf: ",", or: "}")
      offset += 1
      if separator == UInt8(ascii: "}") { return .object(object) }
      _ = try next(isOneOf: "\"", or: "\"")
    }
  }

  @_lifetime(self: copy self)
  private mutating func parseArray(depth: Int) throws(JSONError) -> JSONValue {
    guard depth <= maxDepth else { throw JSONError(.tooDeep, at: offset) }
    offset += 1
    var elements: [JSONValue] = []
    skipWhiteSpace()
    if offset < bytes.count, bytes[offset] == UInt8(ascii: "]") {
      offset += 1
      return .array(elements)
    }
    while true {
      elements.append(try parseValue(depth: depth))
      let separator = try next(isOneOf: ",", or: "]")
      offset += 1
      if separator == UInt8(ascii: "]") { return .array(elements) }
    }
  }

  /// Skips white space and returns the next byte, which must be one of the two; the offset stays on it.
  @_lifetime(self: copy self)
  private mutating func next(isOneOf first: Unicode.Scalar, or second: Unicode.Scalar) throws(JSONError) -> UInt8 {
    skipWhiteSpace()
    guard offset < bytes.count else { throw JSONError(.truncated, at: offset) }
    let byte = bytes[offset]
    guard byte == UInt8(ascii: first) || byte == UInt8(ascii: second) else {
      throw JSONError(.unexpectedCharacter, at: offset)
    }
    return byte
  }

  @_lifetime(self: copy self)
  private mutating func skipWhiteSpace() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x09, 0x0a, 0x0d: offset += 1
      default: return
      }
    }
  }

  @_lifetime(self: copy self)
  private mutating func parseLiteral(_ literal: StaticString) throws(JSONError) {
    for expected in literal.description.utf8 {
      guard offset < bytes.count else { throw JSONError(.truncated, at: offset) }
      guard bytes[offset] == expected else { throw JSONError(.unexpectedCharacter, at: offset) }
      offset += 1
    }
  }
}

// MARK: - Numbers

extension JSONParser {
  /// RFC 8259 §6; the value is the nearest double, ties to even.
  @_lifetime(self: copy self)
  private mutating func parseNumber() throws(JSONError) -> JSONValue {
    let start = offset
    let isNegative = bytes[offset] == UInt8(ascii: "-")
    if isNegative { offset += 1 }
    let integerStart = offset
    try skipDigits(start)
    let integerDigits = offset - integerStart
    if integerDigits > 1, bytes[integerStart] == UInt8(ascii: "0") { throw JSONError(.invalidNumber, at: start) }
    var isWhole = true
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      isWhole = false
      offset += 1
      try skipDigits(start)
    }
    if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      isWhole = false
      offset += 1
      if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") { offset += 1 }
      try skipDigits(start)
    }
    guard offset - start <= limits.maxNumberBytes else { throw JSONError(.numberTooLong, at: start) }

    if isWhole, integerDigits <= 15 {
      var magnitude: Int64 = 0
      for index in integerStart..<offset { magnitude = magnitude * 10 + Int64(bytes[index] - 0x30) }
      return .integer(isNegative ? -magnitude : magnitude)
    }
    guard let text = String(ascii: bytes.extracting(start..<offset)), let value = Double(text), value.isFinite
    else { throw JSONError(.numberOutOfRange, at: start) }
    return JSONValue.wholeNumber(value).map(JSONValue.integer) ?? .number(value)
  }

  @_lifetime(self: copy self)
  private mutating func skipDigits(_ numberStart: Int) throws(JSONError) {
    let start = offset
    while offset < bytes.count, bytes[offset] &- 0x30 <= 9 { offset += 1 }
    guard offset > start else {
      throw offset < bytes.count ? JSONError(.invalidNumber, at: numberStart) : JSONError(.truncated, at: offset)
    }
  }
}

// MARK: - Strings

extension JSONParser {
  @_lifetime(self: copy self)
  private mutating func parseString() throws(JSONError) -> String {
    offset += 1
    let start = offset
    var unescaped: [UInt8] = []
    var plainStart = offset
    while true {
      // One byte beyond what may still come is enough to tell that there is too much.
      let room = limits.maxStringBytes - unescaped.count
      let plainLimit = room >= bytes.count - plainStart ? bytes.count : plainStart + room + 1
      let index = JSONText.plainEnd(bytes, from: offset, to: max(offset, plainLimit))
      offset = index
      guard unescaped.count + index - plainStart <= limits.maxStringBytes else {
        throw JSONError(.stringTooLong, at: start)
      }
      guard index < bytes.count else { throw JSONError(.truncated, at: index) }
      if bytes[index] == UInt8(ascii: "\"") { break }
      guard bytes[index] == UInt8(ascii: "\\") else { throw JSONError(.controlCharacter, at: index) }
      unescaped.append(copying: bytes.extracting(plainStart..<index))
      try parseEscape(into: &unescaped)
      guard unescaped.count <= limits.maxStringBytes else { throw JSONError(.stringTooLong, at: start) }
      plainStart = offset
    }
    defer { offset += 1 }
    if unescaped.isEmpty, plainStart == start {
      return try JSONParser.text(bytes.extracting(start..<offset), at: start)
    }
    unescaped.append(copying: bytes.extracting(plainStart..<offset))
    return try JSONParser.text(unescaped.span, at: start)
  }

  private static func text(_ bytes: Span<UInt8>, at offset: Int) throws(JSONError) -> String {
    guard let text = String(utf8: bytes) else { throw JSONError(.invalidUTF8, at: offset) }
    return text
  }

  @_lifetime(self: copy self)
  private mutating func parseEscape(into text: inout [UInt8]) throws(JSONError) {
    let start = offset
    guard offset + 1 < bytes.count else { throw JSONError(.truncated, at: bytes.count) }
    let kind = bytes[offset + 1]
    offset += 2
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(kind)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "u"):
      let unit = try parseCodeUnit(start)
      guard unit & 0xf800 == 0xd800 else {
        JSONParser.append(scalar: unit, to: &text)
        return
      }
      guard unit < 0xdc00, offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
        bytes[offset + 1] == UInt8(ascii: "u")
      else { throw JSONError(.loneSurrogate, at: start) }
      offset += 2
      let second = try parseCodeUnit(start)
      guard second & 0xfc00 == 0xdc00 else { throw JSONError(.loneSurrogate, at: start) }
      JSONParser.append(scalar: 0x10000 + (unit & 0x3ff) << 10 + second & 0x3ff, to: &text)
    default: throw JSONError(.invalidEscape, at: start)
    }
  }

  @_lifetime(self: copy self)
  private mutating func parseCodeUnit(_ escapeStart: Int) throws(JSONError) -> UInt32 {
    guard offset + 4 <= bytes.count else { throw JSONError(.truncated, at: bytes.count) }
    var unit: UInt32 = 0
    for index in offset..<(offset + 4) {
      guard let digit = Hex.value(of: bytes[index]) else { throw JSONError(.invalidEscape, at: escapeStart) }
      unit = unit << 4 | UInt32(digit)
    }
    offset += 4
    return unit
  }

  /// Appends the UTF-8 of a scalar value that is no surrogate.
  private static func append(scalar: UInt32, to text: inout [UInt8]) {
    func continuation(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 0x80 | scalar >> shift & 0x3f) }
    switch scalar {
    case 0..<0x80: text.append(UInt8(truncatingIfNeeded: scalar))
    case 0x80..<0x800:
      text.append(UInt8(truncatingIfNeeded: 0xc0 | scalar >> 6))
      text.append(continuation(0))
    case 0x800..<0x10000:
      text.append(UInt8(truncatingIfNeeded: 0xe0 | scalar >> 12))
      text.append(continuation(6))
      text.append(continuation(0))
    default:
      text.append(UInt8(truncatingIfNeeded: 0xf0 | scalar >> 18))
      text.append(continuation(12))
      text.append(continuation(6))
      text.append(continuation(0))
    }
  }
}
