import Wire

/// An OBJECT IDENTIFIER, kept as the contents octets of its basic encoding (X.690 §8.19).
public struct ObjectIdentifier: Sendable, Hashable {
  /// The contents octets.
  public let contents: [UInt8]

  /// The identifier with these contents octets; nil when they are none: empty, cut short, or an arc with leading zeros or
  /// of more than 63 bits.
  public init?(contents: Span<UInt8>) {
    guard contents.count > 0 else { return nil }
    var isStart = true
    var length = 0
    for index in contents.indices {
      let octet = contents[index]
      if isStart, octet == 0x80 { return nil }
      length = isStart ? 1 : length + 1
      guard length <= 9 else { return nil }
      isStart = octet < 0x80
    }
    guard isStart else { return nil }
    self.contents = [UInt8](copying: contents)
  }

  /// The identifier with these arcs; nil when there are fewer than two, the first is beyond 2 or the second beyond 39
  /// where the first is below 2, or one has more than 62 bits.
  public init?(arcs: [UInt64]) {
    guard arcs.count >= 2, arcs[0] <= 2, arcs[0] == 2 || arcs[1] < 40 else { return nil }
    guard arcs.allSatisfy({ $0 < 1 << 62 }) else { return nil }
    var contents: [UInt8] = []
    Self.append(arcs[0] * 40 + arcs[1], to: &contents)
    for arc in arcs[2...] { Self.append(arc, to: &contents) }
    self.contents = contents
  }

  /// `itu-t(0) recommendation(0)`, the root of what the ITU numbers.
  public static let itu = ObjectIdentifier(known: [0])

  private init(known contents: [UInt8]) {
    self.contents = contents
  }

  private static func append(_ arc: UInt64, to contents: inout [UInt8]) {
    let groups = max(1, (64 - arc.leadingZeroBitCount + 6) / 7)
    for group in stride(from: groups - 1, through: 0, by: -1) {
      let low = UInt8(truncatingIfNeeded: arc >> UInt64(group * 7)) & 0x7F
      contents.append(group == 0 ? low : low | 0x80)
    }
  }

  /// The arcs, at least two.
  public var arcs: [UInt64] {
    var arcs: [UInt64] = []
    var value: UInt64 = 0
    for octet in contents {
      value = value << 7 | UInt64(octet & 0x7F)
      guard octet < 0x80 else { continue }
      if arcs.isEmpty {
        let first = min(2, value / 40)
        arcs = [first, value - first * 40]
      } else {
        arcs.append(value)
      }
      value = 0
    }
    return arcs
  }
}

extension ObjectIdentifier: PERValue {
  /// Reads an OBJECT IDENTIFIER.
  @inlinable
  public init(from reader: inout PERReader) throws(PERError) {
    self = try reader.readObjectIdentifier()
  }

  /// Writes an OBJECT IDENTIFIER.
  @inlinable
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try writer.writeObjectIdentifier(self)
  }
}

extension ObjectIdentifier: CustomStringConvertible {
  /// `0.0.8.2250.0.4`.
  public var description: String { arcs.map { String($0) }.joined(separator: ".") }
}
