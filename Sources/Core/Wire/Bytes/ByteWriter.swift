/// Writes integers in network order and byte strings into one growing array.
///
/// A limit bounds the array: a write beyond it is an error and writes nothing, so that a peer's request can never
/// make an answer of unbounded size.
public struct ByteWriter: Sendable {
  /// What has been written.
  public private(set) var bytes: [UInt8]

  /// The most bytes that may be written.
  public let maximum: Int

  /// An empty writer with a limit in bytes.
  public init(maximum: Int = .max, reserving capacity: Int = 0) {
    bytes = []
    bytes.reserveCapacity(min(capacity, maximum))
    self.maximum = maximum
  }

  /// Bytes written so far.
  public var count: Int { bytes.count }

  /// Forgets what was written and keeps the storage.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
  }

  /// Writes one byte.
  public mutating func write(_ value: UInt8) throws(WireError) {
    try writeInteger(UInt64(value), count: 1)
  }

  /// Writes two bytes, most significant first.
  public mutating func write(_ value: UInt16) throws(WireError) {
    try writeInteger(UInt64(value), count: 2)
  }

  /// Writes the low three bytes, most significant first; a larger value is an error.
  public mutating func write(uint24 value: UInt32) throws(WireError) {
    guard value < 1 << 24 else { throw WireError(.limitExceeded, at: bytes.count) }
    try writeInteger(UInt64(value), count: 3)
  }

  /// Writes four bytes, most significant first.
  public mutating func write(_ value: UInt32) throws(WireError) {
    try writeInteger(UInt64(value), count: 4)
  }

  /// Writes eight bytes, most significant first.
  public mutating func write(_ value: UInt64) throws(WireError) {
    try writeInteger(value, count: 8)
  }

  /// Writes bytes as they are.
  public mutating func write(_ span: Span<UInt8>) throws(WireError) {
    try checkRoom(span.count)
    bytes.append(copying: span)
  }

  /// Writes bytes as they are.
  public mutating func write(_ array: [UInt8]) throws(WireError) {
    try checkRoom(array.count)
    bytes.append(contentsOf: array)
  }

  /// Writes a length of `lengthBytes` (1 to 8) bytes, then the bytes.
  public mutating func writePrefixed(_ span: Span<UInt8>, lengthBytes: Int) throws(WireError) {
    guard lengthBytes >= 8 || UInt64(span.count) < 1 << UInt64(lengthBytes * 8) else {
      throw WireError(.limitExceeded, at: bytes.count)
    }
    try checkRoom(lengthBytes + span.count)
    try writeInteger(UInt64(span.count), count: lengthBytes)
    try write(span)
  }

  private mutating func writeInteger(_ value: UInt64, count: Int) throws(WireError) {
    try checkRoom(count)
    var shift = UInt64(count) * 8
    while shift > 0 {
      shift -= 8
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  private func checkRoom(_ count: Int) throws(WireError) {
    guard count <= maximum - bytes.count else { throw WireError(.limitExceeded, at: bytes.count) }
  }
}
