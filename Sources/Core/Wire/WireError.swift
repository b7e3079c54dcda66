/// What was wrong with a piece of encoded text or with a bounded read, and where.
public struct WireError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of fault the readers and decoders of this target report.
  public enum Reason: Sendable, Hashable {
    /// The input ends before the value does.
    case truncated
    /// A byte that the encoding's alphabet does not have.
    case invalidCharacter
    /// The number of characters cannot be that of a whole value.
    case invalidLength
    /// Padding is missing, misplaced or too long.
    case invalidPadding
    /// The unused low bits are not zero, so the same value has another, canonical spelling.
    case notCanonical
    /// The value is larger than the caller's named limit.
    case limitExceeded
  }

  /// The kind of fault.
  public var reason: Reason

  /// Offset in bytes from the start of the input.
  public var offset: Int

  /// Makes an error of the given kind at a byte offset.
  public init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  /// A phrase for a person, such as `a character outside the alphabet at offset 3`.
  public var description: String {
    let what =
      switch reason {
      case .truncated: "the input ends too early"
      case .invalidCharacter: "a character outside the alphabet"
      case .invalidLength: "a length that no whole value has"
      case .invalidPadding: "wrong padding"
      case .notCanonical: "a spelling that is not the canonical one"
      case .limitExceeded: "a value beyond the limit"
      }
    return "\(what) at offset \(offset)"
  }
}
