/// Why a JSON text was refused, and where.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of refusal.
  public enum Reason: Sendable, Hashable {
    /// The text ends inside a value.
    case truncated
    /// A character that cannot stand here.
    case unexpectedCharacter
    /// Something other than white space follows the value.
    case trailingCharacters
    /// A number that RFC 8259 §6 does not know (`01`, `1.`, `+1`) .
    case invalidNumber
    /// A number beyond the range of IEEE 754 double precision.
    case numberOutOfRange
    /// A control character inside a string (RFC 8259 §7).
    case controlCharacter
    /// A backslash followed by something that is no escape.
    case invalidEscape
    /// Half of a surrogate pair (RFC 8785 §3.2.2.2 refuses it).
    case loneSurrogate
    /// Bytes that are not UTF-8.
    case invalidUTF8
    /// A member name that the object already has (RFC 7493 §2.3).
    case duplicateKey
    /// More bytes than `JSONLimits.maxBytes`.
    case tooLong
    /// Nested deeper than `JSONLimits.maxDepth`.
    case tooDeep
    /// More values than `JSONLimits.maxValues`.
    case tooManyValues
    /// A string longer than `JSONLimits.maxStringBytes`.
    case stringTooLong
    /// A number longer than `JSONLimits.maxNumberBytes`.
    case numberTooLong
  }

  /// The kind of refusal.
  public var reason: Reason

  /// Offset in bytes from the start of the text.
  public var offset: Int

  /// Makes a refusal at a byte offset.
  public init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  /// A phrase for a person, such as `duplicate member name at byte 17`.
  public var description: String {
    let what =
      switch reason {
      case .truncated: "the text ends inside a value"
      case .unexpectedCharacter: "unexpected character"
      case .trailingCharacters: "characters after the value"
      case .invalidNumber: "malformed number"
      case .numberOutOfRange: "number beyond double precision"
      case .controlCharacter: "unescaped control character in a string"
      case .invalidEscape: "unknown escape in a string"
      case .loneSurrogate: "half a surrogate pair in a string"
      case .invalidUTF8: "bytes that are not UTF-8"
      case .duplicateKey: "duplicate member name"
      case .tooLong: "the text is longer than allowed"
      case .tooDeep: "nested deeper than allowed"
      case .tooManyValues: "more values than allowed"
      case .stringTooLong: "a string longer than allowed"
      case .numberTooLong: "a number longer than allowed"
      }
    return "\(what) at byte \(offset)"
  }
}
