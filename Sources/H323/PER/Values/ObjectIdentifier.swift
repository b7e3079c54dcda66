import Wire

/// An OBJECT IDENTIFIER, kept as the contents octets of its basic encoding (X.690 §8.19).
///
/// Those in use have 6 to 11 octets: up to 15 are kept in the value itself, so that nothing is allocated.
public struct ObjectIdentifier: Sendable, Hashable {
  /// The most octets that are kept in the value itself.
  private static let mostInline = 15

  /// The first eight octets in network order, zeros behind the last.
  private let high: UInt64
  /// The next seven octets likewise; the last octet of the word is their number, 0 when all of them are in ``long``.
  private let low: UInt64
  /// All the octets when there are more.
  private let long: [UInt8]?

  /// The contents octets.
  public var contents: [UInt8] {
    if let long { return long }
    var contents: [UInt8] = []
    contents.reserveCapacity(Int(low & 0xFF))
    for place in 0..<Int(low & 0xFF) {
      let word = place < 8 ? high : low
      contents.append(UInt8(truncatingIfNeeded: word >> UInt64(56 - (place & 7) * 8)))
    }
    return contents
  }

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
    self.init(known: contents)
  }

  /// The identifier with these contents octets, 1 to 8 of them, in front of a word whose other octets are 0.
  init?(word: UInt64, count: Int) {
    let high: UInt64 = 0x8080_8080_8080_8080
    let isContinued = word & high
    // The last octet of an arc has no bit in front.
    guard isContinued >> UInt64(64 &- count &* 8) & 0xFF == 0 else { return nil }
    // An arc begins where the octet before has none; 0x80 there is a leading zero.
    let hasOther = ((word & ~high) &+ ~high) & high
    guard isContinued & ~(isContinued >> 8) & ~hasOther == 0 else { return nil }
    self.init(high: word, low: UInt64(truncatingIfNeeded: count))
  }

  /// The identifier with these arcs; nil when there are fewer than two, the first is beyond 2 or the second beyond 39
  /// where the first is below 2, or one has more than 62 bits.
  public init?(arcs: [UInt64]) {
    guard arcs.count >= 2, arcs[0] <= 2, arcs[0] == 2 || arcs[1] < 40 else { return nil }
    guard arcs.allSatisfy({ $0 < 1 << 62 }) else { return nil }
    var contents: [UInt8] = []
    Self.append(arcs[0] * 40 + arcs[1], to: &contents)
    for arc in arcs[2...] { Self.append(arc, to: &contents) }
    self.init(known: contents.span)
  }

  /// `itu-t(0) recommendation(0)`, the root of what the ITU numbers.
  public static let itu = ObjectIdentifier(high: 0, low: 1)

  private init(high: UInt64, low: UInt64, long: [UInt8]? = nil) {
    self.high = high
    self.low = low
    self.long = long
  }

  private init(known contents: Span<UInt8>) {
    guard contents.count <= Self.mostInline else {
      self.init(high: 0, low: 0, long: [UInt8](copying: contents))
      return
    }
    var words: (high: UInt64, low: UInt64) = (0, UInt64(truncatingIfNeeded: contents.count))
    for place in contents.indices {
      let octet = UInt64(contents[place]) << UInt64(56 &- (place & 7) &* 8)
      if place < 8 { words.high |= octet } else { words.low |= octet }
    }
    self.init(high: words.high, low: words.low)
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

  /// Writes an OBJECT IDENTIFIER (X.691 §24): the contents octets with a length.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    if let long {
      try writer.writeLength(long.count, maximum: PERLimits.maxObjectIdentifierOctets)
      writer.writeAligned(long)
    } else {
      let count = Int(low & 0xFF)
      writer.writeFragmentLength(count)
      writer.writeAlignedUInt(high >> UInt64(max(0, 8 &- count) &* 8), octets: min(8, count))
      if count > 8 { writer.writeAlignedUInt(low >> UInt64((16 &- count) &* 8), octets: count &- 8) }
    }
  }
}

extension ObjectIdentifier: CustomStringConvertible {
  /// `0.0.8.2250.0.4`.
  public var description: String { arcs.map { String($0) }.joined(separator: ".") }
}
