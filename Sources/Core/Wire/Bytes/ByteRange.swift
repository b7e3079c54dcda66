/// A place in a message's bytes: two 32-bit offsets, `lower` up to but not including `upper`.
///
/// Eight bytes where `Range<Int>` has sixteen; an index of a message holds hundreds of them.
@frozen
public struct ByteRange: Sendable, Hashable {
  /// The first byte's offset.
  public var lower: UInt32

  /// The offset after the last byte.
  public var upper: UInt32

  /// The range of these offsets; `lower` must not be greater than `upper`.
  @inlinable
  public init(lower: UInt32, upper: UInt32) {
    precondition(lower <= upper, "a range ends before it starts")
    self.lower = lower
    self.upper = upper
  }

  /// The same range, narrower; the bounds must fit 32 bits.
  @inlinable
  public init(_ range: Range<Int>) {
    lower = UInt32(range.lowerBound)
    upper = UInt32(range.upperBound)
  }

  /// The empty range at the start.
  @inlinable
  public static var zero: ByteRange { ByteRange(lower: 0, upper: 0) }

  /// The number of bytes.
  @inlinable
  public var count: Int { Int(upper) &- Int(lower) }

  /// Whether no byte is in it.
  @inlinable
  public var isEmpty: Bool { lower == upper }

  /// `lower` as the standard library's index type.
  @inlinable
  public var lowerBound: Int { Int(lower) }

  /// `upper` as the standard library's index type.
  @inlinable
  public var upperBound: Int { Int(upper) }

  /// The same range as the standard library's type.
  @inlinable
  public var range: Range<Int> { Int(lower)..<Int(upper) }

  /// Whether both are the same place.
  @inlinable
  public static func == (left: ByteRange, right: ByteRange) -> Bool {
    left.lower == right.lower && left.upper == right.upper
  }

  /// Whether the offset lies inside.
  @inlinable
  public func contains(_ offset: Int) -> Bool { offset >= Int(lower) && offset < Int(upper) }

  /// This range moved by so many bytes; the result must fit.
  @inlinable
  public func shifted(by delta: Int) -> ByteRange {
    ByteRange(lower: UInt32(Int(lower) + delta), upper: UInt32(Int(upper) + delta))
  }
}

extension ByteRange: CustomStringConvertible {
  /// `4..<9`.
  public var description: String { "\(lower)..<\(upper)" }
}

extension Range where Bound == Int {
  /// The same range as the standard library's type.
  @inlinable
  public init(_ range: ByteRange) {
    self = range.range
  }
}

extension Span where Element == UInt8 {
  /// The bytes at a place; it must lie inside.
  @inlinable
  @_lifetime(copy self)
  public func extracting(_ range: ByteRange) -> Span<UInt8> {
    extracting(range.range)
  }
}
