import Wire

/// A digest or MAC of 32 bytes, inline. Comparing two takes the same time wherever they differ.
public struct Digest32: Sendable, Hashable {
  /// The bytes.
  public let bytes: InlineArray<32, UInt8>

  /// A digest of these bytes.
  public init(_ bytes: InlineArray<32, UInt8>) {
    self.bytes = bytes
  }

  /// A digest of these bytes; nil when there are not 32.
  public init?(_ span: Span<UInt8>) {
    guard span.count == 32 else { return nil }
    bytes = InlineArray { span[$0] }
  }

  /// The bytes, borrowed.
  public var span: Span<UInt8> {
    @_lifetime(borrow self)
    get { bytes.span }
  }

  /// The bytes, copied.
  public var array: [UInt8] {
    [UInt8](copying: bytes.span)
  }

  /// 64 lower-case hex digits.
  public var hex: String { Hex.encode(span) }

  /// The first eight bytes as a number, most significant first: a short MAC for cookies.
  public var prefix64: UInt64 {
    var value: UInt64 = 0
    for index in 0..<8 { value = value << 8 | UInt64(bytes[index]) }
    return value
  }

  /// Whether both are the same, in constant time.
  public static func == (left: Digest32, right: Digest32) -> Bool {
    constantTimeEquals(left.span, right.span)
  }

  /// Hashes the first eight bytes, which are as good as random.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(prefix64)
  }
}
