// Comparing bytes of a message with words known at compile time.
//
// Why this is sound: `StaticString.utf8Start` is valid for reading `utf8CodeUnitCount` bytes for the life of the process
// when `hasPointerRepresentation` holds, which it does for every literal of more than one scalar and for every literal
// written as a string; the loop reads exactly that many. The message's side goes through `Span`, which checks itself.

extension Span where Element == UInt8 {
  /// Whether the bytes at `range` are `text`, letters without case. `text` must be lower case ASCII.
  package func matchesIgnoringCase(_ range: Range<Int>, _ text: StaticString) -> Bool {
    guard text.hasPointerRepresentation, range.count == text.utf8CodeUnitCount, range.lowerBound >= 0,
      range.upperBound <= count
    else { return false }
    let start = unsafe text.utf8Start
    for offset in 0..<text.utf8CodeUnitCount {
      let expected = unsafe start[offset]
      let byte = self[range.lowerBound + offset]
      if byte.asciiLowercased != expected { return false }
    }
    return true
  }

  /// Whether the bytes at `range` are `text`, letters without case on both sides.
  package func isEqualIgnoringCase(_ range: Range<Int>, _ text: StaticString) -> Bool {
    guard text.hasPointerRepresentation, range.count == text.utf8CodeUnitCount, range.lowerBound >= 0,
      range.upperBound <= count
    else { return false }
    let start = unsafe text.utf8Start
    for offset in 0..<text.utf8CodeUnitCount {
      let (expected, byte) = (unsafe start[offset], self[range.lowerBound + offset])
      if expected.asciiLowercased != byte.asciiLowercased { return false }
    }
    return true
  }

  /// Whether the bytes at `range` are exactly `text`.
  package func matches(_ range: Range<Int>, _ text: StaticString) -> Bool {
    guard text.hasPointerRepresentation, range.count == text.utf8CodeUnitCount, range.lowerBound >= 0,
      range.upperBound <= count
    else { return false }
    let start = unsafe text.utf8Start
    for offset in 0..<text.utf8CodeUnitCount where unsafe self[range.lowerBound + offset] != start[offset] {
      return false
    }
    return true
  }
}

extension ParameterKey {
  /// The key of a lower-case name.
  @inline(__always)
  package init(of name: StaticString) {
    self.init()
    let start = unsafe name.utf8Start
    var offset = 0
    while offset < name.utf8CodeUnitCount {
      unsafe append(start[offset])
      offset &+= 1
    }
  }
}

extension FieldScanner {
  /// Reads the next bytes if they are `text`, letters without case: lower case letters and `=`, at most nine.
  ///
  /// Both sides are words, and the literal's are constants in the compiled code.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func skip(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    var value: UInt64 = 0
    var letters: UInt64 = 0
    var offset = 0
    while offset < count, offset < 8 {
      let byte = unsafe text.utf8Start[offset]
      value |= UInt64(byte) &<< UInt64(truncatingIfNeeded: offset &* 8)
      if byte != UInt8(ascii: "=") { letters |= 0x20 &<< UInt64(truncatingIfNeeded: offset &* 8) }
      offset &+= 1
    }
    let mask: UInt64 = count < 8 ? (1 &<< UInt64(truncatingIfNeeded: count &* 8)) &- 1 : .max
    guard (bytes.word(at: position) | letters) & mask == value, end &- position >= count else { return false }
    if count == 9, unsafe bytes[position &+ 8] != text.utf8Start[8] { return false }
    position &+= count
    return true
  }
}
