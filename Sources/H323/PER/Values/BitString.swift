/// A BIT STRING.
public struct BitString: Sendable, Hashable {
  /// The bits, the first in the highest place of the first octet; unused places are 0.
  public let octets: [UInt8]

  /// The number of bits.
  public let count: Int

  /// The first `count` bits of these octets; too few octets are filled up with zeros, unused places are cleared.
  public init(octets: [UInt8], count: Int) {
    self.count = max(0, count)
    let needed = (self.count + 7) / 8
    var octets = Array(octets.prefix(needed))
    while octets.count < needed { octets.append(0) }
    let unused = needed * 8 - self.count
    if unused > 0, let last = octets.indices.last { octets[last] &= 0xFF << UInt8(truncatingIfNeeded: unused) }
    self.octets = octets
  }

  /// The bit; false beyond the end.
  public subscript(index: Int) -> Bool {
    guard index >= 0, index < count else { return false }
    return octets[index / 8] & (0x80 >> UInt8(truncatingIfNeeded: index % 8)) != 0
  }
}
