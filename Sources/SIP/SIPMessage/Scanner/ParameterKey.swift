/// A parameter's name as two numbers: its length, and its last eight bytes in lower case, the last one lowest.
///
/// Comparing two is two instructions. Token characters fold exactly (no two of them but the cases of a letter differ in
/// bit 0x20 alone), so a name of at most eight bytes has a key of its own; of `transport`, the only longer one here, the
/// first byte is kept besides.
package struct ParameterKey: Sendable, Equatable {
  private var bytes: UInt64 = 0
  private var first: UInt8 = 0
  /// How many bytes the name has.
  package private(set) var count: Int32 = 0

  /// The key of the empty name.
  @inline(__always)
  init() {}

  /// Adds the next byte of a name.
  @inline(__always)
  mutating func append(_ byte: UInt8) {
    if count == 0 { first = byte | 0x20 }
    bytes = bytes &<< 8 | UInt64(byte | 0x20)
    count &+= 1
  }

  // Each of these is a constant in the compiled code: the optimiser runs the loop of `init(of:)`.
  @inline(__always) package static var alias: ParameterKey { ParameterKey(of: "alias") }
  @inline(__always) package static var branch: ParameterKey { ParameterKey(of: "branch") }
  @inline(__always) package static var expires: ParameterKey { ParameterKey(of: "expires") }
  @inline(__always) package static var lr: ParameterKey { ParameterKey(of: "lr") }
  @inline(__always) package static var maddr: ParameterKey { ParameterKey(of: "maddr") }
  @inline(__always) package static var method: ParameterKey { ParameterKey(of: "method") }
  @inline(__always) package static var q: ParameterKey { ParameterKey(of: "q") }
  @inline(__always) package static var received: ParameterKey { ParameterKey(of: "received") }
  @inline(__always) package static var rport: ParameterKey { ParameterKey(of: "rport") }
  @inline(__always) package static var tag: ParameterKey { ParameterKey(of: "tag") }
  @inline(__always) package static var transport: ParameterKey { ParameterKey(of: "transport") }
  @inline(__always) package static var ttl: ParameterKey { ParameterKey(of: "ttl") }
  @inline(__always) package static var user: ParameterKey { ParameterKey(of: "user") }
}
