/// The record types that lead to a SIP server, by their numbers.
public enum DNSRecordType: UInt16, Sendable, Hashable, CaseIterable {
  /// An IPv4 address (RFC 1035 §3.4.1).
  case a = 1
  /// An IPv6 address (RFC 3596).
  case aaaa = 28
  /// The hosts of a service (RFC 2782).
  case srv = 33
  /// The services of a domain (RFC 3403).
  case naptr = 35
}

/// What DNS is asked: the records of one type at one name, class IN.
public struct DNSQuestion: Sendable, Hashable, CustomStringConvertible {
  /// Whose records.
  public var name: DNSName
  /// Which of them.
  public var type: DNSRecordType

  /// A question.
  public init(_ name: DNSName, _ type: DNSRecordType) {
    self.name = name
    self.type = type
  }

  /// `example.com. SRV`.
  public var description: String { "\(name) \(String(describing: type).uppercased())" }
}
