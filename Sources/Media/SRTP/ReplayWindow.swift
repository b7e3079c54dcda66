/// Which indices have been there: the newest and those shortly before it (RFC 3711 §3.3.2).
///
/// A ring of bits, one for an index: nothing is shifted when the window moves, only the words that it enters are cleared.
/// One word more than the window is long keeps its old end apart from its new one.
package struct ReplayWindow<let words: Int>: Sendable {
  /// What is to be thought of an index.
  package enum Verdict: Sendable, Hashable {
    case new
    case replayed
    case tooOld
  }

  /// How far behind the newest index an index may be.
  package static var size: Int { (words - 1) * 64 }

  private var bits = InlineArray<words, UInt64>(repeating: 0)
  /// The newest index plus one; 0 before the first.
  private var end: UInt64 = 0

  /// A window that has seen nothing.
  package init() {}

  /// The newest index; nil before the first.
  @inline(__always)
  package var highest: UInt64? { end == 0 ? nil : end &- 1 }

  /// Whether an index is new. Nothing changes.
  @inline(__always)
  package func judge(_ index: UInt64) -> Verdict {
    if index >= end { return .new }
    if end &- 1 &- index >= UInt64(Self.size) { return .tooOld }
    return bits[place(index)] >> (index & 63) & 1 == 0 ? .new : .replayed
  }

  /// Counts an index, which is new and below 2⁶⁴ − 1, as seen.
  @inline(__always)
  package mutating func insert(_ index: UInt64) {
    if index >= end {
      // The words between the newest index's and this one's are entered.
      var word = end == 0 ? index >> 6 : ((end &- 1) >> 6) &+ 1
      let last = index >> 6
      if last >= word {
        if last &- word >= UInt64(words) { word = last &- UInt64(words) &+ 1 }
        while word <= last {
          bits[Int(truncatingIfNeeded: word % UInt64(words))] = 0
          word &+= 1
        }
      }
      end = index &+ 1
    }
    bits[place(index)] |= 1 << (index & 63)
  }

  @inline(__always)
  private func place(_ index: UInt64) -> Int { Int(truncatingIfNeeded: (index >> 6) % UInt64(words)) }
}
