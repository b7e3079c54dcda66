/// A value that knows whether somebody has had it in hand, to change it.
struct Watched<Value: ~Copyable>: ~Copyable {
  private var held: Value
  private var isInHand = true

  init(_ value: consuming Value) { held = value }

  var value: Value {
    _read { yield held }
    _modify {
      isInHand = true
      yield &held
    }
  }

  /// Whether anybody has since this was last asked.
  mutating func wasInHand() -> Bool {
    defer { isInHand = false }
    return isInHand
  }
}
