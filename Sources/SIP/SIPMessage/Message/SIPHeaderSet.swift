/// A set of header names in two words.
struct SIPHeaderSet: Sendable, Equatable {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  /// The empty set.
  init() {}

  /// The set of `names`.
  init(_ names: SIPHeaderName...) {
    for name in names { insert(name) }
  }

  /// Whether nothing is in it.
  var isEmpty: Bool { low | high == 0 }

  /// Whether `name` is in it.
  @inline(__always)
  func contains(_ name: SIPHeaderName) -> Bool {
    let word = name.rawValue & 0x40 == 0 ? low : high
    return (word &>> UInt64(name.rawValue & 0x3F)) & 1 != 0
  }

  /// Adds `name`; true when it was there already.
  @inline(__always)
  @discardableResult
  mutating func insert(_ name: SIPHeaderName) -> Bool {
    let bit: UInt64 = 1 &<< UInt64(name.rawValue & 0x3F)
    if name.rawValue & 0x40 == 0 {
      defer { low |= bit }
      return low & bit != 0
    }
    defer { high |= bit }
    return high & bit != 0
  }

  /// Takes `name` out.
  mutating func remove(_ name: SIPHeaderName) {
    let bit: UInt64 = 1 &<< UInt64(name.rawValue & 0x3F)
    if name.rawValue & 0x40 == 0 { low &= ~bit } else { high &= ~bit }
  }

  /// What is in both.
  func intersection(_ other: SIPHeaderSet) -> SIPHeaderSet {
    var both = SIPHeaderSet()
    both.low = low & other.low
    both.high = high & other.high
    return both
  }
}
