import Wire

/// The name that ties the SIP, H.323, WebRTC, evidence and witness sides of one escalation together.
///
/// 1 to 64 characters of `A-Z a-z 0-9 . _ -`, kept as given; made by us as 32 lower-case hex digits, which is a W3C
/// trace-id (Trace Context §3.2.2.3) and so never all zeros. It is not unique: two calls with one trace_id are two
/// calls.
public struct TraceID: Sendable, Hashable, CustomStringConvertible {
  /// The longest there is.
  public static let maxBytes = 64

  /// The characters, as they were given.
  public let text: String

  /// Takes what a caller gave, if it is a trace_id.
  public init?(_ text: String) {
    guard Self.isTraceID(text.utf8) else { return nil }
    self.text = text
  }

  /// Whether these characters are a trace_id.
  public static func isTraceID(_ characters: some Collection<UInt8>) -> Bool {
    (1...maxBytes).contains(characters.count) && characters.allSatisfy(isAllowed)
  }

  /// Takes what a caller gave, if it is a trace_id.
  public init?(_ bytes: Span<UInt8>) {
    guard (1...Self.maxBytes).contains(bytes.count) else { return nil }
    for index in bytes.indices where !Self.isAllowed(bytes[index]) { return nil }
    guard let utf8 = try? UTF8Span(validating: bytes) else { return nil }
    text = String(copying: utf8)
  }

  /// Makes one of 128 random bits, which the driver has to supply.
  public init(random: (UInt64, UInt64)) {
    let isAllZeros = random.0 == 0 && random.1 == 0
    var digits: [UInt8] = []
    digits.reserveCapacity(32)
    Hex.append(random.0, to: &digits)
    Hex.append(isAllZeros ? 1 : random.1, to: &digits)
    text = String(decoding: digits, as: UTF8.self)
  }

  /// The same as `text`.
  public var description: String { text }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
