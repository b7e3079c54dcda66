/// A parameter's name as three numbers: its length, its first eight bytes in lower case, the first one lowest, and its
/// last byte.
///
/// Token characters fold exactly (no two of them but the cases of a letter differ in bit 0x20 alone), so up to nine bytes
/// two names are the same if and only if their keys are equal; `transport`, the longest one here, has nine.
package struct ParameterKey: Sendable, Equatable {
  private var word: UInt64 = 0
  private var last: UInt8 = 0
  private var count: Int32 = 0

  /// The key of the empty name.
  @inline(__always)
  init() {}

  /// The key of the name at `range`.
  @inline(__always)
  init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    let length = range.count
    word = bytes.word(at: range.lowerBound) | .everyByte(0x20)
    if length < 8 { word &= (1 &<< UInt64(truncatingIfNeeded: length &* 8)) &- 1 }
    if length > 0 { last = bytes[range.upperBound &- 1] | 0x20 }
    count = Int32(truncatingIfNeeded: length)
  }

  /// Adds the next byte of a name.
  @inline(__always)
  mutating func append(_ byte: UInt8) {
    if count < 8 { word |= UInt64(byte | 0x20) &<< UInt64(truncatingIfNeeded: count &* 8) }
    last = byte | 0x20
    count &+= 1
  }

  // Each of these is a constant in the compiled code: the optimiser runs the loop of `init(of:)`.
  @inline(__always) package static var alias: ParameterKey { ParameterKey(of: "alias") }
  @inline(__always) package static var branch: ParameterKey { ParameterKey(of: "branch") }
  @inline(__always) package static var lr: ParameterKey { ParameterKey(of: "lr") }
  @inline(__always) package static var maddr: ParameterKey { ParameterKey(of: "maddr") }
  @inline(__always) package static var method: ParameterKey { ParameterKey(of: "method") }
  @inline(__always) package static var received: ParameterKey { ParameterKey(of: "received") }
  @inline(__always) package static var rport: ParameterKey { ParameterKey(of: "rport") }
  @inline(__always) package static var tag: ParameterKey { ParameterKey(of: "tag") }
  @inline(__always) package static var transport: ParameterKey { ParameterKey(of: "transport") }
  @inline(__always) package static var ttl: ParameterKey { ParameterKey(of: "ttl") }
  @inline(__always) package static var user: ParameterKey { ParameterKey(of: "user") }
}
