/// A BMPString: characters of sixteen bits.
///
/// The units are kept as they came, so that what is no UTF-16 can be handed on; ``text`` is for people.
public struct BMPString: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The characters.
  public var units: [UInt16]

  /// A string of these characters.
  public init(units: [UInt16]) {
    self.units = units
  }

  /// The UTF-16 of a text: one unit a character, two beyond the basic multilingual plane, as peers do it.
  public init(_ text: String) {
    units = Array(text.utf16)
  }

  /// The UTF-16 of a literal.
  public init(stringLiteral value: String) {
    self.init(value)
  }

  /// The text; what is no UTF-16 is replaced by U+FFFD.
  public var text: String { String(decoding: units, as: UTF16.self) }

  /// The text.
  public var description: String { text }
}
