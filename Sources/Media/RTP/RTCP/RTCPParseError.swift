/// Why bytes are no RTCP, and where (RFC 3550 §6.1, appendix A.2).
public struct RTCPParseError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of fault.
  public enum Reason: Sendable, Hashable {
    /// The datagram or the packet ends before what it announces.
    case truncated
    /// More bytes than a datagram has, or more packets than are read.
    case tooLong
    /// Another version than 2.
    case version
    /// Padding elsewhere than in the last packet, or one that is empty, no whole number of words, or too long.
    case padding
    /// The first packet is no report, where a whole compound packet is wanted.
    case firstPacket
    /// The packet is longer than what it is can be.
    case trailingBytes
    /// A packet that says less than its type has to.
    case malformed
  }

  /// The kind of fault.
  public var reason: Reason

  /// Offset in bytes from the start of the datagram.
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
      case .truncated: "the packet ends before what it announces"
      case .tooLong: "more than is read of one datagram"
      case .version: "a version other than 2"
      case .padding: "wrong padding"
      case .firstPacket: "a compound packet that does not begin with a report"
      case .trailingBytes: "a packet longer than its kind can be"
      case .malformed: "a packet shorter than its kind must be"
      }
    return "\(what) at offset \(offset)"
  }
}
