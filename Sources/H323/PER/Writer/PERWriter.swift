import Wire

/// Writes the aligned variant of the basic packed encoding rules (X.691), bit by bit.
///
/// What is written before its value is known, such as the bits that say which components are there, is written as zeros
/// and set later. A write that fails leaves the writer with a part of a value; nothing useful can be written after it.
@frozen
public struct PERWriter: Sendable {
  @usableFromInline var octets: [UInt8] = []
  @usableFromInline var bits = 0
  @usableFromInline var depth = 0

  /// What has been written; the last octet may be filled in part, and is then filled up with zeros.
  @inlinable public var bytes: [UInt8] { octets }

  /// The number of bits written.
  @inlinable public var bitOffset: Int { bits }

  /// An empty writer with room for so many octets.
  @inlinable
  public init(reserving capacity: Int = 256) {
    octets.reserveCapacity(capacity)
  }

  /// The whole encoding: whole octets, at least one (X.691 §11.1).
  @inlinable
  public consuming func finish() -> [UInt8] {
    octets.isEmpty ? [0] : octets
  }

  /// Forgets what was written and keeps the storage.
  @inlinable
  public mutating func removeAll() {
    octets.removeAll(keepingCapacity: true)
    bits = 0
  }

  /// An error at the present place.
  @inlinable
  public func error(_ reason: PERError.Reason) -> PERError { PERError(reason, at: bitOffset) }

  /// Fills up the present octet with zeros.
  @inlinable
  public mutating func align() {
    bits = octets.count &* 8
  }

  /// Writes one bit.
  @inlinable
  public mutating func writeBit(_ bit: Bool) {
    writeBits(bit ? 1 : 0, 1)
  }

  /// Writes the low bits of a number, 0 to 64 of them, most significant first.
  @inlinable
  public mutating func writeBits(_ value: UInt64, _ count: Int) {
    var left = count
    let used = bitOffset & 7
    bits &+= count
    if used != 0 {
      let room = 8 &- used
      let taken = min(room, left)
      left &-= taken
      let part = UInt8(truncatingIfNeeded: value >> UInt64(left)) & (0xFF >> UInt8(truncatingIfNeeded: 8 &- taken))
      octets[octets.count &- 1] |= part << UInt8(truncatingIfNeeded: room &- taken)
    }
    while left >= 8 {
      left &-= 8
      octets.append(UInt8(truncatingIfNeeded: value >> UInt64(left)))
    }
    if left > 0 { octets.append(UInt8(truncatingIfNeeded: value << UInt64(8 &- left))) }
  }

  /// Writes the low octets of a number, most significant first, from the next octet boundary on.
  @inlinable
  public mutating func writeAlignedUInt(_ value: UInt64, octets count: Int) {
    octets.append(bigEndian: value, octets: count)
    bits = octets.count &* 8
  }

  /// Writes octets from the next octet boundary on; for an empty string nothing is aligned.
  @inlinable
  public mutating func writeAligned(_ string: [UInt8]) {
    guard !string.isEmpty else { return }
    octets.append(contentsOf: string)
    bits = octets.count &* 8
  }

  /// Sets a bit that was written as 0.
  @inlinable
  mutating func setBit(at offset: Int) {
    octets[offset >> 3] |= 0x80 >> UInt8(truncatingIfNeeded: offset & 7)
  }

  /// Runs `body` one level deeper; for types that contain themselves.
  @inlinable
  public mutating func nested(_ body: (inout PERWriter) throws(PERError) -> Void) throws(PERError) {
    guard depth < PERLimits.maxDepth else { throw error(.limitExceeded) }
    depth &+= 1
    try body(&self)
    depth &-= 1
  }
}
