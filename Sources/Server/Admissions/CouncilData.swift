internal import Guard
public import H225
public import PER
import Wire

/// What this product puts into `nonStandardData` and nonStandard tokens of H.323 messages (DOMAIN §9).
public enum CouncilData {
  /// The object identifier under which it stands: 1.3.6.1.4.1.32473.9, below the enterprise number of RFC 5612, which is
  /// for examples. Nobody has registered a number for this; whoever does changes this line, and its peers theirs.
  public static let identifier: ObjectIdentifier = {
    // 0x81 0xFD 0x59 is 32,473.
    let contents: [UInt8] = [0x2B, 6, 1, 4, 1, 0x81, 0xFD, 0x59, 9]
    // Well-formed, so the other identifier is never taken.
    return ObjectIdentifier(contents: contents.span) ?? .itu
  }()

  /// `nonStandardData` of a Setup or an ARQ that carries a trace_id: its characters.
  public static func traceID(_ traceID: String) -> NonStandardParameter {
    NonStandardParameter(nonStandardIdentifier: .object(identifier), data: Array(traceID.utf8))
  }

  /// The trace_id in `nonStandardData`: 1 to 64 of `A-Z a-z 0-9 . _ -` (DOMAIN §3); nil for anything else.
  public static func traceID(in parameter: NonStandardParameter?) -> String? {
    guard let parameter, case .object(identifier) = parameter.nonStandardIdentifier,
      TraceID.isTraceID(parameter.data)
    else { return nil }
    return String(validating: parameter.data, as: UTF8.self)
  }
}

extension GloballyUniqueID {
  /// 32 lower-case hex digits.
  public var hex: String { Hex.encode(octets) }

  /// The identifier of 32 hex digits, or of a UUID's text with its four hyphens; nil for anything else.
  public init?(text: String) {
    var digits = Array(text.utf8)
    if digits.count == 36 {
      for place in [23, 18, 13, 8] {
        guard digits[place] == UInt8(ascii: "-") else { return nil }
        digits.remove(at: place)
      }
    }
    guard digits.count == 32, let octets = try? Hex.decode(digits.span) else { return nil }
    self.init(octets: octets.span)
  }
}
