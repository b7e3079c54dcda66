/// The `traceparent` header of an HTTP request: in which trace it stands, and whose span it is (W3C Trace Context, level 1,
/// §3.2).
///
///     00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
///     ╰┤ ╰──────────── trace-id ─────────╯ ╰─ parent-id ─╯ ╰┤
///     version                                               flags
///
/// A value of this type is valid: neither identifier is all zeros. Of the flags only `sampled` has a meaning; the others
/// are not handed on (§3.2.2.5.2).
public struct TraceParent: Sendable, Hashable, CustomStringConvertible {
  /// The trace-id as two words, the first half first.
  public let traceWords: Words
  /// The parent-id: the span of whoever sends the request.
  public let parentID: UInt64
  /// Whether the sender may have recorded trace data.
  public let isSampled: Bool

  /// 128 bits.
  public struct Words: Sendable, Hashable {
    /// The first eight bytes, most significant first.
    public let high: UInt64
    /// The last eight bytes.
    public let low: UInt64
  }

  /// What a request of ours says; nil when an identifier is all zeros.
  public init?(traceID: (high: UInt64, low: UInt64), parentID: UInt64, isSampled: Bool = true) {
    guard traceID.high | traceID.low != 0, parentID != 0 else { return nil }
    traceWords = Words(high: traceID.high, low: traceID.low)
    self.parentID = parentID
    self.isSampled = isSampled
  }

  /// The same with a trace-id as text, which a call's trace_id is where we have made it; nil when it is none: 32 lower-case
  /// hex digits, not all zeros.
  public init?(traceID text: String, parentID: UInt64, isSampled: Bool = true) {
    let utf8 = text.utf8
    let bytes = utf8.span
    guard bytes.count == 32, let high = Self.word(bytes, 0..<16), let low = Self.word(bytes, 16..<32) else {
      return nil
    }
    self.init(traceID: (high, low), parentID: parentID, isSampled: isSampled)
  }

  /// Reads a header's value; nil when it is not valid, and then it counts as not there (§4.3).
  public init?(_ text: String) {
    let utf8 = text.utf8
    self.init(parsing: utf8.span)
  }

  /// Reads a header's value from ASCII bytes, as `init(_:)` does.
  ///
  /// Version 00 has exactly these four fields. A later one may have more behind a dash, which is not looked at (§4.3);
  /// version ff is none.
  public init?(parsing bytes: Span<UInt8>) {
    guard bytes.count >= Self.byteCount, bytes[2] == Self.dash, bytes[35] == Self.dash, bytes[52] == Self.dash,
      let version = Self.word(bytes, 0..<2), version != 0xFF,
      let high = Self.word(bytes, 3..<19), let low = Self.word(bytes, 19..<35),
      let parent = Self.word(bytes, 36..<52), let flags = Self.word(bytes, 53..<55)
    else { return nil }
    if bytes.count > Self.byteCount { guard version > 0, bytes[Self.byteCount] == Self.dash else { return nil } }
    self.init(traceID: (high, low), parentID: parent, isSampled: flags & 1 == 1)
  }

  /// The trace-id: 32 lower-case hex digits, which is a trace_id by our own grammar too.
  public var traceID: String { Hex.encode(traceWords.high) + Hex.encode(traceWords.low) }

  /// The header's value, version 00.
  public var description: String { "00-\(traceID)-\(Hex.encode(parentID))-\(isSampled ? "01" : "00")" }

  /// The same trace with a span of ours, which the driver makes up at random; 0 becomes 1.
  public func continued(by span: UInt64) -> TraceParent {
    TraceParent(continuing: self, parentID: span == 0 ? 1 : span)
  }

  private init(continuing other: TraceParent, parentID: UInt64) {
    traceWords = other.traceWords
    isSampled = other.isSampled
    self.parentID = parentID
  }

  /// Bytes of a value of version 00.
  public static let byteCount = 55
  private static let dash = UInt8(ascii: "-")

  /// At most sixteen lower-case hex digits as a number.
  private static func word(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64? {
    var word: UInt64 = 0
    for index in range {
      switch bytes[index] {
      case 0x30...0x39, 0x61...0x66: word = word << 4 | UInt64(Hex.value(of: bytes[index]) ?? 0)
      default: return nil
      }
    }
    return word
  }
}
