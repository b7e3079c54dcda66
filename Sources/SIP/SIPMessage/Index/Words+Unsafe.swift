// The one place where the index reads bytes without `Span`'s own check: eight at a time.
//
// Why this is sound: the branch before the load proves `0 <= position` and `position + 8 <= count`, so all eight bytes
// belong to the span, which keeps them alive and unchanged for the call. `UInt64` has no invalid bit pattern and the load
// asks for no alignment. Everything the branch refuses goes byte by byte through the checked subscript.

extension Span where Element == UInt8 {
  /// The eight bytes from `position` on, the first one lowest; zeros stand where the span has ended.
  @inline(__always)
  func word(at position: Int) -> UInt64 {
    if position >= 0, position <= count &- 8 {
      return unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self))
    }
    return lastWord(at: position)
  }

  @inline(never)
  private func lastWord(at position: Int) -> UInt64 {
    var word: UInt64 = 0
    var offset = position
    while offset >= 0, offset < count {
      word |= UInt64(self[offset]) &<< UInt64((offset - position) * 8)
      offset += 1
    }
    return word
  }
}
