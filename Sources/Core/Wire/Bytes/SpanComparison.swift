extension Span where Element == UInt8 {
  /// Whether both hold the same bytes. It ends at the first that differ: for secrets there is ``constantTimeEquals(_:_:)``.
  @inlinable
  public func isEqual(to other: Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    var index = 0
    while count &- index >= 8 {
      guard littleEndianUInt64(at: index) == other.littleEndianUInt64(at: index) else { return false }
      index &+= 8
    }
    while index < count {
      guard self[index] == other[index] else { return false }
      index &+= 1
    }
    return true
  }
}
