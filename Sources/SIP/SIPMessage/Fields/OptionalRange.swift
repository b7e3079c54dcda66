import Wire

/// A `ByteRange?` in eight bytes: typed fields hold half a dozen of them and are copied on the hot path, where the byte
/// that says "nil" would cost four.
struct OptionalRange: Sendable, Hashable {
  private var lower = UInt32.max
  private var upper = UInt32.max

  /// No range.
  static var none: OptionalRange { OptionalRange() }

  @inline(__always)
  init() {}

  @inline(__always)
  init(at lower: Int, to upper: Int) {
    self.lower = UInt32(truncatingIfNeeded: lower)
    self.upper = UInt32(truncatingIfNeeded: upper)
  }

  @inline(__always)
  init(within range: Range<Int>) { self.init(at: range.lowerBound, to: range.upperBound) }

  /// Whether there is no range.
  var isNil: Bool {
    @inline(__always) get { upper == .max }
  }

  /// The range, if there is one. No message is so long that one could end at `UInt32.max`.
  var range: ByteRange? {
    @inline(__always) get { isNil ? nil : ByteRange(at: lower, to: upper) }
    set { self = newValue.map { OptionalRange(at: $0.lowerBound, to: $0.upperBound) } ?? .none }
  }
}
