// The scanner's own reads: the only ones of the typed headers that go past `Span`'s check.
//
// Why this is sound: `0 <= cursor <= end <= bytes.count` holds from the initialisers on, which cut their range to the
// bytes; `end` and `bytes` never change, and `cursor` is private to this file, where it grows only behind a comparison
// with `end`, and is otherwise set through `position`, which checks. So `cursor < end` proves that `bytes[cursor]` is
// there.

/// A cursor over a header's value, or a piece of one, with the low-level rules of RFC 3261 §25.1 as methods.
///
/// Positions are offsets into `bytes`, so a scanner over a message's bytes yields places in the message and one over a
/// value alone yields places in the value. A method that throws leaves the cursor somewhere in the faulty part; one that
/// answers `false` or nil leaves it where it was. Nothing here trusts its input: any bytes end in a value or an error.
public struct FieldScanner: ~Escapable {
  /// What is scanned.
  package let bytes: Span<UInt8>
  private var cursor: Int
  /// The end of the piece: never beyond `bytes`.
  package let end: Int
  /// The header that errors name.
  package let header: SIPHeaderName?

  /// A scanner over all of `bytes`.
  @_lifetime(copy bytes)
  @inline(__always)
  package init(_ bytes: Span<UInt8>, header: SIPHeaderName? = nil) {
    self.bytes = bytes
    self.cursor = 0
    self.end = bytes.count
    self.header = header
  }

  /// A scanner over `range` of `bytes`; a range beyond them is cut.
  @_lifetime(copy bytes)
  @inline(__always)
  package init(_ bytes: Span<UInt8>, _ range: Range<Int>, header: SIPHeaderName? = nil) {
    self.bytes = bytes
    self.end = min(max(range.upperBound, 0), bytes.count)
    self.cursor = min(max(range.lowerBound, 0), self.end)
    self.header = header
  }

  /// The next byte to read; at most `end`.
  package var position: Int {
    @inline(__always) get { cursor }
    @inline(__always)
    @_lifetime(self: copy self)
    set {
      precondition(newValue >= 0 && newValue <= end, "a position outside the piece")
      cursor = newValue
    }
  }

  /// Whether everything was read.
  package var isAtEnd: Bool {
    @inline(__always) get { cursor >= end }
  }

  /// The next byte, unread; 0 at the end, which no rule asks for.
  var next: UInt8 {
    @inline(__always) get { cursor < end ? unsafe bytes[unchecked: cursor] : 0 }
  }

  /// The next byte, unread; nil at the end.
  @inline(__always)
  package func peek() -> UInt8? { cursor < end ? unsafe bytes[unchecked: cursor] : nil }

  /// Reads `byte`, which is not 0, if it is next.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func skip(_ byte: UInt8) -> Bool {
    guard cursor < end, unsafe bytes[unchecked: cursor] == byte else { return false }
    cursor &+= 1
    return true
  }

  /// The longest run of bytes of a hot set, perhaps empty.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func run(while set: ByteClass) -> Range<Int> {
    let start = cursor
    cursor = endOfRun(of: set)
    return start..<cursor
  }

  /// Where the run of bytes of `set` that starts at the cursor ends.
  @inline(__always)
  func endOfRun(of set: ByteClass) -> Int {
    var place = cursor
    while place <= end &- 4 {
      guard set.contains(unsafe bytes[unchecked: place]) else { return place }
      guard set.contains(unsafe bytes[unchecked: place &+ 1]) else { return place &+ 1 }
      guard set.contains(unsafe bytes[unchecked: place &+ 2]) else { return place &+ 2 }
      guard set.contains(unsafe bytes[unchecked: place &+ 3]) else { return place &+ 3 }
      place &+= 4
    }
    while place < end, set.contains(unsafe bytes[unchecked: place]) { place &+= 1 }
    return place
  }

  /// The value of the digits from the cursor on, 0 when there are none; nil when it is greater than `limit`.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func digits(upTo limit: UInt64) -> UInt64? {
    // Up to this ten times as much and a digit more still fits; what is greater stays greater.
    let ceiling: UInt64 = 1 &<< 60
    if limit >= ceiling {
      var copy = self
      let value = copy.digitsWithOverflow(upTo: limit)
      cursor = copy.cursor
      return value
    }
    var value: UInt64 = 0
    while cursor < end {
      let digit = unsafe bytes[unchecked: cursor] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      value = min(value &* 10 &+ UInt64(digit), ceiling)
      cursor &+= 1
    }
    return value <= limit ? value : nil
  }

  @_lifetime(self: copy self)
  @inline(never)
  private mutating func digitsWithOverflow(upTo limit: UInt64) -> UInt64? {
    var value: UInt64 = 0
    var hasOverflow = false
    while cursor < end {
      let digit = bytes[cursor] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      let (product, high) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      hasOverflow = hasOverflow || high || carry
      value = sum
      cursor &+= 1
    }
    return hasOverflow || value > limit ? nil : value
  }

  /// `SWS`: blanks and folds (CRLF and a blank), as many as there are.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func skipWhiteSpace() {
    if next &- 1 < 0x20 { skipSomeWhiteSpace() }
  }

  @_lifetime(self: copy self)
  @inline(__always)
  private mutating func skipSomeWhiteSpace() {
    if next == UInt8(ascii: " ") { cursor &+= 1 }
    if next &- 1 < 0x20 { cursor = FieldScanner.endOfWhiteSpace(bytes, cursor, end) }
  }

  /// By value, so that the scanner itself may live in registers.
  @inline(never)
  private static func endOfWhiteSpace(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    var cursor = start
    while cursor < end {
      switch bytes[cursor] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"):
        cursor += 1
      case UInt8(ascii: "\r"):
        guard end - cursor > 2, bytes[cursor + 1] == UInt8(ascii: "\n"), ByteSet.blank.contains(bytes[cursor + 2])
        else { return cursor }
        cursor += 3
      default:
        return cursor
      }
    }
    return cursor
  }
}
