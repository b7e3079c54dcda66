// The places where the parser reads bytes without `Span`'s own check of every access: words and blocks.
//
// Why this is sound: every load below stands behind a comparison that proves its bytes to be inside the span, which keeps
// them alive and unchanged for the call:
// - `word(at:)` and `control(from:)` know that the position is not negative, and that it is at most `count - 8` or
//   `count - 16`;
// - `lastWord(at:)` loads the last eight bytes where there are eight.
// Integers and vectors of integers have no invalid bit patterns, and the loads ask for no alignment.

extension Span where Element == UInt8 {
  /// The eight bytes from `position` on, the first one lowest; zeros stand where the span has ended.
  @inline(__always)
  func word(at position: Int) -> UInt64 {
    if position >= 0, position <= count &- 8 {
      return unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self))
    }
    return lastWord(at: position)
  }

  /// Where the first byte below 0x20 stands from `position` on; `count` when there is none.
  @inline(never)
  func control(from position: Int) -> Int {
    precondition(position >= 0, "a position before the bytes")
    var cursor = position
    let raw = unsafe bytes
    while cursor <= count &- 16 {
      let block = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: cursor, as: SIMD16<UInt8>.self)
      // Bit 7 of every byte below 0x20, exactly: no borrow runs between the lanes.
      let marks = (block &- SIMD16(repeating: 0x20)) & ~block & SIMD16(repeating: 0x80)
      let halves = unsafe unsafeBitCast(marks, to: SIMD2<UInt64>.self)
      if halves[0] | halves[1] != 0 {
        return halves[0] != 0
          ? cursor &+ UInt64(littleEndian: halves[0]).firstMark
          : cursor &+ 8 &+ UInt64(littleEndian: halves[1]).firstMark
      }
      cursor &+= 16
    }
    while cursor < count, self[cursor] >= 0x20 { cursor &+= 1 }
    return min(cursor, count)
  }

  /// The same where fewer than eight bytes are left: the end of the last whole word there is.
  @inline(never)
  private func lastWord(at position: Int) -> UInt64 {
    guard position >= 0, position < count else { return 0 }
    if count >= 8 {
      let start = count &- 8
      let word = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: UInt64.self)
      return UInt64(littleEndian: word) &>> UInt64(truncatingIfNeeded: (position &- start) &* 8)
    }
    var word: UInt64 = 0
    for offset in position..<count { word |= UInt64(self[offset]) &<< UInt64((offset &- position) &* 8) }
    return word
  }
}
