/// Why bytes are not an RTP packet, and where (RFC 3550 §5.1, §5.3.1, appendix A.1).
public struct RTPParseError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of fault.
  public enum Reason: Sendable, Hashable {
    /// The packet ends before its header does.
    case truncated
    /// More bytes than a datagram has.
    case tooLong
    /// Another version than 2.
    case version
    /// A padding of no bytes, or of more than the payload has.
    case padding
  }

  /// The kind of fault.
  public var reason: Reason

  /// Offset in bytes from the start of the packet.
  public var offset: Int

  /// Makes an error of the given kind at a byte offset.
  public init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  /// A phrase for a person.
  public var description: String {
    let what =
      switch reason {
      case .truncated: "the packet ends before its header does"
      case .tooLong: "more bytes than a datagram has"
      case .version: "a version other than 2"
      case .padding: "a padding that is empty or longer than the payload"
      }
    return "\(what) at offset \(offset)"
  }
}
