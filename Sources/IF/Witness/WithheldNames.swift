import Wire

/// ``WitnessLimits/withheldDetails``, found without hashing: every member of every record is looked up, written and read.
enum WithheldNames {
  private static let names: [[UInt8]] = WitnessLimits.withheldDetails.map { Array($0.utf8) }

  /// For each first byte, modulo 32, the lengths of the names, modulo 32, as bits: few other names have both.
  private static let shapes: InlineArray<32, UInt32> = {
    var shapes = InlineArray<32, UInt32>(repeating: 0)
    for name in names where !name.isEmpty { shapes[Int(name[0] & 31)] |= 1 << UInt32(name.count & 31) }
    return shapes
  }()

  /// Whether a member of this name is never written.
  static func contain(_ name: Span<UInt8>) -> Bool {
    guard !name.isEmpty, shapes[Int(name[0] & 31)] >> UInt32(name.count & 31) & 1 == 1 else { return false }
    return names.contains { name.isEqual(to: $0.span) }
  }
}
