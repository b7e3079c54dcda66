import Wire

// Call keys outside the process: how the operator names a call. They mean something until the process ends.
extension CallKey: Comparable, CustomStringConvertible {
  /// 32 lower-case hex digits.
  public var description: String {
    var text: [UInt8] = []
    text.reserveCapacity(32)
    Hex.append(high, to: &text)
    Hex.append(low, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// The key of that text; nil for anything but 32 hex digits.
  public init?(_ text: String) {
    guard text.utf8.count == 32, text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
      let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
    else { return nil }
    self.high = high
    self.low = low
  }

  /// Some order, always the same.
  public static func < (left: CallKey, right: CallKey) -> Bool { (left.high, left.low) < (right.high, right.low) }
}
