/// What became of a question.
public enum DNSAnswer: Sendable, Hashable {
  /// There are records; they may be kept for so many seconds.
  case records(DNSRecords, timeToLive: UInt32)
  /// There are none, and somebody who must know said so. For how long, when he said that too (RFC 2308 §5).
  case absent(DNSAbsence, timeToLive: UInt32?)
  /// Nobody said anything that can be used.
  case failed(DNSFailure)
}

/// In what way there are no records (RFC 2308 §2).
public enum DNSAbsence: Sendable, Hashable {
  /// The name does not exist (NXDOMAIN).
  case noSuchName
  /// The name has no records of this type (NODATA).
  case noSuchRecord
}

/// Why there is no answer.
public enum DNSFailure: Sendable, Hashable {
  /// No server answered in time.
  case timeout
  /// The servers cannot be reached.
  case unreachable
  /// The servers could not find out (SERVFAIL and its like).
  case serverFailure
  /// The servers did not want to say (REFUSED).
  case refused
  /// An answer came that is none: not in the form of RFC 1035, cut short, or to another question.
  case malformed
  /// The answer's aliases go round in a circle, or on for too long.
  case tooManyAliases
}
