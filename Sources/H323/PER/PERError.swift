/// What was wrong with an encoding, or with a value that was to be encoded, and where.
public struct PERError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of fault.
  public enum Reason: Sendable, Hashable {
    /// The encoding ends before the value does.
    case truncated
    /// A number, length or index that the type does not allow.
    case outOfRange
    /// More elements, octets or levels than the named limit (``PERLimits``).
    case limitExceeded
    /// A character that the string type or its permitted alphabet does not have.
    case invalidCharacter
    /// Octets that are no object identifier.
    case invalidObjectIdentifier
    /// A value that only a later version of the type has stands where it cannot be kept.
    case unknownValue
  }

  /// The kind of fault.
  public var reason: Reason

  /// The place in bits from the start of the outermost encoding.
  public var bitOffset: Int

  /// An error of a kind at a place in bits.
  public init(_ reason: Reason, at bitOffset: Int) {
    self.reason = reason
    self.bitOffset = bitOffset
  }

  /// A phrase for a person, such as `the encoding ends too early at bit 12`.
  public var description: String {
    let what =
      switch reason {
      case .truncated: "the encoding ends too early"
      case .outOfRange: "a value that the type does not allow"
      case .limitExceeded: "a value beyond the limit"
      case .invalidCharacter: "a character outside the alphabet"
      case .invalidObjectIdentifier: "no object identifier"
      case .unknownValue: "a value of a later version"
      }
    return "\(what) at bit \(bitOffset)"
  }
}
