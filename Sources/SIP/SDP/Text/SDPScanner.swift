import Wire

/// A cursor over one line's value, with the low-level rules of RFC 8866 §9 as methods.
///
/// Positions are offsets into `bytes`, so a scanner over a description's bytes yields places in the description. A method
/// that throws leaves the cursor somewhere in the faulty part. Nothing here trusts its input.
public struct SDPScanner: ~Escapable {
  /// What is scanned.
  package let bytes: Span<UInt8>
  /// The next byte to read; at most `end`.
  package private(set) var position: Int
  /// The end of the value: never beyond `bytes`.
  package let end: Int
  /// The line that errors name.
  package let line: Int

  /// A scanner over a part of `bytes`; a range beyond them is cut.
  @_lifetime(copy bytes)
  package init(_ bytes: Span<UInt8>, _ range: Range<Int>, line: Int = 1) {
    self.bytes = bytes
    self.end = min(max(range.upperBound, 0), bytes.count)
    self.position = min(max(range.lowerBound, 0), self.end)
    self.line = line
  }

  /// Whether everything was read.
  package var isAtEnd: Bool { position >= end }

  /// An error of `reason` at the cursor, or at `offset`.
  package func error(_ reason: SDPError.Reason, at offset: Int? = nil) -> SDPError {
    SDPError(reason, at: offset ?? position, line: line)
  }

  /// The error for a value that goes on otherwise than it must.
  package func unexpected() -> SDPError { error(isAtEnd ? .unexpectedEnd : .unexpectedByte) }

  /// The text of a place: ASCII or UTF-8, mended where it is neither.
  package func text(_ range: Range<Int>) -> String { String(copying: bytes.extracting(range)) }
}

// MARK: - Single bytes and blanks

extension SDPScanner {
  /// The next byte, unread; nil at the end.
  package func peek() -> UInt8? { position < end ? bytes[position] : nil }

  /// Reads `byte` if it is next.
  @_lifetime(self: copy self)
  package mutating func skip(_ byte: UInt8) -> Bool {
    guard position < end, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// Reads `byte`, which has to be next.
  @_lifetime(self: copy self)
  package mutating func expect(_ byte: UInt8) throws(SDPError) {
    guard skip(byte) else { throw unexpected() }
  }

  /// Steps over spaces and tabs; whether there were any.
  @_lifetime(self: copy self)
  @discardableResult
  package mutating func skipBlanks() -> Bool {
    let start = position
    while position < end, bytes[position].isBlank { position += 1 }
    return position > start
  }

  /// Steps over spaces; one at least has to be there, and something behind it.
  @_lifetime(self: copy self)
  package mutating func expectBlank() throws(SDPError) {
    guard skipBlanks() else { throw unexpected() }
    if isAtEnd { throw unexpected() }
  }

  /// Ends the value: nothing but blanks may be left.
  @_lifetime(self: copy self)
  package mutating func expectEnd() throws(SDPError) {
    skipBlanks()
    guard isAtEnd else { throw error(.trailingBytes) }
  }
}

// MARK: - Words, tokens, numbers

extension SDPScanner {
  /// The longest run of bytes that satisfy `condition`, perhaps empty.
  @_lifetime(self: copy self)
  package mutating func run(while condition: (UInt8) -> Bool) -> Range<Int> {
    let start = position
    while position < end, condition(bytes[position]) { position += 1 }
    return start..<position
  }

  /// Everything up to the next blank; one byte at least.
  @_lifetime(self: copy self)
  package mutating func word() throws(SDPError) -> Range<Int> {
    let range = run { !$0.isBlank }
    if range.isEmpty { throw unexpected() }
    return range
  }

  /// `token`; one byte at least.
  @_lifetime(self: copy self)
  package mutating func token() throws(SDPError) -> Range<Int> {
    let range = run { $0.isSDPToken }
    if range.isEmpty { throw error(isAtEnd ? .unexpectedEnd : .malformedToken) }
    return range
  }

  /// `token` as text.
  @_lifetime(self: copy self)
  package mutating func tokenText() throws(SDPError) -> String {
    let range = try token()
    return text(range)
  }

  /// `1*DIGIT`, at most `limit`; leading zeros are allowed, overflow is an error and never wraps.
  @_lifetime(self: copy self)
  package mutating func number(upTo limit: UInt64 = .max) throws(SDPError) -> UInt64 {
    let range = run { $0.isDigit }
    if range.isEmpty { throw error(isAtEnd ? .unexpectedEnd : .malformedNumber) }
    guard let value = Decimal.parse(bytes.extracting(range), maximum: limit) else {
      throw error(.numberOutOfRange, at: range.lowerBound)
    }
    return value
  }

  /// Everything up to the end, without blanks there; it may be empty.
  @_lifetime(self: copy self)
  package mutating func rest() -> Range<Int> {
    let start = position
    position = end
    var last = end
    while last > start, bytes[last - 1].isBlank { last -= 1 }
    return start..<last
  }

  /// Whether the bytes at a place are `text`, letters without case. `text` must be lower-case ASCII.
  package func matches(_ range: Range<Int>, _ text: String) -> Bool {
    let utf8 = text.utf8
    guard utf8.count == range.count else { return false }
    var place = range.lowerBound
    for byte in utf8 {
      guard bytes[place].asciiLowercased == byte else { return false }
      place += 1
    }
    return true
  }
}

// MARK: - Classes of bytes

extension UInt8 {
  /// SP or HT.
  package var isBlank: Bool { self == 0x20 || self == 0x09 }

  /// `DIGIT`
  package var isDigit: Bool { self &- 0x30 <= 9 }

  /// `ALPHA`
  package var isLetter: Bool { (self | 0x20) &- 0x61 <= 25 }

  /// `alpha-numeric`
  package var isAlphanumeric: Bool { isDigit || isLetter }

  /// `token-char` (RFC 8866 §9): everything visible but `" ( ) , / : ; < = > ? @ [ \ ]`.
  package var isSDPToken: Bool {
    switch self {
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x30...0x39, 0x41...0x5A, 0x5E...0x7E: true
    default: false
    }
  }

  /// `ice-char` (RFC 8839 §5.1)
  package var isICECharacter: Bool { isAlphanumeric || self == UInt8(ascii: "+") || self == UInt8(ascii: "/") }

  /// A letter in lower case, any other byte as it is.
  package var asciiLowercased: UInt8 { self &- 0x41 <= 25 ? self | 0x20 : self }
}

extension String {
  /// The text of these bytes: UTF-8, and mended where it is not.
  package init(copying bytes: Span<UInt8>) {
    self = String(utf8: bytes) ?? String(decoding: [UInt8](copying: bytes), as: UTF8.self)
  }

  /// Whether both are the same, ASCII letters without case.
  package func equalsIgnoringCase(_ other: String) -> Bool {
    let left = utf8
    let right = other.utf8
    guard left.count == right.count else { return false }
    return zip(left, right).allSatisfy { $0.asciiLowercased == $1.asciiLowercased }
  }

  /// Whether this is one or more bytes that all satisfy `condition`.
  package func consists(of condition: (UInt8) -> Bool) -> Bool { !isEmpty && utf8.allSatisfy(condition) }
}

extension [UInt8] {
  /// Appends the text's UTF-8.
  package mutating func append(text: String) { append(contentsOf: text.utf8) }

  /// Appends the digits of a number.
  package mutating func append(number: some UnsignedInteger) { Decimal.append(UInt64(number), to: &self) }
}
