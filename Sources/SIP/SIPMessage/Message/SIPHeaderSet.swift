/// A set of header names in one word.
///
/// The first 63 names have a bit each; all others share the last bit, so for them the set says "perhaps". Whoever asks
/// looks at the entries then anyway. `SIPHeaderName` puts those in front that every message has or that may be there once.
struct SIPHeaderSet: Sendable, Equatable {
  private var bits: UInt64 = 0

  /// The empty set.
  @inline(__always)
  init() {}

  /// The set of `names`.
  init(_ names: SIPHeaderName...) {
    for name in names { bits |= SIPHeaderSet.bit(name) }
  }

  @inline(__always)
  private static func bit(_ name: SIPHeaderName) -> UInt64 { 1 &<< UInt64(min(name.rawValue, 63)) }

  /// Whether nothing is in it.
  var isEmpty: Bool {
    @inline(__always) get { bits == 0 }
  }

  /// Whether `name` may be in it; for the first 63 names, whether it is.
  @inline(__always)
  func mayContain(_ name: SIPHeaderName) -> Bool { bits & SIPHeaderSet.bit(name) != 0 }

  /// Whether all of `other` is in it.
  @inline(__always)
  func isSuperset(of other: SIPHeaderSet) -> Bool { other.bits & ~bits == 0 }

  /// Adds `name`, and to `repeated` when it was there already.
  @inline(__always)
  mutating func insert(_ name: SIPHeaderName, repeated: inout SIPHeaderSet) {
    let bit = SIPHeaderSet.bit(name)
    repeated.bits |= bits & bit
    bits |= bit
  }

  /// What is in both.
  func intersection(_ other: SIPHeaderSet) -> SIPHeaderSet {
    var both = SIPHeaderSet()
    both.bits = bits & other.bits
    return both
  }
}
