/// The elements of a comma-separated value, one after the other, trimmed; empty ones are passed over.
///
/// A comma inside a quoted string, a comment or angle brackets belongs to its element. For lists whose elements somebody
/// else parses; malformed quoting ends the list with what is left as its last element.
package struct ListElements: ~Escapable {
  private let bytes: Span<UInt8>
  private var position: Int
  private let end: Int

  /// The elements of `range` of `bytes`.
  @_lifetime(copy bytes)
  package init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    self.bytes = bytes
    self.end = min(max(range.upperBound, 0), bytes.count)
    self.position = min(max(range.lowerBound, 0), self.end)
  }

  /// The next element; nil behind the last.
  @_lifetime(self: copy self)
  package mutating func next() -> Range<Int>? {
    while position < end {
      let element = trimmed(position..<endOfElement())
      position += 1
      if !element.isEmpty { return element }
    }
    return nil
  }

  @_lifetime(self: copy self)
  private mutating func endOfElement() -> Int {
    var isQuoted = false
    var isBracketed = false
    var comments = 0
    while position < end {
      switch bytes[position] {
      case UInt8(ascii: "\\") where isQuoted || comments > 0: position += 1
      case UInt8(ascii: "\"") where comments == 0: isQuoted.toggle()
      case _ where isQuoted: break
      case UInt8(ascii: "("): comments += 1
      case UInt8(ascii: ")") where comments > 0: comments -= 1
      case _ where comments > 0: break
      case UInt8(ascii: "<"): isBracketed = true
      case UInt8(ascii: ">"): isBracketed = false
      case UInt8(ascii: ",") where !isBracketed: return position
      default: break
      }
      position += 1
    }
    position = end
    return end
  }

  private func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (lower, upper) = (range.lowerBound, range.upperBound)
    while lower < upper, bytes[lower] <= UInt8(ascii: " ") { lower += 1 }
    while upper > lower, bytes[upper - 1] <= UInt8(ascii: " ") { upper -= 1 }
    return lower..<upper
  }
}
