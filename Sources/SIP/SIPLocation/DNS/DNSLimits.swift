/// How much of one DNS message is read.
public struct DNSLimits: Sendable, Hashable {
  /// Bytes of a message; what a 16-bit length can say is the most.
  public var maxMessageBytes = 65_535
  /// Records of a message, all sections together; more, and the message is refused.
  public var maxMessageRecords = 256
  /// Records that answer one question; what comes after them is left out.
  public var maxAnswerRecords = 32
  /// Aliases between a question's name and the records.
  public var maxAliases = 8
  /// Compression pointers within one name.
  public var maxPointers = 16

  /// Generous for SIP, small for an attacker.
  public static let `default` = DNSLimits()

  /// The defaults.
  public init() {}
}

/// Why bytes are no DNS message.
public struct DNSParseError: Error, Sendable, Hashable {
  /// The kinds of fault.
  public enum Reason: Sendable, Hashable {
    /// The message ends before what it announced.
    case truncated
    /// A label with reserved length bits (RFC 1035 §4.1.4).
    case reservedLabel
    /// A compression pointer that does not point backwards, or one of too many.
    case badPointer
    /// A name of more than 255 bytes.
    case nameTooLong
    /// A record's data is longer or shorter than its type has it.
    case badRecordLength
    /// Not exactly one question.
    case badQuestionCount
    /// More bytes or records than the limit.
    case tooLarge
  }

  /// The kind of fault.
  public var reason: Reason
  /// Where, in bytes from the start of the message.
  public var offset: Int

  /// An error.
  public init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }
}
