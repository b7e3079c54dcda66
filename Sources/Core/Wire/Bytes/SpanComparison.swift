extension Span where Element == UInt8 {
  /// Whether both hold the same bytes. It ends at the first that differs: for secrets there is ``constantTimeEquals(_:_:)``.
  @inlinable
  public func isEqual(to other: Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    for index in indices where self[index] != other[index] { return false }
    return true
  }
}
